"""What happened, for people to read: single events in sentences, everything on some parcels or within a span of days; who, when,
from which day, and whether undone."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from ..errors import Message
from ..progress import Progress
from . import kinds
from .events import UNDONE, Event, standing
from .kinds import family_of, goes_without_saying, names_a_batch, sentence
from .marking import lineage
from .register import Register
from .state import State


@dataclass(frozen=True)
class Happening:
    """One act in a sentence; ``times`` events of its kind were recorded with it. ``recorded`` is local time, ``who`` a name;
    ``verdict`` PDJL1 and PDJL2 of a verdict."""

    recorded: datetime
    effective_on: date
    who: str
    text: Message
    family: str
    times: int = 1
    undone: bool = False
    verdict: Optional[Tuple[str, Optional[str]]] = None


def describe(event: Event, state: State) -> Message:
    """One event in a sentence; ``state`` knows the numbers of its parcels."""
    parcels = [state.parcels[s].DKBH for s in event.subjects if s in state.parcels]
    patches = [state.patches[s].JCBH for s in event.subjects if s in state.patches]
    named = parcels or patches
    where = ", ".join(named[:3]) + (" …" if len(named) > 3 else "")
    return sentence(event, where or "?")


def describe_all(register: Register, events: Iterable[Event]) -> List[Message]:
    """Sentences for several events, reading the register once."""
    events = list(events)
    # a batch as subject would have all its parcels read for nothing
    subjects = dict.fromkeys(s for e in events if not names_a_batch(e) for s in e.subjects)
    state = register.storage.load_state(patches=register.storage.patches_of(subjects))
    return [describe(event, state) for event in events]


def newest_event(register: Register) -> int:
    """The number of the newest event here; 0 for none."""
    number = register.storage.frame("newest")["number"].iloc[0]
    return 0 if number is None else int(number)


def happened_to(register: Register, parcels: Sequence[str], progress: Optional[Progress] = None) -> List[Happening]:
    """Everything on these parcels and those they were cut from, and what happened to their batches; the newest first."""
    family = dict.fromkeys(key for parcel in parcels for key in lineage(register, parcel))
    frame = register.storage.frame("parcel", ids=list(parcels))
    own = register.storage.events(subjects=list(family))
    of_batch = filter(names_a_batch, register.storage.events(subjects=frame["batch_id"].unique().tolist()))
    return _told(register, {event.uuid: event for event in (*own, *of_batch)}.values(), progress)


def happened_between(register: Register, first: date, last: date, progress: Optional[Progress] = None) -> List[Happening]:
    """Everything recorded from ``first`` to ``last`` (local days, both included), the newest first."""
    frame = register.storage.frame("event")
    days = [_local(text).date() for text in frame["recorded_at"]]
    groups = frame[[first <= day <= last for day in days]]["group_id"].unique().tolist()
    return _told(register, register.storage.events(groups=groups) if groups else [], progress)


def _told(register: Register, events: Iterable[Event], progress: Optional[Progress]) -> List[Happening]:
    """One line for each act and kind, whatever its number of parcels."""
    listed = sorted((event for event in events if not goes_without_saying(event)), key=lambda event: event.order)
    # what undid them may lie outside the span, or on other parcels
    undos = register.storage.events_of_kind(UNDONE)
    force = {event.uuid for event in standing({event.uuid: event for event in (*listed, *undos)}.values())}
    gathered: Dict[Tuple[str, str], List[Event]] = {}
    for event in (progress or Progress()).watch(listed, 0.0, 0.5):
        gathered.setdefault((event.group, event.kind), []).append(event)
    acts = list(gathered.values())
    names = {key: name for key, (name, _salt) in register.storage.people().items()}
    texts = describe_all(register, [act[0] for act in acts])
    found = [_happening(act, text, names.get(act[0].actor, act[0].actor), act[0].uuid not in force) for act, text in zip(acts, texts)]
    return found[::-1]


def _happening(act: Sequence[Event], text: Message, who: str, undone: bool) -> Happening:
    first = act[0]
    said = first.payload["verdict"] if first.kind == kinds.VERDICT_GIVEN else None
    return Happening(_local(first.recorded_at), date.fromisoformat(first.effective_on), who, text, family_of(first),
                     len(act), undone, None if said is None else (said.get("PDJL1") or "0", said.get("PDJL2")))


def _local(recorded_at: str) -> datetime:
    return datetime.fromisoformat(recorded_at.replace("Z", "+00:00")).astimezone()
