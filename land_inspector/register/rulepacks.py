"""Rule packs of a register: shipped ones are always there; a bureau's own comes in by an event and stays (architecture.md §1)."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import List, Optional, Sequence

from ..errors import InputError
from ..law.pack import RulePack
from ..law.parameters import Parameters
from ..law.rulepack import choose, parse, shipped_packs
from . import kinds
from .events import UNDONE, Draft, in_force, known_by
from .register import Recorded, Register
from .state import Batch


def pack_content(path: Path) -> bytes:
    """What a pack's file holds, of rules or of a kind of ledger; InputError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("{file} cannot be read.", "Check the path.", file=str(path)) from error


def import_pack(register: Register, content: bytes, file: str, *, by: Optional[str] = None) -> Recorded:
    """Bring a bureau's pack in; InputError names file, line and reason of a wrong one. The same pack again records nothing new."""
    pack = parse(content, file)
    payload = {"file": file, "digest": pack.digest, "id": pack.id, "version": pack.version, "content": content.decode("utf-8-sig")}
    if any(known.digest == pack.digest for known in packs(register)):
        return Recorded("", [])
    return register.record(lambda state: [Draft(kinds.RULEPACK_IMPORTED, (pack.digest,), payload)], by=by, patches=[])


def packs(register: Register, known_at: Optional[str] = None) -> List[RulePack]:
    """Every pack this register may use: the shipped ones and its own that are in force; ``known_at`` (UTC text as in the events) leaves
    out what was brought in, or taken out, later."""
    own = list(known_by(register.storage.events_of_kind(kinds.RULEPACK_IMPORTED), known_at))
    undone = known_by(register.storage.events_of_kind(UNDONE), known_at) if own else ()
    history = in_force([*own, *undone])
    return [*shipped_packs(), *(parse(e.payload["content"].encode("utf-8"), e.payload["file"]) for e in history)]


def pack_of(register: Register, batch: Batch, violation_on: Optional[date] = None, known_at: Optional[str] = None) -> RulePack:
    """The pack for a batch's regime on the date of the violation (by default the day the batch was issued), among those that the
    register had at ``known_at``."""
    return choose_for(packs(register, known_at), batch, violation_on)


def limits_of(register: Register, regime: str, issued_on: Optional[str]) -> Parameters:
    """The limits of the pack that a batch of this regime and day of issue (ISO, None: today) will be judged by."""
    return choose(packs(register), regime, date.fromisoformat(issued_on) if issued_on else date.today()).parameters


def choose_for(known: Sequence[RulePack], batch: Batch, violation_on: Optional[date] = None) -> RulePack:
    """:func:`pack_of` among packs that were read already."""
    day = violation_on or date.fromisoformat(batch.XFRQ or f"{batch.ND}-12-31")
    return choose(known, batch.ZD, day)
