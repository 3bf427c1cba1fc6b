"""The first hour: from layers that are nobody's standard to the first proposed verdict, by the assistant's one button."""
from __future__ import annotations

import json
import threading

import pytest
import shapely
from qgis.core import QgsSettings
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QLabel

from land_inspector.exchange.image_choice import ImageSettings
from land_inspector.progress import Progress
from land_inspector.register.register import Register
from land_inspector.ui.assistant import found_layers
from land_inspector.ui.assistant.evidence_page import missing_told, profile_of
from land_inspector.ui.assistant.found_layers import look_into
from tests import changed_scenes as scenes, factories
from tests.algorithms import write_layer
from tools.headless_plugin import provide

KEEP = ("land_inspector/actor", "land_inspector/assistant", "land_inspector/profile_of", "land_inspector/images")


@pytest.fixture(autouse=True)
def settings_as_they_were(named):
    """Nobody has said their name yet: it is the assistant's first step that asks."""
    QgsSettings().remove("land_inspector/actor")
    yield
    for key in KEEP:
        QgsSettings().remove(key)


@pytest.fixture
def office(tmp_path):
    """A folder as an office has it: none of the layers is called as the standard says, and some speak only by what they hold."""
    folder = tmp_path / "数据"
    folder.mkdir()
    whole = shapely.box(factories.X0 - 1000, factories.Y0 - 1000, factories.X0 + 10_000, factories.Y0 + 10_000)
    left, right = shapely.box(*whole.bounds[:2], factories.X0 + 550, whole.bounds[3]), shapely.box(factories.X0 + 550, *whole.bounds[1:])
    write_layer(folder / "boundary.gpkg", [(left, ["东溪镇", "331082101", "东溪所"]), (right, ["西河乡", "331082102", "西河所"])],
                {"label": str, "no9": str, "station": str}, layer="zones")
    rows = [(factories.square(n), [f"A-{n:02d}", "2026/03/01", "2026/05/20", 2.4]) for n in range(1, 9)]
    write_layer(folder / "clues.gpkg", rows, {"clue_id": str, "seen_from": str, "seen_to": str, "size": float})
    write_layer(folder / "survey2025.gpkg", [(whole, ["0101", "x"])] * 3, {"dlbm_code": str, "memo": str})
    write_layer(folder / "approved.gpkg", [(factories.square(n), ["浙政〔2025〕1号", "2025-11-02"]) for n in (1, 2)],
                {"doc": str, "signed": str})
    return folder


def found(folder):
    return {layer.name if layer.name != "layer" else layer.file.split(".")[0]: layer for layer in look_into(folder, Progress()).layers}


# --- guessing ---------------------------------------------------------------------------------------------------------

def test_townships_are_known_by_what_stands_in_their_columns(office):
    layer = found(office)["zones"]
    assert found_layers.looks_like_townships(layer)
    fields = found_layers.township_fields(layer)
    assert (fields.code, fields.name, fields.station, fields.county) == ("no9", "label", "station", "331082")


def test_patches_are_known_by_number_two_dates_and_areas(office):
    layer = found(office)["clues"]
    assert found_layers.looks_like_patches(layer)
    fields = found_layers.patch_fields(layer)
    assert (fields["JCBH"], fields["QSX"], fields["HSX"], fields["JCMJ"]) == ("clue_id", "seen_from", "seen_to", "size")
    assert found_layers.unit_of_column(layer, "size") == "mu" and found_layers.issue_name(layer)[0] == "2026-05"


def test_no_other_layer_is_taken_for_patches_or_townships(office):
    layers = found(office)
    assert [name for name, layer in layers.items() if found_layers.looks_like_patches(layer)] == ["clues"]
    assert [name for name, layer in layers.items() if found_layers.looks_like_townships(layer)] == ["zones"]


def test_a_survey_is_known_by_its_codes_and_an_approval_by_its_name(office):
    layers = found(office)
    assert found_layers.evidence_role(layers["survey2025"]) == "land_use"
    assert found_layers.evidence_role(layers["approved"]) == "approval"
    assert found_layers.evidence_role(layers["clues"]) == "" and found_layers.evidence_role(layers["zones"]) == ""


def test_a_permit_with_two_dates_is_no_patch(tmp_path):
    rows = [(factories.square(n), [f"临{n}", "2026-01-01", "2027-12-31"]) for n in range(4)]
    write_layer(tmp_path / "permits.gpkg", rows, {"PZWH": str, "PZRQ": str, "JZRQ": str})
    assert not found_layers.looks_like_patches(found(tmp_path)["permits"])


def test_what_is_missing_says_what_cannot_be_told():
    told = " ".join(missing_told(["land_use"]))
    assert "approved" in told and "cultivated" not in told


# --- playing it through -----------------------------------------------------------------------------------------------

@pytest.fixture
def played(app, office, qtbot, monkeypatch):
    """The assistant at its first step with the office's folder named."""
    provide()
    monkeypatch.setattr(app.asking, "lasts", lambda _place: True)
    app.assistant.come_up()
    window = app.assistant.window
    qtbot.addWidget(window)
    window.office.take_folder(office)
    qtbot.waitUntil(lambda: not window.office.is_busy)
    return window


def press(window):
    assert window.go.isEnabled(), window.wrong.text()
    QTest.mouseClick(window.go, Qt.MouseButton.LeftButton)


def make_register(window, tmp_path, qtbot):
    """Until it has been made and opened: both are done beside the window."""
    page = window.pages[0]
    page.actor.setText("检查员")
    page.path.setText(str(tmp_path / "county.gpkg"))
    press(window)
    qtbot.waitUntil(lambda: window.stack.currentIndex() == 1 and page.is_done())


@pytest.fixture
def whole(played, app, tmp_path, qtbot):
    """All steps done; how often the button was pressed."""
    presses = 0
    make_register(played, tmp_path, qtbot)
    qtbot.waitUntil(lambda: played.go.isEnabled())
    press(played)
    qtbot.waitUntil(lambda: played.stack.currentIndex() == 2 and app.session.batch is not None)
    qtbot.waitUntil(lambda: played.go.isEnabled())
    press(played)
    press(played)
    presses = 4
    qtbot.waitUntil(lambda: played.pages[4].is_done() and not played.office.is_busy)
    return presses


def test_the_first_step_waits_for_what_it_lacks(played):
    assert played.stack.currentIndex() == 0 and not played.go.isEnabled()
    assert "name" in played.wrong.text().lower()
    played.pages[0].actor.setText("检查员")
    assert played.go.isEnabled()
    played.pages[0].county_code.setText("33108")
    assert not played.go.isEnabled() and "six digits" in played.wrong.text()


def test_from_a_folder_to_proposals_in_four_presses(whole, app, played, tmp_path):
    assert whole == 4
    with Register.open(tmp_path / "county.gpkg") as register:
        parcels, proposals = register.parcels("2026-05"), register.storage.frame("proposal")
    assert len(parcels) == 8 and len(proposals) == 8
    assert set(parcels["XZMC"]) == {"东溪镇", "西河乡"}
    assert list(parcels["JCMJ"].round()) == [1600.0] * 8  # issued in mu, told by the outlines


def test_the_profile_is_kept_beside_the_register_and_found_again(whole, app, played, tmp_path):
    profile = profile_of(app.session.register.meta["register_id"])
    assert profile == tmp_path / "county_evidence.json"
    layers = {layer["role"]: layer for layer in json.loads(profile.read_text(encoding="utf-8"))["layers"]}
    assert set(layers) == {"land_use", "approval"} and layers["land_use"]["fields"] == {"class": "dlbm_code"}
    assert layers["land_use"]["source"].startswith("数据/")


def test_the_last_press_shows_the_first_patch(whole, app, played, qtbot):
    qtbot.waitUntil(lambda: app.dock.work_page.parcels.model().rowCount() == 8)
    press(played)
    assert not played.isVisible()
    assert app.dock.work_page.parcels.current_id() is not None


def test_measuring_begins_by_itself_once_what_an_earlier_step_began_has_ended(whole, played, qtbot):
    page, gate = played.pages[4], threading.Event()
    played.go_to(3)
    page._measured = ""
    played.office.do("still at work", lambda progress: gate.wait(60), lambda _waited: None)
    played.go_to(4)
    assert played.office.is_busy and not page.is_done()
    gate.set()
    qtbot.waitUntil(lambda: page.is_done() and not played.office.is_busy)


def test_it_is_taken_up_where_it_was_left(played, app, tmp_path, qtbot):
    make_register(played, tmp_path, qtbot)
    played.close()
    assert not played.isVisible()
    app.assistant.come_up()
    assert played.isVisible() and played.stack.currentIndex() == 1


def test_a_second_batch_offers_the_file_that_is_not_in_yet(whole, app, played, office, qtbot):
    rows = [(factories.square(n, 3), [f"B-{n:02d}", "2026/05/20", "2026/08/30", 2.4]) for n in range(1, 4)]
    write_layer(office / "clues_august.gpkg", rows, {"clue_id": str, "seen_from": str, "seen_to": str, "size": float})
    app.assistant.add_batch()
    played.office.look()
    qtbot.waitUntil(lambda: not played.office.is_busy)
    page = played.pages[1]
    assert "clues_august" in page.layer.currentData() and page.code.text() == "2026-08"
    qtbot.waitUntil(lambda: played.go.isEnabled())
    press(played)
    qtbot.waitUntil(lambda: app.session.batch == "2026-08")


def test_another_years_survey_is_one_more_row_and_the_older_one_is_asked_about(whole, app, played, office, qtbot):
    write_layer(office / "survey2026.gpkg", [(factories.square(1), ["0101"])] * 3, {"dlbm_code": str})
    app.assistant.come_up(2)
    played.office.look()
    qtbot.waitUntil(lambda: not played.office.is_busy)
    assert "newer" in played.pages[2].missing.text()


def test_a_field_that_was_matched_wrongly_is_matched_by_hand(played, app, tmp_path, qtbot):
    make_register(played, tmp_path, qtbot)
    page = played.pages[1]
    qtbot.waitUntil(lambda: played.go.isEnabled())
    page.boxes["JCBH"].setCurrentIndex(0)
    assert not played.go.isEnabled() and "number" in played.wrong.text()
    page.boxes["JCBH"].setCurrentIndex(page.boxes["JCBH"].findData("clue_id"))
    qtbot.waitUntil(lambda: played.go.isEnabled())
    assert "8 patches" in page.said.text() and "agree" in page.said.text()


def test_a_file_that_was_added_by_hand_is_chosen_whatever_it_looks_like(played, app, tmp_path, qtbot):
    make_register(played, tmp_path, qtbot)
    odd = write_layer(tmp_path / "odd.gpkg", [(factories.square(1), ["7"]), (factories.square(2), ["7"])], {"what": str})
    played.pages[1]._wanted_file = odd
    played.office.add_file(odd)
    qtbot.waitUntil(lambda: not played.office.is_busy)
    assert "odd" in played.pages[1].layer.currentData()
    assert not played.go.isEnabled() and "patch number" in played.wrong.text()


# --- own patches ------------------------------------------------------------------------------------------------------

def test_two_images_become_a_batch_of_own_patches_by_one_press(played, app, tmp_path, qtbot):
    scenes.pair(tmp_path / "images")
    make_register(played, tmp_path, qtbot)
    settings = ImageSettings.load()
    settings.folders = str(tmp_path / "images")
    settings.save()
    app.assistant.come_up(5)
    page = played.pages[5]
    qtbot.waitUntil(lambda: page.after.currentData() is not None and not played.office.is_busy)
    assert "20240502" in page.before.currentData() and "20250505" in page.after.currentData()
    assert page.gate.text().startswith("✓") and "does not say that nothing else changed" in page.findChild(
        QLabel, "landInspectorChangesLimits").text()
    page.target.setText(str(tmp_path / "own.gpkg"))
    page.budget.setValue(20)
    press(played)
    qtbot.waitUntil(lambda: page.is_done() and not played.office.is_busy, timeout=60_000)
    assert page.found.batch == "ZC20250505" and (tmp_path / "own.html").exists() and "ZC20250505" in page.said.text()
    with Register.open(tmp_path / "county.gpkg") as register:
        parcels = register.parcels("ZC20250505")
        assert register.batch("ZC20250505").LY == "07" and len(parcels) == page.found.candidates > 4
        assert set(parcels["TZ"]) == {"sketch"} and all(parcels["BZ"])
    press(played)
    assert not played.isVisible()
