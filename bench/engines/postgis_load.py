"""``python -m bench.engines.postgis_load TASK.json``: the task's patches and layers into PostGIS, indexed and analysed."""
from __future__ import annotations

import io

import numpy as np
import psycopg2
import shapely

from land_inspector.evidence.layers import open_layer

from ..county.making import CRS
from .common import Task, Work, main
from .patches import EVERYWHERE


def load(task: Task, work: Work) -> None:
    connection = psycopg2.connect(task.extra["server"])
    connection.autocommit = True
    work.timed("patch", _table, connection, task, task.patches, "patch", "")
    for layer in task.layers:
        work.timed(layer.table, _table, connection, task, layer.table, layer.table, layer.class_field)
    work.add(task.layers[0], [], [])


def _table(connection: "psycopg2.extensions.connection", task: Task, table: str, name: str, class_field: str) -> None:
    fields = ["number", *([class_field] if class_field else [])]
    found = open_layer(task.path(table)).near(EVERYWHERE, fields)
    values = found.columns[class_field] if class_field else [""] * len(found)
    shapes = shapely.to_wkb(shapely.set_srid(np.array(found.geoms), CRS), hex=True, include_srid=True)
    lines = io.StringIO("".join(f"{n}\t{v}\t{g}\n" for n, v, g in zip(found.columns["number"], values, shapes)))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}; CREATE UNLOGGED TABLE {name} (id int, value text, g geometry(Geometry, {CRS}))")
        cursor.copy_expert(f"COPY {name} (id, value, g) FROM STDIN", lines)
        cursor.execute(f"CREATE INDEX ON {name} USING gist (g)")
        cursor.execute(f"ANALYZE {name}")
        cursor.execute(f"ALTER TABLE {name} SET (parallel_workers = 2)")


if __name__ == "__main__":
    main(load)
