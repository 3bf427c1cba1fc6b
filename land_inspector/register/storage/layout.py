"""The GeoPackage file of a register: its tables, its R-trees, its views.

GDAL lays the file down once (reference systems, geometry tables, R-tree triggers: OGC 12-128r18); from then on the
register writes through Python's sqlite3 alone. The R-tree triggers call five SQL functions that plain SQLite lacks;
:func:`connect` provides them from the GeoPackage geometry header.
"""
from __future__ import annotations

import sqlite3
import struct
from pathlib import Path
from typing import Callable, Iterable, List, Optional, Sequence, Tuple

from osgeo import gdal, ogr, osr

from ...crs_texts import plain_crs_text
from ...errors import InputError
from .. import schema
from ..schema import Field
from . import people

gdal.UseExceptions()

SHAPE, TOWNSHIP, PARCEL_MAP, ISSUED_MAP = "shape", "township", "parcel_map", "issued_map"
#: Where photos were taken (points that are only added), and the photos in force as a layer of arrows.
PHOTO_PLACE, PHOTO_MAP = "photo_place", "photo_map"

_SQL_KIND = {schema.TEXT: "TEXT", schema.REAL: "REAL", schema.INTEGER: "INTEGER", schema.DATE: "DATE"}
_ENVELOPE = struct.Struct("<2sBBi4d")

_PLAIN_TABLES = """
CREATE TABLE li_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE event (
  number INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, version INTEGER NOT NULL,
  subjects TEXT NOT NULL, actor TEXT NOT NULL, origin TEXT NOT NULL, sequence INTEGER NOT NULL,
  previous TEXT NOT NULL, seen TEXT NOT NULL, group_id TEXT NOT NULL, recorded_at TEXT NOT NULL,
  effective_on TEXT NOT NULL, payload TEXT NOT NULL, hash TEXT NOT NULL, UNIQUE (origin, sequence));
CREATE INDEX event_group ON event (group_id);
CREATE INDEX event_kind ON event (kind);
CREATE INDEX event_hash ON event (hash);
CREATE INDEX event_order ON event (recorded_at, origin, sequence);
CREATE TABLE event_subject (subject TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (subject, number)) WITHOUT ROWID;
CREATE TABLE quarantine (
  issue_id TEXT NOT NULL, row INTEGER NOT NULL, attributes TEXT NOT NULL, wkb BLOB, reason TEXT NOT NULL,
  PRIMARY KEY (issue_id, row));
CREATE TABLE finding (
  number INTEGER PRIMARY KEY, subject_id TEXT NOT NULL, source TEXT NOT NULL, row INTEGER, patch TEXT,
  severity TEXT NOT NULL, rule TEXT NOT NULL, message TEXT NOT NULL, remedy TEXT NOT NULL,
  area_before_m2 REAL, area_after_m2 REAL);
CREATE INDEX finding_subject ON finding (subject_id);
CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT NOT NULL, salt TEXT NOT NULL);
CREATE TABLE evidence_run (
  id TEXT PRIMARY KEY, batch_id TEXT NOT NULL, measured_at TEXT NOT NULL, method TEXT NOT NULL,
  profile TEXT NOT NULL, profile_digest TEXT NOT NULL, parcels INTEGER NOT NULL);
CREATE TABLE evidence_layer (
  run_id TEXT NOT NULL, key TEXT NOT NULL, role TEXT NOT NULL, name TEXT, source TEXT, fingerprint TEXT,
  date TEXT, features INTEGER, repaired INTEGER, empty INTEGER, unreadable INTEGER, PRIMARY KEY (run_id, key));
CREATE TABLE evidence_area (
  parcel_id TEXT NOT NULL, run_id TEXT NOT NULL, role TEXT NOT NULL, layer TEXT NOT NULL, class TEXT, area_m2 REAL NOT NULL);
CREATE INDEX evidence_area_parcel ON evidence_area (parcel_id);
CREATE TABLE evidence_document (
  parcel_id TEXT NOT NULL, run_id TEXT NOT NULL, role TEXT NOT NULL, layer TEXT NOT NULL, attributes TEXT NOT NULL,
  area_m2 REAL NOT NULL);
CREATE INDEX evidence_document_parcel ON evidence_document (parcel_id);
CREATE TABLE proposal (
  parcel_id TEXT PRIMARY KEY, ZDPD1 TEXT NOT NULL, ZDPD2 TEXT, ZDGZ TEXT, YZX TEXT, reasons TEXT NOT NULL,
  needs TEXT NOT NULL, shape_id TEXT NOT NULL, split_along TEXT, run_id TEXT, rulepack TEXT NOT NULL, proposed_at TEXT NOT NULL);
CREATE INDEX proposal_time ON proposal (proposed_at);
"""


def _columns(fields: Iterable[Field], key: str = "id") -> str:
    return ", ".join(f'"{f.name}" {_SQL_KIND[f.kind]}' + (" PRIMARY KEY" if f.name == key else "") for f in fields)


def _derived_tables() -> str:
    keep = "issued_id TEXT PRIMARY KEY, issue_id TEXT NOT NULL, patch_id TEXT NOT NULL, batch_id TEXT NOT NULL, " \
           "issue_no INTEGER NOT NULL, row INTEGER NOT NULL, JCBH TEXT NOT NULL, repaired INTEGER NOT NULL, basis TEXT NOT NULL, " \
           "other TEXT NOT NULL, content TEXT NOT NULL"
    summary = "parcel_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, shape_id TEXT NOT NULL, facts TEXT NOT NULL"
    return f"""
CREATE TABLE batch ({_columns(schema.BATCH)});
CREATE TABLE patch ({_columns(schema.PATCH)});
CREATE INDEX patch_batch ON patch (batch_id, JCBH);
CREATE TABLE parcel ({_columns(schema.PARCEL)});
CREATE INDEX parcel_batch ON parcel (batch_id, DKBH);
CREATE INDEX parcel_patch ON parcel (patch_id);
CREATE INDEX parcel_shape ON parcel (shape_id);
CREATE TABLE issued ({keep}, {_columns(schema.ISSUED)});
CREATE INDEX issued_issue ON issued (issue_id);
CREATE INDEX issued_patch ON issued (patch_id);
CREATE INDEX issued_batch ON issued (batch_id);
CREATE TABLE case_ ({_columns(schema.CASE)});
CREATE TABLE case_patch (case_id TEXT NOT NULL, patch_id TEXT NOT NULL, PRIMARY KEY (patch_id, case_id)) WITHOUT ROWID;
CREATE TABLE remedy ({_columns(schema.REMEDY)});
CREATE INDEX remedy_patch ON remedy (patch_id);
CREATE TABLE photo ({_columns(schema.PHOTO)});
CREATE INDEX photo_patch ON photo (patch_id);
CREATE INDEX photo_digest ON photo (sha256);
CREATE TABLE evidence_summary ({summary}, {_columns(schema.MEASURED)});
"""


def _map_column(name: str) -> str:
    field = schema.ALL_FIELDS[name]
    if name in schema.names(schema.MEASURED):
        return f'COALESCE(p."{name}", e."{name}") AS "{name}"'
    if name == "YDDW":  # a view is read by programs that know nothing of names kept apart
        return f"CASE WHEN p.YDDW LIKE '{people.STAND_IN}%' THEN '个人' ELSE p.YDDW END AS YDDW"
    for alias, table in (("p", schema.PARCEL), ("r", schema.PROPOSAL), ("h", schema.PATCH), ("i", schema.ISSUED), ("b", schema.BATCH)):
        if field in table:
            return f'{alias}."{name}" AS "{name}"'
    raise KeyError(name)


#: What was measured and proposed for the outline that a parcel has now; of an older outline it says nothing.
LATEST = ("LEFT JOIN proposal r ON r.parcel_id = p.id AND r.shape_id = p.shape_id "
          "LEFT JOIN evidence_summary e ON e.parcel_id = p.id AND e.shape_id = p.shape_id")


def map_select() -> str:
    """SELECT of the parcels that are alive, one row each, with what was issued, measured, proposed and given."""
    columns = ", ".join(_map_column(name) for name in schema.MAP_FIELDS)
    return (
        f"SELECT s.fid AS OGC_FID, s.geom AS geom, p.id AS parcel_id, {columns} FROM shape s "  # nosec B608 - our own field names
        "JOIN parcel p ON p.shape_id = s.shape_id JOIN patch h ON h.id = p.patch_id "
        "JOIN issued i ON i.issued_id = h.issued_id JOIN batch b ON b.id = p.batch_id "
        f"{LATEST} WHERE p.retired = 0 AND p.gone = 0"
    )


def _views() -> str:
    issued = ", ".join(f'i."{f.name}" AS "{f.name}"' for f in schema.ISSUED)
    return f"""
CREATE VIEW {PARCEL_MAP} AS {map_select()};
CREATE VIEW {ISSUED_MAP} AS SELECT s.fid AS OGC_FID, s.geom AS geom, b.PCBH AS PCBH, i.JCBH AS JCBH,
  i.issue_no AS issue_no, {issued} FROM shape s JOIN issued i ON i.issued_id = s.shape_id JOIN batch b ON b.id = i.batch_id;
CREATE VIEW {PHOTO_MAP} AS SELECT s.fid AS OGC_FID, s.geom AS geom, f.id AS photo_id, h.JCBH AS JCBH, f.parcels AS parcels,
  f.file AS file, f.taken_at AS taken_at, f.direction AS direction, f.distance_m AS distance_m
  FROM {PHOTO_PLACE} s JOIN photo f ON f.id = s.photo_id JOIN patch h ON h.id = f.patch_id WHERE f.removed = 0;
"""  # nosec B608 - built of our own field names


def create_file(path: Path, crs: str) -> None:
    """Lay down an empty register file. ``crs`` is a code (EPSG:4528), WKT or PROJ text. The file must not exist."""
    reference = osr.SpatialReference()
    text = plain_crs_text(crs)
    if text is None or reference.SetFromUserInput(text) != 0:
        raise InputError("{crs} is not a coordinate reference system.", "Give a code such as EPSG:4528.", crs=crs)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    if dataset is None:
        raise InputError("{path} cannot be created.", "Choose a folder you may write to.", path=str(path))
    shape = dataset.CreateLayer(SHAPE, reference, ogr.wkbMultiPolygon, ["FID=fid", "GEOMETRY_NAME=geom", "SPATIAL_INDEX=YES"])
    shape.CreateField(ogr.FieldDefn("shape_id", ogr.OFTString))
    township = dataset.CreateLayer(TOWNSHIP, reference, ogr.wkbMultiPolygon, ["FID=fid", "GEOMETRY_NAME=geom", "SPATIAL_INDEX=YES"])
    for name in ("XZDM", "XZMC", "ZSDM"):
        township.CreateField(ogr.FieldDefn(name, ogr.OFTString))
    place = dataset.CreateLayer(PHOTO_PLACE, reference, ogr.wkbPoint, ["FID=fid", "GEOMETRY_NAME=geom", "SPATIAL_INDEX=YES"])
    place.CreateField(ogr.FieldDefn("photo_id", ogr.OFTString))
    del shape, township, place, dataset


def create_tables(connection: sqlite3.Connection) -> None:
    """Everything that is not a geometry table; registers the two views as layers."""
    srs_id = srs(connection)
    connection.executescript(
        _PLAIN_TABLES + _derived_tables() + _views() + "CREATE UNIQUE INDEX shape_key ON shape (shape_id);"
        f"CREATE UNIQUE INDEX place_key ON {PHOTO_PLACE} (photo_id);"
    )
    for view, kind in ((PARCEL_MAP, "MULTIPOLYGON"), (ISSUED_MAP, "MULTIPOLYGON"), (PHOTO_MAP, "POINT")):
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, 'features', ?, ?)",
            (view, view, srs_id))
        connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (view, kind, srs_id))


def srs(connection: sqlite3.Connection) -> int:
    """srs_id of the register's geometry tables."""
    return connection.execute("SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (SHAPE,)).fetchone()[0]


def refresh_extent(connection: sqlite3.Connection, table: str, also: Sequence[str] = ()) -> None:
    """Write the bounding box that QGIS zooms to, from the R-tree."""
    box = connection.execute(f"SELECT min(minx), min(miny), max(maxx), max(maxy) FROM rtree_{table}_geom").fetchone()  # nosec B608
    for name in (table, *also):
        connection.execute(
            "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?, "
            "last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE table_name = ?", (*box, name))


def blob(wkb: bytes, bounds: Tuple[float, float, float, float], srs_id: int) -> bytes:
    """A GeoPackage geometry: header with envelope, then the WKB. ``bounds`` are minx, miny, maxx, maxy."""
    minx, miny, maxx, maxy = bounds
    return _ENVELOPE.pack(b"GP", 0, 0b011, srs_id, minx, maxx, miny, maxy) + wkb


def wkb_of(geometry: bytes) -> bytes:
    """The WKB inside a GeoPackage geometry."""
    return geometry[8 + (0, 32, 48, 48, 64)[(geometry[3] >> 1) & 7]:]


def _side(index: int) -> Callable[[Optional[bytes]], Optional[float]]:
    def value(geometry: Optional[bytes]) -> Optional[float]:
        return None if geometry is None else _ENVELOPE.unpack_from(geometry)[4 + index]
    return value


def connect(path: Path, patience_s: float) -> sqlite3.Connection:
    """A connection whose R-tree triggers work, that waits ``patience_s`` for another writer and syncs every commit."""
    connection = sqlite3.connect(str(path), timeout=patience_s, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.create_function("ST_IsEmpty", 1, lambda g: None if g is None else (g[3] >> 4) & 1, deterministic=True)
    for index, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        connection.create_function(name, 1, _side(index), deterministic=True)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def missing_tables(connection: sqlite3.Connection) -> List[str]:
    """Tables a register must have and this file lacks."""
    have = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    return [t for t in ("li_meta", "event", "batch", "patch", "parcel", "issued", "photo", SHAPE, PARCEL_MAP) if t not in have]
