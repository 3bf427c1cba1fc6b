"""A register in a GeoPackage: one writer at a time, each action one durable transaction (see layout.py for the file)."""
from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any, Callable, ContextManager, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

import pandas as pd
import shapely

from ...errors import BusyError, DamagedError, InputError, LandInspectorError
from ...evidence.vector_files import is_there
from ...progress import Progress
from .. import personal, tables
from ..stored_forms import Outlines, stored_outlines
from ..records import Township
from ..state import State
from ..tables import DERIVED_TABLES, LASTING_TABLES
from . import format_check, layout
from ..addresses import FileAddress
from .attachments import FolderAttachments
from .sql import Database, Row, SqlEvents, SqlEvidence, SqlIssued, SqlNames, SqlState, Values, columns_in
from .interfaces import AttachmentStore, Box, Storage
from .layout import MapStyle, store_styles, stored_map_styles, stored_styles
from .sqlite_file import (
    OPENING_S, RegisterFile, UNREADABLE, connect, copy_of, damages, newest_number, not_opened, one_moment, tells_errors,
    told, written_beside,
)
from .transfer import GEOMETRY


# Tables of a GeoPackage register as frames: the SELECT behind each, and reading it whole, by batch or by row.

#: (name, salt) by opaque id.
Names = Mapping[str, Tuple[str, str]]

#: SQLite's oldest limit on bound values is 999; stay below it.
CHUNK = 900


def chunks(values: Iterable[str]) -> Iterator[List[str]]:
    """The values, each once, in lists that one statement can bind (:data:`CHUNK`)."""
    todo = list(dict.fromkeys(values))
    for start in range(0, len(todo), CHUNK):
        yield todo[start:start + CHUNK]


def marks(values: Sequence[object]) -> str:
    """As many bound places as there are values, for ``IN (…)``."""
    return ",".join("?" * len(values))


def _own(group: Tuple[tables.Field, ...], alias: str) -> str:
    return ", ".join(f'{alias}."{name}"' for name in tables.names(group))


#: A parcel beside its patch, the newest issue of that, its batch and its newest measuring.
_OF_PARCELS = (
    "FROM parcel p JOIN patch h ON h.id = p.patch_id JOIN issued i ON i.issued_id = h.issued_id "
    f"JOIN batch b ON b.id = p.batch_id {layout.LATEST} "
)
#: The station of the township in which a parcel answers.
_STATION = (
    "LEFT JOIN (SELECT XZDM, min(ZSDM) AS ZSDM FROM township GROUP BY XZDM) t "  # nosec B608 - our own field names
    f"ON t.XZDM = {layout.TOWN['XZDM']}"
)
#: As in the map's view; nearly no parcel has a township of its own, and only for those another one's name is looked up.
_ANSWERS = {**layout.TOWN, "XZMC": f"CASE WHEN p.own_township IS NULL THEN i.XZMC ELSE {layout.TOWN['XZMC']} END"}
_TOWN = ", ".join(f"{column} AS {name}" for name, column in _ANSWERS.items())

# both are built of our own field names
PARCELS = (
    f"SELECT p.id AS parcel_id, {_own(tables.PARCEL, 'p')}, h.JCBH AS JCBH, h.split AS split, b.PCBH AS PCBH, b.ND AS ND, "
    "b.YF AS YF, b.ZD AS ZD, "
    + ", ".join(_ANSWERS.get(f.name, f'i."{f.name}"') + f' AS "{f.name}"' for f in tables.ISSUED)
    + ", " + ", ".join(f'e."{name}" AS "measured_{name}"' for name in tables.names(tables.MEASURED))
    + ", e.run_id AS measured_run, r.ZDPD1, r.ZDPD2, r.ZDGZ, r.YZX, t.ZSDM AS ZSDM "  # nosec B608
    + _OF_PARCELS + _STATION
)
PATCHES = (
    f"SELECT {_own(tables.PATCH, 'h')}, h.id AS patch_id, b.PCBH AS PCBH, b.ND AS ND, b.YF AS YF, b.ZD AS ZD, "  # nosec B608
    + ", ".join(f'i."{f.name}" AS "{f.name}"' for f in tables.ISSUED)
    + " FROM patch h JOIN issued i ON i.issued_id = h.issued_id JOIN batch b ON b.id = h.batch_id"
)
#: What a list of parcels shows and filters by: a third of the columns of PARCELS, read in a fifth of the time.
QUEUE = (
    "SELECT p.id AS parcel_id, p.patch_id, p.shape_id, p.last_event, p.DKBH, h.JCBH, b.ZD, "  # nosec B608
    f"{_TOWN}, i.CMC, "
    "i.TBLX, i.QSX, i.HSX, i.GDMJ0, p.TBZT, p.retired, p.gone, p.basis_changed, p.DKMJ, p.GDMJ, p.PDJL1, p.PDJL2, p.PDSM, p.YDDW, "
    "p.XMMC, p.WFGD, p.HSZT, p.incomplete, p.review, p.aside, p.aside_reason, p.flag, p.flag_reason, p.assigned_to, p.touched_by, "
    "p.photos, e.GDMJ AS measured_GDMJ, r.ZDPD1, r.ZDPD2 "
    + _OF_PARCELS
)
#: What figures are counted from: a quarter of the columns of PARCELS and PATCHES. Parcels stand here alone: every join by the text that
#: names a row costs as much as reading it, and the patches are read anyway (:func:`land_inspector.register.register_frames.counted`).
COUNTED = (
    "SELECT p.id AS parcel_id, p.patch_id, p.parent_id, p.own_township, p.retired, p.gone, p.verdict_event, p.TBZT, p.DKBH, "
    "p.DKMJ, p.GDMJ, p.JBNTMJ, p.PDJL1, p.PDJL2, p.WFMJ, p.WFGD, p.WFJBNT, p.XMLX FROM parcel p"
)
COUNTED_MEASURED = (
    "SELECT p.id AS parcel_id, e.GDMJ AS measured_GDMJ, e.JBNTMJ AS measured_JBNTMJ, e.run_id AS measured_run "
    "FROM evidence_summary e JOIN parcel p ON p.id = e.parcel_id AND p.shape_id = e.shape_id"
)
COUNTED_PATCHES = (
    "SELECT h.gone, h.split, h.JCBH, h.id AS patch_id, b.PCBH, b.ND, b.YF, b.ZD, i.XZDM, i.XZMC, i.JCMJ, i.GDMJ0 FROM patch h "
    "JOIN issued i ON i.issued_id = h.issued_id JOIN batch b ON b.id = h.batch_id"
)
FRAMES = {
    "counted": COUNTED,
    "counted_patch": COUNTED_PATCHES,
    "counted_measured": COUNTED_MEASURED,
    "batch": f"SELECT {_own(tables.BATCH, 'b')} FROM batch b",  # nosec B608 - our own field names
    "patch": PATCHES,
    "parcel": PARCELS,
    "queue": QUEUE,
    "returned": "SELECT b.PCBH, p.DKBH, p.review FROM parcel p JOIN batch b ON b.id = p.batch_id "
                "WHERE p.HSZT = '9' AND p.retired = 0 AND p.gone = 0",
    "verdict": "SELECT v.* FROM (SELECT p.id AS parcel_id, p.batch_id, e.recorded_at FROM parcel p "
               "JOIN event e ON e.uuid = p.verdict_event WHERE p.retired = 0 AND p.gone = 0) v",
    "issued": "SELECT * FROM issued",
    "finding": "SELECT * FROM finding",
    "quarantine": "SELECT * FROM quarantine",
    "event": "SELECT number, kind, subjects, group_id, recorded_at FROM event",
    "newest": "SELECT max(number) AS number FROM event",
    "last_day": "SELECT max(effective_on) AS day, max(recorded_at) AS recorded_at FROM event",
    "case": f"SELECT {_own(tables.CASE, 'c')} FROM case_ c",  # nosec B608 - our own field names
    "remedy": f"SELECT {_own(tables.REMEDY, 'r')}, p.batch_id FROM remedy r JOIN parcel p ON p.id = r.parcel_id",  # nosec B608
    "photo": f"SELECT {_own(tables.PHOTO, 'f')}, h.batch_id, h.JCBH FROM (SELECT * FROM photo WHERE removed = 0) f "  # nosec B608
             "JOIN patch h ON h.id = f.patch_id",
    "evidence_run": "SELECT * FROM evidence_run",
    "evidence_layer": "SELECT l.*, r.batch_id FROM evidence_layer l JOIN evidence_run r ON r.id = l.run_id",
    "evidence_area": "SELECT a.*, p.batch_id FROM evidence_area a JOIN parcel p ON p.id = a.parcel_id",
    "evidence_document": "SELECT a.*, p.batch_id FROM evidence_document a JOIN parcel p ON p.id = a.parcel_id",
    "evidence_summary": "SELECT a.*, p.batch_id FROM evidence_summary a JOIN parcel p ON p.id = a.parcel_id",
    "proposal": "SELECT a.*, p.batch_id FROM proposal a JOIN parcel p ON p.id = a.parcel_id",
}
FRAMES = {**{table.name: f"SELECT {_own(table.shown, 't')} FROM {table.name} t" for table in tables.STATE_TABLES}, **FRAMES}  # nosec B608


#: The column that names a row, and the one that names its batch, by table.
KEYS = {
    "event": "number", "finding": "subject_id", "quarantine": "issue_id",
    "parcel": "p.id", "queue": "p.id", "issued": "issued_id", "patch": "h.id", "remedy": "r.id", "case": "id", "photo": "f.id",
    "evidence_area": "a.parcel_id", "evidence_document": "a.parcel_id", "evidence_summary": "a.parcel_id", "proposal": "a.parcel_id",
    "evidence_layer": "l.run_id",
}
BATCHES = {
    "counted": "p.batch_id", "counted_patch": "h.batch_id", "counted_measured": "p.batch_id",
    "patch": "h.batch_id", "parcel": "p.batch_id", "queue": "p.batch_id", "issued": "batch_id", "remedy": "p.batch_id",
    "photo": "h.batch_id",
    "evidence_run": "batch_id", "evidence_layer": "r.batch_id", "evidence_area": "p.batch_id", "evidence_document": "p.batch_id",
    "evidence_summary": "p.batch_id", "proposal": "p.batch_id", "verdict": "v.batch_id",
}


def read(sql: Database, table: str, batch_id: Optional[str], ids: Optional[Iterable[str]], parties: Callable[[], Names],
         order: str = "") -> pd.DataFrame:
    """See :meth:`Storage.frame`. SQL is put together from the constants of this module alone; values are bound. ``order`` is what a
    dialect needs at the end; ``parties`` are asked for only where a name stands for one.

    DamagedError where a number is none."""
    text = FRAMES[table]
    if ids is not None:
        asked = [(f"{text} WHERE {KEYS.get(table, 'id')} IN ({sql.marks(part)}){order}", part) for part in sql.chunks(ids)]  # nosec B608
        asked = asked or [(f"{text} LIMIT 0", [])]  # nosec B608
    elif batch_id is not None:
        asked = [(f"{text} WHERE {BATCHES[table]} = {sql.MARK}{order}", [batch_id])]  # nosec B608
    else:
        asked = [(text + order, [])]
    rows: List[Tuple[object, ...]] = []
    names: List[str] = []
    for one, values in asked:
        found, names = sql.table(one, values)
        rows = rows + found if rows else found
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    del rows, found  # tens of thousands of rows weigh as much as the frame
    if "YDDW" in frame and personal.has_tokens(frame["YDDW"]):
        frame["YDDW"] = personal.with_names(frame["YDDW"], parties())
    try:
        return tables.with_numbers(frame)
    except (ValueError, TypeError) as error:  # SQLite keeps what it is given, and somebody gave it no number
        raise DamagedError("The table {table} of the register holds something that is no number: {reason}.",
                           "Restore the last good copy.", table=table, reason=str(error)[:200]) from error


def attachments_beside(path: Path) -> FolderAttachments:
    """The store of the register file at ``path``: one folder, and those in which earlier versions kept photos and papers apart."""
    earlier = [path.with_name(f"{path.stem}.photos"), path.with_suffix(".papers")]
    return FolderAttachments(path.with_name(f"{path.stem}.attachments"), earlier)


_WITHOUT_ROWID = frozenset(table.name for table in (*LASTING_TABLES, *DERIVED_TABLES) if table.without_rowid)


#: From so many shapes on the R-tree is told of all at once.
_MANY_SHAPES = 1_000


class SqliteDatabase(Database):
    """SQLite's side of :class:`.sql.Database`."""

    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def rows(self, sql: str, values: Values = ()) -> Iterable[Row]:
        cursor = self._connection.cursor()
        cursor.row_factory = None  # rows by name take a third longer to become records
        return cursor.execute(sql, values)

    def table(self, sql: str, values: Values = ()) -> Tuple[List[Row], List[str]]:
        cursor = self._connection.cursor()
        cursor.row_factory = None  # rows by name take a tenth longer to become a frame
        rows = cursor.execute(sql, values).fetchall()
        return rows, [column[0] for column in cursor.description]

    def run(self, sql: str, values: Values = ()) -> None:
        self._connection.execute(sql, values)

    def many(self, sql: str, rows: Iterable[Values]) -> None:
        self._connection.executemany(sql, rows)

    def unindexed(self, column: str) -> str:
        return f"+{column}"

    @contextmanager
    def any_bytes(self, wanted: bool) -> Iterator[None]:
        usual = self._connection.text_factory
        if wanted:
            self._connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            yield
        finally:
            self._connection.text_factory = usual


@tells_errors
class GeoPackageStorage(SqlEvents, SqlState, SqlNames, SqlIssued, SqlEvidence, Storage):
    """See :class:`Storage`. ``patience_s`` is how long a writer waits for another one before it gives up; ``as_is`` leaves the file's
    journal as it is found, for a copy that is only looked at.

    Nothing in the file is trusted before it was compared with what the format says (:mod:`.format_check`)."""

    def __init__(self, path: Path, patience_s: float = 10.0, as_is: bool = False, attachments: Optional[AttachmentStore] = None):
        self.path = Path(path)
        self._attachments = attachments or attachments_beside(self.path)
        if not is_there(self.path) or not self.path.is_file():
            raise InputError("There is no register at {path}.", "Check the path, or create a register first.", path=str(path))
        try:
            self._file = RegisterFile(self.path, patience_s, as_is)
        except UNREADABLE as error:
            raise not_opened(error, self.path) from error
        self._db, self._sql = self._file.db, SqliteDatabase(self._file.db)
        try:
            with self._file.in_time(OPENING_S):
                format_check.refuse_strange(self._db, self.path)
                self._srs, self._file.newest = layout.srs(self._db), newest_number(self._db)
                self._event_columns = columns_in(self._db)
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
        """See :meth:`..addresses.RegisterAddress.being_made`: written beside its place, and put there when it is whole.

        InputError where something is there already."""
        if path.exists():
            raise InputError("{path} exists already.", "Choose another name; a register is never overwritten.", path=str(path))
        with written_beside(path) as part:
            layout.create_file(part, crs)
            try:
                with closing(connect(part, 10.0)) as connection:
                    connection.execute("BEGIN")
                    layout.create_tables(connection)
                    connection.executemany("INSERT INTO li_meta VALUES (?, ?)", list(meta.items()))
                    connection.execute("COMMIT")
            except UNREADABLE as error:
                raise told(error, path) from error
            storage = cls(part, as_is=True, attachments=attachments_beside(path))
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
    def writing(self, patches: Optional[Iterable[str]] = None, rows: Iterable[str] = ()) -> Iterator[None]:
        if self._db.in_transaction:
            with self._file.part():
                yield
            return
        self._file.begin()
        try:
            yield
        except BaseException:
            self._file.rollback()
            raise
        self._file.commit()

    def stoppable(self, progress: Progress) -> ContextManager[None]:
        return self._file.stoppable(progress)

    # --- the whole ---------------------------------------------------------------------------------------------------------

    def counts(self) -> Dict[str, int]:
        names = [row[0] for row in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'rtree_%'")]
        return {name: self._db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # nosec B608

    def version(self) -> str:
        self._file.check_place()
        row = self._db.execute("SELECT (SELECT max(number) FROM event), (SELECT count(*) FROM evidence_run), "
                               "(SELECT max(proposed_at) FROM proposal)").fetchone()
        return "/".join(str(value) for value in row)

    # --- state --------------------------------------------------------------------------------------------------------

    def meta(self) -> Dict[str, str]:
        return {str(row["key"]): str(row["value"]) for row in self._db.execute("SELECT key, value FROM li_meta")}

    def set_meta(self, values: Mapping[str, str]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO li_meta VALUES (?, ?)", list(values.items()))

    def complete(self) -> None:
        layout.complete(self._db)
        self._event_columns = columns_in(self._db)

    def renew(self, state: State) -> None:
        layout.renew_derived(self._db)
        self.save(state, state.changed_from(State()))

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

    # --- issued rows and shapes ---------------------------------------------------------------------------------------

    def add_issue(self, rows: Sequence[Mapping[str, Any]], outlines: Outlines, progress: Progress) -> None:
        columns = list(rows[0])
        self._sql.put("issued", columns, ("issued_id",), ([row[c] for c in columns] for row in progress.watch(rows, 0.0, 0.5)))
        blobs = [layout.blob(wkb, box, self._srs) for wkb, box in zip(outlines.wkbs, outlines.boxes.tolist())]
        self._add_blobs([(row["issued_id"], blob) for row, blob in zip(rows, blobs)], progress.part(0.5, 1.0))

    def add_shapes(self, shapes: Sequence[Tuple[str, bytes]], progress: Optional[Progress] = None) -> None:
        blobs = self._blobs([wkb for _key, wkb in shapes])
        self._add_blobs([(key, blob) for (key, _wkb), blob in zip(shapes, blobs)], progress or Progress())

    def _add_blobs(self, rows: Sequence[Tuple[str, bytes]], progress: Progress) -> None:
        watched = progress.watch(rows)
        with layout.many_shapes(self._db) if len(rows) >= _MANY_SHAPES else nullcontext():
            self._db.executemany("INSERT OR IGNORE INTO shape (shape_id, geom) VALUES (?, ?)", watched)
        layout.refresh_extent(self._db, layout.SHAPE, also=(layout.PARCEL_MAP, layout.ISSUED_MAP))

    def _blobs(self, wkbs: Sequence[bytes]) -> List[bytes]:
        outlines = stored_outlines(wkbs)
        return [layout.blob(wkb, box, self._srs) for wkb, box in zip(outlines.wkbs, outlines.boxes.tolist())]

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

    def add_townships(self, townships: Sequence[Township]) -> None:
        rows = self._blobs([t.wkb for t in townships])
        self._db.executemany("INSERT INTO township (geom, XZDM, XZMC, ZSDM) VALUES (?, ?, ?, ?)",
                             [(geometry, t.code, t.name, t.station) for geometry, t in zip(rows, townships)])
        layout.refresh_extent(self._db, layout.TOWNSHIP)

    def townships(self) -> List[Township]:
        rows = self._db.execute("SELECT XZDM, XZMC, ZSDM, geom FROM township ORDER BY XZDM")
        return [Township(r["XZDM"], r["XZMC"], r["ZSDM"] or "", layout.wkb_of(r["geom"])) for r in rows]

    # --- people -------------------------------------------------------------------------------------------------------

    def has_table(self, name: str) -> bool:
        return self._db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone() is not None

    def remove_names(self) -> None:
        personal.remove(self._db)

    def leave_no_trace(self) -> None:
        if self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            raise BusyError("Another program is reading the register: what was taken out still stands in its log.",
                            "Close the register everywhere, then do it again.")

    # --- derived ------------------------------------------------------------------------------------------------------

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

    def map_styles(self) -> List[MapStyle]:
        return stored_map_styles(self._db)

    def save_styles(self, styles: Sequence[MapStyle]) -> None:
        store_styles(self._db, styles)

    def frame(self, table: str, *, batch_id: Optional[str] = None, ids: Optional[Iterable[str]] = None) -> pd.DataFrame:
        return read(self._sql, table, batch_id, ids, self.parties)

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

    # --- for copies ---------------------------------------------------------------------------------------------------

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        with one_moment(self._db):
            yield

    @contextmanager
    def stored_rows(self, table: str, columns: Sequence[str]) -> Iterator[Iterator[Row]]:
        named = ", ".join("geom" if column == GEOMETRY else f'"{column}"' for column in columns)
        order = "" if table in _WITHOUT_ROWID else " ORDER BY rowid"
        cursor = self._db.cursor()
        cursor.row_factory = None
        rows = cursor.execute(f"SELECT {named} FROM {table}{order}")  # nosec B608 - our own names
        yield ((layout.wkb_of(row[0]), *row[1:]) for row in rows) if columns[0] == GEOMETRY else rows

    def take_in(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        if columns[0] != GEOMETRY:
            if table == personal.PARTY:
                self._make_sure_of(table)
            self._sql.many(self._sql.insert(table, columns), rows)
            return
        insert = self._sql.insert(table, ("geom", *columns[1:]))
        if table == layout.PHOTO_PLACE:
            points = [(row, shapely.get_coordinates(shapely.from_wkb(row[0]))[0].tolist()) for row in rows]
            self._sql.many(insert, [(layout.blob(row[0], (x, y, x, y), self._srs), *row[1:]) for row, (x, y) in points])
            return
        for part in _in_parts(rows, 1000):
            self._sql.many(insert, [(blob, *row[1:]) for blob, row in zip(self._blobs([row[0] for row in part]), part)])

    def taken_in(self) -> None:
        layout.refresh_extent(self._db, layout.SHAPE, also=(layout.PARCEL_MAP, layout.ISSUED_MAP))
        layout.refresh_extent(self._db, layout.PHOTO_PLACE, also=(layout.PHOTO_MAP,))
        layout.refresh_extent(self._db, layout.TOWNSHIP)


def _in_parts(rows: Iterable[Row], size: int) -> Iterator[List[Row]]:
    source = iter(rows)
    part = list(islice(source, size))
    while part:
        yield part
        part = list(islice(source, size))
