"""What most handlers of the fold begin and end with: the one word for "this cannot be", a parcel that may be acted on, and the
trace that an act leaves on it."""
from __future__ import annotations

from datetime import date
from typing import Any

from ...errors import RefusedError
from ..events import Event
from ..state import Parcel, State


class Inapplicable(RefusedError):
    """An event cannot be applied to this state: a refusal while recording, an orphan while folding."""


def alive(state: State, parcel_id: str) -> Parcel:
    """A parcel that acts may name; Inapplicable for one that is not there or was split or merged."""
    parcel = state.parcels.get(parcel_id)
    if parcel is None:
        raise Inapplicable("The register has no such parcel; what made it may have been undone.")
    if parcel.retired:
        raise Inapplicable("Parcel {parcel} was split or merged; act on the parcels it became.", parcel=parcel.DKBH)
    return parcel


def touch(state: State, parcel: Parcel, event: Event) -> None:
    """The parcel changed by this event."""
    parcel.last_event = event.uuid
    state.put(parcel)


def worked_on(state: State, parcel: Parcel, event: Event) -> None:
    """The parcel changed by its reviewer's own hand: from now on it is one of that person's."""
    parcel.touched_by = event.actor
    touch(state, parcel, event)


def day_of(event: Event) -> date:
    """The day that an event speaks of."""
    return date.fromisoformat(event.effective_on)


def conflict_settled(state: State, event: Event, _issued: Any) -> None:
    """What holds was said before anything was folded (:func:`..conflicts.decided`); its subject bears the trace, where it is a row."""
    record = state.record(event.payload["subject"])
    if record is not None:
        record.last_event = event.uuid
        state.put(record)
