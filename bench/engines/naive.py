"""The plainest GEOS: every pair that meets is intersected, pieces of overlapping layers are united. The measure of truth.

It also times the overlays that no engine built on GEOS overlays can avoid: the pairs of layer A whose borders cross.
"""
from __future__ import annotations

import time
from typing import Tuple

import numpy as np
import shapely

from land_inspector.evidence.layers import open_layer

from .common import Task, Work, main
from .patches import EVERYWHERE, read_patches


def measure(task: Task, work: Work) -> None:
    patches = read_patches(task.path(task.patches))
    for layer in task.layers:
        fields = [layer.class_field] if layer.class_field else []
        found = work.timed("read", open_layer(task.path(layer.table)).near, EVERYWHERE, fields)
        i, j = work.timed("find", shapely.STRtree(found.geoms).query, patches.geoms, predicate="intersects")
        pieces = work.timed("intersect", shapely.intersection, patches.geoms[i], found.geoms[j])
        if layer.class_field:
            values = np.array(found.columns[layer.class_field])[j]
            keys, row = np.unique(np.column_stack([i.astype(str), values]), axis=0, return_inverse=True)
            area = np.bincount(row.ravel(), shapely.area(pieces))
            work.add(layer, patches.number[keys[:, 0].astype(int)], area, keys[:, 1])
        else:
            work.add(layer, *work.timed("unite", _united, patches.number, i, pieces))
        if layer.key == "A":
            work.seconds["floor"] = _floor(patches.geoms, found.geoms, i, j)
    work.versions["GEOS"] = shapely.geos_version_string


def _united(number: np.ndarray, owner: np.ndarray, pieces: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    order = np.argsort(owner, kind="stable")
    patch, first = np.unique(owner[order], return_index=True)
    area = [shapely.union_all(group).area for group in np.split(pieces[order], first[1:])]
    return number[patch], np.array(area)


def _floor(patches: np.ndarray, evidence: np.ndarray, i: np.ndarray, j: np.ndarray) -> float:
    """Seconds of GEOS for the pairs of which neither holds the other."""
    crossing = ~shapely.covers(evidence[j], patches[i]) & ~shapely.covers(patches[i], evidence[j])
    left, right = patches[i[crossing]], evidence[j[crossing]]
    started = time.perf_counter()
    shapely.area(shapely.intersection(left, right))
    return time.perf_counter() - started


if __name__ == "__main__":
    main(measure)
