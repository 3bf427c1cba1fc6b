"""Columns of offices' tables: headings in one line or two, brackets of either width, units in brackets, codes or Chinese names."""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, Message, message
from .formats.headings import UNITS, read_heading
from .formats.sheet import DAY_ZERO, Merged, Sheet
from .import_findings import listed

TEXT, LABEL, DAY, LAND, BUILDING, MONEY = "text", "label", "day", "land", "building", "money"
PERSONS, YES, FIGURE, COUNT = "persons", "yes", "figure", "count"
#: unit → factor to m² or yuan
AREA_UNITS = {"m2": Fraction(1), "mu": Fraction(2000, 3), "ha": Fraction(10_000), "wm2": Fraction(10_000)}
MONEY_UNITS = {"yuan": 1, "wyuan": 10_000}


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
    """Where a field stands. ``unit`` as in :data:`AREA_UNITS` and :data:`MONEY_UNITS`; ``part`` 0 or 1 of a cell written 5/3;
    ``day_zero`` is what the table's date numbers count from."""

    field: TableField
    at: int
    unit: Optional[str]
    heading: str
    part: Optional[int] = None
    day_zero: date = DAY_ZERO


Columns = Dict[str, Column]


def _bare(key: str) -> str:
    return key.replace("/", "").replace("_", "")


class FieldSet:
    """The fields that a kind of table may have.

    ``pairs``: headings of one column for two figures, written 5/3. ``settle`` tells fields apart that share a word.
    """

    def __init__(self, fields: Sequence[TableField], pairs: Optional[Mapping[str, Tuple[str, str]]] = None,
                 settle: Optional[Callable[[Columns], Columns]] = None):
        self.by_name = {field.name: field for field in fields}
        named = [(alias, field) for field in reversed(fields) for alias in reversed(field.aliases)]
        self._by_alias = {**{_bare(read_heading(alias)[0]): field for alias, field in named},
                          **{_bare(alias.upper()): field for alias, field in named}}
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
        pair = self._pairs.get(key.replace("_", ""))
        if pair is not None:
            return [Column(self.by_name[name], at, unit, heading, part) for part, name in enumerate(pair)]
        field = self._by_alias.get(_bare(key))
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


@dataclass(frozen=True)
class FoundTable:
    """A sheet with the headings that were looked for; its data begin at index ``first`` of its rows."""

    sheet: Sheet
    headings: List[Any]
    first: int
    columns: Columns

    def lines(self) -> List[Tuple[int, Sequence[Any]]]:
        """Row number in the file and cells of each row below the headings; a merged cell counts in every row that it spans."""
        return list(enumerate(self.sheet.filled(self.first), self.first + self.sheet.counts_from))

    def spans(self, names: Sequence[str]) -> List[Merged]:
        """Merged cells over several rows in the first of these columns that has any, below the headings."""
        for name in names:
            at = self.columns[name].at if name in self.columns else None
            found = [one for one in self.sheet.merged if one[2] == at and one[1] > one[0] >= self.first]
            if found:
                return found
        return []


#: A line above the headings that names the units of all columns: 单位：亩、万元.
_UNIT = r"(?:万平方米|平方米|平米|公顷|㎡|m2|hm2|亩|万元|元|个|宗|件|%|％)"
_STATED_UNITS = re.compile(rf"单位[：:]?({_UNIT}(?:[、，,;；/及和]*(?:面积|金额|价款|计量)?(?:单位[：:]?)?{_UNIT})*)(?=$|[）)\]】。填制日时统])", re.IGNORECASE)


def stated_units(rows: Sequence[Sequence[Any]]) -> Dict[str, str]:
    """Units that lines above the headings state for the whole table, by kind of cell (LAND, MONEY); two of one kind state none."""
    found: Dict[str, set] = {LAND: set(), MONEY: set()}
    for cell in (cell for row in rows for cell in row if isinstance(cell, str)):
        said = _STATED_UNITS.search(re.sub(r"\s", "", unicodedata.normalize("NFKC", cell)))
        for word in re.findall(_UNIT, said.group(1), re.IGNORECASE) if said else ():
            unit = UNITS.get(word.lower())
            for kind, known in ((LAND, AREA_UNITS), (MONEY, MONEY_UNITS)):
                if unit in known:
                    found[kind].add(unit)
    return {kind: units.pop() for kind, units in found.items() if len(units) == 1}


def tables_with(sheets: Sequence[Sheet], fields: FieldSet, wanted: Sequence[str], mapping: Optional[Mapping[str, str]], file: str
                ) -> Tuple[List[FoundTable], List[Message]]:
    """The sheets in whose headings one of the ``wanted`` fields stands, and why each of the others was left.

    Hidden sheets are left where a visible one has the headings. Raises InputError where MAPPING fits no sheet.
    """
    found: List[FoundTable] = []
    left: List[Message] = []
    wrong: List[InputError] = []
    for sheet in sheets:
        if not any(any(cell not in (None, "") for cell in row) for row in sheet.rows):
            continue
        try:
            headings, first = heading_rows(sheet.rows, fields, mapping)
            columns = fields.recognised(headings, mapping, file)
        except InputError as error:
            wrong.append(error)
            left.append(message("Sheet {sheet} was left: {reason}", sheet=sheet.name, reason=error.message))
            continue
        if any(name in columns for name in wanted):
            stated = stated_units(sheet.rows[:max(first - 1, 0)])
            dated = {name: replace(column, day_zero=sheet.day_zero, unit=column.unit or stated.get(column.field.kind))
                     for name, column in columns.items()}
            found.append(FoundTable(sheet, headings, first, dated))
        else:
            left.append(message("Sheet {sheet} ({n} rows) was left: none of its first rows has the headings that are needed.",
                                sheet=sheet.name, n=len(sheet.rows)))
    if wrong and not found:
        raise wrong[0]
    shown = [table for table in found if not table.sheet.hidden]
    left += [message("Sheet {sheet} ({n} rows) was left: it is hidden.", sheet=table.sheet.name, n=len(table.sheet.rows))
             for table in found if shown and table.sheet.hidden]
    return shown or found, left
