"""Reading the dates that patch layers bring along as free text (QSX, HSX): 20240512, 2024年5月, GF2_20240512 …"""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Iterator, List, Optional, Tuple

from ..values import days_in
from .calendar import end_of_month

_YEAR = r"(?<!\d)((?:19|20)\d\d)"
_MONTHS = (re.compile(_YEAR + r"(\d\d)(?!\d)"), re.compile(_YEAR + r"\s*[-/.年]\s*(\d{1,2})(?!\d)"))
_QUARTER = re.compile(_YEAR + r"\s*年?\s*(?:[Qq]|第?)([1-4一二三四])\s*季?度?$")
_WHOLE_YEAR = re.compile(_YEAR + r"\s*年?度?$")
_CHINESE_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4}


@dataclass(frozen=True)
class DateSpan:
    """The first and the last day that a text can mean."""

    first: date
    last: date

    @property
    def is_one_day(self) -> bool:
        """Whether the text says the day itself."""
        return self.first == self.last


def parse_image_date(value: Any) -> Optional[DateSpan]:
    """The days a text can mean; several dates span from the first to the last. None for what holds no date.

    Takes text, dates and whole numbers; reads yyyymmdd, yyyymm, yyyy, with separators or in Chinese, a quarter, and a sensor's
    name or a scene number around them.
    """
    if isinstance(value, datetime):
        return DateSpan(value.date(), value.date())
    if isinstance(value, date):
        return DateSpan(value, value)
    if value is None:
        return None
    text = unicodedata.normalize("NFKC", str(value)).strip()
    text = text[:-2] if re.fullmatch(r"\d{4,8}\.0", text) else text  # a number column read as floats
    spans = [DateSpan(day, day) for day in days_in(text)] or list(_months(text)) or _longer(text)
    return DateSpan(min(s.first for s in spans), max(s.last for s in spans)) if spans else None


def _months(text: str) -> Iterator[DateSpan]:
    for year, month in _parts(_MONTHS, text):
        if 1 <= month <= 12:
            yield DateSpan(date(year, month, 1), end_of_month(date(year, month, 1)))


def _parts(patterns: Tuple["re.Pattern[str]", ...], text: str) -> Iterator[Tuple[int, ...]]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            yield tuple(int(part) for part in match.groups())


def _longer(text: str) -> List[DateSpan]:
    quarter, year = _QUARTER.search(text), _WHOLE_YEAR.search(text)
    if quarter:
        number = _CHINESE_DIGITS.get(quarter.group(2)) or int(quarter.group(2))
        start = date(int(quarter.group(1)), 3 * number - 2, 1)
        return [DateSpan(start, end_of_month(start.replace(month=start.month + 2)))]
    if year:
        return [DateSpan(date(int(year.group(1)), 1, 1), date(int(year.group(1)), 12, 31))]
    return []


@dataclass(frozen=True)
class BuildWindow:
    """Building began after ``after`` and not later than ``until`` — (QSX, HSX]; None where that end is not known."""

    after: Optional[date] = None
    until: Optional[date] = None

    def is_before(self, day: date) -> bool:
        """Building certainly began before ``day``: an approval of that day came late."""
        return self.until is not None and self.until < day

    def is_not_before(self, day: date) -> bool:
        """Building certainly did not begin before ``day``: an approval of that day came in time."""
        return self.after is not None and day <= self.after


def build_window(before_image: Any, after_image: Any) -> BuildWindow:
    """From the texts of QSX and HSX; unknown at both ends where they contradict each other."""
    before, after = parse_image_date(before_image), parse_image_date(after_image)
    window = BuildWindow(before.first if before else None, after.last if after else None)
    if window.after and window.until and window.after >= window.until:
        return BuildWindow()
    return window
