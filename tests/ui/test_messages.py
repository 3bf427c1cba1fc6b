"""What the message bar shows: a mistake with its remedy, a bug with its traceback, and nothing after the plugin has gone."""
from __future__ import annotations

import pytest
from qgis.core import Qgis
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtWidgets import QPushButton

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


def test_nothing_stays_in_the_bar_after_clearing(messages, bar):
    messages.warn("one")
    messages.warn("two")
    messages.clear()
    assert bar.currentItem() is None
