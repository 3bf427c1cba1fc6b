"""Shapefiles as the bureaus issue them: parts missing, encodings wrong, files cut, rows deleted but still there."""
from __future__ import annotations

import struct
import uuid
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import numpy as np
from osgeo import gdal, osr

from ...errors import InputError, message
from ...progress import Progress
from ...evidence.gdal_quiet import attempt, quiet, reading, spatial_reference
from ..formats.shp import DbfFile, column, field_names, overflowed, read_dbf, text_samples
from ...evidence.encodings import Decoder, checked_encoding, codec_name, decide, decode_file, family
from ...evidence.vector_files import exceeds
from ..report import Notes, listed
from .mapping import SourceTable
from .geometry import plain_wkb

HEADER = 100
_EVERY = 2000


def siblings(path: Path) -> Dict[str, Path]:
    """The parts of a shapefile by lower-case suffix; upper and lower case of names do not matter."""
    stem = path.stem.lower()
    return {part.suffix.lower(): part for part in sorted(path.parent.iterdir()) if part.stem.lower() == stem and part.is_file()}


def read_shapefile(path: Path, encoding: Optional[str], notes: Notes, progress: Progress) -> SourceTable:
    """Every record that is not marked deleted.

    Raises InputError where the .dbf is missing, or the .shp or .dbf is no such file or ends too early.
    """
    with reading(path.name):
        return _read(path, encoding, notes, progress)


def _read(path: Path, encoding: Optional[str], notes: Notes, progress: Progress) -> SourceTable:
    parts = siblings(path)
    if ".dbf" not in parts:
        raise InputError(
            "{file} has no attribute table (.dbf) beside it.",
            "Copy all parts of the shapefile (.shp, .shx, .dbf, .prj, .cpg) into one folder.",
            file=path.name,
        )
    shapes = _shapes(path, parts, notes, progress)
    dbf = read_dbf(parts[".dbf"], parts[".dbf"].read_bytes(), len(shapes))
    decoder = _decoder(dbf, parts, encoding, notes)
    columns = {name: column(dbf, field, decoder) for name, field in zip(field_names(dbf, decoder), dbf.fields)}
    _note_overflow(dbf, notes)
    _note_text(dbf, decoder, notes)
    return _table(path, dbf, columns, shapes, decoder.encoding, _declared_srs(path, parts, notes), notes)


def _table(path: Path, dbf: DbfFile, columns: Dict[str, list], shapes: List[Optional[bytes]], encoding: str,
           srs: Optional[osr.SpatialReference], notes: Notes) -> SourceTable:
    deleted = set(np.flatnonzero(dbf.deleted).tolist())
    records, total = len(dbf.records), max(len(dbf.records), len(shapes))
    if len(shapes) != records:
        _note_unequal(path, records, len(shapes), notes)
    if deleted:
        notes.add("I", message("{file}: {n} rows are marked deleted and were left out: {rows}.", file=dbf.name,
                               n=len(deleted), rows=listed([row + 1 for row in sorted(deleted)])))
    kept = [row for row in range(total) if row not in deleted]
    return SourceTable(
        file=path.name, layer=path.stem, encoding=encoding, cut_names=True, srs=srs,
        columns={name: [values[row] if row < records else None for row in kept] for name, values in columns.items()},
        rows=[row + 1 for row in kept],
        wkb=[shapes[row] if row < len(shapes) else None for row in kept], identity=("FID", kept),
    )


def _note_unequal(path: Path, records: int, shapes: int, notes: Notes) -> None:
    notes.add(
        "E",
        message("{file}: {records} rows in the .dbf but {shapes} shapes in the .shp; they are matched by their order.",
                file=path.name, records=records, shapes=shapes),
        message("Ask the issuer for the file again: rows may belong to the wrong shapes."),
    )


def _decoder(dbf: DbfFile, parts: Dict[str, Path], encoding: Optional[str], notes: Notes) -> Decoder:
    samples = text_samples(dbf)
    declared = codec_name(parts[".cpg"].read_bytes()[:64].decode("latin-1")) if ".cpg" in parts else None
    if encoding:
        return Decoder(checked_encoding(encoding), samples)
    decided = decide(samples, declared or dbf.language_codec)
    wide = any(not sample.raw.isascii() for sample in samples)
    if wide and declared and family(declared) != decided:
        notes.add(
            "W",
            message("{file} says {declared}, but the text is {decided}; it was read as {decided}.",
                    file=parts[".cpg"].name, declared=declared.upper(), decided=decided),
            message("Correct or delete the .cpg file; if names look wrong, import again with ENCODING given."),
        )
    elif wide and not declared:
        notes.add("I", message("{file} does not say its encoding; the text was recognised as {decided}.",
                               file=dbf.name, decided=decided))
    return Decoder(decided, samples)


def _note_overflow(dbf: DbfFile, notes: Notes) -> None:
    """Numbers that did not fit into their field were written as asterisks: lost by whoever wrote the file."""
    rows = overflowed(dbf)
    if rows:
        notes.add("W", message("{file}: numbers too long for their field were written as **** in rows {rows}; they are lost and were left "
                               "empty.", file=dbf.name, rows=listed(rows)),
                  message("Ask the issuer for the right value."), rule="R05")


def _note_text(dbf: DbfFile, decoder: Decoder, notes: Notes) -> None:
    if decoder.foreign:
        notes.add("W", message("{file} mixes encodings: {n} values were not {main} and were read in the other encoding.",
                               file=dbf.name, n=len(set(decoder.foreign)), main=decoder.encoding),
                  message("Look through names and remarks of the patches."))
    if decoder.damaged:
        notes.add("W", message("{file}: {n} values hold bytes that are no text in {main}; they are marked with \ufffd.",
                               file=dbf.name, n=len(set(decoder.damaged)), main=decoder.encoding),
                  message("If names look wrong, import again with ENCODING given."))


def _declared_srs(path: Path, parts: Dict[str, Path], notes: Notes) -> Optional[osr.SpatialReference]:
    if ".prj" not in parts:
        notes.add("W", message("{file} has no .prj: its CRS is not stated.", file=path.name),
                  message("Ask the issuer for the .prj, or give the CRS."), rule="R03")
        return None
    text, _ = decode_file(parts[".prj"].read_bytes())
    srs = osr.SpatialReference()
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    with quiet():
        understood = bool(text.strip()) and attempt(srs.ImportFromESRI, [text.strip(" \0\r\n\t\ufeff")]) == 0
        srs = srs if understood else spatial_reference(text)
    if srs is None:
        notes.add("W", message("{file} cannot be understood; it is treated as missing.", file=parts[".prj"].name),
                  message("Give the CRS if the guess from the coordinates is wrong."), rule="R03")
    return srs


def _shapes(path: Path, parts: Dict[str, Path], notes: Notes, progress: Progress) -> List[Optional[bytes]]:
    shp = path.read_bytes()
    if len(shp) < HEADER or struct.unpack(">i", shp[:4])[0] != 9994:
        raise InputError("{file} is not a shapefile.", "Get the file again from where it was issued.", file=path.name)
    shx = _index(path, shp, parts, notes)
    folder = f"/vsimem/land_inspector_{uuid.uuid4().hex}"
    gdal.FileFromMemBuffer(f"{folder}/issued.shp", _sized(shp))
    gdal.FileFromMemBuffer(f"{folder}/issued.shx", _sized(shx))
    try:
        with quiet():
            return _read_all(f"{folder}/issued.shp", path, (len(shx) - HEADER) // 8, progress)
    finally:
        gdal.Unlink(f"{folder}/issued.shp")
        gdal.Unlink(f"{folder}/issued.shx")


def _read_all(name: str, path: Path, count: int, progress: Progress) -> List[Optional[bytes]]:
    dataset = attempt(lambda: gdal.OpenEx(name, gdal.OF_VECTOR, allowed_drivers=["ESRI Shapefile"]))
    if dataset is None:
        raise InputError("{file} cannot be read as a shapefile.", "Get the file again from where it was issued.", file=path.name)
    layer, shapes = dataset.GetLayer(0), []
    for row in range(count):
        if row % _EVERY == 0:
            progress.step(row / count, message("Reading {file}", file=path.name))
        feature = attempt(layer.GetFeature, row)
        shapes.append(plain_wkb(feature.GetGeometryRef()) if feature is not None else None)
    return shapes


def _index(path: Path, shp: bytes, parts: Dict[str, Path], notes: Notes) -> bytes:
    """The .shx as issued if it is sound, else one rebuilt by walking through the .shp."""
    shx = parts[".shx"].read_bytes() if ".shx" in parts else b""
    places = np.frombuffer(shx, ">i4", (len(shx) - HEADER) // 8 * 2, HEADER).reshape(-1, 2) if len(shx) > HEADER else None
    if places is not None and (len(shx) - HEADER) % 8 == 0 and _points_at_records(shp, places):
        return shx
    walked, whole = _walk(shp)
    if places is not None and len(walked) < len(places) or not whole:
        raise InputError(
            "{file} ends too early: only {n} of its shapes are there.",
            "Copy the file again from where it was issued; it was cut on the way.",
            file=path.name, n=len(walked),
        )
    notes.add("W", message("The index (.shx) of {file} is missing or damaged; it was rebuilt from the .shp.", file=path.name),
              message("Look whether the first and the last patches carry the right numbers."))
    return _sized(shp[:HEADER] + b"".join(struct.pack(">2i", offset // 2, length // 2) for offset, length in walked))


def _sized(content: bytes) -> bytes:
    """The file with its true length (in 16-bit words) in its header: GDAL believes what stands there."""
    stated, true = struct.unpack(">i", content[24:28])[0], len(content) // 2
    return content if stated == true else content[:24] + struct.pack(">i", true) + content[28:]


def _points_at_records(shp: bytes, places: np.ndarray) -> bool:
    starts, lengths = places[:, 0].astype(np.int64) * 2, places[:, 1].astype(np.int64) * 2
    if exceeds(np.stack([starts, lengths], axis=1), len(shp)):
        return False
    return bool(((starts >= HEADER) & (lengths >= 4) & (starts + 8 + lengths <= len(shp))).all())


def _walk(shp: bytes) -> Tuple[List[Tuple[int, int]], bool]:
    """Offset and length in bytes of each record; a later record replaces an earlier one of the same number.

    The second value is False where the last record is cut.
    """
    found: Dict[int, Tuple[int, int]] = {}
    at = HEADER
    while at + 12 <= len(shp):
        number, words = struct.unpack(">2i", shp[at:at + 8])
        if words < 2 or at + 8 + words * 2 > len(shp):
            return [found[key] for key in sorted(found)], False
        found[number] = (at, words * 2)
        at += 8 + words * 2
    return [found[key] for key in sorted(found)], at == len(shp)
