"""Any table of plain values as a workbook or as text that Excel reads."""
from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from ..errors import InputError

_WIDEST = 60


def write_plain_table(path: Path, titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """``.csv`` (UTF-8 with a mark, so that Excel sees Chinese) or else ``.xlsx``; InputError where it cannot be written."""
    listed = [list(row) for row in rows]
    try:
        if Path(path).suffix.lower() == ".csv":
            _write_text(Path(path), titles, listed)
        else:
            _write_workbook(Path(path), titles, listed)
    except OSError as error:
        raise InputError("{path} cannot be written: {reason}.", "Choose a folder you may write to.", path=str(path),
                         reason=str(error.strerror)) from error


def _write_text(path: Path, titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([titles, *rows])


def _write_workbook(path: Path, titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for place, title in enumerate(titles):
        widest = max([len(str(title)), *(len(str(row[place])) for row in rows if row[place] is not None)])
        sheet.column_dimensions[get_column_letter(place + 1)].width = min(1.7 * widest + 2, _WIDEST)
    for row in [titles, *rows]:
        sheet.append([_cell(sheet, value) for value in row])
    book.save(path)


def _cell(sheet: Any, value: Any) -> Any:
    """Text stays text: what begins with = is no formula."""
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell
