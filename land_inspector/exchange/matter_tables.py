"""An office's table or layer of a ledger (xlsx, xls, csv, dbf, any vector file) as rows that the register can take
over.

Headings are recognised by the field's code, its name in either language, and the further headings of the pack; cells
are read as people write them. What cannot be read is said with its row, never guessed. A layer's rows bring their
outline, the area measured by the register's method and, where no column names it, the township in which most of it
lies.
"""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import shapely

from ..errors import InputError, LandInspectorError, Message, message
from ..evidence.vector_files import LAYER_SUFFIXES
from ..law.matters.kind import (AREA, CODE, COUNT, DATE, FLAG, MONEY, NONE, NUMBER, NUMBER_FIELD, PERSON, TEXT,
                                TOWNSHIP, TOWNSHIP_FIELD, KindField,
                                MatterKind)
from ..law.matters.machine import Law
from ..progress import Progress
from ..register.matters import MatterRow, township_at
from ..register.records import IssuedPatch, Township
from . import ledger_columns as cells
from .formats.tables import read_tables
from .report import listed
from .intake.geometry import NO_GEOMETRY
from .intake.patches import take_in, take_points
from .intake.sources import take_apart
from .ledger_columns import (
    Column, DAY, FieldSet, FoundTable, LAND, MONEY as MONEY_CELL, SIGNED, SUMS, TEXT as TEXT_CELL, TableField, YES, tables_with,
)
from .ledger_tables import first_cells
from .formats.sheet import NOTHING, code_of, number_of, text_of

STATE, STATE_ON, ENTERED_ON = "ZT", "ZTRQ", "DJRQ"
_STATE_HEADINGS = ("状态", "办理状态", "当前状态", "办理进度", "整改状态", "State")
_STATE_ON_HEADINGS, _ENTERED_HEADINGS = ("状态日期", "State since"), ("登记日期", "立账日期", "建账日期", "发现日期")
_CELLS = {TEXT: TEXT_CELL, PERSON: TEXT_CELL, TOWNSHIP: TEXT_CELL, CODE: TEXT_CELL, DATE: DAY, AREA: LAND,
          MONEY: MONEY_CELL, FLAG: YES,
          NUMBER: TEXT_CELL, COUNT: TEXT_CELL}
_COLUMN_NUMBER = re.compile(r"[（(\[]?(\d{1,2})[）)\]]?(?:[=＝].*)?$")
#: Nobody knows: neither yes nor no.
_UNKNOWN = ("不详", "不清", "不明", "不知", "未知", "未核", "未查", "待", "unknown", "not known", "?", "？")
_PUNCTUATION = re.compile(r"[\s（）()、，,；;/或和及与]")
_NO_NUMBER = re.compile(r"(?:尚?未|无|没有?|待|正在|不)[^\dA-Za-z〔（(]*")
_FEWEST = 4  # a shorter text may be short for much
_AFTER_NUMBER = re.compile(r"[年个件宗人户次层处栋幢笔‰%％]+$")
_SUFFIXES = ("街道办事处", "街道", "镇", "乡", "苏木", "地区")
_UNIT_NAMES = {"m2": message("m²"), "mu": message("mu"), "ha": message("hectares"), "wm2": message("10 000 m²"),
               "yuan": message("yuan"), "wyuan": message("10 000 yuan"), "yyuan": message("100 000 000 yuan")}


@dataclass(frozen=True)
class MatterTable:
    """What a file holds. ``columns`` tell how each heading was understood; ``ignored`` are headings that nothing is
    taken from; ``told`` says what the file holds, what was read of it, and what was left and why."""

    file: str
    rows: List[MatterRow]
    columns: Mapping[str, Column]
    ignored: List[str] = field(default_factory=list)
    told: List[Message] = field(default_factory=list)

    def remarks(self, kind: MatterKind) -> List[Message]:
        """How headings were understood, and those from which nothing was taken."""
        found = [message("{heading} was read as “{field}” in {unit}.", heading=column.heading, field=_label(kind, name),
                         unit=_UNIT_NAMES[column.unit or "m2"])
                 for name, column in self.columns.items() if column.field.kind == LAND]
        found += [message("{heading} names no unit and was read as yuan.", heading=column.heading) if column.unit is None
                  else message("{heading} was read as “{field}” in {unit}.", heading=column.heading, field=_label(kind, name),
                               unit=_UNIT_NAMES[column.unit])
                  for name, column in self.columns.items() if column.field.kind == MONEY_CELL]
        return found + ([message("Nothing was taken from: {headings}.", headings=listed(self.ignored, 60))]
                        if self.ignored else [])


def _label(kind: MatterKind, name: str) -> Message:
    return kind.fields[name].label if name in kind.fields else message("State")


def field_set(kind: MatterKind) -> FieldSet:
    """The headings by which a table of the kind is recognised."""
    fields = [TableField(one.name, _CELLS[one.kind], _aliases(kind, one)) for one in kind.fields.values()]
    fields += [TableField(name, kind_, words) for name, kind_, words in (
        (STATE, TEXT_CELL, (STATE, *_STATE_HEADINGS)), (STATE_ON, DAY, (STATE_ON, *_STATE_ON_HEADINGS)),
        (ENTERED_ON, DAY, _ENTERED_HEADINGS))
               if name not in kind.fields]
    if STATE in kind.fields:  # a ledger with a field of that code keeps it; its states go by their names
        fields.append(TableField("STATE", TEXT_CELL, _STATE_HEADINGS))
    return FieldSet(fields, settle=_units_of_siblings, by_lower=True)


def _aliases(kind: MatterKind, one: KindField) -> Tuple[str, ...]:
    words = (one.name, one.label.zh, one.label.template, *one.headings)
    return tuple(dict.fromkeys("".join(word.split()) for word in words))


def _units_of_siblings(found: Dict[str, Column]) -> Dict[str, Column]:
    """Columns of land, and those of money, without a unit take the one that their siblings agree on."""
    for kind in (LAND, MONEY_CELL):
        units = {column.unit for column in found.values() if column.field.kind == kind and column.unit}
        if len(units) == 1:
            unit = units.pop()
            found = {name: replace(column, unit=unit) if column.field.kind == kind and column.unit is None else column
                     for name, column in found.items()}
    return found


def read_matters(kind: MatterKind, source: str, law: Law, townships: Sequence[Township], crs: str,
                 mapping: Optional[Mapping[str, str]] = None, area_method: str = "E",
                 progress: Optional[Progress] = None) -> MatterTable:
    """Every row of all sheets (or of a layer) that have the headings, in their order, with their place in the file.

    ``mapping`` is {field: heading}. Raises InputError where the file cannot be read, no column names the number, or
    MAPPING is wrong.
    """
    progress, target = progress or Progress(), take_apart(source, None)
    sheets = read_tables(target.path, target.layer, progress.part(0.0, 0.3))
    fields = field_set(kind)
    found, left = tables_with(sheets, fields, (NUMBER_FIELD,), mapping, target.path.name)
    if not found:
        raise InputError("{file} has no column with the number of each matter ({field}); it has {fields}.",
                         "Name the column {field}, or say which it is in MAPPING: {{\"TZBH\": \"heading\"}}.",
                         file=target.path.name,
                         field=kind.fields[NUMBER_FIELD].label.zh, fields=first_cells(sheets))
    reader = _RowReader(kind, townships, law)
    rows: List[MatterRow] = []
    told = [*(remark for table in found for remark in table.sheet.remarks), *left]
    for table in found:
        read, skipped = reader.rows(table, table.sheet.name if len({one.sheet.name for one in found}) > 1 else "")
        rows += read
        told.append(message("Sheet {sheet}: {n} rows below the headings were read; {left} more are blank, sums or "
                            "signatures.",
                            sheet=table.sheet.name, n=len(read), left=skipped))
    told += reader.told
    if kind.geometry != NONE and len(found) == 1 and _is_layer(target.path):
        rows = _with_grounds(kind, rows, found[0], source, crs, area_method, townships, progress.part(0.4, 1.0), told)
    ignored = list(dict.fromkeys(re.sub(r"\s*[\r\n]+\s*", "", str(one)) for table in found for at, one in enumerate(table.headings)
                                 if one and at not in {column.at for column in table.columns.values()}))
    columns = {name: column for table in reversed(found) for name, column in table.columns.items()}
    return MatterTable(target.path.name, rows, columns, ignored, told)


def _is_layer(path: Path) -> bool:
    return path.suffix.lower() in LAYER_SUFFIXES | {".json"} or path.is_dir()


class _RowReader:
    """Rows of one kind of ledger."""

    def __init__(self, kind: MatterKind, townships: Sequence[Township], law: Law):
        self._kind, self._law = kind, law
        self.told: List[Message] = []
        self._series = _series(kind)
        self._in_series = {name for names in self._series for name in names}
        self._added = {field for what, field in kind.finding_with.items() if what == "paid_before"}
        self._codes = {one.code: one.code for one in townships}
        for one in townships:
            for name in {one.name, _short(one.name)}:
                self._codes.setdefault(name, one.code)

    def rows(self, table: FoundTable, sheet: str) -> Tuple[List[MatterRow], int]:
        """The rows, and how many lines hold nothing, sums or signatures."""
        found, skipped, named = [], 0, table.columns.get(NUMBER_FIELD)
        plain = dict(enumerate(table.sheet.rows, table.sheet.counts_from))
        merged = {at + table.sheet.counts_from: top + table.sheet.counts_from
                  for top, bottom, _left, _right in table.spans((NUMBER_FIELD,)) for at in range(top + 1, bottom + 1)}
        parts: Dict[str, List[MatterRow]] = {}
        for at, (number, line) in enumerate(table.lines()):
            if _is_no_matter(line, named.at if named else None) or at == 0 and _are_column_numbers(line):
                skipped += 1
                continue
            row = self._row(f"{sheet} {number}".strip(), line, table.columns)
            if self._series and number in merged:  # what is merged over all of them is said once
                row = self._row(row.place, plain[number], table.columns)
                parts.setdefault(f"{sheet} {merged[number]}".strip(), []).append(row)
            elif self._series and found and self._goes_on(found[-1], row):
                parts.setdefault(found[-1].place, []).append(row)
            else:
                found.append(row)
        self.told += [message("Rows {first} to {last} are the instalments of one number.", first=place, last=rows[-1].place)
                      for place, rows in parts.items()]
        return [self._together(row, parts[row.place]) if row.place in parts else row for row in found], skipped

    def _goes_on(self, first: MatterRow, row: MatterRow) -> bool:
        """Whether a row only adds instalments to the one above it: the same number, and nothing that differs besides."""
        said = {name: value for name, value in row.values.items() if name not in self._in_series and name not in self._added}
        return bool(row.number) and row.number == first.number and not row.wrong and bool(set(row.values) & self._in_series) and all(
            first.values.get(name) == value for name, value in said.items())

    def _together(self, first: MatterRow, others: Sequence[MatterRow]) -> MatterRow:
        """Rows of one number: their instalments one after the other, what was paid added up, everything else said once."""
        values = {name: value for name, value in first.values.items() if name not in self._in_series}
        wrong = [reason for row in (first, *others) for reason in row.wrong]
        filled = [found for row in (first, *others) for names in self._series
                  for found in [[row.values.get(name) for name in names]] if any(one is not None for one in found)]
        for row in others:
            for name, value in row.values.items():
                if name in self._added and name in values:
                    values[name] += value
                elif name not in self._in_series and values.setdefault(name, value) != value:
                    wrong.append(message("{heading}: the rows of one number say “{first}” and “{second}”.",
                                         heading=self._kind.fields[name].label, first=str(values[name])[:40], second=str(value)[:40]))
        if len(filled) > len(self._series):
            wrong.append(message("The rows of this number hold {n} instalments; the table of a ledger has room for {most}, the others are "
                                 "recorded one by one.", n=len(filled), most=len(self._series)))
        for names, found in zip(self._series, filled):
            values.update({name: value for name, value in zip(names, found) if value is not None})
        return replace(first, values=values, wrong=tuple(wrong))

    def _row(self, place: str, line: Sequence[Any], columns: Mapping[str, Column]) -> MatterRow:
        values: Dict[str, Any] = {}
        wrong: List[Message] = []
        for name, column in columns.items():
            try:
                value = self._value(name, column, line)
            except InputError as error:
                wrong.append(error.message)
                continue
            if value is not None:
                values[name] = value
        state = values.pop("STATE" if STATE in self._kind.fields else STATE, None)
        on, entered = self._day_of(STATE_ON, values), self._day_of(ENTERED_ON, values)
        day = date.fromisoformat(on or entered) if on or entered else None  # since when it stands so, else when it was entered
        return MatterRow(place, values, state, day, tuple(wrong))

    def _day_of(self, name: str, values: Dict[str, Any]) -> Optional[str]:
        """A day that the table tells of the matter itself; one that is a field of the ledger too stays a value of it."""
        field = self._kind.fields.get(name)
        return values.pop(name, None) if field is None else values.get(name) if field.kind == DATE else None

    def _value(self, name: str, column: Column, line: Sequence[Any]) -> Any:
        raw = line[column.at] if column.at < len(line) else None
        text = text_of(raw)
        described = self._kind.fields.get(name)
        if text is None or text.lower() in NOTHING and (described is None or described.kind != FLAG):
            return None
        if described is None:
            return self._state(text, column) if name not in (STATE_ON, ENTERED_ON) else cells.day(raw, column).isoformat()
        return _READERS.get(described.kind, _plain)(self, described, column, line, raw)

    def _state(self, text: str, column: Column) -> str:
        states = [(state.code, state.label.zh, state.label.template) for state in self._kind.states.values()]
        return _one_of(text, states, column, message("The ledger's states are: {known}.",
                                                     known=listed([s[1] for s in states], 40)))

    def township(self, text: str, column: Column) -> str:
        """A code of nine or twelve digits, or a name with or without its suffix."""
        code = code_of(text) or ""
        found = self._codes.get(code[:9]) or self._codes.get(text) or self._codes.get(_short(text))
        if found is None:
            raise InputError("{heading}: the register has no township {value}.",
                             "Use its code or its name as in the register.",
                             heading=column.heading, value=text[:40])
        return found

    def code(self, described: KindField, text: str, column: Column) -> str:
        """A code of the field's list, by itself or by its name."""
        entries = [(one.code, one.label.zh, one.label.template) for one in self._kind.codes[described.codes]]
        return _one_of(text, entries, column, message("Possible are: {known}.",
                                                      known=listed([one[1] for one in entries], 40)))


def _series(kind: MatterKind) -> List[List[str]]:
    """Fields that stand for one instalment each, one list an instalment: due on and sum (应缴日1, 应缴额1), then 2, 3."""
    stems = [name[:-1] for name in kind.fields if name.endswith("1") and f"{name[:-1]}2" in kind.fields]
    found = [[f"{stem}{n}" for stem in stems if f"{stem}{n}" in kind.fields] for n in range(1, 10)]
    return [names for names in found if names]


def _one_of(text: str, entries: Sequence[Tuple[str, str, str]], column: Column, known: Message) -> str:
    bare, plain = re.sub(r"[\s（）()]", "", text), _PUNCTUATION.sub("", text)
    stem = re.sub(r"(?<=..)(?:用地|部门|局)$", "", plain)
    code = code_of(text)
    tests: Tuple[Callable[[Tuple[str, str, str]], bool], ...] = (
        lambda one: one[0] == code, lambda one: one[0] == (code or "").lstrip("0"),
        lambda one: text.lower() in (one[1], one[2].lower()),
        lambda one: bare == re.sub(r"[\s（）()]", "", one[1]), lambda one: bare in re.sub(r"[\s（）()]", "", one[1]),
        lambda one: re.sub(r"[\s（）()]", "", one[1]) in bare,
        lambda one: stem != plain and stem in one[1],
        lambda one: len(plain) >= _FEWEST and sorted(plain) == sorted(_PUNCTUATION.sub("", one[1])),
        lambda one: len(plain) >= _FEWEST and _is_shortened(plain, _PUNCTUATION.sub("", one[1])))
    for test in tests:
        found = {one[0] for one in entries if test(one)}
        if len(found) == 1:
            return found.pop()
    raise InputError("{heading}: “{value}” is not known here. {known}", heading=column.heading, value=text[:40],
                     known=known)


def _is_shortened(text: str, label: str) -> bool:
    """Whether a text is the label with some of its words left out: 征地拆迁未到位 of 征地拆迁、政策处理未到位."""
    rest = iter(label)
    return all(character in rest for character in text)


def _plain(_reader: _RowReader, described: KindField, _column: Column, _line: Sequence[Any], raw: Any) -> Optional[str]:
    text = text_of(raw)
    if text and described.label.zh.endswith("号") and _NO_NUMBER.fullmatch(text):
        return None  # 未备案 in a column of numbers is no number
    return code_of(raw) if described.name == NUMBER_FIELD else text


def _number(column: Column, raw: Any) -> float:
    text = _AFTER_NUMBER.sub("", str(text_of(raw)))
    try:
        number, _unit = number_of(text)
    except ValueError as error:
        raise InputError("{heading}: “{value}” is not a number.", heading=column.heading,
                         value=str(raw)[:40]) from error
    if number is None:
        raise InputError("{heading}: “{value}” is not a number.", heading=column.heading, value=str(raw)[:40])
    return number


def _count(_reader: _RowReader, _described: KindField, column: Column, _line: Sequence[Any], raw: Any) -> Optional[int]:
    number = _number(column, raw)
    if number != int(number) or number < 0:
        raise InputError("{heading}: “{value}” is not a whole number of 0 or more.", heading=column.heading,
                         value=str(raw)[:40])
    return int(number) or None


def _flag(_reader: _RowReader, _described: KindField, column: Column, line: Sequence[Any], raw: Any) -> Optional[bool]:
    return None if str(text_of(raw)).lower().startswith(_UNKNOWN) else bool(cells.value_of(column, line))


_READERS: Dict[str, Callable[[_RowReader, KindField, Column, Sequence[Any], Any], Any]] = {
    DATE: lambda _reader, _field, column, _line, raw: cells.day(raw, column).isoformat(),
    AREA: lambda _reader, _field, column, line, _raw: cells.value_of(column, line),
    MONEY: lambda _reader, _field, column, line, _raw: cells.value_of(column, line),
    NUMBER: lambda _reader, _field, column, _line, raw: _number(column, raw), COUNT: _count, FLAG: _flag,
    TOWNSHIP: lambda reader, _field, column, _line, raw: reader.township(str(text_of(raw)), column),
    CODE: lambda reader, described, column, _line, raw: reader.code(described, str(text_of(raw)), column)}


def _short(name: str) -> str:
    return next((name[:-len(suffix)] for suffix in _SUFFIXES if name.endswith(suffix) and len(name) > len(suffix) + 1),
                name)


def _is_no_matter(line: Sequence[Any], number: Optional[int]) -> bool:
    """Blank, or a line of sums, signatures or notes; ``number`` is where the matter's number stands: whoever has one, is a matter."""
    told = [re.sub(r"\s", "", text) for text in (text_of(cell) for cell in line) if text is not None]
    if not told:
        return True
    named = text_of(line[number]) if number is not None and number < len(line) else None
    if named is not None and not _is_sum(named) and not _is_sum(told[0]) and not SIGNED.fullmatch(told[0]):
        return False
    return any(_is_sum(text) for text in told[:2]) or bool(SIGNED.fullmatch(told[0]))


def _are_column_numbers(line: Sequence[Any]) -> bool:
    """The first line below the headings that only counts the columns: 甲 乙 1 2 3 4 5, (1) (2) (3), 4=2+3."""
    told = [re.sub(r"\s", "", unicodedata.normalize("NFKC", text)) for text in (text_of(cell) for cell in line) if text is not None]
    found = [_COLUMN_NUMBER.match(text) for text in told if text not in ("甲", "乙", "丙", "丁", "栏次")]
    numbers = [int(one.group(1)) for one in found if one is not None]
    return (len(numbers) >= (5 if told[0].isdigit() else 3) and len(numbers) == len(found)
            and numbers == list(range(numbers[0], numbers[0] + len(numbers)))) if numbers else False


def _is_sum(text: str) -> bool:
    return SUMS.fullmatch(re.sub(r"\s", "", text)) is not None


# --- outlines ---------------------------------------------------------------------------------------------------------

def _with_grounds(kind: MatterKind, rows: Sequence[MatterRow], table: FoundTable, source: str, crs: str, area_method: str,
                  townships: Sequence[Township], progress: Progress, told: List[Message]) -> List[MatterRow]:
    """Rows of a layer with their outlines or points; a layer that cannot be placed as a whole gives none, and says so."""
    mapping = {"JCBH": table.columns[NUMBER_FIELD].heading}
    try:
        intake = take_in(source, target_crs=crs, area_method=area_method, mapping=mapping, townships=townships,
                         progress=progress.part(0.0, 0.7))
        reasons = {str(one.row): one.reason for one in intake.quarantined}
        points: Mapping[int, Tuple[float, float]] = {}
        if any(one.wkb is not None for one in intake.quarantined):
            points, nowhere = take_points(source, target_crs=crs, mapping=mapping, townships=townships, progress=progress.part(0.7, 1.0))
            reasons = {**reasons, **{str(row): reason for row, reason in nowhere.items() if str(row) in reasons}}
    except LandInspectorError as error:
        told.append(message("The outlines of the layer were not taken: {reason}", reason=error.message))
        return list(rows)
    patches = {str(patch.row): patch for patch in intake.patches}
    at = {str(row): point for row, point in points.items() if str(row) not in patches}
    bare = [row.place for row in rows if row.place not in patches and row.place not in at and reasons.get(row.place) == NO_GEOMETRY]
    if bare:
        told.append(message("{n} rows have no geometry and were taken without a place: rows {rows}.", n=len(bare), rows=listed(bare)))
    if at:
        told.append(message("{n} rows are points: they have a place and no measured area.", n=len(at)))
    return [_placed(row, patches.get(row.place), at.get(row.place), None if row.place in bare else reasons.get(row.place), townships,
                    kind) for row in rows]


def _placed(row: MatterRow, patch: Optional[IssuedPatch], at: Optional[Tuple[float, float]], reason: Optional[Message],
            townships: Sequence[Township], kind: MatterKind) -> MatterRow:
    if patch is not None:
        found = {"MJ": patch.area_m2, TOWNSHIP_FIELD: patch.attributes.get(TOWNSHIP_FIELD)}
    elif at is not None:
        found = {TOWNSHIP_FIELD: township_at(townships, shapely.Point(at)) or None}
    else:
        return row if reason is None else replace(row, wrong=(*row.wrong, reason))
    measured = {name: value for name, value in found.items() if value is not None and name not in row.values and name in kind.fields}
    return replace(row, outline=patch.wkb if patch is not None else None, at=at if patch is None else None, measured=measured)
