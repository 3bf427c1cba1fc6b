"""Class areas: how much of each patch lies under each class of a layer.

Pieces of one class are united before they are counted. Where different classes overlap, the ground counts in each and
the overlap is reported; what nothing covers is the remainder. So always, for each patch,

    sum of the classes − overlap + remainder = patch.

*Closure.* Rounding noise (below 2e-9 of a patch plus 1e-6 m²) is taken out by scaling the classes of the patch to what
is covered of it, so that the shares of a patch that a coverage fills sum to 100 % and never exceed it. Anything larger
is a real gap or overlap of the layer and is reported as such, never scaled away.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from .boundaries import common_areas
from .candidates import Check, Evidence, Pairs, Relation, find_candidates, row_starts, seamless
from .overlay import piece_geometries, remainders, taken_area, united
from .chunks import Patches


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
    """How it is settled what is covered of a patch: it lies in one polygon (full), in a seamless coverage, under one
    polygon's piece, or under several. ``by_cover``: several of one class, taken away from the patch one by one.
    ``follows``: pairs whose piece is what the others leave of a seamless patch. ``cut``: pairs whose piece is needed."""

    full: np.ndarray
    seamless: np.ndarray
    by_cover: np.ndarray
    by_union: np.ndarray
    follows: np.ndarray
    cut: np.ndarray


def class_areas(patches: Patches, evidence: Evidence, check: Check) -> ClassAreas:
    """m² of each patch under each of ``evidence.values``, what is left, and what different classes share."""
    if not len(evidence.geoms) or not len(patches):
        return _nothing(patches)
    quick = patches.by_boundary()
    parts = [(rows, way(patches.where(rows), evidence, check))
             for rows, way in ((np.flatnonzero(quick), _by_boundaries), (np.flatnonzero(~quick), _by_overlay)) if len(rows)]
    remainder, overlap = np.empty(len(patches)), np.empty(len(patches))
    for rows, part in parts:
        remainder[rows], overlap[rows] = part.remainder_m2, part.overlap_m2
    patch = np.concatenate([rows[part.patch] for rows, part in parts])
    value, area = (np.concatenate([getattr(part, name) for _, part in parts]) for name in ("value", "area_m2"))
    return ClassAreas(patch, value, area, remainder, overlap)


def _nothing(patches: Patches) -> ClassAreas:
    none = np.zeros(0, dtype=np.int64)
    return ClassAreas(none, none, none.astype(float), patches.area.copy(), np.zeros(len(patches)))


def _by_boundaries(patches: Patches, evidence: Evidence, check: Check) -> ClassAreas:
    found = common_areas(patches, evidence, evidence.values, check)
    return _closed(patches, found.patch, found.value, found.area_m2, found.covered)


def _by_overlay(patches: Patches, evidence: Evidence, check: Check) -> ClassAreas:
    found = find_candidates(patches.geoms, patches.bounds, evidence, check)
    groups = _grouped(found.pairs, evidence)
    plan = _planned(groups, evidence, seamless(patches.geoms, patches.bounds, evidence, found))
    pieces = _pieces(patches, evidence, groups, plan, check)
    covered = _covered(patches, evidence, groups, plan, pieces, check)
    area = _group_areas(patches, groups, plan, pieces, covered)
    _unite(patches, groups, pieces, area, covered, check)
    return _closed(patches, groups.patch, groups.value[groups.first], area, covered)


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


def _planned(groups: _Groups, evidence: Evidence, whole: np.ndarray) -> _Plan:
    count, pairs = len(whole), groups.pairs
    covers = pairs.relation == Relation.COVERS
    full = np.bincount(pairs.i[covers], minlength=count) > 0
    several = (np.bincount(pairs.i, minlength=count) > 1) & ~full & ~whole
    one_class = np.bincount(groups.patch, minlength=count) == 1
    follows = _followers(pairs, evidence, whole)
    known = ((whole | several) & one_class)[pairs.i]
    return _Plan(full, whole, several & one_class, several & ~one_class, follows, ~(covers | follows | known))


def _followers(pairs: Pairs, evidence: Evidence, whole: np.ndarray) -> np.ndarray:
    """The dearest pair of each seamless patch: its piece is the patch less the other pieces."""
    result = np.zeros(len(pairs), bool)
    rows = np.flatnonzero(whole[pairs.i] & (pairs.relation == Relation.CROSSING))
    if len(rows):
        rows = rows[np.lexsort((-evidence.vertices[pairs.j[rows]], pairs.i[rows]))]
        result[rows[row_starts(pairs.i[rows])[:-1]]] = True
    return result


def _pieces(patches: Patches, evidence: Evidence, groups: _Groups, plan: _Plan, check: Check) -> np.ndarray:
    """The piece of each pair that needs one."""
    result = np.full(len(groups.pairs), None, dtype=object)
    rows = np.flatnonzero(plan.cut)
    result[rows] = piece_geometries(patches.geoms, patches.bounds, evidence, groups.pairs.where(rows), check)
    return result


def _covered(
    patches: Patches, evidence: Evidence, groups: _Groups, plan: _Plan, pieces: np.ndarray, check: Check,
) -> np.ndarray:
    """m² of each patch under any class; of a patch under one polygon it is the polygon's piece."""
    pairs = groups.pairs
    covered = np.where(plan.full | plan.seamless, patches.area, 0.0)
    owner, rest = remainders(
        patches.geoms, patches.bounds, evidence, pairs.where(plan.by_cover[pairs.i]), check
    )
    covered[owner] = taken_area(patches, owner, rest)
    rows = np.flatnonzero(plan.by_union[pairs.i])
    owner, united_pieces = _unions(pairs.i[rows], pieces[rows], check)
    covered[owner] = patches.measure(united_pieces)
    rest_of = ~(plan.full | plan.seamless | plan.by_cover | plan.by_union)
    rows = np.flatnonzero(rest_of[pairs.i])
    covered[pairs.i[rows]] = patches.measure(pieces[rows])
    return covered


def _unions(keys: np.ndarray, geoms: np.ndarray, check: Check) -> Tuple[np.ndarray, np.ndarray]:
    """The union of each run of equal keys, and the key of each."""
    starts = row_starts(keys)
    result = np.empty(len(starts) - 1, dtype=object)
    for row, (start, stop) in enumerate(zip(starts[:-1], starts[1:])):
        check()
        result[row] = united(geoms[start:stop])
    return keys[starts[:-1]], result


def _group_areas(
    patches: Patches, groups: _Groups, plan: _Plan, pieces: np.ndarray, covered: np.ndarray,
) -> np.ndarray:
    """m² of each group as the sum of its pieces; of the only class of a patch, what is covered."""
    pairs = groups.pairs
    area = np.zeros(len(pairs))
    rows = np.flatnonzero(plan.cut)
    area[rows] = patches.measure(pieces[rows])
    covers = pairs.relation == Relation.COVERS
    area[covers] = patches.area[pairs.i[covers]]
    follows = pairs.i[plan.follows]
    area[plan.follows] = patches.area[follows] - np.bincount(pairs.i, area, len(patches))[follows]
    result = np.bincount(groups.of_pair, area, len(groups.first))
    only = np.bincount(groups.patch, minlength=len(patches)) == 1
    result[only[groups.patch]] = covered[groups.patch[only[groups.patch]]]
    return result


def _unite(
    patches: Patches, groups: _Groups, pieces: np.ndarray, area: np.ndarray, covered: np.ndarray, check: Check,
) -> None:
    """Where more is counted than covered, classes of several polygons are united before they are counted."""
    excess = np.bincount(groups.patch, area, len(patches)) - covered
    doubtful = (groups.size > 1) & (excess > patches.noise)[groups.patch]
    if doubtful.any():
        rows = np.flatnonzero(doubtful[groups.of_pair])
        number, whole = _unions(groups.of_pair[rows], pieces[rows], check)
        area[number] = patches.measure(whole)


def _closed(patches: Patches, patch: np.ndarray, value: np.ndarray, area: np.ndarray, covered: np.ndarray) -> ClassAreas:
    """Noise taken out; what remains of the difference is overlap between classes. ``covered`` of each patch, the others of each group."""
    area = np.minimum(area, patches.area[patch])
    kept = area > patches.floor[patch]
    patch, value, area = patch[kept], value[kept], area[kept]
    covered = np.where(covered > patches.area - patches.noise, patches.area, covered)
    total = np.bincount(patch, area, len(patches))
    overlap = total - covered
    noisy = (np.abs(overlap) <= patches.noise) & (total > 0)
    factor = np.divide(covered, total, out=np.ones(len(patches)), where=noisy)
    overlap[noisy] = 0.0
    covered = np.minimum(covered, np.where(noisy, covered, total))
    return ClassAreas(patch, value, area * factor[patch], patches.area - covered, np.maximum(overlap, 0.0))


# Land-use classes (DLBM) and the four groups of land they are counted in.

CULTIVATED = "GD"
GROUPS = ("GD", "FGNYD", "JSYD", "WLYD")
GROUP_COLUMNS = {"GD": "GDMJ", "FGNYD": "FGNYDMJ", "JSYD": "JSYDMJ", "WLYD": "WLYDMJ"}
CENTIMETRES = 0.01  # m²: areas are kept with two decimals


class LandClasses:
    """The office's class table; codes are found with or without a suffix (0201K 可调整, 0602A …)."""

    def __init__(self, groups: Mapping[str, str]):
        self._groups = {str(code): group for code, group in groups.items()}
        self._codes: Dict[Tuple[type, Any], Optional[str]] = {}

    def code(self, value: Any) -> Optional[str]:
        """The code of the table that a layer's value stands for; None where the table does not know it (R12)."""
        key = (type(value), value)
        if key not in self._codes:
            self._codes[key] = self._code(value)
        return self._codes[key]

    def _code(self, value: Any) -> Optional[str]:
        text = str(value).strip().upper()
        if re.fullmatch(r"\d{3}(\.0)?", text) or isinstance(value, (int, float)):
            text = text.split(".")[0].zfill(4)  # numbers lose the leading zero of 0101
        stripped = re.sub(r"[A-Z]+$", "", text)
        return next((code for code in (text, stripped) if code in self._groups), None)

    def group(self, value: Any) -> Optional[str]:
        """One of :data:`GROUPS` for a layer's value; None where the table does not know the class (R12)."""
        code = self.code(value)
        return None if code is None else self._groups[code]


def group_areas(patch: np.ndarray, values: Sequence[Any], area: np.ndarray, classes: LandClasses, count: int) -> Dict[str, np.ndarray]:
    """m² per parcel of each group; classes that the table does not know count in none."""
    groups: List[Optional[str]] = [classes.group(value) for value in values]
    result = {}
    for group in GROUPS:
        rows = np.array([k for k, name in enumerate(groups) if name == group], dtype=int)
        result[group] = np.bincount(patch[rows], area[rows], count)
    return result


def adjusted(groups: Mapping[str, np.ndarray], total: np.ndarray, complete: np.ndarray) -> Dict[str, np.ndarray]:
    """The groups with two decimals; where ``complete``, scaled so that they sum to ``total`` exactly (R09).

    ``total`` has two decimals. The residual of rounding goes to the largest group. Where the survey has gaps, groups are
    only scaled down, and only if overlapping classes made them exceed the parcel.
    """
    raw = np.array([groups[group] for group in GROUPS])
    whole = raw.sum(axis=0)
    scale = (complete | (whole > total)) & (whole > 0)
    raw = raw * np.divide(total, whole, out=np.ones(len(total)), where=scale)
    cents = np.round(raw / CENTIMETRES)
    residual = np.where(scale, np.round(total / CENTIMETRES) - cents.sum(axis=0), 0.0)
    cents[raw.argmax(axis=0), np.arange(len(total))] += residual
    return {group: cents[k] * CENTIMETRES for k, group in enumerate(GROUPS)}
