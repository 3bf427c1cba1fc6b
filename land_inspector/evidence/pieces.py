"""The overlays themselves: pieces of patches, and what remains of patches when evidence is taken away."""
from __future__ import annotations

from typing import Tuple

import numpy as np
import shapely
from shapely.errors import GEOSException

from .candidates import Check, Evidence, Pairs, Relation, in_slices, row_starts
from .shapes import overlay, polygons_only

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
