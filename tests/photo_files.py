"""Photos for tests, written byte by byte: small JPEGs whose EXIF says what a test wants it to say."""
from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

_SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\x34\x56" + b"\xff\xd9"

Entry = Tuple[int, int, Any]  # tag, kind (2 text, 3 short, 4 long, 5 rationals), value


def exif_block(lon: Optional[float] = None, lat: Optional[float] = None, direction: Optional[float] = None,
               taken: Optional[str] = None, orientation: Optional[int] = None, order: str = "<", extra: Tuple[Entry, ...] = (),
               gps_extra: Tuple[Entry, ...] = ()) -> bytes:
    """A TIFF block. ``taken`` as EXIF writes it, 2026:05:20 10:11:12; ``extra`` go into the EXIF directory."""
    gps: List[Entry] = []
    if lat is not None and lon is not None:
        gps += [(1, 2, "S" if lat < 0 else "N"), (2, 5, sexagesimal(abs(lat))),
                (3, 2, "W" if lon < 0 else "E"), (4, 5, sexagesimal(abs(lon)))]
    if direction is not None:
        gps += [(16, 2, "T"), (17, 5, [(round(direction * 100), 100)])]
    shot = ([(0x9003, 2, taken)] if taken else []) + list(extra)
    main: List[Entry] = [(0x0112, 3, orientation)] if orientation is not None else []
    return _tiff(main, {0x8769: shot, 0x8825: gps + list(gps_extra)}, order)


def sexagesimal(value: float) -> List[Tuple[int, int]]:
    degrees, rest = divmod(value * 3600.0, 3600)
    minutes, seconds = divmod(rest, 60)
    return [(int(degrees), 1), (int(minutes), 1), (round(seconds * 10 ** 5), 10 ** 5)]


def _tiff(main: List[Entry], parts: Dict[int, List[Entry]], order: str) -> bytes:
    parts = {tag: entries for tag, entries in parts.items() if entries}
    start = 8
    main_size = _size(main) + 12 * len(parts)
    places, place = {}, start + main_size
    for tag, entries in parts.items():
        places[tag] = place
        place += _size(entries)
    blocks = [_directory(main + [(tag, 4, offset) for tag, offset in places.items()], start, order)]
    blocks += [_directory(entries, places[tag], order) for tag, entries in parts.items()]
    return {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "HI", 42, start) + b"".join(blocks)


def _raw(kind: int, value: Any, order: str) -> bytes:
    if kind == 2:
        return value.encode() + b"\0"
    if kind == 5:
        return b"".join(struct.pack(order + "II", *pair) for pair in value)
    return struct.pack(order + {3: "H", 4: "I"}[kind], value)


def _size(entries: List[Entry]) -> int:
    return 6 + 12 * len(entries) + sum(len(raw) for _tag, kind, value in entries if len(raw := _raw(kind, value, "<")) > 4)


def _directory(entries: List[Entry], place: int, order: str) -> bytes:
    lines, data = [], b""
    behind = place + 6 + 12 * len(entries)
    for tag, kind, value in sorted(entries, key=lambda entry: entry[0]):
        raw = _raw(kind, value, order)
        count = len(raw) if kind == 2 else len(value) if kind == 5 else 1
        held = raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack(order + "I", behind + len(data))
        data += b"" if len(raw) <= 4 else raw
        lines.append(struct.pack(order + "HHI", tag, kind, count) + held)
    return struct.pack(order + "H", len(lines)) + b"".join(lines) + struct.pack(order + "I", 0) + data


def jpeg_bytes(block: Optional[bytes] = None, picture: bytes = b"") -> bytes:
    """The bones of a JPEG; ``picture`` makes it another one without changing its EXIF."""
    exif = b"" if block is None else _segment(0xE1, b"Exif\0\0" + block)
    return b"\xff\xd8" + exif + _segment(0xFE, b"comment " + picture) + _SCAN


def _segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def write_photo(path: Path, picture: bytes = b"", **said: Any) -> Path:
    """A JPEG file; the rest as in :func:`exif_block`. Without anything said it has no EXIF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg_bytes(exif_block(**said) if said else None, picture or path.name.encode()))
    return path
