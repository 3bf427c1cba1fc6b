"""The terms of each remedy of a served decision: performance, suit, demand, and the window of the court (domain.md §0.2 (7))."""
from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import List, Optional, Tuple

from .calendar import TermEnd
from .case import Case, Item
from .pack import RulePack

SHORT_SUIT = ("demolition",)  # 土地管理法 Art. 83: sue within 15 days, or it is enforced
_MONEY = ("fine", "gains", "fee")


def term_end(pack: RulePack, code: str, started_on: date) -> TermEnd:
    """The end of a term of the pack."""
    term = pack.term(code)
    return pack.calendar.term_end(started_on, term.amount, term.unit, pack.parameters.deadline_rolls_to_working_day)


def performance_end(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The last day for carrying the remedy out; None before service. A fine has its own term, the rest what the decision sets
    or, where it sets nothing, the pack's ``perform_days``."""
    served = case.served_on
    if served is None:
        return None
    if item.kind in _MONEY:
        return term_end(pack, "fine", served)
    days = pack.parameters.perform_days if item.perform_days is None else item.perform_days
    return pack.calendar.term_end(served, days, "calendar", pack.parameters.deadline_rolls_to_working_day)


def review_rights(item: Item) -> Tuple[str, ...]:
    """The terms in which the party may attack the remedy."""
    return ("demolition_suit",) if item.kind in SHORT_SUIT else ("review", "suit")


def remedy_period_end(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The end of the time to attack the remedy: of the longest right, or the day on which a reconsideration or suit ended."""
    concluded = case.last_on("conclude_review", item.id)
    if concluded is not None:
        return TermEnd(concluded)
    served = case.served_on
    if served is None:
        return None
    ends = [term_end(pack, code, served) for code in review_rights(item)]
    return max(ends, key=lambda end: end.day)


def demand_end(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The last of the ten working days after the demand (行政强制法 Art. 54)."""
    demanded = case.last_on("demand", item.id)
    return None if demanded is None else term_end(pack, "demand", demanded)


def court_opens_after(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The application is possible from the day after: demand and remedy period must both be over."""
    ends = [end for end in (demand_end(case, item, pack), remedy_period_end(case, item, pack)) if end is not None]
    latest = max(ends, key=lambda end: end.day, default=None)
    return None if latest is None else replace(latest, provisional=any(end.provisional for end in ends))


def court_closes(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The last day of the application: three months after the remedy period (行政强制法 Art. 53)."""
    start = remedy_period_end(case, item, pack)
    if start is None:
        return None
    end = term_end(pack, "court_application", start.day)
    return replace(end, provisional=end.provisional or start.provisional)


def review_pauses(case: Case, item: Item) -> List[Tuple[date, date]]:
    """First and last days of reconsiderations and suits on the remedy, open ones until the end of time; the surcharge stands still."""
    pauses: List[Tuple[date, date]] = []
    for done in case.acts:
        if item.id not in done.particulars.get("items", ()):
            continue
        if done.act == "open_review":
            pauses.append((done.on, date.max))
        elif done.act == "conclude_review" and pauses:
            pauses[-1] = (pauses[-1][0], done.on)
    return pauses
