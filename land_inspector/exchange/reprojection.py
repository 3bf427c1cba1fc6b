"""Issued coordinates carried into the register's CRS, vertex by vertex (an issued patch gains no vertices)."""
from __future__ import annotations

from typing import Tuple

import numpy as np
import shapely
from osgeo import osr

from ..errors import message
from ..evidence.crs import Crs, Transform, transformer
from ..progress import Progress
from ..evidence.gdal_quiet import quiet

_CHUNK = 200_000


def crs_name(srs: osr.SpatialReference) -> str:
    """``EPSG:4528`` where the authority knows it, else its WKT."""
    code = srs.GetAuthorityCode(None)
    return f"{srs.GetAuthorityName(None)}:{code}" if code else srs.ExportToWkt(["FORMAT=WKT2_2018"])


def transform_points(xy: np.ndarray, source: osr.SpatialReference, target: osr.SpatialReference) -> np.ndarray:
    """``xy`` (n × 2, x = east) in ``target``; points that cannot be transformed become infinite."""
    with quiet():
        transform = transformer(Crs.of(source), Crs.of(target))
        return xy if transform is None else transform(xy)


def transform_geometry(geometry: np.ndarray, source: osr.SpatialReference, target: osr.SpatialReference,
                       progress: Progress) -> Tuple[np.ndarray, np.ndarray]:
    """Geometries with every vertex in ``target``, and True for each whose coordinates are finite there."""
    with quiet():
        transform = transformer(Crs.of(source), Crs.of(target))
        if transform is None:
            return geometry, np.ones(len(geometry), dtype=bool)
        xy = shapely.get_coordinates(geometry)
        moved = _in_chunks(xy, transform, progress)
    counts = shapely.get_num_coordinates(geometry)
    bad = np.bincount(np.repeat(np.arange(len(geometry)), counts), ~np.isfinite(moved).all(axis=1), len(geometry)) > 0
    return shapely.set_coordinates(geometry.copy(), moved), ~bad


def _in_chunks(xy: np.ndarray, transform: Transform, progress: Progress) -> np.ndarray:
    moved = np.empty_like(xy)
    for start in range(0, len(xy), _CHUNK):
        progress.step(start / len(xy), message("Transforming coordinates"))
        moved[start:start + _CHUNK] = transform(xy[start:start + _CHUNK])
    return moved
