"""The table ``layer_styles``, in which QGIS keeps the styles of a GeoPackage's layers: made as QGIS makes it.

A layer whose default style stands there opens styled by itself, in any QGIS and without this plugin.
"""
from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple

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
