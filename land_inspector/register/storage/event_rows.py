"""A row of the table ``event`` as an event."""
from __future__ import annotations

import json
import sqlite3
from typing import Any, List

from ...errors import DamagedError
from ..events import Event

EVENT_COLUMNS = ("uuid, kind, version, subjects, actor, origin, sequence, previous, seen, group_id, recorded_at, "
                 "effective_on, payload, hash, received_at")


def columns_in(db: sqlite3.Connection) -> str:
    """:data:`EVENT_COLUMNS` as the open register can tell them: one of an older format lacks the newest, which are NULL then."""
    there = {str(row[1]) for row in db.execute("PRAGMA table_info(event)")}
    return ", ".join(name if name in there else f"NULL AS {name}" for name in EVENT_COLUMNS.split(", "))


def event_of(row: sqlite3.Row, keep_damaged: bool = False) -> Event:
    """Raises DamagedError for a row that cannot be read, or hands it out as it is when ``keep_damaged``."""
    subjects, seen, payload = _parsed(row, keep_damaged)
    return Event(
        uuid=row["uuid"], kind=row["kind"], version=row["version"], subjects=tuple(subjects), actor=row["actor"],
        origin=row["origin"], sequence=row["sequence"], previous=row["previous"], seen=seen, group=row["group_id"],
        recorded_at=row["recorded_at"], effective_on=row["effective_on"], payload=payload, hash=row["hash"],
        received_at=row["received_at"])


def _parsed(row: sqlite3.Row, keep_damaged: bool) -> List[Any]:
    """The three texts of an event read as one, which is twice as fast; one by one where that fails."""
    try:
        found = json.loads(f"[{row['subjects']},{row['seen']},{row['payload']}]")
        if len(found) == 3 and type(found[0]) is list and type(found[1]) is dict and type(found[2]) is dict:
            return found
    except ValueError:
        pass
    return [_from_json(row, name, keep_damaged) for name in ("subjects", "seen", "payload")]


def _from_json(row: sqlite3.Row, name: str, keep_damaged: bool) -> Any:
    try:
        value = json.loads(row[name])
        if not isinstance(value, list if name == "subjects" else dict):
            raise ValueError(f"{name} is no {'list' if name == 'subjects' else 'object'}")
        return value
    except (ValueError, TypeError) as error:
        if not keep_damaged:
            raise DamagedError("Event {uuid} cannot be read: {reason}.", "Restore the last good copy.",
                               uuid=str(row["uuid"]), reason=str(error)) from error
        return {"unreadable": str(row[name])}
