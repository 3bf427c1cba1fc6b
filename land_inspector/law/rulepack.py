"""Rule packs: the dated, versioned numbers of the law and of the bureau, one JSON file each.

A pack says everything that a judgement or an indicator depends on, so that a past figure can be explained by the pack
that was in force. The format is described in ``docs/rulepack.md``; the shipped packs lie in ``law/data/rulepacks`` and
are never written to.
"""
from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Iterable, List, Tuple

from ..errors import InputError
from .pack import (GROSS, NET, NEW, OLD, Deduction, ExtraCode, FineBand, Label, LandClass, PenaltyGrade, RulePack,
                   StatutoryTerm, Threshold)
from .packform import read_pack

__all__ = ["GROSS", "NET", "NEW", "OLD", "Deduction", "ExtraCode", "FineBand", "Label", "LandClass", "PenaltyGrade",
           "RulePack", "StatutoryTerm", "Threshold", "choose", "load", "parse", "shipped_packs"]
SHIPPED = Path(__file__).parent / "data" / "rulepacks"


def parse(content: bytes, file: str) -> RulePack:
    """Read a pack. Raises :class:`InputError` with file, line, place and reason for the first thing wrong in it."""
    return read_pack(content, file)


def load(path: Path) -> RulePack:
    """Read a pack from a file; InputError as :func:`parse`, OSError where it cannot be read."""
    return parse(path.read_bytes(), path.name)


@lru_cache(maxsize=1)
def shipped_packs() -> Tuple[RulePack, ...]:
    """The packs that come with the plugin, in the order of their file names."""
    return tuple(load(path) for path in sorted(SHIPPED.glob("*.json")))


def choose(packs: Iterable[RulePack], regime: str, on: date) -> RulePack:
    """The pack of a regime in force on a day; of several the one that began last, then the highest version.

    A day that no pack covers takes the pack that began last before it, or else the first one: an old violation in an
    old batch must still be judged. Raises :class:`InputError` when there is no pack of the regime at all.
    """
    same = [pack for pack in packs if pack.regime == regime]
    if not same:
        raise InputError("There is no rule pack of regime {regime}.", "Bring in a rule pack for this regime.",
                         regime=regime)
    begun = [pack for pack in same if pack.valid_from <= on] or _first(same)
    in_force = [pack for pack in begun if pack.is_valid_on(on)] or begun
    return max(in_force, key=lambda pack: (pack.valid_from, _version_key(pack.version), pack.digest))


def _first(packs: List[RulePack]) -> List[RulePack]:
    start = min(pack.valid_from for pack in packs)
    return [pack for pack in packs if pack.valid_from == start]


def _version_key(version: str) -> Tuple[Tuple[int, str], ...]:
    """2024.10 is newer than 2024.9: number parts compare as numbers."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in version.split("."))
