"""Ratios, rates and the township table: worked examples of the domain guide and an independent computation (R36, R40–R45)."""
from __future__ import annotations

import time
from fractions import Fraction
from typing import Any, Dict, List, Optional

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from land_inspector.law.areas import percent_text
from land_inspector.law.indicators import Ratio, both_modes, breached, identity_gaps, in_period, ranks, rates, ratios, tally
from land_inspector.law.rulepack import shipped_packs
from land_inspector.law.townships import TOWNSHIP_COLUMNS, county_row, displayed, exact_value, township_rows

from .law_frames import MU, TOWNSHIPS, illegal, legal, parcels, patches, remedies

NEW = shipped_packs()[0]


def the_row(frame: pd.DataFrame, issued: Optional[pd.DataFrame] = None, **more: Any) -> "pd.Series[int]":
    return tally(frame, patches() if issued is None else issued, NEW, None, **more).iloc[0]


def percent(ratio: Ratio) -> Optional[float]:
    return None if ratio.value is None else float(ratio.value * 100)


@pytest.mark.parametrize("illegal_mu, total_mu, done_mu", [(52.0, 480.0, 31.0), (66.6, 812.5, 20.25)])
def test_reclaimed_land_lowers_the_ratio_in_both_denominator_modes(illegal_mu: float, total_mu: float, done_mu: float) -> None:
    frame = parcels(illegal(illegal_mu * MU, illegal_mu * MU), legal((total_mu - illegal_mu) * MU, (total_mu - illegal_mu) * MU))
    before = the_row(frame)
    taken = dict(r3_m2=done_mu * MU, r4_m2=done_mu * MU, denominator_m2=done_mu * MU, denominator_cultivated_m2=done_mu * MU)
    modes = both_modes(the_row(frame, remedies=remedies([("p0", taken)])))
    assert percent(ratios(before, "net")["r2"]) == pytest.approx(100 * illegal_mu / total_mu, abs=1e-9)
    assert percent(modes["net"]["r4"]) == pytest.approx(100 * (illegal_mu - done_mu) / (total_mu - done_mu), abs=1e-7)
    assert percent(modes["gross"]["r4"]) == pytest.approx(100 * (illegal_mu - done_mu) / total_mu, abs=1e-7)


@pytest.mark.parametrize("illegal_mu, text, lines", [
    (72.00, "15.00", {"15th-decree", "linhai", "qingdao", "target-10"}), (71.99, "14.998", {"linhai", "qingdao", "target-10"}),
    (38.40, "8.00", set()), (38.41, "8.002", {"linhai"}), (48.00, "10.00", {"linhai", "qingdao", "target-10"}),
    (47.99, "9.998", {"linhai", "qingdao"}), (43.20, "9.00", {"linhai", "qingdao"}), (43.19, "8.998", {"linhai"})])
def test_lines_are_compared_unrounded_and_the_display_never_hides_the_side(illegal_mu: float, text: str, lines: set) -> None:
    """Each on the rows of its own level: the township's line does not measure the county, nor the county's the township."""
    frame = parcels(illegal(1.0, illegal_mu * MU), legal(1.0, (480 - illegal_mu) * MU))
    of_all = {"county": county_row(frame, patches(), NEW), "township": township_rows(frame, patches(), TOWNSHIPS, NEW)[0],
              "station": township_rows(frame, patches(), TOWNSHIPS, NEW, by="ZSDM")[0]}
    found = {level: {line for code, line in row.breached if code == "r2"} for level, row in of_all.items()}
    assert set().union(*found.values()) == lines
    assert found == {level: lines & {line.code for line in NEW.thresholds if line.levels == (level,)} for level in of_all}
    assert {displayed(row, NEW)["r2"] for row in of_all.values()} == {text}


def test_a_line_is_drawn_only_for_its_kind_of_period() -> None:
    high = {"r2": Ratio(20, 100)}
    assert ("r2", "15th-decree") in breached(high, NEW, level="county", period="year")
    assert [line for _code, line in breached(high, NEW, level="county", period="month")] == ["target-10"]
    assert [line.code for line in NEW.lines("township", "batch")] == ["linhai"]


def test_more_cultivated_land_illegal_than_measured_never_makes_a_ratio_above_one() -> None:
    """R34 lets WFGD pass GDMJ by its tolerance: the denominator is what is illegal, not what was measured."""
    frame = parcels(illegal(1000.0, 3.0, WFMJ=1006.0, WFGD=9.0), dict(PDJL1="3", DKMJ=50.0, GDMJ=50.0))
    row = the_row(frame, remedies=remedies([("p0", dict(r3_m2=3.0, r4_m2=3.0, denominator_m2=9.0, denominator_cultivated_m2=9.0))]))
    for mode in ("net", "gross"):
        assert all(0 <= ratio.value <= 1 for code, ratio in ratios(row, mode).items() if ratio.value is not None), mode
    assert percent(ratios(row, "net")["r2"]) == 100.0 and row["construction_cultivated_units"] == 9 * 3_000_000


def test_one_illegal_parcel_and_nothing_else_is_a_hundred_percent_and_nothing_is_a_dash() -> None:
    rows = township_rows(parcels(illegal(2 * MU, 2 * MU)), patches(), TOWNSHIPS, NEW)
    shown = [displayed(row, NEW) for row in rows]
    assert [line["r2"] for line in shown] == ["100.00", "—", "—"]
    assert [line["rank"] for line in shown] == ["1", "—", "—"]
    assert shown[0]["illegal"] == "1" and shown[0]["r2_numerator"] == "2.00"


def test_a_split_patch_counts_by_its_parts_only() -> None:
    part = dict(TBZT="2", FJCBH="J")
    frame = parcels(legal(1200.0, 800.0, **part), dict(PDJL1="3", PDJL2="303", DKMJ=500.0, GDMJ=500.0, **part),
                    illegal(300.0, 260.0, WFJBNT=100.0, **part), illegal(2000.0, 1560.0, TBZT="1"))
    row = the_row(frame, patches(dict(JCMJ=2000.0, GDMJ0=1560.0, TBZT="1")))
    assert percent(ratios(row, "net")["r2"]) == pytest.approx(24.528301886792452)
    assert (row["parcels"], row["patches"], row["illegal_farmland_units"]) == (3, 1, 100 * 3_000_000)


def test_issued_and_verified_sets_are_counted_apart() -> None:
    issued = patches(*[dict(TBZT="0")] * 96, *[dict(TBZT="1")] * 4)
    verified = parcels(*[dict(TBZT="0")] * 96, *[dict(TBZT="2")] * 9)
    row = the_row(verified, issued)
    assert (row["patches"], row["parcels"]) == (100, 105)


def test_rectification_rates_have_three_bases_and_pending_work_does_not_count() -> None:
    areas = [4, 4, 4, 4, 4, 5, 5, 10, 5, 5]
    cultivated = [2, 2, 2, 2, 2, 2, 3, 3, 1, 1]
    manners = ["demolished"] * 4 + ["approved", "combined"]
    frame = parcels(*[illegal(a * MU, c * MU) for a, c in zip(areas, cultivated)])
    done = [(f"p{n}", dict(rectified=True, manner=manner)) for n, manner in enumerate(manners)] + [("p6", dict(manner="demolished"))]
    row = the_row(frame, remedies=remedies(done))
    assert [str(rates(row)[code].value) for code in ("rectified_count", "rectified_area", "rectified_cultivated")] == ["3/5", "1/2", "3/5"]
    assert [row[f"manner_{name}"] for name in ("demolished", "approved", "combined", "other")] == [4, 1, 1, 0]
    assert not any(identity_gaps(row).values())


def test_a_rectified_parcel_without_a_manner_is_found_by_the_check() -> None:
    row = the_row(parcels(illegal(1.0, 1.0)), remedies=remedies([("p0", dict(rectified=True))]))
    assert identity_gaps(row)["R43"] == 1


def test_land_used_before_supply_leaves_r4_only() -> None:
    frame = parcels(illegal(100.0, 60.0, PDJL2="203"), legal(100.0, 140.0))
    found = ratios(the_row(frame), "net")
    assert [percent(found[code]) for code in ("r1", "r2", "r3", "r4")] == [50.0, 30.0, 50.0, 0.0]


def test_no_parcel_is_deducted_by_more_than_is_illegal_on_it() -> None:
    frame = parcels(illegal(100.0, 60.0), illegal(100.0, 60.0), legal(0.0, 80.0))
    row = the_row(frame, remedies=remedies([("p0", dict(r4_m2=500.0, denominator_cultivated_m2=500.0))]))
    assert percent(ratios(row, "net")["r4"]) == pytest.approx(100 * 60 / 140)


def test_areas_nobody_measured_are_counted_and_not_taken_for_zero() -> None:
    frame = parcels(illegal(100.0, None), legal(100.0, None), legal(50.0, 50.0), dict(PDJL1="3", DKMJ=1.0, GDMJ=None))
    row = county_row(frame, patches(dict(GDMJ0=None)), NEW)
    assert row.unknown == {"issued_cultivated_unknown": 1, "legal_cultivated_unknown": 1, "other_cultivated_unknown": 1,
                           "illegal_cultivated_unknown": 1, "construction_cultivated_unknown": 2}
    assert row.unmeasured == 3 and displayed(row, NEW)["unknown"] == "3"


def test_a_patch_issued_without_its_cultivated_land_is_no_parcel_without_measured_area() -> None:
    row = county_row(parcels(illegal(100.0, 60.0), dict(PDJL1="0", DKMJ=None, GDMJ=None)), patches(dict(GDMJ0=None, JCMJ=None)), NEW)
    assert row.unknown and row.unmeasured == 0 and displayed(row, NEW)["unknown"] == "0"


def test_illegal_land_is_taken_from_its_own_columns_and_assumed_whole_where_they_are_blank() -> None:
    frame = parcels(illegal(3600.0, 500.0, WFMJ=600.0, WFGD=450.0), illegal(100.0, 40.0, WFMJ=None, WFGD=None))
    row = the_row(frame)
    assert row["illegal_units"] == 700 * 3_000_000 and row["illegal_cultivated_units"] == 490 * 3_000_000
    assert row["construction_units"] == 3700 * 3_000_000
    assert row["illegal_assumed"] == 1


def test_cases_are_counted_where_their_first_parcel_lies_and_illegal_land_without_a_case_should_be_filed() -> None:
    frame = parcels(illegal(1.0, 1.0), illegal(1.0, 1.0, XZDM="331082102"), illegal(1.0, 1.0))
    cases = pd.DataFrame([dict(case_id="c1", parcels=["p1", "p0"], should_file=1, filed=1, handled=1, closed=0)])
    rows = {row.code: row.ratios for row in township_rows(frame, patches(), TOWNSHIPS, NEW, cases=cases)}
    assert (rows["331082102"]["filing"].numerator, rows["331082102"]["filing"].denominator) == (1, 1)
    assert (rows["331082101"]["filing"].numerator, rows["331082101"]["filing"].denominator) == (0, 1)
    assert rows["331082103"]["filing"].value is None


def test_a_rate_of_twenty_nine_of_thirty_is_not_one_of_twenty_nine() -> None:
    assert percent_text(Fraction(29, 30)) == "96.67"
    assert percent_text(Fraction(28, 29)) == "96.55"
    assert percent_text(Fraction(335, 280)) == "119.64"


def test_land_in_no_township_has_a_row_so_that_the_table_adds_up() -> None:
    frame = parcels(illegal(2.0, 1.0, XZDM=None), legal(4.0, 3.0))
    rows = township_rows(frame, patches(dict(XZDM=None, JCMJ=9.0)), TOWNSHIPS, NEW)
    total = county_row(frame, patches(dict(XZDM=None, JCMJ=9.0)), NEW)
    for key in ("parcels", "illegal_units", "construction_units", "issued_units"):
        assert sum(row.figures[key] for row in rows) == total.figures[key] > 0
    assert displayed(rows[-1], NEW)["name"] == "未落入乡镇"


def test_equal_ratios_share_a_rank() -> None:
    assert ranks([Fraction(1, 2), None, Fraction(2, 4), Fraction(1, 3)]) == [1, None, 1, 3]


def test_a_line_for_one_township_or_year_concerns_no_other() -> None:
    content = dict(NEW.content)
    only = {**content["thresholds"][1], "townships": ["331082102"], "years": [2023]}
    from land_inspector.law.rulepack import parse
    import json
    pack = parse(json.dumps({**content, "thresholds": [only]}).encode(), "pack.json")
    high = {"r2": Ratio(9, 100)}
    assert breached(high, pack, "331082102", 2023) == [("r2", "linhai")]
    assert breached(high, pack, "331082101", 2023) == breached(high, pack, "331082102", 2024) == []


def test_periods_choose_by_year_month_and_quarter() -> None:
    frame = parcels(dict(YF=3), dict(YF=4), dict(YF=None), dict(ND=2022))
    assert [len(in_period(frame, 2023)), len(in_period(frame, 2023, month=4)), len(in_period(frame, 2023, quarter=2))] == [3, 1, 1]


def test_the_table_has_every_column_as_text_and_as_a_number() -> None:
    row = township_rows(parcels(illegal(1000.0, 10.0)), patches(dict(JCMJ=1000.0)), TOWNSHIPS, NEW, patrols={"S1": (9, True)})[0]
    shown = displayed(row, NEW, "en")
    assert set(shown) == {column.key for column in TOWNSHIP_COLUMNS}
    assert shown["issued_units"] == "1.50" and shown["rectified"] == "—" and shown["patrols"] == "9"
    numbers: Dict[str, Any] = {column.key: exact_value(row, column) for column in TOWNSHIP_COLUMNS}
    assert numbers["issued_units"] == 1.5 and numbers["r2"] == 100.0 and numbers["filed"] is None


AREA = st.one_of(st.none(), st.integers(0, 10**7).map(lambda n: n / 100))
PARCELS = st.lists(st.fixed_dictionaries(dict(
    XZDM=st.sampled_from(["331082101", "331082102", None]), PDJL1=st.sampled_from(["0", "1", "2", "3", None]),
    PDJL2=st.sampled_from(["101", "201", "203", None]), TBZT=st.sampled_from(["0", "1", "2"]), DKMJ=AREA, GDMJ=AREA, WFMJ=AREA,
    WFGD=AREA, JBNTMJ=AREA, WFJBNT=AREA)), max_size=25)


def naive(rows: List[Dict[str, Any]], township: Optional[str], levels: str, column: str, own: Optional[str] = None) -> Fraction:
    total = Fraction(0)
    for row in rows:
        if row["TBZT"] != "1" and row["XZDM"] == township and (row["PDJL1"] or "0") in levels:
            value = row[own] if own and row[own] is not None else row[column]
            total += Fraction(str(value)) if value is not None else 0
    return total


@settings(max_examples=60, deadline=None)
@given(PARCELS)
def test_sums_agree_with_a_naive_computation_in_fractions(rows: List[Dict[str, Any]]) -> None:
    for row in township_rows(parcels(*rows), patches(), TOWNSHIPS, NEW):
        code = row.code or None
        expected = dict(
            illegal_units=naive(rows, code, "2", "DKMJ", "WFMJ"), illegal_cultivated_units=naive(rows, code, "2", "GDMJ", "WFGD"),
            illegal_farmland_units=naive(rows, code, "2", "JBNTMJ", "WFJBNT"), legal_units=naive(rows, code, "1", "DKMJ"),
            other_cultivated_units=naive(rows, code, "3", "GDMJ"), construction_units=naive(rows, code, "12", "DKMJ"),
            construction_cultivated_units=naive(rows, code, "1", "GDMJ") + naive(rows, code, "2", "GDMJ", "WFGD"))
        assert {key: Fraction(row.figures[key], 3_000_000) for key in expected} == expected
        ratio = row.ratios["r2"].value
        bottom = expected["construction_cultivated_units"]
        assert ratio == (expected["illegal_cultivated_units"] / bottom if bottom else None)


def test_fifty_thousand_parcels_take_less_than_a_second() -> None:
    rng, count = np.random.default_rng(1), 50_000
    frame = pd.DataFrame(dict(
        parcel_id=[f"p{n}" for n in range(count)], XZDM=rng.choice(TOWNSHIPS["XZDM"], count), TBZT="0", DKMJ=rng.uniform(1, 9e3, count),
        GDMJ=rng.uniform(0, 9e3, count), JBNTMJ=0.0, PDJL1=rng.choice(["0", "1", "2", "3"], count), PDJL2=None, WFMJ=None, WFGD=None,
        WFJBNT=None), dtype=object)
    issued = patches()
    start = time.process_time()
    rows = township_rows(frame, issued, TOWNSHIPS, NEW)
    assert time.process_time() - start < 1.0
    assert sum(row.figures["parcels"] for row in rows) == count
