"""Areas from boundaries alone: what goes into :mod:`green`, and m² out of it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import numpy as np

from .area import Scale
from .candidates import Check, Evidence
from .chunks import Patches
from .shapes import Rings, shoelace

VERTICES_AT_ONCE = 200_000  # of polygons around patches, between two looks at the cancel button: 0.01 to 0.1 s


@dataclass(frozen=True)
class CommonAreas:
    """m² of patch ``patch[k]`` under the polygons of value ``value[k]``, counted once; ``covered`` of each patch under any."""

    patch: np.ndarray
    value: np.ndarray
    area_m2: np.ndarray
    covered: np.ndarray


def common_areas(patches: Patches, evidence: Evidence, values: np.ndarray, check: Check) -> CommonAreas:
    """``values``: a number for each polygon of the evidence; those of one number are united.

    Only for patches whose :meth:`~Patches.by_boundary` says so.
    """
    i, j = evidence.tree.query(patches.geoms)
    order = np.lexsort((j, values[j], i))
    i, j = i[order], j[order]
    begins = np.concatenate([[True], (np.diff(i) != 0) | (np.diff(values[j]) != 0)])[: len(i)]
    first = np.flatnonzero(begins)
    used, meets = np.unique(j, return_inverse=True)
    own, polygons = patches.kept("boundaries", lambda: _flat(patches.geoms)), _flat(evidence.geoms[used])
    starts = np.searchsorted(i, np.arange(len(patches) + 1))
    width = 3 if patches.scale.bend is None else 7
    by_group, by_patch = np.zeros((len(first), width)), np.zeros((len(patches), width))
    load = np.concatenate([[0], np.cumsum(evidence.vertices[j])])[starts]
    stops = np.searchsorted(load, np.arange(VERTICES_AT_ONCE, load[-1] + VERTICES_AT_ONCE, VERTICES_AT_ONCE))
    begin = 0
    for stop in np.unique(np.append(np.minimum(stops, len(patches)), len(patches))).tolist():
        check()
        patches.green.add_common_areas(own, polygons, begin, stop, starts, meets, np.cumsum(begins) - 1, by_group, by_patch)
        begin = stop
    origin = np.full((len(patches), 2), np.nan)
    there = np.flatnonzero(np.diff(own.first))
    origin[there] = own.xy[own.rings[own.first[there]]]
    bend = None if patches.scale.bend is None else patches.scale.bend((patches.bounds[:, :2] + patches.bounds[:, 2:]) / 2)
    owner, every = i[first], np.arange(len(patches))
    area, covered = (_square_metres(patches.scale, sums, origin[rows], None if bend is None else bend[rows])
                     for sums, rows in ((by_group, owner), (by_patch, every)))
    return CommonAreas(owner, values[j[first]], area, covered)


def _square_metres(scale: Scale, sums: np.ndarray, origin: np.ndarray, bend: Optional[np.ndarray]) -> np.ndarray:
    """Of (A, ∫x dA, ∫y dA, sums of cubes) by the scale at the centroid; what rounding left of nothing is 0."""
    result = np.zeros(len(sums))
    some = np.flatnonzero(sums[:, 0] > 0)
    area = sums[some, 0]
    result[some] = area * scale.at(origin[some] + sums[some, 1:3] / area[:, None])
    if bend is not None:
        result[some] = np.maximum(result[some] + (sums[some, 3:] * bend[some]).sum(axis=1), 0.0)
    return result


def _flat(geoms: np.ndarray) -> Any:
    """Polygons as :class:`clip_to_grid.Polygons`."""
    from .clip_to_grid import BLOCK, Polygons  # needs numba, which is there when anybody asks for this

    rings = Rings.of(geoms)
    xy, start = np.ascontiguousarray(rings.xy), rings.start.astype(np.int64)
    first = np.searchsorted(rings.owner, np.arange(len(geoms) + 1)).astype(np.int64)
    forward = (shoelace(xy[:, 0], xy[:, 1], start) > 0) == rings.is_shell
    blocks = np.arange(0, len(xy), BLOCK)
    boxes = np.hstack([np.minimum.reduceat(xy, blocks), np.maximum.reduceat(xy, blocks)]) if len(xy) else np.empty((0, 4))
    return Polygons(xy, start, first, forward, boxes)
