"""What was done last, in words, and taking it back."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Dict, Optional, Sequence

from ...errors import RefusedError
from ...i18n import say, tr
from ...law.acts import ACTS
from ...register import events as kinds
from ...register import undoing
from ...register.events import Event
from ...register.register import Register


@dataclass(frozen=True)
class Act:
    """One user action that can be taken back. ``text`` says what it was."""

    group: str
    text: str


def last_act(register: Register, by: str) -> Optional[Act]:
    """The newest act of ``by`` that is in force; None where there is nothing to undo."""
    try:
        group = undoing.last_group(register, by)
    except RefusedError:
        return None
    events = register.storage.events(groups=[group])
    return Act(group, in_words(events)) if events else None


def last_undone(register: Register, by: str) -> Optional[Act]:
    """The undo of ``by`` that redoing takes back, in the words of what it had undone; None where there is none."""
    group = undoing.last_undone(register, by)
    if group is None:
        return None
    undone = register.storage.events(groups=[group])[0]
    return Act(group, in_words(register.storage.events(groups=undone.payload["groups"])))


def last_on_parcel(register: Register, parcel_id: str) -> Optional[Act]:
    """The newest act in force on one parcel, whoever did it; an import is no act on a parcel."""
    standing = kinds.in_force(register.storage.events(subjects=[parcel_id]))
    acts = [event for event in standing if event.kind not in (kinds.BATCH_ISSUED, kinds.ACTOR_ENROLLED)]
    return Act(acts[-1].group, in_words(register.storage.events(groups=[acts[-1].group]))) if acts else None


def author(register: Register, group: str) -> str:
    """Who did an act, by name."""
    return register.name_of(register.storage.events(groups=[group])[0].actor)


def in_words(events: Sequence[Event]) -> str:
    """``3 verdicts, 14:05``: the events of one act that say what it was."""
    said = [event for event in events if event.kind != kinds.ACTOR_ENROLLED]
    names = _names()
    first = said[0]
    what = say(ACTS[first.payload["act"]].label) if first.kind == kinds.CASE_ACT else names.get(first.kind, first.kind)
    if len({event.kind for event in said}) == 1 and len(said) > 1:
        what = tr("{what} × {n}", what=what, n=len(said))
    return tr("{what}, {time}", what=what, time=local_time(first.recorded_at))


def _names() -> Dict[str, str]:
    return {
        kinds.BATCH_ISSUED: tr("import of a batch"), kinds.VERDICT_GIVEN: tr("verdict"), kinds.PARCEL_SPLIT: tr("split"),
        kinds.PARCELS_MERGED: tr("merge"), kinds.PARCEL_RETURNED: tr("return"), kinds.RETURN_ANSWERED: tr("answer to a return"),
        kinds.REVIEW_PASSED: tr("review passed"), kinds.BATCH_FROZEN: tr("freezing of a batch"),
        kinds.BATCH_UNFROZEN: tr("unfreezing of a batch"), kinds.ISSUE_TAKEN: tr("newest issue taken"),
        kinds.RULEPACK_IMPORTED: tr("rule pack"), kinds.PARCEL_SET_ASIDE: tr("set aside"), kinds.PARCEL_TAKEN_UP: tr("taken up again"),
        kinds.PARCEL_FLAGGED: tr("flag"), kinds.PARCEL_UNFLAGGED: tr("flag taken off"), kinds.PARCEL_ASSIGNED: tr("work given out"),
        kinds.NOTE_WRITTEN: tr("written note"), kinds.SITE_VISITED: tr("site finding"), kinds.PHOTO_ADDED: tr("photo added"),
        kinds.PHOTO_REMOVED: tr("photo removed"), kinds.SUPERVISION_ASSIGNED: tr("supervision given out"),
        kinds.SUPERVISION_ENDED: tr("supervision ended"), kinds.CASE_OPENED: tr("opening of a case"),
        kinds.REMEDY_ORDERED: tr("order of a remedy"), kinds.REMEDY_PROGRESSED: tr("work done on a remedy"),
        kinds.REMEDY_ACCEPTED: tr("acceptance of a remedy"), kinds.REMEDY_WITHDRAWN: tr("withdrawal of a remedy"),
    }


def local_time(recorded_at: str) -> str:
    """A moment of the register as this office's clock shows it; today without the day."""
    moment = datetime.fromisoformat(recorded_at.replace("Z", "+00:00")).astimezone()
    today = datetime.now().astimezone().date()
    return moment.strftime("%H:%M" if moment.date() == today else "%Y-%m-%d %H:%M")
