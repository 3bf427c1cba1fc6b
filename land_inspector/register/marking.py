"""The office's own marks on parcels: set aside, flagged, assigned, noted. None of them is a verdict and none is reported.

Each verb takes any number of parcels and is one action. Frozen batches refuse it (R52), and a mark over what a colleague has done
meanwhile is refused where ``seen`` says what was looked at; a note takes nothing from anybody and never is.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, LandInspectorError
from . import kinds
from .events import Draft, in_force
from .register import Recorded, Register
from .state import Parcel, State


#: The last event of each parcel (by its id) that whoever marks it had looked at; StaleError where one has moved on.
Seen = Optional[Mapping[str, str]]
#: Text of a note, who wrote it, when (UTC, as recorded).
Note = Tuple[str, str, str]


def set_aside(register: Register, batch: str, labels: Sequence[str], *, reason: str, waits_for_paper: bool = False,
              by: Optional[str] = None, seen: Seen = None) -> Recorded:
    """Not now: for later, or until a paper is there (then the reason says which). A verdict ends it by itself."""
    said = {"reason": _said(reason), "waits_for_paper": waits_for_paper}
    return _mark(register, batch, labels, kinds.PARCEL_SET_ASIDE, said, by, seen)


def take_up(register: Register, batch: str, labels: Sequence[str], *, by: Optional[str] = None, seen: Seen = None) -> Recorded:
    """Parcels that were set aside come back into the queue; the others are left alone."""
    return _mark(register, batch, labels, kinds.PARCEL_TAKEN_UP, {}, by, seen, lambda parcel: parcel.aside is not None)


def flag(register: Register, batch: str, labels: Sequence[str], *, reason: str = "", by: Optional[str] = None,
         seen: Seen = None) -> Recorded:
    """Marked for somebody's eye, with or without a reason."""
    return _mark(register, batch, labels, kinds.PARCEL_FLAGGED, {"reason": reason.strip()}, by, seen)


def unflag(register: Register, batch: str, labels: Sequence[str], *, by: Optional[str] = None, seen: Seen = None) -> Recorded:
    """Flags taken off; parcels without one are left alone."""
    return _mark(register, batch, labels, kinds.PARCEL_UNFLAGGED, {}, by, seen, lambda parcel: bool(parcel.flag))


def assign(register: Register, batch: str, labels: Sequence[str], *, to: Optional[str], by: Optional[str] = None,
           seen: Seen = None) -> Recorded:
    """Whose work these parcels are: a person by name, or nobody."""
    wanted = (to or "").strip()
    person = register.enrolled(wanted, by=by) if wanted else None
    return _mark(register, batch, labels, kinds.PARCEL_ASSIGNED, {"to": person}, by, seen, lambda parcel: parcel.assigned_to != person)


def write_note(register: Register, batch: str, labels: Sequence[str], *, text: str, by: Optional[str] = None) -> Recorded:
    """A remark for colleagues; it changes nothing and can be undone like everything else."""
    return _mark(register, batch, labels, kinds.NOTE_WRITTEN, {"text": _said(text)}, by, None)


def notes(register: Register, parcel_id: str) -> List[Note]:
    """Notes in force on a parcel and on those it was cut from, oldest first."""
    standing = in_force(register.storage.events(subjects=lineage(register, parcel_id)))
    names = register.storage.people()
    return [(event.payload["text"], names.get(event.actor, (event.actor, ""))[0], event.recorded_at)
            for event in standing if event.kind == kinds.NOTE_WRITTEN]


def lineage(register: Register, parcel_id: str) -> List[str]:
    """A parcel and those it was cut from, itself first."""
    found, patch = [parcel_id], register.storage.frame("parcel", ids=[parcel_id])["patch_id"]
    parcels = register.storage.load_state(patches=list(patch)).parcels
    while found[-1] in parcels and parcels[found[-1]].parent_id is not None:
        found.append(parcels[found[-1]].parent_id or "")
    return found


def _said(text: str) -> str:
    if not text.strip():
        raise InputError("A reason or a text is needed.", "Write it in a few words.")
    return text.strip()


def _mark(register: Register, batch: str, labels: Sequence[str], kind: str, said: Mapping[str, Any], by: Optional[str], seen: Seen,
          concerns: Callable[[Parcel], bool] = lambda parcel: True) -> Recorded:
    found = register.find(batch, list(dict.fromkeys(labels)))

    def build(state: State) -> Iterable[Draft]:
        for parcel_id, patch_id in found:
            if concerns(state.parcels[parcel_id]):
                yield Draft(kind, (parcel_id, patch_id), dict(said, parcel=parcel_id))

    return register.record(build, by=by, patches=[patch for _parcel, patch in found], seen=seen)


# Who has a parcel open on a server: shown to the others with the minutes left, so that two do not work on one thing unawares.
#
# A claim is no lock: an act on what somebody else changed meanwhile is asked about in any case. It is no event either: it ends by itself,
# is made longer by working, and only its breaking, which needs a reason, is recorded, as a note on the parcel.

#: How long a parcel counts as open after somebody last worked on it.
MINUTES = 15.0


@dataclass(frozen=True)
class Held:
    """Who has a parcel open, and for how many minutes more at most if they do nothing on it."""

    who: str
    minutes_left: int


def open_parcel(register: Register, parcel_id: str, *, by: Optional[str] = None, minutes: float = MINUTES) -> Optional[Held]:
    """Say that a person has this parcel open, and no other any more; who else has it, if anybody: then they keep it.

    Nothing is claimed by who never acted here, or whose login only reads."""
    me = register.actor_id(by)
    if me is None:
        return None
    try:
        held = register.storage.claim(parcel_id, me, minutes)
    except LandInspectorError:
        return None  # a courtesy; who may not write claims still reads
    return None if held is None else Held(register.name_of(held[0]), max(1, math.ceil(held[1])))


def leave(register: Register, *, by: Optional[str] = None) -> None:
    """A person has nothing open any more."""
    me = register.actor_id(by)
    if me is not None:
        register.storage.release(None, me)


def break_claim(register: Register, batch: str, label: str, *, reason: str, by: Optional[str] = None) -> Recorded:
    """Take a parcel (by its number) from whoever has it open; the reason is noted on the parcel. InputError without one."""
    if not reason.strip():
        raise InputError("A reason or a text is needed.", "Write it in a few words.")
    parcel_id, _patch = register.find(batch, [label])[0]
    recorded = write_note(register, batch, [label], text=reason, by=by)
    register.storage.release(parcel_id, None)
    return recorded
