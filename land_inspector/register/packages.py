"""The book of packages: who has which work outside the office, since when, and what came back. Events tell it; it has no table."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError
from . import kinds
from .events import Draft
from .register import Recorded, Register


@dataclass(frozen=True)
class GivenPackage:
    """One package. ``digest`` is that of the list of what it gave out; ``returned`` are moments (UTC text) at which it came back, ``taken``
    marks of the rows that were recorded then, ``left`` how many of the last return wait for a person."""

    id: str
    what: str
    townships: Tuple[str, ...]
    stations: Tuple[str, ...]
    batch: str
    to: str
    file: str
    rows: Mapping[str, int]
    digest: str
    given_at: str
    given_by: str
    returned: Tuple[str, ...] = ()
    taken: FrozenSet[str] = frozenset()
    left: int = 0


def record_given(register: Register, said: Mapping[str, Any], *, to: Optional[str] = None, by: Optional[str] = None) -> Recorded:
    """Enter a package in the book; ``said`` as in the event, ``to`` is the name of whoever gets it."""
    person = register.enrolled(to, by=by) if to else None
    draft = Draft(kinds.PACKAGE_GIVEN, (str(said["package"]),), {**said, "to": person})
    return register.record(lambda state: [draft], by=by, patches=[])


def record_returned(register: Register, package: str, file: str, rows: Sequence[str], left: int, *, by: Optional[str] = None) -> Recorded:
    """Enter what came back: marks of the rows that were recorded, and how many are left to a person."""
    draft = Draft(kinds.PACKAGE_RETURNED, (package,), {"package": package, "file": file, "rows": list(rows), "left": left})
    return register.record(lambda state: [draft], by=by, patches=[])


def book(register: Register) -> List[GivenPackage]:
    """Every package that was ever given out, newest first."""
    returned: Dict[str, List[Any]] = {}
    for event in register.storage.events_of_kind(kinds.PACKAGE_RETURNED):
        returned.setdefault(event.payload["package"], []).append(event)
    found = []
    for event in register.storage.events_of_kind(kinds.PACKAGE_GIVEN):
        said, back = event.payload, returned.get(event.payload["package"], [])
        found.append(GivenPackage(
            said["package"], said["what"], tuple(said["townships"]), tuple(said["stations"]), said["batch"],
            register.name_of(said["to"]) if said["to"] else "", said["file"], said["rows"], said["digest"], event.recorded_at,
            register.name_of(event.actor), tuple(one.recorded_at for one in back),
            frozenset(mark for one in back for mark in one.payload["rows"]), back[-1].payload["left"] if back else 0))
    return found[::-1]


def known_package(register: Register, package: str, digest: str, file: str) -> GivenPackage:
    """The package that a file says it is. InputError for one that is not in the book, or whose list is not the one given out."""
    found = next((one for one in book(register) if one.id == package), None)
    if found is None:
        raise InputError("{file} is not in this register's book of packages.",
                         "Take it back where it was given out, or merge that copy of the register first.", file=file)
    if found.digest != digest:
        raise InputError("{file} is not the package that was given out: its list of what it held is another one.",
                         "Take back an unaltered copy of the package.", file=file)
    return found
