"""The ground: elevation, the county's outline, watercourses, and the warp that makes drawn lines look grown."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Sequence, Tuple

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from .plan import CountyPlan

PLAIN_TOP, FOOTHILL_TOP = 14.0, 70.0


class Noise:
    """Smooth value noise in about -1 … 1 with features of ``cell_m`` metres."""

    def __init__(self, rng: np.random.Generator, cell_m: float, extent_m: float):
        side = int(extent_m / cell_m) + 6
        self._cell = cell_m
        self._grid = rng.uniform(-1, 1, (side, side))

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        limit = self._grid.shape[0] - 1.001
        column = np.clip(np.asarray(x) / self._cell + 2, 0, limit)
        row = np.clip(np.asarray(y) / self._cell + 2, 0, limit)
        i, j = row.astype(int), column.astype(int)
        v, u = _ease(row - i), _ease(column - j)
        grid = self._grid
        south = grid[i, j] * (1 - u) + grid[i, j + 1] * u
        north = grid[i + 1, j] * (1 - u) + grid[i + 1, j + 1] * u
        return south * (1 - v) + north * v


def _ease(t: np.ndarray) -> np.ndarray:
    return t * t * (3 - 2 * t)


def smooth_step(low: float, high: float, value: np.ndarray) -> np.ndarray:
    return _ease(np.clip((value - low) / (high - low), 0, 1))


class Warp:
    """Moves points by smooth noise. Slopes stay well below one, so lines that did not cross do not cross afterwards."""

    def __init__(self, rng: np.random.Generator, extent_m: float, steps: Sequence[Tuple[float, float]]):
        self._parts = [(Noise(rng, cell, extent_m), Noise(rng, cell, extent_m), amplitude) for cell, amplitude in steps]

    def __call__(self, geometry: Any) -> Any:
        """One geometry or an array of them."""
        return shapely.transform(geometry, self._move)

    def _move(self, points: np.ndarray) -> np.ndarray:
        moved = points.copy()
        for east, north, amplitude in self._parts:
            moved[:, 0] += amplitude * east.at(points[:, 0], points[:, 1])
            moved[:, 1] += amplitude * north.at(points[:, 0], points[:, 1])
        return moved


@dataclass(frozen=True)
class Terrain:
    """Outline and streams in county metres; elevation in metres above the plain."""

    outline: Polygon
    river: LineString
    brooks: List[LineString]
    relief: Noise
    detail: Noise
    valley_width: Noise
    spurs: Noise
    size_m: float

    def elevation(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        scale = self.size_m / 20_000
        near_river = _distance(x, y, self.river)
        for brook in self.brooks:
            near_river = np.minimum(near_river, _distance(x, y, brook) * 2.2)
        near_river *= (1 + 0.45 * self.valley_width.at(x, y) + 0.35 * self.spurs.at(x, y)) / scale
        height = 330 + 250 * self.relief.at(x, y) + 110 * self.detail.at(x, y)
        return np.maximum(height, 40) * smooth_step(1000, 6400, near_river)


def _distance(x: np.ndarray, y: np.ndarray, line: LineString) -> np.ndarray:
    """Distance to the line's points every 150 m: near enough for relief, and fast."""
    points = shapely.get_coordinates(line.segmentize(150))
    best = np.full(x.shape, np.inf)
    for east, north in points:
        np.minimum(best, (x - east) ** 2 + (y - north) ** 2, out=best)
    return np.sqrt(best)


def build_terrain(plan: CountyPlan) -> Terrain:
    rng, size = plan.rng("terrain"), plan.size_m
    river = _meander(rng, size, [(-0.05, 0.62), (0.22, 0.60), (0.45, 0.42), (0.7, 0.46), (1.05, 0.33)])
    brooks = [_up_to(river, _meander(rng, size, path)) for path in (
        [(0.12, 1.02), (0.2, 0.82), (0.27, 0.57)], [(0.63, 1.02), (0.58, 0.78), (0.52, 0.44)],
        [(0.34, -0.02), (0.4, 0.2), (0.47, 0.43)], [(0.98, 0.86), (0.82, 0.66), (0.74, 0.45)],
        [(0.8, -0.02), (0.77, 0.18), (0.85, 0.38)])]
    return Terrain(_outline(rng, size), river, brooks, Noise(rng, size / 7, size), Noise(rng, size / 22, size),
                   Noise(rng, size / 5, size), Noise(rng, size / 14, size), size)


def _up_to(river: LineString, brook: LineString) -> LineString:
    """The brook from its source to where it meets the river."""
    parts = shapely.get_parts(brook.difference(river))
    return parts[0]


def _meander(rng: np.random.Generator, size: float, path: List[Tuple[float, float]]) -> LineString:
    bends = Warp(rng, size, [(size / 9, size / 28), (size / 30, size / 130)])
    return bends(LineString([(x * size, y * size) for x, y in path]).segmentize(size / 250))


def _outline(rng: np.random.Generator, size: float) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    radius = np.full(angle.shape, 0.47)
    for wave in range(2, 9):
        radius += rng.uniform(-0.05, 0.05) / wave * 2.2 * np.cos(wave * angle + rng.uniform(0, 6.3))
    square = np.maximum(np.abs(np.cos(angle)), np.abs(np.sin(angle))) ** -0.35
    radius = np.minimum(radius * square, 0.495 / np.maximum(np.abs(np.cos(angle)), np.abs(np.sin(angle))))
    ring = np.column_stack([0.5 + radius * np.cos(angle), 0.5 + radius * np.sin(angle)]) * size
    shape = Warp(rng, size, [(size / 25, size / 90), (size / 90, size / 400)])(Polygon(ring).segmentize(size / 200))
    return shape.buffer(0)
