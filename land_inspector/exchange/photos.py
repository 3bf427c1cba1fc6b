"""Which parcels a photo shows: by where it was taken, what its view meets, and when (R38).

Everything is reckoned on a plane in metres around the camera, north up, so that EXIF's directions are true ones whatever the
register's CRS. The view is a sector; a patch inside it is seen, one behind the camera is not, however near.
"""
from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..errors import LandInspectorError, Message, message
from ..evidence.crs import Crs, transformer
from ..law.parameters import Parameters
from ..law.photos import Period, Shot, photo_warnings
from ..progress import Progress
from ..register import field_work
from ..register.field_work import PhotoMatch, PhotosAdded
from ..register.proposing import pack_of, propose_again
from ..register.register import Register
from ..register.state import Batch
from .photo_files import Exif, PhotoFile, photo_files, read_photo

#: EXIF positions are WGS 84; the register's CGCS2000 differs from it by less than any telephone can measure.
_GEOGRAPHIC = "EPSG:4326"
_A, _E2 = 6378137.0, 0.0066943799901413165
#: Between two corners of the sector's arc.
_ARC_STEP_DEG = 5.0


@dataclass(frozen=True)
class Candidate:
    """A parcel that a photo may show. ``distance_m`` to its outline, 0 from inside; ``off_axis_deg`` between the middle of the
    view and the parcel; ``matched_by`` as in :class:`PhotoMatch`; ``warnings`` by R38."""

    parcel_id: str
    number: str
    batch: str
    frozen: bool
    distance_m: float
    off_axis_deg: Optional[float]
    in_time: bool
    matched_by: str
    warnings: Tuple[Message, ...]


@dataclass(frozen=True)
class Sighting:
    """One file of a drop and what is proposed for it: the best candidate first, none where it shows no parcel.

    ``trouble`` says why the file cannot be taken at all; ``double`` is the patch or the file that has the same picture already;
    ``notes`` say what is doubtful about the file itself.
    """

    path: Path
    photo: Optional[PhotoFile] = None
    candidates: Tuple[Candidate, ...] = ()
    trouble: Optional[Message] = None
    double: Optional[str] = None
    notes: Tuple[Message, ...] = ()

    @property
    def best(self) -> Optional[Candidate]:
        """The candidate proposed; None where the photo shows no parcel."""
        return self.candidates[0] if self.candidates else None


def look_through(register: Register, paths: Iterable[Path], progress: Progress) -> List[Sighting]:
    """Every file of a drop with its proposal. A file that cannot be taken says why and stops nothing."""
    files, place = photo_files(paths), PhotoPlaces(register)
    known, found = field_work.digests(register), []
    for number, path in enumerate(files):
        progress.step(number / len(files), message("Looking at {file}", file=path.name))
        one = _sighting(path, place, known)
        if one.photo is not None:
            known.setdefault(one.photo.sha256, path.name)
        found.append(one)
    progress.step(1.0)
    return found


@dataclass(frozen=True)
class TakenIn:
    """What became of a drop that nobody looked through: every sighting, and what was added of them."""

    sightings: Tuple[Sighting, ...]
    added: PhotosAdded

    @property
    def doubles(self) -> List[Sighting]:
        """Photos that were left because the same picture is there already."""
        return [one for one in self.sightings if one.trouble is None and one.double is not None]

    @property
    def unmatched(self) -> List[Sighting]:
        """Sound photos that show no parcel of the register."""
        return [one for one in self.sightings if one.trouble is None and one.double is None and one.best is None]

    @property
    def unusable(self) -> List[Tuple[str, Message]]:
        """Files that are no photos, are broken off, or could not be copied."""
        return [(one.path.name, one.trouble) for one in self.sightings if one.trouble is not None] + list(self.added.troubles)

    @property
    def left_out(self) -> List[Tuple[str, Message]]:
        """Every file that was not added, with the reason."""
        doubles = [(one.path.name, message("{file}: the same picture is there already ({where}).", file=one.path.name, where=one.double))
                   for one in self.doubles]
        lost = [(one.path.name, message("{file} shows no parcel. {notes}", file=one.path.name, notes=one.notes[0] if one.notes else ""))
                for one in self.unmatched]
        return [*self.unusable, *doubles, *lost]


def take_in(register: Register, paths: Iterable[Path], progress: Progress, *, by: Optional[str] = None) -> TakenIn:
    """Every photo of a drop to the parcel it shows, as one action, without anybody looking through them first."""
    sightings = look_through(register, paths, progress.part(0.0, 0.5))
    place = PhotoPlaces(register)
    wanted = [match_of(one, one.candidates[:1], place, by_person=False) for one in sightings if one.best and one.double is None]
    added = field_work.add_photos(register, wanted, progress.part(0.5, 1.0), by=by)
    propose_again(register, [key for match in wanted for key in match.parcels])
    return TakenIn(tuple(sightings), added)


def _sighting(path: Path, place: "PhotoPlaces", known: Dict[str, str]) -> Sighting:
    try:
        photo = read_photo(path)
    except LandInspectorError as error:
        return Sighting(path, trouble=message("{reason} {remedy}", reason=error.message, remedy=error.remedy))
    candidates = tuple(one for one in place.candidates(photo.exif) if not one.frozen)
    notes = list(photo.notes)
    if photo.exif.lon is None and not notes:
        notes.append(message("The photo does not say where it was taken."))
    elif photo.exif.lon is not None and not candidates:
        notes.insert(0, place.why_not(photo.exif))
    return Sighting(path, photo, candidates, double=known.get(photo.sha256), notes=tuple(notes))


def match_of(sighting: Sighting, parcels: Sequence[Candidate], place: "PhotoPlaces", by_person: bool) -> PhotoMatch:
    """What the register is told of a photo: the proposal, or the parcels that a person chose instead."""
    if sighting.photo is None:
        raise ValueError(f"{sighting.path.name} is no photo")
    exif, first = sighting.photo.exif, parcels[0] if parcels else None
    return PhotoMatch(
        sighting.path, tuple(one.parcel_id for one in parcels), exif.taken_at, exif.lon, exif.lat, exif.direction,
        None if first is None or math.isinf(first.distance_m) else round(first.distance_m, 1),
        field_work.PERSON if by_person or first is None else first.matched_by, place.point(exif), exif.magnetic)


class PhotoPlaces:
    """Looks parcels up around the place of a photo. Belongs to the thread of its register."""

    def __init__(self, register: Register):
        self._register = register
        own, geographic = Crs.of(register.meta["crs"]), Crs.of(_GEOGRAPHIC)
        self._inward, self._outward = transformer(geographic, own), transformer(own, geographic)
        self._batches: Dict[str, Tuple[Batch, Period, Parameters]] = {}
        for batch in register.storage.load_state(patches=[]).batches.values():
            period = Period(_day(batch.XFRQ), _day(batch.JZRQ))
            self._batches[batch.id] = (batch, period, pack_of(register, batch).parameters)

    def point(self, exif: Exif) -> Optional[Tuple[float, float]]:
        """Where the photo was taken, in the register's CRS; None for nowhere or a place that the CRS does not reach."""
        if exif.lon is None or exif.lat is None:
            return None
        x, y = self._to_register(np.array([[exif.lon, exif.lat]]))[0]
        return (float(x), float(y)) if np.isfinite([x, y]).all() else None

    def why_not(self, exif: Exif) -> Message:
        """Why a photo with a place shows no parcel; whether it would if its place were one of China's maps (GCJ-02)."""
        if exif.lon is None or exif.lat is None:
            return message("The photo does not say where it was taken.")
        lon, lat = _out_of_map_place(exif.lon, exif.lat)
        shifted = [one for one in self.candidates(replace(exif, lon=lon, lat=lat)) if not one.frozen]
        if shifted:
            return message("No parcel lies in its view from {lat}, {lon}. If that is a place of an internet map (GCJ-02), it would show "
                           "{parcel}.", lat=f"{exif.lat:.5f}", lon=f"{exif.lon:.5f}", parcel=shifted[0].number)
        return message("No parcel lies in its view from {lat}, {lon}.", lat=f"{exif.lat:.5f}", lon=f"{exif.lon:.5f}")

    def candidates(self, exif: Exif) -> List[Candidate]:
        """Parcels that the photo shows or may show, best first: those whose batch it falls into in time before others, then
        the nearer, a parcel at the edge of the view counting as farther away. Nothing where the photo has no place."""
        point = self.point(exif)
        if point is None or exif.lon is None or exif.lat is None or not self._batches:
            return []
        reach = max(limits.photo_reach_m for _batch, _period, limits in self._batches.values())
        corners = self._to_register(np.array([exif.lon, exif.lat]) + _box_degrees(exif.lat, reach))
        if not np.isfinite(corners).all():
            return []
        near = self._register.storage.parcels_in((*corners.min(axis=0), *corners.max(axis=0)))
        seen = [one for one in self.seen_from(exif, near) if self._may_show(one, exif)]
        issued = {batch.PCBH: batch.XFRQ or "" for batch, _period, _limits in self._batches.values()}
        newest_first = sorted(seen, key=lambda one: issued[one.batch], reverse=True)
        return sorted(newest_first, key=lambda one: (not one.in_time, _effort(one), one.number))

    def _may_show(self, one: Candidate, exif: Exif) -> bool:
        """Near enough, and not behind the camera; without a direction only what is near counts."""
        batch = next(known for known in self._batches.values() if known[0].PCBH == one.batch)
        if exif.direction is None:
            return one.distance_m <= batch[2].photo_distance_m
        return one.distance_m == 0 or one.off_axis_deg is not None and one.distance_m <= batch[2].photo_reach_m

    def seen_from(self, exif: Exif, parcel_ids: Sequence[str]) -> List[Candidate]:
        """How each of these parcels lies to the photo, in their order, whether the photo shows it or not."""
        asked = {key: place for place, key in enumerate(parcel_ids)}
        frame = self._register.storage.frame("parcel", ids=asked)
        frame = frame.loc[frame["parcel_id"].map(asked).sort_values().index]
        shapes = self._register.storage.shapes(frame["shape_id"])
        outlines = self._around(exif, [shapes[key] for key in frame["shape_id"]])
        return [self._candidate(exif, row.parcel_id, row.DKBH, row.batch_id, outline)
                for row, outline in zip(frame[["parcel_id", "DKBH", "batch_id"]].itertuples(index=False), outlines)]

    def _candidate(self, exif: Exif, parcel_id: str, number: str, batch_id: str, outline: Optional[shapely.Geometry]) -> Candidate:
        batch, period, limits = self._batches[batch_id]
        taken_on = _day(exif.taken_at and exif.taken_at[:10])
        distance = None if outline is None else float(shapely.distance(shapely.Point(0, 0), outline))
        off_axis = None if outline is None or exif.direction is None else _off_axis_deg(outline, exif.direction, limits)
        sees = None if exif.direction is None or distance is None else distance == 0 or off_axis is not None
        warnings = photo_warnings(Shot(taken_on, distance, exif.direction, sees), period, limits)
        how = field_work.INSIDE if distance == 0 else field_work.VIEW if sees else field_work.PLACE
        return Candidate(parcel_id, number, batch.PCBH, bool(batch.DJ), math.inf if distance is None else distance, off_axis,
                         period.holds(taken_on), how, tuple(warnings))

    def _around(self, exif: Exif, wkbs: Sequence[bytes]) -> List[Optional[shapely.Geometry]]:
        """Outlines in metres east and north of the camera; None for all where the photo has no place."""
        if exif.lon is None or exif.lat is None:
            return [None] * len(wkbs)
        outlines = shapely.from_wkb(list(wkbs))
        degrees = shapely.get_coordinates(outlines)
        degrees = degrees if self._outward is None else self._outward(degrees)
        return list(shapely.set_coordinates(outlines, (degrees - [exif.lon, exif.lat]) * _metres_per_degree(exif.lat)))

    def _to_register(self, lonlat: np.ndarray) -> np.ndarray:
        return lonlat if self._inward is None else self._inward(lonlat)


def _day(text: Optional[str]) -> Optional[date]:
    return date.fromisoformat(text) if text else None


def _metres_per_degree(lat: float) -> np.ndarray:
    """East and north, on the ellipsoid: good to a centimetre over a few hundred metres."""
    sine = math.sin(math.radians(lat))
    bend = 1.0 - _E2 * sine * sine
    return np.radians([_A / math.sqrt(bend) * math.cos(math.radians(lat)), _A * (1.0 - _E2) / bend ** 1.5])


def _box_degrees(lat: float, reach_m: float) -> np.ndarray:
    east, north = reach_m / _metres_per_degree(lat)
    return np.array([[-east, -north], [-east, north], [east, -north], [east, north]])


def _out_of_map_place(lon: float, lat: float) -> Tuple[float, float]:
    """A place as China's internet maps shift it (GCJ-02), put back to WGS 84, good to a few metres. The published approximation."""
    x, y = lon - 105.0, lat - 35.0
    wave = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = (-100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + wave
             + (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
             + (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0)
    east = (300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + wave
            + (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
            + (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0)
    metres = _metres_per_degree(lat)
    return lon - east / float(metres[0]), lat - north / float(metres[1])


def _effort(one: Candidate) -> float:
    """What is in the middle of the picture is meant before what stands as far away at its edge."""
    return one.distance_m * (1.0 + (one.off_axis_deg or 0.0) / 30.0)


def _off_axis_deg(outline: shapely.Geometry, direction: float, limits: Parameters) -> Optional[float]:
    """Between the view's axis and the nearest part of the outline in sight, 0 … half the angle; None out of sight."""
    axis = math.radians(direction)
    reach = limits.photo_reach_m
    if shapely.intersects(shapely.linestrings([(0, 0), (reach * math.sin(axis), reach * math.cos(axis))]), outline):
        return 0.0
    seen = shapely.get_coordinates(shapely.intersection(outline, _sector(direction, limits)))
    if not len(seen):
        return None
    bearings = np.degrees(np.arctan2(seen[:, 0], seen[:, 1]))
    return float(np.abs((bearings - direction + 180.0) % 360.0 - 180.0).min())


def _sector(direction: float, limits: Parameters) -> shapely.Polygon:
    """What the camera sees, in metres around it."""
    half = min(limits.photo_view_angle_deg, 359.0) / 2.0
    angles = np.radians(np.linspace(direction - half, direction + half, max(2, math.ceil(2 * half / _ARC_STEP_DEG) + 1)))
    # the chords of the arc must not fall short of the reach
    reach = limits.photo_reach_m / math.cos(math.radians(_ARC_STEP_DEG / 2.0))
    return shapely.Polygon([(0.0, 0.0), *zip(reach * np.sin(angles), reach * np.cos(angles))])
