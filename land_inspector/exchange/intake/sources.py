"""From what an inspector points at (file, folder, archive, QGIS source) to the layers that hold the issue: all of its parts."""
from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Set, Tuple

import numpy as np
import shapely

from ...errors import InputError, LandInspectorError, Message, message
from ...evidence.encodings import Decoder, decide
from ...evidence.gdal_quiet import reading
from ...evidence.vector_files import (
    ARCHIVES, FoundFile, JSON_SUFFIXES, LAYER_SUFFIXES, OTHER_ARCHIVES, files_in, is_geodatabase, is_there, leftovers,
    opened, path_and_options,
)
from ...progress import Progress
from ..formats.shp import field_names, read_dbf, text_samples
from ..report import Notes, listed
from .geojson import read_geojson
from .mapping import SourceTable, map_given, recognise_names
from .ogr_layer import layer_fields, layers_without_geometry, read_layer
from .placement import transform_geometry, usable_crs
from .shapefile import read_shapefile, siblings


SHAPEFILE_PARTS = (".cpg", ".dbf", ".prj", ".shp", ".shx")
#: Tables that may hold outlines as text (WKT): read where there is no layer beside them.
_WITH_WKT = frozenset({".csv"})
_BLOCK = 1024 ** 2
#: What a tool of the bureaus refuses to work without (domain.md §1.1).
_ISSUED = {"XZQDM", "JCBH", "QSX", "HSX", "JCMJ"}
#: What names of layers say of a period: they then belong to different issues.
_PERIOD = re.compile(r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*(?:月|季度|季|期|批)|20\d\d\s*年?\s*(?:0[1-9]|1[0-2]|[Qq][1-4])(?!\d)|20\d\d(?!\d)")


@dataclass(frozen=True)
class Candidate:
    """One layer of one file that might hold the patches; ``place`` is its number in the file, from 0."""

    path: Path
    layer: str
    shown: str
    place: int = 0


@dataclass(frozen=True)
class Target:
    """A source string taken apart: the path, and the layer (by name, or by number from 0) or member that it names."""

    path: Path
    layer: Optional[str]
    layer_id: Optional[int] = None

    @property
    def names_a_layer(self) -> bool:
        """Whether one layer is meant, by name or by number, and not all that the path holds."""
        return bool(self.layer) or self.layer_id is not None


@dataclass(frozen=True)
class Located:
    """The layers to read as one, and by name what else the source holds, with the reason why it is left."""

    parts: List[Candidate]
    left: List[str] = field(default_factory=list)
    others: List[str] = field(default_factory=list)
    broken: List[Tuple[str, Message]] = field(default_factory=list)

    def tell(self, file: str, rows: Sequence[int], notes: Notes) -> None:
        """What was read and what was left, into the findings; nothing where the source is one layer."""
        if len(self.parts) > 1:
            shown = [f"{part.shown} ({count})" for part, count in zip(self.parts, rows)]
            notes.add("I", message("{file} holds the issue in {n} parts, which were read as one: {parts}.", file=file, n=len(shown),
                                   parts=listed(shown, 60)),
                      message("Rows are counted on through the parts, in this order."))
        if self.left:
            notes.add("W", message("{file} holds other layers, which were left: {layers}.", file=file, layers=listed(self.left, 60)),
                      message("If one of them belongs to the issue, name it behind the file, as in patches.gpkg|layername=name."))
        for shown, reason in self.broken:
            notes.add("E", message("{file} could not be read and was left: {reason}", file=shown, reason=reason),
                      message("If it belongs to the issue, its patches are missing: get it again and import the whole once more."))
        packed = [one for one in self.others if _is_archive(one)]
        if packed:
            notes.add("W", message("{file} holds archives that were not opened: {layers}.", file=file, layers=listed(packed, 60)),
                      message("If they hold patches of the issue, unpack them or pack them as .zip, and import the whole once more."))
        plain = [one for one in self.others if not _is_archive(one)]
        if plain:
            notes.add("I", message("{file} holds files that are no layers and were left: {layers}.", file=file,
                                   layers=listed(plain, 30)))


def _is_archive(name: str) -> bool:
    return Path(name).suffix.lower() in ARCHIVES | OTHER_ARCHIVES


def take_apart(source: str, layer: Optional[str]) -> Target:
    """``path``, ``path|layername=x``, ``path|layerid=1`` or ``/vsizip/path.zip/member.shp``.

    Raises InputError where the file is not there or the QGIS source carries a filter (rows would go missing unseen).
    """
    text, settings = path_and_options(source)
    if settings.get("subset"):
        raise InputError("The layer is filtered: {filter}.", "Remove the layer's filter and import again.",
                         filter=settings["subset"])
    path, member = _out_of_archive(text)
    if text.startswith("/vsi") and not text.startswith("/vsizip/") or "\0" in text or not is_there(path):
        raise InputError("{file} does not exist.", "Check the path and the connection to the drive.", file=text)
    number = settings.get("layerid", "")
    return Target(path, layer or settings.get("layername") or member, int(number) if number.isdigit() else None)


def _out_of_archive(text: str) -> Tuple[Path, Optional[str]]:
    if not text.startswith("/vsizip/"):
        return Path(text), None
    inner = text[len("/vsizip/"):].strip("{}")
    at = inner.lower().find(".zip")
    return Path(inner[:at + 4]), inner[at + 4:].strip("}/") or None


@contextmanager
def located_parts(target: Target, mapping: Optional[Dict[str, str]], progress: Progress) -> Iterator[Located]:
    """The layers that together are one issue; archives are unpacked for as long as the block lasts.

    Raises InputError where no layer is found, or where it is not clear which of several is meant.
    """
    with _candidates(target, progress) as (candidates, others, broken):
        if target.names_a_layer:
            chosen = _named(candidates, target)
            yield Located([chosen], [one.shown for one in candidates if one is not chosen], others, broken)
        else:
            yield _parts_of(candidates, Located([], [], others, broken), target, mapping)


@contextmanager
def located(target: Target, mapping: Optional[Dict[str, str]], progress: Progress) -> Iterator[Candidate]:
    """The one layer to read, for what is never issued in parts (townships). Raises InputError as :func:`located_parts`."""
    with located_parts(target, mapping, progress) as found:
        if len(found.parts) > 1:
            raise _ask(target, found.parts)
        yield found.parts[0]


@contextmanager
def _candidates(target: Target, progress: Progress) -> Iterator[Tuple[List[Candidate], List[str], List[Tuple[str, Message]]]]:
    """The layers of a source, the names of its other files, and which files could not be read, with the reason."""
    with files_in(_whole_of(target.path), LAYER_SUFFIXES | _WITH_WKT, progress) as (every, others):
        layers = [file for file in every if file.path.suffix.lower() not in _WITH_WKT]
        files, others = layers or every, others + [file.shown for file in every if layers and file not in layers]
        found: List[Candidate] = []
        broken: List[Tuple[str, Message]] = []
        for file in files:
            try:
                found += _with_places(layers_of(file))
            except InputError as error:
                if len(files) == 1:
                    raise
                broken.append((file.shown, error.message))
        if not found and broken:
            raise InputError("{file} could not be read and was left: {reason}", "Get the file again from where it was issued.",
                             file=broken[0][0], reason=broken[0][1])
        if not found:
            raise _nothing(target, leftovers(others))
        yield found, leftovers(others), broken


def _with_places(candidates: List[Candidate]) -> List[Candidate]:
    """Without a data set's tables, where it has layers beside them; a table that stands alone is told what it is later."""
    if len(candidates) < 2 or candidates[0].path.suffix.lower() in (".dxf", ".csv"):
        return candidates
    tables = layers_without_geometry(candidates[0].path)
    return [one for one in candidates if one.layer not in tables] or candidates


def _whole_of(path: Path) -> Path:
    """What a person means who points at one part of a layer: the .mif of a .mid, the .tab of a .dat, the FileGDB around a file."""
    if is_geodatabase(path.parent) and path.is_file():
        return path.parent
    main = {".mid": ".mif", ".dat": ".tab", ".map": ".tab", ".id": ".tab", ".ind": ".tab"}.get(path.suffix.lower())
    return siblings(path).get(main, path) if main and path.is_file() else path


def _nothing(target: Target, others: Sequence[str]) -> InputError:
    if any(map(_is_archive, others)):
        return InputError("{file} holds no layer, but archives that were not opened: {files}.",
                          "Unpack them and give the folder, or pack them as .zip; archives in archives are opened three deep.",
                          file=target.path.name, files=listed(others, 30))
    if others:
        return InputError("{file} holds no layer; it holds {files}.", "Give a Shapefile, GeoPackage or GeoJSON, plain or zipped.",
                          file=target.path.name, files=listed(others, 30))
    return InputError("{file} holds no layer; it is empty.", "Give a Shapefile, GeoPackage or GeoJSON, plain or zipped.",
                      file=target.path.name)


def layers_of(file: FoundFile) -> List[Candidate]:
    """The layers of one file. Raises InputError where it cannot be opened, or a part of a shapefile has no .shp beside it."""
    path, suffix = file.path, file.path.suffix.lower()
    if suffix in JSON_SUFFIXES and not _is_topology(path) or suffix == ".shp":
        return [Candidate(path, path.stem, file.shown)]
    if suffix in (".dbf", ".shx", ".prj", ".cpg"):
        shape = siblings(path).get(".shp")
        if shape is None:
            raise InputError("{file} has no .shp beside it.", "Give the .shp file with all its parts.", file=path.name)
        return [Candidate(shape, shape.stem, shape.name)]
    return [Candidate(path, name, f"{file.shown}|{name}", place) for place, name in enumerate(layer_fields(path))]


def _is_topology(path: Path) -> bool:
    """TopoJSON, which shares the suffix of GeoJSON and is GDAL's to read."""
    with reading(path.name), path.open("rb") as file:
        return re.search(rb'"type"\s*:\s*"Topology"', file.read(4096)) is not None


def _parts_of(candidates: List[Candidate], beside: Located, target: Target, mapping: Optional[Dict[str, str]]) -> Located:
    """The only layer; else the layers with the fields of an issue, where they complete one another."""
    others, broken = beside.others, list(beside.broken)
    if len(candidates) == 1:
        return Located(candidates, [], others, broken)
    scores: Dict[Candidate, int] = {}
    for candidate in candidates:
        try:
            scores[candidate] = _score(_fields_of(candidate), mapping)
        except InputError as error:  # a JSON of settings beside the layers, or damaged
            broken.append((candidate.shown, error.message))
    most = max(scores.values(), default=0)
    best = [candidate for candidate, score in scores.items() if score == most]
    if most == 0:
        raise _ask(target, candidates)
    if len(best) > 1 and not _complete_each_other(best, mapping):
        raise _ask(target, best)
    return Located(best, [one.shown for one in scores if one not in best], others, broken)


def _ask(target: Target, among: Sequence[Candidate]) -> InputError:
    return InputError(
        "{file} holds several layers, and it is not clear which are the patches: {layers}.",
        "Name it behind the file, as in patches.gpkg|layername=name.",
        file=target.path.name, layers=listed([candidate.shown for candidate in among], 30))


def _complete_each_other(parts: Sequence[Candidate], mapping: Optional[Dict[str, str]]) -> bool:
    """Whether each layer holds patches of its own: then they are one issue, township by township. A copy or another edition
    of the same patches is not, nor is another month's issue, and only a person knows which one counts."""
    seen: Set[str] = set()
    if len({tuple(_PERIOD.findall(part.shown)) for part in parts}) > 1:
        return False
    for part in parts:
        numbers = _numbers(part, mapping)
        if numbers is None or numbers and len(numbers & seen) > 0.5 * min(len(numbers), len(seen) or 1):
            return False
        seen |= numbers
    return True


def _numbers(candidate: Candidate, mapping: Optional[Dict[str, str]]) -> Optional[Set[str]]:
    """The patch numbers of a layer; None where it cannot be read."""
    try:
        table = read_source(candidate, None, Notes(), Progress())
    except LandInspectorError:
        return None
    name = map_given(table, mapping or {}).get("JCBH") or recognise_names(list(table.columns)).get("JCBH")
    return {str(value).strip() for value in table.columns.get(name or "", []) if value is not None}


def _named(candidates: List[Candidate], target: Target) -> Candidate:
    wanted = (target.layer or "").lower()
    for candidate in candidates:
        if target.layer and wanted in (candidate.layer.lower(), candidate.shown.lower(), candidate.path.name.lower()):
            return candidate
        if not target.layer and candidate.place == target.layer_id and candidate.path == candidates[0].path:
            return candidate
    raise InputError("{file} has no layer {layer}; it has {layers}.", "Name it behind the file, as in patches.gpkg|layername=name.",
                     file=target.path.name, layer=target.layer or target.layer_id,
                     layers=listed([candidate.shown for candidate in candidates], 30))


def _fields_of(candidate: Candidate) -> List[str]:
    suffix = candidate.path.suffix.lower()
    if suffix == ".shp":
        dbf = siblings(candidate.path).get(".dbf")
        if dbf is None:
            return []
        table = read_dbf(dbf, dbf.read_bytes())
        samples = text_samples(table)
        return field_names(table, Decoder(decide(samples, table.language_codec), samples))
    if suffix in JSON_SUFFIXES or suffix == ".kml":
        return list(read_source(candidate, None, Notes(), Progress()).columns)
    return layer_fields(candidate.path)[candidate.layer]


def _score(fields: Sequence[str], mapping: Optional[Dict[str, str]]) -> int:
    """How many fields of an issue are there; 0 without a patch number, by which alone a patch layer is known.

    Further fields do not count: of two issues the one with more columns is not the right one for that.
    """
    known = {**recognise_names(fields), **{key: name for key, name in (mapping or {}).items() if name in fields}}
    return len(_ISSUED.intersection(known)) if "JCBH" in known else 0


def read_source(candidate: Candidate, encoding: Optional[str], notes: Notes, progress: Progress) -> SourceTable:
    """The chosen layer, whole. Raises InputError where it cannot be read, whatever is wrong with it."""
    suffix = candidate.path.suffix.lower()
    if suffix == ".shp":
        return read_shapefile(candidate.path, encoding, notes, progress)
    if suffix in JSON_SUFFIXES and not _is_topology(candidate.path):
        return read_geojson(candidate.path, encoding, notes, progress)
    return read_layer(candidate.path, candidate.layer, notes, progress)


def digest(target: Target, parts: Sequence[Candidate]) -> str:
    """SHA-256 (hex) of the archive or file as issued; of shapefiles, over their five parts; of several files, over all of them."""
    if target.path.is_file() and target.path.suffix.lower() in (".zip", ".kmz"):
        files = [target.path]
    else:
        files = list(dict.fromkeys(file for part in parts for file in _files_of(part.path)))
    total = hashlib.sha256()
    for file in files:
        with file.open("rb") as content:
            for block in iter(lambda: content.read(_BLOCK), b""):
                total.update(block)
    return total.hexdigest()


def _files_of(path: Path) -> List[Path]:
    if path.suffix.lower() == ".shp":
        parts = siblings(path)
        return [parts[suffix] for suffix in SHAPEFILE_PARTS if suffix in parts]
    if path.is_dir():  # a FileGDB
        return sorted(file for file in path.iterdir() if file.is_file() and file.suffix.lower() != ".lock")
    return [path]


# Lines that somebody drew to cut parcels along, from any layer, in the CRS of the register.

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
