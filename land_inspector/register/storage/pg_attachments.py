"""Photos and papers in the database, in pieces, each file under the hash of its content; a copy of what was looked at lies in the
user's own cache."""
from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

from ...errors import LandInspectorError
from .attachment_folder import digest_of, is_name, name_for
from .interfaces import AttachmentStore
from .pg_connection import PgDatabase

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
