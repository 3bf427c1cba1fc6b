"""The one reader of tables: workbooks of every age, text tables, web pages, dBASE, layers; in folders and archives too.

What a file is, its first bytes say, not its name: an .xls may be BIFF, a web page, XML or an .xlsx. Every sheet comes with its
real row numbers, its merged cells and what was not read of it.
"""
from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
import zipfile
from email import message_from_bytes
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from osgeo import ogr

from ...errors import InputError
from ...evidence.vector_files import LAYER_SUFFIXES, FoundFile, files_in, opened
from ...progress import Progress
from ..report import listed
from ...evidence.gdal_quiet import reading
from .shp import column, field_names, read_dbf, text_samples
from ...evidence.encodings import Decoder, codec_name, decide, decode_file, family
from .sheet import MOST_COLUMNS, Grid, GridSheet, Sheet
from .workbooks import read_flat_ods, read_ods, read_xlsx, read_xml_2003, with_password

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xltx", ".xls", ".et", ".ods", ".fods", ".xlt"})
TEXTS = frozenset({".csv", ".txt", ".tsv"})
TABLES = WORKBOOKS | TEXTS | {".dbf", ".htm", ".html", ".mht", ".mhtml", ".xml"}
_LAYERS = LAYER_SUFFIXES - {".json"}
#: Known by name only.
_NOT_READ = {".xlsb": "Excel (.xlsb)", ".wks": "Works", ".numbers": "Numbers", ".doc": "Word", ".docx": "Word", ".pdf": "PDF",
             ".wps": "WPS"}
#: The head of a page saved with all it shows (Excel's "single file web page", which web systems give out as .xls).
_MAIL = re.compile(rb"\s*(?:mime-version\s*:|content-type\s*:\s*multipart/|from\s*:\s*<saved)", re.IGNORECASE)
_DELIMITERS = (",", ";", "\t", "|", "，", "；")
_LOOKED_AT = 200
_SEPARATOR_LINE = re.compile(r"\s*\"?sep=(.)\"?\s*$", re.IGNORECASE)
#: What a cell may begin with that a program wrote to protect an id; blanks of any width among it.
_GUARDS = ("'", "=", "\t", "\xa0", "\u200b", " ")
_PROTECTED = re.compile(r"=\s*\"((?:[^\"]|\"\")*)\"\s*$")


def read_tables(path: Path, sheet: Optional[str] = None, progress: Optional[Progress] = None) -> List[Sheet]:
    """Every sheet of a workbook, text, web page, dBASE file or layer, or only the ``sheet`` asked for; of a folder or archive,
    those of all tables in it, with the file before the sheet's name.

    Raises InputError for what cannot be read, with the reason, and for a sheet that is not there.
    """
    with reading(path.name), files_in(path, TABLES | _LAYERS, progress or Progress()) as (files, others):
        files = [file for file in files if not _belongs_to_a_layer(file, files)]
        if not files:
            raise InputError("{file} holds no table; it holds {files}.", "Give a workbook (.xlsx, .xls, .ods), .csv, .dbf or a layer.",
                             file=path.name, files=listed(others, 30) or "-")
        found = [one for file in files for one in _named(file, len(files) > 1)]
    if sheet is None:
        return found
    chosen = [one for one in found if one.name == sheet or one.name.lower() == sheet.strip().lower()]
    if not chosen:
        raise InputError("{file} has no sheet {sheet}; it has {sheets}.", "Choose one of them.", file=path.name, sheet=sheet,
                         sheets=listed([one.name for one in found], 60))
    return chosen


def _belongs_to_a_layer(file: FoundFile, files: Sequence[FoundFile]) -> bool:
    """A .dbf beside its .shp is read with it; the .xml beside a layer describes it."""
    stems = {(other.path.parent, other.path.stem.lower().replace(".shp", "")) for other in files if other.path.suffix.lower() in _LAYERS}
    name = file.path.stem.lower().replace(".shp", "")
    return len(files) > 1 and file.path.suffix.lower() in (".dbf", ".xml") and (file.path.parent, name) in stems


def _named(file: FoundFile, several: bool) -> List[Sheet]:
    with reading(file.shown):
        sheets = _sheets_of(file.path)
    for one in sheets:
        one.rows = [[_cell(cell) if isinstance(cell, str) and cell[:1] in _GUARDS else cell for cell in row] for row in one.rows]
    if several:
        for one in sheets:
            one.name = file.shown if len(sheets) == 1 else f"{file.shown}/{one.name}"
    return sheets


def _sheets_of(path: Path) -> List[Sheet]:
    suffix = path.suffix.lower()
    if suffix in _NOT_READ:
        raise InputError("{file} is a file of {program}, which is not read here.", "Save the table as .xlsx or .csv.", file=path.name,
                         program=_NOT_READ[suffix])
    if suffix in _LAYERS or path.is_dir():
        return _layer_sheets(path)
    if suffix == ".dbf":
        return [_dbf_sheet(path)]
    with path.open("rb") as file:
        head = file.read(4096)
    if head[:4] == b"PK\x03\x04":
        return _zipped(path)
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _binary_workbook(path)
    if suffix in WORKBOOKS and head[:2] in (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00"):
        return _biff(path)
    marked_up = _marked_up(path, head)
    if marked_up is not None:
        return marked_up
    is_text = b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if suffix in WORKBOOKS and (not is_text or suffix not in (".xls", ".et")):  # web systems write text tables under the name .xls
        raise InputError("{file} cannot be read as an Excel workbook.", "Save it again as .xlsx and close it.", file=path.name)
    return [_text_sheet(path)]


def _marked_up(path: Path, head: bytes) -> Optional[List[Sheet]]:
    """The sheets of what is written as XML, HTML or mail, whatever it is called; None for what is not."""
    if _MAIL.match(head):
        return _web_archive(path)
    if b"urn:oasis:names:tc:opendocument" in head and b"document" in head:
        return read_flat_ods(path)
    if head.startswith(b"ID;P"):
        raise InputError("{file} is a file of {program}, which is not read here.", "Save the table as .xlsx or .csv.", file=path.name,
                         program="Multiplan (SYLK)")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head and b"<html" not in head.lower():
        return read_xml_2003(path)
    if re.search(rb"<\s*(html|table|!doctype\s+html)", head, re.IGNORECASE):
        return _web_page(path)
    return None


def _zipped(path: Path) -> List[Sheet]:
    with zipfile.ZipFile(path) as packed:
        names = {name.replace("\\", "/").lower() for name in packed.namelist()}
    if "content.xml" in names:
        return read_ods(path)
    if any(name.endswith("workbook.bin") for name in names):
        raise InputError("{file} is a file of {program}, which is not read here.", "Save the table as .xlsx or .csv.", file=path.name,
                         program=_NOT_READ[".xlsb"])
    sheets = read_xlsx(path)
    if not sheets:
        raise InputError("{file} holds no worksheet.", "Save it again as .xlsx and close it.", file=path.name)
    return sheets


def _binary_workbook(path: Path) -> List[Sheet]:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise with_password(path)
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        raise InputError("{file} is a file of {program}, which is not read here.", "Save the table as .xlsx or .csv.", file=path.name,
                         program="Office")
    return _biff(path)


def _biff(path: Path) -> List[Sheet]:
    """Excel 5 to 2003, by GDAL: every cell as the text it shows, dates as ISO. GDAL goes by the name, which an .et lacks."""
    with tempfile.TemporaryDirectory(prefix="land_inspector_") as folder:
        if path.suffix.lower() != ".xls":
            named = Path(folder) / f"{path.stem}.xls"
            shutil.copyfile(path, named)
        else:
            named = path
        try:
            with opened(named) as dataset:
                return [_biff_sheet(dataset.GetLayer(index), path.name) for index in range(dataset.GetLayerCount())]
        except InputError as wrong:
            raise InputError("{file} cannot be read as a workbook of Excel 97–2003: it is damaged or protected by a password.",
                             "Open it, save it as .xlsx without a password, and read it again.", file=path.name) from wrong


def _biff_sheet(layer: ogr.Layer, file: str) -> Sheet:
    grid = Grid(file).sheet()
    for feature in layer:
        grid.put(feature.GetFID() - 1, {at: feature.GetField(at) for at in range(feature.GetFieldCount())})
    return Sheet(layer.GetName(), grid.rows)


def _dbf_sheet(path: Path) -> Sheet:
    """Names in the first row, then the records, as Excel shows them; deleted records are empty rows."""
    dbf = read_dbf(path, path.read_bytes())
    samples = text_samples(dbf)
    decoder = Decoder(decide(samples, dbf.language_codec), samples)
    columns = [column(dbf, field, decoder) for field in dbf.fields]
    records = [() if gone else tuple(values) for gone, values in zip(dbf.deleted.tolist(), zip(*columns))]
    return Sheet(path.stem, [field_names(dbf, decoder), *records])


def _layer_sheets(path: Path) -> List[Sheet]:
    """A layer's fields as headings; its features count from 1, so the headings are row 0."""
    from ..report import Notes  # the readers of layers lie above this room's readers of bytes
    from ..intake.sources import layers_of, read_source

    sheets = []
    for candidate in layers_of(FoundFile(path, path.name)):
        table = read_source(candidate, None, Notes(), Progress())
        by_row = dict(zip(table.rows, zip(*table.columns.values()))) if table.columns else {}
        rows = [by_row.get(number, ()) for number in range(1, max(table.rows, default=0) + 1)]
        sheets.append(Sheet(candidate.layer, [list(table.columns), *rows], counts_from=0))
    return sheets


# --- texts ------------------------------------------------------------------------------------------------------------


def _text_sheet(path: Path) -> Sheet:
    """A text table in UTF-8, UTF-16 or GBK, parted by whatever its lines are parted by."""
    text, _encoding = decode_file(path.read_bytes())
    return Sheet(path.stem, text_rows(text, path.name))


def text_rows(text: str, file: str) -> List[Sequence[Any]]:
    """Lines of cells; one Excel row each (a quoted cell may hold line ends)."""
    text = text.replace("\0", "").lstrip("\ufeff")
    first, _newline, rest = text.partition("\n")
    named = _SEPARATOR_LINE.match(first.strip("\r"))
    rows: List[Sequence[Any]] = [()] if named else []
    text = rest if named else text
    delimiter = named.group(1) if named else _delimiter(text)
    grid = Grid(file)
    for line in _parsed(text, delimiter):
        kept = line[:MOST_COLUMNS]
        grid.take(len(kept))
        rows.append(kept)
    return rows


def _parsed(text: str, delimiter: str) -> Iterator[List[str]]:
    before = csv.field_size_limit(16 * 1024 ** 2)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    finally:
        csv.field_size_limit(before)


def _delimiter(text: str) -> str:
    """The one by which most lines fall into the same number of cells, the greater number where that does not tell."""
    lines = "".join(text.splitlines(keepends=True)[:_LOOKED_AT])
    best, chosen = (0.0, 0), ","
    for delimiter in _DELIMITERS:
        try:
            widths = [len(line) for line in csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter) if any(line)]
        except csv.Error:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        score = (widths.count(usual) / len(widths) if usual > 1 else 0.0, usual)
        if score > best:
            best, chosen = score, delimiter
    return chosen


def _cell(text: str) -> str:
    """Without what protects an id from a spreadsheet: ``="T001"``, ``'T002``, a tab before it."""
    found = _PROTECTED.match(text.strip())
    if found:
        return found.group(1).replace('""', '"')
    bare = text.strip()
    return bare[1:] if bare.startswith("'") and len(bare) > 1 and "'" not in bare[1:] else text


# --- web pages --------------------------------------------------------------------------------------------------------


def _web_page(path: Path) -> List[Sheet]:
    """The tables of a page, as web systems write them under the name .xls."""
    text, _encoding = decode_file(path.read_bytes())
    return _tables_in(text, path)


def _web_archive(path: Path) -> List[Sheet]:
    """The pages of an MHTML archive, each in the character set that its part names."""
    sheets: List[Sheet] = []
    for part in message_from_bytes(path.read_bytes()).walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            content = part.get_payload(decode=True)
            codec = codec_name(part.get_content_charset())
            text = decode_file(bytes(content) if isinstance(content, bytes) else b"", family(codec))[0]
            sheets += _tables_in(text, path, must=False)
    for number, sheet in enumerate(sheets, 1):
        sheet.name = str(number)
    if not sheets:
        raise InputError("{file} is a web page without a table.", "Save the table as .xlsx or .csv.", file=path.name)
    return sheets


def _tables_in(text: str, path: Path, must: bool = True) -> List[Sheet]:
    reader = _PageReader(path.name)
    reader.feed(text.replace("\0", ""))
    reader.close()
    sheets = [sheet for sheet in reader.sheets() if sheet.rows]
    if must and not sheets:
        raise InputError("{file} is a web page without a table.", "Save the table as .xlsx or .csv.", file=path.name)
    return sheets


class _PageReader(HTMLParser):
    """Tables of a page; one within a cell is a table of its own."""

    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=True)
        self._grid = Grid(file)
        self._open: List["_PageTable"] = []
        self._closed: List["_PageTable"] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        if tag == "table" and len(self._open) < 20:
            self._open.append(_PageTable(self._grid.sheet()))
        elif tag in ("script", "style"):
            self._silent += 1
        elif self._open and tag == "tr":
            self._open[-1].next_row()
        elif self._open and tag in ("td", "th"):
            said = dict(attrs)
            self._open[-1].next_cell(_span(said.get("rowspan")), _span(said.get("colspan")))
        elif self._open and tag == "br":
            self._open[-1].texts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open:
            self._closed.append(self._open.pop())
            self._closed[-1].finish()
        elif tag in ("script", "style"):
            self._silent = max(0, self._silent - 1)
        elif self._open and tag in ("td", "th"):
            self._open[-1].end_cell()

    def handle_data(self, data: str) -> None:
        if self._open and not self._silent:
            self._open[-1].texts.append(data)

    def sheets(self) -> List[Sheet]:
        """The tables in the order in which they end."""
        while self._open:
            self.handle_endtag("table")
        return [Sheet(str(number), table.grid.rows, table.grid.merged) for number, table in enumerate(self._closed, 1)]


def _span(text: Optional[str]) -> int:
    return min(max(int(text), 1), 2000) if text and text.strip().isdigit() and len(text) < 6 else 1


class _PageTable:
    """Cells of one table, with room kept for those that span further rows."""

    def __init__(self, grid: GridSheet) -> None:
        self.grid = grid
        self.texts: List[str] = []
        self._row, self._column = -1, 0
        self._values: Dict[int, Any] = {}
        self._taken: Dict[int, int] = {}
        self._cell: Optional[int] = None

    def next_row(self) -> None:
        self.finish()
        self._row += 1
        self._column, self._values = 0, {}

    def next_cell(self, down: int, across: int) -> None:
        self.end_cell()
        if self._row < 0:
            self.next_row()
        while self._taken.get(self._column, -1) >= self._row:
            self._column += 1
        self._cell = self._column
        self.texts.clear()
        if down > 1 or across > 1:
            self.grid.merge(self._row, self._row + down - 1, self._column, self._column + across - 1)
        for at in range(self._column, self._column + across):
            self._taken[at] = self._row + down - 1
        self._column += across

    def end_cell(self) -> None:
        if self._cell is not None:
            self._values[self._cell] = re.sub(r"[ \t\r\n\xa0]+", " ", "".join(self.texts)).strip() or None
            self._cell = None
        self.texts.clear()

    def finish(self) -> None:
        self.end_cell()
        if self._row >= 0:
            self.grid.put(self._row, self._values)
        self._values = {}
