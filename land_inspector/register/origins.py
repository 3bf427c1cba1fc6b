"""Origins: which installation writes to which register.

An origin is installation × register and is kept in the user's profile, not in the register: a copied file that is worked
on elsewhere is a new origin, not a fork of the old one's chain.
"""
from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Callable, Dict, Optional


class OriginBook:
    """The origins of one installation, by register. ``path`` is a JSON file in the user's profile; None keeps them in memory."""

    def __init__(self, path: Optional[Path] = None):
        self._path = path
        self._known: Dict[str, Dict[str, str]] = {}
        if path is not None and path.is_file():
            self._known = json.loads(path.read_text(encoding="utf-8"))

    def origin(self, register_id: str, is_known_hash: Callable[[str], bool]) -> str:
        """This installation's origin in a register; a new one when the file lacks the last event we wrote to it.

        ``is_known_hash`` tells whether the register holds an event with that hash: an older copy of the file does not.
        """
        entry = self._known.get(register_id)
        if entry is None or (entry["last"] and not is_known_hash(entry["last"])):
            entry = self._known[register_id] = {"origin": str(uuid.uuid4()), "last": ""}
            self._save()
        return entry["origin"]

    def remember(self, register_id: str, last_hash: str) -> None:
        """Note the last event written, so that an older copy of the file is recognised later."""
        self._known[register_id]["last"] = last_hash
        self._save()

    def _save(self) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(f".{os.getpid()}.tmp")
        fresh.write_text(json.dumps(self._known, indent=1), encoding="utf-8")
        os.replace(fresh, self._path)
