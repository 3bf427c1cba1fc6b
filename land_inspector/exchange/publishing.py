"""Giving out: files are written beside their place, read back, compared with the register, and only then put in place."""
from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import openpyxl

from ..errors import DamagedError, InputError, message
from ..law.areas import to_units
from ..law.townships import COUNT, MU, Column, exact_value
from ..progress import Progress
from ..register.figures import Scope
from ..register.register import Register
from .atomic_files import given_out
from .township_figures import Figures, count, read_register
from .township_package import SUMMARY, layer_names, summary_fields, write_package
from .workbook import first_row, save, township_workbook

PACKAGE_FILE, WORKBOOK_FILE = "townships.gpkg", "townships.xlsx"
#: A cell holds a binary float of the exact figure; nothing larger than its last digits may be lost (mu).
_CELL_MU = 1e-6


@dataclass(frozen=True)
class Published:
    """Where the files are, and what they say."""

    package: Path
    workbook: Path
    figures: Figures


def publish_townships(register: Register, folder: Path, *, language: str, known_at: Optional[str] = None,
                      effective_on: Optional[str] = None, batch: Optional[str] = None, with_users: bool = False,
                      list_each: bool = False, progress: Optional[Progress] = None) -> Published:
    """Write ``townships.gpkg`` and ``townships.xlsx`` into ``folder``; older ones are replaced once the new ones are right.

    Every figure of both files, read back, must equal the register's: counts and areas to the last digit that a number
    holds. DamagedError where one does not; then no file appears and the older ones stay. Raises InputError where the
    folder cannot be written or the register is empty.
    """
    progress = progress or Progress()
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError("The folder {folder} does not exist.", "Create it first.", folder=str(folder))
    scope = Scope(batch, known_at=known_at, effective_on=effective_on)
    figures = count(read_register(register, scope, progress.part(0.0, 0.3)), language)
    with given_out(folder / PACKAGE_FILE, folder / WORKBOOK_FILE) as drafts:
        package, workbook = drafts / PACKAGE_FILE, drafts / WORKBOOK_FILE
        write_package(package, figures, with_users, progress.part(0.3, 0.6))
        progress.step(0.6, message("Writing the workbook"))
        save(township_workbook(figures, with_users, list_each, progress.part(0.6, 0.65)), workbook, progress.part(0.65, 0.8))
        progress.step(0.8, message("Comparing the files with the register"))
        check_package(package, figures)
        progress.step(0.9)
        check_workbook(workbook, figures)
        progress.step(0.95)
    progress.show(1.0)
    return Published(folder / PACKAGE_FILE, folder / WORKBOOK_FILE, figures)


def check_package(path: Path, figures: Figures) -> None:
    """The summary layer against the figures, and the parcels of every layer against the register's own parcels."""
    names = layer_names(figures)
    with closing(sqlite3.connect(str(path))) as connection:
        connection.row_factory = sqlite3.Row
        summary = [dict(row) for row in connection.execute(f"SELECT * FROM {SUMMARY}")]  # nosec B608 - a constant
        layers = {code: _layer_totals(connection, name) for code, name in names.items()}
    _check_summary(summary, figures)
    for row in figures.rows:
        wanted = {"parcels": row.figures["parcels"], "legal": row.figures["legal"], "illegal": row.figures["illegal"],
                  "other": row.figures["other"], "construction_units": row.figures["construction_units"],
                  "construction_cultivated_units": row.figures["construction_cultivated_units"]}
        for key, value in wanted.items():
            _compare(names[row.code], key, layers[row.code][key], value)


def _layer_totals(connection: sqlite3.Connection, table: str) -> Dict[str, int]:
    """What the parcels of one layer add up to, in exact units, counted from the file alone."""
    name = table.replace('"', '""')
    rows = connection.execute(f'SELECT PDJL1, DKMJ, GDMJ FROM "{name}"').fetchall()  # nosec B608 - quoted
    building = [row for row in rows if row["PDJL1"] in ("1", "2")]
    return {
        "parcels": len(rows), "legal": sum(row["PDJL1"] == "1" for row in rows), "illegal": sum(row["PDJL1"] == "2" for row in rows),
        "other": sum(row["PDJL1"] == "3" for row in rows), "construction_units": sum(to_units(row["DKMJ"] or 0.0) for row in building),
        "construction_cultivated_units": sum(to_units(row["GDMJ"] or 0.0) for row in building)}


def _check_summary(summary: List[Mapping[str, Any]], figures: Figures) -> None:
    _compare(SUMMARY, "rows", len(summary), len(figures.rows))
    for field, column in summary_fields(figures):
        if column.key in figures.total.figures and field.unit in ("m2", "") and column.kind in (COUNT, MU):
            total = sum(row[field.name] or 0 if column.kind == COUNT else to_units(row[field.name] or 0.0) for row in summary)
            _compare(SUMMARY, column.key, total, figures.total.figures[column.key])


def check_workbook(path: Path, figures: Figures) -> None:
    """Every number of the township sheets against the figures, and the townships against the total below them."""
    book = openpyxl.load_workbook(str(path), read_only=True, data_only=True)
    tables = [columns for columns in (figures.columns, figures.afterwards) if columns]
    for sheet, columns in zip(book.worksheets, tables):
        _check_sheet(list(sheet.iter_rows(min_row=first_row(), values_only=True)), figures, columns)
    book.close()


def _check_sheet(cells: List[Sequence[Any]], figures: Figures, columns: Sequence[Column]) -> None:
    rows = [*figures.rows, figures.total]
    _compare(WORKBOOK_FILE, "rows", len(cells), len(rows))
    for values, row in zip(cells, rows):
        for value, column in zip(values, columns):
            wanted = exact_value(row, column)
            if wanted is not None and abs(value - wanted) > _CELL_MU:
                raise _differs(WORKBOOK_FILE, column.key, value, wanted)
    for at, column in enumerate(columns):
        wanted = exact_value(figures.total, column)
        if column.kind in (COUNT, MU) and column.key in figures.total.figures:
            added = sum(values[at] for values in cells[:-1])
            if abs(added - wanted) > _CELL_MU * len(rows):
                raise _differs(WORKBOOK_FILE, column.key, added, wanted)


def _compare(where: str, what: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise _differs(where, what, found, wanted)


def _differs(where: str, what: str, found: float, wanted: float) -> DamagedError:
    return DamagedError("{file} would not say what the register says: {figure} is {found}, not {wanted}. It was not given out.",
                        "Verify the register, then try again.", file=where, figure=what, found=found, wanted=wanted)
