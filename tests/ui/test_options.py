"""The page in QGIS's Options writes what it shows, and only when it is accepted."""
from __future__ import annotations

import pytest

from land_inspector.settings import Settings
from land_inspector.ui.options import OptionsFactory


@pytest.fixture
def page(qtbot, monkeypatch):
    before = Settings.load()
    page = OptionsFactory().createWidget()
    qtbot.addWidget(page)
    yield page
    before.save()


def test_nothing_is_written_before_the_page_is_accepted(page):
    page.actor.setText("张三")
    assert Settings.load().actor == ""


def test_name_and_area_method_are_kept(page):
    page.actor.setText(" 张三 ")
    page.area_method.setCurrentIndex(page.area_method.findData("planar"))
    page.apply()
    assert (Settings.load().acting_as, Settings.load().area_method) == ("张三", "planar")
