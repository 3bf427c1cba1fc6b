"""When something must be done, may be done at the earliest, or can no longer be attacked (R39, R49).

Terms come from the rule pack, days from its calendar. The day of the act that starts a term is not counted. Nothing
here looks at a clock: ``today`` is always given.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Iterable, List, Optional, Tuple

from .calendar import WORKING_DAYS, TermEnd, WorkCalendar, add_months, end_of_month
from .areas import as_written
from .rulepack import Label, RulePack, StatutoryTerm

# who the term binds, or what it holds up
DUTY, WAIT, RIGHT = "duty", "wait", "right"
RUNNING, SOON, OVERDUE, MET, MET_LATE, OVER = "running", "soon", "overdue", "met", "met_late", "over"
_DAY = timedelta(days=1)
MONTHLY_CLEARING = Label("月清", "Monthly clearing")


@dataclass(frozen=True)
class Deadline:
    """One term that an act has started.

    ``role``: ``duty`` (overdue once passed), ``wait`` (nothing may follow on or before ``due_on``), ``right`` (of the
    party; it simply runs out). ``warn_on`` is the first day of the warning. ``item`` is the remedy of the decision that
    it concerns, ``acts`` are the codes of the acts that meet it.
    """

    code: str
    name: Label
    ground: str
    role: str
    started_on: date
    due_on: date
    warn_on: date
    provisional: bool = False
    met_on: Optional[date] = None
    item: Optional[str] = None
    acts: Tuple[str, ...] = ()

    def status(self, today: date) -> str:
        """``running``, ``soon`` (warning, R49), ``overdue``, ``met`` or ``met_late``; a wait or a right ends as ``over``."""
        if self.met_on is not None:
            return MET_LATE if self.role == DUTY and self.met_on > self.due_on else MET
        if today > self.due_on:
            return OVERDUE if self.role == DUTY else OVER
        return SOON if self.role == DUTY and today >= self.warn_on else RUNNING

    def days_left(self, today: date) -> int:
        """Calendar days until the last day; negative once it has passed."""
        return (self.due_on - today).days


def deadline(term: StatutoryTerm, started_on: date, pack: RulePack, role: str) -> Deadline:
    """The deadline of a term of the pack that starts with an act of ``started_on``."""
    end = pack.calendar.term_end(started_on, term.amount, term.unit,
                                 term.ends_on_a_working_day(pack.parameters.deadline_rolls_to_working_day))
    warn = warning_day(started_on, end.day, term, pack.calendar, pack.parameters.deadline_warn_share)
    return Deadline(term.code, term.name, term.source, role, started_on, end.day, warn, end.provisional)


def deadline_until(code: str, name: Label, ground: str, started_on: date, end: TermEnd, pack: RulePack) -> Deadline:
    """A duty whose last day was set by an act, not by a term of the pack."""
    warn = started_on + _DAY * _part((end.day - started_on).days, pack.parameters.deadline_warn_share)
    return Deadline(code, name, ground, DUTY, started_on, end.day, warn, end.provisional)


def warning_day(started_on: date, due_on: date, term: StatutoryTerm, calendar: WorkCalendar, share: float) -> date:
    """The first day on which ``share`` of the term (80 %, R49) has gone by, counted in the term's own days."""
    if term.unit == WORKING_DAYS:
        return calendar.add_working_days(started_on, _part(term.amount, share)).day
    return started_on + _DAY * _part((due_on - started_on).days, share)


def _part(whole: int, share: float) -> int:
    """The least whole number that is at least ``share`` of ``whole``."""
    part: Fraction = whole * as_written(share)
    return -(-part.numerator // part.denominator)


def met(item: Deadline, on: Optional[date]) -> Deadline:
    """The deadline with the day on which it was met, if any."""
    return replace(item, met_on=on)


def most_urgent_first(deadlines: Iterable[Deadline], today: date) -> List[Deadline]:
    """Overdue duties, then those that warn, then the others, each by their last day; met ones at the end."""
    order = {OVERDUE: 0, SOON: 1, RUNNING: 2, OVER: 3, MET_LATE: 4, MET: 4}
    return sorted(deadlines, key=lambda item: (order[item.status(today)], item.due_on, item.code, item.item or ""))


def monthly_clearing_due(issued_on: date) -> date:
    """月清 (R39): the last day of the month after the issue, unless the batch says otherwise (JZRQ)."""
    return end_of_month(add_months(issued_on.replace(day=1), 1))


def monthly_clearing(issued_on: date, due_on: Optional[date], cleared_on: Optional[date], pack: RulePack) -> Deadline:
    """The clearing of one patch of a batch, or of the batch by its last patch; warns some days before (R39: 7)."""
    due = due_on or monthly_clearing_due(issued_on)
    warn = due - _DAY * pack.parameters.monthly_clear_warn_days
    return Deadline("monthly_clearing", MONTHLY_CLEARING, "R39", DUTY, issued_on, due, warn, met_on=cleared_on)
