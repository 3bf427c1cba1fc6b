"""The dossier of a parcel (一斑一档): all that the register says of it, and the code by which a printed page is checked years later.

The code needs nothing stored: ``214-K7QF3-MZT9X-WBV2H-D4RTY-PP8LM`` begins with how many events the register held; then come letters
that find the parcel, letters that bind the events that name its patch, its figures and its outline as they stood, and letters that bind
what was measured and proposed. Whoever has the register makes the same code anew from its first 214 events, or does not: then the page
was never made of it. What is measured can be measured again, so its letters stand apart.
"""
from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..errors import InputError, Message, message
from ..law.case import Case
from ..law.remedies import Track, standing as in_effect
from .event_log import Happening, tell
from .events import Event, canonical, in_force
from .field_work import KeptPhoto, KeptVisit, kept_photos, visit_of
from .fold import fold
from .kinds import names_a_batch
from .register import Register
from .register_frames import counted
from .sealing import Heads, Seal, letters_of
from .state import Batch, Parcel, State

#: Letters in the code: in each group, that find the parcel, that bind its content, and that bind the number to all of them.
_GROUPS, _DIGITS, _FINDS, _BINDS, _SEALS = 5, 5, 4, 12, 4
_CODE = re.compile(r"(?<![\d])(\d+)((?:-[A-Z2-9]{5}){5})(?![A-Z0-9])")
#: As people type it: blanks for dashes, or nothing between.
_TYPED = re.compile(r"(?<![\dA-Z])(\d+)((?:[-\s]+[A-Z2-9]{5}){5})(?![A-Z0-9])")
_RUN_TOGETHER = re.compile(r"(\d+)([A-Z2-9]{25})")
#: What of a parcel stands in its dossier as a figure or a decision; all of it is folded from events.
BOUND = ("DKBH", "issue_no", "basis", "retired", "gone", "DKMJ", "GDMJ", "FGNYDMJ", "JSYDMJ", "WLYDMJ", "JBNTMJ", "STHXMJ", "FHGHMJ",
         "BFHGHMJ", "YPMJ", "YPGD", "YGMJ", "PDJL1", "PDJL2", "PDSM", "JSSJ", "XZXC", "WFLX", "WFMJ", "WFGD", "WFJBNT", "FLSM", "HSZT",
         "ZGJD", "SYMJ", "photos")


@dataclass(frozen=True)
class Layer:
    """A layer that a parcel was measured against; ``date`` is ISO text, None where the office named none."""

    key: str
    role: str
    name: str
    date: Optional[str]


@dataclass(frozen=True)
class Part:
    """So much of the parcel (m²) lies in a layer, or in one class of it."""

    layer: str
    role: str
    land_class: Optional[str]
    area_m2: float


@dataclass(frozen=True)
class Paper:
    """A paper (approval, supply …) that lies over the parcel: what its layer says of it, and the area (m²) it covers."""

    role: str
    layer: str
    said: Mapping[str, Any]
    area_m2: float


@dataclass(frozen=True)
class Measured:
    """The last measuring of a parcel; empty where it was never measured. ``method`` as in MJFF."""

    at: Optional[str] = None
    method: Optional[str] = None
    profile: Optional[str] = None
    layers: Tuple[Layer, ...] = ()
    parts: Tuple[Part, ...] = ()
    papers: Tuple[Paper, ...] = ()


@dataclass(frozen=True)
class Proposed:
    """What the rules proposed: level, sub-type, rule, why, and what a person must look at."""

    level: str
    sub_type: Optional[str]
    rule: Optional[str]
    reasons: Tuple[Message, ...]
    needs: Tuple[Message, ...]
    at: str


@dataclass(frozen=True)
class Verdict:
    """The verdict in force, by whom (a name, or an id where names are not kept), from which day, and when it was recorded (local)."""

    who: str
    effective_on: str
    recorded: datetime


@dataclass(frozen=True)
class Dossier:
    """One parcel as the register has it. ``facts`` are its row of the storage's frame ``parcel`` (m²), ``outline`` WKB in the
    register's CRS; ``places`` of photos by id in that CRS; ``happened`` newest first; ``code`` the one to check it by."""

    parcel_id: str
    facts: Mapping[str, Any]
    batch: Batch
    outline: bytes
    measured: Measured
    proposed: Optional[Proposed]
    verdict: Optional[Verdict]
    cases: Tuple[Tuple[str, Case], ...]
    tracks: Tuple[Track, ...]
    photos: Tuple[KeptPhoto, ...]
    places: Mapping[str, Tuple[float, float]]
    visit: Optional[KeptVisit]
    happened: Tuple[Happening, ...]
    code: str

    @property
    def number(self) -> str:
        """The parcel's number (DKBH)."""
        return str(self.facts["DKBH"])


# --- reading ---------------------------------------------------------------------------------------------------------------


class Reader:
    """Dossiers of many parcels, a few dozen at a time; the seal is taken once, at the beginning."""

    def __init__(self, register: Register):
        self._register = register
        self.seal: Seal = register.seal()
        self._places = register.storage.places()
        self._people = {key: name for key, (name, _salt) in register.storage.people().items()}
        self._runs = register.storage.frame("evidence_run").set_index("id")

    def read(self, ids: Sequence[str]) -> List[Dossier]:
        """In the order of ``ids``; those that are not (or no longer) there are left out."""
        storage = self._register.storage
        rows = {row["parcel_id"]: row for row in _plain(storage.frame("parcel", ids=list(ids)))}
        patches = list(dict.fromkeys(row["patch_id"] for row in rows.values()))
        state = storage.load_state(patches=patches)
        outlines = storage.shapes([row["shape_id"] for row in rows.values()])
        events = _by_subject(storage.events(subjects=[*patches, *{row["batch_id"] for row in rows.values()}]))
        evidence = _Evidence(self._register, list(rows))
        return [self._one(rows[key], state, outlines, events, evidence) for key in ids if key in rows]

    def _one(self, row: Mapping[str, Any], state: State, outlines: Mapping[str, bytes], events: Mapping[str, List[Event]],
             evidence: "_Evidence") -> Dossier:
        key, parcel = row["parcel_id"], state.parcels[row["parcel_id"]]
        outline = outlines[row["shape_id"]]
        named = _joined(events.get(row["patch_id"], ()), events.get(row["batch_id"], ()))
        own = [event for event in named if concerns(event, parcel) and not names_a_batch(event)]
        proposed, measured = evidence.proposed.get(key), evidence.measured(key, self._runs)
        photos = [photo for photo in state.photos_in(row["patch_id"]) if key in json.loads(photo.parcels)]
        cases = tuple((record.AJBH, record.case) for record in state.found("cases", "parcel", key))
        code = _Code(self.seal.events, _finds(key), _binds(self.seal.register_id, key, named, _figures(parcel), outline),
                     _of_evidence(measured, proposed)).text
        return Dossier(key, row, state.batches[row["batch_id"]], outline, measured, proposed, self._verdict(row, own), cases,
                       tuple(in_effect(state.tracks_of([key]))), kept_photos(self._register, photos),
                       {photo.id: self._places[photo.id] for photo in photos if photo.id in self._places},
                       visit_of(self._register, row["site"]), tuple(tell(own, state, self._people)), code)

    def _verdict(self, row: Mapping[str, Any], events: Iterable[Event]) -> Optional[Verdict]:
        found = next((event for event in events if event.uuid == row["verdict_event"]), None)
        if found is None:
            return None
        return Verdict(self._people.get(found.actor, found.actor), found.effective_on,
                       _local(found.recorded_at))


def every_parcel(register: Register, batch: Optional[str]) -> List[Tuple[str, str, str]]:
    """(id, number, batch code) of the living parcels of a batch, or of all, in the order of their numbers."""
    frame = counted(register, batch)[0]
    frame = frame[(frame["retired"] == 0) & (frame["gone"] == 0)].sort_values(["ND", "PCBH", "DKBH"])
    return list(frame[["parcel_id", "DKBH", "PCBH"]].itertuples(index=False, name=None))


def named(register: Register, batch: Optional[str], labels: Sequence[str]) -> Tuple[List[Tuple[str, str, str]], List[str]]:
    """Living parcels by number, or all pieces of a patch by the patch's number; and the labels that name none."""
    frame = counted(register, batch)[0]
    frame = frame[(frame["retired"] == 0) & (frame["gone"] == 0)].sort_values(["ND", "PCBH", "DKBH"])
    ways: List[Dict[str, List[Tuple[str, str, str]]]] = [{}, {}]
    for parcel_id, number, code, patch in frame[["parcel_id", "DKBH", "PCBH", "JCBH"]].itertuples(index=False, name=None):
        for way, label in zip(ways, (number, patch)):
            way.setdefault(label, []).append((parcel_id, number, code))
    found = {label: ways[0].get(label) or ways[1].get(label, []) for label in labels}
    return list(dict.fromkeys(one for rows in found.values() for one in rows)), [label for label, rows in found.items() if not rows]


def concerns(event: Event, parcel: Parcel) -> bool:
    """Whether an act on the patch is one on this parcel: those on a sister piece are not."""
    said = event.payload.get("parcel")
    ours = (parcel.id, parcel.parent_id)
    return parcel.id in event.subjects or said is None or said in ours


def _by_subject(events: Iterable[Event]) -> Dict[str, List[Event]]:
    found: Dict[str, List[Event]] = {}
    for event in events:
        for subject in event.subjects:
            found.setdefault(subject, []).append(event)
    return found


def _joined(*lists: Iterable[Event]) -> List[Event]:
    """Each event once, in fold order."""
    found = {event.uuid: event for events in lists for event in events}
    return sorted(found.values(), key=lambda event: event.order)


def _plain(frame: pd.DataFrame) -> List[Dict[str, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


class _Evidence:
    """What was measured and proposed of some parcels, each table read once."""

    def __init__(self, register: Register, ids: Sequence[str]):
        storage = register.storage
        self._areas = _grouped(storage.frame("evidence_area", ids=ids))
        self._papers = _grouped(storage.frame("evidence_document", ids=ids))
        self._summary = {row["parcel_id"]: row["run_id"] for row in _plain(storage.frame("evidence_summary", ids=ids))}
        self._layers: Dict[str, List[Layer]] = {}
        for row in _plain(storage.frame("evidence_layer", ids=sorted(set(self._summary.values())))):
            self._layers.setdefault(row["run_id"], []).append(Layer(row["key"], row["role"], row["name"] or row["key"], row["date"]))
        self.proposed = {row["parcel_id"]: _proposed(row) for row in _plain(storage.frame("proposal", ids=ids))}

    def measured(self, parcel_id: str, runs: pd.DataFrame) -> Measured:
        run = self._summary.get(parcel_id)
        if run is None or run not in runs.index:
            return Measured()
        said = runs.loc[run]
        parts = tuple(Part(row["layer"], row["role"], row["class"], float(row["area_m2"])) for row in self._areas.get(parcel_id, ()))
        papers = tuple(Paper(row["role"], row["layer"], json.loads(row["attributes"]), float(row["area_m2"]))
                       for row in self._papers.get(parcel_id, ()))
        return Measured(said["measured_at"], said["method"], said["profile"], tuple(self._layers.get(run, ())), parts, papers)


def _grouped(frame: pd.DataFrame) -> Dict[str, List[Dict[str, Any]]]:
    found: Dict[str, List[Dict[str, Any]]] = {}
    for row in _plain(frame):
        found.setdefault(row["parcel_id"], []).append(row)
    return found


def _proposed(row: Mapping[str, Any]) -> Proposed:
    said = [tuple(Message.from_record(record) for record in json.loads(row[name])) for name in ("reasons", "needs")]
    return Proposed(row["ZDPD1"], row["ZDPD2"], row["ZDGZ"], said[0], said[1], row["proposed_at"])


# --- the code --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Code:
    """A code in its parts."""

    events: int
    finds: str
    binds: str
    evidence: str

    @property
    def seals(self) -> str:
        """Letters that tell whether the number is the one that the others came with."""
        return letters_of(canonical([self.events, self.finds, self.binds, self.evidence]))[:_SEALS]

    @property
    def text(self) -> str:
        letters = self.finds + self.binds + self.seals + self.evidence
        return "-".join([str(self.events), *(letters[_DIGITS * at:_DIGITS * (at + 1)] for at in range(_GROUPS))])

    @staticmethod
    def read(text: str) -> Optional["_Code"]:
        """The first code in a text, whatever its letters; :attr:`is_whole` tells whether they fit one another."""
        found = _CODE.search(_flat(text)) or _TYPED.search(_flat(text)) or _RUN_TOGETHER.fullmatch(re.sub(r"[\s-]", "", _flat(text)))
        if found is None:
            return None
        letters = re.sub(r"[\s-]", "", found.group(2))
        bound, sealed = _FINDS + _BINDS, _FINDS + _BINDS + _SEALS
        made = _Code(int(found.group(1)), letters[:_FINDS], letters[_FINDS:bound], letters[sealed:])
        return made if made.seals == letters[bound:sealed] else replace(made, binds="")

    @property
    def is_whole(self) -> bool:
        """Whether it was ever given out by a register, as far as it can be told without one."""
        return bool(self.binds)


def _flat(text: str) -> str:
    """Upper case, letters of full width as others, every kind of dash the same and no blanks around it."""
    return re.sub(r"[\s‐-―−]*[-‐-―−][\s‐-―−]*", "-", unicodedata.normalize("NFKC", text).upper())


def same_content(one: str, other: str) -> bool:
    """Whether two codes speak of the same parcel with the same content, however many events the register held."""
    first, second = _Code.read(one), _Code.read(other)
    return first is not None and second is not None and first.is_whole and replace(first, events=0) == replace(second, events=0)


def codes_in(text: str) -> List[str]:
    """Every code in a text, as it is written here, each once."""
    return list(dict.fromkeys(match.group(0) for match in _CODE.finditer(_flat(text))))


def _finds(parcel_id: str) -> str:
    return letters_of(parcel_id)[:_FINDS]


def _binds(register_id: str, parcel_id: str, events: Iterable[Event], figures: Sequence[Any], outline: bytes) -> str:
    said = canonical([register_id, parcel_id, [event.hash for event in events], list(figures), hashlib.sha256(outline).hexdigest()])
    return letters_of(said)[:_BINDS]


def _of_evidence(measured: Measured, proposed: Optional[Proposed]) -> str:
    parts = sorted([one.layer, one.role, one.land_class or "", round(one.area_m2, 2)] for one in measured.parts)
    layers = sorted([one.key, one.role, one.name, one.date or ""] for one in measured.layers)
    papers = sorted(canonical([one.role, dict(one.said), round(one.area_m2, 2)]) for one in measured.papers)
    rule = [] if proposed is None else [proposed.level, proposed.sub_type, proposed.rule]
    return letters_of(canonical([measured.method, parts, layers, papers, rule]))[:_GROUPS * _DIGITS - _FINDS - _BINDS - _SEALS]


def _figures(parcel: Parcel) -> List[Any]:
    """A storage gives 0.0 where the fold said 0."""
    said = [getattr(parcel, name) for name in BOUND]
    return [float(value) if isinstance(value, (int, float)) else value for value in said]


# --- checking --------------------------------------------------------------------------------------------------------------

STANDS, MOVED_ON, NEVER = "stands", "moved_on", "never"


@dataclass(frozen=True)
class Checked:
    """What the register says of a code. ``status`` is STANDS (as it stands now), MOVED_ON or NEVER; ``text`` says it in a sentence.

    ``number`` and ``batch`` name the parcel; ``as_it_stood`` are its columns then; ``at`` (local) is when the register held no more than
    the code's events; ``since`` what happened to the parcel after that, oldest first; ``remeasured`` tells that the areas measured now
    (``measured``) are not those of the page; ``regime`` (ZD) is the batch's."""

    status: str
    text: Message
    code: str
    number: str = ""
    batch: str = ""
    at: Optional[datetime] = None
    as_it_stood: Mapping[str, Any] = field(default_factory=dict)
    now: Mapping[str, Any] = field(default_factory=dict)
    since: Tuple[Happening, ...] = ()
    remeasured: bool = False
    measured: Measured = Measured()
    regime: str = "N"
    proposed_at: str = ""

    @property
    def remeasured_since(self) -> bool:
        """Whether something was measured or proposed after the register held the code's events; else its letters for that are forged."""
        moments = [text for text in (self.measured.at, self.proposed_at) if text]
        return self.at is not None and any(_local(text) > self.at for text in moments)


def check(register: Register, text: str) -> Checked:
    """What a code, as it was typed, scanned or read from a page, says against the register. InputError for a text without a code."""
    code = _Code.read(text)
    if code is None:
        raise InputError("{text} holds no code of a dossier.",
                         "Give the code as it stands at the foot of each page, such as 214-K7QF3-MZT9X-WBV2H-D4RTY-PP8LM.",
                         text=text.strip()[:60])
    have = sum(sequence for sequence, _hash in register.storage.heads().values())
    if code.events > have:
        return Checked(NEVER, message(
            "Never in this register: the page was made of {then} events and this register holds {now}. It is an older copy, its end was "
            "cut off, or the page is forged.", then=code.events, now=have), code.text)
    heads = register.storage.heads(code.events)
    for parcel_id in _candidates(register, code.finds) if code.is_whole else ():
        found = _Then(register, parcel_id, heads)
        if found.binds() == code.binds:
            checked = found.checked(code)
            if not checked.remeasured or checked.remeasured_since:
                return checked
    return Checked(NEVER, message(
        "Never in this register: nothing in its first {n} events gives this code. The page is forged, or was made of another register.",
        n=code.events), code.text)


def _candidates(register: Register, finds: str) -> Iterator[str]:
    """Parcels whose id the letters stand for, those that were split or merged away too."""
    return (key for key in register.storage.frame("counted")["parcel_id"] if _finds(key) == finds)


class _Then:
    """A parcel as it stood when a register held no more than some events of each origin."""

    def __init__(self, register: Register, parcel_id: str, heads: Heads):
        self._register, self._id = register, parcel_id
        self._patch = str(register.storage.frame("parcel", ids=[parcel_id])["patch_id"].iloc[0])
        self._all = register.storage.events(subjects=[self._patch, *register.storage.batches_of([self._patch])])
        self._known = [event for event in self._all if event.sequence <= heads.get(event.origin, (0, ""))[0]]
        self._state = self._folded(self._known)

    def _folded(self, events: Sequence[Event]) -> State:
        return fold(in_force(list(events)), self._register.issued_rows_of([self._patch]), self._register.knowledge())

    def binds(self) -> str:
        parcel = self._state.parcels.get(self._id)
        if parcel is None:
            return ""
        outline = self._register.storage.shapes([parcel.shape_id])[parcel.shape_id]
        return _binds(self._register.meta["register_id"], self._id, self._known, _figures(parcel), outline)

    def checked(self, code: _Code) -> Checked:
        register, then = self._register, self._state.parcels[self._id]
        now = register.storage.load_state(patches=[self._patch])
        known = {event.uuid for event in self._known}
        later = [event for event in self._all if event.uuid not in known and (concerns(event, then) or names_a_batch(event))]
        people = {key: name for key, (name, _salt) in register.storage.people().items()}
        since = tuple(tell(later, now, people))[::-1]
        row = _plain(register.storage.frame("parcel", ids=[self._id]))[0]
        evidence, runs = _Evidence(register, [self._id]), register.storage.frame("evidence_run").set_index("id")
        measured = evidence.measured(self._id, runs)
        proposed = evidence.proposed.get(self._id)
        remeasured = _of_evidence(measured, proposed) != code.evidence
        at = self._moment(code.events)
        said = message("Parcel {number} of batch {batch}: as it stood on {at}.", number=then.DKBH, batch=row["PCBH"],
                       at=at.strftime("%Y-%m-%d %H:%M"))
        standing = then.__dict__
        alive = now.parcels.get(self._id)
        return Checked(MOVED_ON if later else STANDS, said, code.text, then.DKBH, row["PCBH"], at, dict(standing),
                       dict(alive.__dict__) if alive is not None else {}, since, remeasured,
                       measured, row["ZD"], proposed.at if proposed is not None else "")

    def _moment(self, number: int) -> datetime:
        frame = self._register.storage.frame("event", ids=[str(number)] if number else [])
        text = frame["recorded_at"].iloc[0] if len(frame) else self._known[-1].recorded_at
        return _local(str(text))


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone()
