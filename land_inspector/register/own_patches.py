"""Own patches in a register: what describes them, the order of their queue as verdicts come in, and those decided that look alike.

All of it is derived: from the issued rows (32 numbers, score, whether drawn at random) and the verdict events. The ranking is an order of
the queue, never a probability; the memory fills in nothing.
"""
from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ..changes.features import NUMBERS
from ..changes.ranking import LEAST_VERDICTS, Memory, Ranker, learnt, order
from ..law.facts import SKETCH
from . import kinds
from .events import canonical
from .register import Register

#: A queue is ranked anew each time that so many verdicts more were given, so that it does not move under the reader's hand.
STEP = 10
#: With more events than these at once the memory is read anew.
_MOST_FOLLOWED = 2_000
#: LY of a batch of own patches (自查).
SOURCE = "07"
#: Where the register keeps what was learnt last; it can be made again from the events at any time.
RANKING = "own_patches_ranking"
#: Verdicts that say that nothing of interest changed: no real change, a change of crops; in the old regime all "other".
_UNCHANGED, _OLD, _OTHER = ("301", "302"), "O", "3"


@dataclass(frozen=True)
class OwnPatch:
    """One whole, living parcel of an own patch. ``confirmed`` is None before a verdict; ``place`` is its rank when it was found."""

    parcel_id: str
    patch_id: str
    batch: str
    label: str
    numbers: Tuple[float, ...]
    score: float
    is_random: bool
    place: int
    verdict: str
    confirmed: Optional[bool]
    judged_at: str


def own_patches(register: Register, batch: Optional[str] = None) -> List[OwnPatch]:
    """Those of a batch (PCBH), or all, in the order of their batches and ranks. Patches without numbers of their own are none."""
    found: List[OwnPatch] = []
    for batch_id, code in _own_batches(register, batch).items():
        said = _said(register, batch_id)
        if not said:
            continue
        judged = {row.parcel_id: row.recorded_at for row in register.storage.frame("verdict", batch_id=batch_id).itertuples()}
        found += [_own(row, code, said[row.patch_id], judged.get(row.parcel_id, ""))
                  for row in register.storage.frame("queue", batch_id=batch_id).itertuples() if row.patch_id in said and _is_whole(row)]
    return sorted(found, key=lambda one: (one.batch, one.place, one.label))


def _own_batches(register: Register, batch: Optional[str] = None) -> Dict[str, str]:
    """Number (PCBH) of each batch of own patches, or of the one named, by its id."""
    return {row.id: row.PCBH for row in register.batches().itertuples() if row.LY == SOURCE and batch in (None, row.PCBH)}


def _is_whole(row: Any) -> bool:
    """Neither cut nor gone."""
    return not row.retired and not row.gone and row.TBZT == "0"


def _said(register: Register, batch_id: str) -> Dict[str, Mapping[str, Any]]:
    """What the finder said of each patch of a batch, the newest issue last."""
    frame = register.storage.frame("issued", batch_id=batch_id)
    frame = frame[frame["TZ"] == SKETCH].sort_values("issue_no")
    found: Dict[str, Mapping[str, Any]] = {}
    for patch, text in zip(frame["patch_id"], frame["other"]):
        said = json.loads(text)
        try:
            numbers = tuple(float(value) for value in json.loads(said["numbers"]))
        except (KeyError, TypeError, ValueError):
            continue
        if len(numbers) == len(NUMBERS) and np.isfinite(numbers).all():
            found[patch] = {**said, "numbers": numbers}
    return found


def _own(row: Any, code: str, said: Mapping[str, Any], judged_at: str) -> OwnPatch:
    verdict = row.PDJL2 or row.PDJL1 or ""
    confirmed = is_confirmed(row.ZD, row.PDJL1, row.PDJL2)
    known = confirmed is not None
    return OwnPatch(row.parcel_id, row.patch_id, code, row.DKBH, said["numbers"], float(said.get("score") or 0.0),
                    str(said.get("random") or "0") in ("1", "1.0", "True"), int(float(said.get("rank") or 0)), verdict, confirmed,
                    judged_at if known else "")


@dataclass(frozen=True)
class Run:
    """What the run that found a batch said of itself: areas in m², the self-test (m² of a site, found, planted), and the gates that were
    not green (level, name in English)."""

    examined_m2: float
    not_examined_m2: float
    self_test: Tuple[Tuple[float, int, int], ...]
    gates: Tuple[Tuple[str, str], ...]


def run_of(register: Register, batch: str) -> Optional[Run]:
    """That of a batch's newest issue; None where its patches do not say."""
    for said in _said(register, register.batch(batch).id).values():
        try:
            run = json.loads(said["run"])
            return Run(float(run["examined_m2"]), float(run["not_examined_m2"]),
                       tuple((float(area), int(found), int(planted)) for area, found, planted in run["self_test"]),
                       tuple((str(level), str(name)) for level, name in run["gates"]))
        except (KeyError, TypeError, ValueError):
            continue
    return None


def is_confirmed(regime: str, level1: Optional[str], level2: Optional[str]) -> Optional[bool]:
    """Whether a verdict says that something of interest changed: neither "no real change" nor a change of crops; None without one."""
    if level1 in (None, "", "0"):
        return None
    return level2 not in _UNCHANGED and not (regime == _OLD and level1 == _OTHER)


def _learnt_from(patches: Sequence[OwnPatch]) -> List[Optional[bool]]:
    """The verdicts that count now: the first 20, 30, 40 … that were given."""
    judged = sorted((one.judged_at, place) for place, one in enumerate(patches) if one.confirmed is not None)
    count = len(judged) // STEP * STEP
    known: List[Optional[bool]] = [None] * len(patches)
    for _when, place in judged[:count if count >= LEAST_VERDICTS else 0]:
        known[place] = patches[place].confirmed
    return known


def ranker_of(patches: Sequence[OwnPatch]) -> Optional[Ranker]:
    """What the verdicts on these patches teach; None before 20 of both kinds."""
    return learnt(np.array([one.numbers for one in patches]), _learnt_from(patches)) if patches else None


def queue_places(register: Register, batch: str) -> Dict[str, int]:
    """The place of each own patch of a batch in its queue, by parcel id; empty where the batch holds none. Verdicts of all own batches
    teach."""
    if register.batch(batch).LY != SOURCE:
        return {}
    everything = own_patches(register)
    mine = [place for place, one in enumerate(everything) if one.batch == batch]
    if not mine:
        return {}
    known = _learnt_from(everything)
    if not any(one is not None for one in known):  # as it was found
        return {everything[place].parcel_id: number for number, place in enumerate(mine)}
    numbers = np.array([one.numbers for one in everything])
    placed = order(np.array([one.score for one in everything]), numbers, known, [one.is_random for one in everything])
    return {everything[place].parcel_id: number for number, place in enumerate(int(one) for one in placed if int(one) in set(mine))}


def keep_ranking(register: Register) -> Optional[Ranker]:
    """Store what was learnt with the register, as derived data; None where nothing can be learnt yet (then what was stored goes)."""
    patches = own_patches(register)
    ranker = ranker_of(patches)
    said = "" if ranker is None else canonical({
        "names": list(NUMBERS), "coefficients": ranker.coefficients.round(9).tolist(), "constant": round(ranker.constant, 9),
        "middle": ranker.middle.round(9).tolist(), "spread": ranker.spread.round(9).tolist(), "verdicts": ranker.verdicts,
        "confirmed": ranker.confirmed})
    with register.storage.writing():
        register.storage.set_meta({RANKING: said})
    return ranker


@dataclass(frozen=True)
class Similar:
    """A decided own patch that looks like another one; ``distance`` in robust spreads of the 32 numbers, ``limit`` the distance beyond
    which nothing is shown. ``outline`` (WKB in the register's CRS) and the dates of the images as they are written are what its pictures
    are drawn from."""

    parcel_id: str
    label: str
    batch: str
    verdict: str
    grounds: str
    outcome: str
    distance: float
    limit: float
    outline: bytes
    image_before: str
    image_after: str


@dataclass
class _Known:
    """What is remembered of a register as it was when its newest event had ``number``: what the finder said of each patch, all own
    patches by parcel, the decided ones in the order of ``memory``."""

    number: int
    newest: str
    batches: FrozenSet[str]
    said: Dict[str, Tuple[str, Mapping[str, Any]]]
    own: Dict[str, OwnPatch]
    decided: List[OwnPatch]
    memory: Memory


class _Kept:
    """The memory of the register that was asked last. It follows the events that came since; where a batch came or went, or more events
    than are worth following, it is read anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._address = ""
        self._known: Optional[_Known] = None

    def of(self, register: Register) -> _Known:
        """As the register is now."""
        with self._lock:
            known = self._known if self._address == str(register.address) else None
            number = _newest_number(register)
            if known is None or known.number != number or not register.storage.has_hash(known.newest):
                known = (known and _followed(register, known, number)) or _read_anew(register, number)
            self._known, self._address = known, str(register.address)
            return known


def _newest_number(register: Register) -> int:
    return int(register.storage.frame("newest")["number"].iat[0] or 0)


def _newest_hash(register: Register) -> str:
    newest = register.storage.latest()
    return "" if newest is None else newest.hash


def _read_anew(register: Register, number: int) -> _Known:
    newest, batches = _newest_hash(register), frozenset(register.batches()["id"])
    said = {patch: (code, one) for batch, code in _own_batches(register).items() for patch, one in _said(register, batch).items()}
    everything = own_patches(register)
    decided = [one for one in everything if one.confirmed is not None]
    memory = Memory(np.array([one.numbers for one in decided]).reshape(-1, len(NUMBERS)))
    return _Known(number, newest, batches, said, {one.parcel_id: one for one in everything}, decided, memory)


def _followed(register: Register, known: _Known, number: int) -> Optional[_Known]:
    """``known`` with what the events since it changed; None where they are too many, or of batches, or the register is another one."""
    if not known.number < number <= known.number + _MOST_FOLLOWED or not register.storage.has_hash(known.newest):
        return None
    newest = _newest_hash(register)
    rows = register.storage.frame("event", ids=map(str, range(known.number + 1, number + 1)))
    subjects = {subject for text in rows["subjects"] for subject in json.loads(text)}
    if subjects & known.batches or (rows["kind"] == kinds.BATCH_ISSUED).any():
        return None
    own = known.own  # the lock is held, and nobody else has it
    for key in subjects:
        own.pop(key, None)
    for row in register.storage.frame("queue", ids=list(subjects)).itertuples():
        if row.patch_id in known.said and _is_whole(row):
            own[row.parcel_id] = _own(row, *known.said[row.patch_id], "")
    gone = [place for place, one in enumerate(known.decided) if one.parcel_id in subjects]
    come = [own[key] for key in subjects if key in own and own[key].confirmed is not None]
    come.sort(key=lambda one: (one.batch, one.place, one.label))
    decided = known.decided + come
    for place in reversed(gone):
        del decided[place]
    memory = known.memory.changed(gone, np.array([one.numbers for one in come])) if gone or come else known.memory
    return _Known(number, newest, known.batches, known.said, own, decided, memory)


_KEPT = _Kept()


def similar_to(register: Register, parcel_id: str) -> List[Similar]:
    """The five decided patches that are most like an own patch, nearest first; nothing where nothing is near, or it is no own patch."""
    known = _KEPT.of(register)
    decided, memory, own = known.decided, known.memory, known.own.get(parcel_id)
    if own is None:
        return []
    besides = next((place for place, one in enumerate(decided) if one.parcel_id == parcel_id), None)
    found = memory.nearest(own.numbers, besides)
    if not found:
        return []
    rows = register.storage.frame("parcel", ids=[decided[near.place].parcel_id for near in found]).set_index("parcel_id")
    shapes = register.storage.shapes(rows["shape_id"])
    result = []
    for near in found:
        one = decided[near.place]
        row = rows.loc[one.parcel_id]
        result.append(Similar(one.parcel_id, one.label, one.batch, one.verdict, row["PDSM"] or "", row["ZGJD"] or "", near.distance,
                              memory.limit, shapes[row["shape_id"]], row["QSX"] or "", row["HSX"] or ""))
    return result


@dataclass(frozen=True)
class Share:
    """``hits`` confirmed of ``of`` judged, among ``listed`` patches."""

    hits: int
    of: int
    listed: int


def confirmed_share(patches: Sequence[OwnPatch]) -> Share:
    """How many of those judged were confirmed."""
    judged = [one for one in patches if one.confirmed is not None]
    return Share(sum(bool(one.confirmed) for one in judged), len(judged), len(patches))
