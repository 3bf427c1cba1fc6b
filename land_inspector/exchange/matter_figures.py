"""Lists and township tables of a ledger as plain tables: names that files keep, numbers to compute with, texts as
printed (R45).

Areas stand in m² and in 亩 as the field name says (``_M2``, ``_MU``), money in yuan, percents in ``_PC`` (NULL where
nothing can be divided) with numerator ``_FZ`` and denominator ``_FM`` beside each and the printed text in ``_T``. What
is private leaves in no table.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ..errors import Bilingual, InputError, Message
from ..law.areas import decimal_text, m2_text, mu_text, percent_text, to_mu, yuan
from ..law.deadlines import Deadline
from ..law.matters.findings import FINDINGS
from ..law.matters.kind import AREA, CODE, COUNT, DATE, FLAG, MONEY, NUMBER, TEXT, WORDS, Column, KindList, MatterKind
from ..law.matters.lists import Cell, ListRow, TableRow, in_unit, group_table, list_named, listed, township_table, views_on
from ..law.matters.view import Period, View
from ..law.rulepack import Label
from ..register.matters import matters, pack_on
from ..register.personal import masked
from ..register.register import Register, known_at_text, utc_now
from ..i18n import say
from .wording import matter_ground_text

TEXT_FIELD, INTEGER_FIELD, REAL_FIELD, DATE_FIELD = "text", "integer", "real", "date"
#: Names that the key of a row and its outline have in the files that GDAL writes.
_OF_FILES = ("fid", "ogc_fid", "geom")
_MU_PER_M2 = Fraction(3, 2000)
#: unit → tail of the field's name, unit in Chinese and English
_UNIT_WORDS = {"m2": ("亩", "mu"), "fen": ("元", "yuan"), "count": ("件", "number"), "days": ("天", "days"),
               "number": ("", "")}


@dataclass(frozen=True)
class OutField:
    """One field of an output; ``value`` takes what stands in the row."""

    name: str
    kind: str
    label: Label
    value: Callable[[Any], Any]


def _label(text: Message, tail_zh: str = "", tail_en: str = "") -> Label:
    zh = text.zh if isinstance(text, Bilingual) else text.template
    return Label(f"{zh}{tail_zh}", f"{text.template}{tail_en}")


# --- the township table -----------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class MatterFigures:
    """The township table of a kind with what it speaks of. The last row is the county's. ``field``: the one by whose codes it is told
    instead of by townships."""

    kind: MatterKind
    rows: Sequence[TableRow]
    period: Period
    known_at: str
    field: str = ""


def matter_figures(register: Register, kind: MatterKind, known_at: Optional[str] = None,
                   effective_on: Optional[str] = None,
                   since: Optional[str] = None, field: str = "") -> MatterFigures:
    """The table as known at a moment and effective on a day; the period runs from ``since`` (1 January of the day's
    year) to it. ``field`` is a code field: a row for each of its codes instead of each township (InputError for another).
    """
    last = date.fromisoformat(effective_on) if effective_on else date.today()
    first = date.fromisoformat(since) if since else date(last.year, 1, 1)
    state = register.state_then(known_at, None)
    townships = [(one.code, one.name) for one in register.storage.townships()]
    period = Period(min(first, last), last)
    held, county, pack = matters(register, kind.id, state), register.meta["county_name"], pack_on(register, last)
    if field and (field not in kind.fields or kind.fields[field].kind != CODE):
        raise InputError("The ledger {ledger} has no field of codes {field}; it has {known}.", "Choose one of them.", ledger=kind.name,
                         field=field, known=", ".join(name for name, one in kind.fields.items() if one.kind == CODE) or "-")
    rows = group_table(kind, held, field, county, period, pack) if field else township_table(kind, held, townships, county, period, pack)
    return MatterFigures(kind, rows, period, known_at_text(known_at) or utc_now(), field)


def table_fields(kind: MatterKind, figures: MatterFigures) -> List[OutField]:
    """The fields of the table: township, every column of the kind, and what the figures speak of."""
    codes = kind.fields[figures.field].label if figures.field else Bilingual("Township code", zh="乡镇代码")
    fields = [OutField("LEVEL", TEXT_FIELD, Label("级别", "Level"), lambda row: _level(figures, row)),
              OutField("CODE" if figures.field else "XZDM", TEXT_FIELD, _label(codes), lambda row: row.code or None),
              OutField("XZMC", TEXT_FIELD, Label("名称", "Name"), lambda row: row.name or None)]
    own = [one for column in kind.columns.values() for one in (_rate_fields(kind, column) if column.do == "rate" else
                                                               _column_fields(column))]
    return _told_apart(fields, own, [
        OutField("LEDGER", TEXT_FIELD, Label("台账", "Ledger"), lambda _row: kind.id),
        OutField("FROM_ON", DATE_FIELD, Label("本期起", "Period from"), lambda _row: figures.period.first),
        OutField("EFF_ON", DATE_FIELD, Label("有效日期", "Effective on"), lambda _row: figures.period.last),
        OutField("KNOWN_AT", TEXT_FIELD, Label("已知时点", "Known at"), lambda _row: figures.known_at),
        OutField("PACK", TEXT_FIELD, Label("台账包", "Pack"), lambda _row: f"{kind.id} {kind.version}")])


def _told_apart(before: Sequence[OutField], own: Sequence[OutField], after: Sequence[OutField] = ()) -> List[OutField]:
    """All of them; a name of the pack's own that a file has already, whatever its letters' size, bears a number: STATE, STATE_2."""
    taken, named = {*_OF_FILES, *(one.name.lower() for one in (*before, *after))}, []
    for one in own:
        names = (f"{one.name}_{n}" if n > 1 else one.name for n in range(1, 1000))
        name = next(name for name in names if name.lower() not in taken)
        taken.add(name.lower())
        named.append(one if name == one.name else replace(one, name=name))
    return [*before, *named, *after]


def _level(figures: MatterFigures, row: TableRow) -> str:
    return "county" if row is figures.rows[-1] else "group" if figures.field else "township"


def _column_fields(column: Column) -> List[OutField]:
    def cell(row: TableRow) -> Any:
        return in_unit(row.cells[column.name].value, column.unit)

    if column.unit == "m2":
        return [OutField(f"{column.name}_M2", REAL_FIELD, _label(column.label, "（平方米）", " (m²)"),
                         lambda row: float(cell(row))),
                OutField(f"{column.name}_MU", REAL_FIELD, _label(column.label, "（亩）", " (mu)"),
                         lambda row: float(cell(row) * _MU_PER_M2))]
    if column.unit == "fen":
        return [OutField(f"{column.name}_Y", REAL_FIELD, _label(column.label, "（元）", " (yuan)"),
                         lambda row: float(cell(row)))]
    if column.unit in ("count", "days"):
        return [OutField(column.name, INTEGER_FIELD, _label(column.label), lambda row: None if cell(row) is None else int(cell(row)))]
    if column.unit == WORDS:
        return [OutField(f"{column.name}{tail}", TEXT_FIELD, _label(column.label, *words),
                         lambda row, at=at: None if cell(row) is None else (cell(row).zh, cell(row).template)[at])
                for at, (tail, words) in enumerate((("", ("", "")), ("_EN", ("（英文）", " (English)"))))]
    return [OutField(column.name, REAL_FIELD, _label(column.label), lambda row: float(cell(row)))]


def _rate_fields(kind: MatterKind, column: Column) -> List[OutField]:
    unit = kind.columns[column.numerator].unit
    zh, en = _UNIT_WORDS.get(unit, ("", ""))
    kind_of_part = INTEGER_FIELD if unit in ("count", "days") else REAL_FIELD

    def part(of: str) -> Callable[[TableRow], Any]:
        def value(row: TableRow) -> Any:
            figure = in_unit(getattr(row.cells[column.name], of), unit)
            figure = figure * _MU_PER_M2 if unit == "m2" else figure
            return int(figure) if kind_of_part == INTEGER_FIELD else float(figure)
        return value

    def percent(row: TableRow) -> Optional[float]:
        value = row.cells[column.name].value
        return None if value is None else float(value * 100)

    return [OutField(f"{column.name}_PC", REAL_FIELD, _label(column.label, "（%）", " (%)"), percent),
            OutField(f"{column.name}_FZ", kind_of_part, _label(column.label, f"分子（{zh}）", f": numerator ({en})"),
                     part("numerator")),
            OutField(f"{column.name}_FM", kind_of_part, _label(column.label, f"分母（{zh}）", f": denominator ({en})"),
                     part("denominator")),
            OutField(f"{column.name}_T", TEXT_FIELD, _label(column.label, "（显示）", " (as printed)"),
                     lambda row: percent_text(row.cells[column.name].value))]


def rows_of(fields: Sequence[OutField], rows: Sequence[Any]) -> List[Dict[str, Any]]:
    """The values of each row by field name."""
    return [{field.name: field.value(row) for field in fields} for row in rows]


def cell_text(column: Column, cell: Cell) -> str:
    """A figure of the bulletin as it is printed: areas in mu with two decimals, money in yuan, rates with their
    parts.
    """
    if column.do == "rate":
        return percent_text(cell.value)
    value = in_unit(cell.value, column.unit)
    if value is None:
        return percent_text(None)
    if isinstance(value, Bilingual):
        return say(value)
    if column.unit == "m2":
        return decimal_text(Fraction(value) * _MU_PER_M2, 2)
    if column.unit == "fen":
        return decimal_text(Fraction(value), 2)
    return str(int(value)) if Fraction(value).denominator == 1 else decimal_text(Fraction(value), 2)


# --- lists ------------------------------------------------------------------------------------------------------------

def list_rows(register: Register, kind: MatterKind, code: str, day: date,
              known_at: Optional[str] = None) -> Tuple[KindList, List[ListRow]]:
    """The matters of a list on a day. Raises InputError for a list that the kind has not."""
    chosen = list_named(kind, code)
    state = register.state_then(known_at, None)
    return chosen, listed(chosen, views_on(kind, matters(register, kind.id, state), day, pack_on(register, day)))


def list_fields(kind: MatterKind, chosen: KindList, names: Mapping[str, str], language: str, people: Sequence[str] = ()) -> List[OutField]:
    """What is told of each matter of a list: where it stands, what is due, then every value that is not private; in what people wrote,
    numbers of persons, names that are announced as such and those of ``people`` are masked."""
    fields = [
        OutField("LIST", TEXT_FIELD, Label("清单", "List"), lambda row: _text(chosen.label, language)),
        OutField("XZMC", TEXT_FIELD, Label("乡镇", "Township"), lambda row: names.get(row.matter.township)),
        OutField("STATE", TEXT_FIELD, Label("状态", "State"),
                 lambda row: _text(kind.states[row.matter.state].label, language)),
        OutField("STATE_ON", DATE_FIELD, Label("状态日期", "State since"), lambda row: row.matter.since),
        OutField("WHAT", TEXT_FIELD, Label("到期事项", "What is due"), lambda row: _due_name(row.due, language)),
        OutField("DUE", DATE_FIELD, Label("期限", "Last day"), lambda row: row.day),
        OutField("DAYS_LEFT", INTEGER_FIELD, Label("剩余天数", "Days left"), lambda row: row.days_left),
        OutField("GROUND", TEXT_FIELD, Label("法律依据", "Legal ground"), lambda row: matter_ground_text(row.due.ground) if row.due else None)]
    if kind.finding:
        fields.append(OutField("FINDING", TEXT_FIELD, Label("系统判断", "Finding"),
                               lambda row: finding_text(row.view, language)))
    own = [one for name, field in kind.fields.items() if not field.private
           for one in _value_fields(kind, name, field.kind, field.label, language, people)]
    own += [one for name, quantity in kind.quantities.items() for one in _quantity_fields(name, quantity.unit, quantity.label)]
    return _told_apart(fields, own)


def _text(text: Message, language: str) -> str:
    return text.zh if language == "zh" and isinstance(text, Bilingual) else text.template


def _due_name(due: Optional[Deadline], language: str) -> Optional[str]:
    return due.name.text(language) if due else None


def finding_text(view: View, language: str) -> Optional[str]:
    """What the finding of a matter says, every problem of it."""
    if view.found is None:
        return None
    statuses = FINDINGS[view.kind.finding].statuses
    return "；".join(_text(statuses[status], language) for status in view.found.statuses)


def _value_fields(kind: MatterKind, name: str, of_kind: str, label: Bilingual, language: str,
                  people: Sequence[str] = ()) -> List[OutField]:
    def raw(row: ListRow) -> Any:
        return row.view.value(name)

    if of_kind == AREA:
        return [OutField(name, REAL_FIELD, _label(label, "（平方米）", " (m²)"), raw),
                OutField(f"{name}_MU", REAL_FIELD, _label(label, "（亩）", " (mu)"), lambda row: None if raw(row) is None
                         else to_mu(raw(row)))]
    if of_kind == MONEY:
        return [OutField(name, REAL_FIELD, _label(label, "（元）", " (yuan)"), lambda row: None if raw(row) is None
                         else float(yuan(raw(row))))]
    if of_kind == DATE:
        return [OutField(name, DATE_FIELD, _label(label), lambda row: row.view.date(name))]
    if of_kind == COUNT:
        return [OutField(name, INTEGER_FIELD, _label(label), raw)]
    if of_kind == FLAG:
        return [OutField(name, INTEGER_FIELD, _label(label), lambda row: None if raw(row) is None else int(raw(row)))]
    if of_kind == NUMBER:
        return [OutField(name, REAL_FIELD, _label(label), lambda row: None if raw(row) is None else float(raw(row)))]
    if of_kind == CODE:
        codes = kind.fields[name].codes
        return [OutField(name, TEXT_FIELD, _label(label), lambda row: _code_text(kind, codes, raw(row), language))]
    if of_kind == TEXT and not label.zh.endswith("号"):
        return [OutField(name, TEXT_FIELD, _label(label), lambda row: masked(raw(row), people))]
    return [OutField(name, TEXT_FIELD, _label(label), raw)]


def _code_text(kind: MatterKind, codes: str, code: Optional[str], language: str) -> Optional[str]:
    found = kind.label_of(codes, code) if code else None
    return _text(found, language) if found else code


def _quantity_fields(name: str, unit: str, label: Bilingual) -> List[OutField]:
    def raw(row: ListRow) -> Any:
        return row.view.value(name)

    if unit == "m2":
        return [OutField(name, REAL_FIELD, _label(label, "（平方米）", " (m²)"), lambda row: None if raw(row) is None
                         else float(raw(row)))]
    if unit == "fen":
        return [OutField(name, REAL_FIELD, _label(label, "（元）", " (yuan)"), lambda row: None if raw(row) is None
                         else float(yuan(int(raw(row)))))]
    if unit in ("days", "count"):
        return [OutField(name, INTEGER_FIELD, _label(label), lambda row: None if raw(row) is None else int(raw(row)))]
    if unit == "share":
        return [OutField(f"{name}_PC", REAL_FIELD, _label(label, "（%）", " (%)"), lambda row: None if raw(row) is None
                         else float(raw(row) * 100))]
    return [OutField(name, REAL_FIELD, _label(label), lambda row: None if raw(row) is None else float(raw(row)))]


def value_text(kind: MatterKind, name: str, value: Any, language: str) -> str:
    """A value of a matter as it is shown to people; an area in m² and mu, money in yuan, a code by its name."""
    field = kind.fields.get(name)
    of_kind = field.kind if field else {"m2": AREA, "fen": MONEY, "days": COUNT,
                                        "count": COUNT}.get(kind.quantities[name].unit, NUMBER)
    mu = "亩" if language == "zh" else "mu"
    if value in (None, ""):
        return ""
    if isinstance(value, str) and of_kind != CODE:
        return value
    if of_kind == AREA:
        return f"{m2_text(float(value))} m² ({mu_text(float(value))} {mu})"
    if of_kind == MONEY:
        return f"{yuan(int(value)):,} {'元' if language == 'zh' else 'yuan'}"
    if of_kind == FLAG:
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")
    if of_kind == CODE and field is not None:
        return _code_text(kind, field.codes, value, language) or ""
    if isinstance(value, Fraction):
        return f"{percent_text(value)} %"
    return str(value)
