"""SedonaDB: the same SQL as DuckDB. Its CASE loses the geometry type, so patches inside one polygon are not set apart."""
from __future__ import annotations

from typing import Any

import sedonadb

from .common import Task, Work, main
from .statements import by_class, covered


def measure(task: Task, work: Work) -> None:
    engine = sedonadb.connect()
    engine.sql(f"SET datafusion.execution.target_partitions = {int(task.threads)}").execute()
    work.timed("read", _read, engine, task, task.patches, "patch", "")
    for layer in task.layers:
        work.timed("read", _read, engine, task, layer.table, layer.table, layer.class_field)
        question = by_class(layer.table, False) if layer.class_field else covered(layer.table, False)
        columns = work.timed(layer.key, lambda: engine.sql(question).to_arrow_table().columns)
        work.add(layer, *(column.to_pylist() for column in columns))
    work.versions["SedonaDB"] = sedonadb.__version__


def _read(engine: Any, task: Task, table: str, name: str, class_field: str) -> None:
    """Into memory as it is first: version 0.5 fails on a projection that is pushed down into the reader."""
    columns = ["number", *([class_field] if class_field else [])]
    engine.read_pyogrio(task.path(table), options={"columns": columns}).to_memtable().to_view("read_" + name, overwrite=True)
    value = f'"{class_field}"' if class_field else "''"
    question = f"SELECT number AS id, {value} AS value, geom AS g FROM read_{name}"  # nosec B608 - names from sizes.py
    engine.sql(question).to_memtable().to_view(name, overwrite=True)


if __name__ == "__main__":
    main(measure)
