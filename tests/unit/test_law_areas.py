"""Exact areas and ratios, and how they are printed (R44, R45)."""
from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from land_inspector.law.areas import (above_mu, below_mu, decimal_text, m2_text, mu_text, mu_to_units, percent_text, reaches, share_text,
                                      to_mu, to_units)


@given(st.integers(-10**14, 10**14), st.integers(0, 6), st.integers(0, 4))
def test_rounding_is_half_away_from_zero(digits: int, scale: int, decimals: int) -> None:
    number = Decimal(digits).scaleb(-scale)
    expected = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert Decimal(decimal_text(Fraction(number), decimals)) == expected


@pytest.mark.parametrize("area_m2, m2, mu", [(1000.0, "1000.00", "1.50"), (3333.30, "3333.30", "5.00"), (0.005, "0.01", "0.00"),
                                             (20000 / 3, "6666.67", "10.00"), (0.0, "0.00", "0.00"), (9997.05, "9997.05", "15.00")])
def test_areas_are_shown_with_two_decimals(area_m2: float, m2: str, mu: str) -> None:
    assert (m2_text(area_m2), mu_text(area_m2)) == (m2, mu)


@pytest.mark.parametrize("area_m2, below", [(3333.30, True), (3333.33, True), (3333.34, False), (10000 / 3, False)])
def test_mu_are_compared_in_square_metres_and_not_as_rounded(area_m2: float, below: bool) -> None:
    assert below_mu(area_m2, 5) is below
    assert above_mu(area_m2, 5) is (area_m2 > 3333.3334)


@given(st.integers(0, 10**8))
def test_hundredths_of_a_mu_and_of_a_square_metre_are_whole_units(hundredths: int) -> None:
    assert to_units(hundredths / 100) * 100 == hundredths * 3_000_000
    assert to_units(hundredths / 100 * 2000 / 3) == mu_to_units(Fraction(hundredths, 100))
    assert to_mu(hundredths / 100 * 2000 / 3) == pytest.approx(hundredths / 100)


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(0, 1000))
def test_a_share_is_reached_exactly_when_it_is_in_fractions(part: int, whole: int, permille: int) -> None:
    exact = Fraction(part, 100) >= Fraction(permille, 1000) * Fraction(whole, 100)
    assert reaches(part / 100, whole / 100, permille / 1000) is exact


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.sampled_from([0.9, 0.95, 0.5]))
def test_the_printed_share_lies_on_the_same_side_as_the_exact_one(part: int, whole: int, share: float) -> None:
    text = share_text(part / 100, whole / 100, share)
    assert (Fraction(text) / 100 >= Fraction(str(share))) == (Fraction(part, whole) >= Fraction(str(share)))


@pytest.mark.parametrize("ratio, text", [(Fraction(71_99, 480_00), "14.998"), (Fraction(72, 480), "15.00"),
                                         (Fraction(7201, 48000), "15.00"), (Fraction(149999, 10**6), "14.9999"), (None, "—")])
def test_decimals_are_added_only_where_rounding_would_hide_the_side(ratio: Fraction, text: str) -> None:
    assert percent_text(ratio, [lambda value: value >= Fraction(15, 100)]) == text
