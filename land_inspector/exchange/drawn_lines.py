"""Lines that somebody drew to cut parcels along, from any layer, in the CRS of the register."""
from __future__ import annotations

from typing import List, Optional

import numpy as np
import shapely
from osgeo import gdal, ogr

from ..errors import InputError
from ..progress import Progress
from ..evidence.gdal_quiet import attempt, quiet
from .intake.placement import usable_crs
from .reprojection import transform_geometry
from .intake.sources import take_apart

_LINES = (1, 5)  # shapely's type ids of lines and of many lines


def read_lines(source: str, crs: str, progress: Optional[Progress] = None) -> List[shapely.Geometry]:
    """Raises InputError where the layer cannot be read, does not say its CRS, or holds no line."""
    target = take_apart(source, None)
    with quiet():
        dataset = attempt(gdal.OpenEx, str(target.path), gdal.OF_VECTOR)
        layer = _layer(dataset, target.layer) if dataset is not None else None
        if layer is None:
            raise InputError("{file} cannot be read as a layer of lines.", "Save the lines as a GeoPackage and give that.",
                             file=target.path.name)
        system = layer.GetSpatialRef().Clone() if layer.GetSpatialRef() is not None else None
        found = shapely.from_wkb([bytes(f.GetGeometryRef().ExportToWkb()) for f in layer if f.GetGeometryRef() is not None])
        del layer, dataset
    lines = np.array([line for line in found if shapely.get_type_id(line) in _LINES], dtype=object)
    if not len(lines):
        raise InputError("{file} holds no line.", "Draw the lines along which to cut.", file=target.path.name)
    if system is None:
        raise InputError("{file} does not say its CRS.", "Give the layer its CRS in QGIS, then try again.", file=target.path.name)
    moved, _finite = transform_geometry(shapely.force_2d(lines), system, usable_crs(crs), progress or Progress())
    return list(moved)


def _layer(dataset: gdal.Dataset, name: Optional[str]) -> Optional[ogr.Layer]:
    return dataset.GetLayerByName(name) if name else dataset.GetLayer(0)
