"""Bands, grades, fees, surcharges and criminal thresholds (R47, R48; domain.md §4.2, §11 examples 5, 9–11)."""
from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

from land_inspector.law.penalties import (
    FineBase, Offence, Payment, counted_days, criminal_flags, fee_fen, fee_fen_of_mu, fine_of, fine_ranges,
    fine_refusal, fine_standing, full_surcharge_on, grade_for,
)
from land_inspector.law.areas import Amount, fen
from land_inspector.law.remedies import Step, Track, record_progress, review_pauses
from tests.unit.law_cases import FINE, PACK, day, decided, do

DUE = day("2024-08-06")
OLD, NEW = day("2019-12-01"), day("2021-09-01")


def only_range(article, violated_on, **base):
    (found,) = fine_ranges(article, violated_on, FineBase(**base), PACK)
    return found.least_fen / 100, found.most_fen / 100


def why(yuan, article="77", on=NEW, **base):
    reason = fine_refusal(fen(yuan), article, on, FineBase(**base), PACK)
    return None if reason is None else str(reason)


def test_the_occupied_land_of_the_guide_gives_the_old_and_the_new_band():
    assert only_range("77", OLD, land_m2=1020.0) == (0, 30_600)
    assert only_range("77", NEW, land_m2=1020.0) == (102_000, 1_020_000)
    assert why(20_400, on=OLD, land_m2=1020.0) is None
    assert "102000.00 to 1020000.00 yuan" in why(20_400, on=NEW, land_m2=1020.0)


def test_the_band_changes_on_the_first_of_september_2021():
    assert only_range("77", day("2021-08-31"), land_m2=10.0) == (0, 300)
    assert only_range("77", day("2021-09-01"), land_m2=10.0) == (1000, 10_000)


def test_the_board_factory_of_the_guide_was_fined_lawfully():
    assert why(60_000, on=day("2015-03-01"), land_m2=3000.0) is None  # 20 yuan/m²
    assert why(90_000.01, on=day("2015-03-01"), land_m2=3000.0) is not None


def test_damage_to_farmland_is_a_multiple_of_the_reclamation_fee():
    fee = fee_fen_of_mu(15.78, 30_000)
    assert fee == fen(473_400)
    assert only_range("75", day("2016-05-01"), reclamation_fee_fen=fee) == (0, 946_800)
    assert only_range("75", NEW, reclamation_fee_fen=fee) == (2_367_000, 4_734_000)
    assert why(946_800, "75", day("2016-05-01"), reclamation_fee_fen=fee) is None


def test_a_fee_for_square_metres_goes_by_exact_mu():
    assert fee_fen(2000.0, 30_000) == fen(90_000)
    assert fee_fen(10_520.0, 30_000) == fen(473_400)


@pytest.mark.parametrize(("article", "base", "least", "most"), [
    ("74", {"gains_fen": fen(300_000)}, 30_000, 150_000), ("82", {"gains_fen": fen(300_000)}, 30_000, 90_000),
    ("76", {"restoration_fee_fen": fen(12_000)}, 24_000, 60_000), ("52", {"restoration_fee_fen": fen(12_000)}, 60_000, 120_000),
    ("81", {"land_m2": 666.67}, 66_667, 333_335), ("51", {"reclamation_fee_fen": fen(5_000)}, 10_000, 25_000)])
def test_each_article_has_its_own_way_of_computing(article, base, least, most):
    assert only_range(article, NEW, **base) == (least, most)
    assert why(least, article, **base) is None and why(most, article, **base) is None
    assert why(least - 0.01, article, **base) and why(most + 0.01, article, **base)


def test_a_fine_without_its_figures_is_refused_with_what_is_missing():
    assert "date of the violation" in why(5, on=None, land_m2=1.0)
    assert "occupied land" in why(5)
    assert "no fine for Article 99" in why(5, article="99", land_m2=1.0)


def test_part_fen_of_a_band_round_into_it():
    assert only_range("77", NEW, land_m2=0.12345) == (12.35, 123.45)


@pytest.mark.parametrize(("areas", "land", "minimum"), [
    ({"other": 1020.0}, "other", 100), ({"farmland": 3333.33}, "farmland", 100), ({"farmland": 3333.34}, "farmland", 300),
    ({"farmland": 6666.66}, "farmland", 300), ({"farmland": 6666.67}, "farmland", 600), ({"cultivated": 6666.66}, "cultivated", 100),
    ({"cultivated": 6666.67}, "cultivated", 300), ({"cultivated": 40_000 / 3, "other": 1.0}, "cultivated", 600),
    ({"other": 26_666.66, "farmland": 10.0}, "other", 300), ({"other": 26_666.67}, "other", 600)])
def test_the_discretion_table_is_entered_by_exact_area_and_the_heaviest_land_counts(areas, land, minimum):
    grade = grade_for("77", areas, PACK)
    assert (grade.land, grade.minimum) == (land, minimum)


def test_without_a_table_or_without_land_there_is_no_grade():
    assert grade_for("75", {"other": 9.0}, PACK) is None
    assert grade_for("77", {"other": 0.0}, PACK) is None


@pytest.mark.parametrize(("farmland", "cultivated", "flagged"), [
    (3333.30, 3333.30, False), (3333.33, 3333.33, False), (3333.34, 3333.34, True), (0.0, 6666.66, False), (0.0, 6666.67, True),
    (3333.33, 9999.99, False), (3333.33, 10_000.0, True), (3333.30, 9999.96, False), (5000.0, 4000.0, True)])
def test_the_police_threshold_is_met_in_square_metres_and_not_in_rounded_mu(farmland, cultivated, flagged):
    """5 and 10 mu; §11 example 5: 3 333.30 m² is 4.99995 mu, which prints as 5.00 and is none."""
    assert bool(criminal_flags([Offence("甲", "T001", farmland, cultivated)], PACK)) == flagged


def test_acts_of_one_subject_accumulate_and_subjects_do_not():
    parts = [Offence("甲", "T001", 1666.67, 1666.67), Offence("乙", "T002", 3000.0, 3000.0), Offence("甲", "T003", 1666.67, 1666.67)]
    (flag,) = criminal_flags(parts, PACK)
    assert (flag.subject, flag.parcels, flag.by_farmland, flag.by_cultivated) == ("甲", ("T001", "T003"), True, False)


def test_thirds_of_the_threshold_add_up_without_rounding():
    thirds = [Offence("甲", str(n), 0.1, 0.1) for n in range(33_334)]
    assert criminal_flags(thirds, PACK)[0].farmland_m2 == 3333.4
    assert criminal_flags(thirds[:33_333], PACK) == []


def test_twenty_days_late_cost_three_per_cent_a_day_until_the_principal():
    late = fine_standing(fen(102_000), DUE, [], DUE + timedelta(days=20))
    assert (late.surcharge_fen, late.days_late, late.owed_fen) == (fen(61_200), 20, fen(163_200))
    days = [fine_standing(fen(102_000), DUE, [], DUE + timedelta(days=n)).surcharge_fen for n in (0, 1, 33, 34, 400)]
    assert days == [0, fen(3_060), fen(100_980), fen(102_000), fen(102_000)]
    assert full_surcharge_on(fen(102_000), DUE) == DUE + timedelta(days=34)


def test_a_part_payment_slows_the_surcharge_and_a_full_one_stops_it():
    paid = [Payment(DUE + timedelta(days=4), fen(500))]
    assert fine_standing(fen(1_000), DUE, paid, DUE + timedelta(days=10)).surcharge_fen == fen(4 * 30 + 6 * 15)
    whole = [Payment(DUE, fen(1_000))]
    assert fine_standing(fen(1_000), DUE, whole, DUE + timedelta(days=90)).is_settled
    late = [Payment(DUE + timedelta(days=1), fen(1_000))]
    after = fine_standing(fen(1_000), DUE, late, DUE + timedelta(days=90))
    assert (after.unpaid_fen, after.surcharge_fen, after.owed_fen, after.days_late) == (0, fen(30), fen(30), 1)


def test_a_payment_of_tomorrow_is_not_known_today():
    tomorrow = [Payment(DUE + timedelta(days=6), fen(1_000))]
    assert fine_standing(fen(1_000), DUE, tomorrow, DUE + timedelta(days=5)).paid_fen == 0


def test_the_surcharge_stands_still_while_a_suit_is_pending():
    pauses = [(DUE + timedelta(days=3), DUE + timedelta(days=12))]
    assert fine_standing(fen(1_000), DUE, [], DUE + timedelta(days=20), pauses=pauses).surcharge_fen == fen(10 * 30)


def test_the_suit_of_a_case_is_the_pause_of_its_fine():
    case = do(do(decided([FINE]), "open_review", "2024-08-09"), "conclude_review", "2024-08-18", result="1")
    pauses = review_pauses(case, case.items[0])
    assert pauses == [(day("2024-08-09"), day("2024-08-18"))]
    track = Track("f", "T001", "fine", Amount(fen=fen(1_000)), day("2024-07-19"), "C1", "2")
    assert fine_of(track, DUE, day("2024-08-21"), PACK, pauses).surcharge_fen == fen(5 * 30)


def test_the_surcharge_is_paid_on_the_track_of_the_fine_up_to_twice_the_principal():
    track = Track("f", "T001", "fine", Amount(fen=fen(1_000)), day("2024-07-19"))
    paid = record_progress(track, Step(Amount(fen=fen(1_600)), day("2024-09-01")))
    assert paid.is_done
    with pytest.raises(Exception, match="400.00 that remain"):
        record_progress(paid, Step(Amount(fen=fen(400) + 1), day("2024-09-02")))


def by_the_day(decided_fen, payments, until, pauses):
    """The surcharge added up one day after the other, as a cashier would."""
    grown, one = Fraction(0), DUE + timedelta(days=1)
    while one <= until:
        unpaid = max(decided_fen - sum(p.fen for p in payments if p.on < one), 0)
        if not any(first <= one <= last for first, last in pauses):
            grown += Fraction(3, 100) * unpaid
        one += timedelta(days=1)
    return min(grown, Fraction(decided_fen))


DAYS = st.integers(-20, 90).map(lambda n: DUE + timedelta(days=n))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 10 ** 8), st.lists(st.tuples(DAYS, st.integers(1, 10 ** 8)), max_size=4), DAYS,
       st.lists(st.tuples(DAYS, st.integers(0, 30)), max_size=3))
def test_the_surcharge_is_what_a_cashier_would_add_up_day_by_day(decided_fen, paid, until, spans):
    payments = [Payment(on, amount) for on, amount in paid]
    pauses = [(first, first + timedelta(days=length)) for first, length in spans]
    standing = fine_standing(decided_fen, DUE, payments, until, pauses=pauses)
    known = [p for p in payments if p.on <= until]
    assert abs(standing.surcharge_fen - by_the_day(decided_fen, known, until, pauses)) <= Fraction(1, 2)
    assert 0 <= standing.surcharge_fen <= decided_fen


@settings(max_examples=100, deadline=None)
@given(DAYS, DAYS, st.lists(st.tuples(DAYS, st.integers(-2, 30)), max_size=4))
def test_days_in_several_pauses_are_left_out_once(after, until, spans):
    pauses = [(first, first + timedelta(days=length)) for first, length in spans]
    days = [after + timedelta(days=n) for n in range(1, (until - after).days + 1)]
    assert counted_days(after, until, pauses) == sum(not any(a <= one <= b for a, b in pauses) for one in days)


def lines(*offences):
    return [flag.lines for flag in criminal_flags(offences, PACK)]


def test_acts_add_up_within_a_year_and_no_longer():
    mu = 2000 / 3
    first = Offence("甲", "p1", 0.0, 6 * mu, on=day("2024-01-10"))
    assert lines(first, Offence("甲", "p2", 0.0, 5 * mu, on=day("2025-01-09"))) == [("342-cultivated",)]
    assert lines(first, Offence("甲", "p2", 0.0, 5 * mu, on=day("2025-01-10"))) == []
    assert lines(first, Offence("甲", "p2", 0.0, 5 * mu)) == [("342-cultivated",)]  # of no known day: goes with every window


def test_forest_land_counts_by_its_kinds_in_proportion():
    assert lines(Offence("甲", "p", 0.0, 0.0, public_forest_m2=1666.67, commercial_forest_m2=3333.34)) == [("342-forest",)]
    assert lines(Offence("甲", "p", 0.0, 0.0, public_forest_m2=1666.6, commercial_forest_m2=3333.3)) == []
    assert lines(Offence("甲", "p", 0.0, 0.0, public_forest_m2=3333.34)) == [("342-forest",)]


@pytest.mark.parametrize("offence, reached", [
    (dict(way="transferred", other_m2=13_333.34), ("228-land",)), (dict(way="transferred", other_m2=13_333.3), ()),
    (dict(way="transferred", gains_fen=50_000_000), ("228-gains",)), (dict(way="transferred", gains_fen=49_999_999), ()),
    (dict(way="approved", farmland_m2=6_666.67, cultivated_m2=6_666.67), ("410-land",)),
    (dict(way="approved", cultivated_m2=19_999.9), ()), (dict(way="approved", other_m2=33_333.34), ("410-land",)),
    (dict(way="approved", loss_fen=30_000_000), ("410-loss",))])
def test_transfer_and_unlawful_approval_have_their_own_lines(offence, reached):
    said = {"farmland_m2": 0.0, "cultivated_m2": 0.0, **offence}
    assert lines(Offence("甲", "p", **said)) == ([reached] if reached else [])
