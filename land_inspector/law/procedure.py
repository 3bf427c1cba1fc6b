"""What may be done in a case now, why something may not, and what comes next (domain.md §4.1).

``refusal`` with no date asks whether an act is possible at all; with a date and particulars it also checks what they say.
Too early is impossible; too late happens, and is shown by :mod:`.case_deadlines` as overdue.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import Message, RefusedError, message
from . import procedure_guards
from .acts import ACTS, BESIDE, CLUE, STAGE_LABELS, STATES, Act, Field
from .case import Case, Particulars, advance, named_items, opened, parcel_refusal
from .procedure_guards import GUARDS, Practice
from .remedies import Track, label


@dataclass(frozen=True)
class Objection:
    """Why an act cannot be recorded. ``field`` is the particular at fault, ``on`` its date, None the act as such."""

    reason: Message
    field: Optional[str] = None


def open_case(case_id: str, parcels: Sequence[str], on: date, particulars: Particulars, cases: Iterable[Case] = ()) -> Case:
    """A new case from a clue. Raises :class:`RefusedError` when a parcel has an open case or a particular is missing."""
    _refuse_if(parcel_refusal(parcels, cases) or particulars_refusal(CLUE, particulars))
    return opened(case_id, parcels, on, particulars)


def allowed(case: Case, practice: Practice, tracks: Sequence[Track] = ()) -> List[Act]:
    """The acts that are possible now, in the order of the procedure."""
    return [act for act in ACTS.values() if refusal(case, act.code, practice, tracks=tracks) is None]


def next_act(case: Case, practice: Practice, today: date, tracks: Sequence[Track] = ()) -> Optional[Act]:
    """The act that the straight procedure asks for next; None when the case is at its end or waits for others.

    While the party still has time to perform, or the court is not yet open, that is the performance.
    """
    due = due_acts(case, practice, today, tracks)
    return due[0] if due else None


def due_acts(case: Case, practice: Practice, today: date, tracks: Sequence[Track] = ()) -> List[Act]:
    """Every act that the straight procedure asks for now. There is more than one where the remedies of a decision stand at
    different stages; the one of the furthest comes first: its term runs out first."""
    possible = [act for act in allowed(case, practice, tracks) if act.is_main]
    onward = [act for act in possible if act.moves[case.state] != case.state]
    if onward:
        return onward[-1:]  # where no hearing is needed the decision comes before the notice of one
    timely = [act for act in possible if _is_time(case, act, practice, today)]
    ours = [act for act in timely if act.code != "perform" and act.concerns_items]
    return ours[::-1] or [act for act in timely if act.code == "perform"]


def _is_time(case: Case, act: Act, practice: Practice, today: date) -> bool:
    if act.concerns_items and all(item.stage == act.makes for item in named_items(case, act, {})):
        return False  # a demand may be repeated, but the procedure does not ask for it
    return _too_early(case, act, practice, today) is None


def _too_early(case: Case, act: Act, practice: Practice, today: date) -> Optional[Message]:
    early = procedure_guards.TOO_EARLY.get(act.code)
    return early(procedure_guards.Question(case, act, practice, today, {}, ())) if early else None


def obstacle(case: Case, act_code: str, practice: Practice, today: date, tracks: Sequence[Track] = ()) -> Optional[Message]:
    """Why the act cannot be done today, whatever it would say; None if it can. Beside :func:`refusal` this knows what is too early."""
    return refusal(case, act_code, practice, tracks=tracks) or _too_early(case, ACTS[act_code], practice, today)


def refusal(case: Case, act_code: str, practice: Practice, on: Optional[date] = None,
            particulars: Optional[Particulars] = None, tracks: Sequence[Track] = ()) -> Optional[Message]:
    """Why the act cannot be done, and what comes next; None if it can. ``tracks`` are the case's remedies as far as done."""
    found = objection(case, act_code, practice, on, particulars, tracks)
    return found.reason if found else None


def objection(case: Case, act_code: str, practice: Practice, on: Optional[date] = None,
              particulars: Optional[Particulars] = None, tracks: Sequence[Track] = ()) -> Optional[Objection]:
    """:func:`refusal` with the particular that is at fault."""
    act = ACTS.get(act_code)
    if act is None:
        return Objection(message("There is no act “{act}” in a case.", act=act_code))
    said = particulars or {}
    out_of_place = _place_refusal(case, act, practice)
    unfit = None if out_of_place else _items_refusal(case, act, said)
    if out_of_place or unfit:
        return Objection(out_of_place or unfit, None if out_of_place else "items")
    wrong = (particulars_objection(act, said) or _date_objection(case, act, on, said)) if on is not None else None
    return wrong or _guarded(procedure_guards.Question(case, act, practice, on, said, tuple(tracks)))


def _date_objection(case: Case, act: Act, on: date, said: Particulars) -> Optional[Objection]:
    reason = date_refusal(case, act, on, said)
    return Objection(reason, "on") if reason else None


def _guarded(question: procedure_guards.Question) -> Optional[Objection]:
    guard = GUARDS.get(question.act.code)
    reason = guard(question) if guard else None
    return Objection(reason, procedure_guards.at_fault(question)) if reason else None


def apply(case: Case, act_code: str, practice: Practice, on: date, particulars: Particulars, tracks: Sequence[Track] = ()) -> Case:
    """The case after the act. Raises :class:`RefusedError` where :func:`refusal` has a reason."""
    _refuse_if(refusal(case, act_code, practice, on, particulars, tracks))
    return advance(case, act_code, on, particulars)


def _place_refusal(case: Case, act: Act, practice: Practice) -> Optional[Message]:
    if not case.is_open and case.state not in act.moves:
        return message("{act} is not possible: the case is {state}, which ends it.", act=act.label, state=STATES[case.state].label)
    missing = next((need for need in act.needs if case.last(need) is None), None)
    if case.state in act.moves and missing is None:
        return None
    return message("{act} is not possible: the case is {state}. Next comes: {next}.", act=act.label,
                   state=STATES[case.state].label, next=_coming(case, missing))


def _coming(case: Case, missing: Optional[str]) -> Message:
    """The act that is missing, if it can be done from here; else the next of the straight procedure."""
    return ACTS[missing].label if missing and case.state in ACTS[missing].moves else _next_label(case)


def _next_label(case: Case) -> Message:
    following = [act.label for act in ACTS.values() if act.is_main and case.state in act.moves
                 and (not act.concerns_items or any(item.stage in act.takes for item in case.items))]
    return following[0] if following else message("nothing more")


def _items_refusal(case: Case, act: Act, said: Particulars) -> Optional[Message]:
    if not act.concerns_items:
        return None
    named = said.get("items") or ()
    if not isinstance(named, (list, tuple)):
        return message("{act}: the remedies concerned must be a list.", act=act.label)
    known = {item.id for item in case.items}
    unknown = next((one for one in named if one not in known), None)
    if unknown is not None:
        return message("{act}: the decision has no remedy {item}.", act=act.label, item=unknown)
    if act.kinds and (not any(item.kind in act.kinds for item in case.items) or len(named_items(case, act, said)) < len(named)):
        return message("{act} is only for: {kind}.", act=act.label, kind=label(act.kinds[0]))
    unfit = next((item for item in named_items(case, act, said) if item.stage not in act.takes), None)
    if unfit is not None or not named_items(case, act, said):
        return message("{act} is not possible: the remedy is {stage}. Next comes: {next}.", act=act.label,
                       stage=STAGE_LABELS[unfit.stage if unfit else _common_stage(case)], next=_next_for(case, unfit))
    return None


def _common_stage(case: Case) -> str:
    return case.items[-1].stage if case.items else "open"


def _next_for(case: Case, item: Any) -> Message:
    stage = item.stage if item else _common_stage(case)
    following = [act.label for act in ACTS.values() if act.is_main and stage in act.takes and act.code != "perform"]
    return following[0] if following else ACTS["close"].label


def particulars_refusal(act: Act, said: Particulars) -> Optional[Message]:
    """What an act must say and does not, or says in the wrong form."""
    found = particulars_objection(act, said)
    return found.reason if found else None


def particulars_objection(act: Act, said: Particulars) -> Optional[Objection]:
    """:func:`particulars_refusal` with the particular that is at fault."""
    for wanted in act.fields:
        value = said.get(wanted.name)
        if value in (None, "", [], ()):
            if wanted.required:
                return Objection(message("{act} needs: {field}.", act=act.label, field=wanted.label), wanted.name)
            continue
        if not _is_well_formed(wanted, value):
            return Objection(message("{act}: {value} is not a valid entry for {field}.", act=act.label, value=str(value)[:60],
                                     field=wanted.label), wanted.name)
    return None


def _is_well_formed(wanted: Field, value: Any) -> bool:
    if wanted.kind == "text":
        return isinstance(value, str) and bool(value.strip())
    if wanted.kind == "date":
        return procedure_guards.day_of(value) is not None
    if wanted.kind == "code":
        return isinstance(value, str) and value in wanted.options
    if wanted.kind == "count":
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    if wanted.kind in ("ids", "items", "files"):
        return _are_ids(value, wanted.least)
    return isinstance(value, (list, tuple)) and all(isinstance(remedy, Mapping) for remedy in value)


def _are_ids(value: Any, least: int) -> bool:
    listed = isinstance(value, (list, tuple)) and all(isinstance(one, str) and one for one in value)
    return listed and len(set(value)) >= least


def date_refusal(case: Case, act: Act, on: date, said: Particulars) -> Optional[Message]:
    """An act cannot be dated before what it follows from."""
    before = _follows_from(case, act, said)
    if before is None or on >= before[1]:
        return None
    return message("{act} of {day} cannot come before {earlier} of {earlier_day}.", act=act.label, day=on.isoformat(),
                   earlier=before[0].label, earlier_day=before[1].isoformat())


def _follows_from(case: Case, act: Act, said: Particulars) -> Optional[Tuple[Act, date]]:
    """The latest act that this one must not precede."""
    if act.concerns_items:
        chosen = {item.id for item in named_items(case, act, said)}
        past = [done for done in case.acts if done.act in ("decide", "serve")
                or ACTS[done.act].concerns_items and chosen & set(done.particulars.get("items", ()))]
    elif case.state in act.moves and act.moves[case.state] == case.state:
        past = [done for done in case.acts if done.act in act.needs or done.act == act.code]
    else:
        past = [done for done in case.acts if done.act not in BESIDE]
    latest = max(past, key=lambda done: done.on, default=None)
    return (ACTS[latest.act], latest.on) if latest else None


def _refuse_if(reason: Optional[Message]) -> None:
    if reason is not None:
        raise RefusedError(reason.template, **reason.params)
