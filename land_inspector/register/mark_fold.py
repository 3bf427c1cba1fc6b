"""Folding the office's own marks: set aside, flagged, assigned, noted. They never enter a report."""
from __future__ import annotations

from typing import Any, Callable, Dict, Sequence

from . import events as kinds
from .events import Event
from .grounds import alive, touch, worked_on
from .state import Parcel, State

LATER, PAPER = "later", "paper"


def end_aside(parcel: Parcel) -> None:
    """No longer set aside."""
    parcel.aside = parcel.aside_reason = None


def inherit_marks(child: Parcel, parents: Sequence[Parcel]) -> None:
    """A piece keeps what was said of the land it came from; of several parents, the first that has something to say."""
    first = {name: next((p for p in parents if getattr(p, name)), parents[0]) for name in ("aside", "flag", "assigned_to")}
    child.aside, child.aside_reason = first["aside"].aside, first["aside"].aside_reason
    child.flag, child.flag_reason = first["flag"].flag, first["flag"].flag_reason
    child.assigned_to = first["assigned_to"].assigned_to


def _set_aside(state: State, event: Event, _issued: Any) -> None:
    parcel = alive(state, event.payload["parcel"])
    parcel.aside = PAPER if event.payload["waits_for_paper"] else LATER
    parcel.aside_reason = event.payload["reason"]
    worked_on(state, parcel, event)


def _taken_up(state: State, event: Event, _issued: Any) -> None:
    parcel = alive(state, event.payload["parcel"])
    end_aside(parcel)
    worked_on(state, parcel, event)


def _flagged(state: State, event: Event, _issued: Any) -> None:
    parcel = alive(state, event.payload["parcel"])
    parcel.flag, parcel.flag_reason = int(event.kind == kinds.PARCEL_FLAGGED), event.payload.get("reason") or None
    worked_on(state, parcel, event)


def _assigned(state: State, event: Event, _issued: Any) -> None:
    parcel = alive(state, event.payload["parcel"])
    parcel.assigned_to = event.payload["to"]
    touch(state, parcel, event)


def _note_written(state: State, event: Event, _issued: Any) -> None:
    """A note changes nothing; it only needs its parcel, so that undoing a split names the notes on its pieces."""
    alive(state, event.payload["parcel"])


HANDLERS: Dict[str, Callable[[State, Event, Any], None]] = {
    kinds.PARCEL_SET_ASIDE: _set_aside,
    kinds.PARCEL_TAKEN_UP: _taken_up,
    kinds.PARCEL_FLAGGED: _flagged,
    kinds.PARCEL_UNFLAGGED: _flagged,
    kinds.PARCEL_ASSIGNED: _assigned,
    kinds.NOTE_WRITTEN: _note_written,
}
