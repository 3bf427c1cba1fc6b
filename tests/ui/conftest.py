from __future__ import annotations

from functools import partialmethod

import pytest
from pytestqt.qtbot import QtBot
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QWidget

from land_inspector.settings import Settings
from tests.ui.desktop import Desktop, let_go
from tests.ui.tables import judged_register


#: A test waits for what must happen, not for how fast: a loaded machine is no failure.
PATIENCE_MS = 300_000


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
    settings.actor = ""
    settings.save()


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


@pytest.fixture
def path(tmp_path):
    with judged_register(tmp_path) as register:
        return register.storage.path


@pytest.fixture
def page(app, path, qtbot):
    """The dock's page with a register of twelve patches open."""
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(path)
    qtbot.waitUntil(lambda: app.layers.find(path, "parcel_map") is not None)
    return app.dock.work_page
