"""From one format of a register to the next, and the stored state made anew from the events.

A verified copy is made first. Then, in one transaction, what the new format has and the file lacks is added, every derived table is
laid down anew and the events are folded into it. Cancelled, killed or refused, the file is as it was.
"""
from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Optional, Tuple

from ..errors import BusyError, DamagedError, InputError, message
from ..progress import Progress
from . import attachments, kinds
from .events import Draft, in_force
from .fold import fold
from .sealing import OriginBook, Writer
from .register import NEEDS_PLUGIN, SCHEMA_VERSION, Register, format_in
from .addresses import Addressed, RegisterAddress, address_of
from .storage.interfaces import Storage
from .tables import LASTING_TABLES

#: Heads of the origins and rows of the tables: what a copy must hold as well.
Content = Tuple[Dict[str, Tuple[int, str]], Dict[str, int]]


@dataclass(frozen=True)
class Upgraded:
    """From which format to which, the copy of the register as it was (None: nothing was to be done), and how many events were folded."""

    before: int
    after: int
    copy: Optional[Path]
    events: int


def format_of(address: Addressed) -> int:
    """The format of a register, older ones too. InputError where it is no register, or a newer one."""
    with closing(address_of(address).open()) as storage:
        return format_in(storage.meta())


def upgrade(address: Addressed, *, copy: Optional[Path] = None, by: Optional[str] = None, origins: Optional[OriginBook] = None,
            progress: Optional[Progress] = None) -> Upgraded:
    """Bring a register to today's format; every figure stays what it was, and its history says that it was upgraded.

    ``copy`` is where the register is kept as it was: by default beside it, named after its format. One of today's format is left alone.
    Raises InputError for a newer format, BusyError while somebody else writes, and Cancelled.
    """
    progress = progress or Progress()
    with closing(address_of(address).open()) as storage:
        before = format_in(storage.meta())
        if before == SCHEMA_VERSION:
            return Upgraded(before, before, None, 0)
        target = copy or _free_name(address_of(address), before)
        content = _copied(storage, target, progress.part(0.0, 0.3))
        try:
            events = _bring_up(Register(storage, origins, of_any_format=True), before, content, by, progress.part(0.3, 1.0))
        except BaseException:
            address_of(target).remove()  # the register is as it was and needs no second
            raise
    return Upgraded(before, SCHEMA_VERSION, target, events)


def rebuild_state(register: Register, progress: Optional[Progress] = None) -> int:
    """Make the stored state anew from the events; how many. For a register whose events are sound and whose state is not.

    Issued rows, evidence, proposals and attachments are no state and stay as they are.
    """
    progress = progress or Progress()
    with register.storage.writing(), register.storage.stoppable(progress):
        count = _fold_anew(register, progress)
    return count


def _free_name(address: RegisterAddress, found: int) -> Path:
    """``register-format1.gpkg``, or the first such name that is free."""
    names = (address.beside(f"{address.name}-format{found}{'' if n == 1 else f'-{n}'}.gpkg") for n in range(1, 1000))
    free = next((name for name in names if not name.exists()), None)
    if free is None:
        raise InputError("There is no name left for the copy of {path}.", "Move old copies away.", path=str(address))
    return free


def _copied(storage: Storage, target: Path, progress: Progress) -> Content:
    """What a sound copy holds, photos and papers beside it; or DamagedError and no copy."""
    progress.step(0.0, message("Copying the register"))
    with storage.copied(target, progress.part(0.0, 0.6)) as made:
        if format_in(made.meta()) != format_in(storage.meta()):  # a server's copy is a file of today's format
            rebuild_state(Register(made, of_any_format=True), progress.part(0.5, 0.6))
        content, faults = _content(made), made.check()
        if faults and faults != storage.check():  # what is wrong in the register itself is as wrong in a true copy
            raise DamagedError("The register is damaged and was left as it is: {text}.", "Restore the last good copy.", text=faults[0])
        register = Register(storage, of_any_format=True)
        attachments.copy_all(register, attachments.named(register), made.attachments, progress.part(0.6, 1.0))
    return content


def _content(storage: Storage) -> Content:
    """What is folded from the events is not looked at: a copy in another format counts it otherwise."""
    counts = storage.counts()
    return storage.heads(), {table.name: counts.get(table.name, 0) for table in LASTING_TABLES}


def _bring_up(register: Register, before: int, copied: Content, by: Optional[str], progress: Progress) -> int:
    storage = register.storage
    with storage.writing(), storage.stoppable(progress):
        if _content(storage) != copied:
            raise BusyError("Somebody wrote to {path} while it was copied.", "Try again.", path=str(storage.address))
        progress.step(0.0, message("Bringing the tables up to date"))
        storage.complete()
        writer = Writer(register, by, at_any_time=True, notes_heads=False)
        heads = {origin: list(head) for origin, head in storage.heads().items()}
        said = {"from": before, "to": SCHEMA_VERSION, "heads": heads}
        writer.seal_today(Draft(kinds.REGISTER_UPGRADED, (register.meta["register_id"],), said))
        storage.append(writer.events)
        count = _fold_anew(register, progress.part(0.1, 1.0))
        storage.set_meta({"schema_version": str(SCHEMA_VERSION), "needs_plugin": NEEDS_PLUGIN})
    register.remember(writer.events[-1])
    return count


def _fold_anew(register: Register, progress: Progress) -> int:
    storage = register.storage
    progress.step(0.0, message("Reading the events"))
    events = storage.events()
    progress.step(0.3, message("Folding the events"))
    state = fold(in_force(events), register.issued_rows_of(None), register.knowledge(), progress.part(0.3, 0.7))
    progress.step(0.7, message("Writing what it leads to"))
    storage.renew(state)
    progress.step(1.0)
    return len(events)


def release_clock(register: Register, *, reason: str, by: Optional[str] = None) -> Tuple[str, str]:
    """Accept that entries are dated ahead of the clock, by name and reason: from now on recording goes on behind them.

    The date of the newest entry, and of this one. InputError without a reason, or where nothing is ahead."""
    if not reason.strip():
        raise InputError("A reason or a text is needed.", "Write it in a few words.")
    newest = register.storage.latest()
    said = {"newest": newest.recorded_at if newest else "", "reason": reason.strip()}
    with register.storage.writing():
        writer = Writer(register, by, at_any_time=True)
        event = writer.seal_today(Draft(kinds.CLOCK_RELEASED, (register.meta["register_id"],), said))
        register.storage.append(writer.events)
    register.remember(event)
    return said["newest"], event.recorded_at
