"""What was done last, in words, and taking it back."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Optional, Sequence

from ...errors import RefusedError
from ...i18n import say, tr
from ...register import kinds, undoing
from ...register.event_log import describe_all, where_of
from ...register.events import Event, in_force
from ...register.kinds import goes_without_saying, noun
from ...register.register import Register
from ...register.views.parcels import of_group, on_subjects
from . import map_layers

_MOST_TOLD = 3


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
    events = of_group(register, group)
    return Act(group, in_words(events)) if events else None


def last_undone(register: Register, by: str) -> Optional[Act]:
    """The undo of ``by`` that redoing takes back, in the words of what it had undone; None where there is none."""
    group = undoing.last_undone(register, by)
    if group is None:
        return None
    undone = of_group(register, group)[0]
    return Act(group, in_words(of_group(register, *undone.payload["groups"])))


def last_on_parcel(register: Register, parcel_id: str) -> Optional[Act]:
    """The newest act in force on one parcel, whoever did it; an import is no act on a parcel."""
    standing = in_force(on_subjects(register, parcel_id))
    acts = [event for event in standing if event.kind not in (kinds.BATCH_ISSUED, kinds.ACTOR_ENROLLED)]
    return Act(acts[-1].group, in_words(of_group(register, acts[-1].group))) if acts else None


def in_sentences(register: Register, events: Sequence[Event]) -> str:
    """``T013: Filing.``: an act that was just recorded, with its parcel; of several entries the first, and how many more there are."""
    said = _telling(events)
    if not said:
        return ""
    if said[0].kind == kinds.VERDICT_GIVEN:  # by its name: the sentence has the code
        return tr("{parcel}: {what}", parcel=where_of(register, said[0]), what=what_was_done(said))
    first = say(describe_all(register, said[:1])[0]).rstrip(".。")
    return tr("{first} (and {n} more)", first=first, n=len(said) - 1) if len(said) > 1 else first


def author(register: Register, group: str) -> str:
    """Who did an act, by name."""
    return register.name_of(of_group(register, group)[0].actor)


def in_words(events: Sequence[Event]) -> str:
    """``3 verdicts, 14:05``: the events of one act that say what it was."""
    return tr("{what}, {time}", what=what_was_done(events), time=local_time(_telling(events)[0].recorded_at))


def what_was_done(events: Sequence[Event]) -> str:
    """``verdict × 3``: the act in a word, a single verdict by its name."""
    said = _telling(events)
    first = next((event for event in said if event.kind == kinds.FINDING_ACT and len(said) > 2), said[0])
    what = say(noun(first))
    if first.kind == kinds.VERDICT_GIVEN and len({_verdict(event) for event in said if event.kind == kinds.VERDICT_GIVEN}) == 1:
        what = tr("{what} “{name}”", what=what, name=_verdict(first))
    return tr("{what} × {n}", what=what, n=len(said)) if len({event.kind for event in said}) == 1 and len(said) > 1 else what


def several(numbers: Sequence[str]) -> str:
    """``T013, T014, T015 and 4 more``: of what something was recorded."""
    named = ", ".join(numbers[:_MOST_TOLD])
    return tr("{named} and {n} more", named=named, n=len(numbers) - _MOST_TOLD) if len(numbers) > _MOST_TOLD else named


def _verdict(event: Event) -> str:
    verdict = event.payload["verdict"]
    return map_layers.sub_verdict_name(verdict["PDJL2"]) if verdict.get("PDJL2") else map_layers.verdict_name(verdict.get("PDJL1") or "")


def _telling(events: Sequence[Event]) -> Sequence[Event]:
    """Without those that only say that a person is new here."""
    return [event for event in events if not goes_without_saying(event) and event.kind != kinds.PARTY_NAMED] or list(events)


def local_time(recorded_at: str) -> str:
    """A moment of the register as this office's clock shows it; today without the day."""
    moment = datetime.fromisoformat(recorded_at.replace("Z", "+00:00")).astimezone()
    today = datetime.now().astimezone().date()
    return moment.strftime("%H:%M" if moment.date() == today else "%Y-%m-%d %H:%M")
