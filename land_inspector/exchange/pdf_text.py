"""What a PDF that was written here says, of itself and on its pages, read without any library.

Only what Qt writes is understood; another program's PDF gives no text, and a damaged one neither.
"""
from __future__ import annotations

import re
import unicodedata
import zlib
from pathlib import Path
from typing import Dict, List, Optional

from ..errors import InputError
from ..register.dossiers import codes_in

_MOST = 64 << 20
#: No page of text is longer; what unpacks to more is no page of ours.
_MOST_UNPACKED = 16 << 20
_OBJECT = re.compile(rb"(?:^|[\r\n])(\d+) 0 obj\b(.*?)\bendobj", re.DOTALL)
_REFERENCE = rb"/%s\s+(\d+) 0 R"
_SHOWN = re.compile(rb"/(F\d+)\s+[\d.]+\s+Tf|<([0-9A-Fa-f]+)>\s*(?=Tj|\]|[-\d<])")


def title_of(content: bytes) -> str:
    """The title in the description of a PDF; '' where it has none that can be read."""
    found = re.search(rb"/Title\s*\(((?:\\.|[^\\)])*)\)", content, re.DOTALL)
    if found is None:
        return ""
    raw = re.sub(rb"\\(.)", rb"\1", found.group(1), flags=re.DOTALL)
    return raw[2:].decode("utf-16-be", "ignore") if raw.startswith(b"\xfe\xff") else raw.decode("latin-1")


def content_of(file: Path) -> bytes:
    """A whole PDF. InputError for what is none, is broken off or cannot be read."""
    try:
        if file.stat().st_size > _MOST:
            raise InputError("{file} is too big for a dossier.", "Give the dossier as it was written.", file=file.name)
        content = file.read_bytes()
    except OSError as error:
        raise InputError("{file} cannot be read: {reason}", "Give the dossier as it was written.", file=file.name,
                         reason=error.strerror or str(error)) from error
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
        raise InputError("{file} is no whole PDF.", "Give the dossier as it was written, or type its code.", file=file.name)
    return content


def code_of(file: Path) -> Optional[str]:
    """The code of the dossier that a whole PDF is; None where it is none, or only a part of one."""
    try:
        found = codes_in(title_of(content_of(file)))
    except InputError:
        return None
    return found[0] if found else None


def pages_of(content: bytes) -> List[str]:
    """The text of each page in the order in which it was written, without blanks; nothing where it cannot be read."""
    objects = {int(number): body for number, body in _OBJECT.findall(content)}
    maps: Dict[int, Dict[int, str]] = {}
    return [text for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)
            for text in [_page(body, objects, maps)] if text]


def plain(text: str) -> str:
    """A text as two writings of it are compared: one form of each letter, no blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _page(body: bytes, objects: Dict[int, bytes], maps: Dict[int, Dict[int, str]]) -> str:
    fonts = {name.decode(): int(number) for name, number in
             re.findall(rb"/(F\d+)\s+(\d+) 0 R", _target(rb"Resources", body, objects))}
    letters: Dict[int, str] = {}
    said: List[str] = []
    for font, shown in _SHOWN.findall(_unpacked(_target(rb"Contents", body, objects))):
        if font:
            number = fonts.get(font.decode(), 0)
            if number not in maps:
                maps[number] = _letters(_unpacked(_target(rb"ToUnicode", objects.get(number, b""), objects)))
            letters = maps[number]
        else:
            said += [letters.get(int(shown[at:at + 4], 16), "") for at in range(0, len(shown) - 3, 4)]
    return plain("".join(said))


def _target(name: bytes, body: bytes, objects: Dict[int, bytes]) -> bytes:
    found = re.search(_REFERENCE % name, body)
    return objects.get(int(found.group(1)), b"") if found else b""


def _unpacked(body: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*)\r?\nendstream", body, re.DOTALL)
    if found is None:
        return b""
    if b"FlateDecode" not in body[:found.start()]:
        return found.group(1)
    try:
        return zlib.decompressobj().decompress(found.group(1), _MOST_UNPACKED)
    except zlib.error:
        return b""


def _letters(cmap: bytes) -> Dict[int, str]:
    """Glyph → text, from a font's table."""
    found: Dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for glyph, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(glyph, 16)] = _utf16(text)
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for first, last, listed, start in re.findall(
                rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:\[(.*?)\]|<([0-9A-Fa-f]+)>)", block, re.DOTALL):
            glyphs = range(int(first, 16), min(int(last, 16), 0xFFFF) + 1)
            if start:
                found.update((glyph, chr(int(start, 16) + at)) for at, glyph in enumerate(glyphs) if len(start) <= 4)
            else:
                found.update(zip(glyphs, map(_utf16, re.findall(rb"<([0-9A-Fa-f]+)>", listed))))
    return found


def _utf16(text: bytes) -> str:
    return bytes.fromhex(text.decode()).decode("utf-16-be", "ignore")
