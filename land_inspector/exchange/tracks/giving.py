"""Giving tracks to patrols: which datum a file is in and how that is known, which patrol it belongs to, what is kept of it.

A shifted track is never moved in silence: where what a file says, or what its points lie on, speaks of GCJ-02 or BD-09, a person is
asked, and what the person said is recorded with the track.
"""
from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from html import escape
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ...errors import InputError, LandInspectorError, Message, RefusedError, message
from ...evidence.passing import Piece, overlap_share, walked
from ...progress import Progress
from ...register.findings import ground_of, on_the_ground, walk_of
from ...register.patrolling import KeptTrack, add_track, as_log, keep_track_file, patrols
from ...register.register import Register
from ...register.state import Patrol
from ...values import storable
from .reading import LAYERS, read_track
from .shifts import WGS84, likely_datum, unshifted
from .track_file import BEIJING, Segment, TrackFile


# GPX as given out: a track of a device, and a month's plan as waypoints and routes.

_HEAD = ('<?xml version="1.0" encoding="UTF-8"?>\n'
         '<gpx version="1.1" creator="Land Inspector" xmlns="http://www.topografix.com/GPX/1/1">\n')


@dataclass(frozen=True)
class Stop:
    """A place to go to, degrees (WGS 84)."""

    name: str
    lon: float
    lat: float
    text: str = ""


@dataclass(frozen=True)
class Route:
    """A planned way through stops; ``way`` the points of it, where roads say more than the stops."""

    name: str
    stops: Sequence[Stop]
    way: Sequence[Tuple[float, float]] = ()


def track_gpx(*segments: Segment) -> bytes:
    """Segments as one GPX track; the same points make the same bytes."""
    parts = ["<trkseg>\n" + "\n".join(f'<trkpt lat="{lat:.8f}" lon="{lon:.8f}">{_time(at)}</trkpt>'
                                      for lon, lat, at in zip(one.lon, one.lat, one.at)) + "\n</trkseg>" for one in segments]
    return (_HEAD + "<trk>" + "\n".join(parts) + "</trk>\n</gpx>\n").encode("utf-8")


def _time(at: float) -> str:
    if not np.isfinite(at):
        return ""
    return f"<time>{datetime.fromtimestamp(round(float(at), 3), timezone.utc).isoformat().replace('+00:00', 'Z')}</time>"


def plan_gpx(routes: Sequence[Route]) -> bytes:
    """A plan: each stop a waypoint, each patrol a route through its stops (or along its way)."""
    parts: List[str] = []
    for route in routes:
        parts += [_point("wpt", stop) for stop in route.stops]
    for route in routes:
        way = [Stop("", lon, lat) for lon, lat in route.way] or list(route.stops)
        parts.append(f"<rte><name>{_text(route.name)}</name>\n" + "\n".join(_point("rtept", stop) for stop in way) + "\n</rte>")
    return (_HEAD + "\n".join(parts) + "\n</gpx>\n").encode("utf-8")


def _point(tag: str, stop: Stop) -> str:
    said = (f"<name>{_text(stop.name)}</name>" if stop.name else "") + (f"<desc>{_text(stop.text)}</desc>" if stop.text else "")
    return f'<{tag} lat="{stop.lat:.8f}" lon="{stop.lon:.8f}">{said}</{tag}>'


def _text(text: str) -> str:
    return escape(storable(text))


#: Photos this near in time show where a track was.
_SAME_MINUTES_S = 90.0
#: Of a long track as many points tell as much.
_MOST_COMPARED = 2000
#: Two logs whose tracks run together farther than this share look like one track (field.md §B).
SAME_TRACK = 0.8
#: What is farther from every road than this says nothing about the datum.
_NEAR_ROADS_M = 3000.0
#: A device that slept so long may have been taken along on another patrol.
_PAUSE_S = 1800.0
BY_FILE, BY_PHOTOS, BY_PLACES, BY_ROADS, BY_PERSON = "file", "photos", "places", "roads", "person"


@dataclass(frozen=True)
class DatumGuess:
    """What a track's coordinates are likely in, and by what that was found; ``datum`` None where nothing tells."""

    datum: Optional[str]
    by: str = ""


class Surroundings:
    """What tracks should lie on: photos with their minutes, the register's parcels for waypoints, roads."""

    def __init__(self, register: Register, roads: Sequence[shapely.Geometry] = ()):
        self._register = register
        self._roads = shapely.STRtree(np.asarray(roads, dtype=object)) if len(roads) else None
        self._photos = _photo_places(register)

    def guess(self, one: TrackFile) -> DatumGuess:
        """By what the file says, then by photos of the same minutes, then waypoints on patches, then roads."""
        if one.datum is not None:
            return DatumGuess(one.datum, BY_FILE)
        for by, found in ((BY_PHOTOS, self._by_photos(one)), (BY_PLACES, self._by_waypoints(one)), (BY_ROADS, self._by_roads(one))):
            if found is not None:
                return DatumGuess(found, by)
        return DatumGuess(None)

    def _by_photos(self, one: TrackFile) -> Optional[str]:
        if not self._photos.size or not one.segments:
            return None
        lon, lat, at = (np.concatenate([getattr(segment, name) for segment in one.segments]) for name in ("lon", "lat", "at"))
        timed = np.flatnonzero(np.isfinite(at))
        if not len(timed):
            return None
        nearest = timed[np.abs(at[timed][None, :] - self._photos[:, 2][:, None]).argmin(axis=1)]
        near = np.abs(at[nearest] - self._photos[:, 2]) <= _SAME_MINUTES_S
        if not near.any():
            return None
        shown = on_the_ground(self._register, *self._photos[near, :2].T)
        return likely_datum(lon[nearest[near]], lat[nearest[near]],
                            lambda x, y: np.hypot(*(on_the_ground(self._register, x, y) - shown).T))

    def _by_waypoints(self, one: TrackFile) -> Optional[str]:
        if not one.waypoints:
            return None
        lon, lat = (np.array([getattr(point, name) for point in one.waypoints]) for name in ("lon", "lat"))
        return likely_datum(lon, lat, self._to_parcels)

    def _to_parcels(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        xy = on_the_ground(self._register, lon, lat)
        return np.array([self._to_nearest_parcel(x, y) for x, y in xy])

    def _to_nearest_parcel(self, x: float, y: float) -> float:
        around = 1500.0
        ids = ground_of(self._register).parcels_in(self._register, (x - around, y - around, x + around, y + around))
        if not ids:
            return np.nan
        frame = self._register.storage.frame("parcel", ids=ids)
        shapes = ground_of(self._register).of_home(shapely.from_wkb(list(self._register.storage.shapes(frame["shape_id"]).values())))
        return float(shapely.distance(shapes, shapely.Point(x, y)).min())

    def _by_roads(self, one: TrackFile) -> Optional[str]:
        if self._roads is None or not one.segments:
            return None
        lon, lat = (np.concatenate([getattr(segment, name) for segment in one.segments]) for name in ("lon", "lat"))
        chosen = np.linspace(0, len(lon) - 1, min(len(lon), _MOST_COMPARED)).astype(int)
        return likely_datum(lon[chosen], lat[chosen], self._to_roads)

    def _to_roads(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        points = shapely.points(on_the_ground(self._register, lon, lat))
        pairs, away = self._roads.query_nearest(points, max_distance=_NEAR_ROADS_M, return_distance=True, all_matches=False)
        found = np.full(len(points), np.nan)
        found[pairs[0]] = away
        return found


def _photo_places(register: Register) -> np.ndarray:
    """(lon, lat, seconds since 1970) of photos with a place and a time; cameras write Beijing's."""
    frame = register.storage.frame("photo")
    rows = []
    for lon, lat, taken in zip(frame["lon"], frame["lat"], frame["taken_at"]):
        if lon is None or lat is None or taken is None or lon != lon or lat != lat:
            continue
        moment = datetime.fromisoformat(str(taken))
        rows.append((float(lon), float(lat), (moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).timestamp()))
    return np.array(rows, float).reshape(-1, 3)


def must_be_asked(guess: DatumGuess) -> Optional[Message]:
    """Why a person has to say what a track's coordinates are; None where they are as they should be, or nothing speaks against it."""
    if guess.datum in (None, WGS84):
        return None
    how = {BY_FILE: message("the program that wrote it is known for it"), BY_PHOTOS: message("photos of the same minutes fit only so"),
           BY_PLACES: message("its marks lie on patches only so"), BY_ROADS: message("it runs along the roads only so")}[guess.by]
    return message("Its coordinates are {datum}, shifted from the true ones ({how}); say so under DATUM, and it is put right.",
                   datum=guess.datum, how=how)


@dataclass
class Given:
    """What became of a file, or of the part of it that belongs to one patrol: ``datum`` it was read in and how that is known, its patrol
    (None: none of that day and hours), what was passed over, how many points were jumps, why it was not recorded. ``file`` is the digest
    of the file it came in; ``as_local`` the patrol to which it would belong if its times were Beijing's."""

    track: TrackFile
    datum: str
    by: str
    walk: List[Piece] = field(default_factory=list)
    dropped: int = 0
    patrol: Optional[str] = None
    reason: Optional[Message] = None
    file: str = ""
    as_local: Optional[str] = None

    @property
    def is_recorded(self) -> bool:
        """Whether the register has it with a patrol now."""
        return self.patrol is not None and self.reason is None


def give_tracks(register: Register, read: Sequence[TrackFile], datums: Dict[str, Tuple[str, str]], *, patrol: Optional[str] = None,
                is_local: bool = False, by: Optional[str] = None, progress: Optional[Progress] = None) -> List[Given]:
    """Put each track to its patrol (``patrol``, else the one of its day and hours) and record it with its datum (``datums``: datum and how
    it is known, by digest), all as one act. A file of several patrols is parted among them. A track of the register already, or of no
    patrol, comes back with the reason or without a patrol."""
    made: List[Given] = []
    with tempfile.TemporaryDirectory(prefix="land_inspector_") as place:
        for one in (progress or Progress()).watch(list(read)):
            datum, how = datums[one.sha256]
            for part, its in _parted(register, one, datum, Path(place), patrol):
                walk, dropped = walk_of(register, _on_wgs84(part, datum))
                given = Given(part, datum, how, walk, dropped, its, file=one.sha256)
                if its is None:
                    given.reason = no_patrol(register, part)
                    given.as_local = None if is_local or part.span is None else patrol_of(register, _shifted_clock(part), walk)
                made.append(given)
        with register.together():
            for given in made:
                if given.patrol is not None:
                    try:
                        add_track(register, given.patrol, _kept(register, given, is_local and given.track.sha256 == given.file), by=by)
                    except (InputError, RefusedError) as wrong:
                        given.reason = wrong.message
    return made


def _on_wgs84(one: TrackFile, datum: str) -> List[Tuple[np.ndarray, np.ndarray, np.ndarray]]:
    return [(*unshifted(segment.lon, segment.lat, datum), segment.at) for segment in one.segments]


def _shifted_clock(one: TrackFile) -> TrackFile:
    """As if its times were Beijing's although they say UTC."""
    return replace(one, segments=tuple(replace(segment, at=segment.at - 8 * 3600.0) for segment in one.segments))


def _parted(register: Register, one: TrackFile, datum: str, place: Path, patrol: Optional[str]) -> List[Tuple[TrackFile, Optional[str]]]:
    """A file whose device was on for several patrols, each patrol's part as a GPX of its own; any other as it is, with ``patrol`` where a
    person named it. What belongs to none stays in sight: by day, as parts without a patrol. Of a layer, which a device goes on writing
    into, the lines are kept, not the file."""
    pieces = [part for segment in one.segments for part in _between_pauses(segment)]
    parts: Dict[Tuple[Optional[str], str], List[Segment]] = {}
    for piece in pieces if patrol is None else ():
        alone = replace(one, segments=(piece,))
        its = patrol_of(register, alone, walk_of(register, _on_wgs84(alone, datum))[0])
        day = "" if its or alone.span is None else alone.span[0].astimezone(BEIJING).date().isoformat()
        parts.setdefault((its, day), []).append(piece)
    given = [key for key in parts if key[0] is not None]
    if len(given) < 2 and len(parts) - len(given) < 2 or not given:
        whole = patrol or (given[0][0] if given else patrol_of(register, one, walk_of(register, _on_wgs84(one, datum))[0]))
        return [(_as_gpx(one, one.segments, place, "") if one.path.suffix.lower() in LAYERS else one, whole)]
    return [(_as_gpx(one, segments, place, f"_{number}"), its) for number, ((its, _day), segments) in enumerate(parts.items(), 1)]


def _as_gpx(one: TrackFile, segments: Sequence[Segment], place: Path, more: str) -> TrackFile:
    content = track_gpx(*segments)
    digest = hashlib.sha256(content).hexdigest()
    file = place / digest[:16] / f"{one.path.stem}{more}.gpx"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return replace(one, path=file, sha256=digest, segments=tuple(segments))


def _between_pauses(segment: Segment) -> List[Segment]:
    """A segment cut where its device slept for so long that another patrol may have begun."""
    wait = np.diff(segment.at)
    cuts = np.flatnonzero(np.nan_to_num(wait, nan=0.0) > _PAUSE_S) + 1
    return [Segment(segment.lon[at], segment.lat[at], segment.at[at], segment.line) for at in np.split(np.arange(len(segment)), cuts)]


def _kept(register: Register, given: Given, is_local: bool) -> KeptTrack:
    one, (metres, seconds) = given.track, walked(given.walk)
    span = [None, None] if one.span is None else [t.isoformat() for t in one.span]
    return KeptTrack(one.sha256, one.path.name, round(metres, 1), None if seconds is None else round(seconds, 1), one.points, given.dropped,
                     *span, given.datum, is_local, keep_track_file(register, one.path, one.sha256))


def patrol_of(register: Register, one: TrackFile, walk: Sequence[Piece]) -> Optional[str]:
    """The one logged patrol of the track's day (Beijing) whose hours it falls into, of several the one of the station in whose townships
    it was walked; None for none, and where that does not tell either."""
    if one.span is None:
        return None
    times = np.concatenate([segment.at for segment in one.segments])
    middle = datetime.fromtimestamp(float(np.nanmedian(times)), BEIJING)
    logs = [as_log(row) for row in patrols(register) if row.logged and row.XCRQ == middle.date().isoformat()]
    fitting = [log for log in logs if log.start is not None and log.end is not None and log.start <= middle.time() <= log.end]
    if len(fitting) > 1 and walk:
        station = _station_of(register, walk)
        fitting = [log for log in fitting if log.station == station]
    return fitting[0].id if len(fitting) == 1 else None


def no_patrol(register: Register, one: TrackFile) -> Message:
    """Why :func:`patrol_of` finds none for a track, and what to do."""
    if one.span is None:
        return message("It has no times, so nobody can tell its patrol; name the patrol under PATROL.")
    begin, end = (moment.astimezone(BEIJING) for moment in one.span)
    hours = {"day": begin.date().isoformat(), "begin": begin.strftime("%H:%M"), "end": end.strftime("%H:%M")}
    there = [row for row in patrols(register) if row.logged and row.XCRQ == hours["day"]]
    if not there:
        return message("No patrol of {day} is logged (its times are {begin} to {end} in Beijing); log it first, or name one under PATROL.",
                       **hours)
    return message("No patrol of {day}, or more than one, has the hours {begin} to {end} (Beijing); there are: {there}. Name one under "
                   "PATROL.", **hours, there=", ".join(map(patrol_name, there)))


def patrol_name(row: Patrol) -> str:
    """What people call a patrol: its station, day and start."""
    return " ".join(filter(None, (row.ZSDM, row.XCRQ, row.KSSJ)))


def patrol_named(register: Register, text: str) -> str:
    """The id of the logged patrol that a person named by its id, or by station, day and start (as :func:`patrol_name` writes it; what one
    patrol alone begins with is enough). InputError where none or several fit."""
    rows = [row for row in patrols(register) if row.logged]
    wanted = " ".join(text.split())
    fitting = [row for row in rows if row.id == wanted] or [row for row in rows if patrol_name(row).startswith(wanted)]
    if len(fitting) != 1:
        near = fitting or [row for row in rows if any(part in patrol_name(row) for part in wanted.split())] or rows
        raise InputError("{n} logged patrols are called {name}.", "Name one as station, day and start: {known}.", n=len(fitting), name=text,
                         known=", ".join(map(patrol_name, near[:8])) or "-")
    return fitting[0].id


def _station_of(register: Register, walk: Sequence[Piece]) -> str:
    """In whose townships most of a walk lies; "" where none has an outline."""
    points = shapely.points(np.concatenate([piece.xy for piece in walk])[::5])
    inside: Dict[str, int] = {}
    for town in register.township_list():
        if town.wkb and town.station:
            shape = ground_of(register).of_home(shapely.from_wkb(town.wkb))
            shapely.prepare(shape)
            inside[town.station] = inside.get(town.station, 0) + int(shapely.intersects(shape, points).sum())
    best = max(inside, key=lambda station: inside[station], default="")
    return best if inside.get(best) else ""


def photo_datum(register: Register, lon: float, lat: float, taken_at: Optional[str]) -> Optional[str]:
    """What a photo's place (degrees) is in, by the kept tracks of the same minutes; None where none tells."""
    if taken_at is None:
        return None
    moment = datetime.fromisoformat(taken_at)
    at = (moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).timestamp()
    for walk in walks(register, moment.date(), moment.date())[0]:
        for piece in walk.pieces:
            timed = np.flatnonzero(np.isfinite(piece.at))
            nearest = timed[np.abs(piece.at[timed] - at).argmin()] if len(timed) else None
            if nearest is not None and abs(piece.at[nearest] - at) <= _SAME_MINUTES_S:
                there = piece.xy[nearest]
                return likely_datum(np.array([lon]), np.array([lat]),
                                    lambda x, y, there=there: np.hypot(*(on_the_ground(register, x, y) - there).T))
    return None


# --- tracks that the register has ----------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Walk:
    """The kept tracks of one patrol as they lie on the register's ground (:class:`...register.findings.Ground`)."""

    patrol: Patrol
    pieces: Tuple[Piece, ...]

    @property
    def on(self) -> date:
        """The day of the patrol."""
        return date.fromisoformat(self.patrol.XCRQ)


def walks(register: Register, first: date, last: date, progress: Optional[Progress] = None) -> Tuple[List[Walk], int]:
    """The tracks of logged patrols from one day to another, and how many files of them are not here any more (taken out with the names,
    or never kept)."""
    rows = [row for row in patrols(register) if row.logged and first.isoformat() <= row.XCRQ <= last.isoformat()]
    found, gone = [], 0
    for row in (progress or Progress()).watch(rows):
        pieces: List[Piece] = []
        for track in json.loads(row.tracks):
            walk = kept_walk(register, track)
            gone += walk is None
            pieces += walk or []
        if pieces:
            found.append(Walk(row, tuple(pieces)))
    return found, gone


def kept_walk(register: Register, track: Any) -> Optional[List[Piece]]:
    """One kept track on the ground; None where its file is not here."""
    file = next((register.attachments.find(name) for name in track.get("files") or ()), None)
    if file is None or not Path(file).is_file():
        return None
    try:
        read = read_track(Path(file), date.today(), is_local=track["is_local"])
    except LandInspectorError:
        return None
    return walk_of(register, [(*unshifted(s.lon, s.lat, track["datum"]), s.at) for s in read.segments])[0]


def alike(found: Sequence[Walk]) -> List[Tuple[Walk, Walk, float]]:
    """Pairs of patrols whose tracks run together by more than :data:`SAME_TRACK` of the shorter one, within 20 m: one walk in two logs,
    or one road patrolled twice; a person looks."""
    pairs = []
    for number, one in enumerate(found):
        for other in found[number + 1:]:
            share = max(overlap_share(one.pieces, other.pieces), overlap_share(other.pieces, one.pieces))
            if share > SAME_TRACK and _at_once(one, other):
                pairs.append((one, other, share))
    return pairs


def _at_once(one: Walk, other: Walk) -> bool:
    """Whether both walks were walked at the same time (or say no time): then one device was in two logs."""
    spans = []
    for walk in (one, other):
        times = np.concatenate([piece.at for piece in walk.pieces])
        times = times[np.isfinite(times)]
        if not len(times):
            return True
        spans.append((times.min(), times.max()))
    return spans[0][0] <= spans[1][1] and spans[1][0] <= spans[0][1]
