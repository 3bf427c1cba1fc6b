"""Several people at once, and acts on very many parcels: nobody overwrites a colleague unseen, nobody waits for a long reading."""
from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from land_inspector.errors import StaleError
from land_inspector.register.field_work import SiteVisit, record_visit
from land_inspector.register import issuing, judging, register as registers, undoing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import Entry, give_verdicts
from land_inspector.register.sealing import OriginBook
from land_inspector.register.records import BUILT
from land_inspector.register.register import Register
from land_inspector.register.undoing import DependentsError, undo
from land_inspector.register.verifying import verify
from tests.factories import info, intake, judge, new_register, patch, square, squares

ILLEGAL = {"PDJL1": "2", "PDJL2": "201"}


@pytest.fixture
def path(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(4), by="登记员")
    return tmp_path / "register.gpkg"


@pytest.fixture
def register(path):
    with Register.open(path, origins=OriginBook()) as opened:
        yield opened


@pytest.fixture
def colleague(path):
    with Register.open(path, origins=OriginBook()) as opened:
        yield opened


def sound(register):
    assert [str(text) for text in verify(register).broken] == []


def between(monkeypatch, owner, name, act):
    """Have ``act`` done once, right after ``owner.name`` has read."""
    was, done = getattr(owner, name), []

    def reading(*args, **kwargs):
        found = was(*args, **kwargs)
        if not done:
            done.append(True)
            act()
        return found
    monkeypatch.setattr(owner, name, reading)


# --- imports ----------------------------------------------------------------------------------------------------------------


def test_two_imports_at_once_are_two_issues_one_after_the_other(register, colleague, monkeypatch):
    first = intake([patch(f"T{i:03d}", square(i), row=i) for i in range(1, 4)], digest="x")
    second = intake([patch(f"T{i:03d}", square(i), row=i) for i in range(1, 6)], digest="y")
    between(monkeypatch, issuing, "_issue_before", lambda: issue_batch(colleague, info(), first, by="乙"))
    result = issue_batch(register, info(), second, by="甲")
    assert result.issue_no == 3 and set(result.new) == {"T004", "T005"}
    assert [e.payload["issue"]["no"] for e in register.storage.events_of_kind("batch_issued")] == [1, 2, 3]
    sound(register)


def test_the_same_batch_brought_in_twice_at_once_is_there_once(register, colleague, monkeypatch):
    fresh = squares(3)
    between(monkeypatch, issuing, "_issue_before", lambda: issue_batch(colleague, info("B9"), fresh, by="乙"))
    assert issue_batch(register, info("B9"), squares(3), by="甲").issue_no == 1
    assert len([e for e in register.storage.events_of_kind("batch_issued") if e.payload["batch"]["PCBH"] == "B9"]) == 1
    sound(register)


# --- what was looked at -----------------------------------------------------------------------------------------------------


def test_a_table_of_verdicts_does_not_overwrite_what_a_colleague_gave_while_it_was_checked(register, colleague, monkeypatch):
    between(monkeypatch, judging, "_looked_up", lambda: judge(colleague, {"T002": "1"}, by="乙"))
    with pytest.raises(StaleError, match="乙"):
        give_verdicts(register, "B1", [Entry(f"T00{n}", ILLEGAL) for n in (1, 2, 3)], by="甲")
    assert register.parcels().set_index("DKBH").loc["T002", "PDJL1"] == "1"
    judge(register, {"T001": "2", "T002": "2"}, by="甲")
    sound(register)


@pytest.mark.parametrize("mark", [
    lambda r, seen: judging.set_aside(r, "B1", ["T001"], reason="雨", by="甲", seen=seen),
    lambda r, seen: judging.flag(r, "B1", ["T001"], by="甲", seen=seen),
    lambda r, seen: judging.assign(r, "B1", ["T001"], to="丁", by="甲", seen=seen),
    lambda r, seen: judging.pass_review(r, "B1", ["T001"], level="county", by="甲", seen=seen),
    lambda r, seen: judging.return_parcels(r, "B1", ["T001"], level="city", reason="补", by="甲", seen=seen),
    lambda r, seen: record_visit(r, "B1", ["T001"], SiteVisit(BUILT), on="2026-05-20", by="甲", seen=seen),
], ids=["aside", "flag", "assign", "pass", "return", "visit"])
def test_a_mark_over_what_was_not_looked_at_is_refused_and_a_note_never_is(register, colleague, mark):
    parcel = register.find("B1", ["T001"])[0][0]
    judge(register, {"T001": "1"}, by="甲")
    seen = {parcel: register.storage.load_state().parcels[parcel].last_event}
    judge(colleague, {"T001": "2"}, by="乙")
    with pytest.raises(StaleError):
        mark(register, seen)
    judging.write_note(register, "B1", ["T001"], text="记", by="甲")
    mark(register, {parcel: register.storage.load_state().parcels[parcel].last_event})
    sound(register)


def test_freezing_a_batch_that_somebody_else_opened_or_froze_meanwhile_is_refused(register, colleague):
    batch = register.batch("B1")
    judging.freeze(colleague, "B1", by="乙")
    judging.unfreeze(colleague, "B1", reason="市局要求", by="乙")
    with pytest.raises(StaleError):
        judging.freeze(register, "B1", by="甲", seen={batch.id: batch.last_event})
    batch = register.batch("B1")
    judging.freeze(register, "B1", by="甲", seen={batch.id: batch.last_event})
    sound(register)


# --- undo -------------------------------------------------------------------------------------------------------------------


def test_others_write_while_an_undo_is_worked_out_and_the_undo_sees_it(register, colleague, monkeypatch):
    given = judge(register, {"T001": "2", "T002": "2"}, by="甲")
    between(monkeypatch, undoing, "look_ahead", lambda: judge(colleague, {"T002": "1", "T003": "1"}, by="乙"))
    undo(register, given.group, by="甲")
    shown = register.parcels().set_index("DKBH")["PDJL1"]
    assert (shown["T001"], shown["T002"], shown["T003"]) == ("0", "1", "1")
    sound(register)


def test_an_undo_beside_one_who_never_stops_writing_comes_to_its_end(register, colleague, monkeypatch):
    given, was = judge(register, {"T001": "2"}, by="甲"), undoing._is_overtaken
    asked = []
    monkeypatch.setattr(undoing, "_is_overtaken", lambda *args: asked.append(was(*args)) or True)
    undo(register, given.group, by="甲")
    assert len(asked) == undoing._ATTEMPTS
    sound(register)


def test_nobody_waits_while_an_undo_is_worked_out(register, colleague, monkeypatch):
    given = judge(register, {"T001": "2"}, by="甲")
    between(monkeypatch, undoing, "look_ahead", lambda: threading.Thread(target=lambda: None).start() or judging.flag(
        colleague, "B1", ["T004"], by="乙"))
    undo(register, given.group, by="甲")
    sound(register)


# --- very many parcels ------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(register, monkeypatch):
    monkeypatch.setattr(registers, "VERY_MANY", 2)
    judge(register, {"T001": "1"}, by="甲")
    return judge(register, dict.fromkeys(("T001", "T002", "T003", "T004"), "2"), by="甲")


def long_way(monkeypatch):
    taken = []
    was = undoing.look_ahead
    monkeypatch.setattr(undoing, "look_ahead", lambda *args, **kwargs: taken.append(1) or was(*args, **kwargs))
    return taken


def test_a_bulk_act_is_taken_back_without_looking_at_all_that_happened(register, many, monkeypatch):
    taken = long_way(monkeypatch)
    undone = undo(register, many.group, by="甲")
    assert not taken and register.parcels()["PDJL1"].tolist() == ["1", "0", "0", "0"]
    assert set(undone.events[-1].subjects) == {s for e in many.events for s in e.subjects} and undone.events[-1].seen
    sound(register)
    undo(register, undone.group, by="甲")
    assert register.parcels()["PDJL1"].tolist() == ["2"] * 4
    sound(register)


@pytest.mark.parametrize("since", [
    lambda r: judge(r, {"T002": "3"}, by="甲"),
    lambda r: judging.write_note(r, "B1", ["T002"], text="记", by="甲"),
    lambda r: issue_batch(r, info(), squares(5, "again"), by="甲"),
    lambda r: (judging.freeze(r, "B1", by="甲"), judging.unfreeze(r, "B1", reason="更正", by="甲")),
], ids=["verdict", "note", "issue", "freeze"])
def test_a_bulk_act_on_which_something_was_done_since_is_looked_at_whole(register, many, monkeypatch, since):
    since(register)
    taken = long_way(monkeypatch)
    undo(register, many.group, by="甲")
    assert taken
    sound(register)


def test_the_short_way_refuses_what_the_long_one_does(register, many):
    with pytest.raises(registers.RefusedError, match="甲 did this"):
        undo(register, many.group, by="乙")
    from land_inspector.register import pursuing
    from tests.unit.law_cases import SAID
    pursuing.open_case(register, "B1", ["T003"], on="2026-06-01", particulars=SAID["clue"], by="甲")
    with pytest.raises(DependentsError):
        undo(register, many.group, by="甲")
    sound(register)


# --- other programs ---------------------------------------------------------------------------------------------------------

LOOK = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(db.execute("SELECT count(*) FROM event").fetchone()[0])
db.close()
"""


def looked_at_by_another_program(path):
    """How many events a program counts that opens the file, reads, and closes it again."""
    return int(subprocess.run([sys.executable, "-c", LOOK, str(path)], capture_output=True, text=True, check=True).stdout)


def test_another_program_that_closes_the_file_takes_nothing_from_under_us(path, register):
    """GDAL opens and closes a file to see what it is. On Linux the process loses all its locks on the file by that, and the next
    program that closed it took the log away under us: what was written then was lost, or the file was damaged."""
    for n, number in enumerate(("T001", "T002", "T003", "T004")):
        events = len(register.storage.events())
        with path.open("rb") as looked_at:
            looked_at.read(100)
        assert looked_at_by_another_program(path) == events, n
        assert path.with_name(path.name + "-wal").is_file()
        give_verdicts(register, "B1", [Entry(number, ILLEGAL)])
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert looked_at_by_another_program(path) == len(register.storage.events())
    sound(register)


def test_the_log_is_put_into_the_file_when_the_last_of_us_leaves(path):
    with Register.open(path, origins=OriginBook()) as first:
        with Register.open(path, origins=OriginBook()) as second:
            give_verdicts(second, "B1", [Entry("T001", ILLEGAL)])
        assert path.with_name(path.name + "-wal").is_file()
        give_verdicts(first, "B1", [Entry("T002", ILLEGAL)])
    assert not path.with_name(path.name + "-wal").exists() and not path.with_name(path.name + "-shm").exists()
