"""One plain Python form for every value that numpy and pandas can hand over; absence is None and nothing else.

On QGIS 3.22 a numpy scalar written through an edit session becomes NULL while the commit reports success, so
nothing leaves for an attribute, a database or JSON without passing here.
"""
from __future__ import annotations

import re
import sys
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Iterator, Optional, Union

import numpy as np

Plain = Optional[Union[bool, int, float, str, bytes, date, datetime, time]]

_PLAIN_TYPES = (bool, int, float, str, bytes, datetime, date, time)


def plain(value: Any) -> Plain:
    """NaN, NaT, pd.NA and None become None; numpy and pandas scalars, Decimal and enum members their plain value.

    A day-precise numpy date becomes a date, any finer one a naive datetime (microseconds; a UTC offset is kept).
    Raises TypeError for a value that has no plain form: a list, an array, a duration.
    """
    if type(value) in _PLAIN_TYPES:
        return None if value != value else value  # NaN differs from itself
    if value is None or _is_absent(value):
        return None
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, np.datetime64):
        return _from_numpy_date(value)
    if isinstance(value, np.timedelta64):  # item() would make an integer of it
        raise TypeError("a duration cannot be an attribute's value")
    if isinstance(value, np.floating):  # a longdouble's item() is a longdouble again
        return plain(float(value))
    if isinstance(value, np.generic):
        return plain(value.item())
    return _from_subclass(value)


def _is_absent(value: Any) -> bool:
    """pd.NA or NaT; pandas need not be there, but then neither can they."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and (value is pandas.NA or value is pandas.NaT)


def _from_numpy_date(value: np.datetime64) -> Plain:
    if np.isnat(value):
        return None
    whole_days = np.datetime_data(value.dtype)[0] in ("Y", "M", "W", "D")
    return value.astype("datetime64[D]" if whole_days else "datetime64[us]").item()


def _from_subclass(value: Any) -> Plain:
    if isinstance(value, datetime) and hasattr(value, "to_pydatetime"):  # a pandas Timestamp
        return value.to_pydatetime(warn=False)
    if isinstance(value, Decimal):
        return plain(float(value))
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    for kind in (int, float, str, bytes):
        if isinstance(value, kind):
            return plain(kind(value))
    raise TypeError(f"a {type(value).__name__} cannot be an attribute's value")


_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HALF = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """The text without what no XML, GeoPackage or UTF-8 file can hold: control characters go, halves of a character become U+FFFD."""
    return _HALF.sub("\ufffd", _UNWRITABLE.sub("", text))


#: A program that reads a text table takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet_text(text: str) -> str:
    """The text for a cell of a format that has no way to say that a cell is text: what would be taken for a formula gets the
    apostrophe that one types in a spreadsheet."""
    clean = storable(text)
    return f"'{clean}" if clean.startswith(_FORMULA) else clean


# Days as people and programs write them.

_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_CHINESE_DAY = re.compile(r"([〇○零一二三四五六七八九0-9]{2,4})\s*年\s*([一二三四五六七八九十]{1,3})\s*月\s*([一二三四五六七八九十廿卅]{1,3})\s*[日号]?")
_SHORT_YEAR = re.compile(r"(?<!\d)(\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?!\d)")
_SPACED = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*[ 、。,，．｡·\\]\s*(\d{1,2})\s*[ 、。,，．｡·\\]\s*(\d{1,2})(?![\d.])")
#: Dashes, as word processors put them in the place of the hyphen, and underlines.
_DASHED = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*[–—―‐‑−_]\s*(\d{1,2})\s*[–—―‐‑−_]\s*(\d{1,2})(?!\d)")
#: Behind the first day of a stretch, or of several days: 2026-05-20至22, 5月22日、23日, 2026-05-22/23.
_UNTIL = re.compile(r"[至到~～—]\s*\d|\d\s*[日号]?\s*[、,，;；和及与]\s*\d{1,2}\s*[日号]|\d[-/.]\d{1,2}[-/.]\d{1,2}\s*[/、,，;；和及与&]\s*\d{1,2}(?![:\d])")
#: Day 0 of Excel's date numbers.
DAY_ZERO = date(1899, 12, 30)
_YEAR = r"(?<!\d)((?:19|20)\d\d)"
_DAYS = (re.compile(_YEAR + r"(\d\d)(\d\d)(?=(?:\d{6})?(?!\d))"),  # 20240512, also with the time of day behind it
         re.compile(_YEAR + r"\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)"))
#: Milliseconds since 1970, as map services give days out: 2001-09-09 to 2099, or before that where no year can be meant.
_MILLISECONDS = re.compile(r"[1-3]\d{12}|40[0-6]\d{10}|[3-9]\d{11}")
_CHINA = timedelta(hours=8)
#: Midnight in China told in universal time: a day of a map service, as newer GDALs (3.9 and later) hand it over.
_MIDNIGHT_ABROAD = re.compile(_YEAR + r"[-/](\d\d)[-/](\d\d)[ T]16:00(?::00(?:\.0+)?)?(?:Z|\+00(?::?00)?)(?!\d)")


def days_in(text: str) -> Iterator[date]:
    """The whole days that an ordinary text names, one after the other; a count of milliseconds is the day in China."""
    if _MILLISECONDS.fullmatch(text):
        yield (datetime(1970, 1, 1) + timedelta(milliseconds=int(text)) + _CHINA).date()
        return
    text = _MIDNIGHT_ABROAD.sub(_the_next_day, text)
    for pattern in _DAYS:
        for match in pattern.finditer(text):
            try:
                yield date(*(int(part) for part in match.groups()))
            except ValueError:
                continue


def _the_next_day(found: "re.Match[str]") -> str:
    try:
        return (date(*(int(part) for part in found.groups())) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return found[0]


def day_of(value: Any, day_zero: date = DAY_ZERO) -> Optional[date]:
    """The one day that a cell means, as people and programs write it; None where it means none or more than one.

    Dates, Excel's day numbers (counted from ``day_zero``, also as text), 2026-05-22, 20260522, 26.5.22, 2026。5。22, 2026 5 22,
    二〇二六年五月二十二日. A day without its year, or with the day first, is not guessed.
    """
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if value is None or isinstance(value, bool):
        return None
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if re.fullmatch(r"[34567]\d{4}(\.\d+)?", text):
        return day_zero + timedelta(days=int(float(text)))
    text = _DASHED.sub(r"\1-\2-\3", text)
    if _UNTIL.search(text):
        return None
    text = _CHINESE_DAY.sub(_in_digits, text)
    text = _SPACED.sub(r"\1-\2-\3", text)
    text = text[:-2] if re.fullmatch(r"\d{4,13}\.0", text) else text  # a number column read as floats
    short = _SHORT_YEAR.fullmatch(text)
    days = set(days_in(f"20{short.group(1)}-{short.group(2)}-{short.group(3)}" if short else text))
    return days.pop() if len(days) == 1 else None


def _in_digits(found: "re.Match[str]") -> str:
    year = found.group(1).translate(_DIGITS)
    return f"{year if len(year) == 4 else '20' + year}-{_ten(found.group(2))}-{_ten(found.group(3))}"


def _ten(text: str) -> int:
    """二十二, 廿二 → 22"""
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.partition("十")
    if not ten:
        return int(text.translate(_DIGITS))
    return int(tens.translate(_DIGITS) or 1) * 10 + int(ones.translate(_DIGITS) or 0)


def is_there(path: Path) -> bool:
    """Whether the path exists; a text that no path can be does not."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
