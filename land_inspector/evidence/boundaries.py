"""Areas from boundaries alone: what goes into :mod:`green`, and m² out of it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Tuple

import numpy as np

from .candidates import Check, Evidence
from .chunks import Patches
from .shapes import Rings, shoelace

VERTICES_AT_ONCE = 200_000  # of polygons around patches, between two looks at the cancel button: 0.01 to 0.1 s


class CommonAreas:
    """m² of patch ``patch[k]`` under the polygons of value ``value[k]``, counted once; ``covered`` of each patch under any."""

    def __init__(self, patches: Patches, patch: np.ndarray, value: np.ndarray, by_group: np.ndarray, by_patch: np.ndarray):
        """``by_group`` and ``by_patch`` are sums as :mod:`green` leaves them."""
        self.patch, self.value = patch, value
        self._patches, self._by_group, self._by_patch = patches, by_group, by_patch

    @property
    def area_m2(self) -> np.ndarray:
        """m² of each patch and value."""
        return _square_metres(self._patches, self._by_group, self.patch)

    @property
    def covered(self) -> np.ndarray:
        """m² of each patch."""
        return _square_metres(self._patches, self._by_patch, np.arange(len(self._patches)))


@dataclass(frozen=True)
class _Ground:
    """All patches of a chunk and the polygons around them: patches ``i`` and polygons ``j`` whose boxes meet; the boundaries of
    those polygons, and the ``place`` of each polygon among them."""

    i: np.ndarray
    j: np.ndarray
    place: np.ndarray
    polygons: Any

    @classmethod
    def of(cls, patches: Patches, evidence: Evidence) -> "_Ground":
        i, j = evidence.tree.query(patches.geoms)
        used = np.unique(j)
        place = np.zeros(len(evidence.geoms), np.int64)
        place[used] = np.arange(len(used))
        return cls(i, j, place, _flat(evidence.geoms[used]))

    def met(self, patches: Patches, evidence: Evidence) -> Tuple[np.ndarray, np.ndarray]:
        """The pairs of some patches and some polygons, by their own numbers."""
        i, j = _numbers(patches.rows, len(patches.whole))[self.i], _numbers(evidence.rows, len(self.place))[self.j]
        both = (i >= 0) & (j >= 0)
        return i[both], j[both]


def _numbers(rows: np.ndarray, count: int) -> np.ndarray:
    result = np.full(count, -1, np.int64)
    result[rows] = np.arange(len(rows))
    return result


def common_areas(patches: Patches, evidence: Evidence, values: np.ndarray, check: Check) -> CommonAreas:
    """``values``: a number for each polygon of the evidence; those of one number are united.

    Only for patches whose :meth:`~Patches.by_boundary` says so. Boxes are asked and boundaries laid out once for all patches and
    all polygons of which these are some.
    """
    ground = patches.kept(evidence.whole, lambda whole: _Ground.of(whole, evidence.whole))
    own = patches.kept("boundaries", lambda whole: _flat(whole.geoms))
    i, j = ground.met(patches, evidence)
    order = np.lexsort((j, values[j], i))
    i, j = i[order], j[order]
    begins = np.concatenate([[True], (np.diff(i) != 0) | (np.diff(values[j]) != 0)])[: len(i)]
    first, group = np.flatnonzero(begins), np.cumsum(begins, dtype=np.int64) - 1
    used, meets = np.unique(j, return_inverse=True)
    used, which = ground.place[evidence.rows[used]], patches.rows.astype(np.int64, copy=False)
    starts = np.searchsorted(i, np.arange(len(patches) + 1)).astype(np.int64, copy=False)
    width = 3 if patches.scale.bend is None else 7
    by_group, by_patch = np.zeros((len(first), width)), np.zeros((len(patches), width))
    load = np.concatenate([[0], np.cumsum(evidence.vertices[j])])[starts]
    stops = np.searchsorted(load, np.arange(VERTICES_AT_ONCE, load[-1] + VERTICES_AT_ONCE, VERTICES_AT_ONCE))
    begin = 0
    for stop in np.unique(np.append(np.minimum(stops, len(patches)), len(patches))).tolist():
        check()
        patches.green.add_common_areas(own, ground.polygons, begin, stop, which, used, starts, meets, group, by_group, by_patch)
        begin = stop
    return CommonAreas(patches, i[first], values[j[first]], by_group, by_patch)


def _origins(whole: Patches) -> np.ndarray:
    """The first vertex of each patch."""
    own = whole.kept("boundaries", lambda _whole: _flat(whole.geoms))
    origin = np.full((len(whole), 2), np.nan)
    there = np.flatnonzero(np.diff(own.first))
    origin[there] = own.xy[own.rings[own.first[there]]]
    return origin


def _square_metres(patches: Patches, sums: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Of (A, ∫x dA, ∫y dA, sums of cubes) in the patches at ``rows`` by the scale at the centroid; what rounding left of nothing
    is 0."""
    result = np.zeros(len(sums))
    some = np.flatnonzero(sums[:, 0] > 0)
    area, owner = sums[some, 0], rows[some]
    origin = patches.kept("origins", _origins)[patches.rows[owner]]
    result[some] = area * patches.scale.at(origin + sums[some, 1:3] / area[:, None])
    if patches.scale.bend is not None:
        bounds = patches.bounds[owner]
        bend = patches.scale.bend((bounds[:, :2] + bounds[:, 2:]) / 2)
        result[some] = np.maximum(result[some] + (sums[some, 3:] * bend).sum(axis=1), 0.0)
    return result


def _flat(geoms: np.ndarray) -> Any:
    """Polygons as :class:`green.Polygons`."""
    from .green import BLOCK, Polygons  # needs numba, which is there when anybody asks for this

    rings = Rings.of(geoms)
    xy, start = np.ascontiguousarray(rings.xy), rings.start.astype(np.int64)
    first = np.searchsorted(rings.owner, np.arange(len(geoms) + 1)).astype(np.int64)
    forward = (shoelace(xy[:, 0], xy[:, 1], start) > 0) == rings.is_shell
    blocks = np.arange(0, len(xy), BLOCK)
    boxes = np.hstack([np.minimum.reduceat(xy, blocks), np.maximum.reduceat(xy, blocks)]) if len(xy) else np.empty((0, 4))
    return Polygons(xy, start, first, forward, boxes)
