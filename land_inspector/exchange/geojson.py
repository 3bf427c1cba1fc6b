"""GeoJSON read row by row: in any encoding, one document or one feature a line, with whatever is wrong in a row kept."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional

from osgeo import osr

from ..errors import InputError, Message, message
from ..progress import Progress
from .encodings import REPLACED, checked_encoding, decode_file
from ..evidence.gdal_quiet import quiet, spatial_reference
from .json_stream import Document, NoFeatures
from .import_findings import Notes
from .table import SourceTable
from .wkb import json_wkb

STANDARD_CRS = "EPSG:4326"
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
        properties = members.get("properties")
        self.ids.append(_plain(members.get("id")))
        self.properties.append(properties if isinstance(properties, dict) else {})
        try:
            self.wkb.append(json_wkb(members.get("geometry")))
        except ValueError:
            self.broken[len(self.wkb)] = message("The geometry is not as GeoJSON wants it.")
            self.wkb.append(None)


def read_geojson(path: Path, encoding: Optional[str], notes: Notes, progress: Progress) -> SourceTable:
    """Every member of ``features``; raises InputError where the document is cut or is no GeoJSON."""
    progress.step(0.0, message("Reading {file}", file=path.name))
    text, used = decode_file(path.read_bytes(), checked_encoding(encoding) if encoding else None)
    _note_text(path, text, used, encoding, notes)
    document = Document(text)
    rows = _read(path, document, progress)
    return SourceTable(
        file=path.name, layer=path.stem, encoding=used, columns=_columns(rows.properties),
        rows=list(range(1, len(rows.wkb) + 1)), wkb=rows.wkb, broken=rows.broken,
        srs=_declared_srs(path, document.members.get("crs"), notes), identity=("id", rows.ids),
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


def _note_text(path: Path, text: str, used: str, given: Optional[str], notes: Notes) -> None:
    if used != "UTF-8" and not given:
        notes.add("W", message("{file} is GeoJSON in {encoding}, not in UTF-8 as the standard wants; it was read so.",
                               file=path.name, encoding=used))
    if REPLACED in text:
        notes.add("W", message("{file}: {n} bytes are no text in {main}; they are marked with \ufffd.", file=path.name,
                               n=text.count(REPLACED), main=used),
                  message("If names look wrong, import again with ENCODING given."))


def _columns(rows: List[Dict[str, Any]]) -> Dict[str, List[Any]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [_plain(row.get(name)) for row in rows] for name in names}


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _declared_srs(path: Path, member: Any, notes: Notes) -> Optional[osr.SpatialReference]:
    if not member:
        return spatial_reference(STANDARD_CRS)
    properties = member.get("properties") if isinstance(member, dict) else None
    name = str((properties or {}).get("name") or (properties or {}).get("code") or "")
    with quiet():
        srs = spatial_reference(f"EPSG:{name}" if name.isdigit() else name)
    if srs is None:
        notes.add("W", message("{file} names a CRS that is not known: {name}; it is treated as missing.", file=path.name, name=name),
                  message("Give the CRS if the guess from the coordinates is wrong."), rule="R03")
    return srs
