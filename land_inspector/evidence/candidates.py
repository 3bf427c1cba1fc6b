"""Which evidence polygons meet which patch, and how: decided by boxes and prepared predicates, before any overlay; and where
a layer is a seamless coverage, proved edge by edge.
"""
from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np
import shapely

from .shapes import Check, Rings, shoelace


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


# Where a layer is a seamless coverage: proved edge by edge, without any overlay.
#
# If every edge of the evidence that comes near a patch is shared by a neighbour running the other way, then crossing
# an edge never changes by how many polygons the ground is covered. So the cover is the same all over the patch's box,
# and one point tells whether it is exactly one. Such a patch has no gap and no overlap, and its pieces sum to itself.
#
# "Every edge has its twin" is seen from a sum of signed 64-bit fingerprints that must vanish.

MOST_EDGES = 1_000_000  # a patch with more of them around it is measured the long way
EDGES_AT_ONCE = 200_000  # so many stay in the processor's cache
_PRIMES = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0xD6E8FEB86659FD93],
    dtype=np.uint64,
)


def seamless(patches: np.ndarray, bounds: np.ndarray, evidence: Evidence, found: Candidates) -> np.ndarray:
    """For each patch, whether the evidence covers its box everywhere exactly once, by more than one polygon."""
    result = _promising(patches, evidence, found)
    cost = np.where(result, np.bincount(found.boxes.i, evidence.vertices[found.boxes.j], len(patches)), 0)
    result &= cost <= MOST_EDGES
    batch = np.cumsum(np.where(result, cost, 0)) // EDGES_AT_ONCE
    for number in np.unique(batch[result]):
        pairs = found.boxes.where((result & (batch == number))[found.boxes.i])
        result[batch == number] &= _fingerprints(bounds, evidence, pairs.i, pairs.j)[batch == number] == 0
    return result


def _promising(patches: np.ndarray, evidence: Evidence, found: Candidates) -> np.ndarray:
    """Patches that several polygons meet, and of which some vertices are covered: one of them exactly once.

    (On a common edge a vertex would meet two.)
    """
    result = np.zeros(len(patches), bool)
    result[np.unique(found.pairs.i[np.flatnonzero(np.diff(found.pairs.i) == 0)])] = True
    result[found.pairs.i[found.pairs.relation == Relation.COVERS]] = False
    met = _polygons_at_vertices(patches, evidence, found, result)
    return result & (met > 0).all(axis=0) & (met == 1).any(axis=0)


def _polygons_at_vertices(patches: np.ndarray, evidence: Evidence, found: Candidates, among: np.ndarray) -> np.ndarray:
    """How many polygons each of three vertices meets: a row for each vertex, a column for each patch."""
    pairs = found.pairs.where(among[found.pairs.i])
    rings = shapely.get_exterior_ring(shapely.get_geometry(patches, 0))
    met = []
    for third in range(3):
        at = shapely.get_point(rings, shapely.get_num_points(rings) * third // 3)[pairs.i]
        hit = shapely.intersects_xy(evidence.geoms[pairs.j], shapely.get_x(at), shapely.get_y(at))
        met.append(np.bincount(pairs.i[hit], minlength=len(patches)))
    return np.array(met)


def _fingerprints(bounds: np.ndarray, evidence: Evidence, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """The sum over the edges in each patch's box; 0 where all cancel."""
    used, position = np.unique(j, return_inverse=True)
    edges = _Edges.of(evidence.geoms[used])
    first = np.concatenate([[0], np.cumsum(edges.count)])
    rows = np.repeat(first[position], edges.count[position]) + _ranks(edges.count[position])
    patch = np.repeat(i, edges.count[position])
    box, near = bounds[patch], edges.boxes[rows]
    keep = (near[:, 0] <= box[:, 2]) & (near[:, 2] >= box[:, 0]) & (near[:, 1] <= box[:, 3]) & (near[:, 3] >= box[:, 1])
    running = np.concatenate([np.zeros(1, np.uint64), np.cumsum(edges.marks(rows[keep]), dtype=np.uint64)])
    ends = np.searchsorted(patch[keep], np.arange(len(bounds) + 1))
    return np.diff(running[ends])


def _ranks(counts: np.ndarray) -> np.ndarray:
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


@dataclass(frozen=True)
class _Edges:
    """All edges of some polygons; ``left`` tells whether the polygon lies left of its edge, ``count`` the edges of each."""

    begin: np.ndarray
    end: np.ndarray
    boxes: np.ndarray
    left: np.ndarray
    count: np.ndarray

    @classmethod
    def of(cls, geoms: np.ndarray) -> "_Edges":
        rings = Rings.of(geoms)
        first = rings.edge_starts()
        edges = np.diff(rings.start) - 1
        turn = np.sign(shoelace(rings.xy[:, 0], rings.xy[:, 1], rings.start)) * np.where(rings.is_shell, 1, -1)
        begin, end = rings.xy[first] + 0.0, rings.xy[first + 1] + 0.0  # + 0.0 makes -0.0 the same number
        boxes = np.hstack([np.minimum(begin, end), np.maximum(begin, end)])
        count = np.bincount(rings.owner, edges, len(geoms)).astype(np.int64)
        return cls(begin, end, boxes, np.repeat(turn > 0, edges), count)

    def marks(self, rows: np.ndarray) -> np.ndarray:
        """Signed fingerprints: those of an edge and of its twin sum to 0."""
        begin, end = self.begin[rows], self.end[rows]
        swap = (begin[:, 0] > end[:, 0]) | ((begin[:, 0] == end[:, 0]) & (begin[:, 1] > end[:, 1]))
        mark = _hashed(np.hstack([np.where(swap[:, None], end, begin), np.where(swap[:, None], begin, end)]))
        mark[(begin == end).all(axis=1)] = 0
        backwards = swap == self.left[rows]
        mark[backwards] = np.uint64(0) - mark[backwards]
        return mark


def _hashed(numbers: np.ndarray) -> np.ndarray:
    bits = np.ascontiguousarray(numbers).view(np.uint64)
    mixed = bits[:, 0] * _PRIMES[0]
    for column in range(1, bits.shape[1]):
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _PRIMES[4] + bits[:, column] * _PRIMES[column]
    mixed ^= mixed >> np.uint64(32)
    mixed *= _PRIMES[4]
    return mixed ^ (mixed >> np.uint64(29))
