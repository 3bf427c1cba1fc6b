"""Photos and papers in a folder beside the register: each file under the hash of its content, whole or not there."""
from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

from .interfaces import AttachmentStore
from .sqlite_file import sync_folder

#: Digits of the digest that a name begins with; what older versions wrote has 16.
DIGITS = 32
_NAME_BYTES = 120
_CHUNK = 1 << 20
_NAMED = re.compile(r"[0-9a-f]{16,64}_")
#: Signs that a file system refuses, and those that make a name read otherwise than it is.
_NOT_IN_NAMES = re.compile("[<>:\"/\\\\|?*\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")


def digest_of(path: Path) -> str:
    """SHA-256 (hex) of a file; OSError where it cannot be read."""
    total = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(_CHUNK), b""):
            total.update(block)
    return total.hexdigest()


def name_for(digest: str, file: str) -> str:
    """The name under which a file of this digest (SHA-256, hex) is kept: told by its content, readable by people."""
    return f"{digest[:DIGITS]}_{plain_name(file)}"


def plain_name(file: str) -> str:
    """A file name that every system takes: no separators, no signs that Windows forbids or that turn a text round, not too long."""
    stem, dot, suffix = _NOT_IN_NAMES.sub("_", file).rpartition(".")
    short = stem.encode("utf-8")[:_NAME_BYTES].decode("utf-8", "ignore").rstrip(". ")
    return f"{short}{dot}{suffix[:8].rstrip(' ')}"


def is_name(name: str) -> bool:
    """Whether a text names something kept; a path never does."""
    return _NAMED.match(name) is not None and Path(name).name == name


class FolderAttachments(AttachmentStore):
    """A folder, and the folders in which earlier versions kept photos and papers apart; those are read, never written to."""

    def __init__(self, folder: Path, earlier: Sequence[Path] = ()):
        self.folder, self._earlier = folder, tuple(earlier)

    def find(self, name: str) -> Path:
        found = (folder / Path(name).name for folder in (self.folder, *self._earlier))  # the name alone: never out of its folder
        return next((path for path in found if path.is_file()), self.folder / Path(name).name)

    def is_whole(self, name: str, digest: Optional[str] = None) -> bool:
        path = self.find(name)
        try:
            known = digest_of(path) if path.is_file() else ""
        except OSError:
            return False
        return bool(known) and (known == digest if digest is not None else known.startswith(Path(name).name.partition("_")[0]))

    def digests(self, names: Sequence[str]) -> Dict[str, str]:
        found = {}
        for name in names:
            path = self.find(name)
            try:
                if path.is_file():
                    found[name] = digest_of(path)
            except OSError:
                continue
        return found

    def keep(self, source: Path, digest: str, name: Optional[str] = None) -> str:
        kept = Path(name).name if name is not None else name_for(digest, source.name)
        if not self.is_whole(kept, digest):
            self.folder.mkdir(exist_ok=True)
            _copy_for_good(source, self.folder / kept, digest)
        return kept

    def discard(self, names: Sequence[str]) -> None:
        for name in names:
            (self.folder / Path(name).name).unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def names(self) -> List[str]:
        return sorted({path.name for folder in (self.folder, *self._earlier) for path in _files(folder)})


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file() and is_name(path.name)) if folder.is_dir() else iter(())


def _copy_for_good(source: Path, target: Path, digest: str) -> None:
    """The file under its name and on disk, or OSError; a half-written one never has the name."""
    part = target.with_name(f".{os.getpid()}_{target.name}.part")
    try:
        part.unlink(missing_ok=True)  # a link that somebody laid there is not followed
        with open(source, "rb") as original, open(part, "xb") as copy:
            for block in iter(lambda: original.read(_CHUNK), b""):
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
        if digest_of(part) != digest:
            raise OSError("the file changed while it was copied")
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(target.parent)
