"""Evidence straight out of a GeoPackage: candidates through its R-tree, by Python's own sqlite3.

The R-tree's boxes are float32, metres too wide at zone-prefixed eastings: whoever asks must test exact boxes again
(the kernel's own tree does).
"""
from __future__ import annotations

import sqlite3
import threading
from operator import itemgetter
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from .crs import Crs
from .shapes import polygons_from_wkb
from .sources import Features, Source

ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
BIG_BLOB = 64 * 1024  # bytes: such polygons are asked for by many chunks; they are read and checked once
CACHE_BYTES = 128 * 1024 * 1024
IDS_AT_ONCE = 500


def quoted(name: str) -> str:
    """An SQL identifier; names of tables and fields cannot be bound as parameters."""
    return '"' + name.replace('"', '""') + '"'


class GeoPackageSource(Source):
    """One feature table with an R-tree. Every thread reads through its own read-only connection."""

    def __init__(self, path: Path, table: str, crs: Crs, name: str = ""):
        super().__init__()
        self.path, self.name, self.crs = Path(path), name or table, crs
        self._local = threading.local()
        self._lock = threading.Lock()
        self._big: Dict[int, Tuple[Any, int]] = {}
        self._big_bytes = 0
        self._table = table
        self._geometry, self._key, self.fields, self._rtree = _described(self._connection(), table)
        self.feature_count = self._value(["SELECT count(*) FROM", quoted(table)])

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(self.path.resolve().as_uri() + "?mode=ro", uri=True)
        return self._local.connection

    def _value(self, parts: Sequence[str]) -> Any:
        return self._connection().execute(" ".join(parts)).fetchone()[0]

    def extent(self) -> List[float]:
        """Of the R-tree."""
        query = " ".join(["SELECT min(minx), min(miny), max(maxx), max(maxy) FROM", quoted(self._rtree)])
        row = self._connection().execute(query).fetchone()
        return [] if row[0] is None else list(row)

    def _read(self, boxes: np.ndarray, fields: Sequence[str], each: bool) -> Features:
        names = [self.stored_field(name) for name in fields]
        ids = self._ids_by_box(boxes) if each else self._ids_by_window(boxes)
        return self._decoded(self._rows_of(ids, names), fields)

    def _select(self, names: Sequence[str]) -> List[str]:
        columns = ", ".join("t." + quoted(name) for name in [self._key, self._geometry, *names])
        return ["SELECT", columns, "FROM", quoted(self._table), "t"]

    def _ids_by_box(self, boxes: np.ndarray) -> List[int]:
        query = " ".join(
            ["SELECT id FROM", quoted(self._rtree), "WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?"]
        )
        connection, found = self._connection(), set()
        for box in boxes[:, [0, 2, 1, 3]].tolist():
            found.update(row[0] for row in connection.execute(query, box))
        return sorted(found)

    def _ids_by_window(self, boxes: np.ndarray) -> List[int]:
        """One look into the R-tree for all boxes, then only what meets one of them."""
        x0, y0 = boxes[:, :2].min(axis=0).tolist()
        x1, y1 = boxes[:, 2:].max(axis=0).tolist()
        query = " ".join([
            "SELECT id, minx, miny, maxx, maxy FROM", quoted(self._rtree),
            "WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?",
        ])
        rows = np.array(self._connection().execute(query, (x0, x1, y0, y1)).fetchall()).reshape(-1, 5)
        near = shapely.STRtree(shapely.box(*rows[:, 1:].T)).query(shapely.box(*boxes.T))[1]
        return np.unique(rows[near, 0].astype(np.int64)).tolist()

    def _rows_of(self, ids: List[int], names: Sequence[str]) -> List[tuple]:
        """In the order of their ids, so that no last digit of an area depends on how they were found."""
        rows: List[tuple] = []
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = ids[start:start + IDS_AT_ONCE]
            marks = ",".join("?" * len(some))
            query = self._select(names) + ["WHERE t." + quoted(self._key), "IN (" + marks + ")"]
            rows += self._connection().execute(" ".join(query), some).fetchall()
        return sorted(rows, key=itemgetter(0))

    def _decoded(self, rows: List[tuple], fields: Sequence[str]) -> Features:
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        geoms = np.empty(len(rows), dtype=object)
        fresh = []
        for k, row in enumerate(rows):
            known = self._big.get(row[0])
            if known is None:
                fresh.append(k)
            else:
                geoms[k] = known[0]
        geoms[fresh], state = polygons_from_wkb([_wkb(rows[k][1]) for k in fresh])
        self.repairs.note(ids[fresh], state)
        self._remember(rows, fresh, geoms)
        kept = np.flatnonzero(~shapely.is_missing(geoms))
        columns = {name: [rows[k][2 + place] for k in kept] for place, name in enumerate(fields)}
        return Features(ids[kept], geoms[kept], columns)

    def _remember(self, rows: List[tuple], fresh: List[int], geoms: np.ndarray) -> None:
        for k in fresh:
            size = len(rows[k][1] or b"")
            if size > BIG_BLOB and geoms[k] is not None:
                with self._lock:
                    if self._big_bytes + size <= CACHE_BYTES and rows[k][0] not in self._big:
                        self._big[rows[k][0]] = (geoms[k], size)
                        self._big_bytes += size


def _described(connection: sqlite3.Connection, table: str) -> Tuple[str, str, List[str], str]:
    """Geometry column, key, attribute fields and R-tree of a feature table; the R-tree is '' where there is none."""
    found = connection.execute(
        "SELECT column_name FROM gpkg_geometry_columns WHERE lower(table_name) = lower(?)", (table,)
    ).fetchone()
    info = connection.execute("SELECT name, pk FROM pragma_table_info(?)", (table,)).fetchall()
    keys = [name for name, place in info if place]
    rtree = "_".join(["rtree", table, found[0]])
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE lower(name) = lower(?)", (rtree,)).fetchone()
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
