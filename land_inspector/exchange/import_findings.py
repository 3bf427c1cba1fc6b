"""Where an import writes down what it finds, in the order in which it finds it."""
from __future__ import annotations

from typing import Iterable, List, Optional

from ..errors import Message, message
from ..register.records import Finding

NOTHING_TO_DO = message("Nothing to do.")


class Notes:
    """The findings of one source, collected by every step of its intake."""

    def __init__(self) -> None:
        self.findings: List[Finding] = []

    def add(
        self,
        severity: str,
        text: Message,
        remedy: Message = NOTHING_TO_DO,
        rule: str = "",
        row: Optional[int] = None,
        patch: Optional[str] = None,
        before_m2: Optional[float] = None,
        after_m2: Optional[float] = None,
    ) -> None:
        """``severity`` E, W or I; ``row`` counts from 1 in the source's own order; areas in m²."""
        self.findings.append(Finding(severity, text, remedy, rule, row, patch, before_m2, after_m2))


def listed(items: Iterable[object], most: int = 12) -> str:
    """``a, b, c … (57)``: a few of many, with their number, for a sentence."""
    words = [str(item) for item in items]
    if len(words) <= most:
        return ", ".join(words)
    return ", ".join(words[:most]) + f" … ({len(words)})"
