"""Supervising teams: who watches which township, until when (domain.md seed000: 督导组包片).

A supervision changes no parcel, so it needs no table: the few events in force are the whole of it. They carry a person's id; the
name stands in the removable table of persons.
"""
from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date
from typing import Dict, List, Optional, Sequence, Tuple

from ..errors import InputError, RefusedError
from . import kinds
from .events import UNDONE, Draft, effective_by, in_force, known_by
from .register import Recorded, Register, effective_on_text, known_at_text


@dataclass(frozen=True)
class Supervision:
    """``person`` is an opaque id; ``townships`` are XZDM codes, none of them stands for the whole county."""

    id: str
    person: str
    townships: Tuple[str, ...]
    since: date
    until: date
    remark: str = ""
    ended_on: Optional[date] = None

    def is_running(self, day: date) -> bool:
        """Begun and not ended; that the last day has passed does not end it, it makes it late."""
        return self.since <= day and (self.ended_on is None or day < self.ended_on)


def assign_supervision(register: Register, person: str, townships: Sequence[str], *, since: str, until: str, remark: str = "",
                       by: Optional[str] = None) -> str:
    """A person (by name, entered if unknown) watches townships (codes; none: the whole county) until a day; its id.

    InputError for an unknown township, a blank name, or a last day before the first.
    """
    if not person.strip():
        raise InputError("A supervision needs a name.", "Say who watches.")
    first, last = _day(since), _day(until)
    if last < first:
        raise InputError("The supervision would end on {until}, before it begins on {since}.", "Give a later last day.",
                         until=last.isoformat(), since=first.isoformat())
    named = _townships(register, townships)
    who, key = register.enrolled(person.strip(), by=by), str(uuid.uuid4())
    said = {"supervision": key, "person": who, "townships": named, "until": last.isoformat(), "remark": remark.strip()}
    draft = Draft(kinds.SUPERVISION_ASSIGNED, (key,), said, first.isoformat())
    register.record(lambda state: [draft], by=by, patches=[])
    return key


def end_supervision(register: Register, supervision: str, *, on: str, reason: str, by: Optional[str] = None) -> Recorded:
    """The supervision is over on a day, done or given to somebody else; the reason says which."""
    if not reason.strip():
        raise InputError("Ending a supervision needs a reason.", "Write for example that all is rectified, or who takes over.")
    known = {one.id: one for one in supervisions(register)}.get(supervision)
    if known is None or known.ended_on is not None:
        raise RefusedError("There is no such supervision, or it has ended already.", "Choose one that runs.")
    day = _day(on)
    if day < known.since:
        raise RefusedError("The supervision begins on {day}; it cannot end before.", "Give a later day.", day=known.since.isoformat())
    draft = Draft(kinds.SUPERVISION_ENDED, (supervision,), {"supervision": supervision, "reason": reason.strip()}, day.isoformat())
    return register.record(lambda state: [draft], by=by, patches=[])


def supervisions(register: Register, known_at: Optional[str] = None, effective_on: Optional[str] = None) -> List[Supervision]:
    """Every supervision, ended ones too, by last day and townships; as known at a moment and effective on a day."""
    events = [event for kind in (kinds.SUPERVISION_ASSIGNED, kinds.SUPERVISION_ENDED, UNDONE)
              for event in register.storage.events_of_kind(kind)]
    known = known_by(events, known_at_text(known_at))
    found: Dict[str, Supervision] = {}
    for event in effective_by(in_force(known), effective_on_text(effective_on)):
        said, key = event.payload, event.payload["supervision"]
        if event.kind == kinds.SUPERVISION_ASSIGNED:
            townships = tuple(township["XZDM"] for township in said["townships"])
            found[key] = Supervision(key, said["person"], townships, date.fromisoformat(event.effective_on),
                                     date.fromisoformat(said["until"]), said["remark"])
        elif key in found:  # the end of a supervision whose beginning was undone ends nothing
            found[key] = replace(found[key], ended_on=date.fromisoformat(event.effective_on))
    return sorted(found.values(), key=lambda one: (one.until, one.townships, one.id))


def _townships(register: Register, codes: Sequence[str]) -> List[Dict[str, str]]:
    known = register.townships().drop_duplicates("XZDM").set_index("XZDM")["XZMC"].to_dict()
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise InputError("The register has no township {code}.", "Choose among its townships.", code=unknown[0])
    return [{"XZDM": code, "XZMC": known[code]} for code in dict.fromkeys(codes)]


def _day(text: str) -> date:
    return date.fromisoformat(effective_on_text(text) or date.today().isoformat())
