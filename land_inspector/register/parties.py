"""Natural persons in a register: kept apart from the events, taken out at any time, or never kept at all (R54).

Land users who are natural persons and the officers of an act stand in events as opaque ids; the names stand in tables that can be
removed, with a keyed digest in the event, as for the people who act. Where the register keeps no personal data there is an id and
nothing else.
"""
from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from datetime import date
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import BusyError, Message, message
from . import kinds
from .events import Draft, Event
from .personal import NOTHING, SETTING, STAND_IN, is_person, masked, may_be_person
from .register import Recorded, Register
from .sealing import name_digest
from .state import State

__all__ = ["fit_to_keep", "is_person", "keeps_names", "kept_apart", "known_persons", "leave_no_trace", "leave_out", "name_of", "officers",
           "remove_names", "take_names", "without_names", "without_people"]


def keeps_names(register: Register) -> bool:
    """Whether names of natural persons may be stored in this register at all (R54)."""
    return register.storage.meta().get(SETTING) != NOTHING


def kept_apart(register: Register, users: Iterable[Optional[str]], *, by: Optional[str] = None) -> Dict[str, str]:
    """A token for each land user named; the same person has the same token. Where names are not kept, each is a new one."""
    wanted = list(dict.fromkeys(user for user in users if user))
    if not wanted:
        return {}
    if not keeps_names(register):
        return {user: STAND_IN + str(uuid.uuid4()) for user in wanted}
    known = {name: key for key, (name, _salt) in register.storage.parties().items()}
    new = {name: str(uuid.uuid4()) for name in wanted if name not in known}
    if new:
        _name(register, new, by)
    return {user: STAND_IN + (known.get(user) or new[user]) for user in wanted}


def _name(register: Register, people: Mapping[str, str], by: Optional[str]) -> None:
    salts = {name: secrets.token_hex(16) for name in people}

    def store() -> None:
        for name, key in people.items():
            register.storage.add_party(key, name, salts[name])

    drafts = [Draft(kinds.PARTY_NAMED, (key,), {"party": key, "digest": _digest(salts[name], name)}, date.today().isoformat())
              for name, key in people.items()]
    register.record(lambda state: drafts, by=by, patches=[], prepare=store)


def _digest(salt: str, name: str) -> str:
    return hmac.new(salt.encode(), name.encode("utf-8"), hashlib.sha256).hexdigest()


def without_names(register: Register, verdicts: Sequence[Mapping[str, Any]], *, by: Optional[str] = None) -> List[Dict[str, Any]]:
    """Verdicts whose land user, where it is a natural person, is a token; where names are not kept, whoever is not surely a body is,
    and free texts are masked."""
    keep = keeps_names(register)
    decide = is_person if keep else may_be_person
    tokens = kept_apart(register, (said.get("YDDW") for said in verdicts if decide(said.get("YDDW"), said.get("ZTFL"))), by=by)
    found = []
    for said in verdicts:
        user = said.get("YDDW") or ""
        cleaned = dict(said, YDDW=tokens.get(user, said.get("YDDW")))
        if not keep:
            if user and user not in tokens:  # a body whose text names somebody beside it
                cleaned["YDDW"] = masked(user)
            cleaned.update({name: masked(said[name], [user] if user in tokens else []) for name in ("PDSM", "XMMC") if said.get(name)})
        found.append(cleaned)
    return found


def name_of(register: Register, user: Optional[str]) -> Optional[str]:
    """A land user as people read it: the name behind a token, as far as the register has it."""
    if not user or not user.startswith(STAND_IN):
        return user
    return register.storage.parties().get(user[len(STAND_IN):], (user, ""))[0]


def without_people(register: Register) -> Callable[[Any], Any]:
    """What makes a value fit to be given out: in a text the names that the register knows, names announced as such and numbers of people
    are masked; anything else stays."""
    known = [name for name, _salt in (*register.storage.parties().values(), *register.storage.people().values())]
    return lambda value: masked(value, known) if isinstance(value, str) else value


def fit_to_keep(register: Register, said: Mapping[str, Any], names: Iterable[str]) -> Dict[str, Any]:
    """What was said with its free texts (``names``) as this register may keep them: masked where it keeps no names."""
    if keeps_names(register):
        return dict(said)
    return {name: masked(value) if name in set(names) and isinstance(value, str) else value for name, value in said.items()}


def known_persons(register: Register) -> List[str]:
    """Names of natural persons that stand apart in this register, whoever they are to it."""
    return [name for name, _salt in register.storage.parties().values() if is_person(name)]


def officers(register: Register, names: Sequence[str], *, by: Optional[str] = None) -> List[str]:
    """Opaque ids of the officers of an act."""
    if not keeps_names(register):
        return [str(uuid.uuid4()) for _name in names]
    return [register.enrolled(name, by=by) for name in names]


def remove_names(register: Register, *, by: Optional[str] = None) -> Recorded:
    """Take every name out of the register for good, and the tracks of patrols, which say where persons were; verdicts, cases and the
    chain of events stay as they are.

    It cannot be undone. Names that somebody wrote into a free text are not found.
    """
    with register.storage.writing():
        recorded = register._append([_removal(register)], State(), by)
        register.storage.remove_names()
    register._remember(recorded)
    register.attachments.discard([name for event in register.storage.events_of_kind(kinds.TRACK_ADDED)
                                  for name in event.payload["track"].get("files") or ()])
    register.storage.leave_no_trace()
    return recorded


def _removal(register: Register) -> Draft:
    named = len(register.storage.people()) + len(register.storage.parties())
    return Draft(kinds.NAMES_REMOVED, (register.meta["register_id"],), {"names": named}, date.today().isoformat())


def leave_out(register: Register, *, by: Optional[str] = None) -> Recorded:
    """From now on the register keeps no personal data of parties and officers; names that it has are taken out."""
    with register.storage.writing():
        register.storage.set_meta({SETTING: NOTHING})
    register.meta[SETTING] = NOTHING
    return remove_names(register, by=by)


# --- names that come with what another copy recorded ------------------------------------------------------------------------

#: Table of names → kind of the event that entered one, and the payload's key of its id.
_ENTERED = {"person": (kinds.ACTOR_ENROLLED, "actor"), "party": (kinds.PARTY_NAMED, "party")}


def take_names(register: Register, names: Mapping[str, Mapping[str, Tuple[str, str]]], came: Sequence[Event], told: List[Message]) -> bool:
    """Names (name and salt by id, by table) that another copy keeps and this one may keep too. What was taken out anywhere does not come
    back, and goes out here: whether anything was taken out."""
    storage = register.storage
    keeps = storage.meta().get(SETTING) != NOTHING
    removals = [*storage.events_of_kind(kinds.NAMES_REMOVED)]
    removed_until = max((event.order for event in removals), default=None)
    entered = {table: {event.payload[key]: event for event in storage.events_of_kind(kind)} for table, (kind, key) in _ENTERED.items()}
    here = {"person": storage.people(), "party": storage.parties()}
    add = {"person": storage.add_person, "party": storage.add_party}
    lost = [key for table, known in here.items() for key, (name, _salt) in known.items() if name != key and removed_until is not None
            and key in entered[table] and entered[table][key].order <= removed_until]
    removes = bool(lost) and any(event.kind == kinds.NAMES_REMOVED for event in came)
    if removes:
        storage.remove_names()
        told.append(message("{n} names were taken out: in the other copy all names had been.", n=len(lost)))
    for table, known in here.items():
        if removes:
            for key, (name, salt) in known.items():
                if key not in lost:
                    add[table](key, name, salt)
        for key, (name, salt) in sorted(names.get(table, {}).items()):
            event = entered[table].get(key)
            if key in known or event is None or (removed_until is not None and event.order <= removed_until):
                continue
            if name != key and name_digest(salt, name) != event.payload["digest"]:
                told.append(message("The name behind {id} is not the one that was entered; it was left out.", id=key))
                continue
            add[table](key, name if keeps else key, salt)
    return removes


def leave_no_trace(register: Register, told: List[Message]) -> None:
    """Clean the file of what was taken out of it; where somebody keeps it busy, that is told."""
    try:
        register.storage.leave_no_trace()
    except BusyError as error:
        told.append(error.message)
