"""From what an inspector points at (file, folder, archive, QGIS source) to the one layer that holds the patches."""
from __future__ import annotations

import hashlib
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from ..errors import InputError
from ..progress import Progress
from ..evidence.archives import unpack
from .dbf import field_names, read_dbf, text_samples
from .encodings import Decoder, decide
from .geojson import read_geojson
from .mapping import recognise_names
from .import_findings import Notes, listed
from .ogr_layer import layer_fields, read_layer
from .shapefile import read_shapefile, siblings
from .table import SourceTable

JSON_SUFFIXES = {".geojson", ".json", ".geojsonl", ".jsonl", ".ndjson"}
DATA_SUFFIXES = {".shp", ".gpkg", ".kml", ".gml", ".tab", ".fgb", ".sqlite"} | JSON_SUFFIXES
PACKED_SUFFIXES = {".rar", ".7z", ".gz", ".tgz", ".bz2", ".xz", ".tar"}
SHAPEFILE_PARTS = (".cpg", ".dbf", ".prj", ".shp", ".shx")
_BLOCK = 1024 ** 2
#: What a tool of the bureaus refuses to work without (domain.md §1.1).
_ISSUED = {"XZQDM", "JCBH", "QSX", "HSX", "JCMJ"}


@dataclass(frozen=True)
class Candidate:
    """One layer of one file that might hold the patches."""

    path: Path
    layer: str
    shown: str


@dataclass(frozen=True)
class Target:
    """A source string taken apart: the path, and the layer or member that it names."""

    path: Path
    layer: Optional[str]


def take_apart(source: str, layer: Optional[str]) -> Target:
    """``path``, ``path|layername=x`` or ``/vsizip/path.zip/member.shp``.

    Raises InputError where the file is not there or the QGIS source carries a filter (rows would go missing unseen).
    """
    text, *options = source.split("|")
    settings = dict(option.split("=", 1) for option in options if "=" in option)
    if settings.get("subset"):
        raise InputError("The layer is filtered: {filter}.", "Remove the layer's filter and import again.",
                         filter=settings["subset"])
    path, member = _out_of_archive(text)
    if not path.exists():
        raise InputError("{file} does not exist.", "Check the path and the connection to the drive.", file=text)
    return Target(path, layer or settings.get("layername") or member)


def _out_of_archive(text: str) -> Tuple[Path, Optional[str]]:
    if not text.startswith("/vsizip/"):
        return Path(text), None
    inner = text[len("/vsizip/"):].strip("{}")
    at = inner.lower().find(".zip")
    return Path(inner[:at + 4]), inner[at + 4:].strip("}/") or None


@contextmanager
def located(target: Target, mapping: Optional[Dict[str, str]], progress: Progress) -> Iterator[Candidate]:
    """The candidate to read; an archive is unpacked for as long as the block lasts.

    Raises InputError where no layer, or more than one that looks like issued patches, is found.
    """
    if target.path.suffix.lower() in PACKED_SUFFIXES:
        raise InputError("{file} is an archive that cannot be opened here.",
                         "Unpack it and give the folder, or pack it as .zip.", file=target.path.name)
    if target.path.suffix.lower() != ".zip":
        yield _chosen(_candidates(target.path), target, mapping)
        return
    with tempfile.TemporaryDirectory(prefix="land_inspector_") as folder:
        unpack(target.path, Path(folder), progress)
        yield _chosen(_candidates(Path(folder)), target, mapping)


def _candidates(path: Path) -> List[Candidate]:
    if path.is_file() or path.suffix.lower() == ".gdb":
        return _layers(path, path.name)
    files = [file for file in sorted(path.rglob("*")) if file.is_file() and file.suffix.lower() in DATA_SUFFIXES]
    shown = [file for file in files if not file.name.startswith(".") and "__MACOSX" not in file.parts]
    return [layer for file in shown for layer in _layers(file, file.relative_to(path).as_posix())]


def _layers(path: Path, shown: str) -> List[Candidate]:
    suffix = path.suffix.lower()
    if suffix in JSON_SUFFIXES or suffix == ".shp":
        return [Candidate(path, path.stem, shown)]
    if suffix in (".dbf", ".shx", ".prj", ".cpg"):
        shape = siblings(path).get(".shp")
        if shape is None:
            raise InputError("{file} has no .shp beside it.", "Give the .shp file with all its parts.", file=path.name)
        return [Candidate(shape, shape.stem, shape.name)]
    return [Candidate(path, name, f"{shown}|{name}") for name in layer_fields(path)]


def _chosen(candidates: List[Candidate], target: Target, mapping: Optional[Dict[str, str]]) -> Candidate:
    if not candidates:
        raise InputError("{file} holds no layer.", "Give a Shapefile, GeoPackage or GeoJSON, plain or zipped.",
                         file=target.path.name)
    if target.layer:
        return _named(candidates, target)
    if len(candidates) == 1:
        return candidates[0]
    scores = [_score(_fields_if_readable(candidate), mapping) for candidate in candidates]
    best = [candidate for candidate, score in zip(candidates, scores) if score == max(scores)]
    if max(scores) == 0 or len(best) > 1:
        raise InputError(
            "{file} holds several layers, and it is not clear which are the patches: {layers}.",
            "Name it behind the file, as in patches.gpkg|layername=name.",
            file=target.path.name, layers=listed([candidate.shown for candidate in (best if max(scores) else candidates)], 30),
        )
    return best[0]


def _named(candidates: List[Candidate], target: Target) -> Candidate:
    wanted = (target.layer or "").lower()
    for candidate in candidates:
        if wanted in (candidate.layer.lower(), candidate.shown.lower(), candidate.path.name.lower()):
            return candidate
    raise InputError("{file} has no layer {layer}; it has {layers}.", "Name it behind the file, as in patches.gpkg|layername=name.",
                     file=target.path.name, layer=target.layer,
                     layers=listed([candidate.shown for candidate in candidates], 30))


def _fields_if_readable(candidate: Candidate) -> List[str]:
    """No fields where the file is something else (a JSON of settings beside the layers) or damaged."""
    try:
        return _fields_of(candidate)
    except InputError:
        return []


def _fields_of(candidate: Candidate) -> List[str]:
    suffix = candidate.path.suffix.lower()
    if suffix == ".shp":
        dbf = siblings(candidate.path).get(".dbf")
        if dbf is None:
            return []
        table = read_dbf(dbf, dbf.read_bytes())
        samples = text_samples(table)
        return field_names(table, Decoder(decide(samples, table.language_codec), samples))
    if suffix in JSON_SUFFIXES:
        return list(read_geojson(candidate.path, None, Notes(), Progress()).columns)
    return layer_fields(candidate.path)[candidate.layer]


def _score(fields: Sequence[str], mapping: Optional[Dict[str, str]]) -> int:
    """How many fields of an issue are there; 0 without a patch number, by which alone a patch layer is known.

    Further fields do not count: of two issues the one with more columns is not the right one for that.
    """
    known = {**recognise_names(fields), **{key: name for key, name in (mapping or {}).items() if name in fields}}
    return len(_ISSUED.intersection(known)) if "JCBH" in known else 0


def read_source(candidate: Candidate, encoding: Optional[str], notes: Notes, progress: Progress) -> SourceTable:
    """The chosen layer, whole."""
    suffix = candidate.path.suffix.lower()
    if suffix == ".shp":
        return read_shapefile(candidate.path, encoding, notes, progress)
    if suffix in JSON_SUFFIXES:
        return read_geojson(candidate.path, encoding, notes, progress)
    return read_layer(candidate.path, candidate.layer, notes, progress)


def digest(target: Target, candidate: Candidate) -> str:
    """SHA-256 (hex) of the archive or file as issued; of a shapefile, over its five parts."""
    if target.path.is_file() and target.path.suffix.lower() == ".zip":
        files = [target.path]
    elif candidate.path.suffix.lower() == ".shp":
        parts = siblings(candidate.path)
        files = [parts[suffix] for suffix in SHAPEFILE_PARTS if suffix in parts]
    else:
        files = [candidate.path]
    total = hashlib.sha256()
    for file in files:
        with file.open("rb") as content:
            for block in iter(lambda: content.read(_BLOCK), b""):
                total.update(block)
    return total.hexdigest()
