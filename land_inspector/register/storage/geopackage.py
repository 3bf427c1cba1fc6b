"""A register in a GeoPackage: one writer at a time, each action one durable transaction (see layout.py for the file)."""
from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import starmap
from operator import attrgetter
from pathlib import Path
from typing import Any, ContextManager, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

import pandas as pd
import shapely

from ...errors import BusyError, InputError, LandInspectorError
from ...progress import Progress
from ..events import ORDER, Event, canonical, collecting_paused
from ..outlines import stored_outlines
from ..records import Finding, Quarantined, Township
from ..state import IssuedRow, Place, State
from ..tables import ALWAYS, BEFORE, OF_A_PATCH, STATE_TABLES, TABLE_OF, Parcel, Table
from . import format_check, frames, layout, people
from .address import FileAddress
from .attachment_folder import FolderAttachments
from .base import Box, Storage
from .event_rows import EVENT_COLUMNS, events_of
from .frames import chunks, marks
from .interfaces import AttachmentStore
from .map_styles import MapStyle, store_styles, stored_styles
from .sqlite_file import OPENING_S, UNREADABLE, RegisterFile, connect, newest_number, not_opened, tells_errors
from .whole_file import copy_of, damages, written_beside


def attachments_beside(path: Path) -> FolderAttachments:
    """The store of the register file at ``path``: one folder, and those in which earlier versions kept photos and papers apart."""
    earlier = [path.with_name(f"{path.stem}.photos"), path.with_suffix(".papers")]
    return FolderAttachments(path.with_name(f"{path.stem}.attachments"), earlier)


def _insert(table: str, columns: Sequence[str]) -> str:
    quoted = ", ".join(f'"{c}"' for c in columns)
    return f"INSERT OR REPLACE INTO {table} ({quoted}) VALUES ({marks(columns)})"  # nosec B608 - names come from tables.py


def _upsert(table: Table) -> str:
    """Like :func:`_insert`, but a row that is there stays where it is."""
    changed = ", ".join(f'"{c}" = excluded."{c}"' for c in table.columns if c != "id")
    return _insert(table.name, table.columns).replace("INSERT OR REPLACE", "INSERT") + f" ON CONFLICT (id) DO UPDATE SET {changed}"


@tells_errors
class GeoPackageStorage(Storage):
    """See :class:`Storage`. ``patience_s`` is how long a writer waits for another one before it gives up; ``as_is`` leaves the file's
    journal as it is found, for a copy that is only looked at.

    Nothing in the file is trusted before it was compared with what the format says (:mod:`.format_check`)."""

    def __init__(self, path: Path, patience_s: float = 10.0, as_is: bool = False, attachments: Optional[AttachmentStore] = None):
        self.path = Path(path)
        self._attachments = attachments or attachments_beside(self.path)
        if not self.path.is_file():
            raise InputError("There is no register at {path}.", "Check the path, or create a register first.", path=str(path))
        try:
            self._file = RegisterFile(self.path, patience_s, as_is)
        except UNREADABLE as error:
            raise not_opened(error, self.path) from error
        self._db = self._file.db
        try:
            with self._file.in_time(OPENING_S):
                format_check.refuse_strange(self._db, self.path)
                self._srs, self._file.newest = layout.srs(self._db), newest_number(self._db)
            self._file.keep_log_beside()
        except UNREADABLE as error:
            self.close()
            raise not_opened(error, self.path) from error
        except LandInspectorError:
            self.close()
            raise

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be recorded: the file or its folder may only be read."""
        return self._file.is_read_only

    @classmethod
    @contextmanager
    def being_made(cls, path: Path, crs: str, meta: Mapping[str, str]) -> Iterator["GeoPackageStorage"]:
        """See :meth:`.address.RegisterAddress.being_made`: written beside its place, and put there when it is whole."""
        if path.exists():
            raise InputError("{path} exists already.", "Choose another name; a register is never overwritten.", path=str(path))
        with written_beside(path) as part:
            layout.create_file(part, crs)
            connection = connect(part, 10.0)
            layout.create_tables(connection)
            connection.executemany("INSERT INTO li_meta VALUES (?, ?)", list(meta.items()))
            connection.close()
            storage = cls(part, as_is=True)
            try:
                yield storage
            finally:
                storage.close()

    @property
    def address(self) -> FileAddress:
        return FileAddress(self.path.absolute())

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        self._file.begin()
        try:
            yield
        except BaseException:
            self._file.rollback()
            raise
        self._file.commit()

    def stoppable(self, progress: Progress) -> ContextManager[None]:
        return self._file.stoppable(progress)

    # --- meta ---------------------------------------------------------------------------------------------------------

    def meta(self) -> Dict[str, str]:
        return {row["key"]: row["value"] for row in self._db.execute("SELECT key, value FROM li_meta")}

    def set_meta(self, values: Mapping[str, str]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO li_meta VALUES (?, ?)", list(values.items()))

    # --- events -------------------------------------------------------------------------------------------------------

    def append(self, events: Sequence[Event]) -> None:
        number = self._db.execute("SELECT COALESCE(max(number), 0) FROM event").fetchone()[0]
        rows, subjects = [], []
        for number, e in enumerate(events, number + 1):
            rows.append((number, e.uuid, e.kind, e.version, canonical(list(e.subjects)), e.actor, e.origin, e.sequence, e.previous,
                         canonical(dict(e.seen)), e.group, e.recorded_at, e.effective_on, canonical(dict(e.payload)), e.hash,
                         e.received_at))
            subjects.extend((subject, number) for subject in dict.fromkeys(e.subjects))
        self._db.executemany(f"INSERT INTO event (number, {EVENT_COLUMNS}) VALUES ({marks(range(16))})", rows)  # nosec B608
        self._db.executemany("INSERT INTO event_subject VALUES (?, ?)", subjects)

    def events(self, *, subjects: Optional[Iterable[str]] = None, groups: Optional[Iterable[str]] = None,
               kind: Optional[str] = None, keep_damaged: bool = False) -> List[Event]:
        select = f"SELECT {EVENT_COLUMNS} FROM event"  # nosec B608
        asked: List[Tuple[str, List[str]]] = [(select, [])] if subjects is None and groups is None else []
        # the plus keeps SQLite on the subjects: they are few, and of one kind there may be many
        of_kind, kinds = (" AND +kind = ?", [kind]) if kind else ("", [])
        asked += [(f"{select} WHERE number IN (SELECT number FROM event_subject WHERE subject IN ({marks(part)})){of_kind}",  # nosec B608
                   [*part, *kinds]) for part in chunks(subjects or ())]
        asked += [(f"{select} WHERE group_id IN ({marks(part)})", part) for part in chunks(groups or ())]
        cursor = self._db.cursor()
        cursor.row_factory = None
        with self._any_bytes(keep_damaged), collecting_paused():
            found = [cursor.execute(sql, values).fetchall() for sql, values in asked]
            rows = found[0] if len(found) == 1 else {row[0]: row for part in found for row in part}.values()
            return sorted(events_of(rows, keep_damaged), key=ORDER)

    def events_of_kind(self, kind: str) -> List[Event]:
        rows = self._db.execute(f"SELECT {EVENT_COLUMNS} FROM event WHERE kind = ?", (kind,))  # nosec B608
        return sorted(events_of(rows), key=ORDER)

    @contextmanager
    def _any_bytes(self, wanted: bool) -> Iterator[None]:
        """Read text that is no longer UTF-8 as well: verification must see a damaged row, not stumble over it."""
        usual = self._db.text_factory
        if wanted:
            self._db.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            yield
        finally:
            self._db.text_factory = usual

    def latest(self, origin: Optional[str] = None, kinds: Iterable[str] = ()) -> Optional[Event]:
        wanted, values = list(kinds), list(kinds)
        asked = [f"+kind IN ({marks(wanted)})"] if wanted else []  # the plus keeps SQLite on the order
        order = "recorded_at DESC, origin DESC, sequence DESC"
        if origin is not None:
            asked, values, order = [*asked, "origin = ?"], [*values, origin], "sequence DESC"
        where = f"WHERE {' AND '.join(asked)}" if asked else ""
        row = self._db.execute(f"SELECT {EVENT_COLUMNS} FROM event {where} ORDER BY {order} LIMIT 1", values).fetchone()  # nosec B608
        return events_of([row])[0] if row else None

    def heads(self, first: Optional[int] = None) -> Dict[str, Tuple[int, str]]:
        found: Dict[str, Tuple[int, str]] = {}
        tail, values = ("", []) if first is None else ("AND number <= ? ", [first])
        sql = f"SELECT sequence, hash FROM event WHERE origin = ? {tail}ORDER BY sequence DESC LIMIT 1"  # nosec B608
        origin = self._db.execute("SELECT min(origin) FROM event").fetchone()[0]
        while origin is not None:  # from origin to origin by the index: a GROUP BY would look at every event
            head = self._db.execute(sql, (origin, *values)).fetchone()
            if head is not None:
                found[origin] = (int(head[0]), str(head[1]))
            origin = self._db.execute("SELECT min(origin) FROM event WHERE origin > ?", (origin,)).fetchone()[0]
        return found

    def hash_at(self, origin: str, sequence: int) -> Optional[str]:
        row = self._db.execute("SELECT hash FROM event WHERE origin = ? AND sequence = ?", (origin, sequence)).fetchone()
        return None if row is None else str(row[0])

    def counts(self) -> Dict[str, int]:
        names = [row[0] for row in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'rtree_%'")]
        return {name: self._db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # nosec B608

    def has_hash(self, event_hash: str) -> bool:
        return self._db.execute("SELECT 1 FROM event WHERE hash = ?", (event_hash,)).fetchone() is not None

    def version(self) -> str:
        self._file.check_place()
        row = self._db.execute("SELECT (SELECT max(number) FROM event), (SELECT count(*) FROM evidence_run), "
                               "(SELECT max(proposed_at) FROM proposal)").fetchone()
        return "/".join(str(value) for value in row)

    def last_group(self, actor: Optional[str]) -> List[str]:
        where, values = ("", ()) if actor is None else ("WHERE actor = ?", (actor,))
        rows = self._db.execute(
            f"SELECT group_id, max(recorded_at) AS at FROM event {where} GROUP BY group_id ORDER BY at DESC", values)  # nosec B608
        return [row["group_id"] for row in rows]

    # --- state --------------------------------------------------------------------------------------------------------

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
        return sorted({row[0] for part in chunks(patches) for row in self._db.execute(
            f"SELECT row_id FROM {table.link} WHERE patch_id IN ({marks(part)})", part)})  # nosec B608

    def _records(self, table: Table, column: str, keys: Optional[List[str]]) -> List[Any]:
        """Rows as records, in the order in which they came; filled by place: by name, a county's parcels take three times as long."""
        select = f"SELECT {', '.join(table.columns)} FROM {table.name}"  # nosec B608 - our own field names
        cursor = self._db.cursor()
        cursor.row_factory = None
        if keys is None:
            with collecting_paused():
                found = list(starmap(table.record, cursor.execute(select)))
        else:
            found = [row for part in chunks(keys) for row in starmap(table.record, cursor.execute(
                f"{select} WHERE {column} IN ({marks(part)})", part))]  # nosec B608
        return sorted(found, key=attrgetter("made"))

    def save(self, state: State, touched: Set[Place]) -> None:
        for table in STATE_TABLES:
            records, ids = state.rows(table.many), sorted(key for many, key in touched if many == table.many)
            self._db.executemany(_upsert(table), map(attrgetter(*table.columns), sorted((records[key] for key in ids),
                                                                                        key=attrgetter("made"))))
            if table.link:
                self._unlink(table, ids)
                links = [(key, patch) for key in ids for patch in json.loads(records[key].patches)]
                self._db.executemany(f"INSERT INTO {table.link} (row_id, patch_id) VALUES (?, ?)", links)  # nosec B608

    def _unlink(self, table: Table, ids: Sequence[str]) -> None:
        self._db.executemany(f"DELETE FROM {table.link} WHERE row_id = ?", [(key,) for key in ids])  # nosec B608

    def keep_before(self, group: str, parcels: Iterable[str]) -> None:
        columns = ", ".join(f'"{name}"' for name in TABLE_OF[Parcel].columns)
        self._db.execute(f"DELETE FROM {BEFORE.name}")  # nosec B608
        self._db.executemany(f"INSERT INTO {BEFORE.name} (group_id, {columns}) SELECT ?, {columns} FROM parcel WHERE id = ?",  # nosec B608
                             ((group, key) for key in parcels))

    def can_restore(self, group: str) -> bool:
        kept, batches = self._db.execute(f"SELECT count(*), count(DISTINCT batch_id) FROM {BEFORE.name} WHERE group_id = ?",  # nosec B608
                                         (group,)).fetchone()
        count, last = self._db.execute("SELECT count(*), max(number) FROM event WHERE group_id = ?", (group,)).fetchone()
        if not kept or kept != count:
            return False
        later = " UNION ALL ".join(
            f"SELECT 1 FROM (SELECT DISTINCT {column} AS subject FROM {BEFORE.name}) b "  # nosec B608
            "JOIN event_subject s ON s.subject = b.subject AND s.number > :last" for column in ("id", "patch_id", "batch_id"))
        return self._db.execute(f"SELECT EXISTS ({later})", {"last": last}).fetchone()[0] == 0  # nosec B608

    def touched_by(self, group: str) -> Tuple[str, List[str], Dict[str, str], List[str]]:
        rows = self._db.execute("SELECT subjects FROM event WHERE group_id = ? ORDER BY number", (group,))
        subjects = dict.fromkeys(subject for row in rows for subject in json.loads(row[0]))
        last = {row[0]: row[1] for table, column in (("parcel", "id"), ("patch", "patch_id")) for row in self._db.execute(
            f"SELECT id, last_event FROM {table} WHERE id IN (SELECT {column} FROM {BEFORE.name})")}  # nosec B608
        batches = self._db.execute(f"SELECT DISTINCT batch_id FROM {BEFORE.name}")  # nosec B608
        author = self._db.execute("SELECT actor FROM event WHERE group_id = ? LIMIT 1", (group,)).fetchone()[0]
        return author, list(subjects), {key: last[key] for key in subjects if last.get(key)}, [row[0] for row in batches]

    def restore(self, group: str) -> None:
        table = TABLE_OF[Parcel]
        columns = ", ".join(f'"{name}"' for name in table.columns)
        changed = ", ".join(f'"{name}" = excluded."{name}"' for name in table.columns if name != "id")
        self._db.execute(f"INSERT INTO parcel ({columns}) SELECT {columns} FROM {BEFORE.name} WHERE group_id = ? "  # nosec B608
                         f"ON CONFLICT (id) DO UPDATE SET {changed}", (group,))
        self._db.execute(f"DELETE FROM {BEFORE.name}")  # nosec B608

    def replace(self, before: State, after: State) -> None:
        lost = before.lacking_in(after)
        for table in STATE_TABLES:
            ids = [key for many, key in lost if many == table.many and table.scope != ALWAYS]
            self._db.executemany(f"DELETE FROM {table.name} WHERE id = ?", [(key,) for key in ids])  # nosec B608
            if table.link:
                self._unlink(table, ids)
        self.save(after, after.changed_from(before))

    def complete(self) -> None:
        layout.complete(self._db)

    def renew(self, state: State) -> None:
        layout.renew_derived(self._db)
        self.save(state, state.changed_from(State()))

    def remove_batches(self, ids: Iterable[str]) -> None:
        """Batches whose import was undone leave the state tables; their rows stay in ``issued``."""
        self._db.executemany("DELETE FROM batch WHERE id = ?", [(key,) for key in ids])

    def find_parcels(self, batch_id: str, column: str, labels: Iterable[str]) -> Dict[str, List[Tuple[str, str, str]]]:
        # the hint keeps SQLite on the index of the label, whatever it guesses of the batch's size
        sql = {"DKBH": "parcel p INDEXED BY parcel_batch JOIN patch h ON h.id = p.patch_id WHERE p.batch_id = ? AND p.DKBH",
               "JCBH": "patch h INDEXED BY patch_batch JOIN parcel p ON p.patch_id = h.id WHERE h.batch_id = ? AND h.JCBH"}[column]
        label = {"DKBH": "p.DKBH", "JCBH": "h.JCBH"}[column]
        found: Dict[str, List[Tuple[str, str, str]]] = {}
        for part in chunks(labels):
            rows = self._db.execute(f"SELECT {label} AS label, p.id, p.patch_id, p.DKBH FROM {sql} IN ({marks(part)}) "  # nosec B608
                                    "AND p.retired = 0 AND p.gone = 0", [batch_id, *part])
            for row in rows:
                found.setdefault(row["label"], []).append((row["id"], row["patch_id"], row["DKBH"]))
        return found

    def patches_of(self, subjects: Iterable[str]) -> List[str]:
        found: Dict[str, None] = {}
        for part in chunks(subjects):
            for column in ("patch_id", "batch_id"):
                found.update((row[0], None) for row in self._db.execute(
                    f"SELECT DISTINCT patch_id FROM issued WHERE {column} IN ({marks(part)})", part))  # nosec B608
        return list(found)

    def batches_of(self, patches: Iterable[str]) -> List[str]:
        return sorted({row[0] for part in chunks(patches) for row in self._db.execute(
            f"SELECT DISTINCT batch_id FROM issued WHERE patch_id IN ({marks(part)})", part)})  # nosec B608

    def patches_of_case(self, case_id: str) -> List[str]:
        return [row[0] for row in self._db.execute("SELECT patch_id FROM case_patch WHERE row_id = ? ORDER BY patch_id", (case_id,))]

    def parcels_of_remedies(self, ids: Iterable[str]) -> Dict[str, Tuple[str, str]]:
        return {row["id"]: (row["parcel_id"], row["patch_id"]) for part in chunks(ids) for row in self._db.execute(
            f"SELECT id, parcel_id, patch_id FROM remedy WHERE id IN ({marks(part)})", part)}  # nosec B608

    # --- issued rows and shapes ---------------------------------------------------------------------------------------

    def add_issue(self, rows: Sequence[Mapping[str, Any]], outlines: Sequence[bytes], progress: Progress) -> None:
        columns = list(rows[0])
        self._db.executemany(_insert("issued", columns), ([row[c] for c in columns] for row in progress.watch(rows, 0.0, 0.5)))
        self.add_shapes([(row["issued_id"], wkb) for row, wkb in zip(rows, outlines)], progress.part(0.5, 1.0))

    def issued_rows(self, issue_id: str, patches: Optional[Set[str]] = None) -> List[IssuedRow]:
        rows = self._db.execute(
            "SELECT issued_id, patch_id, JCBH, MJ, basis, row FROM issued WHERE issue_id = ? ORDER BY row", (issue_id,))
        return [IssuedRow(*row) for row in rows if patches is None or row["patch_id"] in patches]

    def add_shapes(self, shapes: Sequence[Tuple[str, bytes]], progress: Optional[Progress] = None) -> None:
        rows = self._blobs([wkb for _key, wkb in shapes])
        self._db.executemany("INSERT OR IGNORE INTO shape (shape_id, geom) VALUES (?, ?)",
                             ((key, geometry) for (key, _wkb), geometry in (progress or Progress()).watch(list(zip(shapes, rows)))))
        layout.refresh_extent(self._db, layout.SHAPE, also=(layout.PARCEL_MAP, layout.ISSUED_MAP))

    def _blobs(self, wkbs: Sequence[bytes]) -> List[bytes]:
        outlines, boxes = stored_outlines(wkbs)
        return [layout.blob(wkb, tuple(box), self._srs) for wkb, box in zip(outlines, boxes.tolist())]

    def add_places(self, places: Mapping[str, Tuple[float, float]]) -> None:
        self._db.executemany(f"INSERT OR IGNORE INTO {layout.PHOTO_PLACE} (photo_id, geom) VALUES (?, ?)",  # nosec B608 - our own name
                             [(key, layout.blob(shapely.to_wkb(shapely.Point(x, y)), (x, y, x, y), self._srs))
                              for key, (x, y) in places.items()])
        layout.refresh_extent(self._db, layout.PHOTO_PLACE, also=(layout.PHOTO_MAP,))

    @property
    def attachments(self) -> AttachmentStore:
        return self._attachments

    def shapes(self, ids: Iterable[str]) -> Dict[str, bytes]:
        return {row["shape_id"]: layout.wkb_of(row["geom"]) for part in chunks(ids) for row in self._db.execute(
            f"SELECT shape_id, geom FROM shape WHERE shape_id IN ({marks(part)})", part)}  # nosec B608

    def boxes(self) -> pd.DataFrame:
        """Two plain scans: asking the R-tree shape by shape takes ten times as long."""
        cursor = self._db.cursor()
        cursor.row_factory = None
        names = dict(cursor.execute("SELECT fid, shape_id FROM shape"))
        rows = cursor.execute("SELECT id, minx, miny, maxx, maxy FROM rtree_shape_geom").fetchall()
        frame = pd.DataFrame(rows, columns=["shape_id", "xmin", "ymin", "xmax", "ymax"])
        return frame.assign(shape_id=[names[key] for key in frame["shape_id"]])

    def parcels_in(self, box: Box) -> List[str]:
        xmin, ymin, xmax, ymax = box
        rows = self._db.execute("SELECT p.id FROM rtree_shape_geom r JOIN shape s ON s.fid = r.id "
                                "JOIN parcel p ON p.shape_id = s.shape_id "
                                "WHERE r.maxx >= ? AND r.minx <= ? AND r.maxy >= ? AND r.miny <= ? AND p.retired = 0 AND p.gone = 0",
                                (xmin, xmax, ymin, ymax))
        return [row[0] for row in rows]

    def add_quarantined(self, issue_id: str, rows: Sequence[Quarantined]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?)", [
            (issue_id, q.row, canonical(q.attributes), q.wkb, canonical(q.reason.as_record())) for q in rows])

    def add_findings(self, source: str, subject_id: str, findings: Sequence[Finding]) -> None:
        self._db.executemany(
            "INSERT INTO finding (subject_id, source, row, patch, severity, rule, message, remedy, area_before_m2, area_after_m2) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(subject_id, source, f.row, f.patch, f.severity, f.rule, canonical(f.message.as_record()),
              canonical(f.remedy.as_record()), f.area_before_m2, f.area_after_m2) for f in findings])

    def add_townships(self, townships: Sequence[Township]) -> None:
        rows = self._blobs([t.wkb for t in townships])
        self._db.executemany("INSERT INTO township (geom, XZDM, XZMC, ZSDM) VALUES (?, ?, ?, ?)",
                             [(geometry, t.code, t.name, t.station) for geometry, t in zip(rows, townships)])
        layout.refresh_extent(self._db, layout.TOWNSHIP)

    def townships(self) -> List[Township]:
        rows = self._db.execute("SELECT XZDM, XZMC, ZSDM, geom FROM township ORDER BY XZDM")
        return [Township(r["XZDM"], r["XZMC"], r["ZSDM"] or "", layout.wkb_of(r["geom"])) for r in rows]

    # --- people -------------------------------------------------------------------------------------------------------

    def people(self) -> Dict[str, Tuple[str, str]]:
        return people.read(self._db, people.PERSON)

    def add_person(self, person_id: str, name: str, salt: str) -> None:
        people.add(self._db, people.PERSON, person_id, name, salt)

    def parties(self) -> Dict[str, Tuple[str, str]]:
        return people.read(self._db, people.PARTY)

    def add_party(self, party_id: str, name: str, salt: str) -> None:
        people.add(self._db, people.PARTY, party_id, name, salt)

    def remove_names(self) -> None:
        people.remove(self._db)

    def leave_no_trace(self) -> None:
        if self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            raise BusyError("Another program is reading the register: what was taken out still stands in its log.",
                            "Close the register everywhere, then do it again.")

    # --- derived ------------------------------------------------------------------------------------------------------

    def save_evidence(self, run: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> None:
        self._db.execute(f"INSERT INTO evidence_run VALUES ({marks(range(7))})", [  # nosec B608
            run[name] for name in ("id", "batch_id", "measured_at", "method", "profile", "profile_digest", "parcels")])
        parcels = list(tables["evidence_summary"]["parcel_id"])
        for table, frame in tables.items():
            if table != "evidence_layer":
                for part in chunks(parcels):
                    self._db.execute(f"DELETE FROM {table} WHERE parcel_id IN ({marks(part)})", part)  # nosec B608
            rows = frame.assign(run_id=run["id"]).astype(object).where(frame.assign(run_id=run["id"]).notna(), None)
            self._db.executemany(_insert(table, list(rows.columns)), rows.values.tolist())

    def save_proposals(self, rows: Sequence[Mapping[str, Any]]) -> None:
        columns = ("parcel_id", "ZDPD1", "ZDPD2", "ZDGZ", "YZX", "reasons", "needs", "shape_id", "split_along",
                   "run_id", "rulepack", "proposed_at")
        self._db.executemany(_insert("proposal", columns), [[row[c] for c in columns] for row in rows])

    def places(self) -> Dict[str, Tuple[float, float]]:
        rows = self._db.execute(f"SELECT photo_id, geom FROM {layout.PHOTO_PLACE}").fetchall()  # nosec B608 - our own name
        points = shapely.get_coordinates(shapely.from_wkb([layout.wkb_of(row[1]) for row in rows])).tolist() if rows else []
        return {str(row[0]): (x, y) for row, (x, y) in zip(rows, points)}

    def styles(self) -> Dict[Tuple[str, str], str]:
        return stored_styles(self._db)

    def lost_subjects(self) -> int:
        lacking = ("SELECT count(DISTINCT e.number) FROM event e, json_each(e.subjects) j WHERE json_valid(e.subjects) AND NOT EXISTS "
                   "(SELECT 1 FROM event_subject s WHERE s.subject = j.value AND s.number = e.number)")
        named = ("SELECT count(*) FROM (SELECT DISTINCT e.number, j.value FROM event e, json_each(e.subjects) j "
                 "WHERE json_valid(e.subjects))")
        lost, said, held = (int(self._db.execute(sql).fetchone()[0]) for sql in (lacking, named, "SELECT count(*) FROM event_subject"))
        return lost or max(held - said, 0)

    def save_styles(self, styles: Sequence[MapStyle]) -> None:
        store_styles(self._db, styles)

    def frame(self, table: str, *, batch_id: Optional[str] = None, ids: Optional[Iterable[str]] = None) -> pd.DataFrame:
        return frames.read(self._db, table, batch_id, ids)

    # --- whole file ---------------------------------------------------------------------------------------------------

    @contextmanager
    def copied(self, target: Path, progress: Progress) -> Iterator["GeoPackageStorage"]:
        with copy_of(self._db, target, progress) as part:
            copy = GeoPackageStorage(part, as_is=True, attachments=attachments_beside(target))
            try:
                yield copy
            finally:
                copy.close()

    def check(self) -> List[str]:
        return damages(self._db)
