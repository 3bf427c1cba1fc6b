"""What must not happen by accident: a key that is held, a key meant for something else, a file that is gone tomorrow."""
from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from qgis.core import QgsProcessing, QgsProcessingContext, QgsProcessingUtils
from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLineEdit, QMessageBox, QPushButton, QTreeWidget, QVBoxLayout

from land_inspector.processing.registers import BackupRegister, CreateRegister
from land_inspector.processing.batches import DraftProfile, ExportPatches
from land_inspector.processing.month_end import ExportTownships
from land_inspector.register.register import Register
from land_inspector.ui.review.review_options import USUAL
from land_inspector.ui.shell import dialogs, tasks
from land_inspector.ui.shell.dialogs import Dialogs, Question
from land_inspector.ui.widgets.dialogs import closing, ignore_held_keys
from land_inspector.settings import Settings
from tests.ui.desktop import let_go

UI = Path(__file__).parents[2] / "land_inspector" / "ui"
OTHER_KEY = USUAL.index("301")
#: Actions that only move about; everything else may record.
MAY_REPEAT = {"landInspectorGoToNextOpen", "landInspectorGoToPreviousOpen", "landInspectorSwipeBack", "landInspectorSwipeOn"}


def judged(path) -> int:
    with Register.open(path) as register:
        return int((register.parcels("B1")["PDJL1"] != "0").sum())


@pytest.fixture
def seen(page, desktop, qtbot):
    """The window as a user has it: on the screen, active, the dock in front, beside it a tree that takes typing of its own."""
    tree = QTreeWidget(desktop.window)
    desktop.window.setCentralWidget(tree)
    desktop.window.resize(1000, 800)
    desktop.window.show()
    qtbot.waitUntil(lambda: not page.visibleRegion().isEmpty())
    QApplication.setActiveWindow(desktop.window)
    page.parcels.selectRow(page.parcels.model().rowCount() - 1)
    yield tree
    desktop.window.hide()


def give_focus(widget, qtbot):
    widget.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is widget)


# --- held keys --------------------------------------------------------------------------------------------------------

def test_no_action_that_records_repeats_while_its_key_is_held(app, desktop):
    assert {action.objectName() for action in desktop.registered if action.autoRepeat()} == MAY_REPEAT


def held(key, text=""):
    return QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text, True)


@pytest.fixture
def form(qtbot):
    """A form with one field and a button that answers it."""
    form = QDialog()
    form.field, form.button, form.answered = QLineEdit(form), QPushButton("Save", form), []
    layout = QVBoxLayout(form)
    layout.addWidget(form.field)
    layout.addWidget(form.button)
    form.button.setDefault(True)
    form.button.clicked.connect(lambda: form.answered.append(True))
    ignore_held_keys(form)
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(form.isVisible)
    return form


def test_the_key_that_opened_a_form_does_not_fill_it_while_it_is_held(form):
    QApplication.sendEvent(form.field, held(Qt.Key.Key_2, "2"))
    assert form.field.text() == ""
    QTest.keyClick(form.field, Qt.Key.Key_2)
    QApplication.sendEvent(form.field, held(Qt.Key.Key_2, "2"))
    assert form.field.text() == "22"


def timed(kind, key, text, moment, repeats=False):
    event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text, repeats)
    event.setTimestamp(moment)
    return event


def test_a_repeat_that_qt_takes_for_a_press_opens_nothing_and_fills_no_form(app, form, qtbot):
    """Measured under X11: the release of the same moment goes before it, and both are not marked."""
    seen = []
    form.button.pressed.connect(lambda: seen.append(True))
    press, override, release = QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride, QEvent.Type.KeyRelease
    form.activateWindow()
    give_focus(form.button, qtbot)
    QApplication.sendEvent(form.button, timed(release, Qt.Key.Key_2, "2", 5000))
    shortcut = timed(override, Qt.Key.Key_2, "2", 5000)
    shortcut.ignore()
    QApplication.sendEvent(form.button, shortcut)
    assert shortcut.isAccepted()
    QApplication.sendEvent(form.button, timed(release, Qt.Key.Key_Space, " ", 5040))
    QApplication.sendEvent(form.button, timed(press, Qt.Key.Key_Space, " ", 5040))
    assert not seen
    give_focus(form.field, qtbot)
    QApplication.sendEvent(form.field, timed(release, Qt.Key.Key_2, "2", 5080))
    QApplication.sendEvent(form.field, timed(press, Qt.Key.Key_2, "2", 5080))
    assert form.field.text() == ""
    QApplication.sendEvent(form.field, timed(press, Qt.Key.Key_2, "2", 5200))
    assert form.field.text() == "2"
    give_focus(form.button, qtbot)
    pressed_anew = timed(override, Qt.Key.Key_2, "2", 5300)
    pressed_anew.ignore()
    QApplication.sendEvent(form.button, pressed_anew)
    assert not pressed_anew.isAccepted()


def test_enter_held_down_answers_no_form(form):
    QApplication.sendEvent(form.field, held(Qt.Key.Key_Return))
    QApplication.sendEvent(form.button, held(Qt.Key.Key_Return))
    QApplication.sendEvent(form.button, held(Qt.Key.Key_Space))
    assert form.answered == []
    QTest.keyClick(form.field, Qt.Key.Key_Return)
    assert form.answered == [True]


def test_a_form_that_was_closed_looks_at_no_key_any_more(form, qtbot):
    form.hide()
    other = QLineEdit()
    qtbot.addWidget(other)
    other.show()
    QApplication.sendEvent(other, held(Qt.Key.Key_2, "2"))
    assert other.text() == "2"


def test_every_form_of_ours_is_guarded():
    dialogs_of_ours = [(path.name, node) for path in sorted(UI.rglob("*.py"))
                       for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                       if isinstance(node, ast.ClassDef) and any(getattr(base, "id", "") == "QDialog" for base in node.bases)]
    assert len(dialogs_of_ours) > 8
    unguarded = [f"{file}: {node.name}" for file, node in dialogs_of_ours
                 if not any(isinstance(call, ast.Call) and getattr(call.func, "id", "") == "ignore_held_keys" for call in ast.walk(node))]
    assert unguarded == []


def test_a_double_click_on_a_verdict_judges_one_parcel(seen, page, path, qtbot):
    page.choose([page.table.ids[5]])
    page.verdicts.show_parcels("x", 1)
    before = judged(path)
    button = page.verdicts.buttons[OTHER_KEY]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(button, Qt.MouseButton.LeftButton)
    assert judged(path) == before + 1


# --- keys meant for something else ------------------------------------------------------------------------------------

def test_a_digit_typed_in_another_panel_judges_nothing(seen, page, path, qtbot):
    before = judged(path)
    give_focus(seen, qtbot)
    QTest.keyClick(seen, Qt.Key.Key_3)
    assert judged(path) == before
    give_focus(page.parcels, qtbot)
    QTest.keyClick(page.parcels, Qt.Key.Key_3)
    assert judged(path) == before + 1


@pytest.mark.parametrize("name", ["matters", "patrol", "board", "copies"])
def test_a_digit_typed_in_a_page_of_the_other_dock_judges_nothing(seen, app, page, path, qtbot, desktop, name):
    before = judged(path)
    desktop.window.splitDockWidget(app.dock, app.pursue.dock, Qt.Orientation.Horizontal)  # both docks in sight
    getattr(app, name).show_page()
    inner = getattr(app, name).page.focusProxy()
    qtbot.waitUntil(lambda: not page.visibleRegion().isEmpty() and inner.isVisible() and inner.isEnabled())
    give_focus(inner, qtbot)
    QTest.keyClick(inner, Qt.Key.Key_3)
    QTest.keyClick(inner, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    assert judged(path) == before


def test_no_key_that_records_on_the_parcel_in_review_acts_from_another_dock(app, desktop):
    held = {action.objectName() for action in app.dock.actions()} - {action.objectName() for action in desktop.window.actions()}
    elsewhere = {action.objectName() for dock in (app.pursue.dock, app.gallery.dock) for action in dock.actions()}
    assert {f"landInspectorVerdictKey{n}" for n in range(1, 10)} <= held and elsewhere == {"landInspectorUndoAct", "landInspectorRedoAct"}


def test_a_digit_judges_nothing_while_the_panel_is_behind_another(seen, app, page, path, qtbot, desktop, monkeypatch):
    before, said = judged(path), []
    monkeypatch.setattr(app.messages, "note", said.append)
    app.pursue.dock.show()
    app.pursue.dock.raise_()
    qtbot.waitUntil(lambda: app.dock.visibleRegion().isEmpty())
    action = next(action for action in desktop.registered if action.objectName() == f"landInspectorVerdictKey{OTHER_KEY + 1}")
    action.trigger()
    assert judged(path) == before
    assert "Ctrl+Alt+L" in said[-1]


def test_undo_acts_from_our_panels_and_the_map_only(app, desktop):
    undo = next(action for action in desktop.registered if action.objectName() == "landInspectorUndoAct")
    assert undo not in desktop.window.actions() and undo in app.dock.actions() and undo in app.pursue.dock.actions()
    assert undo in desktop.mapCanvas().actions()


# --- what was done is told --------------------------------------------------------------------------------------------

def test_each_act_names_its_parcel_what_was_recorded_and_how_it_is_taken_back(app, page):
    page.choose([page.table.ids[5]])
    page.verdicts.press(OTHER_KEY)
    assert "T006" in app.toast.text and "301" not in app.toast.text and "Ctrl+Alt+Z" in app.toast.text
    assert "verdict" in app.toast.text


def test_the_line_over_the_map_takes_the_act_back(app, page, path, qtbot):
    page.choose([page.table.ids[5]])
    before = judged(path)
    page.verdicts.press(OTHER_KEY)
    with qtbot.waitSignal(app.session.read):
        app.toast.undo_wanted.emit()
    assert judged(path) == before
    assert "T006" in app.toast.text and "Undone" in app.toast.text and "Do it again (Ctrl+Alt+Y)" in app.toast.text
    with qtbot.waitSignal(app.commands.redoable, check_params_cb=bool):
        app.commands.look_for_undo()
    with qtbot.waitSignal(app.session.read):
        app.toast.redo_wanted.emit()
    assert judged(path) == before + 1 and "T006" in app.toast.text and "Undo (Ctrl+Alt+Z)" in app.toast.text


def test_who_records_is_asked_once_and_not_taken_from_the_computer(app, path, desktop, qtbot):
    settings = Settings.load()
    settings.actor = ""
    settings.save()
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(path)
    dialog = desktop.window.findChild(QDialog, "landInspectorWho")
    keep = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save)
    assert dialog.isVisible() and not keep.isEnabled() and "登记员" in dialog.field.completer().model().stringList()
    dialog.field.setText("  欧阳 明 ")
    with qtbot.waitSignal(app.session.read):
        keep.click()
    assert Settings.load().actor == "欧阳 明"
    app.dock.work_page.choose([app.dock.work_page.table.ids[5]])
    app.dock.work_page.verdicts.press(OTHER_KEY)
    assert "login" not in app.toast.text
    let_go()
    with qtbot.waitSignal(app.session.read):
        app.commands.open_address(path)
    assert desktop.window.findChild(QDialog, "landInspectorWho") is None


# --- files that are gone tomorrow -------------------------------------------------------------------------------------

@pytest.fixture
def told(monkeypatch):
    """What the user is asked over a file dialog; everything is left as it is."""
    said = []
    monkeypatch.setattr(Dialogs, "agreed", lambda _self, question: bool(said.append(question)))
    monkeypatch.setattr(Dialogs, "_tell", lambda _self, text: said.append(text))
    return said


def test_a_register_is_not_put_where_qgis_empties(told, monkeypatch, tmp_path):
    places = iter([f"{QgsProcessingUtils.tempFolder()}/register.gpkg", ""])
    monkeypatch.setattr(dialogs.QFileDialog, "getSaveFileName", lambda *_asked: (next(places), ""))
    assert Dialogs(None).register_to_make(tmp_path / "register.gpkg") is None
    assert "empti" in told[0]


def test_a_place_in_the_computers_temporary_folder_is_taken_on_purpose_only(told, monkeypatch, tmp_path):
    place = tmp_path / "kept" / "register.gpkg"
    monkeypatch.setattr(dialogs, "is_temporary", lambda where: where == place)
    places = iter([str(place), str(tmp_path / "here.gpkg")])
    monkeypatch.setattr(dialogs.QFileDialog, "getSaveFileName", lambda *_asked: (next(places), ""))
    assert Dialogs(None).register_to_make(place) == tmp_path / "here.gpkg"
    assert len(told) == 1 and told[0].verb


@pytest.mark.parametrize("tool", [CreateRegister, ExportTownships, ExportPatches, BackupRegister, DraftProfile])
def test_a_tool_refuses_a_temporary_place_for_what_is_kept(tool):
    made = tool().create()
    for place in (QgsProcessing.TEMPORARY_OUTPUT, f"{QgsProcessingUtils.tempFolder()}/x.gpkg"):
        fine, reason = made.checkParameterValues({made.KEPT[0]: place}, QgsProcessingContext())
        assert not fine and "temporary" in reason


# --- mistakes and faults ----------------------------------------------------------------------------------------------

def test_a_mistake_in_a_tools_window_is_told_in_its_own_words():
    log = ("Algorithm started at: 2026\nInput parameters:\n{ }\n\n12345 is no county code. Give the six digits.\n"
           "Execution failed after 0.1 seconds\n\n")
    assert tasks.reasons_in(log) == ["12345 is no county code. Give the six digits."]
    assert tasks.reasons_in("") != []


def test_a_tool_that_failed_without_a_word_is_no_fault_of_the_program(app, monkeypatch):
    warned, faults = [], []
    monkeypatch.setattr(app.messages, "warn", lambda text, _details="": warned.append(text))
    monkeypatch.setattr(app.messages, "bug", faults.append)
    app.commands._on_job_ended(tasks.Outcome("create_register", "New register", False, False))
    assert "New register" in warned[0] and faults == []


def test_questions_are_answered_by_verbs(qtbot, monkeypatch):
    pressed = []

    def answer(box):
        pressed.append([button.text() for button in box.buttons()])
        box.findChild(QPushButton, "landInspectorGoOn").click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    assert Dialogs(None).agreed(Question("Undo them too?", "Undo all")) is True
    assert pressed == [["Undo all", "Leave it"]]


def test_no_filter_looks_at_every_event_of_the_application():
    """Written in Python it meets objects that are half made or half gone, and QGIS dies now and then."""
    guilty = [path.name for path in UI.rglob("*.py")
              if re.search(r"(instance\(\)|\bapp\w*)\s*\.\s*installEventFilter", path.read_text(encoding="utf-8"))]
    assert guilty == []


def test_ctrl_enter_answers_a_form_from_any_field(form):
    QTest.keyClick(form.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert form.answered == [True]


def test_enter_in_the_search_takes_the_only_hit(app, page):
    page.filters.search.setText("T007")
    page.filters.search.returnPressed.emit()
    assert page.table.text("DKBH", int(page.table.positions(page.parcels.chosen_ids())[0])) == "T007"


def test_ctrl_enter_answers_a_form_from_any_button_of_it(form, qtbot):
    """A button that has the focus calls itself the default one."""
    other = QPushButton("Add files…", form)
    other.clicked.connect(lambda: form.answered.append(False))
    form.layout().addWidget(other)
    form.activateWindow()
    give_focus(other, qtbot)
    QTest.keyClick(other, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert form.answered == [True]


def test_the_foot_of_a_dialog_keeps_its_words_when_qgis_installs_another_translation(qtbot):
    dialog = QDialog()
    qtbot.addWidget(dialog)
    foot = closing(dialog, "board")
    foot.button(QDialogButtonBox.StandardButton.Close).setText("Close, as Qt says it")
    QApplication.sendEvent(foot, QEvent(QEvent.Type.LanguageChange))
    assert [foot.button(which).text() for which in (QDialogButtonBox.StandardButton.Close, QDialogButtonBox.StandardButton.Help)] == [
        "Close", "Help"]
