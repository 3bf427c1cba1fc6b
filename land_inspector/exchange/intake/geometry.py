"""Issued geometry made fit for overlay (rule R06): mended where its meaning is clear, quarantined where it is not.

What comes in goes through the one border of :mod:`evidence.shapes`; what goes out, through ``formats.gpkg.multipolygons``.
"""
from __future__ import annotations

import struct
from typing import Any, List, Optional, Tuple

import numpy as np
import shapely
from osgeo import ogr

from ...errors import Message, message
from ...evidence.area import Measure
from ...evidence.gdal_quiet import attempt, quiet
from ...evidence.chunks import FLOOR_M2
from ...evidence.shapes import MOST_CROSSINGS, State, invalid_rows, polygons_only, read_wkb, sound_polygons, stroked
from ...progress import Progress
from .mapping import Draft, SourceTable

_POLYGON, _MULTIPOLYGON = 3, 6


def plain_wkb(geometry: Optional[ogr.Geometry]) -> Optional[bytes]:
    """2-D linear WKB of an OGR geometry: Z and M dropped, curves made lines, surfaces made polygons."""
    if geometry is None or geometry.IsEmpty():
        return None
    if geometry.HasCurveGeometry():
        geometry = stroked(geometry)
    if geometry.Is3D() or geometry.IsMeasured():
        geometry.FlattenTo2D()
    if ogr.GT_Flatten(geometry.GetGeometryType()) in (ogr.wkbPolyhedralSurface, ogr.wkbTIN, ogr.wkbTriangle):
        geometry = ogr.ForceToMultiPolygon(geometry)
    data = attempt(geometry.ExportToWkb, ogr.wkbNDR)
    return bytes(data) if data is not None else None


def json_wkb(member: Any) -> Optional[bytes]:
    """2-D WKB of a GeoJSON geometry object; None where it is null or empty. Raises ValueError if it is malformed."""
    if not member:
        return None
    try:
        kind, coordinates = member["type"], member.get("coordinates")
        if kind == "Polygon":
            return _polygon(coordinates) if coordinates else None
        if kind == "MultiPolygon":
            parts = [_polygon(part) for part in coordinates if part]
            return struct.pack("<BII", 1, _MULTIPOLYGON, len(parts)) + b"".join(parts) if parts else None
        return _other(member)
    except (KeyError, TypeError, IndexError, AttributeError) as wrong:
        raise ValueError(str(wrong)) from wrong


def _polygon(rings: List[Any]) -> bytes:
    """Empty holes are left out; of a polygon whose shell is empty nothing is left."""
    rings = [ring for ring in rings if len(ring)] if len(rings[0]) else []
    body = [struct.pack("<BII", 1, _POLYGON, len(rings))]
    for ring in rings:
        try:
            points = np.asarray(ring, dtype="<f8")[:, :2]
        except ValueError:  # positions of different lengths, here with Z and there without
            points = np.asarray([position[:2] for position in ring], dtype="<f8")
        if points.shape[1] != 2:
            raise ValueError("position")
        body.append(struct.pack("<I", len(points)) + points.tobytes())
    return b"".join(body)


def _other(member: Any) -> Optional[bytes]:
    import json

    geometry = attempt(ogr.CreateGeometryFromJson, json.dumps(member))
    if geometry is None:
        raise ValueError(str(member.get("type")))
    return plain_wkb(geometry)


def mend_rings(data: bytes) -> Optional[bytes]:
    """WKB with open rings closed and rings of fewer than three different points left out; None if nothing is left."""
    geometry = attempt(ogr.CreateGeometryFromWkb, data)
    if geometry is None:
        return None
    mended = ogr.Geometry(ogr.wkbMultiPolygon)
    for polygon in _polygons(geometry):
        kept = _mended_polygon(polygon)
        if kept is not None:
            mended.AddGeometry(kept)
    return bytes(mended.ExportToWkb(ogr.wkbNDR)) if mended.GetGeometryCount() else None


def _polygons(geometry: ogr.Geometry) -> List[ogr.Geometry]:
    kind = ogr.GT_Flatten(geometry.GetGeometryType())
    if kind == ogr.wkbPolygon:
        return [geometry]
    if kind in (ogr.wkbMultiPolygon, ogr.wkbGeometryCollection):
        return [found for part in geometry for found in _polygons(part)]
    return []


def _mended_polygon(polygon: ogr.Geometry) -> Optional[ogr.Geometry]:
    kept = ogr.Geometry(ogr.wkbPolygon)
    for index, ring in enumerate(polygon):
        points = ring.GetPoints(2) or []
        if len(set(points)) < 3:
            if index == 0:
                return None
            continue
        closed = ogr.Geometry(ogr.wkbLinearRing)
        for x, y in points if points[0] == points[-1] else points + points[:1]:
            closed.AddPoint_2D(x, y)
        kept.AddGeometry(closed)
    return kept if kept.GetGeometryCount() else None


LEAST_M2 = FLOOR_M2
_ASK_ISSUER = message("Ask the issuer for the patch's boundary, or draw it and import it as an addition to the batch.")
#: A row that has none at all, which is no fault of a row that needs none.
NO_GEOMETRY = message("It has no geometry.")
#: Of a row that consists of no points.
NO_POINT = message("It is no point.")
_CHUNK = 2000
_POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def read_geometry(table: SourceTable, draft: Draft, progress: Progress) -> None:
    """Fill the draft's geometry from the table's WKB; rows without usable polygons are quarantined with the reason."""
    with quiet():
        for start in range(0, len(draft), _CHUNK):
            progress.step(start / len(draft), message("Checking geometry"))
            _read_chunk(table, draft, range(start, min(start + _CHUNK, len(draft))))
    for index in range(len(draft)):
        if draft.geometry[index] is None:
            reason = table.broken.get(index) or NO_GEOMETRY
            draft.quarantine(index, reason, _ASK_ISSUER)


def read_points(table: SourceTable, draft: Draft) -> None:
    """Fill the draft's geometry with the point of each row that consists of points; several count by their middle. All other rows are
    quarantined."""
    shapes = read_wkb(np.array([*table.wkb, None], dtype=object)[:-1])
    points = (shapely.get_dimensions(shapes) == 0) & ~shapely.is_empty(shapes)
    for index, is_point in enumerate(points.tolist()):
        if is_point and np.isfinite(shapely.get_coordinates(shapes[index])).all():
            draft.geometry[index] = shapely.centroid(shapes[index])
        else:
            draft.quarantine(index, NO_POINT, _ASK_ISSUER)


def _read_chunk(table: SourceTable, draft: Draft, indexes: range) -> None:
    wkb = np.array([table.wkb[i] for i in indexes] + [None], dtype=object)[:-1]
    shapes = read_wkb(wkb)
    for at in np.flatnonzero(shapely.is_missing(shapes) & np.not_equal(wkb, None)):
        shapes[at] = _mended(draft, indexes[int(at)], wkb[at])
    polygons, state = sound_polygons(shapes)
    kind = shapely.get_type_id(shapes)
    for at, index in enumerate(indexes):
        if polygons[at] is not None:
            draft.geometry[index] = polygons[at]
            if kind[at] not in _POLYGONAL:
                _note_dropped(draft, index)
        elif shapes[at] is not None:
            reason = _why_unusable(shapes[at], State(state[at]))
            if reason is not None:
                draft.quarantine(index, reason, _ASK_ISSUER)


def _mended(draft: Draft, index: int, data: bytes) -> Optional[shapely.Geometry]:
    mended = mend_rings(data)
    shape = read_wkb(np.array([mended], dtype=object))[0] if mended else None
    if shape is None:
        draft.quarantine(index, message("Its ring has fewer than three different points."), _ASK_ISSUER)
        return None
    draft.repaired[index] = True
    draft.note("W", index, message("A ring was not closed or had too few points; rings were closed and empty ones left out."),
               message("Compare the patch with the image."), "R06")
    return shape


def _why_unusable(shape: shapely.Geometry, state: State) -> Optional[Message]:
    """Why nothing is left of a geometry; None where it was empty from the beginning."""
    if shape.is_empty:
        return None
    if state == State.UNREADABLE:
        numbers = np.isfinite(shapely.get_coordinates(shape)).all()
        return message("Its coordinates are too large to be measured.") if numbers else message("Some of its coordinates are not numbers.")
    dimension = shapely.get_dimensions(shape)
    if dimension == 2:
        return message("Its ring has fewer than three different points.")
    return message("It consists of points, not of an area.") if dimension == 0 else message("It consists of lines, not of an area.")


def _note_dropped(draft: Draft, index: int) -> None:
    draft.repaired[index] = True
    draft.note("W", index, message("It held lines or points beside its area; they were left out."),
               message("Compare the patch with the image."), "R06")


def swap_axes(draft: Draft, swapped: np.ndarray) -> None:
    """Exchange X and Y of the rows marked (R04)."""
    chosen = np.flatnonzero(swapped)
    if len(chosen):
        draft.geometry[chosen] = shapely.transform(draft.geometry[chosen], lambda xy: xy[:, ::-1])
        draft.repaired[chosen] = True


def repair(draft: Draft, measure: Measure, progress: Progress) -> None:
    """Make every polygon valid (parts united, nested ones taken as holes) and quarantine those without area."""
    sound = draft.sound
    for start in range(0, len(sound), _CHUNK):
        progress.step(start / len(sound), message("Repairing invalid rings"))
        _repair_chunk(draft, sound[start:start + _CHUNK], measure, progress.part(start / len(sound), 1.0))


def _repair_chunk(draft: Draft, sound: np.ndarray, measure: Measure, progress: Progress) -> None:
    def check() -> None:
        progress.step(0.0)

    geometry, state = draft.geometry[sound], np.zeros(len(sound), np.int8)
    draft.area_m2[sound] = measure(geometry)
    bad = invalid_rows(geometry, state, check)
    for index in sound[state == State.TANGLED].tolist():
        draft.quarantine(index, message("Its boundary crosses itself more than {n} times; no repair could say what is meant.",
                                        n=MOST_CROSSINGS), _ASK_ISSUER)
    for index in sound[bad].tolist():
        check()
        _repair_row(draft, index, measure)
    for index in sound[~np.isfinite(draft.area_m2[sound])].tolist():
        draft.quarantine(index, message("Its coordinates are too large to be measured."), _ASK_ISSUER)
    for index in sound[draft.area_m2[sound] < LEAST_M2].tolist():
        draft.quarantine(index, message("It has no area."), _ASK_ISSUER)


def _repair_row(draft: Draft, index: int, measure: Measure) -> None:
    before_m2, (text, valid) = float(draft.area_m2[index]), valid_polygon(draft.geometry[index])
    after_m2 = float(measure(np.array([valid], dtype=object))[0]) if valid is not None else 0.0
    draft.area_m2[index] = after_m2
    if after_m2 < LEAST_M2:
        return
    draft.geometry[index] = valid
    draft.repaired[index] = True
    draft.note("W", index, text, message("Compare the patch with the image where its area changed."), "R06",
               before_m2, after_m2)


_REPAIRED = {
    "Ring Self-intersection": message("A ring of it touched itself; it was repaired."),
    "Self-intersection": message("Its boundary crossed itself; it was repaired."),
    "Nested shells": message("One part of it lay within another and was taken for a hole; it was repaired."),
    "Hole lies outside shell": message("A hole lay outside its ring; it was repaired."),
    "Holes are nested": message("A hole lay within a hole; it was repaired."),
    "Interior is disconnected": message("Holes cut it into pieces; it was repaired."),
    "Duplicate Rings": message("A ring was there twice; it was repaired."),
    "Too few points in geometry component": message("A ring had too few points; it was repaired."),
}


def valid_polygon(shape: shapely.Geometry) -> Tuple[Message, Optional[shapely.Geometry]]:
    """What was wrong with a polygon, and its valid form; None where no area is left.

    Parts that cross are united. A part wholly within another is a hole written in the wrong direction, and stays a hole.
    """
    reason = shapely.is_valid_reason(shape).split("[")[0].strip()
    text = _REPAIRED.get(reason, message("The geometry was invalid ({reason}); it was repaired.", reason=reason))
    nested = reason == "Nested shells"
    valid = polygons_only(np.array([None if nested else _by_structure(shape)], dtype=object))[0]
    if valid is None or valid.is_empty:
        valid = polygons_only(np.array([shapely.make_valid(shape)], dtype=object))[0]
    return text, None if valid is None or valid.is_empty else valid


def _by_structure(shape: shapely.Geometry) -> Optional[shapely.Geometry]:
    """OGR has GEOS's structure method on every version that the plugin runs on; shapely only from 2.1 on."""
    geometry = ogr.CreateGeometryFromWkb(shapely.to_wkb(shape, output_dimension=2))
    with quiet():
        valid = attempt(geometry.MakeValid, ["METHOD=STRUCTURE"])
    return shapely.from_wkb(bytes(valid.ExportToWkb(ogr.wkbNDR))) if valid is not None else None
