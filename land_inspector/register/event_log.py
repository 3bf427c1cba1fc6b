"""What happened, for people to read: single events in sentences, everything on some parcels or within a span of days; who, when,
from which day, and whether undone."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import Message, message
from ..law.areas import Amount, m2_text, yuan
from ..law.remedies import FINISHED, RETURNED, label
from ..progress import Progress
from . import kinds
from .events import UNDONE, Event, standing
from .kinds import family_of, goes_without_saying, names_a_batch, noun, sentence
from .judging import lineage
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
    """One event in a sentence; ``state`` knows the numbers of its parcels, and of a remedy what was ordered."""
    where = _where(event, state)
    return _of_a_remedy(event, state, where) or sentence(event, where)


def _where(event: Event, state: State) -> str:
    """The numbers of its parcels, three of them at most."""
    parcels = [state.parcels[s].DKBH for s in event.subjects if s in state.parcels]
    patches = [state.patches[s].JCBH for s in event.subjects if s in state.patches]
    named = parcels or patches
    return (", ".join(named[:3]) + (" …" if len(named) > 3 else "")) or "?"


def _of_a_remedy(event: Event, state: State, where: str) -> Optional[Message]:
    """How much of which remedy; None for an event of another kind, or where the remedy is not known."""
    record = state.rows("remedies").get(str(event.payload.get("remedy")))
    if event.kind == kinds.REMEDY_ORDERED:
        track = event.payload["track"]
        return message("{where}: {kind} ordered, {amount}.", where=where, kind=label(track["kind"]),
                       amount=_amount(Amount.from_record(track["ordered"]))) if "ordered" in track else None
    if record is None:
        return None
    kind = label(record.track.kind)
    if event.kind == kinds.REMEDY_PROGRESSED:
        done = Amount.from_record(event.payload["step"]["amount"])
        return message("{where}: {kind}, {done} done (of {ordered}).", where=where, kind=kind, done=_amount(done),
                       ordered=_amount(record.track.ordered))
    if event.kind == kinds.REMEDY_ACCEPTED:
        status = event.payload["acceptance"]["status"]
        said = {FINISHED: message("{where}: {kind} accepted.", where=where, kind=kind),
                RETURNED: message("{where}: {kind} not accepted.", where=where, kind=kind)}
        return said.get(status, message("{where}: {kind} handed in for acceptance.", where=where, kind=kind))
    return None


def _amount(amount: Amount) -> Message:
    """The figure that people speak of: money, persons, else land before buildings."""
    if amount.get("fen"):
        return message("{n} yuan", n=f"{yuan(int(amount.get('fen'))):,}")
    if amount.get("persons"):
        return message("{n} persons", n=amount.get("persons"))
    unit = next((one for one in ("land_m2", "building_m2", "floor_m2", "cultivated_m2") if amount.get(one)), "land_m2")
    return message("{m2} m²", m2=m2_text(amount.get(unit)))


def describe_all(register: Register, events: Iterable[Event]) -> List[Message]:
    """Sentences for several events, reading the register once; an undo says what it took back."""
    events = list(events)
    undone = {e.uuid: found[0] for e in events if e.kind == UNDONE for found in [_taken_back(register, e)] if found}
    # a batch as subject would have all its parcels read for nothing
    subjects = dict.fromkeys(s for e in (*events, *undone.values()) if not names_a_batch(e) for s in e.subjects)
    state = register.storage.load_state(patches=register.storage.patches_of(subjects))
    return [_undo(undone[event.uuid], event, state) if event.uuid in undone else describe(event, state) for event in events]


def where_of(register: Register, event: Event) -> str:
    """The numbers of the parcels of one event, three of them at most."""
    return _where(event, register.storage.load_state(patches=register.storage.patches_of(event.subjects)))


def _taken_back(register: Register, undo: Event) -> List[Event]:
    return [event for event in register.storage.events(groups=list(undo.payload["groups"])[:1]) if not goes_without_saying(event)]


def _undo(first: Event, undo: Event, state: State) -> Message:
    reason = undo.payload.get("reason") or ""
    said = message("Undone: {what} of {where}.", what=noun(first), where=_where(first, state))
    if names_a_batch(first):
        said = message("Undone: {what}.", what=noun(first))
    return message("{said} {reason}", said=said, reason=reason) if reason else said


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


def tell(events: Sequence[Event], state: State, people: Mapping[str, str]) -> List[Happening]:
    """Events that are at hand, the newest first; ``state`` knows their parcels, ``people`` the names of their authors. What an undo took
    back is looked for among them."""
    def texts(firsts: Sequence[Event]) -> List[Message]:
        return [_told_of(event, events, state) for event in firsts]

    return _gathered(events, standing(events), people, texts)


def _told_of(event: Event, events: Sequence[Event], state: State) -> Message:
    if event.kind != UNDONE:
        return describe(event, state)
    groups = set(event.payload["groups"])
    back = next((one for one in events if one.group in groups and not goes_without_saying(one)), None)
    return describe(event, state) if back is None else _undo(back, event, state)


def _told(register: Register, events: Iterable[Event], progress: Optional[Progress]) -> List[Happening]:
    listed = list(events)
    # what undid them may lie outside the span, or on other parcels
    undos = register.storage.events_of_kind(UNDONE)
    force = standing({event.uuid: event for event in (*listed, *undos)}.values())
    names = {key: name for key, (name, _salt) in register.storage.people().items()}
    return _gathered(listed, force, names, lambda firsts: describe_all(register, firsts), progress)


def _gathered(events: Iterable[Event], force: Iterable[Event], names: Mapping[str, str], texts: Callable[[Sequence[Event]], List[Message]],
              progress: Optional[Progress] = None) -> List[Happening]:
    """One line for each act and kind, whatever its number of parcels."""
    listed = sorted((event for event in events if not goes_without_saying(event)), key=lambda event: event.order)
    in_sight = {event.uuid for event in force}
    gathered: Dict[Tuple[str, str], List[Event]] = {}
    for event in (progress or Progress()).watch(listed, 0.0, 0.5):
        gathered.setdefault((event.group, event.kind), []).append(event)
    acts = list(gathered.values())
    found = [_happening(act, text, names.get(act[0].actor, act[0].actor), act[0].uuid not in in_sight)
             for act, text in zip(acts, texts([act[0] for act in acts]))]
    return found[::-1]


def _happening(act: Sequence[Event], text: Message, who: str, undone: bool) -> Happening:
    first = act[0]
    said = first.payload["verdict"] if first.kind == kinds.VERDICT_GIVEN else None
    return Happening(_local(first.recorded_at), date.fromisoformat(first.effective_on), who, text, family_of(first),
                     len(act), undone, None if said is None else (said.get("PDJL1") or "0", said.get("PDJL2")))


def _local(recorded_at: str) -> datetime:
    return datetime.fromisoformat(recorded_at.replace("Z", "+00:00")).astimezone()
