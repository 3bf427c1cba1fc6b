"""An afternoon after a site visit: photos dropped on the dock, looked through, mended and saved; a finding written down; undone."""
import os
import sys

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import utils  # noqa: E402
from qgis.PyQt.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl  # noqa: E402
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QAction, QApplication, QComboBox, QToolButton  # noqa: E402

from tests.journeys.drive_kit import play  # noqa: E402

SCREEN = (0, 0, 1400, 1050)


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    stage.window.setGeometry(*SCREEN)
    stage.app.dock.setUserVisible(True)
    yield stage.is_still
    stage.app.commands.open_address(stage.home / "register.gpkg")
    page = stage.app.dock.work_page
    yield lambda: page.parcels.model().rowCount() > 0 and stage.is_still()
    stage.window.resizeDocks([stage.app.dock], [360], Qt.Orientation.Horizontal)
    yield from drop(stage)
    yield from mend_and_save(stage)
    yield from look_at_photos(stage)
    yield from write_finding(stage)
    yield from step_on(stage)
    leave(stage)


def drop(stage):
    """The folder falls onto the dock."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(stage.home / "photos"))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    stage.enter, stage.fall = QDragEnterEvent(QPoint(40, 300), *how), QDropEvent(QPointF(40, 300), *how, QEvent.Type.Drop)
    QApplication.sendEvent(stage.app.dock, stage.enter)
    QApplication.sendEvent(stage.app.dock, stage.fall)
    yield lambda: stage.app.field.intake.review is not None and stage.is_still()
    review = stage.app.field.intake.review
    stage.seen["proposed"] = [[review.model.index(row, column).data() for column in (0, 1)] for row in range(review.model.rowCount())]
    stage.seen["remarks"] = [review.model.index(row, 5).data() for row in range(review.model.rowCount())]
    stage.seen["summary"] = review.summary.text()
    stage.shot("1-review")


def mend_and_save(stage):
    """By keyboard: to the second photo's parcel, another number, Enter; then leave the last photo of the list out with space."""
    review = stage.app.field.intake.review
    QApplication.setActiveWindow(review)
    table = review.table
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Right)
    QTest.keyClick(table, Qt.Key.Key_F2)
    yield lambda: table.findChild(QComboBox) is not None
    editor = table.findChild(QComboBox)
    stage.shot("2-other-parcel")
    QTest.keyClicks(editor.lineEdit(), "T014")
    QTest.keyClick(editor.lineEdit(), Qt.Key.Key_Return)
    yield stage.is_still
    stage.seen["mended"] = review.model.index(1, 1).data()
    stage.seen["to save"] = review.buttons.buttons()[0].text()
    stage.shot("3-mended")
    review.accept()
    yield lambda: not stage.app.field.intake.is_busy
    yield stage.is_still
    stage.seen["to undo"] = stage.app.dock.work_page.undo_button.text()


def look_at_photos(stage):
    page = stage.app.dock.work_page
    stage.app.reviewer.go_to(page.find_number("T013"))
    strip = stage.app.field.viewer.strip
    yield lambda: strip.list.count() == 2
    yield lambda: all(not strip.list.item(row).icon().isNull() for row in range(2)) and stage.is_still()
    layer = stage.app.layers.find(stage.home / "register.gpkg", "photo_map")
    stage.canvas.zoomScale(1500)
    yield stage.is_still
    stage.seen["arrows"] = sorted(round(feature["direction"]) for feature in layer.getFeatures())
    stage.shot("4-strip-and-arrows")
    QApplication.setActiveWindow(stage.window)
    stage.window.findChild(QAction, "landInspectorOpenPhoto").trigger()
    window = stage.app.field.viewer.window
    yield lambda: window.picture.pixmap() is not None and stage.is_still()
    stage.shot("5-large")
    first = window.windowTitle()
    QApplication.setActiveWindow(window)
    QTest.keyClick(window, Qt.Key.Key_Right)
    yield lambda: window.picture.pixmap() is not None and stage.is_still()
    stage.seen["titles"] = [first, window.windowTitle()]
    window.close()


def write_finding(stage):
    """By the shortcut while the map has the focus; the status by its number, the rest by typing."""
    QApplication.setActiveWindow(stage.window)
    stage.canvas.setFocus()
    QTest.keyClick(stage.canvas, Qt.Key.Key_V, Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier)
    yield lambda: stage.app.field.dialog is not None and stage.app.field.dialog.isVisible()
    dialog = stage.app.field.dialog
    QApplication.setActiveWindow(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    yield lambda: dialog.statuses.checkedButton() is not None
    dialog.officers.selectAll()
    QTest.keyClicks(dialog.officers, "Zhang,Li")
    stage.shot("6-finding")
    QTest.mouseClick(stage.window.findChild(QToolButton, "landInspectorMoreFacts"), Qt.MouseButton.LeftButton)
    stage.shot("6-more-facts")
    QTest.keyClick(dialog.officers, Qt.Key.Key_Return)
    yield lambda: stage.app.field.dialog is None
    yield stage.is_still
    page = stage.app.dock.work_page
    stage.seen["card"] = page.card.toPlainText()
    stage.shot("7-found")
    QTest.mouseClick(page.undo_button, Qt.MouseButton.LeftButton)
    yield stage.is_still
    yield lambda: page.undo_button.isEnabled()
    stage.seen["undone"] = page.undo_button.text()


def step_on(stage):
    """The next parcel has no photos: the strip is away at once."""
    page = stage.app.dock.work_page
    stage.app.reviewer.go_to(page.find_number("T020"))
    stage.seen["strip is away"] = stage.app.field.viewer.strip.isHidden()
    yield stage.is_still


def leave(stage):
    stage.seen["stopped"] = utils.unloadPlugin("land_inspector")


play(story)
