from __future__ import annotations

import shutil
import sys
import traceback
from functools import partialmethod
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from qgis.core import QgsApplication, QgsSettings
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QWidget

from land_inspector.settings import HEADING, Settings, origins_file
from tests.ui.desktop import Desktop, let_go
from tests.ui.tables import judged_register


#: A test waits for what must happen, not for how fast: a loaded machine is no failure.
PATIENCE_MS = 150_000


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What stood at the desk when a test failed: what was said, what was still under way, and where each thread was."""
    report = (yield).get_result()
    app = getattr(item, "funcargs", {}).get("app")
    if report.when == "call" and report.failed and app is not None:
        tasks = [f"task: {task.description()} {task.status()}" for task in QgsApplication.taskManager().activeTasks()]
        said = [f"said: {one.title()} {one.text()}" for one in app.messages._standing]
        tries = [(work._title, work._attempt) for work in app.worker._running]
        working = [f"work: {title} {attempt and (attempt._turn.locked(), attempt._ran)}" for title, attempt in tries]
        stacks = ["".join(traceback.format_stack(frame)[-4:]) for frame in sys._current_frames().values()]
        report.sections.append(("desk", "\n".join([*said, *working, *tasks, *stacks])))


@pytest.fixture(scope="session", autouse=True)
def patience():
    """What is waited for without a time of its own has as long as a busy machine may take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QtBot, "waitSignal", partialmethod(QtBot.waitSignal, timeout=PATIENCE_MS))
        patch.setattr(QtBot, "waitSignals", partialmethod(QtBot.waitSignals, timeout=PATIENCE_MS))
        patch.setattr(QtBot, "waitUntil", partialmethod(QtBot.waitUntil, timeout=PATIENCE_MS))
        yield


@pytest.fixture(autouse=True)
def no_key_held(qgis_app):
    """Qt remembers the Ctrl or Shift of a test's last key for the next test, whose choices would then be added to others."""
    yield
    if QApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        window = QWidget()
        window.show()
        QTest.keyClick(window, Qt.Key.Key_F35)
        window.close()


@pytest.fixture
def desktop(qgis_iface):
    desktop = Desktop(qgis_iface)
    yield desktop
    desktop.window.deleteLater()


@pytest.fixture(autouse=True)
def named(qgis_app):
    """Whoever sits at the desk has said their name, as after the first day: a test that wants to be asked takes it away."""
    settings = Settings.load()
    settings.actor = settings.acting_as
    settings.save()
    yield
    QgsSettings().remove(HEADING)  # the next test begins where nobody sat before: with no register opened lately, nothing to resume


@pytest.fixture
def app(desktop, qgis_new_project):
    """The plugin's desktop part, loaded."""
    from land_inspector.app import App

    app = App(desktop)
    app.load()
    yield app
    if desktop.registered:
        app.unload()
        let_go()


@pytest.fixture(scope="session")
def judged(tmp_path_factory):
    with judged_register(tmp_path_factory.mktemp("judged")) as register:
        return register.storage.path


@pytest.fixture
def path(judged, tmp_path):
    """A register of twelve patches of the test's own, which no installation has seen further on than it is."""
    origins_file().unlink(missing_ok=True)
    return Path(shutil.copy(judged, tmp_path))


@pytest.fixture
def page(app, path, qtbot):
    """The dock's page with a register of twelve patches open."""
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(path)
    qtbot.waitUntil(lambda: app.layers.find(path, "parcel_map") is not None)
    return app.dock.work_page
