"""Verdicts are looked over in the gallery by keyboard: a township, a sample, marks, and one of them shown on the map."""
import os
import sys
import time

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import utils  # noqa: E402
from qgis.core import QgsProject, QgsRasterLayer  # noqa: E402
from qgis.PyQt.QtCore import Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QApplication, QDockWidget  # noqa: E402

from tests.journeys.drive_kit import let_go, play  # noqa: E402

ALT_SHIFT = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    stage.window.setGeometry(0, 0, 1400, 900)
    stage.app.dock.setUserVisible(True)
    stage.seen["hidden at first"] = not stage.app.gallery.dock.isVisible()
    yield from open_register(stage)
    yield from come_up(stage)
    yield from look_over(stage)
    yield from draw_a_sample(stage)
    yield from show_on_the_map(stage)
    leave(stage)


def open_register(stage):
    register = stage.home / os.environ.get("LI_REGISTER", "register.gpkg")
    stage.app.asking.register_to_open = lambda _folder: register
    images = [path for path in sorted(stage.home.glob("*.tif"))]
    QgsProject.instance().addMapLayers([QgsRasterLayer(str(path), path.stem) for path in images])
    QTest.mouseClick(stage.widget("landInspectorOpen"), Qt.MouseButton.LeftButton)
    yield lambda: stage.app.dock.work_page.parcels.model().rowCount() > 0 and stage.is_still()


def is_drawn(stage):
    return stage.app.gallery.model.rowCount() > 0 and not stage.app.gallery.thumbs.busy and stage.is_still()


def come_up(stage):
    QApplication.setActiveWindow(stage.window)
    stage.canvas.setFocus()
    QTest.keyClick(stage.canvas, Qt.Key.Key_G, ALT_SHIFT)
    stage.window.resizeDocks([stage.app.gallery.dock], [430], Qt.Orientation.Vertical)
    yield lambda: is_drawn(stage)
    gallery = stage.app.gallery
    stage.seen["shown"], stage.seen["counted"] = gallery.model.rowCount(), gallery.dock.counted.text()
    stage.seen["pictures"] = sum(len(gallery.thumbs.of(key).images) == 2 for key in gallery.dock.view.visible_ids())
    stage.seen["in sight"] = len(gallery.dock.view.visible_ids())
    stage.shot("1-today")


def look_over(stage):
    """Two are looked over, the third is flagged, all by key."""
    view = stage.app.gallery.dock.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Home)
    for _press in range(2):
        QTest.keyClick(view, Qt.Key.Key_Space)
    QTest.keyClick(view, Qt.Key.Key_F)
    yield lambda: is_drawn(stage)
    stage.seen["after keys"] = stage.app.gallery.dock.counted.text()
    stage.seen["current"] = stage.app.dock.work_page.parcels.currentIndex().data()
    stage.seen["notes"] = sum(event.kind == "note_written" for event in stage.app.session.register.storage.events())
    stage.shot("2-looked-over")


def draw_a_sample(stage):
    dock = stage.app.gallery.dock
    dock.sampled.setChecked(True)
    dock.size.setValue(5)
    dock.seed.setValue(20261122)
    yield lambda: is_drawn(stage)
    stage.seen["sample"] = [stage.app.gallery.model.index(k).data() for k in range(stage.app.gallery.model.rowCount())]
    view = dock.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Home)
    for _press in range(5):
        QTest.keyClick(view, Qt.Key.Key_Space)
    yield lambda: is_drawn(stage)
    stage.seen["said of all"] = dock.counted.text()
    stage.shot("3-sample")


def show_on_the_map(stage):
    view = stage.app.gallery.dock.view
    before = stage.canvas.extent()
    QTest.keyClick(view, Qt.Key.Key_Home)
    stage.seen["moved by arrows"] = stage.canvas.extent() != before
    QTest.keyClick(view, Qt.Key.Key_Return)
    yield stage.is_still
    stage.seen["moved by enter"] = stage.canvas.extent() != before
    stage.seen["opened"] = stage.app.dock.work_page.parcels.currentIndex().data()
    stage.window.resizeDocks([stage.app.gallery.dock], [230], Qt.Orientation.Vertical)
    yield lambda: is_drawn(stage)
    stage.shot("4-opened")
    begun = time.perf_counter()
    bar = view.verticalScrollBar()
    for step in range(20):
        bar.setValue(bar.maximum() * step // 19)
        QApplication.processEvents()
    stage.seen["ms a scroll step"] = round((time.perf_counter() - begun) * 1000 / 20, 1)
    yield lambda: is_drawn(stage)


def leave(stage):
    stage.seen["stopped"] = utils.unloadPlugin("land_inspector")
    let_go()
    names = [dock.objectName() for dock in stage.window.findChildren(QDockWidget)]
    stage.seen["docks left"] = [name for name in names if "LandInspector" in name]


play(story)
