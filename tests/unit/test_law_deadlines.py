"""Terms in working days, calendar days and months (R39, R49; domain.md §11 example 12)."""
from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from land_inspector.law import remedies as remedy_terms
from land_inspector.law.case_deadlines import deadlines_of, next_deadline
from land_inspector.law.deadlines import (DUTY, MET, MET_LATE, OVER, OVERDUE, RUNNING, SOON, WAIT, deadline,
                                          monthly_clearing, monthly_clearing_due, most_urgent_first)
from tests.unit.law_cases import DEMOLITION, FINE, PACK, RETURN, day, decided, do, new_case


def of(case, code, item=None):
    (found,) = [one for one in deadlines_of(case, PACK) if one.code == code and one.item == item]
    return found


def test_the_case_calendar_of_the_guide_comes_out_day_by_day():
    case = decided()
    assert of(case, "decision").due_on == day("2024-08-04")
    assert of(case, "performance", "2").due_on == day("2024-08-06")
    assert of(case, "demolition_suit", "1").due_on == day("2024-08-06")
    case = do(case, "demand", "2024-08-07", items=["1"])
    demand = of(case, "demand", "1")
    assert (demand.due_on, demand.role) == (day("2024-08-21"), WAIT)
    assert remedy_terms.court_opens_after(case, case.item("1"), PACK).day == day("2024-08-21")
    assert of(case, "court_application", "1").due_on == day("2024-11-06")


def test_each_remedy_of_one_decision_has_its_own_court_window():
    case = decided()
    assert of(case, "suit", "2").due_on == day("2025-01-22")
    assert of(case, "review", "2").due_on == day("2024-09-20")
    assert of(case, "court_application", "1").due_on == day("2024-11-06")
    assert of(case, "court_application", "2").due_on == day("2025-04-22")


def test_service_across_the_national_holidays_counts_only_days_worked():
    # 2024: off 1-7 October, Sunday 29 September and Saturday 12 October worked
    case = decided(on="2024-09-26", served=None)
    assert of(case, "service").due_on == day("2024-10-11")


def test_a_decision_term_that_ends_on_a_sunday_rolls_only_where_the_pack_says_so():
    rolling = dataclasses.replace(PACK, parameters=dataclasses.replace(PACK.parameters, deadline_rolls_to_working_day=True))
    term = PACK.term("decision")
    assert deadline(term, day("2024-05-06"), PACK, DUTY).due_on == day("2024-08-04")
    assert deadline(term, day("2024-05-06"), rolling, DUTY).due_on == day("2024-08-05")


def test_terms_into_a_year_whose_holidays_nobody_announced_are_provisional():
    far = max(PACK.calendar.announced_years)
    assert deadline(PACK.term("service"), date(far, 12, 29), PACK, DUTY).provisional
    assert not deadline(PACK.term("service"), date(far, 3, 2), PACK, DUTY).provisional


def test_the_warning_comes_at_four_fifths_of_the_terms_own_days():
    decision = deadline(PACK.term("decision"), day("2024-05-06"), PACK, DUTY)
    assert decision.warn_on == day("2024-05-06") + timedelta(days=72)
    assert decision.status(day("2024-07-16")) == RUNNING
    assert decision.status(day("2024-07-17")) == SOON
    assert decision.status(day("2024-08-04")) == SOON
    assert decision.status(day("2024-08-05")) == OVERDUE
    service = deadline(PACK.term("service"), day("2024-07-19"), PACK, DUTY)  # Friday, 7 wd → 30th, 6th wd 29th
    assert (service.warn_on, service.due_on) == (day("2024-07-29"), day("2024-07-30"))


def test_a_duty_done_in_time_is_met_and_one_done_late_says_so():
    case = decided(on="2024-08-04", served="2024-08-14")
    assert of(case, "decision").status(day("2025-01-01")) == MET
    assert of(case, "service").due_on == day("2024-08-13")
    assert of(case, "service").status(day("2025-01-01")) == MET_LATE


def test_a_wait_and_a_right_run_out_without_being_overdue():
    case = decided()
    suit = of(case, "suit", "2")
    assert suit.status(day("2025-01-22")) == RUNNING
    assert suit.status(day("2025-01-23")) == OVER


def test_an_extension_moves_the_day_of_decision():
    case = do(do(new_case(), "site_check", "2024-05-02"), "file", "2024-05-06")
    assert of(case, "decision").due_on == day("2024-08-04")
    case = do(case, "extend_decision", "2024-07-30")
    assert of(case, "decision_extended").due_on == day("2024-09-03")  # 12号令 Art. 38: 30 days more, not 60


def test_a_suit_that_was_lost_starts_the_window_of_the_court_anew():
    case = do(decided(), "open_review", "2024-08-01", items=["1"])
    assert [one.code for one in deadlines_of(case, PACK) if one.item == "1" and one.code == "court_application"] == []
    case = do(case, "conclude_review", "2025-02-28", items=["1"], result="1")
    assert of(case, "court_application", "1").due_on == day("2025-05-28")


def test_three_months_from_the_last_of_november_end_on_the_last_of_february():
    case = do(do(decided(), "open_review", "2024-08-01", items=["1"]), "conclude_review", "2024-11-30", items=["1"], result="1")
    assert of(case, "court_application", "1").due_on == day("2025-02-28")


def test_days_set_by_the_decision_replace_the_usual_fifteen():
    case = decided([dict(DEMOLITION, perform_days=30), FINE])
    assert of(case, "performance", "1").due_on == day("2024-08-21")
    assert of(case, "performance", "2").due_on == day("2024-08-06")
    assert of(case, "performance", "1").warn_on == day("2024-08-15")


def test_where_the_decision_sets_no_days_those_of_the_bureaus_rule_pack_count():
    pack = dataclasses.replace(PACK, parameters=dataclasses.replace(PACK.parameters, perform_days=40))
    found = {one.item: one for one in deadlines_of(decided([DEMOLITION, FINE]), pack) if one.code == "performance"}
    assert (found["1"].due_on, found["2"].due_on) == (day("2024-08-31"), day("2024-08-06"))


def test_confiscated_buildings_are_handed_over_within_ninety_days():
    confiscation = {"item": "1", "kind": "confiscation", "amount": {"building_m2": 800.0}}
    case = decided([confiscation, RETURN])
    assert of(case, "handover", "1").due_on == day("2024-10-20")  # from effect, which is service (12号令 Art. 35, 43)
    case = do(case, "hand_over", "2024-10-21", items=["1"])
    assert of(case, "handover", "1").status(day("2024-12-01")) == MET_LATE


def test_nothing_is_overdue_any_more_once_the_case_has_ended():
    case = new_case()
    assert of(case, "site_check").status(day("2024-07-01")) == OVERDUE
    case = do(do(case, "site_check", "2024-07-01"), "not_file", "2024-07-02")
    assert {one.status(day("2025-01-01")) for one in deadlines_of(case, PACK) if one.role == DUTY} <= {MET, MET_LATE}


def test_the_next_deadline_is_the_duty_that_runs_out_first():
    case = do(do(new_case(), "site_check", "2024-05-02"), "file", "2024-05-06")
    case = do(case, "preserve_evidence", "2024-05-07")
    assert next_deadline(case, PACK, day("2024-05-08")).code == "evidence_decision"
    case = do(case, "decide_evidence", "2024-05-09")
    assert next_deadline(case, PACK, day("2024-05-10")).code == "decision"


def test_overdue_comes_before_warnings_and_what_is_met_comes_last():
    case = decided()
    order = [one.status(day("2024-08-07")) for one in most_urgent_first(deadlines_of(case, PACK), day("2024-08-07"))]
    assert order == sorted(order, key=[OVERDUE, SOON, RUNNING, OVER, MET, MET_LATE].index)
    assert order[0] == OVERDUE and order[-1] in (MET, MET_LATE)


@pytest.mark.parametrize(("issued", "due"), [("2024-05-10", "2024-06-30"), ("2024-05-31", "2024-06-30"),
                                             ("2024-01-15", "2024-02-29"), ("2023-01-31", "2023-02-28"), ("2024-12-02", "2025-01-31")])
def test_patches_are_cleared_by_the_end_of_the_month_after_the_issue(issued, due):
    assert monthly_clearing_due(day(issued)) == day(due)


def test_the_monthly_clearing_warns_seven_days_before_and_is_overdue_after():
    clearing = monthly_clearing(day("2024-05-10"), None, None, PACK)
    assert [clearing.status(day(on)) for on in ("2024-06-22", "2024-06-23", "2024-06-30", "2024-07-01")] == [
        RUNNING, SOON, SOON, OVERDUE]
    assert monthly_clearing(day("2024-05-10"), day("2024-07-15"), None, PACK).status(day("2024-07-01")) == RUNNING
    assert monthly_clearing(day("2024-05-10"), None, day("2024-07-02"), PACK).status(day("2024-07-03")) == MET_LATE


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2019, 1, 1), date(2025, 12, 1)), st.sampled_from(sorted(PACK.terms)))
def test_no_deadline_warns_after_it_ends_and_working_terms_end_on_days_worked(start, code):
    term = PACK.term(code)
    if term.amount < 0:
        return
    made = deadline(term, start, PACK, DUTY)
    assert start < made.warn_on <= made.due_on
    if term.unit == "wd":
        assert PACK.calendar.is_working_day(made.due_on)
        assert PACK.calendar.working_days_between(start, made.due_on) == term.amount


def test_filing_has_no_number_of_days_but_what_an_office_sets():
    case = do(new_case(), "site_check", "2024-05-02")
    assert "filing" not in {one.code for one in deadlines_of(case, PACK)}  # 处罚法 Art. 54: "及时"
    ten = dataclasses.replace(PACK.term("service"), code="filing", amount=10)
    own = dataclasses.replace(PACK, terms={**PACK.terms, "filing": ten})
    assert [one.due_on for one in deadlines_of(case, own) if one.code == "filing"] == [day("2024-05-16")]


def served(on, remedies=(DEMOLITION, FINE)):
    return do(decided(list(remedies), on=on, served=None), "serve", on)


def test_suit_and_reconsideration_end_on_a_working_day():
    case = served("2025-09-16")  # 1–8 October 2025 are holidays
    assert of(case, "demolition_suit", "1").due_on == day("2025-10-09")
    assert of(case, "performance", "2").due_on == day("2025-10-01")  # the fine is no term of 民事诉讼法
    assert of(case, "court_application", "1").due_on == day("2026-01-09")
    case = served("2025-08-05")
    assert of(case, "review", "2").due_on == day("2025-10-09")  # the sixtieth day is 4 October


def test_after_an_upheld_reconsideration_there_are_fifteen_days_to_sue_before_the_court_is_open():
    case = do(decided(), "open_review", "2024-08-01", items=["1"], way="1")
    case = do(case, "conclude_review", "2024-09-20", items=["1"], result="1")
    assert of(case, "suit_after_review", "1").due_on == day("2024-10-08")  # 5 October rolls over the holidays
    assert of(case, "court_application", "1").due_on == day("2025-01-08")
    opens = remedy_terms.court_opens_after(do(case, "demand", "2024-09-20", items=["1"]), case.item("1"), PACK)
    assert opens.day == day("2024-10-10")  # the demand's ten working days end later than the suit here


def test_a_decision_served_by_publication_is_served_thirty_days_later():
    case = do(decided(served=None), "serve", "2024-07-22", manner="5")
    assert remedy_terms.served_on(case, PACK) == day("2024-08-21")
    assert of(case, "performance", "2").due_on == day("2024-09-05")
    assert of(case, "demolition_suit", "1").due_on == day("2024-09-05")


def test_whether_reconsideration_runs_for_a_demolition_is_a_setting_of_the_pack():
    waits = dataclasses.replace(PACK, parameters=dataclasses.replace(PACK.parameters, review_runs_for_demolition=True))
    case = decided()
    assert {one.code for one in deadlines_of(case, PACK) if one.item == "1" and one.role == "right"} == {"demolition_suit"}
    assert {one.code for one in deadlines_of(case, waits) if one.item == "1" and one.role == "right"} == {"demolition_suit", "review"}
    (window,) = [one for one in deadlines_of(case, waits) if one.item == "1" and one.code == "court_application"]
    assert window.due_on == day("2024-12-20")


def test_a_revoked_decision_that_is_made_anew_has_its_time_again_and_is_not_dealt_with():
    from land_inspector.law.indicators import is_handled
    case = do(do(decided(), "open_review", "2024-08-01"), "conclude_review", "2024-11-01", result="3")
    assert not is_handled(case, day("2024-12-31"))
    case = do(case, "redo", "2024-11-05")
    assert not is_handled(case, day("2024-12-31"))
    assert (of(case, "decision").due_on, of(case, "decision").met_on) == (day("2025-02-03"), None)


@pytest.mark.parametrize("filed, decision, extended, statement", [
    ("2013-03-01", 60, 90, 3), ("2018-03-01", 60, 90, 3), ("2021-07-14", 60, 90, 3),
    ("2021-07-15", 90, 120, 5), ("2024-06-01", 90, 120, 5)])
def test_each_term_is_that_of_the_law_of_its_day(filed, decision, extended, statement):
    found = [PACK.term(code, day(filed)).amount for code in ("decision", "decision_extended", "statement", "hearing_request")]
    assert found == [decision, extended, statement, statement]


def test_the_sources_of_reconsideration_and_suit_are_known():
    assert (PACK.term("review").source, PACK.term("suit").source) == ("行政复议法 Art. 20", "行政诉讼法 Art. 46")
