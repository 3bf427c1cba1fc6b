"""Columns of offices' tables: headings in one line or two, brackets of either width, units in brackets, codes or Chinese names."""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, Message, message
from ..law.areas import Amount, as_written, fen
from ..law.codes import shipped_codes
from ..law.remedies import Acceptance, FINISHED, HANDED_IN, KINDS, RETURNED
from ..values import DAY_ZERO, day_of
from .formats.sheet import Merged, NOTHING, Sheet, UNITS, code_of, number_of, read_heading, text_of
from .report import listed


TEXT, LABEL, DAY, LAND, BUILDING, MONEY = "text", "label", "day", "land", "building", "money"
PERSONS, YES, FIGURE, COUNT = "persons", "yes", "figure", "count"
#: unit → factor to m² or yuan
AREA_UNITS = {"m2": Fraction(1), "mu": Fraction(2000, 3), "ha": Fraction(10_000), "wm2": Fraction(10_000)}
MONEY_UNITS = {"yuan": 1, "wyuan": 10_000, "yyuan": 100_000_000}


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


def _one_line(heading: Any) -> str:
    """A heading as it is told: without the breaks of its cell."""
    return re.sub(r"\s*[\r\n]+\s*", "", str(heading if heading is not None else ""))


HOLDS_DIGITS = re.compile(r"\d")


class TwoLines(str):
    """A heading of two lines, the upper one standing over several; ``lower`` is what the second line says alone."""

    lower: str = ""


class FieldSet:
    """The fields that a kind of table may have.

    ``pairs``: headings of one column for two figures, written 5/3. ``settle`` tells fields apart that share a word. With ``by_lower`` the
    second line of a heading counts alone where both together say nothing: the first only groups them. With ``by_lower_once`` it does
    where no other column has the same second line.
    """

    def __init__(self, fields: Sequence[TableField], pairs: Optional[Mapping[str, Tuple[str, str]]] = None,
                 settle: Optional[Callable[[Columns], Columns]] = None, by_lower: bool = False,
                 by_lower_once: bool = False):
        self._by_lower, self._once = by_lower or by_lower_once, by_lower_once
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
                for column in self._columns(key, unit, at, _one_line(headings[at])):
                    found.setdefault(column.field.name, column)
        taken = {column.at for column in found.values()}
        for at, heading in enumerate(headings):
            if self._by_lower and at not in taken and isinstance(heading, TwoLines) and not (
                    self._once and sum(isinstance(one, TwoLines) and one.lower == heading.lower for one in headings) > 1):
                key, unit = read_heading(heading.lower)
                for column in self._columns(key, unit or read[at][1], at, _one_line(heading)):
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


#: Headings are looked for in so many rows at most, and below so many of notes.
_HIGHEST, _NOTES = 2000, 90


def heading_rows(rows: Sequence[Sequence[Any]], fields: FieldSet, mapping: Optional[Mapping[str, str]] = None, most: int = 10
                 ) -> Tuple[List[Any], int]:
    """The headings and how many rows they and what stands above them take; two lines are read as one where that says more.

    They are looked for in the first ``most`` rows with anything in them, and below those where they hold none.
    """
    wanted = {heading.strip() for heading in (mapping or {}).values()}
    best: Tuple[int, List[Any], int] = (0, [], 0)
    filled = 0
    for at, row in enumerate(rows[:_HIGHEST]):
        filled += any(cell not in (None, "") for cell in row)
        if filled > most and best[0] or filled > most + _NOTES:  # far below only where nothing was found above
            break
        single, double = list(row), _two_lines(row, rows[at + 1]) if at + 1 < len(rows) and not _is_title(row) else []
        for headings, used in ((single, at + 1), (double, at + 2)):
            score = len(fields.recognised(headings)) + sum(str(heading).strip() in wanted for heading in headings)
            if score > best[0]:
                best = (score, headings, used)
    return best[1], best[2]


def _is_title(row: Sequence[Any]) -> bool:
    """A line that says one thing, in its first cell or about units: what the table is called, and no heading of a column."""
    told = [at for at, cell in enumerate(row) if cell not in (None, "")]
    return len(told) == 1 and (told[0] == 0 or str(row[told[0]]).strip().startswith("单位"))


def _two_lines(upper: Sequence[Any], lower: Sequence[Any]) -> List[Any]:
    """A merged cell of the upper line stands over all lower cells up to the next one."""
    joined: List[Any] = []
    over = ""
    for at in range(max(len(upper), len(lower))):
        top, below = (line[at] if at < len(line) else None for line in (upper, lower))
        over = str(top) if top not in (None, "") else over if below not in (None, "") else ""
        joined.append(top if below in (None, "") else TwoLines(f"{over}{below}"))
        if isinstance(joined[-1], TwoLines):
            joined[-1].lower = str(below)
    return joined


@dataclass(frozen=True)
class FoundTable:
    """A sheet, or a part of one, with the headings that were looked for; its data begin at index ``first`` of its rows and end before
    ``last`` (None: with the sheet)."""

    sheet: Sheet
    headings: List[Any]
    first: int
    columns: Columns
    last: Optional[int] = None

    def lines(self) -> List[Tuple[int, Sequence[Any]]]:
        """Row number in the file and cells of each row below the headings; a merged cell counts in every row that it spans."""
        filled = self.sheet.filled(self.first)
        return list(enumerate(filled if self.last is None else filled[:self.last - self.first], self.first + self.sheet.counts_from))

    def spans(self, names: Sequence[str]) -> List[Merged]:
        """Merged cells over several rows in the first of these columns that has any, below the headings."""
        for name in names:
            at = self.columns[name].at if name in self.columns else None
            found = [one for one in self.sheet.merged if one[2] == at and one[1] > one[0] >= self.first
                     and (self.last is None or one[0] < self.last)]
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
            found += _parted(FoundTable(sheet, headings, first, columns), fields, wanted, mapping, left)
        else:
            left.append(message("Sheet {sheet} ({n} rows) was left: none of its first rows has the headings that are needed.",
                                sheet=sheet.name, n=len(sheet.rows)))
    if wrong and not found:
        raise wrong[0]
    shown = [table for table in found if not table.sheet.hidden]
    left += [message("Sheet {sheet} ({n} rows) was left: it is hidden.", sheet=table.sheet.name, n=len(table.sheet.rows))
             for table in found if shown and table.sheet.hidden]
    return shown or found, left


def _parted(table: FoundTable, fields: FieldSet, wanted: Sequence[str], mapping: Optional[Mapping[str, str]], left: List[Message]
            ) -> List[FoundTable]:
    """The table, in parts where its headings stand again further down: each part is read by its own, which may stand otherwise."""
    sheet, parts, again = table.sheet, [table], []
    at = table.first
    while at < len(sheet.rows):
        headings, used = _headings_again(sheet.rows, at, parts[-1], fields, wanted, mapping)
        if used:
            above = at
            while above > parts[-1].first and _stands_between(sheet.rows[above - 1]):
                above -= 1
            again.append(at + sheet.counts_from)
            parts[-1] = replace(parts[-1], last=above)
            parts.append(FoundTable(sheet, headings, at + used, fields.recognised(headings, mapping, "")))
        at += used or 1
    if again:
        left.append(message("Sheet {sheet}: the headings stand again in rows {rows}; what follows was read by them.", sheet=sheet.name,
                            rows=listed(again, 20)))
    stated = stated_units(sheet.rows[:max(table.first - 1, 0)])
    return [replace(part, columns={name: replace(column, day_zero=sheet.day_zero, unit=column.unit or stated.get(column.field.kind))
                                   for name, column in part.columns.items()}) for part in parts]


def _stands_between(row: Sequence[Any]) -> bool:
    """A blank line, or one of a single text that is no number of anything."""
    said = [str(cell) for cell in row if cell not in (None, "")]
    return not said or len(said) == 1 and not HOLDS_DIGITS.search(said[0])


def _headings_again(rows: Sequence[Sequence[Any]], at: int, table: FoundTable, fields: FieldSet, wanted: Sequence[str],
                    mapping: Optional[Mapping[str, str]]) -> Tuple[List[Any], int]:
    """Headings at this row and how many rows they take; 0 where the row holds data, as nearly all do."""
    row = rows[at]
    named = [row[table.columns[name].at] for name in wanted if name in table.columns and table.columns[name].at < len(row)]
    if not any(isinstance(cell, str) and cell and not HOLDS_DIGITS.search(cell) for cell in named):
        return [], 0
    lines = 2 if any(isinstance(one, TwoLines) for one in table.headings) else 1
    headings, used = heading_rows(rows[at:at + lines], fields, mapping)
    try:
        said = fields.recognised(headings, mapping, "")
    except InputError:  # the mapping's headings are not among them
        return [], 0
    return (headings, used) if len(said) > 1 and any(name in said for name in wanted) else ([], 0)


# Lines under a table that name nothing.

#: A line of sums names nothing else, wherever it stands; one of signatures or notes begins with its word and a colon.
SUMS = re.compile(r"(?:全?[县市区]|[本累]|上页|本页|总)?(?:合计|总计|小计|共计|累计)[：:]?(?:[\d.,]+[宗个件块起]?)?|合计.{0,8}")
SIGNED = re.compile(r"(?:填[表报]人?|制表人?|审核人?|复核人|负责人|联系人|联系电话|填报日期|填表日期|制表日期|填报单位|说明|备注|注)[：:].*|注")


def is_under_the_table(line: Sequence[Any]) -> bool:
    """Whether the first thing that the line says is a sum's word, a signature's or a note's."""
    first = next((text for cell in line if (text := text_of(cell)) is not None), "")
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", first))
    return bool(SUMS.fullmatch(text) or SIGNED.fullmatch(text))


# Cells of ledgers as people write them: days, figures with units, yes and no, words for codes.
#
# What cannot be read is said, never guessed.

_MONEY = re.compile(r"^(?:人民币|RMB|CNY)?[￥¥]?([+-]?[\d.,]+)\s*(亿元|亿|万元|万|元)?(?:整|正)?$", re.IGNORECASE)
_YES, _NO = ("是", "已", "有", "√", "✓", "y", "1", "true"), ("否", "未", "无", "不", "没", "×", "✗", "n", "0", "false")
#: words of 整改方式 → kinds of remedy; the first that fits
_MANNERS: Tuple[Tuple[str, str], ...] = (
    ("拆除复", "reclamation"), ("复耕", "reclamation"), ("复垦", "reclamation"), ("复绿", "reclamation"), ("拆除", "demolition"),
    ("设农", "facility"), ("设施", "facility"), ("临时", "facility"), ("完善", "completion"), ("供地", "completion"), ("补办", "conversion"),
    ("没收", "confiscation"), ("退还", "return"), ("交还", "hand_back"))
_RECTIFY_CODES = {kind.rectify_code: kind.code for kind in reversed(list(KINDS.values())) if kind.rectify_code}
_PENALTY_CODES = {kind.penalty_code: kind.code for kind in KINDS.values() if kind.penalty_code}
_LEVELS = (("省", "3"), ("市", "2"), ("县", "1"), ("区", "1"))


def value_of(column: Column, cells: Sequence[Any]) -> Any:
    """The cell in the field's own kind: text, labels, a day, m², fen, persons, yes or no; None for nothing.

    Raises InputError, which says what was expected, for what cannot be read.
    """
    raw = cells[column.at] if column.at < len(cells) else None
    if column.part is not None:
        parts = re.split(r"[/／]", str(raw)) if isinstance(raw, str) else [raw]
        raw = parts[column.part] if column.part < len(parts) else None
    text = text_of(raw)
    if text is None or text.lower() in NOTHING and column.field.kind in (DAY, LAND, BUILDING, MONEY, PERSONS, FIGURE):
        return None
    return {LABEL: _labels, DAY: day, LAND: _area, BUILDING: _area, MONEY: _money, PERSONS: _persons, YES: _yes, FIGURE: _figure}.get(
        column.field.kind, _text)(raw, column)


def _wrong(raw: Any, column: Column, template: str) -> InputError:
    return InputError(template, heading=column.heading, value=str(raw)[:40])


def _text(raw: Any, column: Column) -> Optional[str]:
    return code_of(raw) if column.field.name in ("AJBH", "PCBH") else text_of(raw)


def _labels(raw: Any, column: Column) -> Tuple[str, ...]:
    text = unicodedata.normalize("NFKC", text_of(raw) or "")
    return tuple(dict.fromkeys(code for part in re.split(r"[,;、\s]+", text) if (code := code_of(part)) is not None))


def day(raw: Any, column: Column) -> date:
    """A date, an Excel day number (of the workbook's own date system), or a text that means one day."""
    found = day_of(raw, column.day_zero)
    if found is None:
        raise _wrong(raw, column, "{heading}: “{value}” is not a day.")
    return found


def _number(raw: Any, column: Column) -> Tuple[float, Optional[str]]:
    try:
        number, unit = number_of(raw)
    except ValueError as error:
        raise _wrong(raw, column, "{heading}: “{value}” is not a number.") from error
    if number is None or number < 0:
        raise _wrong(raw, column, "{heading}: “{value}” is not a number of 0 or more.")
    return number, unit


def _area(raw: Any, column: Column) -> float:
    number, own_unit = _number(raw, column)
    return _in_m2(number, own_unit or column.unit)


def _in_m2(number: float, unit: Optional[str]) -> float:
    """As it is written: 0.3 亩 are 200 m², not a little less."""
    return float(as_written(number) * AREA_UNITS.get(unit or "m2", 1))


def _money(raw: Any, column: Column) -> int:
    """Fen; a unit in the cell wins over the heading's, without any it is yuan."""
    found = _MONEY.match(unicodedata.normalize("NFKC", str(text_of(raw))).replace(" ", ""))
    if not found:
        raise _wrong(raw, column, "{heading}: “{value}” is not a sum of money.")
    number, _unit = _number(found.group(1), column)
    word = {"亿": "yyuan", "万": "wyuan", "元": "yuan"}.get((found.group(2) or "")[:1])
    factor = MONEY_UNITS.get(word or column.unit or "yuan", 1)
    return fen(as_written(number) * factor)


def _persons(raw: Any, column: Column) -> int:
    text = re.sub(r"[人名]$", "", str(text_of(raw)))
    number, _unit = _number(text, column)
    if number != int(number):
        raise _wrong(raw, column, "{heading}: “{value}” is not a number of persons.")
    return int(number)


def _yes(raw: Any, column: Column) -> Any:
    """Yes or no; a day in such a column is a yes of that day."""
    text = str(text_of(raw)).lower()
    if isinstance(raw, (datetime, date)) or day_of(raw, column.day_zero) is not None:
        return day(raw, column)
    for words, answer in ((_NO, False), (_YES, True)):
        if text.startswith(words):
            return answer
    raise _wrong(raw, column, "{heading}: “{value}” is neither yes nor no.")


def _figure(raw: Any, column: Column) -> Tuple[float, Optional[str]]:
    """A number whose meaning the kind of penalty decides, with the unit its heading names."""
    number, own_unit = _number(raw, column)
    return number, own_unit or column.unit


def code_named(codes: str, text: Optional[str], default: Optional[str] = None) -> Optional[str]:
    """The code that a text is or names; labels may be shortened (卫片 for 卫片执法检查)."""
    if text is None:
        return default
    entries = shipped_codes().codes(codes)
    for fits in (lambda entry: entry.code == text, lambda entry: entry.zh == text or entry.en.lower() == text.lower(),
                 lambda entry: text in entry.zh or entry.zh in text):
        found = [entry.code for entry in entries if fits(entry)]
        if found:
            return found[0]
    return default


def manner(text: str) -> Optional[str]:
    """The kind of remedy that a ZGFS code or words name; None for none or several that need areas of their own."""
    if text in _RECTIFY_CODES:
        return _RECTIFY_CODES[text]
    if "拆除" in text and "补办" in text:
        return None
    return next((kind for word, kind in _MANNERS if word in text), None)


def approval_kind(text: str) -> str:
    """Which late approval is meant: 农转用 where nothing else is said."""
    return next((kind for word, kind in _MANNERS if kind in ("facility", "completion") and word in text), "conversion")


def penalty_kind(text: str) -> Optional[str]:
    """The remedy that a word or code of CFZL stands for; None where it stands for none."""
    return _PENALTY_CODES.get(code_named("CFZL", text) or "")


def penalty_amount(kind: str, figure: Optional[Tuple[float, Optional[str]]]) -> Optional[Amount]:
    """XDZ or LSZ in the unit of its kind: money in yuan or 万元, buildings and land in m² or 亩."""
    if figure is None:
        return None
    number, unit = figure
    first = KINDS[kind].units[0]
    if first == "fen":
        return Amount(fen=fen(as_written(number) * MONEY_UNITS.get(unit or "yuan", 1)))
    return Amount(**{first: _in_m2(number, unit)})


def acceptance_of(said: Mapping[str, Any]) -> Optional[Acceptance]:
    """SHZT, YSJB and SHRQ from their codes or from words such as 市级待审核; 审核结束 means the last level, the province."""
    text, on = said.get("SHZT"), said.get("SHRQ")
    status = _status(text) if text is not None else FINISHED if on is not None else None
    if status is None:
        return None
    level = said.get("YSJB") or text or ""
    named = level if level in ("1", "2", "3") and said.get("YSJB") else next((code for word, code in _LEVELS if word in level), None)
    return Acceptance(status, named or ("3" if text == "审核结束" else "1"), on)


def _status(text: str) -> Optional[str]:
    checks: Dict[str, Tuple[str, ...]] = {
        RETURNED: ("退回", "不通过", "未通过", "不合格"), HANDED_IN: ("待", "审核中", "已报", "申请"), "": ("未", "否", "无")}
    exact = {"0": None, "1": HANDED_IN, "2": FINISHED, "9": RETURNED}
    if text in exact:
        return exact[text]
    for status, words in checks.items():
        if any(word in text for word in words):
            return status or None
    if any(word in text for word in ("结束", "通过", "合格", "验收", "完成", "是", "√")):
        return FINISHED
    raise InputError("The state of acceptance “{value}” is not known.", value=text[:40])


# The headings of offices' case and rectification ledgers: which column says what, and in which unit (domain.md §7, §9.5, §9.6).
#
# The same word can mean land or buildings (拆除面积): 亩 and a column 拆除耕地面积 beside it mean land.

FIELDS: Tuple[TableField, ...] = table_fields(
    ("DKBH", LABEL, "地块编号 宗地编号 宗地号 地块号"),
    ("JCBH", LABEL, "监测编号 监察编号 监测监察编号 监测图斑编号 图斑编号 图斑号 线索编号 TBBH JCTBBH"),
    ("PCBH", TEXT, "批次编号 批次号 批次 监测批次 批次名称 PCMC"),
    ("AJBH", TEXT, "案件编号 案件号 案号 立案号 立案编号 案卷号 卷宗号"),
    ("LAWH", TEXT, "立案文号"),
    ("FXRQ", DAY, "发现时间 发现日期"), ("LYQD", TEXT, "发现渠道 线索来源 案件来源 FXWFQD"),
    ("HCRQ", DAY, "核查日期 核查时间 现场核查日期 现场核查时间"),
    ("ZZRQ", DAY, "制止日期 制止时间 责令停止日期 责令停止时间 下达停工通知书时间 下达责令停止违法行为通知书时间"),
    ("ZZWH", TEXT, "制止文号 停止通知书文号"), ("ZZQK", TEXT, "制止情况"),
    ("SFLA", YES, "是否立案"), ("LARQ", DAY, "立案时间 立案日期"), ("BLA", TEXT, "不立案原因 未立案原因 不予立案原因"),
    ("GZRQ", DAY, "告知日期 告知时间 处罚告知日期 处罚告知时间"), ("TZRQ", DAY, "听证告知日期 听证告知时间"),
    ("JDRQ", DAY, "下达决定时间 下达决定日期 下达处罚决定时间 下达处罚决定书时间 下达处罚决定日期 处罚决定时间 处罚决定日期 决定时间 决定日期 处罚时间 处罚日期"),
    ("JDWH", TEXT, "处罚决定书文号 处罚决定文号 决定文号 处罚文号"), ("CFJG", TEXT, "处罚机关"),
    ("SDRQ", DAY, "送达时间 送达日期"), ("CGRQ", DAY, "催告送达 催告日期 催告时间 催告送达日期 催告送达时间"),
    ("SFSQ", YES, "是否申请法院 是否申请法院强制执行 是否申请强制执行 是否申请法院执行"),
    ("QZRQ", DAY, "申请日期 申请时间 申请法院时间 申请法院日期 申请强制执行时间 申请强制执行日期 申请法院强制执行时间 是否申请法院时间"),
    ("CDRQ", DAY, "裁定日期 裁定时间 法院裁定时间"), ("CDJG", TEXT, "裁定结果 法院裁定结果"),
    ("SFYS", YES, "是否移送司法 是否移送公安 是否移送"), ("YSRQ", DAY, "移送司法时间 移送公安时间 移送时间 移送日期 是否移送司法时间"),
    ("YSRS", PERSONS, "移送公安 移送公安机关 移送公安人数 移送司法人数 移送司法"),
    ("SFJA", YES, "是否结案"), ("JARQ", DAY, "结案时间 结案日期"), ("JALX", TEXT, "结案方式 结案类型"),
    ("FLSM", TEXT, "违反条款 违法条款 处罚依据条款"),
    ("FKXD", MONEY, "下达罚款 罚款下达 罚款金额 处罚金额 罚款决定 应缴罚款 罚款 下达罚款金额 行政处罚罚款金额"),
    ("FKSJ", MONEY, "收缴罚款 罚款收缴 罚款落实 落实罚款 实缴罚款 已缴罚款 罚款实缴 罚款实收 收缴罚款金额"),
    ("FKRQ", DAY, "缴款日期 缴款时间 收缴时间 收缴日期 罚款缴纳日期 罚款缴纳时间 缴纳日期 缴纳时间"),
    ("SDXD", MONEY, "没收违法所得 没收违法所得下达 下达没收违法所得 没收所得 没收所得下达 行政处罚没收违法所得"),
    ("SDSJ", MONEY, "没收违法所得收缴 没收违法所得落实 收缴违法所得 没收所得落实 没收所得收缴"),
    ("CJXD", BUILDING, "应拆除面积 应拆除建筑面积 责令拆除面积 拆除建筑物面积下达 拆除建筑面积下达 下达拆除面积"),
    ("CCJZ", BUILDING, "拆除建筑面积 拆除建筑物占地面积 拆除建筑物面积 拆除违法建筑面积 拆除建筑物面积落实 拆除建筑面积落实 已拆除建筑面积 落实拆除面积 行政处罚拆除违法建筑面积"),
    ("MSXD", BUILDING, "应没收面积 应没收建筑面积 没收建筑物面积下达 没收建筑面积下达 下达没收面积"),
    ("MSJZ", BUILDING, "没收面积 没收建筑物占地面积 没收建筑面积 没收建筑物面积 没收建筑物面积落实 没收建筑面积落实 落实没收面积 已没收建筑面积 行政处罚没收面积"),
    ("CCMJ", LAND, "拆除面积 拆除土地面积 拆除占地面积"), ("CCGD", LAND, "拆除耕地面积 拆除耕地 拆除其中耕地"),
    ("FGMJ", LAND, "复耕面积 拆除复耕面积 复垦面积"), ("FGGD", LAND, "复耕耕地面积 拆除复耕耕地面积 复垦耕地面积"),
    ("BBMJ", LAND, "补办面积 补办手续面积"), ("BBGD", LAND, "补办耕地面积 补办耕地 补办其中耕地"), ("BBLX", TEXT, "补办类型 补办手续类型"),
    ("THMJ", LAND, "退还土地面积 退地面积 退还面积"), ("JHMJ", LAND, "交还土地面积 交还面积"),
    ("SYMJ", LAND, "剩余未整改面积 未整改面积"),
    ("ZGQK", TEXT, "整改情况"), ("ZGFS", TEXT, "整改方式"), ("ZGMJ", LAND, "整改面积 已整改面积"), ("ZGGD", LAND, "整改耕地面积 已整改耕地面积"),
    ("ZGRQ", DAY, "完成日期 完成时间 整改日期 整改时间 整改完成日期 整改完成时间 拆除时间 拆除日期"),
    ("SHZT", TEXT, "审核状态 拆分状态 验收情况 验收状态 验收结果 是否验收 验收"), ("SHRQ", DAY, "审核日期 审核时间 验收日期 验收时间"),
    ("YSJB", TEXT, "验收级别"),
    ("CFJY", PERSONS, "提出处分建议 处分建议 处分建议人数 党纪政纪处分建议 提出建议 党纪政务处分建议"),
    ("CFLS", PERSONS, "实际处分 处分落实 落实处分 实际处分人数 处分落实人数"),
    ("CFZL", TEXT, "处罚种类"), ("XDZ", FIGURE, "下达值"), ("LSZ", FIGURE, "落实值"), ("LSRQ", DAY, "落实日期"))
#: One column for two figures, written 5/3.
PAIRS: Dict[str, Tuple[str, str]] = {
    alias: names for aliases, names in (
        ("下达/收缴罚款 罚款下达/收缴 下达收缴罚款 罚款下达收缴", ("FKXD", "FKSJ")), ("拆除/没收面积 拆除没收面积", ("CCJZ", "MSJZ")))
    for alias in aliases.split()}
#: Columns of land that make 拆除面积 one of land too, and share its unit.
_LAND_FAMILY = ("CCMJ", "CCGD", "FGMJ", "FGGD", "BBMJ", "BBGD", "SYMJ")
_LAND_SIGNS = ("CCGD", "BBMJ", "BBGD", "SYMJ")
_BUILDING = next(field for field in FIELDS if field.name == "CCJZ")


def _told_apart(found: Dict[str, Column]) -> Dict[str, Column]:
    """拆除面积 means land in 亩 and beside other columns of land, buildings otherwise; columns of land without a unit take their siblings'."""
    plain = found.get("CCMJ")
    if plain is not None and plain.unit not in ("mu", "ha") and not any(name in found for name in _LAND_SIGNS):
        del found["CCMJ"]
        found.setdefault("CCJZ", Column(_BUILDING, plain.at, plain.unit, plain.heading))
    units = [found[name].unit for name in _LAND_FAMILY if name in found and found[name].unit]
    for name in _LAND_FAMILY:
        if name in found and found[name].unit is None and units:
            column = found[name]
            found[name] = Column(column.field, column.at, units[0], column.heading)
    return found


LEDGER = FieldSet(FIELDS, PAIRS, _told_apart, by_lower_once=True)
