"""Marks on parcels: later, waiting for a paper, flagged, assigned, noted."""
from __future__ import annotations

import pytest

from land_inspector.errors import InputError, RefusedError
from land_inspector.register import judging
from land_inspector.register.events import canonical
from land_inspector.register.issuing import issue_batch
from land_inspector.register.splitting import merge_parcels, split_parcels
from land_inspector.register.undoing import DependentsError, undo
from land_inspector.register.verifying import verify
from tests.factories import info, judge, new_register, squares
from tests.unit.test_register_history import halves


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(3), by="甲")
        yield made
        assert [str(text) for text in verify(made).broken] == []


def row(register, label="T001"):
    return register.parcels("B1").set_index("DKBH").loc[label]


def test_a_parcel_set_aside_says_why_and_a_verdict_takes_it_up(register):
    judging.set_aside(register, "B1", ["T001"], reason="等雨停了再去看", by="甲")
    assert row(register)[["aside", "aside_reason"]].tolist() == ["later", "等雨停了再去看"]
    given = judge(register, {"T001": "1"}, by="甲")
    assert row(register)[["aside", "aside_reason"]].tolist() == [None, None]
    undo(register, given.group, by="甲")
    assert row(register)["aside"] == "later"


def test_waiting_for_a_paper_is_told_apart_from_later(register):
    judging.set_aside(register, "B1", ["T001", "T002"], reason="供地批文", waits_for_paper=True, by="甲")
    assert row(register, "T002")["aside"] == "paper"
    taken = judging.take_up(register, "B1", ["T001", "T002", "T003"], by="甲")
    assert len(taken.events) == 2 and row(register, "T002")["aside"] is None


def test_a_reason_is_asked_for(register):
    with pytest.raises(InputError, match="needed"):
        judging.set_aside(register, "B1", ["T001"], reason="  ", by="甲")


def test_flags_come_and_go_and_come_back_with_undo(register):
    judging.flag(register, "B1", ["T001"], reason="面积可疑", by="甲")
    assert row(register)[["flag", "flag_reason"]].tolist() == [1, "面积可疑"]
    gone = judging.unflag(register, "B1", ["T001"], by="甲")
    assert row(register)[["flag", "flag_reason"]].tolist() == [0, None]
    undo(register, gone.group, by="甲")
    assert row(register)["flag"] == 1


def test_work_is_given_to_a_person_who_never_worked_here_and_taken_back(register):
    judging.assign(register, "B1", ["T001", "T002"], to="新人", by="科长")
    assert row(register)["assigned_to"] == register.actor_id("新人") is not None
    assert row(register)["touched_by"] is None, "giving work out is not working on it"
    judging.assign(register, "B1", ["T001"], to=None, by="科长")
    assert row(register)["assigned_to"] is None


def test_a_name_that_is_given_work_stays_out_of_the_events(register):
    judging.assign(register, "B1", ["T001"], to="张三丰", by="科长")
    assert "张三丰" not in "".join(canonical(dict(e.payload)) for e in register.storage.events())


def test_who_worked_on_a_parcel_last_is_known_by_id(register):
    judge(register, {"T001": "1"}, by="甲")
    judging.flag(register, "B1", ["T001"], by="乙")
    assert row(register)["touched_by"] == register.actor_id("乙")
    judging.return_parcels(register, "B1", ["T001"], level="city", reason="补照片", by="市局")
    assert row(register)["touched_by"] == register.actor_id("乙")
    judging.answer_return(register, "B1", ["T001"], answer="已补", by="甲")
    assert row(register)["touched_by"] == register.actor_id("甲")


def test_a_note_changes_nothing_and_is_read_with_its_author(register):
    before = register.storage.load_state()
    judging.write_note(register, "B1", ["T001"], text="村里说是去年建的", by="乙")
    assert register.storage.load_state().same_as(before) == []
    (text, who, when), = judging.notes(register, row(register)["parcel_id"])
    assert (text, who) == ("村里说是去年建的", "乙") and when.endswith("Z")
    undo(register, by="乙")
    assert judging.notes(register, row(register)["parcel_id"]) == []


def test_pieces_keep_marks_and_notes_of_the_land_they_came_from(register):
    judging.set_aside(register, "B1", ["T001"], reason="等批文", waits_for_paper=True, by="甲")
    judging.flag(register, "B1", ["T001"], reason="看看", by="甲")
    judging.assign(register, "B1", ["T001"], to="乙", by="甲")
    judging.write_note(register, "B1", ["T001"], text="东半是老房", by="甲")
    split_parcels(register, "B1", {"T001": halves(1)}, by="丙")
    piece = row(register, "T001-02")
    assert piece[["aside", "aside_reason", "flag", "flag_reason"]].tolist() == ["paper", "等批文", 1, "看看"]
    assert [piece["assigned_to"], piece["touched_by"]] == [register.actor_id("乙"), register.actor_id("丙")]
    assert [text for text, _who, _when in judging.notes(register, piece["parcel_id"])] == ["东半是老房"]
    judging.take_up(register, "B1", ["T001-01"], by="甲")
    merge_parcels(register, "B1", ["T001-01", "T001-02"], by="甲")
    assert row(register)[["aside", "flag", "assigned_to"]].tolist() == ["paper", 1, register.actor_id("乙")]


def test_undoing_a_split_names_the_notes_on_its_pieces(register):
    cut = split_parcels(register, "B1", {"T001": halves(1)}, by="甲")
    judging.write_note(register, "B1", ["T001-01"], text="西半", by="甲")
    with pytest.raises(DependentsError):
        undo(register, cut.group, by="甲")


def test_a_frozen_batch_takes_no_marks(register):
    judging.freeze(register, "B1", by="科长")
    for act in (lambda: judging.flag(register, "B1", ["T001"], by="甲"),
                lambda: judging.write_note(register, "B1", ["T001"], text="x", by="甲"),
                lambda: judging.assign(register, "B1", ["T001"], to="乙", by="甲")):
        with pytest.raises(RefusedError, match="frozen"):
            act()


def test_a_bulk_mark_is_one_step_and_undone_in_one(register):
    marked = judging.flag(register, "B1", ["T001", "T002", "T003"], by="甲")
    assert {e.group for e in marked.events} == {marked.group}
    undo(register, by="甲")
    assert set(register.parcels("B1")["flag"]) == {0}
