"""Zipped issues, unpacked with care: an archive comes from outside and may name any path and any size."""
from __future__ import annotations

import re
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import List

from ..errors import InputError, message
from ..progress import Progress

MOST_BYTES = 4 * 1024 ** 3
MOST_FILES = 5000
MOST_RATIO = 200
_FREE_BYTES = 64 * 1024 ** 2
_BLOCK = 4 * 1024 ** 2


def unpack(archive: Path, folder: Path, progress: Progress) -> None:
    """All files of ``archive`` into ``folder``.

    Raises InputError, before anything is written, where a member points outside the folder, is a link or encrypted,
    or the whole would be larger than 4 GiB or 200 times its packed size; and where the archive is damaged.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [member for member in packed.infolist() if not member.is_dir()]
            _check(archive, members)
            for index, member in enumerate(members):
                progress.step(index / len(members), message("Unpacking {file}", file=archive.name))
                _extract(packed, member, folder / Path(*_parts(member)))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as wrong:
        raise InputError("{file} cannot be unpacked: {reason}",
                         "Get the archive again, or unpack it and give the folder.",
                         file=archive.name, reason=str(wrong)) from wrong


def _check(archive: Path, members: List[zipfile.ZipInfo]) -> None:
    for member in members:
        _check_member(archive, member)
    size, packed = sum(member.file_size for member in members), sum(member.compress_size for member in members)
    if len(members) > MOST_FILES or size > MOST_BYTES or size > max(_FREE_BYTES, MOST_RATIO * packed):
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
    name = member.filename
    if not member.flag_bits & 0x800 and not name.isascii():
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
