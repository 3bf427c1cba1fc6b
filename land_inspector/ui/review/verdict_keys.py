"""Which key gives which verdict: nine keys of the office's choice in each regime, each a sub-type (PDJL2) that implies its verdict."""
from __future__ import annotations

from typing import Dict, List, Sequence, Tuple

from ...law.codes import shipped_codes
from ...settings import HEADING
from ..shell.settings_lists import store_texts, stored_texts

_NEW, _OLD = "N", "O"
#: What comes up most under the new regime, in the order of the keys 1 to 9.
USUAL = ("101", "201", "301", "203", "204", "303", "305", "306", "302")
_USUAL: Dict[str, Tuple[str, ...]] = {_NEW: USUAL, _OLD: ("101", "201", "301", "203", "204", "302", "202", "103", "102")}


def verdict_keys(regime: str = _NEW) -> List[str]:
    """Sub-type codes for the keys 1 … 9; a code that the regime (ZD) does not know falls back to the usual one."""
    usual, stored = usual_keys(regime), stored_texts(_key(regime))
    kept = [*stored, *usual[len(stored):]][:len(usual)]
    return [code if shipped_codes().knows("PDJL2", code, regime or _NEW) else fallback for code, fallback in zip(kept, usual)]


def usual_keys(regime: str) -> Tuple[str, ...]:
    """Sub-type codes that the keys 1 … 9 have under a regime (ZD) until the office gives them others."""
    return _USUAL.get(regime, USUAL)


def keep_verdict_keys(codes: Sequence[str], regime: str = _NEW) -> None:
    """Remember the sub-type codes of the keys 1 … 9, in their order, for a regime (ZD)."""
    store_texts(_key(regime), codes)


def verdict_of(sub_type: str) -> str:
    """PDJL1 that a sub-type belongs to."""
    return shipped_codes().find("PDJL2", sub_type).parent


def _key(regime: str) -> str:
    return f"{HEADING}/verdict_keys/{regime or _NEW}"
