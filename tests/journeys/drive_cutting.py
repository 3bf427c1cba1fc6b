"""A parcel is split on the map by mouse and keys, split again along a layer, merged, and all of it is undone."""
import os
import sys
from collections import Counter

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import utils  # noqa: E402
from qgis.core import QgsCoordinateTransform, QgsGeometry, QgsPointXY, QgsProject  # noqa: E402
from qgis.gui import QgsRubberBand  # noqa: E402
from qgis.PyQt.QtCore import QPoint, Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QAction, QApplication  # noqa: E402

from tests.journeys.drive_kit import let_go, play  # noqa: E402

ALT = Qt.KeyboardModifier.AltModifier
ALT_SHIFT = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    stage.window.setGeometry(0, 0, 1400, 900)
    stage.app.dock.setUserVisible(True)
    stage.seen["keys that mean two things"] = doubled_keys(stage)
    yield from open_register(stage)
    yield from split_by_line(stage)
    yield from refuse_a_line(stage)
    yield from split_along_a_layer(stage)
    yield from merge(stage)
    yield from undo_all(stage)
    leave(stage)


def open_register(stage):
    register = stage.home / "register.gpkg"
    stage.app.asking.register_to_open = lambda _folder: register
    QTest.mouseClick(stage.widget("landInspectorOpen"), Qt.MouseButton.LeftButton)
    page = stage.app.dock.work_page
    yield lambda: page.parcels.model().rowCount() > 0 and stage.is_still()
    yield from go_to(stage, os.environ["LI_NUMBER"])


def doubled_keys(stage):
    """Keys of ours that QGIS or another plugin of this profile uses as well."""
    actions = [(action.objectName(), action.shortcut().toString()) for action in stage.window.findChildren(QAction)]
    times = Counter(key for _name, key in actions if key)
    return sorted(key for name, key in actions if name.startswith("landInspector") and times[key] > 1)


def go_to(stage, number):
    stage.app.asking.text = lambda _question: number
    focus_map(stage)
    QTest.keyClick(stage.canvas, Qt.Key.Key_G, ALT)
    yield stage.is_still


def focus_map(stage):
    QApplication.setActiveWindow(stage.window)
    stage.canvas.setFocus()


def current(stage):
    return stage.app.dock.work_page.parcels.currentIndex().data()


def box(stage):
    """The chosen parcel's box in pixels of the map."""
    table = stage.app.dock.work_page.table
    row = int(table.positions([stage.app.dock.work_page.parcels.current_id()])[0])
    shape = table.text("shape_id", row)
    outline = QgsGeometry()
    outline.fromWkb(stage.app.session.register.storage.shapes([shape])[shape])
    to_map = QgsCoordinateTransform(stage.app.link.layer.crs(), stage.canvas.mapSettings().destinationCrs(), QgsProject.instance())
    found = to_map.transformBoundingBox(outline.boundingBox())
    pixel = stage.canvas.getCoordinateTransform()
    low = pixel.transform(QgsPointXY(found.xMinimum(), found.yMinimum()))
    high = pixel.transform(QgsPointXY(found.xMaximum(), found.yMaximum()))
    return low.x(), high.y(), high.x(), low.y()


def place(stage, across, down):
    """A share of the way across and down the chosen parcel's box; beyond 0 … 1 lies outside."""
    left, top, right, bottom = box(stage)
    return QPoint(round(left + across * (right - left)), round(top + down * (bottom - top)))


def draw(stage, *shares):
    for across, down in shares:
        QTest.mouseMove(stage.canvas.viewport(), place(stage, across, down))
        QTest.mouseClick(stage.canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place(stage, across, down))


def is_planned(stage):
    task = stage.app.cutting.task
    return task is not None and task.work is None and task.plan is not None


def figures(stage):
    plan = stage.app.cutting.task.plan
    return [[line.letter, line.number, round(line.area_m2, 2), line.cultivated_m2] for line in (*plan.lines, plan.total)]


def events(stage):
    """How many acts there are, without what goes without saying beside them."""
    from land_inspector.register.kinds import goes_without_saying

    return sum(not goes_without_saying(event) for event in stage.app.session.register.storage.events())


def split_by_line(stage):
    """Alt+X with the map in focus, three corners, Backspace, Enter ends the line, Enter makes it so."""
    seen, before = stage.seen, events(stage)
    focus_map(stage)
    QTest.keyClick(stage.canvas, Qt.Key.Key_X, ALT)
    seen["tool in hand"] = stage.canvas.mapTool() is stage.app.cutting.tool
    draw(stage, (0.3, -0.2), (0.9, 0.5))
    QTest.keyClick(stage.canvas, Qt.Key.Key_Backspace)
    draw(stage, (0.4, 0.5), (0.3, 1.2))
    stage.shot("1-drawing")
    QTest.keyClick(stage.canvas, Qt.Key.Key_Return)
    yield lambda: is_planned(stage) and stage.is_still()
    seen["shown"], seen["kept before"] = figures(stage), events(stage) - before
    seen["letters"] = stage.app.cutting.overlay.letters
    stage.shot("2-preview")
    QTest.keyClick(stage.canvas, Qt.Key.Key_Return)
    yield lambda: stage.app.cutting.task is None and stage.is_still()
    seen["kept after"], seen["chosen"] = events(stage) - before, current(stage)
    seen["outlined"] = stage.app.link._bands[0].numberOfVertices() > 3
    seen["tool away"] = stage.canvas.mapTool() is not stage.app.cutting.tool
    stage.shot("3-split")


def refuse_a_line(stage):
    focus_map(stage)
    QTest.keyClick(stage.canvas, Qt.Key.Key_X, ALT)
    draw(stage, (0.5, 0.3), (0.5, 1.3))
    QTest.mouseClick(stage.canvas.viewport(), Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, place(stage, 0.5, 1.3))
    yield lambda: stage.app.cutting.task.work is None and stage.is_still()
    stage.seen["refused"] = stage.app.cutting.panel.hint.text()
    stage.shot("4-refused")
    QTest.keyClick(stage.canvas, Qt.Key.Key_Escape)
    stage.seen["given up"] = stage.app.cutting.task is None
    yield stage.is_still


def split_along_a_layer(stage):
    yield from go_to(stage, os.environ["LI_SECOND"])
    focus_map(stage)
    QTest.keyClick(stage.canvas, Qt.Key.Key_X, ALT_SHIFT)
    yield lambda: is_planned(stage) and stage.is_still()
    stage.seen["layers"] = [stage.app.cutting.panel.layers.itemText(k) for k in range(stage.app.cutting.panel.layers.count())]
    stage.seen["along"] = figures(stage)
    stage.shot("5-along")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    yield lambda: stage.app.cutting.task is None and stage.is_still()
    stage.seen["along made"] = current(stage)


def merge(stage):
    focus_map(stage)
    QTest.keyClick(stage.canvas, Qt.Key.Key_M, ALT_SHIFT)
    yield lambda: is_planned(stage) and stage.is_still()
    stage.seen["merging"] = figures(stage)
    stage.shot("6-merge")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    yield lambda: stage.app.cutting.task is None and stage.is_still()
    stage.seen["merged"] = current(stage)


def undo_all(stage):
    page = stage.app.dock.work_page
    came = []
    for _act in range(3):
        yield lambda: page.undo_button.isEnabled()
        count = page.parcels.model().rowCount()
        QTest.mouseClick(page.undo_button, Qt.MouseButton.LeftButton)
        yield lambda count=count: page.parcels.model().rowCount() != count and stage.is_still()
        came.append([current(stage), page.parcels.model().rowCount()])
    stage.seen["undone"] = came
    stage.shot("7-undone")


def leave(stage):
    focus_map(stage)
    QTest.keyClick(stage.canvas, Qt.Key.Key_X, ALT)
    stage.seen["stopped"] = utils.unloadPlugin("land_inspector")
    let_go()
    bands = [item for item in stage.canvas.scene().items() if isinstance(item, QgsRubberBand)]
    stage.seen["left on the map"] = sum(bool(band.numberOfVertices()) for band in bands)
    tool = stage.canvas.mapTool()
    stage.seen["tool left"] = type(tool).__name__ if tool is not None else ""


play(story)
