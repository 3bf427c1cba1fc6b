"""Packages of work: the book of who has which since when and what came back, and the small register that each of them holds.

The book is told by events; it has no table. A package's register is a true one with an id of its own: the same patches, parcels and acts
under the same ids, but only those of its townships, in one chain of "the office", without people. What somebody records in it is taken
back as what a copy recorded is merged: as chains of writers who knew what the office knew when it was given out, so that what the office
recorded meanwhile on the same parcel is a conflict and nothing is overwritten unseen.
"""
from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

import pandas as pd

from ..errors import DamagedError, InputError, Message, message
from ..progress import Progress
from . import attachments, kinds
from .conflicts import decided
from .events import NO_PREVIOUS, ORDER, UNDONE, Draft, Event, chain_breaks, in_force
from .fold import fold
from .folding.parcels import whole_parcel_id
from .merging import PACKAGE_OF, Bundle, gather, plain_rows
from .stored_forms import joint_digest, row_digest, set_aside_digest, stored_outlines, townships_digest
from .personal import FREE_KEYS, NOTHING, SETTING, masked
from .records import Township
from .register import NEEDS_PLUGIN, SCHEMA_VERSION, Recorded, Register
from .sealing import name_digest
from .state import State, derived_id
from .addresses import FileAddress
from .storage.interfaces import Storage
from .storage.layout import MapStyle


@dataclass(frozen=True)
class GivenPackage:
    """One package. ``digest`` is that of the list of what it gave out; ``returned`` are moments (UTC text) at which it came back, ``taken``
    marks of the rows that were recorded then, ``left`` how many of the last return wait for a person."""

    id: str
    what: str
    townships: Tuple[str, ...]
    stations: Tuple[str, ...]
    batch: str
    to: str
    file: str
    rows: Mapping[str, int]
    digest: str
    given_at: str
    given_by: str
    returned: Tuple[str, ...] = ()
    taken: FrozenSet[str] = frozenset()
    left: int = 0


def record_given(register: Register, said: Mapping[str, Any], *, to: Optional[str] = None, by: Optional[str] = None) -> Recorded:
    """Enter a package in the book; ``said`` as in the event, ``to`` is the name of whoever gets it."""
    person = register.enrolled(to, by=by) if to else None
    draft = Draft(kinds.PACKAGE_GIVEN, (str(said["package"]),), {**said, "to": person})
    return register.record(lambda state: [draft], by=by, patches=[])


def record_returned(register: Register, package: str, file: str, rows: Sequence[str], left: int, *, by: Optional[str] = None) -> Recorded:
    """Enter what came back: marks of the rows that were recorded, and how many are left to a person."""
    draft = Draft(kinds.PACKAGE_RETURNED, (package,), {"package": package, "file": file, "rows": list(rows), "left": left})
    return register.record(lambda state: [draft], by=by, patches=[])


def book(register: Register) -> List[GivenPackage]:
    """Every package that was ever given out, newest first."""
    returned: Dict[str, List[Any]] = {}
    for event in register.storage.events_of_kind(kinds.PACKAGE_RETURNED):
        returned.setdefault(event.payload["package"], []).append(event)
    found = []
    for event in register.storage.events_of_kind(kinds.PACKAGE_GIVEN):
        said, back = event.payload, returned.get(event.payload["package"], [])
        found.append(GivenPackage(
            said["package"], said["what"], tuple(said["townships"]), tuple(said["stations"]), said["batch"],
            register.name_of(said["to"]) if said["to"] else "", said["file"], said["rows"], said["digest"], event.recorded_at,
            register.name_of(event.actor), tuple(one.recorded_at for one in back),
            frozenset(mark for one in back for mark in one.payload["rows"]), back[-1].payload["left"] if back else 0))
    return found[::-1]


def known_package(register: Register, package: str, digest: str, file: str) -> GivenPackage:
    """The package that a file says it is. InputError for one that is not in the book, or whose list is not the one given out."""
    found = next((one for one in book(register) if one.id == package), None)
    if found is None:
        raise InputError("{file} is not in this register's book of packages.",
                         "Take it back where it was given out, or merge that copy of the register first.", file=file)
    if found.digest != digest:
        raise InputError("{file} is not the package that was given out: its list of what it held is another one.",
                         "Take back an unaltered copy of the package.", file=file)
    return found


# --- a register of its own in each package ----------------------------------------------------------------------------------

def _kinds(letter: str) -> FrozenSet[str]:
    return frozenset(one.name for one in kinds.CATALOGUE.values() if letter in one.package)


#: What a package's register tells of the ground (a blind one nothing else), of the parcels, of patrols; and what may come back as an act
#: of its own: batches, reviews, papers and the register itself are the office's.
_GROUND, _TOLD, _PATROLS, _MAY_COME = map(_kinds, "gtpc")
#: In the description of a package's register: for what work it is; of which register it is a part: :data:`.merging.PACKAGE_OF`.
PACKAGE_WHAT = "package_what"
#: Speaks of the register itself, which here is another one.
_OF_THE_REGISTER = (kinds.HEADS_NOTED, kinds.CLOCK_RELEASED)
#: Later than any event in fold order.
_AFTER_ALL = ("9999", "", 0)
#: Values that name somebody, by their key: they stay at home.
_NAMING = {"YDDW": None, "land_user": None, "JSDW": None, "evidence": [], "files": []}


@dataclass(frozen=True)
class SmallRegister:
    """What shall stand in a package's register: parcels of ``patches`` in ``townships``, patrols of ``stations``; ``is_blind`` leaves
    verdicts and proposals out. ``styles`` are how its layers look."""

    patches: Sequence[str]
    townships: Sequence[str]
    what: str
    stations: Sequence[str] = ()
    is_blind: bool = False
    styles: Sequence[MapStyle] = ()


def make_register(register: Register, target: Path, package: str, wanted: SmallRegister, progress: Optional[Progress] = None
                  ) -> Dict[str, Any]:
    """Write a register of its own, with the package's id, that holds what is ``wanted`` and no more: those patches as they were issued and
    cut, what was said of them, what was measured; no name of a person, no column of a source that nobody needs. What is recorded in it
    comes back by :func:`brought_back`. What tells later what was given out: ``origin`` and ``head`` of its chain, the register's ``heads``
    then, the ``patches``.

    InputError where it cannot be written."""
    progress, heads = progress or Progress(), {origin: list(head) for origin, head in register.storage.heads().items()}
    towns = [town for town in register.township_list() if town.code in set(wanted.townships)]
    meta = {**{name: register.meta[name] for name in ("county_code", "county_name", "crs", "created_at")}, "register_id": package,
            "schema_version": str(SCHEMA_VERSION), "needs_plugin": NEEDS_PLUGIN, PACKAGE_OF: register.meta["register_id"],
            PACKAGE_WHAT: wanted.what, **({SETTING: NOTHING} if register.meta.get(SETTING) == NOTHING else {})}
    issued = register.storage.frame("issued")
    rows = [_without_names(row) for row in plain_rows(issued[issued["patch_id"].isin(set(wanted.patches))])]
    outlines = register.storage.shapes([row["issued_id"] for row in rows])
    for row in rows:
        row["content"] = row_digest(row, outlines[row["issued_id"]])
    chain = _base_chain(register, package, meta, towns, wanted, rows)
    progress.step(0.3)
    with FileAddress(target).being_made(meta["crs"], meta) as storage, storage.writing():
        storage.add_townships(towns)
        storage.save_styles(wanted.styles)
        for key in dict.fromkeys(row["issue_id"] for row in rows):
            of_issue = [row for row in rows if row["issue_id"] == key]
            storage.add_issue(of_issue, stored_outlines([outlines[row["issued_id"]] for row in of_issue]), Progress())
        drawn = [child for event in chain if event.kind in (kinds.PARCEL_SPLIT, kinds.PARCELS_MERGED)
                 for child in event.payload.get("children", [event.payload.get("result")])]
        found = register.storage.shapes([str(event.payload["shape_id"]) for event in chain if event.kind == kinds.FINDING_MARKED
                                         and event.payload.get("shape_id")])
        storage.add_shapes([*((child["id"], bytes.fromhex(child["wkb"])) for child in drawn), *found.items()])
        salt = _hidden(package, "salt")
        storage.add_person(chain[0].actor, chain[0].actor if SETTING in meta else register.meta["county_name"], salt)
        storage.append(chain)
        state = fold(chain, Register(storage).issued_rows_of(None))
        storage.save(state, state.changed_from(State()))
        _copy_measured(register, storage, set(state.parcels), wanted.is_blind)
    progress.step(1.0)
    return {"origin": chain[0].origin, "head": [chain[-1].sequence, chain[-1].hash], "heads": heads, "patches": sorted(wanted.patches)}


def package_of(register: Register) -> str:
    """For what work a register is a package (REVIEW …); '' for one that is none."""
    return register.meta.get(PACKAGE_WHAT, "") if PACKAGE_OF in register.meta else ""


def _hidden(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8")).hexdigest()[:32]


def _without_names(row: Mapping[str, Any]) -> Dict[str, Any]:
    """An issued row without further columns of its source, and without what its remarks tell of people."""
    return {**row, "other": "{}", "BZ": masked(row.get("BZ"))}


def _base_chain(register: Register, package: str, meta: Mapping[str, str], towns: Sequence[Township], wanted: SmallRegister,
                rows: Sequence[Mapping[str, Any]]) -> List[Event]:
    """What is told, as one chain of the office: the same events, without who recorded them."""
    office, origin, storage = derived_id(package, "office"), derived_id(package, "origin"), register.storage
    batches = {str(row["batch_id"]) for row in rows}
    history = in_force(storage.events(subjects=[*wanted.patches, *batches]))
    knowledge = register.knowledge()
    folded = fold(history, register.issued_rows_of(wanted.patches), knowledge)
    idle = {*folded.orphans, *folded.held, *folded.unknown}
    named = {*wanted.patches, *batches, *folded.parcels, *folded.remedies}
    kept = [event for event in decided(history, knowledge).history if event.kind in (_GROUND if wanted.is_blind else _TOLD)
            and event.uuid not in idle and named.issuperset(event.subjects)]
    packs = in_force(storage.events_of_kind(kinds.RULEPACK_IMPORTED))
    told = sorted([*packs, *kept, *_patrols(register, wanted.stations)], key=ORDER)
    place = [{"XZDM": town.code, "XZMC": town.name, "ZSDM": town.station} for town in towns]
    begun = {"uuid": derived_id(package, "made"), "group": derived_id(package, "made"), "actor": office, "origin": origin, "seen": {},
             "recorded_at": meta["created_at"], "effective_on": meta["created_at"][:10], "version": 1}
    made = Event(kind=kinds.REGISTER_CREATED, subjects=(package,), sequence=1, previous=NO_PREVIOUS, **begun,
                 payload={**meta, "townships": place, "townships_digest": townships_digest(towns)}).sealed()
    digest = name_digest(_hidden(package, "salt"), register.meta["county_name"])
    entered = replace(made, uuid=derived_id(package, "entered"), kind=kinds.ACTOR_ENROLLED, subjects=(office,), sequence=2,
                      previous=made.hash, payload={"actor": office, "digest": digest}).sealed()
    chain = [made, entered]
    for event in told:
        payload = _issue_of(event, rows) if event.kind == kinds.BATCH_ISSUED else _scrubbed(event.payload)
        if event.kind == kinds.SITE_VISITED:
            payload = {**payload, "officers": []}
        if payload is not None:
            last = chain[-1]
            chain.append(replace(
                event, actor=office, origin=origin, sequence=last.sequence + 1, previous=last.hash, seen={}, payload=payload,
                group=derived_id(package, event.group), recorded_at=max(event.recorded_at, last.recorded_at), received_at=None).sealed())
    return chain


def _patrols(register: Register, stations: Sequence[str]) -> List[Event]:
    """Plans, logs and findings of these stations."""
    if not stations:
        return []
    storage = register.storage
    events = in_force([event for kind in (*sorted(_PATROLS), UNDONE) for event in storage.events_of_kind(kind)])
    own = {event.subjects[0] for event in events if event.payload.get("ZSDM") in set(stations)}
    return [event for event in events if event.subjects[0] in own]


def _issue_of(event: Event, rows: Sequence[Mapping[str, Any]]) -> Optional[Dict[str, Any]]:
    """An issue with the rows that are there; None where none of its batch's are."""
    issue = event.payload["issue"]
    own = sorted((row for row in rows if row["issue_id"] == issue["id"]), key=lambda row: int(row["row"]))
    if not any(row["batch_id"] == event.payload["batch"]["id"] for row in rows):
        return None
    aside = set_aside_digest(pd.DataFrame(columns=["row", "attributes", "wkb", "reason"]), pd.DataFrame(
        columns=["row", "patch", "severity", "rule", "message", "remedy", "area_before_m2", "area_after_m2"]))
    counted = {"rows": len(own), "imported": len(own), "quarantined": 0, "repaired": sum(int(row["repaired"]) for row in own),
               "area_m2": float(sum(row["MJ"] or 0.0 for row in own)), "new": 0, "gone": 0, "moved": 0, "area_changed": 0}
    return {**event.payload, "issue": {**issue, **counted, "content": joint_digest(row["content"] for row in own), "set_aside": aside}}


def _scrubbed(said: Any, key: str = "") -> Any:
    """A payload without names, papers and photos, its free texts masked."""
    if key in _NAMING:
        return _NAMING[key]
    if isinstance(said, Mapping):
        found = {name: _scrubbed(value, name) for name, value in said.items()}
        return {**found, "case": None, "item": None} if key == "track" else found
    if isinstance(said, (list, tuple)):
        return [_scrubbed(value, key) for value in said]
    return masked(said) if isinstance(said, str) and key in FREE_KEYS else said


def _copy_measured(register: Register, storage: Storage, parcels: Set[str], is_blind: bool) -> None:
    """What was measured of these parcels, without the places of layers and the papers that lay over them."""
    runs = plain_rows(register.storage.frame("evidence_run"))
    frames = {table: register.storage.frame(table) for table in ("evidence_layer", "evidence_area", "evidence_summary")}
    for run in runs:
        said = {table: frame[frame["run_id"] == run["id"]].drop(columns=["run_id", "batch_id"], errors="ignore")
                for table, frame in frames.items()}
        said = {table: frame if table == "evidence_layer" else frame[frame["parcel_id"].isin(parcels)] for table, frame in said.items()}
        if len(said["evidence_summary"]):
            said["evidence_layer"] = said["evidence_layer"].assign(source=None)
            storage.save_evidence({**run, "parcels": len(said["evidence_summary"])}, said)
    if not is_blind:
        proposals = register.storage.frame("proposal").drop(columns=["batch_id"])
        storage.save_proposals(plain_rows(proposals[proposals["parcel_id"].isin(parcels)]))


# --- what was recorded in it comes back -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BroughtBack:
    """The acts that a package's register brought, ready for :func:`.merging.take`, and those that are left to a person, with the reason.
    """

    bundle: Bundle
    left: Sequence[Tuple[Event, Message]]


def brought_back(register: Register, small: Register, base: Mapping[str, Any], source: str, progress: Optional[Progress] = None
                 ) -> BroughtBack:
    """What was recorded in a package's register since it was given out, as chains of writers of their own who knew what the register held
    then; ``base`` as :func:`make_register` said it. The new ids follow from the old ones alone, so that twice is once.

    DamagedError where its history is not the one given out, or acts on what was not in it: nothing of it is to be taken."""
    events = sorted(small.storage.events(), key=ORDER)
    origin, (number, known) = str(base["origin"]), base["head"]
    if next(iter(chain_breaks(events, progress)), None) is not None or small.storage.hash_at(origin, int(number)) != known:
        raise DamagedError("{source} does not hold what was recorded: its history was edited.",
                           "Nothing of it was taken. Ask for a new copy and keep this one apart.", source=source)
    given = [event for event in events if event.origin == origin and event.sequence <= int(number)]
    fresh = [event for event in events if event.origin != origin or event.sequence > int(number)]
    translated = _Translated(register, small.meta["register_id"], base, given)
    left: List[Tuple[Event, Message]] = []
    groups = {one for event in fresh for one in (event.group, event.uuid)}
    inside = {one for patch in base["patches"] for one in (str(patch), whole_parcel_id(str(patch)))}
    inside |= {subject for event in given for subject in event.subjects}
    within = set(inside)  # and what is made in the package, step by step: what is left must not depend on which copy takes it back
    for event in fresh:
        why = _not_to_be_taken(event, groups, within)
        if why is None:
            within |= {*_made_in(event), *([str(event.payload["photo"])] if event.kind == kinds.PHOTO_ADDED else ())}
            translated.add(event)
        elif not kinds.goes_without_saying(event):
            left.append((event, why))
    _refuse_beyond(register, translated.events, inside, source)
    bundle = gather(small, {origin: (int(number), str(known))}, source, Progress())
    chains = {event.origin: (event.sequence, event.hash) for event in translated.events}
    return BroughtBack(replace(bundle, register_id=register.meta["register_id"], heads=chains, events=translated.events, tables={},
                               files=attachments.named_in(translated.events)), left)


def _not_to_be_taken(event: Event, own: Set[str], within: Set[str]) -> Optional[Message]:
    if event.kind not in _MAY_COME or not kinds.is_known(event):
        return message("{what} is for the office to record; it is not taken from a package.", what=kinds.noun(event))
    if event.kind == UNDONE and not own.issuperset([*event.payload["groups"], *event.payload["events"]]):
        return message("It takes back what the office had recorded; only the office can do that.")
    made = {*_made_in(event), *(event.subjects[:1] if event.kind == kinds.PHOTO_ADDED else ())}
    if event.kind != UNDONE and kinds.family_of(event) != kinds.OTHER and not within.issuperset(set(event.subjects) - made):
        return message("It speaks of what was not in the package.")
    return None


class _Translated:
    """Events of a package as events of the register: writers of their own, and what stayed at home put back in."""

    def __init__(self, register: Register, package: str, base: Mapping[str, Any], given: Sequence[Event]):
        self._package, self._base, self._register = package, base, register
        self._chains: Dict[str, List[Event]] = {}
        self._at: Dict[str, List[Tuple[int, int, str]]] = {}
        verdicts = {event.payload["parcel"]: event for event in given if event.kind == kinds.VERDICT_GIVEN}
        at_home = {event.uuid: event.payload["verdict"] for event in register.storage.events(subjects=list(verdicts))
                   if event.kind == kinds.VERDICT_GIVEN} if verdicts else {}
        self._verdicts = {parcel: (event.payload["verdict"], at_home.get(event.uuid, event.payload["verdict"]))
                          for parcel, event in verdicts.items()}

    @property
    def events(self) -> List[Event]:
        """All of them, by writer."""
        return [event for chain in self._chains.values() for event in chain]

    def add(self, event: Event) -> None:
        """The next event in fold order."""
        chain = self._chains.setdefault(event.origin, [])
        if not chain:
            key = derived_id("package", self._package, event.origin)
            chain.append(replace(
                event, uuid=derived_id(key, "note"), kind=kinds.HEADS_NOTED, version=kinds.CATALOGUE[kinds.HEADS_NOTED].version, seen={},
                subjects=(self._register.meta["register_id"],), origin=key, sequence=1, previous=NO_PREVIOUS,
                group=derived_id(key, "group"), payload={"heads": dict(self._base["heads"])}, received_at=None).sealed())
        last = chain[-1]
        chain.append(replace(event, origin=last.origin, sequence=last.sequence + 1, previous=last.hash, payload=self._payload(event),
                             subjects=(self._register.meta["register_id"],) if event.kind in _OF_THE_REGISTER else event.subjects,
                             received_at=None).sealed())
        self._at.setdefault(event.origin, []).append((event.sequence, chain[-1].sequence, chain[-1].hash))

    def _payload(self, event: Event) -> Mapping[str, Any]:
        if event.kind == kinds.HEADS_NOTED:
            return {"heads": {**self._base["heads"], **{
                self._chains[origin][0].origin: list(at[-1]) for origin, (number, _hash) in event.payload["heads"].items()
                for at in [[(there, known) for here, there, known in self._at.get(origin, ()) if here <= number]] if at}}}
        if event.kind == kinds.VERDICT_GIVEN and event.payload["parcel"] in self._verdicts:
            told, at_home = self._verdicts[event.payload["parcel"]]
            said = {name: at_home.get(name) if value == told.get(name) else value for name, value in event.payload["verdict"].items()}
            return {**event.payload, "verdict": said}
        return event.payload


def _refuse_beyond(register: Register, events: Sequence[Event], inside: Set[str], source: str) -> None:
    """The package's register knows its own parcels alone: whatever names another of the office's things was put together by hand. What was
    made in the package itself the office may have acted on since."""
    own, made = {event.origin for event in events}, {key: event.order for event in reversed(events) for key in _made_in(event)}
    photos = {str(event.payload["photo"]) for event in events if event.kind == kinds.PHOTO_ADDED}
    named = {text for event in events if kinds.family_of(event) != kinds.OTHER
             for text in (*event.subjects, *_texts(event.payload))} - inside - photos
    for known in register.storage.events(subjects=sorted(named)) if named else ():
        if known.origin in own or kinds.family_of(known) == kinds.OTHER:
            continue
        if any(subject in named and known.order < made.get(subject, _AFTER_ALL) for subject in known.subjects):
            raise DamagedError("{source} acts on what was not in the package.", "Nothing of it was taken. Ask who changed the file.",
                               source=source)


def _made_in(event: Event) -> List[str]:
    """Ids of what an event makes anew; that of a photo follows from its patch and content, so it may be there already."""
    if event.kind == kinds.PARCEL_SPLIT:
        return [str(child["id"]) for child in event.payload["children"]]
    if event.kind == kinds.PARCELS_MERGED:
        return [str(event.payload["result"]["id"])]
    opens = kinds.CATALOGUE[event.kind].opens_a_row or event.kind == kinds.REMEDY_ORDERED
    return [event.subjects[0]] if opens else []


def _texts(value: Any) -> Iterator[str]:
    """Everything in a payload that may be an id."""
    if isinstance(value, str):
        if 0 < len(value) <= 64:
            yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from (str(key), *_texts(inner))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
