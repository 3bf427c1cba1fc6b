"""Evidence straight out of a GeoPackage: candidates through its R-tree, by Python's own sqlite3.

The R-tree's boxes are float32, metres too wide at zone-prefixed eastings: whoever asks must test exact boxes again
(the kernel's own tree does).
"""
from __future__ import annotations

import sqlite3
import struct
import threading
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

import numpy as np
import shapely

from .crs import Crs
from .gdal_quiet import reading
from .shapes import Check, polygons_from_wkb
from .sources import Features, Source

ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
ROOT_CELL = struct.Struct(">q4f")  # of the R-tree's first node: child, minx, maxx, miny, maxy


def quoted(name: str) -> str:
    """An SQL identifier; names of tables and fields cannot be bound as parameters."""
    return '"' + name.replace('"', '""') + '"'


class GeoPackageSource(Source):
    """One feature table with an R-tree. Every thread reads through its own read-only connection."""

    def __init__(self, path: Path, table: str, crs: Crs, name: str = ""):
        super().__init__()
        self.path, self.name, self.crs = Path(path), name or table, crs
        self._local = threading.local()
        self._table = table
        self._geometry, self._key, self.fields, self._rtree = _described(self._connection(), table)
        self.feature_count = _counted(self._connection(), table)
        self._extent = _root_box(self._connection(), self._rtree)
        self.repairs.empty.update(_unplaced(self._connection(), table, self._key, self._rtree, self.feature_count))

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            uri = self.path.resolve().as_uri() + "?mode=ro"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None)  # no lock stays behind a query
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("CREATE TEMP TABLE wanted (minx REAL, miny REAL, maxx REAL, maxy REAL)")
            self._local.connection = connection
        return self._local.connection

    def extent(self) -> List[float]:
        """Of the R-tree."""
        return list(self._extent)

    def _read(self, boxes: np.ndarray, fields: Sequence[str], check: Check) -> Features:
        """In the order of their ids, so that no last digit of an area depends on how they were found."""
        query, connection = self._query([self.stored_field(name) for name in fields]), self._connection()
        with reading(self.path.name):
            connection.execute("DELETE FROM temp.wanted")
            connection.executemany("INSERT INTO temp.wanted VALUES (?, ?, ?, ?)", boxes.tolist())
            return self._decoded(_fetched(connection, query), fields, check)

    def _query(self, names: Sequence[str]) -> str:
        """Every box that is wanted is looked up in the R-tree by SQLite itself."""
        key, columns = "t." + quoted(self._key), ["t." + quoted(name) for name in [self._key, self._geometry, *names]]
        return " ".join([
            "SELECT", ", ".join(columns), "FROM main." + quoted(self._table), "t WHERE", key,
            "IN (SELECT r.id FROM temp.wanted w CROSS JOIN main." + quoted(self._rtree),  # nosec B608 - quoted
            "r WHERE r.maxx >= w.minx AND r.minx <= w.maxx AND r.maxy >= w.miny AND r.miny <= w.maxy) ORDER BY", key,
        ])

    def _decoded(self, rows: List[tuple], fields: Sequence[str], check: Check) -> Features:
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        geoms = self.own.known(ids)
        fresh = np.flatnonzero(shapely.is_missing(geoms))
        geoms[fresh], state = polygons_from_wkb([_wkb(rows[k][1]) for k in fresh], check)
        self.repairs.note(ids[fresh], state)
        self.own.keep(ids[fresh], geoms[fresh])
        kept = np.flatnonzero(~shapely.is_missing(geoms))
        columns = {name: [rows[k][2 + place] for k in kept] for place, name in enumerate(fields)}
        return Features(ids[kept], geoms[kept], columns)


def _fetched(connection: sqlite3.Connection, query: str) -> List[tuple]:
    """All rows; text that is no UTF-8 (GBK that somebody copied in) is read as what it is, at the price of some speed."""
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError as wrong:
        if "decode" not in str(wrong):
            raise
    connection.text_factory = _text
    return connection.execute(query).fetchall()


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _counted(connection: sqlite3.Connection, table: str) -> int:
    """As GDAL counts: by the number that triggers in the file keep up, by counting where there is none."""
    try:
        row = connection.execute("SELECT feature_count FROM gpkg_ogr_contents WHERE lower(table_name) = lower(?)", (table,)).fetchone()
    except sqlite3.OperationalError:
        row = None
    if row is not None and row[0] is not None:
        return int(row[0])
    return int(connection.execute(" ".join(["SELECT count(*) FROM", quoted(table)])).fetchone()[0])


def _unplaced(connection: sqlite3.Connection, table: str, key: str, rtree: str, count: int) -> List[int]:
    """Features that the R-tree does not hold, having no geometry; looked for only where the numbers differ."""
    placed = quoted(rtree + "_rowid")
    if not rtree or connection.execute(" ".join(["SELECT count(*) FROM", placed])).fetchone()[0] >= count:
        return []
    query = " ".join(["SELECT", quoted(key) if key != "rowid" else key, "FROM", quoted(table), "WHERE rowid NOT IN (SELECT rowid FROM",
                      placed, ")"])
    return [int(row[0]) for row in connection.execute(query)]


def _root_box(connection: sqlite3.Connection, rtree: str) -> List[float]:
    """minx, miny, maxx, maxy of everything in an R-tree, from its root alone; empty where there is nothing in it."""
    query = " ".join(["SELECT data FROM", quoted(rtree + "_node"), "WHERE nodeno = 1"])
    row = connection.execute(query).fetchone() if rtree else None
    count = struct.unpack_from(">H", row[0], 2)[0] if row else 0
    if not count:
        return []
    cells = np.array([ROOT_CELL.unpack_from(row[0], 4 + k * ROOT_CELL.size)[1:] for k in range(count)])
    return [*cells[:, [0, 2]].min(axis=0).tolist(), *cells[:, [1, 3]].max(axis=0).tolist()]


def _described(connection: sqlite3.Connection, table: str) -> Tuple[str, str, List[str], str]:
    """Geometry column, key, attribute fields and R-tree of a feature table; the R-tree is '' where there is none."""
    found = connection.execute(
        "SELECT column_name FROM gpkg_geometry_columns WHERE lower(table_name) = lower(?)", (table,)
    ).fetchone()
    info = connection.execute("SELECT name, pk FROM pragma_table_info(?, 'main')", (table,)).fetchall()
    keys = [name for name, place in info if place]
    rtree = "_".join(["rtree", table, found[0]])
    there = connection.execute("SELECT 1 FROM main.sqlite_master WHERE lower(name) = lower(?)", (rtree,)).fetchone()
    key = keys[0] if len(keys) == 1 else "rowid"
    fields = [name for name, _ in info if name not in (found[0], key)]
    return found[0], key, fields + [key], rtree if there else ""


def has_rtree(path: Path, table: str) -> bool:
    """Whether a GeoPackage table (not a view) can be read through its R-tree."""
    connection = sqlite3.connect(Path(path).resolve().as_uri() + "?mode=ro", uri=True)
    try:
        kind = connection.execute("SELECT type FROM sqlite_master WHERE lower(name) = lower(?)", (table,)).fetchone()
        return kind == ("table",) and bool(_described(connection, table)[3])
    except (sqlite3.DatabaseError, TypeError):
        return False
    finally:
        connection.close()


def _wkb(blob: Optional[bytes]) -> Optional[bytes]:
    """The WKB inside a GeoPackage blob; None for NULL and for what is no such blob."""
    if blob is None or len(blob) < 8 or blob[:2] != b"GP":
        return None
    return blob[8 + ENVELOPE_BYTES.get((blob[3] >> 1) & 7, 0):]
