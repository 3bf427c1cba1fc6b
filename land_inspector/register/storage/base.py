"""What the register asks of a storage. GeoPackage today; a PostGIS storage implements the same."""
from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ContextManager, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

import pandas as pd

from ...progress import Progress
from ..events import Event
from ..records import Finding, Quarantined, Township
from ..state import IssuedRow, Place, State
from .address import RegisterAddress
from .interfaces import AttachmentStore
from .map_styles import MapStyle

#: xmin, ymin, xmax, ymax in the register's CRS.
Box = Tuple[float, float, float, float]


class Storage(ABC):
    """Append-only events, insert-only shapes, and tables derived from them.

    Every method raises :class:`~land_inspector.errors.BusyError` when another writer keeps the lock longer than the
    storage's patience, and :class:`~land_inspector.errors.DamagedError` when the file cannot be read.
    Writing methods may be called only inside :meth:`writing`.
    """

    @abstractmethod
    def writing(self) -> ContextManager[None]:
        """One durable transaction: all of it is kept when the block ends, nothing of it when the block raises."""

    @abstractmethod
    def stoppable(self, progress: Progress) -> ContextManager[None]:
        """Reading and writing in this block ends with Cancelled within a fraction of a second once ``progress`` is cancelled."""

    @property
    @abstractmethod
    def address(self) -> RegisterAddress:
        """Where this register lives."""

    @abstractmethod
    def close(self) -> None: ...

    # meta
    @abstractmethod
    def meta(self) -> Dict[str, str]:
        """Identity of the register: uuid, county code and name, CRS, schema version, salt."""

    @abstractmethod
    def set_meta(self, values: Mapping[str, str]) -> None: ...

    # events
    @abstractmethod
    def append(self, events: Sequence[Event]) -> None:
        """Add events for good; their (origin, sequence) and uuid must be new."""

    @abstractmethod
    def events(self, *, subjects: Optional[Iterable[str]] = None, groups: Optional[Iterable[str]] = None,
               kind: Optional[str] = None, keep_damaged: bool = False) -> List[Event]:
        """Events in fold order; all of them, or those of any of the subjects (only of one kind) or groups.

        A row that cannot be parsed raises DamagedError, or is handed out as it is when ``keep_damaged``."""

    @abstractmethod
    def events_of_kind(self, kind: str) -> List[Event]:
        """All events of one kind, in fold order."""

    @abstractmethod
    def latest(self, origin: Optional[str] = None, kinds: Iterable[str] = ()) -> Optional[Event]:
        """The last event in fold order, or the last of one origin, of these kinds where any are named."""

    @abstractmethod
    def counts(self) -> Dict[str, int]:
        """How many rows each table has."""

    @abstractmethod
    def heads(self, first: Optional[int] = None) -> Dict[str, Tuple[int, str]]:
        """Last sequence and hash of each origin, now or when only the ``first`` so many events had come in here."""

    @abstractmethod
    def hash_at(self, origin: str, sequence: int) -> Optional[str]:
        """The hash of one event; None where it is not here."""

    @abstractmethod
    def has_hash(self, event_hash: str) -> bool:
        """Whether an event with this hash is here: an older copy of a file lacks the newest."""

    @abstractmethod
    def version(self) -> str:
        """A text that changes whenever anybody records an event, measures or proposes; cheap enough to be asked each second."""

    @abstractmethod
    def last_group(self, actor: Optional[str]) -> List[str]:
        """Groups of ``actor`` (or of anyone), newest first."""

    # state
    @abstractmethod
    def load_state(self, *, patches: Optional[Iterable[str]] = None, batches: Optional[Iterable[str]] = None,
                   rows: Iterable[str] = ()) -> State:
        """Stored rows of some patches, of whole batches, or of everything, in the order in which they came; all batches always.

        ``rows`` are ids of rows with a life of their own (cases, matters) that are wanted beside those of the patches."""

    @abstractmethod
    def save(self, state: State, touched: Set[Place]) -> None:
        """Store the rows that changed."""

    @abstractmethod
    def keep_before(self, group: str, parcels: Iterable[str]) -> None:
        """Keep these parcels as they are stored, before an act on very many of them is saved; the newest such act's alone are kept."""

    @abstractmethod
    def can_restore(self, group: str) -> bool:
        """Whether an act's parcels are kept as they were before it, all of them, and nothing was recorded on any of them since."""

    @abstractmethod
    def touched_by(self, group: str) -> Tuple[str, List[str], Dict[str, str], List[str]]:
        """Of an act that :meth:`can_restore`: its author, its subjects in their order, the last event of each that has one, and its
        batches."""

    @abstractmethod
    def restore(self, group: str) -> None:
        """Make the parcels of an act that :meth:`can_restore` what they were before it."""

    @abstractmethod
    def replace(self, before: State, after: State) -> None:
        """Make of the stored rows ``before``, as they were loaded, those of ``after``; batches are added and changed, never taken out."""

    @abstractmethod
    def complete(self) -> None:
        """Make what today's format has and the file lacks: tables, columns, indexes of all that is not derived."""

    @abstractmethod
    def renew(self, state: State) -> None:
        """Lay every derived table down anew, and fill it with ``state``."""

    @abstractmethod
    def remove_batches(self, ids: Iterable[str]) -> None:
        """Take batches whose import was undone out of the stored state; issued rows stay."""

    @abstractmethod
    def find_parcels(self, batch_id: str, column: str, labels: Iterable[str]) -> Dict[str, List[Tuple[str, str, str]]]:
        """(parcel id, patch id, DKBH) of parcels that are alive, by JCBH or DKBH."""

    @abstractmethod
    def patches_of(self, subjects: Iterable[str]) -> List[str]:
        """Patches that any issue ever named, among ``subjects`` (patch and batch ids), whether in force or undone."""

    @abstractmethod
    def batches_of(self, patches: Iterable[str]) -> List[str]:
        """Batches that ever issued these patches."""

    @abstractmethod
    def patches_of_case(self, case_id: str) -> List[str]:
        """Patches whose parcels a stored case covers; none for an unknown case."""

    @abstractmethod
    def parcels_of_remedies(self, ids: Iterable[str]) -> Dict[str, Tuple[str, str]]:
        """(parcel id, patch id) of stored remedies."""

    # issued rows and shapes
    @abstractmethod
    def add_issue(self, rows: Sequence[Mapping[str, Any]], outlines: Sequence[bytes], progress: Progress) -> None:
        """Rows of one issue, columns as in ``issued``, each with its outline (WKB)."""

    @abstractmethod
    def issued_rows(self, issue_id: str, patches: Optional[Set[str]] = None) -> List[IssuedRow]: ...

    @abstractmethod
    def add_shapes(self, shapes: Sequence[Tuple[str, bytes]], progress: Optional[Progress] = None) -> None:
        """Outlines by id, WKB in the register's CRS; stored as MultiPolygon. An id stands for one outline for ever: one that is
        there already (an import undone and done again) is left as it is."""

    @abstractmethod
    def add_places(self, places: Mapping[str, Tuple[float, float]]) -> None:
        """Where photos were taken, by photo id, in the register's CRS; a place that is there already is left as it is."""

    @property
    @abstractmethod
    def attachments(self) -> AttachmentStore:
        """Photos and papers."""

    @abstractmethod
    def shapes(self, ids: Iterable[str]) -> Dict[str, bytes]:
        """WKB by id."""

    @abstractmethod
    def boxes(self) -> pd.DataFrame:
        """shape_id, xmin, ymin, xmax, ymax of every shape, in the register's CRS, widened to single precision."""

    @abstractmethod
    def parcels_in(self, box: Box) -> List[str]:
        """Living parcels of every batch whose box meets ``box``."""

    @abstractmethod
    def add_quarantined(self, issue_id: str, rows: Sequence[Quarantined]) -> None: ...

    @abstractmethod
    def add_findings(self, source: str, subject_id: str, findings: Sequence[Finding]) -> None: ...

    @abstractmethod
    def add_townships(self, townships: Sequence[Township]) -> None: ...

    @abstractmethod
    def townships(self) -> List[Township]: ...

    # people
    @abstractmethod
    def people(self) -> Dict[str, Tuple[str, str]]:
        """(name, salt) by opaque id; empty when the table was taken out."""

    @abstractmethod
    def add_person(self, person_id: str, name: str, salt: str) -> None: ...

    @abstractmethod
    def parties(self) -> Dict[str, Tuple[str, str]]:
        """Like :meth:`people`, of the parties to cases."""

    @abstractmethod
    def add_party(self, party_id: str, name: str, salt: str) -> None: ...

    @abstractmethod
    def remove_names(self) -> None:
        """Empty the tables of people and parties, so that no page of the file holds a name any more."""

    @abstractmethod
    def leave_no_trace(self) -> None:
        """Empty the log of recent writing as well; BusyError while somebody else reads it. Outside of a transaction."""

    # derived: measured evidence and proposals
    @abstractmethod
    def save_evidence(self, run: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> None:
        """Replace the evidence of the run's parcels; ``tables`` are named evidence_… and have a parcel_id column."""

    @abstractmethod
    def save_proposals(self, rows: Sequence[Mapping[str, Any]]) -> None: ...

    @abstractmethod
    def places(self) -> Dict[str, Tuple[float, float]]:
        """x and y in the register's CRS by photo id."""

    @abstractmethod
    def styles(self) -> Dict[Tuple[str, str], str]:
        """QML of every stored style of the register's map layers, by layer and name."""

    @abstractmethod
    def lost_subjects(self) -> int:
        """Of how many events the index by subject lacks a subject, or holds one that they do not name."""

    @abstractmethod
    def save_styles(self, styles: Sequence[MapStyle]) -> None:
        """How the map layers look in QGIS; a style of the same layer and name is replaced."""

    @abstractmethod
    def frame(self, table: str, *, batch_id: Optional[str] = None, ids: Optional[Iterable[str]] = None) -> pd.DataFrame:
        """A stored table as a frame, whole, of one batch, or of some rows; NULL is None, never NaN, in text columns."""

    # whole file
    @abstractmethod
    def copied(self, target: Path, progress: Progress) -> ContextManager["Storage"]:
        """A complete copy taken while others work, open to be looked at; it takes its name, on disk, when the block ends. It replaces
        nothing; where the block raises, nothing of it is left."""

    @abstractmethod
    def check(self) -> List[str]:
        """What the storage itself finds wrong (page integrity, counts); empty when sound."""
