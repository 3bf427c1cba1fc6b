"""Areas in m² of arrays of polygons: on the ellipsoid of their coordinate system, or planar.

*What is measured.* Edges are straight in the stored coordinates (a coverage digitised in a plane has no gaps there).
On the ellipsoid the area of such a figure is an integral over its boundary in authalic (equal-area) coordinates.

*How.* Small figures: planar area divided by the areal scale at the centroid, which is additive (the pieces of a patch
sum to the patch): k² in Transverse Mercator, a closed form in degrees, a numerical one elsewhere. Over ``*_REACH_M``
the scale varies too much: then vertices and edge midpoints go through the inverse projection into authalic
coordinates, and Richardson's rule on the two shoelaces takes out the curvature of the edges (design/performance.md §5).
Both agree to 1e-9 of the area. The ellipsoid is the coordinate system's, never the project's.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Callable, Optional, Tuple

import numpy as np
import shapely

from ..errors import InputError
from .crs import Crs, CrsLike, TRANSVERSE_MERCATOR, carried_over
from .shapes import Rings, refined, shoelace


MERCATOR_REACH_M = 1000.0
OTHER_REACH_M = 300.0
LONGEST_EDGE_M = 2000.0  # between vertices put into authalic coordinates
MOST_PIECES = 4000  # of an edge: no edge of a real figure is longer than 8 000 km
SERIES_REACH_M = 400_000.0  # from the central meridian: beyond, the k² series is not good to 1e-10
EARTH_RADIUS_M = 6.37e6
DERIVATIVE_STEP_M = 60.0

Measure = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Scale:
    """m² for one square unit of the stored coordinates: ``at`` points (n × 2).

    ``serves``: whether a figure within given bounds (n × 4) is small enough for the scale at its centroid alone.
    ``bend``, where edges are not straight in these coordinates: at points, the m² that an edge (dx, dy) gains by its
    bend, as a form in dx³, dx² dy, dx dy² and dy³ (n × 4).
    """

    serves: Callable[[np.ndarray], np.ndarray]
    at: Callable[[np.ndarray], np.ndarray]
    bend: Optional[Callable[[np.ndarray], np.ndarray]] = None

    @classmethod
    def on_ellipsoid(cls, crs: Crs) -> "Scale":
        """m² on the ellipsoid of ``crs``; serves figures that are small on it."""
        return cls(lambda bounds: _is_small(bounds, crs), lambda xy: _areal_scale(xy, crs))

    @classmethod
    def constant(cls, square_unit: float) -> "Scale":
        """``square_unit`` m² everywhere (planar measuring); serves every figure with finite bounds."""
        return cls(lambda bounds: np.isfinite(bounds).all(axis=1), lambda xy: np.full(len(xy), square_unit))


class AreaMethod(str, Enum):
    """How a batch declares its areas (MJFF)."""

    ELLIPSOID = "E"
    PLANAR = "P"


def areas(geoms: np.ndarray, crs: CrsLike, method: AreaMethod = AreaMethod.ELLIPSOID) -> np.ndarray:
    """m² of each (multi)polygon; None and empty give 0. Raises InputError as :func:`measure` does."""
    return measure(crs, method)(np.asarray(geoms, dtype=object))


def measure(crs: CrsLike, method: AreaMethod = AreaMethod.ELLIPSOID) -> Measure:
    """The function that measures polygons of one coordinate system; usable from several threads.

    Raises InputError where the method is impossible: on an unknown system, or planar in degrees.
    """
    system = Crs.of(crs)
    if AreaMethod(method) is AreaMethod.PLANAR:
        return _planar(system)
    if not system.is_known:
        raise InputError(
            "Areas on the ellipsoid need a coordinate system, and this layer has none.",
            "Set the layer's coordinate system, or measure planar areas.",
        )
    return lambda geoms: ellipsoid_areas(geoms, system)


def _planar(system: Crs) -> Measure:
    if system.is_geographic:
        raise InputError(
            "Planar areas cannot be taken in degrees.",
            "Measure on the ellipsoid, or reproject the layer to a projected coordinate system.",
        )
    return lambda geoms: np.nan_to_num(shapely.area(geoms)) * system.unit ** 2


def ellipsoid_areas(geoms: np.ndarray, crs: Crs) -> np.ndarray:
    """m² on the ellipsoid of ``crs``, the edges straight in the stored coordinates."""
    planar = np.nan_to_num(shapely.area(geoms))
    result = np.zeros(len(planar))
    some = np.flatnonzero(planar > 0)
    small = _is_small(shapely.bounds(geoms[some]).reshape(-1, 4), crs)
    near, far = some[small], some[~small]
    if len(near):
        result[near] = planar[near] * _areal_scale(shapely.get_coordinates(shapely.centroid(geoms[near])), crs)
    if len(far):
        result[far] = authalic_areas(geoms[far], crs)
    return result


def _is_small(bounds: np.ndarray, crs: Crs) -> np.ndarray:
    """Whether one areal scale serves the whole figure; never for what has no bounds."""
    unit = EARTH_RADIUS_M * crs.unit if crs.is_geographic else crs.unit
    extent = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]) * unit
    if crs.kind != TRANSVERSE_MERCATOR:
        return extent <= OTHER_REACH_M
    off_axis = np.abs(bounds[:, [0, 2]] * crs.unit - crs.false_easting).max(axis=1)
    return np.where(off_axis < SERIES_REACH_M, extent <= MERCATOR_REACH_M, extent <= OTHER_REACH_M)


def _areal_scale(xy: np.ndarray, crs: Crs) -> np.ndarray:
    """m² on the ellipsoid for one square unit of the stored coordinates, at each point."""
    if crs.is_geographic:
        return _square_radian(xy[:, 1] * crs.unit, crs) * crs.unit ** 2
    if crs.kind != TRANSVERSE_MERCATOR:
        return _numerical_scale(xy, crs)
    near = np.abs(xy[:, 0] * crs.unit - crs.false_easting) < SERIES_REACH_M
    scale = np.empty(len(xy))
    scale[near] = crs.unit ** 2 / mercator_k2(xy[near] * crs.unit, crs)
    if not near.all():
        scale[~near] = _numerical_scale(xy[~near], crs)
    return scale


def _square_radian(lat: np.ndarray, crs: Crs) -> np.ndarray:
    """m² of one square radian at latitude ``lat``: M · N · cos φ."""
    e2 = crs.f * (2 - crs.f)
    return crs.a ** 2 * (1 - e2) * np.cos(lat) / (1 - e2 * np.sin(lat) ** 2) ** 2


def _numerical_scale(xy: np.ndarray, crs: Crs) -> np.ndarray:
    """The Jacobian of the way to authalic coordinates, by central differences of 60 m."""
    step = DERIVATIVE_STEP_M / crs.unit
    around = (xy[:, None, :] + step * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])).reshape(-1, 2)
    lam, q = (part.reshape(-1, 4) for part in to_authalic(around, crs))
    lam = lam[:, :1] + _wrapped(lam - lam[:, :1])
    return np.abs(
        (lam[:, 0] - lam[:, 1]) * (q[:, 2] - q[:, 3]) - (lam[:, 2] - lam[:, 3]) * (q[:, 0] - q[:, 1])
    ) / (4 * step ** 2)


def mercator_k2(metres: np.ndarray, crs: Crs) -> np.ndarray:
    """Areal scale factor of a Transverse Mercator (Gauss-Krüger, UTM) at points given in metres; < 1e-10 in a zone."""
    e2 = crs.f * (2 - crs.f)
    arc = (metres[:, 1] - crs.false_northing) / crs.scale + _meridian_arc(crs.latitude_of_origin, crs)
    lat = _footpoint_latitude(arc, crs)
    curvature = crs.a ** 2 * (1 - e2) / (1 - e2 * np.sin(lat) ** 2) ** 2  # M · N
    u = ((metres[:, 0] - crs.false_easting) / crs.scale) ** 2 / curvature
    eta2 = e2 / (1 - e2) * np.cos(lat) ** 2
    return (crs.scale * (1 + u / 2 + u * u / 24 * (1 + 4 * eta2))) ** 2


def _rectifying_radius(crs: Crs) -> float:
    n = crs.f / (2 - crs.f)
    return crs.a / (1 + n) * (1 + n ** 2 / 4 + n ** 4 / 64)


def _meridian_arc(lat: float, crs: Crs) -> float:
    """Metres from the equator along the meridian (Helmert's series in the third flattening)."""
    n = crs.f / (2 - crs.f)
    return _rectifying_radius(crs) * float(
        lat - (3 * n / 2 - 9 * n ** 3 / 16) * np.sin(2 * lat) + (15 * n ** 2 / 16 - 15 * n ** 4 / 32) * np.sin(4 * lat)
        - 35 * n ** 3 / 48 * np.sin(6 * lat) + 315 * n ** 4 / 512 * np.sin(8 * lat)
    )


def _footpoint_latitude(arc: np.ndarray, crs: Crs) -> np.ndarray:
    n = crs.f / (2 - crs.f)
    mu = arc / _rectifying_radius(crs)
    return (
        mu + (3 * n / 2 - 27 * n ** 3 / 32) * np.sin(2 * mu) + (21 * n ** 2 / 16 - 55 * n ** 4 / 32) * np.sin(4 * mu)
        + 151 * n ** 3 / 96 * np.sin(6 * mu) + 1097 * n ** 4 / 512 * np.sin(8 * mu)
    )


def authalic_q(lat: np.ndarray, crs: Crs) -> np.ndarray:
    """m² per radian of longitude between the equator and ``lat``: the equal-area ordinate."""
    e2 = crs.f * (2 - crs.f)
    sine = np.sin(lat)
    if e2 == 0:
        return crs.a ** 2 * sine
    e = np.sqrt(e2)
    return crs.a ** 2 * (1 - e2) / 2 * (sine / (1 - e2 * sine ** 2) + np.arctanh(e * sine) / e)


def to_authalic(xy: np.ndarray, crs: Crs) -> Tuple[np.ndarray, np.ndarray]:
    """Longitude (radians) and equal-area ordinate (m² per radian) of stored coordinates."""
    geographic = crs.to_geographic(xy)
    return geographic[:, 0], authalic_q(geographic[:, 1], crs)


def authalic_areas(geoms: np.ndarray, crs: Crs) -> np.ndarray:
    """m² by vertices and midpoints in authalic coordinates, for figures of any size."""
    rings = Rings.of(geoms)
    points, start = _halved(rings, crs)
    lam, q = to_authalic(points, crs)
    if not crs.is_geographic:  # the inverse projection may jump at ±180°
        first = np.repeat(lam[start[:-1]], np.diff(start))
        lam = first + _wrapped(lam - first)
    fine = shoelace(lam, q, start)
    coarse = shoelace(lam[::2], q[::2], start // 2)
    return rings.summed((4 * fine - coarse) / 3)


def _halved(rings: Rings, crs: Crs) -> Tuple[np.ndarray, np.ndarray]:
    """Every edge in an even number of pieces; the closing vertex twice, so that every other point is the coarse ring."""
    unit = EARTH_RADIUS_M * crs.unit if crs.is_geographic else crs.unit
    first = rings.edge_starts()
    length = np.hypot(*(rings.xy[first + 1] - rings.xy[first]).T) * unit
    pieces = np.full(len(rings.xy), 2, dtype=np.int64)
    pieces[first] *= np.clip(np.ceil(length / LONGEST_EDGE_M), 1, MOST_PIECES).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(pieces)])[rings.start]
    is_edge = np.zeros(len(pieces), bool)
    is_edge[first] = True
    return refined(rings.xy, pieces, is_edge), start


def _wrapped(angle: np.ndarray) -> np.ndarray:
    return (angle + np.pi) % (2 * np.pi) - np.pi


# By what a survey measures: the same measure for a patch at home and for its pieces in a layer's coordinates.

class AreaMeasure:
    """``additive``: whether the pieces of a patch sum to the patch under this measure."""

    additive = True

    def measure_in(self, crs: Crs, home: Crs) -> Measure:
        """The m² of polygons given in ``crs``, of patches whose own system is ``home``."""
        raise NotImplementedError

    def scale_in(self, crs: Crs, home: Crs) -> Optional[Scale]:
        """The same for figures of which only planar area and centroid are known; None where that is not enough."""
        return None

    @staticmethod
    def of(method: AreaMethod) -> "AreaMeasure":
        """The measure for a survey's method; ValueError where there is no such method."""
        return PlanarMeasure() if AreaMethod(method) is AreaMethod.PLANAR else EllipsoidMeasure()


class EllipsoidMeasure(AreaMeasure):
    """On the ellipsoid of the coordinates that are measured in."""

    def measure_in(self, crs: Crs, home: Crs) -> Measure:
        return measure(crs, AreaMethod.ELLIPSOID)

    def scale_in(self, crs: Crs, home: Crs) -> Optional[Scale]:
        return Scale.on_ellipsoid(crs)


class PlanarMeasure(AreaMeasure):
    """Planar in the patches' own coordinates; pieces made elsewhere are carried back."""

    def measure_in(self, crs: Crs, home: Crs) -> Measure:
        planar = measure(home, AreaMethod.PLANAR)
        return planar if home.same_as(crs) else lambda geoms: planar(carried_over(geoms, crs, home))

    def scale_in(self, crs: Crs, home: Crs) -> Optional[Scale]:
        return Scale.constant(self._square_unit(home)) if home.same_as(crs) else None

    def _square_unit(self, home: Crs) -> float:
        return home.unit ** 2


class UnitMeasure(PlanarMeasure):
    """Planar in square units of the patches' coordinates, whatever these are: what QGIS takes without an ellipsoid."""

    def measure_in(self, crs: Crs, home: Crs) -> Measure:
        def units(geoms: np.ndarray) -> np.ndarray:
            return np.nan_to_num(shapely.area(carried_over(geoms, crs, home)))

        return units

    def _square_unit(self, home: Crs) -> float:
        return 1.0


# Areas as QGIS takes them: vertices on a chosen ellipsoid, joined by geodesics.
#
# QGIS (QgsDistanceArea, GeographicLib) carries each vertex to longitude and latitude and joins them by geodesics of the
# project's ellipsoid, whatever the layer's own is. Here the same by numpy: authalic coordinates, and for each edge the area
# between its chord in these and the geodesic, to third order in its length:
#
#     Δ = −(Δλ · sin φ / 12) · (s² + 2 (M Δφ)²)        s: length of the edge, φ: latitude of its middle
#
# With edges up to ``LONGEST_GEODESIC_M`` that is exact to 1e-3 m² an edge, QGIS's own noise; polygons with longer edges are
# handed to ``exact`` (QgsDistanceArea itself, where QGIS is there).

LONGEST_GEODESIC_M = 5000.0
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
            long = np.unique(rings.owner[longest > LONGEST_GEODESIC_M])
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
