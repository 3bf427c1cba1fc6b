"""Areas from boundaries alone: what goes into :mod:`green`, and m² out of it."""
from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from .candidates import Check, Evidence
from .patches import Patches
from .rings import Rings, shoelace

VERTICES_AT_ONCE = 2_000_000  # of polygons around patches, between two looks at the cancel button: some 0.1 s


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
    own, polygons = _flat(patches.geoms, patches.green), _flat(evidence.geoms[used], patches.green)
    starts = np.searchsorted(i, np.arange(len(patches) + 1))
    by_group, by_patch = np.zeros((len(first), 3)), np.zeros((len(patches), 3))
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
    return CommonAreas(
        i[first], values[j[first]], _square_metres(patches, by_group, origin[i[first]]), _square_metres(patches, by_patch, origin),
    )


def _square_metres(patches: Patches, sums: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Of (A, ∫x dA, ∫y dA), by the scale at the centroid; what rounding left of nothing is 0."""
    result = np.zeros(len(sums))
    some = np.flatnonzero(sums[:, 0] > 0)
    area = sums[some, 0]
    result[some] = area * patches.scale.at(origin[some] + sums[some, 1:] / area[:, None])
    return result


def _flat(geoms: np.ndarray, green: ModuleType) -> Any:
    """Polygons as :class:`green.Polygons`."""
    rings = Rings.of(geoms)
    xy, start = np.ascontiguousarray(rings.xy), rings.start.astype(np.int64)
    first = np.searchsorted(rings.owner, np.arange(len(geoms) + 1)).astype(np.int64)
    forward = (shoelace(xy[:, 0], xy[:, 1], start) > 0) == rings.is_shell
    blocks = np.arange(0, len(xy), green.BLOCK)
    boxes = np.hstack([np.minimum.reduceat(xy, blocks), np.maximum.reduceat(xy, blocks)]) if len(xy) else np.empty((0, 4))
    return green.Polygons(xy, start, first, forward, boxes)
