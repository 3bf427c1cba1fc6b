"""A register's file as a whole: a copy of it taken while others write, and whether its pages are sound."""
from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Iterator, List

from ...errors import InputError
from ...progress import Progress

#: Pages copied between two looks at cancel: 4 MB.
_PAGES = 1_000


def copy_to(db: sqlite3.Connection, target: Path, progress: Progress) -> None:
    """See :meth:`Storage.backup`."""
    if target.exists():
        raise InputError("{path} exists already.", "Choose another name; a copy never overwrites a file.", path=str(target))
    if not target.parent.is_dir():
        raise InputError("The folder {folder} does not exist.", "Create it first.", folder=str(target.parent))
    try:
        with closing(sqlite3.connect(str(target))) as copy, _one_moment(db):
            db.backup(copy, pages=_PAGES, progress=lambda _status, left, pages: progress.step(1.0 - left / max(pages, 1)))
            copy.execute("PRAGMA journal_mode = DELETE")
    except BaseException:  # half a copy must not be taken for a register, whatever broke it off
        target.unlink()
        raise


@contextmanager
def _one_moment(db: sqlite3.Connection) -> Iterator[None]:
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
    return found + ([f"{lost} parcels have no shape"] if lost else [])
