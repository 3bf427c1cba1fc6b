"""How each parcel stood from when to when: the register unrolled along the days that its events speak of."""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import DefaultDict, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import message
from ..progress import Progress
from . import kinds
from .events import Event, effective_by, in_force
from .fold import fold
from .register import Register
from .state import IssuedRow, Parcel, State

_DAY = timedelta(days=1)
#: Issue id → patch id → its row.
Rows = Dict[str, Dict[str, IssuedRow]]


@dataclass(frozen=True)
class Interval:
    """One parcel as it stood from ``first`` to ``last`` (both included; None: until now). ``stage`` is ZGJD, ``remaining_m2`` SYMJ."""

    parcel: str
    patch: str
    number: str
    shape: str
    verdict: str
    sub_verdict: Optional[str]
    stage: Optional[str]
    remaining_m2: Optional[float]
    first: date
    last: Optional[date] = None


def states_over_time(register: Register, progress: Optional[Progress] = None) -> List[Interval]:
    """Every parcel of every batch, by number and day. What was undone never was (it is in the timeline)."""
    progress = progress or Progress()
    progress.step(0.0, message("Reading the history"))
    history = in_force(register.storage.events())
    rows = _issued_rows(register, history)
    progress.step(0.3)
    found: List[Interval] = []
    for patches, events in progress.watch(_components(history, rows), 0.3, 1.0):
        found += _unrolled(patches, events, rows)
    return sorted(found, key=lambda one: (one.number, one.parcel, one.first))


def _issued_rows(register: Register, history: Iterable[Event]) -> Rows:
    issues = [event.payload["issue"]["id"] for event in history if event.kind == kinds.BATCH_ISSUED]
    return {issue: {row.patch_id: row for row in register.storage.issued_rows(issue)} for issue in issues}


def _components(history: Sequence[Event], rows: Rows) -> List[Tuple[List[str], List[Event]]]:
    """Patches that no event ties to others stand alone; those of one case stand together. Each with its events in fold order."""
    batch_of: Dict[str, str] = {}
    of_batch: DefaultDict[str, List[int]] = defaultdict(list)
    touching: List[Tuple[int, List[str]]] = []
    ties = _Ties()
    for place, event in enumerate(history):
        if event.kind == kinds.BATCH_ISSUED:
            batch = event.payload["batch"]["id"]
            of_batch[batch].append(place)
            batch_of.update(dict.fromkeys(rows[event.payload["issue"]["id"]], batch))
        else:
            named = [subject for subject in event.subjects if subject in batch_of]
            touching.append((place, named))
            ties.tie(named)
    places: DefaultDict[str, List[int]] = defaultdict(list)
    for place, named in touching:
        if named:
            places[ties.root(named[0])].append(place)
    members: DefaultDict[str, List[str]] = defaultdict(list)
    for patch, batch in batch_of.items():
        root = ties.root(patch)
        members[root].append(patch)
        places[root] += of_batch[batch]
    return [(patches, [history[place] for place in sorted(set(places[root]))]) for root, patches in members.items()]


class _Ties:
    """Which patches belong together (disjoint sets)."""

    def __init__(self) -> None:
        self._above: Dict[str, str] = {}

    def root(self, key: str) -> str:
        while key in self._above:
            key = self._above[key]
        return key

    def tie(self, keys: Sequence[str]) -> None:
        for key in keys[1:]:
            one, other = self.root(keys[0]), self.root(key)
            if one != other:
                self._above[other] = one


def _unrolled(patches: Sequence[str], events: Sequence[Event], rows: Rows) -> List[Interval]:
    def issued(issue: str) -> List[IssuedRow]:
        return [rows[issue][patch] for patch in patches if patch in rows[issue]]

    open_now: Dict[str, Interval] = {}
    found: List[Interval] = []
    for text in sorted({event.effective_on for event in events}):
        day = date.fromisoformat(text)
        standing = _standing(fold(effective_by(events, text), issued), day)
        for key, before in list(open_now.items()):
            now = standing.get(key)
            if now is None or replace(now, first=before.first) != before:
                found.append(replace(before, last=day - _DAY))
                del open_now[key]
        open_now = {**standing, **open_now}
    return [*found, *open_now.values()]


def _standing(state: State, day: date) -> Mapping[str, Interval]:
    """The parcels that count in a state, as they would stand from ``day`` on."""
    return {parcel.id: _interval(parcel, day) for parcel in state.parcels.values() if not parcel.retired and not parcel.gone}


def _interval(parcel: Parcel, day: date) -> Interval:
    return Interval(parcel.id, parcel.patch_id, parcel.DKBH, parcel.shape_id, parcel.PDJL1, parcel.PDJL2, parcel.ZGJD, parcel.SYMJ, day)
