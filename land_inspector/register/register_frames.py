"""Frames of the register, now or as of any moment and day: the two sets that every figure is made from (R36); and the register
unrolled along the days that its events speak of.
"""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import DefaultDict, Dict, Iterable, List, Mapping, Optional, Sequence, TYPE_CHECKING, Tuple

import numpy as np
import pandas as pd

from ..errors import message
from ..progress import Progress
from . import kinds, tables
from .events import Event, effective_by, in_force
from .fold import fold
from .state import IssuedRow, Parcel, State
from .personal import with_names

if TYPE_CHECKING:
    from .register import Register


_ISSUED = list(tables.names(tables.ISSUED))
_MEASURED = list(tables.names(tables.MEASURED))
_BATCH = ["PCBH", "ND", "YF", "ZD"]


def parcels(register: "Register", batch: Optional[str], then: Optional[State] = None) -> pd.DataFrame:
    """See :meth:`Register.parcels`; ``then`` is the state at a moment and day, None for the register as it is."""
    return living(every_parcel(register, batch, then))


def every_parcel(register: "Register", batch: Optional[str], then: Optional[State] = None) -> pd.DataFrame:
    """Like :func:`parcels`, with those that were split or merged (``retired``) and those that a re-issue no longer holds (``gone``)."""
    frame = (parcels_of(register, then) if then is not None
             else with_evidence(register.storage.frame("parcel", batch_id=_batch_id(register, batch))))
    return frame if batch is None else frame[frame["PCBH"] == batch]


def counted_patches(register: "Register", batch: Optional[str]) -> pd.DataFrame:
    """What :func:`patches` says of the register as it is, in the columns that figures are counted from: a third of them."""
    return _standing(register, register.storage.frame("counted_patch", batch_id=_batch_id(register, batch)), batch)


def counted(register: "Register", batch: Optional[str]) -> Tuple[pd.DataFrame, pd.DataFrame]:
    """:func:`every_parcel` in the columns that figures are counted from, and :func:`counted_patches`; each table read once."""
    storage, batch_id = register.storage, _batch_id(register, batch)
    issued = storage.frame("counted_patch", batch_id=batch_id)
    rows = storage.frame("counted", batch_id=batch_id)
    place = pd.Index(issued["patch_id"]).get_indexer(rows["patch_id"])
    if (place < 0).any():  # a damaged register: verifying says so
        rows, place = rows[place >= 0].reset_index(drop=True), place[place >= 0]
    for name in ("JCBH", "PCBH", "ND", "YF", "ZD", "XZDM", "XZMC"):
        rows[name] = issued[name].to_numpy().take(place)
    _own_townships(register, rows)
    rows["ZSDM"] = _stations(register, rows)
    measured = storage.frame("counted_measured", batch_id=batch_id)
    if len(measured):
        rows = with_evidence(rows.merge(measured, on="parcel_id", how="left", validate="1:1"))
    return rows, _standing(register, issued, batch)


def living(frame: pd.DataFrame) -> pd.DataFrame:
    """The verified set among :func:`every_parcel`."""
    frame = _in_order(frame, (frame["retired"] == 0) & (frame["gone"] == 0), ["ND", "PCBH", "DKBH"])
    frame["FJCBH"] = frame["JCBH"].where(frame["TBZT"] == "2", None)
    for name in {"id", "retired", "gone"}.intersection(frame.columns):
        frame.pop(name)
    return frame


def _in_order(frame: pd.DataFrame, kept: pd.Series, by: List[str]) -> pd.DataFrame:
    """The rows that are ``kept``, in the order of some columns, numbered anew: a frame of its own, copied once, for a county's parcels
    are tens of megabytes."""
    keys = list(zip(*(frame[name].tolist() for name in by)))
    found = frame.take(sorted(np.flatnonzero(kept).tolist(), key=keys.__getitem__))
    found.index = pd.RangeIndex(len(found))
    return found


def patches(register: "Register", batch: Optional[str], then: Optional[State] = None) -> pd.DataFrame:
    """See :meth:`Register.patches`; ``then`` as for :func:`every_parcel`."""
    if then is not None:
        frame = _join_issued(register, _frame(list(then.patches.values()), tables.PATCH), then).rename(columns={"id": "patch_id"})
    else:
        frame = register.storage.frame("patch", batch_id=_batch_id(register, batch)).drop(columns="id")
    return _standing(register, frame, batch)


def _standing(register: "Register", frame: pd.DataFrame, batch: Optional[str]) -> pd.DataFrame:
    """Patches that the newest issue still holds, in the order of their numbers, with code of state and station."""
    kept = frame["gone"] == 0
    frame = _in_order(frame, kept if batch is None else kept & (frame["PCBH"] == batch), ["ND", "PCBH", "JCBH"])
    frame["TBZT"] = frame["split"].map({0: "0", 1: "1"})
    frame["ZSDM"] = _stations(register, frame)
    return frame


def _stations(register: "Register", frame: pd.DataFrame) -> pd.Series:
    """The station of each row's township."""
    return frame["XZDM"].map(register.townships().drop_duplicates("XZDM").set_index("XZDM")["ZSDM"].to_dict())


def _batch_id(register: "Register", code: Optional[str]) -> Optional[str]:
    return None if code is None else register.batch(code).id


def _frame(records: List[object], fields: tuple) -> pd.DataFrame:
    columns = list(tables.names(fields))
    return pd.DataFrame([[record.__dict__[c] for c in columns] for record in records], columns=columns, dtype=object)


def parcels_of(register: "Register", state: State) -> pd.DataFrame:
    """Every parcel of a folded state, retired and gone ones too, with issued columns; proposals are no events and stay out."""
    frame = _frame(list(state.parcels.values()), tables.PARCEL)
    rows = _frame(list(state.patches.values()), tables.PATCH)[["id", "issued_id", "JCBH", "split"]].rename(columns={"id": "patch_id"})
    frame = _join_issued(register, frame.merge(rows, on="patch_id", how="left", validate="m:1"), state)
    _own_townships(register, frame)
    frame["ZSDM"] = _stations(register, frame)
    if len(frame):
        frame["YDDW"] = with_names(frame["YDDW"], register.storage.parties())
    for name in tables.names(tables.PROPOSAL):
        frame[name] = None
    frame["parcel_id"] = frame["id"]
    return tables.with_numbers(frame)


def _own_townships(register: "Register", frame: pd.DataFrame) -> None:
    """A piece with a township of its own answers there, not in the patch's."""
    own = frame["own_township"].notna()
    if own.any():
        names = register.townships().drop_duplicates("XZDM").set_index("XZDM")["XZMC"].to_dict()
        frame.loc[own, "XZDM"] = frame.loc[own, "own_township"]
        frame.loc[own, "XZMC"] = frame.loc[own, "own_township"].map(names).where(lambda named: named.notna(), frame.loc[own, "XZMC"])


def _join_issued(register: "Register", frame: pd.DataFrame, state: State) -> pd.DataFrame:
    issued = register.storage.frame("issued")[["issued_id", *_ISSUED]]
    frame = frame.merge(issued, on="issued_id", how="left", validate="m:1")
    batches = _frame(list(state.batches.values()), tables.BATCH)[["id", *_BATCH]].rename(columns={"id": "batch_id"})
    return tables.with_numbers(frame.merge(batches, on="batch_id", how="left", validate="m:1"))


def with_evidence(frame: pd.DataFrame) -> pd.DataFrame:
    """Measured columns: those a verdict or a cut has fixed, else those of the last evidence run."""
    names = [name for name in _MEASURED if f"measured_{name}" in frame]
    latest = frame[[f"measured_{name}" for name in names]].set_axis(names, axis=1)
    frame = frame.drop(columns=["measured_run", *(f"measured_{name}" for name in names)])
    own = frame[names]
    return tables.with_columns(frame, own.where(own.notna().to_numpy() | frame["verdict_event"].notna().to_numpy()[:, None], latest))


class Lineage:
    """What became of each parcel: the pieces that it was cut into and what these were merged to, over any number of steps."""

    def __init__(self, register: "Register", rows: pd.DataFrame):
        """``rows`` as :func:`every_parcel` gives them, retired ones too."""
        ids = rows["parcel_id"].tolist()
        self._rank = dict(zip(ids, range(len(ids))))
        self._retired = set(rows["parcel_id"][rows["retired"] == 1])
        pieces = rows[["parcel_id", "parent_id"]][rows["parent_id"].notna()]
        self._next: Dict[str, List[str]] = {}
        for key, parent in zip(pieces["parcel_id"].tolist(), pieces["parent_id"].tolist()):
            self._next.setdefault(parent, []).append(key)
        self._register = register
        self._knows_merges = False

    def heirs(self, parcel: str) -> List[str]:
        """The parcels that its land belongs to now; itself, if it was neither split nor merged."""
        if parcel not in self._retired:
            return [parcel] if parcel in self._rank else []
        self._learn_merges()
        found: Dict[str, None] = {}
        waiting, seen = [parcel], {parcel}
        while waiting:
            for key in self._next.get(waiting.pop(), ()):
                if key not in seen:
                    seen.add(key)
                    (waiting.append(key) if key in self._retired else found.setdefault(key))
        return sorted(found, key=lambda key: self._rank[key])

    def _learn_merges(self) -> None:
        """A merged parcel names one parent at most; the others stand in the event. Read once, and only where something was retired."""
        if not self._knows_merges:
            self._knows_merges = True
            for event in self._register.storage.events_of_kind(kinds.PARCELS_MERGED):
                result = event.payload["result"]["id"]
                if result in self._rank:
                    for parcel in event.payload["parcels"]:
                        self._next.setdefault(parcel, []).append(result)


# How each parcel stood from when to when: the register unrolled along the days that its events speak of.

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


def states_over_time(register: "Register", progress: Optional[Progress] = None) -> List[Interval]:
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


def _issued_rows(register: "Register", history: Iterable[Event]) -> Rows:
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
        standing = _stood(fold(effective_by(events, text), issued), day)
        for key, before in list(open_now.items()):
            now = standing.get(key)
            if now is None or replace(now, first=before.first) != before:
                found.append(replace(before, last=day - _DAY))
                del open_now[key]
        open_now = {**standing, **open_now}
    return [*found, *open_now.values()]


def _stood(state: State, day: date) -> Mapping[str, Interval]:
    """The parcels that count in a state, as they would stand from ``day`` on."""
    return {parcel.id: _interval(parcel, day) for parcel in state.parcels.values() if not parcel.retired and not parcel.gone}


def _interval(parcel: Parcel, day: date) -> Interval:
    return Interval(parcel.id, parcel.patch_id, parcel.DKBH, parcel.shape_id, parcel.PDJL1, parcel.PDJL2, parcel.ZGJD, parcel.SYMJ, day)
