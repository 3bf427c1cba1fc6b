"""The GeoPackage file of a register: its tables, its R-trees, its views.

GDAL lays the file down once (reference systems, geometry tables, R-tree triggers: OGC 12-128r18); from then on the
register writes through Python's sqlite3 alone. The R-tree triggers call five SQL functions that plain SQLite lacks;
:func:`connect` provides them from the GeoPackage geometry header.
"""
from __future__ import annotations

import sqlite3
import struct
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Sequence, Tuple

from osgeo import gdal, ogr, osr

from ...crs_texts import plain_crs_text
from ...errors import FullError, InputError
from .. import personal, tables
from ..tables import DERIVED_TABLES, LASTING_TABLES, Table
from .sqlite_file import is_full, meant


gdal.UseExceptions()

SHAPE, TOWNSHIP, PARCEL_MAP, ISSUED_MAP = "shape", "township", "parcel_map", "issued_map"
#: Where photos were taken (points that are only added), and the photos in force as a layer of arrows.
PHOTO_PLACE, PHOTO_MAP = "photo_place", "photo_map"

#: A date is text: under DATE SQLite would make a number of "202603".
_SQL_KIND = {tables.TEXT: "TEXT", tables.REAL: "REAL", tables.INTEGER: "INTEGER", tables.DATE: "TEXT", tables.BLOB: "BLOB"}
_ENVELOPE = struct.Struct("<2sBBi4d")


def _columns(table: Table) -> str:
    named = ", ".join(f'"{one.name}" {_SQL_KIND[one.kind]}' + (" PRIMARY KEY" if table.key == (one.name,) else "")
                      + (" NOT NULL" if one.required and table.key != (one.name,) else "") for one in table.fields)
    keys = [f"PRIMARY KEY ({', '.join(table.key)})"] if len(table.key) > 1 else []
    return ", ".join([named, *keys, *(f"UNIQUE ({', '.join(columns)})" for columns in table.unique)])


def create_statements(described: Iterable[Table]) -> str:
    """DDL of tables and their indexes; an index bears the names of its table and its first column."""
    made = []
    for table in described:
        made.append(f"CREATE TABLE {table.name} ({_columns(table)})" + (" WITHOUT ROWID;" if table.without_rowid else ";"))
        made += [f"CREATE INDEX {table.name}_{columns[0].replace('_id', '')} ON {table.name} ({', '.join(columns)});"
                 for columns in table.indexes]
    return "\n".join(made)


#: Where a parcel answers: a piece in its own township, everything else in the issued one.
TOWN = {"XZDM": "COALESCE(p.own_township, i.XZDM)",
        "XZMC": "COALESCE((SELECT min(o.XZMC) FROM township o WHERE o.XZDM = p.own_township), i.XZMC)"}


def _map_column(name: str) -> str:
    field = tables.ALL_FIELDS[name]
    if name in TOWN:
        return f'{TOWN[name]} AS "{name}"'
    if name in tables.names(tables.MEASURED):
        return f'COALESCE(p."{name}", e."{name}") AS "{name}"'
    if name == "YDDW":  # a view is read by programs that know nothing of names kept apart
        return f"CASE WHEN p.YDDW LIKE '{personal.STAND_IN}%' THEN '个人' ELSE p.YDDW END AS YDDW"
    for alias, table in (("p", tables.PARCEL), ("r", tables.PROPOSAL), ("h", tables.PATCH), ("i", tables.ISSUED), ("b", tables.BATCH)):
        if field in table:
            return f'{alias}."{name}" AS "{name}"'
    raise KeyError(name)


#: What was measured and proposed for the outline that a parcel has now; of an older outline it says nothing.
LATEST = ("LEFT JOIN proposal r ON r.parcel_id = p.id AND r.shape_id = p.shape_id "
          "LEFT JOIN evidence_summary e ON e.parcel_id = p.id AND e.shape_id = p.shape_id")


def map_select() -> str:
    """SELECT of the parcels that are alive, one row each, with what was issued, measured, proposed and given."""
    columns = ", ".join(_map_column(name) for name in tables.MAP_FIELDS)
    return (
        f"SELECT s.fid AS OGC_FID, s.geom AS geom, p.id AS parcel_id, {columns} FROM shape s "  # nosec B608 - our own field names
        "JOIN parcel p ON p.shape_id = s.shape_id JOIN patch h ON h.id = p.patch_id "
        "JOIN issued i ON i.issued_id = h.issued_id JOIN batch b ON b.id = p.batch_id "
        f"{LATEST} WHERE p.retired = 0 AND p.gone = 0"
    )


def views() -> str:
    """DDL of the map layers, one statement after the other."""
    issued = ", ".join(f'i."{f.name}" AS "{f.name}"' for f in tables.ISSUED)
    return f"""
CREATE VIEW {PARCEL_MAP} AS {map_select()};
CREATE VIEW {ISSUED_MAP} AS SELECT s.fid AS OGC_FID, s.geom AS geom, b.PCBH AS PCBH, i.JCBH AS JCBH,
  i.issue_no AS issue_no, {issued} FROM shape s JOIN issued i ON i.issued_id = s.shape_id JOIN batch b ON b.id = i.batch_id;
CREATE VIEW {PHOTO_MAP} AS SELECT s.fid AS OGC_FID, s.geom AS geom, f.id AS photo_id, h.JCBH AS JCBH, f.parcels AS parcels,
  f.file AS file, f.taken_at AS taken_at, f.direction AS direction, f.magnetic AS magnetic, f.distance_m AS distance_m
  FROM {PHOTO_PLACE} s JOIN photo f ON f.id = s.photo_id JOIN patch h ON h.id = f.patch_id WHERE f.removed = 0;
"""  # nosec B608 - built of our own field names


def create_file(path: Path, crs: str) -> None:
    """Lay down an empty register file. ``crs`` is a code (EPSG:4528), WKT or PROJ text. The file must not exist.

    InputError for a CRS that is none or a place that takes no file, FullError for a full disk."""
    reference = osr.SpatialReference()
    text = plain_crs_text(crs)
    if text is None or reference.SetFromUserInput(text) != 0:
        raise InputError("{crs} is not a coordinate reference system.", "Give a code such as EPSG:4528.", crs=crs)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    try:
        _lay_down(path, reference)
    except (RuntimeError, AttributeError) as error:  # GDAL raises, or hands out None for a layer, as its host has it
        if is_full(path.parent):
            raise FullError("The disk that holds {path} is full; nothing of this was recorded.", "Make room, then do it again.",
                            path=str(meant(path))) from error
        raise InputError("{path} cannot be created.", "Choose a folder you may write to.", path=str(meant(path))) from error


def _lay_down(path: Path, reference: osr.SpatialReference) -> None:
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    options = ["FID=fid", "GEOMETRY_NAME=geom", "SPATIAL_INDEX=YES"]
    for table, kind, names in ((SHAPE, ogr.wkbMultiPolygon, ["shape_id"]), (TOWNSHIP, ogr.wkbMultiPolygon, ["XZDM", "XZMC", "ZSDM"]),
                               (PHOTO_PLACE, ogr.wkbPoint, ["photo_id"])):
        layer = dataset.CreateLayer(table, reference, kind, options)
        for name in names:
            layer.CreateField(ogr.FieldDefn(name, ogr.OFTString))
        del layer
    del dataset


def create_tables(connection: sqlite3.Connection) -> None:
    """Everything that is not a geometry table; registers the two views as layers. Runs in the caller's transaction: each statement
    by itself would wait for the disk."""
    srs_id = srs(connection)
    _run(connection, create_statements(LASTING_TABLES + DERIVED_TABLES) + views() + "CREATE UNIQUE INDEX shape_key ON shape (shape_id);"
         f"CREATE UNIQUE INDEX place_key ON {PHOTO_PLACE} (photo_id);")
    for view, kind in ((PARCEL_MAP, "MULTIPOLYGON"), (ISSUED_MAP, "MULTIPOLYGON"), (PHOTO_MAP, "POINT")):
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, 'features', ?, ?)",
            (view, view, srs_id))
        connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (view, kind, srs_id))


def complete(connection: sqlite3.Connection) -> None:
    """Add what a file of an older format lacks of the tables that are not derived. Runs in the caller's transaction."""
    for table in LASTING_TABLES:
        there = {row[1] for row in connection.execute(f"PRAGMA table_info({table.name})")}
        statements = create_statements([table]).split("\n")
        if there:
            statements[0] = ""
            for one in table.fields:
                if one.name not in there:
                    connection.execute(f'ALTER TABLE {table.name} ADD COLUMN "{one.name}" {_SQL_KIND[one.kind]}')
            for (index,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
                                               (table.name,)).fetchall():
                connection.execute(f'DROP INDEX "{index}"')
        for statement in filter(None, statements):
            connection.execute(statement)


def renew_derived(connection: sqlite3.Connection) -> None:
    """Make everything anew, and empty, that is folded from the events, and the views over it. Runs in the caller's transaction."""
    for view in (PARCEL_MAP, ISSUED_MAP, PHOTO_MAP):
        connection.execute(f"DROP VIEW IF EXISTS {view}")
    for table in DERIVED_TABLES:
        connection.execute(f"DROP TABLE IF EXISTS {table.name}")
    _run(connection, create_statements(DERIVED_TABLES) + views())


def _run(connection: sqlite3.Connection, script: str) -> None:
    """DDL of ours, statement by statement: ``executescript`` would commit what the caller has begun."""
    for statement in script.split(";"):
        connection.execute(statement)


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


@contextmanager
def many_shapes(connection: sqlite3.Connection) -> Iterator[None]:
    """Shapes inserted in this block, within a transaction, reach the R-tree and the count of rows at its end: the triggers that
    do it row by row ask Python five times for each. They are put back word for word; an error takes all of it back with the transaction."""
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name IN (?, ?)",
                                  (f"rtree_{SHAPE}_geom_insert", f"trigger_insert_feature_count_{SHAPE}")).fetchall()
    (last,) = connection.execute(f"SELECT coalesce(max(fid), 0) FROM {SHAPE}").fetchone()  # nosec B608 - our own name
    for name, _sql in triggers:
        connection.execute(f'DROP TRIGGER "{name}"')
    yield
    cursor = connection.cursor()
    cursor.row_factory = None
    headers = cursor.execute(f"SELECT fid, substr(geom, 1, {_ENVELOPE.size}) FROM {SHAPE} WHERE fid > ?", (last,)).fetchall()  # nosec B608
    boxes = ((fid, *_ENVELOPE.unpack(header)[4:]) for fid, header in headers if not is_empty(header))
    connection.executemany(f"INSERT INTO rtree_{SHAPE}_geom VALUES (?, ?, ?, ?, ?)", boxes)  # nosec B608
    connection.execute("UPDATE gpkg_ogr_contents SET feature_count = feature_count + ? WHERE table_name = ?", (len(headers), SHAPE))
    for _name, sql in triggers:
        connection.execute(sql)


def is_empty(geometry: bytes) -> int:
    """The flag in the header of a GeoPackage geometry."""
    return (geometry[3] >> 4) & 1


def blob(wkb: bytes, bounds: Sequence[float], srs_id: int) -> bytes:
    """A GeoPackage geometry: header with envelope, then the WKB. ``bounds`` are minx, miny, maxx, maxy."""
    minx, miny, maxx, maxy = bounds
    return _ENVELOPE.pack(b"GP", 0, 0b011, srs_id, minx, maxx, miny, maxy) + wkb


def wkb_of(geometry: bytes) -> bytes:
    """The WKB inside a GeoPackage geometry."""
    return geometry[8 + (0, 32, 48, 48, 64)[(geometry[3] >> 1) & 7]:]


# The table ``layer_styles``, in which QGIS keeps the styles of a GeoPackage's layers: made as QGIS makes it.
#
# A layer whose default style stands there opens styled by itself, in any QGIS and without this plugin.

_TABLE = """
CREATE TABLE IF NOT EXISTS "layer_styles" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "f_table_catalog" TEXT(256), "f_table_schema" TEXT(256),
  "f_table_name" TEXT(256), "f_geometry_column" TEXT(256), "styleName" TEXT(30), "styleQML" TEXT, "styleSLD" TEXT,
  "useAsDefault" BOOLEAN, "description" TEXT, "owner" TEXT(30), "ui" TEXT(30),
  "update_time" DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))
"""


@dataclass(frozen=True)
class MapStyle:
    """The QML of one layer (table or view); one style of each layer is its default."""

    table: str
    name: str
    qml: str
    is_default: bool = False
    description: str = ""
    geometry_column: str = "geom"


def stored_map_styles(connection: sqlite3.Connection) -> List[MapStyle]:
    """Every style of the register's layers, whole."""
    have = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'layer_styles'").fetchone()
    rows = connection.execute("SELECT f_table_name, styleName, styleQML, useAsDefault, description, f_geometry_column FROM layer_styles "
                              "ORDER BY id").fetchall() if have else []
    return [MapStyle(row[0], row[1], row[2] or "", bool(row[3]), row[4] or "", row[5]) for row in rows]


def stored_styles(connection: sqlite3.Connection) -> Dict[Tuple[str, str], str]:
    """QML of every style by layer and name; none where nobody stored any."""
    have = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'layer_styles'").fetchone()
    rows = connection.execute("SELECT f_table_name, styleName, styleQML FROM layer_styles").fetchall() if have else []
    return {(str(row[0]), str(row[1])): str(row[2] or "") for row in rows}


def store_styles(connection: sqlite3.Connection, styles: Sequence[MapStyle]) -> None:
    """Keep the styles, replacing those of the same layer and name. Runs in the caller's transaction."""
    connection.execute(_TABLE)
    connection.execute("INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) "
                       "VALUES ('layer_styles', 'attributes', 'layer_styles', '', 0)")
    connection.executemany("DELETE FROM layer_styles WHERE f_table_name = ? AND styleName = ?",
                           [(style.table, style.name) for style in styles])
    connection.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, "
        "styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, ?, ?, ?, '', ?, ?, '')",
        [(style.table, style.geometry_column, style.name, style.qml, int(style.is_default), style.description) for style in styles])
