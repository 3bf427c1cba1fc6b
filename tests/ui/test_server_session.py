"""A desk on a server's register sees what others record without pressing anything, and goes on when the server is back."""
from __future__ import annotations

import time
from itertools import count

import pytest

from land_inspector.register import claims
from land_inspector.register.issuing import issue_batch
from land_inspector.register.register import Register
from land_inspector.register.storage.pg_connection import POOL
from land_inspector.settings import Settings
from land_inspector.ui.shell.session import Session
from land_inspector.ui.shell.tasks import Worker
from tests.factories import CRS, info, judge, squares, township
from tests.slow_line import slow_line

_NUMBERS = count(1)


@pytest.fixture
def near(cluster):
    address = cluster.address(f"desk_{next(_NUMBERS)}")
    Register.create(address, county_code="331082", county_name="演示县", crs=CRS, townships=[township()], by="登记员").close()
    with Register.open(address) as made:
        issue_batch(made, info(), squares(6), by="甲")
    return address


@pytest.fixture
def line(cluster, tmp_path_factory):
    with slow_line(tmp_path_factory.mktemp("line"), cluster.port, cluster.folder) as made:
        yield made
    POOL.empty()


@pytest.fixture
def session(qtbot, near, line, cluster):
    made = Session(Worker())
    with qtbot.waitSignal(made.read, timeout=10_000):
        made.open(near.replace(str(cluster.folder), str(line.folder)))
    qtbot.waitUntil(lambda: made._listening._ear is not None, timeout=5000)
    yield made
    made.close()


def test_what_another_desk_records_is_seen_within_two_seconds(qtbot, session, near):
    with Register.open(near) as other, qtbot.waitSignal(session.read, timeout=5000) as seen:
        judge(other, {"T002": "2"}, by="乙")
        begun = time.monotonic()
    assert time.monotonic() - begun < 2.0
    table = seen.args[0].table
    assert [table.text("PDJL1", row) for row in range(len(table)) if table.text("DKBH", row) == "T002"] == ["2"]


def test_ones_own_act_makes_the_desk_read_nothing_anew(qtbot, session):
    judge(session.register, {"T001": "1"}, by="甲")
    session.note_own_act([])
    with qtbot.assertNotEmitted(session.read, wait=1500):
        pass
    assert session._version == session.version()


def test_a_lost_server_is_said_once_and_seen_again_when_it_is_back(qtbot, session, near, line, monkeypatch):
    monkeypatch.setattr(session._listening, "_wait_ms", 200)
    told = []
    session.failed.connect(told.append)
    with qtbot.waitSignal(session.failed, timeout=5000):
        line.cut()
    session.look()
    qtbot.wait(600)
    assert len(told) == 1 and "lost" in str(told[0])
    with Register.open(near) as other:
        judge(other, {"T003": "3"}, by="乙")
    line.mend()
    with qtbot.waitSignal(session.read, timeout=15_000):
        pass


def test_a_parcel_open_at_another_desk_says_who_has_it(qtbot, session, near):
    with Register.open(near) as other:
        judge(other, {"T002": "2"}, by="乙")
        judge(other, {"T003": "2"}, by=Settings.load().acting_as)
        parcel = other.find("B1", ["T002"])[0][0]
        claims.open_parcel(other, parcel, by="乙")
    told = []
    session.card_read.connect(lambda card: told.append(card.held))
    session.read_card(parcel)
    qtbot.waitUntil(lambda: claims.Held("乙", 15) in told, timeout=5000)
