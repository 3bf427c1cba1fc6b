"""Remedies that follow from the acts of a case, in the same action; the same act in many cases."""
from __future__ import annotations

import pytest

from land_inspector.errors import RefusedError, StaleError
from land_inspector.register import pursuing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.undoing import undo
from land_inspector.register.verifying import verify
from tests.factories import info, judge, new_register, squares
from tests.unit.law_cases import FINE, SAID

DEMOLITION = {"item": "1", "kind": "demolition", "amount": {"building_m2": 300.0, "land_m2": 1600.0, "cultivated_m2": 500.0}}
RECLAMATION = {"item": "2", "kind": "reclamation", "amount": {"land_m2": 500.0, "cultivated_m2": 500.0}, "ground_of": "1"}
MONEY = dict(FINE, item="3", amount={"fen": 20_000_000}, base={"land_m2": 1600.0})
REMEDIES = [DEMOLITION, RECLAMATION, MONEY]


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(4), by="甲")
        judge(made, {"T001": "2", "T002": "2", "T003": "2"}, by="甲", effective_on="2026-05-20")
        yield made


def act(register, case, name, on, **said):
    return pursuing.do_act(register, case, name, on=on, particulars={**SAID[name], **said}, by="甲", with_remedies=True)


def noticed(register, labels=("T001",), remedies=REMEDIES):
    case = pursuing.open_case(register, "B1", list(labels), on="2026-06-01", particulars=SAID["clue"], by="甲")
    for name, on in (("site_check", "2026-06-02"), ("file", "2026-06-04"), ("investigate", "2026-06-20"), ("legal_review", "2026-07-01")):
        act(register, case, name, on)
    act(register, case, "notice", "2026-07-02", remedies=remedies)
    act(register, case, "hearing_notice", "2026-07-02")
    return case


def decided(register, **how):
    case = noticed(register, **how)
    act(register, case, "decide", "2026-08-03", remedies=how.get("remedies", REMEDIES))
    return case


def standing(register):
    return {track.item: track for track in pursuing.tracks(register) if track.withdrawn_on is None}


def sound(register):
    assert [str(text) for text in verify(register).broken] == []


def test_a_decision_orders_its_remedies_in_the_same_action_and_undo_takes_both_back(register):
    case = decided(register)
    found = standing(register)
    assert {key: track.kind for key, track in found.items()} == {"1": "demolition", "2": "reclamation", "3": "fine"}
    assert all(track.case == case and track.ordered_on.isoformat() == "2026-08-03" for track in found.values())
    assert found["2"].same_ground_as == found["1"].id and found["3"].same_ground_as is None
    undo(register, by="甲")
    assert pursuing.tracks(register) == [] and register.storage.load_state().cases[case].ZT == "S6h"
    sound(register)


def test_remedies_of_a_case_over_two_parcels_go_where_they_were_named(register):
    parcels = [parcel for parcel, _patch in register.find("B1", ["T001", "T002"])]
    elsewhere = dict(DEMOLITION, item="4", parcel=parcels[1])
    decided(register, labels=("T001", "T002"), remedies=[DEMOLITION, elsewhere])
    assert {item: track.parcel for item, track in standing(register).items()} == {"1": parcels[0], "4": parcels[1]}


def test_a_changed_decision_replaces_the_order_and_keeps_what_was_done(register):
    case = decided(register)
    act(register, case, "serve", "2026-08-05")
    pursuing.record_progress(register, {standing(register)["3"].id: {"fen": 5_000_000}}, on="2026-08-06", by="甲")
    act(register, case, "open_review", "2026-08-10", items=["3"])
    act(register, case, "conclude_review", "2026-09-20", items=["3"], result="2", remedies=[dict(MONEY, amount={"fen": 17_000_000})])
    fine = standing(register)["3"]
    assert (fine.ordered.fen, fine.done.fen, fine.ordered_on.isoformat()) == (17_000_000, 5_000_000, "2026-08-03")
    assert sum(track.item == "3" for track in pursuing.tracks(register)) == 2
    sound(register)


def test_the_ground_stays_shared_when_the_order_below_is_changed(register):
    case = decided(register)
    act(register, case, "serve", "2026-08-05")
    act(register, case, "open_review", "2026-08-10", items=["1", "2"])
    act(register, case, "conclude_review", "2026-09-20", items=["1", "2"], result="2", remedies=[
        dict(DEMOLITION, amount=dict(DEMOLITION["amount"], building_m2=200.0)), RECLAMATION])
    found = standing(register)
    assert found["1"].ordered.building_m2 == 200.0 and found["2"].same_ground_as == found["1"].id
    sound(register)


def test_a_revoked_remedy_is_withdrawn_and_the_others_stand(register):
    case = decided(register)
    act(register, case, "serve", "2026-08-05")
    act(register, case, "open_review", "2026-08-10", items=["3"])
    act(register, case, "conclude_review", "2026-09-20", items=["3"], result="3")
    assert set(standing(register)) == {"1", "2"}
    sound(register)


def test_without_being_asked_for_no_remedy_follows(register):
    case = noticed(register)
    pursuing.do_act(register, case, "decide", on="2026-08-03", particulars=dict(SAID["decide"], remedies=REMEDIES), by="甲")
    assert pursuing.tracks(register) == []


def test_one_act_goes_into_many_cases_as_one_action_or_into_none(register):
    first, second = (pursuing.open_case(register, "B1", [label], on="2026-06-01", particulars=SAID["clue"], by="甲")
                     for label in ("T001", "T002"))
    said = {key: SAID["site_check"] for key in (first, second)}
    pursuing.do_act_together(register, said, "site_check", on="2026-06-03", by="甲")
    assert {record.ZT for record in register.storage.load_state().cases.values()} == {"S1"}
    undo(register, by="甲")
    assert {record.ZT for record in register.storage.load_state().cases.values()} == {"S0"}
    act(register, first, "site_check", "2026-06-03")
    with pytest.raises(RefusedError):
        pursuing.do_act_together(register, {key: SAID["file"] for key in (first, second)}, "file", on="2026-06-04", by="甲")
    assert register.storage.load_state().cases[first].ZT == "S1"
    sound(register)


def test_an_act_of_somebody_else_in_between_is_not_overwritten(register):
    case = pursuing.open_case(register, "B1", ["T001"], on="2026-06-01", particulars=SAID["clue"], by="甲")
    seen = {case: register.storage.load_state().cases[case].last_event}
    pursuing.do_act(register, case, "site_check", on="2026-06-02", particulars=SAID["site_check"], by="乙")
    with pytest.raises(StaleError, match="乙"):
        pursuing.do_act(register, case, "transfer_case", on="2026-06-03", particulars=SAID["transfer_case"], by="甲", seen=seen)


def test_progress_on_a_remedy_that_somebody_else_changed_is_not_recorded(register):
    decided(register)
    fine = standing(register)["3"].id
    seen = {fine: register.storage.load_state().remedies[fine].last_event}
    pursuing.record_progress(register, {fine: {"fen": 100}}, on="2026-08-04", by="乙")
    with pytest.raises(StaleError):
        pursuing.record_progress(register, {fine: {"fen": 100}}, on="2026-08-04", by="甲", seen=seen)


def test_a_case_is_not_opened_and_a_remedy_not_ordered_over_a_verdict_somebody_took_back_in_between(register):
    (parcel, _patch), = register.find("B1", ["T001"])
    seen = {parcel: register.storage.load_state().parcels[parcel].last_event}
    judge(register, {"T001": "1"}, by="乙", effective_on="2026-05-21")
    with pytest.raises(StaleError, match="乙"):
        pursuing.open_case(register, "B1", ["T001"], on="2026-06-01", particulars=SAID["clue"], by="甲", seen=seen)
    with pytest.raises(StaleError):
        pursuing.open_case_each(register, "B1", ["T001"], on="2026-06-01", particulars=SAID["clue"], by="甲", seen=seen)
    with pytest.raises(StaleError):
        pursuing.order_remedy(register, "B1", "T001", "fine", {"fen": 100}, on="2026-06-01", by="甲", seen=seen)
    state = register.storage.load_state()
    assert not state.cases and not state.remedies
