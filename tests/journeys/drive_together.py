"""Two desks on one register on a server: one judges, has a parcel open and is killed in the middle of its work; the other sees it and goes
on. Which of them this is says LI_DESK; they wait for one another by files in LI_SHARED."""
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import utils  # noqa: E402
from qgis.PyQt.QtCore import Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QApplication  # noqa: E402

from land_inspector.settings import Settings  # noqa: E402
from tests.journeys.drive_kit import play  # noqa: E402

SHARED = Path(os.environ["LI_SHARED"])


def say(word):
    (SHARED / word).write_text(f"{time.time():.3f}", encoding="utf-8")


def said(word):
    return lambda: (SHARED / word).exists()


def verdict(stage, number):
    page = stage.app.dock.work_page
    row = int(page.table.positions([page.table.numbered(number)])[0])
    return page.table.text("PDJL2", row)


def choose(stage, number):
    page = stage.app.dock.work_page
    page.choose([page.table.numbered(number)])
    yield lambda: number in page.card.toPlainText()


def press(stage, key, modifier=Qt.KeyboardModifier.NoModifier):
    QApplication.setActiveWindow(stage.window)
    stage.canvas.setFocus()
    QTest.keyClick(stage.canvas, key, modifier)


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    Settings(actor=os.environ["LI_NAME"]).save()
    stage.window.setGeometry(0, 0, 1400, 900)
    stage.app.dock.setUserVisible(True)
    stage.app.asking.address_to_open = lambda _known: os.environ["LI_ADDRESS"]
    stage.app.commands.open_on_server()
    yield lambda: stage.app.dock.work_page.parcels.model().rowCount() > 0 and stage.is_still()
    stage.shot("1-open")
    say(os.environ["LI_DESK"])
    yield from (killed(stage) if os.environ["LI_DESK"] == "killed" else going_on(stage))


def killed(stage):
    """Judge one, keep one open, then judge without end: the power fails in the middle."""
    yield said("going_on")
    yield from choose(stage, "T001")
    press(stage, Qt.Key.Key_1)
    yield lambda: verdict(stage, "T001") == "101"
    say("judged")
    yield from choose(stage, "T005")
    yield stage.is_still
    say("open")
    yield said("seen")
    stage.shot("2-before-it-is-killed")
    say("kill_me")
    for number in range(10, 61):
        yield from choose(stage, f"T{number:03d}")
        press(stage, Qt.Key.Key_3)
        yield lambda number=number: verdict(stage, f"T{number:03d}") == "301"


def going_on(stage):
    page = stage.app.dock.work_page
    yield said("killed")
    yield said("judged")
    stage.seen["asked"] = float((SHARED / "judged").read_text(encoding="utf-8"))
    yield lambda: verdict(stage, "T001") == "101"
    stage.seen["seen after"] = time.time() - stage.seen["asked"]
    yield said("open")
    yield from choose(stage, "T005")
    yield lambda: "☍" in page.card.toPlainText()
    stage.seen["held"] = page.card.toPlainText()
    stage.shot("2-somebody-has-it-open")
    say("seen")
    yield said("dead")
    yield from choose(stage, "T002")
    press(stage, Qt.Key.Key_3)
    yield lambda: verdict(stage, "T002") == "301"
    stage.seen["after the other died"] = page.parcels.currentIndex().data()
    stage.shot("3-goes-on")
    for number in range(10, 20):  # where the other was when it died
        yield from choose(stage, f"T{number:03d}")
        yield stage.is_still
        if "☍" in page.card.toPlainText():
            break
    press(stage, Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier)
    yield lambda: stage.app.marker.dialog is not None and stage.app.marker.dialog.isVisible()
    stage.app.marker.dialog.field.setText(os.environ["LI_REASON"])
    stage.shot("4-break-the-claim")
    stage.app.marker.dialog.accept()
    yield lambda: os.environ["LI_REASON"] in page.card.toPlainText() and "☍" not in page.card.toPlainText()
    stage.shot("5-broken")


play(story)
