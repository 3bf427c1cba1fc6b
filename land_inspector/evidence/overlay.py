"""The kernel: how much of each patch lies under a layer, counted once where the layer overlaps itself.

(:mod:`classes` answers the same by class; :mod:`survey` feeds both chunk by chunk.)

Where :mod:`green` is there, areas come from boundaries alone. Otherwise least work first: boxes, prepared predicates (a
patch inside one polygon needs no overlay), the proof that a coverage is seamless (then one piece of each patch follows
from the others), pieces only where a border crosses the patch, and difference rounds where a layer overlaps itself or
has gaps.

All areas here are those of the evidence's coordinates; they are brought to the patch's own area at the end, so that
shares are exact whatever the two coordinate systems are.
"""
from __future__ import annotations

from typing import Tuple

import numpy as np
import shapely

from .boundaries import common_areas
from .candidates import Candidates, Check, Evidence, Pairs, Relation, find_candidates, in_slices, row_starts
from .patches import Patches
from .pieces import piece_geometries, remainders
from .coverage_check import seamless
from .shapes import overlay as overlaid


def covered_areas(patches: Patches, evidence: Evidence, check: Check) -> np.ndarray:
    """m² of each patch under the evidence, union-safe."""
    result = np.zeros(len(patches))
    if not len(evidence.geoms) or not len(patches):
        return result
    quick = patches.by_boundary()
    some, rest = np.flatnonzero(quick), np.flatnonzero(~quick)
    if len(some):
        result[some] = common_areas(patches.where(some), evidence, np.zeros(len(evidence.geoms), np.int64), check).covered
    if len(rest):
        result[rest] = _by_overlay(patches.where(rest), evidence, check)
    return _settled(result, patches)


def _by_overlay(patches: Patches, evidence: Evidence, check: Check) -> np.ndarray:
    result = np.zeros(len(patches))
    found = find_candidates(patches.geoms, patches.bounds, evidence, check)
    full = wholly_covered(patches, evidence, found)
    result[full] = patches.area[full]
    pairs = found.pairs.where(~full[found.pairs.i])
    alone = is_alone(pairs)
    single = pairs.where(alone)
    result[single.i] = patches.measure(piece_geometries(patches.geoms, patches.bounds, evidence, single, check))
    owner, rest = remainders(patches.geoms, patches.bounds, evidence, pairs.where(~alone), check)
    result[owner] = taken_area(patches, owner, rest)
    return result


def feature_areas(patches: Patches, evidence: Evidence, check: Check) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Patch, evidence polygon and their common m², where there is any; overlaps count in each."""
    quick = patches.by_boundary()
    parts = []
    if quick.any():
        rows = np.flatnonzero(quick)
        found = common_areas(patches.where(rows), evidence, np.arange(len(evidence.geoms)), check)
        parts.append((rows[found.patch], found.value, found.area_m2))
    if not quick.all():
        rows = np.flatnonzero(~quick)
        some = patches.where(rows)
        pairs = find_candidates(some.geoms, some.bounds, evidence, check).pairs
        area = patches.measure(piece_geometries(some.geoms, some.bounds, evidence, pairs, check))
        parts.append((rows[pairs.i], pairs.j, area))
    i, j, area = (np.concatenate(columns) for columns in zip(*parts))
    kept = area > patches.floor[i]
    return i[kept], j[kept], area[kept]


def wholly_covered(patches: Patches, evidence: Evidence, found: Candidates) -> np.ndarray:
    """Patches inside one polygon, or inside a seamless coverage: no overlay is needed for these."""
    full = seamless(patches.geoms, patches.bounds, evidence, found)
    full[found.pairs.i[found.pairs.relation == Relation.COVERS]] = True
    return full


def is_alone(pairs: Pairs) -> np.ndarray:
    """Whether a pair is the only one of its patch."""
    starts = row_starts(pairs.i)
    return np.repeat(np.diff(starts) == 1, np.diff(starts))


def taken_area(patches: Patches, owner: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """m² taken from the patches ``owner`` of which ``rest`` is left."""
    if patches.additive:
        return patches.area[owner] - patches.measure(rest)
    gone = shapely.is_missing(rest)
    area = patches.area[owner]
    area[~gone] = patches.measure(overlaid(shapely.difference, patches.geoms[owner[~gone]], rest[~gone]))
    return area


def _settled(area: np.ndarray, patches: Patches) -> np.ndarray:
    """Noise at both ends taken out: never below nothing, never above the patch."""
    area = np.where(area < patches.floor, 0.0, area)
    return np.where(area > patches.area - patches.noise, patches.area, area)


def remaining_geometries(patches: Patches, evidence: Evidence, check: Check) -> np.ndarray:
    """The part of each patch that the evidence leaves: None where it covers the patch, the patch where it is far."""
    result = patches.geoms.copy()
    if not len(evidence.geoms) or not len(patches):
        return result
    found = find_candidates(patches.geoms, patches.bounds, evidence, check)
    full = wholly_covered(patches, evidence, found)
    result[full] = None
    pairs = found.pairs.where(~full[found.pairs.i])
    owner, rest = remainders(patches.geoms, patches.bounds, evidence, pairs, check)
    left = patches.measure(rest)
    rest[left <= patches.floor[owner]] = None
    free = left >= patches.area[owner] - patches.floor[owner]
    rest[free] = patches.geoms[owner[free]]
    result[owner] = rest
    return result


def covered_geometries(patches: Patches, evidence: Evidence, check: Check) -> np.ndarray:
    """The part of each patch under the evidence, None where there is none."""
    result = np.full(len(patches), None, dtype=object)
    if not len(evidence.geoms) or not len(patches):
        return result
    found = find_candidates(patches.geoms, patches.bounds, evidence, check)
    full = wholly_covered(patches, evidence, found)
    result[full] = patches.geoms[full]
    pairs = found.pairs.where(~full[found.pairs.i])
    alone = is_alone(pairs)
    single = pairs.where(alone)
    result[single.i] = piece_geometries(patches.geoms, patches.bounds, evidence, single, check)
    owner, rest = remainders(patches.geoms, patches.bounds, evidence, pairs.where(~alone), check)
    gone = shapely.is_missing(rest)
    result[owner[gone]] = patches.geoms[owner[gone]]
    some = owner[~gone]
    result[some] = in_slices(lambda a, b: overlaid(shapely.difference, a, b), patches.geoms[some], rest[~gone], check)
    area = patches.measure(result)
    result[area <= patches.floor] = None
    whole = area >= patches.area - patches.floor
    result[whole] = patches.geoms[whole]
    return result
