"""Work lists and the township table of a kind, as of a day. Areas m², money fen; sums are exact, ratios unrounded."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ...errors import Bilingual, InputError
from ..areas import UNITS_PER_M2, as_written, ratio_of, to_units
from ..deadlines import Deadline
from ..rulepack import RulePack
from .kind import ANY_TERM, Column, KindList, MatterKind
from .matter import Matter
from .view import Period, View

#: Townships of which a matter says nothing.
NOWHERE = ""


@dataclass(frozen=True)
class ListRow:
    """One matter on a list. ``day`` is the day it is ordered by, ``days_left`` negative once it has passed; ``due``
    the duty meant.
    """

    view: View
    day: Optional[date]
    due: Optional[Deadline]

    @property
    def matter(self) -> Matter:
        """The matter as it stands on the day of the list."""
        return self.view.matter

    @property
    def days_left(self) -> Optional[int]:
        """Calendar days up to ``day``, negative once past; None where the row has no day."""
        return None if self.day is None else (self.day - self.view.day).days


def list_named(kind: MatterKind, code: str) -> KindList:
    """A list of the kind. Raises :class:`InputError` for one that it has not."""
    if code not in kind.lists:
        raise InputError("This ledger has no list {code}.", "Its lists: {known}.", code=code,
                         known=", ".join(kind.lists))
    return kind.lists[code]


def views_on(kind: MatterKind, matters: Iterable[Matter], day: date, pack: RulePack,
             period: Optional[Period] = None) -> List[View]:
    """The matters of the kind as they stood on the day; those opened later are left out."""
    then = (matter.as_of(day) for matter in matters if matter.kind == kind.id)
    return [View(kind, matter, day, pack, period=period) for matter in then if matter is not None]


def listed(chosen: KindList, views: Iterable[View]) -> List[ListRow]:
    """The matters on a list, the earliest day first, then by number."""
    rows = [_row(chosen, view) for view in views if view.all_hold(chosen.where)]
    return sorted(rows, key=lambda row: (row.day is None, row.day or date.max, row.matter.number))


def _row(chosen: KindList, view: View) -> ListRow:
    if chosen.day == ANY_TERM or not chosen.day:
        due = view.next_deadline
    else:
        due = next((one for one in view.deadlines if one.code == chosen.day and one.met_on is None), None)
    field = view.date(chosen.day) if chosen.day in view.kind.fields else None
    return ListRow(view, field or (due.due_on if due else None), due)


@dataclass(frozen=True)
class Cell:
    """A figure of the table, in whole units: 1/3 000 000 m², fen, pieces or days; numbers as fractions; the label of a code. None where
    nothing can be divided. A rate has its numerator and denominator."""

    value: Any
    numerator: Any = None
    denominator: Any = None


@dataclass(frozen=True)
class TableRow:
    """A township with the cell of each column; ``code`` empty for the county and for matters that name no township."""

    code: str
    name: str
    cells: Mapping[str, Cell]


def township_table(kind: MatterKind, matters: Sequence[Matter], townships: Sequence[Tuple[str, str]], county: str,
                   period: Period,
                   pack: RulePack) -> List[TableRow]:
    """One row for each township (code, name), one for matters of no known township if there are any, and the county's
    last.

    Figures are those of the last day of ``period``; a column ``at start`` those of the day before its first.
    """
    known = [code for code, _name in townships]
    at_end, at_start = _both_ends(kind, matters, period, pack)
    rows = [TableRow(code, name, _cells(kind, _of(at_end, [code]), _of(at_start, [code]), period)) for code,
            name in townships]
    lost = [view for view in at_end if view.matter.township not in known]
    if lost:
        others = sorted({view.matter.township for view in (*at_end, *at_start)} - set(known))
        rows.append(TableRow(NOWHERE, NOWHERE, _cells(kind, _of(at_end, others), _of(at_start, others), period)))
    return [*_ranked(kind, rows), TableRow(NOWHERE, county, _cells(kind, at_end, at_start, period))]


def group_table(kind: MatterKind, matters: Sequence[Matter], field: str, county: str, period: Period, pack: RulePack) -> List[TableRow]:
    """As :func:`township_table`, with a row for each code of a field (``name`` is its Chinese label) instead of each township."""
    at_end, at_start = _both_ends(kind, matters, period, pack)

    def cells(codes: Sequence[Any]) -> Dict[str, Cell]:
        return _cells(kind, *([view for view in views if view.value(field) in codes] for views in (at_end, at_start)), period)

    codes = kind.codes[kind.fields[field].codes]
    rows = [TableRow(one.code, one.label.zh, cells([one.code])) for one in codes]
    others = {view.value(field) for view in (*at_end, *at_start)} - {one.code for one in codes}
    if others:
        rows.append(TableRow(NOWHERE, NOWHERE, cells(list(others))))
    return [*_ranked(kind, rows), TableRow(NOWHERE, county, _cells(kind, at_end, at_start, period))]


def _both_ends(kind: MatterKind, matters: Sequence[Matter], period: Period, pack: RulePack) -> Tuple[List[View], List[View]]:
    """The matters on the last day of the period, and on the day before its first."""
    before = date.fromordinal(period.first.toordinal() - 1)
    return views_on(kind, matters, period.last, pack, period), views_on(kind, matters, before, pack, period)


def _ranked(kind: MatterKind, rows: Sequence[TableRow]) -> List[TableRow]:
    """The rows with their ranks: 1 for the largest figure (``upward``: the smallest), equal ones share one; no figure, no rank."""
    found = [dict(row.cells) for row in rows]
    for column in kind.columns.values():
        if column.do == "rank":
            figures = [cells[column.of[0]].value if row.code else None for row, cells in zip(rows, found)]
            for cells, figure in zip(found, figures):
                ahead = [other for other in figures if other is not None and figure is not None
                         and (other < figure if column.upward else other > figure)]
                cells[column.name] = Cell(None if figure is None else len(ahead) + 1)
    return [TableRow(row.code, row.name, cells) for row, cells in zip(rows, found)]


def _of(views: Sequence[View], codes: Sequence[str]) -> List[View]:
    return [view for view in views if view.matter.township in codes]


def _cells(kind: MatterKind, at_end: Sequence[View], at_start: Sequence[View], period: Period) -> Dict[str, Cell]:
    cells: Dict[str, Cell] = {}
    for column in kind.columns.values():
        cells[column.name] = _cell(kind, column, at_start if column.at_start else at_end, cells, period)
    return cells


def _cell(kind: MatterKind, column: Column, views: Sequence[View], cells: Mapping[str, Cell], period: Period) -> Cell:
    if column.do == "rate":
        part, whole = cells[column.numerator].value or 0, cells[column.denominator].value or 0
        return Cell(ratio_of(part, whole) if isinstance(part, int) and isinstance(whole, int) else
                    Fraction(part) / Fraction(whole) if whole else None, part, whole)
    if column.do in ("total", "difference"):
        first, *rest = [cells[name].value or 0 for name in column.of]
        return Cell(first + sum(rest) if column.do == "total" else first - sum(rest))
    if column.do == "rank":
        return Cell(None)
    chosen = [view for view in views if view.all_hold(column.where)]
    if column.do == "most":
        return Cell(_most(kind, column, chosen))
    if column.do == "count":
        return Cell(len(chosen))
    if column.do == "sum":
        return Cell(sum((_units(view.value(column.of[0]), column.unit) for view in chosen), 0))
    steps = [step for view in chosen for step in view.steps(column.acts) if period.holds(step.on)]
    if column.do == "count_of_acts":
        return Cell(len(steps))
    return Cell(sum((_units(step.particulars.get(column.of[0]), column.unit) for step in steps), 0))


def _most(kind: MatterKind, column: Column, views: Sequence[View]) -> Optional[Bilingual]:
    """The code that most matters have, or that with the largest sum of ``by``; of equals the first of the list. None where none has one."""
    field, *by = column.of
    sums: Dict[str, Fraction] = {}
    for view in views:
        code, figure = view.value(field), view.value(by[0]) if by else 1
        if code not in (None, "") and figure:
            sums[code] = sums.get(code, Fraction(0)) + as_written(figure)
    order = [one.code for one in kind.codes[kind.fields[field].codes]]
    known = [code for code in order if code in sums]
    return kind.label_of(kind.fields[field].codes, max(known, key=lambda code: sums[code])) if known else None


def _units(value: Any, unit: str) -> Any:
    if value is None:
        return 0
    if unit == "m2":
        return to_units(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else as_written(value)


def in_unit(cell_value: Any, unit: str) -> Any:
    """A cell's figure in m², yuan, or as it is; None stays None."""
    if cell_value is None or isinstance(cell_value, Bilingual):
        return cell_value
    if unit == "m2":
        return Fraction(cell_value, UNITS_PER_M2)
    return Fraction(cell_value, 100) if unit == "fen" else cell_value
