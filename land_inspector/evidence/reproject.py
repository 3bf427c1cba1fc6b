"""Carrying polygons into another coordinate system so that a coverage met there stays gap-free.

Patches go to the evidence, never the other way: neighbours of a coverage whose common edge has a vertex on one side
only would open slivers if they were moved. A patch's own edge becomes a curve there; it is followed by extra vertices.
"""
from __future__ import annotations

import numpy as np
import shapely

from .crs import Crs, Transform, transformer
from .rings import Rings, refined

TOLERANCE_M = 2e-5  # how far a densified edge may stay from the true image of a straight one
EARTH_RADIUS_M = 6.37e6
MAX_SEGMENTS = 2000  # per edge; only edges of a thousand kilometres come near


def carried_over(geoms: np.ndarray, source: Crs, target: Crs) -> np.ndarray:
    """2-D polygons of ``source`` in ``target``, densified; None where the projection is not defined.

    The same array comes back when the two systems are the same.
    """
    transform = transformer(source, target)
    if transform is None:
        return geoms
    tolerance = TOLERANCE_M / (EARTH_RADIUS_M * target.unit if target.is_geographic else target.unit)
    return densified(geoms, transform, tolerance)


def densified(geoms: np.ndarray, transform: Transform, tolerance: float) -> np.ndarray:
    """Polygons through ``transform``, with extra vertices where an edge's image leaves its chord by ``tolerance``."""
    rings = Rings.of(geoms)
    if not len(rings.xy):
        return np.full(len(geoms), None, dtype=object)
    pieces = _pieces(rings, transform, tolerance)
    is_edge = np.zeros(len(pieces), bool)
    is_edge[rings.edge_starts()] = True
    return _rebuilt(rings, transform(refined(rings.xy, pieces, is_edge)), pieces)


def _pieces(rings: Rings, transform: Transform, tolerance: float) -> np.ndarray:
    """In how many pieces to cut the edge that begins at each vertex."""
    pieces = np.ones(len(rings.xy), dtype=np.int64)
    first = rings.edge_starts()
    image = transform(rings.xy)
    middle = transform((rings.xy[first] + rings.xy[first + 1]) / 2)
    with np.errstate(invalid="ignore"):
        sagitta = np.hypot(*(middle - (image[first] + image[first + 1]) / 2).T)
    sagitta = np.where(np.isfinite(sagitta), sagitta, 0.0)
    pieces[first] = np.clip(np.ceil(np.sqrt(sagitta / tolerance)), 1, MAX_SEGMENTS).astype(np.int64)
    return pieces


def _rebuilt(rings: Rings, xy: np.ndarray, pieces: np.ndarray) -> np.ndarray:
    """Multipolygons out of the refined coordinates; None for geometries without a ring or with a failed point.

    (``shapely.from_ragged_array`` crashes on geometries without polygons.)
    """
    points = np.diff(np.concatenate([[0], np.cumsum(pieces)])[rings.start])
    ring = np.repeat(np.arange(len(points)), points)
    failed = ~np.isfinite(xy).all(axis=1)
    lines = shapely.linearrings(np.where(failed[:, None], 0.0, xy), indices=ring)
    owners, number = np.unique(rings.geometry, return_inverse=True)
    result = np.full(rings.count, None, dtype=object)
    result[owners] = shapely.multipolygons(shapely.polygons(lines, indices=rings.polygon), indices=number)
    result[rings.owner[ring[failed]]] = None
    return result
