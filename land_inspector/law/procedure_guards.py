"""What single acts of a case demand beyond their place in the procedure; :mod:`.procedure` asks these."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, Message, message
from . import remedies as remedy_terms
from .acts import DECIDED_BY_COURT, STAGE_LABELS
from .case import Case, Item, named_items
from .penalties import FineBase, fine_refusal
from .areas import Amount, yuan
from .remedies import KINDS, Track, amount_refusal, label, outstanding
from .rulepack import RulePack
from .procedure import Act, Guard, Particulars, day_of

HEARING_KINDS = ("demolition", "confiscation")
PERSON = "1"  # DSRL
#: Stages of a remedy for which enforcement was applied for (12号令 Art. 46).
BEFORE_THE_COURT = ("applied", "accepted", "granted", "suspended", "enforcing")
_ELECTRONIC = "6"  # SDFS


@dataclass(frozen=True)
class Practice:
    """The law a case is judged by, with the bureau's own settings."""

    pack: RulePack


@dataclass(frozen=True)
class Question:
    """An act someone wants to record; ``on`` is None when only its place in the procedure is asked for."""

    case: Case
    act: Act
    practice: Practice
    on: Optional[date]
    said: Particulars
    tracks: Tuple[Track, ...]

    @property
    def items(self) -> List[Item]:
        """The remedies that the act concerns: those it names, else all at a stage from which it can be done."""
        return named_items(self.case, self.act, self.said)


def needs_hearing(remedies: Iterable[Mapping[str, Any]], practice: Practice, party: Optional[str] = None) -> bool:
    """听证告知 is obligatory for demolition, confiscation of buildings, large fines and large gains (12号令 Art. 34); what is large differs
    for a person (``party`` 1) and a unit."""
    settings, is_person = practice.pack.parameters, party == PERSON
    limits_fen = {"fine": 100 * (settings.hearing_fine_person_yuan if is_person else settings.hearing_fine_yuan),
                  "gains": 100 * (settings.hearing_gains_person_yuan if is_person else settings.hearing_gains_yuan)}
    return any(r["kind"] in HEARING_KINDS or r["kind"] in limits_fen and r["amount"].get("fen", 0) >= limits_fen[r["kind"]]
               for r in remedies)


def _stop_report(q: Question) -> Optional[Message]:
    result = q.case.last("stop_result")
    if result is not None and result.particulars.get("result") != "3":
        return message("Only an ignored stop order is reported; this one took effect.")
    return None


def _notice(q: Question) -> Optional[Message]:
    return None if q.on is None else remedies_refusal(q.said["remedies"], q.practice.pack)


def _hearing_request(q: Question) -> Optional[Message]:
    if _hearing_is_open(q.case):
        return message("A hearing has already been requested.")
    return None


def _hearing_is_open(case: Case) -> bool:
    """Requested, and neither held nor withdrawn since."""
    for done in reversed(case.acts):
        if done.act in ("hold_hearing", "withdraw_hearing", "hearing_notice"):
            return False
        if done.act == "hearing_request":
            return True
    return False


def _schedule_hearing(q: Question) -> Optional[Message]:
    if not _hearing_is_open(q.case):
        return message("No hearing is asked for any more.")
    if q.on is None:
        return None
    held = day_of(q.said["hearing_on"])
    term = q.practice.pack.term("hearing_notice")
    latest = q.practice.pack.calendar.term_end(held, term.amount, term.unit).day if held else q.on
    if q.on > latest:
        return message("The summons must reach the party {days} working days before the hearing, by {latest}.",
                       days=abs(term.amount), latest=latest.isoformat())
    return None


def _hold_hearing(q: Question) -> Optional[Message]:
    if not _hearing_is_open(q.case):
        return message("No hearing is asked for any more.")
    summons = q.case.last("schedule_hearing")
    if q.on is not None and summons is not None and q.on.isoformat() < summons.particulars["hearing_on"]:
        return message("The hearing has been called for {day}.", day=summons.particulars["hearing_on"])
    return None


def _withdraw_hearing(q: Question) -> Optional[Message]:
    return None if _hearing_is_open(q.case) else message("No hearing is asked for any more.")


def _decide(q: Question) -> Optional[Message]:
    notice = q.case.last("notice")
    proposed: Sequence[Mapping[str, Any]] = notice.particulars.get("remedies", ()) if notice else ()
    party = notice.particulars.get("party") if notice else None
    if q.case.state == "S6" and needs_hearing(proposed, q.practice, party):
        return message("Demolition, confiscation of buildings or a large fine needs the notice of the right to a hearing first.")
    if _hearing_is_open(q.case):
        return message("A hearing has been requested; hold it, or record its withdrawal, before the decision.")
    if q.on is None:
        return None
    return (_waits(q, q.on) or remedies_refusal(q.said["remedies"], q.practice.pack)
            or _beyond_notice(q.said["remedies"], proposed))


def _waits(q: Question, on: date) -> Optional[Message]:
    """The party's time for its statement, and for asking for a hearing, must have run out or been used."""
    answered = {"statement": ("statement",), "hearing_request": ("hold_hearing", "withdraw_hearing")}
    started = {"statement": "notice", "hearing_request": "hearing_notice"}
    for code, act in started.items():
        start = q.case.last_on(act)
        used = any(_since(q.case, one, start) for one in answered[code]) if start else True
        if start is None or used:
            continue
        end = remedy_terms.term_end(q.practice.pack, code, remedy_terms.notice_reached_on(q.case, act, q.practice.pack) or start)
        if on <= end.day:
            return message("{act} is not possible before {day} is over: the party may still speak.", act=q.act.label,
                           day=end.day.isoformat())
    return None


def _since(case: Case, act: str, start: date) -> bool:
    on = case.last_on(act)
    return on is not None and on >= start


def remedies_refusal(remedies: Sequence[Mapping[str, Any]], pack: RulePack) -> Optional[Message]:
    """Why remedies cannot be proposed or decided as they are written; fines are held to the band of the violation's date (R47)."""
    if not remedies:
        return message("At least one remedy is needed.")
    ids = [str(remedy.get("item") or n) for n, remedy in enumerate(remedies, start=1)]
    if len(set(ids)) != len(ids):
        return message("Two remedies have the same number.")
    return next((reason for reason in (_remedy_refusal(remedy, pack) for remedy in remedies) if reason), None)


def _remedy_refusal(remedy: Mapping[str, Any], pack: RulePack) -> Optional[Message]:
    kind = remedy.get("kind")
    if kind not in KINDS or KINDS[str(kind)].penalty_code is None:
        return message("“{kind}” is no penalty that can be decided.", kind=str(kind))
    try:
        amount = Amount.from_record(remedy.get("amount") or {})
        base = FineBase(**(remedy.get("base") or {}))
    except (InputError, TypeError, AttributeError):
        return message("{kind}: its quantity cannot be read.", kind=label(str(kind)))
    days = remedy.get("perform_days")
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or days < 1):
        return message("{kind}: the days to perform must be a whole number above 0.", kind=label(str(kind)))
    wrong = amount_refusal(str(kind), amount)
    return wrong or (_fine_refusal(remedy, amount, base, pack) if kind == "fine" else None)


def _fine_refusal(remedy: Mapping[str, Any], amount: Amount, base: FineBase, pack: RulePack) -> Optional[Message]:
    article = remedy.get("article")
    if not isinstance(article, str) or not article:
        return message("A fine needs its article.")
    return fine_refusal(amount.fen or 0, article, day_of(remedy.get("violated_on")), base, pack)


def _beyond_notice(decided: Iterable[Mapping[str, Any]], proposed: Sequence[Mapping[str, Any]]) -> Optional[Message]:
    """A decision may be milder than its notice, never heavier: the party has not been heard on more."""
    for remedy in decided:
        same = [one for one in proposed if one["kind"] == remedy["kind"]]
        if not same:
            return message("{kind} was not in the notice; give a new notice first.", kind=label(remedy["kind"]))
        most, fen = sum(one["amount"].get("fen", 0) for one in same), remedy["amount"].get("fen", 0)
        if fen > most:
            return message("{kind}: {decided} yuan is more than the {noticed} yuan of the notice; give a new notice first.",
                           kind=label(remedy["kind"]), decided=str(yuan(fen)), noticed=str(yuan(most)))
    return None


def _conclude_review(q: Question) -> Optional[Message]:
    changed = q.said.get("remedies")
    if q.on is None or q.said.get("result") != "2":
        return None
    if not changed or not {str(r.get("item")) for r in changed} <= {item.id for item in q.items}:
        return message("A changed decision needs the remedies as changed, each with its number.")
    return remedies_refusal(changed, q.practice.pack)


def _demand(q: Question) -> Optional[Message]:
    return _first(_demand_item(q, item, q.on) for item in q.items) if q.on else None


def _demand_item(q: Question, item: Item, on: date) -> Optional[Message]:
    due = remedy_terms.performance_end(q.case, item, q.practice.pack)
    if due is not None and on <= due.day:
        return message("{kind} may be carried out until {day}; the demand comes after.", kind=label(item.kind), day=due.day.isoformat())
    return None


def _apply_court(q: Question) -> Optional[Message]:
    return _first(_apply_item(q, item, q.on) for item in q.items) if q.on else None


def _apply_item(q: Question, item: Item, on: date) -> Optional[Message]:
    opens = remedy_terms.court_opens_after(q.case, item, q.practice.pack)
    if opens is not None and on <= opens.day:
        return message("{kind}: the application to the court is possible only after {day}.", kind=label(item.kind),
                       day=opens.day.isoformat())
    return None


def _court_ruling(q: Question) -> Optional[Message]:
    settled = [item for item in q.items if item.stage in ("granted", "enforcing")]
    if q.on is not None and settled and q.said["result"] in ("1", "2"):
        return message("The court has already allowed this; it can now only suspend or end the enforcement.")
    return None


def _perform(q: Question) -> Optional[Message]:
    """All that it names must be carried out; with no date, anything that is will do."""
    left = [outstanding(track for track in q.tracks if track.item == item.id) for item in q.items]
    if not any(left) or q.on is None and not all(left):
        return None
    return message("The remedy is not yet carried out: {left}", left=next(one[0] for one in left if one))


def _redo(q: Question) -> Optional[Message]:
    if all(item.stage == "revoked" for item in q.case.items):
        return None
    return message("Only a decision that was revoked as a whole is made anew.")


def closing_obstacles(case: Case, tracks: Sequence[Track], applied_for: bool = False) -> List[Message]:
    """What stands in the way of closing: remedies not settled, and whatever of land, buildings, money or persons is open.

    A remedy that the court refused or ended, or that was revoked, does not stand in the way (domain.md §4.1, §0.2 (6)); nor, where the
    case is closed because enforcement was applied for (12号令 Art. 46), one that lies before the court or is enforced.
    """
    free = DECIDED_BY_COURT + (BEFORE_THE_COURT if applied_for else ())
    found = [message("{kind} is not settled: {stage}.", kind=label(item.kind), stage=STAGE_LABELS[item.stage])
             for item in case.unsettled if item.stage not in free]
    freed = {item.id for item in case.items if item.stage in free}
    return found + outstanding(track for track in tracks if track.item not in freed)


def _close(q: Question) -> Optional[Message]:
    obstacles = closing_obstacles(q.case, q.tracks, q.act.code == "close_applied")
    return message("The case cannot be closed yet: {obstacle}", obstacle=obstacles[0]) if obstacles else None


def _file(q: Question) -> Optional[Message]:
    """What ended more than two years before it was found is not punished (行政处罚法 Art. 36); what goes on has no end."""
    if q.on is None or not q.said.get("ended_on"):
        return None
    ended, found = day_of(str(q.said["ended_on"])), q.case.last_on("clue") or q.on
    if ended is None or ended > q.on:
        return message("The day on which the violation ended is written as 2024-05-31 and lies before the filing; leave it empty while "
                       "the violation goes on.")
    term = q.practice.pack.terms.get("prosecution_limit")
    limit = q.practice.pack.calendar.term_end(ended, term.amount, term.unit).day if term else found
    if found <= limit:
        return None
    return message("The violation ended on {ended} and was found on {found}, after its two years had run out on {limit} (行政处罚法 Art. 36). "
                   "Record the decision not to file, with the cause “not discovered within two years”.", ended=ended.isoformat(),
                   found=found.isoformat(), limit=limit.isoformat())


def is_suspended(case: Case) -> bool:
    """Whether the investigation was suspended and not resumed since."""
    return next((done.act == "suspend" for done in reversed(case.acts) if done.act in ("suspend", "resume")), False)


def _going_on(guard: Optional[Guard] = None) -> Guard:
    """An act that waits while the investigation is suspended."""
    def asked(q: Question) -> Optional[Message]:
        if is_suspended(q.case):
            return message("The investigation is suspended; record its resumption first.")
        return guard(q) if guard else None
    return asked


def _suspend(q: Question) -> Optional[Message]:
    return message("The investigation is suspended already.") if is_suspended(q.case) else None


def _resume(q: Question) -> Optional[Message]:
    return None if is_suspended(q.case) else message("The investigation is not suspended.")


def _extend(q: Question) -> Optional[Message]:
    """At most thirty days; longer only where a collective discussion after a first extension said so (12号令 Art. 38)."""
    days, most = q.said.get("days"), q.practice.pack.parameters.extension_days
    again = q.case.last("extend_decision") is not None
    if q.on is None or not again and (days is None or days <= most):
        return None
    if again and q.case.last("discuss") is not None:
        return None
    return message("The time to decide is extended by at most {most} days, once; longer only for a case that was discussed collectively. "
                   "Record the discussion first.", most=most)


def _exclude_time(q: Question) -> Optional[Message]:
    if q.on is None:
        return None
    first, last, filed = day_of(q.said["first"]), day_of(q.said["last"]), q.case.filed_on
    if first is None or last is None or last < first or last > q.on or filed is not None and first < filed:
        return message("The days that are not counted lie between the filing and the day of this record, the first before the last.")
    return None


def _deliver(q: Question) -> Optional[Message]:
    """Only what was written can be served."""
    paper = q.case.last(str(q.said.get("paper"))) if q.on is not None else None
    if q.on is not None and (paper is None or q.on < paper.on):
        return message("This paper has not been recorded by that day; record it first, then its service.")
    return _manner(q)


def _manner(q: Question) -> Optional[Message]:
    """Electronic service takes the party's signed consent (行政处罚法 Art. 61)."""
    confirmed = q.case.last("confirm_address")
    if q.on is None or q.said.get("manner") != _ELECTRONIC or confirmed is not None and confirmed.particulars.get("electronic") == "1":
        return None
    return message("Electronic service needs the party's signed consent; record the confirmed address for service first.")


def _instalments(q: Question) -> Optional[Message]:
    """Days and amounts that add up to the fine."""
    if q.on is None:
        return None
    parts = remedy_terms.schedule_of(str(q.said["schedule"]))
    if parts is None:
        return message("Days and amounts are written as 2026-03-31 50000; 2026-06-30 50000 (yuan).")
    total_fen, fine_fen = sum(fen for _on, fen in parts), sum(item.amount.fen or 0 for item in q.items)
    if parts[0][0] <= q.on or total_fen != fine_fen:
        return message("The parts come to {parts} yuan and the fine is {fine} yuan; they must be equal, and due after {day}.",
                       parts=str(yuan(total_fen)), fine=str(yuan(fine_fen)), day=q.on.isoformat())
    return None


def _first(reasons: Iterable[Optional[Message]]) -> Optional[Message]:
    return next((reason for reason in reasons if reason is not None), None)


def _all_early(of_item: Callable[[Question, Item, date], Optional[Message]]) -> Callable[[Question], Optional[Message]]:
    """Too early only where it is so for every remedy."""
    def early(q: Question) -> Optional[Message]:
        reasons = [of_item(q, item, q.on) for item in q.items] if q.on else []
        return reasons[0] if reasons and all(reasons) else None
    return early


def at_fault(q: Question) -> Optional[str]:
    """The particular that the reason of an act's guard speaks of."""
    if q.act.code == "decide" and q.on is not None and not _waits(q, q.on):
        return "remedies"
    return _AT_FAULT.get(q.act.code)


_AT_FAULT = {"file": "ended_on", "extend_decision": "days", "exclude_time": "last", "deliver": "paper", "serve": "manner",
             "instalments": "schedule", "notice": "remedies", "schedule_hearing": "on", "hold_hearing": "on", "decide": "on",
             "conclude_review": "remedies", "demand": "on", "apply_court": "on", "court_ruling": "result", "perform": "items"}
#: What is possible later and not yet, whatever the act would say.
TOO_EARLY: Dict[str, Callable[[Question], Optional[Message]]] = {
    "decide": lambda q: _waits(q, q.on) if q.on else None, "hold_hearing": _hold_hearing,
    "demand": _all_early(_demand_item), "apply_court": _all_early(_apply_item),
}
GUARDS: Dict[str, Callable[[Question], Optional[Message]]] = {
    "file": _file, "suspend": _suspend, "resume": _resume, "extend_decision": _extend, "exclude_time": _exclude_time,
    "deliver": _deliver, "serve": _manner, "instalments": _instalments, "investigate": _going_on(), "legal_review": _going_on(),
    "stop_report": _stop_report, "notice": _going_on(_notice), "hearing_request": _hearing_request, "schedule_hearing": _schedule_hearing,
    "hold_hearing": _hold_hearing, "withdraw_hearing": _withdraw_hearing, "decide": _going_on(_decide),
    "conclude_review": _conclude_review,
    "demand": _demand, "apply_court": _apply_court, "court_ruling": _court_ruling,
    "perform": _perform, "redo": _redo, "close": _close, "close_applied": _close,
}
