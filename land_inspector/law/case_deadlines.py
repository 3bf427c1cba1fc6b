"""All terms that the acts of a case have started, with what met them (R49)."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from ..errors import Message
from . import remedies
from .acts import ACTS
from .case import Case, Item
from .case_procedure import CASE, due_acts, obstacle
from .deadlines import DUTY, Deadline, OVER, RIGHT, WAIT, deadline, deadline_until, most_urgent_first
from .penalties import counted_days
from .rulepack import Label, RulePack
from .procedure import Act, Done, Term, term_deadline
from .procedure_guards import Practice
from .remedies import Track, standing


ITEM_TERMS = (
    Term("demand", "demand", (), WAIT),
    Term("court_acceptance", "apply_court", ("court_acceptance", "court_ruling")),
    Term("court_ruling", "court_acceptance", ("court_ruling",)),  # or court_ruling_hearing, where the court hears the parties
)
PERFORMANCE = Label("履行处罚决定", "Carrying out of the remedy")
_ENDS_ALL = ("not_file", "no_penalty", "transfer_case", "end_investigation", "close", "close_applied")
_NOT_UPHELD = ("2", "3")  # FYJG: changed, revoked
_HEARS = "2"  # how the court looks at an application: on the papers, or after hearing the parties
_DAY = timedelta(days=1)


def deadlines_of(case: Case, pack: RulePack, tracks: Iterable[Track] = ()) -> List[Deadline]:
    """Every term of the case. A duty that the end of the case has made idle counts as met on that day."""
    known = list(tracks)
    found = [made for term in CASE.terms for made in _by_term(case, term, pack)] + _publication(case, pack)
    found += [made for item in case.items if case.last("serve") for made in _of_item(case, item, pack, known)]
    ended = next((done.on for done in reversed(case.acts) if done.act in _ENDS_ALL), None)
    if case.is_open or ended is None:
        return found
    return [replace(one, met_on=ended) if one.met_on is None and one.role == DUTY else one for one in found]


def _publication(case: Case, pack: RulePack) -> List[Deadline]:
    """A published decision that was changed or revoked is withdrawn within three days, with the reasons (行政处罚法 Art. 48)."""
    published = _last_index(case, ("publish",))
    ended = next((n for n, done in enumerate(case.acts) if published is not None and n > published and done.act == "conclude_review"
                  and done.particulars.get("result") in _NOT_UPHELD), None)
    if ended is None:
        return []
    made = deadline(pack.term("withdraw_publication"), case.acts[ended].on, pack, DUTY)
    return [replace(made, acts=("withdraw_publication",), met_on=_met_after(case.acts[ended + 1:], ("withdraw_publication",)))]


def _by_term(case: Case, term: Term, pack: RulePack) -> List[Deadline]:
    if term.code == "decision":
        return _decision(case, term, pack)
    found = term_deadline(case, term, pack)
    if found and term.code == "decision_notice":
        return [replace(found[0], met_on=_told_of_suspension(case))]
    if found and term.role == WAIT:  # the party's time runs from when the paper reached it
        reached = remedies.notice_reached_on(case, term.starts, pack) or found[0].started_on
        made = deadline(pack.term(term.code, reached), reached, pack, WAIT)
        return [replace(made, acts=found[0].acts, met_on=found[0].met_on)]
    return found


def _told_of_suspension(case: Case) -> Optional[date]:
    """When the party was told that the investigation is suspended (12号令 Art. 27): by that paper and no other, or it went on before."""
    begun = _last_index(case, ("suspend",))
    later = case.acts[begun + 1:] if begun is not None else ()
    return next((done.on for done in later if done.act == "resume" or done.act == "deliver" and done.particulars.get("paper") == "suspend"),
                None)


def _decision(case: Case, term: Term, pack: RulePack) -> List[Deadline]:
    """The time to decide: from the filing, or anew from the day on which a revoked decision is taken up again; longer by an extension
    and by the days that are not counted (12号令 Art. 38). While the investigation is suspended none runs."""
    start = _last_index(case, ("file", "redo"))
    if start is None:
        return []
    later = case.acts[start + 1:]
    met_on, pauses = _met_after(later, term.met_by + term.idle_after), not_counted(later, pack)
    if met_on is None and any(last == date.max for _first, last in pauses):
        return []
    made = _extended(case.acts[start].on, later, pack)
    days = _shift(made.started_on, made.due_on, pauses)
    return [replace(made, due_on=made.due_on + _DAY * days, warn_on=made.warn_on + _DAY * days, acts=term.met_by, met_on=met_on)]


def _extended(started_on: date, later: Sequence[Done], pack: RulePack) -> Deadline:
    """By the days that the extension says, else by the pack's longer term."""
    given = next((done for done in reversed(later) if done.act == "extend_decision"), None)
    days = given.particulars.get("days") if given else None
    if given is None or isinstance(days, int):
        base = deadline(pack.term("decision", started_on), started_on, pack, DUTY)
        return base if given is None else replace(base, code="decision_extended", due_on=base.due_on + _DAY * int(days or 0),
                                                  warn_on=base.warn_on + _DAY * int(days or 0))
    return deadline(pack.term("decision_extended", started_on), started_on, pack, DUTY)


def not_counted(acts: Sequence[Done], pack: RulePack) -> List[Tuple[date, date]]:
    """First and last days that the time to decide leaves out: suspended investigations, hearings, papers served by publication, and
    what was recorded as such (检验、鉴定、评审、邮递). ``date.max`` where a suspension has not ended."""
    found: List[Tuple[date, date]] = []
    begun: Dict[str, date] = {}
    for done in acts:
        if done.act in ("suspend", "hearing_request"):
            begun[done.act] = done.on
        elif done.act == "resume" and "suspend" in begun:
            found.append((begun.pop("suspend"), done.on - _DAY))
        elif done.act in ("hold_hearing", "withdraw_hearing") and "hearing_request" in begun:
            found.append((begun.pop("hearing_request"), done.on))
        elif done.act == "exclude_time":
            found.append((date.fromisoformat(done.particulars["first"]), date.fromisoformat(done.particulars["last"])))
        elif done.act == "deliver" and done.particulars.get("manner") == remedies.BY_PUBLICATION:
            found.append((done.on + _DAY, remedies.reached_on(done, pack)))
    return found + ([(begun["suspend"], date.max)] if "suspend" in begun else [])


def _shift(started_on: date, due_on: date, pauses: Sequence[Tuple[date, date]]) -> int:
    """By how many days a term moves when the days of the pauses are left out of it."""
    whole, days = (due_on - started_on).days, 0
    closed = [(first, last) for first, last in pauses if last < date.max]
    while True:
        end = started_on + _DAY * (whole + days)
        left_out = (end - started_on).days - counted_days(started_on, end, closed)
        if left_out == days:
            return days
        days = left_out


def _last_index(case: Case, acts: Tuple[str, ...], item: Optional[str] = None) -> Optional[int]:
    first = 0 if item is None else _last_index(case, ("redo",)) or 0  # what a revoked decision had is no item of the new one
    return next((n for n in range(len(case.acts) - 1, first - 1, -1) if case.acts[n].act in acts
                 and (item is None or item in case.acts[n].particulars.get("items", ()))), None)


def _met_after(acts: Iterable[Done], met_by: Tuple[str, ...], item: Optional[str] = None) -> Optional[date]:
    return next((done.on for done in acts if done.act in met_by
                 and (item is None or item in done.particulars.get("items", ()))), None)


def _of_item(case: Case, item: Item, pack: RulePack, tracks: List[Track]) -> List[Deadline]:
    found = _performance(case, item, pack, tracks) + _rights(case, item, pack) + _court_window(case, item, pack, tracks)
    found += [made for term in ITEM_TERMS for made in _by_item(case, item, term, pack, tracks)]
    if item.kind == "confiscation":
        found += _hand_over(case, item, pack)
    if item.stage == "refused":
        found.append(replace(deadline(pack.term("court_appeal"), _ruled_on(case, item), pack, RIGHT), item=item.id))
    return found


def _ruled_on(case: Case, item: Item) -> date:
    return case.last_on("court_ruling", item.id) or case.since


def _performance(case: Case, item: Item, pack: RulePack, tracks: List[Track]) -> List[Deadline]:
    """Money keeps its own term; the others are due by what the decision set. Met when the remedy was carried out."""
    end = remedies.performance_end(case, item, pack)
    served = remedies.served_on(case, pack)
    if end is None or served is None:
        return []
    made = deadline_until("performance", PERFORMANCE, "行政处罚法 Art. 66, 67", served, end, pack)
    return [replace(made, item=item.id, acts=("perform",), met_on=_carried_out_on(case, item, tracks))]


def _carried_out_on(case: Case, item: Item, tracks: List[Track]) -> Optional[date]:
    mine = [track for track in tracks if track.item == item.id and track.withdrawn_on is None]
    if mine and all(track.is_done for track in mine):
        return max(step.on for track in mine for step in track.steps)
    return case.last_on("perform", item.id) if item.stage == "done" else (item.since if item.is_settled else None)


def _over_on(case: Case, item: Item, tracks: List[Track]) -> Optional[date]:
    """When nothing was left to demand of a remedy: paid, or carried out and accepted; or when the case settled it."""
    mine = [track for track in tracks if track.item == item.id and track.withdrawn_on is None]
    if mine and all(track.is_over for track in mine):
        return max([step.on for track in mine for step in track.steps] + [track.acceptance.on for track in mine if track.acceptance.on])
    return item.since if item.is_settled else None


def _rights(case: Case, item: Item, pack: RulePack) -> List[Deadline]:
    opened, served = case.last("open_review", item.id), remedies.served_on(case, pack)
    if served is None:
        return []
    found = [replace(deadline(pack.term(code), served, pack, RIGHT), item=item.id, met_on=opened.on if opened else None)
             for code in remedies.review_rights(item, pack)]
    return found + _suit_after_review(case, item, pack)


def _suit_after_review(case: Case, item: Item, pack: RulePack) -> List[Deadline]:
    concluded = case.last_on("conclude_review", item.id)
    end = remedies.remedy_period_end(case, item, pack)
    if concluded is None or end is None or end.day == concluded:
        return []
    return [replace(deadline(pack.term("suit_after_review"), concluded, pack, RIGHT), item=item.id)]


def _court_window(case: Case, item: Item, pack: RulePack, tracks: List[Track]) -> List[Deadline]:
    """Due only while the remedy is not carried out; not while a reconsideration or suit is pending."""
    start = remedies.court_window_start(case, item, pack)
    if start is None or item.stage == "reviewed":
        return []
    made = deadline(pack.term("court_application"), start.day, pack, DUTY)
    applied = case.last_on("apply_court", item.id)
    return [replace(made, item=item.id, acts=("apply_court",), met_on=applied or _over_on(case, item, tracks),
                    provisional=made.provisional or start.provisional)]


def _by_item(case: Case, item: Item, term: Term, pack: RulePack, tracks: List[Track]) -> List[Deadline]:
    """What has been carried out and accepted is waited for and demanded no longer."""
    start = _last_index(case, (term.starts,), item.id)
    if start is None:
        return []
    hears = term.code == "court_ruling" and case.acts[start].particulars.get("looks") == _HEARS
    started_on = case.acts[start].on
    made = deadline(pack.term("court_ruling_hearing") if hears else term.running(case, pack, started_on), started_on, pack, term.role)
    met_on = _met_after(case.acts[start + 1:], term.met_by, item.id) or _over_on(case, item, tracks)
    return [replace(made, item=item.id, acts=term.met_by, met_on=met_on)]


def _hand_over(case: Case, item: Item, pack: RulePack) -> List[Deadline]:
    """条例 Art. 58, 12号令 Art. 43: within 90 days from when the decision takes effect, which is its service (Art. 35)."""
    served = remedies.served_on(case, pack)
    if served is None:
        return []
    made = deadline(pack.term("handover"), served, pack, DUTY)
    return [replace(made, item=item.id, acts=("hand_over",), met_on=case.last_on("hand_over", item.id))]


def next_deadline(case: Case, pack: RulePack, today: date, tracks: Iterable[Track] = ()) -> Optional[Deadline]:
    """The duty that runs out first among those not met."""
    open_duties = [one for one in deadlines_of(case, pack, tracks) if one.role == DUTY and one.met_on is None]
    return min(open_duties, key=lambda one: (one.due_on, one.code, one.item or ""), default=None)


# What must happen next in a case, by when, and what is waited for; and what may be done today.

@dataclass(frozen=True)
class Outlook:
    """As of ``today``. ``act`` comes next, ``also`` are others that are due with it, ``not_yet`` says why it has to wait;
    ``carry_out`` are remedies with something left to do, where that is what comes next. ``due`` is the duty that binds the next
    act, ``deadlines`` every term that still runs or was missed, most urgent first."""

    today: date
    act: Optional[Act]
    also: Tuple[Act, ...]
    not_yet: Optional[Message]
    carry_out: Tuple[Track, ...]
    due: Optional[Deadline]
    deadlines: Tuple[Deadline, ...]
    possible: Tuple[Act, ...]

    @property
    def waits(self) -> List[Deadline]:
        """Terms that must run out before the next act."""
        return [one for one in self.deadlines if one.role == WAIT]


def outlook(case: Case, practice: Practice, today: date, tracks: Sequence[Track] = ()) -> Outlook:
    """``tracks`` are the remedies of the case."""
    mine = [track for track in standing(tracks) if track.case == case.id]
    left = tuple(track for track in mine if not track.is_done and _is_workable(case, track))
    acts = _in_order(due_acts(case, practice, today, mine), case, practice, today, mine)
    act = acts[0] if acts else None
    running = tuple(one for one in most_urgent_first(deadlines_of(case, practice.pack, mine), today)
                    if one.met_on is None and one.status(today) != OVER)
    return Outlook(
        today, act, tuple(acts[1:]), obstacle(case, act.code, practice, today, mine) if act else None, left if act is None else (),
        _due(running, act), running if case.is_open else (),
        tuple(one for one in ACTS.values() if case.is_open and obstacle(case, one.code, practice, today, mine) is None))


def _in_order(acts: Sequence[Act], case: Case, practice: Practice, today: date, tracks: Sequence[Track]) -> List[Act]:
    """That remedies were carried out is recorded next, once all of them are done and accepted; nothing more is demanded then."""
    unsettled = [item for item in case.items if not item.is_settled]
    complete = [item for item in unsettled if _is_complete(item.id, tracks)]
    if not complete or len(complete) < len(unsettled) or obstacle(case, "perform", practice, today, tracks) is not None:
        return list(acts)
    return [ACTS["perform"], *(act for act in acts if act.code != "perform" and not act.concerns_items)]


def _is_complete(item: str, tracks: Sequence[Track]) -> bool:
    mine = [track for track in tracks if track.item == item]
    return bool(mine) and all(track.is_over for track in mine)


def _is_workable(case: Case, track: Track) -> bool:
    item = case.item(track.item or "")
    return item is not None and not item.is_settled


def _due(running: Sequence[Deadline], act: Optional[Act]) -> Optional[Deadline]:
    """The duty that the act meets; else the one that runs out first."""
    duties = sorted((one for one in running if one.role == DUTY), key=lambda one: (one.due_on, one.code))
    meets = [one for one in duties if act is not None and act.code in one.acts]
    return next(iter(meets or duties), None)


def impossible(case: Case, practice: Practice, today: date, tracks: Sequence[Track] = ()) -> List[Tuple[Act, Message]]:
    """Every act that cannot be done today, with the reason, for whoever looks for it."""
    reasons = [(act, obstacle(case, act.code, practice, today, tracks)) for act in ACTS.values() if act.code != "clue"]
    return [(act, reason) for act, reason in reasons if reason is not None]
