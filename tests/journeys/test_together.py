"""Two real desktops on one register on a server, one Chinese and one English; one is killed in the middle of its work."""
from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import Register
from land_inspector.register.verifying import verify
from tests.factories import CRS, info, judge, squares, township
from tests.journeys.screen import PATIENCE_S
from tests.journeys.test_desktop import command, surroundings, write_profile

pytestmark = pytest.mark.skipif(not (shutil.which("xvfb-run") and shutil.which("qgis")),
                                reason="needs the desktop and a virtual screen")
PEOPLE = {"killed": ("zh-Hans", "王核查"), "going_on": ("en", "Li Fuhe")}


@pytest.fixture(scope="module")
def address(cluster):
    """A register of 60 patches in which both have acted before."""
    made = cluster.address("together")
    Register.create(made, county_code="331082", county_name="演示县", crs=CRS, townships=[township()], by="登记员").close()
    with Register.open(made) as register:
        issue_batch(register, info(), squares(60), by="登记员")
        for number, (_language, name) in zip(("T008", "T009"), PEOPLE.values()):
            judge(register, {number: "1"}, by=name)
    return made


def _begun(home, address, shared, desk, language, name):
    write_profile(home, language)
    return subprocess.Popen(command(home, "drive_together.py"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                            start_new_session=True, env=surroundings(
                                home, LI_ADDRESS=address, LI_SHARED=str(shared), LI_DESK=desk, LI_NAME=name, LI_REASON="断电 power cut"))


def _came(path, other):
    end = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert other.poll() is None and time.monotonic() < end, f"{path.name} never came"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def played(address, tmp_path_factory):
    """What the desk that went on saw, and the folder of both."""
    folder = tmp_path_factory.mktemp("together")
    shared = folder / "shared"
    shared.mkdir()
    desks = {desk: _begun(folder / desk, address, shared, desk, *who) for desk, who in PEOPLE.items()}
    try:
        _came(shared / "kill_me", desks["killed"])
        with Register.open(address) as register:
            begun = len(register.storage.events())
            while len(register.storage.events()) < begun + 2:
                time.sleep(0.1)
        os.killpg(desks["killed"].pid, signal.SIGKILL)
        (shared / "dead").write_text("", encoding="utf-8")
        _out, said = desks["going_on"].communicate(timeout=PATIENCE_S)
    finally:
        for desk in desks.values():
            if desk.poll() is None:
                os.killpg(desk.pid, signal.SIGKILL)
            desk.wait()
    seen = json.loads((folder / "going_on" / "seen.json").read_text(encoding="utf-8"))
    assert "error" not in seen, seen["error"]
    return {**seen, "stderr": said, "folder": folder}


def test_each_sees_what_the_other_does_and_who_has_what_open(played):
    assert played["seen after"] < 2.0
    assert "王核查" in played["held"] and "15" in played["held"]


def test_when_one_is_killed_the_other_goes_on_and_nothing_is_there_by_half(played, address):
    assert played["after the other died"] not in ("T002", None) and "Traceback" not in played["stderr"]
    with Register.open(address) as register:
        assert verify(register).broken == () and register.state().same_as(register.storage.load_state()) == []
        of = {row.DKBH: row.PDJL2 for row in register.parcels("B1").itertuples()}
        assert of["T001"] == "101" and of["T002"] == "301" and sum(value == "301" for value in of.values()) >= 3
