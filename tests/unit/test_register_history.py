"""Undo, redo, two clocks, splitting, merging, freezing: what a history adds up to."""
from __future__ import annotations

import pytest
import shapely

from land_inspector.errors import Cancelled, InputError, RefusedError, StaleError
from land_inspector.register import judging
from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import utc_now
from land_inspector.register.splitting import Piece, check_split, merge_parcels, preview_merge, split_parcels
from land_inspector.register.undoing import DependentsError, undo
from land_inspector.register.verifying import verify
from tests.factories import Asked, info, intake, judge, new_register, patch, square, squares


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(3), by="甲")
        yield made


def halves(number: int):
    west, east = shapely.box(*square(number).bounds[:2], square(number).bounds[0] + 20, square(number).bounds[3]), None
    east = shapely.difference(square(number), west)
    return [Piece(shapely.to_wkb(west), 800.0), Piece(shapely.to_wkb(east), 800.0)]


def verdicts(register):
    frame = register.parcels("B1")
    return dict(zip(frame["DKBH"], frame["PDJL1"]))


def sound(register):
    assert [str(text) for text in verify(register).broken] == []


def test_an_undone_verdict_comes_back_with_redo(register):
    judge(register, {"T001": "1"}, by="甲")
    undone = undo(register, by="甲")
    assert verdicts(register)["T001"] == "0"
    undo(register, undone.group, by="甲")
    assert verdicts(register)["T001"] == "1"
    sound(register)


def test_undo_goes_back_step_by_step_and_not_to_and_fro(register):
    judge(register, {"T001": "1"}, by="甲")
    judge(register, {"T001": "2"}, by="甲")
    undo(register, by="甲")
    assert verdicts(register)["T001"] == "1"
    undo(register, by="甲")
    assert verdicts(register)["T001"] == "0"


def test_a_bulk_verdict_is_undone_in_one_step(register):
    judge(register, {"T001": "1", "T002": "2", "T003": "3"}, by="甲")
    undo(register, by="甲")
    assert set(verdicts(register).values()) == {"0"}


def test_an_earlier_verdict_can_be_undone_under_a_later_one(register):
    first = judge(register, {"T001": "1"}, by="甲")
    judge(register, {"T001": "2"}, by="甲")
    undo(register, first.group, by="甲")
    assert verdicts(register)["T001"] == "2"
    sound(register)


def test_another_persons_act_needs_a_reason(register):
    given = judge(register, {"T001": "1"}, by="甲")
    with pytest.raises(RefusedError, match="甲 did this"):
        undo(register, given.group, by="乙")
    undo(register, given.group, by="乙", reason="核对后发现有误")
    assert verdicts(register)["T001"] == "0"


def test_undoing_a_split_names_the_verdicts_on_its_pieces(register):
    cut = split_parcels(register, "B1", {"T001": halves(1)}, by="甲")
    judge(register, {"T001-01": "1"}, by="甲")
    with pytest.raises(DependentsError) as refusal:
        undo(register, cut.group, by="甲")
    assert len(refusal.value.events) == 1
    undo(register, cut.group, by="甲", with_dependents=True)
    assert verdicts(register) == {"T001": "0", "T002": "0", "T003": "0"}
    sound(register)


def test_undoing_all_of_an_undo_with_dependents_is_one_step(register):
    cut = split_parcels(register, "B1", {"T001": halves(1)}, by="甲")
    judge(register, {"T001-01": "1"}, by="甲")
    undone = undo(register, cut.group, by="甲", with_dependents=True)
    undo(register, undone.group, by="甲")
    assert verdicts(register)["T001-01"] == "1"
    sound(register)


def test_a_split_parent_leaves_the_verified_set_and_stays_in_the_issued_one(register):
    split_parcels(register, "B1", {"T001": halves(1)}, by="甲")
    parcels, patches = register.parcels("B1"), register.patches("B1").set_index("JCBH")
    assert list(parcels["DKBH"]) == ["T001-01", "T001-02", "T002", "T003"]
    assert list(patches["TBZT"]) == ["1", "0", "0"]
    assert parcels["DKMJ"].sum() == 4800
    assert parcels["FJCBH"].tolist() == ["T001", "T001", None, None]


def test_pieces_that_do_not_make_up_the_parcel_are_refused_and_nothing_is_kept(register):
    events = len(register.storage.events())
    wrong = [halves(1)[0], Piece(shapely.to_wkb(square(1, side=10)), 800.0)]
    with pytest.raises(RefusedError, match="do not make up the parcel"):
        split_parcels(register, "B1", {"T001": wrong}, by="甲")
    assert len(register.storage.events()) == events
    sound(register)


def test_merging_all_pieces_makes_the_patch_whole_again(register):
    split_parcels(register, "B1", {"T001": halves(1)}, by="甲")
    merge_parcels(register, "B1", ["T001-01", "T001-02"], by="甲")
    parcels = register.parcels("B1").set_index("DKBH")
    assert list(parcels.index) == ["T001", "T002", "T003"]
    assert parcels.loc["T001", "DKMJ"] == 1600 and parcels.loc["T001", "TBZT"] == "0"
    assert list(register.patches("B1")["TBZT"]) == ["0", "0", "0"]
    sound(register)


def test_a_merge_is_shown_before_it_is_made(register):
    split_parcels(register, "B1", {"T001": halves(1)}, by="甲")
    third = shapely.box(*square(1).bounds[:2], square(1).bounds[0] + 10, square(1).bounds[3])
    rest = shapely.difference(shapely.from_wkb(halves(1)[0].wkb), third)
    split_parcels(register, "B1", {"T001-01": [Piece(shapely.to_wkb(third), 400.0), Piece(shapely.to_wkb(rest), 400.0)]}, by="甲")
    events = len(register.storage.events())
    some, whole = (preview_merge(register, "B1", labels) for labels in (["T001-02", "T001-03"], ["T001-02", "T001-03", "T001-04"]))
    assert (some["DKBH"], some["DKMJ"], whole["DKBH"], whole["DKMJ"]) == ("T001-05", 1200.0, "T001", 1600.0)
    assert len(register.storage.events()) == events
    merge_parcels(register, "B1", ["T001-02", "T001-03"], by="甲")
    assert list(register.parcels("B1")["DKBH"])[:2] == ["T001-04", "T001-05"]


def test_pieces_that_were_judged_differently_are_not_merged(register):
    split_parcels(register, "B1", {"T001": halves(1)}, by="甲")
    judge(register, {"T001-01": "2", "T001-02": "3"}, by="甲")
    for attempt in (preview_merge, merge_parcels):
        with pytest.raises(RefusedError, match="judged differently"):
            attempt(register, "B1", ["T001-01", "T001-02"])
    judge(register, {"T001-02": "2"}, by="甲")
    merge_parcels(register, "B1", ["T001-01", "T001-02"], by="甲")
    assert verdicts(register)["T001"] == "0"
    sound(register)


def test_whether_a_parcel_may_be_split_is_known_beforehand(register):
    assert check_split(register, "B1", "T001").DKBH == "T001"
    judging.freeze(register, "B1", by="科长")
    with pytest.raises(RefusedError, match="frozen"):
        check_split(register, "B1", "T001")


def test_parcels_of_different_patches_are_not_merged(register):
    with pytest.raises(InputError, match="different patches"):
        merge_parcels(register, "B1", ["T001", "T002"], by="甲")
    assert list(register.parcels("B1")["DKBH"]) == ["T001", "T002", "T003"]


def test_a_piece_can_be_cut_again_and_gets_new_numbers(register):
    split_parcels(register, "B1", {"T001": halves(1)}, by="甲")
    west = shapely.from_wkb(halves(1)[0].wkb)
    south = shapely.box(*west.bounds[:2], west.bounds[2], west.bounds[1] + 10)
    pieces = [Piece(shapely.to_wkb(south), 200.0), Piece(shapely.to_wkb(shapely.difference(west, south)), 600.0)]
    split_parcels(register, "B1", {"T001-01": pieces}, by="甲")
    assert list(register.parcels("B1")["DKBH"])[:3] == ["T001-02", "T001-03", "T001-04"]
    sound(register)


def test_a_judged_parcel_keeps_its_outline_when_the_patch_is_issued_anew(register):
    judge(register, {"T001": "2"}, by="甲")
    issue_batch(register, info(), intake([patch("T001", square(1, side=50)), patch("T002", square(2), row=2)], digest="d2"), by="甲")
    parcels = register.parcels("B1").set_index("DKBH")
    assert parcels.loc["T001", ["PDJL1", "DKMJ", "basis_changed", "issue_no"]].tolist() == ["2", 1600.0, 1, 1]
    assert parcels.loc["T002", ["basis_changed", "issue_no"]].tolist() == [0, 2]
    assert "T003" not in parcels.index
    sound(register)


def test_a_person_may_take_the_new_outline_and_must_judge_again(register):
    judge(register, {"T001": "2"}, by="甲")
    issue_batch(register, info(), intake([patch("T001", square(1, side=50))], digest="d2"), by="甲")
    judging.take_newest_issue(register, "B1", ["T001"], by="甲")
    row = register.parcels("B1").set_index("DKBH").loc["T001"]
    assert row[["PDJL1", "DKMJ", "basis_changed", "issue_no"]].tolist() == ["0", 2500.0, 0, 2]
    sound(register)


def test_the_past_is_as_it_was_known_and_as_it_was_in_force(register):
    judge(register, {"T001": "1"}, by="甲", effective_on="2026-06-01")
    before = utc_now()
    judge(register, {"T001": "2", "T002": "2"}, by="甲", effective_on="2026-06-20")
    then = register.parcels("B1", known_at=before).set_index("DKBH")["PDJL1"]
    assert then.to_dict() == {"T001": "1", "T002": "0", "T003": "0"}
    early = register.parcels("B1", effective_on="2026-06-10").set_index("DKBH")["PDJL1"]
    assert early.to_dict() == {"T001": "1", "T002": "0", "T003": "0"}
    assert register.parcels("B1", effective_on="2026-05-01").empty


def test_an_undo_is_not_known_before_it_was_made(register):
    judge(register, {"T001": "1"}, by="甲")
    before = utc_now()
    undo(register, by="甲")
    assert register.parcels("B1", known_at=before).set_index("DKBH").loc["T001", "PDJL1"] == "1"


def test_no_act_speaks_of_a_day_before_its_batch_was_issued(register):
    with pytest.raises(RefusedError, match="before the batch was issued"):
        judge(register, {"T001": "1"}, by="甲", effective_on="2026-05-01")


def test_a_frozen_batch_refuses_edits_and_undo_until_it_is_opened_with_a_reason(register):
    given = judge(register, {"T001": "1"}, by="甲")
    frozen = judging.freeze(register, "B1", by="科长")
    for act in (lambda: judge(register, {"T002": "1"}, by="甲"), lambda: undo(register, given.group, by="甲"),
                lambda: undo(register, frozen.group, by="科长"), lambda: split_parcels(register, "B1", {"T003": halves(3)}, by="甲")):
        with pytest.raises(RefusedError, match="frozen"):
            act()
    judging.unfreeze(register, "B1", reason="省厅要求更正", by="科长")
    judge(register, {"T002": "1"}, by="甲")
    sound(register)


def test_a_returned_parcel_is_answered_and_passed(register):
    judge(register, {"T001": "2"}, by="甲")
    judging.return_parcels(register, "B1", ["T001"], level="city", reason="需补充供地手续", answer_by="2026-12-10", by="市局")
    assert register.parcels("B1").set_index("DKBH").loc["T001", "HSZT"] == "9"
    judge(register, {"T001": "2"}, by="甲")
    assert register.parcels("B1").set_index("DKBH").loc["T001", "HSZT"] == "9"
    judging.answer_return(register, "B1", ["T001"], answer="已补充", by="甲")
    assert register.parcels("B1").set_index("DKBH").loc["T001", "HSZT"] == "3"
    with pytest.raises(RefusedError, match="Possible now"):
        judging.pass_review(register, "B1", ["T001"], level="finished", by="省厅")
    for level, code in (("city", "4"), ("province", "5"), ("finished", "6")):
        judging.pass_review(register, "B1", ["T001"], level=level, by="省厅")
        assert register.parcels("B1").set_index("DKBH").loc["T001", "HSZT"] == code
    with pytest.raises(RefusedError, match="not checked"):
        judging.return_parcels(register, "B1", ["T002"], level="city", reason="缺照片", by="市局")
    sound(register)


def test_who_looked_before_somebody_else_changed_it_is_told_so(register):
    row = register.parcels("B1").set_index("DKBH").loc["T001"]
    seen = {row["parcel_id"]: row["last_event"]}
    judge(register, {"T001": "1"}, by="甲", seen=seen)
    with pytest.raises(StaleError, match="甲 changed this"):
        judge(register, {"T001": "3"}, by="乙", seen=seen)
    assert verdicts(register)["T001"] == "1"


def test_undoing_an_import_takes_its_patches_out_and_redo_brings_them_back(register):
    second = issue_batch(register, info("B2"), squares(2, digest="other"), by="甲")
    undone = undo(register, second.group, by="甲")
    assert list(register.batches()["PCBH"]) == ["B1"]
    undo(register, undone.group, by="甲")
    assert len(register.parcels("B2")) == 2
    sound(register)


def test_undoing_a_split_leaves_the_rest_of_a_bulk_verdict_alone(register):
    cut = split_parcels(register, "B1", {"T001": halves(1)}, by="甲")
    bulk = judge(register, {"T001-01": "1", "T002": "2", "T003": "3"}, by="甲")
    undone = undo(register, cut.group, by="甲", with_dependents=True)
    assert verdicts(register) == {"T001": "0", "T002": "2", "T003": "3"}
    sound(register)
    undo(register, bulk.group, by="甲")
    assert verdicts(register) == {"T001": "0", "T002": "0", "T003": "0"}
    undo(register, undone.group, by="甲")
    assert verdicts(register) == {"T001-01": "0", "T001-02": "0", "T002": "0", "T003": "0"}
    sound(register)


def test_an_act_between_two_issues_keeps_its_day(register):
    later = intake([patch("T001", square(1, side=50)), patch("T002", square(2), row=2)], digest="d2")
    issue_batch(register, info(issued_on="2026-07-01"), later, by="甲")
    judge(register, {"T002": "1"}, by="甲", effective_on="2026-06-01")
    assert register.parcels("B1", effective_on="2026-06-15").set_index("DKBH").loc["T002", "PDJL1"] == "1"
    sound(register)


@pytest.mark.parametrize("answers", range(4))
def test_an_undo_that_is_cancelled_has_not_happened(register, answers):
    judge(register, {"T001": "1", "T002": "1", "T003": "2"}, by="甲")
    before = register.storage.latest().hash
    with pytest.raises(Cancelled):
        undo(register, by="甲", progress=Asked(answers))
    assert register.storage.latest().hash == before and verdicts(register)["T003"] == "2"
    sound(register)
