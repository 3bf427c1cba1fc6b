"""A campaign's progress over time against its milestones: how far each rate had come on which day, and by how many days a milestone was met
early or late. Ratios are unrounded; a rate that cannot be divided has not come anywhere."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Dict, Iterable, List, Mapping, Optional, Sequence

from ..rulepack import RulePack
from .kind import MatterKind, Milestone
from .lists import Cell, township_table
from .matter import Matter
from .view import Period

#: So many days are looked at for a curve at most.
MOST_POINTS = 60


@dataclass(frozen=True)
class Point:
    """The rates of the milestones on a day, by column."""

    day: date
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Against:
    """A milestone: the rate on its day (today's, where it lies ahead), the day on which it was reached for good (None: it is not), and the
    days it was reached early (positive) or late; where it is not reached, the days left or, negative, gone by."""

    milestone: Milestone
    cell: Cell
    reached_on: Optional[date]
    days: int

    @property
    def is_reached(self) -> bool:
        """Whether the target stands reached now."""
        return self.reached_on is not None


def curve(kind: MatterKind, matters: Sequence[Matter], today: date, pack: RulePack) -> List[Point]:
    """The rates at the end of each month since the ledger began, and today; at most :data:`MOST_POINTS`, the latest."""
    opened = [matter.opened_on for matter in matters if matter.kind == kind.id and matter.opened_on <= today]
    if not opened or not kind.milestones:
        return []
    days = [*_month_ends(min(opened), today), today][-MOST_POINTS:]
    return [Point(day, _cells(kind, matters, min(opened), day, pack)) for day in days]


def against(kind: MatterKind, matters: Sequence[Matter], today: date, pack: RulePack) -> List[Against]:
    """Every milestone of the kind, in the order of its day."""
    acted = {step.on for matter in matters if matter.kind == kind.id for step in matter.steps if step.on <= today}
    if not acted:
        return []
    first = min(acted)
    known: Dict[date, Mapping[str, Cell]] = {day: _cells(kind, matters, first, day, pack) for day in sorted(acted)}
    found = []
    for milestone in sorted(kind.milestones, key=lambda one: one.on):
        reached = _reached_on(milestone, known)
        cell = _cells(kind, matters, first, min(max(milestone.on, first), today), pack)[milestone.column]
        found.append(Against(milestone, cell, reached, (milestone.on - (reached or today)).days))
    return found


def _reached_on(milestone: Milestone, known: Mapping[date, Mapping[str, Cell]]) -> Optional[date]:
    """The first of the days since which the target has been kept without a break."""
    since: Optional[date] = None
    for day, cells in known.items():
        value = cells[milestone.column].value
        if value is None or value * 100 < milestone.percent:
            since = None
        elif since is None:
            since = day
    return since


def _cells(kind: MatterKind, matters: Iterable[Matter], first: date, day: date, pack: RulePack) -> Mapping[str, Cell]:
    return township_table(kind, list(matters), [], "", Period(first, day), pack)[-1].cells


def _month_ends(first: date, last: date) -> List[date]:
    found, start = [], first.replace(day=1)
    while True:
        start = (start + timedelta(days=32)).replace(day=1)
        end = start - timedelta(days=1)
        if end >= last:
            return found
        found.append(end)
