"""Who knew what, and what two people said without knowing of each other (field.md §D).

An event knows another where it comes later in the same chain, or where its origin had noted the other's head before. What neither
knows of the other is concurrent. Two acts in force that are concurrent and write one field of one thing with different values are a
conflict: both stay, the later in order counts until a person who has seen both says what holds. Pure; no clock, no file.
"""
from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, DefaultDict, Dict, Iterable, List, Sequence, Set, Tuple

from ..errors import Message, message
from .events import Event, canonical
from .kinds import BATCH_FROZEN, CATALOGUE, NOTES, REGISTER_UPGRADED, is_known, noun, writes
from .state import State

Heads = Dict[str, int]


class Knowledge:
    """What each event's author had in front of them: made of the notes among ``events`` (all others are passed over)."""

    def __init__(self, events: Iterable[Event]):
        notes = sorted((event for event in events if event.kind in NOTES), key=lambda event: (event.origin, event.sequence))
        self._at: DefaultDict[str, List[int]] = defaultdict(list)
        self._heads: DefaultDict[str, List[Heads]] = defaultdict(list)
        for note in notes:
            known = dict(self._heads[note.origin][-1]) if self._heads[note.origin] else {}
            for origin, (sequence, _hash) in note.payload["heads"].items():
                known[origin] = max(known.get(origin, 0), sequence)
            self._at[note.origin].append(note.sequence)
            self._heads[note.origin].append(known)
        self._ordered = [{origin: head[0] for origin, head in note.payload["heads"].items()} for note in notes
                         if note.kind == REGISTER_UPGRADED]

    def knows(self, event: Event, other: Event) -> bool:
        """Whether the author of ``event`` had ``other`` before them."""
        if event.origin == other.origin:
            return other.sequence < event.sequence
        last = bisect_right(self._at.get(event.origin, ()), event.sequence)
        return last > 0 and self._heads[event.origin][last - 1].get(other.origin, 0) >= other.sequence

    def are_concurrent(self, one: Event, other: Event) -> bool:
        """Neither knew the other. What stood in one file before it was upgraded counts as ordered."""
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
    said: DefaultDict[Tuple[str, str], List[Tuple[Event, Any]]] = defaultdict(list)
    for event in history:
        for place, value in writes(event).items():
            said[place].append((event, value))
    found = []
    for (subject, field), acts in said.items():
        last = _unknown_to_others(acts, knowledge)
        if len({canonical(value) for _event, value in last}) > 1:
            found.append(Conflict(subject, field, tuple(event for event, _value in last)))
    return found


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


class Freezes:
    """Which acts a freeze stopped that their authors had not heard of. An act refused at once never comes this far."""

    def __init__(self, history: Sequence[Event], knowledge: Knowledge):
        self._knowledge = knowledge
        self._of_batch: DefaultDict[str, List[Event]] = defaultdict(list)
        if len({event.origin for event in history}) > 1:
            for event in history:
                if event.kind == BATCH_FROZEN:
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
