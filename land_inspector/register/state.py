"""What the events add up to: batches, patches and parcels as plain records.

Each record has exactly the columns of its table in :mod:`schema` (a test holds this), so that stored state and folded
state can be compared field by field.
"""
from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field, fields
from typing import Any, Callable, ClassVar, Dict, Iterable, List, Optional, Set, Tuple, TypeVar

from ..law.case import Case
from ..law.rectification import IllegalLand
from ..law.remedies import Track
from ..law.what_remains import what_remains
from .case_records import case_from_text, case_text, track_from_text, track_text

#: Namespace of every derived id: the same batch, patch and row get the same id in every office's register.
NAMESPACE = uuid.UUID("6f1c9d1e-3b57-5d0e-9a51-2c7a6f0e4d11")

Record = TypeVar("Record", bound="_Record")


def derived_id(*parts: object) -> str:
    """A UUID (version 5) that depends on nothing but ``parts``."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(str(part) for part in parts)))


class _Record:
    """Shared by all tables."""

    def write(self) -> None:
        """Bring what is kept as text up to date."""


@dataclass
class Batch(_Record):
    """A batch of issued patches; ``issues`` is the JSON list of its numbered issues, all kept (domain.md §0.2-3)."""

    id: str
    PCBH: str
    PCMC: str
    ND: int
    YF: Optional[int]
    ZD: str
    LY: str
    XFRQ: Optional[str]
    JZRQ: Optional[str]
    KJRQ: Optional[str]
    CRS: str
    MJFF: str
    DJ: int = 0
    issue_no: int = 0
    issues: str = "[]"
    last_event: str = ""


@dataclass
class Patch(_Record):
    """One number (JCBH) of a batch. ``issued_id`` is its row in the newest issue that names it."""

    id: str
    batch_id: str
    JCBH: str
    issue_no: int
    issued_id: str
    basis: str
    gone: int = 0
    split: int = 0
    next_number: int = 1
    last_event: str = ""


@dataclass
class Parcel(_Record):
    """One piece of a patch with at most one verdict; every patch has a whole-patch parcel from its import on.

    Areas in m². ``retired`` parcels were split or merged away and take no part in any figure. ``basis`` is the digest
    of the issued row that the parcel rests on; ``basis_changed`` says that a later issue differs from it.
    ``aside`` is ``later`` or ``paper``; ``assigned_to`` and ``touched_by`` (who last worked on it) are ids of persons;
    ``site`` is the newest site finding as JSON, ``photos`` the number of photos in force. ``ZGJD`` and ``SYMJ`` say how far
    an illegal parcel's land has come (:mod:`land_inspector.law.what_remains`).
    """

    id: str
    patch_id: str
    batch_id: str
    parent_id: Optional[str]
    shape_id: str
    DKBH: str
    TBZT: str
    retired: int
    gone: int
    issue_no: int
    basis: str
    basis_changed: int
    DKMJ: float
    GDMJ: Optional[float] = None
    FGNYDMJ: Optional[float] = None
    JSYDMJ: Optional[float] = None
    WLYDMJ: Optional[float] = None
    JBNTMJ: Optional[float] = None
    STHXMJ: Optional[float] = None
    FHGHMJ: Optional[float] = None
    BFHGHMJ: Optional[float] = None
    YPMJ: Optional[float] = None
    YPGD: Optional[float] = None
    YGMJ: Optional[float] = None
    PDJL1: str = "0"
    PDJL2: Optional[str] = None
    PDSM: Optional[str] = None
    JSSJ: Optional[str] = None
    XZXC: Optional[str] = None
    YDDW: Optional[str] = None
    SJYT: Optional[str] = None
    SJDL: Optional[str] = None
    ZTFL: Optional[str] = None
    XMMC: Optional[str] = None
    XMLX: Optional[str] = None
    WFLX: Optional[str] = None
    WFXZ: Optional[str] = None
    WFMJ: Optional[float] = None
    WFGD: Optional[float] = None
    WFJBNT: Optional[float] = None
    FLSM: Optional[str] = None
    ZDDX: Optional[int] = None
    HSZT: str = "0"
    incomplete: int = 0
    review: Optional[str] = None
    evidence_run: Optional[str] = None
    verdict_event: Optional[str] = None
    aside: Optional[str] = None
    aside_reason: Optional[str] = None
    flag: int = 0
    flag_reason: Optional[str] = None
    assigned_to: Optional[str] = None
    touched_by: Optional[str] = None
    site: Optional[str] = None
    photos: int = 0
    ZGJD: Optional[str] = None
    SYMJ: Optional[float] = None
    last_event: str = ""


@dataclass
class CaseRecord(_Record):
    """A case over one or more parcels; ``doc`` holds its acts and what was decided.

    While events are folded the law room's :class:`Case` itself stands in ``live``; it is written into ``doc`` once, at the end.
    """

    id: str
    AJBH: str
    parcels: str
    patches: str
    ZT: str
    since: str
    is_open: int
    doc: str = ""
    last_event: str = ""
    live: ClassVar[Optional[Case]] = None

    @property
    def case(self) -> Case:
        return self.live or case_from_text(self.id, json.loads(self.parcels), self.ZT, self.since, self.doc)

    def write(self) -> None:
        self.doc = self.doc if self.live is None else case_text(self.live)


@dataclass
class Remedy(_Record):
    """One remedy of one parcel; ``doc`` holds what was ordered, done and accepted (``live`` as in :class:`CaseRecord`)."""

    id: str
    parcel_id: str
    patch_id: str
    case_id: Optional[str]
    kind: str
    doc: str = ""
    last_event: str = ""
    live: ClassVar[Optional[Track]] = None

    @property
    def track(self) -> Track:
        return self.live or track_from_text(self.doc)

    def write(self) -> None:
        self.doc = self.doc if self.live is None else track_text(self.live)


@dataclass
class Photo(_Record):
    """A photo as proof for parcels of one patch; the file lies beside the register (:mod:`photo_store`).

    ``lon``, ``lat`` in degrees (WGS 84 as cameras write them), ``direction`` of the view in degrees from north; ``taken_at`` is
    local time, ISO 8601; ``distance_m`` to the nearest of its parcels when it was added; ``removed`` ones prove nothing.
    """

    id: str
    patch_id: str
    parcels: str
    sha256: str
    file: str
    taken_at: Optional[str]
    lon: Optional[float]
    lat: Optional[float]
    direction: Optional[float]
    distance_m: Optional[float]
    matched_by: str
    removed: int = 0
    last_event: str = ""


@dataclass(frozen=True)
class IssuedRow:
    """The part of an issued row that the fold needs: identity, measured area (m²), digest of outline and issued area."""

    issued_id: str
    patch_id: str
    JCBH: str
    MJ: float
    basis: str


#: Gives the immutable rows of an issue by its id: all that a fold looks at besides the events.
IssuedRows = Callable[[str], Iterable[IssuedRow]]


@dataclass
class State:
    """All records by id, and what a fold noticed: ``orphans`` are events that lost their ground, ``unknown`` those of a later version.
    ``touched`` collects the keys changed since the last :meth:`settle`."""

    batches: Dict[str, Batch] = field(default_factory=dict)
    patches: Dict[str, Patch] = field(default_factory=dict)
    parcels: Dict[str, Parcel] = field(default_factory=dict)
    cases: Dict[str, CaseRecord] = field(default_factory=dict)
    remedies: Dict[str, Remedy] = field(default_factory=dict)
    photos: Dict[str, Photo] = field(default_factory=dict)
    orphans: List[str] = field(default_factory=list)
    unknown: List[str] = field(default_factory=list)
    touched: Set[Tuple[str, str]] = field(default_factory=set)
    _by_patch: Dict[str, Dict[str, None]] = field(default_factory=dict)
    _cases_of: Dict[str, Dict[str, None]] = field(default_factory=dict)
    _remedies_of: Dict[str, Dict[str, None]] = field(default_factory=dict)
    _photos_in: Dict[str, Dict[str, None]] = field(default_factory=dict)

    def batch(self, batch_id: str) -> Optional[Batch]:
        return self.batches.get(batch_id)

    def parcels_of(self, patch_id: str) -> List[Parcel]:
        """All parcels of a patch, retired ones too, oldest first."""
        return [self.parcels[key] for key in self._by_patch.get(patch_id, ())]

    def alive_in(self, patch_id: str) -> List[Parcel]:
        """Parcels of a patch that figures may count."""
        return [parcel for parcel in self.parcels_of(patch_id) if not parcel.retired]

    def open_case_of(self, parcel_id: str) -> Optional[CaseRecord]:
        """The open case of a parcel; there is at most one (domain.md §0.2-2)."""
        named = (self.cases[key] for key in self._cases_of.get(parcel_id, ()))
        return next((record for record in named if record.is_open and parcel_id in record.parcels), None)

    def tracks_of(self, parcel_ids: Iterable[str]) -> List[Track]:
        """All remedies of these parcels."""
        return [self.remedies[key].track for parcel in parcel_ids for key in self._remedies_of.get(parcel, ())]

    def photos_in(self, patch_id: str) -> List[Photo]:
        """Photos in force of the parcels of a patch, in the order in which they came."""
        return [photo for photo in (self.photos[key] for key in self._photos_in.get(patch_id, ())) if not photo.removed]

    def put(self, record: _Record) -> None:
        """Store or overwrite a record and remember that it changed."""
        table = _TABLES[type(record)]
        getattr(self, table)[record.id] = record
        if isinstance(record, Parcel):
            self._by_patch.setdefault(record.patch_id, {})[record.id] = None
        elif isinstance(record, Remedy):
            self._remedies_of.setdefault(record.parcel_id, {})[record.id] = None
        elif isinstance(record, Photo):
            self._photos_in.setdefault(record.patch_id, {})[record.id] = None
        elif isinstance(record, CaseRecord):
            for parcel in json.loads(record.parcels):
                self._cases_of.setdefault(parcel, {})[record.id] = None
        self.touched.add((table, record.id))

    def record(self, subject: str) -> Optional[_Record]:
        """The record with this id, whatever it is."""
        return next((rows[subject] for rows in self.tables() if subject in rows), None)

    def tables(self) -> Tuple[Dict[str, Any], ...]:
        return self.parcels, self.patches, self.batches, self.cases, self.remedies, self.photos

    def last_events(self, subjects: Iterable[str]) -> Dict[str, str]:
        """The last event of each subject that has one: what an author of a new event has seen."""
        seen = {}
        for subject in subjects:
            record = self.record(subject)
            if record is not None and record.last_event:
                seen[subject] = record.last_event
        return seen

    def reckon(self) -> None:
        """Say anew what remains of each illegal parcel on which something changed."""
        for key in self._concerned():
            parcel = self.parcels[key]
            before = (parcel.ZGJD, parcel.SYMJ)
            parcel.ZGJD, parcel.SYMJ = self._what_remains(parcel)
            if (parcel.ZGJD, parcel.SYMJ) != before:
                self.touched.add(("parcels", key))

    def _concerned(self) -> List[str]:
        """Parcels here that changed, or whose remedies or cases did."""
        found: Dict[str, None] = {}
        for table, key in sorted(self.touched):
            if table == "parcels":
                found[key] = None
            elif table == "remedies":
                found[self.remedies[key].parcel_id] = None
            elif table == "cases":
                found.update(dict.fromkeys(json.loads(self.cases[key].parcels)))
        return [key for key in found if key in self.parcels]

    def _what_remains(self, parcel: Parcel) -> Tuple[Optional[str], Optional[float]]:
        if parcel.PDJL1 != "2" or parcel.retired:
            return None, None
        # as in the figures: where nobody said how much of it is illegal, the whole parcel is
        area_m2 = parcel.DKMJ if parcel.WFMJ is None else parcel.WFMJ
        cultivated_m2 = (parcel.GDMJ or 0.0) if parcel.WFGD is None else parcel.WFGD
        cases = [self.cases[key].case for key in self._cases_of.get(parcel.id, ())]
        return what_remains(IllegalLand(parcel.id, area_m2, cultivated_m2), self.tracks_of([parcel.id]),
                            [case for case in cases if parcel.id in case.parcels])

    def settle(self) -> Set[Tuple[str, str]]:
        """Hand out and forget what changed, every record written out."""
        for table, key in self.touched:
            getattr(self, table)[key].write()
        touched, self.touched = self.touched, set()
        return touched

    def changed_from(self, other: "State") -> Set[Tuple[str, str]]:
        """Table and key of the records that ``other`` lacks or holds otherwise."""
        return {(table, key) for table in _TABLES.values() for key, mine in getattr(self, table).items()
                if getattr(other, table).get(key) != mine}

    def same_as(self, other: "State") -> List[str]:
        """Ids of records that differ from ``other``, in words: ``parcels <id>: PDJL1 '0' != '2'``."""
        found: List[str] = []
        for table in _TABLES.values():
            mine, theirs = getattr(self, table), getattr(other, table)
            for key in sorted(set(mine) | set(theirs)):
                found.extend(f"{table} {key}: {text}" for text in _differences(mine.get(key), theirs.get(key)))
        return found


_TABLES: Dict[type, str] = {Batch: "batches", Patch: "patches", Parcel: "parcels", CaseRecord: "cases", Remedy: "remedies",
                            Photo: "photos"}


def _differences(one: Optional[_Record], two: Optional[_Record]) -> List[str]:
    if one is None or two is None:
        return ["missing on one side"] if one is not two else []
    if one == two:
        return []
    return [f"{f.name} {getattr(one, f.name)!r} != {getattr(two, f.name)!r}" for f in fields(one)
            if getattr(one, f.name) != getattr(two, f.name)]
