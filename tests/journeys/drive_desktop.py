"""The first form of the desktop, used as an inspector would: open, look, filter, choose, import, undo, leave."""
import os
import sys

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import utils  # noqa: E402
from qgis.core import QgsProject, QgsRasterLayer  # noqa: E402
from qgis.gui import QgsRubberBand  # noqa: E402
from qgis.PyQt.QtCore import Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QAction, QApplication, QDialog  # noqa: E402

from tests.journeys.drive_kit import let_go, play  # noqa: E402

SCREEN = (0, 0, 1400, 900)


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    stage.window.setGeometry(*SCREEN)
    stage.app.dock.setUserVisible(True)
    yield stage.is_still
    stage.shot("1-start")
    yield from open_register(stage)
    yield from filter_and_choose(stage)
    yield from judge_by_key(stage)
    yield from look_at_images(stage)
    yield from pick_on_the_map(stage)
    yield from import_and_undo(stage)
    yield from become_narrow(stage)
    leave(stage)


def open_register(stage):
    register = stage.home / "register.gpkg"
    stage.app.asking.register_to_open = lambda _folder: register
    QTest.mouseClick(stage.widget("landInspectorOpen"), Qt.MouseButton.LeftButton)
    page = stage.app.dock.work_page
    yield lambda: page.parcels.model().rowCount() > 0 and stage.is_still()
    stage.canvas.setExtent(stage.app.layers.find(register, "parcel_map").extent())
    yield stage.is_still
    stage.seen["batch"] = page.batches.currentText()
    stage.seen["progress"] = page.progress.text()
    stage.seen["counted"] = page.counted.text()
    stage.seen["layers"] = sorted(layer.customProperty("land_inspector/layer") for layer in QgsProject.instance().mapLayers().values())
    yield stage.is_still
    stage.shot("2-open")


def filter_and_choose(stage):
    page = stage.app.dock.work_page
    before = stage.canvas.extent()
    QTest.keyClicks(page.filters.search, os.environ["LI_SEARCH"])
    yield lambda: page.parcels.model().rowCount() == 1
    stage.seen["found"] = page.parcels.model().index(0, 0).data()
    stage.seen["moved by filter"] = stage.canvas.extent() != before
    page.filters.search.clear()
    QTest.mouseClick(page.filters.verdicts.buttons["2"], Qt.MouseButton.LeftButton)
    stage.seen["illegal"] = page.parcels.model().rowCount()
    stage.seen["illegal as counted"] = page.filters.verdicts.buttons["2"].text()
    page.parcels.setFocus()
    QTest.keyClick(page.parcels, Qt.Key.Key_Down)
    QTest.keyClick(page.parcels, Qt.Key.Key_Down)
    yield stage.is_still
    stage.seen["chosen"] = page.parcels.currentIndex().data()
    stage.seen["outlined"] = stage.app.link._bands[0].numberOfVertices() > 3
    stage.seen["moved by choice"] = stage.canvas.extent() != before
    stage.shot("3-chosen")
    QTest.mouseClick(page.filters.verdicts.buttons["2"], Qt.MouseButton.LeftButton)
    yield stage.is_still


def judge_by_key(stage):
    """Key 3 while the map has the focus: verdict, save, next; the undo button takes it back."""
    page = stage.app.dock.work_page
    QTest.mouseClick(page.filters.verdicts.buttons["0"], Qt.MouseButton.LeftButton)
    page.parcels.setFocus()
    QTest.keyClick(page.parcels, Qt.Key.Key_Home)
    first = page.parcels.currentIndex().data()
    QApplication.setActiveWindow(stage.window)
    stage.canvas.setFocus()
    QTest.keyClick(stage.canvas, Qt.Key.Key_3)
    yield stage.is_still
    stage.seen["judged"], stage.seen["then"] = page.progress.value(), (first, page.parcels.currentIndex().data())
    QTest.keyClick(stage.canvas, Qt.Key.Key_2)
    yield lambda: stage.app.reviewer.dialog is not None and stage.app.reviewer.dialog.isVisible()
    stage.shot("3-particulars")
    stage.app.reviewer.dialog.reject()
    QTest.mouseClick(page.undo_button, Qt.MouseButton.LeftButton)
    yield lambda: page.progress.value() == 22
    QTest.mouseClick(page.redo_button, Qt.MouseButton.LeftButton)
    yield lambda: page.progress.value() == 23
    stage.seen["redone"] = page.progress.value()
    yield lambda: page.undo_button.isEnabled()
    QTest.mouseClick(page.undo_button, Qt.MouseButton.LeftButton)
    yield lambda: page.progress.value() == 22
    QTest.mouseClick(page.filters.verdicts.buttons["0"], Qt.MouseButton.LeftButton)
    yield stage.is_still


def look_at_images(stage):
    """To a number, then the image before, the image after, and back to the map, all by key over the map."""
    page = stage.app.dock.work_page
    rasters = [QgsRasterLayer(str(stage.home / f"{name}.tif"), name) for name in ("GF2_20260301", "GF2_20260420")]
    QgsProject.instance().addMapLayers(rasters)
    yield stage.is_still
    stage.app.asking.text = lambda _question: "042"
    QApplication.setActiveWindow(stage.window)
    stage.canvas.setFocus()
    QTest.keyClick(stage.canvas, Qt.Key.Key_G, Qt.KeyboardModifier.AltModifier)
    stage.seen["gone to"] = page.parcels.currentIndex().data()
    kept = [layer.id() for layer in stage.canvas.layers()]
    for name in ("before", "after"):
        QTest.keyClick(stage.canvas, Qt.Key.Key_B, Qt.KeyboardModifier.AltModifier)
        yield lambda: stage.is_still() and stage.app.images.views.is_still
        stage.seen[name] = page.image_note.text()
        stage.shot(f"3-{name}")
    stage.seen["said of the image"] = page.image_note.text()
    QTest.keyClick(stage.canvas, Qt.Key.Key_B, Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier)
    stage.seen["map is back"] = [layer.id() for layer in stage.canvas.layers()] == kept
    QgsProject.instance().removeMapLayers([raster.id() for raster in rasters])
    yield stage.is_still


def pick_on_the_map(stage):
    page = stage.app.dock.work_page
    layer = stage.app.layers.find(stage.home / "register.gpkg", "parcel_map")
    before = stage.canvas.extent()
    fids = [feature.id() for feature in layer.getFeatures()][10:13]
    layer.selectByIds(fids)
    yield stage.is_still
    stage.seen["picked"] = len(page.parcels.chosen_ids())
    stage.seen["moved by picking"] = stage.canvas.extent() != before
    layer.removeSelection()


def import_and_undo(stage):
    page = stage.app.dock.work_page
    stage.window.findChild(QAction, "landInspectorImportPatches").trigger()
    yield lambda: dialog(stage) is not None
    tool = dialog(stage)
    stage.seen["register is filled in"] = tool.mainWidget().wrappers["REGISTER"].parameterValue()
    tool.setParameters({"REGISTER": str(stage.home / "register.gpkg"), "INPUT": str(stage.home / "second.gpkg"), "BATCH": "B2",
                        "BATCH_NAME": "六月一批", "ISSUED": "2026-06-10", "AREA_METHOD": 0, "REGIME": 0, "YEAR": 2026, "MONTH": 6})
    stage.shot("4-import")
    QTest.mouseClick(tool.runButton(), Qt.MouseButton.LeftButton)
    yield lambda: page.batches.count() == 2
    tool.close()
    stage.seen["dock in front"] = not stage.app.dock.visibleRegion().isEmpty()
    stage.seen["to undo"] = page.undo_button.text()
    yield stage.is_still
    QTest.mouseClick(page.undo_button, Qt.MouseButton.LeftButton)
    yield lambda: page.batches.count() == 1
    stage.seen["undone"] = page.counted.text()
    stage.shot("5-undone")


def dialog(stage):
    shown = [window for window in QApplication.topLevelWidgets() if isinstance(window, QDialog) and window.isVisible()
             and hasattr(window, "createProcessingParameters")]
    return shown[0] if shown else None


def become_narrow(stage):
    """320 pixels wide is enough for everything."""
    dock = stage.app.dock
    stage.window.resizeDocks([dock], [320], Qt.Orientation.Horizontal)
    yield stage.is_still
    stage.seen["width"] = dock.width()
    dock.work_page.parcels.selectRow(1)
    yield stage.is_still
    stage.shot("6-narrow")


def leave(stage):
    stage.seen["stopped"] = utils.unloadPlugin("land_inspector")
    let_go()
    stage.seen["layers left"] = [layer.name() for layer in QgsProject.instance().mapLayers().values()]
    stage.seen["groups left"] = [child.name() for child in QgsProject.instance().layerTreeRoot().children()]
    stage.seen["outlines left"] = sum(isinstance(item, QgsRubberBand) and item.numberOfVertices() for item in stage.canvas.scene().items())


play(story)
