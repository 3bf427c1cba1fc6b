"""Tables of a GeoPackage register as frames: the SELECT behind each, and reading it whole, by batch or by row."""
from __future__ import annotations

import sqlite3
from typing import Iterable, Iterator, List, Optional, Sequence

import pandas as pd

from .. import schema
from . import layout

#: SQLite's oldest limit on bound values is 999; stay below it.
CHUNK = 900


def chunks(values: Iterable[str]) -> Iterator[List[str]]:
    todo = list(dict.fromkeys(values))
    for start in range(0, len(todo), CHUNK):
        yield todo[start:start + CHUNK]


def marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


# both are built of our own field names
PARCELS = (
    "SELECT p.id AS parcel_id, p.*, h.JCBH AS JCBH, h.split AS split, b.PCBH AS PCBH, b.ND AS ND, b.YF AS YF, b.ZD AS ZD, "
    + ", ".join(f'i."{f.name}" AS "{f.name}"' for f in schema.ISSUED)
    + ", " + ", ".join(f'e."{name}" AS "measured_{name}"' for name in schema.names(schema.MEASURED))
    + ", e.run_id AS measured_run, r.ZDPD1, r.ZDPD2, r.ZDGZ, r.YZX, t.ZSDM AS ZSDM FROM parcel p "  # nosec B608
    "JOIN patch h ON h.id = p.patch_id JOIN issued i ON i.issued_id = h.issued_id JOIN batch b ON b.id = p.batch_id "
    f"{layout.LATEST} LEFT JOIN (SELECT XZDM, min(ZSDM) AS ZSDM FROM township GROUP BY XZDM) t ON t.XZDM = i.XZDM"
)
PATCHES = (
    "SELECT h.*, h.id AS patch_id, b.PCBH AS PCBH, b.ND AS ND, b.YF AS YF, b.ZD AS ZD, "  # nosec B608
    + ", ".join(f'i."{f.name}" AS "{f.name}"' for f in schema.ISSUED)
    + " FROM patch h JOIN issued i ON i.issued_id = h.issued_id JOIN batch b ON b.id = h.batch_id"
)
FRAMES = {
    "batch": "SELECT * FROM batch",
    "patch": PATCHES,
    "parcel": PARCELS,
    "issued": "SELECT * FROM issued",
    "finding": "SELECT * FROM finding",
    "quarantine": "SELECT * FROM quarantine",
    "case": "SELECT * FROM case_",
    "remedy": "SELECT r.*, p.batch_id FROM remedy r JOIN parcel p ON p.id = r.parcel_id",
    "evidence_run": "SELECT * FROM evidence_run",
    "evidence_layer": "SELECT l.*, r.batch_id FROM evidence_layer l JOIN evidence_run r ON r.id = l.run_id",
    "evidence_area": "SELECT a.*, p.batch_id FROM evidence_area a JOIN parcel p ON p.id = a.parcel_id",
    "evidence_document": "SELECT a.*, p.batch_id FROM evidence_document a JOIN parcel p ON p.id = a.parcel_id",
    "evidence_summary": "SELECT a.*, p.batch_id FROM evidence_summary a JOIN parcel p ON p.id = a.parcel_id",
    "proposal": "SELECT a.*, p.batch_id FROM proposal a JOIN parcel p ON p.id = a.parcel_id",
}


#: The column that names a row, and the one that names its batch, by table.
KEYS = {
    "parcel": "p.id", "issued": "issued_id", "patch": "h.id", "remedy": "r.id", "case": "id", "evidence_area": "a.parcel_id",
    "evidence_document": "a.parcel_id", "evidence_summary": "a.parcel_id", "proposal": "a.parcel_id", "evidence_layer": "l.run_id",
}
BATCHES = {
    "patch": "h.batch_id", "parcel": "p.batch_id", "issued": "batch_id", "remedy": "p.batch_id", "evidence_run": "batch_id",
    "evidence_layer": "r.batch_id", "evidence_area": "p.batch_id", "evidence_document": "p.batch_id",
    "evidence_summary": "p.batch_id", "proposal": "p.batch_id",
}


def read(db: sqlite3.Connection, table: str, batch_id: Optional[str], ids: Optional[Iterable[str]]) -> pd.DataFrame:
    """See :meth:`Storage.frame`. SQL is put together from the constants of this module alone; values are bound."""
    sql = FRAMES[table]
    if ids is not None:
        cursors = [db.execute(f"{sql} WHERE {KEYS[table]} IN ({marks(part)})", part) for part in chunks(ids)]  # nosec B608
        cursors = cursors or [db.execute(f"{sql} LIMIT 0")]  # nosec B608
    elif batch_id is not None:
        cursors = [db.execute(f"{sql} WHERE {BATCHES[table]} = ?", (batch_id,))]  # nosec B608
    else:
        cursors = [db.execute(sql)]
    rows = [row for cursor in cursors for row in cursor.fetchall()]
    return schema.with_numbers(pd.DataFrame(rows, columns=[d[0] for d in cursors[0].description], dtype=object))
