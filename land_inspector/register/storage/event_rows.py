"""A row of the table ``event`` as an event."""
from __future__ import annotations

import json
import sqlite3
from functools import partial
from itertools import islice
from json.scanner import make_scanner
from typing import Any, Callable, Dict, Iterable, List, Sequence

from ...errors import DamagedError
from ..events import Event

EVENT_COLUMNS = ("uuid, kind, version, subjects, actor, origin, sequence, previous, seen, group_id, recorded_at, "
                 "effective_on, payload, hash, received_at")
_SUBJECTS, _SEEN, _PAYLOAD = 3, 8, 12
#: So many payloads are read together.
_TOGETHER = 500
#: json.loads without its look at what surrounds the text: a register holds hundreds of thousands of them.
_scan: Callable[[str, int], Any] = make_scanner(json.JSONDecoder())


def columns_in(db: sqlite3.Connection) -> str:
    """:data:`EVENT_COLUMNS` as the open register can tell them: one of an older format lacks the newest, which are NULL then."""
    there = {str(row[1]) for row in db.execute("PRAGMA table_info(event)")}
    return ", ".join(name if name in there else f"NULL AS {name}" for name in EVENT_COLUMNS.split(", "))


def events_of(rows: Iterable[Sequence[Any]], keep_damaged: bool = False) -> List[Event]:
    """Events of rows in the order of EVENT_COLUMNS. Raises DamagedError for one whose payload cannot be read, or hands it out as it is
    when ``keep_damaged``. Subjects and what was seen are read when somebody asks for them (most events are only folded)."""
    made, later = [], partial(_later, keep_damaged)
    same: Dict[Any, Any] = {}  # texts that thousands of events have in common take their room once
    coming = iter(rows)
    while True:
        part = list(islice(coming, _TOGETHER))
        if not part:
            return made
        for row, payload in zip(part, _payloads(part, keep_damaged)):
            event = object.__new__(Event)
            event.__dict__.update(
                uuid=row[0], kind=same.setdefault(row[1], row[1]), version=row[2], actor=same.setdefault(row[4], row[4]),
                origin=same.setdefault(row[5], row[5]), sequence=row[6], previous=row[7], group=same.setdefault(row[9], row[9]),
                recorded_at=same.setdefault(row[10], row[10]), effective_on=same.setdefault(row[11], row[11]), payload=payload,
                hash=row[13], received_at=same.setdefault(row[14], row[14]), unread=(later, row[0], row[_SUBJECTS], row[_SEEN]))
            made.append(event)


def _payloads(rows: Sequence[Sequence[Any]], keep_damaged: bool) -> Iterable[Any]:
    """Payloads read as one text, so that the names in them take their room once; one by one where that does not give one for each."""
    texts = [row[_PAYLOAD] for row in rows]
    try:
        text = "[" + ",\n".join(texts) + "]"  # no text may go over the end of a line
        values, end = _scan(text, 0)
        if end == len(text) and len(values) == len(rows) and all(type(value) is dict for value in values):
            return values
    except (StopIteration, ValueError, TypeError):
        pass
    return [_read(row, _PAYLOAD, keep_damaged) for row in rows]


def _later(keep_damaged: bool, uuid: str, subjects: str, seen: str) -> Dict[str, Any]:
    """The texts of an event that nobody had asked for yet."""
    return {"subjects": tuple(_from_json(uuid, subjects, list, keep_damaged)), "seen": _from_json(uuid, seen, dict, keep_damaged)}


def _read(row: Sequence[Any], column: int, keep_damaged: bool) -> Any:
    text = row[column]
    try:
        value, end = _scan(text, 0)
        if end == len(text) and type(value) is dict:
            return value
    except (StopIteration, ValueError, TypeError):
        pass
    return _from_json(row[0], text, dict, keep_damaged)


def _from_json(uuid: Any, text: Any, kind: type, keep_damaged: bool) -> Any:
    try:
        value = json.loads(text)
        if not isinstance(value, kind):
            raise ValueError(f"a part of it is no {kind.__name__}")
        return value
    except (ValueError, TypeError) as error:
        if not keep_damaged:
            raise DamagedError("Event {uuid} cannot be read: {reason}.", "Restore the last good copy.",
                               uuid=str(uuid), reason=str(error)) from error
        return {"unreadable": str(text)}
