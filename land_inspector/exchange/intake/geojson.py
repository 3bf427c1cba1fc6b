"""GeoJSON read row by row: in any encoding, one document or one feature a line, with whatever is wrong in a row kept."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

from osgeo import ogr, osr

from ...errors import InputError, Message, message
from ...evidence.gdal_quiet import attempt, reading, spatial_reference
from ...evidence.shapes import drawn_ring
from ...progress import Progress
from ...evidence.encodings import REPLACED, checked_encoding, decode_file
from ..report import Notes
from .geometry import json_wkb, plain_wkb
from .mapping import SourceTable

_SPACE = re.compile(r"[ \t\n\r\ufeff\x1e\0]*")
_DECODER = json.JSONDecoder()


class NoFeatures(Exception):
    """The JSON is sound, but holds neither features nor a feature."""


class Document:
    """A JSON object whose ``features`` come one at a time; its other members stand in ``members`` in the end."""

    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.members: Dict[str, Any] = {}

    @property
    def line(self) -> int:
        """The line that has been reached, from 1."""
        return self.text.count("\n", 0, self.at) + 1

    @property
    def fraction(self) -> float:
        """How much of the text has been read, from 0 to 1."""
        return self.at / (len(self.text) or 1)

    def features(self) -> Iterator[Any]:
        """Every item of ``features``; of a text with one feature a line, every line.

        Raises ValueError where it stops being JSON, RecursionError where it is nested beyond all sense, and NoFeatures.
        """
        self._next()
        while self._more():
            yield from self._object()

    def _object(self) -> Iterator[Any]:
        self._expect("{")
        members: Dict[str, Any] = {}
        found = False
        while self._next() != "}":
            name = self._value()
            self._expect(":")
            if name == "features" and self._next() == "[":
                found = True
                yield from self._items()
            else:
                members[name] = self._value()
            if self._next() == ",":
                self._expect(",")
        self._expect("}")
        if found:
            self.members.update(members)
        elif members.get("type") == "Feature":
            yield members
        else:
            raise NoFeatures()

    def _items(self) -> Iterator[Any]:
        self._expect("[")
        while self._next() != "]":
            yield self._value()
            if self._next() == ",":
                self._expect(",")
        self._expect("]")

    def _more(self) -> bool:
        self.at = _SPACE.match(self.text, self.at).end()
        return self.at < len(self.text)

    def _next(self) -> str:
        if not self._more():
            raise ValueError("end")
        return self.text[self.at]

    def _expect(self, mark: str) -> None:
        if self._next() != mark:
            raise ValueError(mark)
        self.at += 1

    def _value(self) -> Any:
        self._next()
        value, self.at = _DECODER.raw_decode(self.text, self.at)
        return value


STANDARD_CRS = "EPSG:4326"
#: Different fields that an issue may have.
MOST_FIELDS = 1000
_HALF = re.compile("[\ud800-\udfff]")
_EVERY = 500


@dataclass
class _Rows:
    """What has been read so far."""

    properties: List[Dict[str, Any]] = field(default_factory=list)
    ids: List[Any] = field(default_factory=list)
    wkb: List[Optional[bytes]] = field(default_factory=list)
    broken: Dict[int, Message] = field(default_factory=dict)

    def add(self, feature: Any) -> None:
        members = feature if isinstance(feature, dict) else {"geometry": {"type": str(feature)}}
        properties = members.get("properties", members.get("attributes"))
        self.ids.append(_plain(members.get("id")))
        self.properties.append(properties if isinstance(properties, dict) else {})
        try:
            self.wkb.append(_geometry(members.get("geometry")))
        except ValueError:
            self.broken[len(self.wkb)] = message("The geometry is not as GeoJSON wants it.")
            self.wkb.append(None)


def read_geojson(path: Path, encoding: Optional[str], notes: Notes, progress: Progress) -> SourceTable:
    """Every member of ``features``; raises InputError where the document is cut or is no GeoJSON."""
    progress.step(0.0, message("Reading {file}", file=path.name))
    text, used = decode_file(path.read_bytes(), checked_encoding(encoding) if encoding else None)
    _note_text(path, text, used, encoding, notes)
    document = Document(text)
    with reading(path.name):
        rows = _read(path, document, progress)
        columns = _columns(path, rows.properties, document.members)
    _note_what_is_missing(path, document.members, notes)
    return SourceTable(
        file=path.name, layer=path.stem, encoding=used, columns=columns,
        rows=list(range(1, len(rows.wkb) + 1)), wkb=rows.wkb, broken=rows.broken,
        srs=_srs_of(path, document.members, notes), identity=("id", rows.ids),
    )


def _read(path: Path, document: Document, progress: Progress) -> _Rows:
    rows = _Rows()
    try:
        for feature in document.features():
            if len(rows.wkb) % _EVERY == 0:
                progress.step(document.fraction, message("Reading {file}", file=path.name))
            rows.add(feature)
    except NoFeatures as wrong:
        raise InputError("{file} is JSON, but no GeoJSON feature collection.",
                         "Export the layer again as GeoJSON, GeoPackage or Shapefile.", file=path.name) from wrong
    except (ValueError, RecursionError) as wrong:
        raise InputError(
            "{file} is not complete GeoJSON: it cannot be understood from line {line} on.",
            "Get the file again from where it was issued; it may have been cut on the way.",
            file=path.name, line=document.line,
        ) from wrong
    return rows


def _note_what_is_missing(path: Path, members: Dict[str, Any], notes: Notes) -> None:
    """A map service that gives out no more than so many features at once says so in the file."""
    properties = members.get("properties")
    said = (members.get("exceededTransferLimit"), properties.get("exceededTransferLimit") if isinstance(properties, dict) else None)
    counts = [members.get(name) for name in ("numberMatched", "totalFeatures", "numberReturned")]
    matched = next((value for value in counts[:2] if isinstance(value, int)), None)
    short = isinstance(counts[2], int) and matched is not None and matched > counts[2]
    if True in said or short:
        notes.add("E", message("{file} is not the whole: the service that wrote it gave out only a part of the features.", file=path.name),
                  message("Fetch the rest, or ask the issuer for the layer as a file, and import the whole."))


def _note_text(path: Path, text: str, used: str, given: Optional[str], notes: Notes) -> None:
    if used != "UTF-8" and not given:
        notes.add("W", message("{file} is GeoJSON in {encoding}, not in UTF-8 as the standard wants; it was read so.",
                               file=path.name, encoding=used))
    if REPLACED in text:
        notes.add("W", message("{file}: {n} bytes are no text in {main}; they are marked with \ufffd.", file=path.name,
                               n=text.count(REPLACED), main=used),
                  message("If names look wrong, import again with ENCODING given."))


def _geometry(member: Any) -> Optional[bytes]:
    """WKB of a GeoJSON geometry, or of Esri's (rings without a type). Raises ValueError if it is malformed."""
    if isinstance(member, dict) and "type" not in member and {"rings", "curveRings", "paths", "x"} & set(member):
        if "curveRings" in member:
            member = {"rings": [drawn_ring(ring) for ring in member["curveRings"]]}
        geometry = attempt(ogr.CreateGeometryFromEsriJson, json.dumps(member))
        if geometry is None:
            raise ValueError("Esri JSON")
        return plain_wkb(geometry)
    return json_wkb(member)


def _columns(path: Path, rows: List[Dict[str, Any]], members: Dict[str, Any]) -> Dict[str, List[Any]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > MOST_FIELDS:
        raise InputError("{file} has {n} different fields; no issue has so many.", "Get the file again from where it was issued.",
                         file=path.name, n=len(names))
    columns = {_sound(name): [_plain(row.get(name)) for row in rows] for name in names}
    described = members.get("fields")
    for one in described if isinstance(described, list) else []:
        if isinstance(one, dict) and one.get("type") == "esriFieldTypeDate" and str(one.get("name")) in columns:
            columns[one["name"]] = [_day_of_milliseconds(value) for value in columns[one["name"]]]
    return columns


def _day_of_milliseconds(value: Any) -> Any:
    """Esri counts dates in milliseconds since 1970; offices mean the day in China."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not -1e13 < value < 1e13:
        return value
    moment = datetime(1970, 1, 1) + timedelta(milliseconds=value, hours=8)
    return moment.date().isoformat()


def _plain(value: Any) -> Any:
    value = json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
    return _sound(value) if isinstance(value, str) else value


def _sound(text: str) -> str:
    """Half characters (lone surrogates), which JSON can name and no text can hold, marked with U+FFFD."""
    return _HALF.sub(REPLACED, text) if not text.isascii() else text


def _srs_of(path: Path, members: Dict[str, Any], notes: Notes) -> Optional[osr.SpatialReference]:
    """From ``crs``, or from Esri's ``spatialReference``."""
    said = members.get("spatialReference")
    if isinstance(said, dict) and "crs" not in members:
        code = said.get("latestWkid") or said.get("wkid")
        return _declared_srs(path, {"properties": {"name": str(code or said.get("wkt") or "")}}, notes)
    if "geometryType" in members and "crs" not in members:
        return _declared_srs(path, {"properties": {}}, notes)
    return _declared_srs(path, members.get("crs"), notes)


def _declared_srs(path: Path, member: Any, notes: Notes) -> Optional[osr.SpatialReference]:
    if not member:
        return spatial_reference(STANDARD_CRS)
    properties = member.get("properties") if isinstance(member, dict) else None
    name = str((properties or {}).get("name") or (properties or {}).get("code") or "")
    srs = spatial_reference(f"EPSG:{name}" if name.isdigit() else name)
    if srs is None and name.isdigit():
        srs = spatial_reference(f"ESRI:{name}")
    if srs is None and name:
        notes.add("W", message("{file} names a CRS that is not known: {name}; it is treated as missing.", file=path.name, name=name[:60]),
                  message("Give the CRS if the guess from the coordinates is wrong."), rule="R03")
    return srs
