"""What the events add up to: the rows of every table that events are folded into (:mod:`.tables`), by id."""
from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from ..errors import RefusedError
from ..law.rectification import IllegalLand, what_remains
from ..law.remedies import Track
from .events import Event
from .tables import (
    Batch, CaseRecord, Parcel, Patch, Patrol, PatrolFinding, Photo, Record, Remedy, STATE_TABLES, TABLE_OF, Table,
)


#: Namespace of every derived id: the same batch, patch and row get the same id in every office's register.
NAMESPACE = uuid.UUID("6f1c9d1e-3b57-5d0e-9a51-2c7a6f0e4d11")
_NAMESPACE = NAMESPACE.bytes
#: Table (its name in the state) and id of a row.
Place = Tuple[str, str]


def derived_id(*parts: object) -> str:
    """A UUID (version 5) that depends on nothing but ``parts``: uuid.uuid5 in a fifth of its time, for some hundred thousand rows."""
    digest = hashlib.sha1(_NAMESPACE + "\x1f".join(map(str, parts)).encode("utf-8"), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


@dataclass(frozen=True)
class IssuedRow:
    """The part of an issued row that the fold needs: identity, measured area (m²), digest of outline and issued area, number of
    the row in its source."""

    issued_id: str
    patch_id: str
    JCBH: str
    MJ: float
    basis: str
    row: int = 0


#: Gives the immutable rows of an issue by its id: all that a fold looks at besides the events.
IssuedRows = Callable[[str], Iterable[IssuedRow]]


class State:
    """All rows by table and id, in the order in which they came, and what a fold noticed.

    ``orphans`` are events that lost their ground, ``held`` those that a freeze stopped which their author had not heard of,
    ``overruled`` those that lost a conflict which a person settled, ``unknown`` those of a later version. ``touched`` collects the
    places that changed since the last :meth:`settle`.
    """

    batches: Dict[str, Batch]
    patches: Dict[str, Patch]
    parcels: Dict[str, Parcel]
    cases: Dict[str, CaseRecord]
    remedies: Dict[str, Remedy]
    photos: Dict[str, Photo]
    patrols: Dict[str, Patrol]
    patrol_findings: Dict[str, PatrolFinding]

    def __init__(self) -> None:
        self.orphans: List[str] = []
        self.held: List[str] = []
        self.overruled: List[str] = []
        self.unknown: List[str] = []
        self.touched: Set[Place] = set()
        self._rows: Dict[str, Dict[str, Any]] = {table.many: {} for table in STATE_TABLES}
        self._found: Dict[Tuple[str, str], Dict[str, Dict[str, None]]] = {
            (table.many, way): {} for table in STATE_TABLES for way in table.by}
        self._event: Optional[Event] = None
        self._made = 0
        for many, rows in self._rows.items():
            setattr(self, many, rows)

    def begin(self, event: Event) -> None:
        """Rows that come from now on come by this event."""
        self._event, self._made = event, 0

    def at_row(self, row: int) -> None:
        """What comes now comes by this row of an issue, whichever other rows are looked at."""
        self._made = 2 * row

    def rows(self, many: str) -> Dict[str, Any]:
        """The rows of one table by id."""
        return self._rows[many]

    def found(self, many: str, way: str, key: str) -> List[Any]:
        """Rows of a table by one of its ways (:attr:`.tables.Table.by`), in the order in which they came."""
        rows = self._rows[many]
        return [rows[one] for one in self._found[many, way].get(key, ())]

    def batch(self, batch_id: str) -> Optional[Batch]:
        """The batch with this id; None where there is none."""
        return self.batches.get(batch_id)

    def parcels_of(self, patch_id: str) -> List[Parcel]:
        """All parcels of a patch, retired ones too, oldest first."""
        return self.found("parcels", "patch", patch_id)

    def alive_in(self, patch_id: str) -> List[Parcel]:
        """Parcels of a patch that figures may count."""
        return [parcel for parcel in self.parcels_of(patch_id) if not parcel.retired]

    def open_case_of(self, parcel_id: str) -> Optional[CaseRecord]:
        """The open case of a parcel; there is at most one (domain.md §0.2-2)."""
        named = self.found("cases", "parcel", parcel_id)
        return next((record for record in named if record.is_open and parcel_id in record.parcels), None)

    def tracks_of(self, parcel_ids: Iterable[str]) -> List[Track]:
        """All remedies of these parcels."""
        return [record.track for parcel in parcel_ids for record in self.found("remedies", "parcel", parcel)]

    def photos_in(self, patch_id: str) -> List[Photo]:
        """Photos in force of the parcels of a patch, in the order in which they came."""
        return [photo for photo in self.found("photos", "patch", patch_id) if not photo.removed]

    def put(self, record: Record) -> None:
        """Store or overwrite a row and remember that it changed."""
        many = TABLE_OF[type(record)].many
        known = self._rows[many].get(record.id)
        self.touched.add((many, record.id))
        if known is record:
            return
        if known is None:
            by = self._event
            record.made = f"{by.recorded_at if by else ''}{by.origin[:8] if by else ''}{self._made:06d}"
            self._made += 1
        else:
            record.made = known.made
        self.take(record)

    def take(self, record: Record) -> None:
        """A row as it is stored: nothing has changed."""
        table = TABLE_OF[type(record)]
        self._rows[table.many][record.id] = record
        for way, keys in table.by.items():
            found = self._found[table.many, way]
            for key in keys(record):
                found.setdefault(key, {})[record.id] = None

    def take_all(self, table: Table, records: Sequence[Any]) -> None:
        """Rows of one table as they are stored, in their order."""
        self._rows[table.many].update((record.id, record) for record in records)
        for way, keys in table.by.items():
            found = self._found[table.many, way]
            for record in records:
                for key in keys(record):
                    found.setdefault(key, {})[record.id] = None

    def record(self, subject: str) -> Optional[Record]:
        """The row with this id, whatever it is."""
        return next((rows[subject] for rows in self._rows.values() if subject in rows), None)

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
        for table, key in self.touched:
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
        cases = [record.case for record in self.found("cases", "parcel", parcel.id)]
        return what_remains(IllegalLand(parcel.id, area_m2, cultivated_m2), self.tracks_of([parcel.id]),
                            [case for case in cases if parcel.id in case.parcels])

    def settle(self) -> Set[Place]:
        """Hand out and forget what changed, every row written out."""
        for many, key in self.touched:
            self._rows[many][key].write()
        touched, self.touched = self.touched, set()
        return touched

    def changed_from(self, other: "State") -> Set[Place]:
        """The rows that ``other`` lacks or holds otherwise."""
        return {(many, key) for many, rows in self._rows.items() for key, mine in rows.items() if other.rows(many).get(key) != mine}

    def lacking_in(self, other: "State") -> Set[Place]:
        """The rows that ``other`` has not."""
        return {(many, key) for many, rows in self._rows.items() for key in rows if key not in other.rows(many)}

    def strange_id(self) -> Optional[Any]:
        """An id that is no text, as only an event put together by hand can bring; None where all are."""
        return next((key for rows in self._rows.values() for key in rows if not _is_id(key)), None)

    def same_as(self, other: "State") -> List[str]:
        """What differs from ``other``, in words: ``parcels <id>: PDJL1 '0' != '2'``; rows in another order too."""
        found: List[str] = []
        for many, mine in self._rows.items():
            theirs = other.rows(many)
            for key in sorted(set(mine) | set(theirs)):
                found.extend(f"{many} {key}: {text}" for text in _differences(mine.get(key), theirs.get(key)))
            if not found and list(mine) != list(theirs):
                found.append(f"{many}: the rows come in another order")
        return found


def _is_id(key: Any) -> bool:
    return type(key) is str or (type(key) is tuple and all(type(part) in (str, int) for part in key))


def _differences(one: Optional[Record], two: Optional[Record]) -> List[str]:
    if one is None or two is None:
        return ["missing on one side"] if one is not two else []
    if one == two:
        return []
    return [f"{f.name} {getattr(one, f.name)!r} != {getattr(two, f.name)!r}" for f in fields(one)
            if getattr(one, f.name) != getattr(two, f.name)]


# What most handlers of the fold begin and end with: the one word for "this cannot be", a parcel that may be acted on, and the
# trace that an act leaves on it.

class Inapplicable(RefusedError):
    """An event cannot be applied to this state: a refusal while recording, an orphan while folding."""


def alive(state: State, parcel_id: str) -> Parcel:
    """A parcel that acts may name; Inapplicable for one that is not there or was split or merged."""
    parcel = state.parcels.get(parcel_id)
    if parcel is None:
        raise Inapplicable("The register has no such parcel; what made it may have been undone.")
    if parcel.retired:
        raise Inapplicable("Parcel {parcel} was split or merged; act on the parcels it became.", parcel=parcel.DKBH)
    return parcel


def touch(state: State, parcel: Parcel, event: Event) -> None:
    """The parcel changed by this event."""
    parcel.last_event = event.uuid
    state.put(parcel)


def worked_on(state: State, parcel: Parcel, event: Event) -> None:
    """The parcel changed by its reviewer's own hand: from now on it is one of that person's."""
    parcel.touched_by = event.actor
    touch(state, parcel, event)


def day_of(event: Event) -> date:
    """The day that an event speaks of."""
    return date.fromisoformat(event.effective_on)
