"""DuckDB with its spatial extension: a spatial join and sums, or a union by patch where a layer may overlap itself."""
from __future__ import annotations

from typing import List, Tuple

import duckdb
import duckdb_extensions

from ..sizes import Layer
from .common import Task, Work, main
from .statements import by_class, covered


def measure(task: Task, work: Work) -> None:
    connection = duckdb.connect()
    duckdb_extensions.import_extension("spatial", con=connection)
    connection.execute("LOAD spatial")
    connection.execute("SET threads = " + str(int(task.threads)))
    work.timed("read", _read, connection, task, task.patches, "patch", "")
    for layer in task.layers:
        work.timed("read", _read, connection, task, layer.table, layer.table, layer.class_field)
        rows = work.timed(layer.key, _rows, connection, layer)
        work.add(layer, *zip(*rows))
    work.versions["DuckDB"] = duckdb.__version__
    work.versions["GEOS"] = connection.execute("SELECT ST_GeosVersion()").fetchone()[0] if _tells_geos(connection) else "?"


def _tells_geos(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM duckdb_functions() WHERE lower(function_name) = 'st_geosversion'").fetchone()[0])


def _read(connection: duckdb.DuckDBPyConnection, task: Task, table: str, name: str, class_field: str) -> None:
    value = f'"{class_field}"' if class_field else "''"
    connection.execute(f"CREATE TABLE {name} AS SELECT number AS id, {value} AS value, geom AS g FROM ST_Read(?)", [task.path(table)])


def _rows(connection: duckdb.DuckDBPyConnection, layer: Layer) -> List[Tuple]:
    return connection.execute(by_class(layer.table) if layer.class_field else covered(layer.table)).fetchall()


if __name__ == "__main__":
    main(measure)
