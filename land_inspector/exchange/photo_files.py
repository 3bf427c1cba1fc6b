"""Files that people drop as photos: which are photos, whether they are whole, and what their cameras wrote."""
from __future__ import annotations

import hashlib
import struct
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator, List, Optional, Tuple

from osgeo import gdal

from ..errors import InputError, Message, message
from ..evidence.gdal_quiet import attempt, quiet
from .exif import Exif, NotExif, completed, read_exif, read_xmp

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
