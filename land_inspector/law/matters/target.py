"""A target of a supervising team: a ratio to be brought below a line by a day, and how much is still to be rectified
(ledgers.md §10).
"""
from __future__ import annotations

from fractions import Fraction
from typing import Optional, Tuple

from ...errors import Bilingual, message
from ..areas import as_written
from .finding import CANNOT_TELL, UNTOLD, FindingForm, Found, Reading

REACHED, NOT_YET, MISSED = "reached", "not_yet", "missed"


def is_reached(numerator: Fraction, denominator: Fraction, percent: Fraction, strict: bool = True) -> bool:
    """Whether a ratio lies below the line (on it too, unless ``strict``), unrounded. Nothing to divide by is nothing
    to reproach.
    """
    if not denominator:
        return True
    ratio = 100 * numerator / denominator
    return ratio < percent or not strict and ratio == percent


def to_rectify(numerator: Fraction, denominator: Fraction, percent: Fraction, leaves_denominator: bool) -> Fraction:
    """What must leave the numerator until the ratio stands on the line; with ``leaves_denominator`` it leaves the
    denominator too.
    """
    line = percent / 100
    excess = numerator - line * denominator
    if excess <= 0:
        return Fraction(0)
    return excess / (1 - line) if leaves_denominator and line < 1 else excess


def _work(reading: Reading) -> Found:
    percent, by = reading.get("percent"), reading.get("by")
    parts = _parts(reading)
    if percent is None or parts is None:
        return Found(CANNOT_TELL, {}, (message("The target or the ratio of the day is not recorded."),))
    numerator, denominator = parts
    line = as_written(percent)
    values = {"ratio": numerator / denominator if denominator else None,
              "left_m2": float(to_rectify(numerator, denominator, line, bool(reading.get("net"))))}
    if is_reached(numerator, denominator, line, not reading.get("line_included")):
        return Found(REACHED, values)
    return Found(MISSED if by is not None and reading.day > by else NOT_YET, values)


def _parts(reading: Reading) -> Optional[Tuple[Fraction, Fraction]]:
    """Numerator and denominator as last evaluated."""
    done = reading.last("evaluate")
    if done is None:
        return None
    return as_written(done.particulars["numerator"]), as_written(done.particulars["denominator"])


FORM = FindingForm(
    "target",
    {REACHED: Bilingual("target reached", zh="达标"), NOT_YET: Bilingual("not yet reached", zh="尚未达标"),
     MISSED: Bilingual("target missed", zh="到期未达标"), CANNOT_TELL: UNTOLD},
    {"ratio": "share", "left_m2": "m2"},
    {"percent": ("number",), "by": ("date",), "net": ("flag",), "line_included": ("flag",)},
    ("percent", "by"), _work)
