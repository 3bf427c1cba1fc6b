"""Sealing events: who, where, when, in which chain; and how far the clock may be trusted."""
from __future__ import annotations

import base64
import getpass
import hashlib
import hmac
import json
import os
import platform
import re
import secrets
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, TYPE_CHECKING, Tuple

from ..errors import InputError, Message, RefusedError, message
from . import kinds
from .events import Draft, Event, NO_PREVIOUS, canonical
from .state import State, derived_id
from .storage.interfaces import Storage
from .personal import NOTHING, SETTING

if TYPE_CHECKING:
    from .register import Register


_MICROSECOND = timedelta(microseconds=1)
#: Entries so far ahead of this machine's clock are not taken for the truth about time.
MOST_AHEAD = timedelta(minutes=10)
#: Clocks that differ by less are taken for the same.
NOT_NOTICED = timedelta(seconds=2)


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
        self._clock, self._ahead = _newest(register), _noticed(register.storage.clock_ahead())
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
    return {} if last is None or not kinds.is_known(last) else {key: head for key, head in last.payload["heads"].items() if key != origin}


def _noticed(ahead: timedelta) -> timedelta:
    """What lies within the way to a server and back is no difference of clocks."""
    return ahead if abs(ahead) > NOT_NOTICED else timedelta(0)


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


# Origins: which installation writes to which register, and what this installation knows that each register once held.
#
# An origin is installation × register and is kept in the user's profile, not in the register: a copied file that is worked
# on elsewhere is a new origin, not a fork of the old one's chain. A profile that was copied to another computer or place is one, too:
# the book says where it belongs (``home``), and found elsewhere it begins new origins, so that two computers never go on with one chain.
# The book also keeps the last head it knew of every origin in a register, so that it can say when a file lacks what was there before.

#: How long one window waits for another that writes the book, and when a lock counts as left behind by one that died.
_PATIENCE_S, _STALE_S = 2.0, 10.0
Heads = Mapping[str, Tuple[int, str]]
#: Hash of an origin's event by its sequence; None where the file lacks it.
HashAt = Callable[[str, int], Optional[str]]


class OriginBook:
    """The origins of one installation, by register. ``path`` is a JSON file in the user's profile; None keeps them in memory.

    Nothing here fails an act: where the file cannot be read or written, ``trouble`` says so and the book goes on in memory; the worst
    that follows is a new origin, which is always allowed. Several windows share the file; each writes into what the others wrote."""

    def __init__(self, path: Optional[Path] = None):
        self._path = path
        self._home = _home_of(path)
        self.trouble: Optional[Message] = None
        self._known: Dict[str, Dict[str, Any]] = self._read()

    def origin(self, register_id: str, is_known_hash: Callable[[str], bool]) -> str:
        """This installation's origin in a register; a new one when the file lacks the last event we wrote to it.

        ``is_known_hash`` tells whether the register holds an event with that hash: an older copy of the file does not.
        """
        entry = self._known.get(register_id)
        if entry is None or not self._is_at_home(entry) or (entry["last"] and not is_known_hash(entry["last"])):
            self._change(register_id, lambda entry: self._with_origin(entry, is_known_hash))
        return str(self._known[register_id]["origin"])

    def _is_at_home(self, entry: Mapping[str, Any]) -> bool:
        return entry.get("home", self._home) == self._home

    def _with_origin(self, entry: Dict[str, Any], is_known_hash: Callable[[str], bool]) -> Dict[str, Any]:
        """The entry on disk where its origin may go on, which another window may have begun; else one with a new origin."""
        if not self._is_at_home(entry) or (entry["last"] and not is_known_hash(entry["last"])):
            return {**entry, "origin": str(uuid.uuid4()), "last": "", "home": self._home}
        return {**entry, "home": self._home}

    def remember(self, register_id: str, last_hash: str, heads: Optional[Heads] = None, hash_at: Optional[HashAt] = None) -> None:
        """Note the last event written, and every head now known, so that an older copy of the file is recognised later.

        What was known before and is not in the file (``hash_at`` tells) stays known, so that it stays said."""
        self._change(register_id, lambda entry: {**_with_heads(entry, heads or {}, hash_at), "last": last_hash})

    def note(self, register_id: str, heads: Heads, hash_at: Optional[HashAt] = None) -> None:
        """Note every head of a register that was found in order, whoever wrote it."""
        entry = self._known.get(register_id, {})
        if entry.get("heads") != _as_lists(heads):
            self._change(register_id, lambda entry: _with_heads(entry, heads, hash_at))

    def accept(self, register_id: str, heads: Heads) -> None:
        """From now on only these heads are expected: an older copy was put back on purpose."""
        self._change(register_id, lambda entry: {**entry, "heads": _as_lists(heads)})

    def expected(self, register_id: str) -> List[Tuple[str, int]]:
        """Origin and sequence of every event that the book knows as the last of its chain."""
        return [(origin, int(head[0])) for origin, head in sorted(self._known.get(register_id, {}).get("heads", {}).items())]

    def missing(self, register_id: str, hash_at: HashAt) -> List[Message]:
        """What the book knows of a register and the file lacks. ``hash_at`` gives the hash of an origin's event by its sequence."""
        said = []
        for origin, (sequence, known) in sorted(self._known.get(register_id, {}).get("heads", {}).items()):
            here = hash_at(origin, int(sequence))
            if here is None:
                said.append(message("This installation knows {n} events of writer {origin}; the last of them is not in this file: its end "
                                    "was cut off, or it is an older copy.", n=sequence, origin=origin[:8]))
            elif here != known:
                said.append(message("Event {n} of writer {origin} is not the one that this installation knows: the chain was computed "
                                    "anew.", n=sequence, origin=origin[:8]))
        return said

    # --- the file -----------------------------------------------------------------------------------------------------

    def _read(self) -> Dict[str, Dict[str, Any]]:
        if self._path is None or not self._path.is_file():
            return {}
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return {key: entry for key, entry in found.items() if isinstance(entry, dict) and isinstance(entry.get("origin"), str)
                    and isinstance(entry.get("last"), str) and _are_heads(entry.get("heads", {}))}
        except OSError as error:
            self.trouble = message("The book of origins {path} cannot be read: {reason}.", path=str(self._path), reason=str(error))
        except (ValueError, AttributeError):
            self.trouble = message("The book of origins {path} is damaged; a new one was begun, the old one is kept beside it.",
                                   path=str(self._path))
            self._put_aside()
        return {}

    def _put_aside(self) -> None:
        try:
            os.replace(self._path, self._path.with_suffix(".damaged.json"))
        except OSError:
            pass

    def _change(self, register_id: str, change: Callable[[Dict[str, Any]], Dict[str, Any]]) -> None:
        """Change one register's entry in what is on disk now; in memory only where that cannot be written."""
        fresh = {"origin": str(uuid.uuid4()), "last": "", "home": self._home}
        if self._path is None:
            self._known[register_id] = change(self._known.get(register_id, fresh))
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self._path.with_suffix(".lock")):
                self._known.update(self._read())
                self._known[register_id] = change(self._known.get(register_id, fresh))
                self._save()
        except OSError as error:
            self._known[register_id] = change(self._known.get(register_id, fresh))
            self.trouble = message("The book of origins {path} cannot be written: {reason}. What was recorded in the register is kept.",
                                   path=str(self._path), reason=error.strerror or str(error))

    def _save(self) -> None:
        """The whole book under its name and on disk, or as it was before."""
        fresh = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            with open(fresh, "w", encoding="utf-8") as file:
                json.dump(self._known, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, self._path)
        finally:
            fresh.unlink(missing_ok=True)


def _home_of(path: Optional[Path]) -> str:
    """Digest of the computer's name and the book's place on it; nothing that says which they are."""
    place = "" if path is None else os.path.normcase(os.path.realpath(path))
    return hashlib.sha256(f"{platform.node()}\x1f{place}".encode("utf-8")).hexdigest()[:16]


def _with_heads(entry: Dict[str, Any], heads: Heads, hash_at: Optional[HashAt]) -> Dict[str, Any]:
    """The entry with these heads, but those of chains in which what was known before is missing."""
    known = entry.get("heads", {})
    fresh = {origin: head for origin, head in _as_lists(heads).items()
             if hash_at is None or origin not in known or hash_at(origin, known[origin][0]) == known[origin][1]}
    return {**entry, "heads": {**known, **fresh}}


def _as_lists(heads: Heads) -> Dict[str, List[Any]]:
    return {origin: [sequence, known] for origin, (sequence, known) in heads.items()}


def _are_heads(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(head, list) and len(head) == 2 and isinstance(head[0], int)
                                           and isinstance(head[1], str) for head in value.values())


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    """One window at a time. A lock that a dead window left is taken over; one that does not come free is passed over."""
    end, held = time.monotonic() + _PATIENCE_S, False
    while not held and time.monotonic() < end:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            held = True
        except FileExistsError:
            _take_if_stale(lock)
    try:
        yield
    finally:
        if held:
            lock.unlink(missing_ok=True)


def _take_if_stale(lock: Path) -> None:
    try:
        is_stale = time.time() - lock.stat().st_mtime > _STALE_S
    except FileNotFoundError:
        return
    if is_stale:
        lock.unlink(missing_ok=True)
    else:
        time.sleep(0.01)


# One writer who went on in two copies: the branch of the other copy is taken in under a writer of its own.
#
# A chain that forked cannot be joined: two events bear one number. Where a person says that the other copy is the
# clone, its events from the fork on are recorded here once more, in a new chain, with the same content, author, dates
# and order; every id of an event or an action in them is led over. The new ids follow from the old ones alone, so that
# whoever takes the branch in gets the same events, and twice is once.

def led_over(branch: Sequence[Event], register_id: str, known: Heads) -> List[Event]:
    """A branch, in the order of its chain, as the chain of a new origin. ``known`` are the heads that its author had before it, those of
    the common part of the chain among them: the first event notes them, so that who knew what stays exact."""
    if not branch:
        return []
    origin = derived_id("branch", branch[0].origin, branch[0].hash)
    names = {old: derived_id("branch", old) for event in branch for old in (event.uuid, event.group)}
    first = branch[0]
    note = replace(first, uuid=derived_id("branch", origin, "note"), kind=kinds.HEADS_NOTED, subjects=(register_id,), origin=origin,
                   sequence=1, version=kinds.CATALOGUE[kinds.HEADS_NOTED].version, previous=NO_PREVIOUS, seen={},
                   group=derived_id("branch", origin, "group"), received_at=None,
                   payload={"heads": {key: list(head) for key, head in sorted(known.items())}}).sealed()
    chain = [note]
    for event in branch:
        last = chain[-1]
        chain.append(replace(event, uuid=names[event.uuid], group=names[event.group], origin=origin, sequence=last.sequence + 1,
                             previous=last.hash, seen=_renamed(dict(event.seen), names), payload=_renamed(dict(event.payload), names),
                             received_at=None).sealed())
    return chain


def _renamed(value: Any, names: Dict[str, str]) -> Any:
    """The same value with every id that is one of the branch led over."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, Mapping):
        return {key: _renamed(one, names) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_renamed(one, names) for one in value]
    return value


# The seal of a register: how many events of which origins it holds and the last hash of each, as one short code.
#
# A chain of hashes shows that an event was edited only to someone who knows an earlier hash: whoever can recompute it edits unseen. So the
# seal stands on reports, workbooks and copies, outside the register; compared with it later, a tail that was cut off and a chain that was
# computed anew show. The code begins with the number of events at that time: ``214-K7QF-3MZT-9XWB-V2HD``.

#: Last sequence and hash of each origin.

_GROUPS, _DIGITS = 4, 4
#: No letter that is taken for another or for a figure.
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
_CODE = re.compile(r"(\d+)((?:-[A-Z2-9]{4}){4})")


@dataclass(frozen=True)
class Seal:
    """What a register of this id held at a moment. ``heads`` are the last sequence and hash by origin."""

    register_id: str
    heads: Heads

    @property
    def events(self) -> int:
        """How many events that were: the sequences of all origins together."""
        return sum(sequence for sequence, _hash in self.heads.values())

    @property
    def code(self) -> str:
        """The number of events and 80 bits of the digest of the heads, to be read out and typed."""
        said = canonical([self.register_id, sorted([origin, *head] for origin, head in self.heads.items())])
        letters = letters_of(said)
        return "-".join([str(self.events), *(letters[_DIGITS * at:_DIGITS * (at + 1)] for at in range(_GROUPS))])


def letters_of(text: str) -> str:
    """The digest of a text in 51 letters and figures of which none is taken for another."""
    return base64.b32encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii").rstrip("=").translate(_LETTERS)


def seal_of(storage: "Storage") -> Seal:
    """The seal of a register as it is now."""
    return Seal(storage.meta()["register_id"], storage.heads())


def read_code(text: str) -> Optional[Tuple[int, str]]:
    """Number of events and code, out of what a person typed or pasted; None where nothing was given.

    InputError for a text that holds no seal."""
    if not text.strip():
        return None
    found = _CODE.search(re.sub(r"[\s‐-―]+", "-", text.upper().replace("−", "-")))
    if found is None:
        raise InputError("{text} is no seal.", "Give the code as it stands on the report, such as 214-K7QF-3MZT-9XWB-V2HD.", text=text[:60])
    return int(found.group(1)), found.group(0)


def differences(storage: "Storage", text: str) -> List[Message]:
    """What an earlier seal says against the register as it is now; nothing where it holds.

    InputError for a text that is no seal."""
    said = read_code(text)
    if said is None:
        return []
    number, code = said
    have = sum(sequence for sequence, _hash in storage.heads().values())
    if have < number:
        return [message("When seal {seal} was taken the register held {then} events; now it holds {now}: its end was cut off, or this "
                        "is an older copy.", seal=code, then=number, now=have)]
    if Seal(storage.meta()["register_id"], storage.heads(number)).code != code:
        return [message("The first {n} events are not those that seal {seal} was taken of: they were changed, or this is another register.",
                        n=number, seal=code)]
    return []
