"""Zipped issues, unpacked with care: an archive comes from outside and may name any path and any size."""
from __future__ import annotations

import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import List, Optional

from ..errors import InputError, message
from ..progress import Progress

MOST_BYTES = 4 * 1024 ** 3
MOST_FILES = 5000
MOST_RATIO = 200
_FREE_BYTES = 64 * 1024 ** 2
_BLOCK = 4 * 1024 ** 2
_UTF8_MARK = 0x800


@dataclass
class Budget:
    """What archives, and archives in archives, may still unpack to together."""

    files: int = field(default_factory=lambda: MOST_FILES)
    size: int = field(default_factory=lambda: MOST_BYTES)


def names_in(archive: Path) -> Optional[List[str]]:
    """Names of the files of an archive; None where it cannot be opened, which unpacking it will say."""
    try:
        with _opened(archive) as packed:
            return [member_name(member) for member in packed.infolist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error, IndexError, EOFError):
        return None


def unpack(archive: Path, folder: Path, progress: Progress, budget: Optional[Budget] = None) -> None:
    """All files of ``archive`` into ``folder``; ``budget`` is shared by archives that lie in one another.

    Raises InputError, before anything is written, where a member points outside the folder, is a link or encrypted,
    or the whole would be larger than 4 GiB or 200 times its packed size; and where the archive is damaged.
    """
    kind = other_kind(archive)
    if kind:
        raise InputError("{file} is an archive of another kind ({kind}), whatever its name says.",
                         "Unpack it and give the folder, or pack it as .zip.", file=archive.name, kind=kind)
    try:
        with _opened(archive) as packed:
            members = [member for member in packed.infolist() if not member.is_dir() and not member_name(member).endswith("/")]
            _check(archive, members, budget or Budget())
            for index, member in enumerate(members):
                progress.step(index / len(members), message("Unpacking {file}", file=archive.name))
                _extract(packed, member, folder / Path(*_parts(member)))
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, EOFError, OSError, ValueError, RuntimeError, IndexError,
            struct.error) as wrong:
        raise InputError("{file} cannot be unpacked: {reason}",
                         "Get the archive again, or unpack it and give the folder.",
                         file=archive.name, reason=getattr(wrong, "strerror", None) or str(wrong)) from wrong


#: How archives of other programs begin, whatever their files are called.
_OTHER_KINDS = ((b"Rar!", "RAR"), (b"7z\xbc\xaf'\x1c", "7-Zip"), (b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"))


def other_kind(archive: Path) -> str:
    """The kind of an archive that is no zip, by its first bytes; empty for a zip and for what cannot be told."""
    try:
        with archive.open("rb") as file:
            head = file.read(8)
    except OSError:
        return ""
    return next((kind for start, kind in _OTHER_KINDS if head.startswith(start)), "")


def _opened(archive: Path) -> zipfile.ZipFile:
    """The archive, also where a program wrote names in GBK and marked them as UTF-8."""
    try:
        return zipfile.ZipFile(archive)
    except UnicodeDecodeError:
        return zipfile.ZipFile(io.BytesIO(_without_false_marks(archive.read_bytes())))


def _without_false_marks(content: bytes) -> bytes:
    """Names that are no UTF-8 lose the mark that says so, in the directory at the end and before each file."""
    result = bytearray(content)
    for signature, flags, lengths, start in ((b"PK\x01\x02", 8, 28, 46), (b"PK\x03\x04", 6, 26, 30)):
        at = result.find(signature)
        while 0 <= at <= len(result) - start:
            size = struct.unpack_from("<H", result, at + lengths)[0]
            if not _is_utf8(bytes(result[at + start:at + start + size])):
                mark = struct.unpack_from("<H", result, at + flags)[0]
                struct.pack_into("<H", result, at + flags, mark & ~_UTF8_MARK)
            at = result.find(signature, at + 4)
    return bytes(result)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _check(archive: Path, members: List[zipfile.ZipInfo], budget: Budget) -> None:
    for member in members:
        _check_member(archive, member)
    size, packed = sum(member.file_size for member in members), sum(member.compress_size for member in members)
    budget.files, budget.size = budget.files - len(members), budget.size - size
    if budget.files < 0 or budget.size < 0 or size > max(_FREE_BYTES, MOST_RATIO * packed):
        raise InputError(
            "{file} would unpack to {n} files and {size} MB, which no issued batch is.",
            "Unpack it yourself, look at it, and give the layer's file.",
            file=archive.name, n=len(members), size=size // 1024 ** 2,
        )


def _check_member(archive: Path, member: zipfile.ZipInfo) -> None:
    name = member_name(member)
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in PurePosixPath(name).parts or "\0" in name:
        raise InputError("{file} names a path outside itself: {name}. It was not unpacked.",
                         "Do not use this archive; ask the issuer for a clean one.", file=archive.name, name=name)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise InputError("{file} holds a link instead of a file: {name}. It was not unpacked.",
                         "Ask the issuer for an archive with plain files.", file=archive.name, name=name)
    if member.flag_bits & 0x1:
        raise InputError("{file} is protected by a password.",
                         "Unpack it with its password and give the folder.", file=archive.name)


def member_name(member: zipfile.ZipInfo) -> str:
    """The member's path with forward slashes; Chinese Windows writes names in GBK without saying so."""
    name = member.orig_filename
    if not member.flag_bits & _UTF8_MARK and not name.isascii():
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _parts(member: zipfile.ZipInfo) -> List[str]:
    """Path parts that every file system takes."""
    parts = [re.sub(r'[<>:"|?*\x00-\x1f]', "_", part) for part in PurePosixPath(member_name(member)).parts]
    return [part.rstrip(". ") or "_" for part in parts]


def _extract(packed: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    left = member.file_size
    with packed.open(member) as source, target.open("wb") as copy:
        while True:
            block = source.read(_BLOCK)
            if not block:
                return
            left -= len(block)
            if left < 0:  # a forged size in the directory
                raise zipfile.BadZipFile(member_name(member))
            copy.write(block)
