"""A register from one place into another: from a file onto a server, from a server into a file, or from server to server.

The copy holds the same events with the same hashes, and photos and papers with them. It takes its name only after both ends were
compared: the seal, the rows of each table, every township's figures. What was copied before a connection was lost is not copied again.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional

from ..errors import DamagedError, GoneError, InputError, Message, message
from ..progress import Progress
from . import attachments
from .figures import Scope, township_table
from .register import Register
from .sealing import seal_of
from .addresses import Addressed, RegisterAddress, address_of, same_place
from .storage.interfaces import Storage
from .storage.transfer import TABLES, copy_styles, transfer
from .verifying import verify


@dataclass(frozen=True)
class Copied:
    """Where the copy lies, how many events and attachments it holds, and the seal of both ends when it was taken."""

    address: RegisterAddress
    events: int
    attachments: int
    seal: str


@dataclass(frozen=True)
class _End:
    """What one end holds: seal, rows of each table, figures of each township."""

    seal: str
    rows: Dict[str, int]
    figures: str

    def difference(self, other: "_End") -> Optional[Message]:
        if self.seal != other.seal:
            return message("the seal is {there} instead of {here}", here=self.seal, there=other.seal)
        unlike = [name for name, count in self.rows.items() if other.rows.get(name, 0) != count]
        if unlike:
            return message("table {name} has {there} rows instead of {here}", name=unlike[0], here=self.rows[unlike[0]],
                           there=other.rows.get(unlike[0], 0))
        return None if self.figures == other.figures else message("the figures of the townships are not the same")


def copy_register(source: Addressed, target: Addressed, progress: Optional[Progress] = None) -> Copied:
    """Copy a register into another place, which must be free. Others may go on working in it: what they record later is not in the copy.

    InputError where the target is there already or cannot be made, DamagedError where the copy is not what the register is; then, and when
    cancelled, nothing is left in the target's place. GoneError where a connection was lost: done again, photos and papers that had come
    over are not copied once more."""
    progress, place = progress or Progress(), address_of(target)
    if same_place(source, place):
        raise InputError("The register lies in that place itself.", "Choose another place for the copy.")
    with Register.open(source) as register:
        meta = register.storage.meta()
        with place.being_made(meta["crs"], meta) as storage:
            before = _copied(register.storage, storage, progress.part(0.0, 0.4))
            count = _with_attachments(register, storage, progress.part(0.4, 0.7))
            _compare(before, storage, progress.part(0.7, 1.0))
    with Register.open(place) as made:
        if made.seal().code != before.seal:
            raise DamagedError("The copy {path} is not what the register is: {reason}.", "Copy it once more, to another place.",
                               path=str(place), reason=message("the seal is {there} instead of {here}", here=before.seal,
                                                               there=made.seal().code))
        return Copied(place, made.seal().events, count, before.seal)


def _copied(source: Storage, target: Storage, progress: Progress) -> _End:
    """Everything but attachments; what the source held at the moment that was copied."""
    progress.step(0.0, message("Copying the register"))
    with source.at_one_moment():
        transfer(source, target, progress)
        end = _end(source)
    copy_styles(source, target)
    return end


def _end(storage: Storage) -> _End:
    rows = storage.counts()
    try:
        figures = repr(township_table(Register(storage), Scope()))
    except InputError as error:  # nothing was issued yet: then both ends say so
        figures = str(error)
    return _End(seal_of(storage).code, {name: rows.get(name, 0) for name in TABLES}, figures)


def _with_attachments(register: Register, storage: Storage, progress: Progress) -> int:
    copy = Register(storage)
    files = attachments.named(copy)
    try:
        attachments.copy_all(register, files, storage.attachments, progress, keeps_what_came=(GoneError,))
    except OSError as error:
        raise InputError("{path} cannot be written: {reason}.", "Choose a folder that you may write to and that has room.",
                         path=str(storage.address), reason=error.strerror or str(error)) from error
    return len(files)


def _compare(before: _End, storage: Storage, progress: Progress) -> None:
    """Raise DamagedError where the copy is not what was copied, or does not verify."""
    unlike = before.difference(_end(storage))
    if unlike is None:
        found = verify(Register(storage), progress).broken
        unlike = found[0] if found else None
    if unlike is not None:
        raise DamagedError("The copy {path} is not what the register is: {reason}.",
                           "Verify the register itself (“Verify a register”); if it is in order, copy it once more.",
                           path=str(storage.address), reason=unlike)
