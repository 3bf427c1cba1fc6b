"""All terms that the acts of a case have started, with what met them (R49)."""
from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Iterable, List, Optional, Tuple

from . import remedy_terms
from .case import Case, Item
from .case_procedure import CASE
from .deadlines import DUTY, RIGHT, WAIT, Deadline, deadline, deadline_until
from .remedies import Track
from .pack import Label, RulePack
from .procedure import Done, Term


ITEM_TERMS = (
    Term("demand", "demand", (), WAIT),
    Term("court_acceptance", "apply_court", ("court_acceptance", "court_ruling")),
    Term("court_ruling", "court_acceptance", ("court_ruling",)),
)
PERFORMANCE = Label("履行处罚决定", "Carrying out of the remedy")
_ENDS_ALL = ("not_file", "no_penalty", "transfer_case", "close")


def deadlines_of(case: Case, pack: RulePack, tracks: Iterable[Track] = ()) -> List[Deadline]:
    """Every term of the case. A duty that the end of the case has made idle counts as met on that day."""
    known = list(tracks)
    found = CASE.deadlines(case, pack)
    found += [made for item in case.items if case.served_on for made in _of_item(case, item, pack, known)]
    ended = next((done.on for done in reversed(case.acts) if done.act in _ENDS_ALL), None)
    if case.is_open or ended is None:
        return found
    return [replace(one, met_on=ended) if one.met_on is None and one.role == DUTY else one for one in found]


def _last_index(case: Case, acts: Tuple[str, ...], item: Optional[str] = None) -> Optional[int]:
    return next((n for n in range(len(case.acts) - 1, -1, -1) if case.acts[n].act in acts
                 and (item is None or item in case.acts[n].particulars.get("items", ()))), None)


def _met_after(acts: Iterable[Done], met_by: Tuple[str, ...], item: Optional[str] = None) -> Optional[date]:
    return next((done.on for done in acts if done.act in met_by
                 and (item is None or item in done.particulars.get("items", ()))), None)


def _of_item(case: Case, item: Item, pack: RulePack, tracks: List[Track]) -> List[Deadline]:
    found = _performance(case, item, pack, tracks) + _rights(case, item, pack) + _court_window(case, item, pack)
    found += [made for term in ITEM_TERMS for made in _by_item(case, item, term, pack)]
    if item.kind == "confiscation":
        found += _hand_over(case, item, pack)
    if item.stage == "refused":
        found.append(replace(deadline(pack.term("court_appeal"), case.last("court_ruling", item.id).on, pack, RIGHT), item=item.id))
    return found


def _performance(case: Case, item: Item, pack: RulePack, tracks: List[Track]) -> List[Deadline]:
    """Money keeps its own term; the others are due by what the decision set. Met when the remedy was carried out."""
    end = remedy_terms.performance_end(case, item, pack)
    served = case.served_on
    if end is None or served is None:
        return []
    made = deadline_until("performance", PERFORMANCE, "行政处罚法 Art. 66, 67", served, end, pack)
    return [replace(made, item=item.id, acts=("perform",), met_on=_carried_out_on(case, item, tracks))]


def _carried_out_on(case: Case, item: Item, tracks: List[Track]) -> Optional[date]:
    mine = [track for track in tracks if track.item == item.id and track.withdrawn_on is None]
    if mine and all(track.is_done for track in mine):
        return max(step.on for track in mine for step in track.steps)
    return case.last_on("perform", item.id) if item.stage == "done" else (item.since if item.is_settled else None)


def _rights(case: Case, item: Item, pack: RulePack) -> List[Deadline]:
    opened = case.last_on("open_review", item.id)
    return [replace(deadline(pack.term(code), case.served_on, pack, RIGHT), item=item.id, met_on=opened)
            for code in remedy_terms.review_rights(item)]


def _court_window(case: Case, item: Item, pack: RulePack) -> List[Deadline]:
    """Due only while the remedy is not carried out; not while a reconsideration or suit is pending."""
    start = remedy_terms.remedy_period_end(case, item, pack)
    if start is None or item.stage == "reviewed":
        return []
    made = deadline(pack.term("court_application"), start.day, pack, DUTY)
    applied = case.last_on("apply_court", item.id)
    settled = item.since if item.is_settled else None
    return [replace(made, item=item.id, acts=("apply_court",), met_on=applied or settled,
                    provisional=made.provisional or start.provisional)]


def _by_item(case: Case, item: Item, term: Term, pack: RulePack) -> List[Deadline]:
    start = _last_index(case, (term.starts,), item.id)
    if start is None:
        return []
    made = deadline(term.running(case, pack), case.acts[start].on, pack, term.role)
    met_on = _met_after(case.acts[start + 1:], term.met_by, item.id) or (item.since if item.is_settled else None)
    return [replace(made, item=item.id, acts=term.met_by, met_on=met_on)]


def _hand_over(case: Case, item: Item, pack: RulePack) -> List[Deadline]:
    """条例 Art. 58: within 90 days, counted from the decision (start assumed by the pack)."""
    decided = case.decided_on
    if decided is None:
        return []
    made = deadline(pack.term("handover"), decided, pack, DUTY)
    return [replace(made, item=item.id, acts=("hand_over",), met_on=case.last_on("hand_over", item.id))]


def next_deadline(case: Case, pack: RulePack, today: date, tracks: Iterable[Track] = ()) -> Optional[Deadline]:
    """The duty that runs out first among those not met."""
    open_duties = [one for one in deadlines_of(case, pack, tracks) if one.role == DUTY and one.met_on is None]
    return min(open_duties, key=lambda one: (one.due_on, one.code, one.item or ""), default=None)
