"""Which key gives which verdict: nine keys of the office's choice, each a sub-type (PDJL2) that implies its verdict."""
from __future__ import annotations

from typing import List, Sequence

from qgis.core import QgsSettings

from ..law.codes import shipped_codes
from ..settings import HEADING

_SETTING = f"{HEADING}/verdict_keys"
#: What comes up most, in the order of the keys 1 to 9.
USUAL = ("101", "201", "301", "203", "204", "303", "305", "306", "302")


def verdict_keys() -> List[str]:
    """Sub-type codes for the keys 1 … 9; a code the lists no longer know falls back to the usual one."""
    stored = QgsSettings().value(_SETTING, [], list) or []
    chosen = [code for code in stored if shipped_codes().knows("PDJL2", code)]
    return list(chosen) if len(chosen) == len(USUAL) else list(USUAL)


def keep_verdict_keys(codes: Sequence[str]) -> None:
    QgsSettings().setValue(_SETTING, list(codes))


def verdict_of(sub_type: str) -> str:
    """PDJL1 that a sub-type belongs to."""
    return shipped_codes().find("PDJL2", sub_type).parent
