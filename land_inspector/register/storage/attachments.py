"""Photos and papers as the storages keep them, in a folder beside the register or in the database: each file under the hash of its
content, whole or not there.
"""
from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

from ...errors import LandInspectorError
from .interfaces import AttachmentStore
from .pg_connection import PgDatabase
from .sqlite_file import sync_folder


# Photos and papers in a folder beside the register: each file under the hash of its content, whole or not there.

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


# Photos and papers in the database, in pieces, each file under the hash of its content; a copy of what was looked at lies in the
# user's own cache.

#: Bytes of one piece: what a server and a slow line take at once.
PIECE = 1 << 20
_DIGESTS = ("SELECT a.name, encode(sha256(COALESCE((SELECT string_agg(p.content, ''::bytea ORDER BY p.number) "
            "FROM attachment_part p WHERE p.name = a.name), ''::bytea)), 'hex') FROM attachment a WHERE a.name IN ")


def cache_folder() -> Path:
    """Where copies of looked-at attachments lie: the user's own cache, which nobody else reads."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "land_inspector"


class ServerAttachments(AttachmentStore):
    """See :class:`.interfaces.AttachmentStore`. What is kept is one transaction of its own, done before an event names it."""

    def __init__(self, sql: PgDatabase, folder: Path):
        self._sql, self.folder = sql, folder

    def _cached(self, name: str) -> Path:
        return self.folder / Path(name).name  # the name alone: never out of its folder

    def find(self, name: str) -> Path:
        path = self._cached(name)
        if is_name(path.name) and not (path.is_file() and _is_as_named(path)):
            self._fetch(path)
        return path

    def _fetch(self, path: Path) -> None:
        """Bring a file here, whole or not at all; nothing where the register has none of that name."""
        count = self._sql.one("SELECT count(*) FROM attachment_part WHERE name = %s", (path.name,))
        if count is None or not count[0]:
            return
        part = path.with_name(f".{os.getpid()}_{path.name}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(part, "wb") as file:
                for number in range(count[0]):
                    row = self._sql.one("SELECT content FROM attachment_part WHERE name = %s AND number = %s", (path.name, number))
                    file.write(row[0] if row is not None else b"")
            os.replace(part, path)
        except OSError:
            return  # it is shown as one that cannot be read
        finally:
            part.unlink(missing_ok=True)

    def is_whole(self, name: str, digest: Optional[str] = None) -> bool:
        plain = Path(name).name
        told = self.digests([plain]).get(plain, "")
        return bool(told) and (told == digest if digest is not None else told.startswith(plain.partition("_")[0]))

    def digests(self, names: Sequence[str]) -> Dict[str, str]:
        found = {}
        for part in self._sql.chunks(names):
            found.update({str(name): str(digest) for name, digest in self._sql.rows(f"{_DIGESTS}({self._sql.marks(part)})", part)})
        for name, digest in found.items():  # a copy that was looked at and changed here since is not what is shown as kept
            cached = self._cached(name)
            try:
                found[name] = digest_of(cached) if cached.is_file() else digest
            except OSError:
                found[name] = digest
        return found

    def keep(self, source: Path, digest: str, name: Optional[str] = None) -> str:
        kept = Path(name).name if name is not None else name_for(digest, source.name)
        if self.is_whole(kept, digest):
            return kept
        try:
            self._store(source, digest, kept)
        except LandInspectorError as error:
            raise OSError(str(error)) from error
        cached = self._cached(kept)
        if cached.is_file() and digest_of(cached) != digest:
            cached.unlink()
        return kept

    def _store(self, source: Path, digest: str, kept: str) -> None:
        sql, total, size = self._sql, hashlib.sha256(), 0
        was_in_transaction = sql.in_transaction
        if not was_in_transaction:
            sql.begin("SELECT 1")
        try:
            sql.run("DELETE FROM attachment WHERE name = %s AND sha256 <> %s", (kept, digest))
            sql.run("INSERT INTO attachment (name, sha256, size) VALUES (%s, %s, %s) ON CONFLICT (name) DO NOTHING",
                    (kept, digest, source.stat().st_size))
            for number, piece in enumerate(_pieces(source)):
                total.update(piece)
                size += len(piece)
                sql.run("INSERT INTO attachment_part (name, number, content) VALUES (%s, %s, %s) ON CONFLICT (name, number) "
                        "DO UPDATE SET content = excluded.content", (kept, number, piece))
            if total.hexdigest() != digest:
                raise OSError("the file changed while it was copied")
            if not was_in_transaction:
                sql.commit(("SELECT 1 FROM attachment WHERE name = %s AND sha256 = %s", (kept, digest)))
        except BaseException:
            if not was_in_transaction:
                sql.rollback()
            raise

    def discard(self, names: Sequence[str]) -> None:
        plain = [Path(name).name for name in names]
        for part in self._sql.chunks(plain):
            self._sql.run(f"DELETE FROM attachment WHERE name IN ({self._sql.marks(part)})", part)  # nosec B608 - our own name
        for name in plain:
            self._cached(name).unlink(missing_ok=True)

    def names(self) -> List[str]:
        return [str(row[0]) for row in self._sql.rows("SELECT name FROM attachment ORDER BY name")]


def _is_as_named(path: Path) -> bool:
    try:
        return digest_of(path).startswith(path.name.partition("_")[0])
    except OSError:
        return False


def _pieces(source: Path) -> Iterator[bytes]:
    with open(source, "rb") as file:
        yield from iter(lambda: file.read(PIECE), b"")
