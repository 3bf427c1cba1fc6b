"""A row of the table ``event`` as an event."""
from __future__ import annotations

import json
import sqlite3
from typing import Any, List

from ...errors import DamagedError
from ..events import Event

EVENT_COLUMNS = ("uuid, kind, version, subjects, actor, origin, sequence, previous, seen, group_id, recorded_at, "
                 "effective_on, payload, hash, received_at")


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
        if len(found) == 3:
            return found
    except ValueError:
        pass
    return [_from_json(row, name, keep_damaged) for name in ("subjects", "seen", "payload")]


def _from_json(row: sqlite3.Row, name: str, keep_damaged: bool) -> Any:
    try:
        return json.loads(row[name])
    except (ValueError, TypeError) as error:
        if not keep_damaged:
            raise DamagedError("Event {uuid} cannot be read: {reason}.", "Restore the last good copy.",
                               uuid=str(row["uuid"]), reason=str(error)) from error
        return {"unreadable": str(row[name])}
