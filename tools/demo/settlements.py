"""Townships, town seats, villages and industrial estates."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List

import numpy as np
import shapely
from shapely.geometry import MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry

from .plan import CountyPlan, township_names, village_names
from .shapes import place, settlement, to_millimetres
from .terrain import FOOTHILL_TOP, Terrain, Warp

STATIONS = ("城区自然资源所", "城东自然资源所", "西部自然资源所", "北部自然资源所", "东部自然资源所", "南部自然资源所")


@dataclass(frozen=True)
class TownshipArea:
    code: str
    name: str
    station_code: str
    station: str
    shape: BaseGeometry
    seat: Point
    built_up: Polygon
    urban: bool


@dataclass(frozen=True)
class Village:
    """``township`` is an index into the county's townships; ``code`` the 12-digit village code."""

    code: str
    name: str
    township: int
    shape: Polygon
    centre: Point
    angle: float


def scatter(plan: CountyPlan, terrain: Terrain, rng: np.random.Generator, count: int) -> np.ndarray:
    """Points inside the outline, denser where the ground is low."""
    points = rng.uniform(0, plan.size_m, (count * 3, 2))
    points = points[shapely.contains_xy(terrain.outline, points[:, 0], points[:, 1])]
    chance = 0.25 + 0.75 * (terrain.elevation(points[:, 0], points[:, 1]) < FOOTHILL_TOP)
    return points[rng.random(len(points)) < chance]


def build_townships(plan: CountyPlan, terrain: Terrain) -> List[TownshipArea]:
    rng = plan.rng("townships")
    points = scatter(plan, terrain, rng, 3000)
    seeds = _relaxed(points, plan.townships, rng)
    cells = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(seeds), extend_to=terrain.outline.buffer(plan.size_m)))
    seed, cell = shapely.STRtree(cells).query(shapely.points(seeds), predicate="within")
    cells = cells[cell[np.argsort(seed)]]
    curve = Warp(rng, plan.size_m, [(plan.size_m / 12, plan.size_m / 70), (plan.size_m / 60, plan.size_m / 500)])
    cells = curve(shapely.segmentize(cells, plan.size_m / 250))
    names = township_names(plan.townships)
    order = _by_distance(seeds, plan.size_m)
    return [_township(plan, terrain, rng, names[rank], seeds, cells, index) for rank, index in enumerate(order)]


def _relaxed(points: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Lloyd's relaxation over a cloud of points: seeds spread evenly over the lived-in ground."""
    seeds = points[rng.choice(len(points), count, replace=False)]
    for _ in range(12):
        nearest = np.argmin(((points[:, None, :] - seeds[None]) ** 2).sum(axis=2), axis=1)
        seeds = np.array([points[nearest == k].mean(axis=0) if (nearest == k).any() else seeds[k] for k in range(count)])
    return seeds


def _by_distance(seeds: np.ndarray, size_m: float) -> List[int]:
    """The streets (街道) come first in the code list and lie in the middle; the towns follow by direction."""
    centre = seeds - size_m * np.array([0.45, 0.5])
    order = np.argsort(np.hypot(centre[:, 0], centre[:, 1])).tolist()
    inner, outer = order[:5], order[5:]
    outer.sort(key=lambda index: float(np.arctan2(centre[index, 1], centre[index, 0])))
    return inner + outer


def _township(plan: CountyPlan, terrain: Terrain, rng: np.random.Generator, name: tuple, seeds: np.ndarray,
              cells: np.ndarray, index: int) -> TownshipArea:
    shape = to_millimetres(cells[index].intersection(terrain.outline))
    urban = name[1].endswith("街道")
    radius = plan.size_m / 20_000 * (rng.uniform(420, 620) if urban else rng.uniform(230, 380))
    seat = _seat(terrain, rng, shape, seeds[index])
    built_up = place(settlement(rng, radius, 9), seat.x, seat.y, float(rng.uniform(0, 90)))
    station = _station(urban, np.arctan2(*(seeds[index] - plan.size_m / 2)[::-1]), seeds[index][0] < plan.size_m / 2)
    return TownshipArea(name[0], name[1], f"ZS{station + 1:02d}", STATIONS[station], shape, seat,
                        built_up.intersection(shape), urban)


def _station(urban: bool, direction: float, west: bool) -> int:
    if urban:
        return 0 if west else 1
    quarter = int(((direction + np.pi * 5 / 4) % (2 * np.pi)) // (np.pi / 2))
    return (2, 5, 4, 3)[quarter]


def _seat(terrain: Terrain, rng: np.random.Generator, shape: BaseGeometry, seed: np.ndarray) -> Point:
    """Low ground near the middle of the township, off the river."""
    tries = seed + rng.normal(0, terrain.size_m / 30, (60, 2))
    inside = shapely.contains_xy(shape.buffer(-terrain.size_m / 60), tries[:, 0], tries[:, 1])
    tries = tries[inside] if inside.any() else np.array([shape.representative_point().coords[0]])
    height = terrain.elevation(tries[:, 0], tries[:, 1])
    away = np.hypot(*(tries - seed).T)
    river = shapely.distance(shapely.points(tries), terrain.river)
    score = height * 30 + away + np.where(river < terrain.size_m / 28, 3000, 0)
    return Point(tries[int(np.argmin(score))])


def build_villages(plan: CountyPlan, terrain: Terrain, townships: List[TownshipArea]) -> List[Village]:
    rng = plan.rng("villages")
    blocked = shapely.union_all([t.built_up.buffer(120) for t in townships] + [terrain.river.buffer(200)]
                                + [brook.buffer(60) for brook in terrain.brooks])
    shapely.prepare(blocked)
    chosen = [point for point in _spaced(plan, terrain, rng)
              if not blocked.intersects(Point(point)) and terrain.outline.contains(Point(point).buffer(150))]
    names = village_names(len(chosen), rng)
    serial = {index: 200 for index in range(len(townships))}
    tree = shapely.STRtree([t.shape for t in townships])
    villages = []
    for point, name in zip(chosen, names):
        township = int(tree.nearest(Point(point)))
        serial[township] += 1
        angle = float(rng.uniform(0, 90))
        shape = place(settlement(rng, float(rng.uniform(55, 120)), int(rng.integers(3, 8))), *point, angle)
        villages.append(Village(f"{townships[township].code}{serial[township]}", name, township, shape, Point(point), angle))
    return villages


def _spaced(plan: CountyPlan, terrain: Terrain, rng: np.random.Generator) -> List[np.ndarray]:
    """Dart throwing with a wider spacing on higher ground; nobody lives on the tops."""
    tries = scatter(plan, terrain, rng, 6000)
    height = terrain.elevation(tries[:, 0], tries[:, 1])
    spacing = np.select([height < 20, height < FOOTHILL_TOP, height < 170], [720, 950, 1700], default=np.inf)
    kept: List[int] = []
    for index in np.flatnonzero(np.isfinite(spacing)):
        if not kept or np.min(np.hypot(*(tries[kept] - tries[index]).T)) > spacing[index]:
            kept.append(int(index))
    return [tries[index] for index in kept]
