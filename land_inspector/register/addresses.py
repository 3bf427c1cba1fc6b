"""Where a register lives: a GeoPackage file, or a schema of a PostgreSQL database (:mod:`.storage.pg_address`).

Above ``register/`` nobody asks which. An address opens and makes registers, gives map layers their source, says what it is
called, and which folder its attachments and its outputs lie in.
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ContextManager, Dict, Iterator, Mapping, Optional, TYPE_CHECKING, Tuple, Union

from ..errors import DamagedError, InputError
from ..progress import Progress

if TYPE_CHECKING:
    from .storage.interfaces import Storage
    from .storage.pg_connection import Ear

_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class LayerSource:
    """What QGIS is told to show one layer of a register: ``QgsVectorLayer(uri, title, provider)``."""

    uri: str
    provider: str


class RegisterAddress(ABC):
    """One register's place. Two addresses of one place are equal; ``str()`` gives the text that :func:`address_of` reads again."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What people call it: the file's name without its ending, or the schema."""

    @property
    @abstractmethod
    def folder(self) -> Path:
        """The folder in which files about this register are suggested."""

    @property
    @abstractmethod
    def is_there(self) -> bool:
        """Whether there is one; of a register on a server that means asking it."""

    @property
    def may_be_there(self) -> bool:
        """Whether it is worth offering: as :attr:`is_there`, but no server is asked, which may take long."""
        return self.is_there

    @property
    def is_remote(self) -> bool:
        """Whether a question to it may take long, and must never be asked on the window's thread."""
        return False

    @abstractmethod
    def layer(self, name: str) -> LayerSource:
        """The source of one of its map layers (``parcel_map``, ``township`` …)."""

    @abstractmethod
    def open(self, patience_s: float = 10.0, answer_within_s: Optional[float] = None) -> "Storage":
        """Its storage; ``patience_s`` is how long a writer waits for another one, ``answer_within_s`` how long one answer of a server is
        waited for (None: as long as it takes).

        Raises InputError where there is none or it is no register."""

    @abstractmethod
    def being_made(self, crs: str, meta: Mapping[str, str]) -> ContextManager["Storage"]:
        """A storage to be filled; the register is there, whole, when the block ends, and nothing of it when it raises.

        Raises InputError where something is there already."""

    @abstractmethod
    def heads_of(self, register_id: str) -> Dict[str, Tuple[int, str]]:
        """Heads of the register in this place before another copy is put there; none where it cannot be read any more.

        InputError where it is not the register of that id, BusyError while somebody writes in it."""

    @abstractmethod
    def put_back(self, copy: "Storage", progress: Progress) -> Optional[Path]:
        """Put a copy in this place, whole and on disk; where what lay here is kept now, None where nothing did."""

    @abstractmethod
    def remove(self) -> None:
        """Take away a copy that nobody needs, its photos and papers too."""

    def ear(self) -> Optional["Ear"]:
        """What hears when others write to this register; None where one must look. Connects: not for the window's thread."""
        return None

    def beside(self, file: str) -> Path:
        """A suggestion for a file about this register."""
        return self.folder / file


@dataclass(frozen=True)
class FileAddress(RegisterAddress):
    """A register in a GeoPackage file; ``path`` is absolute."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def is_there(self) -> bool:
        return self.path.is_file()

    def layer(self, name: str) -> LayerSource:
        return LayerSource(f"{self.path}|layername={name}", "ogr")

    def open(self, patience_s: float = 10.0, answer_within_s: Optional[float] = None) -> "Storage":
        from .storage.geopackage import GeoPackageStorage

        return GeoPackageStorage(self.path, patience_s)

    def heads_of(self, register_id: str) -> Dict[str, Tuple[int, str]]:
        if not self._is_database():
            return {}
        try:
            with closing(self.open(2.0)) as storage:
                if storage.meta().get("register_id") != register_id:
                    raise InputError("Another register lies at {path}.", "Put the copy in its own register's place, or under a new name.",
                                     path=str(self.path))
                with storage.writing():  # nobody else is
                    return storage.heads()
        except DamagedError:
            return {}

    def _is_database(self) -> bool:
        try:
            with open(self.path, "rb") as file:
                return file.read(len(_SQLITE)) == _SQLITE
        except OSError:
            return False

    def remove(self) -> None:
        from .storage.geopackage import attachments_beside
        from .storage.sqlite_file import remove_file

        remove_file(self.path)
        kept = attachments_beside(self.path)
        kept.discard(kept.names())

    def put_back(self, copy: "Storage", progress: Progress) -> Optional[Path]:
        from .storage.sqlite_file import move_aside, part_of, put_in_place, remove_file, told_as_input

        fresh = part_of(part_of(self.path))
        with told_as_input(self.path):
            remove_file(fresh)
            with copy.copied(fresh, progress):
                pass
            aside = move_aside(self.path)
            put_in_place(fresh, self.path)
        return aside

    @contextmanager
    def being_made(self, crs: str, meta: Mapping[str, str]) -> Iterator["Storage"]:
        from .storage.geopackage import GeoPackageStorage

        with GeoPackageStorage.being_made(self.path, crs, meta) as storage:
            yield storage


#: What is taken for an address wherever one is asked for.
Addressed = Union[str, Path, RegisterAddress]


def address_of(value: Addressed) -> RegisterAddress:
    """The address behind a path, a text that a user typed or that a setting kept, or an address itself: what
    :func:`.storage.pg_address.database_address` takes for one in a database is one, everything else is a file.

    Raises InputError for a text that names a server but no database, and for one that would carry a password along."""
    if isinstance(value, RegisterAddress):
        return value
    from .storage.pg_address import database_address  # which knows of this module

    return database_address(str(value).strip()) or FileAddress(Path(str(value).strip()).absolute())


def same_place(one: Optional[Addressed], two: Optional[Addressed]) -> bool:
    """Whether both lead to one register, by whatever way a file is reached; False where either is None."""
    if one is None or two is None:
        return False
    a, b = address_of(one), address_of(two)
    if isinstance(a, FileAddress) and isinstance(b, FileAddress):
        return a.path.resolve() == b.path.resolve()
    return a == b
