"""Workbooks and text tables as lines of cells: how every table that an office hands in is read."""
from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, List, Optional, Sequence
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from ..errors import InputError
from .formats.encodings import decode_file
from .import_findings import listed

WORKBOOKS, TEXTS = {".xlsx", ".xlsm"}, {".csv", ".txt", ".tsv"}
#: Known by name only: nothing that comes with QGIS reads them everywhere.
OTHER_WORKBOOKS = {".xls", ".xlsb", ".et", ".ods"}

Lines = List[Sequence[Any]]


def sheets_of(path: Path, sheet: Optional[str] = None) -> List[Lines]:
    """The values of every sheet, or of the one asked for. InputError for a damaged workbook and for a sheet that is not there."""
    try:
        book = openpyxl.load_workbook(str(path), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as error:
        raise InputError("{file} cannot be read as an Excel workbook.", "Save it again as .xlsx and close it.", file=path.name) from error
    if sheet and sheet not in book.sheetnames:
        raise InputError("{file} has no sheet {sheet}; it has {sheets}.", "Choose one of them.", file=path.name, sheet=sheet,
                         sheets=listed(book.sheetnames))
    found = [list(book[name].iter_rows(values_only=True)) for name in ([sheet] if sheet else book.sheetnames)]
    book.close()
    return found


def text_lines(path: Path) -> Lines:
    """A text table in UTF-8 or GBK, parted by commas, semicolons or tabs."""
    text, _encoding = decode_file(path.read_bytes())
    try:
        dialect = csv.Sniffer().sniff(text[:4096], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    return list(csv.reader(io.StringIO(text), dialect))
