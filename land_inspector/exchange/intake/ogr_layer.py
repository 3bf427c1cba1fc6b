"""GeoPackage and everything else that GDAL opens, read without a lock and without losing a row in silence."""
from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

import numpy as np
import shapely
from osgeo import gdal, ogr, osr

from ...errors import InputError, Message, message
from ...evidence.gdal_quiet import attempt, reading
from ...evidence.shapes import stroked
from ...evidence.vector_files import opened
from ...progress import Progress
from ...evidence.encodings import GB, Sample, decode
from ..report import Notes
from .geometry import plain_wkb
from .mapping import SourceTable

_EVERY = 2000
#: Where the number of a drawn patch stands: a text within its outline.
DRAWN_TEXT = "图内文字"
_TABLE_ROW = re.compile(r"<tr[^>]*>\s*<t[dh][^>]*>(.*?)</t[dh]>\s*<td[^>]*>(.*?)</td>\s*</tr>", re.IGNORECASE | re.DOTALL)
_MOST_FIELDS = 1000


def layer_fields(path: Path) -> Dict[str, List[str]]:
    """The field names of every layer of a data set; of a drawing (DXF), its drawing layers that hold areas or lines."""
    with reading(path.name), opened(path) as dataset:
        if path.suffix.lower() == ".dxf":
            return {name: [DRAWN_TEXT, "EntityHandle"] for name in _drawing_layers(dataset.GetLayer(0))}
        found: Dict[str, List[str]] = {}
        for index in range(dataset.GetLayerCount()):
            layer = dataset.GetLayer(index)
            definition = layer.GetLayerDefn()
            name = layer.GetName() if layer.GetName() not in found else f"{layer.GetName()}#{index}"
            found[name] = [definition.GetFieldDefn(i).GetName() for i in range(definition.GetFieldCount())]
        return found


def layers_without_geometry(path: Path) -> Set[str]:
    """Names of a data set's tables: they can hold verdicts, never patches."""
    with reading(path.name), opened(path) as dataset:
        layers = [dataset.GetLayer(index) for index in range(dataset.GetLayerCount())]
        return {layer.GetName() for layer in layers if layer.GetGeomType() == ogr.wkbNone}


def read_layer(path: Path, name: str, notes: Notes, progress: Progress) -> SourceTable:
    """Every row of one layer; raises InputError where fewer rows can be read than the layer counts."""
    with reading(path.name), opened(path) as dataset:
        if path.suffix.lower() == ".dxf":
            return _read_drawing(path, dataset.GetLayer(0), name, progress)
        layer = _layer(dataset, name)
        expected = _count(layer)
        srs = layer.GetSpatialRef()
        srs = srs.Clone() if srs is not None else None
        if srs is not None:
            srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        columns, wkb, broken, ids = _rows(path, layer, expected, progress)
        identity = (layer.GetFIDColumn() or "fid", ids)
    if len(wkb) < expected:
        raise InputError(
            "{file} is damaged: {there} of {count} rows of layer {layer} could be read.",
            "Get the file again from where it was issued.",
            file=path.name, there=len(wkb), count=expected, layer=name,
        )
    columns = {field: _sound_text(path, values, notes) for field, values in columns.items()}
    if path.suffix.lower() == ".kml":
        _add_described(path, columns, notes)
    return SourceTable(file=path.name, layer=name, encoding="UTF-8", columns=columns,
                       rows=list(range(1, len(wkb) + 1)), wkb=wkb, broken=broken, srs=srs, identity=identity)


def _layer(dataset: gdal.Dataset, name: str) -> ogr.Layer:
    """By its name, or by the number that layer_fields gave to a second one of the same name."""
    layer = dataset.GetLayerByName(name)
    found = re.search(r"#(\d+)$", name)
    if layer is None and found:
        layer = dataset.GetLayer(int(found.group(1)))
    if layer is None:
        raise InputError("{file} has no layer {layer}; it has {layers}.", "Choose one of them.", file=Path(dataset.GetDescription()).name,
                         layer=name, layers=", ".join(dataset.GetLayer(i).GetName() for i in range(dataset.GetLayerCount())))
    return layer


def _add_described(path: Path, columns: Dict[str, List[Any]], notes: Notes) -> None:
    """ArcGIS writes the attributes of a KML as an HTML table into each description: its rows are columns."""
    said = next((values for name, values in columns.items() if name.lower() == "description"), [])
    rows = [{_plain(key): _plain(value) for key, value in _TABLE_ROW.findall(text)} if isinstance(text, str) and "<t" in text.lower()
            else {} for text in said]
    names = [name for name in dict.fromkeys(key for row in rows for key in row) if name and name not in columns][:_MOST_FIELDS]
    for name in names:
        columns[name] = [row.get(name) or None for row in rows]
    if names:
        notes.add("I", message("{file}: {n} fields were read out of the tables in the descriptions.", file=path.name, n=len(names)))


def _plain(html: str) -> str:
    text = unescape(re.sub(r"<[^>]*>", "", html)).strip()
    return "" if text.lower() in ("<null>", "&lt;null&gt;") else text


# --- drawings ---------------------------------------------------------------------------------------------------------


def _drawing_layers(layer: ogr.Layer) -> List[str]:
    """Names of the drawing's layers with areas or closed lines, in their order."""
    layer.ResetReading()
    return list(dict.fromkeys(feature.GetField("Layer") or "0" for feature in layer if _drawn_area(feature) is not None))


def _drawn_area(feature: ogr.Feature) -> Optional[ogr.Geometry]:
    """The area that an entity draws: as it is, or what a closed line encloses; None for anything else."""
    geometry = feature.GetGeometryRef()
    if geometry is None or geometry.IsEmpty():
        return None
    if geometry.HasCurveGeometry():
        geometry = stroked(geometry)
    kind = ogr.GT_Flatten(geometry.GetGeometryType())
    if kind in (ogr.wkbPolygon, ogr.wkbMultiPolygon):
        return geometry.Clone()
    if kind != ogr.wkbLineString or geometry.GetPointCount() < 4 or geometry.GetPoint_2D(0) != geometry.GetPoint_2D(
            geometry.GetPointCount() - 1):
        return None
    ring, area = ogr.Geometry(ogr.wkbLinearRing), ogr.Geometry(ogr.wkbPolygon)
    for x, y in (geometry.GetPoint_2D(at) for at in range(geometry.GetPointCount())):
        ring.AddPoint_2D(x, y)
    area.AddGeometry(ring)
    return area


def _read_drawing(path: Path, layer: ogr.Layer, name: str, progress: Progress) -> SourceTable:
    """The areas of one layer of a drawing, each with the text that stands in it (a drawing has no attributes)."""
    progress.step(0.0, message("Reading {file}", file=path.name))
    layer.ResetReading()
    wkb: List[Optional[bytes]] = []
    handles: List[Any] = []
    texts: List[Tuple[float, float, str]] = []
    for feature in layer:
        area, text = _drawn_area(feature), feature.GetField("Text")
        if text and area is None and feature.GetGeometryRef() is not None:
            point = feature.GetGeometryRef().Centroid()
            texts.append((point.GetX(), point.GetY(), re.sub(r"\\[A-Za-z][^;]*;|[{}]", "", text).strip()))
        if area is not None and (feature.GetField("Layer") or "0") == name:
            wkb.append(plain_wkb(area))
            handles.append(feature.GetField("EntityHandle"))
    return SourceTable(file=path.name, layer=name, encoding="UTF-8", rows=list(range(1, len(wkb) + 1)), wkb=wkb,
                       columns={DRAWN_TEXT: _text_within(wkb, texts), "EntityHandle": handles},
                       identity=("EntityHandle", handles))


def _text_within(wkb: Sequence[Optional[bytes]], texts: Sequence[Tuple[float, float, str]]) -> List[Optional[str]]:
    """The text in each area; None where there is none or more than one."""
    shapes = np.array([*shapely.from_wkb(list(wkb), on_invalid="ignore"), None], dtype=object)[:-1]
    points = shapely.points([[x, y] for x, y, _text in texts]) if texts else np.zeros(0, dtype=object)
    inside: Dict[int, List[str]] = {}
    for at, row in zip(*shapely.STRtree(shapes).query(points, predicate="intersects").tolist() if len(points) else ((), ())):
        inside.setdefault(row, []).append(texts[at][2])
    return [inside[row][0] if len(inside.get(row, ())) == 1 else None for row in range(len(shapes))]


def _count(layer: ogr.Layer) -> int:
    """Rows counted by reading the table (the filter forces it): what a GeoPackage stores about itself may be stale."""
    attempt(layer.SetAttributeFilter, "1 = 1")
    count = attempt(layer.GetFeatureCount)
    attempt(layer.SetAttributeFilter, None)
    return max(0, count or 0)


def _rows(path: Path, layer: ogr.Layer, expected: int, progress: Progress
          ) -> Tuple[Dict[str, List[Any]], List[Optional[bytes]], Dict[int, Message], List[int]]:
    definition = layer.GetLayerDefn()
    names = [definition.GetFieldDefn(i).GetName() for i in range(definition.GetFieldCount())]
    readers = [_reader(definition.GetFieldDefn(i), i) for i in range(definition.GetFieldCount())]
    values: List[List[Any]] = [[] for _ in names]
    wkb: List[Optional[bytes]] = []
    broken: Dict[int, Message] = {}
    ids: List[int] = []
    while True:
        if len(wkb) % _EVERY == 0:
            progress.step(min(1.0, len(wkb) / (expected or 1)), message("Reading {file}", file=path.name))
        gdal.ErrorReset()
        feature = attempt(layer.GetNextFeature)
        if feature is None:
            return dict(zip(names, values)), wkb, broken, ids
        ids.append(feature.GetFID())
        wkb.append(_geometry(feature, len(wkb), broken))
        for read, column in zip(readers, values):
            column.append(read(feature))


def _sound_text(path: Path, values: List[Any], notes: Notes) -> List[Any]:
    """Text that is no UTF-8 comes out of GDAL with surrogates for its bytes: it is GBK that somebody copied in."""
    marked = [i for i, value in enumerate(values) if isinstance(value, str) and not value.isascii() and _has_raw_bytes(value)]
    for index in marked:
        raw = values[index].encode("utf-8", "surrogateescape")
        values[index] = decode(Sample(raw), GB) or raw.decode("utf-8", "replace")
    if marked:
        notes.add("W", message("{file} mixes encodings: {n} values were not {main} and were read in the other encoding.",
                               file=path.name, n=len(marked), main="UTF-8"),
                  message("Look through names and remarks of the patches."))
    return values


def _has_raw_bytes(text: str) -> bool:
    return any("\udc80" <= ch <= "\udcff" for ch in text)


def _geometry(feature: ogr.Feature, index: int, broken: Dict[int, Message]) -> Optional[bytes]:
    geometry = feature.GetGeometryRef()
    if geometry is None and gdal.GetLastErrorType() >= gdal.CE_Failure:
        broken[index] = message("The geometry cannot be read.")
    return plain_wkb(geometry)


def _reader(definition: ogr.FieldDefn, index: int) -> Callable[[ogr.Feature], Any]:
    kind = definition.GetType()
    if kind == ogr.OFTInteger and definition.GetSubType() == ogr.OFSTBoolean:
        return lambda feature: bool(feature.GetField(index)) if feature.IsFieldSetAndNotNull(index) else None
    if kind in (ogr.OFTInteger, ogr.OFTInteger64, ogr.OFTReal):
        return lambda feature: feature.GetField(index) if feature.IsFieldSetAndNotNull(index) else None
    if kind in (ogr.OFTDate, ogr.OFTDateTime):
        return lambda feature: feature.GetFieldAsString(index).replace("/", "-") if feature.IsFieldSetAndNotNull(index) else None
    if kind == ogr.OFTBinary:
        return lambda feature: bytes(feature.GetFieldAsBinary(index)).hex() if feature.IsFieldSetAndNotNull(index) else None
    return lambda feature: feature.GetFieldAsString(index) if feature.IsFieldSetAndNotNull(index) else None
