"""Verify: is every event there and unedited, is the stored state what the events say, is each issue what it was,
does each photo lie beside the register as it came?

Passes with the table of names taken out: names never were in the events.
"""
from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..errors import Cancelled, DamagedError, InputError, Message, message
from ..progress import Progress
from . import kinds
from .events import Event, chain_breaks, in_force
from .fold import fold
from .outlines import joint_digest, row_digest, townships_digest
from .photo_store import broken_photos, copy_photos
from .register import Register
from .storage.base import photo_folder_beside


@dataclass(frozen=True)
class Verification:
    """What verification found: how many events, and each thing that is wrong."""

    events: int
    broken: Tuple[Message, ...]


def verify(register: Register, progress: Optional[Progress] = None) -> Verification:
    """Check the chain of every origin, the issued rows, the townships and the stored state."""
    progress = progress or Progress()
    with register.storage.stoppable(progress):
        progress.step(0.0, message("Reading the events"))
        events = register.storage.events(keep_damaged=True)
        progress.step(0.2, message("Checking the chain of the events"))
        broken: List[Message] = [_chain_text(event, why) for event, why in chain_breaks(events, progress.part(0.2, 0.5))]
        progress.step(0.5, message("Checking the issued patches"))
        broken += (_issued_breaks(register, events, progress.part(0.5, 0.6)) + _township_breaks(register, events)
                   + _child_breaks(register, events))
        progress.step(0.6, message("Checking the file"))
        broken += [message("The file is damaged: {text}.", text=text) for text in register.storage.check()]
        progress.step(0.7, message("Comparing the stored state with the events"))
        if not broken:
            broken += _state_breaks(register, events, progress.part(0.7, 0.9))
        broken += broken_photos(register, progress.part(0.9, 1.0))
    return Verification(len(events), tuple(broken))


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


def _state_breaks(register: Register, events: Sequence[Event], progress: Progress) -> List[Message]:
    history = in_force(list(events))
    folded = fold(history, register.issued_rows_of(None), register.knowledge(), progress.part(0.0, 0.6))
    progress.step(0.6)
    stored = register.storage.load_state()
    progress.step(0.8)
    return [message("Stored state differs from the events: {text}.", text=text) for text in folded.same_as(stored)]


def backup(register: Register, target: Path, progress: Optional[Progress] = None) -> Verification:
    """A complete copy made while others work, photos too, opened again and verified before it counts; DamagedError otherwise.

    Cancelled, no copy is left.
    """
    progress, target = progress or Progress(), Path(target)
    progress.step(0.0, message("Copying the register"))
    photos = photo_folder_beside(target)
    if photos.exists():
        raise InputError("{path} exists already.", "Choose another name; a copy never overwrites a file.", path=str(photos))
    register.storage.backup(target, progress.part(0.0, 0.2))
    try:
        with Register.open(target) as copy:
            copy_photos(register, copy, progress.part(0.2, 0.4))
            verdict = verify(copy, progress.part(0.4, 1.0))
    except Cancelled:
        target.unlink()
        shutil.rmtree(photos, ignore_errors=True)
        raise
    if verdict.broken:
        raise DamagedError("The copy {path} does not verify: {first}", "Keep the copy apart and verify the register itself.",
                           path=str(target), first=str(verdict.broken[0]))
    return verdict
