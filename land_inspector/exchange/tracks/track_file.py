"""A track file read: its segments and waypoints, and every fault that was found in it, counted and placed.

What a reader collects point by point becomes a :class:`TrackFile` in :meth:`Collector.finished`. Nothing is dropped without being
counted; what was put right (order, weeks of a receiver) is told as well.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import numpy as np

from ...errors import InputError, Message, message

#: More points than any device writes in a month of patrols; beyond it the file is refused.
MOST_POINTS = 2_000_000
#: China keeps one time, eight hours before UTC.
BEIJING = timezone(timedelta(hours=8))
_WEEKS_1024 = 1024 * 7 * 86400.0
_ZONE = r"\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?\s*"
_MOMENT = re.compile(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[Tt ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?" + _ZONE)
_COMPACT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})T?(\d{2})(\d{2})(\d{2})(?:\.(\d+))?" + _ZONE)
#: The half of the day that a twelve-hour clock names: 2026/5/12 下午 2:05, 2026-05-12 2:05 PM.
_HALF = re.compile(r"上午|下午|\b[AaPp]\.?[Mm]\b\.?")
#: What clocks show that nobody has set: days on which no patrol was walked.
_UNSET_DAYS = frozenset({date(1901, 12, 13), date(1970, 1, 1), date(1980, 1, 5), date(1980, 1, 6), date(2000, 1, 1)})
_FIRST_YEAR = 1990
#: Tracks older than these years came of a receiver that counts its weeks from 0 again, if 1 024 weeks later they fit.
_MOST_YEARS = 15
#: Points of one second farther apart than this (degrees, some 200 m), or more of them than this, say that the clock stood still.
_SAME_PLACE, _MOST_A_SECOND = 0.002, 20
#: The side on which a coordinate lies: N, 北纬, E …
_SIDE = re.compile(r"(?:([NSEW东西南北])[经纬]?)?\s*(.*?)\s*([NSEW东西南北])?", re.IGNORECASE | re.DOTALL)
#: 28°48′12.3″, 121度06分, 28:48:12
_SEXAGESIMAL = re.compile(r"(\d{1,3})\s*[°度:]\s*(\d{1,2}(?:\.\d+)?)\s*[′'’分:]?\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:[″\"”秒]|'')?)?")


@dataclass(frozen=True)
class Segment:
    """An unbroken piece of a track. ``lon``, ``lat`` in degrees in the file's datum; ``at`` seconds since 1970 UTC, NaN without a
    time; ``line`` is where it begins in the file."""

    lon: np.ndarray
    lat: np.ndarray
    at: np.ndarray
    line: int

    def __len__(self) -> int:
        return len(self.lon)


@dataclass(frozen=True)
class Waypoint:
    """A single place that somebody marked. ``at`` as in :class:`Segment`, None without a time."""

    lon: float
    lat: float
    name: str
    at: Optional[float]


@dataclass(frozen=True)
class Fault:
    """``count`` things of one kind, the first on ``line`` of the file (None where a line says nothing)."""

    kind: str
    count: int
    line: Optional[int]
    text: Message


@dataclass(frozen=True)
class TrackFile:
    """What a file holds. ``datum``: the coordinates it is known to be in, None where it has to be asked; ``routes`` plans in it,
    which are no tracks; ``is_doubtful_zone``: the times fit the day only as local ones although the file calls them UTC."""

    path: Path
    sha256: str
    creator: str
    datum: Optional[str]
    segments: Tuple[Segment, ...]
    waypoints: Tuple[Waypoint, ...]
    routes: int
    faults: Tuple[Fault, ...]
    is_doubtful_zone: bool = False

    @property
    def points(self) -> int:
        """Points in all segments."""
        return sum(len(segment) for segment in self.segments)

    @property
    def span(self) -> Optional[Tuple[datetime, datetime]]:
        """First and last moment (UTC) of all points that have a time; None where none has."""
        times = np.concatenate([segment.at for segment in self.segments]) if self.segments else np.empty(0)
        times = times[np.isfinite(times)]
        if not len(times):
            return None
        return tuple(datetime.fromtimestamp(float(t), timezone.utc) for t in (times.min(), times.max()))  # type: ignore[return-value]


_TEXTS: Dict[str, Message] = {
    "empty": message("{n} segments without points (the first on line {line})."),
    "position": message("{n} points have no position that can be read, or one outside the earth (the first on line {line}: {text})."),
    "zero": message("{n} points lie at 0° 0°, where a device has no fix (the first on line {line})."),
    "no_time": message("{n} points have no time (the first on line {line})."),
    "bad_time": message("{n} times cannot be read (the first on line {line}: {text}); the points are kept without a time."),
    "unset": message("{n} times come from a clock that was never set (the first on line {line}: {text}); they are left out."),
    "future": message("{n} times lie in the future (the first on line {line}: {text}); they are left out."),
    "weeks": message("{n} times were 1 024 weeks ahead, as old receivers count (the first on line {line}: {text}); they were put back."),
    "weeks_back": message("{n} times were 1 024 weeks behind, as old receivers count (the first on line {line}: {text}); they were put "
                          "right."),
    "same_second": message("{n} points are second ones of their second (the first on line {line}) and were left out."),
    "still": message("{n} points far from one another have one time (the first on line {line}): the clock stood still; they are kept "
                     "without a time."),
    "no_fix": message("{n} moments of a track have no place (the first on line {line})."),
    "zone": message("{n} times do not say their zone (the first on line {line}); they are taken as {zone}."),
    "double": message("{n} points stand in the file twice (the first on line {line})."),
    "order": message("{n} points came out of order (the first on line {line}) and were put in the order of their times."),
    "broken": message("The file breaks off or is damaged on line {line} ({text}); what stands before it was read."),
    "unequal": message("{n} times of a track have no place, or places no time (the track on line {line})."),
    "checksum": message("{n} sentences have a wrong checksum (the first on line {line}) and were left out."),
    "controls": message("{n} characters that no text may hold were passed over."),
    "row": message("{n} rows could not be read (the first is row {line}: {text})."),
}


@dataclass
class Collector:
    """Takes points from a reader, in the file's order. ``today`` bounds what a time may be; ``is_local`` reads times that say UTC as
    Beijing time; ``zoneless_is_local`` does so for times that do not say their zone."""

    today: date
    is_local: bool = False
    zoneless_is_local: bool = False
    creator: str = ""
    datum: Optional[str] = None
    routes: int = 0
    _segments: List[Segment] = field(default_factory=list)
    _waypoints: List[Waypoint] = field(default_factory=list)
    _points: List[Tuple[float, float, float]] = field(default_factory=list)
    _lines: List[int] = field(default_factory=list)
    _faults: Dict[str, Tuple[int, Optional[int], str]] = field(default_factory=dict)
    _count: int = 0

    def note(self, kind: str, line: Optional[int] = None, text: object = "", n: int = 1) -> None:
        """A fault; the first place of each kind is kept."""
        count, first, example = self._faults.get(kind, (0, line, str(text)[:60]))
        self._faults[kind] = (count + n, first, example)

    def point(self, lon: object, lat: object, moment: object, line: int) -> None:
        """A point of the running segment. ``moment``: text, seconds since 1970, or None.

        InputError beyond the most points that a file may hold."""
        place = self._place(lon, lat, line)
        if place is None:
            return
        self._count += 1
        if self._count > MOST_POINTS:
            raise InputError("The file holds more than {most} points.", "Export fewer tracks at once.", most=MOST_POINTS)
        self._points.append((*place, self._time(moment, line)))
        self._lines.append(line)

    def waypoint(self, lon: object, lat: object, name: str, moment: object, line: int) -> None:
        """A single marked place."""
        place = self._place(lon, lat, line)
        if place is not None:
            at = self._time(moment, line) if moment not in (None, "") else float("nan")
            self._waypoints.append(Waypoint(*place, name.strip(), None if np.isnan(at) else at))

    def end_segment(self, line: int) -> None:
        """What came since the last end is one segment."""
        if not self._points:
            self.note("empty", line)
            return
        lon, lat, at = (np.array(values) for values in zip(*self._points))
        lines = np.array(self._lines)
        self._points.clear()
        self._lines.clear()
        keep = self._without_doubles(lon, lat, at, lines)
        self._segments.append(self._in_order(lon[keep], lat[keep], at[keep], lines[keep]))

    def end_if_begun(self, line: int) -> None:
        """Like :meth:`end_segment` where points are waiting."""
        if self._points:
            self.end_segment(line)

    def finished(self, path: Path, sha256: str) -> TrackFile:
        """The file as a whole."""
        self.end_if_begun(0)
        faults = tuple(Fault(kind, count, line, self._worded(kind, count, line, text))
                       for kind, (count, line, text) in self._faults.items())
        return TrackFile(path, sha256, self.creator, self.datum, tuple(self._segments), tuple(self._waypoints), self.routes, faults,
                         not self.is_local and is_night_walk([segment.at for segment in self._segments]))

    def _worded(self, kind: str, count: int, line: Optional[int], text: str) -> Message:
        zone = message("Beijing time") if self.zoneless_is_local or self.is_local else message("UTC")
        return Message(_TEXTS[kind].template, {"n": count, "line": line, "text": text, **({"zone": zone} if kind == "zone" else {})})

    def _place(self, lon: object, lat: object, line: int) -> Optional[Tuple[float, float]]:
        try:
            x, y = _degrees(lon), _degrees(lat)
        except (TypeError, ValueError):
            self.note("position", line, f"{lon} {lat}")
            return None
        if not (abs(x) <= 180.0 and abs(y) <= 90.0):
            self.note("position", line, f"{lon} {lat}")
            return None
        if x == 0.0 and y == 0.0:
            self.note("zero", line)
            return None
        return x, y

    def _time(self, moment: object, line: int) -> float:
        """Seconds since 1970 UTC; NaN where there is none that can be believed."""
        if moment is None or moment == "":
            self.note("no_time", line)
            return float("nan")
        try:
            at = self._moment(moment, line)
        except (ValueError, OverflowError):
            self.note("bad_time", line, moment)
            return float("nan")
        return self._believed(at, moment, line)

    def _moment(self, moment: object, line: int) -> datetime:
        if isinstance(moment, (int, float)):
            return datetime.fromtimestamp(float(moment), timezone.utc)
        half, text = _HALF.search(str(moment)), _HALF.sub(" ", str(moment))
        found = _MOMENT.fullmatch(text) or _COMPACT.fullmatch(text)
        if not found:
            raise ValueError(moment)
        *numbers, fraction, zone = found.groups()
        year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
        if half is not None and 0 < hour <= 12:
            hour = hour % 12 + (12 if half[0][0] in "下Pp" else 0)
        made = datetime(year, month, day, hour, minute, min(second, 59), int((fraction or "0")[:6].ljust(6, "0")))
        if zone is None:
            self.note("zone", line)
            return made.replace(tzinfo=BEIJING if self.zoneless_is_local or self.is_local else timezone.utc)
        if zone in "Zz":
            return made.replace(tzinfo=BEIJING if self.is_local else timezone.utc)
        digits = zone.replace(":", "")
        ahead = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5] or 0))
        return made.replace(tzinfo=timezone(-ahead if zone[0] == "-" else ahead))

    def _believed(self, at: datetime, said: object, line: int) -> float:
        seconds = at.timestamp()
        end = datetime.combine(self.today + timedelta(days=2), datetime.min.time(), timezone.utc).timestamp()
        if at.date() in _UNSET_DAYS or at.year < _FIRST_YEAR:
            self.note("unset", line, said)
            return float("nan")
        if seconds < end - _MOST_YEARS * 366 * 86400.0 and seconds + _WEEKS_1024 < end:
            self.note("weeks_back", line, said)
            return seconds + _WEEKS_1024
        if seconds < end:
            return seconds
        if 0.0 <= end - (seconds - _WEEKS_1024) < _MOST_YEARS * 366 * 86400.0:
            self.note("weeks", line, said)
            return seconds - _WEEKS_1024
        self.note("future", line, said)
        return float("nan")

    def _without_doubles(self, lon: np.ndarray, lat: np.ndarray, at: np.ndarray, lines: np.ndarray) -> np.ndarray:
        """Points whose time stands there already, and points without a time that repeat the one before them, are doubles."""
        keep = np.ones(len(lon), bool)
        timed = np.flatnonzero(np.isfinite(at))
        _times, first, which = np.unique(at[timed], return_index=True, return_inverse=True)
        first_of, later = timed[first][which.ravel()], np.setdiff1d(timed, timed[first])
        away = np.zeros(len(lon))
        away[timed] = np.hypot(lon[timed] - lon[first_of], lat[timed] - lat[first_of])
        stands = away > _SAME_PLACE
        stands[timed] |= (np.bincount(which.ravel())[which.ravel()] > _MOST_A_SECOND) & (away[timed] > 0.0) if len(timed) else False
        if stands.any():
            still = timed[np.isin(at[timed], np.unique(at[stands]))]
            self.note("still", int(lines[still[0]]), n=len(still))
            at[still] = np.nan
            later = np.setdiff1d(later, still)
        beside = later[away[later] > 0.0]
        if len(beside):
            self.note("same_second", int(lines[beside[0]]), n=len(beside))
        keep[later] = False
        again = np.zeros(len(lon), bool)
        again[1:] = (lon[1:] == lon[:-1]) & (lat[1:] == lat[:-1]) & np.isnan(at[1:]) & np.isnan(at[:-1])
        keep &= ~again
        doubles = np.setdiff1d(np.flatnonzero(~keep), beside)
        if len(doubles):
            self.note("double", int(lines[doubles[0]]), n=len(doubles))
        return keep

    def _in_order(self, lon: np.ndarray, lat: np.ndarray, at: np.ndarray, lines: np.ndarray) -> Segment:
        line = int(lines[0])
        if np.isfinite(at).all() and len(at) > 1 and (np.diff(at) < 0).any():
            wrong = np.flatnonzero(np.diff(at) < 0)
            self.note("order", int(lines[wrong[0] + 1]), n=len(wrong))
            order = np.argsort(at, kind="stable")
            lon, lat, at = lon[order], lat[order], at[order]
        return Segment(lon, lat, at, line)


def _degrees(said: object) -> float:
    """Degrees as a file writes them: 28.81, 28,81 (a comma as the decimal mark), 28°48′36″N, 东经121.5. ValueError for what is none."""
    try:
        return float(said)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        pass
    before, text, after = _SIDE.fullmatch(str(said).strip()).groups()  # type: ignore[union-attr] - it fits any text
    found = _SEXAGESIMAL.fullmatch(text)
    if found is None:
        value = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    else:
        degrees, minutes, seconds = (float(part or 0) for part in found.groups())
        if minutes >= 60.0 or seconds >= 60.0:
            raise ValueError(text)
        value = degrees + minutes / 60.0 + seconds / 3600.0
    return -value if (before or after or "").upper() in ("S", "W", "南", "西") else value


def is_night_walk(times: List[np.ndarray]) -> bool:
    """Whether most of the times lie between ten in the evening and six in the morning in Beijing, but by day if they were local:
    then the file probably calls local times UTC."""
    at = np.concatenate(times) if times else np.empty(0)
    at = at[np.isfinite(at)]
    if not len(at):
        return False
    beijing, as_said = (at / 3600.0 + 8.0) % 24.0, (at / 3600.0) % 24.0
    night = (beijing >= 22.0) | (beijing < 6.0)
    return bool(night.mean() > 0.5 and ((as_said >= 6.0) & (as_said < 20.0)).mean() > 0.5)
