"""Picking a usual text: a digit takes its line at once, the arrows walk through the list, and any other text is as good."""
from __future__ import annotations

import pytest
from qgis.PyQt.QtCore import Qt

from land_inspector.ui.widgets.fields import PickDialog

TEXTS = ["影像不清", "待外业核实", "待询问乡镇"]


@pytest.fixture
def dialog(qtbot):
    dialog = PickDialog("Later", "Why?", TEXTS)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_a_digit_in_the_empty_field_takes_its_line_and_closes(dialog, qtbot):
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClicks(dialog.field, "2")
    assert dialog.text == TEXTS[1]


def test_a_digit_within_a_text_is_a_digit(dialog, qtbot):
    qtbot.keyClicks(dialog.field, "G2")
    assert dialog.text == "G2" and dialog.isVisible()


def test_a_digit_that_has_no_line_is_text(dialog, qtbot):
    qtbot.keyClicks(dialog.field, "7")
    assert dialog.text == "7" and dialog.isVisible()


def test_the_arrows_walk_through_the_list_and_enter_takes_it(dialog, qtbot):
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(dialog.field, key)
    assert dialog.text == TEXTS[0]
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)


def test_without_a_text_there_is_no_answer_unless_none_is_one(dialog, qtbot):
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert dialog.isVisible()
    optional = PickDialog("Give to", "Whose?", TEXTS, optional=True)
    qtbot.addWidget(optional)
    optional.show()
    with qtbot.waitSignal(optional.accepted):
        qtbot.keyClick(optional.field, Qt.Key.Key_Return)
    assert optional.text == ""
