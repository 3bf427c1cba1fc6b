"""Registers of earlier formats: upgraded, each figure is what that version told, or was mended since with its reason; an upgrade that
fails leaves them as they were."""
from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, Tuple

import pytest

from land_inspector.errors import Cancelled, DamagedError, InputError, RefusedError
from land_inspector.register import kinds, upgrading
from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import SCHEMA_VERSION, OlderFormatError, Register
from land_inspector.register.storage import format_check
from land_inspector.register.storage.geopackage import GeoPackageStorage
from land_inspector.register.undoing import undo
from land_inspector.register.upgrading import format_of, rebuild_state, release_clock, upgrade
from land_inspector.register.verifying import backup, verify
from tests.data.formats.corrections import comparable, corrected, laid_out, moved, registers, told_then
from tests.data.formats.figures import told
from tests.factories import Asked, info, judge, new_register, squares

FORMATS = Path(__file__).parent.parent / "data" / "formats"
MADE = registers()
COUNTY = FORMATS / "1" / "county.gpkg"


@pytest.fixture(params=MADE, ids=lambda path: f"{path.parent.name}-{path.stem}")
def made(request, tmp_path) -> Tuple[Path, Any, Any]:
    """A register, what the version that made it said of it, and which of that was mended since."""
    return laid_out(request.param, tmp_path), told_then(request.param), corrected(request.param)


@pytest.fixture
def county(tmp_path):
    return laid_out(COUNTY, tmp_path)


def content(path: Path) -> Any:
    with sqlite3.connect(str(path)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: db.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}, db.execute(
            "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()


def test_there_is_a_register_of_each_format_that_was_given_out():
    """A format that still grows is given out with its frozen description and its registers, or not yet."""
    given_out = {path.stem for path in format_check.FORMATS.glob("*.json")}
    assert {path.parent.name for path in MADE} == given_out and len(MADE) >= 3
    assert given_out | {str(SCHEMA_VERSION)} == {str(n) for n in range(1, SCHEMA_VERSION + 1)}


def test_every_figure_is_what_the_version_that_made_it_told(made):
    path, said, kept = made
    before = upgrade(path, by="升级员").before
    with Register.open(path) as register:
        now = told(register, said["moments"], said["days"])
    added = [kind for kind, *_rest in now["events"][len(said["figures"]["events"]):]]
    upgraded = (["actor_enrolled", "register_upgraded"], ["register_upgraded"])
    assert added in (upgraded if before < SCHEMA_VERSION else ([],))
    assert dict(moved(*comparable(said["figures"], now))) == {place: one["new"] for place, one in kept.items()}
    assert all(one["why"] for one in kept.values())


def test_an_upgraded_register_goes_on_as_any_other(county):
    upgrade(county, by="甲")
    with Register.open(county) as register:
        recorded = judge(register, {"T003": "3"}, by="甲")
        undo(register, recorded.group, by="甲")
        assert [str(text) for text in verify(register).broken] == []
        assert register.state().same_as(register.storage.load_state()) == []


def test_an_older_register_says_that_it_must_be_upgraded_and_is_left_alone(county):
    before = content(county)
    with pytest.raises(OlderFormatError, match="format 1") as error:
        Register.open(county)
    assert error.value.format == format_of(county) == 1 and "Upgrade" in str(error.value.remedy)
    assert content(county) == before


def test_an_upgrade_keeps_the_register_as_it_was_and_says_so_in_the_history(county):
    before = content(county)
    done = upgrade(county, by="甲")
    assert (done.before, done.after, done.copy) == (1, SCHEMA_VERSION, county.with_name("county-format1.gpkg"))
    assert content(done.copy)[0] == before[0] and format_of(done.copy) == 1
    with Register.open(county) as register:
        last = register.storage.events()[-1]
        assert last.kind == kinds.REGISTER_UPGRADED and last.payload["from"] == 1 and last.payload["heads"]
    assert upgrade(county, by="甲").copy is None


def test_two_copies_do_not_get_in_each_others_way(county):
    county.with_name("county-format1.gpkg").write_bytes(b"something else")
    assert upgrade(county).copy.name == "county-format1-2.gpkg"
    assert county.with_name("county-format1.gpkg").read_bytes() == b"something else"


def test_an_upgrade_cancelled_at_any_moment_leaves_the_register_as_it_was(county):
    before = content(county)
    for answers in range(100):
        try:
            upgrade(county, progress=Asked(answers))
        except Cancelled:
            assert content(county) == before and list(county.parent.glob("*.gpkg")) == [county]
        else:
            break
    assert answers > 5 and format_of(county) == SCHEMA_VERSION


@pytest.mark.parametrize("broken_off", ["storage.complete", "fold", "storage.renew", "storage.set_meta"])
def test_an_upgrade_that_fails_leaves_the_register_as_it_was(county, monkeypatch, broken_off):
    before = content(county)

    def fail(*_args, **_kwargs):
        raise DamagedError("broken off")
    owner, name = (GeoPackageStorage, broken_off.split(".")[1]) if "." in broken_off else (upgrading, broken_off)
    monkeypatch.setattr(owner, name, fail)
    with pytest.raises(DamagedError, match="broken off"):
        upgrade(county)
    monkeypatch.undo()
    assert content(county) == before and list(county.parent.glob("*.gpkg")) == [county]


KILLED = """
import sys
from tools import headless
from land_inspector.register import upgrading
from land_inspector.register.storage import format_check
from land_inspector.register.storage.geopackage import GeoPackageStorage
was = getattr(GeoPackageStorage, sys.argv[2])
def stop(self, *args):
    was(self, *args)
    print("there", flush=True)
    sys.stdin.read()
setattr(GeoPackageStorage, sys.argv[2], stop)
upgrading.upgrade(sys.argv[1])
"""


@pytest.mark.parametrize("place", ["complete", "renew", "set_meta"])
@pytest.mark.skipif(os.name != "posix", reason="a process is killed")
def test_a_killed_upgrade_leaves_the_register_as_it_was_and_the_next_one_succeeds(county, place):
    before = content(county)
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(county), place], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               cwd=Path(__file__).parents[2], text=True)
    assert process.stdout.readline().strip() == "there"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert content(county) == before
    upgrade(county)
    with Register.open(county) as register:
        assert verify(register).broken == ()


@pytest.mark.parametrize("later", [1, 5])
def test_a_newer_register_is_refused_with_the_version_it_needs(tmp_path, later):
    with new_register(tmp_path) as register, register.storage.writing():
        register.storage.set_meta({"schema_version": str(SCHEMA_VERSION + later), "needs_plugin": "9.9"})
    with sqlite3.connect(str(tmp_path / "register.gpkg")) as db:
        db.execute("ALTER TABLE patrol RENAME COLUMN KSSJ TO began")  # what a newer format is made of is its own matter
    for attempt in (Register.open, upgrade, format_of):
        with pytest.raises(InputError, match="9.9"):
            attempt(tmp_path / "register.gpkg")


def test_the_version_that_a_register_needs_is_not_newer_than_the_plugin():
    from land_inspector.register.register import NEEDS_PLUGIN
    text = (Path(__file__).parents[2] / "metadata.txt").read_text(encoding="utf-8")
    version = next(line.partition("=")[2] for line in text.splitlines() if line.startswith("version="))
    assert tuple(map(int, NEEDS_PLUGIN.split("."))) <= tuple(map(int, version.split(".")))


# --- the stored state anew --------------------------------------------------------------------------------------------------


def test_a_stored_state_that_was_tampered_with_is_made_anew_from_the_events(tmp_path):
    with new_register(tmp_path) as register:
        issue_batch(register, info(), squares(3), by="甲")
        judge(register, {"T001": "2", "T002": "1"}, by="甲")
        good = register.storage.load_state()
        with sqlite3.connect(str(tmp_path / "register.gpkg")) as db:
            db.execute("UPDATE parcel SET PDJL1 = '1', made = 'x' WHERE DKBH = 'T001'")
            db.execute("DELETE FROM patch WHERE JCBH = 'T002'")
        assert verify(register).broken
        assert rebuild_state(register) == len(register.storage.events())
        assert register.storage.load_state().same_as(good) == [] and verify(register).broken == ()


def test_a_cancelled_rebuilding_changes_nothing(tmp_path):
    with new_register(tmp_path) as register:
        issue_batch(register, info(), squares(3), by="甲")
        before = content(tmp_path / "register.gpkg")
        with pytest.raises(Cancelled):
            rebuild_state(register, Asked(3))
        assert content(tmp_path / "register.gpkg") == before


# --- what stood wrong in the old format -------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2026", "202603", "2026.03", "20260301", "2026-03-01"])
def test_a_date_that_looks_like_a_number_stays_what_was_said(tmp_path, day):
    with new_register(tmp_path) as register:
        issue_batch(register, info(), squares(1), by="甲")
        from land_inspector.register.judging import Entry, give_verdicts
        assert not give_verdicts(register, "B1", [Entry("T001", {"PDJL1": "1", "PDJL2": "101", "JSSJ": day})], by="甲").refused
        assert register.state().same_as(register.storage.load_state()) == [] and verify(register).broken == ()
        assert isinstance(register.parcels()["JSSJ"].iloc[0], str)
        backup(register, tmp_path / "copy.gpkg")


# --- the clock --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def ahead(tmp_path, monkeypatch):
    """A register into which a machine whose clock runs two years ahead has written."""
    from land_inspector.register import sealing
    with new_register(tmp_path) as register:
        issue_batch(register, info(), squares(2), by="甲")
        with monkeypatch.context() as fast:
            fast.setattr(sealing, "utc_now", lambda: "2099-01-01T00:00:00.000000Z")
            judge(register, {"T001": "2"}, by="乙")
        yield register


def test_an_entry_far_ahead_of_the_clock_does_not_carry_everybody_with_it(ahead):
    with pytest.raises(RefusedError, match="ahead of this computer's clock"):
        judge(ahead, {"T002": "1"}, by="甲")
    assert ahead.storage.events()[-1].recorded_at.startswith("2099")


def test_an_entry_ahead_of_the_clock_is_accepted_by_name_and_reason(ahead):
    with pytest.raises(InputError):
        release_clock(ahead, reason=" ", by="科长")
    newest, at = release_clock(ahead, reason="乙的电脑时钟快了", by="科长")
    assert newest < at
    judge(ahead, {"T002": "1"}, by="甲")
    assert verify(ahead).broken == ()
