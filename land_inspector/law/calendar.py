"""Working days and terms: China's statutory holidays, days added by a bureau, and when a term ends.

A year's holidays are announced by the State Council late in the year before. Until a year is announced its days are
counted by the plain week and every result that touches it is *provisional* (domain.md §0.2 (7), R49).
"""
from __future__ import annotations

import csv
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import FrozenSet, Iterable

HOLIDAYS_FILE = Path(__file__).parent / "data" / "holidays.csv"
WORKING_DAYS, CALENDAR_DAYS, MONTHS, YEARS = "wd", "calendar", "months", "years"
UNITS = (WORKING_DAYS, CALENDAR_DAYS, MONTHS, YEARS)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class TermEnd:
    """The last day of a term; ``provisional`` when it depends on holidays that nobody has announced yet."""

    day: date
    provisional: bool = False


@dataclass(frozen=True)
class WorkCalendar:
    """Days off, weekend days worked, and the years for which both are known."""

    holidays: FrozenSet[date]
    workdays: FrozenSet[date]
    announced_years: FrozenSet[int]

    def is_working_day(self, day: date) -> bool:
        """By the days known; in a year not announced by the plain week: see :meth:`is_announced`."""
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)

    def is_announced(self, day: date) -> bool:
        """Whether the holidays of the day's year are known; if not, what rests on them is provisional."""
        return day.year in self.announced_years

    def with_days(self, holidays: Iterable[date] = (), workdays: Iterable[date] = (),
                  announced_years: Iterable[int] = ()) -> "WorkCalendar":
        """This calendar with a bureau's own days; where they contradict it the bureau's win."""
        off, worked = frozenset(holidays), frozenset(workdays)
        return WorkCalendar((self.holidays - worked) | off, (self.workdays - off) | worked,
                            self.announced_years | frozenset(announced_years))

    def add_working_days(self, start: date, count: int) -> TermEnd:
        """The ``count``-th working day after ``start`` (before it, if negative); the day of the act is not counted."""
        step, left, day = (_DAY if count >= 0 else -_DAY), abs(count), start
        provisional = False
        while left:
            day += step
            provisional = provisional or not self.is_announced(day)
            left -= self.is_working_day(day)
        return TermEnd(day, provisional)

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; 0 when ``end`` is not later."""
        return sum(self.is_working_day(start + _DAY * n) for n in range(1, (end - start).days + 1))

    def next_working_day(self, day: date) -> TermEnd:
        """``day`` itself if it is worked, else the first working day after it."""
        return self.add_working_days(day - _DAY, 1)

    def term_end(self, start: date, amount: int, unit: str, roll: bool = False) -> TermEnd:
        """The last day of a term that starts the day after ``start``.

        ``unit`` is one of :data:`UNITS`; ``roll`` moves a calendar term that ends on a day off to the next working
        day (a local-rule setting, domain.md §11 example 12). Negative amounts count backwards and never roll.
        """
        if unit == WORKING_DAYS:
            return self.add_working_days(start, amount)
        end = _calendar_end(start, amount, unit)
        return self.next_working_day(end) if roll and amount > 0 else TermEnd(end)


def _calendar_end(start: date, amount: int, unit: str) -> date:
    if unit == CALENDAR_DAYS:
        return start + timedelta(days=amount)
    if unit in (MONTHS, YEARS):
        return add_months(start, amount * (12 if unit == YEARS else 1))
    raise ValueError(f"unknown unit of time: {unit}")


def add_months(start: date, months: int) -> date:
    """The same day ``months`` later; the last day of that month where it has no such day (31 January + 1)."""
    year, month0 = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month0 + 1, min(start.day, monthrange(year, month0 + 1)[1]))


def end_of_month(day: date) -> date:
    """The last day of the month in which ``day`` lies."""
    return day.replace(day=monthrange(day.year, day.month)[1])


@lru_cache(maxsize=1)
def national_calendar() -> WorkCalendar:
    """The shipped statutory holidays (written by ``tools/export_holidays.py``)."""
    with HOLIDAYS_FILE.open(encoding="utf-8", newline="") as file:
        rows = [(date.fromisoformat(row["date"]), row["kind"]) for row in csv.DictReader(file)]
    return WorkCalendar(frozenset(day for day, kind in rows if kind == "holiday"),
                        frozenset(day for day, kind in rows if kind == "workday"),
                        frozenset(day.year for day, _ in rows))
