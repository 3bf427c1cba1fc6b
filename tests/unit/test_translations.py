"""The Chinese catalogue against the source. What these tests list, ``python -m tools.translations check`` lists too."""
from __future__ import annotations

import ast
import re
from pathlib import Path
from textwrap import dedent

import pytest

from land_inspector import i18n
from tools import translations
from tools.labels import Pair, labels_in
from tools.texts import texts_in

PLUGIN = Path(i18n.__file__).parent


@pytest.fixture(scope="module")
def texts():
    return texts_in(PLUGIN)


@pytest.fixture(scope="module")
def pairs():
    return translations.read_catalogue()


def test_every_text_that_a_user_can_see_has_its_chinese(texts, pairs):
    wrong = translations.problems(texts, pairs, labels_in(PLUGIN))
    assert not wrong, "\n" + "\n".join(wrong)


def test_the_catalogue_holds_nothing_that_no_one_says(texts, pairs):
    idle = translations.unused(texts, pairs)
    assert not idle, "\n" + "\n".join(idle)


def test_the_catalogue_is_built_for_the_context_that_is_looked_up():
    assert translations.CONTEXT == i18n.CONTEXT
    assert translations.QM == i18n.QM_FILE.resolve()


def templates(tmp_path, source):
    (tmp_path / "room.py").write_text(dedent(source), encoding="utf-8")
    return [text.template for text in texts_in(tmp_path)]


def test_texts_are_found_wherever_they_are_born(tmp_path):
    assert templates(tmp_path, """
        REMEDY = "from a constant"
        class LandInspectorError(Exception):
            def __init__(self, template, remedy=""): pass
        class InputError(LandInspectorError): pass
        class Stop(InputError):
            def __init__(self):
                super().__init__("own words")
        class Reader:
            def refuse(self, row, template): pass
        tr("plain" " and joined")
        message("one" if x else "other")
        raise InputError("what is wrong", REMEDY)
        raise InputError("again", remedy="by keyword")
        reader.refuse(3, "through a method")
    """) == ["own words", "plain and joined", "one", "other", "what is wrong", "from a constant", "again",
             "by keyword", "through a method"]


@pytest.mark.parametrize("call", ['tr(f"{n} patches")', "tr(name)", 'message("{} " % name)', "tr(name.title())"])
def test_a_text_that_is_no_literal_is_reported(tmp_path, call):
    assert templates(tmp_path, call) == [None]


@pytest.mark.parametrize("call", ["Message(label.en)", "InputError(reason.template, reason.remedy)"])
def test_handing_on_what_was_born_elsewhere_is_no_new_text(tmp_path, call):
    source = "class LandInspectorError(Exception): pass\nclass InputError(LandInspectorError): pass\n" + call
    assert templates(tmp_path, source) == []


def test_labels_are_found_in_objects_tuples_and_rule_packs(tmp_path):
    (tmp_path / "law.py").write_text(dedent("""
        class Act:
            code: str
            en: str
            zh: str
        Act("file", "Filing", "立案")
        Act("stop", zh="责令停止", en="Stop order")
        LEVELS = {"1": ("county", "县级"), "2": ("not", "a label")}
    """), encoding="utf-8")
    (tmp_path / "pack.json").write_text('{"terms": [{"name": {"zh": "期限", "en": "Term"}}]}', encoding="utf-8")
    assert {(label.source, label.translation) for label in labels_in(tmp_path)} == {
        ("Filing", "立案"), ("Stop order", "责令停止"), ("county", "县级"), ("Term", "期限")}


@pytest.mark.parametrize(("pairs", "complaint"), [
    ([Pair("{n} patches", "图斑", "a.csv:2")], "placeholders"),
    ([Pair("yes", " ", "a.csv:2")], "empty"),
    ([Pair("yes", "是", "a.csv:2"), Pair("yes", "对", "b.csv:2")], "otherwise in a.csv:2"),
])
def test_a_bad_row_of_the_catalogue_is_named(pairs, complaint):
    (problem,) = translations.problems([], pairs)
    assert complaint in problem


SHOWN_BY = frozenset({"QLabel", "QPushButton", "QAction", "QCheckBox", "QRadioButton", "QGroupBox", "QMenu", "addAction",
                      "addMenu", "addRow", "addTab", "setPlaceholderText", "setStatusTip", "setText", "setTitle", "setToolTip",
                      "setWindowTitle"})


def test_no_widget_shows_words_that_were_not_translated():
    bare = []
    for path in sorted((PLUGIN / "ui").rglob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func).rpartition(".")[2]
            if name in SHOWN_BY and call.args and isinstance(call.args[0], (ast.Constant, ast.JoinedStr)):
                words = "".join(part.value for part in ast.walk(call.args[0])
                                if isinstance(part, ast.Constant) and isinstance(part.value, str))
                if re.search(r"[A-Za-z]{2}", words):
                    bare.append(f"{path.name}:{call.lineno}: {words!r}")
    assert not bare, "\n" + "\n".join(bare)
