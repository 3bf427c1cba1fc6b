"""Difference reports: every patch that changed a ratio is named with its reason, and the parts add up to the whole."""
from __future__ import annotations

from typing import Any, Dict, List

import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from land_inspector.errors import InputError
from land_inspector.law.differences import State, differences
from land_inspector.law.rulepack import shipped_packs

from .law_frames import illegal, legal, parcels, remedies

NEW = shipped_packs()[0]


def reasons(before: State, after: State, indicator: str = "r2", **more: Any) -> Dict[str, tuple]:
    return {item.number: item.reasons for item in differences(before, after, indicator, NEW, **more).patches}


def test_a_changed_verdict_is_the_reason_for_its_patch_only() -> None:
    before = State(parcels(illegal(100.0, 50.0), legal(100.0, 50.0)))
    after = State(parcels(dict(PDJL1="3", PDJL2="305", DKMJ=100.0, GDMJ=50.0), legal(100.0, 50.0)))
    report = differences(before, after, "r2", NEW)
    assert [(item.number, item.reasons, item.numerator_m2, item.denominator_m2) for item in report.patches] == [
        ("J0", ("verdict", "illegal_area"), -50.0, -50.0)]
    assert (report.before.value, report.after.value) == (pytest.approx(0.5), 0)


def test_a_split_and_its_new_verdicts_are_named() -> None:
    before = State(parcels(illegal(100.0, 60.0)))
    children = [legal(60.0, 40.0, patch_id="t0", JCBH="J0", TBZT="2", parcel_id="a"),
                illegal(40.0, 20.0, patch_id="t0", JCBH="J0", TBZT="2", parcel_id="b")]
    assert reasons(before, State(parcels(*children))) == {"J0": ("split", "verdict")}
    assert reasons(State(parcels(*children)), before) == {"J0": ("merged", "verdict")}


def test_an_acceptance_explains_r4_and_r6_and_leaves_r2_alone() -> None:
    frame = parcels(illegal(100.0, 60.0), legal(10.0, 40.0))
    done = remedies([("p0", dict(rectified=True, manner="demolished", r4_m2=60.0, denominator_cultivated_m2=60.0))])
    before, after = State(frame, remedies([("p0", {})])), State(frame, done)
    assert reasons(before, after, "r4") == {"J0": ("accepted",)}
    assert reasons(before, after, "r6") == {"J0": ("accepted",)}
    assert reasons(after, before, "r6") == {"J0": ("reopened",)}
    assert reasons(before, after, "r2") == {}


def test_new_gone_measured_and_moved_patches_are_told_apart() -> None:
    before = State(parcels(illegal(10.0, 5.0, WFGD=None), legal(10.0, 5.0), legal(10.0, 7.0)))
    rows = [illegal(10.0, 6.0, WFGD=None), legal(10.0, 5.0, XZDM="331082102"), legal(10.0, 5.0, parcel_id="q", patch_id="tq", JCBH="JQ")]
    after = State(parcels(*rows))
    assert reasons(before, after) == {"J0": ("measured",), "JQ": ("new_patch",), "J2": ("gone_patch",)}
    assert reasons(before, after, township="331082102") == {"J1": ("moved",)}


def test_a_larger_deduction_without_acceptance_is_told() -> None:
    frame = parcels(illegal(100.0, 60.0))
    assert reasons(State(frame, remedies([("p0", dict(r4_m2=1.0))])), State(frame, remedies([("p0", dict(r4_m2=2.0))])), "r4") == {
        "J0": ("deduction",)}


def test_ratios_that_nobody_computed_are_refused() -> None:
    with pytest.raises(InputError, match="no ratio"):
        reasons(State(parcels()), State(parcels()), "r7")
    with pytest.raises(InputError, match="remedies"):
        reasons(State(parcels(legal(1.0, 1.0))), State(parcels(legal(1.0, 1.0))), "r5")


ROW = st.fixed_dictionaries(dict(n=st.integers(0, 5), PDJL1=st.sampled_from(["0", "1", "2", "3"]), TBZT=st.sampled_from("012"),
                                 DKMJ=st.integers(0, 10**6).map(lambda n: n / 100), GDMJ=st.integers(0, 10**6).map(lambda n: n / 100)))


def framed(rows: List[Dict[str, Any]]) -> pd.DataFrame:
    return parcels(*[dict({key: value for key, value in row.items() if key != "n"}, patch_id=f"t{row['n']}", JCBH=f"J{row['n']}",
                          parcel_id=f"p{row['n']}-{k}") for k, row in enumerate(rows)])


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, max_size=8), st.lists(ROW, max_size=8), st.sampled_from(["r1", "r2", "r3", "r4"]))
def test_the_patches_add_up_to_the_difference_and_each_has_a_reason(old: list, new: list, indicator: str) -> None:
    report = differences(State(framed(old)), State(framed(new)), indicator, NEW)
    assert sum(item.numerator_units for item in report.patches) == report.after.numerator - report.before.numerator
    assert sum(item.denominator_units for item in report.patches) == report.after.denominator - report.before.denominator
    assert all(item.reasons for item in report.patches)
