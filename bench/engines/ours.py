"""Land Inspector's own engine as a library, without QGIS: cold start, candidates through the R-tree, threads."""
from __future__ import annotations

import numpy as np
import shapely

from land_inspector.evidence.area import AreaMethod
from land_inspector.evidence.layers import open_layer
from land_inspector.evidence.survey import Survey

from .common import Task, Work, main
from .patches import read_patches


def measure(task: Task, work: Work) -> None:
    method = AreaMethod.PLANAR if task.planar else AreaMethod.ELLIPSOID
    patches = work.timed("read patches", read_patches, task.path(task.patches))
    as_read = np.zeros(len(patches.geoms), np.int8)
    survey = work.timed("patch areas", Survey, patches.geoms, patches.crs, method, task.threads, as_read)
    for layer in task.layers:
        source = work.timed("open", open_layer, task.path(layer.table))
        if layer.class_field:
            table = work.timed(layer.key, survey.by_class, source, layer.class_field)
            work.add(layer, patches.number[table.patch], table.area_m2, table.value)
        else:
            work.add(layer, patches.number, work.timed(layer.key, survey.covered, source))
    work.versions["GEOS"] = shapely.geos_version_string
    work.versions["shapely"] = shapely.__version__


if __name__ == "__main__":
    main(measure)
