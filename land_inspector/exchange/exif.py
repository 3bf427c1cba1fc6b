"""What a camera wrote into a photo (EXIF 2.32 in JPEG and PNG): place, direction, time, orientation.

Read by this module alone, from the file's bytes: an offset that leads nowhere, a rational over zero or a tag of the wrong type
costs that one value and never the photo.
"""
from __future__ import annotations

import math
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
            values = self._values(kind, number, start + 8)
            if values:
                found.setdefault(tag, values)
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
    return value.split(b"\0")[0].decode("ascii", "ignore").strip() if isinstance(value, bytes) else ""


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


def _moment(text: str) -> Optional[datetime]:
    for form in ("%Y:%m:%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S"):
        try:
            return datetime.strptime(text[:19], form)
        except ValueError:
            continue
    return None


def _zone(text: str) -> Optional[timezone]:
    """``+08:00`` as a zone."""
    sign, hours, minutes = text[:1], text[1:3], text[4:6] or "00"
    if sign not in ("+", "-") or not (hours.isdigit() and minutes.isdigit()) or int(hours) > 14 or int(minutes) > 59:
        return None
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(offset if sign == "+" else -offset)


def _satellite_time(gps: Tags) -> Optional[str]:
    """GPS writes UTC."""
    clock, day = _numbers(gps, _GPS_TIME), _text(gps, _GPS_DAY)
    if len(clock) != 3:
        return None
    moment = _moment(f"{day} {int(clock[0]):02d}:{int(clock[1]):02d}:{int(clock[2]):02d}")
    return None if moment is None else moment.replace(tzinfo=timezone.utc).astimezone(CHINA).replace(tzinfo=None).isoformat()
