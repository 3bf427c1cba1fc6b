"""From whatever geometry a file holds to plain 2-D WKB, and rings mended that are not even rings."""
from __future__ import annotations

import struct
from typing import Any, List, Optional

import numpy as np
from osgeo import ogr

from .gdal_quiet import attempt

_POLYGON, _MULTIPOLYGON = 3, 6


def plain_wkb(geometry: Optional[ogr.Geometry]) -> Optional[bytes]:
    """2-D linear WKB of an OGR geometry: Z and M dropped, curves made lines, surfaces made polygons."""
    if geometry is None or geometry.IsEmpty():
        return None
    if geometry.HasCurveGeometry():
        geometry = geometry.GetLinearGeometry()
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
