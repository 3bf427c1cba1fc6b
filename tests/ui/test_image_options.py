"""The options for images: kept when they are accepted, with the fields of the chosen list on offer."""
from __future__ import annotations

import pytest

from land_inspector.ui.shell.options import ImageOptions, OptionsFactory
from land_inspector.exchange.image_choice import ImageSettings
from tests.algorithms import write_layer
from tests import factories


@pytest.fixture
def group(qtbot):
    before = ImageSettings.load()
    group = ImageOptions()
    qtbot.addWidget(group)
    yield group
    before.save()


def test_folders_list_scale_and_pace_are_kept_when_they_are_accepted(group, tmp_path):
    for folder in ("/images/2025", "/影像/2026", "/images/2025"):
        group.add_folder(folder)
    group.listing.setFilePath(str(tmp_path / "index.gpkg"))
    group.date_field.setCurrentText("飞行日期")
    group.scale.setValue(2000)
    group.blink.setValue(1.2)
    assert ImageSettings.load() == ImageSettings()
    group.apply()
    kept = ImageSettings.load()
    assert kept.places.folders == ("/images/2025", "/影像/2026") and kept.places.date_field == "飞行日期"
    assert (kept.scale, kept.blink_ms, kept.listing) == (2000, 1200, str(tmp_path / "index.gpkg"))


def test_what_is_kept_is_shown_again(group, qtbot):
    group.add_folder("/影像")
    group.fill.setValue(60)
    group.apply()
    again = ImageOptions()
    qtbot.addWidget(again)
    assert again.folders.item(0).text() == "/影像" and again.fill.value() == 60


def test_a_folder_can_be_taken_off(group):
    group.add_folder("/a")
    group.add_folder("/b")
    group.folders.setCurrentRow(0)
    group._remove_folder()
    group.apply()
    assert ImageSettings.load().folder_list == ("/b",)


def test_the_fields_of_the_chosen_list_are_offered_and_what_was_typed_stays(group, tmp_path):
    group.date_field.setCurrentText("拍摄")
    write_layer(tmp_path / "index.gpkg", [(factories.square(1), ["a.tif", "20260301"])], {"path": str, "taken": str})
    group.listing.setFilePath(str(tmp_path / "index.gpkg"))
    offered = [group.path_field.itemText(place) for place in range(group.path_field.count())]
    assert offered == ["path", "taken"] and group.date_field.currentText() == "拍摄"


def test_the_page_of_the_plugin_holds_them(qtbot):
    page = OptionsFactory().createWidget()
    qtbot.addWidget(page)
    before = ImageSettings.load()
    page.images.add_folder("/office")
    page.apply()
    assert "/office" in ImageSettings.load().folder_list
    before.save()
