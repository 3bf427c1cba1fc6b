"""Where a layer is a seamless coverage: proved edge by edge, without any overlay.

If every edge of the evidence that comes near a patch is shared by a neighbour running the other way, then crossing
an edge never changes by how many polygons the ground is covered. So the cover is the same all over the patch's box,
and one point tells whether it is exactly one. Such a patch has no gap and no overlap, and its pieces sum to itself.

"Every edge has its twin" is seen from a sum of signed 64-bit fingerprints that must vanish.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .candidates import Candidates, Evidence, Relation
from .rings import Rings, shoelace

EDGES_AT_ONCE = 1_000_000  # of one chunk; patches beside larger evidence are measured the long way
TRIED_FIRST = 16  # patches of a chunk
_PRIMES = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0xD6E8FEB86659FD93],
    dtype=np.uint64,
)


def seamless(patches: np.ndarray, bounds: np.ndarray, evidence: Evidence, found: Candidates) -> np.ndarray:
    """For each patch, whether the evidence covers its box everywhere exactly once, by more than one polygon.

    Some are tried first: where none of them lies in a coverage the others are not looked at, and measured the long way.
    """
    wanted = np.flatnonzero(_worth_trying(len(patches), evidence, found))
    first = wanted[:: max(1, len(wanted) // TRIED_FIRST)]
    result = _proved(first, patches, bounds, evidence, found)
    if result.any():
        result |= _proved(np.setdiff1d(wanted, first), patches, bounds, evidence, found)
    return result


def _worth_trying(count: int, evidence: Evidence, found: Candidates) -> np.ndarray:
    """Patches that several polygons meet, as many as the limit of edges allows."""
    result = np.zeros(count, bool)
    result[np.unique(found.pairs.i[np.flatnonzero(np.diff(found.pairs.i) == 0)])] = True
    result[found.pairs.i[found.pairs.relation == Relation.COVERS]] = False
    cost = np.bincount(found.boxes.i, evidence.vertices[found.boxes.j], count)
    return result & (np.cumsum(np.where(result, cost, 0)) <= EDGES_AT_ONCE)


def _proved(rows: np.ndarray, patches: np.ndarray, bounds: np.ndarray, evidence: Evidence, found: Candidates) -> np.ndarray:
    """Which of the patches ``rows`` lie in a seamless coverage."""
    among = np.zeros(len(patches), bool)
    among[rows] = True
    pairs = found.boxes.where(among[found.boxes.i])
    if not len(pairs):
        return among
    among &= _fingerprints(bounds, evidence, pairs.i, pairs.j) == 0
    return among & _covered_once(patches, evidence, found, among)


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


def _covered_once(patches: np.ndarray, evidence: Evidence, found: Candidates, among: np.ndarray) -> np.ndarray:
    """Whether the first vertex of the patch meets exactly one polygon (on a common edge it would meet two)."""
    pairs = found.pairs.where(among[found.pairs.i])
    result = np.zeros(len(patches), bool)
    if len(pairs):
        at = shapely.get_coordinates(shapely.get_point(shapely.get_exterior_ring(shapely.get_geometry(patches, 0)), 0))
        hit = shapely.intersects_xy(evidence.geoms[pairs.j], at[pairs.i, 0], at[pairs.i, 1])
        result = np.bincount(pairs.i[hit], minlength=len(patches)) == 1
    return result
