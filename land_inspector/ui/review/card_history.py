"""What happened to a parcel, in sentences anyone can read, the newest first; what was undone stays in sight as undone."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Mapping

from ...i18n import say, tr
from ...register import kinds
from ...register.events import UNDONE, Event, in_force
from ...register.register import Register
from ...register.state import State
from ...register.event_log import describe
from ...register.views.acts import names, on_subjects
from ...register.views.parcels import state_of
from ..shell import labels
from ..shell.acts import local_time


@dataclass(frozen=True)
class Happening:
    """One event; ``undone`` tells that it no longer counts."""

    text: str
    who: str
    when: str
    undone: bool


def happenings(register: Register, facts: Mapping[str, Any]) -> List[Happening]:
    """Of a parcel given by its row of the storage's frame ``parcel``; also what happened to its patch before it was cut."""
    events = on_subjects(register, facts["parcel_id"], facts["patch_id"])
    standing = {event.uuid for event in in_force(events)}
    state = state_of(register, [facts["patch_id"]])
    people = names(register)
    return [Happening(_told(event, state, people), people.get(event.actor, event.actor), local_time(event.recorded_at),
                      event.uuid not in standing and event.kind != UNDONE)
            for event in reversed(events) if _concerns(event, facts)]


def owed(register: Register, facts: Mapping[str, Any]) -> List[str]:
    """Particulars that the verdict in force lacks (R33), by column name."""
    if not facts["incomplete"]:
        return []
    events = on_subjects(register, facts["parcel_id"])
    return next((list(event.payload["missing"]) for event in reversed(events) if event.uuid == facts["verdict_event"]), [])


def _concerns(event: Event, facts: Mapping[str, Any]) -> bool:
    """Acts on a sister piece of the same patch are not this parcel's history."""
    named = event.payload.get("parcel")
    ours = (facts["parcel_id"], facts["parent_id"])
    return facts["parcel_id"] in event.subjects or named is None or named in ours


def _told(event: Event, state: State, names: Mapping[str, str]) -> str:
    said = event.payload
    if event.kind == kinds.VERDICT_GIVEN:
        return _verdict(said["verdict"])
    if event.kind == kinds.PARCEL_ASSIGNED and said["to"] is not None:
        return tr("Given to {who}", who=names.get(said["to"], said["to"]))
    return say(describe(event, state))


def _verdict(verdict: Mapping[str, Any]) -> str:
    name = labels.sub_verdict_name(verdict["PDJL2"]) if verdict.get("PDJL2") else labels.verdict_name(verdict.get("PDJL1") or "")
    grounds = verdict.get("PDSM")
    return tr("Verdict: {verdict} – {grounds}", verdict=name, grounds=grounds) if grounds else tr("Verdict: {verdict}", verdict=name)
