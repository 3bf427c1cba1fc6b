"""The procedure of a case: what is possible, what is not and why (domain.md §4.1)."""
from __future__ import annotations

import json
from dataclasses import replace

import pytest

from land_inspector.errors import RefusedError
from land_inspector.law.acts import ACTS, ITEM_STATES, OPTION_LABELS, STAGE_LABELS, STATES
from land_inspector.law.case import advance, parcel_refusal
from land_inspector.law.codes import shipped_codes
from land_inspector.law.case_procedure import allowed, next_act, refusal
from land_inspector.law.procedure_guards import Practice, closing_obstacles, needs_hearing
from land_inspector.law.areas import Amount
from land_inspector.law.remedies import Step, Track, with_step
from tests.unit.law_cases import DEMOLITION, FINE, PACK, PRACTICE, RETURN, SAID, STRAIGHT, day, decided, do, new_case

CONFISCATION = {"item": "1", "kind": "confiscation", "amount": {"building_m2": 800.0}}
SMALL_FINE = dict(FINE, item="1", amount={"fen": 200_000}, base={"land_m2": 20.0})


def why(case, act, on=None, tracks=(), **said):
    reason = refusal(case, act, PRACTICE, day(on) if on else None, {**SAID[act], **said} if on else None, tracks)
    return None if reason is None else str(reason)


def noticed(remedies):
    case = do(do(new_case(), "site_check", "2024-05-02"), "file", "2024-05-06")
    case = do(do(case, "investigate", "2024-05-20"), "legal_review", "2024-06-03")
    return do(case, "notice", "2024-06-11", remedies=remedies)


def offered(remedies=(DEMOLITION, FINE)):
    return do(noticed(list(remedies)), "hearing_notice", "2024-06-11")


def in_court(item="1"):
    case = do(decided(), "demand", "2024-08-07", items=[item])
    return do(case, "apply_court", "2024-08-22", items=[item])


def tracks_of(case_id="C1"):
    return [Track("t1", "T001", "demolition", Amount.from_record(DEMOLITION["amount"]), day("2024-07-19"), case_id, "1"),
            Track("t2", "T001", "fine", Amount(fen=10_200_000), day("2024-07-19"), case_id, "2")]


def finished(tracks):
    return [with_step(track, Step(track.ordered, day("2024-08-01"))) for track in tracks]


def test_the_straight_procedure_leads_from_the_clue_to_service():
    case = new_case()
    for act in STRAIGHT:
        assert next_act(case, PRACTICE, day("2024-06-01")).code == act, case.state
        case = do(case, act, "2024-06-%02d" % (3 + len(case.acts)) if act not in ("decide", "serve") else "2024-07-01")
    assert case.state == "S8"
    assert [item.stage for item in case.items] == ["open", "open"]


def test_what_comes_next_after_service_depends_on_the_day():
    case = decided([DEMOLITION])
    assert next_act(case, PRACTICE, day("2024-08-06")).code == "perform"
    assert next_act(case, PRACTICE, day("2024-08-07")).code == "demand"
    case = do(case, "demand", "2024-08-07")
    assert next_act(case, PRACTICE, day("2024-08-21")).code == "perform"
    assert next_act(case, PRACTICE, day("2024-08-22")).code == "apply_court"
    assert next_act(do(case, "perform", "2024-08-20"), PRACTICE, day("2024-08-20")).code == "close"


def test_a_case_cannot_be_filed_before_the_site_was_checked():
    assert why(new_case(), "file") == "Filing is not possible: the case is clue registered. Next comes: Check on site."


def test_an_act_out_of_its_turn_is_refused_with_what_comes_next():
    case = do(do(new_case(), "site_check", "2024-05-02"), "file", "2024-05-06")
    assert why(case, "decide") == "Penalty decision is not possible: the case is filed. Next comes: Investigation report."
    with pytest.raises(RefusedError, match="Investigation report"):
        do(case, "decide", "2024-06-01")


def test_an_act_cannot_be_dated_before_the_one_it_follows():
    case = do(new_case(), "site_check", "2024-05-02")
    assert why(case, "file", "2024-05-01") == "Filing of 2024-05-01 cannot come before Check on site of 2024-05-02."
    assert why(case, "file", "2024-05-02") is None


def test_a_decision_cannot_be_dated_before_the_statement_of_the_party():
    case = do(offered(), "statement", "2024-06-25")
    assert "cannot come before Statement and defence" in why(case, "decide", "2024-06-24")


def test_a_transfer_to_the_police_holds_up_no_step_and_is_possible_at_any_time():
    case = do(do(new_case(), "site_check", "2024-05-02"), "transfer_police", "2024-06-30")
    assert do(case, "file", "2024-05-06").state == "S3"
    assert why(decided(), "transfer_discipline", "2024-09-01") is None


@pytest.mark.parametrize(("act", "said", "wants"), [
    ("site_check", {"officers": ["p1"]}, "Officers"), ("site_check", {"officers": ["p1", "p1"]}, "Officers"),
    ("site_check", {"findings": "  "}, "Findings"), ("transfer_case", {"body": ""}, "Receiving body")])
def test_an_act_asks_for_what_it_needs(act, said, wants):
    assert wants in why(new_case(), act, "2024-05-02", **said)


def test_persons_are_a_whole_number_above_zero():
    case = do(new_case(), "site_check", "2024-05-02")
    for persons in (0, 1.5, "3", True):
        assert "Persons" in why(case, "transfer_police", "2024-05-03", persons=persons)


def test_only_an_ignored_stop_order_is_reported():
    case = do(do(new_case(), "site_check", "2024-05-02"), "stop_order", "2024-05-03")
    assert case.state == "S2"
    assert "Effect" not in (why(case, "stop_report") or "") and why(case, "stop_report") is not None
    assert "took effect" in why(do(case, "stop_result", "2024-05-06", result="1"), "stop_report", "2024-05-07")
    assert why(do(case, "stop_result", "2024-05-06", result="3"), "stop_report", "2024-05-07") is None


@pytest.mark.parametrize("remedies", [[DEMOLITION], [CONFISCATION], [dict(FINE, item="1")]])
def test_demolition_confiscation_and_large_fines_need_the_notice_of_a_hearing(remedies):
    case = noticed(remedies)
    assert "right to a hearing" in why(case, "decide")
    assert why(do(case, "hearing_notice", "2024-06-11"), "decide", "2024-07-01", remedies=remedies) is None


def test_a_small_fine_is_decided_without_a_hearing_notice_and_the_line_is_the_bureaus():
    case = noticed([SMALL_FINE])
    assert why(case, "decide", "2024-07-01", remedies=[SMALL_FINE]) is None
    assert needs_hearing([SMALL_FINE], bureau(hearing_fine_yuan=2_000))
    assert not needs_hearing([SMALL_FINE], bureau(hearing_fine_yuan=2_000.01))


def bureau(**settings):
    """The practice of a bureau with settings of its own in its rule pack."""
    return Practice(replace(PACK, parameters=replace(PACK.parameters, **settings)))


def test_the_decision_waits_for_the_partys_five_working_days():
    # notice of Tuesday 11 June 2024: 12, 13, 14, 17, 18 June
    case = offered()
    assert "before 2024-06-18 is over" in why(case, "decide", "2024-06-18")
    assert why(case, "decide", "2024-06-19") is None


def test_a_hearing_that_was_asked_for_is_held_or_withdrawn_before_the_decision():
    case = do(offered(), "hearing_request", "2024-06-14")
    assert "hold it" in why(case, "decide")
    assert why(do(case, "withdraw_hearing", "2024-06-20"), "decide", "2024-06-21") is None
    case = do(case, "schedule_hearing", "2024-06-17", hearing_on="2024-06-27")
    assert "called for 2024-06-27" in why(case, "hold_hearing", "2024-06-26")
    assert why(do(case, "hold_hearing", "2024-06-27"), "decide", "2024-06-28") is None


def test_the_summons_comes_seven_working_days_before_the_hearing():
    # 25 September (Wednesday) → 26, 27, 29 (worked), 30 September, 8, 9, 10 October
    case = do(offered(), "hearing_request", "2024-06-14")
    assert "by 2024-09-25" in why(case, "schedule_hearing", "2024-09-26", hearing_on="2024-10-10")
    assert why(case, "schedule_hearing", "2024-09-25", hearing_on="2024-10-10") is None


def test_a_hearing_cannot_be_held_without_being_asked_for():
    assert why(offered(), "hold_hearing") is not None
    case = do(do(offered(), "hearing_request", "2024-06-14"), "withdraw_hearing", "2024-06-17")
    assert why(case, "schedule_hearing") == "No hearing is asked for any more."


def test_a_decision_may_be_milder_than_its_notice_but_not_heavier():
    case = offered([DEMOLITION, FINE])
    milder, heavier = dict(FINE, amount={"fen": 10_200_000}), dict(FINE, amount={"fen": 10_200_100})
    assert why(case, "decide", "2024-07-01", remedies=[milder]) is None
    assert "more than the 102000.00 yuan of the notice" in why(case, "decide", "2024-07-01", remedies=[heavier])
    assert "was not in the notice" in why(case, "decide", "2024-07-01", remedies=[dict(RETURN, item="1")])


def test_a_heavier_penalty_is_possible_after_a_new_notice():
    case = do(offered([FINE]), "notice", "2024-07-01", remedies=[DEMOLITION, FINE])
    assert case.state == "S6"
    case = do(case, "hearing_notice", "2024-07-01")
    assert why(case, "decide", "2024-07-09", remedies=[DEMOLITION, FINE]) is None


@pytest.mark.parametrize(("violated_on", "yuan", "fits"), [
    ("2021-08-31", 30_600, True), ("2021-08-31", 30_600.01, False), ("2021-09-01", 30_600, False), ("2021-09-01", 101_999.99, False),
    ("2021-09-01", 102_000, True), ("2021-09-01", 1_020_000, True), ("2021-09-01", 1_020_000.01, False)])
def test_a_fine_outside_the_band_of_the_violations_date_is_refused(violated_on, yuan, fits):
    fine = dict(FINE, violated_on=violated_on, amount={"fen": round(yuan * 100)})
    reason = why(noticed([fine]) if fits else _reviewed(), "notice", "2024-06-12", remedies=[fine])
    assert (reason is None) == fits, reason
    assert fits or "Article 77" in reason


def _reviewed():
    case = do(do(new_case(), "site_check", "2024-05-02"), "file", "2024-05-06")
    return do(do(case, "investigate", "2024-05-20"), "legal_review", "2024-06-03")


@pytest.mark.parametrize("remedy", [
    {"kind": "demolition", "amount": {"building_m2": 10.0}}, {"kind": "fine", "amount": {"fen": 1.5}}, {"kind": "discipline"},
    {"kind": "unknown", "amount": {}}, {"kind": "return", "amount": {"land_m2": -5.0}}, {"kind": "return", "amount": {"fen": 5}},
    {"kind": "return", "amount": {"land_m2": 5.0}, "perform_days": 0}, dict(FINE, violated_on=None), dict(FINE, article=None),
    dict(FINE, base={}), dict(FINE, base={"building_m2": 4.0}), {"kind": "demolition", "amount": "much"},
    {"kind": "demolition", "amount": {"building_m2": 9.0, "land_m2": 5.0, "cultivated_m2": 6.0}}])
def test_a_remedy_that_is_not_written_as_the_law_asks_is_refused(remedy):
    assert why(_reviewed(), "notice", "2024-06-12", remedies=[remedy])


def test_two_remedies_cannot_share_a_number():
    assert "same number" in why(_reviewed(), "notice", "2024-06-12", remedies=[DEMOLITION, dict(FINE, item="1")])


def test_the_demand_comes_after_the_time_to_perform():
    assert "until 2024-08-06" in why(decided(), "demand", "2024-08-06", items=["1"])
    assert why(decided(), "demand", "2024-08-07", items=["1"]) is None


def test_the_court_opens_after_ten_working_days_and_the_end_of_the_right_to_sue():
    case = do(decided(), "demand", "2024-08-07")
    assert "only after 2024-08-21" in why(case, "apply_court", "2024-08-21", items=["1"])
    assert why(case, "apply_court", "2024-08-22", items=["1"]) is None
    assert "only after 2025-01-22" in why(case, "apply_court", "2024-08-22", items=["2"])


def test_a_late_application_is_possible_and_stays_overdue():
    case = do(decided(), "demand", "2024-08-07", items=["1"])
    assert why(case, "apply_court", "2024-12-01", items=["1"]) is None


def test_there_is_no_application_without_a_demand():
    reason = why(decided(), "apply_court")
    assert reason == "Application for enforcement is not possible: the case is served. Next comes: Demand."
    case = do(decided(), "demand", "2024-08-07", items=["1"])
    assert "served and not carried out" in why(case, "apply_court", "2024-09-01", items=["2"])


def test_the_remedies_of_one_decision_go_their_own_ways():
    case = in_court("1")
    assert case.state == "S12"
    case = do(case, "perform", "2024-08-23", items=["2"])
    assert [item.stage for item in case.items] == ["applied", "done"]
    case = do(do(case, "court_acceptance", "2024-08-28"), "court_ruling", "2024-09-04", result="1")
    assert case.state == "S13"
    case = do(do(case, "enforce", "2024-10-10"), "perform", "2024-10-20", items=["1"])
    assert (case.state, do(case, "close", "2024-10-21").state) == ("S9", "S15")


def test_a_suspended_enforcement_resumes_and_blocks_the_closing_until_then():
    case = do(do(in_court(), "court_ruling", "2024-09-04", result="1"), "court_ruling", "2024-09-20", result="4")
    assert case.item("1").stage == "suspended"
    assert "suspended" in why(do(case, "perform", "2024-09-21", items=["2"]), "close")
    assert do(case, "resume_court", "2024-11-01").item("1").stage == "accepted"


def test_an_allowed_enforcement_can_only_be_suspended_or_ended():
    case = do(in_court(), "court_ruling", "2024-09-04", result="1")
    assert "already allowed" in why(case, "court_ruling", "2024-09-05", result="2")
    assert why(case, "court_ruling", "2024-09-05", result="3") is None


def test_a_refusal_of_the_court_is_appealed_or_closes_the_case():
    case = do(in_court(), "court_ruling", "2024-09-04", result="2", items=["1"])
    assert do(case, "court_appeal", "2024-09-10", items=["1"]).item("1").stage == "applied"
    case = do(case, "perform", "2024-09-11", items=["2"])
    assert do(case, "close", "2024-10-01", how="4").state == "S15"


def test_a_suit_stops_demand_and_court_until_it_is_decided():
    case = do(decided(), "open_review", "2024-08-01", items=["1"])
    assert case.state == "S10"
    assert "under reconsideration or suit" in why(case, "demand", "2024-09-01", items=["1"])
    upheld = do(case, "conclude_review", "2025-03-01", items=["1"], result="1")
    assert why(upheld, "demand", "2025-03-02", items=["1"]) is None


def test_a_decision_revoked_as_a_whole_is_made_anew():
    case = do(do(decided(), "open_review", "2024-08-01"), "conclude_review", "2025-03-01", result="3")
    assert [item.stage for item in case.items] == ["revoked", "revoked"]
    again = do(case, "redo", "2025-03-05")
    assert (again.state, again.items) == ("S4", ())
    partly = do(do(decided(), "open_review", "2024-08-01", items=["1"]), "conclude_review", "2025-03-01", items=["1"], result="3")
    assert "as a whole" in why(partly, "redo")


def test_a_decision_changed_in_review_carries_its_new_amounts():
    case = do(decided(), "open_review", "2024-08-01", items=["2"])
    assert "as changed" in why(case, "conclude_review", "2025-03-01", items=["2"], result="2")
    new = dict(FINE, amount={"fen": 10_200_000 - 0}, base={"land_m2": 1000.0})
    new["amount"] = {"fen": 10_000_000}
    changed = do(case, "conclude_review", "2025-03-01", items=["2"], result="2", remedies=[new])
    assert changed.item("2").amount.fen == 10_000_000


def test_only_confiscated_things_are_handed_over():
    assert "only for: Confiscation of buildings" in why(decided(), "hand_over", "2024-08-01")
    case = decided([CONFISCATION, RETURN])
    assert "only for" in why(case, "hand_over", "2024-08-01", items=["3"])
    assert why(case, "hand_over", "2024-08-01", items=["1"]) is None
    assert do(case, "hand_over", "2024-08-01").last("hand_over").particulars["items"] == ["1"]


def test_a_case_closes_only_when_land_money_buildings_and_persons_are_settled():
    persons = Track("t3", "T001", "discipline", Amount(persons=2), day("2024-07-19"), "C1")
    case = do(decided(), "perform", "2024-08-05")
    assert "Demolition, building area (m²): 300.00 remain" in why(case, "close", tracks=tracks_of())
    assert "Fine, money (yuan): 102000.00 remain" in why(case, "close", tracks=tracks_of()[1:])
    assert "Disciplinary action, persons: 2 remain" in why(case, "close", tracks=[*finished(tracks_of()), persons])
    assert why(case, "close", tracks=finished([*tracks_of(), persons])) is None


def test_what_is_not_carried_out_cannot_be_recorded_as_performed():
    assert "building area (m²): 300.00 remain" in why(decided(), "perform", "2024-08-05", items=["1"], tracks=tracks_of())
    assert why(decided(), "perform", "2024-08-05", items=["1"], tracks=finished(tracks_of())) is None


def test_a_remedy_that_the_court_ended_no_longer_blocks_closing():
    case = do(in_court(), "court_ruling", "2024-09-04", result="3", items=["1"])
    open_tracks = [tracks_of()[0], finished(tracks_of())[1]]
    case = do(case, "perform", "2024-09-05", items=["2"], tracks=open_tracks)
    assert closing_obstacles(case, open_tracks) == []
    assert do(case, "close", "2024-09-30", tracks=open_tracks, how="3").state == "S15"


@pytest.mark.parametrize(("way", "state"), [("not_file", "N1"), ("transfer_case", "N3")])
def test_a_case_can_end_without_a_penalty(way, state):
    case = do(do(new_case(), "site_check", "2024-05-02"), way, "2024-05-06")
    assert (case.state, case.is_open) == (state, False)


def test_nothing_happens_in_an_ended_case_but_the_handling_without_filing():
    case = do(do(new_case(), "site_check", "2024-05-02"), "not_file", "2024-05-06")
    assert [act.code for act in allowed(case, PRACTICE)] == ["settle_unfiled"]
    closed = do(do(decided(), "perform", "2024-08-01"), "close", "2024-08-02")
    assert allowed(closed, PRACTICE) == []
    assert "which ends it" in why(closed, "demand")


def test_a_parcel_has_at_most_one_open_case_and_may_rebound_after_it():
    open_one = new_case(parcels=("T001", "T002"))
    assert "open case C1" in str(parcel_refusal(["T002", "T003"], [open_one]))
    closed = do(do(decided(), "perform", "2024-08-01"), "close", "2024-08-02")
    assert parcel_refusal(["T001"], [closed]) is None
    assert parcel_refusal(["T001"], [open_one], own_id="C1") is None
    assert parcel_refusal([], []) and parcel_refusal(["T001", "T001"], [])


def test_the_particulars_of_a_whole_case_are_json():
    case = in_court()
    replayed = new_case()
    for done in case.acts[1:]:
        replayed = advance(replayed, done.act, done.on, json.loads(json.dumps(done.particulars)))
    assert replayed == case


def test_an_unknown_act_or_remedy_is_refused_in_words():
    assert "no act" in str(refusal(new_case(), "burn", PRACTICE))
    assert "has no remedy 9" in why(decided(), "demand", "2024-09-01", items=["9"])
    assert "must be a list" in why(decided(), "demand", "2024-09-01", items="1")


def test_every_option_of_an_act_has_a_label_in_both_languages():
    for act in ACTS.values():
        for field in act.fields:
            for option in field.options:
                own = OPTION_LABELS.get(field.codes)
                assert own[option] if own else shipped_codes().knows(field.codes, option), (act.code, field.name, option)


def test_acts_lead_only_to_states_and_stages_that_exist():
    for act in ACTS.values():
        assert set(act.moves) | set(act.moves.values()) <= set(STATES)
        assert set(act.takes) | ({act.makes} - {None}) <= set(ITEM_STATES) == set(STAGE_LABELS)
        assert set(act.needs) <= set(ACTS)
