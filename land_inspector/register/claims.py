"""Who has a parcel open on a server: shown to the others with the minutes left, so that two do not work on one thing unawares.

A claim is no lock: an act on what somebody else changed meanwhile is asked about in any case. It is no event either: it ends by itself,
is made longer by working, and only its breaking, which needs a reason, is recorded, as a note on the parcel.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional

from ..errors import InputError, LandInspectorError
from .marking import write_note
from .register import Recorded, Register

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
