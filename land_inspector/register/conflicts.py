"""Who knew what, and what two people said without knowing of each other (field.md §D).

An event knows another where it comes later in the same chain, or where its origin had noted the other's head before. What neither
knows of the other is concurrent. Two acts in force that are concurrent and write one field of one thing with different values are a
conflict: both stay, the later in order counts until a person who has seen both says what holds: a settlement names the act that counts
for that field, and the others give way to it in the fold, never in the history. Pure; no clock, no file.
"""
from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any, DefaultDict, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from ..errors import Message, message
from .events import Event, canonical
from .kinds import (
    BATCH_FROZEN,
    CATALOGUE,
    CONFLICT_SETTLED,
    MATTER_ACT,
    MATTER_OPENED,
    NOTES,
    PATROL_LOGGED,
    PATROL_PLANNED,
    REGISTER_UPGRADED,
    VERDICT_GIVEN,
    is_known,
    noun,
    writes,
)
from .state import State

#: From this format on copies are merged, and what stands in one file need not have been known to whoever wrote there.
_COPIES_MERGE = 3
Heads = Dict[str, int]
#: A field of a thing: (subject, field).
Disputed = Tuple[str, str]


class Knowledge:
    """What each event's author had in front of them: made of the notes among ``events`` (all others are passed over)."""

    def __init__(self, events: Iterable[Event]):
        notes = sorted((event for event in events if event.kind in NOTES and is_known(event)),
                       key=lambda event: (event.origin, event.sequence))
        self._at: DefaultDict[str, List[int]] = defaultdict(list)
        self._heads: DefaultDict[str, List[Heads]] = defaultdict(list)
        for note in notes:
            known = dict(self._heads[note.origin][-1]) if self._heads[note.origin] else {}
            for origin, (sequence, _hash) in note.payload["heads"].items():
                known[origin] = max(known.get(origin, 0), sequence)
            self._at[note.origin].append(note.sequence)
            self._heads[note.origin].append(known)
        self._ordered = [{origin: head[0] for origin, head in note.payload["heads"].items()} for note in notes
                         if note.kind == REGISTER_UPGRADED and note.payload.get("from", 1) < _COPIES_MERGE]

    def knows(self, event: Event, other: Event) -> bool:
        """Whether the author of ``event`` had ``other`` before them."""
        if event.origin == other.origin:
            return other.sequence < event.sequence
        last = bisect_right(self._at.get(event.origin, ()), event.sequence)
        return last > 0 and self._heads[event.origin][last - 1].get(other.origin, 0) >= other.sequence

    def are_concurrent(self, one: Event, other: Event) -> bool:
        """Neither knew the other. What stood in one file of a format in which no copies came together counts as ordered."""
        return not (one.uuid == other.uuid or self.knows(one, other) or self.knows(other, one) or any(
            heads.get(one.origin, 0) >= one.sequence and heads.get(other.origin, 0) >= other.sequence for heads in self._ordered))


@dataclass(frozen=True)
class Conflict:
    """One field of one thing, and the acts that say different things of it; the last in fold order is the one that counts."""

    subject: str
    field: str
    events: Tuple[Event, ...]

    @property
    def text(self) -> Message:
        """Which acts, for a list."""
        return message("{field} of {subject} is in dispute: {n} acts, each recorded without knowledge of the others, first of all: {what}",
                       field=self.field, subject=self.subject, n=len(self.events), what=noun(self.events[0]))


def conflicts(history: Sequence[Event], knowledge: Knowledge) -> List[Conflict]:
    """Conflicts among events in force, in fold order, by subject and field. Nothing for one origin alone."""
    if len({event.origin for event in history}) < 2:
        return []
    said: DefaultDict[Disputed, List[Tuple[Event, Any]]] = defaultdict(list)
    void = set(_void(history))
    for event in _on_shared_subjects(history):
        for place, value in writes(event).items() if event.uuid not in void else ():
            said[place].append((event, value))
    found = []
    for (subject, field), acts in said.items():
        last = _unknown_to_others(acts, knowledge)
        if len({canonical(value) for _event, value in last}) > 1:
            found.append(Conflict(subject, field, tuple(event for event, _value in last)))
    return found


def _on_shared_subjects(history: Sequence[Event]) -> List[Event]:
    """The events that name a thing on which more than one origin acted: all others can be in no conflict."""
    first: Dict[str, str] = {}
    shared: Set[str] = set()
    for event in history:
        for subject in event.subjects:
            if first.setdefault(subject, event.origin) != event.origin:
                shared.add(subject)
    return [event for event in history if not shared.isdisjoint(event.subjects)] if shared else []


def _unknown_to_others(acts: Sequence[Tuple[Event, Any]], knowledge: Knowledge) -> List[Tuple[Event, Any]]:
    """The acts that nobody who acted on the same field had before them."""
    if len({event.origin for event, _value in acts}) < 2:
        return list(acts[-1:])
    return [(event, value) for event, value in acts
            if not any(knowledge.knows(other, event) or _is_older(event, other, knowledge) for other, _value in acts)]


def _is_older(event: Event, other: Event, knowledge: Knowledge) -> bool:
    """Ordered, although neither chain tells: both stood in one file before its upgrade."""
    return event.order < other.order and not knowledge.knows(event, other) and not knowledge.are_concurrent(event, other) \
        and event.uuid != other.uuid


# --- settlements --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decided:
    """A history as the settlements in it make it: what is folded, the acts that give way altogether, and settlements of which the act
    they chose was undone."""

    history: List[Event]
    overruled: List[str]
    void: List[str]


def decided(history: List[Event], knowledge: Knowledge) -> Decided:
    """The history, in fold order, with each settlement carried out: of a field that acts write beside others the chosen value takes the
    place of the others', an act that is one whole (a split, a case) gives way to the chosen one."""
    void = _void(history)
    last: Dict[Disputed, Event] = {}
    for event in history:
        if _is_settlement(event) and event.uuid not in void:
            last[event.payload["subject"], event.payload["field"]] = event
    if not last and not void:
        return Decided(history, [], [])
    by_uuid, subjects = {event.uuid: event for event in history}, {subject for subject, _field in last}
    kept, overruled = [], []
    for event in history:
        said = writes(event) if not _is_settlement(event) and not subjects.isdisjoint(event.subjects) else {}
        lost = {place: last[place] for place, value in said.items() if place in last
                and _gives_way(event, value, last[place], by_uuid, knowledge)}
        now = _given_way(event, lost, by_uuid) if lost else event
        if now is None:
            overruled.append(event.uuid)
        elif event.uuid not in void:
            kept.append(now)
    return Decided(kept, overruled, list(void))


def _is_settlement(event: Event) -> bool:
    return event.kind == CONFLICT_SETTLED and is_known(event)


def _void(history: Sequence[Event]) -> Dict[str, None]:
    settled = [event for event in history if _is_settlement(event)]
    there = {event.uuid for event in history} if settled else set()
    return dict.fromkeys(event.uuid for event in settled if event.payload["chosen"] not in there)


def _gives_way(event: Event, value: Any, settled: Event, by_uuid: Mapping[str, Event], knowledge: Knowledge) -> bool:
    """Whether an act says otherwise than the chosen one, knew nothing of it, and is older than the settlement or was before it."""
    chosen = by_uuid[settled.payload["chosen"]]
    if event.uuid == chosen.uuid or canonical(value) == canonical(settled.payload["value"]):
        return False
    return event.uuid in settled.payload["events"] or (
        event.order < settled.order and knowledge.are_concurrent(event, chosen))


#: Acts that say several fields: of such a one a chosen value takes the place of its own. Any other is one whole.
OF_SEVERAL_FIELDS = frozenset({VERDICT_GIVEN, PATROL_PLANNED, PATROL_LOGGED, MATTER_OPENED, MATTER_ACT})


def _given_way(event: Event, lost: Mapping[Disputed, Event], by_uuid: Mapping[str, Event]) -> Optional[Event]:
    """The act with the chosen values in place of its own; None where nothing of its own is left, or where it is one whole."""
    said = dict(event.payload)
    for (_subject, field), settled in lost.items():
        value = settled.payload["value"]
        if event.kind == VERDICT_GIVEN:
            said["verdict"] = {**said["verdict"], field: value}
        elif event.kind in (PATROL_PLANNED, PATROL_LOGGED):
            said[field] = value
        elif event.kind in (MATTER_OPENED, MATTER_ACT) and field in said["step"]["sets"]:
            said["step"] = {**said["step"], "sets": {**said["step"]["sets"], field: value}}
        else:
            return None
    chosen = {by_uuid[settled.payload["chosen"]].uuid: by_uuid[settled.payload["chosen"]] for settled in lost.values()}
    if event.kind == VERDICT_GIVEN and any(one.kind == VERDICT_GIVEN and one.payload["verdict"] == said["verdict"]
                                           for one in chosen.values()):
        return None
    return replace(event, payload=said)


class Freezes:
    """Which acts a freeze stopped that their authors had not heard of. An act refused at once never comes this far."""

    def __init__(self, history: Sequence[Event], knowledge: Knowledge):
        self._knowledge = knowledge
        self._of_batch: DefaultDict[str, List[Event]] = defaultdict(list)
        if len({event.origin for event in history}) > 1:
            for event in history:
                if event.kind == BATCH_FROZEN and is_known(event):
                    self._of_batch[event.payload["batch"]].append(event)
        self.any_met = bool(self._of_batch)

    def stops(self, event: Event, state: State) -> bool:
        """Whether a batch of this event was frozen by somebody while, elsewhere, it was recorded."""
        if not self.any_met or not is_known(event) or not CATALOGUE[event.kind].is_stopped_by_freeze:
            return False
        freezes = [freeze for batch in _batches_of(event, state) for freeze in self._of_batch.get(batch, ())]
        return any(self._knowledge.are_concurrent(event, freeze) for freeze in freezes)


def _batches_of(event: Event, state: State) -> Set[str]:
    found = set()
    for subject in event.subjects:
        row = state.parcels.get(subject) or state.patches.get(subject)
        found.add(row.batch_id if row is not None else subject)
    return found
