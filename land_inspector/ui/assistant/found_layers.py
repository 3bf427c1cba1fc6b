"""What lies in a folder or a file: its polygon layers with their first rows, enough to guess what each of them is.

Nothing here touches a widget; all of it may run beside the window.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, radians
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from osgeo import gdal, ogr

from ...errors import LandInspectorError, message
from ...evidence.vector_files import ARCHIVES, JSON_SUFFIXES, LAYER_SUFFIXES, files_in, is_geodatabase, opened
from ...exchange.formats.dbf import column, field_names, read_dbf, text_samples
from ...exchange.formats.encodings import Decoder, decide
from ...exchange.image_files import SUFFIXES as IMAGE_SUFFIXES
from ...progress import Progress

#: As many rows tell what a column holds; a window shows the first of them.
MOST_ROWS = 200
#: More files than these are no folder of an office's data but a disk.
MOST_FILES = 400
_LARGEST_DBF = 60_000_000
_METRES_PER_DEGREE = 111_320.0
_DEEPEST = 3


@dataclass(frozen=True)
class FoundLayer:
    """A polygon layer. ``source`` is what algorithms and QGIS open; ``rows`` are the first :data:`MOST_ROWS`, ``areas_m2`` their areas
    on a plane (good enough to tell m² from mu), ``box`` the extent in the layer's own CRS, ``crs`` its EPSG code or name, '' for none."""

    source: str
    name: str
    file: str
    fields: Tuple[str, ...]
    rows: Tuple[Dict[str, Any], ...]
    count: int
    crs: str = ""
    areas_m2: Tuple[float, ...] = ()
    box: Optional[Tuple[float, float, float, float]] = None

    def values(self, name: str) -> List[Any]:
        """What stands in a column, without the empty cells."""
        return [row[name] for row in self.rows if row.get(name) not in (None, "")]

    @property
    def title(self) -> str:
        """``county.gpkg · townships``; a file of one layer goes by its own name."""
        return self.file if Path(self.file).stem == self.name else f"{self.file} · {self.name}"

    @property
    def short_title(self) -> str:
        """What tells it from its neighbours comes first."""
        return self.file if Path(self.file).stem == self.name else f"{self.name} ({self.file})"


@dataclass
class Found:
    """The layers of a place; the folders below it that hold images; ``unread`` names files with the reason why nothing is known."""

    layers: List[FoundLayer] = field(default_factory=list)
    image_folders: List[Path] = field(default_factory=list)
    unread: List[Tuple[str, str]] = field(default_factory=list)


def look_into(place: Path, progress: Progress) -> Found:
    """Everything in a folder and three levels below it, or in one file. Raises Cancelled; a file that cannot be read is noted."""
    found = Found()
    files = sorted(_files(place, 0))[:MOST_FILES]
    for at, path in enumerate(files):
        progress.step(at / max(len(files), 1), message("Looking at {file}", file=path.name))
        if path.suffix.lower() in IMAGE_SUFFIXES - {".gpkg"}:
            _note_folder(found, path.parent)
        if path.suffix.lower() in LAYER_SUFFIXES | ARCHIVES:
            _look_at(path, found, progress)
    return found


def _files(place: Path, depth: int) -> Iterator[Path]:
    if place.is_file() or is_geodatabase(place):
        yield place
    elif place.is_dir() and depth <= _DEEPEST:
        for path in place.iterdir():
            if not path.name.startswith(".") and not path.is_symlink():
                yield from _files(path, depth + 1)


def _note_folder(found: Found, folder: Path) -> None:
    """The topmost folder counts: images are looked for below it."""
    if not any(known == folder or known in folder.parents for known in found.image_folders):
        found.image_folders = [known for known in found.image_folders if folder not in known.parents] + [folder]


def _look_at(path: Path, found: Found, progress: Progress) -> None:
    try:
        if path.suffix.lower() in ARCHIVES:
            with files_in(path, LAYER_SUFFIXES, progress) as (files, _others):
                inside = [layer for file in files for layer in _layers(file.path, str(path), path.name)]
            found.layers += inside[:1] if len(inside) == 1 else [
                FoundLayer(**{**layer.__dict__, "source": f"{path}|layername={layer.name}"}) for layer in inside]
        else:
            found.layers += _layers(path, "", path.name)
    except LandInspectorError as error:
        if path.suffix.lower() not in JSON_SUFFIXES:  # settings and styles are JSON as well
            found.unread.append((path.name, str(error)))
    except (OSError, ValueError, RuntimeError) as error:  # whatever a damaged file makes a reader say: the others still count
        found.unread.append((path.name, str(error)))


def _layers(path: Path, source: str, file: str) -> List[FoundLayer]:
    """The polygon layers of one data set; ``source`` is given for what lies in an archive."""
    made = []
    with opened(path) as dataset:
        several = dataset.GetLayerCount() > 1 or path.suffix.lower() in (".gpkg", ".sqlite", ".gdb")
        for at in range(dataset.GetLayerCount()):
            layer = dataset.GetLayer(at)
            if not _may_hold_polygons(layer) or layer.GetName().lower() in ("layer_styles", "parcel_map", "photo_map"):
                continue
            name = layer.GetName()
            own = source or (f"{path}|layername={name}" if several else str(path))
            made.append(_layer(path, layer, own, file))
    return made


def _may_hold_polygons(layer: ogr.Layer) -> bool:
    kind = ogr.GT_Flatten(layer.GetGeomType())
    return kind in (ogr.wkbPolygon, ogr.wkbMultiPolygon, ogr.wkbCurvePolygon, ogr.wkbMultiSurface, ogr.wkbUnknown)


def _layer(path: Path, layer: ogr.Layer, source: str, file: str) -> FoundLayer:
    definition = layer.GetLayerDefn()
    fields = [definition.GetFieldDefn(at).GetName() for at in range(definition.GetFieldCount())]
    reference = layer.GetSpatialRef()
    rows, areas = _first_rows(layer, fields, reference is not None and bool(reference.IsGeographic()))
    if path.suffix.lower() == ".shp":
        fields, rows = _in_its_own_words(path, fields, rows)
    return FoundLayer(source, layer.GetName(), file, tuple(fields), tuple(rows), max(layer.GetFeatureCount(), 0), _crs(reference),
                      tuple(areas), _box(layer))


def _first_rows(layer: ogr.Layer, fields: Sequence[str], in_degrees: bool) -> Tuple[List[Dict[str, Any]], List[float]]:
    rows: List[Dict[str, Any]] = []
    areas: List[float] = []
    layer.ResetReading()
    while len(rows) < MOST_ROWS:
        feature = layer.GetNextFeature()
        if feature is None:
            break
        rows.append({name: _value(feature, at) for at, name in enumerate(fields)})
        areas.append(_area(feature.GetGeometryRef(), in_degrees))
    return rows, areas


def _value(feature: ogr.Feature, at: int) -> Any:
    if not feature.IsFieldSetAndNotNull(at):
        return None
    kind = feature.GetFieldDefnRef(at).GetType()
    if kind in (ogr.OFTInteger, ogr.OFTInteger64):
        return feature.GetFieldAsInteger64(at)
    if kind == ogr.OFTReal:
        return feature.GetFieldAsDouble(at)
    try:
        return feature.GetFieldAsString(at).strip()
    except UnicodeDecodeError:
        return "?"


def _area(geometry: Optional[ogr.Geometry], in_degrees: bool) -> float:
    if geometry is None or geometry.IsEmpty():
        return 0.0
    if not in_degrees:
        return geometry.GetArea()
    _west, _east, south, north = geometry.GetEnvelope()
    return geometry.GetArea() * _METRES_PER_DEGREE ** 2 * max(cos(radians((south + north) / 2)), 0.01)


def _in_its_own_words(path: Path, fields: List[str], rows: List[Dict[str, Any]]) -> Tuple[List[str], List[Dict[str, Any]]]:
    """Names and texts of a shapefile in the encoding that its own bytes speak, as the import reads them."""
    dbf = next((one for one in (path.with_suffix(".dbf"), path.with_suffix(".DBF")) if one.is_file()), None)
    if dbf is None or dbf.stat().st_size > _LARGEST_DBF:
        return fields, rows
    table = read_dbf(dbf, dbf.read_bytes())
    samples = text_samples(table)
    decoder = Decoder(decide(samples, table.language_codec), samples)
    names = field_names(table, decoder)
    columns = {name: column(table, one, decoder)[:MOST_ROWS] for name, one in zip(names, table.fields)}
    count = min((len(values) for values in columns.values()), default=0)
    return names, [{name: values[at] for name, values in columns.items()} for at in range(count)]


def _crs(reference: Any) -> str:
    if reference is None:
        return ""
    code = reference.GetAuthorityCode(None)
    return f"{reference.GetName()} (EPSG:{code})" if code else reference.GetName() or ""


def _box(layer: ogr.Layer) -> Optional[Tuple[float, float, float, float]]:
    gdal.ErrorReset()
    box = layer.GetExtent(can_return_null=True)
    return None if box is None else (box[0], box[2], box[1], box[3])
