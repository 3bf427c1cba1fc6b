"""Where on earth the rows of a source lie: its CRS stated, contradicted or guessed, its axes straight or swapped."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely
from osgeo import osr

from ...errors import InputError, Message, message
from ...evidence.crs import Crs, Transform, old_datum, transformer
from ...evidence.gdal_quiet import quiet, spatial_reference
from ...progress import Progress
from ..report import Notes, listed
from .mapping import Draft


# Issued coordinates carried into the register's CRS, vertex by vertex (an issued patch gains no vertices).

_CHUNK = 200_000


def crs_name(srs: osr.SpatialReference) -> str:
    """``EPSG:4528`` where the authority knows it, else its WKT."""
    code = srs.GetAuthorityCode(None)
    return f"{srs.GetAuthorityName(None)}:{code}" if code else srs.ExportToWkt(["FORMAT=WKT2_2018"])


def transform_points(xy: np.ndarray, source: osr.SpatialReference, target: osr.SpatialReference) -> np.ndarray:
    """``xy`` (n × 2, x = east) in ``target``; points that cannot be transformed become infinite."""
    with quiet():
        transform = transformer(Crs.of(source), Crs.of(target))
        return xy if transform is None else transform(xy)


def transform_geometry(geometry: np.ndarray, source: osr.SpatialReference, target: osr.SpatialReference,
                       progress: Progress) -> Tuple[np.ndarray, np.ndarray]:
    """Geometries with every vertex in ``target``, and True for each whose coordinates are finite there."""
    with quiet():
        transform = transformer(Crs.of(source), Crs.of(target))
        if transform is None:
            return geometry, np.ones(len(geometry), dtype=bool)
        xy = shapely.get_coordinates(geometry)
        moved = _in_chunks(xy, transform, progress)
    counts = shapely.get_num_coordinates(geometry)
    bad = np.bincount(np.repeat(np.arange(len(geometry)), counts), ~np.isfinite(moved).all(axis=1), len(geometry)) > 0
    return shapely.set_coordinates(geometry.copy(), moved), ~bad


def _in_chunks(xy: np.ndarray, transform: Transform, progress: Progress) -> np.ndarray:
    moved = np.empty_like(xy)
    for start in range(0, len(xy), _CHUNK):
        progress.step(start / len(xy), message("Transforming coordinates"))
        moved[start:start + _CHUNK] = transform(xy[start:start + _CHUNK])
    return moved


Box = Tuple[float, float, float, float]
CHINA_DEGREES: Box = (73.0, 3.0, 136.0, 54.5)
NORTH = (300_000.0, 6_100_000.0)
EAST_UNPREFIXED = (100_000.0, 1_000_000.0)
ZONES_3 = (25, 45)
ZONES_6 = (13, 23)
_MARGIN_M, _MARGIN_DEGREES = 300_000.0, 3.0

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


Suggest = Callable[[np.ndarray], Sequence[str]]


@dataclass
class Placement:
    """The CRS of the layer and, by index, of rows that are in another; which rows have X and Y swapped; which are nowhere."""

    srs: osr.SpatialReference
    swapped: np.ndarray
    other_srs: Dict[int, osr.SpatialReference] = field(default_factory=dict)
    nowhere: Dict[int, Message] = field(default_factory=dict)


@dataclass(frozen=True)
class Extents:
    """The bounding boxes of the rows that have geometry: ``index`` in the table, lower and upper corner (n × 2)."""

    index: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def middle(self) -> np.ndarray:
        """Centres of the boxes (n × 2), in the coordinates of the source."""
        return (self.low + self.high) / 2

    @classmethod
    def of(cls, draft: Draft) -> "Extents":
        """Of the rows that are not quarantined."""
        bounds = shapely.bounds(draft.geometry[draft.sound]).reshape(-1, 4)
        return cls(draft.sound, bounds[:, :2], bounds[:, 2:])

    def one(self, at: int) -> "Extents":
        """Only the row at a position."""
        return Extents(self.index[at:at + 1], self.low[at:at + 1], self.high[at:at + 1])


def usable_crs(given: str, file: str = "") -> osr.SpatialReference:
    """The CRS that a user or a file gave, in its EPSG form where there is one: a register whose CRS is ArcGIS's text would be of an
    unknown one to QGIS; ``file`` is what says so. Raises InputError if it is none, or of a datum that is not overlaid silently."""
    srs = spatial_reference(given)
    if srs is None:
        raise InputError("{crs} is not a CRS that can be understood.", "Give it like EPSG:4528.", crs=given)
    _refuse_old_datum(srs, file or given)
    return with_authority(srs)


def _refuse_old_datum(srs: osr.SpatialReference, file: str) -> None:
    datum = old_datum(srs)
    if datum:
        raise InputError(
            "{file} is in the old system {datum} ({crs}). It is not overlaid on CGCS2000 silently: it may lie 100 m off.",
            "Transform the file to CGCS2000 with the official parameters and import the result; if the file only says so "
            "by mistake, give its true CRS.",
            file=file, datum=datum, crs=srs.GetName(),
        )


def place(declared: Optional[osr.SpatialReference], given: Optional[str], extents: Extents, draft: Draft,
          suggest: Suggest) -> Placement:
    """Decide CRS and axis order for every row (R03, R04); raises InputError where only a person can know."""
    file, notes = draft.file, draft.notes
    srs = usable_crs(given) if given else _stated(file, declared)
    reading = read_points(extents.middle)
    if srs is None:
        srs = _guessed(file, reading, extents, suggest, notes)
    elif _contradicted(srs, reading, extents):
        srs = _corrected(file, srs, bool(given), reading, extents, suggest, notes)
    placement = Placement(srs, np.zeros(len(draft), dtype=bool))
    _place_rows(placement, extents, reading, draft)
    return placement


def _contradicted(srs: osr.SpatialReference, reading: Reading, extents: Extents) -> bool:
    """Whether no row fits the CRS, or most do not and say which other one they are in."""
    fits = _fits(srs, extents)
    if not len(fits) or fits.mean() >= 0.5:
        return False
    return not fits.any() or _code_beside(srs, _majority(reading)) is not None


def _stated(file: str, declared: Optional[osr.SpatialReference]) -> Optional[osr.SpatialReference]:
    if declared is None or declared.IsLocal() or not (declared.IsGeographic() or declared.IsProjected()):
        return None
    if "undefined" in declared.GetName().lower():
        return None
    _refuse_old_datum(declared, file)
    return with_authority(declared)


def _straight(srs: osr.SpatialReference, extents: Extents) -> np.ndarray:
    box = home_box(srs)
    fits = inside(extents.low, box) & inside(extents.high, box)
    if not srs.IsGeographic():
        return fits
    turned_in_china = inside(extents.low[:, ::-1], CHINA_DEGREES) & inside(extents.high[:, ::-1], CHINA_DEGREES)
    return fits & ~(turned_in_china & ~inside(extents.middle, CHINA_DEGREES) & inside(extents.middle[:, ::-1], box))


def _turned(srs: osr.SpatialReference, extents: Extents) -> np.ndarray:
    box = home_box(srs)
    return inside(extents.low[:, ::-1], box) & inside(extents.high[:, ::-1], box) & ~_straight(srs, extents)


def _fits(srs: osr.SpatialReference, extents: Extents) -> np.ndarray:
    return _straight(srs, extents) | _turned(srs, extents)


def _majority(reading: Reading) -> int:
    kinds, counts = np.unique(reading.kind[reading.kind != UNKNOWN], return_counts=True)
    return int(kinds[counts.argmax()]) if len(kinds) else UNKNOWN


def _guessed(file: str, reading: Reading, extents: Extents, suggest: Suggest, notes: Notes) -> osr.SpatialReference:
    if not len(extents.index):
        return _known("EPSG:4490")
    kind = _majority(reading)
    code = epsg_of_kind(kind)
    if code is None:
        raise _ask(file, kind, reading, extents, suggest)
    notes.add("W", message("{file} does not state its CRS; by its coordinates it was read as {crs}.", file=file, crs=f"EPSG:{code}"),
              message("Compare a few patches with the image; if they lie wrong, import again with CRS given."), rule="R03")
    return _known(f"EPSG:{code}")


def _known(code: str) -> osr.SpatialReference:
    srs = spatial_reference(code)
    if srs is None:
        raise InputError("{crs} is not a CRS that can be understood.", "Give it like EPSG:4528.", crs=code)
    return srs


def _ask(file: str, kind: int, reading: Reading, extents: Extents, suggest: Suggest) -> InputError:
    x, y = (f"{value:.1f}" for value in extents.middle[0])
    if kind != UNPREFIXED:
        return InputError("{file} does not state its CRS, and coordinates like ({x}, {y}) do not tell it.",
                          "Ask the issuer for the CRS and give it as CRS, for example EPSG:4528.", file=file, x=x, y=y)
    chosen = reading.kind == UNPREFIXED
    points = np.where(reading.swapped[chosen, None], extents.middle[chosen][:, ::-1], extents.middle[chosen])
    likely = suggest(np.median(points, axis=0))
    if likely:
        return InputError(
            "{file} does not state its CRS, and its coordinates, like ({x}, {y}), have no zone number: the central meridian is unknown.",
            "Ask the issuer for the central meridian and give the CRS; by where the county lies it could be {likely}.",
            file=file, x=x, y=y, likely=listed(likely))
    return InputError(
        "{file} does not state its CRS, and its coordinates, like ({x}, {y}), have no zone number: the central meridian is unknown.",
        "Ask the issuer for the central meridian and give the CRS: EPSG:4534 for 75°E, one more for every 3° (EPSG:4549 for 120°E).",
        file=file, x=x, y=y)


def _corrected(file: str, stated: osr.SpatialReference, given: bool, reading: Reading, extents: Extents, suggest: Suggest,
               notes: Notes) -> osr.SpatialReference:
    kind = _majority(reading)
    code = _code_beside(stated, kind)
    meridian = gauss_krueger(stated)
    same_meridian = code is not None and meridian is not None and kind not in (DEGREES, ABROAD, UNKNOWN)
    if code is None or (given and not (same_meridian and _meridian(code) == meridian[0])):
        x, y = (f"{value:.1f}" for value in extents.middle[0])
        likely = suggest(np.median(extents.middle, axis=0)) if kind == UNPREFIXED else ()
        raise InputError("The coordinates of {file}, like ({x}, {y}), cannot be in its stated CRS {crs}.",
                         "Ask the issuer for the right CRS and give it as CRS. Possible by the coordinates: {likely}.",
                         file=file, x=x, y=y, crs=crs_name(stated)[:40],
                         likely=listed(likely) or (f"EPSG:{code}" if code else "—"))
    notes.add("E", message("{file} says that it is in {stated}, but its coordinates are not; by them it was read as {crs}.",
                           file=file, stated=f"{stated.GetName()} ({crs_name(stated)[:40]})", crs=f"EPSG:{code}"),
              message("Compare a few patches with the image; if they lie wrong, import again with CRS given."), rule="R03")
    return _known(f"EPSG:{code}")


def _code_beside(stated: osr.SpatialReference, kind: int) -> Optional[int]:
    """The code for coordinates of a kind in a file that states another CRS; its meridian helps where no zone number stands."""
    if kind != UNPREFIXED:
        return epsg_of_kind(kind)
    found = gauss_krueger(stated)
    return epsg_of_meridian(found[0], 3, False) or epsg_of_meridian(found[0], 6, False) if found else None


def _meridian(code: int) -> Optional[float]:
    found = gauss_krueger(_known(f"EPSG:{code}"))
    return found[0] if found else None


def _place_rows(placement: Placement, extents: Extents, reading: Reading, draft: Draft) -> None:
    straight, turned = _straight(placement.srs, extents), _turned(placement.srs, extents)
    placement.swapped[extents.index[turned]] = True
    for at in np.flatnonzero(~straight & ~turned):
        _place_stray(placement, extents.one(int(at)), int(reading.kind[at]), bool(reading.swapped[at]), draft)
    _note_swapped(placement, len(extents.index), draft)


def _place_stray(placement: Placement, row: Extents, kind: int, swapped: bool, draft: Draft) -> None:
    """A row whose coordinates do not fit the layer's CRS: in another zone, in degrees, without its zone number, or lost."""
    index = int(row.index[0])
    code = _code_beside(placement.srs, kind) if kind != ABROAD else None
    srs = spatial_reference(f"EPSG:{code}") if code else None
    if srs is None or not _fits(srs, row)[0]:
        x, y = (row.high if inside(row.low, home_box(placement.srs))[0] else row.low)[0]
        placement.nowhere[index] = message("Its coordinates, like ({x}, {y}), lie outside the area of {crs}.",
                                           x=f"{x:.1f}", y=f"{y:.1f}", crs=placement.srs.GetName())
        return
    placement.other_srs[index] = srs
    placement.swapped[index] = swapped
    draft.note("E", index, message("Its coordinates are not in the CRS of the other rows; they were read as {crs}.", crs=f"EPSG:{code}"),
               message("Look at the patch on the map; ask the issuer if it lies wrong."), "R03")


def _note_swapped(placement: Placement, total: int, draft: Draft) -> None:
    found = np.flatnonzero(placement.swapped).tolist()
    remedy = message("Compare a few patches with the image, and tell the issuer: X is north and Y is east in survey files, not in a layer.")
    if len(found) > total / 2:
        draft.notes.add("E", message("X and Y are swapped in {n} of {total} rows; they were put right.", n=len(found), total=total),
                        remedy, "R04")
        return
    for index in found:
        draft.note("E", index, message("X and Y were swapped; they were put right."), remedy, "R04")


def likely_codes(point: np.ndarray, target: Optional[osr.SpatialReference], home: Optional[Box]) -> List[str]:
    """Unprefixed 3° CRSs in which ``point`` would lie within ``home``, a box in the target CRS.

    Without a box it is the one with the target's own meridian.
    """
    if target is None:
        return []
    if home is None:
        found = gauss_krueger(target)
        code = epsg_of_meridian(found[0], 3, False) if found else None
        return [f"EPSG:{code}"] if code else []
    codes = [f"EPSG:{code}" for code in range(4534, 4555)]
    moved = [transform_points(point[None, :], _known(code), target) for code in codes]
    return [code for code, xy in zip(codes, moved) if inside(xy, home)[0]]
