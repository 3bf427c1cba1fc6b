"""A whole case played in the desktop: from the clue and the stop order to its closing, with wrong moves, undo, and a killed QGIS.

``LI_PART`` 1 plays until the decision is served and kills QGIS over an open form; 2 goes on in a new QGIS until the case is closed.
"""
import json
import os
import signal
import sys
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, os.environ["LI_TREE"])

from qgis import utils  # noqa: E402
from qgis.core import QgsProject  # noqa: E402
from qgis.PyQt.QtCore import QPoint, Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QApplication, QDateEdit, QDockWidget, QToolButton  # noqa: E402

from tests.journeys.drive_kit import let_go, play  # noqa: E402

PARCEL = "T001"
LEFT, RETURN = Qt.MouseButton.LeftButton, Qt.Key.Key_Return


def ago(days):
    return date.today() - timedelta(days=days)


def story(stage):
    yield lambda: "land_inspector" in utils.plugins and stage.window.isVisible()
    stage.window.setGeometry(0, 0, 1400, 1080)
    yield from open_register(stage)
    if os.environ["LI_PART"] == "1":
        yield from up_to_the_decision(stage)
        yield from be_killed(stage)
    else:
        stage.seen["after the kill"] = page_of(stage).view().case.state
        yield from up_to_the_closing(stage)
        yield from become_narrow(stage)
        leave(stage)


def page_of(stage):
    return stage.app.pursue.case_page


def is_quiet(stage):
    return not stage.app.worker._running and stage.is_still()


def open_register(stage):
    stage.app.commands.open_address(Path(os.environ["LI_REGISTER"]))
    page = stage.app.dock.work_page
    yield lambda: page.parcels.model().rowCount() > 0 and is_quiet(stage)
    QTest.mouseClick(page.parcels.viewport(), LEFT, pos=page.parcels.visualRect(page.parcels.model().index(0, 0)).center())
    QApplication.setActiveWindow(stage.window)
    stage.canvas.setFocus()
    QTest.keyClick(stage.canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    yield lambda: page_of(stage).isVisible() and page_of(stage)._file is not None and is_quiet(stage)
    stage.seen["shown by key"] = [line.number for line in page_of(stage)._file.parcels]


# --- hands -----------------------------------------------------------------------------------------------------------

def type_day(form, days):
    field = form.day.field
    field.setFocus()
    field.setSelectedSection(QDateEdit.Section.YearSection)
    QTest.keyClicks(field, f"{ago(days):%Y%m%d}")


def fill(form, **said):
    """By keys, as a person does."""
    for name, text in said.items():
        field = form.row(name).editor.field
        field.setFocus()
        if hasattr(field, "findData"):
            field.setCurrentIndex(field.findData(text))
        elif hasattr(field, "setPlainText"):
            field.setPlainText(text)  # an input method writes Chinese; key clicks cannot
        else:
            field.setText(text)


def figures(editor, **values):
    for unit, value in values.items():
        field = editor.figures[unit].field
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, str(value))
        QTest.keyClick(field, Qt.Key.Key_Tab)


def choose_in(button, name):
    """An entry of a button's menu, by mouse; popped up, because a click would not come back before the menu is gone."""
    menu = button.menu()
    action = next(one for one in menu.actions() if one.objectName() == name)
    menu.popup(button.mapToGlobal(QPoint(0, button.height())))
    QApplication.processEvents()
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
    QApplication.processEvents()


def press_next(stage):
    QTest.mouseClick(page_of(stage).next.button, LEFT)
    return page_of(stage).acting.form


def other_act(stage, code):
    choose_in(page_of(stage).next.others, f"landInspectorAct_{code}")
    return page_of(stage).acting.form


def on_remedy(stage, place, what):
    box = page_of(stage).tracks.boxes[place]
    choose_in(box.findChild(QToolButton, "landInspectorTrackActs"), f"landInspectorTrack_{what}")
    return page_of(stage).acting.form


def record(stage, form, days, **said):
    """Date, particulars, Enter; then the page has read the case anew."""
    fill(form, **said)
    type_day(form, days)
    QTest.keyClick(form, RETURN)
    wrong = [label.text() for label in (*form.faults.values(), form.wrong) if label.isVisibleTo(form)]
    if wrong:
        raise AssertionError(f"{form.windowTitle()}: {wrong}")
    yield lambda: page_of(stage).acting.form is None and is_quiet(stage)


def wrong_texts(form):
    return {name: label.text() for name, label in form.faults.items() if label.isVisibleTo(form)}


def state(stage):
    return page_of(stage).view().case.state


# --- the case --------------------------------------------------------------------------------------------------------

OFFICERS = "张三、李四"


def up_to_the_decision(stage):
    page = page_of(stage)
    stage.seen["why due"] = page.about.text()
    stage.shot("1-no-case")
    QTest.mouseClick(page.open_button, LEFT)
    yield from record(stage, page.acting.form, 200)
    yield from record(stage, press_next(stage), 199, officers=OFFICERS, findings="水泥地坪，正在砌墙")
    yield from record(stage, other_act(stage, "stop_order"), 198, number="临停〔1〕号")
    stage.seen["stopped"] = state(stage)
    yield from record(stage, other_act(stage, "stop_result"), 195, result="3")
    yield from record(stage, other_act(stage, "stop_report"), 194, number="临报〔1〕号", addressee="2")
    yield from move_wrongly(stage)
    yield from record(stage, press_next(stage), 190, number="临立〔1〕号", officers=OFFICERS)
    yield from record(stage, press_next(stage), 170, number="临调〔1〕号", officers=OFFICERS)
    yield from record(stage, press_next(stage), 165, opinion="事实清楚，同意处罚")
    yield from give_notice(stage)
    yield from decide(stage)
    yield from record(stage, press_next(stage), 128, manner="1")
    stage.seen["served"] = (state(stage), [box.track.kind for box in page.tracks.boxes])
    stage.shot("4-served")


def move_wrongly(stage):
    """A filing without a number, then one dated before the check; nothing is recorded."""
    form = press_next(stage)
    QTest.keyClick(form, RETURN)
    stage.seen["wrong: no number"] = wrong_texts(form)
    fill(form, number="临立〔1〕号", officers=OFFICERS)
    type_day(form, 300)
    QTest.keyClick(form, RETURN)
    stage.seen["wrong: too early"] = wrong_texts(form)
    stage.shot("2-wrong-date")
    QTest.keyClick(form, Qt.Key.Key_Escape)
    yield lambda: page_of(stage).acting.form is None
    stage.seen["after wrong moves"] = state(stage)
    QTest.mouseClick(page_of(stage).next.why, LEFT)
    yield stage.is_still
    dialog = next(window for window in QApplication.topLevelWidgets() if window.objectName() == "landInspectorWhyNotDialog")
    lines = [dialog.listed.topLevelItem(n) for n in range(dialog.listed.topLevelItemCount())]
    stage.seen["why not"] = [line.text(1) for line in lines]
    stage.shot("3-why-not")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def give_notice(stage):
    form = press_next(stage)
    editor = form.row("remedies").editor
    for kind in ("demolition", "fine"):
        choose_in(editor.adding, f"landInspectorAdd_{kind}")
    figures(editor.boxes[0].amount, building_m2=300)
    figures(editor.boxes[1].amount, fen=200000)
    editor.boxes[1].basis.violated_on.set_day(ago(210))
    stage.seen["band"] = editor.boxes[1].basis.band.text()
    QApplication.processEvents()
    stage.shot("3-notice")
    yield from record(stage, form, 160, number="临告〔1〕号")
    yield from record(stage, press_next(stage), 160, number="临听〔1〕号")


def decide(stage):
    """Too early while the party may speak; then in time; undone and done again by the dock's buttons."""
    form = press_next(stage)
    fill(form, number="临罚〔1〕号", organ="演示县自然资源局")
    type_day(form, 158)
    QTest.keyClick(form, RETURN)
    stage.seen["wrong: party may speak"] = wrong_texts(form)
    yield from record(stage, form, 130)
    stage.seen["decided"] = state(stage)
    page = page_of(stage)
    yield lambda: page.undo.isEnabled()
    QTest.mouseClick(page.undo, LEFT)
    yield lambda: state(stage) == "S6h" and is_quiet(stage)
    stage.seen["undone"] = (state(stage), len(page.tracks.boxes))
    yield lambda: page.redo.isEnabled()
    QTest.mouseClick(page.redo, LEFT)
    yield lambda: state(stage) == "S7" and is_quiet(stage)
    stage.seen["redone"] = (state(stage), len(page.tracks.boxes))


def be_killed(stage):
    """QGIS dies over an open form: what was recorded is safe, what was not is not there."""
    form = on_remedy(stage, 0, "progress")
    figures(form.row("amount").editor, building_m2=50)
    (stage.home / "seen.json").write_text(json.dumps(stage.seen, ensure_ascii=False, default=str), encoding="utf-8")
    os.kill(os.getpid(), signal.SIGKILL)
    yield lambda: False


def up_to_the_closing(stage):
    page = page_of(stage)
    demolition, fine = 0, 1
    form = on_remedy(stage, demolition, "progress")
    figures(form.row("amount").editor, land_m2=99999)
    QTest.keyClick(form, RETURN)
    stage.seen["wrong: too much"] = wrong_texts(form)
    figures(form.row("amount").editor, building_m2=120, land_m2=600, cultivated_m2=0)
    yield from record(stage, form, 120)
    form = on_remedy(stage, fine, "progress")
    figures(form.row("amount").editor, fen=80000)
    yield from record(stage, form, 110)
    stage.seen["after half"] = [(box.track.kind, box.track.done.as_record()) for box in page.tracks.boxes]
    stage.seen["fine"] = page.tracks.boxes[fine].accessibleDescription()
    stage.shot("5-half-done")
    yield from through_the_court(stage)
    form = on_remedy(stage, demolition, "progress")
    yield from record(stage, form, 50)
    form = on_remedy(stage, fine, "progress")
    yield from record(stage, form, 40)
    form = on_remedy(stage, demolition, "accept")
    yield from record(stage, form, 30)
    stage.seen["tracks"] = [(box.track.kind, box.track.is_done, box.track.acceptance.status) for box in page.tracks.boxes]
    yield from record(stage, other_act(stage, "perform"), 29, papers="4", number="验〔1〕号")
    stage.seen["next"] = page.view().ahead.act.code
    yield from record(stage, press_next(stage), 20, number="临结〔1〕号", how="2")
    stage.seen["closed"] = (state(stage), page.next.button.isVisible())
    stage.shot("7-closed")


def through_the_court(stage):
    """The demolition alone goes to the court; the party may still sue over the fine."""
    yield from record(stage, only(press_next(stage), "1"), 100, number="临催〔1〕号")
    yield from record(stage, only(other_act(stage, "apply_court"), "1"), 80, number="临申〔1〕号")
    yield from record(stage, other_act(stage, "court_acceptance"), 78, number="受〔1〕号")
    yield from record(stage, other_act(stage, "court_ruling"), 70, number="裁〔1〕号", result="1")
    stage.seen["ruled"] = (state(stage), [one.mark for one in page_of(stage).view().steps if one.state.code == "S10"])
    stage.shot("6-court")
    yield from record(stage, other_act(stage, "enforce"), 60, by="古城街道办事处")


def only(form, item):
    """Tick this remedy of the decision alone, where it is asked for."""
    rows = [row for row in form.rows if row.name == "items"]
    for row in rows:
        listed = row.editor.field
        for n in range(listed.count()):
            line = listed.item(n)
            wanted = line.data(Qt.ItemDataRole.UserRole) == item
            line.setCheckState(Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)
    return form


def become_narrow(stage):
    dock = stage.app.pursue.dock
    stage.window.resizeDocks([dock], [320], Qt.Orientation.Horizontal)
    yield stage.is_still
    stage.seen["width"] = dock.width()
    stage.shot("8-narrow")


def leave(stage):
    stage.seen["stopped plugin"] = utils.unloadPlugin("land_inspector")
    let_go()
    docks = [dock.objectName() for dock in stage.window.findChildren(QDockWidget)]
    stage.seen["docks left"] = [name for name in docks if "LandInspector" in name]
    stage.seen["layers left"] = [layer.name() for layer in QgsProject.instance().mapLayers().values()]


play(story)
