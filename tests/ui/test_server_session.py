"""A desk on a server's register sees what others record without pressing anything, and goes on when the server is back."""
from __future__ import annotations

import time
from itertools import count

import pytest
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication, QPushButton

from land_inspector.register import judging
from land_inspector.register.issuing import issue_batch
from land_inspector.register.judging import notes
from land_inspector.register.register import Register
from land_inspector.register.server_setup import set_up
from land_inspector.register.storage.pg_connection import POOL
from land_inspector.register.verifying import verify
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
        judging.open_parcel(other, parcel, by="乙")
    told = []
    session.card_read.connect(lambda card: told.append(card.held))
    session.read_card(parcel)
    qtbot.waitUntil(lambda: judging.Held("乙", 15) in told, timeout=5000)


# --- at the dock ------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(app, near, qtbot):
    """The whole dock on the server's register, with roles set up: T001, T003 judged by another person, T002 by the one at the desk."""
    set_up(near, by="科长")
    with Register.open(near) as other:
        judge(other, {"T001": "1", "T003": "1"}, by="乙")
        judge(other, {"T002": "1"}, by=Settings.load().acting_as)
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(near)
    yield app
    POOL.empty()


def _choose(desk, number):
    desk.dock.work_page.choose([desk.dock.work_page.table.numbered(number)])
    return desk.dock.work_page.table.numbered(number)


def test_a_claim_is_broken_from_the_menu_with_a_reason_and_the_card_says_no_more_who_had_it(desk, near, qtbot):
    page = desk.dock.work_page
    with Register.open(near) as other:
        judging.open_parcel(other, page.table.numbered("T003"), by="乙")
        parcel = _choose(desk, "T003")
        qtbot.waitUntil(lambda: "☍ 乙" in page.card.toPlainText())
        next(action for action in page.verdicts.more.actions() if action.text() == "Break the claim…").trigger()
        dialog = desk.marker.dialog
        dialog.accept()
        assert dialog.isVisible(), "not without a reason"
        dialog.field.setText("乙已下班")
        dialog.accept()
        qtbot.waitUntil(lambda: "乙已下班" in page.card.toPlainText() and "☍" not in page.card.toPlainText())
        assert notes(other, parcel)[-1][0] == "乙已下班"
        held = judging.open_parcel(other, parcel, by="乙")
        assert held is not None and held.who == Settings.load().acting_as, "the desk that broke it has it open now"
        desk.marker.dialog = None
        desk.marker.break_claim()
        assert desk.marker.dialog is None, "nobody else has it open: nothing to break"


def test_ones_own_work_is_not_offered_to_oneself_for_review(desk, near, qtbot):
    page = desk.dock.work_page
    _choose(desk, "T001")
    desk.returns.pass_review()
    assert page.parcels.currentIndex().data() == "T003"
    parcel, said = _choose(desk, "T002"), len(desk.messages._standing)
    desk.returns.pass_review()
    assert len(desk.messages._standing) == said + 1 and "T002" in desk.messages._standing[-1].text()
    with Register.open(near) as other:
        assert other.storage.load_state().parcels[parcel].HSZT == "1"


# --- a slow line, a dead line -----------------------------------------------------------------------------------------------------------


class Pulse:
    """How long the window stood still at most: the longest time between two beats of its event loop, in seconds."""

    def __init__(self):
        self.longest, self._last = 0.0, time.monotonic()
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)

    def _beat(self):
        now = time.monotonic()
        self.longest, self._last = max(self.longest, now - self._last), now

    def __enter__(self):
        self._last = time.monotonic()
        self._timer.start(10)
        return self

    def __exit__(self, *_what):
        self._timer.stop()


@pytest.fixture
def far_desk(app, near, line, cluster, qtbot):
    """The whole dock on a register at the other end of a line."""
    with qtbot.waitSignal(app.session.read, timeout=15_000):
        app.commands.open_address(near.replace(str(cluster.folder), str(line.folder)))
    qtbot.waitUntil(lambda: app.session._listening._ear is not None, timeout=10_000)
    yield app
    line.round_trip_s = 0.0
    POOL.empty()


def test_on_a_slow_line_the_window_lives_while_a_verdict_is_recorded(far_desk, near, line, qtbot):
    page = far_desk.dock.work_page
    parcel = _choose(far_desk, "T001")
    line.round_trip_s = 0.3
    with Pulse() as pulse, qtbot.waitSignal(far_desk.reviewer.judged, timeout=20_000):
        far_desk.reviewer.judge("101")
    line.round_trip_s = 0.0
    assert pulse.longest < 0.7, "the window stood still"
    assert page.parcels.currentIndex().data() == "T002", "on to the next"
    with Register.open(near) as other:
        assert other.storage.load_state().parcels[parcel].PDJL2 == "101"


def test_who_stops_waiting_is_told_later_what_became_of_it_and_it_was_recorded_once(far_desk, near, line, qtbot):
    parcel = _choose(far_desk, "T001")
    stopped, line.round_trip_s = [], 1.5

    def stop():
        found = [one for one in QApplication.topLevelWidgets() if one.objectName() == "landInspectorWaiting" and one.isVisible()]
        for dialog in found:
            stopped.append(dialog.labelText())
            dialog.findChild(QPushButton).click()

    looking = QTimer()
    looking.timeout.connect(stop)
    looking.start(100)
    with qtbot.waitSignal(far_desk.session.recorded_late, timeout=30_000), Pulse() as pulse:
        far_desk.reviewer.judge("101")
        looking.stop()
        assert len(stopped) == 1 and "on its way" in stopped[0]
        said = [item.text() for item in far_desk.messages._standing]
        assert any("has not answered yet" in text for text in said), said
        line.round_trip_s = 0.0
    assert pulse.longest < 1.2
    with Register.open(near) as other:
        assert other.storage.load_state().parcels[parcel].PDJL2 == "101"
        assert sum(event.kind == "verdict_given" for event in other.storage.events()) == 1
    qtbot.waitUntil(lambda: any("was recorded" in item.text() for item in far_desk.messages._standing), timeout=10_000)


def test_on_a_line_that_breaks_the_act_is_refused_at_once_and_done_again_when_it_is_back(far_desk, near, line, qtbot):
    parcel = _choose(far_desk, "T001")
    line.cut()
    with Pulse() as pulse:
        far_desk.reviewer.judge("101")
    assert pulse.longest < 1.2 and any("reached" in item.text() or "lost" in item.text() for item in far_desk.messages._standing)
    line.mend()
    _choose(far_desk, "T001")
    with qtbot.waitSignal(far_desk.reviewer.judged, timeout=10_000):
        far_desk.reviewer.judge("101")
    with Register.open(near) as other:
        assert other.storage.load_state().parcels[parcel].PDJL2 == "101" and verify(other).broken == ()
