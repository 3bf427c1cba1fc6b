"""Courier files: what they carry, what is refused, and that they may come in any order, twice, late."""
from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import zipfile
from dataclasses import replace

import pytest

from land_inspector.errors import DamagedError, InputError, RefusedError
from land_inspector.exchange.courier import _ENVELOPE, _event, manifest_of, sign, take_courier, write_courier
from land_inspector.register.events import canonical
from land_inspector.register.issuing import issue_batch
from land_inspector.register.sealing import OriginBook
from land_inspector.register.field_work import PhotoMatch, add_photos
from land_inspector.register.register import Register
from land_inspector.register.verifying import verify
from tests.factories import X0, Y0, info, judge, new_register, squares


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    folder = tmp_path_factory.mktemp("issued")
    with new_register(folder) as register:
        issue_batch(register, info(), squares(3), by="甲")
    return folder / "register.gpkg"


@pytest.fixture
def two(issued, tmp_path):
    """Two copies, each worked on by an installation of its own."""
    for name in ("one", "two"):
        shutil.copy2(issued, tmp_path / f"{name}.gpkg")
    with Register.open(tmp_path / "one.gpkg", origins=OriginBook()) as one, \
            Register.open(tmp_path / "two.gpkg", origins=OriginBook()) as other:
        yield one, other


def level(register, label):
    return register.parcels("B1").set_index("DKBH").loc[label, "PDJL1"]


def test_a_file_carries_batches_verdicts_photos_and_names_and_taken_twice_does_nothing(two, tmp_path):
    one, other = two
    since = one.storage.heads()
    photo = tmp_path / "现场 1.jpg"
    photo.write_bytes(b"\xff\xd8\xff picture")
    add_photos(one, [PhotoMatch(photo, (one.find("B1", ["T001"])[0][0],), place=(X0, Y0))], by="甲")
    issue_batch(one, info("B2"), squares(2, digest="d2"), by="乙")
    judge(one, {"T001": "2"}, by="乙")
    sent = write_courier(one, tmp_path / "a.lic", since=since)
    assert all(name.isascii() for name in zipfile.ZipFile(tmp_path / "a.lic").namelist())
    assert take_courier(other, tmp_path / "a.lic", dry_run=True).new == sent.events and level(other, "T001") == "0"
    taken = take_courier(other, tmp_path / "a.lic")
    assert (taken.new, taken.files, taken.held) == (sent.events, 1, 0) and level(other, "T001") == "2"
    assert other.seal().code == one.seal().code and list(other.batches()["PCBH"]) == ["B1", "B2"]
    again = take_courier(other, tmp_path / "a.lic")
    assert (again.new, again.known) == (0, sent.events) and verify(other).broken == ()
    with pytest.raises(InputError, match="nothing to send"):
        write_courier(one, tmp_path / "b.lic", since=other.storage.heads())


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_three_files_in_any_order_wait_for_one_another_and_end_the_same(two, tmp_path, order):
    one, other = two
    files = []
    for number, label in enumerate(("T001", "T002", "T003")):
        since = one.storage.heads()
        judge(one, {label: "1"}, by="甲")
        files.append(tmp_path / f"{number}.lic")
        write_courier(one, files[-1], since=since)
    waiting = sum(take_courier(other, files[number]).held for number in order)
    assert (waiting > 0) == (order != (0, 1, 2))
    for file in files:
        take_courier(other, file)
    for file in files:
        assert take_courier(other, file).held == 0
    assert other.seal().code == one.seal().code and verify(other).broken == ()


def forged(source, target, change):
    """A copy of a file whose members ``change`` (name, bytes → bytes) gives."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, change(member, old.read(member)))
    return target


FORGERIES = {
    "an edited event": lambda name, raw: raw.replace(b'"201"', b'"202"') if name == "events.jsonl" else raw,
    "a cut file": lambda name, raw: raw[:len(raw) // 2] if name == "events.jsonl" else raw,
    "a bomb": lambda name, raw: b"0" * 200_000_000 if name == "shapes.jsonl" else raw,
    "another manifest": lambda name, raw: raw.replace(b"made_at", b"made_on") if name == "manifest.json" else raw,
    "another signature": lambda name, raw: raw.replace(b'"signature":"', b'"signature":"0') if name == "manifest.json" else raw,
    "no texts": lambda name, raw: b"\xff\xfe\x00" if name == "tables.jsonl" else raw,
}


@pytest.mark.parametrize("what", list(FORGERIES))
def test_a_forged_file_is_refused_and_nothing_of_it_is_kept(two, tmp_path, what):
    one, other = two
    judge(one, {"T001": "2"}, by="甲")
    write_courier(one, tmp_path / "a.lic")
    before = other.seal().code
    with pytest.raises((DamagedError, InputError)):
        take_courier(other, forged(tmp_path / "a.lic", tmp_path / "b.lic", FORGERIES[what]))
    assert other.seal().code == before and level(other, "T001") == "0"


def signed(register, source, target, change):
    """A copy of a file as somebody puts it together who has the register, and so its key: ``change`` as in :func:`forged`."""
    with zipfile.ZipFile(source) as old:
        members = {name: change(name, old.read(name)) for name in old.namelist()}
    said = json.loads(json.loads(members["manifest.json"])["said"])
    said["members"] = {name: [len(members[name]), hashlib.sha256(members[name]).hexdigest()] for name in said["members"]}
    members["manifest.json"] = canonical({"said": canonical(said), "signature": sign(register, canonical(said))}).encode()
    return forged(source, target, lambda name, _raw: members[name])


def resealed(raw, change):
    """The last event of a file's text changed, and sealed anew."""
    *lines, last = [json.loads(line) for line in raw.splitlines()]
    event = change(_event(last)).sealed()
    lines.append([list(event.subjects) if name == "subjects" else getattr(event, name) for name in _ENVELOPE])
    return b"".join(canonical(line).encode() + b"\n" for line in lines)


INSIDE_JOBS = {
    "a row of no issue": ("tables.jsonl", lambda raw: raw.replace(b'"issue_id"', b'"issue_ID"')),
    "a subject that is none": ("events.jsonl", lambda raw: resealed(raw, lambda event: replace(event, subjects=({"a": 1},)))),
    "an id that is a number": ("events.jsonl", lambda raw: resealed(
        raw, lambda event: replace(event, payload={**event.payload, "batch": {**event.payload["batch"], "id": 3.5}}))),
    "an actor that is none": ("events.jsonl", lambda raw: resealed(raw, lambda event: replace(event, actor=7))),
}


@pytest.mark.parametrize("what", list(INSIDE_JOBS))
def test_what_somebody_put_together_who_has_the_key_is_refused_too(two, tmp_path, what):
    one, other = two
    issue_batch(one, info("B2"), squares(2, digest="d2"), by="甲")
    write_courier(one, tmp_path / "a.lic", since=other.storage.heads())
    before, (where, change) = other.seal().code, INSIDE_JOBS[what]
    with pytest.raises((DamagedError, InputError)):
        take_courier(other, signed(one, tmp_path / "a.lic", tmp_path / "b.lic", lambda name, raw: change(raw) if name == where else raw))
    assert other.seal().code == before and set(other.batches()["PCBH"]) == {"B1"}


def test_a_line_that_stands_twice_counts_once(two, tmp_path):
    one, other = two
    judge(one, {"T001": "2", "T002": "1"}, by="甲")
    write_courier(one, tmp_path / "a.lic", since=other.storage.heads())
    twice = signed(one, tmp_path / "a.lic", tmp_path / "b.lic", lambda name, raw: raw * 2 if name == "events.jsonl" else raw)
    assert take_courier(other, twice).held == 0 and take_courier(other, twice).new == 0
    assert other.seal().code == one.seal().code and verify(other).broken == ()


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"no zip at all", b"SQLite format 3\0" * 10])
def test_what_is_no_courier_file_is_said(two, tmp_path, raw):
    (tmp_path / "a.lic").write_bytes(raw)
    with pytest.raises(InputError, match="no courier file"):
        take_courier(two[0], tmp_path / "a.lic")


def test_a_file_half_arrived_and_one_of_another_register_are_refused(two, tmp_path):
    one, other = two
    judge(one, {"T001": "2"}, by="甲")
    write_courier(one, tmp_path / "a.lic")
    whole = (tmp_path / "a.lic").read_bytes()
    (tmp_path / "half.lic").write_bytes(whole[:len(whole) // 2])
    with pytest.raises(InputError, match="has not come whole"):
        take_courier(other, tmp_path / "half.lic")
    with new_register(tmp_path, name="stranger.gpkg") as stranger:
        with pytest.raises(InputError, match="another register"):
            manifest_of(stranger, tmp_path / "a.lic")


def test_a_member_that_leads_out_of_its_folder_is_refused(two, tmp_path):
    one, other = two
    judge(one, {"T001": "2"}, by="甲")
    write_courier(one, tmp_path / "a.lic")
    with zipfile.ZipFile(tmp_path / "a.lic", "a") as packed:
        packed.writestr("../out.txt", "x")
    with pytest.raises(InputError, match="outside itself"):
        take_courier(other, tmp_path / "a.lic")
    assert not (tmp_path.parent / "out.txt").exists()


def test_names_stay_at_home_where_that_is_wanted(two, tmp_path):
    one, other = two
    judge(one, {"T001": "2"}, by="王五同志")
    write_courier(one, tmp_path / "a.lic", with_names=False)
    with zipfile.ZipFile(tmp_path / "a.lic") as packed:
        assert not any("王五同志".encode() in packed.read(name) for name in packed.namelist())
    take_courier(other, tmp_path / "a.lic")
    assert "王五同志" not in {name for name, _salt in other.storage.people().values()} and level(other, "T001") == "2"
    assert verify(other).broken == ()


def test_a_clone_is_refused_by_its_file_too(two, tmp_path):
    one, _other = two
    judge(one, {"T001": "2"}, by="甲")
    from land_inspector.register.verifying import backup

    backup(one, tmp_path / "clone.gpkg")

    class Same(OriginBook):
        def origin(self, register_id, is_known_hash):
            return one.origin()

    with Register.open(tmp_path / "clone.gpkg", origins=Same()) as clone:
        judge(clone, {"T002": "2"}, by="甲")
        write_courier(clone, tmp_path / "clone.lic")
    judge(one, {"T003": "2"}, by="甲")
    with pytest.raises(RefusedError, match="in two ways"):
        take_courier(one, tmp_path / "clone.lic")
