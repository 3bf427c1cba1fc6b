"""A register from one storage into another, table by table in the stored order: the way between GeoPackage and server, both ways."""
from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ContextManager, Dict, Iterable, Iterator, List, Sequence, Tuple

from ...errors import InputError, message
from ...progress import Progress
from ..tables import DERIVED_TABLES, FORMAT, LASTING_TABLES
from . import layout
from .. import personal

if TYPE_CHECKING:
    from .interfaces import Storage
    from .layout import MapStyle
    from .sql import Row

#: Stands for an outline (WKB) among the columns of a table.
GEOMETRY = "geometry"
#: Columns of every table that is copied, in the order in which that is done. The description of a register is given when it is made.
TABLES: Dict[str, Tuple[str, ...]] = {
    layout.TOWNSHIP: (GEOMETRY, "XZDM", "XZMC", "ZSDM"), layout.SHAPE: (GEOMETRY, "shape_id"), layout.PHOTO_PLACE: (GEOMETRY, "photo_id"),
    **{table.name: table.columns for table in (*LASTING_TABLES, *DERIVED_TABLES) if table.name != "li_meta"},
    personal.PARTY: ("id", "name", "salt"),
}
_DERIVED = frozenset(table.name for table in DERIVED_TABLES)


class Portable(ABC):
    """What a storage needs for being copied into another one, and for taking one in."""

    @abstractmethod
    def at_one_moment(self) -> ContextManager[None]:
        """Everything read in this block is as it was at its beginning."""

    @abstractmethod
    def stored_rows(self, table: str, columns: Sequence[str]) -> ContextManager[Iterator["Row"]]:
        """All rows of a table in their stored order; an outline is WKB."""

    @abstractmethod
    def take_in(self, table: str, columns: Sequence[str], rows: Iterable["Row"]) -> None:
        """Store rows as they are. Runs inside :meth:`.interfaces.WholeStore.writing`."""

    @abstractmethod
    def map_styles(self) -> List["MapStyle"]:
        """How the map layers look in QGIS."""

    @abstractmethod
    def taken_in(self) -> None:
        """All of them are in: bring counters and extents up to date."""


def transfer(source: "Storage", target: "Storage", progress: Progress) -> None:
    """Copy everything but attachments and styles into an empty storage, in one transaction. Runs inside the source's
    :meth:`Portable.at_one_moment`."""
    counts = source.counts()
    is_older = source.meta().get("schema_version") != str(FORMAT)
    total, done = max(1, sum(counts.get(name, 0) for name in TABLES)), 0
    with source.stoppable(progress), target.writing():
        for table, columns in TABLES.items():
            if not source.has_table(table) or (is_older and table in _DERIVED):
                continue
            with source.stored_rows(table, columns) as rows:
                target.take_in(table, columns, _watched(rows, progress, table, done, total))
            done += counts.get(table, 0)
    target.taken_in()


def _watched(rows: Iterator["Row"], progress: Progress, table: str, done: int, total: int) -> Iterator["Row"]:
    progress.step(min(done / total, 1.0), message("Copying {file}", file=table))
    for number, row in enumerate(rows):
        if number % 500 == 0:
            progress.step(min((done + number) / total, 1.0))
        yield row


@contextmanager
def copied_to_file(source: "Storage", target: Path, progress: Progress) -> Iterator["Storage"]:
    """See :meth:`.interfaces.WholeStore.copied`, of a register that is no file: a GeoPackage of today's format with all of it. What is
    folded from the events must be made anew in it where the register is of an older format.

    InputError where something is there already."""
    from .geopackage import GeoPackageStorage

    if target.exists():
        raise InputError("{path} exists already.", "Choose another name; a copy never overwrites a file.", path=str(target))
    meta = {**source.meta(), "schema_version": str(FORMAT)}
    with GeoPackageStorage.being_made(target, meta["crs"], meta) as copy:
        with source.at_one_moment():
            transfer(source, copy, progress)
        copy_styles(source, copy)
        yield copy


def copy_styles(source: "Storage", target: "Storage") -> None:
    """How the map layers look, too."""
    kept = source.map_styles()
    with target.writing():
        target.save_styles(kept)
