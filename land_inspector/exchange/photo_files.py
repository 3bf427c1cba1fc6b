"""Files that people drop as photos: which are photos, whether they are whole, and what their cameras wrote."""
from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator, List, Optional, Tuple

from ..errors import InputError, Message, message
from .exif import Exif, NotExif, read_exif

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")
_START_OF_SCAN, _END = 0xDA, b"\xff\xd9"
#: Markers of a JPEG that have no length: padding, restarts, start and end of image.
_BARE = {0x01, *range(0xD0, 0xDA)}
#: Beyond this a file is a film or a mistake, and reading it whole would eat the memory.
_MOST_BYTES = 200 * 1024 * 1024
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
        block = _jpeg_exif(content, path)
    elif content.startswith(_PNG):
        block = _png_exif(content, path)
    elif content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        raise InputError("{file} is a HEIC photo, which QGIS cannot show.",
                         "Let the telephone save JPEG (“most compatible”), or convert the photo; converting keeps place and time.",
                         file=path.name)
    else:
        raise InputError("{file} is not a photo.", "Photos are JPEG or PNG files.", file=path.name)
    exif, notes = _exif(block)
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


def _exif(block: Optional[bytes]) -> Tuple[Exif, Tuple[Message, ...]]:
    if block is None:
        return Exif(), (message("The photo carries no EXIF: chat programs take it out."),)
    try:
        exif = read_exif(block)
    except NotExif:
        return Exif(), (message("The EXIF of the photo is damaged."),)
    return exif, (message("The direction is magnetic, not true north."),) if exif.magnetic and exif.direction is not None else ()


def _broken_off(path: Path) -> InputError:
    return InputError("{file} breaks off: it was not copied whole.", "Copy it from the camera again.", file=path.name)


def _jpeg_exif(content: bytes, path: Path) -> Optional[bytes]:
    """The EXIF block before the picture; the picture itself must come to its end."""
    found: Optional[bytes] = None
    for marker, start, end in _segments(content, path):
        if marker == 0xE1 and found is None and content[start:start + 6] == b"Exif\0\0":
            found = content[start + 6:end]
        if marker == _START_OF_SCAN and content.find(_END, end) >= 0:
            return found
    raise _broken_off(path)


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


def _png_exif(content: bytes, path: Path) -> Optional[bytes]:
    found, place = None, len(_PNG)
    while place + 12 <= len(content):
        size = struct.unpack_from(">I", content, place)[0]
        kind, end = content[place + 4:place + 8], place + 8 + size
        if kind == b"IEND":
            return found
        if kind == b"eXIf" and found is None:
            found = content[place + 8:end]
        place = end + 4
    raise _broken_off(path)
