"""Events: the one thing a register stores for good. Envelope, serialisation, hash chain, fold order.

Everything here is decided once: the canonical text of an event, the hash over it, the order in which events are
folded, and which of them are in force after undos. Pure; no clock, no file.
"""
from __future__ import annotations

import gc
import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

from ..progress import Progress

#: An event that takes back others; the rest of the kinds stand in :mod:`.kinds`.
UNDONE = "undone"
#: The newest form of an undo that this version reads.
UNDONE_VERSION = 1

#: The first event of an origin has nobody before it.
NO_PREVIOUS = ""


@dataclass(frozen=True)
class Draft:
    """What a verb wants to record; the register adds who, where and when."""

    kind: str
    subjects: Tuple[str, ...]
    payload: Mapping[str, Any]
    effective_on: Optional[str] = None


@dataclass(frozen=True)
class Event:
    """One immutable event.

    ``sequence`` counts the events of one ``origin`` (installation × register) and ``previous`` is the hash of the one
    before; ``seen`` is the last event of each subject that the author had seen; ``group`` is one user action;
    ``recorded_at`` is UTC, ISO 8601 with microseconds; ``effective_on`` is the ISO date the event speaks of. ``received_at`` is when
    an event of another copy came into this one (None: it was recorded here): it differs from copy to copy, so no hash covers it.
    """

    uuid: str
    kind: str
    version: int
    subjects: Tuple[str, ...]
    actor: str
    origin: str
    sequence: int
    previous: str
    seen: Mapping[str, str]
    group: str
    recorded_at: str
    effective_on: str
    payload: Mapping[str, Any]
    hash: str = ""
    received_at: Optional[str] = field(default=None, compare=False)

    def __getattr__(self, name: str) -> Any:
        """What a storage has left unread until somebody asks (``unread``: who reads it, and the texts)."""
        if name in ("subjects", "seen") and "unread" in self.__dict__:
            read, *texts = self.__dict__.pop("unread")
            self.__dict__.update(read(*texts))
            return self.__dict__[name]
        raise AttributeError(name)

    def sealed(self) -> "Event":
        """This event with its hash."""
        return replace(self, hash=digest(self))

    @property
    def order(self) -> Tuple[str, str, int]:
        """The fold order. The register never records an event earlier than one its author knew, so cause precedes effect."""
        return self.recorded_at, self.origin, self.sequence


#: Sorts events into the fold order, quicker than :attr:`Event.order`.
ORDER = attrgetter("recorded_at", "origin", "sequence")
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8, NaN refused."""
    return _CANONICAL.encode(value)


def is_well_formed(event: Event) -> bool:
    """Whether every part of an event from outside is of its kind: its hash may be right and its parts not."""
    texts = (event.uuid, event.kind, event.actor, event.origin, event.previous, event.group, event.recorded_at, event.effective_on,
             event.hash, *event.subjects, *event.seen, *event.seen.values())
    return all(type(text) is str for text in texts) and type(event.version) is int and type(event.sequence) is int \
        and isinstance(event.payload, Mapping) and isinstance(event.subjects, tuple)


def digest(event: Event) -> str:
    """SHA-256 (hex) over the canonical text of everything in the envelope but the hash itself and when it was received."""
    body = [
        event.uuid, event.kind, event.version, list(event.subjects), event.actor, event.origin, event.sequence,
        event.previous, dict(event.seen), event.group, event.recorded_at, event.effective_on, dict(event.payload),
    ]
    return hashlib.sha256(canonical(body).encode("utf-8")).hexdigest()


@contextmanager
def collecting_paused() -> Iterator[None]:
    """Python looks for cycles whenever objects pile up; among hundreds of thousands of events that are all kept there are none. What was
    made meanwhile is counted as old at the end, or the first look would go through all of it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def in_force(events: Iterable[Event]) -> List[Event]:
    """Events, in fold order, that no undo in force has reversed; undo events themselves are left out, but those of a later version:
    nobody here knows what they undid."""
    return [event for event in standing(events) if event.kind != UNDONE or event.version > UNDONE_VERSION]


def standing(events: Iterable[Event]) -> List[Event]:
    """Like :func:`in_force`, with the undos that are themselves in force.

    Read backwards: an undo that is itself undone reverses nothing, so undoing an undo is redoing. An undo names whole
    groups, and single events of other groups that lost their ground with them. What a later version undid stands here.
    """
    reversed_ids: set = set()
    kept: List[Event] = []
    ordered = sorted(events, key=ORDER)
    if not any(event.kind == UNDONE for event in ordered):
        return ordered
    for event in reversed(ordered):
        if event.group in reversed_ids or event.uuid in reversed_ids:
            continue
        if event.kind == UNDONE and event.version <= UNDONE_VERSION:
            reversed_ids.update(event.payload["groups"], event.payload["events"])
        kept.append(event)
    kept.reverse()
    return kept


def known_by(events: Iterable[Event], moment: Optional[str]) -> Iterator[Event]:
    """Events that this copy had at ``moment`` (UTC text as in ``recorded_at``); all of them for None."""
    return (e for e in events if moment is None or (e.received_at or e.recorded_at) <= moment)


def effective_by(events: Iterable[Event], day: Optional[str]) -> Iterator[Event]:
    """Events that speak of ``day`` (ISO date) or before; all of them for None."""
    return (e for e in events if day is None or e.effective_on <= day)


def chain_breaks(events: Iterable[Event], progress: Optional[Progress] = None) -> Iterator[Tuple[Event, str]]:
    """Every event that was edited, or whose predecessor is missing or replaced, with the reason.

    Works per origin in sequence order; ``events`` may hold several origins.
    """
    last: Dict[str, Event] = {}
    for event in (progress or Progress()).watch(sorted(events, key=lambda e: (e.origin, e.sequence))):
        before = last.get(event.origin)
        if digest(event) != event.hash:
            yield event, "edited"
        elif event.sequence != (before.sequence + 1 if before else 1):
            yield event, "missing"
        elif event.previous != (before.hash if before else NO_PREVIOUS):
            yield event, "replaced"
        last[event.origin] = event
