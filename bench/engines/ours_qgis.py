"""Land Inspector's algorithms as a user of QGIS runs them: measure_classes and measure_overlap."""
from __future__ import annotations

from .common import Task, Work, main
from .qgis_process import Desk, leave


def measure(task: Task, work: Work) -> None:
    desk = Desk(work).with_our_algorithms()
    patches = task.path(task.patches)
    covers = [layer for layer in task.layers if not layer.class_field]
    for layer in task.layers:
        if layer.class_field:
            rows = work.timed(layer.key, desk.run, "land_inspector:measure_classes", INPUT=patches, OVERLAY=task.path(layer.table),
                              CLASS_FIELD=layer.class_field, OUTPUT="memory:")
            found = [(f["number"], f["area_m2"], f["class"]) for f in rows.getFeatures() if f["class"]]
            work.add(layer, *zip(*found))
    if covers:
        rows = work.timed("overlap", desk.run, "land_inspector:measure_overlap", INPUT=patches,
                          LAYERS=[task.path(layer.table) for layer in covers], AREA_METHOD=1, OUTPUT="memory:")
        features = list(rows.getFeatures())
        first = len(rows.fields()) - 2 * len(covers)
        for place, layer in enumerate(covers):
            work.add(layer, [f["number"] for f in features], [f[first + 2 * place] for f in features])


if __name__ == "__main__":
    main(measure)
    leave()
