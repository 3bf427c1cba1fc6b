"""Stored geometry → valid 2-D polygons that GEOS can work on, with what had to be done to each."""
from __future__ import annotations

from enum import IntEnum
from typing import Any, Optional, Sequence, Tuple

import numpy as np
import shapely
from osgeo import gdal, ogr
from shapely.errors import GEOSException


#: Steps along an arc in degrees, and the area (m²) that straight edges may lose of one geometry.
_COARSE_STEP, _FINEST_STEP, _LOST_AREA = 4.0, 0.01, 0.001


class State(IntEnum):
    """What became of one stored geometry."""

    GOOD = 0
    REPAIRED = 1
    EMPTY = 2  # NULL, empty, or without any area
    UNREADABLE = 3


def polygons_from_wkb(blobs: Sequence[Optional[bytes]]) -> Tuple[np.ndarray, np.ndarray]:
    """Valid 2-D polygons (None where there is none) and the :class:`State` of each row.

    Takes any WKB that OGR or GEOS reads: curves, collections, Z, M, unclosed rings.
    """
    wkb = np.array([bytes(blob) if blob else None for blob in blobs] + [None], dtype=object)[:-1]
    geoms = _read(wkb)
    lost = np.flatnonzero(shapely.is_missing(geoms) & np.not_equal(wkb, None))
    for row in lost:
        geoms[row] = _through_ogr(wkb[row])
    still_lost = lost[shapely.is_missing(geoms[lost])]
    geoms, state = valid_polygons(geoms)
    state[still_lost] = State.UNREADABLE
    return geoms, state


def _read(wkb: np.ndarray) -> np.ndarray:
    """What GEOS reads; None for the rest. Curves make shapely refuse the whole array, then each row stands alone."""
    try:
        return np.array(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object).reshape(len(wkb))
    except NotImplementedError:
        return np.array([_read_alone(blob) for blob in wkb] + [None], dtype=object)[:-1]


def _read_alone(blob: Optional[bytes]) -> Any:
    try:
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
        return shapely.from_wkb(bytes(geometry.ExportToWkb(ogr.wkbNDR)), on_invalid="ignore")
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


def valid_polygons(geoms: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """2-D, valid, polygonal; None where nothing with an area is left. And the :class:`State` of each row."""
    geoms = np.array(geoms, dtype=object)
    state = np.zeros(len(geoms), dtype=np.int8)
    deep = shapely.has_z(geoms) | _has_m(geoms)
    geoms[deep] = shapely.force_2d(geoms[deep])
    geoms = polygons_only(geoms)
    _drop_unmeasurable(geoms, state)
    bad = np.flatnonzero(~shapely.is_missing(geoms) & ~shapely.is_valid(geoms))
    if len(bad):
        geoms[bad] = polygons_only(shapely.make_valid(geoms[bad]))
        state[bad] = State.REPAIRED
    flat = shapely.is_missing(geoms) | (shapely.area(geoms) == 0)
    geoms[flat] = None
    state[flat & (state != State.UNREADABLE)] = State.EMPTY
    return geoms, state


def _has_m(geoms: np.ndarray) -> np.ndarray:
    return shapely.has_m(geoms) if hasattr(shapely, "has_m") else np.zeros(len(geoms), bool)


def _drop_unmeasurable(geoms: np.ndarray, state: np.ndarray) -> None:
    """Coordinates that are not finite cannot be repaired by anybody."""
    if np.isfinite(shapely.get_coordinates(geoms)).all():
        return
    there = np.flatnonzero(~shapely.is_missing(geoms))
    _, row = shapely.get_coordinates(geoms[there], return_index=True)
    finite = np.isfinite(shapely.get_coordinates(geoms[there])).all(axis=1)
    hopeless = there[np.unique(row[~finite])]
    geoms[hopeless] = None
    state[hopeless] = State.UNREADABLE


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
