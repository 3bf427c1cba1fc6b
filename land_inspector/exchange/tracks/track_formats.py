"""The formats of tracks: GPX and KML walked through element by element, GeoJSON, tables with coordinates, NMEA 0183 sentences."""
from __future__ import annotations

import csv
import json
import re
from typing import Dict, List, Optional, Sequence, Tuple
from xml.parsers import expat

from ...errors import InputError
from ...evidence.encodings import decode_file
from .shifts import BD09, GCJ02
from .track_file import Collector


# GPX and KML, walked through element by element: what stands before a break is kept, nothing is fetched, no entity is expanded.
#
# GPX 1.0 and 1.1 (topografix); KML 2.2 with Google's ``gx:Track``, whose times and places pair by their order.

_DEPTH = 100
_BLOCK = 1 << 16
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: An ampersand that begins nothing that XML knows by itself: a name in a device's hands.
_LOOSE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
#: Programs whose exports are in GCJ-02 whatever the format says.
SHIFTED_CREATORS = ("keep", "zepp", "amazfit", "奥维", "ovital", "高德", "amap")


class _Broken(ValueError):
    """The XML asks for what no track needs and an attack does."""


class _Walker:
    """Walks through XML; names come without prefix or namespace. Readers override :meth:`start` and :meth:`end`."""

    def __init__(self, collector: Collector):
        self.into = collector
        self.path: List[str] = []
        self._texts: List[str] = []
        self._parser = expat.ParserCreate("utf-8")

    @property
    def line(self) -> int:
        return self._parser.CurrentLineNumber

    def start(self, name: str, attributes: Dict[str, str]) -> None:
        """An element begins; it is the last of :attr:`path`."""

    def end(self, name: str, text: str) -> None:
        """An element ends, with its own text; it is still the last of :attr:`path`."""

    def walk(self, content: bytes) -> None:
        """Give everything to the collector; a break in the file is one of its faults."""
        text = _text_of(content)
        text, ampersands = _LOOSE.subn("&amp;", text)
        controls = len(_CONTROLS.findall(text)) + ampersands
        if controls:
            self.into.note("controls", n=controls)
        data = _CONTROLS.sub(" ", text).encode("utf-8")
        parser = self._parser
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._texts.append
        parser.StartDoctypeDeclHandler = _refuse
        try:
            for at in range(0, len(data), _BLOCK):
                parser.Parse(data[at:at + _BLOCK], False)
            parser.Parse(b"", True)
        except (expat.ExpatError, _Broken) as wrong:
            self.into.note("broken", self.line, str(wrong).split(":")[0])
        self.into.end_if_begun(self.line)

    def _start(self, name: str, attributes: Dict[str, str]) -> None:
        if len(self.path) >= _DEPTH:
            raise _Broken("too deep")
        self.path.append(name.rsplit(":", 1)[-1])
        self._texts.clear()
        self.start(self.path[-1], attributes)

    def _end(self, _name: str) -> None:
        self.end(self.path[-1], "".join(self._texts))
        self._texts.clear()
        self.path.pop()


def _refuse(*_said: object) -> None:
    raise _Broken("document type")


def _text_of(content: bytes) -> str:
    """The text of an XML file, whatever its declaration says of it, from its first tag on but with its lines kept."""
    declared = _DECLARED.search(content[:400])
    known = declared.group(1).decode("ascii") if declared else None
    try:
        text, _encoding = decode_file(content, None if (known or "utf-8").lower().startswith("utf") else known)
    except LookupError:
        text, _encoding = decode_file(content)
    begin = text.find("<")
    head = text[:max(begin, 0)]
    rest = re.sub(r"^<\?xml[^>]*\?>", "", text[max(begin, 0):], count=1)
    return "\n" * head.count("\n") + rest


class GpxWalker(_Walker):
    """Tracks, waypoints and the number of routes of a GPX file."""

    def __init__(self, collector: Collector):
        super().__init__(collector)
        self._point: Optional[Tuple[str, str, int]] = None
        self._time: Optional[str] = None
        self._name = ""

    def start(self, name: str, attributes: Dict[str, str]) -> None:
        if name == "gpx":
            self.into.creator = attributes.get("creator", "")
            if any(word in self.into.creator.lower() for word in SHIFTED_CREATORS):
                self.into.datum = GCJ02
        elif name in ("trkpt", "wpt"):
            self._point, self._time, self._name = (attributes.get("lon", ""), attributes.get("lat", ""), self.line), None, ""
        elif name == "rte":
            self.into.routes += 1

    def end(self, name: str, text: str) -> None:
        inside = self.path[-2] if len(self.path) > 1 else ""
        if name == "time" and inside in ("trkpt", "wpt"):
            self._time = text.strip()
        elif name == "name" and inside == "wpt":
            self._name = text
        elif name == "trkpt" and self._point is not None:
            self.into.point(self._point[0], self._point[1], self._time, self._point[2])
        elif name == "wpt" and self._point is not None:
            self.into.waypoint(self._point[0], self._point[1], self._name, self._time, self._point[2])
        elif name == "trkseg":
            self.into.end_segment(self.line)


class KmlWalker(_Walker):
    """``gx:Track`` with times, lines without times, and places of a KML file; ``datum`` is what its extension says."""

    def __init__(self, collector: Collector):
        super().__init__(collector)
        self._whens: List[str] = []
        self._coords: List[Tuple[str, int]] = []
        self._name = ""
        self._begun = 0

    def start(self, name: str, attributes: Dict[str, str]) -> None:
        if name == "Track":
            self._whens, self._coords, self._begun = [], [], self.line
        elif name == "Placemark":
            self._name = ""

    def end(self, name: str, text: str) -> None:
        inside = self.path[-2] if len(self.path) > 1 else ""
        if name == "name" and inside == "Placemark":
            self._name = text
        elif name == "when" and inside == "Track":
            self._whens.append(text.strip())
        elif name == "coord" and inside == "Track":
            self._coords.append((text, self.line))
        elif name == "Track":
            self._end_track()
        elif name == "coordinates" and inside == "Point":
            lon, lat = _pair(text.strip(), ",")
            self.into.waypoint(lon, lat, self._name, None, self.line)
        elif name == "coordinates" and inside == "LineString":
            for place in re.sub(r"\s*,\s*", ",", text).split():
                self.into.point(*_pair(place, ","), None, self.line)
            self.into.end_segment(self.line)

    def _end_track(self) -> None:
        unequal = abs(len(self._whens) - len(self._coords))
        if unequal:
            self.into.note("unequal", self._begun, n=unequal)
        for number, (text, line) in enumerate(self._coords):
            if not text.strip():
                self.into.note("no_fix", line)
            else:
                self.into.point(*_pair(text, None), self._whens[number] if number < len(self._whens) else None, line)
        self.into.end_segment(self._begun)


def _pair(text: str, separator: Optional[str]) -> Tuple[str, str]:
    parts = text.split(separator)
    return (parts[0], parts[1]) if len(parts) > 1 else (text, "")


def root_of(content: bytes) -> str:
    """The name of a file's first element in lower case, without its prefix; "" where there is none."""
    found = re.search(r"<(?![?!])(?:[\w.-]+:)?([\w.-]+)", _text_of(content[:20_000]))
    return found.group(1).lower() if found else ""


def no_track(file: str, root: str) -> InputError:
    """For XML that is no track."""
    return InputError("{file} is no GPX and no KML (its first element is {root}).", "Export the track as GPX.", file=file, root=root or "-")


# Tracks as text: tables with a longitude and a latitude, and NMEA 0183 sentences.
#
# Times of a table that do not name a zone are Beijing's; NMEA is UTC, its date stands in RMC sentences alone.

_COLUMNS: Dict[str, Sequence[str]] = {
    "lon": ("lon", "lng", "long", "longitude", "经度", "x", "东经"),
    "lat": ("lat", "latitude", "纬度", "y", "北纬"),
    "time": ("time", "datetime", "timestamp", "date_time", "时间", "定位时间", "采集时间", "gpstime", "utc", "日期时间", "created_at"),
    "date": ("date", "日期"),
    "clock": ("clock", "时刻", "time of day"),
    "track": ("track", "segment", "trackid", "track_id", "轨迹", "轨迹编号", "线段"),
    "name": ("name", "名称", "标注"),
}
#: Names of a column that says when a point was.
TIME_NAMES = tuple(_COLUMNS["time"])
_EPOCH = re.compile(r"\d{10}(?:\.\d+)?|\d{13}")
#: How 奥维 marks the datum of a row.
_MARKS = {"g": GCJ02, "b": BD09}


def is_nmea(text: str) -> bool:
    """Whether a text is made of NMEA sentences."""
    return bool(re.search(r"^\s*\$[A-Z]{2}(RMC|GGA|GLL|GSA|GSV|VTG),", text, re.MULTILINE))


def read_table(text: str, file: str, into: Collector) -> None:
    """Rows with a head. InputError where no column is a longitude or a latitude."""
    lines = text.splitlines()
    separator = _separator(lines)
    rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True)) if separator.strip() or separator == "\t" else [
        line.split() for line in lines]
    head = next((number for number, row in enumerate(rows[:20]) if _columns(row).keys() >= {"lon", "lat"}), None)
    if head is None:
        raise InputError("{file} has no columns of longitude and latitude.", "Name them lon and lat, or 经度 and 纬度.", file=file)
    columns, last = _columns(rows[head]), None
    into.zoneless_is_local = True
    for line, row in enumerate(rows[head + 1:], head + 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(columns["lon"], columns["lat"]):
            into.note("row", line, separator.join(row))
            continue
        mark = next((_MARKS[cell.strip()] for cell in row if cell.strip() in _MARKS), None)
        into.datum = mark or into.datum
        track = row[columns["track"]] if "track" in columns and columns["track"] < len(row) else None
        if track != last:
            into.end_if_begun(line)
            last = track
        into.point(row[columns["lon"]], row[columns["lat"]], _moment(row, columns), line)
    into.end_if_begun(len(rows))


def _separator(lines: Sequence[str]) -> str:
    sample = "\n".join(lines[:20])
    return max(",;\t|", key=sample.count) if any(mark in sample for mark in ",;\t|") else " "


def _columns(row: Sequence[str]) -> Dict[str, int]:
    heads = [re.sub(r"[（(\[].*", "", cell).strip().lower().lstrip("\ufeff") for cell in row]
    return {key: heads.index(name) for key, names in _COLUMNS.items() for name in [next((n for n in names if n in heads), None)] if name}


def _moment(row: Sequence[str], columns: Dict[str, int]) -> object:
    def cell(key: str) -> str:
        return row[columns[key]].strip() if key in columns and columns[key] < len(row) else ""

    text = cell("time")
    if _EPOCH.fullmatch(text):
        return float(text) / (1000.0 if len(text) == 13 else 1.0)
    clock = cell("clock") or text
    if cell("date") and re.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?", clock):
        return f"{cell('date')} {clock}"
    return text or cell("date") or None


def read_nmea(text: str, into: Collector) -> None:
    """RMC sentences are points; GGA and GLL are where no RMC speaks of the same second, on the day that the last RMC named."""
    day, last_second = None, None
    for line, sentence in enumerate(text.splitlines(), 1):
        fields = _sentence(sentence.strip(), line, into)
        kind = fields[0][2:] if fields else ""
        if kind == "RMC" and len(fields) > 9:
            day = _nmea_day(fields[9])
            if fields[2] == "A":
                last_second = fields[1][:6]
                into.point(_degrees(fields[5], fields[6]), _degrees(fields[3], fields[4]), _nmea_time(day, fields[1]), line)
        elif kind == "GGA" and len(fields) > 6 and fields[6] not in ("", "0") and fields[1][:6] != last_second:
            last_second = fields[1][:6]
            into.point(_degrees(fields[4], fields[5]), _degrees(fields[2], fields[3]), _nmea_time(day, fields[1]), line)
    into.end_if_begun(0)


def _sentence(text: str, line: int, into: Collector) -> List[str]:
    if not text.startswith("$"):
        if text:
            into.note("row", line, text)
        return []
    body, star, said = text[1:].partition("*")
    if star:
        reckoned = 0
        for character in body:
            reckoned ^= ord(character)
        if said[:2].upper() != f"{reckoned & 0xFF:02X}":
            into.note("checksum", line)
            return []
    return body.split(",")


def _degrees(text: str, side: str) -> Optional[float]:
    """``ddmm.mmmm`` and a side as degrees."""
    found = re.fullmatch(r"(\d{1,3})(\d{2}(?:\.\d+)?)", text)
    if not found:
        return None
    degrees = int(found.group(1)) + float(found.group(2)) / 60.0
    return -degrees if side in ("S", "W") else degrees


def _nmea_day(text: str) -> Optional[str]:
    found = re.fullmatch(r"(\d{2})(\d{2})(\d{2})", text)
    if not found:
        return None
    day, month, year = (int(part) for part in found.groups())
    return f"{1900 + year if year >= 80 else 2000 + year:04d}-{month:02d}-{day:02d}"


def _nmea_time(day: Optional[str], text: str) -> Optional[str]:
    found = re.fullmatch(r"(\d{2})(\d{2})(\d{2})(\.\d+)?", text)
    if day is None or not found:
        return None
    hour, minute, second, fraction = found.groups()
    return f"{day}T{hour}:{minute}:{second}{fraction or ''}Z"


# GeoJSON (RFC 7946): lines with the times of their points beside them, as converters of GPX and KML write them, and points that say their
# time, one a fix. Degrees in WGS 84.

_TIMES_BESIDE = ("coordTimes", "times")
_MILLISECONDS = 100_000_000_000.0


def read_geojson(text: str, file: str, into: Collector) -> None:
    """Lines are segments, points with a time together one, other points waypoints. InputError for what is no GeoJSON, or is not in
    degrees."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise InputError("{file} is damaged: {reason}.", "Export the track again.", file=file, reason=str(wrong)[:80]) from wrong
    features = document.get("features") if isinstance(document, dict) else None
    rows = [row for row in (features if isinstance(features, list) else [document]) if isinstance(row, dict)]
    rows = [row if "geometry" in row else {"geometry": row} for row in rows]
    if not any(isinstance(row["geometry"], dict) and isinstance(row["geometry"].get("type"), str) for row in rows):
        raise InputError("{file} is no GeoJSON of a track.", "Export the track as GPX.", file=file)
    system = str(document["crs"]) if document.get("crs") else ""
    if system and not re.search(r"CRS84|\b4326\b|\b4490\b", system):
        raise InputError("{file} is not in degrees.", "Export the track in WGS 84, or as GPX.", file=file)
    fixes: List[Tuple[object, object, object, int]] = []
    for number, row in enumerate(rows, 1):
        said = row.get("properties") if isinstance(row.get("properties"), dict) else {}
        _geojson_shape(row["geometry"], said, number, into, fixes)
    for lon, lat, moment, number in fixes:
        into.point(lon, lat, moment, number)
    into.end_if_begun(fixes[0][3] if fixes else 0)


def _geojson_shape(shape: object, said: Dict[str, object], number: int, into: Collector, fixes: List[Tuple[object, object, object, int]]
                   ) -> None:
    """One feature's shape; points that say their time wait in ``fixes``."""
    if not isinstance(shape, dict):
        return
    kind, places = shape.get("type"), shape.get("coordinates")
    if kind == "GeometryCollection":
        for part in shape.get("geometries") or ():
            _geojson_shape(part, said, number, into, fixes)
    elif kind in ("Point", "MultiPoint"):
        moment = next((_geojson_time(said[name]) for name in said if name.lower() in TIME_NAMES and said[name] not in (None, "")), None)
        for place in [places] if kind == "Point" else places or ():
            lon, lat = _geojson_place(place)
            if moment is None:
                into.waypoint(lon, lat, str(said.get("name") or ""), None, number)
            else:
                fixes.append((lon, lat, moment, number))
    elif kind in ("LineString", "MultiLineString"):
        lines = [places] if kind == "LineString" else places
        times = _geojson_times(said, kind == "MultiLineString")
        for at, line in enumerate(lines if isinstance(lines, list) else ()):
            _geojson_line(line, times[at] if at < len(times) else [], number, into)


def _geojson_times(said: Dict[str, object], is_multi: bool) -> List[List[object]]:
    """The times of each line's points, from beside the shape."""
    more = said.get("coordinateProperties")
    found = next((one[name] for one in (said, more if isinstance(more, dict) else {}) for name in _TIMES_BESIDE
                  if isinstance(one.get(name), list)), [])
    nested = found if is_multi else [found]
    return [one if isinstance(one, list) else [] for one in nested] if isinstance(nested, list) else []


def _geojson_line(line: object, times: Sequence[object], number: int, into: Collector) -> None:
    points = line if isinstance(line, list) else []
    if times and len(times) != len(points):
        into.note("unequal", number, n=abs(len(times) - len(points)))
    for at, place in enumerate(points):
        lon, lat = _geojson_place(place)
        into.point(lon, lat, _geojson_time(times[at]) if at < len(times) else None, number)
    into.end_if_begun(number)


def _geojson_place(place: object) -> Tuple[object, object]:
    return (place[0], place[1]) if isinstance(place, list) and len(place) > 1 else (place, "")


def _geojson_time(said: object) -> object:
    """Milliseconds since 1970 as seconds; texts as they are."""
    if isinstance(said, bool) or not isinstance(said, (int, float)):
        return None if said is None else str(said)
    return said / 1000.0 if said >= _MILLISECONDS else float(said)
