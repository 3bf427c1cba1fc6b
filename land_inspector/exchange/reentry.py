"""Judged parcels for re-entry into the official system: issued field names, areas in m² with two decimals, no persons.

Shapefile (UTF-8 with .cpg, names of at most ten ASCII characters), GeoPackage or Excel, by the suffix of the output.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import openpyxl
import pandas as pd
from openpyxl import Workbook
from osgeo import gdal

from ..errors import DamagedError, InputError, Message, message
from ..evidence.gdal_quiet import quiet
from ..i18n import tr
from ..progress import Progress
from ..register.register import Register
from ..register.tables import INTEGER, REAL, Field
from ..register.storage.layout import MapStyle
from ..values import plain
from .atomic_files import given_out
from .formats.gpkg import Layer, write_geopackage
from .formats.shp import write_shapefile
from .formats.xlsx import put
from .standard_parcels import given_parcels, names_kept, standard_fields
from .styles import alias, parcel_qml
from .township_figures import pieces_told

LAYER = "patches"
SUFFIXES = (".shp", ".gpkg", ".xlsx")
_CHECKED = ("DKMJ", "GDMJ", "JBNTMJ", "WFMJ", "WFGD")
_HALF_CENT_M2 = 0.005


@dataclass(frozen=True)
class Reentry:
    """What was given out: parcels, those left out because nobody judged them, texts that a DBF had to cut, and how the pieces of split
    patches are numbered ('' where nothing is split)."""

    path: Path
    parcels: int
    unjudged: int
    cut: Sequence[Message]
    pieces: str = ""


@dataclass(frozen=True)
class _Content:
    """What any of the three formats is written from."""

    fields: Sequence[Field]
    rows: Sequence[Mapping[str, Any]]
    outlines: Sequence[bytes]
    crs: str
    language: str
    pieces: str


def give_out_patches(register: Register, batch: str, output: Path, *, language: str, with_users: bool = False,
                     progress: Optional[Progress] = None) -> Reentry:
    """Write the judged parcels of a batch; what is read back must equal the register's, to the cent of each area.

    Children of split patches are ``JCBH_n`` with their patch in FJCBH. Raises InputError where nothing is judged or the
    output cannot be written, DamagedError where the file would differ; then an older file stays.
    """
    output, progress = Path(output), progress or Progress()
    if output.suffix.lower() not in SUFFIXES:
        raise InputError("{file} is no Shapefile, GeoPackage or Excel file.", "End its name in .shp, .gpkg or .xlsx.", file=output.name)
    output = output.with_suffix(output.suffix.lower())  # GDAL names the parts of a Shapefile so
    register.batch(batch)
    parcels = given_parcels(register.parcels(batch), names_kept(register), with_users)
    judged = parcels[parcels["PDJL1"].isin(("1", "2", "3"))]
    if judged.empty:
        raise InputError("No parcel of batch {batch} has a verdict yet.", "Give verdicts first.", batch=batch)
    content = _content(register, judged, language, with_users)
    progress.step(0.2, message("Writing {n} parcels", n=len(judged)))
    cut = _write(content, output, progress.part(0.2, 0.9))
    progress.show(1.0)
    return Reentry(output, len(judged), len(parcels) - len(judged), cut, content.pieces)


def _content(register: Register, judged: pd.DataFrame, language: str, with_users: bool) -> _Content:
    fields = standard_fields(with_users)
    outlines = register.storage.shapes(judged["shape_id"])
    rows = [{field.name: _rounded(plain(row[field.name])) for field in fields} for row in judged.to_dict("records")]
    return _Content(fields, rows, [outlines[key] for key in judged["shape_id"]], register.meta["crs"], language,
                    pieces_told(judged))


def _rounded(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


def _write(content: _Content, output: Path, progress: Progress) -> List[Message]:
    suffix, cut = output.suffix, []
    with given_out(output) as folder:
        draft = folder / output.name
        if suffix == ".shp":
            cut = write_shapefile(draft, content.crs, _layer(content), progress)
        elif suffix == ".gpkg":
            write_geopackage(draft, content.crs, [_layer(content)], progress)
        else:
            _workbook(content).save(str(draft))
        _check(content, _workbook_rows(draft) if suffix == ".xlsx" else _layer_rows(draft), output)
    return [message("{patch}: {field} is longer than a Shapefile can hold and was cut.", patch=content.rows[row]["JCBH"], field=field.name)
            for row, field in cut]


def _layer(content: _Content) -> Layer:
    style = MapStyle(LAYER, content.language, parcel_qml(content.fields, content.language), True)
    return Layer(LAYER, content.fields, {field.name: [row[field.name] for row in content.rows] for field in content.fields},
                 content.outlines, styles=(style,))


def _workbook(content: _Content) -> Workbook:
    """The parcels under the field codes, and what each code is called."""
    book = Workbook()
    sheet = book.active
    sheet.title = LAYER
    for column, field in enumerate(content.fields, 1):
        put(sheet, 1, column, field.name)
        shown = "0.00" if field.kind == REAL else "0" if field.kind == INTEGER else "@"
        for number, row in enumerate(content.rows, 2):
            put(sheet, number, column, row[field.name]).number_format = shown
    sheet.freeze_panes = "A2"
    names = book.create_sheet(tr("Fields"))
    for number, field in enumerate(content.fields, 1):
        put(names, number, 1, field.name)
        put(names, number, 2, alias(field, content.language))
    if content.pieces:
        put(names, len(content.fields) + 2, 2, content.pieces)
    names.column_dimensions["B"].width = 36
    return book


def _layer_rows(path: Path) -> List[Dict[str, Any]]:
    with quiet():
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
        layer = dataset.GetLayer(0)
        rows = [{name: feature[name] for name in ("JCBH", *_CHECKED)} for feature in layer]
        del layer, dataset
    return rows


def _workbook_rows(path: Path) -> List[Dict[str, Any]]:
    book = openpyxl.load_workbook(str(path), read_only=True)
    heads, *rows = book[LAYER].iter_rows(values_only=True)
    book.close()
    return [dict(zip(heads, row)) for row in rows]


def _check(content: _Content, read: Sequence[Mapping[str, Any]], output: Path) -> None:
    """Each parcel is there once, and each sum of areas within half a cent a parcel."""
    wanted: Dict[str, float] = {"JCBH": float(len(content.rows)), **{name: _total(content.rows, name) for name in _CHECKED}}
    found = {"JCBH": float(len({row["JCBH"] for row in read} & {row["JCBH"] for row in content.rows})),
             **{name: _total(read, name) for name in _CHECKED}}
    for name, value in wanted.items():
        if len(read) != len(content.rows) or abs(found[name] - value) > _HALF_CENT_M2 * len(content.rows):
            raise DamagedError("{file} would not say what the register says: {figure} is {found}, not {wanted}. It was not given out.",
                               "Verify the register, then try again.", file=output.name, figure=name, found=found[name], wanted=value)


def _total(rows: Sequence[Mapping[str, Any]], name: str) -> float:
    return sum(row[name] or 0.0 for row in rows)
