"""native:calculatevectoroverlaps: QGIS's Overlap analysis. It knows no classes: areas covered alone."""
from __future__ import annotations

from .common import Task, Work, main
from .qgis_process import Desk, leave


def measure(task: Task, work: Work) -> None:
    desk = Desk(work)
    for layer in task.layers:
        rows = work.timed(layer.key, desk.run, "native:calculatevectoroverlaps", INPUT=task.path(task.patches),
                          LAYERS=[task.path(layer.table)], OUTPUT="memory:")
        area = len(rows.fields()) - 2
        found = [(f["number"], f[area]) for f in rows.getFeatures() if f[area]]
        work.add(layer, *zip(*found))


if __name__ == "__main__":
    main(measure)
    leave()
