from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum

import numpy as np
import pandas as pd
import pytest

from land_inspector.values import plain


class Verdict(str, Enum):
    LEGAL = "1"


MOMENT = datetime(2024, 5, 1, 10, 11, 12, 345678)
CASES = [
    *[(kind(7), 7) for kind in (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)],
    *[(kind(1.5), 1.5) for kind in (np.float16, np.float32, np.float64, np.longdouble)],
    (np.bool_(True), True),
    (np.str_("图斑"), "图斑"),
    (np.bytes_(b"ab"), b"ab"),
    (np.datetime64("2024-05-01"), date(2024, 5, 1)),
    (np.datetime64("2024-05"), date(2024, 5, 1)),
    (np.datetime64(MOMENT, "us"), MOMENT),
    (np.datetime64("2024-05-01T10:11:12.345678999", "ns"), MOMENT),
    (pd.Timestamp(MOMENT), MOMENT),
    (pd.Timestamp("2024-05-01 10:00", tz="Asia/Shanghai"), datetime(2024, 5, 1, 2, tzinfo=timezone.utc)),
    (pd.Series([3], dtype="Int64")[0], 3),
    (pd.Series(["a"], dtype="string")[0], "a"),
    (pd.Series(["a"], dtype="category")[0], "a"),
    (Decimal("2.50"), 2.5),
    (bytearray(b"ab"), b"ab"),
    (memoryview(b"ab"), b"ab"),
    (Verdict.LEGAL, "1"),
    (True, True), (3, 3), (2.5, 2.5), ("x", "x"), (b"x", b"x"),
    (date(2024, 5, 1), date(2024, 5, 1)), (MOMENT, MOMENT), (time(8, 30), time(8, 30)),
]


@pytest.mark.parametrize(("given", "wanted"), CASES, ids=lambda value: f"{type(value).__name__}")
def test_a_value_of_every_kind_becomes_its_plain_python_form(given, wanted):
    got = plain(given)
    assert got == wanted
    assert type(got) is type(wanted)


@pytest.mark.parametrize("absent", [None, math.nan, np.float64("nan"), np.float32("nan"), pd.NA, pd.NaT,
                                    np.datetime64("NaT"), Decimal("NaN")], ids=repr)
def test_every_kind_of_absence_is_none(absent):
    assert plain(absent) is None


@pytest.mark.parametrize("shapeless", [[1], {"a": 1}, np.array([1, 2]), timedelta(days=1), np.timedelta64(1, "D"),
                                       pd.Timedelta(days=1), object(), 1j], ids=lambda value: type(value).__name__)
def test_a_value_without_a_plain_form_is_refused(shapeless):
    with pytest.raises(TypeError):
        plain(shapeless)
