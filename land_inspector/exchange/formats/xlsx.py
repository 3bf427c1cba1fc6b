"""Excel workbooks: a cell's text is text and never a formula, and long lists are streamed.

openpyxl keeps every cell as an object and asks its styles again for each: 50 000 parcels take twenty seconds and half a gigabyte
in which nothing can be cancelled. So openpyxl makes the looks from one sample row, and a row of a long list is a line of text with
the style numbers that openpyxl gave the sample.
"""
from __future__ import annotations

import csv
import math
import re
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from ...progress import Progress
from ...values import plain, sheet_text, storable
from ..atomic_files import one_given_out

#: Rows written between two looks at cancel.
_CHUNK = 500
#: Excel takes no longer text in a cell.
LONGEST_TEXT = 32_767
_FIRST_DAY = date(1899, 12, 30)
_WIDEST = 60
#: Sheet names may be 31 characters long and hold none of these.
_FORBIDDEN = str.maketrans({mark: "_" for mark in "[]:*?/\\"})


def cell_text(text: str) -> str:
    """A text as a cell can hold it."""
    return storable(text)[:LONGEST_TEXT]


def put(sheet: Worksheet, row: int, column: int, value: Any) -> Cell:
    """Set a cell, counted from 1; a text that looks like a formula, an error or a number stays a text."""
    return _set(sheet.cell(row, column), value)


def _set(cell: Any, value: Any) -> Any:
    if isinstance(value, str):
        cell.value = cell_text(value)
        cell.data_type = "s"
    else:
        cell.value = plain(value)
    return cell


def sheet_name(name: str, taken: Iterable[str]) -> str:
    """A name that Excel takes and that no other sheet has."""
    known = {other.lower() for other in taken}
    short = cell_text(name).translate(_FORBIDDEN).strip("' ")[:31] or "_"
    found, number = short, 2
    while found.lower() in known:
        found, number = f"{short[:28]}_{number}", number + 1
    return found


# --- any table of plain values ------------------------------------------------------------------------------------------


def write_plain_table(path: Path, titles: Sequence[str], rows: Iterable[Sequence[Any]], inputs: Iterable[Path] = ()) -> None:
    """``.csv`` (UTF-8 with a mark, so that Excel sees Chinese) or else ``.xlsx``; InputError where it cannot be written."""
    listed = [list(row) for row in rows]
    with one_given_out(Path(path), inputs) as draft:
        if Path(path).suffix.lower() == ".csv":
            with draft.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows([[sheet_text(value) if isinstance(value, str) else plain(value) for value in row]
                                            for row in [titles, *listed]])
        else:
            _plain_workbook(titles, listed).save(draft)


def _plain_workbook(titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> Workbook:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for place, title in enumerate(titles):
        widest = max([len(str(title)), *(len(str(row[place])) for row in rows if row[place] is not None)])
        sheet.column_dimensions[get_column_letter(place + 1)].width = min(1.7 * widest + 2, _WIDEST)
    for row in [titles, *rows]:
        sheet.append([_set(WriteOnlyCell(sheet), value) for value in row])
    return book


# --- long lists ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LongList:
    """Values for a sheet whose sheet row ``sample`` shows how a row looks, and the row after it how the sums below them look."""

    sample: int
    rows: Sequence[Sequence[Any]]
    sums: Sequence[Any]


def save_streamed(book: Workbook, lists: Mapping[str, LongList], path: Path, progress: Progress) -> None:
    """Save ``book`` to ``path`` with the rows of each list (by sheet title) in the place of its two sample rows."""
    samples = BytesIO()
    book.save(samples)
    parts = {f"xl/worksheets/sheet{number}.xml": lists[sheet.title] for number, sheet in enumerate(book.worksheets, 1)
             if sheet.title in lists}
    total, done = max(sum(len(one.rows) for one in parts.values()), 1), 0
    with ZipFile(samples) as made, ZipFile(str(path), "w", ZIP_DEFLATED) as archive:
        for name in made.namelist():
            part = parts.get(name)
            if part is None:
                archive.writestr(name, made.read(name))
                continue
            with archive.open(name, "w", force_zip64=True) as out:
                share = progress.part(done / total, (done + len(part.rows)) / total)
                for text in _sheet(made.read(name).decode("utf-8"), part, share):
                    out.write(text.encode("utf-8"))
            done += len(part.rows)


def _sheet(xml: str, part: LongList, progress: Progress) -> Iterator[str]:
    """The sheet's XML in pieces: what stands before the sample, the rows, the sums, what stands behind."""
    before, sample, behind = _around(xml, part.sample)
    last = part.sample + len(part.rows)
    styles = _styles(sample[0])
    yield re.sub(r'(<dimension ref="[A-Z]+\d+:[A-Z]+)\d+"', rf'\g<1>{last}"', before)
    for start in range(0, len(part.rows), _CHUNK):
        progress.step(start / len(part.rows))
        yield "".join(_row(number, values, styles) for number, values in
                      enumerate(part.rows[start:start + _CHUNK], part.sample + start))
    yield _row(last, part.sums, _styles(sample[1]))
    yield behind


def _around(xml: str, sample: int) -> Tuple[str, Tuple[str, str], str]:
    found = re.search(rf'(<row r="{sample}".*?</row>)\s*(<row r="{sample + 1}".*?</row>)', xml, re.DOTALL)
    if found is None:
        raise ValueError(f"no sample rows at {sample}")
    return xml[:found.start()], (found.group(1), found.group(2)), xml[found.end():]


def _styles(row: str) -> List[Tuple[str, str]]:
    """How each cell of a sample row begins, before and after the number of its row."""
    cells = re.findall(r"<c [^>]*>", row)
    return [(re.sub(r".* r=\"([A-Z]+)\d+\".*", r'<c r="\1', cell), '"' + "".join(re.findall(r' s="\d+"', cell))) for cell in cells]


def _row(number: int, values: Sequence[Any], styles: Sequence[Tuple[str, str]]) -> str:
    cells = [f"{before}{number}{behind}/>" if value is None else f"{before}{number}{behind}{_content(value)}"
             for (before, behind), value in zip(styles, values)]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _content(value: Any) -> str:
    """The rest of a cell that holds something."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (date, datetime)):
        value = _serial(value)
    return f"><v>{value!r}</v></c>"


@lru_cache(maxsize=4096)  # most texts of a list are townships, days and words for codes
def _text(text: str) -> str:
    return f' t="inlineStr"><is><t xml:space="preserve">{escape(cell_text(text), quote=False)}</t></is></c>'


def _serial(value: Any) -> float:
    """A day or moment as Excel counts it."""
    if isinstance(value, datetime):
        return (value.date() - _FIRST_DAY).days + (value.hour * 3600 + value.minute * 60 + value.second) / 86_400
    return (value - _FIRST_DAY).days


# --- tables as an office prints them --------------------------------------------------------------------------------------

COUNT, MU, M2, YUAN, PERCENT, DAY, TEXT = "count", "mu", "m2", "yuan", "percent", "day", "text"
_FORMATS = {COUNT: "0", MU: "#,##0.00", M2: "#,##0.00", YUAN: "#,##0.00", PERCENT: "0.00", DAY: "yyyy-mm-dd", TEXT: "@"}
_FONT, _BLUE, _YELLOW, _RED = "Microsoft YaHei", "FF1F4E79", "FFFFF2CC", "FFF9DEDC"
_LINE = Side(style="thin", color="FFB7C4D1")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
#: Widths in characters; a text column wraps beyond its widest.
_LEAST, _WIDEST_TEXT = 6.0, 36.0
#: What an A4 page holds across at full size (figures of a font as wide as any office has), and the smallest size that a leader can read.
_PAGE, _SMALLEST = 122.0, 0.72
#: So many of them, where pages are broken by hand: one column too many would make a page of its own.
_SURELY = 102.0


@dataclass(frozen=True)
class SheetColumn:
    """A column of an office's table. ``group`` is the head above it, merged with its neighbours'; ``flag`` colours what is not zero."""

    heading: str
    kind: str = TEXT
    group: str = ""
    hidden: bool = False
    flag: bool = False


@dataclass(frozen=True)
class SheetTable:
    """A sheet: title, the line of terms under it, columns, rows, the total below them; the first ``frozen`` columns stay in sight and
    stand on every page. ``decimals`` gives percents more than two where a line would look crossed otherwise, by (row, column)."""

    name: str
    title: str
    under: str
    columns: Sequence[SheetColumn]
    rows: Sequence[Sequence[Any]]
    total: Optional[Sequence[Any]] = None
    frozen: int = 2
    decimals: Mapping[Tuple[int, int], int] = field(default_factory=dict)


def add_table(book: Workbook, table: SheetTable) -> Worksheet:
    """Write the table on a new sheet: merged heads, real numbers and days, widths from the widest value, A4 landscape one page wide."""
    sheet = book.create_sheet(sheet_name(table.name, book.sheetnames))
    first = _put_heads(sheet, table.columns)
    everything = [*table.rows, *([table.total] if table.total is not None else [])]
    dressed: Dict[_Look, Cell] = {}
    for number, row in enumerate(everything):
        is_total = table.total is not None and number == len(table.rows)
        for place, (column, value) in enumerate(zip(table.columns, row)):
            look = _look(column, value, is_total, table.decimals.get((number, place), 2))
            cell = put(sheet, first + number, place + 1, value)
            if look in dressed:  # openpyxl compares each style with all others: a hundred thousand cells have some twenty
                cell._style = copy(dressed[look]._style)
            else:
                dressed[look] = _dressed(cell, look)
    widths = [_set_width(sheet, place, column, [row[place - 1] for row in everything]) for place, column in enumerate(table.columns, 1)]
    breaks = _breaks(table, widths)
    _put_titles(sheet, table, breaks)
    _set_heights(sheet, table, widths, everything, first)
    sheet.freeze_panes = sheet.cell(first, table.frozen + 1)
    _set_print(sheet, table, breaks, first - 1)
    return sheet


def _put_titles(sheet: Worksheet, table: SheetTable, breaks: Sequence[int]) -> None:
    """Title and terms above the columns of each page; a single page has them above all its columns."""
    shown = [at for at, column in enumerate(table.columns) if not column.hidden]
    starts = [table.frozen, *breaks] if breaks else [0]
    for start, end in zip(starts, [*breaks, shown[-1] + 1 if shown else 1]):
        for at, (text, size) in enumerate(((table.title, 16), (table.under, 9)), 1):
            cell = put(sheet, at, start + 1, text)
            cell.font = Font(name=_FONT, size=size, bold=at == 1)
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=at == 2)
            sheet.merge_cells(start_row=at, start_column=start + 1, end_row=at, end_column=end)
    sheet.row_dimensions[1].height = 28


def _put_heads(sheet: Worksheet, columns: Sequence[SheetColumn]) -> int:
    """One row of heads, or two with the groups merged; the row below them."""
    deep = any(column.group for column in columns)
    for place, column in enumerate(columns, 1):
        rows = (3, 4) if deep else (3,)
        for at, text in zip(rows, (column.group or column.heading, column.heading)):
            cell = put(sheet, at, place, _broken(text))
            cell.fill, cell.border = PatternFill("solid", fgColor=_BLUE), _BORDER
            cell.font = Font(name=_FONT, size=9, bold=True, color="FFFFFFFF")
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        if deep and not column.group:
            sheet.merge_cells(start_row=3, start_column=place, end_row=4, end_column=place)
    if deep:
        _merge_groups(sheet, columns)
    for at in (3, 4) if deep else (3,):
        sheet.row_dimensions[at].height = 32
    return 5 if deep else 4


def _merge_groups(sheet: Worksheet, columns: Sequence[SheetColumn]) -> None:
    start = 0
    for place in range(1, len(columns) + 1):
        if place == len(columns) or columns[place].group != columns[start].group:
            if columns[start].group and place - start > 1:
                for at in range(start + 2, place + 1):
                    sheet.cell(3, at).value = None
                sheet.merge_cells(start_row=3, start_column=start + 1, end_row=3, end_column=place)
            start = place


def _broken(text: str) -> str:
    return re.sub(r" ?([（(])", r"\n\1", text, count=1)


@dataclass(frozen=True)
class _Look:
    """How a cell of the body is written: its number format, where its text stands, and what it is marked by."""

    number_format: str
    horizontal: str
    is_wrapped: bool
    is_total: bool
    is_flagged: bool


def _look(column: SheetColumn, value: Any, is_total: bool, decimals: int) -> _Look:
    is_text = isinstance(value, str) or column.kind == TEXT
    number_format = "@" if is_text else "0." + "0" * decimals if column.kind == PERCENT else _FORMATS[column.kind]
    horizontal = "left" if column.kind == TEXT else "center" if column.kind == DAY or is_text else "right"
    return _Look(number_format, horizontal, column.kind == TEXT, is_total, bool(column.flag) and value not in (None, 0, 0.0, ""))


def _dressed(cell: Cell, look: _Look) -> Cell:
    cell.number_format = look.number_format
    cell.border, cell.font = _BORDER, Font(name=_FONT, size=10, bold=look.is_total)
    cell.alignment = Alignment(horizontal=look.horizontal, vertical="center", wrap_text=look.is_wrapped)
    if look.is_flagged or look.is_total:
        cell.fill = PatternFill("solid", fgColor=_RED if look.is_flagged else _YELLOW)
    return cell


def _set_width(sheet: Worksheet, place: int, column: SheetColumn, values: Sequence[Any]) -> float:
    """The width given to a column, in figures; 0 for a hidden one."""
    letter = get_column_letter(place)
    sheet.column_dimensions[letter].hidden = column.hidden
    head = max(_length(line) for line in _broken(column.heading).split("\n"))
    widest = max((_length(_as_shown(value, column.kind)) for value in values), default=0)
    wanted = max(min(head, 14.0), min(widest, _WIDEST_TEXT) if column.kind == TEXT else widest) * 1.05 + 1.5
    sheet.column_dimensions[letter].width = max(wanted, _LEAST)
    return 0.0 if column.hidden else max(wanted, _LEAST)


def _set_heights(sheet: Worksheet, table: SheetTable, widths: Sequence[float], rows: Sequence[Sequence[Any]], first: int) -> None:
    """Rows as high as their text needs: not every program that opens or prints the file works it out by itself."""
    sheet.row_dimensions[2].height = 14.0 * _lines(table.under, min(sum(widths), _PAGE) * 1.1)
    heads = [(_lines(column.group, _room(table.columns, widths, at) - 1.0) if column.group else 0,
              _lines(_broken(column.heading), widths[at] - 1.0)) for at, column in enumerate(table.columns) if not column.hidden]
    above = max((group for group, _own in heads), default=0)
    below = max((own - (0 if group or first == 4 else above) for group, own in heads), default=1)
    if first == 5:
        sheet.row_dimensions[3].height = 13.5 * above + 5
    sheet.row_dimensions[first - 1].height = max(13.5 * below + 5, 32.0 if first == 4 else 18.0)
    texts = [at for at, column in enumerate(table.columns) if column.kind == TEXT and not column.hidden]
    for number, row in enumerate(rows, first):
        lines = max((_lines(str(row[at]), widths[at] - 1.0) for at in texts if row[at] is not None), default=1)
        if lines > 1:
            sheet.row_dimensions[number].height = 14.5 * lines + 2


def _room(columns: Sequence[SheetColumn], widths: Sequence[float], place: int) -> float:
    """The width of the head above a column: of all that its group spans."""
    group = columns[place].group
    return sum(width for column, width in zip(columns, widths) if column.group == group) if group else widths[place]


def _lines(text: str, width: float) -> int:
    """Lines of a text in a column that wraps."""
    return sum(max(1, math.ceil(_length(line) / max(width, 1.0))) for line in text.split("\n"))


def _as_shown(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value) if kind == COUNT else f"{value:,.4f}" if kind == PERCENT else f"{value:,.2f}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _length(text: str) -> float:
    """In widths of a figure: a Chinese character is two."""
    return max((sum(2.0 if ord(character) > 0x2E7F else 1.0 for character in line) for line in text.split("\n")), default=0.0)


def _set_print(sheet: Worksheet, table: SheetTable, breaks: Sequence[int], head_rows: int) -> None:
    """A4 landscape, one page wide; a table too wide to be read at that size is broken between its themes, the first columns on every
    page."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    if breaks:
        sheet.page_setup.scale = round(100 * _SMALLEST)
        for place in breaks:
            sheet.col_breaks.append(Break(id=place))
    else:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_title_rows = f"1:{head_rows}"
    if table.frozen:
        sheet.print_title_cols = f"A:{get_column_letter(table.frozen)}"
    sheet.page_margins.left = sheet.page_margins.right = 0.3
    sheet.page_margins.top = sheet.page_margins.bottom = 0.4
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "&P / &N"


def _breaks(table: SheetTable, widths: Sequence[float]) -> List[int]:
    """After how many columns a page ends, pages as alike as can be; none where everything fits at a size that can be read."""
    if sum(widths) <= _PAGE / _SMALLEST:
        return []
    room = _SURELY / _SMALLEST
    found = _packed(table, widths, room)
    while room > 1 and len(_packed(table, widths, room - 1)) == len(found):
        room -= 1
    return _packed(table, widths, room)


def _packed(table: SheetTable, widths: Sequence[float], room: float) -> List[int]:
    """Breaks where every page takes as many themes as fit into the room; a page takes one at least."""
    kept, used, found = sum(widths[:table.frozen]), sum(widths[:table.frozen]), []
    for start, end in _themes(table.columns, table.frozen):
        wide = sum(widths[start:end])
        if used + wide > room and used > kept:
            found.append(start)
            used = kept
        used += wide
    return found


def _themes(columns: Sequence[SheetColumn], frozen: int) -> List[Tuple[int, int]]:
    """Columns that stay together: those of one group; each of the others by itself."""
    ends = [at for at in range(frozen + 1, len(columns)) if not columns[at].group or columns[at].group != columns[at - 1].group]
    return list(zip([frozen, *ends], [*ends, len(columns)]))
