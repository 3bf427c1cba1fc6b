"""自然资源行政处罚办法 (令12号, 2024) held against the case's procedure: acts that were missing, the days they move, and refusals that help."""
from __future__ import annotations

import pytest

from land_inspector.errors import RefusedError
from land_inspector.law.acts import ACTS, SERVED_PAPERS
from land_inspector.law.case_deadlines import deadlines_of
from land_inspector.law.indicators import is_handled
from land_inspector.law.case_procedure import allowed, refusal
from land_inspector.law.penalties import Payment
from land_inspector.law.procedure_guards import needs_hearing
from land_inspector.law.work_lists import OpenFine
from tests.unit.law_cases import DEMOLITION, FINE, PACK, PRACTICE, SAID, day, decided, do, new_case


def filed(on="2024-05-06"):
    return do(do(new_case(), "site_check", "2024-05-02"), "file", on)


def due(case, code, item=None):
    (found,) = [one for one in deadlines_of(case, PACK) if one.code == code and one.item == item]
    return found.due_on


def codes(case):
    return {one.code for one in deadlines_of(case, PACK)}


def why(case, act, on, **said):
    return str(refusal(case, act, PRACTICE, day(on), {**SAID[act], **said}) or "")


def noticed(remedies=(DEMOLITION, FINE)):
    case = do(do(filed(), "investigate", "2024-05-20"), "legal_review", "2024-06-03")
    return do(do(case, "notice", "2024-06-11", remedies=list(remedies)), "hearing_notice", "2024-06-11")


def test_a_suspended_investigation_stops_the_time_to_decide_and_every_step():
    case = do(filed(), "suspend", "2024-05-16")
    assert "decision" not in codes(case) and due(case, "decision_notice") == day("2024-05-21")
    assert "suspended" in why(case, "investigate", "2024-05-20") and "suspended already" in why(case, "suspend", "2024-05-20")
    case = do(do(case, "deliver", "2024-05-17", paper="suspend"), "resume", "2024-06-15")
    assert due(case, "decision") == day("2024-09-03")  # thirty days later than 4 August
    assert not why(case, "investigate", "2024-06-16")
    assert "not suspended" in why(case, "resume", "2024-06-20")


@pytest.mark.parametrize("paper, met", [("suspend", True), ("stop_order", False)])
def test_only_the_paper_of_the_suspension_tells_the_party_of_it(paper, met):
    case = do(do(new_case(), "site_check", "2024-05-02"), "stop_order", "2024-05-03")
    case = do(do(case, "file", "2024-05-06"), "suspend", "2024-05-20")
    told = [one for one in deadlines_of(do(case, "deliver", "2024-05-22", paper=paper), PACK) if one.code == "decision_notice"]
    assert [(one.due_on, one.met_on is not None) for one in told] == [(day("2024-05-23"), met)]


def test_time_that_is_not_counted_moves_the_decision():
    case = do(filed(), "exclude_time", "2024-06-25", first="2024-06-01", last="2024-06-20")
    assert due(case, "decision") == day("2024-08-24")
    assert "between the filing" in why(case, "exclude_time", "2024-06-25", first="2024-06-20", last="2024-06-01")
    late = do(case, "extend_decision", "2024-08-01", days=10)
    assert due(late, "decision_extended") == day("2024-09-03")


def test_a_hearing_is_not_counted():
    case = do(noticed(), "hearing_request", "2024-06-12")
    case = do(do(case, "schedule_hearing", "2024-06-17", hearing_on="2024-07-01"), "hold_hearing", "2024-07-01")
    assert due(case, "decision") == day("2024-08-24")  # 12 June to 1 July: twenty days
    assert not why(case, "review_after_hearing", "2024-07-02") and not why(case, "discuss", "2024-07-03")


def test_the_extension_is_thirty_days_and_more_only_after_a_discussion():
    case = filed()
    assert "at most 30 days" in why(case, "extend_decision", "2024-07-30", days=60)
    case = do(case, "extend_decision", "2024-07-30", days=30)
    assert due(case, "decision_extended") == day("2024-09-03")
    assert "discussed collectively" in why(case, "extend_decision", "2024-08-30", days=30)


def test_an_investigation_may_be_ended_and_the_case_with_it():
    case = do(filed(), "end_investigation", "2024-06-01")
    assert (case.state, case.is_open, is_handled(case, day("2024-06-01"))) == ("N4", False, True)
    assert allowed(case, PRACTICE) == []


def test_the_partys_time_runs_from_the_service_of_the_paper():
    case = do(noticed(), "deliver", "2024-06-13", paper="notice")
    case = do(case, "deliver", "2024-06-14", paper="hearing_notice")
    assert (due(case, "statement"), due(case, "hearing_request")) == (day("2024-06-20"), day("2024-06-21"))
    assert "2024-06-20" in why(case, "decide", "2024-06-20") and "2024-06-21" in why(case, "decide", "2024-06-21")
    assert not why(case, "decide", "2024-06-22")
    assert "not been recorded" in why(case, "deliver", "2024-06-14", paper="demand")
    assert due(noticed(), "statement") == day("2024-06-18")  # as recorded by earlier versions: from the paper itself


def test_a_notice_by_publication_reaches_the_party_after_thirty_days_which_are_not_counted():
    case = do(noticed(), "deliver", "2024-06-12", paper="notice", manner="5")
    assert due(case, "statement") == day("2024-07-19") and due(case, "decision") == day("2024-09-03")


def test_electronic_service_takes_the_signed_consent():
    case = decided(served=None)
    assert "signed consent" in why(case, "serve", "2024-07-22", manner="6")
    assert "signed consent" in why(do(case, "confirm_address", "2024-07-20", electronic="2"), "serve", "2024-07-22", manner="6")
    assert not why(do(case, "confirm_address", "2024-07-20"), "serve", "2024-07-22", manner="6")


def test_a_fine_in_parts_is_late_part_by_part_and_the_court_waits_for_the_last():
    case = do(decided([FINE]), "instalments", "2024-07-30", schedule="2024-12-31 51000; 2025-06-30 51000")
    item = case.items[0]
    assert due(case, "performance", item.id) == day("2025-06-30")
    assert due(case, "court_application", item.id) == day("2025-09-30")
    fine = OpenFine(10_200_000, day("2025-06-30"), (Payment(day("2024-12-31"), 5_100_000),), (), 0.03,
                    ((day("2024-12-31"), 5_100_000), (day("2025-06-30"), 5_100_000)))
    assert fine.standing(day("2025-06-30")).surcharge_fen == 0
    assert fine.standing(day("2025-07-10")).surcharge_fen == 5_100_000 * 3 * 10 // 100
    unpaid = OpenFine(10_200_000, day("2025-06-30"), (), (), 0.03, fine.parts)
    assert unpaid.standing(day("2025-01-10")).surcharge_fen == 5_100_000 * 3 * 10 // 100


@pytest.mark.parametrize("schedule, said", [("soon", "are written as"), ("2024-12-31 51000", "they must be equal"),
                                            ("2024-07-01 102000", "due after")])
def test_a_schedule_that_cannot_be_is_refused_in_words(schedule, said):
    assert said in why(decided([FINE]), "instalments", "2024-07-30", schedule=schedule)


def test_a_case_may_close_once_enforcement_was_applied_for():
    case = do(decided([DEMOLITION]), "demand", "2024-08-07")
    assert "cannot be closed yet" in why(case, "close", "2024-08-08")
    case = do(case, "apply_court", "2024-08-23")
    assert "cannot be closed yet" in why(case, "close", "2024-09-01") and not why(case, "close_applied", "2024-09-01")
    closed = do(case, "close_applied", "2024-09-01")
    assert closed.state == "S15" and not closed.is_open


def test_a_published_decision_that_was_revoked_is_withdrawn_within_three_days():
    case = do(do(decided(), "publish", "2024-07-25"), "open_review", "2024-08-01")
    case = do(case, "conclude_review", "2024-11-01", result="3")
    assert due(case, "withdraw_publication") == day("2024-11-04")
    case = do(case, "withdraw_publication", "2024-11-05")
    assert [one.met_on for one in deadlines_of(case, PACK) if one.code == "withdraw_publication"] == [day("2024-11-05")]


def test_what_ended_more_than_two_years_ago_is_not_filed():
    case = do(new_case("2024-05-01"), "site_check", "2024-05-02")
    assert "Record the decision not to file" in why(case, "file", "2024-05-06", ended_on="2022-04-30")
    assert not why(case, "file", "2024-05-06", ended_on="2022-05-01") and not why(case, "file", "2024-05-06")


def test_a_large_fine_for_a_person_is_smaller_than_for_a_unit():
    fine = [dict(FINE, amount={"fen": 800_000})]
    assert needs_hearing(fine, PRACTICE, "1") and not needs_hearing(fine, PRACTICE, "2") and not needs_hearing(fine, PRACTICE)


def test_a_court_that_hears_the_parties_has_thirty_days():
    case = do(do(decided([DEMOLITION]), "demand", "2024-08-07"), "apply_court", "2024-08-23")
    assert due(do(case, "court_acceptance", "2024-08-27"), "court_ruling", "1") == day("2024-09-05")
    assert due(do(case, "court_acceptance", "2024-08-27", looks="2"), "court_ruling_hearing", "1") == day("2024-09-26")


def test_every_paper_whose_service_is_recorded_is_an_act():
    assert set(SERVED_PAPERS) <= set(ACTS)


def test_too_few_officers_are_told_in_words():
    with pytest.raises(RefusedError, match="2 different persons are needed .* 1 named"):
        do(new_case(), "site_check", "2024-05-02", officers=["p1"])
