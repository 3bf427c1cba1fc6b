"""Words of files are shown letter by letter, and a kept file opens only when it is harmless and somebody said yes."""
from __future__ import annotations

import ast
from pathlib import Path

import pytest
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QTextBrowser

import land_inspector
from land_inspector.ui.shell.dialogs import HARMLESS, open_kept
from land_inspector.ui.widgets.labels import FixedHeightLabel, PlainLabel, html, tip

UI = Path(land_inspector.__file__).parent / "ui"
WORD = "<img src='http://127.0.0.1:9/x'> & <b>T001</b>\n第二行"


def test_a_label_shows_letters_and_a_tip_shows_them_too(qtbot):
    label = PlainLabel(WORD)
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText and label.text() == WORD
    for made in (tip(WORD), html(WORD)):
        shown = QTextBrowser()
        qtbot.addWidget(shown)
        shown.setHtml(made)
        assert shown.toPlainText() == WORD
    assert tip("T001") == "T001" and tip(None) == ""


def _calls(name):
    for path in sorted(UI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name:
                yield path, node


def _is_ours(argument):
    """A literal of ours without anything filled in."""
    return isinstance(argument, ast.Constant) or (isinstance(argument, ast.Call) and ast.unparse(argument.func) == "tr"
                                                  and len(argument.args) == 1 and not argument.keywords)


def test_no_tooltip_takes_words_that_are_not_ours():
    bare = [f"{path.name}:{call.lineno}" for path, call in _calls("setToolTip")
            if not _is_ours(call.args[-1]) and not ast.unparse(call.args[-1]).startswith("tip(") and "ToolTipRole" not in ast.unparse(call)
            and "toolTip()" not in ast.unparse(call)]
    assert not bare, bare


#: Labels that hold markup of ours; what is filled in goes through ``html`` or ``escape``.
MARKED_UP = {"messages.py", "panel.py", "stage_strip.py", "file_view.py"}


def test_no_label_guesses_whether_its_text_is_html():
    bare = [f"{path.name}:{call.lineno}" for path, call in _calls("QLabel") if path.name not in MARKED_UP]
    assert not bare, bare


class Answers:
    def __init__(self, yes):
        self.yes, self.asked, self.said = yes, [], []

    def agreed(self, question):
        self.asked.append(str(question))
        return self.yes

    def warn(self, text, details=""):
        self.said.append(text)


@pytest.mark.parametrize("name", ["判决书.pdf.exe", "a.lnk", "a.bat", "a.js", "a.docm", "a.html", "a.svg", "a", "a.PDF.scr", "a.desktop"])
def test_a_file_that_can_run_is_never_opened(tmp_path, monkeypatch, name):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url))
    (tmp_path / name).write_bytes(b"x")
    answers = Answers(True)
    open_kept(tmp_path / name, answers, answers)
    assert not opened and not answers.asked and len(answers.said) == 1


@pytest.mark.parametrize("yes", [True, False])
def test_a_harmless_file_opens_only_after_a_yes(tmp_path, monkeypatch, yes):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    (tmp_path / "0123456789abcdef_判决书.PDF").write_bytes(b"x")
    answers = Answers(yes)
    open_kept(tmp_path / "0123456789abcdef_判决书.PDF", answers, answers)
    assert bool(opened) == yes and len(answers.asked) == 1 and "判决书.PDF" in answers.asked[0]
    assert not HARMLESS & {".exe", ".html", ".svg", ".docm", ".xlsm", ".zip", ".py"}


@pytest.mark.parametrize("style", ["", "font-weight: bold;"])
def test_a_label_of_fixed_height_has_room_for_chinese_lines_too(qtbot, style):
    label, measured = FixedHeightLabel("前时相\n后时相", 3), PlainLabel("前时相\n后时相\n早")
    for one in (label, measured):
        qtbot.addWidget(one)
        one.setStyleSheet(style)
        one.show()
    assert label.minimumSizeHint().height() == label.sizeHint().height() >= measured.sizeHint().height()
