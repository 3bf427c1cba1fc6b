"""A register's file as SQLite has it open: how it is opened, whether it is still the same file, what SQLite's errors mean.

Every error of SQLite becomes one of ours here and nowhere else (:func:`told`).
"""
from __future__ import annotations

import errno
import inspect
import os
import shutil
import sqlite3
import struct
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple, TypeVar
from urllib.parse import quote

try:
    import fcntl
except ImportError:  # Windows, where a lock goes with the one handle that holds it
    fcntl = None

from ...errors import (
    BusyError, Cancelled, DamagedError, FullError, GoneError, InputError, LandInspectorError, ReadOnlyError,
)
from ...progress import Progress


# A register's file as a whole: a copy of it taken while others write, and whether its pages are sound.

#: Pages copied between two looks at cancel: 4 MB.
_PAGES = 1_000


@contextmanager
def copy_of(db: sqlite3.Connection, target: Path, progress: Progress) -> Iterator[Path]:
    """See :meth:`Storage.copied`: the copy under the name that it has until the block ends.

    InputError where something has that name; OSError for a full disk."""
    if target.exists():
        raise InputError("{path} exists already.", "Choose another name; a copy never overwrites a file.", path=str(target))
    with written_beside(target) as part:
        try:
            with closing(sqlite3.connect(str(part))) as copy, one_moment(db):
                db.backup(copy, pages=_PAGES, progress=lambda _status, left, pages: progress.step(1.0 - left / max(pages, 1)))
                copy.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            if "full" in str(error) or "i/o" in str(error).lower():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise
        yield part


#: What SQLite lays beside a file while somebody works in it.
COMPANIONS = ("-wal", "-shm", "-journal")


def part_of(target: Path) -> Path:
    """The name under which a file is written until it is whole; what a killed run left there is written over by the next."""
    return target.with_name(f".{target.stem}.part{target.suffix}")


def meant(path: Path) -> Path:
    """The file that a person knows: what is written as :func:`part_of` it stands for it."""
    name = path.name
    while name.startswith(".") and path.with_name(name).stem.endswith(".part"):
        name = path.with_name(name).stem[1:-len(".part")] + path.suffix
    return path.with_name(name)


#: Less room than that is none: SQLite wants 32 KB beside a file even to read it.
_NO_ROOM = 256 * 1024


def is_full(folder: Path) -> bool:
    """Whether the disk that holds a folder takes nothing more; False where it does not say."""
    try:
        return shutil.disk_usage(folder).free < _NO_ROOM
    except OSError:
        return False


@contextmanager
def written_beside(target: Path) -> Iterator[Path]:
    """A name in the target's folder to write a database under; it takes the target's name, on disk, when the block ends.

    When the block raises, nothing is left. InputError where the folder is missing or may not be written, or where the target came
    into being meanwhile."""
    if not target.parent.is_dir():
        raise InputError("The folder {folder} does not exist.", "Create it first.", folder=str(target.parent))
    part = part_of(target)
    try:
        with told_as_input(target):
            remove_file(part)
            part.touch(exist_ok=False)  # says at once that the folder may not be written to
            part.unlink()
            yield part
            put_in_place(part, target)
    finally:
        remove_file(part)


@contextmanager
def told_as_input(target: Path) -> Iterator[None]:
    """What the operating system refuses in this block is told as an InputError about ``target``."""
    try:
        yield
    except OSError as error:
        raise InputError("{path} cannot be written: {reason}.", "Choose a folder that you may write to and that has room.",
                         path=str(meant(target)), reason=error.strerror or str(error)) from error


def move_aside(path: Path) -> Optional[Path]:
    """Give a database file, and what SQLite laid beside it, a name that tells when it was replaced; the new name, None for no file.

    A log that lies there without its file goes with it: it belongs to what was there before."""
    stamp, number = datetime.now().strftime("%Y%m%d-%H%M%S"), 0
    aside = path.with_name(f"{path.stem}-replaced-{stamp}{path.suffix}")
    while any(aside.with_name(aside.name + companion).exists() for companion in ("", *COMPANIONS)):
        number += 1
        aside = path.with_name(f"{path.stem}-replaced-{stamp}-{number}{path.suffix}")
    was_there = path.exists()
    for companion in ("", *COMPANIONS):
        lying = path.with_name(path.name + companion)
        if lying.exists():
            os.rename(lying, aside.with_name(aside.name + companion))
    sync_folder(path.parent)
    return aside if was_there else None


def remove_file(path: Path) -> None:
    """Take away a database file and what SQLite laid beside it; nothing happens where there is none."""
    for name in (path.name, *(path.name + companion for companion in COMPANIONS)):
        path.with_name(name).unlink(missing_ok=True)


def put_in_place(part: Path, target: Path) -> None:
    """A closed, whole file under its name and on disk. FileExistsError where something has that name."""
    sync_file(part)
    try:
        os.link(part, target)  # unlike renaming, never over another file
        part.unlink()
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        os.rename(part, target)
    sync_folder(target.parent)


def sync_file(path: Path) -> None:
    """What was written to a file is on disk when this returns."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """A folder's entries on disk too; Windows has no such call and needs none."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def one_moment(db: sqlite3.Connection) -> Iterator[None]:
    """Everything read in this block is as it was at its beginning; without that, each writer would make the copy begin anew."""
    db.execute("BEGIN")
    try:
        db.execute("SELECT count(*) FROM li_meta").fetchone()
        yield
    finally:
        db.execute("ROLLBACK")


def damages(db: sqlite3.Connection) -> List[str]:
    """See :meth:`Storage.check`."""
    found = [row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
    lost = db.execute("SELECT count(*) FROM parcel WHERE shape_id NOT IN (SELECT shape_id FROM shape)").fetchone()[0]
    unseen = db.execute("SELECT count(*) FROM shape WHERE fid NOT IN (SELECT id FROM rtree_shape_geom)").fetchone()[0]
    found += [f"{lost} parcels have no shape"] if lost else []
    return found + ([f"{unseen} outlines are missing in the index of the map"] if unseen else [])


#: How often a long statement asks whether it is still wanted: so many instructions of SQLite's machine.
LOOK_EVERY = 50_000
#: Longer than any sound register takes to say what it is.
OPENING_S = 8.0
#: How long opening waits for the file to itself in order to keep its log beside it (WAL).
_WAL_PATIENCE_MS = 250
_ENVELOPE = struct.Struct("<2sBBi4d")

_BUSY = ("locked", "busy")
_FULL = ("disk is full", "full")
_READ_ONLY = ("readonly",)
_GONE = ("unable to open database file", "disk i/o error", "authorization denied")
_DAMAGED = ("malformed", "not a database", "could not decode", "no such table", "no such column", "no such index", "corrupt",
            "has no column", "unsupported file format", "constraint failed", "datatype mismatch", "values for", "codec can't decode")


#: What reading a damaged file raises: Python stumbles over SQLite's own complaint where that quotes bytes that are no text.
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)


def told(error: Exception, path: Path) -> LandInspectorError:
    """What an error of SQLite means to the user of the register at ``path``. SQLite's own words are kept as the reason."""
    said, path = str(error).lower(), meant(path)
    if "interrupted" in said:
        return Cancelled()
    if is_full(path.parent) and any(word in said for word in (*_GONE, "no such table")):  # what SQLite says of a disk without room
        said = _FULL[0]
    if any(word in said for word in (*_READ_ONLY, *_GONE)) and not path.exists():
        return gone(path)
    if any(word in said for word in _BUSY):
        return BusyError("Another program is writing to {path}.", "Wait a moment and try again.", path=str(path))
    if any(word in said for word in _DAMAGED):
        return DamagedError("{path} is damaged, or not as a register is made: {reason}.",
                            "Keep the file apart, and restore the last good copy (“Restore a register”).",
                            path=str(path), reason=str(error))
    if any(word in said for word in _FULL):
        return FullError("The disk that holds {path} is full; nothing of this was recorded.",
                         "Make room, then do it again.", path=str(path))
    if any(word in said for word in _READ_ONLY):
        return read_only(path)
    return GoneError("{path} cannot be reached: {reason}. Nothing of this was recorded.",
                     "See that the drive is there and the folder may be written to, then do it again.", path=str(path), reason=str(error))


def not_opened(error: Exception, path: Path) -> LandInspectorError:
    """:func:`told` of a file that is only being opened: one that is no database at all is not a damaged register."""
    if "not a database" in str(error):
        return InputError("{path} cannot be read as a register: {reason}.", "Choose a .gpkg made by Land Inspector.",
                          path=str(path), reason=str(error))
    return told(error, path)


def gone(path: Path) -> GoneError:
    """For a file that is no longer there."""
    return GoneError("{path} is no longer there: it was moved, deleted or its drive was taken away. Nothing of this was recorded.",
                     "Put it back, or open the register where it is now.", path=str(path))


def read_only(path: Path) -> ReadOnlyError:
    """For a file or a folder that may not be written to."""
    return ReadOnlyError("{path} may only be read; nothing of this was recorded.",
                         "Ask for the right to write to the file and its folder, or work on a copy.", path=str(path))


Class = TypeVar("Class", bound=type)


def tells_errors(cls: Class) -> Class:
    """Class decorator for storages over :class:`RegisterFile`: no public method, inherited or its own, lets an error of SQLite through."""
    for name in [name for name in dir(cls) if not name.startswith("_")]:
        member = inspect.getattr_static(cls, name)
        if inspect.isfunction(member):
            setattr(cls, name, _telling(member))
    return cls


def _telling(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def asked(self: Any, *values: Any, **named: Any) -> Any:
        try:
            return method(self, *values, **named)
        except UNREADABLE as error:
            raise told(error, self.path) from error
    return asked


class RegisterFile:
    """The open file: ``db`` its connection, ``is_read_only`` whether it may not be written to (then ``db`` may be a private copy).

    ``patience_s`` is how long a writer waits for another one. ``as_is`` leaves the way the file is written as it is found."""

    def __init__(self, path: Path, patience_s: float, as_is: bool = False):
        self.path, self._patience_s = path, patience_s
        self._copy: Optional[tempfile.TemporaryDirectory] = None
        self._identity, self._touched, self.newest = identity_of(path), _touched(path), 0
        self.is_read_only = not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
        self._was_full = False
        self._presence: Optional[_Presence] = None
        self.db = self._for_reading() if self.is_read_only else self._for_writing()
        self._as_is = as_is or self.is_read_only

    def _for_writing(self) -> sqlite3.Connection:
        """On a disk that is full SQLite cannot even lay down what it reads by; then the file is opened for reading, so that it can be
        looked at and given out to another disk."""
        try:
            return connect(self.path, self._patience_s)
        except sqlite3.OperationalError as error:
            if not is_full(self.path.parent) or not any(word in str(error).lower() for word in (*_FULL, *_GONE)):
                raise
            self.is_read_only = self._was_full = True
            return self._for_reading()

    def _for_reading(self) -> sqlite3.Connection:
        """A file that nobody may write to beside: its log is read where it can be, or a copy of both is."""
        try:
            return connect(self.path, self._patience_s, "mode=ro")
        except sqlite3.OperationalError:
            pass
        log = self.path.with_name(self.path.name + "-wal")
        if not (log.is_file() and log.stat().st_size):
            return connect(self.path, self._patience_s, "mode=ro&immutable=1")
        self._copy = tempfile.TemporaryDirectory(prefix="land_inspector_")
        copy = Path(self._copy.name) / self.path.name
        for name in (self.path, log):
            shutil.copyfile(name, copy.with_name(name.name))
        return connect(copy, self._patience_s)

    def keep_log_beside(self) -> None:
        """Write to a log beside the file (WAL), so that who reads never holds up who writes. Left as it is where that cannot be had now:
        before each act it is tried again."""
        if self._as_is:
            return
        if self.db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            self.db.execute(f"PRAGMA busy_timeout = {_WAL_PATIENCE_MS}")
            try:
                self.db.execute("PRAGMA journal_mode = WAL").fetchone()
            except sqlite3.OperationalError:
                return  # somebody reads it just now
            finally:
                self.db.execute(f"PRAGMA busy_timeout = {int(1000 * self._patience_s)}")
        self._presence = self._presence or _Presence.at(self.path)
        if self._presence is not None:
            self._presence.hold()

    def begin(self) -> None:
        """Begin to write. Raises ReadOnlyError, GoneError where another file or none lies in the place, BusyError."""
        if self._was_full:
            raise FullError("The disk that holds {path} was full when the register was opened; nothing of this was recorded.",
                            "Make room, open the register again, then do it again.", path=str(self.path))
        if self.is_read_only:
            raise read_only(self.path)
        self.check_place()
        try:
            self.keep_log_beside()
            self.db.execute("BEGIN IMMEDIATE")
            newest = newest_number(self.db)
        except UNREADABLE as error:
            self.rollback()
            raise told(error, self.path) from error
        if newest < self.newest:
            self.rollback()
            raise self._older()

    def commit(self) -> None:
        """All that was written since :meth:`begin` is kept for good, or nothing of it and the reason is raised."""
        try:
            newest = newest_number(self.db)
            self.db.execute("COMMIT")
        except UNREADABLE as error:
            self.rollback()
            raise told(error, self.path) from error
        self.newest = newest

    def rollback(self) -> None:
        """Nothing of what was written since :meth:`begin` stays."""
        if self.db.in_transaction:  # SQLite has rolled back by itself where it was stopped in the middle of a statement
            try:
                self.db.execute("ROLLBACK")
            except sqlite3.Error:
                pass  # the connection is beyond that; without a COMMIT nothing counts

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of what is being written, taken back alone where the block raises."""
        self.db.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if self.db.in_transaction:  # a statement that was stopped has taken the whole back
                self.db.execute("ROLLBACK TO part")
                self.db.execute("RELEASE part")
            raise
        self.db.execute("RELEASE part")

    def check_place(self) -> None:
        """GoneError where the file was taken away since it was opened, or another one lies in its place."""
        now = identity_of(self.path)
        if now is None:
            raise gone(self.path)
        if now != self._identity:
            raise GoneError("Another file lies in the place of {path} since it was opened. Nothing of this was recorded.",
                            "Close the register and open it again; look whether it is the one you mean.", path=str(self.path))
        touched = _touched(self.path)
        if touched != self._touched and not self.is_read_only:
            self._look_anew()
            self._touched = touched

    def _look_anew(self) -> None:
        """An older copy that was copied over the open file has the same place; this connection may still remember what was there before,
        another one does not."""
        try:
            other = connect(self.path, self._patience_s)
            try:
                newest = newest_number(other)
            finally:
                other.close()
        except UNREADABLE as error:
            raise told(error, self.path) from error
        if newest < self.newest:
            raise self._older()

    def _older(self) -> GoneError:
        return GoneError("{path} was replaced by an older copy while it was open. Nothing of this was recorded.",
                         "Close the register and open it again; look whether it is the one you mean.", path=str(self.path))

    @contextmanager
    def stoppable(self, progress: Progress) -> Iterator[None]:
        """Statements in this block end with Cancelled soon after ``progress`` is cancelled."""
        self.db.set_progress_handler(lambda: int(progress.is_cancelled()), LOOK_EVERY)
        try:
            yield
        except sqlite3.OperationalError as error:
            if progress.is_cancelled():
                raise Cancelled() from error
            raise
        finally:
            self.db.set_progress_handler(None, 0)

    @contextmanager
    def in_time(self, seconds: float) -> Iterator[None]:
        """Statements in this block end with InputError after so many seconds: a foreign file may hold a question without end."""
        end = time.monotonic() + seconds
        self.db.set_progress_handler(lambda: int(time.monotonic() > end), LOOK_EVERY)
        try:
            yield
        except sqlite3.OperationalError as error:
            if "interrupted" not in str(error):
                raise
            raise InputError("{path} does not answer within {n:.0f} seconds.", "Choose a .gpkg made by Land Inspector.",
                             path=str(self.path), n=seconds) from error
        finally:
            self.db.set_progress_handler(None, 0)

    def close(self) -> None:
        """Let go of the file. SQLite puts the log into it where nobody else has it open."""
        presence, self._presence = self._presence, None
        if presence is None:
            self.db.close()
        else:
            presence.leave(self.db.close)
        if self._copy is not None:
            self._copy.cleanup()


class _Presence:
    """That this process has a file open, which no other program may take for left: a lock beside SQLite's own.

    A process loses SQLite's locks on a file whenever anything in it closes the same file (POSIX ``fcntl``), and GDAL does so each
    time it looks what a file is. The last connection of another process then took the log away from under ours: the file was
    damaged. A lock of the open file description (Linux) is kept; it lies where SQLite's readers have theirs
    (sqlite.org/lockingv3.html), so that nobody can have the file alone. One is held for all connections of the process.
    """

    _READERS = 0x40000002, 510  # SHARED_FIRST, SHARED_SIZE
    _known: Dict[Tuple[int, int], "_Presence"] = {}
    _turn = threading.Lock()

    def __init__(self, identity: Tuple[int, int], descriptor: int):
        self._identity, self._descriptor = identity, descriptor
        self._connections, self._is_held = 0, False

    @classmethod
    def at(cls, path: Path) -> Optional["_Presence"]:
        """One more connection has the file open; None where the system knows no such locks."""
        identity = identity_of(path)
        if not sys.platform.startswith("linux") or not hasattr(fcntl, "F_OFD_SETLK") or not identity or identity == (0, 0):
            return None
        with cls._turn:
            found = cls._known.get(identity)
            if found is None:
                try:
                    found = cls._known[identity] = cls(identity, os.open(path, os.O_RDONLY))
                except OSError:
                    return None
            found._connections += 1
        return found

    def hold(self) -> None:
        """Take the lock, where the drive gives one."""
        with self._turn:
            self._is_held = self._is_held or self._lock(fcntl.F_RDLCK)

    def leave(self, close: Callable[[], None]) -> None:
        """Call ``close``, which closes a connection; with the last one the file is left to others."""
        with self._turn:
            self._connections -= 1
            if not self._connections:
                self._lock(fcntl.F_UNLCK)
                self._is_held = False
        try:
            close()
        finally:
            with self._turn:
                if not self._connections and self._known.get(self._identity) is self:  # nobody came meanwhile
                    del self._known[self._identity]
                    os.close(self._descriptor)

    def _lock(self, kind: int) -> bool:
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, struct.pack("hhqqi", kind, os.SEEK_SET, *self._READERS, 0))
        except OSError:
            return False
        return True


def identity_of(path: Path) -> Optional[Tuple[int, int]]:
    """What tells one file from another that has its name; None where there is none. Zeros where the file system does not say."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_ino else (0, 0)


def _touched(path: Path) -> Tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def newest_number(db: sqlite3.Connection) -> int:
    """The number of the newest event of an open register; 0 where there is none."""
    return int(db.execute("SELECT COALESCE(max(number), 0) FROM event").fetchone()[0])


def connect(path: Path, patience_s: float, how: str = "mode=rw") -> sqlite3.Connection:
    """A connection whose R-tree triggers work, that waits ``patience_s`` for another writer and syncs every commit. It makes no file.
    Raises what is in :data:`UNREADABLE` where the file cannot be read so."""
    text = Path(path).absolute().as_posix()
    uri = f"file://{quote(text if text.startswith('/') else '/' + text)}?{how}"
    connection = sqlite3.connect(uri, timeout=patience_s, isolation_level=None, uri=True)
    connection.row_factory = sqlite3.Row
    connection.create_function("ST_IsEmpty", 1, lambda g: None if g is None else (g[3] >> 4) & 1, deterministic=True)
    for index, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        connection.create_function(name, 1, _side(index), deterministic=True)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -65536")  # KiB: ids are spread over the whole of their indexes
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except UNREADABLE:
        connection.close()
        raise
    return connection


def _side(index: int) -> Callable[[Optional[bytes]], Optional[float]]:
    def value(geometry: Optional[bytes]) -> Optional[float]:
        return None if geometry is None else _ENVELOPE.unpack_from(geometry)[4 + index]
    return value
