"""Excel workbooks: a cell's text is text and never a formula, and long lists are streamed.

openpyxl keeps every cell as an object and asks its styles again for each: 50 000 parcels take twenty seconds and half a gigabyte
in which nothing can be cancelled. So openpyxl makes the looks from one sample row, and a row of a long list is a line of text with
the style numbers that openpyxl gave the sample.
"""
from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.utils import get_column_letter
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
    """Letter and style attribute of each cell of a sample row."""
    cells = re.findall(r"<c [^>]*>", row)
    return [(re.sub(r".* r=\"([A-Z]+)\d+\".*", r"\1", cell), "".join(re.findall(r' s="\d+"', cell))) for cell in cells]


def _row(number: int, values: Sequence[Any], styles: Sequence[Tuple[str, str]]) -> str:
    cells = [_cell(f'r="{letter}{number}"{style}', value) for (letter, style), value in zip(styles, values)]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(attributes: str, value: Optional[Any]) -> str:
    if value is None:
        return f"<c {attributes}/>"
    if isinstance(value, (int, float)):
        return f"<c {attributes}><v>{value!r}</v></c>"
    if isinstance(value, (date, datetime)):
        return f"<c {attributes}><v>{_serial(value)!r}</v></c>"
    text = escape(cell_text(value), quote=False)
    return f'<c {attributes} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _serial(value: Any) -> float:
    """A day or moment as Excel counts it."""
    if isinstance(value, datetime):
        return (value.date() - _FIRST_DAY).days + (value.hour * 3600 + value.minute * 60 + value.second) / 86_400
    return (value - _FIRST_DAY).days
