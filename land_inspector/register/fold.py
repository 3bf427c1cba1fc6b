"""fold(events) → state: pure, the same on every machine and in every year.

Each kind of event has one handler (:mod:`.kinds`). A handler raises :class:`Inapplicable` where the event's ground is missing: while
recording, that is the refusal the user reads; while folding a history from which something was undone, the event is set aside as
an orphan, which is also how dependents of an undo are found. An event of a kind or version that this code does not know is kept
and named, never guessed at; one that met a freeze its author had not heard of is held back; one that lost a settled conflict gives way.
"""
from __future__ import annotations

from typing import Iterable, Optional

from ..errors import DamagedError, LandInspectorError
from ..progress import Progress
from .conflicts import Freezes, Knowledge, decided
from .events import Event, collecting_paused
from .state import Inapplicable, IssuedRows, State
from .kinds import CATALOGUE


def fold(history: Iterable[Event], issued: IssuedRows, knowledge: Optional[Knowledge] = None,
         progress: Optional[Progress] = None) -> State:
    """State from events that are in force, in fold order (see :func:`events.in_force`).

    ``issued`` gives the immutable rows of an issue by its id; nothing else is looked at. ``knowledge`` is that of the whole register
    where ``history`` is a part of it.

    DamagedError names an event that cannot be read.
    """
    events, state = list(history), State()
    knowledge = knowledge or Knowledge(events)
    told = decided(events, knowledge)
    events, state.overruled, state.orphans = told.history, told.overruled, told.void
    freezes = Freezes(events, knowledge)
    with collecting_paused():
        for event in (progress or Progress()).watch(events):
            if freezes.any_met and freezes.stops(event, state):
                state.held.append(event.uuid)
                continue
            try:
                apply(state, event, issued)
            except Inapplicable:
                state.orphans.append(event.uuid)
            except LandInspectorError:
                raise
            except (LookupError, TypeError, AttributeError, ValueError) as error:
                raise DamagedError("Entry {number} of the register’s history ({kind}, {day}) cannot be read: {reason}.",
                                   "Verify the register to see what else was changed, and restore the last good copy.", number=event.uuid,
                                   kind=event.kind, day=event.effective_on, reason=f"{type(error).__name__} {error}") from error
        state.reckon()
        state.settle()
    return state


def apply(state: State, event: Event, issued: IssuedRows) -> None:
    """Change ``state`` by one event. Kinds that hold no state (enrolments, rule packs) pass through; what is not known here is
    noted in ``state.unknown``."""
    kind = CATALOGUE.get(event.kind)
    if kind is None or event.version > kind.version:
        state.unknown.append(event.uuid)
    elif kind.handler is not None:
        state.begin(event)
        kind.handler(state, event, issued)
