"""What a table is, whatever file it came from: rows with their real positions, merged cells, what was left out; and its cells as
people and programs leave them, made into clean text and numbers.
"""
from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ...errors import InputError, Message, message
from ...values import DAY_ZERO
from ..report import Notes, listed


#: Day 0 of the date numbers of workbooks that count from 1904.
DAY_ZERO_1904 = date(1904, 1, 1)
#: No office's table is wider or longer; what lies beyond is left out and said.
MOST_COLUMNS, MOST_ROWS = 1000, 1_048_576
#: Cells of one file that are kept in memory (some 500 MB at most).
MOST_CELLS = 20_000_000

#: first row, last row, first column, last column; all count from 0
Merged = Tuple[int, int, int, int]


@dataclass
class Sheet:
    """One table. ``rows[i]`` is row ``i + counts_from`` of the file; ``day_zero`` is what its date numbers count from.

    ``merged`` are its merged cells, whose value stands in the first of them alone; ``remarks`` say what was not read.
    """

    name: str
    rows: List[Sequence[Any]]
    merged: List[Merged] = field(default_factory=list)
    day_zero: date = DAY_ZERO
    hidden: bool = False
    counts_from: int = 1
    remarks: List[Message] = field(default_factory=list)

    def filled(self, first: int) -> List[Sequence[Any]]:
        """The rows from index ``first`` on, with the value of a merged cell in each row that it spans."""
        rows = [list(row) for row in self.rows[first:]]
        for top, bottom, left, _right in self.merged:
            value = self.rows[top][left] if top < len(self.rows) and left < len(self.rows[top]) else None
            if value is None or bottom < first:
                continue
            for at in range(max(top + 1, first), min(bottom, len(self.rows) - 1) + 1):
                row = rows[at - first]
                row.extend([None] * (left + 1 - len(row)))
                row[left] = value if row[left] is None else row[left]
        return list(rows)


class Grid:
    """Rows being gathered: sparse, bounded, in the order of the file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.cells = 0

    def sheet(self) -> "GridSheet":
        """A new table whose cells count towards this file's limit."""
        return GridSheet(self)

    def take(self, number: int) -> None:
        """Count cells; raises InputError beyond what any office's table holds."""
        self.cells += number
        if self.cells > MOST_CELLS:
            raise InputError("{file} holds more than {n} million cells, which no table of an office does.",
                             "Copy the rows that are meant into a workbook of their own.", file=self.file, n=MOST_CELLS // 1_000_000)


class GridSheet:
    """The cells of one table, put in by row and column (from 0)."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self.rows: List[Sequence[Any]] = []
        self.merged: List[Merged] = []
        self.beyond = 0

    def put(self, row: int, values: Dict[int, Any]) -> None:
        """A whole row; an earlier one of the same number is completed. Nothing for a row of empty cells."""
        kept = {at: value for at, value in values.items() if value is not None and value != "" and at < MOST_COLUMNS}
        self.beyond += sum(at >= MOST_COLUMNS and value not in (None, "") for at, value in values.items())
        if not kept:
            return
        if row >= MOST_ROWS:
            self.beyond += len(kept)
            return
        self.rows.extend(() for _ in range(row + 1 - len(self.rows)))
        line = list(self.rows[row])
        line.extend([None] * (max(kept) + 1 - len(line)))
        self._grid.take(len(line))
        for at, value in kept.items():
            line[at] = value
        self.rows[row] = line

    def merge(self, top: int, bottom: int, left: int, right: int) -> None:
        """Cells that are one; what spans no row more than once or lies beyond the table is not kept."""
        if (bottom > top or right > left) and left < MOST_COLUMNS and top < MOST_ROWS and len(self.merged) < 200_000:
            self.merged.append((top, bottom, left, right))

    def remarks(self, name: str) -> List[Message]:
        """What was left out of the sheet called ``name``; empty where nothing was."""
        if not self.beyond:
            return []
        return [message("Sheet {sheet}: {n} cells beyond column {columns} were left out.", sheet=name, n=self.beyond,
                        columns=MOST_COLUMNS)]


# Headings of columns reduced to what they say: one reading for patch files, ledgers and tables of verdicts.

#: Words for units → the unit; an empty one only counts something.
UNITS = {"亩": "mu", "mu": "mu", "平方米": "m2", "平米": "m2", "m2": "m2", "m^2": "m2", "㎡": "m2", "m": "m2", "公顷": "ha", "hm2": "ha",
         "ha": "ha", "万平方米": "wm2", "万m2": "wm2", "万元": "wyuan", "亿元": "yyuan", "元": "yuan", "人": "persons", "宗": "", "个": "",
         "m?": "m2", "万m?": "wm2"}  # GBK has no ²
_BRACKETED = re.compile(r"[(\[【〔{]+([^()\[\]【】〔〕{}]*)[)\]】〕}]*")
_AFTER_LINE = re.compile(r"(?<=[^_])_+(亩|MU|M2|平方米|平米|公顷|HM2|HA)$", re.IGNORECASE)
#: Units that a heading may end in without any bracket.
_ENDINGS = ("万平方米", "平方米", "平米", "公顷", "万元", "亿元", "亩")
_MARKS = re.compile(r"[()\[\]【】〔〕{}:,、·*\"'-]")
_OF_A_TABLE = re.compile(r".*\.[^.]*[^\d.][^.]*$")


def read_heading(heading: Any) -> Tuple[str, Optional[str]]:
    """``监测面积（亩）`` → 监测面积, mu; ``t2021_wpjc.jcbh`` → JCBH. Upper case, without brackets and blanks.

    A bracket that holds no unit (其中：耕地) counts as part of the name. Underscores stay: they part codes.
    """
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", str(heading if heading is not None else "")))
    text = text.rsplit(".", 1)[-1] if _OF_A_TABLE.match(text) else text
    unit: Optional[str] = None
    for found in list(_BRACKETED.finditer(text))[::-1]:
        said = UNITS.get(found.group(1).lower())
        if said is not None and found.start() > 0:
            unit = unit or said or None
            text = text[:found.start()].rstrip("_") + text[found.end():]
    after = _AFTER_LINE.search(text)
    if after and unit is None:
        unit, text = UNITS[after.group(1).lower()], text[:after.start()]
    bare = _MARKS.sub("", text).strip("_")
    if unit is None:
        ending = next((word for word in _ENDINGS if bare.endswith(word) and bare != word), None)
        unit, bare = (UNITS[ending], bare[:-len(ending)]) if ending else (None, bare)
    return bare.upper(), unit


# Cell values as people and programs leave them, made into clean text and numbers.

_EMPTY = {"", "<null>", "null", "none", "nan", "<空>", "n/a", "-", "--", "/"}
#: What stands for no figure and no day in an office's table.
NOTHING = _EMPTY | {"无", "没有", "未", "暂无", "—", "——", "–", "\\", "∕", "／"}
#: What no text of an office holds and no output can take: controls, half characters, marks of direction.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
_VALUE = re.compile(r"^([+-]?[\d.,]+(?:E[+-]?\d+)?)\s*(亩|MU|M2|M\^2|平方米|平米|公顷|HM2|HA)?$", re.IGNORECASE)
_UNITS = {"亩": "mu", "MU": "mu", "M2": "m2", "M^2": "m2", "平方米": "m2", "平米": "m2", "公顷": "ha", "HM2": "ha", "HA": "ha"}


def text_of(value: Any) -> Optional[str]:
    """Trimmed text; whole floats without their ``.0``; what stands for "nothing" is None."""
    if value is None:
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        value = int(value) if value.is_integer() and abs(value) < 1e18 else repr(value)
    text = _CONTROLS.sub("", str(value)).replace("\ufeff", "").strip().strip("\u3000\u200b\xa0").strip()
    return None if text.lower() in _EMPTY else text


def code_of(value: Any) -> Optional[str]:
    """A number or code: full-width letters and digits made ordinary, spaces inside and a float's ``.0`` dropped."""
    text = text_of(value)
    if text is None:
        return None
    text = re.sub(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+", "", unicodedata.normalize("NFKC", text))
    return text[:-2] if re.fullmatch(r"\d+\.0", text) else text


def number_of(value: Any) -> Tuple[Optional[float], Optional[str]]:
    """A number and the unit written behind it (``1，234.5 亩`` → 1234.5, mu). Raises ValueError if it is none."""
    if value is None or isinstance(value, bool):
        return None, None
    if isinstance(value, (int, float)):
        return (float(value), None) if math.isfinite(value) else (None, None)
    text = text_of(unicodedata.normalize("NFKC", str(value)).replace("，", ",").replace("、", ","))
    if text is None:
        return None, None
    found = _VALUE.match(re.sub(r"(?<=\d)[ '](?=\d)", "", text))
    if not found:
        raise ValueError(text)
    digits = found.group(1)
    if _THOUSANDS.match(digits):
        digits = digits.replace(",", "")
    if re.search(r",\d{3}", digits):  # 1,6000 are sixteen thousand to one and one point six to another
        raise ValueError(text)
    number = float(digits.replace(",", ".") if digits.count(",") == 1 and "." not in digits else digits)
    unit = _UNITS[found.group(2).upper()] if found.group(2) else None
    return (number, unit) if math.isfinite(number) else (None, None)


def clean_texts(name: str, values: Sequence[Any], codes: bool, notes: Notes) -> List[Optional[str]]:
    """A text column; how many cells had to be trimmed is reported once."""
    clean = code_of if codes else text_of
    known = {}
    for value in values:
        if value.__class__ is not float and value not in known:
            known[value] = clean(value)
    result = [known[value] if value.__class__ is not float else clean(value) for value in values]
    changed = [i for i, (raw, text) in enumerate(zip(values, result)) if isinstance(raw, str) and text is not None and raw != text]
    if changed:
        notes.add("I", message("Field {name}: {n} values had spaces around them or full-width digits; they were cleaned.",
                               name=name, n=len(changed)))
    return result


def clean_numbers(name: str, values: Sequence[Any], rows: Sequence[int], notes: Notes
                  ) -> Tuple[List[Optional[float]], List[Optional[str]]]:
    """A column of numbers and the unit written behind each, if any; what is no number is reported by row."""
    found: List[Tuple[Optional[float], Optional[str]]] = []
    wrong = []
    for row, value in zip(rows, values):
        try:
            found.append(number_of(value))
        except ValueError:
            found.append((None, None))
            wrong.append((row, value))
    _note_wrong(name, wrong, notes)
    units = {unit for _number, unit in found if unit}
    if len(units) > 1:
        notes.add("I", message("Field {name} has values in the units {units}; each was taken in its own.", name=name,
                               units=listed(sorted(units))), rule="R05")
    return [number for number, _unit in found], [unit for _number, unit in found]


def _note_wrong(name: str, wrong: List[Tuple[int, Any]], notes: Notes) -> None:
    for row, value in wrong:
        notes.add("W", message("Field {name}: {value} is not a number; it was left empty.", name=name, value=str(value)[:40]),
                  message("Ask the issuer for the right value."), row=row)
