"""Three desktops at once, two on copies and one on a package, through a month with a conflict, two kills and a late package."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from land_inspector.exchange.shared_folder import exchange
from land_inspector.register.figures import Scope, paragraph
from land_inspector.register.sealing import OriginBook
from land_inspector.register.register import Register
from land_inspector.register.settling import open_conflicts
from land_inspector.register.verifying import verify
from tests.journeys.screen import PATIENCE_S
from tests.journeys.test_desktop import command, make_register, pytestmark, surroundings, write_profile  # noqa: F401

LANGUAGES = {"bureau": os.environ.get("LI_LANGUAGE", "zh-Hans"), "station": "en", "package": "en"}


class Desktop:
    """QGIS with a profile, a screen and a part to play of its own."""

    def __init__(self, role: str, number: int, home: Path, share: Path):
        self.home = home
        home.mkdir()
        write_profile(home, LANGUAGES[role])
        line = command(home, "drive_copies.py")
        line[2] = str(int(line[2]) + 4 * number)  # screens that are looked for at the same moment would be the same one
        with (home / "out.txt").open("w") as out:
            self._process = subprocess.Popen(line, env=surroundings(home, LI_ROLE=role, LI_SHARE=str(share)), stdout=out, stderr=out,
                                             start_new_session=True)

    def waits_for(self, word: Path) -> None:
        end = time.monotonic() + PATIENCE_S
        while not word.exists():
            assert not (self.home / "seen.json").exists() and self._process.poll() is None and time.monotonic() < end, self.story()
            time.sleep(0.1)

    def kill(self) -> None:
        """As when the power goes: QGIS and its screen, at once."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def ended(self) -> dict:
        """What it saw."""
        self._process.wait(PATIENCE_S)
        return json.loads((self.home / "seen.json").read_text(encoding="utf-8"))

    def story(self) -> str:
        seen = self.home / "seen.json"
        return (seen.read_text(encoding="utf-8") if seen.exists() else "") + (self.home / "out.txt").read_text(errors="replace")[-2000:]

    @property
    def copy(self) -> Path:
        """Its copy of the shared register."""
        return next((self.home / "profiles").rglob("county-*.gpkg"))

    @property
    def origins(self) -> OriginBook:
        """What it knows of who writes where."""
        return OriginBook(next((self.home / "profiles").rglob("origins.json")))


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    home = tmp_path_factory.mktemp("month")
    share = home / "share"
    share.mkdir()
    make_register(share)
    (share / "register.gpkg").rename(share / "county.gpkg")
    desktops = {}
    try:
        for number, role in enumerate(LANGUAGES):
            desktops[role] = Desktop(role, number, home / role, share)
        for role in ("station", "package"):
            desktops[role].waits_for(share / f"{role} may die.told")
            desktops[role].kill()
        (share / "package came late.told").touch()
        yield {**desktops, "seen": desktops["bureau"].ended(), "share": share}
    finally:
        for one in desktops.values():
            one.kill()


def test_what_two_said_without_knowing_of_each_other_is_shown_and_settled(month):
    seen = month["seen"]
    assert "error" not in seen, seen["error"]
    assert str(month["bureau"].home) in seen["at"] and seen["narrow"] <= 330
    with Register.open(month["bureau"].copy) as register:
        kept = register.storage.events_of_kind("conflict_settled")
        assert len(kept) >= 1 and {event.payload["reason"] for event in kept} == {"现场核实"} and verify(register).broken == ()
        assert {one.where for one in open_conflicts(register)} == {"T014"}
        assert "until somebody settles it" in str(paragraph(register, Scope(batch="B1")))


def test_the_late_package_of_a_desktop_that_was_killed_is_taken_back(month):
    seen = month["seen"]
    assert seen["taken True"] == seen["taken False"] == [2, 0, 0]
    assert "诸葛所长" in "\n".join(seen["packages"])
    with Register.open(month["bureau"].copy) as register:
        assert register.parcels().set_index("DKBH").loc["T015", "PDJL1"] == "3"


def test_what_the_killed_station_had_recorded_arrives_and_both_copies_are_the_same(month):
    with Register.open(month["station"].copy, origins=month["station"].origins) as station, \
            Register.open(month["bureau"].copy, origins=month["bureau"].origins) as bureau:
        for register in (station, bureau, station):
            assert exchange(register, month["share"] / "county_exchange").troubles == []
        assert bureau.parcels().set_index("DKBH").loc["T041", "PDJL1"] == "3"
        assert station.seal().code == bureau.seal().code and station.state().same_as(bureau.state()) == []
        assert verify(station).broken == () and verify(bureau).broken == ()
