"""A register in a schema of PostgreSQL with PostGIS: one writer at a time by a lock of the database, each action one transaction.

What is asked and written is the same as in a GeoPackage (:mod:`.sql`); what differs is here: how a transaction begins, geometry, copies.
The schema is laid down in :mod:`.pg_layout`, the way to the server is :mod:`.pg_connection`, photos are in :mod:`.attachments`.
"""
from __future__ import annotations

import json
import zlib
from contextlib import contextmanager
from copy import copy
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, ContextManager, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
import shapely

from ...errors import DamagedError, RefusedError, StaleError
from ...progress import Progress
from .. import personal, tables
from ..events import Event
from ..kinds import NOTES, RULEPACK_IMPORTED
from ..stored_forms import Outlines, stored_wkb
from ..records import Township
from ..state import State
from ..tables import ALWAYS, OF_A_PATCH, STATE_TABLES, TABLE_OF, Batch, Table
from . import geopackage, layout, pg_layout
from .sql import EVENT_COLUMNS, Row, SqlEvents, SqlEvidence, SqlIssued, SqlNames, SqlState, events_of
from .interfaces import AttachmentStore, Box, Storage
from .layout import MapStyle
from .attachments import ServerAttachments
from .pg_connection import PgDatabase, joined, separated
from .transfer import GEOMETRY, copied_to_file

if TYPE_CHECKING:
    from .pg_address import DatabaseAddress

#: SQLite's index in space keeps single precision, rounded outwards by these factors; boxes here are the same to the last digit.
_TOWARDS, _AWAY = 1.0 - 1.0 / 8388608.0, 1.0 + 1.0 / 8388608.0
#: The rows of a state that are asked for together; more of them come table by table.
_FEW = 400
#: Origins one after the other by their index, with the last event of each and the last one in which it noted what others had recorded.
_HEADS = ("WITH RECURSIVE o AS ((SELECT min(origin) AS origin FROM event) UNION ALL SELECT (SELECT min(e.origin) FROM event e "
          "WHERE e.origin > o.origin) FROM o WHERE o.origin IS NOT NULL) SELECT {columns} FROM o, LATERAL (SELECT * FROM event e "
          "WHERE e.origin = o.origin{until} ORDER BY sequence DESC LIMIT 1) h WHERE o.origin IS NOT NULL ORDER BY o.origin")
#: The alias of the table in whose order a frame comes, where it is not "t".
_ORDERS = {**dict.fromkeys(("parcel", "queue", "counted", "counted_measured", "returned"), "p."),
           **dict.fromkeys(("patch", "counted_patch"), "h."),
           **dict.fromkeys(("evidence_area", "evidence_document", "evidence_summary", "proposal"), "a."), "batch": "b.", "case": "c.",
           "remedy": "r.", "photo": "f.", "evidence_layer": "l.",
           **dict.fromkeys(("issued", "finding", "quarantine", "evidence_run"), "")}
_META = "SELECT key, value FROM li_meta"
_WITHOUT_ORDER = ("verdict", "newest", "last_day")


class PostgresStorage(SqlEvents, SqlState, SqlNames, SqlIssued, SqlEvidence, Storage):
    """See :class:`Storage`. ``patience_s`` is how long a writer waits for another one; ``schema`` is where the register lies while it is
    made, under a name that no address can have; ``answer_within_s``: see :class:`PgDatabase`.

    Nothing in the schema is trusted before it was compared with what the format says (:func:`.pg_layout.strangeness`)."""

    def __init__(self, address: "DatabaseAddress", patience_s: float = 10.0, schema: Optional[str] = None,
                 answer_within_s: Optional[float] = None):
        self._address, self._patience_s, self._schema = address, patience_s, schema or address.schema
        self._sql: PgDatabase = address.database_for(self._schema, answer_within_s)
        self._brief: Optional[_Brief] = None
        self._last_uuid: Optional[str] = None
        self._has_roles = self._is_new_laid = False
        self._columns: Mapping[str, Sequence[str]] = {}
        self._hash_of: Dict[Tuple[str, int], str] = {}
        try:
            said, self._hashes, self._srid = self._looked_at()
        except BaseException:
            self._sql.close()
            raise
        self._first_meta: Optional[Dict[str, str]] = said
        self._format = said.get("schema_version")
        self._attachments = ServerAttachments(self._sql, address.cache_folder / said.get("register_id", "unknown"))

    def _looked_at(self) -> Tuple[Dict[str, str], Dict[str, Tuple[int, str]], int]:
        """What the schema says of itself, the heads, the number of its CRS: one way there and back, but for a schema that is none of
        ours. Raises InputError and DamagedError."""
        everything = (f"SELECT ({pg_layout.CATALOGUE}), (SELECT json_object_agg(key, value) FROM li_meta), "
                      f"(SELECT json_agg(json_build_array(origin, sequence, hash)) FROM ({_heads('h.origin, h.sequence, h.hash')}) q), "
                      "(SELECT srid FROM geometry_columns WHERE f_table_schema = %s AND f_table_name = 'shape')")  # nosec B608
        try:
            record, said, heads, srid = self._sql.one(everything, (self._schema, self._schema)) or (None, None, None, None)
        except DamagedError as error:
            row = self._sql.one(pg_layout.CATALOGUE, (self._schema,))
            record = row[0] if row is not None else None
            if record is not None and pg_layout.is_register(pg_layout.found_in(record)):
                may = self._sql.one("SELECT has_schema_privilege(%s, 'USAGE')", (self._schema,))
                if may is not None and may[0]:
                    raise error
                raise RefusedError("Your login has no role in the register {path}.",
                                   "Ask the administrator of the register for the role that you need (reader, reviewer, second reviewer, "
                                   "case officer, administrator).", path=self.place) from None
        if record is None or not pg_layout.is_register(pg_layout.found_in(record)):
            raise self._address.no_register()
        meta, found = {str(key): str(value) for key, value in (said or {}).items()}, pg_layout.found_in(record)
        self._columns = found.columns
        strange = pg_layout.strangeness(found, meta)
        if strange is not None:
            raise DamagedError("{path} is not as a register is made: {first} Somebody changed it by other means.",
                               "Do not work with it before you know who did that; restore the last good copy (“Restore a register”).",
                               path=self.place, first=strange)
        return meta, {origin: (int(sequence), str(known)) for origin, sequence, known in heads or []}, int(srid or 0)

    @property
    def place(self) -> str:
        """The address as people read it."""
        return str(self._address)

    @property
    def round_trips(self) -> int:
        """How many ways to the server and back this storage has cost."""
        return self._sql.trips

    @property
    def is_read_only(self) -> bool:
        """Whether the login may record nothing here."""
        row = self._sql.one("SELECT has_table_privilege('event', 'INSERT'), pg_is_in_recovery()")
        return row is None or not row[0] or bool(row[1])

    @property
    def address(self) -> "DatabaseAddress":
        return self._address

    @property
    def attachments(self) -> AttachmentStore:
        return self._attachments

    def close(self) -> None:
        self._brief = None
        self._sql.close()

    def claim(self, parcel_id: str, person: str, minutes: float) -> Optional[Tuple[str, float]]:
        taken = (f"WITH gone AS (DELETE FROM {pg_layout.CLAIMS} WHERE until < now() OR person = %s AND parcel_id <> %s), "  # nosec B608
                 f"mine AS (INSERT INTO {pg_layout.CLAIMS} AS c (parcel_id, person, origin, until) "
                 "VALUES (%s, %s, '', now() + %s * interval '1 minute') ON CONFLICT (parcel_id) DO UPDATE SET person = excluded.person, "
                 "since = CASE WHEN c.person = excluded.person THEN c.since ELSE now() END, until = excluded.until "
                 "WHERE c.person = excluded.person OR c.until < now() RETURNING person) "
                 f"SELECT person, extract(epoch FROM until - now()) / 60 FROM {pg_layout.CLAIMS} "
                 "WHERE parcel_id = %s AND person <> %s AND until >= now() AND NOT EXISTS (SELECT 1 FROM mine)")
        row = self._sql.one(taken, (person, parcel_id, parcel_id, person, minutes, parcel_id, person))
        return None if row is None else (str(row[0]), float(row[1]))

    def release(self, parcel_id: Optional[str], person: Optional[str]) -> None:
        self._sql.run(f"DELETE FROM {pg_layout.CLAIMS} WHERE (%s::text IS NULL OR parcel_id = %s) "  # nosec B608 - our own name
                      "AND (%s::text IS NULL OR person = %s)", (parcel_id, parcel_id, person, person))

    def bound_person(self) -> Optional[str]:
        if self._brief is not None:
            return self._brief.bound
        row = self._sql.one("SELECT person FROM li_login WHERE login = session_user")
        return None if row is None else row[0]

    def clock_ahead(self) -> timedelta:
        return timedelta(0) if self._brief is None else self._brief.ahead

    def has_roles(self) -> bool:
        if not self._has_roles:  # once there they stay
            named = list(pg_layout.role_names(self._schema).values())
            have = self._sql.one("SELECT count(*) FROM pg_roles WHERE rolname IN (%s, %s, %s, %s, %s)", named)
            self._has_roles = have is not None and have[0] == len(named)
        return self._has_roles

    # --- transactions -------------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, patches: Optional[Iterable[str]] = None, rows: Iterable[str] = ()) -> Iterator[None]:
        if self._brief is not None:
            yield from self._part()
            return
        wanted = None if patches is None else (tuple(patches), tuple(rows))
        if wanted is not None and not 0 < len(wanted[0]) + len(wanted[1]) <= _FEW:
            wanted = None
        state = [] if wanted is None else [_of_some(table, self._sql, *wanted) for table in STATE_TABLES]
        sql, values = joined([(_briefing(), ()), *state])
        lock = (f"SET LOCAL lock_timeout = {max(1, int(1000 * self._patience_s))}; "  # nosec B608 - numbers and our own names
                f"SELECT pg_advisory_xact_lock({_LOCK}, {zlib.crc32(self._schema.encode('utf-8')) - (1 << 31)}); ")
        answers = separated(self._sql.begin(lock + sql, values), 1 + len(state))
        self._brief, self._last_uuid = _Brief(answers[0][0]), None
        if self._brief.meta.get("schema_version") != self._format:
            self._brief = None
            self._sql.rollback()
            raise StaleError("{path} was upgraded to another format meanwhile. Nothing was recorded.",
                             "Open it again; where that is refused, install the version of the plugin that it names.", path=self.place)
        self._hash_of.update({(origin, event.sequence): event.hash for origin, event in self._brief.last.items()})
        if wanted is not None:
            self._brief.state = (wanted, answers[1:])
        try:
            yield
        except BaseException:
            self._brief = None
            self._sql.rollback()
            raise
        self._brief = None
        kept = ("SELECT 1 FROM event WHERE uuid = %s", (self._last_uuid,)) if self._last_uuid else None
        try:
            self._sql.commit(kept)
        except BaseException:
            self._sql.rollback()
            raise

    def _part(self) -> Iterator[None]:
        """Writing inside writing: what is taken back, the transaction knows no more."""
        known, last, hashes = self._brief.copied(), self._last_uuid, dict(self._hash_of)  # type: ignore[union-attr]
        try:
            with self._sql.part():
                yield
        except BaseException:
            self._brief, self._last_uuid, self._hash_of = known, last, hashes
            raise

    def stoppable(self, progress: Progress) -> ContextManager[None]:
        return self._sql.stoppable(progress)

    # --- what a transaction knows from its beginning: nobody else can change it meanwhile -------------------------------------

    def meta(self) -> Dict[str, str]:
        if self._brief is not None:
            return dict(self._brief.meta)
        if self._first_meta is not None:  # read a moment ago, when it was opened
            said, self._first_meta = self._first_meta, None
            return said
        return {str(key): str(value) for key, value in self._sql.rows(_META)}

    def set_meta(self, values: Mapping[str, str]) -> None:
        self._sql.many(self._sql.upsert("li_meta", ("key", "value"), ("key",)), list(values.items()))
        if self._brief is not None:
            self._brief.meta.update(values)
            self._format = self._brief.meta.get("schema_version")

    def people(self) -> Dict[str, Tuple[str, str]]:
        return super().people() if self._brief is None or self._brief.people is None else dict(self._brief.people)

    def add_person(self, person_id: str, name: str, salt: str) -> None:
        super().add_person(person_id, name, salt)
        if self._brief is not None and self._brief.people is not None:
            self._brief.people[person_id] = (name, salt)

    def _newest_number(self) -> int:
        return super()._newest_number() if self._brief is None else self._brief.newest

    def append(self, events: Sequence[Event]) -> None:
        super().append(events)
        if events:
            self._last_uuid = events[-1].uuid
        if self._brief is not None:
            self._brief.note(events)

    def heads(self, first: Optional[int] = None) -> Dict[str, Tuple[int, str]]:
        if first is None and self._brief is not None:
            return {origin: (event.sequence, event.hash) for origin, event in self._brief.last.items()}
        until, values = ("", ()) if first is None else (" AND e.number <= %s", (first,))
        rows = self._sql.rows(_heads("h.origin, h.sequence, h.hash", until), values)
        return {str(origin): (int(sequence), str(known)) for origin, sequence, known in rows}

    def latest(self, origin: Optional[str] = None, kinds: Iterable[str] = ()) -> Optional[Event]:
        wanted = frozenset(kinds)
        if self._brief is not None and not wanted:
            return self._brief.last.get(origin) if origin is not None else self._brief.latest
        if self._brief is not None and origin is not None and wanted == frozenset(NOTES):
            return self._brief.notes.get(origin)
        return super().latest(origin, sorted(wanted))

    def hash_at(self, origin: str, sequence: int) -> Optional[str]:
        return self.hashes_at([(origin, sequence)])[origin, sequence]

    def hashes_at(self, places: Iterable[Tuple[str, int]]) -> Dict[Tuple[str, int], Optional[str]]:
        wanted = list(places)
        unknown = [place for place in wanted if place not in self._hash_of]
        for start in range(0, len(unknown), 1000):
            part = unknown[start:start + 1000]
            marks = ", ".join(["(%s, %s)"] * len(part))
            rows = self._sql.rows(f"SELECT origin, sequence, hash FROM event WHERE (origin, sequence) IN ({marks})",  # nosec B608
                                  [value for place in part for value in place])
            self._hash_of.update({(str(origin), int(sequence)): str(known) for origin, sequence, known in rows})
        return {place: self._hash_of.get(place) for place in wanted}

    def looking(self) -> ContextManager[None]:
        batches = f"SELECT {', '.join(TABLE_OF[Batch].columns)} FROM {TABLE_OF[Batch].name}"  # nosec B608 - our own names
        packs = f"SELECT {self._event_columns} FROM event WHERE kind = {self._sql.MARK}"  # nosec B608 - our own names
        return self._sql.remembering([(batches, ()), (packs, (RULEPACK_IMPORTED,)), (_META, ())])

    def has_hash(self, event_hash: str) -> bool:
        return any(known == event_hash for _sequence, known in self._hashes.values()) or super().has_hash(event_hash)

    # --- events and state -----------------------------------------------------------------------------------------------------

    def lost_subjects(self) -> int:
        lacking = ("SELECT count(DISTINCT e.number) FROM event e, json_array_elements_text(e.subjects::json) j(value) WHERE "
                   "e.subjects LIKE '[%' AND NOT EXISTS (SELECT 1 FROM event_subject s WHERE s.subject = j.value AND s.number = e.number)")
        named = ("SELECT count(*) FROM (SELECT DISTINCT e.number, j.value FROM event e, "
                 "json_array_elements_text(e.subjects::json) j(value) WHERE e.subjects LIKE '[%') q")
        row = self._sql.one(f"SELECT ({lacking}), ({named}), (SELECT count(*) FROM event_subject)")  # nosec B608
        lost, said, held = row or (0, 0, 0)
        return int(lost) or max(int(held) - int(said), 0)

    def load_state(self, *, patches: Optional[Iterable[str]] = None, batches: Optional[Iterable[str]] = None,
                   rows: Iterable[str] = ()) -> State:
        keys = None if patches is None else list(patches)
        own = list(rows)
        if keys is None or not 0 < len(keys) + len(own) <= _FEW:
            return super().load_state(patches=keys, batches=batches, rows=own)
        told = None if self._brief is None else self._brief.state
        if told is not None and told[0] == (tuple(keys), tuple(own)) and not self._sql.has_written:
            answers = told[1]
        else:
            answers = self._sql.together([_of_some(table, self._sql, keys, own) for table in STATE_TABLES])
        state = State()
        for table, found in zip(STATE_TABLES, answers):
            fractions = [at for at, one in enumerate(table.fields) if one.kind == tables.REAL]
            for row in found:
                for at in fractions:
                    row[at] = None if row[at] is None else float(row[at])
            state.take_all(table, sorted((table.record(*row) for row in found), key=lambda record: record.made))  # type: ignore[misc]
        return state

    def find_parcels(self, batch_id: str, column: str, labels: Iterable[str]) -> Dict[str, List[Tuple[str, str, str]]]:
        label, found = {"DKBH": "p.DKBH", "JCBH": "h.JCBH"}[column], {}  # type: ignore[var-annotated]
        of = {"DKBH": "p.batch_id", "JCBH": "h.batch_id"}[column]
        for part in self._sql.chunks(labels):
            rows = self._sql.rows(f"SELECT {label} AS label, p.id, p.patch_id, p.DKBH FROM parcel p JOIN patch h "  # nosec B608
                                  f"ON h.id = p.patch_id WHERE {of} = %s AND {label} IN ({self._sql.marks(part)}) "
                                  "AND p.retired = 0 AND p.gone = 0 ORDER BY p._row", [batch_id, *part])
            for name, parcel, patch, number in rows:
                found.setdefault(name, []).append((parcel, patch, number))
        return found

    def complete(self) -> None:
        have = self._found().columns
        for statement in pg_layout.complete_statements(have):
            self._sql.run(statement)
        self._is_new_laid = any(table.name not in have for table in tables.LASTING_TABLES)

    def renew(self, state: State) -> None:
        if self._is_new_laid or not pg_layout.has_todays_tables(self._found()):
            for statement in [*pg_layout.renew_statements(), *self._grants()]:
                self._sql.run(statement)
            self._is_new_laid, self._columns = False, self._found().columns
        else:
            for table in tables.DERIVED_TABLES:
                self._sql.run(f"DELETE FROM {table.name}")  # nosec B608 - our own name
        self.save(state, state.changed_from(State()))

    def _found(self) -> pg_layout.Found:
        row = self._sql.one(pg_layout.CATALOGUE, (self._schema,))
        return pg_layout.found_in(row[0] if row else {})

    def _grants(self) -> List[str]:
        """Tables that are laid down anew must be granted anew, where the register has roles."""
        return pg_layout.grant_statements(self._schema) if self.has_roles() else []

    # --- issued rows, shapes, places --------------------------------------------------------------------------------------------

    def add_issue(self, rows: Sequence[Mapping[str, Any]], outlines: Outlines, progress: Progress) -> None:
        columns = list(rows[0])
        self._sql.many(self._sql.insert("issued", columns) + " ON CONFLICT (issued_id) DO NOTHING",
                       ([row[c] for c in columns] for row in progress.watch(rows, 0.0, 0.5)))
        self._put_shapes(layout.SHAPE, ("shape_id",), progress.part(0.5, 1.0).watch(
            [(wkb, row["issued_id"]) for row, wkb in zip(rows, outlines.wkbs)]))

    def add_shapes(self, shapes: Sequence[Tuple[str, bytes]], progress: Optional[Progress] = None) -> None:
        outlines = stored_wkb([wkb for _key, wkb in shapes])
        self._put_shapes(layout.SHAPE, ("shape_id",), (progress or Progress()).watch(
            [(wkb, key) for (key, _wkb), wkb in zip(shapes, outlines)]))

    def _put_shapes(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        named = ", ".join(f'"{column}"' for column in columns)
        conflict = "" if table == layout.TOWNSHIP else " ON CONFLICT DO NOTHING"
        one_row = f"(ST_GeomFromWKB(%s, {self._srid}), {self._sql.marks(columns)})"
        self._sql.many_as(f"INSERT INTO {table} (geom, {named}) VALUES ", one_row, rows, conflict)  # nosec B608 - our own names

    def add_places(self, places: Mapping[str, Tuple[float, float]]) -> None:
        self._put_shapes(layout.PHOTO_PLACE, ("photo_id",), [(shapely.to_wkb(shapely.Point(x, y)), key) for key, (x, y) in places.items()])

    def places(self) -> Dict[str, Tuple[float, float]]:
        rows = self._sql.rows(f"SELECT photo_id, ST_X(geom), ST_Y(geom) FROM {layout.PHOTO_PLACE} ORDER BY fid")  # nosec B608
        return {str(key): (x, y) for key, x, y in rows}

    def shapes(self, ids: Iterable[str]) -> Dict[str, bytes]:
        return {key: wkb for part in self._sql.chunks(ids) for key, wkb in self._sql.rows(
            f"SELECT shape_id, ST_AsBinary(geom, 'NDR') FROM shape WHERE shape_id IN ({self._sql.marks(part)})", part)}  # nosec B608

    def boxes(self) -> pd.DataFrame:
        rows = list(self._sql.rows("SELECT shape_id, ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom) FROM shape "
                                   "WHERE NOT ST_IsEmpty(geom) ORDER BY fid"))
        frame = pd.DataFrame(rows, columns=["shape_id", "xmin", "ymin", "xmax", "ymax"])
        for name in ("xmin", "ymin", "xmax", "ymax"):
            frame[name] = _single(frame[name].to_numpy(dtype=float), name.endswith("max"))
        return frame

    def parcels_in(self, box: Box) -> List[str]:
        rows = self._sql.rows("SELECT p.id FROM shape s JOIN parcel p ON p.shape_id = s.shape_id WHERE s.geom && "
                              f"ST_MakeEnvelope(%s, %s, %s, %s, {self._srid}) "  # nosec B608
                              "AND p.retired = 0 AND p.gone = 0 ORDER BY p._row", box)
        return [row[0] for row in rows]

    def add_townships(self, townships: Sequence[Township]) -> None:
        outlines = stored_wkb([t.wkb for t in townships])
        self._put_shapes(layout.TOWNSHIP, ("XZDM", "XZMC", "ZSDM"),
                         [(wkb, t.code, t.name, t.station) for wkb, t in zip(outlines, townships)])

    def townships(self) -> List[Township]:
        rows = self._sql.rows("SELECT XZDM, XZMC, ZSDM, ST_AsBinary(geom, 'NDR') FROM township ORDER BY XZDM")
        return [Township(code, name, station or "", wkb) for code, name, station, wkb in rows]

    # --- people -------------------------------------------------------------------------------------------------------------------

    def has_table(self, name: str) -> bool:
        return name in self._columns  # those of names are emptied, never taken out; an older format lacks others

    def _make_sure_of(self, table: str) -> None:
        """Both are there from the beginning."""

    def remove_names(self) -> None:
        for table in (personal.PERSON, personal.PARTY):
            self._sql.run(f"DELETE FROM {table}")  # nosec B608 - our own name
        if self._brief is not None:
            self._brief.people = {}

    def leave_no_trace(self) -> None:
        may = self._sql.one("SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = 'person'::regclass")
        if may is None or not may[0]:
            raise RefusedError("The names are taken out, but the pages of the server that held them can only be written over by the owner "
                               "of the register.", "Ask the administrator to run VACUUM FULL on the tables person and party.")
        self._sql.run("VACUUM (FULL) person")
        self._sql.run("VACUUM (FULL) party")

    # --- the whole ------------------------------------------------------------------------------------------------------------------

    def counts(self) -> Dict[str, int]:
        known = [table.name for table in (*tables.LASTING_TABLES, pg_layout.PARTY, *tables.DERIVED_TABLES)] + list(pg_layout.GEOMETRIES)
        names = [name for name in known if self.has_table(name)]
        row = self._sql.one("SELECT " + ", ".join(f"(SELECT count(*) FROM {name})" for name in names))  # nosec B608 - our own names
        return {name: int(count) for name, count in zip(names, row or ())}

    def version(self) -> str:
        row = self._sql.one("SELECT (SELECT max(number) FROM event), (SELECT count(*) FROM evidence_run), "
                            "(SELECT max(proposed_at) FROM proposal)")
        return "/".join(str(value) for value in row or ())

    def save_styles(self, styles: Sequence[MapStyle]) -> None:
        for style in styles:
            self._sql.run("DELETE FROM layer_styles WHERE f_table_name = %s AND stylename = %s", (style.table, style.name))
        named = ", ".join(pg_layout.STYLE_COLUMNS)
        self._sql.many_as(f"INSERT INTO layer_styles ({named}) VALUES ", "(current_database(), %s, %s, %s, %s, %s, %s, %s)",  # nosec B608
                          [(self._address.schema, style.table, style.geometry_column, style.name, style.qml,
                            "true" if style.is_default else "false", style.description) for style in styles])

    def map_styles(self) -> List[MapStyle]:
        rows = self._sql.rows("SELECT f_table_name, stylename, styleqml::text, useasdefault, description, f_geometry_column "
                              "FROM layer_styles ORDER BY id")
        return [MapStyle(table, name, qml or "", bool(is_default), said or "", column)
                for table, name, qml, is_default, said, column in rows]

    def styles(self) -> Dict[Tuple[str, str], str]:
        rows = self._sql.rows("SELECT f_table_name, stylename, styleqml::text FROM layer_styles ORDER BY id")
        return {(str(table), str(name)): str(qml or "") for table, name, qml in rows}

    def frame(self, table: str, *, batch_id: Optional[str] = None, ids: Optional[Iterable[str]] = None) -> pd.DataFrame:
        order = "" if table in _WITHOUT_ORDER else " ORDER BY number" if table == "event" else f" ORDER BY {_ORDERS.get(table, 't.')}_row"
        frame = geopackage.read(self._sql, table, batch_id, ids, self.parties, order)
        return frame.drop(columns=[name for name in ("_row",) if name in frame])

    def copied(self, target: Path, progress: Progress) -> ContextManager["Storage"]:
        return copied_to_file(self, target, progress)

    def check(self) -> List[str]:
        row = self._sql.one("SELECT (SELECT count(*) FROM parcel p WHERE NOT EXISTS (SELECT 1 FROM shape s "
                            "WHERE s.shape_id = p.shape_id)), "
                            "(SELECT count(*) FROM attachment a WHERE size <> (SELECT COALESCE(sum(length(content)), 0) FROM "
                            "attachment_part p WHERE p.name = a.name))")
        lost, broken = row or (0, 0)
        return ([f"{lost} parcels have no shape"] if lost else []) + ([f"{broken} attachments are not whole"] if broken else [])

    # --- for copies -------------------------------------------------------------------------------------------------------------------

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        self._sql.begin("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SELECT 1")
        try:
            yield
        finally:
            self._sql.rollback()

    @contextmanager
    def stored_rows(self, table: str, columns: Sequence[str]) -> Iterator[Iterator[Row]]:
        have = self._columns[table]  # an older format lacks some
        named = ", ".join("ST_AsBinary(geom, 'NDR')" if column == GEOMETRY else f'"{column}"' if column in have else "NULL"
                          for column in columns)
        order = "fid" if table in pg_layout.GEOMETRIES else pg_layout.order_of(table)
        with self._sql.streamed(f"SELECT {named} FROM {table}" + (f" ORDER BY {order}" if order else "")) as rows:  # nosec B608
            yield rows

    def take_in(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        if columns[0] == GEOMETRY:
            self._put_shapes(table, columns[1:], rows)
        else:
            self._sql.many(self._sql.insert(table, columns), rows)

    def taken_in(self) -> None:
        self._sql.rows("SELECT setval(pg_get_serial_sequence('finding', 'number'), GREATEST((SELECT max(number) FROM finding), 1))")
        self._sql.run("ANALYZE")


#: First half of the key of the lock that a writer holds; the second half is the schema's.
_LOCK = 0x4C49


class _Brief:
    """What a transaction is told at its beginning; kept up to date with what it writes itself."""

    def __init__(self, row: Row):
        newest, meta, names, last, notes, bound, moment = row
        self.bound: Optional[str] = bound
        self.ahead = datetime.fromtimestamp(moment / 1e6, timezone.utc) - datetime.now(timezone.utc)
        self.state: Optional[Tuple[Any, List[List[List[Any]]]]] = None
        self.newest = int(newest or 0)
        self.meta: Dict[str, str] = {str(key): str(value) for key, value in meta or []}
        self.people: Optional[Dict[str, Tuple[str, str]]] = (
            None if names is None else {str(key): (str(name), str(salt)) for key, name, salt in json.loads(names)})
        events = events_of([tuple(one) for one in last or []])
        self.last = {event.origin: event for event in events}
        self.notes = {event.origin: event for event in events_of([tuple(one) for one in notes or []])}
        self.latest: Optional[Event] = max(events, key=lambda event: event.order) if events else None

    def copied(self) -> "_Brief":
        """As it is now, whatever is recorded afterwards."""
        made = copy(self)
        made.meta, made.last, made.notes = dict(self.meta), dict(self.last), dict(self.notes)
        made.people = None if self.people is None else dict(self.people)
        return made

    def note(self, events: Sequence[Event]) -> None:
        """These were recorded now."""
        self.newest += len(events)
        for event in events:
            self.last[event.origin] = event
            if event.kind in NOTES:
                self.notes[event.origin] = event
            if self.latest is None or event.order > self.latest.order:
                self.latest = event


def _heads(columns: str, until: str = "") -> str:
    return _HEADS.format(columns=columns, until=until)


def _briefing() -> str:
    """One SELECT with one row: the newest number, the description, the people as far as the login may read them, the last event of each
    origin and its last note, as whom the login may act, the server's clock (microseconds since 1970)."""
    columns = ", ".join(f"h.{name.strip()}" for name in EVENT_COLUMNS.split(","))
    noted = ", ".join(f"'{kind}'" for kind in sorted(NOTES))
    return (f"SELECT (SELECT max(number) FROM event) AS newest, "  # nosec B608 - our own names
            "(SELECT json_agg(json_build_array(key, value)) FROM li_meta) AS meta, "
            "CASE WHEN has_table_privilege('person', 'SELECT') THEN "
            "(SELECT COALESCE(json_agg(json_build_array(id, name, salt)), '[]')::text "
            f"FROM person) END AS people, (SELECT json_agg(json_build_array({columns})) FROM ({_heads('h.*')}) h) AS last, "
            f"(SELECT json_agg(json_build_array({columns})) FROM ({_heads('h.*', f' AND e.kind IN ({noted})')}) h) AS notes, "
            "(SELECT person FROM li_login WHERE login = session_user) AS bound, "
            "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS moment")


def _of_some(table: Table, sql: PgDatabase, patches: Sequence[str], own: Sequence[str]) -> Tuple[str, List[str]]:
    """The SELECT of a table's rows for some patches, and for rows of their own."""
    select = f"SELECT {', '.join(table.columns)} FROM {table.name}"  # nosec B608 - our own names
    if table.scope == ALWAYS:
        return select, []
    nothing = "NULL"
    marks = sql.marks(patches) or nothing
    if table.scope == OF_A_PATCH:
        return f"{select} WHERE {table.home} IN ({marks})", list(patches)
    return (f"{select} WHERE id IN (SELECT row_id FROM {table.link} WHERE patch_id IN ({marks})) "  # nosec B608 - our own names
            f"OR id IN ({sql.marks(own) or nothing})"), [*patches, *own]


def _single(values: np.ndarray, outwards_up: bool) -> np.ndarray:
    """Single precision, rounded outwards as SQLite's R-tree rounds."""
    single = values.astype(np.float32).astype(float)
    factor = np.where(values < 0, _TOWARDS, _AWAY) if outwards_up else np.where(values < 0, _AWAY, _TOWARDS)
    widened = (values * factor).astype(np.float32).astype(float)
    return np.where(single < values if outwards_up else single > values, widened, single)
