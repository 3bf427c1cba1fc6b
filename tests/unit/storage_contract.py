"""What any storage of a register must hold to: a test class per storage takes this one in and says where its registers live.

A storage written anew (PostGIS) adds ``class TestPostgis(StorageContract)`` with its own ``address`` and nothing else.
"""
from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest

from land_inspector.errors import BusyError, InputError, StaleError
from land_inspector.register import parties, patrolling
from land_inspector.register.events import digest
from land_inspector.register.findings import file_finding, filed_as
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import write_note
from land_inspector.register.patrolling import Seen
from land_inspector.register.register import Register
from land_inspector.register.undoing import undo
from land_inspector.register.verifying import verify
from tests.factories import CRS, X0, Y0, info, judge, squares, township


class StorageContract:
    """Every test opens by the address alone."""

    @pytest.fixture
    def address(self, tmp_path):
        """Where a register may be made that is not there yet."""
        raise NotImplementedError

    @pytest.fixture
    def register(self, address):
        Register.create(address, county_code="331082", county_name="演示县", crs=CRS, townships=[township()], by="登记员").close()
        with Register.open(address, patience_s=0.2) as made:
            issue_batch(made, info(), squares(4), by="甲")
            yield made

    # --- the place ----------------------------------------------------------------------------------------------------

    def test_a_place_that_is_taken_is_never_made_anew(self, address, register):
        assert address.is_there
        with pytest.raises(InputError):
            with address.being_made(CRS, {}):
                pass

    def test_a_making_that_fails_leaves_nothing(self, address):
        with pytest.raises(ValueError):
            with address.being_made(CRS, {"register_id": "r", "schema_version": "2", "crs": CRS}):
                raise ValueError
        assert not address.is_there

    def test_a_map_layer_has_a_source_and_a_provider(self, address, register):
        source = address.layer("parcel_map")
        assert source.uri and source.provider and register.address == address

    # --- events -------------------------------------------------------------------------------------------------------

    def test_events_come_back_as_they_were_sealed_in_the_order_of_the_fold(self, register):
        judge(register, {"T001": "1", "T002": "2"}, by="甲")
        events = register.storage.events()
        assert [digest(event) for event in events] == [event.hash for event in events]
        assert [event.order for event in events] == sorted(event.order for event in events)
        assert all(register.storage.hash_at(event.origin, event.sequence) == event.hash for event in events)

    def test_what_lies_beyond_heads_and_what_is_known_is_told_without_reading_all(self, register):
        storage, events = register.storage, register.storage.events()
        origin, (last, _hash) = next(iter(storage.heads().items()))
        assert [event.uuid for event in storage.events_beyond({})] == [event.uuid for event in events]
        assert [event.uuid for event in storage.events_beyond({origin: (last - 1, "")})] == [
            event.uuid for event in events if (event.origin, event.sequence) == (origin, last) or event.origin != origin]
        assert storage.events_beyond({}, ["nobody"]) == [] and storage.events_beyond(storage.heads()) == []
        writers = {}
        for event in events:
            for subject in event.subjects:
                writers.setdefault(subject, set()).add(event.origin)
        assert storage.known_events([events[0].uuid, "nobody"]) == {events[0].uuid}
        assert storage.shared_subjects() == sorted(subject for subject, origins in writers.items() if len(origins) > 1)

    def test_events_are_found_by_subject_kind_and_group(self, register):
        recorded = judge(register, {"T001": "1"}, by="甲")
        given = recorded.events[-1]
        storage = register.storage
        assert storage.events(groups=[recorded.group]) == list(recorded.events)
        assert storage.events(subjects=given.subjects, kind=given.kind) == [given] == storage.events_of_kind(given.kind)
        assert storage.events(subjects=["nobody"]) == [] and storage.latest(given.origin) == given
        assert storage.has_hash(given.hash) and not storage.has_hash("0" * 64) and storage.lost_subjects() == 0

    def test_heads_are_those_of_now_and_of_any_moment_before(self, register):
        before, count = register.storage.heads(), len(register.storage.events())
        judge(register, {"T001": "1"}, by="甲")
        assert register.storage.heads(count) == before != register.storage.heads()

    def test_an_event_is_never_stored_twice(self, register):
        event = register.storage.events()[-1]
        with pytest.raises(Exception):
            with register.storage.writing():
                register.storage.append([event])
        assert register.storage.events()[-1] == event and verify(register).broken == ()

    def test_the_version_changes_with_every_act(self, register):
        seen = {register.storage.version()}
        for turn in range(3):
            write_note(register, "B1", ["T001"], text=f"第{turn}次", by="甲")
            seen.add(register.storage.version())
        assert len(seen) == 4

    # --- state --------------------------------------------------------------------------------------------------------

    def test_stored_is_folded_after_acts_and_their_undoing(self, register):
        recorded = judge(register, {"T001": "2", "T003": "1"}, by="甲")
        assert register.state().same_as(register.storage.load_state()) == []
        undo(register, recorded.group, by="甲")
        assert register.state().same_as(register.storage.load_state()) == [] and verify(register).broken == ()

    def test_a_transaction_that_breaks_leaves_nothing(self, register):
        events, frame = register.storage.events(), register.parcels("B1")
        with pytest.raises(ValueError):
            with register.storage.writing():
                register.storage.set_meta({"county_name": "别县"})
                register.storage.add_person("p", "丁", "s")
                raise ValueError
        assert register.storage.events() == events and register.parcels("B1").equals(frame)
        assert register.storage.meta()["county_name"] == "演示县" and "p" not in register.storage.people()

    # --- several acts that are one --------------------------------------------------------------------------------------

    def test_what_is_done_together_is_one_act_and_what_is_refused_of_it_leaves_nothing(self, address, register):
        before = len(register.storage.events())
        with register.together() as group:
            judge(register, {"T001": "2"}, by="甲")
            with pytest.raises(StaleError), register.storage.writing():
                parties.kept_apart(register, ["张三"], by="丙")
                judge(register, {"T003": "2"}, by="甲", seen={register.find("B1", ["T003"])[0][0]: "somebody else's"})
            judge(register, {"T002": "1"}, by="乙")
            with Register.open(address) as other:
                assert len(other.storage.events()) == before  # nothing is there before all of it is
        said = register.storage.events(groups=[group])
        assert [event.kind for event in said] == ["verdict_given"] * 2 and not register.storage.parties()
        assert set(register.parcels("B1")["PDJL1"]) == {"2", "1", "0"} and verify(register).broken == ()
        undo(register, group, by="甲")
        assert set(register.parcels("B1")["PDJL1"]) == {"0"} and verify(register).broken == ()

    def test_what_is_done_together_and_breaks_leaves_nothing(self, register):
        events, seal = register.storage.events(), register.seal()
        with pytest.raises(ValueError), register.together():
            judge(register, {"T001": "2"}, by="甲")
            raise ValueError
        assert register.storage.events() == events and register.seal() == seal and register.group is None
        judge(register, {"T001": "1"}, by="甲")
        assert verify(register).broken == ()

    def test_a_finding_becomes_a_case_in_one_act_killed_wholly_and_undone_after_a_restart(self, address, register):
        places = [patrolling.in_degrees(register, [(X0 + 50.0 + 200.0 * at, Y0 + 500.0)])[0] for at in range(2)]
        first, second = (patrolling.mark_finding(register, Seen("城区所", "2026-05-12", place, builder="张三", area_m2=400.0), by="甲")
                         for place in places)
        before = register.storage.events()
        killed = ("import os, sys\nfrom land_inspector.register import findings, patrolling\n"
                  "from land_inspector.register.register import Register\n"
                  "patrolling.act_on_finding = lambda *a, **k: os.kill(os.getpid(), 9)\n"
                  "findings.file_finding(Register.open(sys.argv[1]), sys.argv[2], by='甲')")
        assert subprocess.run([sys.executable, "-c", killed, str(address), first], check=False, timeout=120).returncode == -9
        assert register.storage.events() == before and len(register.batches()) == 1 and verify(register).broken == ()
        filed, other = file_finding(register, first, by="甲"), file_finding(register, second, by="甲")
        last = [group for group in register.storage.last_group(register.actor_id("甲")) if register.storage.events(groups=[group])]
        assert {event.kind for event in register.storage.events(groups=[last[1]])} == {
            "batch_issued", "verdict_given", "case_opened", "finding_act"}
        with Register.open(address) as later:
            undone = undo(later, last[1], by="甲")  # the one before the newest: nothing else stands on it
            assert list(later.batches()["PCBH"]) == ["B1", other.batch] and list(later.storage.frame("case")["id"]) == [other.case]
            assert [filed_as(row) for row in patrolling.findings(later)].count(None) == 1 and verify(later).broken == ()
            undo(later, undone.group, by="甲")
            assert filed_as(next(row for row in patrolling.findings(later) if row.id == first)) == filed
            undo(later, last[1], by="甲")
            assert file_finding(later, first, by="甲").parcel == filed.parcel and verify(later).broken == ()

    # --- names --------------------------------------------------------------------------------------------------------

    def test_names_leave_without_a_trace_and_the_rest_stays(self, register):
        judge(register, {"T001": "1"}, by="甲")
        parties.kept_apart(register, ["张三"], by="甲")
        assert {"张三"} == {name for name, _salt in register.storage.parties().values()}
        parties.remove_names(register, by="甲")
        assert register.storage.people() == {} == register.storage.parties() and verify(register).broken == ()

    # --- attachments --------------------------------------------------------------------------------------------------

    def test_an_attachment_is_told_by_its_content_and_whole_or_not_there(self, register, tmp_path):
        file = tmp_path / "勘测 定界.pdf"
        file.write_bytes(b"%PDF-1.4 one")
        known = hashlib.sha256(file.read_bytes()).hexdigest()
        name = register.attachments.keep(file, known)
        assert register.attachments.keep(file, known) == name and register.attachments.names() == [name]
        assert name.endswith("_勘测 定界.pdf") and register.attachments.is_whole(name, known) and register.attachments.is_whole(name)
        with pytest.raises(OSError):
            register.attachments.keep(file, "0" * 64)
        assert register.attachments.names() == [name]
        register.attachments.find(name).write_bytes(b"%PDF-1.4 two")
        assert not register.attachments.is_whole(name, known) and not register.attachments.is_whole(name)
        register.attachments.discard([name])
        assert register.attachments.names() == []

    # --- two writers --------------------------------------------------------------------------------------------------

    def test_two_write_in_turn_and_each_sees_the_other(self, address, register):
        with Register.open(address) as other:
            judge(register, {"T001": "1"}, by="甲")
            judge(other, {"T002": "2"}, by="乙")
            judge(register, {"T003": "3"}, by="甲")
            assert other.parcels("B1").set_index("DKBH")["PDJL1"].to_dict() == {"T001": "1", "T002": "2", "T003": "3", "T004": "0"}
            assert verify(other).broken == ()

    def test_while_one_writes_the_other_reads_and_is_told_that_it_must_wait(self, address, register):
        with Register.open(address, patience_s=0.1) as other, register.storage.writing():
            assert len(other.parcels("B1")) == 4
            with pytest.raises(BusyError):
                judge(other, {"T002": "2"}, by="乙")

    def test_what_a_colleague_changed_meanwhile_is_not_overwritten(self, address, register):
        row = register.parcels("B1").set_index("DKBH").loc["T001"]
        with Register.open(address) as other:
            judge(other, {"T001": "2"}, by="乙")
        with pytest.raises(StaleError):
            judge(register, {"T001": "1"}, by="甲", seen={row["parcel_id"]: row["last_event"] or ""})

    # --- as a whole ---------------------------------------------------------------------------------------------------

    def test_the_seal_is_the_same_wherever_it_is_read_and_changes_with_every_act(self, address, register):
        with Register.open(address) as other:
            assert other.seal() == register.seal()
            judge(other, {"T001": "1"}, by="乙")
            assert other.seal() == register.seal() and verify(register, seal=other.seal().code).broken == ()
