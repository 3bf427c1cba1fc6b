"""A register's file as a whole: a copy of it taken while others write, and whether its pages are sound."""
from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Iterator, List, Optional

from ...errors import InputError
from ...progress import Progress

#: Pages copied between two looks at cancel: 4 MB.
_PAGES = 1_000


@contextmanager
def copy_of(db: sqlite3.Connection, target: Path, progress: Progress) -> Iterator[Path]:
    """See :meth:`Storage.copied`: the copy under the name that it has until the block ends."""
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
