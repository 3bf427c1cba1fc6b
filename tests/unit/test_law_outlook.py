"""Where a case stands at one glance, and what comes next in it."""
from __future__ import annotations

import dataclasses

import pytest

from land_inspector.law.acts import ACTS
from land_inspector.law.case_procedure import milestones, objection, obstacle
from land_inspector.law.case_deadlines import impossible, outlook
from land_inspector.law.procedure_guards import Practice
from land_inspector.law.procedure import AHEAD, HERE, PASSED, SKIPPED
from land_inspector.law.areas import Amount
from land_inspector.law.deadlines import DUTY, WAIT
from land_inspector.law.remedies import FINISHED, Acceptance, Step, Track, with_step
from tests.unit.law_cases import DEMOLITION, FINE, PACK, PRACTICE, SAID, day, decided, do, new_case


def marks(case):
    return {one.state.code: one.mark for one in milestones(case)}


def tracks():
    return [Track("t1", "T001", "demolition", Amount.from_record(DEMOLITION["amount"]), day("2024-07-19"), "C1", "1"),
            Track("t2", "T001", "fine", Amount(fen=10_200_000), day("2024-07-19"), "C1", "2")]


def carried_out(track, on="2024-08-01"):
    return with_step(track, Step(track.ordered, day(on)))


def view(case, on, of=()):
    return outlook(case, PRACTICE, day(on), of)


def test_a_new_case_stands_at_its_clue_with_all_ahead_and_one_other_end():
    found = milestones(new_case())
    assert found[0].mark == HERE and found[0].on == day("2024-05-01")
    assert {one.mark for one in found[1:]} == {AHEAD}
    assert [one.state.code for one in found if one.state.code.startswith("N")] == ["N3"]


def test_what_was_done_has_its_date_and_what_was_left_out_says_so():
    case = decided()
    found = {one.state.code: one for one in milestones(case)}
    assert (found["S3"].mark, found["S3"].on) == (PASSED, day("2024-05-06"))
    assert found["S2"].mark == SKIPPED and found["S8"].mark == HERE
    assert found["S9"].mark == found["S11"].mark == found["S15"].mark == AHEAD
    assert "N3" not in found


def test_what_was_sent_back_has_to_be_done_again():
    case = do(do(new_case(), "site_check", "2024-05-02"), "file", "2024-05-06")
    case = do(do(do(case, "investigate", "2024-05-20"), "legal_review", "2024-06-03"), "send_back", "2024-06-04")
    found = {one.state.code: one for one in milestones(case)}
    assert found["S3"].mark == HERE and found["S3"].on == day("2024-05-06")
    assert found["S4"].mark == found["S5"].mark == AHEAD and found["S4"].on is None


def test_a_case_that_ended_without_filing_has_nothing_ahead():
    case = do(do(new_case(), "site_check", "2024-05-02"), "not_file", "2024-05-03")
    assert marks(case)["N1"] == HERE and AHEAD not in marks(case).values()


def test_a_case_carried_out_without_the_court_left_the_court_out():
    case = decided([DEMOLITION])
    case = do(case, "perform", "2024-08-01", [carried_out(tracks()[0])], items=["1"])
    found = marks(case)
    assert found["S9"] == HERE and found["S12"] == SKIPPED and found["S15"] == AHEAD


def test_the_next_act_comes_with_the_duty_that_it_meets():
    found = view(do(new_case(), "site_check", "2024-05-02"), "2024-05-03")
    assert found.act.code == "file" and found.due is None and found.not_yet is None  # 处罚法 Art. 54 sets no days
    own = dataclasses.replace(PACK, terms={**PACK.terms, "filing": dataclasses.replace(PACK.term("service"), code="filing", amount=10)})
    found = outlook(do(new_case(), "site_check", "2024-05-02"), Practice(own), day("2024-05-03"))
    assert found.act.code == "file" and found.due.code == "filing"


def test_where_no_term_binds_the_next_act_the_first_duty_is_shown():
    case = do(do(new_case(), "site_check", "2024-05-02"), "file", "2024-05-06")
    found = view(case, "2024-05-07")
    assert found.act.code == "investigate" and (found.due.code, found.due.due_on) == ("decision", day("2024-08-04"))


def test_a_decision_that_must_wait_says_until_when_and_is_not_possible_yet():
    case = do(do(new_case(), "site_check", "2024-05-02"), "file", "2024-05-06")
    case = do(do(case, "investigate", "2024-05-20"), "legal_review", "2024-06-03")
    case = do(do(case, "notice", "2024-06-11", remedies=[DEMOLITION]), "hearing_notice", "2024-06-11")
    found = view(case, "2024-06-12")
    assert found.act.code == "decide" and "2024-06-18" in str(found.not_yet)
    assert "decide" not in {act.code for act in found.possible} and {one.code for one in found.waits} == {"statement", "hearing_request"}
    assert view(case, "2024-06-19").not_yet is None


def test_while_there_is_time_the_remedies_have_to_be_carried_out_and_performance_is_not_offered():
    found = view(decided(), "2024-07-25", tracks())
    assert found.act is None and [track.id for track in found.carry_out] == ["t1", "t2"]
    assert found.due.code == "performance" and found.due.due_on == day("2024-08-06")
    assert "perform" not in {act.code for act in found.possible}


def test_one_remedy_carried_out_can_be_recorded_as_performed_while_the_other_is_not():
    of = [carried_out(tracks()[0]), tracks()[1]]
    assert view(decided(), "2024-08-02", of).act.code == "perform"
    assert objection(decided(), "perform", PRACTICE, day("2024-08-02"), {**SAID["perform"], "items": ["2"]}, of).field == "items"
    assert objection(decided(), "perform", PRACTICE, day("2024-08-02"), {**SAID["perform"], "items": ["1"]}, of) is None


def test_a_demand_is_possible_as_soon_as_one_remedy_is_late():
    late = dict(FINE, item="2")
    case = decided([dict(DEMOLITION, perform_days=60), late])
    assert obstacle(case, "demand", PRACTICE, day("2024-08-06")) is not None
    assert obstacle(case, "demand", PRACTICE, day("2024-08-07")) is None


def test_every_act_is_either_possible_or_has_a_reason():
    case = decided()
    found = view(case, "2024-07-25", tracks())
    why = {act.code: reason for act, reason in impossible(case, PRACTICE, day("2024-07-25"), tracks())}
    assert {act.code for act in found.possible} | set(why) == set(ACTS) - {"clue"}
    assert not {act.code for act in found.possible} & set(why) and all(str(reason) for reason in why.values())


@pytest.mark.parametrize(("act", "on", "said", "field"), [
    ("file", "2024-05-01", {}, "on"), ("file", "2024-05-03", {"number": ""}, "number"),
    ("file", "2024-05-03", {"officers": ["p1"]}, "officers"),
    ("decide", "2024-05-03", {}, None)])
def test_an_objection_names_the_particular_at_fault(act, on, said, field):
    case = do(new_case(), "site_check", "2024-05-02")
    assert objection(case, act, PRACTICE, day(on), {**SAID[act], **said}).field == field


def test_what_is_too_heavy_for_the_notice_is_the_fault_of_the_remedies_and_what_is_early_of_the_date():
    case = do(do(new_case(), "site_check", "2024-05-02"), "file", "2024-05-06")
    case = do(do(case, "investigate", "2024-05-20"), "legal_review", "2024-06-03")
    case = do(do(case, "notice", "2024-06-11", remedies=[DEMOLITION]), "hearing_notice", "2024-06-11")
    assert objection(case, "decide", PRACTICE, day("2024-06-12"), {**SAID["decide"], "remedies": [DEMOLITION]}).field == "on"
    assert objection(case, "decide", PRACTICE, day("2024-07-01"), SAID["decide"]).field == "remedies"


def test_remedies_at_different_stages_are_all_due_the_furthest_first():
    case = do(decided([dict(DEMOLITION), FINE]), "demand", "2024-08-07", items=["1"])
    found = view(case, "2024-08-22", tracks())
    assert found.act.code == "apply_court" and [act.code for act in found.also] == ["demand"]
    assert found.due.code == "court_application" and found.due.item == "1"


def test_the_term_of_a_stop_order_that_nobody_answered_lapses_when_the_case_goes_to_its_review():
    case = do(do(new_case(), "site_check", "2024-05-02"), "stop_order", "2024-05-03")
    case = do(do(case, "file", "2024-05-06"), "investigate", "2024-05-20")
    assert "stop_response" in {one.code for one in view(case, "2024-05-21").deadlines}
    case = do(case, "legal_review", "2024-06-03")
    assert "stop_response" not in {one.code for one in view(case, "2024-06-04").deadlines}


def accepted(track, on="2024-08-10"):
    return dataclasses.replace(carried_out(track), acceptance=Acceptance(FINISHED, "1", day(on)))


def test_what_was_carried_out_and_accepted_is_recorded_next_and_nothing_of_it_runs_on():
    case = decided([DEMOLITION])
    for on in ("2024-09-01", "2025-03-01", "2026-03-01"):
        found = view(case, on, [accepted(tracks()[0])])
        assert found.act.code == "perform" and found.also == (), on
        assert not [one for one in found.deadlines if one.role in (DUTY, WAIT)], on
    closed_next = do(case, "perform", "2024-09-01", [accepted(tracks()[0])], items=["1"])
    assert view(closed_next, "2024-09-02", [accepted(tracks()[0])]).act.code == "close"


def test_of_two_remedies_the_open_one_is_still_demanded():
    case = decided()
    found = view(case, "2026-03-01", [accepted(tracks()[0]), tracks()[1]])
    assert {one.item for one in found.deadlines if one.role in (DUTY, WAIT)} == {"2"}
