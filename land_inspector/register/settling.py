"""Conflicts that are open, and how a person settles them: field by field, with a reason; the act that gives way stays in the history."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from ..errors import Bilingual, InputError, Message, RefusedError, StaleError, message
from ..law.judgement import ParcelAreas, check_verdict, refusals
from ..progress import Progress
from . import kinds
from .conflicts import OF_SEVERAL_FIELDS, Conflict, Disputed, conflicts
from .event_log import describe_all
from .events import Draft, Event, canonical, in_force, known_by
from .fold import fold
from .kinds import noun, writes
from .register import Recorded, Register
from .proposing import pack_of
from .state import State
from .personal import STAND_IN
from .tables import ALL_FIELDS, VERDICT, names
from .undoing import scope_of

#: What a field in dispute is called that is no column of a parcel.
_CALLED: Dict[str, Message] = {
    "outline": message("Outline: split, merge or newer issue"), "review": message("Review"), "open case": message("Open case"),
    "act": message("Act of the case"), "acceptance": message("Acceptance of the remedy"), "withdrawn": message("Withdrawal"),
    "DJ": message("Freezing of the batch"), "aside": message("Set aside"), "flag": message("Flag"),
    "assigned_to": message("Given to"), "state": message("State of the matter"), "officers": message("Officers"),
    "ended": message("End of the supervision"),
}


class LosesGroundError(RefusedError):
    """Acts that stand on the one that gives way would count no more; ``events`` are they."""

    def __init__(self, events: Sequence[Event], texts: Sequence[Message]):
        super().__init__("{n} acts stand on the one that would give way and would count no more, first of all: {first}",
                         "Settle it all the same, or let the other act count.", n=len(events), first=texts[0])
        self.events, self.texts = tuple(events), tuple(texts)


@dataclass(frozen=True)
class RivalAct:
    """One act of an open conflict: who, when (UTC text), what and why, the value it gives the field, and whether it counts now; ``named``
    is the value with the names of persons in place of their ids, for the screen of who may read them."""

    uuid: str
    who: str
    recorded_at: str
    origin: str
    what: Message
    value: Any
    reason: str
    counts: bool
    named: Any = None


@dataclass(frozen=True)
class OpenConflict:
    """A field in dispute; ``where`` is the number of the parcel, case, matter or batch, ``batch`` the code of its batch."""

    subject: str
    field: str
    where: str
    batch: str
    acts: Tuple[RivalAct, ...]

    @property
    def called(self) -> Message:
        """The field in words."""
        return field_name(self.field)


def field_name(field: str) -> Message:
    """A field in dispute in words; an issue's number and ids stay as they are."""
    known = ALL_FIELDS.get(field)
    if known is not None and known.zh:
        return Bilingual(known.en, zh=known.zh)
    return _CALLED.get(field) or Bilingual(field, zh=field)


#: The conflicts of the registers that were looked at last, by seal and moment: events are only added.
_FOUND: Dict[Tuple[str, Optional[str]], List[Conflict]] = {}
_MOST_FOUND = 4
#: From so many events, patches or things on, reading all of the history is quicker than looking for its parts.
VERY_MANY = 5000


def find(register: Register, known_at: Optional[str] = None) -> List[Conflict]:
    """The conflicts that are open in a register, now or as this copy knew them at a moment (UTC text); nothing, at once, where all events
    are of one origin or none came in from another copy."""
    if len(register.storage.heads()) < 2 or not register.storage.has_received():  # the heads stand in an index, what came in does not
        return []
    key = (register.seal().code, known_at)
    if key not in _FOUND:
        _FOUND[key] = in_dispute(register) if known_at is None else _between_people(register, conflicts(
            in_force(known_by(register.storage.events(), known_at)), register.knowledge()))
        for old in list(_FOUND)[:-_MOST_FOUND]:
            _FOUND.pop(old, None)
    return _FOUND[key]


def in_dispute(register: Register) -> List[Conflict]:
    """The conflicts that are open: only what more than one writer acted on is read."""
    storage, shared = register.storage, register.storage.shared_subjects()
    events = storage.events() if len(shared) > VERY_MANY else storage.events(subjects=shared)
    return _between_people(register, conflicts(in_force(events), register.knowledge()))


def _between_people(register: Register, found: List[Conflict]) -> List[Conflict]:
    """Without those in which all name the same person: who is entered in two copies has an id from each."""
    names = _names(register) if found else {}
    return [one for one in found
            if len({canonical(_named(writes(event)[one.subject, one.field], names)) for event in one.events}) > 1]


def _names(register: Register) -> Dict[str, str]:
    """The names behind the ids of those who act, and behind the tokens of land users, as far as they are kept here."""
    try:
        parties, people = register.storage.parties(), register.storage.people()
    except RefusedError:  # a reader of a server sees no names
        return {}
    return {**{key: name for key, (name, _salt) in people.items() if name != key},
            **{STAND_IN + key: name for key, (name, _salt) in parties.items() if name != key}}


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, Mapping):
        return {key: _named(one, names) for key, one in value.items()}
    return [_named(one, names) for one in value] if isinstance(value, (list, tuple)) else value


def disputed_parcels(register: Register, known_at: Optional[str] = None) -> Set[str]:
    """Ids of parcels of which figures count one of several verdicts, outlines or issues until somebody settles it."""
    found = find(register, known_at)
    subjects = {one.subject for one in found}
    if not subjects:
        return set()
    state = register.storage.load_state(patches=register.storage.patches_of(
        {subject for one in found for event in one.events for subject in event.subjects}))
    return {parcel.id for parcel in state.parcels.values() if not subjects.isdisjoint((parcel.id, parcel.patch_id, parcel.parent_id))}


def open_conflicts(register: Register) -> List[OpenConflict]:
    """Every open conflict as a page shows it, by place and field."""
    return as_shown(register, find(register))


def as_shown(register: Register, found: Sequence[Conflict]) -> List[OpenConflict]:
    """Conflicts with people, places and values in words, by place and field."""
    if not found:
        return []
    named = {subject for one in found for event in one.events for subject in event.subjects}
    patches = register.storage.patches_of(named)
    state = register.storage.load_state(patches=patches, rows=named)
    history = in_force(register.storage.events(subjects=[*named, *patches, *register.storage.batches_of(patches)]))
    folded = fold(history, register.issued_rows_of(patches), register.knowledge())
    idle = {*folded.orphans, *folded.held, *folded.overruled}
    people = _names(register)
    return sorted((_shown(register, one, state, idle, people) for one in found),
                  key=lambda one: (one.batch, one.where, one.subject, one.field))


def _shown(register: Register, conflict: Conflict, state: State, idle: Set[str], people: Mapping[str, str]) -> OpenConflict:
    values = {event.uuid: writes(event)[conflict.subject, conflict.field] for event in conflict.events}
    counting = [event for event in conflict.events if event.uuid not in idle]
    acts = tuple(RivalAct(event.uuid, register.name_of(event.actor), event.recorded_at, event.origin, noun(event),
                          values[event.uuid], _reason(event), bool(counting) and event is counting[-1],
                          _named(values[event.uuid], people))
                 for event in conflict.events)
    where, batch = _place(state, conflict)
    return OpenConflict(conflict.subject, conflict.field, where, batch, acts)


def _reason(event: Event) -> str:
    said = event.payload
    verdict = said.get("verdict")
    return str(said.get("reason") or (verdict.get("PDSM") if isinstance(verdict, Mapping) else None) or "")


def _place(state: State, conflict: Conflict) -> Tuple[str, str]:
    for subject in (conflict.subject, *conflict.events[0].subjects):
        record: Any = state.record(subject)
        label = next((getattr(record, name) for name in ("DKBH", "AJBH", "TZBH", "JCBH", "PCBH", "XCRQ") if hasattr(record, name)), None)
        if label:
            batch = state.batches.get(getattr(record, "batch_id", subject))
            return str(label), batch.PCBH if batch is not None else ""
    return conflict.subject[:8], ""


def writers(register: Register) -> Dict[str, str]:
    """Who last recorded something as which writer (origin): copies are told apart by the people at them."""
    last = {origin: register.storage.latest(origin) for origin in register.storage.heads()}
    return {origin: register.name_of(event.actor) for origin, event in last.items() if event is not None}


# --- settling -------------------------------------------------------------------------------------------------------------


def settle(register: Register, choices: Mapping[Disputed, str], *, reason: str, by: Optional[str] = None, with_dependents: bool = False,
           progress: Optional[Progress] = None) -> Recorded:
    """Let one act count for each (subject, field); ``choices`` gives its uuid. One action, and undone as one.

    InputError without a reason; StaleError where a conflict is not open any more; RefusedError where the chosen act cannot stand, or the
    chosen fields make no verdict; LosesGroundError where acts stand on one that gives way, unless ``with_dependents``."""
    if not reason.strip():
        raise InputError("A reason or a text is needed.", "Write it in a few words.")
    if not choices:
        raise InputError("Nothing was chosen.", "Choose the act that shall count.")
    progress = progress or Progress()
    storage = register.storage
    with storage.writing(), storage.stoppable(progress):
        chosen = _chosen(find(register), choices)
        drafts = [_draft(conflict, uuid, reason.strip()) for conflict, uuid in chosen]
        patches, rows = scope_of(register, [event for conflict, _uuid in chosen for event in conflict.events])
        rows = list(dict.fromkeys([*rows, *(conflict.subject for conflict, _uuid in chosen)]))
        recorded = register._append(drafts, storage.load_state(patches=patches, rows=rows), by, progress.part(0.0, 0.3))
        stored = storage.load_state(patches=patches, rows=rows)
        history = storage.events(subjects=[*patches, *storage.batches_of(patches), *rows])
        issued, knowledge = register.issued_rows_of(patches), register.knowledge()
        before = fold(in_force([event for event in history if event.group != recorded.group]), issued, knowledge)
        after = fold(in_force(history), issued, knowledge, progress.part(0.3, 0.8))
        _check(register, chosen, history, before, after, with_dependents)
        storage.replace(stored, after)
        storage.remove_batches(set(storage.batches_of(patches)) - set(after.batches))
        progress.step(1.0)
    register._remember(recorded)
    return recorded


def _chosen(found: Iterable[Conflict], choices: Mapping[Disputed, str]) -> List[Tuple[Conflict, str]]:
    known = {(one.subject, one.field): one for one in found}
    chosen = []
    for place, uuid in choices.items():
        conflict = known.get(place)
        if conflict is None or uuid not in {event.uuid for event in conflict.events}:
            raise StaleError("This conflict is not open any more: it was settled, or somebody acted anew.", "Look at the list again.")
        chosen.append((conflict, uuid))
    return chosen


def _draft(conflict: Conflict, uuid: str, reason: str) -> Draft:
    act = next(event for event in conflict.events if event.uuid == uuid)
    value = writes(act)[conflict.subject, conflict.field]
    if act.kind == kinds.CONFLICT_SETTLED:  # two settlements of one conflict: what counts is the act that one of them chose
        uuid = act.payload["chosen"]
    others = [one for event in conflict.events for one in (event.uuid, *(
        event.payload["events"] if event.kind == kinds.CONFLICT_SETTLED else ()))]
    subjects = dict.fromkeys([conflict.subject, *(subject for event in conflict.events for subject in event.subjects)])
    said = {"subject": conflict.subject, "field": conflict.field, "chosen": uuid, "events": list(dict.fromkeys(others)), "value": value,
            "reason": reason}
    return Draft(kinds.CONFLICT_SETTLED, tuple(subjects), said)


def _check(register: Register, chosen: Sequence[Tuple[Conflict, str]], history: Sequence[Event], before: State, after: State,
           with_dependents: bool) -> None:
    idle = {*after.orphans, *after.held}
    for conflict, uuid in chosen:
        act = next(event for event in conflict.events if event.uuid == uuid)
        takes_it_over = any(event.uuid not in idle and event.kind in OF_SEVERAL_FIELDS for event in conflict.events)
        if uuid in idle and not takes_it_over:
            raise RefusedError("{what} cannot count: what it rests on is not there.", "Let the other act count, or act anew.",
                               what=noun(act))
        if conflict.field in names(VERDICT):
            _refuse_no_verdict(register, conflict.subject, after)
    lost = [event for event in history if event.uuid in idle - {*before.orphans, *before.held, *before.overruled}]
    if lost and not with_dependents:
        raise LosesGroundError(lost, describe_all(register, lost))


def _refuse_no_verdict(register: Register, parcel_id: str, after: State) -> None:
    """What was chosen field by field must be a verdict that somebody could have given."""
    parcel = after.parcels.get(parcel_id)
    if parcel is None or parcel.retired:
        return
    said = {name: getattr(parcel, name) for name in names(VERDICT)}
    pack = pack_of(register, after.batches[parcel.batch_id])
    wrong = refusals(check_verdict(said, ParcelAreas(parcel.DKMJ, parcel.GDMJ, parcel.JBNTMJ), pack))
    if wrong:
        raise RefusedError("The chosen fields of parcel {parcel} make no verdict: {reason}",
                           "Choose those of one act, or give the verdict anew.", parcel=parcel.DKBH, reason=wrong[0].message)
