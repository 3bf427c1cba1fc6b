"""What coordinates say about their CRS (rules R03 and R04, domain.md §1.3)."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import numpy as np
from osgeo import osr

from ..evidence.gdal_quiet import quiet, spatial_reference

Box = Tuple[float, float, float, float]
CHINA_DEGREES: Box = (73.0, 3.0, 136.0, 54.5)
NORTH = (300_000.0, 6_100_000.0)
EAST_UNPREFIXED = (100_000.0, 1_000_000.0)
ZONES_3 = (25, 45)
ZONES_6 = (13, 23)
_MARGIN_M, _MARGIN_DEGREES = 300_000.0, 3.0
_OLD_DATUMS = {"xian": "西安80", "beijing": "北京54"}
_OLD_ELLIPSOIDS = {6378140.0: "西安80", 6378245.0: "北京54"}
_NAMELESS = ("unknown", "unnamed", "undefined", "user", "not specified", "not_specified", "krass", "iag")

UNKNOWN, DEGREES, UNPREFIXED, ABROAD = 0, -1, -2, -3


@dataclass(frozen=True)
class Reading:
    """What each point looks like.

    ``kind`` is UNKNOWN, DEGREES (in China), ABROAD (degrees elsewhere), UNPREFIXED or the zone number; ``swapped`` where
    X and Y stand in each other's place.
    """

    kind: np.ndarray
    swapped: np.ndarray


def read_points(xy: np.ndarray) -> Reading:
    """R03 and R04 on points (n × 2)."""
    straight, turned = _kinds(xy[:, 0], xy[:, 1]), _kinds(xy[:, 1], xy[:, 0])
    swapped = (straight == UNKNOWN) & (turned != UNKNOWN)
    kind = np.where(swapped, turned, straight)
    loose = (kind == UNKNOWN) & (np.abs(xy[:, 0]) <= 180) & (np.abs(xy[:, 1]) <= 90)
    return Reading(np.where(loose, ABROAD, kind), swapped)


def _kinds(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    north = (y >= NORTH[0]) & (y <= NORTH[1])
    zone = np.floor(np.clip(np.nan_to_num(x), 0, 9e8) / 1e6).astype(int)
    known_zone = ((zone >= ZONES_3[0]) & (zone <= ZONES_3[1])) | ((zone >= ZONES_6[0]) & (zone <= ZONES_6[1]))
    kind = np.full(len(x), UNKNOWN)
    kind[north & known_zone] = zone[north & known_zone]
    kind[north & (y >= 1.0e6) & (x >= EAST_UNPREFIXED[0]) & (x < EAST_UNPREFIXED[1])] = UNPREFIXED
    west, south, east, top = CHINA_DEGREES
    kind[(x >= west) & (x <= east) & (y >= south) & (y <= top)] = DEGREES
    return kind


def epsg_of_kind(kind: int) -> Optional[int]:
    """EPSG code of a reading: 4490 for degrees (4326 outside China), 4513–4533 for prefixed 3° zones, 4491–4501 for 6° zones.

    None if unknowable.
    """
    if kind in (DEGREES, ABROAD):
        return 4490 if kind == DEGREES else 4326
    if ZONES_3[0] <= kind <= ZONES_3[1]:
        return 4488 + int(kind)
    return 4478 + int(kind) if ZONES_6[0] <= kind <= ZONES_6[1] else None


def epsg_of_meridian(meridian: float, zone_width: int, prefixed: bool) -> Optional[int]:
    """CGCS2000 Gauss-Krüger code of a central meridian in degrees; None where there is no such zone."""
    if zone_width == 3 and meridian % 3 == 0 and 75 <= meridian <= 135:
        return int(4488 if prefixed else 4509) + int(meridian / 3)
    if zone_width == 6 and meridian % 6 == 3 and 75 <= meridian <= 135:
        zone = int((meridian + 3) / 6)
        return 4478 + zone if prefixed else 4489 + zone
    return None


def old_datum(srs: osr.SpatialReference) -> Optional[str]:
    """The Chinese name of a pre-2000 datum, which must not be overlaid without an official transformation; else None."""
    datum = str(srs.GetAttrValue("DATUM") or "").lower()
    named = f"{datum} {srs.GetName()}".lower().replace("xi'an", "xian")
    if any(word in datum for word in _NAMELESS):
        return _OLD_ELLIPSOIDS.get(round(srs.GetSemiMajor(), 1))
    return next((name for word, name in _OLD_DATUMS.items() if word in named), None)


def is_cgcs2000(srs: osr.SpatialReference) -> bool:
    """Whether the datum is China Geodetic Coordinate System 2000, by any of the names it goes by."""
    datum = str(srs.GetAttrValue("DATUM") or "").lower()
    return "china_2000" in datum or "cgcs2000" in datum or "china geodetic" in datum or "china_geodetic" in datum


def gauss_krueger(srs: osr.SpatialReference) -> Optional[Tuple[float, float]]:
    """Central meridian (degrees) and false easting (m) of a Transverse Mercator CRS of scale 1; None for any other."""
    kind = str(srs.GetAttrValue("PROJECTION") or "")
    if kind not in ("Transverse_Mercator", "Gauss_Kruger") or abs(srs.GetProjParm("scale_factor", 1.0) - 1) > 1e-9:
        return None
    return srs.GetProjParm("central_meridian", 0.0), srs.GetProjParm("false_easting", 0.0)


def with_authority(srs: osr.SpatialReference) -> osr.SpatialReference:
    """The EPSG form of a CRS written out by other software (ArcGIS's .prj); itself where EPSG has none."""
    if srs.GetAuthorityCode(None):
        return srs
    code = _cgcs2000_code(srs)
    if code is None:
        with quiet():
            matches = [match for match, confidence in (srs.FindMatches() or []) if confidence >= 70]
        code = next((f"{m.GetAuthorityName(None)}:{m.GetAuthorityCode(None)}" for m in matches
                     if m.GetAuthorityCode(None) and m.IsSame(srs)), None)
    return (spatial_reference(str(code)) if code else None) or srs


def _cgcs2000_code(srs: osr.SpatialReference) -> Optional[str]:
    if not is_cgcs2000(srs):
        return None
    if srs.IsGeographic():
        return "EPSG:4490"
    meridian_and_easting = gauss_krueger(srs)
    if meridian_and_easting is None:
        return None
    meridian, easting = meridian_and_easting
    if abs(easting - 500_000) < 1:
        code = epsg_of_meridian(meridian, 3, False)
    else:
        zone = round((easting - 500_000) / 1e6)
        code = epsg_of_kind(zone) if meridian in (3 * zone, 6 * zone - 3) else None
    return f"EPSG:{code}" if code else None


def home_box(srs: osr.SpatialReference) -> Optional[Box]:
    """Where coordinates of a CRS can reasonably lie (min x, min y, max x, max y): its area of use and some more.

    None where the CRS does not say; degrees then still have their natural limits.
    """
    area = srs.GetAreaOfUse()
    if area is None or area.west_lon_degree <= -1000 or area.west_lon_degree > area.east_lon_degree:
        return (-180.0, -90.0, 180.0, 90.0) if srs.IsGeographic() else _gauss_krueger_box(srs)
    west, south, east, north = area.west_lon_degree, area.south_lat_degree, area.east_lon_degree, area.north_lat_degree
    if srs.IsGeographic():
        return (max(west - _MARGIN_DEGREES, -180.0), max(south - _MARGIN_DEGREES, -90.0),
                min(east + _MARGIN_DEGREES, 180.0), min(north + _MARGIN_DEGREES, 90.0))
    return _projected_box(srs, west, south, east, north)


def _gauss_krueger_box(srs: osr.SpatialReference) -> Optional[Box]:
    found = gauss_krueger(srs)
    return None if found is None else (found[1] - 5e5, -1e7, found[1] + 5e5, 1e7)


def _projected_box(srs: osr.SpatialReference, west: float, south: float, east: float, north: float) -> Optional[Box]:
    from .reprojection import transform_points

    degrees = spatial_reference("EPSG:4326")
    if degrees is None:
        return None
    lon, lat = np.meshgrid(np.linspace(west, east, 9), np.linspace(max(south, -89.0), min(north, 89.0), 9))
    xy = transform_points(np.column_stack([lon.ravel(), lat.ravel()]), degrees, srs)
    xy = xy[np.isfinite(xy).all(axis=1)]
    if not len(xy):
        return None
    (left, bottom), (right, top) = xy.min(axis=0), xy.max(axis=0)
    return float(left) - _MARGIN_M, float(bottom) - _MARGIN_M, float(right) + _MARGIN_M, float(top) + _MARGIN_M


def inside(xy: np.ndarray, box: Optional[Box]) -> np.ndarray:
    """True for points within a box; everywhere where there is none."""
    if box is None:
        return np.isfinite(xy).all(axis=1)
    left, bottom, right, top = box
    return (xy[:, 0] >= left) & (xy[:, 0] <= right) & (xy[:, 1] >= bottom) & (xy[:, 1] <= top)
