"""The first hour: from layers that are nobody's standard to the first proposed verdict, by the assistant's one button."""
from __future__ import annotations

import json
import threading

import pytest
import shapely
from osgeo import gdal
from qgis.core import QgsProject, QgsSettings
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QLabel

from land_inspector.exchange.image_choice import ImageSettings
from land_inspector.progress import Progress
from land_inspector.register.register import Register
from land_inspector.ui.assistant import found_layers
from land_inspector.ui.assistant.evidence_page import missing_told, profile_of
from land_inspector.ui.assistant.found_layers import look_into
from land_inspector.ui.assistant.patches_page import doubts_of
from land_inspector.ui.shell import commands
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


#: A layer that no step may offer by itself: its name, its fields, its rows.
DECOYS = {
    "村级区划": ({"code": str, "cmc": str}, [[f"3310821012{n:02d}", f"东{n}村"] for n in range(4)]),
    "某某项目": ({"XMBH": str, "XMMC": str}, [[f"33108220260{n}", f"项目{n}"] for n in range(4)]),
    "permits": ({"permit_no": str, "approved_on": str, "expires_on": str}, [[f"A{n}", "2025-03-01", "2026-03-01"] for n in range(4)]),
    "leases": ({"no": str, "begin": str, "end": str}, [[f"L{n}", "2020-01-01", "2040-01-01"] for n in range(4)]),
    "批而未供地块": ({"批文号": str}, [["浙政〔2025〕1号"]] * 4),
    "拟供地范围": ({"批文号": str}, [["1"]] * 4),
    "永久基本农田储备区": ({"BH": str}, [["1"]] * 4),
    "planting areas": ({"crop": str}, [["rice"]] * 4),
    "farmland": ({"id": str}, [["1"]] * 4),
    "unapproved land": ({"id": str}, [["1"]] * 4),
    "建设工程规划许可": ({"证号": str}, [["1"]] * 4),
}


def test_what_only_resembles_townships_patches_or_evidence_is_offered_as_none(tmp_path):
    for name, (fields, rows) in DECOYS.items():
        write_layer(tmp_path / f"{name}.gpkg", [(factories.square(n), row) for n, row in enumerate(rows, 1)], fields, layer="x" + name)
    guesses = {layer.name[1:]: (found_layers.looks_like_townships(layer), found_layers.looks_like_patches(layer),
                                found_layers.evidence_role(layer)) for layer in look_into(tmp_path, Progress()).layers}
    assert guesses == {name: (False, False, "") for name in DECOYS}


#: Name and fields of a layer → its role and the fields of number, day and end that are recognised.
PAPERS = [
    ("农用地转用审批", ("批文号", "批准时间"), "approval", "批文号", "批准时间", None),
    ("供地宗地", ("合同编号", "签订日期"), "supply", "合同编号", "签订日期", None),
    ("设施农用地备案", ("备案编号", "备案时间", "到期时间"), "facility", "备案编号", "备案时间", "到期时间"),
    ("land_supply", ("contract_no", "signed_on"), "supply", "contract_no", "signed_on", None),
    ("farmland", ("YJJBNTBH", "DLBM"), "farmland", None, None, None),
    ("Approvals 2025", ("approval_no", "approved_on"), "approval", "approval_no", "approved_on", None),
]


@pytest.mark.parametrize("name, fields, role, number, day, end", PAPERS)
def test_a_layer_of_papers_is_known_with_its_number_and_days(name, fields, role, number, day, end, tmp_path):
    write_layer(tmp_path / "p.gpkg", [(factories.square(1), ["1"] * len(fields))], dict.fromkeys(fields, str), layer=name)
    layer = found(tmp_path)[name]
    own = found_layers.evidence_fields(layer, role)
    assert (found_layers.evidence_role(layer), own.get("number"), own.get("date"), own.get("until")) == (role, number, day, end)


def test_of_a_files_several_layers_each_goes_by_its_own_name(tmp_path):
    write_layer(tmp_path / "规划资料.gpkg", [(factories.square(1), ["1"])], {"BH": str}, layer="河流")
    other = write_layer(tmp_path / "other.gpkg", [(factories.square(1), ["1"])], {"BH": str}, layer="永久基本农田")
    gdal.VectorTranslate(str(tmp_path / "规划资料.gpkg"), str(other), accessMode="update")
    other.unlink()
    assert {name: found_layers.evidence_role(layer) for name, layer in found(tmp_path).items()} == {"河流": "", "永久基本农田": "farmland"}


def test_the_number_is_not_the_one_a_program_gave_the_rows(tmp_path):
    rows = [(factories.square(n), [n, f"RV-{n}", "2026/02/03", "2026/05/21"]) for n in range(1, 5)]
    write_layer(tmp_path / "c.gpkg", rows, {"fid_src": int, "tag": str, "t0": str, "t1": str})
    assert found_layers.patch_fields(found(tmp_path)["c"])["JCBH"] == "tag"


def test_folders_of_images_side_by_side_go_by_the_one_around_them(tmp_path):
    for name in ("pictures/2026-01/a.tif", "pictures/2026-04/b.tif", "one/c.tif"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert look_into(tmp_path, Progress()).image_folders == [tmp_path / "one", tmp_path / "pictures"]


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


def test_patches_are_looked_through_though_the_new_register_opens_late(played, app, tmp_path, qtbot, monkeypatch):
    may_open = threading.Event()
    looked_at = commands._looked_at
    monkeypatch.setattr(commands, "_looked_at", lambda *what: may_open.wait(60) and looked_at(*what))
    page = played.pages[0]
    page.actor.setText("检查员")
    page.path.setText(str(tmp_path / "county.gpkg"))
    press(played)
    qtbot.waitUntil(lambda: played.stack.currentIndex() == 1 and not played.pages[1]._timer.isActive())
    assert app.session.address is None and not played.go.isEnabled()
    may_open.set()
    qtbot.waitUntil(lambda: played.go.isEnabled())
    assert "8" in played.go.text()


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


def test_the_map_shows_the_names_as_they_were_read_not_as_a_wrong_cpg_says(played, app, office, qtbot):
    gdal.VectorTranslate(str(office / "乡界.shp"), str(office / "boundary.gpkg"), layerCreationOptions=["ENCODING=GBK"])
    (office / "乡界.cpg").write_text("UTF-8")
    (office / "boundary.gpkg").unlink()
    played.office.look()
    qtbot.waitUntil(lambda: not played.office.is_busy)
    shown = QgsProject.instance().mapLayer(played.pages[0]._preview)
    assert [feature["said"] for feature in shown.getFeatures()] == ["331082101\n东溪镇", "331082102\n西河乡"]


def test_townships_without_codes_are_numbered_behind_the_county(played, app, office, tmp_path, qtbot):
    (office / "boundary.gpkg").unlink()
    write_layer(office / "xiang.gpkg", [(factories.square(n).buffer(500 - n), [name]) for n, name in ((1, "东溪镇"), (4, "西河乡"))],
                {"mc": str})
    played.office.look()
    qtbot.waitUntil(lambda: not played.office.is_busy)
    page = played.pages[0]
    assert (page.fields["code"].currentData(), page.fields["name"].currentData()) == ("", "mc")
    page.county_code.setText("331082")
    page.county_name.setText("某县")
    make_register(played, tmp_path, qtbot)
    with Register.open(tmp_path / "county.gpkg") as register:
        assert {one.code: one.name for one in register.township_list()} == {"331082901": "东溪镇", "331082902": "西河乡"}


def test_of_surveys_of_two_years_the_newer_is_kept_and_the_older_named(played, app, office, tmp_path, qtbot):
    make_register(played, tmp_path, qtbot)
    whole = shapely.box(factories.X0 - 1000, factories.Y0 - 1000, factories.X0 + 10_000, factories.Y0 + 10_000)
    write_layer(office / "survey2026.gpkg", [(whole, ["0101", "x"])] * 3, {"dlbm_code": str, "memo": str})
    played.go_to(2)
    played.office.look()
    qtbot.waitUntil(lambda: not played.office.is_busy)
    page = played.pages[2]
    roles = {layer.file: page._role(row) for row, layer in enumerate(page._rows)}
    assert roles["survey2026.gpkg"] == "land_use" and roles["survey2025.gpkg"] == "" and "survey2025" in page.missing.text()


def test_a_fault_of_the_program_is_no_traceback_in_the_window(played):
    played.office.fail_of(["Traceback (most recent call last):\n  File x\nRuntimeError: gone"], "")
    assert "made a mistake" in played.wrong.text() and "Traceback" not in played.wrong.text()
    played.office.fail_of(["12345 is no county code."], "")
    assert played.wrong.text() == "12345 is no county code."


def test_it_is_taken_up_where_it_was_left(played, app, tmp_path, qtbot):
    make_register(played, tmp_path, qtbot)
    played.close()
    assert not played.isVisible()
    app.assistant.come_up()
    assert played.isVisible() and played.stack.currentIndex() == 1


def test_a_second_batch_offers_the_file_that_is_not_in_yet(whole, app, played, office, qtbot):
    rows = [(factories.square(n, 3), [f"B-{n:02d}", "2026/05/20", "2026/08/30", 2.4]) for n in range(1, 4)]
    write_layer(office / "clues_august.gpkg", rows, {"clue_id": str, "seen_from": str, "seen_to": str, "size": float})
    played.close()
    app.assistant.add_batch()  # looks again by itself: the file came while the window was away
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


def test_a_layer_that_looks_like_something_else_is_taken_with_a_word_only(office):
    layers = found(office)
    assert "townships" in doubts_of(layers["zones"], {"QSX": "a"})[0]
    assert "evidence" in doubts_of(layers["survey2025"], {"QSX": "a"})[0]
    assert "dates" in doubts_of(layers["clues"], {})[0] and doubts_of(layers["clues"], found_layers.patch_fields(layers["clues"])) == []


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
