"""Files that people drop as photos: which are photos, whether they are whole, and what their cameras wrote."""
from __future__ import annotations

import hashlib
import math
import re
import struct
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

from osgeo import gdal

from ..errors import InputError, Message, message
from ..evidence.gdal_quiet import attempt, quiet


# What a camera wrote into a photo (EXIF 2.32 in JPEG and PNG): place, direction, time, orientation.
#
# Read by this module alone, from the file's bytes: an offset that leads nowhere, a rational over zero or a tag of the wrong type
# costs that one value and never the photo.

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


_MOMENT = re.compile(r"(\d{4})[:\-/.年](\d{1,2})[:\-/.月](\d{1,2})日?[ T_]*(上午|下午|凌晨|中午|晚上|[AaPp]\.?[Mm]\.?)?\s*(\d{1,2})[:.时点](\d{1,2})"
                     r"(?:[:.分](\d{1,2})(?:\.\d+)?)?[分秒]?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|[+-]\d{2}:?\d{2})?$")
#: The same without anything between: 20260520134824, 20260520_134824.
_PACKED = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)[ T_-]?(\d\d)(\d\d)(\d\d)$")


def _moment(text: str) -> Optional[datetime]:
    """A time as cameras and telephones write it: with colons, dashes, slashes, points or nothing, with T, without seconds, in words
    (13时48分24秒) and halves of the day (下午1:48:24, 1:48:24 pm), with hour 24 for the first of the day; with its zone where one stands
    behind it."""
    found = _MOMENT.match(_PACKED.sub(r"\1-\2-\3 \4:\5:\6", text.strip()))
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


_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")
_START_OF_SCAN, _END = 0xDA, b"\xff\xd9"
#: Markers of a JPEG that have no length: padding, restarts, start and end of image.
_BARE = {0x01, *range(0xD0, 0xDA)}
#: Beyond this a file is a film or a mistake, and reading it whole would eat the memory.
_MOST_BYTES = 200 * 1024 * 1024
#: A picture that has to be decoded to see whether it is whole.
_MOST_PIXELS = 200_000_000
_XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"
_NOT_MEANT = {"thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class PhotoFile:
    """A whole photo: its digest, what its camera wrote, and what is doubtful about that."""

    path: Path
    sha256: str
    exif: Exif
    notes: Tuple[Message, ...] = ()


def photo_files(paths: Iterable[Path]) -> List[Path]:
    """The files named, and all files of the folders named, in order and each once; hidden ones and a system's own are skipped."""
    found = (file for path in paths for file in ([path] if not path.is_dir() else sorted(path.rglob("*"))))
    return list(dict.fromkeys(file for file in found if not file.is_dir() and not _is_hidden(file)))


def _is_hidden(file: Path) -> bool:
    return file.name.startswith(".") or file.name.lower() in _NOT_MEANT


def read_photo(path: Path) -> PhotoFile:
    """Raises InputError, with the reason, for what is no photo, is broken off, or is of a kind that cannot be shown."""
    content = _content(path)
    if content.startswith(_JPEG):
        blocks = _jpeg_blocks(content, path)
    elif content.startswith(_PNG):
        blocks = _png_blocks(content, path)
    elif content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        raise InputError("{file} is a HEIC photo, which QGIS cannot show.",
                         "Let the telephone save JPEG (“most compatible”), or convert the photo; converting keeps place and time.",
                         file=path.name)
    elif _other_picture(content):
        raise InputError("{file} is a picture of another kind ({kind}), not a JPEG or PNG.", "Save it as JPEG and add that.",
                         file=path.name, kind=_other_picture(content))
    else:
        raise InputError("{file} is not a photo.", "Photos are JPEG or PNG files.", file=path.name)
    exif, notes = _exif(blocks)
    return PhotoFile(path, hashlib.sha256(content).hexdigest(), exif, notes)


def _content(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            head = file.read(16)
            if not head.startswith((_JPEG, _PNG)):
                return head
            if path.stat().st_size > _MOST_BYTES:
                raise InputError("{file} is too big for a photo.", "Leave it out.", file=path.name)
            return head + file.read()
    except OSError as error:
        raise InputError("{file} cannot be read: {reason}.", "Check the file.", file=path.name,
                         reason=error.strerror or str(error)) from error


def _other_picture(head: bytes) -> str:
    """The kind of picture that a file begins as; empty for what is none."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    return next((kind for start, kind in ((b"BM", "BMP"), (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"GIF8", "GIF"))
                 if head.startswith(start)), "")


@dataclass
class _Blocks:
    """What a photo's file says of it: EXIF and XMP as they stand, and whether its end is missing."""

    exif: Optional[bytes] = None
    xmp: Optional[bytes] = None
    no_end: bool = False


def _exif(blocks: _Blocks) -> Tuple[Exif, Tuple[Message, ...]]:
    notes: List[Message] = []
    if blocks.no_end:
        notes.append(message("The mark at the end of the picture is missing; the picture itself is whole."))
    exif = Exif()
    if blocks.exif is not None:
        try:
            exif = read_exif(blocks.exif)
        except NotExif:
            notes.append(message("The EXIF of the photo is damaged."))
    elif blocks.xmp is None:
        notes.append(message("The photo carries no EXIF: chat programs take it out."))
    if blocks.xmp is not None:
        exif = completed(exif, read_xmp(blocks.xmp))
    if exif.magnetic and exif.direction is not None:
        notes.append(message("The direction is magnetic, not true north."))
    return exif, tuple(notes)


def _broken_off(path: Path) -> InputError:
    return InputError("{file} breaks off: it was not copied whole.", "Copy it from the camera again.", file=path.name)


def _jpeg_blocks(content: bytes, path: Path) -> _Blocks:
    """EXIF and XMP before the picture; the picture itself must come to its end."""
    found = _Blocks()
    for marker, start, end in _segments(content, path):
        if marker == 0xE1 and found.exif is None and content[start:start + 6] == b"Exif\0\0":
            found.exif = content[start + 6:end]
        if marker == 0xE1 and found.xmp is None and content.startswith(_XMP_MARK, start):
            found.xmp = content[start + len(_XMP_MARK):end]
        if marker == _START_OF_SCAN:
            if content.find(_END, end) >= 0:
                return found
            if shows_whole(content + _END):
                found.no_end = True
                return found
    raise _broken_off(path)


def shows_whole(content: bytes) -> bool:
    """Whether a JPEG can be shown to its last line; asks GDAL's decoder, which says where data are missing."""
    name = f"/vsimem/land_inspector_{uuid.uuid4().hex}.jpg"
    with quiet():
        gdal.FileFromMemBuffer(name, content)
        try:
            gdal.ErrorReset()
            dataset = attempt(lambda: gdal.OpenEx(name, gdal.OF_RASTER, allowed_drivers=["JPEG"]))
            if dataset is None or dataset.RasterXSize * dataset.RasterYSize > _MOST_PIXELS:
                return False
            gdal.ErrorReset()
            return attempt(dataset.GetRasterBand(1).ReadRaster) is not None and not gdal.GetLastErrorMsg()
        finally:
            gdal.Unlink(name)


def _segments(content: bytes, path: Path) -> Iterator[Tuple[int, int, int]]:
    """(marker, start, end) of each segment's data up to the first scan."""
    place = 2
    while place + 4 <= len(content):
        if content[place] != 0xFF:
            raise InputError("{file} is a damaged photo.", "Copy it from the camera again.", file=path.name)
        marker = content[place + 1]
        if marker == 0xFF or marker in _BARE:
            place += 1 if marker == 0xFF else 2
            continue
        end = place + 2 + struct.unpack_from(">H", content, place + 2)[0]
        yield marker, place + 4, end
        if marker == _START_OF_SCAN:
            return
        place = max(end, place + 4)


def _png_blocks(content: bytes, path: Path) -> _Blocks:
    found, place = _Blocks(), len(_PNG)
    while place + 12 <= len(content):
        size = struct.unpack_from(">I", content, place)[0]
        kind, start, end = content[place + 4:place + 8], place + 8, place + 8 + size
        if kind == b"IEND":
            return found
        if kind == b"eXIf" and found.exif is None:
            found.exif = content[start:end]
        if kind == b"iTXt" and found.xmp is None and content.startswith(b"XML:com.adobe.xmp\0", start):
            found.xmp = content[start:end]
        place = end + 4
    raise _broken_off(path)
