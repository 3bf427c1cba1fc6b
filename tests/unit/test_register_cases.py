"""Cases and remedies in the register: acts are events, impossible ones are refused, undo knows what stands on what."""
from __future__ import annotations

import pytest
import shapely

from land_inspector.errors import RefusedError
from land_inspector.register import figures, pursuing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import utc_now
from land_inspector.register.splitting import Piece, check_split, merge_parcels, preview_merge, split_parcels
from land_inspector.register.undoing import DependentsError, undo
from land_inspector.register.verifying import verify
from tests.factories import info, judge, new_register, square, squares
from tests.unit.law_cases import SAID

REMEDIES = [{"item": "1", "kind": "demolition", "amount": {"building_m2": 300.0, "land_m2": 1600.0, "cultivated_m2": 500.0}}]


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(4), by="甲")
        judge(made, {"T001": "2", "T002": "2", "T003": "1"}, by="甲", effective_on="2026-05-20")
        yield made


def opened(register, labels=("T001",)):
    return pursuing.open_case(register, "B1", list(labels), on="2026-06-01", particulars=SAID["clue"], by="甲")


def act(register, case, name, on, **said):
    return pursuing.do_act(register, case, name, on=on, particulars={**SAID[name], **said}, by="甲")


def state_of(register, case):
    return register.storage.load_state().cases[case].ZT


def sound(register):
    assert [str(text) for text in verify(register).broken] == []


def test_a_case_goes_from_its_clue_to_its_decision(register):
    case = opened(register)
    for name, on in (("site_check", "2026-06-02"), ("file", "2026-06-04"), ("investigate", "2026-06-20"), ("legal_review", "2026-07-01")):
        act(register, case, name, on)
    act(register, case, "notice", "2026-07-02", remedies=REMEDIES)
    act(register, case, "hearing_notice", "2026-07-02")
    act(register, case, "decide", "2026-08-03", remedies=REMEDIES)
    assert state_of(register, case) == "S7"
    sound(register)


def test_an_impossible_act_says_why_and_what_comes_next_and_leaves_no_trace(register):
    case, events = opened(register), len(register.storage.events())
    with pytest.raises(RefusedError, match="Next comes"):
        act(register, case, "decide", "2026-06-03", remedies=REMEDIES)
    assert len(register.storage.events()) == events


def test_a_case_may_be_older_than_the_patch_and_is_not_counted_on_days_before_it(register):
    case = pursuing.open_case(register, "B1", ["T001"], on="2026-03-01", particulars=SAID["clue"], by="甲")
    act(register, case, "site_check", "2026-03-02")
    assert state_of(register, case) == "S1"
    assert register.state(None, "2026-05-15").cases == {}
    assert case in register.state(None, "2026-05-25").cases
    sound(register)


def test_a_parcel_has_at_most_one_open_case_and_must_be_illegal(register):
    opened(register)
    with pytest.raises(RefusedError, match="already has the open case"):
        opened(register, ["T002", "T001"])
    with pytest.raises(RefusedError, match="not judged illegal"):
        opened(register, ["T003"])


def test_a_verdict_cannot_leave_illegal_under_an_open_case(register):
    opened(register)
    with pytest.raises(RefusedError, match="open case"):
        judge(register, {"T001": "1"}, by="甲")
    judge(register, {"T001": "2"}, by="甲")


def test_undoing_the_verdict_names_the_case_that_stands_on_it(register):
    given = judge(register, {"T004": "2"}, by="甲", effective_on="2026-05-21")
    case = opened(register, ["T004"])
    act(register, case, "site_check", "2026-06-02")
    with pytest.raises(DependentsError) as refusal:
        undo(register, given.group, by="甲")
    assert {e.kind for e in refusal.value.events} == {"case_opened", "case_act"}
    undo(register, given.group, by="甲", with_dependents=True)
    assert case not in register.storage.load_state().cases
    sound(register)


def test_undo_in_a_case_over_two_patches_leaves_the_other_patch_right(register):
    case = opened(register, ["T001", "T002"])
    checked = act(register, case, "site_check", "2026-06-02")
    act(register, case, "file", "2026-06-04")
    with pytest.raises(DependentsError):
        undo(register, checked.group, by="甲")
    undo(register, by="甲")
    assert state_of(register, case) == "S1"
    judge(register, {"T002": "2"}, by="甲")
    sound(register)


def test_a_case_follows_the_land_when_its_parcel_is_split(register):
    case = opened(register)
    outline = square(1)
    west = shapely.box(*outline.bounds[:2], outline.bounds[0] + 20, outline.bounds[3])
    pieces = [Piece(shapely.to_wkb(west), 800.0), Piece(shapely.to_wkb(shapely.difference(outline, west)), 800.0)]
    split_parcels(register, "B1", {"T001": pieces}, by="甲")
    assert len(register.storage.load_state().cases[case].case.parcels) == 2
    sound(register)


def test_pieces_with_a_case_or_a_remedy_of_their_own_are_not_merged(register):
    outline = square(1)
    west = shapely.box(*outline.bounds[:2], outline.bounds[0] + 20, outline.bounds[3])
    pieces = [Piece(shapely.to_wkb(west), 800.0), Piece(shapely.to_wkb(shapely.difference(outline, west)), 800.0)]
    split_parcels(register, "B1", {"T001": pieces}, by="甲")
    judge(register, {"T001-01": "2"})
    ordered = pursuing.order_remedy(register, "B1", "T001-01", "reclamation", {"land_m2": 800.0, "cultivated_m2": 0.0}, on="2026-06-01")
    for attempt in (preview_merge, merge_parcels):
        with pytest.raises(RefusedError, match="Remedies have been ordered for parcel T001-01"):
            attempt(register, "B1", ["T001-01", "T001-02"])
    with pytest.raises(RefusedError, match="Remedies have been ordered"):
        check_split(register, "B1", "T001-01")
    pursuing.withdraw_remedies(register, [ordered], reason="重新下达", on="2026-06-02")
    opened(register, ("T001-01",))
    with pytest.raises(RefusedError, match="open case"):
        merge_parcels(register, "B1", ["T001-01", "T001-02"])
    sound(register)


def test_a_remedy_is_ordered_done_in_steps_and_accepted(register):
    land = {"land_m2": 1600.0, "cultivated_m2": 500.0}
    ordered = pursuing.order_remedy(register, "B1", "T001", "reclamation", land, on="2026-06-01", by="甲")
    pursuing.record_progress(register, {ordered: {"land_m2": 600.0, "cultivated_m2": 500.0}}, on="2026-06-20", by="甲")
    before = utc_now()
    pursuing.record_progress(register, {ordered: {"land_m2": 1000.0, "cultivated_m2": 0.0}}, on="2026-07-01", by="甲")
    with pytest.raises(RefusedError, match="more than"):
        pursuing.record_progress(register, {ordered: {"land_m2": 1.0, "cultivated_m2": 0.0}}, on="2026-07-02", by="甲")
    pursuing.accept_remedies(register, [ordered], on="2026-07-10", level="2", by="市局")
    track, = pursuing.tracks(register)
    assert track.is_complete
    earlier, = pursuing.tracks(register, register.state(before))
    assert earlier.remaining.land_m2 == 1000.0
    on_day, = pursuing.tracks(register, register.state(None, "2026-06-25"))
    assert on_day.done.land_m2 == 600.0
    sound(register)


def test_rectified_land_leaves_the_net_ratio_when_it_was_accepted_in_time(register):
    land = {"land_m2": 1600.0, "cultivated_m2": 0.0}
    ordered = pursuing.order_remedy(register, "B1", "T001", "reclamation", land, on="2026-06-01", by="甲")
    pursuing.record_progress(register, {ordered: {"land_m2": 1600.0, "cultivated_m2": 0.0}}, on="2026-07-01", by="甲")
    pursuing.accept_remedies(register, [ordered], on="2026-07-10", level="2", by="市局")
    county = figures.township_table(register, figures.Scope(batch="B1"))[-1]
    row = figures.frames(register, figures.Scope(batch="B1")).remedies.set_index("parcel_id")
    assert row["rectified"].tolist() == [True, False] and row["r3_m2"].tolist() == [1600.0, 0.0]
    assert county.adds_up
    early = figures.frames(register, figures.Scope(batch="B1", effective_on="2026-07-05")).remedies
    assert early["rectified"].tolist() == [False, False]


def test_figures_by_station_count_its_patches_and_verdicts_now_and_then(register):
    for day in (None, "2026-06-01"):
        station, county = figures.township_table(register, figures.Scope(batch="B1", effective_on=day), by="ZSDM")
        assert (station.code, station.figures["patches"], station.figures["illegal"]) == ("城区所", 4, 2)
        assert station.figures == county.figures


def test_the_difference_of_two_days_is_explained_patch_by_patch(register):
    before = utc_now()
    judge(register, {"T004": "2"}, by="甲")
    report = figures.explain(register, figures.Scope(batch="B1", known_at=before), figures.Scope(batch="B1"), "r1")
    assert [difference.number for difference in report.patches] == ["T004"]
