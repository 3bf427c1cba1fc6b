"""Making a register and bringing patches in, as the toolbox, scripts and models do it."""
from __future__ import annotations

from datetime import date

import pytest
from osgeo import gdal
from qgis.core import QgsProcessingException, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QDate, QDateTime, QTime

from land_inspector.register.register import Register
from tests.algorithms import Told, a_batch, a_register, patch_file, run, township_file

COUNTS = ("ROWS", "IMPORTED", "REPAIRED", "QUARANTINED", "CHANGED")


def imported(register, source, **more):
    said = {"BATCH": "B1", "BATCH_NAME": "五月一批", "YEAR": 2026, "MONTH": 5, "ISSUED": "2026-05-10", **more}
    result = run("import_patches", REGISTER=register, INPUT=source, **said)
    return tuple(result[name] for name in COUNTS)


def test_a_new_register_has_its_townships_and_opens_styled(tmp_path):
    path = a_register(tmp_path)
    with Register.open(path) as register:
        assert register.townships()["XZMC"].tolist() == ["古城街道", "大田街道"]
        assert register.meta["county_name"] == "演示县" and register.meta["crs"] == "EPSG:4549"
    layer = QgsVectorLayer(f"{path}|layername=parcel_map", "parcels", "ogr")
    assert layer.renderer().type() == "categorizedSymbol"


def test_a_register_can_be_made_in_another_crs_than_the_townships(tmp_path):
    run("create_register", OUTPUT=tmp_path / "r.gpkg", COUNTY_CODE="331082", COUNTY_NAME="演示县",
        TOWNSHIPS=township_file(tmp_path), CODE_FIELD="XZDM", NAME_FIELD="XZMC", CRS="EPSG:4528")
    with Register.open(tmp_path / "r.gpkg") as register:
        assert register.meta["crs"] == "EPSG:4528"
        assert register.storage.townships()[0].station == ""


def test_an_existing_file_is_never_overwritten_by_a_new_register(tmp_path):
    path = a_register(tmp_path)
    before = path.read_bytes()
    with pytest.raises(QgsProcessingException, match="exists already"):
        run("create_register", OUTPUT=path, COUNTY_CODE="331082", COUNTY_NAME="演示县",
            TOWNSHIPS=tmp_path / "townships.gpkg", CODE_FIELD="XZDM", NAME_FIELD="XZMC")
    assert path.read_bytes() == before


def test_a_missing_township_field_is_named_with_those_that_are_there(tmp_path):
    with pytest.raises(QgsProcessingException, match="no field TOWN.*XZDM"):
        run("create_register", OUTPUT=tmp_path / "r.gpkg", COUNTY_CODE="331082", COUNTY_NAME="演示县",
            TOWNSHIPS=township_file(tmp_path), CODE_FIELD="TOWN", NAME_FIELD="XZMC")
    assert not (tmp_path / "r.gpkg").exists()


@pytest.mark.parametrize(("code", "said"), [("3310", "3310 is no county code.*six digits"), ("33108x", "33108x is no county code"),
                                            ("331081", "begins with the county code 331081; they begin with 331082")])
def test_a_county_code_that_is_not_the_townships_is_refused(tmp_path, code, said):
    with pytest.raises(QgsProcessingException, match=said):
        run("create_register", OUTPUT=tmp_path / "r.gpkg", COUNTY_CODE=code, COUNTY_NAME="演示县",
            TOWNSHIPS=township_file(tmp_path), CODE_FIELD="XZDM", NAME_FIELD="XZMC")
    assert not (tmp_path / "r.gpkg").exists()


def test_a_layer_without_any_row_is_said_to_have_none(tmp_path):
    source = patch_file(tmp_path)
    register = a_register(tmp_path)
    for file in (source, tmp_path / "townships.gpkg"):
        dataset = gdal.OpenEx(str(file), gdal.OF_UPDATE)
        dataset.ExecuteSQL(f'DELETE FROM "{dataset.GetLayer(0).GetName()}"')
        del dataset
    with pytest.raises(QgsProcessingException, match="has no rows"):
        imported(register, source)
    with pytest.raises(QgsProcessingException, match="holds no townships"):
        run("create_register", OUTPUT=tmp_path / "n.gpkg", COUNTY_CODE="331082", COUNTY_NAME="演示县", TOWNSHIPS=tmp_path / "townships.gpkg",
            CODE_FIELD="XZDM", NAME_FIELD="XZMC")


def test_a_file_of_which_no_row_can_be_used_is_refused_with_its_report(tmp_path):
    register, source, report = a_register(tmp_path), patch_file(tmp_path), tmp_path / "report.html"
    dataset = gdal.OpenEx(str(source), gdal.OF_UPDATE)
    dataset.ExecuteSQL(f'UPDATE "{dataset.GetLayer(0).GetName()}" SET JCBH = NULL')
    del dataset
    with pytest.raises(QgsProcessingException, match="None of the 6 rows of .* can be imported; .*no patch number.*The report names"):
        imported(register, source, REPORT=report)
    page = report.read_text(encoding="utf-8")
    assert "0 imported, 6 set aside" in page and page.count("It has no patch number (JCBH).") == 6
    with Register.open(register) as opened:
        assert opened.batches().empty


def test_patches_come_in_and_are_counted(tmp_path):
    assert imported(a_register(tmp_path), patch_file(tmp_path)) == (6, 6, 0, 0, 0)


def test_the_same_file_again_changes_nothing_and_a_reissue_lists_what_changed(tmp_path):
    register, first = a_register(tmp_path), patch_file(tmp_path)
    imported(register, first)
    assert imported(register, first) == (6, 6, 0, 0, 0)
    assert imported(register, patch_file(tmp_path, 7, "again.gpkg"), ISSUED="2026-06-10")[-1] == 1
    with Register.open(register) as opened:
        assert opened.batches()["issue_no"].tolist() == [2]


@pytest.mark.parametrize(("regime", "method", "stored"), [
    ("new", "ellipsoidal", ("N", "E")), ("old", "planar", ("O", "P")), (0, 1, ("N", "P")), ("1", "0", ("O", "E")),
    ("OLD", None, ("O", "E"))])
def test_regime_and_area_method_are_taken_by_name_and_by_number(tmp_path, regime, method, stored):
    register = a_register(tmp_path)
    imported(register, patch_file(tmp_path), REGIME=regime, AREA_METHOD=method)
    with Register.open(register) as opened:
        batch = opened.batch("B1")
        assert (batch.ZD, batch.MJFF) == stored


@pytest.mark.parametrize("wrong", ["newest", 2, "-1"])
def test_a_regime_that_does_not_exist_is_refused(tmp_path, wrong):
    with pytest.raises(QgsProcessingException, match="REGIME"):
        imported(a_register(tmp_path), patch_file(tmp_path), REGIME=wrong)


@pytest.mark.parametrize("day", ["2026-05-10", date(2026, 5, 10), QDate(2026, 5, 10), QDateTime(QDate(2026, 5, 10), QTime(0, 0))])
def test_a_day_is_taken_in_every_form_that_qgis_and_scripts_hand_over(tmp_path, day):
    register = a_register(tmp_path)
    imported(register, patch_file(tmp_path), ISSUED=day, YEAR=None, MONTH=None)
    with Register.open(register) as opened:
        batch = opened.batch("B1")
        assert (batch.XFRQ, batch.ND, batch.YF) == ("2026-05-10", 2026, None)


def test_a_word_is_no_day(tmp_path):
    with pytest.raises(QgsProcessingException, match="ISSUED"):
        imported(a_register(tmp_path), patch_file(tmp_path), ISSUED="May")


def test_a_layer_of_the_project_is_read_from_its_file(tmp_path):
    layer = QgsVectorLayer(str(patch_file(tmp_path)), "下发图斑", "ogr")
    QgsProject.instance().addMapLayer(layer)
    try:
        assert imported(a_register(tmp_path), layer)[1] == 6
        assert imported(tmp_path / "register.gpkg", layer.id(), BATCH="B2")[1] == 6
    finally:
        QgsProject.instance().removeMapLayer(layer.id())


def memory_copy(path):
    source = QgsVectorLayer(str(path), "source", "ogr")
    layer = QgsVectorLayer(f"Polygon?crs={source.crs().authid()}", "内存图斑", "memory")
    layer.dataProvider().addAttributes([field for field in source.fields() if field.name() != "fid"])
    layer.updateFields()
    for feature in source.getFeatures():
        feature.setFields(layer.fields(), False)
        feature.setAttributes(feature.attributes()[1:])
        layer.dataProvider().addFeatures([feature])
    return layer


def test_a_layer_that_is_no_file_works_too_and_the_same_content_is_recognised(tmp_path):
    register, layer = a_register(tmp_path), memory_copy(patch_file(tmp_path))
    assert imported(register, layer) == (6, 6, 0, 0, 0)
    imported(register, memory_copy(tmp_path / "patches.gpkg"))
    with Register.open(register) as opened:
        assert opened.batches()["issue_no"].tolist() == [1]


def test_unsaved_edits_of_a_layer_are_what_is_imported(tmp_path):
    layer = QgsVectorLayer(str(patch_file(tmp_path)), "patches", "ogr")
    layer.startEditing()
    layer.deleteFeature(next(layer.getFeatures()).id())
    assert imported(a_register(tmp_path), layer)[0] == 5
    layer.rollBack()


def test_fields_of_another_name_come_in_by_a_mapping(tmp_path):
    register = a_register(tmp_path)
    with pytest.raises(QgsProcessingException, match="not JSON"):
        imported(register, patch_file(tmp_path), MAPPING="JCBH: TBLX")
    imported(register, tmp_path / "patches.gpkg", MAPPING='{"BZ": "TBLX"}')
    with Register.open(register) as opened:
        assert opened.patches("B1")["BZ"].tolist() == ["1A"] * 6


def test_the_report_is_a_page_and_progress_reaches_the_end(tmp_path):
    told = Told()
    register = a_register(tmp_path)
    run("import_patches", told, REGISTER=register, INPUT=patch_file(tmp_path), BATCH="B1", ISSUED="2026-05-10",
        REPORT=tmp_path / "report.html")
    assert "patches.gpkg" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert told.fractions[-1] == 100 and len(told.texts) > 3


def test_a_cancelled_import_leaves_no_trace(tmp_path):
    class Cancelling(Told):
        def setProgressText(self, text):
            super().setProgressText(text)
            self.cancel()

    register = a_register(tmp_path)
    with pytest.raises(QgsProcessingException, match="Nothing was changed"):
        run("import_patches", Cancelling(), REGISTER=register, INPUT=patch_file(tmp_path), BATCH="B1", ISSUED="2026-05-10")
    with Register.open(register) as opened:
        assert opened.batches().empty


def test_what_is_not_a_register_is_refused_with_a_remedy(tmp_path):
    with pytest.raises(QgsProcessingException, match="not a register.*made by Land Inspector"):
        imported(patch_file(tmp_path), tmp_path / "patches.gpkg")


def test_events_of_one_installation_have_one_origin(tmp_path):
    path = a_batch(tmp_path)
    with Register.open(path) as register:
        assert len({event.origin for event in register.storage.events()}) == 1
