"""Columns of offices' tables: headings in one line or two, brackets of either width, units in brackets, codes or Chinese names."""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError
from .import_findings import listed

TEXT, LABEL, DAY, LAND, BUILDING, MONEY = "text", "label", "day", "land", "building", "money"
PERSONS, YES, FIGURE, COUNT = "persons", "yes", "figure", "count"
#: unit → factor to m² or yuan
AREA_UNITS = {"m2": Fraction(1), "mu": Fraction(2000, 3), "ha": Fraction(10_000), "wm2": Fraction(10_000)}
MONEY_UNITS = {"yuan": 1, "wyuan": 10_000}
_UNITS = {"亩": "mu", "平方米": "m2", "平米": "m2", "m2": "m2", "㎡": "m2", "公顷": "ha", "hm2": "ha", "万平方米": "wm2", "万m2": "wm2",
          "万元": "wyuan", "元": "yuan", "人": "persons", "宗": "", "个": "", "mu": "mu",
          "m?": "m2", "万m?": "wm2"}  # GBK has no ²
_BRACKETED = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]?")


@dataclass(frozen=True)
class TableField:
    """``name`` is what MAPPING calls it (the dictionary's code where it has one)."""

    name: str
    kind: str
    aliases: Tuple[str, ...]


def table_fields(*specs: Tuple[str, str, str]) -> Tuple[TableField, ...]:
    """(name, kind, further headings with blanks between them)."""
    return tuple(TableField(name, kind, (name, *aliases.split())) for name, kind, aliases in specs)


@dataclass(frozen=True)
class Column:
    """Where a field stands. ``unit`` as in :data:`AREA_UNITS` and :data:`MONEY_UNITS`; ``part`` 0 or 1 of a cell written 5/3."""

    field: TableField
    at: int
    unit: Optional[str]
    heading: str
    part: Optional[int] = None


Columns = Dict[str, Column]


class FieldSet:
    """The fields that a kind of table may have.

    ``pairs``: headings of one column for two figures, written 5/3. ``settle`` tells fields apart that share a word.
    """

    def __init__(self, fields: Sequence[TableField], pairs: Optional[Mapping[str, Tuple[str, str]]] = None,
                 settle: Optional[Callable[[Columns], Columns]] = None):
        self.by_name = {field.name: field for field in fields}
        self._by_alias = {alias.upper(): field for field in fields for alias in field.aliases}
        self._pairs, self._settle = dict(pairs or {}), settle

    def recognised(self, headings: Sequence[Any], mapping: Optional[Mapping[str, str]] = None, file: str = "") -> Columns:
        """Columns by field; ``mapping`` (field → heading) wins. Raises InputError for a mapping that names what is not there."""
        read = [read_heading(heading) for heading in headings]
        found: Columns = {}
        for name, heading in (mapping or {}).items():
            at = self._position(name, heading, headings, file)
            found[name.upper()] = Column(self.by_name[name.upper()], at, read[at][1], str(headings[at]))
        taken = {column.at for column in found.values()}
        for at, (key, unit) in enumerate(read):
            if at not in taken:
                for column in self._columns(key, unit, at, str(headings[at] or "")):
                    found.setdefault(column.field.name, column)
        return self._settle(found) if self._settle else found

    def _columns(self, key: str, unit: Optional[str], at: int, heading: str) -> List[Column]:
        if key in self._pairs:
            return [Column(self.by_name[name], at, unit, heading, part) for part, name in enumerate(self._pairs[key])]
        field = self._by_alias.get(key.replace("/", "").upper())
        return [] if field is None else [Column(field, at, unit, heading)]

    def _position(self, name: str, heading: str, headings: Sequence[Any], file: str) -> int:
        if name.upper() not in self.by_name:
            raise InputError("MAPPING names {standard}, which is no standard field; they are {fields}.", "Correct MAPPING.", standard=name,
                             fields=listed(self.by_name, 80))
        for at, known in enumerate(headings):
            if known is not None and (str(known).strip() == heading.strip() or read_heading(known)[0] == read_heading(heading)[0]):
                return at
        raise InputError("MAPPING names the field {name} for {standard}, but {file} has no such field; it has {fields}.",
                         "Correct MAPPING.", name=heading, standard=name, file=file, fields=listed([one for one in headings if one], 60))


def read_heading(heading: Any) -> Tuple[str, Optional[str]]:
    """``拆除面积（亩）`` → 拆除面积, mu. A bracket that holds no unit (其中：耕地) counts as part of the name."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", str(heading if heading is not None else ""))).strip("*")
    unit = None
    for inside in _BRACKETED.findall(text):
        if inside.lower() in _UNITS:
            unit = _UNITS[inside.lower()] or unit
            text = text.replace(inside, "")
    bare = re.sub(r"[()\[\]【】〔〕:,、·\"'_-]", "", text)
    if unit is None:
        ending = next((word for word in ("万平方米", "平方米", "万元", "亩") if bare.endswith(word) and bare != word), None)
        unit, bare = (_UNITS[ending], bare[:-len(ending)]) if ending else (None, bare)
    return bare, unit


def heading_rows(rows: Sequence[Sequence[Any]], fields: FieldSet, mapping: Optional[Mapping[str, str]] = None, most: int = 10
                 ) -> Tuple[List[Any], int]:
    """The headings and how many rows they and what stands above them take; two lines are read as one where that says more."""
    wanted = {heading.strip() for heading in (mapping or {}).values()}
    best: Tuple[int, List[Any], int] = (0, [], 0)
    for at, row in enumerate(rows[:most]):
        single, double = list(row), _two_lines(row, rows[at + 1]) if at + 1 < len(rows) else []
        for headings, used in ((single, at + 1), (double, at + 2)):
            score = len(fields.recognised(headings)) + sum(str(heading).strip() in wanted for heading in headings)
            if score > best[0]:
                best = (score, headings, used)
    return best[1], best[2]


def _two_lines(upper: Sequence[Any], lower: Sequence[Any]) -> List[Any]:
    """A merged cell of the upper line stands over all lower cells up to the next one."""
    joined: List[Any] = []
    over = ""
    for at in range(max(len(upper), len(lower))):
        top, below = (line[at] if at < len(line) else None for line in (upper, lower))
        over = str(top) if top not in (None, "") else over if below not in (None, "") else ""
        joined.append(f"{over}{below}" if below not in (None, "") else top)
    return joined
