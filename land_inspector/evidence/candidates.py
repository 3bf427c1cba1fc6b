"""Which evidence polygons meet which patch, and how: decided by boxes and prepared predicates, before any overlay."""
from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np
import shapely

from .shapes import Check

PAIRS_AT_ONCE = 4000  # ufunc calls between two looks at the cancel button: some 0.3 s


class Relation(IntEnum):
    """How an evidence polygon meets a patch; the last two need no overlay."""
    CROSSING = 0
    COVERS = 1  # the evidence polygon covers the whole patch
    INSIDE = 2  # the evidence polygon lies inside the patch


class Evidence:
    """Polygons around some patches, in the layer's coordinates; valid and not empty.

    ``values`` holds the class of each polygon, where the layer has classes. A :meth:`part` is measured as if it were alone; what is
    made of the ``whole`` to measure by boundaries is made once for all its parts. Belongs to one thread.
    """

    def __init__(self, geoms: np.ndarray, values: Optional[np.ndarray] = None):
        self.geoms = geoms
        self.values = values
        self._of: Optional[Tuple["Evidence", np.ndarray]] = None
        self._made: Dict[str, Any] = {}

    def part(self, rows: np.ndarray, values: Optional[np.ndarray] = None) -> "Evidence":
        """The polygons at ``rows`` (positions, none twice), in that order."""
        result = Evidence(self.geoms[rows], values)
        result._of = self.whole, self.rows[rows]
        return result

    @property
    def whole(self) -> "Evidence":
        """The polygons of which these are a part; themselves where they are none."""
        return self if self._of is None else self._of[0]

    @property
    def rows(self) -> np.ndarray:
        """Where these stand in the ``whole``."""
        return np.arange(len(self.geoms)) if self._of is None else self._of[1]

    @property
    def bounds(self) -> np.ndarray:
        """n × 4: minx, miny, maxx, maxy."""
        return self._once("bounds", lambda: shapely.bounds(self.geoms).reshape(-1, 4))

    @property
    def vertices(self) -> np.ndarray:
        """How many each polygon has."""
        if self._of is not None:
            return self.whole.vertices[self.rows]
        return self._once("vertices", lambda: shapely.get_num_coordinates(self.geoms))

    @property
    def tree(self) -> shapely.STRtree:
        """Finds polygons by their boxes."""
        return self._once("tree", lambda: shapely.STRtree(self.geoms))

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]


@dataclass(frozen=True)
class Pairs:
    """Patch ``i`` meets evidence polygon ``j`` in the way ``relation`` says; sorted by patch."""

    i: np.ndarray
    j: np.ndarray
    relation: np.ndarray

    def __len__(self) -> int:
        return len(self.i)

    def where(self, keep: np.ndarray) -> "Pairs":
        """The pairs that ``keep`` picks: a mask, or positions in the order wanted."""
        return Pairs(self.i[keep], self.j[keep], self.relation[keep])


@dataclass(frozen=True)
class Candidates:
    """``boxes``: all pairs whose boxes meet; ``pairs``: those that really meet."""

    boxes: Pairs
    pairs: Pairs


def find_candidates(patches: np.ndarray, bounds: np.ndarray, evidence: Evidence, check: Check) -> Candidates:
    """``evidence`` must belong to the calling thread alone: it is prepared here."""
    patches = shapely.from_wkb(shapely.to_wkb(patches))  # prepared too, and other threads may have the same ones
    i, j = evidence.tree.query(patches)
    order = np.lexsort((j, i))
    i, j = i[order], j[order]
    relation = np.full(len(i), Relation.CROSSING, dtype=np.int8)
    meets = np.ones(len(i), bool)
    shapely.prepare(patches)
    patch_box, box = bounds[i], evidence.bounds[j]
    outer = _box_within(patch_box, box)
    _find_covering(patches, evidence, (i, j), outer, relation, meets, check)
    other = np.flatnonzero(~outer)
    meets[other] = in_slices(shapely.intersects, patches[i[other]], evidence.geoms[j[other]], check)
    inner = np.flatnonzero(_box_within(box, patch_box) & meets & (relation == Relation.CROSSING))
    inside = in_slices(shapely.covers, patches[i[inner]], evidence.geoms[j[inner]], check)
    relation[inner[inside]] = Relation.INSIDE
    boxes = Pairs(i, j, relation)
    return Candidates(boxes, boxes.where(meets))


def _box_within(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    return (inner[:, :2] >= outer[:, :2]).all(axis=1) & (inner[:, 2:] <= outer[:, 2:]).all(axis=1)


def _find_covering(
    patches: np.ndarray, evidence: Evidence, pair: Tuple[np.ndarray, np.ndarray], outer: np.ndarray,
    relation: np.ndarray, meets: np.ndarray, check: Check,
) -> None:
    """Evidence whose box holds the patch's box: prepared in its turn."""
    i, j = pair
    rows = np.flatnonzero(outer)
    shapely.prepare(evidence.geoms[np.unique(j[rows])])
    covers = in_slices(shapely.covers, evidence.geoms[j[rows]], patches[i[rows]], check)
    relation[rows[covers]] = Relation.COVERS
    rest = rows[~covers]
    meets[rest] = in_slices(shapely.intersects, evidence.geoms[j[rest]], patches[i[rest]], check)


def in_slices(operation: Callable, left: np.ndarray, right: np.ndarray, check: Check) -> np.ndarray:
    """A paired operation in slices, with a look at the cancel button between them."""
    if len(left) <= PAIRS_AT_ONCE:
        check()
        return operation(left, right)
    results = []
    for start in range(0, len(left), PAIRS_AT_ONCE):
        check()
        stop = start + PAIRS_AT_ONCE
        results.append(operation(left[start:stop], right[start:stop]))
    return np.concatenate(results)


def row_starts(keys: np.ndarray) -> np.ndarray:
    """Where each run of equal keys begins, and the end: ``keys[starts[k]:starts[k + 1]]``."""
    if not len(keys):
        return np.zeros(1, dtype=np.int64)
    return np.concatenate([[0], np.flatnonzero(np.diff(keys)) + 1, [len(keys)]])
