"""The patrol profile: which layers of an office are key areas for its patrols, and which its roads; written once, read each month.

A JSON file (UTF-8)::

    {"version": 1, "name": "古城县巡查",
     "areas": [
       {"kind": "1", "name": "城乡结合部", "source": "planning/fringe.gpkg"},
       {"kind": "2", "name": "公路沿线", "source": "roads.gpkg|layername=LRDL", "width_m": 200},
       {"kind": "4", "name": "永久基本农田", "source": "yn.shp", "filter": {"field": "BHZT", "values": ["1"]}}],
     "roads": {"source": "roads.gpkg|layername=LRDL",
               "one_way": {"field": "oneway", "forward": "yes", "backward": "-1"}}}

``kind`` is a code of the list XC_QY (domain.md §5); ``source`` a path, relative to the profile or absolute; ``width_m`` turns lines and
points into areas of that many metres to each side. A layer whose system is not said takes ``crs``. ``one_way`` names the field of the
roads that says which lead one way, and its values for as drawn and for the other way; without it all lead both ways.
"""
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np
import shapely
from osgeo import ogr

from ..errors import InputError, message
from ..progress import Progress
from .crs import Crs, transformer
from .layers import split_source
from .shapes import polygons_only
from .vector_files import opened

VERSION = 1
KINDS = ("1", "2", "3", "4", "5")
_KEYS = frozenset({"kind", "name", "source", "crs", "width_m", "filter"})
#: More shapes than these in one layer are no key areas that anybody plans by.
MOST_SHAPES = 200_000


@dataclass(frozen=True)
class KeyLayer:
    """One layer of the profile; ``width_m`` as in the file, 0 for areas as they are; ``one_way`` (field, forward, backward) of roads."""

    kind: str
    name: str
    source: str
    crs: str = ""
    width_m: float = 0.0
    filter: Optional[Tuple[str, Tuple[str, ...]]] = None
    one_way: Optional[Tuple[str, str, str]] = None

    def shapes(self, folder: Path, home: Crs, progress: Optional[Progress] = None) -> np.ndarray:
        """Its shapes in ``home``, those without extent left out. InputError where it cannot be read or says no system."""
        path, table, number = split_source(self.source)
        file = folder / path
        if not file.exists():
            raise InputError("{file} does not exist.", "Check the path and the connection to the drive.", file=str(file))
        with opened(file) as dataset:
            layer = dataset.GetLayerByName(table) if table else dataset.GetLayerByIndex(number or 0)
            if layer is None:
                raise InputError("{file} has no layer {layer}.", "Name one that it has.", file=path.name, layer=table or str(number))
            system = Crs.of(self.crs or layer.GetSpatialRef() or "")
            found = _read(layer, self, progress or Progress())
        turn = transformer(system, home)
        shapes = found if turn is None else shapely.transform(found, turn)
        shapes = shapely.make_valid(shapes) if not self.width_m else shapely.buffer(shapes, self.width_m / home_unit(home), quad_segs=8)
        return shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]


def home_unit(home: Crs) -> float:
    """How many metres a unit of the system is, about."""
    return 111_320.0 if home.is_geographic else 1.0


def _read(layer: ogr.Layer, said: KeyLayer, progress: Progress) -> np.ndarray:
    at = -1 if said.filter is None else layer.GetLayerDefn().GetFieldIndex(said.filter[0])
    if said.filter is not None and at < 0:
        raise InputError("{layer} has no field {field}.", "Check the filter of the profile.", layer=said.name, field=said.filter[0])
    found: List[bytes] = []
    for number, feature in enumerate(layer):
        if number % 2000 == 0:
            progress.step(0.0, message("Reading {layer}", layer=said.name))
        if said.filter is not None and feature.GetFieldAsString(at) not in said.filter[1]:
            continue
        shape = feature.GetGeometryRef()
        if shape is not None and not shape.IsEmpty():
            found.append(bytes(ogr.Geometry.GetLinearGeometry(shape).ExportToWkb()))
        if len(found) > MOST_SHAPES:
            raise InputError("{layer} holds more than {most} shapes.", "Give a coarser layer.", layer=said.name, most=MOST_SHAPES)
    return shapely.force_2d(shapely.from_wkb(np.array([*found, None], dtype=object)[:-1], on_invalid="ignore"))


@dataclass(frozen=True)
class KeyArea:
    """One area to be patrolled: its kind (XC_QY), name and shape."""

    kind: str
    name: str
    shape: shapely.Geometry


@dataclass(frozen=True)
class PatrolProfile:
    """The layers of an office; ``folder`` is where relative sources start."""

    name: str
    areas: Tuple[KeyLayer, ...]
    roads: Optional[KeyLayer]
    folder: Path = Path(".")

    def key_areas(self, home: Crs, progress: Optional[Progress] = None) -> List[KeyArea]:
        """Every layer as one area in ``home``: what overlaps is counted once."""
        progress = progress or Progress()
        found = []
        for layer in progress.watch(list(self.areas)):
            shapes = layer.shapes(self.folder, home, progress.part(0.0, 0.0))
            if len(shapes):
                whole = np.array([shapely.union_all(shapes)], dtype=object)
                found.append(KeyArea(layer.kind, layer.name, polygons_only(whole)[0]))
        return found


def read_patrol_profile(path: Path) -> PatrolProfile:
    """Raises InputError naming the file, the key at fault and the remedy."""
    path = Path(path)
    try:
        record = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError("Patrol profile {file} cannot be read: {reason}.", "Check the path, and that it is JSON saved as UTF-8.",
                         file=path.name, reason=str(error)) from error
    if not isinstance(record, dict) or record.get("version") != VERSION:
        raise _wrong(path, "version")
    areas, roads = record.get("areas") or [], record.get("roads")
    if not isinstance(areas, list) or not (areas or roads):
        raise _wrong(path, "areas")
    return PatrolProfile(str(record.get("name") or path.stem),
                         tuple(_layer(row, path, f"areas[{number}]", True) for number, row in enumerate(areas, 1)),
                         None if roads is None else _layer(roads, path, "roads", False), path.parent)


def _wrong(path: Path, key: str) -> InputError:
    return InputError("Patrol profile {file}, {key}: it is missing or not understood.",
                      "Write version 1, areas with kind (1 to 5), name and source, and roads with source.", file=path.name, key=key)


def _layer(row: Any, path: Path, where: str, is_area: bool) -> KeyLayer:
    known = _KEYS if is_area else _KEYS | {"one_way"}
    if not isinstance(row, dict) or set(row) - known or not isinstance(row.get("source"), str) or not row["source"]:
        raise _wrong(path, where)
    if is_area and str(row.get("kind")) not in KINDS:
        raise _wrong(path, f"{where}.kind")
    width = row.get("width_m", 0.0)
    if not isinstance(width, (int, float)) or isinstance(width, bool) or not 0.0 <= width <= 5000.0:
        raise _wrong(path, f"{where}.width_m")
    return KeyLayer(str(row.get("kind") or ""), str(row.get("name") or row["source"]), row["source"], str(row.get("crs") or ""),
                    float(width), _filter(row, path, where), _one_way(row, path, where))


def _one_way(row: Mapping[str, Any], path: Path, where: str) -> Optional[Tuple[str, str, str]]:
    said = row.get("one_way")
    if said is None:
        return None
    if not isinstance(said, dict) or set(said) - {"field", "forward", "backward"} or not said.get("field") or said.get("forward") is None:
        raise _wrong(path, f"{where}.one_way")
    return str(said["field"]), str(said["forward"]), str(said.get("backward", ""))


def _filter(row: Mapping[str, Any], path: Path, where: str) -> Optional[Tuple[str, Tuple[str, ...]]]:
    said: Optional[Dict[str, Any]] = row.get("filter")
    if said is None:
        return None
    if not isinstance(said, dict) or set(said) != {"field", "values"} or not isinstance(said["values"], list):
        raise _wrong(path, f"{where}.filter")
    return str(said["field"]), tuple(str(value) for value in said["values"])
