"""Working days, terms and holidays; image dates from free text."""
from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Optional, Tuple

import pytest
from hypothesis import given, strategies as st

from land_inspector.law.calendar import HOLIDAYS_FILE, add_months, national_calendar
from land_inspector.law.image_dates import build_window, parse_image_date

CALENDAR = national_calendar()


def test_the_shipped_table_is_that_of_the_library() -> None:
    pytest.importorskip("chinese_calendar")
    from tools.export_holidays import holiday_table

    assert HOLIDAYS_FILE.read_text(encoding="utf-8") == holiday_table()


def test_working_days_agree_with_the_library_day_by_day() -> None:
    library = pytest.importorskip("chinese_calendar")
    days = [date(2023, 1, 1) + timedelta(days=n) for n in range(1096)]
    assert [CALENDAR.is_working_day(day) for day in days] == [library.is_workday(day) for day in days]


@pytest.mark.parametrize("start, amount, unit, end", [
    (date(2024, 5, 6), 90, "calendar", date(2024, 8, 4)), (date(2024, 7, 22), 15, "calendar", date(2024, 8, 6)),
    (date(2024, 8, 7), 10, "wd", date(2024, 8, 21)), (date(2024, 8, 6), 3, "months", date(2024, 11, 6)),
    (date(2024, 9, 27), 5, "wd", date(2024, 10, 10)), (date(2024, 2, 8), 3, "wd", date(2024, 2, 19)),
    (date(2024, 1, 31), 1, "months", date(2024, 2, 29)), (date(2024, 2, 29), 1, "years", date(2025, 2, 28)),
    (date(2024, 10, 10), -7, "wd", date(2024, 9, 25)), (date(2024, 5, 6), 0, "wd", date(2024, 5, 6))])
def test_a_term_ends_on_its_last_day(start: date, amount: int, unit: str, end: date) -> None:
    assert CALENDAR.term_end(start, amount, unit).day == end


def test_a_term_that_ends_on_a_day_off_rolls_only_where_the_local_rule_says_so() -> None:
    assert CALENDAR.term_end(date(2024, 5, 6), 90, "calendar", roll=True).day == date(2024, 8, 5)
    assert CALENDAR.term_end(date(2024, 9, 16), 15, "calendar", roll=True).day == date(2024, 10, 8)


def test_a_term_that_reaches_a_year_without_announced_holidays_is_provisional() -> None:
    last = max(CALENDAR.announced_years)
    assert not CALENDAR.add_working_days(date(last, 12, 1), 5).provisional
    assert CALENDAR.add_working_days(date(last, 12, 28), 10).provisional
    assert not CALENDAR.with_days(announced_years=[last + 1]).add_working_days(date(last, 12, 28), 10).provisional


def test_an_unknown_unit_of_time_is_an_error() -> None:
    with pytest.raises(ValueError, match="fortnights"):
        CALENDAR.term_end(date(2024, 1, 1), 1, "fortnights")


@given(st.dates(date(2010, 1, 1), date(2024, 12, 1)), st.integers(1, 30))
def test_counting_forward_and_backward_meet(start: date, count: int) -> None:
    end = CALENDAR.add_working_days(start, count).day
    assert CALENDAR.working_days_between(start, end) == count
    if CALENDAR.is_working_day(start):
        assert CALENDAR.add_working_days(end, -count).day == start


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(-60, 60))
def test_adding_months_keeps_the_day_or_takes_the_last_of_the_month(start: date, months: int) -> None:
    end = add_months(start, months)
    assert (end.year - start.year) * 12 + end.month - start.month == months
    assert end.day == start.day or (end + timedelta(days=1)).day == 1


Span = Optional[Tuple[str, str]]


@pytest.mark.parametrize("value, span", [
    ("20240512", ("2024-05-12", "2024-05-12")), ("202402", ("2024-02-01", "2024-02-29")), ("2024年5月", ("2024-05-01", "2024-05-31")),
    ("2024年5月2日", ("2024-05-02", "2024-05-02")), ("GF2_20240512", ("2024-05-12", "2024-05-12")), ("2024-5-1", ("2024-05-01", "2024-05-01")),
    ("GF1_PMS1_E118.4_N36.2_20230412_L1A1120313123", ("2023-04-12", "2023-04-12")), ("20240512103000", ("2024-05-12", "2024-05-12")),
    ("2024Q2", ("2024-04-01", "2024-06-30")), ("2024年第三季度", ("2024-07-01", "2024-09-30")), ("2024", ("2024-01-01", "2024-12-31")),
    ("２０２４０５１２", ("2024-05-12", "2024-05-12")), (20240512, ("2024-05-12", "2024-05-12")), (20240512.0, ("2024-05-12", "2024-05-12")),
    ("20240301、20240512", ("2024-03-01", "2024-05-12")), (datetime(2024, 5, 12, 8), ("2024-05-12", "2024-05-12")),
    (date(2024, 5, 12), ("2024-05-12", "2024-05-12")), ("20240231", None), ("202413", None), ("", None), ("无", None), (None, None),
    (float("nan"), None)])
def test_image_dates_are_read_from_free_text(value: Any, span: Span) -> None:
    found = parse_image_date(value)
    assert (found and (found.first.isoformat(), found.last.isoformat())) == span


def test_the_window_is_as_wide_as_the_texts_are_vague() -> None:
    window = build_window("2023年3月", "202307")
    assert (window.after, window.until) == (date(2023, 3, 1), date(2023, 7, 31))
    assert window.is_not_before(date(2023, 3, 1)) and not window.is_not_before(date(2023, 3, 2))
    assert window.is_before(date(2023, 8, 1)) and not window.is_before(date(2023, 7, 31))


def test_images_in_the_wrong_order_say_nothing() -> None:
    window = build_window("20230801", "20230701")
    assert (window.after, window.until) == (None, None)
