"""The parts of a storage whose SQL the dialects agree on, over a :class:`Database` that says where they do not.

A storage takes these classes in, gives them ``_sql``, and writes for itself what differs: files and servers, geometry, indexes in
space, copies. Names of tables and columns are our own constants; values are always bound.
"""
from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from functools import partial
from itertools import islice, starmap
from json.scanner import make_scanner
from operator import attrgetter
from typing import (
    Any, Callable, ContextManager, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple,
)

import pandas as pd

from ...errors import DamagedError
from .. import personal
from ..events import Event, ORDER, canonical, collecting_paused
from ..kinds import is_known
from ..records import Finding, Quarantined
from ..state import IssuedRow, Place, State
from ..tables import ALWAYS, BEFORE, OF_A_PATCH, Parcel, STATE_TABLES, TABLE_OF, Table
from .interfaces import EventStore, EvidenceStore, IssuedStore, NameStore, StateStore


# A row of the table ``event`` as an event.

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


Row = Tuple[Any, ...]
Values = Sequence[Any]
_PROPOSED = ("parcel_id", "ZDPD1", "ZDPD2", "ZDGZ", "YZX", "reasons", "needs", "shape_id", "split_along", "run_id", "rulepack",
             "proposed_at")
#: Rows that are put in at once; from so many on columns without any value are looked for.
_ROWS_AT_ONCE, _MANY_ROWS = 5_000, 500
_RUN = ("id", "batch_id", "measured_at", "method", "profile", "profile_digest", "parcels")


class Database(ABC):
    """An open connection, and what its dialect calls things. Rows are tuples in the order of the SELECT."""

    #: The sign of a bound value.
    MARK = "?"
    #: How many values one statement may bind; SQLite's oldest limit is 999.
    MOST_VALUES = 900

    @abstractmethod
    def rows(self, sql: str, values: Values = ()) -> Iterable[Row]:
        """The rows of a SELECT."""

    @abstractmethod
    def run(self, sql: str, values: Values = ()) -> None:
        """One statement."""

    @abstractmethod
    def many(self, sql: str, rows: Iterable[Values]) -> None:
        """One statement for each row of values."""

    @abstractmethod
    def table(self, sql: str, values: Values = ()) -> Tuple[List[Row], List[str]]:
        """The rows of a SELECT, and the names of its columns."""

    @abstractmethod
    def any_bytes(self, wanted: bool) -> ContextManager[None]:
        """Rows read in this block hold text that is no longer UTF-8 as far as it can be read, where that is ``wanted``."""

    def one(self, sql: str, values: Values = ()) -> Optional[Row]:
        """The first row of a SELECT; None where there is none."""
        return next(iter(self.rows(sql, values)), None)

    def marks(self, values: Sequence[object]) -> str:
        """Signs for so many bound values."""
        return ",".join([self.MARK] * len(values))

    def chunks(self, values: Iterable[str]) -> Iterator[List[str]]:
        """The values, each once, in parts that one statement may bind."""
        todo = list(dict.fromkeys(values))
        for start in range(0, len(todo), self.MOST_VALUES):
            yield todo[start:start + self.MOST_VALUES]

    def unindexed(self, column: str) -> str:
        """A column that shall not draw the planner to its index, where the dialect has a word for that."""
        return column

    def insert(self, table: str, columns: Sequence[str]) -> str:
        """An INSERT of new rows."""
        named = ", ".join(f'"{column}"' for column in columns)
        return f"INSERT INTO {table} ({named}) VALUES ({self.marks(columns)})"  # nosec B608 - our own names

    def upsert(self, table: str, columns: Sequence[str], key: Sequence[str], given: Optional[Sequence[str]] = None) -> str:
        """An INSERT that changes the row which has that key already, and leaves it where it is. Values are ``given`` for some of the
        columns; the others become NULL, as no table of ours has another default."""
        changed = ", ".join(f'"{column}" = excluded."{column}"' for column in columns if column not in key)
        return f"{self.insert(table, given or columns)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"  # nosec B608

    def put(self, table: str, columns: Sequence[str], key: Sequence[str], rows: Iterable[Values]) -> None:
        """Rows put in, or in the place of those that have their key. Columns that are empty in all of many rows are left out of the
        INSERT: parcels that nobody has judged yet take half the time so."""
        source = iter(rows)
        for part in iter(lambda: list(islice(source, _ROWS_AT_ONCE)), []):
            given = columns
            if len(part) >= _MANY_ROWS:
                by_column = [(name, values) for name, values in zip(columns, zip(*part)) if any(value is not None for value in values)]
                given, part = [name for name, _values in by_column], list(zip(*(values for _name, values in by_column)))
            self.many(self.upsert(table, columns, key, given), part)


class SqlEvents(EventStore):
    """See :class:`.interfaces.EventStore`. ``_event_columns`` are :data:`EVENT_COLUMNS` as this register can tell them."""

    _sql: Database
    _event_columns: str = EVENT_COLUMNS

    def append(self, events: Sequence[Event]) -> None:
        rows, subjects = [], []
        for number, e in enumerate(events, self._newest_number() + 1):
            rows.append((number, e.uuid, e.kind, e.version, canonical(list(e.subjects)), e.actor, e.origin, e.sequence, e.previous,
                         canonical(dict(e.seen)), e.group, e.recorded_at, e.effective_on, canonical(dict(e.payload)), e.hash,
                         e.received_at))
            subjects.extend((subject, number) for subject in dict.fromkeys(e.subjects))
        self._sql.many(self._sql.insert("event", ["number", *EVENT_COLUMNS.split(", ")]), rows)
        self._sql.many(self._sql.insert("event_subject", ["subject", "number"]), subjects)

    def _newest_number(self) -> int:
        return int((self._sql.one("SELECT COALESCE(max(number), 0) FROM event") or (0,))[0])

    def events(self, *, subjects: Optional[Iterable[str]] = None, groups: Optional[Iterable[str]] = None,
               kind: Optional[str] = None, keep_damaged: bool = False) -> List[Event]:
        sql, select = self._sql, f"SELECT {self._event_columns} FROM event"  # nosec B608
        asked: List[Tuple[str, List[str]]] = [(select, [])] if subjects is None and groups is None else []
        # the planner shall begin with the subjects: they are few, and of one kind there may be many
        of_kind, kinds = (f" AND {sql.unindexed('kind')} = {sql.MARK}", [kind]) if kind else ("", [])
        named = f"{select} WHERE number IN (SELECT number FROM event_subject WHERE subject IN"  # nosec B608
        asked += [(f"{named} ({sql.marks(part)})){of_kind}", [*part, *kinds]) for part in sql.chunks(subjects or ())]
        asked += [(f"{select} WHERE group_id IN ({sql.marks(part)})", part) for part in sql.chunks(groups or ())]
        with sql.any_bytes(keep_damaged), collecting_paused():
            rows: Iterable[Row] = sql.rows(*asked[0]) if len(asked) == 1 else {  # one question is read row by row: its texts take much room
                row[0]: row for text, values in asked for row in sql.rows(text, values)}.values()
            return sorted(events_of(rows, keep_damaged), key=ORDER)

    def events_of_kind(self, kind: str, *, any_version: bool = False) -> List[Event]:
        rows = self._sql.rows(f"SELECT {self._event_columns} FROM event WHERE kind = {self._sql.MARK}", (kind,))  # nosec B608
        return sorted((event for event in events_of(rows) if any_version or is_known(event)), key=ORDER)

    def latest(self, origin: Optional[str] = None, kinds: Iterable[str] = ()) -> Optional[Event]:
        wanted, values = list(kinds), list(kinds)
        asked = [f"{self._sql.unindexed('kind')} IN ({self._sql.marks(wanted)})"] if wanted else []  # the planner shall keep to the order
        order = "recorded_at DESC, origin DESC, sequence DESC"
        if origin is not None:
            asked, values, order = [*asked, f"origin = {self._sql.MARK}"], [*values, origin], "sequence DESC"
        where = f"WHERE {' AND '.join(asked)}" if asked else ""
        row = self._sql.one(f"SELECT {self._event_columns} FROM event {where} ORDER BY {order} LIMIT 1", values)  # nosec B608
        return events_of([row])[0] if row else None

    def heads(self, first: Optional[int] = None) -> Dict[str, Tuple[int, str]]:
        sql, found = self._sql, {}
        tail, values = ("", []) if first is None else (f"AND number <= {sql.MARK} ", [first])
        head = f"SELECT sequence, hash FROM event WHERE origin = {sql.MARK} {tail}ORDER BY sequence DESC LIMIT 1"  # nosec B608
        following = f"SELECT min(origin) FROM event WHERE origin > {sql.MARK}"  # nosec B608
        origin = (sql.one("SELECT min(origin) FROM event") or (None,))[0]
        while origin is not None:  # from origin to origin by the index: a GROUP BY would look at every event
            row = sql.one(head, (origin, *values))
            if row is not None and not isinstance(row[0], int):  # SQLite keeps what it is given, and somebody gave it no number
                raise DamagedError("The event {number} of writer {origin} has no number.", "Restore the last good copy.",
                                   number=str(row[0])[:40], origin=str(origin)[:40])
            if row is not None:
                found[str(origin)] = (row[0], str(row[1]))
            origin = (sql.one(following, (origin,)) or (None,))[0]
        return found

    def hash_at(self, origin: str, sequence: int) -> Optional[str]:
        mark = self._sql.MARK
        row = self._sql.one(f"SELECT hash FROM event WHERE origin = {mark} AND sequence = {mark}", (origin, sequence))  # nosec B608
        return None if row is None else str(row[0])

    def has_hash(self, event_hash: str) -> bool:
        return self._sql.one(f"SELECT 1 FROM event WHERE hash = {self._sql.MARK}", (event_hash,)) is not None  # nosec B608

    def events_beyond(self, heads: Mapping[str, Tuple[int, str]], origins: Optional[Iterable[str]] = None) -> List[Event]:
        mark, wanted = self._sql.MARK, None if origins is None else set(origins)
        sql = f"SELECT {self._event_columns} FROM event WHERE origin = {mark} AND sequence > {mark}"  # nosec B608
        asked = [(origin, heads.get(origin, (0, ""))[0]) for origin, (last, _hash) in self.heads().items()
                 if (wanted is None or origin in wanted) and last > heads.get(origin, (0, ""))[0]]
        with collecting_paused():
            return sorted((event for values in asked for event in events_of(self._sql.rows(sql, values))), key=ORDER)

    def known_events(self, uuids: Iterable[str]) -> Set[str]:
        return {str(row[0]) for part in self._sql.chunks(uuids) for row in self._sql.rows(
            f"SELECT uuid FROM event WHERE uuid IN ({self._sql.marks(part)})", part)}  # nosec B608

    def shared_subjects(self) -> List[str]:
        rows = self._sql.rows("SELECT s.subject FROM event_subject s JOIN event e ON e.number = s.number "
                              "GROUP BY s.subject HAVING min(e.origin) <> max(e.origin)")
        return sorted(str(row[0]) for row in rows)

    def has_received(self) -> bool:
        return self._sql.one("SELECT 1 FROM event WHERE received_at IS NOT NULL LIMIT 1") is not None

    def has_others(self, after: int, origin: str) -> bool:
        mark = self._sql.MARK
        asked = f"SELECT 1 FROM event WHERE number > {mark} AND origin <> {mark} LIMIT 1"  # nosec B608
        return self._sql.one(asked, (after, origin)) is not None

    def last_group(self, actor: Optional[str], first: int = 0, most: Optional[int] = None) -> List[str]:
        where, values = ("", ()) if actor is None else (f"WHERE actor = {self._sql.MARK}", (actor,))
        limit = "" if most is None else f" LIMIT {most:d} OFFSET {first:d}"
        rows = self._sql.rows(f"SELECT group_id, max(recorded_at) AS at FROM event {where} GROUP BY group_id "  # nosec B608
                              f"ORDER BY at DESC, group_id{limit}", values)
        return [str(row[0]) for row in rows]


class SqlState(StateStore):
    """See :class:`.interfaces.StateStore`; laying tables down, and finding parcels by number in haste, is the storage's own."""

    _sql: Database

    def load_state(self, *, patches: Optional[Iterable[str]] = None, batches: Optional[Iterable[str]] = None,
                   rows: Iterable[str] = ()) -> State:
        state = State()
        if patches is None and batches is not None:
            patches = self.patches_of(batches)
        keys = None if patches is None else list(patches)
        own = list(rows)
        for table in STATE_TABLES:
            if keys is None or table.scope == ALWAYS:
                found = self._records(table, "id", None)
            elif table.scope == OF_A_PATCH:
                found = self._records(table, table.home, keys)
            else:
                found = self._records(table, "id", [*self._linked(table, keys), *own])
            state.take_all(table, found)
        return state

    def _linked(self, table: Table, patches: Iterable[str]) -> List[str]:
        """Ids of rows of their own that concern any of the patches."""
        return sorted({row[0] for row in self._of(f"SELECT row_id FROM {table.link} WHERE patch_id", patches)})  # nosec B608

    def _of(self, sql: str, ids: Iterable[str]) -> Iterator[Row]:
        """Rows of ``sql … IN (ids)``, part by part."""
        for part in self._sql.chunks(ids):
            yield from self._sql.rows(f"{sql} IN ({self._sql.marks(part)})", part)

    def _records(self, table: Table, column: str, keys: Optional[List[str]]) -> List[Any]:
        """Rows as records, in the order in which they came; filled by place: by name, a county's parcels take three times as long."""
        select = f"SELECT {', '.join(table.columns)} FROM {table.name}"  # nosec B608 - our own field names
        rows = self._sql.rows(select) if keys is None else self._of(f"{select} WHERE {column}", keys)
        with collecting_paused():
            return sorted(starmap(table.record, rows), key=attrgetter("made"))

    def save(self, state: State, touched: Set[Place]) -> None:
        by_table: Dict[str, List[str]] = {}
        for many, key in touched:
            by_table.setdefault(many, []).append(key)
        for table in STATE_TABLES:
            records, ids = state.rows(table.many), sorted(by_table.get(table.many, ()))
            changed = sorted((records[key] for key in ids), key=attrgetter("made"))
            self._sql.put(table.name, table.columns, ("id",), map(attrgetter(*table.columns), changed))
            if table.link:
                self._unlink(table, ids)
                links = [(key, patch) for key in ids for patch in json.loads(records[key].patches)]
                self._sql.many(self._sql.insert(table.link, ("row_id", "patch_id")), links)

    def _unlink(self, table: Table, ids: Sequence[str]) -> None:
        self._sql.many(f"DELETE FROM {table.link} WHERE row_id = {self._sql.MARK}", [(key,) for key in ids])  # nosec B608

    def replace(self, before: State, after: State) -> None:
        lost = before.lacking_in(after)
        for table in STATE_TABLES:
            ids = [key for many, key in lost if many == table.many and table.scope != ALWAYS]
            self._sql.many(f"DELETE FROM {table.name} WHERE id = {self._sql.MARK}", [(key,) for key in ids])  # nosec B608
            if table.link:
                self._unlink(table, ids)
        self.save(after, after.changed_from(before))

    def keep_before(self, group: str, parcels: Iterable[str]) -> None:
        columns, mark = ", ".join(f'"{name}"' for name in TABLE_OF[Parcel].columns), self._sql.MARK
        self._sql.run(f"DELETE FROM {BEFORE.name}")  # nosec B608
        for part in self._sql.chunks(sorted(parcels)):
            self._sql.run(f"INSERT INTO {BEFORE.name} (group_id, {columns}) SELECT {mark}, {columns} FROM parcel "  # nosec B608
                          f"WHERE id IN ({self._sql.marks(part)}) ORDER BY id", (group, *part))

    def can_restore(self, group: str) -> bool:
        mark = self._sql.MARK
        (kept,) = self._sql.one(f"SELECT count(*) FROM {BEFORE.name} WHERE group_id = {mark}", (group,)) or (0,)  # nosec B608
        count, last = self._sql.one(f"SELECT count(*), max(number) FROM event WHERE group_id = {mark}", (group,)) or (0, 0)  # nosec B608
        if not kept or kept != count:
            return False
        later = " UNION ALL ".join(
            f"SELECT 1 FROM (SELECT DISTINCT {column} AS subject FROM {BEFORE.name}) b "  # nosec B608
            f"JOIN event_subject s ON s.subject = b.subject AND s.number > {mark}" for column in ("id", "patch_id", "batch_id"))
        return self._sql.one(f"SELECT 1 WHERE EXISTS ({later})", (last, last, last)) is None  # nosec B608

    def touched_by(self, group: str) -> Tuple[str, List[str], Dict[str, str], List[str]]:
        mark = self._sql.MARK
        acts = list(self._sql.rows(f"SELECT subjects, actor FROM event WHERE group_id = {mark} ORDER BY number", (group,)))  # nosec B608
        subjects = dict.fromkeys(subject for row in acts for subject in json.loads(row[0]))
        last = {row[0]: row[1] for table, column in (("parcel", "id"), ("patch", "patch_id")) for row in self._sql.rows(
            f"SELECT id, last_event FROM {table} WHERE id IN (SELECT {column} FROM {BEFORE.name})")}  # nosec B608
        batches = [row[0] for row in self._sql.rows(f"SELECT DISTINCT batch_id FROM {BEFORE.name}")]  # nosec B608
        return acts[0][1], list(subjects), {key: last[key] for key in subjects if last.get(key)}, batches

    def restore(self, group: str) -> None:
        table, mark = TABLE_OF[Parcel], self._sql.MARK
        columns = ", ".join(f'"{name}"' for name in table.columns)
        changed = ", ".join(f'"{name}" = excluded."{name}"' for name in table.columns if name != "id")
        self._sql.run(f"INSERT INTO parcel ({columns}) SELECT {columns} FROM {BEFORE.name} WHERE group_id = {mark} "  # nosec B608
                      f"ON CONFLICT (id) DO UPDATE SET {changed}", (group,))
        self._sql.run(f"DELETE FROM {BEFORE.name}")  # nosec B608

    def remove_batches(self, ids: Iterable[str]) -> None:
        self._sql.many(f"DELETE FROM batch WHERE id = {self._sql.MARK}", [(key,) for key in ids])  # nosec B608

    def patches_of(self, subjects: Iterable[str]) -> List[str]:
        wanted, found = list(subjects), {}
        for part in self._sql.chunks(wanted):
            for column in ("patch_id", "batch_id"):
                sql = f"SELECT DISTINCT patch_id FROM issued WHERE {column} IN ({self._sql.marks(part)})"  # nosec B608
                found.update((str(row[0]), None) for row in self._sql.rows(sql, part))
        return list(found)

    def batches_of(self, patches: Iterable[str]) -> List[str]:
        return sorted({row[0] for row in self._of("SELECT DISTINCT batch_id FROM issued WHERE patch_id", patches)})

    def patches_of_case(self, case_id: str) -> List[str]:
        sql = f"SELECT patch_id FROM case_patch WHERE row_id = {self._sql.MARK} ORDER BY patch_id"  # nosec B608
        return [str(row[0]) for row in self._sql.rows(sql, (case_id,))]

    def parcels_of_remedies(self, ids: Iterable[str]) -> Dict[str, Tuple[str, str]]:
        return {key: (parcel, patch) for key, parcel, patch in self._of("SELECT id, parcel_id, patch_id FROM remedy WHERE id", ids)}


class SqlNames(NameStore):
    """See :class:`.interfaces.NameStore`; leaving no trace of them is the storage's own."""

    _sql: Database

    def people(self) -> Dict[str, Tuple[str, str]]:
        return self._names(personal.PERSON)

    def add_person(self, person_id: str, name: str, salt: str) -> None:
        self._add_name(personal.PERSON, person_id, name, salt)

    def parties(self) -> Dict[str, Tuple[str, str]]:
        return self._names(personal.PARTY)

    def add_party(self, party_id: str, name: str, salt: str) -> None:
        self._add_name(personal.PARTY, party_id, name, salt)

    def _names(self, table: str) -> Dict[str, Tuple[str, str]]:
        if not self.has_table(table):
            return {}
        return {key: (name, salt) for key, name, salt in self._sql.rows(f"SELECT id, name, salt FROM {table}")}  # nosec B608

    def _add_name(self, table: str, key: str, name: str, salt: str) -> None:
        self._make_sure_of(table)
        self._sql.run(self._sql.insert(table, ("id", "name", "salt")), (key, name, salt))

    def _make_sure_of(self, table: str) -> None:
        """Names come into a table that may have been taken out."""
        self._sql.run(f"CREATE TABLE IF NOT EXISTS {table} (id TEXT PRIMARY KEY, name TEXT NOT NULL, salt TEXT NOT NULL)")


class SqlIssued(IssuedStore):
    """What of :class:`.interfaces.IssuedStore` holds no geometry."""

    _sql: Database

    def issued_rows(self, issue_id: str, patches: Optional[Set[str]] = None) -> List[IssuedRow]:
        sql = f"SELECT issued_id, patch_id, JCBH, MJ, basis, row FROM issued WHERE issue_id = {self._sql.MARK} ORDER BY row"  # nosec B608
        return [IssuedRow(*row) for row in self._sql.rows(sql, (issue_id,)) if patches is None or row[1] in patches]

    def add_quarantined(self, issue_id: str, rows: Sequence[Quarantined]) -> None:
        columns = ("issue_id", "row", "attributes", "wkb", "reason")
        self._sql.many(self._sql.upsert("quarantine", columns, columns[:2]), [
            (issue_id, q.row, canonical(q.attributes), q.wkb, canonical(q.reason.as_record())) for q in rows])

    def add_findings(self, source: str, subject_id: str, findings: Sequence[Finding]) -> None:
        columns = ("subject_id", "source", "row", "patch", "severity", "rule", "message", "remedy", "area_before_m2", "area_after_m2")
        self._sql.many(self._sql.insert("finding", columns), [
            (subject_id, source, f.row, f.patch, f.severity, f.rule, canonical(f.message.as_record()),
             canonical(f.remedy.as_record()), f.area_before_m2, f.area_after_m2) for f in findings])


class SqlEvidence(EvidenceStore):
    """See :class:`.interfaces.EvidenceStore`."""

    _sql: Database

    def save_evidence(self, run: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> None:
        self._sql.run(self._sql.insert("evidence_run", _RUN), [run[name] for name in _RUN])
        parcels = list(tables["evidence_summary"]["parcel_id"])
        for table, frame in tables.items():
            if table != "evidence_layer":
                for part in self._sql.chunks(parcels):
                    self._sql.run(f"DELETE FROM {table} WHERE parcel_id IN ({self._sql.marks(part)})", part)  # nosec B608
            frame = frame.assign(run_id=run["id"])
            rows = zip(*([None if value != value else value for value in frame[name].tolist()] for name in frame))  # NaN is not itself
            self._sql.many(self._sql.insert(table, list(frame.columns)), rows)

    def save_proposals(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._sql.many(self._sql.upsert("proposal", _PROPOSED, ("parcel_id",)), [[row[c] for c in _PROPOSED] for row in rows])
