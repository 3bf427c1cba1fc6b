"""The register as a whole: verify it, copy it, put a copy back.

Verifying asks: is every event there and unedited, is the stored state what the events say, is each issue what it was, do names, places,
description and styles belong to the events, do photos and papers lie beside the register as they came? It passes with the tables of names
taken out: names never were in the events. What an earlier seal or this installation's origin book knows is compared as well, for whoever
can recompute the chain edits unseen by the chain alone.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterable, List, Mapping, Optional, Sequence, Tuple

import pandas as pd
from shapely.errors import ShapelyError

from ..errors import Cancelled, DamagedError, InputError, LandInspectorError, Message, message
from ..progress import Progress
from . import attachments, kinds, sealing
from .conflicts import conflicts
from .events import Event, chain_breaks, in_force
from .fold import fold
from .kinds import is_known, noun
from .matters import unreadable_kinds
from .sealing import OriginBook, Seal, name_digest
from .stored_forms import joint_digest, row_digest, set_aside_digest, townships_digest
from .register import SCHEMA_VERSION, Register, format_in
from .state import State
from .addresses import Addressed, address_of, same_place
from .personal import NOTHING, SETTING

#: What of a register's description the event that made it says too.
_DESCRIBED = ("register_id", "county_code", "county_name", "crs", "created_at")
#: Parts of a QGIS style that run or fetch something when a layer is opened or pointed at.
_RUNS = re.compile(r"<editforminit(code|filepath|function)>\s*[^<\s]|<actionsetting |"
                   r"src\s*=\s*[\"']?\s*(&quot;|&#39;)?\s*(https?|ftp|file|\\\\)", re.IGNORECASE)


@dataclass(frozen=True)
class Verification:
    """What verification found: how many events, each thing that is wrong, the seal of what was looked at, and what is right but must not
    be overlooked: acts that do not count because they lost their ground, met a freeze or come from a later version, and acts in
    dispute."""

    events: int
    broken: Tuple[Message, ...]
    seal: Optional[Seal] = None
    remarks: Tuple[Message, ...] = ()


def verify(register: Register, progress: Optional[Progress] = None, *, seal: str = "") -> Verification:
    """Check everything that the register holds, and compare it with an earlier ``seal`` where one is given.

    Whatever cannot be read is a finding, not an error. InputError for a text that is no seal; Cancelled."""
    progress = progress or Progress()
    earlier = sealing.differences(register.storage, seal)
    is_of_today = format_in(register.meta) == SCHEMA_VERSION
    with register.storage.stoppable(progress):
        found = _Findings(register)
        progress.step(0.0, message("Reading the events"))
        events = found.of(message("The events"), lambda: register.storage.events(keep_damaged=True)) or []
        progress.step(0.2, message("Checking the chain of the events"))
        found.add(message("The chain"), lambda: [_chain_text(event, why) for event, why in chain_breaks(events, progress.part(0.2, 0.5))])
        found.broken += earlier
        known = [event for event in events if is_known(event)]  # what a later version says is kept, and not guessed at
        found.add(message("The origin book"), register.notices)
        progress.step(0.5, message("Checking the issued patches"))
        found.add(message("The issued patches"), lambda: _issued_breaks(register, known, progress.part(0.5, 0.6)))
        for what, check in _CHECKS:
            found.add(what, lambda check=check: check(register, known))
        progress.step(0.6, message("Checking the file"))
        found.add(message("The file"), lambda: [message("The file is damaged: {text}.", text=text) for text in register.storage.check()])
        progress.step(0.7, message("Comparing the stored state with the events"))
        remarks: List[Message] = []
        if not found.broken and is_of_today:
            found.add(message("The stored state"), lambda: _state_breaks(register, events, remarks, progress.part(0.7, 0.9)))
        found.add(message("Photos and papers"), lambda: attachments.breaks(register, attachments.named_in(events), progress.part(0.9, 1.0)))
        taken = found.of(message("The seal"), register.seal)
    if is_of_today:
        remarks += [message("A ledger's pack is left out: {reason}", reason=reason)
                    for reason in found.of(message("The packs of ledgers"), lambda: unreadable_kinds(register)) or ()]
    if not found.broken:
        register.note_heads()
    if not is_of_today:
        remarks.append(message("The register is of an earlier format: its stored state is compared once it is upgraded."))
    return Verification(len(events), tuple(found.broken), taken, tuple(remarks))


class _Findings:
    """What was found so far; a check that stumbles over what it reads is a finding itself."""

    def __init__(self, register: Register):
        self._register = register
        self.broken: List[Message] = []

    def add(self, what: Message, check: Callable[[], Iterable[Message]]) -> None:
        self.broken += self.of(what, check) or []

    def of(self, what: Message, check: Callable[[], Any]) -> Any:
        """What ``check`` gives; None, with a finding, where it cannot be made."""
        try:
            return check()
        except Cancelled:
            raise
        except LandInspectorError as error:
            reason: object = error.message
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, ShapelyError) as error:
            reason = f"{type(error).__name__} {error}"[:200]
        self.broken.append(message("{what} cannot be checked: {reason}.", what=what, reason=reason))
        return None


def _chain_text(event: Event, why: str) -> Message:
    said = {"kind": event.kind, "uuid": event.uuid, "sequence": event.sequence, "origin": event.origin}
    if why == "edited":
        return message("Event {uuid} ({kind}, {origin} no. {sequence}) was edited after it was recorded.", **said)
    if why == "missing":
        return message("An event before {uuid} ({kind}, {origin} no. {sequence}) is missing.", **said)
    return message("The event before {uuid} ({kind}, {origin} no. {sequence}) is not the one it followed.", **said)


def _issued_breaks(register: Register, events: Sequence[Event], progress: Progress) -> List[Message]:
    """Each issue's rows and outlines against the digest in its event."""
    found: List[Message] = []
    issued = register.storage.frame("issued")
    columns = [c for c in issued.columns if c != "content"]
    for event in events:
        if event.kind == kinds.BATCH_ISSUED and "issue" in event.payload:
            rows = issued[issued["issue_id"] == event.payload["issue"]["id"]].sort_values("row", kind="stable")
            found += _row_breaks(register, rows[columns].astype(object), rows["content"], event.payload["issue"], progress)
    return found


def _row_breaks(register: Register, rows: pd.DataFrame, digests: pd.Series, issue: Mapping[str, Any], progress: Progress
                ) -> List[Message]:
    outlines = register.storage.shapes(rows["issued_id"])
    said = rows.where(rows.notna(), None).to_dict("records")
    edited = [message("Issued patch {patch} was edited after its import.", patch=row["JCBH"])
              for row, digest in progress.watch(list(zip(said, digests))) if row_digest(row, outlines.get(row["issued_id"], b"")) != digest]
    if joint_digest(digests) != issue["content"]:
        edited.append(message("Rows of {file} (issue {no}) were added, taken out or replaced.", file=issue["file"], no=issue["no"]))
    return edited


def _township_breaks(register: Register, events: Sequence[Event]) -> List[Message]:
    made = [e for e in events if e.kind == kinds.REGISTER_CREATED]
    if not made:
        return [message("The event that made this register is missing.")]
    if townships_digest(register.storage.townships()) != made[0].payload.get("townships_digest"):
        return [message("The townships were edited after the register was made.")]
    return []


def _child_breaks(register: Register, events: Sequence[Event]) -> List[Message]:
    """Outlines of parcels made by splitting and merging against those in their events."""
    made = {child["id"]: child["wkb"] for e in events if e.kind in (kinds.PARCEL_SPLIT, kinds.PARCELS_MERGED)
            for child in e.payload.get("children", [e.payload.get("result")])}
    stored = register.storage.shapes(made)
    return [message("The outline of parcel {parcel} was edited after it was cut.", parcel=key)
            for key, text in made.items() if stored.get(key, b"").hex() != text]


def _state_breaks(register: Register, events: Sequence[Event], remarks: List[Message], progress: Progress) -> List[Message]:
    """Where stored state and events differ; what of the events does not count goes to the ``remarks``."""
    history, knowledge = in_force(list(events)), register.knowledge()
    folded = fold(history, register.issued_rows_of(None), knowledge, progress.part(0.0, 0.6))
    progress.step(0.6)
    stored = register.storage.load_state()
    progress.step(0.8)
    remarks += [*_not_counted(history, folded), *(conflict.text for conflict in conflicts(history, knowledge))]
    return [message("Stored state differs from the events: {text}.", text=text) for text in folded.same_as(stored)]


def _not_counted(history: Sequence[Event], folded: State) -> List[Message]:
    said = {event.uuid: {"what": noun(event), "uuid": event.uuid} for event in history}
    return [*(message("{what} ({uuid}) lost its ground and does not count.", **said[uuid]) for uuid in folded.orphans),
            *(message("{what} ({uuid}) met a freeze that its author had not heard of, and does not count.", **said[uuid])
              for uuid in folded.held),
            *(message("{what} ({uuid}) comes from a later version and does not count here.", **said[uuid]) for uuid in folded.unknown)]


# --- what is not derived from events but belongs to them ----------------------------------------------------------------------


def _set_aside_breaks(register: Register, events: Sequence[Event]) -> List[Message]:
    """Rows that an import set aside, and what it found, against number and digest in its event."""
    aside, findings = register.storage.frame("quarantine"), register.storage.frame("finding")
    issues = {event.payload["issue"]["id"]: event.payload["issue"] for event in events
              if event.kind == kinds.BATCH_ISSUED and "issue" in event.payload}
    broken = []
    for key, issue in issues.items():
        rows = aside[aside["issue_id"] == key]
        noted = findings[findings["subject_id"] == key]
        known = issue.get("set_aside")
        if len(rows) != issue["quarantined"] or known is not None and known != set_aside_digest(rows, noted):
            broken.append(message("Rows of {file} (issue {no}) that were set aside, or what was found there, were changed.",
                                  file=issue["file"], no=issue["no"]))
    strangers = len(aside[~aside["issue_id"].isin(list(issues))])
    return broken + ([message("{n} rows set aside belong to no issue.", n=strangers)] if strangers else [])


def _name_breaks(register: Register, events: Sequence[Event]) -> List[Message]:
    """Names of people and parties against the digests in the events that entered them; nobody has to be named."""
    removed = max((event.order for event in events if event.kind == kinds.NAMES_REMOVED), default=None)
    broken: List[Message] = []
    for kind, key, kept in ((kinds.ACTOR_ENROLLED, "actor", register.storage.people()),
                            (kinds.PARTY_NAMED, "party", register.storage.parties())):
        entered = [event for event in events if event.kind == kind]
        digests = {event.payload[key]: event.payload["digest"] for event in entered}
        broken += [message("The name behind {id} is not the one that was entered.", id=one) for one, (name, salt) in kept.items()
                   if name != one and one in digests and name_digest(salt, name) != digests[one]]
        broken += [message("The name behind {id} was entered by no event.", id=one) for one in kept if one not in digests]
        # who was entered in another copy may have come without a name: it may stay at home
        expected = {event.payload[key] for event in entered if event.received_at is None and (removed is None or event.order > removed)}
        broken += [message("The name behind {id} was taken out without a word.", id=one) for one in sorted(expected - set(kept)) if kept]
    return broken


def _description_breaks(register: Register, events: Sequence[Event]) -> List[Message]:
    """What the register says of itself against the event that made it."""
    made, meta = next((event.payload for event in events if event.kind == kinds.REGISTER_CREATED), {}), register.storage.meta()
    broken = [message("{name} in the register's description was changed: {value}.", name=name, value=str(meta.get(name))[:60])
              for name in _DESCRIBED if meta.get(name) != made.get(name)]
    has_removal = any(event.kind == kinds.NAMES_REMOVED for event in events)
    keeps_none, made_so = meta.get(SETTING) == NOTHING, made.get(SETTING) == NOTHING
    if made_so and not keeps_none or keeps_none and not (made_so or has_removal):
        broken.append(message("Whether names are kept was changed without a word."))
    return broken


def _place_breaks(register: Register, events: Sequence[Event]) -> List[Message]:
    """Where photos were taken against their events; those of the first format tell the camera's degrees only, which prove nothing here."""
    photos = {event.payload["photo"]: event.payload for event in events if event.kind == kinds.PHOTO_ADDED}
    stored = register.storage.places()
    broken = [message("The place of photo {file} was changed.", file=said["file"]) for key, said in photos.items()
              if said.get("place") is not None and stored.get(key) != tuple(said["place"])]
    strangers = set(stored) - set(photos)
    return broken + ([message("{n} places belong to no photo.", n=len(strangers))] if strangers else [])


def _style_breaks(register: Register, _events: Sequence[Event]) -> List[Message]:
    """Styles are how a user likes the map; one that runs a program or fetches something is not."""
    return [message("The style {name} of layer {layer} runs or fetches something.", name=name, layer=layer)
            for (layer, name), qml in register.storage.styles().items() if _RUNS.search(qml)]


def _subject_breaks(register: Register, _events: Sequence[Event]) -> List[Message]:
    lost = register.storage.lost_subjects()
    return [message("{n} events are not found by what they speak of.", n=lost)] if lost else []


_CHECKS: Tuple[Tuple[Message, Callable[[Register, Sequence[Event]], List[Message]]], ...] = (
    (message("The townships"), _township_breaks), (message("The cut parcels"), _child_breaks),
    (message("What was set aside"), _set_aside_breaks), (message("The names"), _name_breaks),
    (message("The description"), _description_breaks), (message("The places of photos"), _place_breaks),
    (message("The styles"), _style_breaks), (message("The index of the events"), _subject_breaks))


# --- copies -----------------------------------------------------------------------------------------------------------------


def backup(register: Register, target: Path, progress: Optional[Progress] = None) -> Verification:
    """A complete copy made while others work, photos and papers too, opened and verified before it takes its name.

    DamagedError where the copy does not verify: it is there all the same, for a damaged register has no better one. Cancelled, no copy is
    left. InputError where the target exists or cannot be written."""
    progress, target = progress or Progress(), Path(target)
    progress.step(0.0, message("Copying the register"))
    with register.storage.copied(target, progress.part(0.0, 0.2)) as storage:
        copy = Register(storage)
        files = attachments.named(copy)
        try:
            fresh = attachments.copy_all(register, files, storage.attachments, progress.part(0.2, 0.4))
        except OSError as error:
            raise InputError("{path} cannot be written: {reason}.", "Choose a folder that you may write to and that has room.",
                             path=str(target), reason=error.strerror or str(error)) from error
        try:
            verdict = verify(copy, progress.part(0.4, 1.0))
        except BaseException:
            storage.attachments.discard(fresh)
            raise
    if verdict.broken:
        raise DamagedError("The copy {path} does not verify: {first}", "Keep the copy apart and verify the register itself.",
                           path=str(target), first=str(verdict.broken[0]))
    return verdict


@dataclass(frozen=True)
class Restored:
    """What was put back: how many events the copy holds, how many that were known in its place are not in it, and the file that was
    replaced (None: there was none), which is kept."""

    events: int
    lost: int
    replaced: Optional[Path]


def restore(copy: Addressed, place: Addressed, progress: Optional[Progress] = None, *, origins: Optional[OriginBook] = None) -> Restored:
    """Put a copy of a register back in its place, photos and papers too. What lies there is kept beside it under a name that tells when.

    The log that a crashed program left beside the file goes with the file: on top of an older copy it would damage it. The copy is
    verified first; DamagedError where it is not sound. InputError where another register lies in the place; BusyError while somebody
    writes in it. Cancelled, everything is as it was. What is recorded afterwards begins a new origin, for others may know what was lost."""
    progress = progress or Progress()
    source, target = address_of(copy), address_of(place)
    if same_place(source, target):
        raise InputError("The copy lies in the place itself.", "Choose the copy that shall be put back.")
    with Register.open(source, of_any_format=True) as kept:
        sound = verify(kept, progress.part(0.0, 0.5))
        if sound.broken:
            raise DamagedError("The copy {path} does not verify: {first}", "Choose another copy.", path=str(source), first=sound.broken[0])
        known = target.heads_of(kept.meta["register_id"]) if target.is_there else {}
        replaced = target.put_back(kept.storage, progress.part(0.5, 0.8))
    with Register.open(target, origins=origins, of_any_format=True) as now, Register.open(source, of_any_format=True) as kept:
        attachments.copy_all(kept, attachments.named(kept), now.attachments, progress.part(0.8, 1.0))
        here = now.storage.heads()
        now.accept_as_it_is()
    lost = sum(max(0, sequence - here.get(origin, (0, ""))[0]) for origin, (sequence, _hash) in known.items())
    return Restored(sound.events, lost, replaced)
