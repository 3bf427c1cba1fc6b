"""The network is not the disk: ways to the server are few and counted, a slow line is bearable, a line that breaks loses nothing."""
from __future__ import annotations

import itertools
import os
import pwd
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest import mock

import pytest

from land_inspector.errors import FullError, GoneError, LandInspectorError, RefusedError, StaleError
from land_inspector.register import judging, sealing
from land_inspector.register.addresses import address_of
from land_inspector.register.field_work import SiteVisit, record_visit
from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import Register
from land_inspector.register.storage import pg_connection, postgres
from land_inspector.register.storage.pg_connection import POOL, PgDatabase
from land_inspector.register.tables import FORMAT
from land_inspector.register.undoing import last_group, last_undone, undo
from land_inspector.register.verifying import verify
from land_inspector.register.views.parcels import list_rows, living_list
from tests.factories import CRS, info, intake, judge, patch, square, squares, township
from tests.slow_line import FarLine, far_line, has_far_lines, slow_line

_NUMBERS = itertools.count(1)
COUNT = 40


@pytest.fixture
def line(cluster, tmp_path_factory):
    """A slow line to the server."""
    folder = tmp_path_factory.mktemp("line")
    with slow_line(folder, cluster.port, cluster.folder) as made:
        yield made
    POOL.empty()


@pytest.fixture
def address(cluster, line):
    """A register at the other end of the line, in which two have worked."""
    schema = f"far_{next(_NUMBERS)}"
    near = cluster.address(schema)
    Register.create(near, county_code="331082", county_name="演示县", crs=CRS, townships=[township()], by="登记员").close()
    with Register.open(near) as made:
        issue_batch(made, info(), squares(COUNT), by="甲")
    with Register.open(near) as made:
        judge(made, {f"T{n:03d}": "1" for n in range(31, COUNT)}, by="乙")
    return near.replace(str(cluster.folder), str(line.folder))


def labels(first, last):
    return [f"T{n:03d}" for n in range(first, last + 1)]


ACTS = {
    "judge": lambda r, some: judge(r, dict.fromkeys(some, "2"), by="甲"),
    "set aside": lambda r, some: judging.set_aside(r, "B1", some, reason="雨", by="甲"),
    "flag": lambda r, some: judging.flag(r, "B1", some, by="甲"),
    "note": lambda r, some: judging.write_note(r, "B1", some, text="记", by="甲"),
    "assign": lambda r, some: judging.assign(r, "B1", some, to="甲", by="甲"),
    "visit": lambda r, some: record_visit(r, "B1", some, SiteVisit("built", ("甲",)), on="2026-06-01", by="甲"),
    "pass": lambda r, some: judging.pass_review(r, "B1", some, level="county", by="乙"),
    "undo": lambda r, some: undo(r, by="甲"),
    "list": lambda r, some: list_rows(r, living_list(r, "B1")["parcel_id"]),
    "figures": lambda r, some: r.parcels("B1"),
}


@pytest.mark.parametrize("name", list(ACTS))
def test_no_act_asks_once_for_each_row(address, name):
    trips = []
    with Register.open(address) as register:
        judge(register, dict.fromkeys(labels(1, 30), "1"), by="甲")
        for some in (labels(1, 2), labels(3, 30)):
            if name == "undo":
                judge(register, dict.fromkeys(some, "3"), by="甲")
            before = register.storage.round_trips
            ACTS[name](register, some)
            trips.append(register.storage.round_trips - before)
    assert trips[1] <= trips[0] + 1 and trips[0] <= 30, f"{name}: {trips} ways to the server and back"


def test_a_verdict_takes_five_ways_however_many_work_here(cluster, address):
    with Register.open(address) as register:
        judge(register, {"T001": "2"}, by="甲")
        for n in range(2, 6):
            with Register.open(address) as other:
                judge(other, {f"T{n + 10:03d}": "1"}, by=f"同事{n}")
            before = register.storage.round_trips
            judge(register, {f"T{n:03d}": "2"}, by="甲")
            assert register.storage.round_trips - before <= 5


def test_however_much_was_undone_what_could_be_undone_next_is_soon_found(address):
    with Register.open(address) as register:
        kept = judge(register, {"T030": "2"}, by="甲")
        trips = []
        for count in (2, 20):
            for n in range(count):
                undo(register, judge(register, {f"T{n + 1:03d}": "1"}, by="甲").group, by="甲")
            before = register.storage.round_trips
            assert last_group(register, "甲") == kept.group and last_undone(register, "甲") is not None
            trips.append(register.storage.round_trips - before)
    assert trips[1] <= trips[0] + 6, f"{trips} ways to the server and back"


@pytest.mark.parametrize("round_trip_s, verdict_s", [(0.005, 0.15), (0.04, 0.35)])
def test_a_verdict_on_a_slow_line_is_there_before_one_waits(address, line, round_trip_s, verdict_s):
    """Its own work and its ways on the line: what else the machine does meanwhile is not ours."""
    with Register.open(address) as register:
        judge(register, {"T001": "2"}, by="甲")
        line.round_trip_s = round_trip_s
        took = []
        for n in range(2, 7):
            before, begun = register.storage.round_trips, time.process_time()
            recorded = judge(register, {f"T{n:03d}": "2"}, by="甲")
            list_rows(register, [recorded.events[-1].subjects[0]])
            took.append(time.process_time() - begun + (register.storage.round_trips - before) * round_trip_s)
    assert min(took) <= verdict_s, took


def test_a_line_that_breaks_is_said_at_once_and_work_goes_on_when_it_is_back(address, line):
    with Register.open(address) as register:
        judge(register, {"T001": "2"}, by="甲")
        count = len(register.storage.events())
        line.cut()
        begun = time.perf_counter()
        for _turn in range(2):
            with pytest.raises(GoneError, match="lost|reached"):
                judge(register, {"T002": "1"}, by="甲")
        assert time.perf_counter() - begun < 20.0  # not after the keepalives of a minute
        line.mend()
        assert len(register.storage.events()) == count
        judge(register, {"T002": "1"}, by="甲")
        assert verify(register).broken == () and register.state().same_as(register.storage.load_state()) == []


@pytest.mark.parametrize("trip", [1, 2, 3, 4, 5])
def test_whenever_the_line_breaks_an_act_is_there_wholly_or_not_at_all(address, line, trip):
    sent, honest = [], PgDatabase._send

    def breaks(self, cursor, statement):
        sent.append(statement)
        if len(sent) == trip:
            line.cut()
        return honest(self, cursor, statement)

    with Register.open(address) as register:
        judge(register, {"T001": "2"}, by="甲")
        count = len(register.storage.events())
        with mock.patch.object(PgDatabase, "_send", breaks), pytest.raises(GoneError):
            judge(register, {"T002": "1"}, by="甲")
        line.mend()
        assert len(register.storage.events()) == count and verify(register).broken == ()
        assert judge(register, {"T002": "1"}, by="甲")


def test_where_only_the_answer_was_lost_the_act_is_found_again(address):
    honest = PgDatabase._send

    def loses_the_answer(self, cursor, statement):
        honest(self, cursor, statement)
        if statement.endswith(b"COMMIT"):
            self._connection.close()
            raise pg_connection._Broken("no answer")

    with Register.open(address) as register:
        with mock.patch.object(PgDatabase, "_send", loses_the_answer):
            recorded = judge(register, {"T001": "2"}, by="甲")
        assert recorded.events[-1] in register.storage.events(groups=[recorded.group])


def test_a_server_that_is_started_anew_is_worked_on_with(cluster, address):
    with Register.open(address) as register:
        judge(register, {"T001": "2"}, by="甲")
        count = len(register.storage.events())
        cluster.stop("immediate")
        with pytest.raises(GoneError):
            judge(register, {"T002": "1"}, by="甲")
        cluster.start()
        assert len(register.storage.events()) == count
        assert judge(register, {"T002": "1"}, by="甲") and verify(register).broken == ()


_WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from land_inspector.register.register import Register
from tests.factories import judge
with Register.open(sys.argv[1]) as register:
    print("ready", flush=True)
    turn = 0
    while True:
        turn += 1
        judge(register, {f"T{n:03d}": "123"[turn % 3] for n in range(1, 30)}, by="甲")
"""


def test_a_client_that_is_killed_in_the_middle_leaves_nothing_half(cluster, address):
    luck, root = random.Random(18), str(Path(__file__).resolve().parents[2])
    for _turn in range(2):
        child = subprocess.Popen([sys.executable, "-c", _WRITER, address, root], stdout=subprocess.PIPE)
        assert child.stdout.readline()
        time.sleep(luck.uniform(0.3, 0.8))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    with Register.open(address) as register:
        assert verify(register).broken == () and register.state().same_as(register.storage.load_state()) == []
        assert judge(register, {"T001": "1"}, by="丙"), "no lock is left behind"


# --- whose clock it is ----------------------------------------------------------------------------------------------------------------


def _clock_off_by(monkeypatch, **off):
    """This computer's clock is wrong: everything that asks for the time here is told so."""
    wrong = timedelta(**off)

    class Wrong(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + wrong

    for module in (sealing, postgres):
        monkeypatch.setattr(module, "datetime", Wrong)


@pytest.mark.parametrize("off", [{"days": -400}, {"hours": 8}, {"minutes": -11}])
def test_a_computer_whose_clock_is_wrong_records_nothing_and_holds_nobody_up(address, monkeypatch, off):
    with Register.open(address) as register:
        count = len(register.storage.events())
        with monkeypatch.context() as there:
            _clock_off_by(there, **off)
            with pytest.raises(RefusedError, match="This computer's clock says") as refused:
                judge(register, {"T001": "2"}, by="甲")
        assert "time zone" in refused.value.remedy.template and len(register.storage.events()) == count
        assert judge(register, {"T001": "2"}, by="乙") and verify(register).broken == ()


def test_entries_are_timed_by_the_servers_clock(address, monkeypatch):
    """Two desks whose clocks differ a little record in the order in which it happened."""
    with Register.open(address) as register:
        for off, label in (({"minutes": 9}, "T001"), ({"minutes": -9}, "T002"), ({}, "T003")):
            with monkeypatch.context() as there:
                _clock_off_by(there, **off)
                recorded = judge(register, {label: "2"}, by="甲").events[-1].recorded_at
            assert abs(sealing.moment_of(recorded) - datetime.now(timezone.utc)) < timedelta(minutes=1)


def test_a_register_upgraded_meanwhile_is_written_no_more(cluster, address):
    with Register.open(address) as register:
        near = register.address.schema
        cluster.sql(f"UPDATE {near}.li_meta SET value = '99' WHERE key = 'schema_version'")
        with pytest.raises(StaleError, match="upgraded"):
            judge(register, {"T001": "2"}, by="甲")
        cluster.sql(f"UPDATE {near}.li_meta SET value = '{FORMAT}' WHERE key = 'schema_version'")
        assert judge(register, {"T001": "2"}, by="甲")


# --- a line of packets ------------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not has_far_lines(), reason="a network of its own needs Linux and root")
def test_over_a_line_of_packets_a_verdict_is_soon_there_and_a_dead_line_keeps_no_window(cluster, address):
    far = f"postgresql://postgres@{FarLine.THERE}:{cluster.port}/office?schema={address_of(address).schema}"
    with far_line(cluster.port, cluster.folder) as line, Register.open(far, answer_within_s=0.8) as register:
        judge(register, {"T001": "2"}, by="甲")
        line.take(0.04)
        took = []
        for n in range(2, 6):
            begun = time.perf_counter()
            judge(register, {f"T{n:03d}": "2"}, by="甲")
            took.append(time.perf_counter() - begun)
        assert min(took) > 0.16, "five ways to the server and back"
        assert min(took) <= 0.35, took
        count = len(register.storage.events())
        line.die()
        begun = time.perf_counter()
        for _turn in range(3):
            with pytest.raises(GoneError):
                judge(register, {"T010": "1"}, by="甲")
        assert time.perf_counter() - begun < 2.0
        line.live()
        assert _in_time(lambda: judge(register, {"T010": "1"}, by="甲"), 30.0)
        assert len(register.storage.events()) == count + 1 and verify(register).broken == ()
    POOL.empty()


def _in_time(act, seconds):
    """What ``act`` returns as soon as the line lets it."""
    end = time.monotonic() + seconds
    while True:
        try:
            return act()
        except GoneError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def test_what_a_full_server_says_is_told_as_such():
    psycopg2 = pg_connection.driver()

    class Full(psycopg2.OperationalError):
        pgcode = "53100"

    told = pg_connection.told(Full("could not extend file: No space left on device"), "office")
    assert isinstance(told, LandInspectorError) and "disk of the server" in str(told)


@pytest.fixture
def cramped(cluster):
    """A login whose registers lie on a disk of 12 MB of the server's, and that disk's folder."""
    place = cluster.folder / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)], capture_output=True, check=False).returncode != 0:
        place.rmdir()
        pytest.skip("no small disk can be made here")
    try:
        os.chown(place, pwd.getpwnam("postgres").pw_uid, -1)
        cluster.sql(f"CREATE TABLESPACE small LOCATION '{place}'")
        cluster.sql("CREATE ROLE cramped LOGIN; GRANT CREATE ON TABLESPACE small TO cramped; "
                    "ALTER ROLE cramped SET default_tablespace = small; GRANT CREATE ON DATABASE office TO cramped")
        yield "cramped", place
        POOL.empty()
        cluster.sql("DROP SCHEMA IF EXISTS cramped CASCADE")
        cluster.sql("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", str(place)], check=False)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="a small disk needs Linux and root")
def test_where_the_disk_there_is_full_nothing_is_recorded_and_it_is_said(cluster, cramped):
    login, place = cramped
    address = cluster.address("cramped", login)
    Register.create(address, county_code="331082", county_name="演示县", crs=CRS, townships=[township()], by="登记员").close()
    with Register.open(address) as register:
        issue_batch(register, info(), squares(20), by="甲")
        count, ballast = len(register.storage.events()), place / "ballast"
        subprocess.run(["dd", "if=/dev/zero", f"of={ballast}", "bs=4096"], capture_output=True, check=False)  # until nothing more fits
        with pytest.raises(FullError, match="disk of the server"):
            issue_batch(register, info("B2", "2026-06-10"), intake([patch(f"N{n}", square(n), row=n) for n in range(1, 400)]), by="甲")
        assert len(register.storage.events()) == count and verify(register).broken == ()
        ballast.unlink()
        issue_batch(register, info("B2", "2026-06-10"), intake([patch(f"N{n}", square(n), row=n) for n in range(1, 400)]), by="甲")
        assert judge(register, {"T001": "1"}, by="甲") and verify(register).broken == ()


def test_many_writers_at_once_lose_nothing_and_overwrite_nothing_unseen(cluster):
    from bench import writers

    address = cluster.address(f"load_{next(_NUMBERS)}")
    writers.prepare(address)
    outcome = writers.run(address, 6, 3.0, 0.0)
    assert outcome.given > 10 and (outcome.lost, outcome.unseen, outcome.broken) == (0, 0, 0), outcome.line("server")
