"""An afternoon of review by key alone, ended by a power cut; and the next start (``LI_PART`` is ``work`` or ``restart``)."""
import json
import os
import signal
import sys

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import utils  # noqa: E402
from qgis.PyQt.QtCore import Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QApplication, QCommandLinkButton, QPushButton  # noqa: E402

from land_inspector.i18n import tr  # noqa: E402
from tests.journeys.drive_kit import play  # noqa: E402

SCREEN = (0, 0, 1400, 1040)
ALT = Qt.KeyboardModifier.AltModifier


def key(stage, code, modifier=Qt.KeyboardModifier.NoModifier):
    """Over the map: that is where an inspector's eyes and focus are."""
    QApplication.setActiveWindow(stage.window)
    stage.canvas.setFocus()
    QTest.keyClick(stage.canvas, code, modifier)


def number(stage):
    return stage.app.dock.work_page.parcels.currentIndex().data()


def verdicts(stage):
    """What the screen says of every parcel: verdict, sub-type, mark for later, flag."""
    table = stage.app.dock.work_page.table
    return {table.text("DKBH", row): [table.text("PDJL1", row), table.text("PDJL2", row), table.text("aside", row),
                                      bool(table.marked("flagged")[row])] for row in range(len(table))}


def started(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    stage.window.setGeometry(*SCREEN)
    stage.app.dock.setUserVisible(True)
    stage.app.dock.raise_()
    yield stage.is_still


def work(stage):
    yield from started(stage)
    page = stage.app.dock.work_page
    stage.app.commands.open_address(stage.home / "register.gpkg")
    yield lambda: page.parcels.model().rowCount() > 0 and stage.is_still()
    stage.window.resizeDocks([stage.app.dock], [340], Qt.Orientation.Horizontal)
    yield from answer_the_returned(stage, page)
    yield from review_by_key(stage, page)
    yield from leave_for_later(stage, page)
    yield from take_back(stage, page)
    lose_power(stage, page)


def answer_the_returned(stage, page):
    """They are announced; a button shows them, a key answers."""
    offer = next(button for item in reversed(stage.app.messages._standing)
                 for button in item.findChildren(QPushButton, "landInspectorOffer") if button.text() == tr("Show them"))
    stage.shot("1-returned-announced")
    QTest.mouseClick(offer, Qt.MouseButton.LeftButton)
    yield lambda: page.card.toPlainText() != "" and stage.is_still()
    stage.seen["returned first"], stage.seen["returned"] = number(stage), page.parcels.model().rowCount()
    stage.seen["card of the returned"] = page.card.toPlainText()
    stage.shot("2-returned")
    key(stage, Qt.Key.Key_Y, ALT)
    yield lambda: stage.app.returns.dialog is not None and stage.app.returns.dialog.isVisible()
    stage.shot("3-answer")
    QTest.keyClicks(stage.app.returns.dialog.field, "1")
    yield stage.is_still
    stage.seen["left returned"], stage.seen["then returned"] = page.parcels.model().rowCount(), number(stage)
    yield from in_the_filters(stage, page, page.filters.marks[0].buttons["returned"])


def in_the_filters(stage, page, button):
    """Opened by mouse, one button pressed, left by Escape."""
    QTest.mouseClick(page.filters.more_button, Qt.MouseButton.LeftButton)
    yield lambda: page.filters.popup.isVisible() and not button.visibleRegion().isEmpty()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.keyClick(page.filters.popup, Qt.Key.Key_Escape)
    yield lambda: not page.filters.popup.isVisible() and not page.filters.more_button.isChecked() and stage.is_still()


def review_by_key(stage, page):
    """Undone ones only: verdicts by digit, one with grounds, one with particulars; each next card stands there at once."""
    QTest.mouseClick(page.filters.verdicts.buttons["0"], Qt.MouseButton.LeftButton)
    key(stage, Qt.Key.Key_Down, ALT)
    yield lambda: page.card.toPlainText() != "" and stage.is_still()
    stage.seen["begun with"] = number(stage)
    stage.shot("4-undone")
    judged, waited = [], []
    for digit in (Qt.Key.Key_3, Qt.Key.Key_1, Qt.Key.Key_6, Qt.Key.Key_3):
        judged.append(number(stage))
        key(stage, digit)
        waited.append(page.card.toPlainText() == "")
        yield lambda: page.card.toPlainText() != "" and stage.is_still()
    stage.seen["judged"], stage.seen["cards waited for"] = judged, sum(waited)
    key(stage, Qt.Key.Key_2, ALT)
    stage.seen["grounds"], with_grounds = page.verdicts.grounds.currentText(), number(stage)
    stage.shot("5-grounds")
    key(stage, Qt.Key.Key_3)
    yield stage.is_still
    stage.seen["with grounds"], stage.seen["grounds after"] = with_grounds, page.verdicts.grounds.currentText()
    yield from an_illegal_one(stage, page)


def an_illegal_one(stage, page):
    stage.seen["illegal"] = number(stage)
    key(stage, Qt.Key.Key_2)
    yield lambda: stage.app.reviewer.dialog is not None and stage.app.reviewer.dialog.isVisible()
    form = stage.app.reviewer.dialog
    QTest.keyClicks(form.fields["JSSJ"], "2026-04-02")
    QTest.keyClicks(form.fields["YDDW"], "Li")
    stage.shot("6-particulars")
    QTest.keyClick(form.fields["YDDW"], Qt.Key.Key_Return)
    yield stage.is_still


def leave_for_later(stage, page):
    stage.seen["later"] = number(stage)
    key(stage, Qt.Key.Key_K, ALT)
    yield lambda: stage.app.marker.dialog is not None and stage.app.marker.dialog.isVisible()
    stage.shot("7-later")
    QTest.keyClicks(stage.app.marker.dialog.field, "1")
    yield stage.is_still
    stage.seen["paper"] = number(stage)
    key(stage, Qt.Key.Key_I, ALT)
    yield lambda: stage.app.marker.dialog.isVisible()
    QTest.keyClicks(stage.app.marker.dialog.field, "2")
    yield stage.is_still
    stage.seen["flagged"] = number(stage)
    key(stage, Qt.Key.Key_F, ALT)
    key(stage, Qt.Key.Key_N, ALT)
    yield lambda: stage.app.marker.dialog.isVisible()
    QTest.keyClicks(stage.app.marker.dialog.field, "ask Zhang")
    QTest.keyClick(stage.app.marker.dialog.field, Qt.Key.Key_Return)
    yield lambda: "ask Zhang" in page.card.toPlainText() and stage.is_still()
    stage.shot("8-marks")


def take_back(stage, page):
    """Undo and redo by key over the map."""
    stage.seen["to undo"] = page.undo_button.text()
    control = Qt.KeyboardModifier.ControlModifier | ALT
    key(stage, Qt.Key.Key_Z, control)
    yield lambda: page.redo_button.isEnabled() and stage.is_still()
    stage.seen["after undo"] = page.undo_button.text()
    key(stage, Qt.Key.Key_Y, control)
    yield lambda: page.undo_button.text() == stage.seen["to undo"] and stage.is_still()


def lose_power(stage, page):
    """One more verdict, and in the same breath the process is gone."""
    stage.seen["last"] = number(stage)
    key(stage, Qt.Key.Key_3)
    stage.seen["screen"] = verdicts(stage)
    (stage.home / "seen.json").write_text(json.dumps(stage.seen, ensure_ascii=False), encoding="utf-8")
    os.kill(os.getpid(), signal.SIGKILL)


def restart(stage):
    """The start page offers the register; all is there, and undo goes on."""
    yield from started(stage)
    page = stage.app.dock.work_page
    stage.shot("9-start-again")
    QTest.mouseClick(stage.app.dock.start_page.findChild(QCommandLinkButton), Qt.MouseButton.LeftButton)
    yield lambda: page.parcels.model().rowCount() > 0 and stage.is_still()
    stage.seen["screen"] = verdicts(stage)
    stage.seen["to undo"] = page.undo_button.text()
    key(stage, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | ALT)
    yield lambda: page.redo_button.isEnabled() and stage.is_still()
    stage.seen["after undo"] = verdicts(stage)
    key(stage, Qt.Key.Key_T, ALT)
    yield stage.is_still
    stage.seen["returned"] = number(stage)
    QTest.mouseClick(page.filters.more_button, Qt.MouseButton.LeftButton)
    yield stage.is_still
    stage.shot("10-filters")


play({"work": work, "restart": restart}[os.environ["LI_PART"]])
