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

from typing import Optional, Tuple

import numpy as np
import shapely
from shapely.errors import GEOSException

from .boundaries import common_areas
from .candidates import Candidates, Check, Evidence, Pairs, Relation, find_candidates, in_slices, row_starts, seamless
from .chunks import Patches
from .shapes import overlay, overlay as overlaid, polygons_only


# The overlays themselves: pieces of patches, and what remains of patches when evidence is taken away.

CLIP_OVER = 500  # vertices: larger polygons are first cut to the box of the other
ROUNDS_UP_TO = 12  # polygons on one patch: more are united first, for each round works through the whole remainder


def piece_geometries(patches: np.ndarray, bounds: np.ndarray, evidence: Evidence, pairs: Pairs, check: Check) -> np.ndarray:
    """Patch ∩ evidence polygon of each pair; None where they only touch."""
    result = np.empty(len(pairs), dtype=object)
    covers, inside = pairs.relation == Relation.COVERS, pairs.relation == Relation.INSIDE
    result[covers] = patches[pairs.i[covers]]
    result[inside] = evidence.geoms[pairs.j[inside]]
    rows = np.flatnonzero(~(covers | inside))
    i, j = pairs.i[rows], pairs.j[rows]
    common = _common_box(bounds[i], evidence.bounds[j])
    left = clipped(patches[i], common, shapely.get_num_coordinates(patches)[i])
    right = clipped(evidence.geoms[j], common, evidence.vertices[j])
    result[rows] = in_slices(lambda a, b: overlay(shapely.intersection, a, b), left, right, check)
    return result


def _common_box(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two boxes meet, a little wider so that no cut falls on a border that counts."""
    box = np.column_stack([np.maximum(one[:, :2], other[:, :2]), np.minimum(one[:, 2:], other[:, 2:])])
    margin = 0.01 * (one[:, 2:] - one[:, :2]).max(axis=1, initial=0.0)[:, None]
    return box + np.hstack([-margin, -margin, margin, margin])


def clipped(geoms: np.ndarray, boxes: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """Polygons of over ``CLIP_OVER`` vertices cut to their box; others, and those GEOS cannot clip, as they are."""
    big = np.flatnonzero(vertices > CLIP_OVER)
    if not len(big):
        return geoms
    geoms = geoms.copy()
    for row in big:
        try:
            cut = shapely.clip_by_rect(geoms[row], *boxes[row])
        except GEOSException:  # seen: "Invalid number of points in LinearRing found 3"
            continue
        if shapely.is_valid(cut):
            geoms[row] = cut
    return polygons_only(geoms)


def remainders(
    patches: np.ndarray, bounds: np.ndarray, evidence: Evidence, pairs: Pairs, check: Check,
) -> Tuple[np.ndarray, np.ndarray]:
    """Patches minus the union of their evidence: the patches concerned, and what is left (None where nothing is)."""
    starts = row_starts(pairs.i)
    owner, count = pairs.i[starts[:-1]], np.diff(starts)
    result = patches[owner]
    many = count > ROUNDS_UP_TO
    if many.any():
        chosen = pairs.where(np.repeat(many, count))
        result[many] = _minus_union(patches, bounds, evidence, chosen, check)
    if not many.all():
        chosen = pairs.where(np.repeat(~many, count))
        result[~many] = _minus_rounds(patches, bounds, evidence, chosen, check)
    return owner, result


def _minus_union(
    patches: np.ndarray, bounds: np.ndarray, evidence: Evidence, pairs: Pairs, check: Check,
) -> np.ndarray:
    pieces = piece_geometries(patches, bounds, evidence, pairs, check)
    starts = row_starts(pairs.i)
    unions = np.empty(len(starts) - 1, dtype=object)
    for row, (start, stop) in enumerate(zip(starts[:-1], starts[1:])):
        check()
        unions[row] = united(pieces[start:stop])
    return overlay(shapely.difference, patches[pairs.i[starts[:-1]]], unions)


def united(geoms: np.ndarray) -> shapely.Geometry:
    """The union of polygons (None skipped), made valid and tried again where GEOS fails."""
    geoms = geoms[~shapely.is_missing(geoms)]
    try:
        return shapely.union_all(geoms)
    except GEOSException:
        grid = float(np.abs(shapely.total_bounds(geoms)).max()) * 1e-14
        return shapely.union_all(shapely.make_valid(geoms), grid_size=grid)


def _minus_rounds(
    patches: np.ndarray, bounds: np.ndarray, evidence: Evidence, pairs: Pairs, check: Check,
) -> np.ndarray:
    """One evidence polygon a round from every patch, the largest first: all patches of a round in one call."""
    order = np.lexsort((-_box_overlap(bounds[pairs.i], evidence.bounds[pairs.j]), pairs.i))
    i, j = pairs.i[order], pairs.j[order]
    starts = row_starts(i)
    count = np.diff(starts)
    rest = patches[i[starts[:-1]]]
    for turn in range(count.max(initial=0)):
        rows = np.flatnonzero(count > turn)
        rows = rows[~(shapely.is_missing(rest[rows]) | shapely.is_empty(rest[rows]))]
        pick = j[starts[rows] + turn]
        if turn:
            meets = in_slices(shapely.intersects, rest[rows], evidence.geoms[pick], check)
            rows, pick = rows[meets], pick[meets]
        box = _common_box(bounds[i[starts[rows]]], bounds[i[starts[rows]]])
        cutter = clipped(evidence.geoms[pick], box, evidence.vertices[pick])
        rest[rows] = in_slices(lambda a, b: overlay(shapely.difference, a, b), rest[rows], cutter, check)
    rest[shapely.is_empty(rest)] = None
    return rest


def _box_overlap(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.prod(np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2]), axis=1)


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


def feature_areas(
    patches: Patches, evidence: Evidence, check: Check,
) -> Tuple[np.ndarray, np.ndarray, np.ndarray, Optional[np.ndarray]]:
    """Patch, evidence polygon and their common m², where there is any; overlaps count in each. Last what :func:`covered_areas` would
    say, where one walk along the boundaries tells both; else None."""
    quick, covered = patches.by_boundary(), None
    parts = []
    if quick.any():
        rows = np.flatnonzero(quick)
        found = common_areas(patches.where(rows), evidence, np.arange(len(evidence.geoms)), check)
        parts.append((rows[found.patch], found.value, found.area_m2))
        covered = _settled(found.covered, patches) if quick.all() else None
    if not quick.all():
        rows = np.flatnonzero(~quick)
        some = patches.where(rows)
        pairs = find_candidates(some.geoms, some.bounds, evidence, check).pairs
        area = patches.measure(piece_geometries(some.geoms, some.bounds, evidence, pairs, check))
        parts.append((rows[pairs.i], pairs.j, area))
    i, j, area = (np.concatenate(columns) for columns in zip(*parts))
    kept = area > patches.floor[i]
    return i[kept], j[kept], area[kept], covered


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
