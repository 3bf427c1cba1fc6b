"""GeoJSON read row by row: in any encoding, one document or one feature a line, with whatever is wrong in a row kept."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from osgeo import osr

from ..errors import InputError, Message, message
from ..progress import Progress
from .encodings import REPLACED, decode_file
from .gdal_quiet import quiet, spatial_reference
from .notes import Notes
from .table import SourceTable
from .wkb import json_wkb

STANDARD_CRS = "EPSG:4326"
_EVERY = 2000


def read_geojson(path: Path, encoding: Optional[str], notes: Notes, progress: Progress) -> SourceTable:
    """Every member of ``features``; raises InputError where the document is cut or is no GeoJSON."""
    progress.step(0.0, message("Reading {file}", file=path.name))
    text, used = decode_file(path.read_bytes(), encoding)
    document = _document(path, text)
    if used not in ("UTF-8", encoding):
        notes.add("W", message("{file} is GeoJSON in {encoding}, not in UTF-8 as the standard wants; it was read so.",
                               file=path.name, encoding=used))
    if REPLACED in text:
        notes.add("W", message("{file}: {n} bytes are no text in {main}; they are marked with \ufffd.", file=path.name,
                               n=text.count(REPLACED), main=used),
                  message("If names look wrong, import again with ENCODING given."))
    features = _features(path, document)
    wkb, broken = _geometry(path, features, progress)
    return SourceTable(
        file=path.name, layer=path.stem, encoding=used, columns=_columns(features),
        rows=list(range(1, len(features) + 1)), wkb=wkb, broken=broken, srs=_declared_srs(path, document, notes),
    )


def _document(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as wrong:
        lines = [line.strip(" \x1e\r\t") for line in text.splitlines()]
        if sum(line.startswith("{") and line.endswith("}") for line in lines) > 1:
            return {"type": "FeatureCollection", "features": _lines(path, lines)}
        raise InputError(
            "{file} is not complete GeoJSON: it cannot be understood from line {line} on.",
            "Get the file again from where it was issued; it may have been cut on the way.",
            file=path.name, line=wrong.lineno,
        ) from wrong


def _lines(path: Path, lines: List[str]) -> List[Any]:
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found += [json.loads(line)] if line else []
        except json.JSONDecodeError as wrong:
            raise InputError(
                "{file} is not complete GeoJSON: it cannot be understood from line {line} on.",
                "Get the file again from where it was issued; it may have been cut on the way.",
                file=path.name, line=number,
            ) from wrong
    return found


def _features(path: Path, document: Any) -> List[Dict[str, Any]]:
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "Feature":
        return [document]
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        return [item if isinstance(item, dict) else {"geometry": {"type": str(item)}} for item in document["features"]]
    raise InputError("{file} is JSON, but no GeoJSON feature collection.",
                     "Export the layer again as GeoJSON, GeoPackage or Shapefile.", file=path.name)


def _geometry(path: Path, features: List[Dict[str, Any]], progress: Progress) -> Tuple[List[Optional[bytes]], Dict[int, Message]]:
    wkb: List[Optional[bytes]] = []
    broken: Dict[int, Message] = {}
    for index, feature in enumerate(features):
        if index % _EVERY == 0:
            progress.step(index / len(features), message("Reading {file}", file=path.name))
        try:
            wkb.append(json_wkb(feature.get("geometry")))
        except ValueError:
            wkb.append(None)
            broken[index] = message("The geometry is not as GeoJSON wants it.")
    return wkb, broken


def _columns(features: List[Dict[str, Any]]) -> Dict[str, List[Any]]:
    properties = [feature.get("properties") for feature in features]
    rows = [item if isinstance(item, dict) else {} for item in properties]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [_plain(row.get(name)) for row in rows] for name in names}


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _declared_srs(path: Path, document: Any, notes: Notes) -> Optional[osr.SpatialReference]:
    member = document.get("crs")
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
