"""From an empty QGIS to the first verdict with the mouse and the keyboard, as somebody would who has never seen the plugin."""
import os
import sys
from pathlib import Path

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import utils  # noqa: E402
from qgis.core import QgsApplication  # noqa: E402
from qgis.PyQt.QtCore import Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QAction, QApplication, QFileDialog  # noqa: E402

from tests.journeys.drive_kit import play  # noqa: E402

WIDTH, HEIGHT = (int(number) for number in os.environ.get("LI_SIZE", "1400x1080").split("x"))
DATA = Path(os.environ["LI_DATA"])


class Hand:
    """Counts what a person does."""

    def __init__(self, stage):
        self.stage, self.clicks = stage, 0

    def click(self, name):
        self.click_on(self.stage.widget(name))

    def click_on(self, widget):
        self.clicks += 1
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    stage.window.setGeometry(0, 0, WIDTH, HEIGHT)
    stage.app.dock.setUserVisible(True)
    yield stage.is_still
    stage.shot("1-start")
    hand = Hand(stage)
    yield from name_the_folder(stage, hand)
    for step in ("2-register", "3-patches", "4-evidence", "5-images"):
        yield from one_step(stage, hand, step)
    yield from to_the_first_patch(stage, hand)
    stage.seen["clicks"] = hand.clicks
    yield from first_verdict(stage)
    yield from narrow(stage)


def name_the_folder(stage, hand):
    """The native dialog is not ours to drive; two clicks are counted for it."""
    QFileDialog.getExistingDirectory = staticmethod(lambda *_asked, **_more: str(DATA))
    hand.click("landInspectorBegin")
    yield lambda: stage.app.assistant.window is not None and stage.app.assistant.window.isVisible()
    window(stage).move(40, 60)
    hand.click_on(window(stage).pages[0].folder)
    hand.clicks += 2
    yield lambda: window(stage).pages[0].layer.count() > 0 and not window(stage).office.is_busy
    page = window(stage).pages[0]
    stage.seen["townships"], stage.seen["code"], stage.seen["name"] = page.layer.currentText(), *(
        page.fields[field].currentText() for field in ("code", "name"))
    page.actor.setText("张检查员")
    page.path.setText(str(stage.home / "county.gpkg"))
    page._on_path()
    stage.app.asking.lasts = lambda _place: True


def window(stage):
    return stage.app.assistant.window


def one_step(stage, hand, name):
    """Wait until the step can be done, look at it, press its button."""
    before = window(stage).stack.currentIndex()
    if before == 2 and os.environ.get("LI_SURVEY"):
        say_what_the_survey_is(stage, hand)
    yield lambda: window(stage).go.isEnabled() and stage.is_still()
    stage.seen[name] = window(stage).go.text()
    stage.seen[f"{name} says"] = window(stage).pages[1].said.text() if before == 1 else ""
    stage.shot(name)
    hand.click_on(window(stage).go)
    yield lambda: window(stage).stack.currentIndex() == before + 1


def say_what_the_survey_is(stage, hand):
    """A layer that nothing gives away: its role and the field of its classes are chosen by hand, two clicks each."""
    name, own = os.environ["LI_SURVEY"].split(":")
    page = window(stage).pages[2]
    row = next(at for at, layer in enumerate(page._rows) if layer.name == name)
    page._box(row, 1).setCurrentIndex(page._box(row, 1).findData("land_use"))
    page._box(row, 2).setCurrentIndex(page._box(row, 2).findData(own))
    hand.clicks += 4


def to_the_first_patch(stage, hand):
    yield lambda: window(stage).pages[4].is_done() and window(stage).go.isEnabled() and stage.is_still()
    stage.seen["measured"] = window(stage).pages[4].said.text()
    stage.shot("6-measured")
    hand.click_on(window(stage).go)
    yield lambda: not window(stage).isVisible() and stage.app.dock.work_page.parcels.current_id() is not None and stage.is_still()
    stage.seen["first"] = stage.app.dock.work_page.card.toPlainText()
    stage.seen["card lines"] = card_lines(stage.app.dock.work_page.card)
    stage.seen["keys in sight"] = [button.visibleRegion().boundingRect().height() == button.height()
                                   for button in stage.app.dock.work_page.verdicts.buttons]
    stage.shot("7-first")


def first_verdict(stage):
    """A digit held down records once; the line over the map says what."""
    page = stage.app.dock.work_page
    QApplication.setActiveWindow(stage.window)
    page.parcels.setFocus()
    before = page.progress.value()
    QTest.keyClick(page.parcels, Qt.Key.Key_3)
    yield lambda: page.progress.value() == before + 1 and stage.is_still()
    stage.seen["told"] = stage.app.toast.text
    stage.shot("8-judged")


def narrow(stage):
    stage.window.resizeDocks([stage.app.dock], [320], Qt.Orientation.Horizontal)
    yield stage.is_still
    stage.seen["width"] = stage.app.dock.width()
    stage.seen["locale"] = QgsApplication.locale()
    stage.seen["shared keys"] = shared_keys(stage)
    stage.shot("9-narrow")


def shared_keys(stage):
    """Keys of ours that an action of QGIS has as well: such a key does nothing."""
    actions = [action for action in stage.window.findChildren(QAction) if not action.shortcut().isEmpty()]
    ours = {action.shortcut().toString() for action in actions if action.objectName().startswith("landInspector")}
    return sorted(action.shortcut().toString() for action in actions
                  if not action.objectName().startswith("landInspector") and action.shortcut().toString() in ours)


def card_lines(card):
    return card.viewport().height() // card.fontMetrics().lineSpacing()


play(story)
