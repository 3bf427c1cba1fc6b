"""Work lists and the township table of a kind, as of a day. Areas m², money fen; sums are exact, ratios unrounded."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ...errors import InputError
from ..areas import UNITS_PER_M2, as_written, ratio_of, to_units
from ..deadlines import Deadline
from ..pack import RulePack
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
    """A figure of the table, in whole units: 1/3 000 000 m², fen, pieces or days; numbers as fractions. None where
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
    at_end = views_on(kind, matters, period.last, pack, period)
    at_start = views_on(kind, matters, date.fromordinal(period.first.toordinal() - 1), pack, period)
    known = [code for code, _name in townships]
    rows = [TableRow(code, name, _cells(kind, _of(at_end, [code]), _of(at_start, [code]), period)) for code,
            name in townships]
    lost = [view for view in at_end if view.matter.township not in known]
    if lost:
        others = sorted({view.matter.township for view in (*at_end, *at_start)} - set(known))
        rows.append(TableRow(NOWHERE, NOWHERE, _cells(kind, _of(at_end, others), _of(at_start, others), period)))
    return [*rows, TableRow(NOWHERE, county, _cells(kind, at_end, at_start, period))]


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
    chosen = [view for view in views if view.all_hold(column.where)]
    if column.do == "count":
        return Cell(len(chosen))
    if column.do == "sum":
        return Cell(sum((_units(view.value(column.of[0]), column.unit) for view in chosen), 0))
    steps = [step for view in chosen for step in view.steps(column.acts) if period.holds(step.on)]
    if column.do == "count_of_acts":
        return Cell(len(steps))
    return Cell(sum((_units(step.particulars.get(column.of[0]), column.unit) for step in steps), 0))


def _units(value: Any, unit: str) -> Any:
    if value is None:
        return 0
    if unit == "m2":
        return to_units(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else as_written(value)


def in_unit(cell_value: Any, unit: str) -> Any:
    """A cell's figure in m², yuan, or as it is; None stays None."""
    if cell_value is None:
        return None
    if unit == "m2":
        return Fraction(cell_value, UNITS_PER_M2)
    return Fraction(cell_value, 100) if unit == "fen" else cell_value
