"""Tables of a GeoPackage register as frames: the SELECT behind each, and reading it whole, by batch or by row."""
from __future__ import annotations

from typing import Callable, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from .. import tables
from . import layout, people
from .sql import Database

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
_TOWN = ", ".join(f"{column} AS {name}" for name, column in layout.TOWN.items())

# both are built of our own field names
PARCELS = (
    f"SELECT p.id AS parcel_id, {_own(tables.PARCEL, 'p')}, h.JCBH AS JCBH, h.split AS split, b.PCBH AS PCBH, b.ND AS ND, "
    "b.YF AS YF, b.ZD AS ZD, "
    + ", ".join(layout.TOWN.get(f.name, f'i."{f.name}"') + f' AS "{f.name}"' for f in tables.ISSUED)
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
    "SELECT p.id AS parcel_id, p.id, p.patch_id, p.parent_id, p.own_township, p.retired, p.gone, p.verdict_event, p.TBZT, p.DKBH, "
    "p.DKMJ, p.GDMJ, p.JBNTMJ, p.PDJL1, p.PDJL2, p.WFMJ, p.WFGD, p.WFJBNT, p.XMLX FROM parcel p"
)
COUNTED_MEASURED = (
    "SELECT p.id AS parcel_id, e.GDMJ AS measured_GDMJ, e.JBNTMJ AS measured_JBNTMJ, e.run_id AS measured_run "
    "FROM evidence_summary e JOIN parcel p ON p.id = e.parcel_id AND p.shape_id = e.shape_id"
)
COUNTED_PATCHES = (
    "SELECT h.id, h.gone, h.split, h.JCBH, h.id AS patch_id, b.PCBH, b.ND, b.YF, b.ZD, i.XZDM, i.XZMC, i.JCMJ, i.GDMJ0 FROM patch h "
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
    dialect needs at the end; ``parties`` are asked for only where a name stands for one."""
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
    if "YDDW" in frame and people.has_tokens(frame["YDDW"]):
        frame["YDDW"] = people.with_names(frame["YDDW"], parties())
    return tables.with_numbers(frame)
