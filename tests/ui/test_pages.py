"""The pages of a dock: every title in sight at any width, and chosen by mouse and keyboard."""
from __future__ import annotations

import pytest
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QLabel
from qgis.PyQt.QtGui import QColor

from land_inspector.ui.widgets.pages import _rows, Pages
from land_inspector.ui.widgets.rows import ENOUGH, FAINT, FAULT, WARNING, contrast, readable

TITLES = ("Case", "Work lists", "Timeline", "Ledgers", "Board", "Patrols", "Copies")


@pytest.fixture
def pages(qtbot):
    made = Pages()
    qtbot.addWidget(made)
    made.pages = [QLabel(title) for title in TITLES]
    for page, title in zip(made.pages, TITLES):
        made.add(page, title)
    made.show()
    return made


@pytest.mark.parametrize("width, most", [(320, 3), (1200, 1), (160, 7)])
def test_every_title_is_in_sight_and_is_not_cut(pages, qtbot, width, most):
    pages.resize(width, 400)
    qtbot.waitUntil(lambda: len({button.y() for button in pages.buttons}) <= most, timeout=60_000)
    for button in pages.buttons:
        assert button.isVisible() and button.geometry().right() < pages.width()
        assert button.fontMetrics().horizontalAdvance(button.text()) < button.width()


def test_rows_are_as_few_as_can_be_and_evened_out():
    assert _rows([50] * 7, 220) == [[0, 1, 2, 3], [4, 5, 6]]
    assert _rows([50] * 5, 200) == [[0, 1, 2], [3, 4]]
    assert _rows([50, 300], 100) == [[0], [1]] and _rows([], 100) == [[]]


def test_a_page_comes_up_by_mouse_by_arrows_and_by_what_the_program_asks(pages, qtbot):
    QTest.mouseClick(pages.buttons[2], Qt.MouseButton.LeftButton)
    assert pages.currentWidget() is pages.pages[2] and pages.buttons[2].isChecked()
    with qtbot.waitSignal(pages.currentChanged, timeout=60_000):
        pages.setCurrentWidget(pages.pages[5])
    assert [button.isChecked() for button in pages.buttons] == [place == 5 for place in range(7)]
    pages.buttons[5].setFocus()
    QTest.keyClick(pages.buttons[5], Qt.Key.Key_Right)
    assert pages.currentWidget() is pages.pages[6]


def test_a_high_page_does_not_make_its_dock_high(pages):
    pages.pages[3].setMinimumHeight(900)
    assert pages.minimumSizeHint().height() < 300 and pages.minimumSizeHint().width() < 200


@pytest.mark.parametrize("back", ["#ffffff", "#222222", "#323232", "#b2b2b2", "#808080"])
@pytest.mark.parametrize("colour", [WARNING, FAULT, FAINT, "#0b57a4"])
def test_every_colour_can_be_read_on_every_themes_ground(back, colour):
    assert contrast(QColor(readable(colour, QColor(back))), QColor(back)) >= ENOUGH
