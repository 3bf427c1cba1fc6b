"""The border that geometry crosses on its way in: stored geometry → valid 2-D polygons that GEOS can work on, with what was done.

GEOS ends the process on some shapes (docs/measuring.md names the calls and the versions that were tried): on empty rings or
parts within a geometry, in most binary predicates; on collections nested thousands deep, already while reading. Neither gets
past this module, nor do coordinates that are not finite, nor rings so tangled that no repair of them would come to an end.
"""
from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import shapely
from osgeo import gdal, ogr
from shapely.errors import GEOSException


#: Times that a geometry may cross itself: its repair takes some 0.4 s then, and four times that for twice as many.
MOST_CROSSINGS = 1000
#: Pairs of edges that may touch, and whose boxes may meet, beyond so many for each edge (real outlines have 2 to 6).
_MOST_TOUCHING, _MOST_NEAR = (100_000, 8), (3_000_000, 30)
_NEVER_TANGLED = 45  # vertices that cannot cross each other more often than that
_LARGE = 50_000  # vertices: that many are counted before GEOS is even asked whether they are valid
_PAIRS_AT_ONCE = 1_000_000  # of edges, between two looks at the cancel button
_REPAIRS_AT_ONCE = 20_000  # vertices
_FARTHEST = 1e100  # of coordinates: their products must remain numbers

#: Geometries within geometries that are read by GEOS, which follows them down by recursion until the stack is used up.
_DEEPEST = 200
_NESTED = re.compile(  # the head of a multi-geometry or collection in WKB, in either order of bytes, with or without Z, M, SRID
    rb"\x01(?:[\x04-\x07]\x00|[\xec-\xef]\x03|[\xd4-\xd7]\x07|[\xbc-\xbf]\x0b)\x00[\x00\x20\x40\x60\x80\xa0\xc0\xe0]"
    rb"|\x00[\x00\x20\x40\x60\x80\xa0\xc0\xe0]\x00(?:\x00[\x04-\x07]|\x03[\xec-\xef]|\x07[\xd4-\xd7]|\x0b[\xbc-\xbf])", re.DOTALL)
_HEAD_BYTES = 9

Check = Callable[[], None]  # raises Cancelled when the user has stopped the work


def unwatched() -> None:
    """A :data:`Check` for work that nobody can stop."""


#: Steps along an arc in degrees, and the area (m²) that straight edges may lose of one geometry.
_COARSE_STEP, _FINEST_STEP, _LOST_AREA = 4.0, 0.01, 0.001


class State(IntEnum):
    """What became of one stored geometry."""

    GOOD = 0
    REPAIRED = 1
    EMPTY = 2  # NULL, empty, or without any area
    UNREADABLE = 3  # or its coordinates are no numbers
    TANGLED = 4  # it crosses itself more often than anybody could mend


def polygons_from_wkb(blobs: Sequence[Optional[bytes]], check: Check = unwatched) -> Tuple[np.ndarray, np.ndarray]:
    """Valid 2-D polygons (None where there is none) and the :class:`State` of each row.

    Takes any WKB that OGR or GEOS reads: curves, collections, Z, M, unclosed rings.
    """
    wkb = np.array([bytes(blob) if blob else None for blob in blobs] + [None], dtype=object)[:-1]
    geoms = read_wkb(wkb)
    lost = np.flatnonzero(shapely.is_missing(geoms) & np.not_equal(wkb, None))
    for row in lost:
        geoms[row] = _through_ogr(wkb[row])
    still_lost = lost[shapely.is_missing(geoms[lost])]
    geoms, state = valid_polygons(geoms, check)
    state[still_lost] = State.UNREADABLE
    return geoms, state


def read_wkb(wkb: np.ndarray) -> np.ndarray:
    """Geometries as GEOS reads them from an array of WKB (bytes or None); None for what it cannot, or must not, read."""
    deep = np.flatnonzero([blob is not None and _is_deep(blob) for blob in wkb])
    if len(deep):
        wkb = wkb.copy()
        wkb[deep] = None
    try:
        with np.errstate(invalid="ignore"):  # numpy's own word on NaN coordinates, which are looked for later
            return np.array(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object).reshape(len(wkb))
    except NotImplementedError:  # a curve makes shapely refuse the whole array; then each row stands alone
        return np.array([_read_alone(blob) for blob in wkb] + [None], dtype=object)[:-1]


def _is_deep(blob: bytes) -> bool:
    """Whether a WKB may hold geometries within geometries more than ``_DEEPEST`` times; OGR reads 32 and refuses the rest."""
    if len(blob) < _DEEPEST * _HEAD_BYTES or b"\x03" in (blob[1:2], blob[4:5]):  # short, or a plain polygon
        return False
    return sum(1 for _head in _NESTED.finditer(blob)) > _DEEPEST


def _read_alone(blob: Optional[bytes]) -> Any:
    try:
        with np.errstate(invalid="ignore"):
            return shapely.from_wkb(blob, on_invalid="ignore")
    except NotImplementedError:
        return None


def _through_ogr(wkb: bytes) -> Any:
    """Curves made linear and rings closed by OGR; None where it cannot read the geometry either."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        geometry = ogr.CreateGeometryFromWkb(wkb)
        if geometry is None:
            return None
        geometry = stroked(geometry)
        geometry.FlattenTo2D()
        geometry.CloseRings()
        return _read_alone(bytes(geometry.ExportToWkb(ogr.wkbNDR)))
    except RuntimeError:
        return None
    finally:
        gdal.PopErrorHandler()


def stroked(geometry: ogr.Geometry) -> ogr.Geometry:
    """A geometry with true curves as one of straight edges that are short enough for its area: chords of 4°, GDAL's own
    measure, lose 0.08 % of a circle. What is lost grows with the square of the step, so two coarse steps tell the fine one."""
    if not geometry.HasCurveGeometry():
        return geometry
    coarse, half = (geometry.GetLinearGeometry(step) for step in (_COARSE_STEP, _COARSE_STEP / 2))
    lost = abs(half.Area() - coarse.Area()) / (_COARSE_STEP ** 2 * 0.75) if coarse.GetDimension() == 2 else 0.0
    size = max(abs(value) for value in geometry.GetEnvelope())
    most = _LOST_AREA if size > 400 else _LOST_AREA / 1e10  # in degrees a square unit is some 10 000 km²
    step = (most / lost) ** 0.5 if lost > 0 else _COARSE_STEP / 2
    return geometry.GetLinearGeometry(min(max(step, _FINEST_STEP), _COARSE_STEP / 2))


# Curves as ArcGIS writes them in its JSON.

#: How far, as a share of its radius, the ends of an arc may lie off the circle or ellipse that is said to carry them.
_OFF_THE_ELLIPSE = 0.01


def drawn_ring(ring: Any) -> List[List[float]]:
    """A ring of ArcGIS's curveRings as points: arcs by three points (c) or by their centre (a), also of ellipses, and Bézier curves
    (b), as fine as :func:`stroked` has them.

    Raises ValueError for what is none of these.
    """
    points: List[List[float]] = []
    for part in ring if isinstance(ring, list) else []:
        try:
            if isinstance(part, list):
                points.append([float(part[0]), float(part[1])])
            elif isinstance(part, dict) and points:
                kind, said = next((one, part[one]) for one in ("c", "a", "b") if one in part)
                points += {"c": _arc_through, "a": _arc_around, "b": _bezier}[kind](points[-1], said)
            else:
                raise ValueError("ring")
        except (StopIteration, TypeError, IndexError, KeyError, ZeroDivisionError, OverflowError) as wrong:
            raise ValueError("curve") from wrong
    return points


def _steps(lost: float, place: float) -> int:
    """How many chords a curve needs that loses ``lost`` with one (it loses by their number's square)."""
    most = _LOST_AREA if abs(place) > 400 else _LOST_AREA / 1e10
    return min(max(8, math.ceil((lost / most) ** 0.5)), 36_000)


def _arc_through(start: List[float], said: Any) -> List[List[float]]:
    """``[[end], [a point between]]``."""
    (x1, y1), (x3, y3), (x2, y2) = start, said[0][:2], said[1][:2]
    twice = 2 * (x1 * (y2 - y3) + x2 * (y3 - y1) + x3 * (y1 - y2))
    if [x1, y1] == [x3, y3]:
        x, y, clockwise = (x1 + x2) / 2, (y1 + y2) / 2, True
    elif abs(twice) < 1e-12:
        return [[x3, y3]]
    else:
        squares = [one * one + other * other for one, other in ((x1 - x1, y1 - y1), (x2 - x1, y2 - y1), (x3 - x1, y3 - y1))]
        x = x1 + (squares[1] * (y3 - y1) - squares[2] * (y2 - y1)) / twice
        y = y1 + (squares[2] * (x2 - x1) - squares[1] * (x3 - x1)) / twice
        clockwise = twice < 0
    return _arc_around(start, [[x3, y3], [x, y], 0, clockwise])


def _arc_around(start: List[float], said: Any) -> List[List[float]]:
    """``[[end], [centre], minor, clockwise]``; of an ellipse also its rotation in radians against the clock, the half of its
    longer axis, and the shorter axis as a share of it."""
    end, (x, y), clockwise = [float(said[0][0]), float(said[0][1])], said[1][:2], bool(said[3])
    rotation, major, ratio = (float(value) for value in said[4:7]) if len(said) > 4 else (0.0, 0.0, 1.0)
    if ratio == 1.0:
        rotation, major = 0.0, math.hypot(start[0] - x, start[1] - y)
    cos, sin, minor = math.cos(rotation), math.sin(rotation), major * ratio
    (u1, v1), (u2, v2) = ((((px - x) * cos + (py - y) * sin) / major, ((py - y) * cos - (px - x) * sin) / minor) for px, py in (start, end))
    if not all(abs(math.hypot(u, v) - 1) <= _OFF_THE_ELLIPSE for u, v in ((u1, v1), (u2, v2))):
        raise ValueError("ellipse")
    begin = math.atan2(v1, u1)
    turn = 0.0 if end == start else (math.atan2(v2, u2) - begin) % (2 * math.pi)
    turn = turn - 2 * math.pi if clockwise else turn or 2 * math.pi
    steps = _steps(major * minor * abs(turn) ** 3 / 12, x)
    on_circle = ((math.cos(begin + turn * at / steps), math.sin(begin + turn * at / steps)) for at in range(1, steps))
    return [[x + major * u * cos - minor * v * sin, y + major * u * sin + minor * v * cos] for u, v in on_circle] + [end]


def _bezier(start: List[float], said: Any) -> List[List[float]]:
    """``[[end], [control], [control]]``."""
    four = [[float(value) for value in point[:2]] for point in (start, said[1], said[2], said[0])]
    wide, high = (max(point[axis] for point in four) - min(point[axis] for point in four) for axis in (0, 1))
    steps = _steps(wide * high, four[0][0])
    weights = [((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3) for t in (at / steps for at in range(1, steps + 1))]
    return [[sum(w * point[axis] for w, point in zip(one, four)) for axis in (0, 1)] for one in weights]


def valid_polygons(geoms: np.ndarray, check: Check = unwatched) -> Tuple[np.ndarray, np.ndarray]:
    """2-D, valid, polygonal; None where nothing with an area is left. And the :class:`State` of each row."""
    geoms, state = sound_polygons(geoms)
    bad = invalid_rows(geoms, state, check)
    for rows in _slices(bad, shapely.get_num_coordinates(geoms[bad])):
        check()
        geoms[rows] = polygons_only(shapely.make_valid(geoms[rows]))
        state[rows] = State.REPAIRED
    flat = shapely.is_missing(geoms) | (shapely.area(geoms) == 0)
    geoms[flat] = None
    state[flat & (state < State.UNREADABLE)] = State.EMPTY
    return geoms, state


def sound_polygons(geoms: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """2-D polygons, valid or not, on which no call of GEOS ends the process; and the :class:`State` of each row.

    Lines and points, empty rings and parts, rings of fewer than three places and repeated points are dropped; None where
    nothing is left, or where a coordinate is not finite (or beyond 1e100): that cannot be repaired by anybody.
    """
    geoms = np.array(geoms, dtype=object)
    state = np.zeros(len(geoms), dtype=np.int8)
    deep = shapely.has_z(geoms) | _has_m(geoms)
    geoms[deep] = shapely.force_2d(geoms[deep])
    geoms = polygons_only(geoms)
    x, y = shapely.get_coordinates(geoms).T
    ends = np.cumsum(shapely.get_num_coordinates(geoms))
    wrong = np.flatnonzero(~((np.abs(x) < _FARTHEST) & (np.abs(y) < _FARTHEST)))  # NaN is not less either
    again = np.flatnonzero((x[1:] == x[:-1]) & (y[1:] == y[:-1]))  # where the next ring begins, too: no harm in a look
    hopeless, repeating = (np.unique(np.searchsorted(ends, vertex, side="right")) for vertex in (wrong, again))
    geoms[hopeless], state[hopeless] = None, State.UNREADABLE
    littered = np.union1d(_with_empty_rings(geoms), repeating[~shapely.is_missing(geoms[repeating])])
    if len(littered):
        geoms[littered] = tidied(geoms[littered])
    state[shapely.is_missing(geoms) & (state == State.GOOD)] = State.EMPTY
    return geoms, state


def _has_m(geoms: np.ndarray) -> np.ndarray:
    return shapely.has_m(geoms) if hasattr(shapely, "has_m") else np.zeros(len(geoms), bool)


def _with_empty_rings(geoms: np.ndarray) -> np.ndarray:
    """Rows that are empty or hold an empty ring or part."""
    rows = np.flatnonzero((shapely.get_type_id(geoms) == shapely.GeometryType.MULTIPOLYGON) | (shapely.get_num_interior_rings(geoms) > 0))
    parts, owner = shapely.get_parts(geoms[rows], return_index=True)
    pierced = np.flatnonzero(shapely.get_num_interior_rings(parts) > 0)
    rings, part = shapely.get_rings(parts[pierced], return_index=True)
    empty = np.concatenate([owner[shapely.is_empty(parts)], owner[pierced[part[shapely.is_empty(rings)]]]])
    return np.union1d(rows[empty], np.flatnonzero(shapely.is_empty(geoms)))


def tidied(geoms: np.ndarray, keeps: Optional[Callable[[np.ndarray], np.ndarray]] = None) -> np.ndarray:
    """2-D polygons without repeated points, empty parts and rings of fewer than three places; None where none is left.

    ``keeps`` says of single rings, given as polygons, which of them are large enough to stay.
    """
    parts, row = shapely.get_parts(geoms, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    kept = np.ones(len(xy), bool)
    kept[1:] = (ring[1:] != ring[:-1]) | (xy[1:] != xy[:-1]).any(axis=1)
    xy, ring = xy[kept], ring[kept]
    good = np.bincount(ring, minlength=len(rings)) >= 4  # the first point comes again at the end
    if keeps is not None and good.any():
        good[good] = keeps(shapely.polygons(_rings_of(xy, ring, good)))
    shell = np.concatenate([[True], part[1:] != part[:-1]])[: len(part)]
    good &= good[np.maximum.accumulate(np.where(shell, np.arange(len(part)), 0))]  # a hole in nothing is nothing
    result = np.full(len(geoms), None, dtype=object)
    if good.any():
        _put_back(result, geoms, shapely.polygons(_rings_of(xy, ring, good), indices=_numbered(part[good])), row[np.unique(part[good])])
    return result


def _rings_of(xy: np.ndarray, ring: np.ndarray, good: np.ndarray) -> np.ndarray:
    return shapely.linearrings(xy[good[ring]], indices=_numbered(ring[good[ring]]))


def _put_back(result: np.ndarray, geoms: np.ndarray, parts: np.ndarray, owner: np.ndarray) -> None:
    """Parts as the geometries that own them; what was of several parts stays a multipolygon."""
    single = shapely.get_type_id(geoms[owner]) == shapely.GeometryType.POLYGON
    result[owner[single]] = parts[single]
    if not single.all():
        several = owner[~single]
        result[np.unique(several)] = shapely.multipolygons(parts[~single], indices=_numbered(several))


def without_specks(geoms: np.ndarray, area: Callable[[np.ndarray], np.ndarray], least: float) -> np.ndarray:
    """Polygons without parts and holes of less than ``least`` by ``area``; None where nothing is left. Others stay as they are.

    Overlays leave parts of 1e-9 m² where a border runs along another; programs that read them find holes outside their shells.
    """
    geoms = np.array(geoms, dtype=object)
    geoms[~shapely.is_missing(geoms) & (area(geoms) < least)] = None
    many = np.flatnonzero((shapely.get_num_interior_rings(geoms) > 0) | (shapely.get_num_geometries(geoms) > 1))
    parts, row = shapely.get_parts(geoms[many], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    small = area(shapely.polygons(rings)) < least
    rows = many[np.unique(row[part[small]])]
    if len(rows):
        geoms[rows] = tidied(geoms[rows], lambda found: area(found) >= least)
    return geoms


def _numbered(sorted_keys: np.ndarray) -> np.ndarray:
    """0, 1, 2 … for runs of equal keys."""
    return np.concatenate([[0], np.cumsum(np.diff(sorted_keys) != 0)])


def invalid_rows(geoms: np.ndarray, state: np.ndarray, check: Check = unwatched) -> np.ndarray:
    """Rows of :func:`sound_polygons` that a repair can make valid. What is beyond repair becomes None, its state TANGLED."""
    vertices = shapely.get_num_coordinates(geoms)
    _set_tangled_apart(geoms, state, np.flatnonzero(vertices > _LARGE), check)
    bad = np.flatnonzero(~shapely.is_missing(geoms) & ~shapely.is_valid(geoms))
    _set_tangled_apart(geoms, state, bad[(vertices[bad] > _NEVER_TANGLED) & (vertices[bad] <= _LARGE)], check)
    return bad[~shapely.is_missing(geoms[bad])]


def _set_tangled_apart(geoms: np.ndarray, state: np.ndarray, rows: np.ndarray, check: Check) -> None:
    for row in rows.tolist():
        check()
        if is_tangled(geoms[row], check):
            geoms[row], state[row] = None, State.TANGLED


def is_tangled(geometry: Any, check: Check = unwatched) -> bool:
    """Whether a 2-D polygon crosses itself so often (``MOST_CROSSINGS``) that its repair would not come to an end.

    Counted edge by edge and given up as soon as it is certain, so that the answer takes a fraction of a second.
    """
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(geometry)), return_index=True)
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    start, end = xy[edge], xy[edge + 1]
    lines = shapely.linestrings(np.stack([start, end], axis=1))
    most = np.array([MOST_CROSSINGS, *(least + share * len(edge) for least, share in (_MOST_TOUCHING, _MOST_NEAR))])
    tree, found, at, step = shapely.STRtree(lines), np.zeros(3), 0, 64
    while at < len(lines):
        check()
        i, j = tree.query(lines[at:at + step])
        i += at
        later = j > i
        found += _meetings(start, end, i[later], j[later])
        if (found > most).any():
            return True
        at, step = at + step, int(np.clip(_PAIRS_AT_ONCE * step / max(len(i), 1), 1, 4 * step))
    return False


def _meetings(start: np.ndarray, end: np.ndarray, i: np.ndarray, j: np.ndarray) -> Tuple[int, int, int]:
    """How many of the edges ``i`` cross their edge ``j``, how many touch it, and of how many the boxes meet."""
    sides = [_side(start[i], end[i], start[j]), _side(start[i], end[i], end[j]),
             _side(start[j], end[j], start[i]), _side(start[j], end[j], end[i])]
    one, other = sides[0] * sides[1], sides[2] * sides[3]
    cross = int(((one < 0) & (other < 0)).sum())
    return cross, int(((one <= 0) & (other <= 0)).sum()) - cross, len(i)


def _side(start: np.ndarray, end: np.ndarray, point: np.ndarray) -> np.ndarray:
    to, there = end - start, point - start
    return np.sign(to[:, 0] * there[:, 1] - to[:, 1] * there[:, 0])


def _slices(rows: np.ndarray, vertices: np.ndarray) -> Iterator[np.ndarray]:
    """The rows in runs of about ``_REPAIRS_AT_ONCE`` vertices; one that may be tangled stands alone."""
    weight = np.where(vertices > _NEVER_TANGLED, _REPAIRS_AT_ONCE, vertices)
    number = (np.cumsum(weight) - weight) // _REPAIRS_AT_ONCE
    yield from np.split(rows, np.flatnonzero(np.diff(number)) + 1) if len(rows) else ()


def polygons_only(geoms: np.ndarray) -> np.ndarray:
    """The polygonal parts of each geometry; points and lines beside them are dropped, alone they become None."""
    kind = shapely.get_type_id(geoms)
    polygonal = (kind == shapely.GeometryType.POLYGON) | (kind == shapely.GeometryType.MULTIPOLYGON)
    mixed = np.flatnonzero(~polygonal & (kind >= 0))
    if len(mixed):
        geoms = geoms.copy()
        for row in mixed:
            geoms[row] = _polygonal_parts(geoms[row])
    return geoms


def _polygonal_parts(geometry: Any) -> Any:
    parts = simple_parts(np.array([geometry], dtype=object))[0]
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if not len(parts):
        return None
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def simple_parts(geoms: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """All points, lines and polygons inside the geometries, and the row that each came from."""
    parts, row = shapely.get_parts(np.asarray(geoms, dtype=object), return_index=True)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        row = row[inner]
    return parts, row


def overlay(operation: Any, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """An intersection or difference of paired polygons; polygons only, None where none is left.

    GEOS may fail on one pair of a million: such a pair is tried again on a grid of 1e-14 of its
    coordinates, and the others are not lost with it.
    """
    try:
        result = operation(left, right)
    except GEOSException:
        result = np.array([_stubborn(operation, a, b) for a, b in zip(left, right)] + [None], dtype=object)[:-1]
    return polygons_only(result)


def _stubborn(operation: Any, left: Any, right: Any) -> Any:
    try:
        return operation(left, right)
    except GEOSException:
        grid = float(np.abs([shapely.bounds(left), shapely.bounds(right)]).max()) * 1e-14
        return operation(shapely.make_valid(left), shapely.make_valid(right), grid_size=grid)


# Polygons as flat arrays of rings, for everything that is counted over vertices and edges.

@dataclass(frozen=True)
class Rings:
    """All rings of an array of (multi)polygons. Ring ``r`` owns ``xy[start[r]:start[r + 1]]``, closed."""

    xy: np.ndarray
    start: np.ndarray
    is_shell: np.ndarray
    polygon: np.ndarray  # of each ring
    geometry: np.ndarray  # of each polygon
    count: int  # geometries

    @classmethod
    def of(cls, geoms: np.ndarray) -> "Rings":
        """Lines, points and empty rings inside geometries are ignored; None and empty geometries own no ring."""
        parts, geometry = simple_parts(geoms)
        keep = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
        rings, polygon = shapely.get_rings(parts[keep], return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        size = np.bincount(ring, minlength=len(rings))
        is_shell = np.concatenate([[True], np.diff(polygon) > 0])[: len(rings)]
        some = size > 0
        start = np.concatenate([[0], np.cumsum(size[some])])
        return cls(xy, start, is_shell[some], polygon[some], geometry[keep], len(geoms))

    @property
    def owner(self) -> np.ndarray:
        """The geometry of each ring."""
        return self.geometry[self.polygon]

    def edge_starts(self) -> np.ndarray:
        """Indices of the first vertex of every edge (every vertex but the closing ones)."""
        keep = np.ones(len(self.xy), bool)
        keep[self.start[1:] - 1] = False
        return np.flatnonzero(keep)

    def summed(self, signed: np.ndarray) -> np.ndarray:
        """Per geometry: shells minus holes of signed ring areas, whatever way the rings turn."""
        size = np.abs(signed)
        return np.bincount(self.owner, np.where(self.is_shell, size, -size), self.count)


def shoelace(x: np.ndarray, y: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Signed areas of closed rings; coordinates are taken relative to each ring's first vertex."""
    counts = np.diff(start)
    x = x - np.repeat(x[start[:-1]], counts)
    y = y - np.repeat(y[start[:-1]], counts)
    term = np.zeros(len(x))
    term[:-1] = x[:-1] * y[1:] - x[1:] * y[:-1]
    term[start[1:] - 1] = 0.0
    return np.add.reduceat(term, start[:-1]) / 2 if len(counts) else np.zeros(0)


def refined(xy: np.ndarray, pieces: np.ndarray, is_edge: np.ndarray) -> np.ndarray:
    """Vertices with ``pieces`` equal steps along the edge that begins at each; others are repeated that often."""
    vertex = np.repeat(np.arange(len(xy)), pieces)
    step = np.arange(len(vertex)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    along = np.where(is_edge[vertex], step / pieces[vertex], 0.0)[:, None]
    following = xy[np.minimum(vertex + 1, len(xy) - 1)]
    return np.where(along > 0, xy[vertex] * (1 - along) + following * along, xy[vertex])
