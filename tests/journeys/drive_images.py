"""An inspector looks at the images of a parcel in every way there is, by key and mouse, and goes back to the map."""
import os
import sys

sys.path.insert(0, os.environ["LI_TREE"])

from pathlib import Path  # noqa: E402

from qgis import utils  # noqa: E402
from qgis.core import QgsProject  # noqa: E402
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt  # noqa: E402
from qgis.PyQt.QtGui import QMouseEvent  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QApplication, QDockWidget  # noqa: E402

from tests.journeys.drive_kit import let_go, play  # noqa: E402

SCREEN = (0, 0, 1400, 900)
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    stage.window.setGeometry(*SCREEN)
    stage.app.dock.setUserVisible(True)
    yield stage.is_still
    yield from open_register(stage)
    yield from name_folder(stage)
    yield from choose(stage)
    stage.seen["before"] = state_of(stage)
    yield from turn(stage)
    yield from blink(stage)
    yield from swipe(stage)
    yield from beside(stage)
    yield from go_back(stage)
    yield from leave_in_the_middle(stage)


def images(stage):
    return stage.app.images


def drawn(stage):
    return lambda: images(stage).views.is_still and stage.is_still()


def key(stage, which, modifiers=ALT):
    """A key while the map has the focus: QGIS's shortcut manager must know it."""
    QApplication.setActiveWindow(stage.window)
    stage.canvas.setFocus()
    QTest.keyClick(stage.canvas, which, modifiers)


def state_of(stage):
    project, view = QgsProject.instance(), stage.canvas.extent()
    return {
        "layers": sorted(project.mapLayers()), "dirty": project.isDirty(), "shown": [layer.id() for layer in stage.canvas.layers()],
        "theme": stage.canvas.theme(), "crs": stage.canvas.mapSettings().destinationCrs().authid(), "rotation": stage.canvas.rotation(),
        "view": [round(value, 2) for value in (view.xMinimum(), view.yMinimum(), view.xMaximum(), view.yMaximum())],
        "docks": sorted(dock.objectName() for dock in stage.window.findChildren(QDockWidget) if dock.isVisible()),
        "items": sorted(type(item).__name__ for item in stage.canvas.scene().items()),
    }


def open_register(stage):
    register = Path(os.environ["LI_REGISTER"])
    stage.app.asking.register_to_open = lambda _folder: register
    QTest.mouseClick(stage.widget("landInspectorOpen"), Qt.MouseButton.LeftButton)
    yield lambda: stage.app.dock.work_page.parcels.model().rowCount() > 0 and stage.is_still()
    stage.window.resizeDocks([stage.app.dock], [320], Qt.Orientation.Horizontal)
    yield stage.is_still


def name_folder(stage):
    """As the page in Options does when it is accepted."""
    from land_inspector.ui.shell.options import ImageOptions

    group = ImageOptions()
    group.add_folder(os.environ["LI_IMAGES"])
    group.apply()
    yield stage.is_still


def choose(stage):
    stage.app.asking.text = lambda _question: os.environ["LI_NUMBER"]
    key(stage, Qt.Key.Key_G)
    yield lambda: images(stage).strip.choices[False].count() > 1 and stage.is_still()
    stage.seen["offered"] = [images(stage).strip.choices[after].currentText() for after in (False, True)]
    QgsProject.instance().setDirty(False)
    yield stage.is_still


def turn(stage):
    for name in ("turn 1", "turn 2"):
        key(stage, Qt.Key.Key_B)
        yield drawn(stage)
        stage.seen[name] = stage.app.dock.work_page.image_note.text()
        stage.shot(f"images-{name.replace(' ', '-')}")


def blink(stage):
    turned = []
    images(stage).views.turned.connect(lambda: turned.append(1))
    key(stage, Qt.Key.Key_K, ALT | SHIFT)
    yield lambda: len(turned) > 2
    stage.seen["blinks"] = len(turned)
    stage.shot("images-blink")


def swipe(stage):
    key(stage, Qt.Key.Key_Z, ALT | SHIFT)
    yield drawn(stage)
    line = images(stage).views.line
    stage.seen["line"] = [line.split.share]
    QTest.mousePress(line, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, line.rect().center())
    for _step in range(8):
        drag(line, line.rect().center() - QPoint(15, 0))
        yield stage.is_still
    QTest.mouseRelease(line, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, line.rect().center())
    stage.seen["line"].append(line.split.share)
    stage.seen["view while swiping"] = state_of(stage)["view"]
    key(stage, Qt.Key.Key_Right)
    stage.seen["line"].append(line.split.share)
    yield drawn(stage)
    stage.shot("images-swipe")
    images(stage).strip.change(neighbours=True, level=True)
    yield drawn(stage)
    stage.shot("images-swipe-level")
    images(stage).strip.change(neighbours=False, level=False)


def drag(widget, place):
    """The mouse with its left button held; QTest moves it without."""
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QMouseEvent(QEvent.Type.MouseMove, QPointF(place), Qt.MouseButton.NoButton, left, none))


def beside(stage):
    key(stage, Qt.Key.Key_Z)
    yield drawn(stage)
    other = images(stage).views.twin.canvas
    stage.canvas.zoomByFactor(0.7)
    yield drawn(stage)
    stage.seen["one place"] = other.center().distance(stage.canvas.center()) < stage.canvas.mapUnitsPerPixel()
    stage.seen["one scale"] = round(other.mapUnitsPerPixel() / stage.canvas.mapUnitsPerPixel(), 2)
    stage.seen["widths"] = [other.width(), stage.canvas.width()]
    QTest.mouseMove(stage.canvas.viewport(), QPoint(stage.canvas.width() // 2 + 40, stage.canvas.height() // 2 + 40))
    yield drawn(stage)
    stage.shot("images-beside")


def go_back(stage):
    key(stage, Qt.Key.Key_B, ALT | SHIFT)
    let_go()
    yield stage.is_still
    stage.seen["after"] = state_of(stage)
    stage.shot("images-map")


def leave_in_the_middle(stage):
    key(stage, Qt.Key.Key_Z)
    yield drawn(stage)
    stage.seen["stopped"] = utils.unloadPlugin("land_inspector")
    let_go()
    stage.seen["left"] = [dock.objectName() for dock in stage.window.findChildren(QDockWidget) if "LandInspector" in dock.objectName()]
    stage.seen["items left"] = [type(item).__name__ for item in stage.canvas.scene().items() if type(item).__name__ == "ImageItem"]
    stage.seen["layers left"] = len(QgsProject.instance().mapLayers())


play(story)
