"""The register: create, open, record, read. What the rest of the code talks to.

Verbs live beside this module by subject (issuing, judging, cutting, reviewing, undoing); each of them goes through
:meth:`Register.record`, so that every user action is one durable transaction of sealed events plus the state they lead to.
"""
from __future__ import annotations

import getpass
import re
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Callable, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..errors import InputError, LandInspectorError, Message, RefusedError, StaleError
from ..progress import Progress
from . import kinds, register_frames, tables
from .conflicts import Knowledge
from .guards import refuse_future, refuse_if_frozen
from .events import Draft, Event, effective_by, in_force, known_by
from .fold import IssuedRows, apply, fold
from .sealing import OriginBook, Seal, Writer, iso, name_digest, seal_of, utc_now
from .stored_forms import townships_digest
from .personal import NOTHING, SETTING, payload_without_persons
from .records import Township
from .state import Batch, State
from .addresses import Addressed, RegisterAddress, address_of
from .storage.interfaces import AttachmentStore, Storage
from .storage.layout import MapStyle

#: The format that this code writes and works with; it only grows. An older register is upgraded first (:mod:`.upgrading`), a newer
#: one is refused with the version it needs.
SCHEMA_VERSION = tables.FORMAT
#: The first version of the plugin that reads this format; it stands in each register for older ones to name.
NEEDS_PLUGIN = "0.3.0"
#: An act that changes so many parcels and nothing else can be taken back without folding all that ever happened to them.
VERY_MANY = 1000
_MICROSECOND = timedelta(microseconds=1)
_PLAIN_DAY, _ISO_DAY = re.compile(r"\d{8}"), re.compile(r"\d{4}-\d{2}-\d{2}")

Build = Callable[[State], Iterable[Draft]]


@dataclass(frozen=True)
class Recorded:
    """What an action left behind: its group (to undo it by) and its events."""

    group: str
    events: Sequence[Event]


def known_at_text(value: Optional[str]) -> Optional[str]:
    """A moment a user typed, as the register compares it. A date alone means the end of that day; no zone means local time.

    InputError for what is neither."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError as error:
        raise InputError("{value} is not a date or time.", "Write 2026-05-31 or 2026-05-31T12:00.", value=value) from error
    if len(value) == 10:
        moment += timedelta(days=1) - _MICROSECOND
    return iso(moment.astimezone(timezone.utc))


def effective_on_text(value: Optional[str]) -> Optional[str]:
    """A day a user typed, checked to be an ISO date. InputError for what is none."""
    if not value:
        return None
    written = value.strip()
    if _PLAIN_DAY.fullmatch(written):  # newer Pythons take 20260510 for a date, older ones do not
        written = f"{written[:4]}-{written[4:6]}-{written[6:]}"
    try:
        if not _ISO_DAY.fullmatch(written):
            raise ValueError(written)
        return date.fromisoformat(written).isoformat()
    except ValueError as error:
        raise InputError("{value} is not a date.", "Write it as 2026-05-31.", value=value) from error


class OlderFormatError(InputError):
    """A register of an earlier format: everything is there, but it must be upgraded before it opens. ``format`` is the one it has."""

    def __init__(self, found: int):
        super().__init__("This register has format {found}; this version of the plugin works with format {wanted}.",
                         "Upgrade it (\"Upgrade a register\"): a copy is made first, and every figure stays the same.", found=found,
                         wanted=SCHEMA_VERSION)
        self.format = found


_FORMAT = re.compile(r"[1-9][0-9]{0,8}")


def format_in(meta: Mapping[str, str]) -> int:
    """The format that a register's description names. InputError for one that this version cannot read.

    A number is written in one way only: under another (03, ３, 0) nothing of the file was held against its format."""
    said = meta.get("schema_version", "")
    if not _FORMAT.fullmatch(said):
        raise InputError("The register does not say which format it has.", "Restore the last good copy.")
    if int(said) > SCHEMA_VERSION:
        raise InputError("This register has format {found}; this version of the plugin reads formats up to {wanted}.",
                         "Install version {needs} of the plugin, or a later one.", found=int(said), wanted=SCHEMA_VERSION,
                         needs=meta.get("needs_plugin", "?"))
    return int(said)


@dataclass
class _Whole:
    """Several acts that are one: their group, and the last event of it so far."""

    group: str
    last: Optional[Event] = None


class Register:
    """An open register. Use :meth:`create` or :meth:`open`; close it, or use it as a context manager."""

    def __init__(self, storage: Storage, origins: Optional[OriginBook] = None, *, of_any_format: bool = False):
        self.storage = storage
        self._origins = origins or OriginBook()
        self._origin: Optional[str] = None
        self._whole: Optional[_Whole] = None
        self.meta = storage.meta()
        if not of_any_format and format_in(self.meta) < SCHEMA_VERSION:
            raise OlderFormatError(format_in(self.meta))

    @classmethod
    def create(cls, address: Addressed, *, county_code: str, county_name: str, crs: str, townships: Sequence[Township],
               by: Optional[str] = None, origins: Optional[OriginBook] = None, keep_names: bool = True,
               styles: Sequence[MapStyle] = ()) -> "Register":
        """A new register. ``townships`` carry their outline as WKB in ``crs``; codes must differ. Without ``keep_names`` it never
        holds the name of a person (:mod:`.parties`). ``styles`` are how its layers look. It is there, whole, when this returns.

        InputError where a code occurs twice or something is there already."""
        codes = [t.code for t in townships]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise InputError("Township code {codes} occurs more than once.", "Give each township its own code.", codes=", ".join(twice))
        meta = {"register_id": str(uuid.uuid4()), "schema_version": str(SCHEMA_VERSION), "needs_plugin": NEEDS_PLUGIN,
                "county_code": county_code, "county_name": county_name, "crs": crs, "created_at": utc_now(),
                **({} if keep_names else {SETTING: NOTHING})}
        named = [{"XZDM": t.code, "XZMC": t.name, "ZSDM": t.station} for t in townships]
        payload = dict(meta, townships=named, townships_digest=townships_digest(townships))
        place, book = address_of(address), origins or OriginBook()
        with place.being_made(crs, meta) as storage:
            register = cls(storage, book)
            with storage.writing():
                storage.add_townships(townships)
                storage.save_styles(styles)
                recorded = register._append([Draft(kinds.REGISTER_CREATED, (meta["register_id"],), payload)], State(), by)
            register._remember(recorded)
        return cls.open(place, origins=book)

    @classmethod
    def open(cls, address: Addressed, *, origins: Optional[OriginBook] = None, patience_s: float = 10.0,
             of_any_format: bool = False, answer_within_s: Optional[float] = None) -> "Register":
        """Open an existing register by its address, its path or its text; ``patience_s`` is how long a write waits for another writer,
        ``answer_within_s`` how long one answer of a server is waited for where a window must not stand still (None: as long as it takes).

        Raises InputError where there is none, no register, or one of a newer format, OlderFormatError where it must be upgraded first."""
        storage = address_of(address).open(patience_s, answer_within_s)
        try:
            return cls(storage, origins, of_any_format=of_any_format)
        except InputError:
            storage.close()
            raise

    @property
    def attachments(self) -> AttachmentStore:
        """Photos and papers of acts."""
        return self.storage.attachments

    @property
    def address(self) -> RegisterAddress:
        """Where this register lives."""
        return self.storage.address

    def close(self) -> None:
        """Let go of the storage; nothing can be read or recorded afterwards."""
        self.storage.close()

    def __enter__(self) -> "Register":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- recording ----------------------------------------------------------------------------------------------------

    def record(self, build: Build, *, by: Optional[str] = None, patches: Optional[Iterable[str]] = None,
               batches: Optional[Iterable[str]] = None, rows: Iterable[str] = (), seen: Optional[Mapping[str, str]] = None,
               prepare: Optional[Callable[[], None]] = None, progress: Optional[Progress] = None) -> Recorded:
        """One user action: ``build`` looks at the stored state of the named patches or batches, and of ``rows`` with a life of their
        own (matters), and yields drafts.

        All inside one transaction. ``seen`` maps subjects to the last event the user had looked at;
        :class:`StaleError` if any has moved on. ``prepare`` stores what the events speak of (issued rows, shapes).
        Raises RefusedError where an event cannot be applied; then nothing is kept.
        """
        named, own = None if patches is None else list(patches), list(rows)
        with self.storage.writing(named, own):
            state = self.storage.load_state(patches=named, batches=batches, rows=own)  # before there are rows of patches without a state
            self._check_seen(state, seen or {})
            if prepare is not None:
                prepare()
            known = set(state.parcels)
            recorded = self._append(build(state), state, by, progress or Progress())
            touched = state.settle()
            if len(touched) >= VERY_MANY and self._whole is None and all(many == "parcels" and key in known for many, key in touched):
                self.storage.keep_before(recorded.group, [key for _many, key in touched])
            self.storage.save(state, touched)
            heads = self.storage.heads()
            (progress or Progress()).step(1.0)
        if recorded.events:
            self.remember(recorded.events[-1], heads)
        return recorded

    @contextmanager
    def together(self) -> Iterator[str]:
        """All that is recorded in this block is one act: one durable transaction and one undo, whose group this is.

        A verb in it that raises is taken back alone, and where that is caught the others stand; where the block raises, nothing is kept.
        """
        if self._whole is not None:
            yield self._whole.group
            return
        self._whole = whole = _Whole(str(uuid.uuid4()))
        try:
            with self.storage.writing():
                yield whole.group
                heads = self.storage.heads()
        finally:
            self._whole = None
        if whole.last is not None:
            self.remember(whole.last, heads)

    @property
    def group(self) -> Optional[str]:
        """The group of the act that several verbs make together; None where each is an act of its own."""
        return None if self._whole is None else self._whole.group

    def _check_seen(self, state: State, seen: Mapping[str, str]) -> None:
        now = state.last_events(seen)
        for subject, event_id in seen.items():
            if now.get(subject, "") != event_id:
                latest = [e for e in self.storage.events(subjects=[subject]) if e.uuid == now.get(subject)]
                who, when = (self.name_of(latest[0].actor), latest[0].recorded_at) if latest else ("?", "?")
                raise StaleError("{who} changed this at {when}, after you had looked at it.",
                                 "Look at it again, then decide.", who=who, when=when)

    def _append(self, drafts: Iterable[Draft], state: State, by: Optional[str], progress: Optional[Progress] = None) -> Recorded:
        """Seal, apply and store drafts as one group. Runs inside a transaction."""
        writer, nameless = Writer(self, by), self.storage.meta().get(SETTING) == NOTHING
        for draft in drafts:
            if nameless:
                draft = replace(draft, payload=payload_without_persons(draft.payload))
            batches = _batches_of(state, draft)
            for batch in batches:
                refuse_if_frozen(batch, draft, self.storage)
            event = writer.seal(draft, state, _effective_day(batches, draft))
            apply(state, event, self.issued_rows_of(None, progress))
        state.reckon()
        self.storage.append(writer.events)
        return Recorded(writer.group, writer.events)

    def _remember(self, recorded: Recorded) -> None:
        """Note it in the origin book. What fails here fails after the act was kept, and is no failure of the act."""
        if recorded.events:
            self.remember(recorded.events[-1])

    def remember(self, last: Event, heads: Optional[Mapping[str, Tuple[int, str]]] = None) -> None:
        """This installation wrote ``last``: note it in the user's own book, with every head now known, so that an older copy is known for
        what it is. What fails here fails after the act was kept, and is no failure of the act."""
        if self._whole is not None:  # nothing is kept yet
            self._whole.last = last
            return
        try:
            register, storage = self.meta["register_id"], self.storage
            known = storage.hashes_at(self._origins.expected(register))
            self._origins.remember(register, last.hash, storage.heads() if heads is None else heads,
                                   lambda origin, sequence: known.get((origin, sequence)) or storage.hash_at(origin, sequence))
        except LandInspectorError:
            self._origins.remember(self.meta["register_id"], last.hash)

    def seal(self) -> Seal:
        """How many events of which origins are here and the last hash of each, as one short code."""
        return seal_of(self.storage)

    def notices(self) -> List[Message]:
        """What this installation knows of the register and does not find in it, and what is wrong with its own origin book."""
        known = self.storage.hashes_at(self._origins.expected(self.meta["register_id"]))
        missing = self._origins.missing(self.meta["register_id"], lambda origin, sequence: known.get((origin, sequence)))
        return missing + ([self._origins.trouble] if self._origins.trouble is not None else [])

    def note_heads(self) -> None:
        """Remember every head of a register that was found in order, whoever wrote it."""
        self._origins.note(self.meta["register_id"], self.storage.heads(), self.storage.hash_at)

    def accept_as_it_is(self) -> None:
        """What this installation knew beyond it is given up: an older copy was put back on purpose."""
        self._origins.accept(self.meta["register_id"], self.storage.heads())

    def origin(self) -> str:
        """This installation's origin in this register."""
        if self._origin is None:
            self._origin = self._origins.origin(self.meta["register_id"], self.storage.has_hash)
        return self._origin

    # --- people -------------------------------------------------------------------------------------------------------

    def name_of(self, actor: str) -> str:
        """The name behind an opaque id, or the id itself where the names were taken out."""
        return self.storage.people().get(actor, (actor, ""))[0]

    def is_same_person(self, one: Optional[str], other: Optional[str]) -> bool:
        """Whether two ids stand for one person: who entered his name in two copies has two ids after they met."""
        if one is None or other is None or one == other:
            return one == other
        people = self.storage.people()
        names = [people.get(key, (key, ""))[0] for key in (one, other)]
        return names[0] == names[1]

    def actor_id(self, name: Optional[str]) -> Optional[str]:
        """The id of a person who has acted here before, by name (the login name for None)."""
        wanted, people = name or getpass.getuser(), self.storage.people()
        named = next((key for key, (known, _salt) in people.items() if known == wanted), None)
        return named or self._unnamed(people, wanted)

    def _unnamed(self, people: Mapping[str, Tuple[str, str]], name: str) -> Optional[str]:
        """Where names are not kept, a person is known again by the digest of the enrolment."""
        salts = {key: salt for key, (known, salt) in people.items() if known == key}
        enrolled = self.storage.events_of_kind(kinds.ACTOR_ENROLLED) if salts else []
        return next((event.payload["actor"] for event in enrolled if event.payload["actor"] in salts
                     and name_digest(salts[event.payload["actor"]], name) == event.payload["digest"]), None)

    def enrolled(self, name: str, *, by: Optional[str] = None) -> str:
        """The id of a person by name; one unknown so far is entered by the acting person."""
        known = self.actor_id(name)
        if known is not None:
            return known
        with self.storage.writing():
            writer = Writer(self, by)
            person = self.actor_id(name) or writer.enrol(name)
            self.storage.append(writer.events)
        self._remember(Recorded(writer.group, writer.events))
        return person

    # --- reading ------------------------------------------------------------------------------------------------------

    def issued_rows_of(self, patches: Optional[Iterable[str]], progress: Optional[Progress] = None) -> IssuedRows:
        """What a fold asks for: the rows of an issue, of some patches or of all; ``progress`` lets it be stopped between rows."""
        wanted, watched = None if patches is None else set(patches), progress or Progress()
        return lambda issue_id: watched.watch(self.storage.issued_rows(issue_id, wanted), 0.0, 0.7)

    def batches(self) -> pd.DataFrame:
        """One row per batch, columns of tables.BATCH."""
        return self.storage.frame("batch").sort_values(["ND", "PCBH"]).reset_index(drop=True)

    def batch(self, code: str) -> Batch:
        """A batch by its code (PCBH). InputError for one that is not here."""
        for batch in self.storage.load_state(patches=[]).batches.values():
            if batch.PCBH == code:
                return batch
        raise InputError("The register has no batch {code}.", "Batches here: {known}.", code=code,
                         known=", ".join(self.batches()["PCBH"]) or "-")

    def find(self, batch: str, labels: Sequence[str]) -> List[Tuple[str, str]]:
        """(parcel id, patch id) for each label: a parcel number (DKBH), or the number (JCBH) of an unsplit patch."""
        lookup = self.finder(batch, labels)
        return [lookup(label) for label in labels]

    def finder(self, batch: str, labels: Sequence[str]) -> Callable[[str], Tuple[str, str]]:
        """A lookup over labels like :meth:`find`, read once; InputError for a label that names none or several. The official number of a
        piece (``T001_2``) names it as ours (``T001-02``) does, unless a patch was issued under it."""
        batch_id = self.batch(batch).id
        by_parcel = self.storage.find_parcels(batch_id, "DKBH", list(dict.fromkeys([*labels, *map(own_number, labels)])))
        others = [label for label in labels if label not in by_parcel]
        by_patch = self.storage.find_parcels(batch_id, "JCBH", others) if others else {}
        return lambda label: _the_one(label, by_parcel.get(label) or by_patch.get(label) or by_parcel.get(own_number(label), []))

    def state(self, known_at: Optional[str] = None, effective_on: Optional[str] = None, progress: Optional[Progress] = None) -> State:
        """State as known at a moment and effective on a day (domain.md §0.2-9), folded from the events."""
        history = in_force(list(known_by(self.storage.events(), known_at)))
        spoken = list(effective_by(history, effective_on))
        return fold(spoken, self.issued_rows_of(None), self.knowledge(), progress)

    def knowledge(self) -> Knowledge:
        """Who knew what, over the whole register."""
        return Knowledge(event for kind in sorted(kinds.NOTES) for event in self.storage.events_of_kind(kind))

    def state_then(self, known_at: Optional[str], effective_on: Optional[str], progress: Optional[Progress] = None) -> Optional[State]:
        """:meth:`state` for a moment or a day as a user typed it; None where neither is given: what is stored holds."""
        known, day = known_at_text(known_at), effective_on_text(effective_on)
        return self.state(known, day, progress) if known or day else None

    def parcels(self, batch: Optional[str] = None, *, known_at: Optional[str] = None,
                effective_on: Optional[str] = None) -> pd.DataFrame:
        """The verified set (核实后, R36): parcels that are alive, one row each, with issued, measured and judged columns.

        Areas in m²; None where nobody measured. With a moment or a day, as it was known then and effective that day
        (then proposals, which are no events, are left out).
        """
        return register_frames.parcels(self, batch, self.state_then(known_at, effective_on))

    def patches(self, batch: Optional[str] = None, *, known_at: Optional[str] = None,
                effective_on: Optional[str] = None) -> pd.DataFrame:
        """The issued set (原始下发, R36): every patch of the newest issue; TBZT is 1 where it was split."""
        return register_frames.patches(self, batch, self.state_then(known_at, effective_on))

    def township_list(self) -> List[Township]:
        """The townships with their outlines (WKB in the register's CRS), by code."""
        return self.storage.townships()

    def townships(self) -> pd.DataFrame:
        """XZDM, XZMC, ZSDM of every township."""
        rows = [(t.code, t.name, t.station) for t in self.storage.townships()]
        return pd.DataFrame(rows, columns=["XZDM", "XZMC", "ZSDM"], dtype=object)


def own_number(label: str) -> str:
    """``T001-02`` for ``T001_2``, the official system's number of a piece of a split patch; any other label as it is."""
    piece = re.fullmatch(r"(.+)_(\d+)", label)
    return f"{piece.group(1)}-{int(piece.group(2)):02d}" if piece else label


def _the_one(label: str, found: Sequence[Tuple[str, str, str]]) -> Tuple[str, str]:
    if not found:
        raise InputError("There is no parcel {label} in this batch.", "Check the number; a split parcel has new numbers.", label=label)
    if len(found) > 1:
        raise InputError("Patch {label} was split into {parcels}.", "Name the parcel you mean.", label=label,
                         parcels=", ".join(dkbh for _parcel, _patch, dkbh in found))
    return found[0][0], found[0][1]


def _batches_of(state: State, draft: Draft) -> List[Batch]:
    """The batches an act belongs to: those of its parcels and patches, or a batch itself."""
    found = {}
    for subject in draft.subjects:
        record = state.parcels.get(subject) or state.patches.get(subject)
        batch = state.batches.get(record.batch_id if record is not None else subject)
        if batch is not None:
            found[batch.id] = batch
    return list(found.values())


def _effective_day(batches: Sequence[Batch], draft: Draft) -> str:
    """The day an act speaks of: today by default, and never before its batch was issued, but for what the catalogue
    of kinds exempts: a patrol may have found the place before the satellite did."""
    issued_on = max([batch.XFRQ or "" for batch in batches], default="")
    if draft.effective_on is None:
        return max(date.today().isoformat(), issued_on)
    refuse_future(draft)
    if draft.effective_on < issued_on and not kinds.CATALOGUE[draft.kind].may_predate_issue:
        raise RefusedError("{day} lies before the batch was issued ({issued}).", "Give a later date.",
                           day=draft.effective_on, issued=issued_on)
    return draft.effective_on
