"""What a camera wrote into a photo (EXIF 2.32 in JPEG and PNG): place, direction, time, orientation.

Read by this module alone, from the file's bytes: an offset that leads nowhere, a rational over zero or a tag of the wrong type
costs that one value and never the photo.
"""
from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, List, Optional, Tuple

#: Type of an EXIF value → struct letter; rationals (5, 10) are pairs.
_LETTERS = {1: "B", 2: "s", 3: "H", 4: "I", 5: "II", 6: "b", 7: "s", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d"}
_RATIONALS = (5, 10)
_MOST_VALUES = 4096

_ORIENTATION, _DATETIME, _EXIF_IFD, _GPS_IFD = 0x0112, 0x0132, 0x8769, 0x8825
_ORIGINAL, _OFFSET, _SUBSECOND = 0x9003, 0x9011, 0x9291
_LAT_REF, _LAT, _LON_REF, _LON, _GPS_TIME, _DIRECTION_REF, _DIRECTION, _GPS_DAY = 1, 2, 3, 4, 7, 16, 17, 29

#: The time of China, in which offices and batches count their days.
CHINA = timezone(timedelta(hours=8))

#: The only tags that are ever read: a block may name 65 000 of them over the same bytes.
_WANTED = frozenset({_ORIENTATION, _DATETIME, _EXIF_IFD, _GPS_IFD, _ORIGINAL, _OFFSET, _SUBSECOND, _LAT_REF, _LAT, _LON_REF, _LON,
                     _GPS_TIME, _DIRECTION_REF, _DIRECTION, _GPS_DAY})

Tags = Dict[int, Tuple[Any, ...]]


@dataclass(frozen=True)
class Exif:
    """``lon``/``lat`` degrees WGS 84, ``direction`` degrees from north (``magnetic`` where the camera said so); ``taken_at`` the
    time at the place as ISO text; ``orientation`` 1 … 8 as EXIF counts. None where nothing usable is written."""

    lon: Optional[float] = None
    lat: Optional[float] = None
    direction: Optional[float] = None
    magnetic: bool = False
    taken_at: Optional[str] = None
    orientation: int = 1


class NotExif(ValueError):
    """The block is no EXIF at all."""


def read_exif(block: bytes) -> Exif:
    """From a TIFF block (what follows ``Exif\\0\\0`` in a JPEG). Raises :class:`NotExif`."""
    reader = _Reader(block)
    main = reader.tags(reader.first)
    shot, gps = reader.tags(_pointer(main, _EXIF_IFD)), reader.tags(_pointer(main, _GPS_IFD))
    lat, lon = _degrees(gps, _LAT, _LAT_REF, 90.0, "S"), _degrees(gps, _LON, _LON_REF, 180.0, "W")
    if lat is None or lon is None or (lat == 0 and lon == 0):  # a camera without a fix writes zeros
        lat = lon = None
    orientation = main.get(_ORIENTATION, (1,))[0]
    return Exif(lon, lat, _heading(gps), _text(gps, _DIRECTION_REF)[:1].upper() == "M", _taken_at(main, shot, gps),
                orientation if orientation in range(1, 9) else 1)


_XMP_FIELD = r"(?:\b|:){name}\s*(?:=\s*[\"']([^\"']{{1,40}})[\"']|>\s*([^<]{{1,40}})<)"
_LOOKING_DOWN_DEG = -60.0


def read_xmp(packet: bytes) -> Exif:
    """What a drone writes into its XMP packet alone: place, direction of the view (unless it looks down), time. As text, never as
    XML: a packet that is broken costs what it breaks, and one that declares entities is not expanded."""
    text = packet[:256 * 1024].decode("utf-8", "replace")
    lat = _xmp_degrees(_xmp(text, "GpsLatitude") or _xmp(text, "GPSLatitude"), 90.0)
    lon = _xmp_degrees(_xmp(text, "GpsLongitude") or _xmp(text, "GpsLongtitude") or _xmp(text, "GPSLongitude"), 180.0)
    yaw, pitch = (_finite(_xmp(text, f"Gimbal{what}Degree")) for what in ("Yaw", "Pitch"))
    taken = _moment(_xmp(text, "DateTimeOriginal") or _xmp(text, "CreateDate") or "")
    there = lat is not None and lon is not None and (lat, lon) != (0.0, 0.0)
    return Exif(lon if there else None, lat if there else None,
                None if yaw is None or pitch is not None and pitch < _LOOKING_DOWN_DEG else yaw % 360.0, False,
                taken.isoformat() if taken else None)


def _xmp(text: str, name: str) -> Optional[str]:
    found = re.search(_XMP_FIELD.format(name=name), text)
    return (found.group(1) or found.group(2)).strip() if found else None


def _finite(text: Optional[str]) -> Optional[float]:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _xmp_degrees(text: Optional[str], most: float) -> Optional[float]:
    """``+28.82`` or XMP's own ``28,49.3171N``."""
    found = re.fullmatch(r"(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])", text or "")
    if found:
        value = int(found.group(1)) + float(found.group(2)) / 60 + float(found.group(3) or 0) / 3600
        value = -value if found.group(4) in "SW" else value
    else:
        plain = _finite(text)
        if plain is None:
            return None
        value = plain
    return value if abs(value) <= most else None


def completed(exif: Exif, xmp: Exif) -> Exif:
    """EXIF with what only XMP says."""
    has_place = exif.lon is not None
    return Exif(exif.lon if has_place else xmp.lon, exif.lat if has_place else xmp.lat,
                xmp.direction if exif.direction is None else exif.direction, exif.magnetic and exif.direction is not None,
                exif.taken_at or xmp.taken_at, exif.orientation)


class _Reader:
    """Image file directories of one TIFF block."""

    def __init__(self, block: bytes):
        order = {b"II": "<", b"MM": ">"}.get(bytes(block[:2]))
        if order is None or len(block) < 8 or struct.unpack_from(order + "H", block, 2)[0] != 42:
            raise NotExif("no TIFF header")
        self._block, self._order = block, order
        self.first: Optional[int] = struct.unpack_from(order + "I", block, 4)[0]

    def tags(self, offset: Optional[int]) -> Tags:
        """Values by tag; what cannot be read is left out. Nothing for None."""
        if offset is None or not 8 <= offset <= len(self._block) - 2:
            return {}
        count = struct.unpack_from(self._order + "H", self._block, offset)[0]
        found: Tags = {}
        for start in range(offset + 2, offset + 2 + 12 * count, 12):
            if start + 12 > len(self._block):
                break
            tag, kind, number = struct.unpack_from(self._order + "HHI", self._block, start)
            if tag in _WANTED and tag not in found:
                values = self._values(kind, number, start + 8)
                if values:
                    found[tag] = values
        return found

    def _values(self, kind: int, number: int, place: int) -> Tuple[Any, ...]:
        letters = _LETTERS.get(kind)
        if letters is None or not 0 < number <= _MOST_VALUES:
            return ()
        layout = f"{self._order}{number}s" if letters == "s" else self._order + letters * number
        size = struct.calcsize(layout)
        start = place if size <= 4 else struct.unpack_from(self._order + "I", self._block, place)[0]
        if start + size > len(self._block):
            return ()
        values = struct.unpack_from(layout, self._block, start)
        if kind in _RATIONALS:
            return tuple(top / bottom if bottom else math.nan for top, bottom in zip(values[::2], values[1::2]))
        return values


def _pointer(tags: Tags, tag: int) -> Optional[int]:
    value = tags.get(tag, (None,))[0]
    return value if isinstance(value, int) else None


def _text(tags: Tags, tag: int) -> str:
    value = tags.get(tag, (b"",))[0]
    if not isinstance(value, bytes):
        return ""
    raw = value.split(b"\0")[0]
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).strip()
        except UnicodeDecodeError:
            continue
    return raw.decode("ascii", "ignore").strip()


def _numbers(tags: Tags, tag: int) -> List[float]:
    """The finite numbers of a tag, or none of them where one is not."""
    values = tags.get(tag, ())
    fine = all(isinstance(value, (int, float)) and math.isfinite(value) for value in values)
    return [float(value) for value in values] if fine else []


def _degrees(tags: Tags, tag: int, ref: int, most: float, negative: str) -> Optional[float]:
    """Degrees from degrees, minutes and seconds, of which the last may be missing."""
    parts = _numbers(tags, tag)
    if not 1 <= len(parts) <= 3 or any(part < 0 for part in parts[1:]):
        return None
    value = abs(parts[0]) + sum(part / 60 ** power for power, part in enumerate(parts[1:], 1))
    signed = -value if _text(tags, ref)[:1].upper() == negative or parts[0] < 0 else value
    return signed if value <= most else None


def _heading(gps: Tags) -> Optional[float]:
    parts = _numbers(gps, _DIRECTION)
    return parts[0] % 360.0 if len(parts) == 1 and 0 <= parts[0] <= 360 else None


def _taken_at(main: Tags, shot: Tags, gps: Tags) -> Optional[str]:
    """The camera's clock, or else the satellites'. A clock of another zone is put to China's; one without a zone is local."""
    written = _moment(_text(shot, _ORIGINAL) or _text(main, _DATETIME))
    if written is None:
        return _satellite_time(gps)
    fraction = _text(shot, _SUBSECOND)
    if fraction.isdigit():
        written += timedelta(microseconds=round(float(f"0.{fraction}") * 1e6))
    zone = _zone(_text(shot, _OFFSET))
    if zone is not None:
        written = written.replace(tzinfo=zone).astimezone(CHINA).replace(tzinfo=None)
    return written.isoformat(timespec="milliseconds" if written.microsecond else "seconds")


_MOMENT = re.compile(r"(\d{4})[:\-/.年](\d{1,2})[:\-/.月](\d{1,2})日?[ T]*(上午|下午|凌晨|中午|晚上|[AaPp]\.?[Mm]\.?)?\s*(\d{1,2}):(\d{1,2})"
                     r"(?::(\d{1,2})(?:\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|[+-]\d{2}:?\d{2})?$")


def _moment(text: str) -> Optional[datetime]:
    """A time as cameras and telephones write it: with colons, dashes or slashes, with T, without seconds, in halves of the day
    (下午1:48:24, 1:48:24 pm), with hour 24 for the first of the day; with its zone where one stands behind it."""
    found = _MOMENT.match(text.strip())
    if found is None:
        return None
    year, month, day, before, hour, minute, second, after, zone = found.groups()
    half, hours = (before or after or "").lower().replace(".", ""), int(hour)
    if half in ("pm", "下午", "晚上", "中午") and hours < 12 and not (half == "中午" and hours >= 10):
        hours += 12
    elif half in ("am", "上午", "凌晨") and hours == 12:
        hours = 0
    try:
        moment = datetime(int(year), int(month), int(day), 0 if hours == 24 else hours, int(minute), int(second or 0))
    except ValueError:
        return None
    known = _zone(zone) if zone else None
    return moment if known is None else moment.replace(tzinfo=known).astimezone(CHINA).replace(tzinfo=None)


def _zone(text: str) -> Optional[timezone]:
    """``+08:00``, ``+0800`` or ``Z`` as a zone."""
    if text.strip().upper() == "Z":
        return timezone.utc
    found = re.fullmatch(r"([+-])(\d{2}):?(\d{2})?", text.strip())
    if found is None or int(found.group(2)) > 14 or int(found.group(3) or 0) > 59:
        return None
    offset = timedelta(hours=int(found.group(2)), minutes=int(found.group(3) or 0))
    return timezone(offset if found.group(1) == "+" else -offset)


def _satellite_time(gps: Tags) -> Optional[str]:
    """GPS writes UTC."""
    clock, day = _numbers(gps, _GPS_TIME), _text(gps, _GPS_DAY)
    if len(clock) != 3:
        return None
    moment = _moment(f"{day} {int(clock[0]):02d}:{int(clock[1]):02d}:{int(clock[2]):02d}")
    return None if moment is None else moment.replace(tzinfo=timezone.utc).astimezone(CHINA).replace(tzinfo=None).isoformat()
