"""From tracks and cases through frames to the ratios: deductions on both sides of the cut-off (R40, R41)."""
from __future__ import annotations

from datetime import date
from typing import Any, List

import pytest

from land_inspector.law.case import advance, opened
from land_inspector.law.indicators import rates, ratios, tally
from land_inspector.law.areas import Amount
from land_inspector.law.remedies import Acceptance, Step, Track
from land_inspector.law.rulepack import shipped_packs
from land_inspector.law.state_frames import cases_frame, cut_off_of, illegal_lands, remedies_frame

from .law_frames import MU, illegal, legal, parcels, patches

NEW = shipped_packs()[0]


def reclaimed(parcel: str, area_m2: float, accepted: date, status: str = "2") -> Track:
    amount = Amount(land_m2=area_m2, cultivated_m2=area_m2)
    return Track(f"t-{parcel}", parcel, "reclamation", amount, date(2023, 8, 1), steps=(Step(amount, date(2023, 9, 1)),),
                 acceptance=Acceptance(status, "1", accepted))


def figures(frame: Any, tracks: List[Track]) -> Any:
    lands = illegal_lands(frame)
    remedies = remedies_frame(lands, tracks, NEW, cut_off_of(frame, {}, NEW))
    return tally(frame, patches(), NEW, None, remedies).iloc[0]


@pytest.mark.parametrize("accepted, status, percent", [
    (date(2024, 6, 30), "2", 100 * 21 / 449), (date(2024, 7, 1), "2", 100 * 52 / 480), (date(2024, 6, 1), "1", 100 * 52 / 480)])
def test_reclaimed_land_is_deducted_only_when_accepted_by_the_cut_off(accepted: date, status: str, percent: float) -> None:
    frame = parcels(illegal(31 * MU, 31 * MU), illegal(21 * MU, 21 * MU), legal(428 * MU, 428 * MU))
    row = figures(frame, [reclaimed("p0", 31 * MU, accepted, status)])
    assert float(ratios(row, "net")["r4"].value * 100) == pytest.approx(percent, abs=1e-6)


def test_work_that_waits_for_acceptance_is_not_rectified() -> None:
    frame = parcels(illegal(10.0, 10.0), illegal(20.0, 20.0))
    row = figures(frame, [reclaimed("p0", 10.0, date(2023, 9, 2)), reclaimed("p1", 20.0, date(2023, 9, 2), "1")])
    assert (rates(row)["rectified_count"].numerator, rates(row)["rectified_count"].denominator) == (1, 2)
    assert row["reclaimed_units"] == 10 * 3_000_000  # reclaimed is what was accepted, here as in the paragraph


def test_the_reclamation_rate_takes_what_was_accepted_of_what_was_ordered_in_cultivated_land() -> None:
    frame = parcels(illegal(10.0, 10.0), illegal(30.0, 30.0))
    found = rates(figures(frame, [reclaimed("p0", 10.0, date(2023, 9, 2)), reclaimed("p1", 30.0, date(2023, 9, 2), "1")]))["reclamation"]
    assert (found.numerator, found.denominator) == (10 * 3_000_000, 40 * 3_000_000)


def test_a_batch_may_set_its_own_cut_off() -> None:
    frame = parcels(illegal(1.0, 1.0))
    assert cut_off_of(frame, {"B1": "2024-03-31"}, NEW) == {"p0": date(2024, 3, 31)}
    assert cut_off_of(frame, {"B1": None}, NEW) == {"p0": date(2024, 6, 30)}


def test_a_case_counts_as_filed_from_the_day_of_filing() -> None:
    case = opened("c1", ["p0"], date(2023, 7, 1), {})
    filed = advance(advance(case, "site_check", date(2023, 7, 3), {}), "file", date(2023, 7, 10), {})
    row = cases_frame([filed], date(2023, 7, 9)).iloc[0]
    assert (row["should_file"], row["filed"], row["closed"]) == (1, 0, 0)
    assert cases_frame([filed], date(2023, 7, 10)).iloc[0]["filed"] == 1
