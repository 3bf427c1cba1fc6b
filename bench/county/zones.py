"""What is laid over the county: red lines, supplied parcels and small facilities that overlap, and the patches."""
from __future__ import annotations

from typing import Tuple

import numpy as np
import shapely

from .lines import rounded
from .mesh import X0, Y0, within_runs

HOLES, TWO_PARTS = 0.12, 0.05  # shares of the zones
PIXELS = 0.35  # share of the patches that were traced along pixels of an image
PIXEL_M = (2.0, 4.0, 5.0)
MEDIAN_PATCH_M2 = 2600.0
SMALLEST_M2, LARGEST_M2 = 200.0, 50_000.0


def growth_centres(side: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Where people build: zones and patches cluster there."""
    return rng.uniform(0, side, (count, 2)) + [X0, Y0]


def _around(centres: np.ndarray, count: int, spread: float, rng: np.random.Generator) -> np.ndarray:
    return centres[rng.integers(0, len(centres), count)] + rng.normal(0, spread, (count, 2))


def _sizes(count: int, median: float, limits: Tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    return np.exp(rng.normal(np.log(median), 1.1, count)).clip(*limits)


def make_zones(count: int, median: float, limits: Tuple[float, float], centres: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turned, uneven quadrangles of ``median`` m², some with a hole, some in two parts; they overlap each other."""
    half = np.sqrt(_sizes(count, median, limits, rng)) / 2
    long = np.sqrt(rng.uniform(1, 3, count))
    size, turn = np.column_stack([half * long, half / long]), rng.uniform(0, np.pi, count)
    centre = _around(centres, count, 450.0, rng)
    zones = _quadrangles(size, turn, centre, rng.integers(1, 7, count), 0.02, rng)
    inner = _quadrangles(size * 0.25, turn, centre, np.ones(count, int), 0.0, rng)
    holed = rng.random(count) < HOLES
    zones[holed] = shapely.difference(zones[holed], inner[holed])
    double = rng.random(count) < TWO_PARTS
    second = _quadrangles(size * 0.8, turn, centre + rng.normal(0, 300, (count, 2)), np.full(count, 2), 0.0, rng)
    zones[double] = shapely.union(zones[double], second[double])
    zones = rounded(zones)
    return zones[~shapely.is_empty(zones)]


def _quadrangles(size: np.ndarray, turn: np.ndarray, centre: np.ndarray, per_side: np.ndarray, noise: float,
                 rng: np.random.Generator) -> np.ndarray:
    """Rectangles of half sides ``size`` with ``per_side`` vertices on each side."""
    owner = np.repeat(np.arange(len(size)), 4 * per_side)
    t = within_runs(4 * per_side) / np.repeat(per_side, 4 * per_side)
    corner, along = np.divmod(t, 1)
    x = np.choose(corner.astype(int), [2 * along - 1, np.ones(len(t)), 1 - 2 * along, -np.ones(len(t))])
    y = np.choose(corner.astype(int), [-np.ones(len(t)), 2 * along - 1, np.ones(len(t)), 1 - 2 * along])
    xy = (np.column_stack([x, y]) + rng.normal(0, noise, (len(t), 2))) * size[owner]
    return shapely.polygons(shapely.linearrings(_turned(xy, turn[owner]) + centre[owner], indices=owner))


def _turned(xy: np.ndarray, angle: np.ndarray) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.column_stack([xy[:, 0] * cosine - xy[:, 1] * sine, xy[:, 0] * sine + xy[:, 1] * cosine])


def make_patches(count: int, side: float, centres: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noisy outlines of 200–50 000 m²; a third of them stairs of pixels."""
    stars = _stars(count, rng)
    for k in np.flatnonzero(rng.random(count) < PIXELS):
        stars[k] = _stairs(stars[k], rng.choice(PIXEL_M))
    centre = _around(centres, count, 300.0, rng)
    anywhere = rng.random(count) < 0.4
    centre[anywhere] = rng.uniform(0, side, (anywhere.sum(), 2)) + [X0, Y0]
    xy, owner = shapely.get_coordinates(stars, return_index=True)
    return rounded(shapely.set_coordinates(stars, xy + centre[owner]))


def _stars(count: int, rng: np.random.Generator) -> np.ndarray:
    """Star-shaped outlines around the origin, made of five waves."""
    vertices = rng.integers(14, 120, count)
    owner = np.repeat(np.arange(count), vertices)
    angle = 2 * np.pi * within_runs(vertices) / vertices[owner]
    radius = 1 + rng.normal(0, 0.03, len(angle))
    for wave in (1, 2, 3, 5, 8):
        radius += rng.normal(0, 0.25 / wave, count)[owner] * np.sin(wave * angle + rng.uniform(0, 2 * np.pi, count)[owner])
    stretch = rng.uniform(1, 3.5, count)[owner]
    xy = np.column_stack([np.cos(angle) * stretch, np.sin(angle)]) * radius.clip(0.25)[:, None]
    xy = _turned(xy, rng.uniform(0, np.pi, count)[owner])
    plain = shapely.polygons(shapely.linearrings(xy, indices=owner))
    scale = np.sqrt(_sizes(count, MEDIAN_PATCH_M2, (SMALLEST_M2, LARGEST_M2), rng) / shapely.area(plain))
    return shapely.polygons(shapely.linearrings(xy * scale[owner][:, None], indices=owner))


def _stairs(star: "shapely.Polygon", pixel: float) -> "shapely.Polygon":
    """The largest connected figure of the pixels whose centre lies in ``star``; ``star`` where there are hardly any."""
    x0, y0, x1, y1 = np.array(star.bounds) // pixel * pixel
    x, y = np.meshgrid(np.arange(x0, x1 + pixel, pixel), np.arange(y0, y1 + pixel, pixel))
    inside = shapely.contains_xy(star, x + pixel / 2, y + pixel / 2)
    if inside.sum() < 2:
        return star
    step = np.diff(np.pad(inside, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    (row, start), (_, stop) = np.nonzero(step == 1), np.nonzero(step == -1)
    runs = shapely.box(x0 + start * pixel, y0 + row * pixel, x0 + stop * pixel, y0 + (row + 1) * pixel)
    parts = shapely.get_parts(shapely.union_all(runs))
    return parts[np.argmax(shapely.area(parts))]
