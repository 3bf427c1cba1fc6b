"""PostGIS, the data loaded and indexed before: SQL with parallel workers, areas fetched by a client."""
from __future__ import annotations

from pathlib import Path

import psycopg2

from ..sizes import Layer
from .common import Task, Work, main
from .statements import by_class, covered


def measure(task: Task, work: Work) -> None:
    connection = psycopg2.connect(task.extra["server"])
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SET max_parallel_workers_per_gather = %s", [task.threads - 1])
    for layer in task.layers:
        rows = work.timed(layer.key, _rows, cursor, layer)
        work.add(layer, *zip(*rows))
    cursor.execute("SELECT postgis_lib_version(), postgis_geos_version(), current_setting('server_version'), pg_backend_pid()")
    library, geos, server, process = cursor.fetchone()
    work.server_mb = _peak_mb(process)
    work.versions.update({"PostGIS": library, "GEOS": geos.split("-")[0], "PostgreSQL": server.split()[0]})


def _rows(cursor: "psycopg2.extensions.cursor", layer: Layer) -> list:
    cursor.execute(by_class(layer.table) if layer.class_field else covered(layer.table, union="ST_Union"))
    return cursor.fetchall()


def _peak_mb(process: int) -> float:
    """The most that the server's process for this client ever held; its parallel workers are gone by now."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main(measure)
