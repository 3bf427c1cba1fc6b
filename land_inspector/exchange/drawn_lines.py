"""Lines that somebody drew to cut parcels along, from any layer, in the CRS of the register."""
from __future__ import annotations

from typing import List, Optional

import numpy as np
import shapely

from ..errors import InputError
from ..evidence.gdal_quiet import reading
from ..evidence.vector_files import opened
from ..progress import Progress
from .intake.placement import transform_geometry, usable_crs
from .intake.sources import take_apart

_LINES = (1, 5)  # shapely's type ids of lines and of many lines


def read_lines(source: str, crs: str, progress: Optional[Progress] = None) -> List[shapely.Geometry]:
    """Raises InputError where the layer cannot be read, does not say its CRS, or holds no line."""
    target = take_apart(source, None)
    with reading(target.path.name), opened(target.path) as dataset:
        layer = dataset.GetLayerByName(target.layer) if target.layer else dataset.GetLayer(target.layer_id or 0)
        if layer is None:
            raise InputError("{file} cannot be read as a layer of lines.", "Save the lines as a GeoPackage and give that.",
                             file=target.path.name)
        system = layer.GetSpatialRef().Clone() if layer.GetSpatialRef() is not None else None
        geometries = [feature.GetGeometryRef().Clone() for feature in layer if feature.GetGeometryRef() is not None]
        found = shapely.from_wkb([bytes(one.GetLinearGeometry().ExportToWkb()) for one in geometries], on_invalid="ignore")
        del layer
    lines = np.array([line for line in found if line is not None and shapely.get_type_id(line) in _LINES], dtype=object)
    if not len(lines):
        raise InputError("{file} holds no line.", "Draw the lines along which to cut.", file=target.path.name)
    if system is None:
        raise InputError("{file} does not say its CRS.", "Give the layer its CRS in QGIS, then try again.", file=target.path.name)
    moved, _finite = transform_geometry(shapely.force_2d(lines), system, usable_crs(crs), progress or Progress())
    return list(moved)
