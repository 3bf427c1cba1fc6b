"""Plausible outlines of things people build: footprints, yards, earthworks, strips, settlements. Metres."""
from __future__ import annotations

from typing import Tuple

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

GRID_M = 0.001


def to_millimetres(shape: BaseGeometry) -> BaseGeometry:
    """Round as issued files do; the result measures in full precision again (GEOS would go on rounding by itself)."""
    return shapely.set_precision(shapely.set_precision(shape, GRID_M), 0)


def place(shape: Polygon, x: float, y: float, angle: float) -> Polygon:
    """Turn by ``angle`` degrees about the origin, move there, and round to the millimetre like issued files do."""
    turned = affinity.translate(affinity.rotate(shape, angle, origin=(0, 0)), x, y)
    return to_millimetres(turned)


def footprint(rng: np.random.Generator, area_m2: float) -> Polygon:
    """A rectangle, L or U shaped building of about that area around the origin."""
    ratio = rng.uniform(1.2, 2.4)
    width = np.sqrt(area_m2 / ratio)
    length = width * ratio
    body = box(-length / 2, -width / 2, length / 2, width / 2)
    form = rng.random()
    if form < 0.45:
        return body
    notch_length, notch_width = length * rng.uniform(0.25, 0.45), width * rng.uniform(0.3, 0.5)
    left = -length / 2 if form < 0.8 else -notch_length / 2
    return body.difference(box(left, width / 2 - notch_width, left + notch_length, width / 2 + 1))


def earthwork(rng: np.random.Generator, area_m2: float) -> Polygon:
    """An irregular patch of moved earth."""
    angle = np.linspace(0, 2 * np.pi, int(rng.integers(18, 30)), endpoint=False)
    radius = np.ones(angle.shape)
    for wave in range(2, 6):
        radius += rng.uniform(-0.28, 0.28) / wave * np.cos(wave * angle + rng.uniform(0, 6.3))
    radius += rng.uniform(-0.03, 0.03, angle.shape)
    ring = Polygon(np.column_stack([radius * np.cos(angle) * 1.35, radius * np.sin(angle)]))
    factor = np.sqrt(area_m2 / ring.area)
    return affinity.scale(ring, factor, factor, origin=(0, 0))


def strip(rng: np.random.Generator, length_m: float, width_m: float) -> Polygon:
    """A new road or track: a gently bent band."""
    bend = rng.uniform(-0.06, 0.06) * length_m
    x = np.linspace(-length_m / 2, length_m / 2, 9)
    y = bend * np.sin(np.pi * (x / length_m + 0.5)) + rng.uniform(-0.4, 0.4, x.shape)
    return LineString(np.column_stack([x, y])).buffer(width_m / 2, cap_style="flat", join_style="mitre")


def settlement(rng: np.random.Generator, radius_m: float, blocks: int) -> Polygon:
    """A clump of blocks around the origin, as villages and towns grow along their lanes."""
    parts = [box(-radius_m * 0.5, -radius_m * 0.42, radius_m * 0.5, radius_m * 0.42)]
    for _ in range(blocks):
        x, y = rng.normal(0, radius_m * 0.55, 2)
        width, height = radius_m * rng.uniform(0.3, 0.75, 2)
        parts.append(box(x - width, y - height, x + width, y + height))
    grown = shapely.union_all(parts).buffer(radius_m * 0.15, join_style="mitre").buffer(-radius_m * 0.15, join_style="mitre")
    return max(shapely.get_parts(grown), key=lambda part: part.area)


def frame(shape: Polygon) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corner, long side and short side (vectors) of the smallest rectangle around a shape."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))[:4]
    first, second = corners[1] - corners[0], corners[3] - corners[0]
    if np.hypot(*first) >= np.hypot(*second):
        return corners[0], first, second
    return corners[0], second, first


def red_line(shape: Polygon, margin_m: float, share: float = 1.0) -> Polygon:
    """A rectangle drawn round a shape with a margin, but along the long side only over ``share`` of it."""
    corner, along, across = frame(shape)
    east, north = along / np.hypot(*along), across / np.hypot(*across)
    start = corner - margin_m * east - margin_m * north
    reach = along * share + margin_m * east * (2 if share >= 1 else 1)
    height = across + 2 * margin_m * north
    return to_millimetres(Polygon([start, start + reach, start + reach + height, start + height]))
