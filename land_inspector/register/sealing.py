"""Sealing events: who, where, when, in which chain; and how far the clock may be trusted."""
from __future__ import annotations

import getpass
import hashlib
import hmac
import secrets
import uuid
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from ..errors import RefusedError
from . import kinds
from .events import NO_PREVIOUS, Draft, Event
from .state import State
from .storage.interfaces import Storage
from .storage.people import NOTHING, SETTING

if TYPE_CHECKING:
    from .register import Register

_MICROSECOND = timedelta(microseconds=1)
#: Entries so far ahead of this machine's clock are not taken for the truth about time.
MOST_AHEAD = timedelta(minutes=10)


def utc_now() -> str:
    """Now as the register writes it: UTC, ISO 8601, microseconds."""
    return iso(datetime.now(timezone.utc))


def iso(moment: datetime) -> str:
    """A moment (UTC) as the register writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(text: str) -> datetime:
    """The other way round."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


class Writer:
    """Seals the drafts of one group: who, where, when, and the chain.

    What other origins have recorded since this one last looked is noted first (:mod:`.conflicts`). RefusedError where entries are dated so
    far ahead of this machine's clock that either they or it must be wrong; not with ``at_any_time``. Without ``notes_heads`` the act
    notes them itself.
    """

    def __init__(self, register: "Register", by: Optional[str], *, at_any_time: bool = False, notes_heads: bool = True):
        self._register = register
        self.events: List[Event] = []
        self.group = register.group or str(uuid.uuid4())
        self._origin = register.origin()
        self._last = register.storage.latest(self._origin)
        self._clock, self._ahead = _newest(register), register.storage.clock_ahead()
        if not at_any_time:
            _refuse_wrong_clock(register, self._clock, self._ahead)
        self._actor = _acting(register, by)
        if not self._actor:
            self.enrol(by or getpass.getuser())
        if notes_heads:
            self._note_heads()

    def enrol(self, name: str) -> str:
        """Names stay out of events: the event holds an opaque id and a digest keyed with a salt that leaves with the names.
        Whoever acts here for the first time enrols himself."""
        salt, person = secrets.token_hex(16), str(uuid.uuid4())
        self._actor = self._actor or person
        is_kept = self._register.storage.meta().get(SETTING) != NOTHING
        self._register.storage.add_person(person, name if is_kept else person, salt)
        digest = name_digest(salt, name)
        self._seal_apart(Draft(kinds.ACTOR_ENROLLED, (person,), {"actor": person, "digest": digest}))
        return person

    def _seal_apart(self, draft: Draft) -> None:
        """In a group of its own: undoing the act does not un-know a person, nor what was known."""
        act, self.group = self.group, str(uuid.uuid4())
        self.seal_today(draft)
        self.group = act

    def _note_heads(self) -> None:
        """So that who knew what is exact: nothing to note where this origin is alone, or has noted it all."""
        storage = self._register.storage
        others = {origin: list(head) for origin, head in storage.heads().items() if origin != self._origin}
        if others and others != _noted(storage, self._origin):
            self._seal_apart(Draft(kinds.HEADS_NOTED, (self._register.meta["register_id"],), {"heads": others}))

    def seal_today(self, draft: Draft) -> Event:
        """An act on the register itself, which speaks of today."""
        return self.seal(draft, State(), date.today().isoformat())

    def seal(self, draft: Draft, state: State, effective_on: str) -> Event:
        """The next event of the chain, dated by its ISO day of effect; call in the order in which they are folded. RefusedError where
        a figure of it is no number."""
        last = self._last
        self._clock = _later(iso(moment_of(utc_now()) + self._ahead), self._clock)
        event = _sealed(Event(
            uuid=str(uuid.uuid4()), kind=draft.kind, version=kinds.CATALOGUE[draft.kind].version,
            subjects=tuple(draft.subjects), actor=self._actor, origin=self._origin,
            sequence=last.sequence + 1 if last else 1, previous=last.hash if last else NO_PREVIOUS,
            seen=state.last_events(draft.subjects), group=self.group, recorded_at=self._clock,
            effective_on=effective_on, payload=draft.payload,
        ))
        self._last = event
        self.events.append(event)
        return event


def _sealed(event: Event) -> Event:
    try:
        return event.sealed()
    except ValueError as error:  # NaN or an infinite figure, which no event can hold
        raise RefusedError("A figure is not a number; nothing of this was recorded.", "Give the figure, or leave it out.") from error


def _acting(register: "Register", by: Optional[str]) -> str:
    """The id of who acts, '' for somebody new. RefusedError where a server has bound the login to another person."""
    bound, known = register.storage.bound_person(), register.actor_id(by) or ""
    if bound is not None and known != bound:
        if by is None:
            return bound
        name = register.name_of(bound)
        raise RefusedError("Your login acts as {name} in this register, not as {other}.",
                           "Enter {name} as your name in the plugin's options, or use your own login.", name=name, other=by)
    return known


def name_digest(salt: str, name: str) -> str:
    """Keyed SHA-256 (hex) of a name: tells whether a name is the one meant, and gives none away (R54)."""
    return hmac.new(salt.encode(), name.encode("utf-8"), hashlib.sha256).hexdigest()


def _later(now: str, known: str) -> str:
    """Never record earlier than an event that is already here, whatever the clock of this machine says."""
    if now > known:
        return now
    return iso(moment_of(known) + _MICROSECOND)


def _noted(storage: Storage, origin: str) -> Dict[str, List[Any]]:
    """The heads of other origins that this one noted last."""
    last = storage.latest(origin, kinds.NOTES)
    return {} if last is None else {key: head for key, head in last.payload["heads"].items() if key != origin}


def _newest(register: "Register") -> str:
    newest = register.storage.latest()
    return newest.recorded_at if newest else ""


def _refuse_wrong_clock(register: "Register", newest: str, ahead: timedelta) -> None:
    """One machine whose clock runs a year ahead must not carry all others with it; nor may a slow one record things out of order. Where a
    server's clock times the entries, this computer's still says which day is today."""
    here = moment_of(utc_now())
    if abs(ahead) > MOST_AHEAD:
        raise RefusedError("This computer's clock says {here}, the server's {there} (UTC). Nothing was recorded.",
                           "Set the clock that is wrong right: date, time and time zone of this computer, or ask whoever looks after the "
                           "server.", here=f"{here:%Y-%m-%d %H:%M}", there=f"{here + ahead:%Y-%m-%d %H:%M}")
    limit = iso(datetime.now(timezone.utc) + ahead + MOST_AHEAD)
    if newest <= limit:
        return
    accepted = [event.recorded_at for kind in (kinds.CLOCK_RELEASED, kinds.REGISTER_UPGRADED)
                for event in register.storage.events_of_kind(kind)]
    if not accepted or newest > iso(moment_of(max(accepted)) + MOST_AHEAD):
        raise RefusedError("The newest entry is dated {newest}, which is ahead of this computer's clock.",
                           "Set the clock of this computer right. If the entry's own date is wrong, accept it with a reason "
                           "(\"Accept entries ahead of the clock\").", newest=newest)
