"""Candidates from a register: what counts, what the law and the time leave open, what it costs; and every figure of the plan."""
from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

import pytest

from land_inspector.errors import InputError
from land_inspector.law.areas import UNITS_PER_M2
from land_inspector.law.cheapest import APPROVE, DEMOLISH
from land_inspector.law.rulepack import COUNTY
from land_inspector.register.board import cheapest_plan, read_factors
from land_inspector.register.figures import Scope
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, give_verdicts
from tests.factories import info, intake, new_register, patch, square, township

pytest.importorskip("scipy.optimize")
TOWNS = [township("331082100", "古城街道", (-10, 4)), township("331082101", "大田街道", (4, 1000))]
LEGAL, ILLEGAL = {"PDJL1": "1", "PDJL2": "101"}, {"PDJL1": "2", "PDJL2": "201", "WFJBNT": 0.0}
SOON, LATE = date(2026, 6, 10), date(2027, 6, 30)
DAY = date(2026, 6, 1)


@pytest.fixture
def register(tmp_path):
    """The first township: 10 000 m² legal, three illegal with 400, 600 and 1000 m² cultivated; the second: illegal alone."""
    with new_register(tmp_path, TOWNS) as made:
        rows = [patch(f"T{at:03d}", square(at), at, XZDM=TOWNS[at > 4].code, XZMC=TOWNS[at > 4].name) for at in range(1, 7)]
        issue_batch(made, info(), intake(rows))
        areas = {"T001": 400.0, "T002": 600.0, "T003": 1000.0, "T005": 500.0}
        entries = [Entry(number, dict(ILLEGAL, WFMJ=1500.0, WFGD=area)) for number, area in areas.items()]
        assert not give_verdicts(made, "B1", [*entries, Entry("T004", LEGAL)], by="甲", effective_on="2026-05-20").refused
        yield made


def plan(register, line="linhai", level="township", cut_off=LATE, factors="", **more):
    return cheapest_plan(register, Scope(batch="B1"), level, line, cut_off, read_factors(factors), day=DAY, **more)


def test_what_counts_is_what_the_indicators_count(register):
    found = plan(register)
    first = next(area for area in found.areas if area.key == TOWNS[0].code)
    assert first.numerator == 2000 * UNITS_PER_M2
    assert {one.number: one.cultivated_units for one in found.candidates} == {
        "T001": 400 * UNITS_PER_M2, "T002": 600 * UNITS_PER_M2, "T003": 1000 * UNITS_PER_M2, "T005": 500 * UNITS_PER_M2}


def test_costs_are_the_offices_exactly(register):
    said = {"demolition_yuan_m2": 0.1, "reclamation_yuan_m2": 3, "fixed_yuan": 7, "building_share": 0.5}
    found = plan(register, factors=json.dumps(said))
    options = {one.number: one.options[0] for one in found.candidates}
    assert options["T001"].fen == round((7 + Fraction(1500) / 2 / 10 + 400 * 3) * 100) == 128_200


def test_what_the_procedure_cannot_finish_in_time_is_out_with_the_day(register):
    found = plan(register, cut_off=SOON)
    assert not found.answer.is_reached and all(one.options == () for one in found.candidates)
    reason = str(found.candidates[0].reason)
    assert "cut-off is 2026-06-10" in reason and "days more" in reason


def test_with_consent_no_waiting_time_comes_before_the_work(register):
    found = plan(register, factors='{"voluntary": true, "days_demolish": 5, "days_accept": 2}')
    assert {days for one in found.candidates for days in one.days.values()} == {7}
    waited = plan(register, factors='{"days_demolish": 5, "days_accept": 2}')
    # five working days to answer the notice, then fifteen to sue: 2026-06-23 and the days of the work
    assert all(one.days[DEMOLISH] > 7 + 15 for one in waited.candidates)


def test_late_approval_is_open_only_where_the_plan_is_known_to_allow_it(register):
    assert all(option.manner == DEMOLISH for one in plan(register).candidates for option in one.options)
    assert APPROVE not in {option.manner for area in plan(register).areas for option in area.options}


def test_the_county_is_one_area(register):
    found = plan(register, "target-10", COUNTY)
    assert len(found.areas) == 1 and found.areas[0].numerator == 2500 * UNITS_PER_M2


def test_crews_bound_what_can_be_done(register):
    found = plan(register, "target-10", COUNTY, factors='{"crews_per_month": 0}')
    assert not found.answer.is_reached and found.answer.fen == 0


@pytest.mark.parametrize(("given", "words"), [
    ('{"demolition_yuan_m2": -1}', "demolition_yuan_m2"), ('{"uses": {"厂房": -2}}', "uses.厂房"), ('{"fixed_yuan": "much"}', "fixed_yuan"),
    ('{"unknown": 1}', "unknown"), ("{", "cannot be read"), ("/nowhere/at/all.json", "cannot be read"),
    ('{"days_accept": null}', "days_accept"), ('{"fixed_yuan": NaN}', "fixed_yuan"), ('{"uses": 3}', "uses")])
def test_factors_that_cannot_be_are_named(given, words):
    with pytest.raises(InputError, match=words):
        read_factors(given)


@pytest.mark.parametrize(("said", "words"), [
    ({"line": "none"}, "knows no line none .*linhai"), ({"line": "linhai", "level": COUNTY}, "not drawn for this level, but for township"),
    ({"cut_off": date(2026, 1, 1)}, "lies before 2026-06-01")])
def test_lines_levels_and_days_that_cannot_be_are_named(register, said, words):
    with pytest.raises(InputError, match=words):
        plan(register, **said)


def test_a_scope_without_parcels_is_told(register):
    with pytest.raises(InputError):
        cheapest_plan(register, Scope(year=1999), "township", "linhai", LATE, read_factors(), day=DAY)
