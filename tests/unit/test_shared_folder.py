"""Two computers, one folder: nothing lost when cables are pulled, disks are full, clocks are wrong and sync clients are in the way."""
from __future__ import annotations

import errno
import os
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from land_inspector.errors import InputError
from land_inspector.exchange import shared_folder
from land_inspector.exchange.courier import manifest_of
from land_inspector.exchange.shared_folder import exchange, exchange_folder, is_on_network, is_synced, local_copy, shared_of
from land_inspector.register import sealing
from land_inspector.register.issuing import issue_batch
from land_inspector.register.sealing import OriginBook
from land_inspector.register.register import Register
from land_inspector.register.settling import open_conflicts
from land_inspector.register.verifying import verify
from tests.factories import info, judge, new_register, squares


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    folder = tmp_path_factory.mktemp("issued")
    with new_register(folder) as register:
        issue_batch(register, info(), squares(3), by="甲")
    return folder / "register.gpkg"


@pytest.fixture
def share(issued, tmp_path):
    """A folder that stands for a network drive, with the register in it."""
    folder = tmp_path / "share"
    folder.mkdir()
    shutil.copy2(issued, folder / "register.gpkg")
    return folder / "register.gpkg"


@pytest.fixture
def desks(share, tmp_path):
    """Two computers, each with its own copy and origins."""
    opened = []
    for name in ("one", "two"):
        book = OriginBook(tmp_path / name / "origins.json")
        opened.append(Register.open(local_copy(share, tmp_path / name, book), origins=book))
    yield opened
    for register in opened:
        register.close()


def level(register, label):
    return register.parcels().set_index("DKBH").loc[label, "PDJL1"]


@pytest.mark.parametrize("path, expected", [("\\\\server\\share\\a.gpkg", True), ("//server/share/a.gpkg", True),
                                            ("\\\\?\\UNC\\server\\a.gpkg", True), ("\\\\?\\C:\\a.gpkg", False)])
def test_a_place_on_another_machine_is_told_by_its_path(path, expected):
    assert is_on_network(path) is expected


def test_a_place_on_another_machine_is_told_by_its_file_system(monkeypatch, tmp_path):
    mounts = [("/", "ext4"), (str(tmp_path.resolve() / "nas"), "cifs"), (str(tmp_path.resolve() / "nas" / "local"), "ext4")]
    monkeypatch.setattr(shared_folder, "_mounts", lambda: mounts)
    assert is_on_network(tmp_path / "nas" / "a.gpkg") and not is_on_network(tmp_path / "nas" / "local" / "a.gpkg")
    assert not is_on_network(tmp_path / "a.gpkg")
    assert is_synced(Path("/home/a/坚果云/a.gpkg")) and not is_synced(Path("/home/a/dropbox.gpkg"))


def test_each_works_on_his_copy_and_both_get_everything(desks, share, tmp_path):
    one, two = desks
    assert one.address.path.parent == tmp_path / "one" and shared_of(one) == exchange_folder(share) == shared_of(two)
    assert local_copy(share, tmp_path / "one", OriginBook()) == one.address.path
    before = share.read_bytes()
    judge(one, {"T001": "1"}, by="甲")
    judge(two, {"T001": "2", "T002": "2"}, by="乙")
    folder = shared_of(one)
    assert exchange(one, folder).sent > 0
    got = exchange(two, folder)
    assert got.received > 0 and got.sent > 0 and got.conflicts == len(open_conflicts(two)) > 0
    assert exchange(one, folder).received > 0 and level(one, "T002") == "2"
    assert one.seal().code == two.seal().code and one.state().same_as(two.state()) == []
    again = exchange(two, folder)
    assert (again.sent, again.received, again.troubles) == (0, 0, []) and len(again.others) == 1
    assert share.read_bytes() == before and not list(share.parent.glob("*-wal"))
    assert verify(one).broken == () and verify(two).broken == ()


def test_a_pulled_cable_and_a_full_disk_lose_nothing(desks, monkeypatch):
    one, two = desks
    folder = shared_of(one)
    judge(one, {"T001": "1"}, by="甲")
    with monkeypatch.context() as patch:
        patch.setattr(shared_folder.Path, "iterdir", lambda self: (_ for _ in ()).throw(OSError(errno.ENETDOWN, "network is down")))
        with pytest.raises(InputError, match="cannot be reached"):
            exchange(one, folder)
    with monkeypatch.context() as patch:
        patch.setattr(shared_folder, "_rename", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "no space")))
        with pytest.raises(InputError, match="cannot be reached"):
            exchange(one, folder)
    assert not [path for path in folder.rglob("*.lic")] and not list(folder.rglob(".~*"))
    assert exchange(one, folder).sent > 0 and exchange(two, folder).received > 0 and level(two, "T001") == "1"


def test_half_copied_doubled_and_strange_files_do_no_harm_and_what_is_late_comes_in(desks):
    one, two = desks
    folder = shared_of(one)
    judge(one, {"T001": "1"}, by="甲")
    exchange(one, folder)
    judge(one, {"T002": "1"}, by="甲")
    exchange(one, folder)
    first, last = sorted((folder / one.origin()).glob("*.lic"))
    whole = first.read_bytes()
    first.write_bytes(whole[:100])
    shutil.copy2(last, last.with_name(last.name + ".sync-conflict-20261130-PC2.lic"))
    (folder / one.origin() / "notes.lic").write_text("no courier file")
    (folder / one.origin() / ".~half.lic").write_bytes(whole[:50])
    got = exchange(two, folder)
    assert got.received == 0 and got.waiting > 0 and {name for name, _why in got.troubles} >= {first.name, "notes.lic", last.name}
    first.write_bytes(whole)
    got = exchange(two, folder)
    assert got.received > 0 and got.waiting == 0 and (level(two, "T001"), level(two, "T002")) == ("1", "1")
    assert {name for name, _why in got.troubles} == {"notes.lic"} and verify(two).broken == ()


def test_a_clock_that_is_an_hour_ahead_waits_and_comes_in(desks, monkeypatch):
    one, two = desks
    folder = shared_of(one)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "utc_now", lambda: sealing.iso(datetime.now(timezone.utc) + timedelta(hours=1)))
        judge(one, {"T001": "1"}, by="甲")
    exchange(one, folder)
    got = exchange(two, folder)
    assert got.waiting == 1 and "ahead of this computer" in str(got.troubles[0][1]) and level(two, "T001") == "0"
    judge(two, {"T002": "2"}, by="乙")
    exchange(two, folder)
    assert exchange(one, folder).received > 0 and level(one, "T002") == "2"
    later = datetime.now(timezone.utc) + timedelta(hours=2)

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return later

    from land_inspector.register import merging

    monkeypatch.setattr(merging, "datetime", Later)
    assert exchange(two, folder).received > 0 and level(two, "T001") == "1" and verify(two).broken == ()


def test_a_file_lost_from_the_folder_is_put_there_again_by_whoever_has_it(desks):
    one, two = desks
    folder = shared_of(one)
    judge(one, {"T001": "1"}, by="甲")
    exchange(one, folder), exchange(two, folder)
    for path in list(folder.rglob("*.lic")):
        os.remove(path)
    assert exchange(two, folder).sent == len(two.storage.events())
    assert exchange(one, folder).troubles == [] and one.seal().code == two.seal().code


def test_a_file_is_opened_once_and_again_only_where_it_is_another(desks, monkeypatch):
    one, two = desks
    folder = shared_of(one)
    opened = []
    monkeypatch.setattr(shared_folder, "manifest_of", lambda register, path: opened.append(path.name) or manifest_of(register, path))
    judge(one, {"T001": "1"}, by="甲")
    exchange(one, folder)
    assert exchange(two, folder).received and opened
    opened.clear()
    judge(one, {"T002": "2"}, by="甲")
    exchange(one, folder)
    assert exchange(two, folder).received and len(set(opened)) == len(opened) == 1
    file = next(path for path in folder.rglob("*.lic") if path.name == opened[0])
    file.write_bytes(file.read_bytes()[:-9])
    assert exchange(two, folder).troubles and one.seal().code == two.seal().code
