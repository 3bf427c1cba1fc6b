"""Copies that meet again: the union of what each recorded, in any order and grouping; what is refused, held and told."""
from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import ExitStack
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings, strategies as st

from land_inspector.errors import DamagedError, InputError, RefusedError, UserError
from land_inspector.register import kinds, judging, merging, parties, pursuing, sealing
from land_inspector.register.addresses import address_of
from land_inspector.register.copying import copy_register
from land_inspector.register.figures import Scope, frames, headline, paragraph
from land_inspector.register.issuing import issue_batch
from land_inspector.register.events import in_force
from land_inspector.register.judging import Entry, assign, give_verdicts
from land_inspector.register.matters import kind_named, matters, open_matter
from land_inspector.register.merging import merge_registers
from land_inspector.register.sealing import OriginBook
from land_inspector.register.field_work import PhotoMatch, add_photos
from land_inspector.register.register import Register
from land_inspector.register.settling import disputed_parcels, find, open_conflicts, settle
from land_inspector.register.splitting import Piece, merge_parcels, split_parcels
from land_inspector.register.undoing import undo
from land_inspector.register.upgrading import release_clock
from land_inspector.register.verifying import backup, verify
from tests.factories import X0, Y0, info, judge, new_register, squares
from tests.unit.law_cases import SAID


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    """A register with three patches, to be copied."""
    folder = tmp_path_factory.mktemp("issued")
    with new_register(folder) as register:
        issue_batch(register, info(), squares(3), by="甲")
    return folder / "register.gpkg"


@pytest.fixture
def copies(issued, tmp_path):
    """A maker of copies, each worked on by an installation of its own."""
    opened = []

    def make(name, origins=None):
        shutil.copy2(issued, tmp_path / f"{name}.gpkg")
        opened.append(Register.open(tmp_path / f"{name}.gpkg", origins=origins or OriginBook()))
        return opened[-1]

    yield make
    for register in opened:
        register.close()


def level(register, label):
    return register.parcels().set_index("DKBH").loc[label, "PDJL1"]


def judge_in(register, batch, verdicts, by="乙"):
    sub_type = {"1": "101", "2": "201", "3": "301"}
    return give_verdicts(register, batch, [Entry(label, {"PDJL1": one, "PDJL2": sub_type[one]}) for label, one in verdicts.items()], by=by)


def cut(register, label, share, by="甲"):
    """Split a parcel by an upright line at a share of its width."""
    shape = register.parcels().set_index("DKBH").loc[label, "shape_id"]
    west, south, east, north = shapely.from_wkb(register.storage.shapes([shape])[shape]).bounds
    x = west + (east - west) * share
    pieces = [shapely.box(west, south, x, north), shapely.box(x, south, east, north)]
    return split_parcels(register, "B1", {label: [Piece(shapely.to_wkb(piece), piece.area) for piece in pieces]}, by=by)


def same_state(*registers):
    first, *others = [register.state() for register in registers]
    assert all(first.same_as(other) == [] for other in others)
    assert all(register.storage.load_state().same_as(first) == [] for register in registers)
    assert len({register.seal().code for register in registers}) == 1


def test_two_copies_get_what_the_other_recorded_and_nothing_the_second_time(copies):
    one, two = copies("one"), copies("two")
    judge(one, {"T001": "1"}, by="甲")
    judge(two, {"T002": "2"}, by="乙")
    rehearsed = merge_registers(one, two, dry_run=True)
    assert rehearsed.is_dry and rehearsed.new == 3 and level(one, "T002") == "0"  # a person, a verdict, a note
    merged = merge_registers(one, two)
    assert (merged.new, merged.held, merged.conflicts) == (rehearsed.new, 0, ()) and level(one, "T002") == "2"
    again = merge_registers(one, two)
    assert (again.new, again.known) == (0, len(two.storage.events()))
    merge_registers(two, one)
    same_state(one, two)
    assert verify(one).broken == () and verify(two).broken == () and one.name_of(merged.came[0].actor) in ("乙", "登记员")


def test_any_order_and_grouping_gives_the_same(copies):
    one, two, three = (copies(name) for name in ("one", "two", "three"))
    judge(one, {"T001": "1"}, by="甲")
    judge(two, {"T001": "2", "T002": "1"}, by="乙")
    judge(three, {"T001": "3"}, by="丙")
    merge_registers(one, two), merge_registers(one, three)
    merge_registers(three, two), merge_registers(two, three), merge_registers(two, one), merge_registers(three, one)
    same_state(one, two, three)
    assert {c.field for c in merge_registers(one, two).conflicts} >= {"PDJL1", "PDJL2"}


def test_a_conflict_is_settled_field_by_field_and_the_loser_stays_in_the_history(copies):
    one, two = copies("one"), copies("two")
    judge(one, {"T001": "2"}, by="甲")
    judge(two, {"T001": "1"}, by="乙")
    merged = merge_registers(one, two)
    assert {c.field for c in merged.fresh} == {"PDJL1", "PDJL2", "WFMJ", "WFGD", "WFJBNT"} & {c.field for c in merged.fresh}
    shown = {c.field: c for c in open_conflicts(one)}
    verdict = shown["PDJL1"]
    assert verdict.where == "T001" and verdict.batch == "B1" and [a.who for a in verdict.acts if a.counts] == ["乙"]
    assert disputed_parcels(one) == {verdict.subject}
    mine = next(a.uuid for a in verdict.acts if a.who == "甲")
    with pytest.raises(RefusedError, match="make no verdict"):
        settle(one, {(verdict.subject, "PDJL1"): mine}, reason="现场核实", by="科长")
    with pytest.raises(InputError):
        settle(one, {(c.subject, c.field): mine for c in shown.values()}, reason=" ", by="科长")
    done = settle(one, {(c.subject, c.field): mine for c in shown.values()}, reason="现场核实", by="科长")
    assert level(one, "T001") == "2" and open_conflicts(one) == [] and verify(one).broken == ()
    assert len(one.storage.events_of_kind(kinds.VERDICT_GIVEN)) == 2
    merge_registers(two, one)
    same_state(one, two)
    undo(one, done.group, by="科长")
    assert level(one, "T001") == "1" and len(open_conflicts(one)) == len(shown) and verify(one).broken == ()


def test_two_splits_of_one_parcel_are_a_conflict_and_the_chosen_one_counts(copies):
    one, two = copies("one"), copies("two")
    cut(one, "T001", 0.5), cut(two, "T001", 0.25)
    judge(two, {"T001-01": "2"}, by="乙")
    merged = merge_registers(one, two)
    assert [c.field for c in merged.fresh] == ["outline"] and len(merged.lost) == 2
    conflict, = open_conflicts(one)
    theirs = next(a for a in conflict.acts if not a.counts)
    settle(one, {(conflict.subject, "outline"): theirs.uuid}, reason="按二所分割", by="科长")
    assert level(one, "T001-01") == "2" and verify(one).broken == () and find(one) == []
    merge_registers(two, one)
    same_state(one, two)


def test_undoing_a_settlement_takes_back_nobodys_act(copies):
    one, two = copies("one"), copies("two")
    cut(one, "T001", 0.5), cut(two, "T001", 0.25)
    merge_registers(one, two)
    for chosen in (0, 1, 0):
        conflict, = open_conflicts(one)
        done = settle(one, {(conflict.subject, "outline"): conflict.acts[chosen].uuid}, reason="按现场", by="科长")
        assert open_conflicts(one) == []
        undo(one, done.group, by="科长")
        splits = [event for event in in_force(one.storage.events()) if event.kind == kinds.PARCEL_SPLIT]
        assert verify(one).broken == () and len(splits) == 2
    merge_registers(two, one)
    same_state(one, two)


def test_one_matter_opened_in_two_copies_is_one_and_takes_either_value(copies):
    one, two = copies("one"), copies("two")
    for register, fee in ((one, 1_000_000), (two, 2_000_000)):
        open_matter(register, kind_named(register, "idle_land"), {"TZBH": "闲-1", "XZDM": "331082100", "CJJK": fee, "MJ": 10000.0},
                    on="2026-05-20", by="甲")
    merge_registers(one, two)
    for fee in (1_000_000, 2_000_000, 1_000_000):
        conflict, = open_conflicts(one)
        act = next(act for act in conflict.acts if act.value == fee)
        done = settle(one, {(conflict.subject, conflict.field): act.uuid}, reason="合同", by="科长")
        matter, = matters(one)
        assert matter.values["CJJK"] == fee and verify(one).broken == ()
        merge_registers(two, one)
        same_state(one, two)
        undo(one, done.group, by="科长")


def test_one_name_entered_in_two_copies_is_no_dispute_and_another_is_told_by_name(copies):
    one, two = copies("one"), copies("two")
    said = {"PDJL1": "2", "PDJL2": "201", "ZTFL": "7"}
    for register, names, by in ((one, ("张三", "李四"), "甲"), (two, ("张三", "王五"), "乙")):
        entries = [Entry(label, {**said, "YDDW": name}) for label, name in zip(("T001", "T002"), names)]
        assert not give_verdicts(register, "B1", entries, by=by).refused
        assign(register, "B1", ["T003"], to="新来的", by=by)
    merge_registers(one, two)
    conflict, = open_conflicts(one)
    assert (conflict.field, conflict.where) == ("YDDW", "T002") and {act.named for act in conflict.acts} == {"李四", "王五"}
    assert all(str(act.value).startswith("person:") for act in conflict.acts)
    mine = next(act.uuid for act in conflict.acts if act.named == "李四")
    settle(one, {(conflict.subject, "YDDW"): mine}, reason="查证", by="科长")
    assert list(one.parcels("B1").set_index("DKBH").loc[["T001", "T002"], "YDDW"]) == ["张三", "李四"] and verify(one).broken == ()
    merge_registers(two, one)
    same_state(one, two)


def test_one_conflict_settled_in_two_copies_differently_is_a_conflict_again(copies):
    one, two = copies("one"), copies("two")
    judge(one, {"T001": "3"}, by="甲")
    judge(two, {"T001": "1"}, by="乙")
    merge_registers(one, two), merge_registers(two, one)
    for register, who in ((one, "甲"), (two, "乙")):
        found = open_conflicts(register)
        settle(register, {(c.subject, c.field): next(a.uuid for a in c.acts if a.who == who) for c in found}, reason="本所核实", by=who)
    merge_registers(one, two), merge_registers(two, one)
    same_state(one, two)
    found = open_conflicts(two)
    assert {c.field for c in found} == {"PDJL1", "PDJL2"} and level(two, "T001") == "1"
    settle(two, {(c.subject, c.field): next(a.uuid for a in c.acts if a.who == "甲") for c in found}, reason="局里定", by="局长")
    merge_registers(one, two)
    assert level(one, "T001") == "3" and open_conflicts(one) == []
    same_state(one, two)


# --- what is refused, held and told -----------------------------------------------------------------------------------------


def test_another_register_is_refused_by_name(copies, tmp_path):
    one = copies("one")
    with new_register(tmp_path, name="stranger.gpkg") as stranger:
        with pytest.raises(InputError, match="another register"):
            merge_registers(one, stranger)


def test_one_writer_who_went_on_in_two_copies_is_refused_and_nothing_is_taken(copies, tmp_path):
    book = OriginBook(tmp_path / "origins.json")
    one = copies("one", book)
    judge(one, {"T001": "1"}, by="甲")
    backup(one, tmp_path / "two.gpkg")
    judge(one, {"T002": "1"}, by="甲")
    with Register.open(tmp_path / "two.gpkg", origins=Cloned(one)) as two:
        judge(two, {"T002": "2"}, by="甲")
        judge(two, {"T003": "2"}, by="甲")
        before = one.seal().code
        number = one.storage.heads()[one.origin()][0]
        with pytest.raises(RefusedError, match=f"in two ways from event {number} on"):
            merge_registers(one, two)
        assert one.seal().code == before and level(one, "T003") == "0"
        undo(two, judge(two, {"T001": "3"}, by="甲").group, by="甲")
        assert merge_registers(one, two, is_clone=True, dry_run=True).new > 0 and one.seal().code == before
        merged = merge_registers(one, two, is_clone=True)
        assert level(one, "T003") == "2" and level(one, "T001") == "1" and {each.field for each in merged.conflicts} >= {"PDJL1"}
        assert merge_registers(one, two, is_clone=True).new == 0 and verify(one).broken == ()
        three = copies("three")
        merge_registers(three, one)
        same_state(one, three)


class Cloned(OriginBook):
    """The book of a profile that was copied to a second computer, as an earlier version would have read it."""

    def __init__(self, register):
        super().__init__()
        self._origin = register.origin()

    def origin(self, register_id, is_known_hash):
        return self._origin


def test_an_edited_event_and_a_rewritten_chain_are_refused(copies, tmp_path):
    one, two = copies("one"), copies("two")
    judge(two, {"T001": "2"}, by="乙")
    two.close()
    with sqlite3.connect(str(tmp_path / "two.gpkg")) as db:
        db.execute("UPDATE event SET payload = replace(payload, '201', '202') WHERE kind = 'verdict_given'")
    with Register.open(tmp_path / "two.gpkg") as forged:
        with pytest.raises(DamagedError, match="was edited"):
            merge_registers(one, forged)
    assert level(one, "T001") == "0" and verify(one).broken == ()


def test_an_issue_that_is_not_what_its_event_says_is_refused(copies, tmp_path):
    one, two = copies("one"), copies("two")
    issue_batch(two, info("B2"), squares(2, digest="d2"), by="乙")
    two.close()
    with sqlite3.connect(str(tmp_path / "two.gpkg")) as db:
        db.execute("UPDATE issued SET JCMJ = 1 WHERE batch_id != (SELECT min(id) FROM batch WHERE PCBH = 'B1') AND JCBH = 'T001'")
    with Register.open(tmp_path / "two.gpkg") as forged:
        with pytest.raises(DamagedError, match="as it was issued"):
            merge_registers(one, forged)
    assert list(one.batches()["PCBH"]) == ["B1"] and verify(one).broken == ()


def test_a_batch_that_both_brought_in_is_one_and_its_rows_come_once(copies):
    one, two = copies("one"), copies("two")
    for register in (one, two):
        issue_batch(register, info("B2"), squares(2, digest="d2"), by="乙")
    judge_in(two, "B2", {"T001": "2"})
    assert merge_registers(one, two).conflicts == ()
    merge_registers(two, one)
    same_state(one, two)
    assert len(one.parcels("B2")) == 2 and one.batch("B2").issue_no == 1 and verify(one).broken == ()


def test_photos_papers_measured_evidence_and_proposals_come_along(copies, tmp_path):
    one, two = copies("one"), copies("two")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff picture")
    parcel = two.find("B1", ["T001"])[0][0]
    add_photos(two, [PhotoMatch(photo, (parcel,), place=(X0, Y0), lon=121.0, lat=28.8)], by="乙")
    run = {"id": "run-1", "batch_id": two.batch("B1").id, "measured_at": "2026-06-01T00:00:00.000000Z", "method": "E", "profile": "{}",
           "profile_digest": "d", "parcels": 1}
    shape = two.parcels().set_index("parcel_id").loc[parcel, "shape_id"]
    said = {"evidence_layer": [["dltb", "DLTB", "地类", "a.gpkg", "f", None, 1, 0, 0, 0]], "evidence_document": [],
            "evidence_summary": [[parcel, shape, "{}"]], "evidence_area": [[parcel, "DLTB", "dltb", "GD", 1600.0]]}
    frames = {}
    for table, rows in said.items():
        columns = [name for name in merging._COLUMNS[table] if name != "run_id"]
        frames[table] = pd.DataFrame(rows, columns=columns[:len(rows[0]) if rows else None], dtype=object)
    with two.storage.writing():
        two.storage.save_evidence(run, frames)
    merged = merge_registers(one, two)
    assert (merged.runs, merged.files, merged.missing) == (1, 1, ())
    assert one.storage.frame("evidence_area")["area_m2"].tolist() == [1600.0] and one.storage.places() == two.storage.places()
    assert merge_registers(one, two).runs == 0 and verify(one).broken == ()
    two.attachments.discard(two.attachments.names())
    three = copies("three")
    assert len(merge_registers(three, two).missing) == 1 and "missing" in str(verify(three).broken[0])
    assert merge_registers(three, one).files == 1 and verify(three).broken == ()


def test_entries_dated_ahead_of_the_clock_wait_and_drag_nobody_along(copies, monkeypatch):
    one, two = copies("one"), copies("two")
    judge(two, {"T001": "1"}, by="乙")
    hour = timedelta(hours=1)
    monkeypatch.setattr(sealing, "utc_now", lambda: sealing.iso(datetime.now(timezone.utc) + hour))
    judge(two, {"T002": "2"}, by="乙")
    monkeypatch.undo()
    merged = merge_registers(one, two)
    assert merged.held == 1 and level(one, "T001") == "1" and level(one, "T002") == "0"
    judge(one, {"T003": "1"}, by="甲")  # nobody is stopped by it
    assert any("ahead of this computer's clock" in str(text) for text in merged.remarks)
    release_clock(two, reason="时钟快一小时", by="乙")
    assert merge_registers(one, two).held == 0 and level(one, "T002") == "2" and verify(one).broken == ()


def test_names_taken_out_in_one_copy_go_out_here_and_never_come_back(copies):
    one, two = copies("one"), copies("two")
    judge(one, {"T001": "1"}, by="甲")
    merge_registers(two, one)
    parties.remove_names(two, by="科长")
    judge(two, {"T002": "1"}, by="丁")
    merge_registers(one, two)
    assert {name for name, _salt in one.storage.people().values()} == {"丁"} and verify(one).broken == ()
    assert merge_registers(two, one).new == 0 or {name for name, _salt in two.storage.people().values()} <= {"丁", "甲"}


def test_an_act_on_a_batch_frozen_elsewhere_is_told_and_does_not_count(copies):
    one, two = copies("one"), copies("two")
    judging.freeze(one, "B1", by="科长")
    judge(two, {"T001": "2"}, by="乙")
    merged = merge_registers(one, two)
    assert [event.kind for event in merged.lost] == [kinds.VERDICT_GIVEN] and len(merged.told_lost) == 1 and level(one, "T001") == "0"
    merge_registers(two, one)
    same_state(one, two)


# --- any history, any order -------------------------------------------------------------------------------------------------

ACTS = ("judge", "judge", "split", "merge", "case", "act", "undo", "freeze", "unfreeze", "flag", "review", "meet", "meet", "settle")
STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(ACTS), st.integers(0, 5), st.sampled_from(["甲", "乙", "甲（改名）"])),
                 min_size=6, max_size=16)


class Offices:
    """Three copies of one register on which things happen; acts that a register refuses are part of the game."""

    def __init__(self, copies):
        self.registers = [copies("one"), copies("two"), copies("three")]

    def step(self, office, act, target, who):
        register = self.registers[office]
        labels = sorted(register.parcels()["DKBH"])
        try:
            if labels or act in ("undo", "meet", "settle"):
                getattr(self, act)(register, labels[target % len(labels)] if labels else "", target, who)
        except UserError:
            pass

    def judge(self, register, label, target, who):
        judge(register, {label: "123"[target % 3]}, by=who)

    def split(self, register, label, target, who):
        cut(register, label, [0.25, 0.5][target % 2], by=who)

    def merge(self, register, label, _target, who):
        merge_parcels(register, "B1", [one for one in register.parcels()["DKBH"] if one.startswith(label[:4] + "-")], by=who)

    def case(self, register, label, _target, who):
        judge(register, {label: "2"}, by=who)
        pursuing.open_case(register, "B1", [label], on=date.today().isoformat(), particulars={"source": "2"}, by=who)

    def act(self, register, _label, target, who):
        cases = sorted(register.storage.frame("case")["id"])
        act = ["site_check", "stop_order", "file"][target % 3]
        if cases:
            pursuing.do_act(register, cases[target % len(cases)], act, on=date.today().isoformat(), particulars=SAID.get(act), by=who)

    def undo(self, register, _label, target, who):
        groups = register.storage.last_group(None)
        undo(register, groups[target % len(groups)], by=who, reason="改正", with_dependents=True)

    def freeze(self, register, _label, _target, who):
        judging.freeze(register, "B1", by=who)

    def unfreeze(self, register, _label, _target, who):
        judging.unfreeze(register, "B1", reason="更正", by=who)

    def flag(self, register, label, target, who):
        judging.flag(register, "B1", [label], reason=str(target), by=who)

    def review(self, register, label, _target, who):
        judging.return_parcels(register, "B1", [label], level="city", reason="补照片", by=who)

    def meet(self, register, _label, target, _who):
        merge_registers(register, self.registers[target % 3]) if self.registers[target % 3] is not register else None

    def settle(self, register, _label, target, who):
        found = open_conflicts(register)
        if found:
            one = found[target % len(found)]
            settle(register, {(one.subject, one.field): one.acts[target % len(one.acts)].uuid}, reason="核实", by=who, with_dependents=True)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(steps=STEPS, order=st.permutations(range(3)))
def test_whatever_happened_any_order_and_grouping_of_merges_gives_the_same_state(issued, steps, order):
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        def make(name):
            shutil.copy2(issued, Path(folder) / f"{name}.gpkg")
            return stack.enter_context(Register.open(Path(folder) / f"{name}.gpkg", origins=OriginBook()))

        offices = Offices(make)
        for step in steps:
            offices.step(*step)
        late = make("late")
        for number in order:
            merge_registers(late, offices.registers[number])
        first, second, third = (offices.registers[number] for number in order)
        for register, other in ((second, third), (first, second), (third, first), (second, first)):
            merge_registers(register, other)
        same_state(late, *offices.registers)
        assert [str(text) for text in verify(first).broken] == []
        assert len({tuple((one.subject, one.field) for one in find(register)) for register in (late, *offices.registers)}) == 1
        assert merge_registers(first, late).new == 0


def test_figures_say_how_they_count_what_is_in_dispute(copies):
    one, two = copies("one"), copies("two")
    judge(one, {"T001": "2", "T002": "1"}, by="甲")
    judge(two, {"T001": "1"}, by="乙")
    assert frames(one, Scope(batch="B1")).disputed == 0
    moment = one.storage.latest().recorded_at
    merge_registers(one, two)
    found = frames(one, Scope(batch="B1"))
    assert found.disputed == 1 and "1 parcels" in str(headline(found)) and "1 parcels" in str(paragraph(one, Scope(batch="B1"))[-1])
    assert frames(one, Scope(batch="B1", known_at=moment)).disputed == 0
    chosen = {(each.subject, each.field): each.acts[0].uuid for each in open_conflicts(one)}
    settle(one, chosen, reason="核实", by="科长")
    assert frames(one, Scope(batch="B1")).disputed == 0 and "parcels" not in str(headline(frames(one, Scope(batch="B1"))))


def test_a_profile_copied_to_another_computer_writes_as_somebody_else_and_both_merge(copies, tmp_path):
    (tmp_path / "a").mkdir()
    one = copies("one", OriginBook(tmp_path / "a" / "origins.json"))
    judge(one, {"T001": "1"}, by="甲")
    backup(one, tmp_path / "clone.gpkg")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    judge(one, {"T002": "1"}, by="甲")
    with Register.open(tmp_path / "clone.gpkg", origins=OriginBook(tmp_path / "b" / "origins.json")) as clone:
        judge(clone, {"T003": "2"}, by="甲")
        assert clone.origin() != one.origin() and OriginBook(tmp_path / "b" / "origins.json").origin(
            clone.meta["register_id"], clone.storage.has_hash) == clone.origin()
        assert merge_registers(one, clone).new > 0 and merge_registers(clone, one).new > 0
        same_state(one, clone)
    with Register.open(tmp_path / "one.gpkg", origins=OriginBook(tmp_path / "a" / "origins.json")) as again:
        assert again.origin() == one.origin()


def test_a_file_and_a_server_merge_both_ways(cluster, copies, tmp_path):
    one = copies("one")
    place = address_of(cluster.address("merged"))
    copy_register(one.address, place)
    with Register.open(place, origins=OriginBook(tmp_path / "server" / "origins.json")) as server:
        judge(one, {"T001": "2", "T003": "1"}, by="甲")
        cut(server, "T002", 0.5)
        judge(server, {"T001": "1"}, by="乙")
        issue_batch(server, info("B2"), squares(2, digest="d2"), by="乙")
        assert merge_registers(one, server).conflicts and merge_registers(server, one).new > 0
        same_state(one, server)
        chosen = {(each.subject, each.field): each.acts[0].uuid for each in open_conflicts(server)}
        settle(server, chosen, reason="核实", by="科长")
        merge_registers(one, server)
        same_state(one, server)
        assert verify(one).broken == () and verify(server).broken == () and find(one) == []


def test_one_person_who_entered_his_name_in_two_copies_is_one_person(copies):
    one, two = copies("one"), copies("two")
    judge(one, {"T001": "1"}, by="王五")
    recorded = judge(two, {"T002": "1"}, by="王五")
    merge_registers(one, two)
    assert sum(name == "王五" for name, _salt in one.storage.people().values()) == 2
    undo(one, recorded.group, by="王五")  # his own act needs no reason
    with pytest.raises(RefusedError, match="not you"):
        undo(one, one.storage.last_group(None)[0], by="甲")
    assert level(one, "T002") == "0" and verify(one).broken == ()
