"""Shapefiles: written as the official system takes them; the attribute file of one read byte for byte."""
from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
from osgeo import gdal, ogr

from ...errors import InputError
from ...evidence.gdal_quiet import attempt, quiet, spatial_reference
from ...progress import Progress
from ...register.tables import Field, INTEGER, REAL, TEXT
from ...evidence.encodings import Decoder, Sample
from .gpkg import Layer, multipolygons, stored_value


# Shapefiles as the official system takes them: UTF-8 with .cpg, names of at most ten ASCII characters, areas with two decimals.

#: A DBF text field holds so many bytes.
DBF_BYTES = 254


def write_shapefile(path: Path, crs: str, layer: Layer, progress: Progress) -> List[Tuple[int, Field]]:
    """Write ``path`` (.shp) and its parts; row and field of each text that a DBF had to cut. InputError where it cannot be written."""
    with quiet():
        dataset = attempt(gdal.GetDriverByName("ESRI Shapefile").Create, str(path), 0, 0, 0, gdal.GDT_Unknown)
        if dataset is None:
            raise InputError("{file} cannot be written.", "Choose another place, or close the program that has it open.", file=path.name)
        made = dataset.CreateLayer(path.stem, spatial_reference(crs), ogr.wkbMultiPolygon, ["ENCODING=UTF-8"])
        for field in layer.fields:
            made.CreateField(_definition(field))
        cut = _add_rows(made, layer, crs, progress)
        made.SyncToDisk()
        made = None
        del dataset
    return cut


def _definition(field: Field) -> ogr.FieldDefn:
    defined = ogr.FieldDefn(field.name, {REAL: ogr.OFTReal, INTEGER: ogr.OFTInteger}.get(field.kind, ogr.OFTString))
    if field.kind == REAL:
        defined.SetWidth(15)
        defined.SetPrecision(2)
    elif field.kind != INTEGER:
        defined.SetWidth(DBF_BYTES)
    return defined


def _add_rows(made: ogr.Layer, layer: Layer, crs: str, progress: Progress) -> List[Tuple[int, Field]]:
    outlines, _boxes = multipolygons(layer.outlines or (), crs)
    cut: List[Tuple[int, Field]] = []
    rows = list(zip(*(layer.columns[field.name] for field in layer.fields)))
    for number, values in enumerate(progress.watch(rows)):
        feature = ogr.Feature(made.GetLayerDefn())
        for place, (field, value) in enumerate(zip(layer.fields, values)):
            stored = stored_value(value, field.kind)
            if stored is not None:
                feature.SetField(place, _fitting(stored))
                if field.kind == TEXT and stored != _fitting(stored):
                    cut.append((number, field))
        if outlines[number] is not None:
            feature.SetGeometry(ogr.CreateGeometryFromWkb(outlines[number]))
        if made.CreateFeature(feature) != ogr.OGRERR_NONE:
            raise InputError("{file} cannot be written: {reason}.", "Make room or choose another place.", file=made.GetName(),
                             reason=gdal.GetLastErrorMsg() or "OGR")
    return cut


def _fitting(value: Any) -> Any:
    """A text that a DBF can hold, cut between characters."""
    return value.encode("utf-8")[:DBF_BYTES].decode("utf-8", "ignore") if isinstance(value, str) else value


def short_names(fields: Sequence[Field]) -> List[str]:
    """Names of at most ten characters, each once, for fields whose own are longer."""
    taken: List[str] = []
    for field in fields:
        name, number = field.name[:10], 2
        while name.lower() in (one.lower() for one in taken):
            name, number = f"{field.name[:9 - len(str(number))]}_{number}", number + 1
        taken.append(name)
    return taken


# The attribute file of a shapefile, read byte for byte.
#
# GDAL decodes field names and values before anybody can look at the bytes, skips deleted rows in silence and pads a
# short file with blanks; an import that must account for every row cannot use that.

LDID_CODECS = {0x4D: "gbk", 0x4E: "cp949", 0x4F: "big5", 0x7A: "gbk", 0x78: "big5", 0x13: "cp932", 0x57: "cp1252",
               0x03: "cp1252", 0x01: "cp437", 0x02: "cp850", 0xC9: "cp1251", 0x26: "cp866"}
NAME_BYTES = 10


@dataclass(frozen=True)
class DbfField:
    """One column: its raw name (at most ten bytes), type letter, place and width in the record."""

    raw_name: bytes
    kind: str
    start: int
    width: int
    decimals: int


@dataclass
class DbfFile:
    """A .dbf in memory; ``records`` is a matrix of bytes, one row a record, deleted ones included."""

    name: str
    fields: List[DbfField]
    records: np.ndarray
    language_codec: Optional[str]

    @property
    def deleted(self) -> np.ndarray:
        """True where the record is marked deleted."""
        return self.records[:, 0] == ord("*")

    def raw(self, field: DbfField) -> np.ndarray:
        """The column's bytes without trailing NULs, one value a record."""
        block = np.ascontiguousarray(self.records[:, field.start:field.start + field.width])
        return block.view(f"S{field.width}").ravel()


def read_dbf(path: Path, content: bytes, shapes: int = -1) -> DbfFile:
    """Parse ``content``; raises InputError where the header is no DBF header or rows are missing at the end.

    Where as many rows as ``shapes`` follow a header that promises fewer (a program stopped before it had counted them),
    all of them are taken.
    """
    if len(content) < 33 or content[0] & 0x07 not in (2, 3, 4, 5):
        raise _no_dbf(path)
    count, header, width = struct.unpack("<IHH", content[4:12])
    fields = _fields(content[32:header])
    if not fields or width < 2 or fields[-1].start + fields[-1].width > width or header > len(content):
        raise _no_dbf(path)
    there = (len(content) - header) // width
    count = there if count < there == shapes else count
    if there < count:
        raise InputError(
            "{file} ends too early: it promises {count} rows and holds {there}.",
            "Copy the file again from where it was issued; it was cut on the way.",
            file=path.name, count=count, there=there,
        )
    records = np.frombuffer(content, np.uint8, count * width, header).reshape(count, width)
    return DbfFile(path.name, fields, records, LDID_CODECS.get(content[29]))


def _no_dbf(path: Path) -> InputError:
    return InputError(
        "{file} is not a readable attribute table (.dbf).",
        "Get the file again, or save the layer as GeoPackage where it still opens.",
        file=path.name,
    )


def _fields(block: bytes) -> List[DbfField]:
    fields, start = [], 1
    for at in range(0, len(block) - 31, 32):
        entry = block[at:at + 32]
        if entry[0] in (0x0D, 0x00):
            break
        kind, width, decimals = chr(entry[11]), entry[16], entry[17]
        if kind == "C" and decimals:  # Clipper keeps the high byte of long text widths here
            width, decimals = width + 256 * decimals, 0
        if width == 0:
            return []
        fields.append(DbfField(entry[:11].split(b"\0")[0][:NAME_BYTES].strip(), kind, start, width, decimals))
        start += width
    return fields


def text_samples(dbf: DbfFile) -> List[Sample]:
    """Every distinct value and name that is not plain ASCII, to decide the encoding on."""
    samples = [Sample(field.raw_name, len(field.raw_name) >= NAME_BYTES - 1) for field in dbf.fields]
    for field in dbf.fields:
        if field.kind == "C" and (dbf.records[:, field.start:field.start + field.width] > 127).any():
            distinct = {value.rstrip() for value in dbf.raw(field).tolist()}
            samples += [Sample(value, len(value) >= field.width - 3) for value in distinct if not value.isascii()]
    return samples


def field_names(dbf: DbfFile, decoder: Decoder) -> List[str]:
    """Decoded names, a cut last character dropped, made unique (other software writes the same name twice)."""
    names: List[str] = []
    for field in dbf.fields:
        name = decoder.text(Sample(field.raw_name, True)).strip() or "?"
        again = sum(1 for other in names if other == name)
        names.append(f"{name}_{again}" if again else name)
    return names


def column(dbf: DbfFile, field: DbfField, decoder: Decoder) -> List[Any]:
    """The column's values: text as it stands, whole numbers as int, others as float, dates as ISO text, else None."""
    read = _READERS.get(field.kind)
    values = dbf.raw(field).tolist()
    if field.kind in "IO@+Y" or read is None:
        return _binary(dbf, field)
    if field.kind == "C":
        known: Dict[bytes, Optional[str]] = {}
        for value in set(values):
            known[value] = decoder.text(Sample(value.rstrip(), len(value) >= field.width - 3)) or None
        return [known[value] for value in values]
    return [read(value.strip(b" \0")) for value in values]


def overflowed(dbf: DbfFile) -> List[int]:
    """Rows (from 1) in which a number was written as asterisks because it did not fit."""
    found = set()
    for field in dbf.fields:
        if field.kind in "NF":
            found.update(row + 1 for row, value in enumerate(dbf.raw(field).tolist()) if value.strip(b" \0").startswith(b"*"))
    return sorted(found - {row + 1 for row in np.flatnonzero(dbf.deleted).tolist()})


def _number(raw: bytes) -> Any:
    if not raw or raw.startswith(b"*"):
        return None
    text = raw.decode("latin-1").replace(",", ".")
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _date(raw: bytes) -> Optional[str]:
    text = raw.decode("latin-1")
    if len(text) == 8 and text.isdigit():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}" if text != "00000000" else None
    return None if text.strip("0 ./-") == "" else text


def _logical(raw: bytes) -> Optional[bool]:
    return {b"T": True, b"Y": True, b"F": False, b"N": False}.get(raw.upper())


_READERS: Dict[str, Callable[[bytes], Any]] = {"C": bytes, "N": _number, "F": _number, "D": _date, "L": _logical,
                                               "I": bytes, "O": bytes, "@": bytes, "+": bytes, "Y": bytes}


def _binary(dbf: DbfFile, field: DbfField) -> List[Any]:
    """FoxPro's binary kinds: 4-byte integers and 8-byte doubles; anything else is not kept in the record itself."""
    block = np.ascontiguousarray(dbf.records[:, field.start:field.start + field.width])
    if field.kind in "I+" and field.width == 4:
        return block.view("<i4").ravel().tolist()
    if field.kind in "O" and field.width == 8:
        return block.view("<f8").ravel().tolist()
    return [None] * len(block)
