"""A register in a GeoPackage: one writer at a time, each action one durable transaction (see layout.py for the file)."""
from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any, ContextManager, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

import pandas as pd
import shapely

from ...errors import BusyError, InputError, LandInspectorError
from ...evidence.vector_files import is_there
from ...progress import Progress
from ..outlines import stored_outlines
from ..records import Township
from ..state import State
from ..tables import DERIVED_TABLES, LASTING_TABLES
from . import format_check, frames, layout, people
from .address import FileAddress
from .attachment_folder import FolderAttachments
from .event_rows import columns_in
from .frames import chunks, marks
from .interfaces import AttachmentStore, Box, Storage
from .layout import MapStyle, store_styles, stored_map_styles, stored_styles
from .sql import Database, Row, SqlEvents, SqlEvidence, SqlIssued, SqlNames, SqlState, Values
from .sqlite_file import OPENING_S, UNREADABLE, RegisterFile, connect, newest_number, not_opened, tells_errors, told
from .transfer import GEOMETRY
from .whole_file import copy_of, damages, one_moment, written_beside


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
        """See :meth:`.address.RegisterAddress.being_made`: written beside its place, and put there when it is whole."""
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
        return {row["key"]: row["value"] for row in self._db.execute("SELECT key, value FROM li_meta")}

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

    def add_issue(self, rows: Sequence[Mapping[str, Any]], outlines: Sequence[bytes], progress: Progress) -> None:
        columns = list(rows[0])
        self._sql.many(self._sql.upsert("issued", columns, ("issued_id",)),
                       ([row[c] for c in columns] for row in progress.watch(rows, 0.0, 0.5)))
        self.add_shapes([(row["issued_id"], wkb) for row, wkb in zip(rows, outlines)], progress.part(0.5, 1.0))

    def add_shapes(self, shapes: Sequence[Tuple[str, bytes]], progress: Optional[Progress] = None) -> None:
        rows = zip((key for key, _wkb in shapes), self._blobs([wkb for _key, wkb in shapes]))
        watched = (progress or Progress()).watch(list(rows))
        with layout.many_shapes(self._db) if len(shapes) >= _MANY_SHAPES else nullcontext():
            self._db.executemany("INSERT OR IGNORE INTO shape (shape_id, geom) VALUES (?, ?)", watched)
        layout.refresh_extent(self._db, layout.SHAPE, also=(layout.PARCEL_MAP, layout.ISSUED_MAP))

    def _blobs(self, wkbs: Sequence[bytes]) -> List[bytes]:
        outlines, boxes = stored_outlines(wkbs)
        return [layout.blob(wkb, box, self._srs) for wkb, box in zip(outlines, boxes.tolist())]

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
        people.remove(self._db)

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
        return frames.read(self._sql, table, batch_id, ids, self.parties)

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
            if table == people.PARTY:
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
