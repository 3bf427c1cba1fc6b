"""Workbooks read as they are stored: .xlsx (also Strict), .ods, Excel's XML of 2003.

Only what a table says is read, as a stream: values, dates by their number format and the workbook's own date system, merged
cells, sheets that are hidden. What a file claims of itself (its dimension, its styles, drawings that are missing) is not
believed and cannot stop the reading. Office Open XML: ECMA-376; OpenDocument 1.3.
"""
from __future__ import annotations

import posixpath
import re
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any, Callable, Dict, List, Mapping, Optional, Tuple
from xml.parsers import expat

from ...errors import InputError, message
from ...values import DAY_ZERO
from .sheet import DAY_ZERO_1904, MOST_ROWS, Grid, GridSheet, Sheet

#: One part of a workbook, unpacked.
_MOST_BYTES = 512 * 1024 ** 2
_BLOCK = 256 * 1024
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_NO_DATE_LETTERS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_MAX_SERIAL = 2_958_466  # 31 December 9999

#: A formula that is nothing but a text.
_CONSTANT = re.compile(r'=?"((?:[^"]|"")*)"')

Attributes = Mapping[str, str]


class Hostile(ValueError):
    """The XML declares a document type, which no workbook needs and an attack does."""


class XmlReader:
    """Walks through one XML stream; names come without their namespace. Override :meth:`start` and :meth:`end`."""

    def __init__(self) -> None:
        self.texts: List[str] = []
        self.listening = False

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self) -> str:
        """What was heard since :attr:`listening` was set; it is forgotten."""
        heard = "".join(self.texts)
        self.texts.clear()
        return heard

    def read(self, stream: IO[bytes]) -> None:
        """Raises ValueError or ExpatError where it is no sound XML."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, found: self.start(_local(name), {_local(key): value for key, value in found.items()})
        parser.EndElementHandler = lambda name: self.end(_local(name))
        parser.CharacterDataHandler = lambda data: self.texts.append(data) if self.listening else None
        parser.StartDoctypeDeclHandler = _refuse_doctype
        for block in iter(lambda: stream.read(_BLOCK), b""):
            parser.Parse(block, False)
        parser.Parse(b"", True)


def _local(name: str) -> str:
    return name.rsplit(" ", 1)[-1]


def _refuse_doctype(*_said: Any) -> None:
    raise Hostile("document type")


class _Collected(XmlReader):
    """Every element of some names as its attributes, in their order."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self._names = names
        self.found: List[Tuple[str, Dict[str, str]]] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name in self._names:
            self.found.append((name, dict(attributes)))


def read_xlsx(path: Path) -> List[Sheet]:
    """Every worksheet. Raises InputError where a sheet is too big, and what zipfile and expat raise for a damaged file."""
    with zipfile.ZipFile(path) as book:
        parts = _Parts(book, path.name)
        main = parts.target_of("_rels/.rels", "", lambda kind: kind.endswith("/officeDocument")) or "xl/workbook.xml"
        said = parts.elements(main, "sheet", "workbookPr")
        day_zero = DAY_ZERO_1904 if any(name == "workbookPr" and found.get("date1904") in ("1", "true", "on")
                                        for name, found in said) else DAY_ZERO
        related = parts.related(main)
        look = _Look(_shared(parts, related), _date_styles(parts, related), day_zero)
        grid, sheets = Grid(path.name), []
        for name, found in said:
            part = related.get(found.get("id", ""), ("", ""))
            if name == "sheet" and part[0].endswith("/worksheet"):
                reader = _SheetReader(look, grid.sheet())
                parts.read(part[1], reader)
                sheets.append(reader.sheet(found.get("name", ""), found.get("state", "visible") != "visible"))
    return sheets


class _Parts:
    """The parts of a package, whatever the case of their names."""

    def __init__(self, book: zipfile.ZipFile, file: str) -> None:
        self._book, self._file = book, file
        self._names = {info.filename.replace("\\", "/").lower(): info for info in book.infolist()}

    def read(self, name: str, reader: XmlReader) -> None:
        info = self._names.get(name.lower().lstrip("/"))
        if info is None:
            return
        if info.file_size > _MOST_BYTES:
            raise InputError("{file} would unpack to {size} MB, which no table of an office does.",
                             "Copy the rows that are meant into a workbook of their own.", file=self._file,
                             size=info.file_size // 1024 ** 2)
        with self._book.open(info) as stream:
            reader.read(stream)

    def elements(self, part: str, *names: str) -> List[Tuple[str, Dict[str, str]]]:
        reader = _Collected(*names)
        self.read(part, reader)
        return reader.found

    def target_of(self, rels: str, base: str, wanted: Callable[[str], bool]) -> Optional[str]:
        for _name, found in self.elements(rels, "Relationship"):
            if wanted(found.get("Type", "")):
                return _joined(base, found.get("Target", ""))
        return None

    def related(self, part: str) -> Dict[str, Tuple[str, str]]:
        """Id → kind and part of what a part refers to."""
        folder, name = posixpath.split(part)
        rels = self.elements(posixpath.join(folder, "_rels", f"{name}.rels"), "Relationship")
        return {found.get("Id", ""): (found.get("Type", ""), _joined(folder, found.get("Target", ""))) for _name, found in rels
                if found.get("TargetMode") != "External"}


def _joined(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def _shared(parts: _Parts, related: Mapping[str, Tuple[str, str]]) -> List[str]:
    part = next((target for kind, target in related.values() if kind.endswith("/sharedStrings")), None)
    reader = _SharedReader()
    if part is not None:
        parts.read(part, reader)
    return reader.strings


class _SharedReader(XmlReader):
    """Texts that cells share; how they are pronounced (rPh) is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: List[str] = []
        self._phonetic = False

    def start(self, name: str, attributes: Attributes) -> None:
        self._phonetic = name == "rPh" or self._phonetic
        self.listening = name == "t" and not self._phonetic or self.listening and name != "si"

    def end(self, name: str) -> None:
        if name == "t":
            self.listening = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            self.strings.append(self.text())


def _date_styles(parts: _Parts, related: Mapping[str, Tuple[str, str]]) -> List[bool]:
    """For each cell style whether its numbers are dates."""
    part = next((target for kind, target in related.values() if kind.endswith("/styles")), None)
    reader = _StyleReader()
    if part is not None:
        try:
            parts.read(part, reader)
        except (ValueError, expat.ExpatError):  # a look that cannot be read costs the looks alone
            pass
    return [number in _DATE_FORMATS or _is_date_format(reader.formats.get(number, "")) for number in reader.used]


def _is_date_format(code: str) -> bool:
    bare = _NO_DATE_LETTERS.sub("", code.split(";")[0]).lower()
    return "general" not in bare and any(letter in bare for letter in "ymdhs年月日") and "0" not in re.sub(r"ss\.0+", "", bare)


class _StyleReader(XmlReader):
    def __init__(self) -> None:
        super().__init__()
        self.formats: Dict[int, str] = {}
        self.used: List[int] = []
        self._cells = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            self.formats[_whole(attributes.get("numFmtId")) or 0] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._cells = True
        elif name == "xf" and self._cells:
            self.used.append(_whole(attributes.get("numFmtId")) or 0)

    def end(self, name: str) -> None:
        self._cells = self._cells and name != "cellXfs"


class _Look:
    """What the cells of a workbook refer to."""

    def __init__(self, shared: List[str], dates: List[bool], day_zero: date) -> None:
        self.shared, self.dates, self.day_zero = shared, dates, day_zero

    def value(self, kind: str, style: Optional[int], text: str) -> Any:
        """A cell's text in its kind; what contradicts its kind stays text."""
        if kind == "s":
            at = _whole(text)
            return self.shared[at] if at is not None and 0 <= at < len(self.shared) else None
        if kind in ("str", "inlineStr", "e"):
            return text or None
        if kind == "b":
            return text.strip() == "1" or text.strip().lower() == "true"
        if kind == "d":
            return _iso_moment(text)
        number = _number(text)
        is_date = style is not None and 0 <= style < len(self.dates) and self.dates[style]
        return moment_of(number, self.day_zero) if is_date and isinstance(number, (int, float)) else number


def moment_of(number: float, day_zero: date) -> Any:
    """An Excel date number as a moment (a time where it is less than a day); the number where no date can be meant."""
    if not 0 <= number < _MAX_SERIAL:
        return number
    if number < 1:
        return (datetime.min + timedelta(days=float(number))).time()
    whole = datetime.combine(day_zero, time()) + timedelta(milliseconds=round(float(number) * 86_400_000))
    early = day_zero == DAY_ZERO and number < 60  # Excel's 1900 has a 29 February
    return whole + timedelta(days=1) if early else whole


def _whole(text: Optional[str]) -> Optional[int]:
    return int(text) if text is not None and re.fullmatch(r"\s*\d{1,10}\s*", text) else None


def _number(text: str) -> Any:
    text = text.strip()
    if re.fullmatch(r"[+-]?\d{1,15}", text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text or None


def _iso_moment(text: str) -> Any:
    try:
        return datetime.fromisoformat(text.strip().rstrip("Z"))
    except ValueError:
        return text or None


class _SheetReader(XmlReader):
    """The cells of one worksheet."""

    def __init__(self, look: _Look, grid: GridSheet) -> None:
        super().__init__()
        self._look, self._grid = look, grid
        self._row, self._column = -1, -1
        self._values: Dict[int, Any] = {}
        self._kind, self._style = "n", None  # type: str, Optional[int]
        self._said: Optional[str] = None
        self._formula, self._phonetic, self._uncomputed = False, False, 0
        self._constant: Optional["re.Match[str]"] = None

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            place = _place(attributes.get("r"))
            self._column = place[1] if place else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), _whole(attributes.get("s"))
            self._said, self._formula, self._constant = None, False, None
        elif name == "row":
            number = _whole(attributes.get("r"))
            self._row = number - 1 if number else self._row + 1
            self._column, self._values = -1, {}
        elif name in ("v", "t"):
            self.listening = not self._phonetic
        elif name == "f":
            self._formula = self.listening = True
        elif name == "rPh":
            self._phonetic = True
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self.listening = False
            self._said = (self._said or "") + self.text()
        elif name == "rPh":
            self._phonetic = False
        elif name == "f":
            self.listening = False
            self._constant = _CONSTANT.fullmatch(self.text().strip())
        elif name == "c":
            if not self._said and self._constant is not None:  # ="T001": a text, computed or not
                self._kind, self._said = "str", self._constant.group(1).replace('""', '"')
            if self._said is not None and (self._said or self._kind in ("s", "str", "inlineStr")):
                self._values[self._column] = self._look.value(self._kind, self._style, self._said)
            elif self._formula:
                self._uncomputed += 1
        elif name == "row" and self._row >= 0:
            self._grid.put(self._row, self._values)

    def _merge(self, ref: str) -> None:
        first, _colon, last = ref.partition(":")
        start, stop = _place(first), _place(last)
        if start and stop:
            self._grid.merge(start[0], stop[0], start[1], stop[1])

    def sheet(self, name: str, hidden: bool) -> Sheet:
        remarks = self._grid.remarks(name)
        if self._uncomputed:
            remarks.append(message("Sheet {sheet}: {n} cells hold formulas that no program has computed yet; they were read as empty. "
                                   "Open the workbook in Excel or WPS, save it and read it again.", sheet=name, n=self._uncomputed))
        return Sheet(name, self._grid.rows, self._grid.merged, self._look.day_zero, hidden, remarks=remarks)


def _place(ref: Optional[str]) -> Optional[Tuple[int, int]]:
    """``C7`` → row 6, column 2."""
    found = re.fullmatch(r"\$?([A-Za-z]{1,4})\$?(\d{1,9})", ref or "")
    if not found:
        return None
    column = 0
    for letter in found.group(1).upper():
        column = column * 26 + ord(letter) - 64
    return int(found.group(2)) - 1, column - 1


def read_ods(path: Path) -> List[Sheet]:
    """Every table of an OpenDocument spreadsheet. Raises InputError for one with a password."""
    with zipfile.ZipFile(path) as book:
        parts = _Parts(book, path.name)
        if parts.elements("META-INF/manifest.xml", "encryption-data"):
            raise with_password(path)
        reader = _OdsReader(Grid(path.name))
        parts.read("content.xml", reader)
    return reader.sheets


def read_flat_ods(path: Path) -> List[Sheet]:
    """Every table of an OpenDocument spreadsheet that is one XML file (.fods)."""
    reader = _OdsReader(Grid(path.name))
    with path.open("rb") as stream:
        reader.read(stream)
    return reader.sheets


def with_password(path: Path) -> InputError:
    """The error for an encrypted workbook, to be raised by the caller."""
    return InputError("{file} is protected by a password.", "Open it with its password, save it without one, and read it again.",
                      file=path.name)


class _OdsReader(XmlReader):
    """Tables of content.xml; what is repeated is written once with a count."""

    def __init__(self, grid: Grid) -> None:
        super().__init__()
        self._grid, self.sheets = grid, []  # type: Grid, List[Sheet]
        self._table: Optional[GridSheet] = None
        self._name, self._row, self._repeat = "", 0, 1
        self._column, self._cell, self._values = 0, {}, {}  # type: int, Dict[str, str], Dict[int, Any]
        self._note = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "table" and self._table is None:
            self._table, self._name, self._row = self._grid.sheet(), attributes.get("name", ""), 0
        elif name == "table-row":
            self._repeat = _whole(attributes.get("number-rows-repeated")) or 1
            self._column, self._values = 0, {}
        elif name in ("table-cell", "covered-table-cell"):
            self._cell = dict(attributes)
            self.text()
        elif name == "annotation":
            self._note += 1
        elif name == "p" and self._note == 0:
            self.listening = True
            if self.texts:
                self.texts.append("\n")

    def end(self, name: str) -> None:
        if name == "p":
            self.listening = False
        elif name == "annotation":
            self._note -= 1
        elif name in ("table-cell", "covered-table-cell"):
            self._take_cell()
        elif name == "table-row":
            self._take_row()
        elif name == "table" and self._table is not None:
            self.sheets.append(Sheet(self._name, self._table.rows, self._table.merged, remarks=self._table.remarks(self._name)))
            self._table = None

    def _take_cell(self) -> None:
        value, times = _ods_value(self._cell, self.text()), _whole(self._cell.get("number-columns-repeated")) or 1
        across, down = (_whole(self._cell.get(f"number-{what}-spanned")) or 1 for what in ("columns", "rows"))
        if self._table is not None and (across > 1 or down > 1):
            self._table.merge(self._row, self._row + down - 1, self._column, self._column + across - 1)
        if value is not None:
            self._values.update({self._column + at: value for at in range(min(times, 2000))})
        self._column += times

    def _take_row(self) -> None:
        if self._table is not None and self._values:
            for at in range(min(self._repeat, MOST_ROWS)):
                self._table.put(self._row + at, self._values)
        self._row += self._repeat


def _ods_value(cell: Mapping[str, str], text: str) -> Any:
    kind = cell.get("value-type", "")
    if kind in ("float", "percentage", "currency"):
        number = _number(cell.get("value", ""))
        return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 1e15 else number
    if kind == "date":
        return _iso_moment(cell.get("date-value", ""))
    if kind == "boolean":
        return cell.get("boolean-value") == "true"
    return text or None


def read_xml_2003(path: Path) -> List[Sheet]:
    """Excel's XML of 2003, which web systems still write under the name .xls."""
    reader = _Xml2003Reader(Grid(path.name))
    with path.open("rb") as stream:
        reader.read(stream)
    return reader.sheets


class _Xml2003Reader(XmlReader):
    def __init__(self, grid: Grid) -> None:
        super().__init__()
        self._grid, self.sheets = grid, []  # type: Grid, List[Sheet]
        self._table = grid.sheet()
        self._name, self._row, self._column, self._kind = "", -1, -1, ""
        self._values: Dict[int, Any] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Worksheet":
            self._table, self._name, self._row = self._grid.sheet(), attributes.get("Name", ""), -1
        elif name == "Row":
            self._row = (_whole(attributes.get("Index")) or self._row + 2) - 1
            self._column, self._values = -1, {}
        elif name == "Cell":
            self._column = (_whole(attributes.get("Index")) or self._column + 2) - 1
            across, down = (_whole(attributes.get(key)) or 0 for key in ("MergeAcross", "MergeDown"))
            self._table.merge(self._row, self._row + down, self._column, self._column + across)
            self._after = across
        elif name == "Data":
            self._kind, self.listening = attributes.get("Type", "String"), True
            self.text()

    def end(self, name: str) -> None:
        if name == "Data":
            self.listening = False
            text = self.text()
            self._values[self._column] = {"Number": _number, "DateTime": _iso_moment}.get(self._kind, lambda said: said or None)(text)
        elif name == "Cell":
            self._column += self._after
        elif name == "Row":
            self._table.put(self._row, self._values)
        elif name == "Worksheet":
            self.sheets.append(Sheet(self._name, self._table.rows, self._table.merged, remarks=self._table.remarks(self._name)))
