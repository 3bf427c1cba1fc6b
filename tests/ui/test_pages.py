"""The pages of a dock: every title in sight at any width, and chosen by mouse and keyboard."""
from __future__ import annotations

import pytest
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QApplication, QComboBox, QDockWidget, QFrame, QLabel, QLineEdit, QMainWindow, QScrollArea, QVBoxLayout, QWidget,
)
from qgis.PyQt.QtGui import QColor

from land_inspector.ui.widgets.pages import _rows, Pages, TabsInSight, tab_through
from land_inspector.ui.widgets.labels import FixedHeightLabel
from land_inspector.ui.widgets.rows import ENOUGH, FAINT, FAULT, WARNING, contrast, ink, readable, shown_on

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


def test_a_colour_is_made_readable_on_what_is_seen_behind_a_transparent_widget(qtbot):
    """QGIS's dark themes make every widget transparent but those that hold others."""
    window = QWidget()
    qtbot.addWidget(window)
    window.setStyleSheet("QWidget { background: transparent; } QFrame { background-color: #323232; }")
    frame = QFrame(window)
    inner = QWidget(frame)
    label = QWidget(inner)
    for widget in (window, frame, inner, label):
        widget.ensurePolished()
    assert shown_on(label).name() == "#323232" and contrast(ink(label, faint=True), QColor("#323232")) >= ENOUGH


def test_a_label_that_shrinks_has_the_lines_that_its_text_takes(qtbot):
    label = FixedHeightLabel("short", 4, shrinks=True)
    qtbot.addWidget(label)
    label.resize(300, 20)
    one = label.sizeHint().height()
    label.setText("a text of many words " * 8)
    several = label.sizeHint().height()
    label.setText("a text of many words " * 80)
    assert one < 2 * label.fontMetrics().lineSpacing() and one < several <= label.sizeHint().height() <= FixedHeightLabel(
        label.text(), 4).sizeHint().height()


def test_tab_passes_over_a_dock_that_is_behind_anothers_tab(qtbot):
    class Dock(TabsInSight, QDockWidget):
        pass

    window = QMainWindow()
    qtbot.addWidget(window)
    docks, fields = [], []
    for _dock in range(2):
        docks.append(Dock(window))
        fields.append(QLineEdit())
        docks[-1].setWidget(fields[-1])
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, docks[-1])
    other = QLineEdit()
    window.setCentralWidget(other)
    window.tabifyDockWidget(docks[0], docks[1])
    window.show()
    docks[0].raise_()
    qtbot.waitUntil(lambda: docks[1].visibleRegion().isEmpty() and not docks[0].visibleRegion().isEmpty())
    window.activateWindow()
    fields[0].setFocus()
    qtbot.waitUntil(fields[0].hasFocus)
    met = []
    for _tab in range(4):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        met.append(QApplication.focusWidget())
    assert fields[1] not in met and other in met


def test_tab_goes_from_a_scroll_area_through_its_content_in_order(qtbot):
    """Lists of combo boxes are windows of their own and stand in no order with the rest."""
    page = QWidget()
    qtbot.addWidget(page)
    fields = [QLineEdit(page), QComboBox(page), QLineEdit(page)]
    inside = QWidget(page)
    layout = QVBoxLayout(inside)
    for field in fields:
        layout.addWidget(field)
    fields[1].view()
    area = QScrollArea(page)
    area.setWidget(inside)
    tab_through(area, inside)
    met, one = [], area
    while len(met) < 3:
        one = one.nextInFocusChain()
        met += [one] if one in fields else []
    assert met == fields
