"""The terms of each remedy of a served decision: performance, suit, demand, and the window of the court (domain.md §0.2 (7))."""
from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import InvalidOperation
from typing import List, Optional, Tuple

from .calendar import TermEnd
from .case import Case, Item
from .rulepack import RulePack
from .procedure import Done
from .quantities import fen

SHORT_SUIT = ("demolition",)  # 土地管理法 Art. 83: sue within 15 days, or it is enforced
MONEY = ("fine", "gains", "fee")
BY_PUBLICATION = "5"  # SDFS
_RECONSIDERATION, _REVOKED = "1", "3"  # JJTJ, FYJG
#: One part of a fine: its last day of payment, and how much of it is due then, in fen.
Part = Tuple[date, int]


def term_end(pack: RulePack, code: str, started_on: date) -> TermEnd:
    """The end of a term of the pack that an act of ``started_on`` starts; terms of the remedies end on a working day (§0.2 (15))."""
    term = pack.term(code, started_on)
    return pack.calendar.term_end(started_on, term.amount, term.unit,
                                  term.ends_on_a_working_day(pack.parameters.deadline_rolls_to_working_day))


def served_on(case: Case, pack: RulePack) -> Optional[date]:
    """The day on which the decision counts as served: one that was published, thirty days after (民事诉讼法 Art. 95)."""
    done = case.service
    return None if done is None else reached_on(done, pack)


def reached_on(done: Done, pack: RulePack) -> date:
    """The day on which a paper of this act reached the party."""
    if done.particulars.get("manner") != BY_PUBLICATION:
        return done.on
    return term_end(pack, "publication", done.on).day


def notice_reached_on(case: Case, act: str, pack: RulePack) -> Optional[date]:
    """The day from which the party's time to answer a paper runs: that of its service (12号令 Art. 33, 34). Where no service was
    recorded, as in cases of earlier versions, that of the paper itself."""
    return delivered_on(case, act, pack) or case.last_on(act)


def delivered_on(case: Case, act: str, pack: RulePack) -> Optional[date]:
    """The day on which the latest paper of this act reached the party; None where no service of it was recorded."""
    for done in reversed(case.acts):
        if done.act == act:
            return None
        if done.act == "deliver" and done.particulars.get("paper") == act:
            return reached_on(done, pack)
    return None


def parts_of(case: Case, item: Item) -> Tuple[Part, ...]:
    """The parts in which a fine may be paid, as approved last (行政处罚法 Art. 66); empty where it is due at once."""
    done = case.last("instalments", item.id)
    return () if done is None else schedule_of(str(done.particulars.get("schedule", ""))) or ()


def schedule_of(text: str) -> Optional[Tuple[Part, ...]]:
    """Days and amounts as they are typed, ``2026-03-31 50000; 2026-06-30 50000`` (yuan); None where they cannot be read."""
    parts = []
    for piece in re.split(r"[;；\n]", text):
        words = piece.replace("，", " ").replace(",", " ").split()
        try:
            if words:
                on, amount = words
                parts.append((date.fromisoformat(on), fen(amount)))
        except (ValueError, InvalidOperation):
            return None
    return tuple(sorted(parts)) or None


def performance_end(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The last day for carrying the remedy out; None before service. A fine has its own term, or that of its last instalment; the rest
    what the decision sets or, where it sets nothing, the pack's ``perform_days``."""
    served = served_on(case, pack)
    if served is None:
        return None
    parts = parts_of(case, item)
    if parts:
        return TermEnd(parts[-1][0])
    if item.kind in MONEY:
        return term_end(pack, "fine", served)
    days = pack.parameters.perform_days if item.perform_days is None else item.perform_days
    return pack.calendar.term_end(served, days, "calendar", pack.parameters.deadline_rolls_to_working_day)


def review_rights(item: Item, pack: RulePack) -> Tuple[str, ...]:
    """The terms in which the party may attack the remedy. Whether the sixty days of reconsideration run for a demolition too is a
    setting of the pack."""
    if item.kind not in SHORT_SUIT:
        return ("review", "suit")
    return ("demolition_suit", "review") if pack.parameters.review_runs_for_demolition else ("demolition_suit",)


def remedy_period_end(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The end of the time to attack the remedy: of the longest right; of the fifteen days to sue after a reconsideration (行政诉讼法
    Art. 45); or the day on which a suit ended."""
    concluded = case.last("conclude_review", item.id)
    if concluded is not None:
        opened = case.last("open_review", item.id)
        by_reconsideration = opened is not None and opened.particulars.get("way") == _RECONSIDERATION
        if by_reconsideration and concluded.particulars.get("result") != _REVOKED:
            return term_end(pack, "suit_after_review", concluded.on)
        return TermEnd(concluded.on)
    served = served_on(case, pack)
    if served is None:
        return None
    ends = [term_end(pack, code, served) for code in review_rights(item, pack)]
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


def court_window_start(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The day after which the three months of the application run."""
    start, parts = remedy_period_end(case, item, pack), parts_of(case, item)
    return start if start is None or not parts or parts[-1][0] <= start.day else TermEnd(parts[-1][0], start.provisional)


def court_closes(case: Case, item: Item, pack: RulePack) -> Optional[TermEnd]:
    """The last day of the application: three months after the remedy period (行政强制法 Art. 53), or after the last instalment of a fine
    (行政处罚法 Art. 72)."""
    start = court_window_start(case, item, pack)
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
