"""Who knew what: notes of heads, acts that did not know of each other, and freezes that met them."""
from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace

import pytest

from land_inspector.register import kinds, judging
from land_inspector.register.conflicts import Knowledge, conflicts
from land_inspector.register.events import in_force
from land_inspector.register.issuing import issue_batch
from land_inspector.register.sealing import OriginBook
from land_inspector.register.register import Register
from land_inspector.register.upgrading import rebuild_state
from land_inspector.register.verifying import verify
from tests.factories import info, judge, new_register, squares


@pytest.fixture
def offices(tmp_path):
    """Two copies of one register, each worked on by an installation of its own."""
    with new_register(tmp_path) as register:
        issue_batch(register, info(), squares(3), by="甲")
    shutil.copy2(tmp_path / "register.gpkg", tmp_path / "other.gpkg")
    with Register.open(tmp_path / "register.gpkg", origins=OriginBook()) as one, \
            Register.open(tmp_path / "other.gpkg", origins=OriginBook()) as two:
        yield one, two


def brought_together(one, two):
    """The union of both chains, as a merge would leave it."""
    known = {event.uuid for event in one.storage.events()}
    with one.storage.writing():
        one.storage.append([event for event in two.storage.events() if event.uuid not in known])
        for key, (name, salt) in two.storage.people().items():
            if key not in one.storage.people():
                one.storage.add_person(key, name, salt)
    rebuild_state(one)
    return in_force(one.storage.events())


def of_kind(register, kind):
    return register.storage.events_of_kind(kind)


def test_what_others_recorded_is_noted_once_before_the_next_act_and_never_where_one_is_alone(offices):
    one, _two = offices
    with Register.open(one.storage.path, origins=OriginBook()) as colleague:
        judge(colleague, {"T001": "1"}, by="乙")
        judge(colleague, {"T002": "1"}, by="乙")
        notes = of_kind(colleague, kinds.HEADS_NOTED)
        assert len(notes) == 1 and len(notes[0].payload["heads"]) == 1
        judge(one, {"T003": "1"}, by="甲")
        judge(one, {"T003": "2"}, by="甲")
        assert len(of_kind(one, kinds.HEADS_NOTED)) == 2  # the second act of each had nothing new before it
        assert verify(one).broken == ()


def test_acts_in_one_file_know_each_other_and_acts_in_two_copies_do_not(offices):
    one, two = offices
    judge(one, {"T001": "1"}, by="甲")
    judge(two, {"T001": "2"}, by="乙")
    with Register.open(one.storage.path, origins=OriginBook()) as third:
        judge(third, {"T001": "3"}, by="丙")
    history = brought_together(one, two)
    first, second, later = (next(e for e in history if e.kind == kinds.VERDICT_GIVEN and e.payload["verdict"]["PDJL1"] == level)
                            for level in "123")
    knowledge = Knowledge(history)
    assert knowledge.are_concurrent(first, second) and knowledge.knows(later, first) and not knowledge.knows(first, later)
    found = {conflict.field: {e.uuid for e in conflict.events} for conflict in conflicts(history, knowledge)}
    assert found["PDJL1"] == {second.uuid, later.uuid} and "PDSM" not in found
    assert any("in dispute" in str(text) for text in verify(one).remarks)


@pytest.mark.parametrize(("before", "in_dispute"), [(2, False), (3, True), (4, True)])
def test_an_upgrade_leaves_in_dispute_what_copies_that_merge_left_so(offices, before, in_dispute):
    """Only of the formats that knew no merging it is certain that what stood in one file was known to whoever wrote there."""
    one, two = offices
    judge(one, {"T001": "1"}, by="甲")
    judge(two, {"T001": "2"}, by="乙")
    history = brought_together(one, two)
    heads = {origin: list(head) for origin, head in one.storage.heads().items()}
    upgraded = replace(history[-1], uuid="up", origin="third", sequence=1, kind=kinds.REGISTER_UPGRADED,
                       payload={"from": before, "to": before + 1, "heads": heads})
    assert any(one.field == "PDJL1" for one in conflicts(history, Knowledge([*history, upgraded]))) is in_dispute


def test_equal_acts_agree_and_a_later_act_that_knew_both_settles_it(offices):
    one, two = offices
    judge(one, {"T001": "2", "T002": "1"}, by="甲")
    judge(two, {"T001": "2", "T002": "2"}, by="乙")
    history = brought_together(one, two)
    assert {conflict.subject for conflict in conflicts(history, one.knowledge())} == {one.find("B1", ["T002"])[0][0]}
    judge(one, {"T002": "3"}, by="甲")
    assert conflicts(in_force(one.storage.events()), one.knowledge()) == []
    assert verify(one).broken == ()


@pytest.mark.parametrize("frozen_first", [True, False])
def test_an_act_on_a_batch_that_was_frozen_elsewhere_is_kept_and_told_but_does_not_count(offices, frozen_first):
    one, two = offices
    acts = [lambda: judging.freeze(one, "B1", by="科长"), lambda: judge(two, {"T001": "2"}, by="乙")]
    for act in acts if frozen_first else acts[::-1]:
        act()
    brought_together(one, two)
    state = one.state()
    assert [state.parcels[key].PDJL1 for key, _patch in one.find("B1", ["T001"])] == ["0"]
    assert state.held == [of_kind(one, kinds.VERDICT_GIVEN)[0].uuid] and verify(one).broken == ()
    assert any("met a freeze" in str(text) for text in verify(one).remarks)


def test_figures_as_known_do_not_change_when_an_event_comes_in_later(offices):
    one, two = offices
    judge(two, {"T001": "2"}, by="乙")
    judge(one, {"T002": "1"}, by="甲")
    moment = one.storage.events()[-1].recorded_at
    before = one.parcels(known_at=moment)
    brought_together(one, two)
    with sqlite3.connect(str(one.storage.path)) as db:
        db.execute("UPDATE event SET received_at = '2099-01-01T00:00:00.000000Z' WHERE number IN (SELECT max(number) FROM event)")
    assert one.parcels(known_at=moment).equals(before)
    assert one.parcels().set_index("DKBH").loc["T001", "PDJL1"] == "2" and verify(one).broken == ()
