"""What the message bar shows: a mistake with its remedy, a bug with its traceback, and nothing after the plugin has gone."""
from __future__ import annotations

import pytest
from qgis.core import Qgis
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtWidgets import QPushButton, QTextBrowser

from land_inspector.errors import Cancelled, DamagedError, InputError
from land_inspector.ui.shell.messages import Messages


@pytest.fixture
def bar(qtbot):
    bar = QgsMessageBar()
    qtbot.addWidget(bar)
    return bar


@pytest.fixture
def messages(bar):
    return Messages(bar)


def test_a_mistake_is_a_warning_with_its_remedy(messages, bar):
    messages.failed(InputError("{file} is empty.", "Choose another file.", file="a.shp"))
    assert bar.currentItem().level() == Qgis.MessageLevel.Warning
    assert bar.currentItem().text() == "a.shp is empty. Choose another file."


def test_damage_is_critical_and_a_cancelled_act_only_a_note(messages, bar):
    messages.failed(DamagedError("Event 3 was edited."))
    assert bar.currentItem().level() == Qgis.MessageLevel.Critical
    messages.failed(Cancelled())
    assert bar.currentItem().level() == Qgis.MessageLevel.Info


def test_a_bug_is_critical_and_offers_its_traceback(messages, bar):
    try:
        raise KeyError("unforeseen")
    except KeyError as error:
        messages.failed(error)
    assert bar.currentItem().level() == Qgis.MessageLevel.Critical
    assert "unforeseen" not in bar.currentItem().text()
    assert bar.currentItem().findChild(QPushButton) is not None


def test_a_jobs_words_are_a_warning_and_its_traceback_a_bug(messages, bar):
    messages.failed_job("Import", ["The file is empty."])
    assert bar.currentItem().level() == Qgis.MessageLevel.Warning and "The file is empty." in bar.currentItem().text()
    messages.failed_job("Import", ['Traceback (most recent call last):\n  File "x"'])
    assert bar.currentItem().level() == Qgis.MessageLevel.Critical


def offered(bar):
    return bar.currentItem().findChildren(QPushButton, "landInspectorOffer") if bar.currentItem() else []


def test_what_waits_behind_the_door_stands_in_one_line_and_each_button_does_its_own(messages, bar):
    done = []
    messages.offer("2 in the ledgers.", "Show the ledger", lambda: done.append("ledger"), rank=2)
    messages.offer("1 overdue today.", "Show the list", lambda: done.append("list"), rank=1)
    assert len(bar.items()) == 1 and bar.currentItem().text() == "1 overdue today. 2 in the ledgers."
    assert [button.text() for button in offered(bar)] == ["Show the list", "Show the ledger"]
    offered(bar)[0].click()
    assert done == ["list"] and [button.text() for button in offered(bar)] == ["Show the ledger"]
    messages.withdraw_offers()
    assert bar.currentItem() is None


def test_what_was_closed_by_hand_does_not_come_back_with_the_next_offer(messages, bar):
    messages.offer("one", "Show", lambda: None)
    bar.popWidget(bar.currentItem())
    messages.offer("two", "Show", lambda: None)
    assert bar.currentItem().text() == "two" and len(offered(bar)) == 1


def test_nothing_stays_in_the_bar_after_clearing(messages, bar):
    messages.warn("one")
    messages.warn("two")
    messages.clear()
    assert bar.currentItem() is None


def test_a_long_text_has_the_lines_that_it_takes_and_none_is_cut_through(messages, bar):
    bar.resize(500, 40)
    messages.note("short")
    assert bar.currentItem().findChild(QTextBrowser) is not None
    short = bar.currentItem().sizeHint().height()
    messages.warn("2 parcels returned, 2 of them overdue to answer. " * 3)
    assert bar.currentItem().sizeHint().height() > short
