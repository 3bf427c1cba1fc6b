"""Origins: which installation writes to which register, and what this installation knows that each register once held.

An origin is installation × register and is kept in the user's profile, not in the register: a copied file that is worked
on elsewhere is a new origin, not a fork of the old one's chain. A profile that was copied to another computer or place is one, too:
the book says where it belongs (``home``), and found elsewhere it begins new origins, so that two computers never go on with one chain.
The book also keeps the last head it knew of every origin in a register, so that it can say when a file lacks what was there before.
"""
from __future__ import annotations

import hashlib
import json
import os
import platform
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from ..errors import Message, message

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
