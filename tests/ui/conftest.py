from __future__ import annotations

import pytest

from tests.ui.desktop import Desktop, let_go
from tests.ui.tables import judged_register


@pytest.fixture
def desktop(qgis_iface):
    desktop = Desktop(qgis_iface)
    yield desktop
    desktop.window.deleteLater()


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
        app.commands.open_path(path)
    qtbot.waitUntil(lambda: app.layers.find(path, "parcel_map") is not None, timeout=20_000)
    return app.dock.work_page
