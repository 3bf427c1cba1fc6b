"""Areas as QGIS takes them: vertices on a chosen ellipsoid, joined by geodesics.

QGIS (QgsDistanceArea, GeographicLib) carries each vertex to longitude and latitude and joins them by geodesics of the
project's ellipsoid, whatever the layer's own is. Here the same by numpy: authalic coordinates, and for each edge the area
between its chord in these and the geodesic, to third order in its length:

    Δ = −(Δλ · sin φ / 12) · (s² + 2 (M Δφ)²)        s: length of the edge, φ: latitude of its middle

With edges up to ``LONGEST_EDGE_M`` that is exact to 1e-3 m² an edge, QGIS's own noise; polygons with longer edges are
handed to ``exact`` (QgsDistanceArea itself, where QGIS is there).
"""
from __future__ import annotations

from dataclasses import replace
from typing import Callable, Optional, Tuple

import numpy as np
import shapely

from .area import AreaMeasure, EARTH_RADIUS_M, Measure, Scale, authalic_q, ellipsoid_areas
from .crs import Crs
from .shapes import Rings, shoelace

LONGEST_EDGE_M = 5000.0
BEND_M = 300.0  # edges that the bend of smaller ones is told from: it grows with the cube of their length
CELL_M = 1000.0
TINY_M = 5.0  # extent below which the area is taken from the plane: authalic differences lose digits there


class GeodesicMeasure(AreaMeasure):
    """``a`` (m) and ``f`` of the ellipsoid; ``exact(geoms, crs)`` measures polygons with very long edges."""

    additive = False

    def __init__(self, a: float, f: float, exact: Optional[Callable[[np.ndarray, Crs], np.ndarray]] = None):
        self.a, self.f, self.exact = a, f, exact

    def measure_in(self, crs: Crs, home: Crs) -> Measure:
        own = replace(crs, a=self.a, f=self.f)
        return lambda geoms: self._areas(geoms, crs, own)

    def scale_in(self, crs: Crs, home: Crs) -> Scale:
        own, plain = replace(crs, a=self.a, f=self.f), Scale.on_ellipsoid(crs)
        same = (self.a, self.f) == (crs.a, crs.f)
        at = plain.at if same else lambda xy: plain.at(xy) * _square_ratio(xy, crs, own)
        return Scale(plain.serves, at, lambda xy: _bend_around(xy, crs, own))

    def _areas(self, geoms: np.ndarray, crs: Crs, own: Crs) -> np.ndarray:
        bounds = shapely.bounds(geoms).reshape(-1, 4)
        unit = EARTH_RADIUS_M * crs.unit if crs.is_geographic else crs.unit
        extent = np.fmax(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]) * unit
        result = np.zeros(len(geoms))
        tiny, other = np.flatnonzero(extent < TINY_M), np.flatnonzero(extent >= TINY_M)
        if len(tiny):
            scale = _square_ratio(shapely.get_coordinates(shapely.centroid(geoms[tiny])), crs, own)
            result[tiny] = ellipsoid_areas(geoms[tiny], crs) * scale
        if len(other):
            result[other] = self._by_edges(geoms[other], crs, own)
        return result

    def _by_edges(self, geoms: np.ndarray, crs: Crs, own: Crs) -> np.ndarray:
        rings = Rings.of(geoms)
        signed, longest = _geodesic_rings(rings, crs, own)
        area = rings.summed(signed)
        if self.exact is not None:
            long = np.unique(rings.owner[longest > LONGEST_EDGE_M])
            area[long] = self.exact(geoms[long], crs)
        return area


def _square_ratio(xy: np.ndarray, crs: Crs, own: Crs) -> np.ndarray:
    """What a small square of longitude and latitude measures on ``own`` ÷ on the ellipsoid of ``crs``, at points."""
    lat = crs.to_geographic(xy)[:, 1]
    return _square(lat, own) / _square(lat, crs)


def _square(lat: np.ndarray, crs: Crs) -> np.ndarray:
    e2 = crs.f * (2 - crs.f)
    return crs.a ** 2 * (1 - e2) / (1 - e2 * np.sin(lat) ** 2) ** 2


def _geodesic_rings(rings: Rings, crs: Crs, own: Crs) -> Tuple[np.ndarray, np.ndarray]:
    """Signed m² of each ring with geodesic edges, and the length (m) of its longest edge."""
    geographic = crs.to_geographic(rings.xy)
    counts = np.diff(rings.start)
    first = np.repeat(geographic[rings.start[:-1], 0], counts)
    lam = first + (geographic[:, 0] - first + np.pi) % (2 * np.pi) - np.pi
    lat = geographic[:, 1]
    chords = shoelace(lam, authalic_q(lat, own), rings.start)
    gain, length = np.zeros(len(lam)), np.zeros(len(lam))
    gain[:-1], length[:-1] = _gain(np.diff(lam), lat[:-1], lat[1:], own)
    closing = rings.start[1:] - 1
    gain[closing] = length[closing] = 0.0
    return chords + np.add.reduceat(gain, rings.start[:-1]), np.maximum.reduceat(length, rings.start[:-1])


def _bend_around(xy: np.ndarray, crs: Crs, own: Crs) -> np.ndarray:
    """The bend in the middle of the cell that each point lies in: it changes by a hundredth at most from cell to cell."""
    size = CELL_M / (EARTH_RADIUS_M * crs.unit if crs.is_geographic else crs.unit)
    cells, which = np.unique(np.floor(xy / size), axis=0, return_inverse=True)
    return _bend((cells + 0.5) * size, crs, own)[which.ravel()]


def _bend(xy: np.ndarray, crs: Crs, own: Crs) -> np.ndarray:
    """m² between edges that are straight in stored coordinates and their geodesics, at points: a form in dx³ … dy³ (n × 4).

    Fitted to four edges of ``BEND_M`` around each point. An edge that is straight in stored coordinates is a parabola
    about its chord in authalic ones.
    """
    step = BEND_M / (EARTH_RADIUS_M * crs.unit if crs.is_geographic else crs.unit)
    ways = step * np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0]])
    points = xy[:, None, None, :] + ways[None, :, None, :] * np.array([-0.5, 0.0, 0.5])[None, None, :, None]
    geographic = crs.to_geographic(points.reshape(-1, 2)).reshape(*points.shape)
    lam, lat = (geographic[..., 0] - geographic[:, :1, :1, 0] + np.pi) % (2 * np.pi) - np.pi, geographic[..., 1]
    q = authalic_q(lat, own)
    run, rise = lam[..., 2] - lam[..., 0], q[..., 2] - q[..., 0]
    aside = [(at[..., 1] - (at[..., 0] + at[..., 2]) / 2) for at in (lam, q)]
    gain = _gain(run, lat[..., 0], lat[..., 2], own)[0] - 2 / 3 * (aside[0] * rise - aside[1] * run)
    turned = np.sign(run[:, :1] * rise[:, 1:2] - run[:, 1:2] * rise[:, :1])  # -1 where x runs west or y south
    east, north, up, down = (gain * turned / step ** 3).T
    return np.column_stack([east, (up - down) / 2 - north, (up + down) / 2 - east, north])


def _gain(step: np.ndarray, begin: np.ndarray, end: np.ndarray, own: Crs) -> Tuple[np.ndarray, np.ndarray]:
    """m² between the authalic chord of an edge and its geodesic, and its length (m); latitudes and Δλ in radians."""
    e2 = own.f * (2 - own.f)
    middle = (end + begin) / 2
    w2 = 1 - e2 * np.sin(middle) ** 2
    north = own.a * (1 - e2) / w2 ** 1.5 * (end - begin)
    east = own.a / np.sqrt(w2) * np.cos(middle) * step
    square = north ** 2 + east ** 2
    return -step * np.sin(middle) / 12 * (square + 2 * north ** 2), np.sqrt(square)
