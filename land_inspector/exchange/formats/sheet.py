"""What a table is, whatever file it came from: rows with their real positions, merged cells, what was left out."""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ...errors import InputError, Message, message
from ...values import DAY_ZERO


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
