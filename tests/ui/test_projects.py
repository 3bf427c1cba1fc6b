"""A project that shows a register opens it, wherever both were moved to."""
from __future__ import annotations

import shutil
import threading

import pytest
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QThread

from land_inspector.errors import InputError
from land_inspector.ui.shell.map_layers import PARCELS, MapLayers, blank_layers, open_layers
from tests.ui.tables import judged_register


@pytest.fixture
def project_file(tmp_path, qgis_new_project):
    """A project beside its register, as ``make run`` leaves it."""
    folder = tmp_path / "made"
    folder.mkdir()
    with judged_register(folder) as register:
        address = register.address
    project = QgsProject()
    MapLayers(project).show(address, "演示县")
    assert project.write(str(folder / "work.qgz"))
    project.clear()
    return folder / "work.qgz"


def test_opening_a_project_opens_the_register_that_it_shows(app, project_file, qtbot):
    with qtbot.waitSignal(app.session.read):
        QgsProject.instance().read(str(project_file))
    assert app.session.address.path == project_file.parent / "register.gpkg"
    assert app.dock.work_page.parcels.model().rowCount() == 12
    assert app.link.layer is app.layers.find(app.session.address, PARCELS)
    assert len(QgsProject.instance().mapLayers()) == 3


def test_a_project_moved_with_its_register_opens_the_moved_one(app, project_file, tmp_path, qtbot):
    moved = tmp_path / "moved"
    shutil.move(str(project_file.parent), str(moved))
    with qtbot.waitSignal(app.session.read):
        QgsProject.instance().read(str(moved / "work.qgz"))
    assert app.session.address.path == moved / "register.gpkg"


def test_a_project_whose_register_is_gone_opens_none(app, project_file, qtbot):
    (project_file.parent / "register.gpkg").unlink()
    QgsProject.instance().read(str(project_file))
    assert app.session.address is None


def test_another_project_brings_its_own_register(app, page, path, project_file, qtbot):
    with qtbot.waitSignal(app.session.read):
        QgsProject.instance().read(str(project_file))
    assert app.session.address.path == project_file.parent / "register.gpkg" != path


def test_a_plugin_switched_on_later_finds_the_project_open(desktop, project_file, qtbot):
    from land_inspector.app import App

    QgsProject.instance().read(str(project_file))
    app = App(desktop)
    with qtbot.waitSignal(app.session.read):
        app.load()
    assert app.session.address.path == project_file.parent / "register.gpkg"
    app.unload()
    assert len(QgsProject.instance().mapLayers()) == 3


def test_photos_have_their_labels_close_by(app, page, path):
    settings = app.layers.find(path, "photo_map").labeling().settings()
    assert not settings.scaleVisibility or settings.maximumScale == 0


def test_layers_opened_beside_the_window_do_not_ask_the_project_for_their_symbols(qgis_app, tmp_path):
    """QGIS fell, once in some thousand openings, where the project was emptied while it was asked."""
    with judged_register(tmp_path) as register:
        address = register.address
    layers = blank_layers()
    before = {name: layer.renderer() for name, layer in layers.items()}
    beside = threading.Thread(target=open_layers, args=(address, layers))
    beside.start()
    beside.join()
    assert {name: layer.renderer() for name, layer in layers.items()} == before
    assert [layer.featureCount() for layer in layers.values()] == [0, 12, 1] and layers[PARCELS].crs().isValid()
    assert all(layer.thread() is QThread.currentThread() for layer in layers.values())


def test_layers_that_cannot_be_opened_are_not_left_with_the_thread_that_tried(qgis_app, tmp_path):
    with judged_register(tmp_path) as register:
        address = register.address
    address.path.unlink()
    layers, told = blank_layers(), []

    def beside():
        try:
            open_layers(address, layers)
        except InputError as error:
            told.append(error)
    trying = threading.Thread(target=beside)
    trying.start()
    trying.join()
    assert told and all(layer.thread() in (None, QThread.currentThread()) for layer in layers.values())
