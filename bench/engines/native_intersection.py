"""native:intersection, then the area of each piece by the field calculator, then sums by patch and class.

What users do today. Pieces of a layer that overlaps itself are counted as often as they occur: the sums are then wrong.
"""
from __future__ import annotations

from .common import Task, Work, main
from .qgis_process import Desk, leave


def measure(task: Task, work: Work) -> None:
    desk = Desk(work)
    for layer in task.layers:
        other = layer.class_field or "number"
        pieces = work.timed(layer.key, desk.run, "native:intersection", INPUT=task.path(task.patches), OVERLAY=task.path(layer.table),
                            INPUT_FIELDS=["number"], OVERLAY_FIELDS=[other], OVERLAY_FIELDS_PREFIX="of_", OUTPUT="memory:")
        pieces = work.timed("field calculator", desk.run, "native:fieldcalculator", INPUT=pieces, FIELD_NAME="piece_m2",
                            FIELD_TYPE=0, FIELD_LENGTH=0, FIELD_PRECISION=0, FORMULA="$area", OUTPUT="memory:")
        by = ["number"] + (["of_" + other] if layer.class_field else [])
        sums = work.timed("sums", desk.run, "qgis:statisticsbycategories", INPUT=pieces, VALUES_FIELD_NAME="piece_m2",
                          CATEGORIES_FIELD_NAME=by, OUTPUT="memory:")
        rows = list(sums.getFeatures())
        values = [f["of_" + other] for f in rows] if layer.class_field else ()
        work.add(layer, [f["number"] for f in rows], [f["sum"] for f in rows], values)


if __name__ == "__main__":
    main(measure)
    leave()
