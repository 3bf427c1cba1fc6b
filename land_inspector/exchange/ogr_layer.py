"""GeoPackage and everything else that GDAL opens, read without a lock and without losing a row in silence."""
from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from osgeo import gdal, ogr, osr

from ..errors import InputError, Message, message
from ..progress import Progress
from .encodings import GB, Sample, decode
from ..evidence.gdal_quiet import attempt, quiet
from .import_findings import Notes
from .table import SourceTable
from .wkb import plain_wkb

_EVERY = 2000
_A_LAYER = message("Give a Shapefile, GeoPackage or GeoJSON, plain or zipped; if it is one, it is damaged: get it again.")
_A_TABLE = message("A table has no outlines: give the layer that was issued with it; verdicts and cases in tables have tools of their own.")
_A_DRAWING = message("In QGIS, save the drawing's closed lines as a layer of polygons with their numbers, then give that layer.")
_A_PAGE = message("Ask the issuer for the layer itself: a Shapefile, GeoPackage or GeoJSON.")
_AN_IMAGE = message("This is an image: give the layer of the patches drawn on it.")
_A_DATABASE = message("Export the layer from the database as a GeoPackage, or ask the issuer for a Shapefile.")
#: What to do with a file that holds no layer, by what it is.
_REMEDIES = {
    **dict.fromkeys((".xls", ".xlsx", ".xlsm", ".et", ".ods", ".csv", ".txt"), _A_TABLE),
    **dict.fromkeys((".dwg", ".dxf", ".dgn"), _A_DRAWING),
    **dict.fromkeys((".doc", ".docx", ".wps", ".pdf"), _A_PAGE),
    **dict.fromkeys((".tif", ".tiff", ".img", ".jpg", ".jpeg", ".png", ".ecw"), _AN_IMAGE),
    **dict.fromkeys((".mdb", ".accdb"), _A_DATABASE),
}


@contextmanager
def opened(path: Path) -> Iterator[gdal.Dataset]:
    """The vector data set, read-only; raises InputError if GDAL cannot open it or it holds no layer."""
    with quiet({"OGR_SQLITE_LIST_ALL_TABLES": "NO", "OGR_GEOJSON_MAX_OBJ_SIZE": "0"}):
        gdal.ErrorReset()
        dataset = attempt(gdal.OpenEx, str(path), gdal.OF_VECTOR | gdal.OF_READONLY)
        reason = gdal.GetLastErrorMsg() or "no layer"
        if dataset is None and "locked" in reason:
            raise InputError("{file} is locked by another program.", "Save and close it there, then try again.", file=path.name)
        if dataset is None or dataset.GetLayerCount() == 0:
            remedy = _REMEDIES.get(path.suffix.lower(), _A_LAYER)
            raise InputError("{file} cannot be opened as a vector layer: {reason}.", remedy.template, file=path.name,
                             reason=reason.replace(str(path), path.name).strip(" .,\n"))
        yield dataset


def layer_fields(path: Path) -> Dict[str, List[str]]:
    """The field names of every layer of a data set."""
    with opened(path) as dataset:
        found = {}
        for index in range(dataset.GetLayerCount()):
            layer = dataset.GetLayer(index)
            definition = layer.GetLayerDefn()
            found[layer.GetName()] = [definition.GetFieldDefn(i).GetName() for i in range(definition.GetFieldCount())]
        return found


def read_layer(path: Path, name: str, notes: Notes, progress: Progress) -> SourceTable:
    """Every row of one layer; raises InputError where fewer rows can be read than the layer counts."""
    with opened(path) as dataset:
        layer = dataset.GetLayerByName(name)
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
    return SourceTable(file=path.name, layer=name, encoding="UTF-8", columns=columns,
                       rows=list(range(1, len(wkb) + 1)), wkb=wkb, broken=broken, srs=srs, identity=identity)


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
