"""Matters: opened, acted on. An act says by itself where it led; it loses its ground where the matter no longer stands
where it began.
"""
from __future__ import annotations

from ...law.matters.matter import from_record, matter_of
from ..events import Event
from ..state import IssuedRows, State
from ..tables import MatterRecord
from .grounds import Inapplicable


def matter_opened(state: State, event: Event, issued: IssuedRows) -> None:
    """A number is opened once; opened again after an undo it is the same matter."""
    said = event.payload
    if said["matter"] in state.matters:
        raise Inapplicable("The ledger has a matter {number} already.", number=said["number"])
    matter = matter_of(said["matter"], said["kind"], said["number"], [from_record(said["step"])])
    if matter is None:
        raise Inapplicable("What opened the matter {number} cannot be read.", number=said["number"])
    record = MatterRecord(said["matter"], said["kind"], matter.number, shape_id=said.get("shape") or None)
    record.hold(matter)
    record.last_event = event.uuid
    state.put(record)


def matter_act(state: State, event: Event, issued: IssuedRows) -> None:
    """An act that moves the matter has its ground only where the matter stands as it did."""
    said, step = event.payload, from_record(event.payload["step"])
    record = state.matters.get(said["matter"])
    if record is None:
        raise Inapplicable("The register has no such matter; what opened it may have been undone.")
    matter = record.matter
    if step.to and matter.state != said["from"]:
        raise Inapplicable("The matter {number} no longer stands where this act began.", number=said["number"])
    after = matter_of(matter.id, matter.kind, matter.number, [*matter.steps, step])
    if after is None:
        raise Inapplicable("What opened the matter {number} cannot be read.", number=said["number"])
    record.hold(after)
    record.shape_id = step.particulars.get("shape") or record.shape_id
    record.last_event = event.uuid
    state.put(record)
