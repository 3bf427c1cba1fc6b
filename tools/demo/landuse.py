"""The land-use survey (DLTB) as a coverage without gaps or overlaps.

Every outline is noded with every other on one millimetre grid and the faces between them are dissolved by owner,
so neighbours share their vertices exactly.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from .shapes import GRID_M

SMALLEST_M2 = 200.0
THINNEST_M = 2.2


@dataclass(frozen=True)
class Owner:
    """Areas of one kind; ``labels`` say which piece of ground a face inside the n-th area belongs to."""

    kind: str
    areas: np.ndarray
    labels: Sequence[object]


@dataclass(frozen=True)
class Coverage:
    """Faces that partition the county: shape, kind of owner, its label, township index."""

    shapes: np.ndarray
    kinds: np.ndarray
    labels: np.ndarray
    townships: np.ndarray


def build_coverage(outline: BaseGeometry, townships: Sequence[BaseGeometry], owners: Sequence[Owner]) -> Coverage:
    """``owners`` in order of precedence; the last ones must together fill the outline."""
    faces = _faces(outline, townships, owners)
    inside = shapely.point_on_surface(faces)
    township = _first_hit(inside, np.array(townships))
    keys: List[Tuple[str, object, int]] = [("", None, int(t)) for t in township]
    free = np.ones(len(faces), dtype=bool)
    for owner in owners:
        hit = _first_hit(inside, owner.areas)
        for index in np.flatnonzero(free & (hit >= 0)):
            keys[index] = (owner.kind, owner.labels[hit[index]], int(township[index]))
        free &= hit < 0
    shapes, kept = _dissolve(faces, keys)
    shapes, kept = merge_scraps(shapes, kept)
    labels = np.empty(len(kept), dtype=object)
    labels[:] = [key[1] for key in kept]
    return Coverage(shapes, np.array([key[0] for key in kept]), labels, np.array([key[2] for key in kept]))


def _faces(outline: BaseGeometry, townships: Sequence[BaseGeometry], owners: Sequence[Owner]) -> np.ndarray:
    areas = np.concatenate([owner.areas for owner in owners])
    near = areas[shapely.intersects(areas, shapely.box(*outline.bounds))]
    lines = shapely.boundary(np.concatenate([near, np.array(townships)]))
    lines = shapely.intersection(lines, outline)
    noded = shapely.union_all(np.append(lines, outline.boundary), grid_size=GRID_M)
    faces = shapely.set_precision(shapely.get_parts(shapely.polygonize([noded])), 0)
    return faces[shapely.contains(outline, shapely.point_on_surface(faces))]


def _first_hit(points: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Index of the first area that holds each point, −1 where none does."""
    point, area = shapely.STRtree(areas).query(points, predicate="intersects")
    hit = np.full(len(points), len(areas))
    np.minimum.at(hit, point, area)
    return np.where(hit == len(areas), -1, hit)


def _dissolve(faces: np.ndarray, keys: List[Tuple[str, object, int]]) -> Tuple[np.ndarray, list]:
    groups: Dict[Tuple[str, object, int], List[int]] = {}
    for index, key in enumerate(keys):
        groups.setdefault(key, []).append(index)
    shapes, kept = [], []
    for key, members in groups.items():
        parts = faces[members]
        for part in parts if len(parts) == 1 else shapely.get_parts(shapely.coverage_union_all(parts)):
            shapes.append(part)
            kept.append(key)
    return np.array(shapes), kept


def merge_scraps(shapes: np.ndarray, keys: list) -> Tuple[np.ndarray, list]:
    """Join what no surveyor would map (too small, too thin and not a way) to the neighbour with the longest border."""
    shapes = list(shapes)
    tree = shapely.STRtree(shapes)
    area = shapely.area(shapes)
    thickness = 2 * area / shapely.length(shapes)
    ways = np.array([key[0] in ("highway", "lane", "water", "ditch") for key in keys])
    scraps = np.flatnonzero((area < SMALLEST_M2) | ((thickness < THINNEST_M) & ~ways))
    gone = set()
    for index in scraps[np.argsort(area[scraps])]:
        home = _longest_border(shapes, tree, int(index), gone, ways)
        if home is not None:
            shapes[home] = shapely.coverage_union(shapes[home], shapes[index])
            gone.add(int(index))
    left = [index for index in range(len(shapes)) if index not in gone]
    return np.array([shapes[index] for index in left]), [keys[index] for index in left]


def _longest_border(shapes: list, tree: shapely.STRtree, index: int, gone: set, ways: np.ndarray):
    """The neighbour to join: a polygon afterwards, preferably no road or stream, never one already gone."""
    best, best_length = None, 0.0
    for other in tree.query(shapes[index], predicate="intersects"):
        if other == index or int(other) in gone:
            continue
        shared = shapely.length(shapely.intersection(shapes[index].boundary, shapes[other].boundary))
        weight = shared * (0.2 if ways[other] else 1.0)
        if weight > best_length and shapely.coverage_union(shapes[other], shapes[index]).geom_type == "Polygon":
            best, best_length = int(other), weight
    return best
