"""Excel workbooks in the bureaus' house style: blue headings, yellow total, 亩 with two decimals, A4 landscape one page wide."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ..i18n import tr
from ..law.codes import label
from ..law.townships import COUNT, M2, MU, PERCENT, RATIO_COLUMNS, TEXT, YUAN, Column, TownshipRow, exact_value
from ..progress import Progress
from ..register.tables import INTEGER, REAL, Field
from ..values import plain
from .formats.xlsx import LongList, put, save_streamed, sheet_name
from .standard_parcels import standard_fields
from .township_figures import Figures, local_time, terms_of

_M2_IN_MU = 0.0015
_BLUE, _YELLOW, _LINE = "FF1F4E79", "FFFFF2CC", "FFB7C4D1"
_FONT = "Microsoft YaHei"
_EDGE = Side(style="thin", color=_LINE)
_BORDER = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)
_HEAD_FILL, _TOTAL_FILL = PatternFill("solid", fgColor=_BLUE), PatternFill("solid", fgColor=_YELLOW)
_BODY, _SMALL = Font(name=_FONT, size=11), Font(name=_FONT, size=9)
_BOLD, _SMALL_BOLD = Font(name=_FONT, size=11, bold=True), Font(name=_FONT, size=9, bold=True)
_WHITE = Font(name=_FONT, size=9, bold=True, color="FFFFFFFF")
_LEFT = Alignment(horizontal="left", vertical="center", indent=1)
_FORMATS = {COUNT: "0", MU: "#,##0.00", M2: "#,##0.00", YUAN: "#,##0.00", PERCENT: "0.00", TEXT: "@"}
_HEAD_ROW, _ROW_HEIGHT = 3, 42


@dataclass(frozen=True)
class ListColumn:
    """A column of a patch list; areas come in m² and are written in mu."""

    field: Field
    heading: str
    width: float

    @property
    def is_area(self) -> bool:
        """Whether its values are m² and are to be written in mu."""
        return self.field.unit == "m2"


@dataclass(frozen=True)
class TownshipBook:
    """A workbook with the looks of all its sheets, and what its patch lists hold, by sheet title."""

    book: Workbook
    lists: Mapping[str, LongList]


def township_workbook(figures: Figures, with_users: bool, list_each: bool = False, progress: Optional[Progress] = None) -> TownshipBook:
    """The township table, the patch lists (one for all, or one a township) and the terms they were made under."""
    book = Workbook()
    _township_sheet(book.active, figures, tr("Township table"), figures.columns)
    if figures.afterwards:
        _township_sheet(book.create_sheet(), figures, tr("Rectification and cases"), figures.afterwards)
    found, lists = {}, _lists(figures, list_each, with_users)
    for number, (name, parcels) in enumerate(lists.items()):
        sheet, share = book.create_sheet(name), (progress or Progress()).part(number / len(lists), (number + 1) / len(lists))
        found[sheet.title] = list_sheet(sheet, parcels, figures, with_users, share)
    _terms_sheet(book.create_sheet(tr("Notes")), figures, with_users)
    return TownshipBook(book, found)


def _lists(figures: Figures, each: bool, with_users: bool) -> Dict[str, pd.DataFrame]:
    """Sheet name → its parcels."""
    parcels = figures.reading.given(with_users)
    if not each:
        return {tr("Patch list"): parcels}
    found: Dict[str, pd.DataFrame] = {}
    for row in figures.rows:
        chosen = parcels[parcels["XZDM"].fillna("") == row.code]
        if len(chosen):
            found[sheet_name(figures.shown(row)["name"], found)] = chosen
    return found


def save(made: TownshipBook, path: Path, progress: Optional[Progress] = None) -> None:
    """Write the book to ``path``, its long lists as a stream. Not atomic: broken off it leaves half a file."""
    save_streamed(made.book, made.lists, path, progress or Progress())


def first_row() -> int:
    """Where the rows of every sheet begin."""
    return _HEAD_ROW + 1


# --- the township table -----------------------------------------------------------------------------------------------


def _township_sheet(sheet: Worksheet, figures: Figures, title: str, columns: Sequence[Column]) -> None:
    sheet.title = title
    _titles(sheet, tr("{county}: satellite patches by township", county=figures.reading.meta["county_name"]), figures, len(columns))
    _headings(sheet, [re.sub(r" ?([（(])", r"\n\1", column.label.text(figures.language)) for column in columns])
    for row in [*figures.rows, figures.total]:
        _township_row(sheet, row, figures, columns)
    _total_row(sheet, len(columns))
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _width(column)
    sheet.freeze_panes = sheet.cell(_HEAD_ROW + 1, 3)
    _printed(sheet, _HEAD_ROW, pages_high=1)


def _width(column: Column) -> float:
    if column in RATIO_COLUMNS:
        return 12.0
    return {"code": 11.0, "name": 12.0, "alarms": 52.0}.get(column.key, {COUNT: 6.5, TEXT: 6.5, PERCENT: 8.0}.get(column.kind, 9.5))


def _township_row(sheet: Worksheet, row: TownshipRow, figures: Figures, columns: Sequence[Column]) -> None:
    shown = figures.shown(row)
    at = sheet.max_row + 1
    sheet.row_dimensions[at].height = _ROW_HEIGHT
    for number, column in enumerate(columns, 1):
        value, text = exact_value(row, column), shown[column.key]
        cell = put(sheet, at, number, text if value is None else value)
        is_text = value is None
        cell.number_format = "@" if is_text else _format(column, text)
        cell.alignment = Alignment(horizontal="left" if column.key in ("name", "alarms") else "center" if is_text else "right",
                                   vertical="center", wrap_text=column.key == "alarms", indent=int(column.key in ("name", "alarms")))
        cell.font, cell.border = _BODY, _BORDER


def _format(column: Column, shown: str) -> str:
    """Percent with as many decimals as it takes to see on which side of a line it lies (R45)."""
    decimals = len(shown.partition(".")[2])
    return "0." + "0" * decimals if column.kind == PERCENT and decimals else _FORMATS[column.kind]


def _total_row(sheet: Worksheet, width: int) -> None:
    for number in range(1, width + 1):
        cell = sheet.cell(sheet.max_row, number)
        cell.fill, cell.font = _TOTAL_FILL, _BOLD


# --- patch lists ------------------------------------------------------------------------------------------------------

_WIDTHS = {"XZMC": 11, "PCBH": 9, "JCBH": 20, "TBLX": 6, "QSX": 13, "HSX": 13, "PDJL1": 17, "PDJL2": 18,
           "JSSJ": 10.5, "YDDW": 20, "XMMC": 22, "PDSM": 26}
_LISTED = (
    "XZMC", "PCBH", "JCBH", "TBLX", "QSX", "HSX", "JCMJ", "DKMJ", "GDMJ", "JBNTMJ", "PDJL1", "PDJL2", "WFXZ", "WFMJ", "WFGD", "WFJBNT",
    "JSSJ", "YDDW", "XMMC", "HSZT", "PDSM",
)


def list_columns(language: str, with_users: bool) -> List[ListColumn]:
    """Columns of a patch list with headings in ``language`` (zh, en); ``with_users`` lets land users stand in it."""
    known = {field.name: field for field in standard_fields(with_users)}
    return [_list_column(known[name], language) for name in _LISTED if name in known]


def _list_column(field: Field, language: str) -> ListColumn:
    name = field.zh if language == "zh" else field.en
    heading = tr("{name}\n(mu)", name=name) if field.unit == "m2" else name
    return ListColumn(field, heading, _WIDTHS.get(field.name, 8.5))


def list_sheet(sheet: Worksheet, parcels: pd.DataFrame, figures: Figures, with_users: bool, progress: Progress) -> LongList:
    """Parcels of the verified set, one a row, sorted by township and number; codes as their labels, numbers as text.

    The sheet gets its headings and the looks of a row; the rows are handed back.
    """
    columns = list_columns(figures.language, with_users)
    _titles(sheet, tr("{county}: list of patches", county=figures.reading.meta["county_name"]), figures, len(columns) + 1)
    _headings(sheet, [tr("No."), *(column.heading for column in columns)])
    _list_samples(sheet, columns)
    sheet.column_dimensions["A"].width = 6
    for number, column in enumerate(columns, 2):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.freeze_panes = sheet.cell(_HEAD_ROW + 1, 5)
    sheet.auto_filter.ref = f"A{_HEAD_ROW}:{get_column_letter(len(columns) + 1)}{_HEAD_ROW + len(parcels)}"
    _printed(sheet, _HEAD_ROW)
    ordered = parcels.sort_values(["XZDM", "PCBH", "JCBH"], na_position="last")
    listed = []
    for number, column in enumerate(columns):
        progress.step(number / len(columns))
        listed.append(_listed(ordered, column, figures.language))
    return LongList(first_row(), list(zip(range(1, len(ordered) + 1), *listed)), [tr("Total"), *(_sum(parcels, c) for c in columns)])


def _list_samples(sheet: Worksheet, columns: Sequence[ListColumn]) -> None:
    """How a row looks, and under it how the sums look."""
    for number, column in enumerate([None, *columns], 1):
        cell, total = sheet.cell(_HEAD_ROW + 1, number), sheet.cell(_HEAD_ROW + 2, number)
        cell.font, cell.border = _SMALL, _BORDER
        total.fill, total.border, total.font = _TOTAL_FILL, _BORDER, _SMALL_BOLD
        if column is not None and column.field.kind == REAL:
            cell.number_format = total.number_format = _FORMATS[MU]
        elif column is not None:
            cell.number_format, cell.alignment = _FORMATS[TEXT], _LEFT


def _listed(parcels: pd.DataFrame, column: ListColumn, language: str) -> List[Any]:
    """The column's cells from top to bottom."""
    values = [value if value is None or type(value) is str else plain(value) for value in parcels[column.field.name].tolist()]
    if column.is_area:
        return [None if value is None else value * _M2_IN_MU for value in values]
    if column.field.codes:
        coded = list(zip(values, parcels["ZD"]))
        words = {(code, regime): label(column.field.codes, str(code), language, regime) for code, regime in set(coded) if code is not None}
        return [words.get(one) for one in coded]
    return values if column.field.kind == INTEGER else [None if value is None else str(value) for value in values]


def _sum(parcels: pd.DataFrame, column: ListColumn) -> Optional[float]:
    return float(pd.to_numeric(parcels[column.field.name]).sum()) * _M2_IN_MU if column.is_area else None


# --- notes and looks --------------------------------------------------------------------------------------------------


def _terms_sheet(sheet: Worksheet, figures: Figures, with_users: bool) -> None:
    put(sheet, 1, 1, tr("Terms of these figures")).font = Font(name=_FONT, size=14, bold=True)
    for at, (name, text) in enumerate(terms_of(figures, with_users), 3):
        for number, value in ((1, name), (2, text)):
            cell = put(sheet, at, number, value)
            cell.number_format, cell.border = "@", _BORDER
            cell.font = _BOLD if number == 1 else _BODY
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 30, 100
    _printed(sheet, 1)


def _titles(sheet: Worksheet, title: str, figures: Figures, width: int) -> None:
    reading = figures.reading
    put(sheet, 1, 1, title).font = Font(name=_FONT, size=16, bold=True)
    under = tr("Unit: mu · known at {known} · effective on {day}", known=local_time(reading.known_at), day=reading.effective_on)
    put(sheet, 2, 1, under).font = Font(name=_FONT, size=9, color="FF51606E")
    for at in (1, 2):
        sheet.merge_cells(start_row=at, start_column=1, end_row=at, end_column=width)
        sheet.cell(at, 1).alignment = Alignment(horizontal="center", vertical="center")
    sheet.row_dimensions[1].height = 28


def _headings(sheet: Worksheet, headings: Sequence[str]) -> None:
    for number, heading in enumerate(headings, 1):
        cell = put(sheet, _HEAD_ROW, number, heading)
        cell.fill, cell.border = _HEAD_FILL, _BORDER
        cell.font = _WHITE
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.row_dimensions[_HEAD_ROW].height = 66


def _printed(sheet: Worksheet, repeated: int, pages_high: int = 0) -> None:
    """A4 landscape, one page wide (and so many high, 0 for as many as it takes), the headings on every page."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, pages_high
    sheet.print_title_rows = f"1:{repeated}"
    sheet.page_margins.left = sheet.page_margins.right = 0.3
    sheet.page_margins.top = sheet.page_margins.bottom = 0.4
    sheet.oddFooter.center.text = "&P / &N"
