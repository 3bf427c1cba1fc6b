"""Giving out: files are written beside their place, read back, compared with the register, and only then put in place."""
from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import openpyxl
import shapely

from ..errors import DamagedError, InputError, message
from ..law.areas import to_units
from ..i18n import tr
from ..law.townships import COUNT, MU, Column, TownshipRow, exact_value
from ..progress import Progress
from ..register.figures import Scope
from ..register.register import Register
from .atomic_files import given_out
from .township_figures import Figures, count, read_register
from .formats.gpkg import Layer, write_geopackage
from .formats.shp import short_names, write_shapefile
from .styles import Shown, write_project
from .standard_parcels import standard_fields
from .township_package import (
    PACKAGE_FILE,
    SUMMARY,
    Layout,
    about_table,
    chinese_fields,
    in_chinese,
    layer_names,
    split_by_township,
    summary_fields,
    summary_layer,
    township_layers,
    write_package,
)
from .workbook import first_row, save, township_workbook

WORKBOOK_FILE, PROJECT_FILE = "townships.xlsx", "townships.qgz"
#: A cell holds a binary float of the exact figure; nothing larger than its last digits may be lost (mu).
_CELL_MU = 1e-6


@dataclass(frozen=True)
class Published:
    """Where the files are, and what they say; ``files`` are all of them, the main one first."""

    package: Path
    workbook: Path
    figures: Figures
    files: Sequence[Path] = ()


def publish_townships(register: Register, folder: Path, *, language: str, known_at: Optional[str] = None,
                      effective_on: Optional[str] = None, batch: Optional[str] = None, with_users: bool = False,
                      list_each: bool = False, scope: Optional[Scope] = None, layout: Layout = Layout(),
                      progress: Optional[Progress] = None) -> Published:
    """Write ``townships.gpkg`` and ``townships.xlsx`` into ``folder``, and what ``layout`` asks for beside them; older ones are
    replaced once the new ones are right, all together.

    ``scope`` in the place of ``known_at``, ``effective_on`` and ``batch`` where it is more than these. Every figure of the files, read
    back, must equal the register's: counts and areas to the last digit that a number holds. DamagedError where one does not; then no
    file appears and the older ones stay. Raises InputError where the folder cannot be written or the register is empty.
    """
    progress = progress or Progress()
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError("The folder {folder} does not exist.", "Create it first.", folder=str(folder))
    asked = scope or Scope(batch, known_at=known_at, effective_on=effective_on)
    figures = count(read_register(register, asked, progress.part(0.0, 0.3)), language)
    with given_out(folder / PACKAGE_FILE, folder / WORKBOOK_FILE) as drafts:
        _write_layers(drafts, figures, with_users, layout, progress.part(0.3, 0.6))
        progress.step(0.6, message("Writing the workbook"))
        workbook = drafts / WORKBOOK_FILE
        save(township_workbook(figures, with_users, list_each, progress.part(0.6, 0.65)), workbook, progress.part(0.65, 0.8))
        progress.step(0.8, message("Comparing the files with the register"))
        check_layers(drafts, figures, layout)
        progress.step(0.9)
        check_workbook(workbook, figures)
        progress.step(0.95)
        names = sorted(path.name for path in drafts.iterdir() if path.is_file())
    progress.show(1.0)
    ordered = sorted(names, key=lambda name: (name != PACKAGE_FILE, name != WORKBOOK_FILE, name))
    return Published(folder / PACKAGE_FILE, folder / WORKBOOK_FILE, figures, tuple(folder / name for name in ordered))


def _write_layers(drafts: Path, figures: Figures, with_users: bool, layout: Layout, progress: Progress) -> None:
    """One package or one a township; the project and the Shapefiles where they are asked for."""
    crs = figures.reading.meta["crs"]
    if not layout.each:
        write_package(drafts / PACKAGE_FILE, figures, with_users, progress.part(0.0, 0.8), layout)
    if not (layout.each or layout.project or layout.shapefiles):
        return
    layers = township_layers(figures, with_users, layout)
    files = split_by_township(layers) if layout.each else {PACKAGE_FILE: layers}
    for name, held in files.items() if layout.each else ():
        write_geopackage(drafts / name, crs, [*held, about_table(figures, with_users)], progress.part(0.0, 0.8))
    if layout.project:
        shown = [Shown(name, layer, layer.name if layer.name != SUMMARY else tr("Townships"))
                 for name, held in files.items() for layer in held]
        write_project(drafts / PROJECT_FILE, shown, crs, figures.reading.meta["county_name"], _box(figures))
    if layout.shapefiles:
        for layer in layers:
            _write_shapes(drafts / f"{layer.name}.shp", crs, layer, progress.part(0.8, 1.0))


def _write_shapes(path: Path, crs: str, layer: Layer, progress: Progress) -> None:
    """A layer as a Shapefile: names of ten characters, UTF-8 and .cpg."""
    named = dict(zip((field.name for field in layer.fields), short_names(layer.fields)))
    fields = [replace(field, name=named[field.name]) for field in layer.fields]
    write_shapefile(path, crs, replace(layer, fields=fields, columns={named[name]: values for name, values in layer.columns.items()}),
                    progress)


def _box(figures: Figures) -> Tuple[float, float, float, float]:
    """Around all townships, else around all parcels; a point of the origin where there is nothing."""
    outlines = [township.wkb for township in figures.reading.townships if township.wkb] or list(figures.reading.outlines.values())
    if not outlines:
        return (0.0, 0.0, 1.0, 1.0)
    return tuple(shapely.total_bounds(shapely.from_wkb(np.array(outlines, dtype=object))).tolist())


def check_layers(folder: Path, figures: Figures, layout: Layout) -> None:
    """Each file of layers against the register; field names as the layout has them."""
    if not layout.each:
        check_package(folder / PACKAGE_FILE, figures, layout.chinese)
        return
    _check_summary(_summary_rows(folder / PACKAGE_FILE, figures, layout.chinese), figures)
    for row in figures.rows:
        name = layer_names(figures)[row.code]
        with closing(sqlite3.connect(str(folder / f"{name}.gpkg"))) as connection:
            connection.row_factory = sqlite3.Row
            _check_township(row, name, _layer_totals(connection, name, layout.chinese))


def check_package(path: Path, figures: Figures, chinese: bool = False) -> None:
    """The summary layer against the figures, and the parcels of every layer against the register's own parcels."""
    names = layer_names(figures)
    _check_summary(_summary_rows(path, figures, chinese), figures)
    with closing(sqlite3.connect(str(path))) as connection:
        connection.row_factory = sqlite3.Row
        for row in figures.rows:
            _check_township(row, names[row.code], _layer_totals(connection, names[row.code], chinese))


def _summary_rows(path: Path, figures: Figures, chinese: bool) -> List[Mapping[str, Any]]:
    layer = summary_layer(figures)
    own = [field.name for field in (in_chinese(layer) if chinese else layer).fields]
    with closing(sqlite3.connect(str(path))) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute(f"SELECT * FROM {SUMMARY}")]  # nosec B608 - a constant
    return [{field.name: row[name] for field, name in zip(layer.fields, own)} for row in rows]


def _check_township(row: TownshipRow, name: str, found: Mapping[str, int]) -> None:
    for key in ("parcels", "legal", "illegal", "other", "construction_units", "construction_cultivated_units"):
        _compare(name, key, found[key], row.figures[key])


def _layer_totals(connection: sqlite3.Connection, table: str, chinese: bool = False) -> Dict[str, int]:
    """What the parcels of one layer add up to, in exact units, counted from the file alone. Of illegal land what is illegal of it is
    cultivated counts (domain.md §0.2 (14))."""
    columns = ("PDJL1", "DKMJ", "GDMJ", "WFGD")
    names = dict(zip((field.name for field in standard_fields(True)), (field.name for field in chinese_fields(standard_fields(True)))))
    read = ", ".join(f'"{names[column] if chinese else column}" AS {column}' for column in columns)
    name = table.replace('"', '""')
    rows = connection.execute(f'SELECT {read} FROM "{name}"').fetchall()  # nosec B608 - quoted
    building = [row for row in rows if row["PDJL1"] in ("1", "2")]
    cultivated = [row["WFGD"] if row["PDJL1"] == "2" and row["WFGD"] is not None else row["GDMJ"] for row in building]
    return {
        "parcels": len(rows), "legal": sum(row["PDJL1"] == "1" for row in rows), "illegal": sum(row["PDJL1"] == "2" for row in rows),
        "other": sum(row["PDJL1"] == "3" for row in rows), "construction_units": sum(to_units(row["DKMJ"] or 0.0) for row in building),
        "construction_cultivated_units": sum(to_units(area or 0.0) for area in cultivated)}


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
