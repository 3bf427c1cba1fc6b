"""What the register asks of a storage, in parts small enough to be written twice: :mod:`.geopackage` and :mod:`.postgres`.

Every method raises :class:`~land_inspector.errors.BusyError` when another writer keeps the lock longer than the storage's patience,
GoneError where the register is no longer in its place, FullError and ReadOnlyError where nothing can be written, and
:class:`~land_inspector.errors.DamagedError` where it cannot be read. Methods that write may be called only inside
:meth:`WholeStore.writing`. ``tests/unit/storage_contract.py`` says what any storage must hold to.
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any, ContextManager, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

import pandas as pd

from ...progress import Progress
from ..events import Event
from ..stored_forms import Outlines
from ..records import Finding, Quarantined, Township
from ..state import IssuedRow, Place, State
from ..addresses import RegisterAddress
from .layout import MapStyle
from .transfer import Portable

#: xmin, ymin, xmax, ymax in the register's CRS.
Box = Tuple[float, float, float, float]


class AttachmentStore(ABC):
    """Photos and papers, told by their content: a name begins with digits of the file's SHA-256 and stands for one content for ever.

    A file is there whole or not at all, and on disk before an event names it."""

    @abstractmethod
    def find(self, name: str) -> Path:
        """Where a kept file can be read; a place where it would lie for one that is not there. Never leads out of the store."""

    @abstractmethod
    def is_whole(self, name: str, digest: Optional[str] = None) -> bool:
        """Whether a kept file is there and has the content that ``digest`` (SHA-256, hex), or else its name, tells. Reads all of it."""

    @abstractmethod
    def digests(self, names: Sequence[str]) -> Dict[str, str]:
        """SHA-256 (hex) of the content of those of these files that are there and can be read: all are read, with one question."""

    @abstractmethod
    def keep(self, source: Path, digest: str, name: Optional[str] = None) -> str:
        """Copy a file of this digest in, on disk when this returns; its name in the store, ``name`` where it has one already.

        OSError where it cannot be read or written, or changed while it was copied; then nothing is left."""

    @abstractmethod
    def discard(self, names: Sequence[str]) -> None:
        """Take away files that no event names, after an act that was refused."""

    @abstractmethod
    def names(self) -> List[str]:
        """Names of everything kept, sorted."""


class EventStore(ABC):
    """The append-only list of events: the one thing a register stores for good."""

    @abstractmethod
    def append(self, events: Sequence[Event]) -> None:
        """Add events for good; their (origin, sequence) and uuid must be new."""

    @abstractmethod
    def events(self, *, subjects: Optional[Iterable[str]] = None, groups: Optional[Iterable[str]] = None,
               kind: Optional[str] = None, keep_damaged: bool = False) -> List[Event]:
        """Events in fold order; all of them, or those of any of the subjects (only of one kind) or groups.

        A row that cannot be parsed raises DamagedError, or is handed out as it is when ``keep_damaged``."""

    @abstractmethod
    def events_of_kind(self, kind: str, *, any_version: bool = False) -> List[Event]:
        """All events of one kind that this version of the program can read, or of ``any_version``, in fold order."""

    @abstractmethod
    def latest(self, origin: Optional[str] = None, kinds: Iterable[str] = ()) -> Optional[Event]:
        """The last event in fold order, or the last of one origin, of these kinds where any are named."""

    @abstractmethod
    def heads(self, first: Optional[int] = None) -> Dict[str, Tuple[int, str]]:
        """Last sequence and hash of each origin, now or when only the ``first`` so many events had come in here."""

    @abstractmethod
    def hash_at(self, origin: str, sequence: int) -> Optional[str]:
        """The hash of one event; None where it is not here."""

    def hashes_at(self, places: Iterable[Tuple[str, int]]) -> Dict[Tuple[str, int], Optional[str]]:
        """:meth:`hash_at` of several events (origin, sequence)."""
        return {place: self.hash_at(*place) for place in places}

    @abstractmethod
    def has_hash(self, event_hash: str) -> bool:
        """Whether an event with this hash is here: an older copy of a file lacks the newest."""

    @abstractmethod
    def events_beyond(self, heads: Mapping[str, Tuple[int, str]], origins: Optional[Iterable[str]] = None) -> List[Event]:
        """The events, in fold order, with a higher number than their origin has in ``heads``; of some origins or of all."""

    @abstractmethod
    def known_events(self, uuids: Iterable[str]) -> Set[str]:
        """Which of these ids are those of events that are here."""

    @abstractmethod
    def shared_subjects(self) -> List[str]:
        """The things on which more than one origin acted: all others can be in no conflict."""

    @abstractmethod
    def has_received(self) -> bool:
        """Whether any event came in from another copy."""

    @abstractmethod
    def has_others(self, after: int, origin: str) -> bool:
        """Whether an event with a higher number than ``after`` is of another origin."""

    @abstractmethod
    def last_group(self, actor: Optional[str], first: int = 0, most: Optional[int] = None) -> List[str]:
        """Groups of ``actor`` (or of anyone), newest first; ``most`` of them from the ``first`` on (counted from 0), or all."""

    @abstractmethod
    def lost_subjects(self) -> int:
        """Of how many events the index by subject lacks a subject, or holds one that they do not name."""


class StateStore(ABC):
    """Tables derived from the events: what lists and maps read. *Folded = stored*, always."""

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


class NameStore(ABC):
    """Names of people and parties, kept apart so that they can leave (architecture.md §1)."""

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Whether a table is there: those of names can be taken out."""

    @abstractmethod
    def people(self) -> Dict[str, Tuple[str, str]]:
        """(name, salt) by opaque id; empty when the table was taken out."""

    @abstractmethod
    def add_person(self, person_id: str, name: str, salt: str) -> None:
        """Enter a person's name under an opaque id, with the salt of its digest."""

    @abstractmethod
    def parties(self) -> Dict[str, Tuple[str, str]]:
        """Like :meth:`people`, of the parties to cases."""

    @abstractmethod
    def add_party(self, party_id: str, name: str, salt: str) -> None:
        """Enter a party's name under an opaque id, with the salt of its digest."""

    @abstractmethod
    def remove_names(self) -> None:
        """Empty the tables of people and parties, so that no page of the file holds a name any more."""

    @abstractmethod
    def leave_no_trace(self) -> None:
        """Empty the log of recent writing as well; BusyError while somebody else reads it. Outside of a transaction."""


class IssuedStore(ABC):
    """What came in from outside and is never changed: issued rows, outlines, townships, what was set aside, places of photos."""

    @abstractmethod
    def add_issue(self, rows: Sequence[Mapping[str, Any]], outlines: Outlines, progress: Progress) -> None:
        """Rows of one issue, columns as in ``issued``, each with its outline."""

    @abstractmethod
    def issued_rows(self, issue_id: str, patches: Optional[Set[str]] = None) -> List[IssuedRow]:
        """The rows of an issue in the order of the source, of some patches or all."""

    @abstractmethod
    def add_shapes(self, shapes: Sequence[Tuple[str, bytes]], progress: Optional[Progress] = None) -> None:
        """Outlines by id, WKB in the register's CRS; stored as MultiPolygon. An id stands for one outline for ever: one that is
        there already (an import undone and done again) is left as it is."""

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
    def add_places(self, places: Mapping[str, Tuple[float, float]]) -> None:
        """Where photos were taken, by photo id, in the register's CRS; a place that is there already is left as it is."""

    @abstractmethod
    def places(self) -> Dict[str, Tuple[float, float]]:
        """x and y in the register's CRS by photo id."""

    @abstractmethod
    def add_quarantined(self, issue_id: str, rows: Sequence[Quarantined]) -> None:
        """Rows of a source that could not become patches, as they are kept with the reason."""

    @abstractmethod
    def add_findings(self, source: str, subject_id: str, findings: Sequence[Finding]) -> None:
        """What an import or a measuring noticed, in the order given."""

    @abstractmethod
    def add_townships(self, townships: Sequence[Township]) -> None:
        """The townships of a new register, outlines as WKB in its CRS."""

    @abstractmethod
    def townships(self) -> List[Township]:
        """The townships by code, outlines as WKB in the register's CRS."""


class EvidenceStore(ABC):
    """What was measured and proposed; it can be measured again."""

    @abstractmethod
    def save_evidence(self, run: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> None:
        """Replace the evidence of the run's parcels; ``tables`` are named evidence_… and have a parcel_id column."""

    @abstractmethod
    def save_proposals(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep proposals, one a parcel; an older one of the same parcel is replaced."""


class WholeStore(ABC):
    """The register as a whole: its description, transactions, copies, looks, frames of its tables."""

    @abstractmethod
    def writing(self, patches: Optional[Iterable[str]] = None, rows: Iterable[str] = ()) -> ContextManager[None]:
        """One durable transaction: all of it is kept when the block ends, nothing of it when the block raises.

        Inside another such block it is a part of that one: it is kept with the whole, and taken back alone where it raises.
        ``patches`` and ``rows`` are what :meth:`StateStore.load_state` will be asked for in it: a server answers that at once."""

    def looking(self) -> ContextManager[None]:
        """A block in which a verb looks things up before it writes: what is asked twice may be answered once."""
        return nullcontext()

    @abstractmethod
    def stoppable(self, progress: Progress) -> ContextManager[None]:
        """Reading and writing in this block ends with Cancelled within a fraction of a second once ``progress`` is cancelled."""

    @property
    @abstractmethod
    def address(self) -> RegisterAddress:
        """Where this register lives."""

    @property
    @abstractmethod
    def is_read_only(self) -> bool:
        """Whether nothing can be recorded here."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the register."""

    @abstractmethod
    def meta(self) -> Dict[str, str]:
        """Identity of the register: uuid, county code and name, CRS, schema version, salt."""

    @abstractmethod
    def set_meta(self, values: Mapping[str, str]) -> None:
        """Change parts of the register's description."""

    @abstractmethod
    def version(self) -> str:
        """A text that changes whenever anybody records an event, measures or proposes; cheap enough to be asked each second."""

    def claim(self, parcel_id: str, person: str, minutes: float) -> Optional[Tuple[str, float]]:
        """Say that a person (id) has a parcel open for so long, and no other any more; who has it (id) and for how many minutes more, where
        that is somebody else: then nothing is changed. None in a file, which one desk at a time writes."""
        return None

    def release(self, parcel_id: Optional[str], person: Optional[str]) -> None:
        """Take claims away: of a parcel, of a person, or of both (None: any)."""

    def bound_person(self) -> Optional[str]:
        """The person as whom alone this login may act; None where anybody may act under any name, as in a file."""
        return None

    def clock_ahead(self) -> timedelta:
        """By how much the clock that times entries here is ahead of this computer's; a server has one for everybody. Inside of a
        transaction."""
        return timedelta(0)

    def has_roles(self) -> bool:
        """Whether an administrator set this register up with a role for each login; never a file."""
        return False

    @abstractmethod
    def counts(self) -> Dict[str, int]:
        """How many rows each table has."""

    @property
    @abstractmethod
    def attachments(self) -> AttachmentStore:
        """Photos and papers."""

    @abstractmethod
    def save_styles(self, styles: Sequence[MapStyle]) -> None:
        """How the map layers look in QGIS; a style of the same layer and name is replaced."""

    @abstractmethod
    def styles(self) -> Dict[Tuple[str, str], str]:
        """QML of every stored style of the register's map layers, by layer and name."""

    @abstractmethod
    def frame(self, table: str, *, batch_id: Optional[str] = None, ids: Optional[Iterable[str]] = None) -> pd.DataFrame:
        """A stored table as a frame, whole, of one batch, or of some rows; NULL is None, never NaN, in text columns."""

    @abstractmethod
    def copied(self, target: Path, progress: Progress) -> ContextManager["Storage"]:
        """A complete copy taken while others work, open to be looked at; it takes its name, on disk, when the block ends. It replaces
        nothing; where the block raises, nothing of it is left."""

    @abstractmethod
    def check(self) -> List[str]:
        """What the storage itself finds wrong (page integrity, counts); empty when sound."""


class Storage(EventStore, StateStore, NameStore, IssuedStore, EvidenceStore, Portable, WholeStore):
    """All of it: what an open register works with."""
