"""Class areas: how much of each patch lies under each class of a layer.

Pieces of one class are united before they are counted. Where different classes overlap, the ground counts in each and
the overlap is reported; what nothing covers is the remainder. So always, for each patch,

    sum of the classes − overlap + remainder = patch.

*Closure.* Rounding noise (below 2e-9 of a patch plus 1e-6 m²) is taken out by scaling the classes of the patch to what
is covered of it, so that the shares of a patch that a coverage fills sum to 100 % and never exceed it. Anything larger
is a real gap or overlap of the layer and is reported as such, never scaled away.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .candidates import Check, Evidence, Pairs, Relation, find_candidates, row_starts
from .overlay import Patches, taken_area
from .pieces import piece_geometries, remainders
from .seamless import seamless


@dataclass(frozen=True)
class ClassAreas:
    """m² of patch ``patch[k]`` under class ``value[k]``; per patch what nothing covers and what is counted twice."""

    patch: np.ndarray
    value: np.ndarray
    area_m2: np.ndarray
    remainder_m2: np.ndarray
    overlap_m2: np.ndarray


@dataclass(frozen=True)
class _Groups:
    """Pairs sorted by patch and class. A group is one class on one patch."""

    pairs: Pairs
    value: np.ndarray  # of each pair
    of_pair: np.ndarray
    patch: np.ndarray  # of each group, like first and size
    first: np.ndarray
    size: np.ndarray


@dataclass(frozen=True)
class _Plan:
    """Which of four ways settles what is covered of a patch: known full, seamless, one polygon, or taking away."""

    full: np.ndarray
    seamless: np.ndarray
    one_polygon: np.ndarray
    taking_away: np.ndarray
    one_class: np.ndarray


def class_areas(patches: Patches, evidence: Evidence, check: Check) -> ClassAreas:
    """m² of each patch under each of ``evidence.values``, what is left, and what different classes share."""
    if not len(evidence.geoms) or not len(patches):
        return _nothing(patches)
    found = find_candidates(patches.geoms, patches.bounds, evidence, check)
    groups = _grouped(found.pairs, evidence)
    plan = _planned(groups, seamless(patches.geoms, patches.bounds, evidence, found))
    covered = np.where(plan.full | plan.seamless, patches.area, 0.0)
    pairs = groups.pairs.where(plan.taking_away[groups.pairs.i])
    owner, rest = remainders(patches.geoms, patches.bounds, evidence, pairs, check)
    covered[owner] = taken_area(patches, owner, rest)
    area = _group_areas(patches, evidence, groups, plan, covered, check)
    single = plan.one_polygon[groups.patch]
    covered[groups.patch[single]] = area[single]
    _unite(patches, evidence, groups, area, covered, check)
    return _closed(patches, groups, area, covered)


def _nothing(patches: Patches) -> ClassAreas:
    none = np.zeros(0, dtype=np.int64)
    return ClassAreas(none, none, none.astype(float), patches.area.copy(), np.zeros(len(patches)))


def _grouped(pairs: Pairs, evidence: Evidence) -> _Groups:
    """Sorted; where one polygon of a class covers the patch, the others of that class are left out."""
    value = evidence.values[pairs.j]
    covers = pairs.relation == Relation.COVERS
    order = np.lexsort((pairs.j, ~covers, value, pairs.i))
    pairs, value, covers = pairs.where(order), value[order], covers[order]
    starts = _runs(pairs.i, value)
    keep = np.repeat(~covers[starts[:-1]], np.diff(starts))
    keep[starts[:-1]] = True
    pairs, value = pairs.where(keep), value[keep]
    starts = _runs(pairs.i, value)
    first, size = starts[:-1], np.diff(starts)
    return _Groups(pairs, value, np.repeat(np.arange(len(first)), size), pairs.i[first], first, size)


def _runs(patch: np.ndarray, value: np.ndarray) -> np.ndarray:
    change = np.flatnonzero((np.diff(patch) != 0) | (np.diff(value) != 0)) + 1
    return np.concatenate([[0], change, [len(patch)]]) if len(patch) else np.zeros(1, dtype=np.int64)


def _planned(groups: _Groups, whole: np.ndarray) -> _Plan:
    count, pairs = len(whole), groups.pairs
    polygons = np.bincount(pairs.i, minlength=count)
    full = np.bincount(pairs.i[pairs.relation == Relation.COVERS], minlength=count) > 0
    one_class = np.bincount(groups.patch, minlength=count) == 1
    one_polygon = (polygons == 1) & ~full
    return _Plan(full, whole, one_polygon, (polygons > 1) & ~full & ~whole, one_class)


def _group_areas(
    patches: Patches, evidence: Evidence, groups: _Groups, plan: _Plan, covered: np.ndarray, check: Check,
) -> np.ndarray:
    """m² of each group as the sum of its pieces; of the only class of a patch, what is covered."""
    pairs = groups.pairs
    last = _followers(groups, plan, evidence)
    known = plan.one_class[pairs.i] & ~plan.one_polygon[pairs.i]
    rows = np.flatnonzero(~known & ~last & (pairs.relation != Relation.COVERS))
    area = np.zeros(len(pairs))
    area[rows] = patches.measure(
        piece_geometries(patches.geoms, patches.bounds, evidence, pairs.where(rows), check)
    )
    covers = pairs.relation == Relation.COVERS
    area[covers] = patches.area[pairs.i[covers]]
    follows = pairs.i[last]
    area[last] = patches.area[follows] - np.bincount(pairs.i, area, len(patches))[follows]
    result = np.bincount(groups.of_pair, area, len(groups.first))
    only = plan.one_class[groups.patch] & ~plan.one_polygon[groups.patch]
    result[only] = covered[groups.patch[only]]
    return result


def _followers(groups: _Groups, plan: _Plan, evidence: Evidence) -> np.ndarray:
    """The dearest pair of each seamless patch: its piece is the patch less the other pieces."""
    pairs = groups.pairs
    result = np.zeros(len(pairs), bool)
    rows = np.flatnonzero(plan.seamless[pairs.i] & (pairs.relation == Relation.CROSSING))
    if len(rows):
        rows = rows[np.lexsort((-evidence.vertices[pairs.j[rows]], pairs.i[rows]))]
        result[rows[row_starts(pairs.i[rows])[:-1]]] = True
    return result


def _unite(
    patches: Patches, evidence: Evidence, groups: _Groups, area: np.ndarray, covered: np.ndarray, check: Check,
) -> None:
    """Where more is counted than covered, classes of several polygons are united before they are counted."""
    excess = np.bincount(groups.patch, area, len(patches)) - covered
    doubtful = np.flatnonzero((groups.size > 1) & (excess > patches.noise)[groups.patch])
    if not len(doubtful):
        return
    chosen = np.isin(groups.of_pair, doubtful)
    pairs = groups.pairs.where(chosen)
    number = np.searchsorted(doubtful, groups.of_pair[chosen])
    patch = groups.patch[doubtful]
    numbered = Pairs(number, pairs.j, pairs.relation)
    _, rest = remainders(patches.geoms[patch], patches.bounds[patch], evidence, numbered, check)
    area[doubtful] = taken_area(patches, patch, rest)


def _closed(patches: Patches, groups: _Groups, area: np.ndarray, covered: np.ndarray) -> ClassAreas:
    """Noise taken out; what remains of the difference is overlap between classes."""
    area = np.minimum(area, patches.area[groups.patch])
    kept = area > patches.floor[groups.patch]
    patch, value, area = groups.patch[kept], groups.value[groups.first[kept]], area[kept]
    covered = np.where(covered > patches.area - patches.noise, patches.area, covered)
    total = np.bincount(patch, area, len(patches))
    overlap = total - covered
    noisy = (np.abs(overlap) <= patches.noise) & (total > 0)
    factor = np.divide(covered, total, out=np.ones(len(patches)), where=noisy)
    overlap[noisy] = 0.0
    covered = np.minimum(covered, np.where(noisy, covered, total))
    return ClassAreas(patch, value, area * factor[patch], patches.area - covered, np.maximum(overlap, 0.0))
