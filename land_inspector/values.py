"""One plain Python form for every value that numpy and pandas can hand over; absence is None and nothing else.

On QGIS 3.22 a numpy scalar written through an edit session becomes NULL while the commit reports success, so
nothing leaves for an attribute, a database or JSON without passing here.
"""
from __future__ import annotations

import re
import sys
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Optional, Union

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
