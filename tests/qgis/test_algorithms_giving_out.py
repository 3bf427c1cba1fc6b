"""Township layers and workbooks given out: complete, equal to the register, or not there at all."""
from __future__ import annotations

import time

import openpyxl
import pytest
from osgeo import gdal, ogr
from qgis.core import QgsProcessingException, QgsVectorLayer

from land_inspector.errors import Cancelled
from land_inspector.exchange import publishing
from land_inspector.exchange.formats import gpkg
from land_inspector.register.register import Register
from tests.algorithms import a_batch, run
from tests.factories import Asked

VERDICTS = "JCBH,PDJL1,PDJL2,YDDW,WFMJ,WFGD,WFJBNT\nT001,1,101,某厂,,,\nT002,2,201,张三,1000,0,0\nT003,2,201,李四,800,0,0\nT004,3,301,,,,\n"


@pytest.fixture
def register(tmp_path):
    path = a_batch(tmp_path)
    give(path, tmp_path, VERDICTS)
    return path


def give(path, folder, text):
    (folder / "v.csv").write_text(text, encoding="utf-8")
    run("give_verdicts", REGISTER=path, BATCH="B1", TABLE=folder / "v.csv")


def given_out(register, folder, **more):
    return run("export_townships", REGISTER=register, FOLDER=folder / "out", **more)


def layer(result, name):
    opened = QgsVectorLayer(f"{result['GPKG']}|layername={name}", name, "ogr")
    assert opened.isValid(), name
    return opened


def test_each_township_has_a_styled_read_only_layer_of_its_parcels(register, tmp_path):
    result = given_out(register, tmp_path)
    first, second = layer(result, "331082100_古城街道"), layer(result, "331082101_大田街道")
    assert (first.featureCount(), second.featureCount()) == (2, 4)
    assert first.renderer().type() == "categorizedSymbol" and first.readOnly()
    assert {feature["JCBH"]: feature["PDJL1"] for feature in first.getFeatures()} == {"T001": "1", "T002": "2"}
    assert first.crs().authid() == "EPSG:4549"


def test_the_summary_layer_has_an_outline_counts_areas_and_both_ratios(register, tmp_path):
    rows = {feature["XZMC"]: feature for feature in layer(given_out(register, tmp_path), "townships").getFeatures()}
    town = rows["古城街道"]
    assert (town["patches"], town["legal"], town["illegal"]) == (2, 1, 1)
    assert town["illegal_m2"] == pytest.approx(1000) and town["illegal_farmland_m2"] == 0
    assert town["r1"] == pytest.approx(100 * town["r1_numerator_m2"] / town["r1_denominator_m2"]) == pytest.approx(31.25, rel=1e-3)
    assert town.geometry().area() > 1e6 and town["ZSDM"] == "城区所"


def test_nobodys_name_leaves_unless_it_is_asked_for(register, tmp_path):
    quiet = given_out(register, tmp_path)
    assert layer(quiet, "331082100_古城街道").fields().lookupField("YDDW") == -1
    book = openpyxl.load_workbook(quiet["WORKBOOK"])
    assert not any("张三" in str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    asked = layer(given_out(register, tmp_path, INCLUDE_USERS=True), "331082100_古城街道")
    assert "张三" in {feature["YDDW"] for feature in asked.getFeatures()}


def test_a_moment_in_the_past_gives_the_figures_of_then(register, tmp_path):
    with Register.open(register) as opened:
        then = opened.storage.latest().recorded_at
    time.sleep(0.01)
    give(register, tmp_path, "JCBH,PDJL1,PDJL2\nT005,1,101\nT002,1,101\n")
    now, before = given_out(register, tmp_path), given_out(register, tmp_path / "then", KNOWN_AT=then)
    legal = [sum(feature["legal"] for feature in layer(result, "townships").getFeatures()) for result in (now, before)]
    assert legal == [3, 1]


@pytest.mark.parametrize("past", [{"KNOWN_AT": "2020-01-01T00:00:00"}, {"EFFECTIVE_ON": "2020-01-01"}])
def test_before_the_first_batch_every_township_counts_nothing(register, tmp_path, past):
    result = given_out(register, tmp_path, **past)
    assert result["PARCELS"] == 0
    assert [(row["patches"], row["undecided"]) for row in layer(result, "townships").getFeatures()] == [(0, 0), (0, 0)]


def test_a_day_before_the_verdicts_took_effect_gives_parcels_not_yet_judged(register, tmp_path):
    result = given_out(register, tmp_path, EFFECTIVE_ON="2026-05-11")
    assert sum(feature["undecided"] for feature in layer(result, "townships").getFeatures()) == 6


def test_the_issued_and_the_verified_set_are_counted_apart_when_a_patch_was_split(register, tmp_path):
    from tests.qgis.test_algorithms_acts import split

    split(register, "T001")
    result = given_out(register, tmp_path)
    town = next(feature for feature in layer(result, "townships").getFeatures() if feature["XZMC"] == "古城街道")
    assert (town["patches"], town["parcels"]) == (2, 3)
    numbers = {feature["JCBH"]: (feature["FJCBH"], feature["TBZT"]) for feature in layer(result, "331082100_古城街道").getFeatures()}
    assert numbers["T001_1"] == ("T001", "2") and numbers["T002"][1] == "0"
    said = {feature["name"]: feature["value"] for feature in layer(result, "about").getFeatures()}
    assert "T001-01" in said["Numbers of pieces"] and "T001_1" in said["Numbers of pieces"]


def test_older_files_are_replaced_only_when_the_new_ones_are_right(register, tmp_path, monkeypatch):
    result = given_out(register, tmp_path)
    before = {name: (tmp_path / "out" / name).read_bytes() for name in ("townships.gpkg", "townships.xlsx")}
    real = publishing.write_package

    def lossy(path, *rest):
        real(path, *rest)
        dataset = gdal.OpenEx(str(path), gdal.OF_UPDATE)
        dataset.ExecuteSQL('UPDATE "townships" SET illegal = illegal + 1 WHERE fid = 1')

    monkeypatch.setattr(publishing, "write_package", lossy)
    with pytest.raises(QgsProcessingException, match="would not say what the register says: illegal"):
        given_out(register, tmp_path)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in before} == before
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["townships.gpkg", "townships.xlsx"]
    assert result["PARCELS"] == 6


def test_a_lost_parcel_and_a_wrong_cell_are_noticed_too(register, tmp_path, monkeypatch):
    real_package, real_save = publishing.write_package, publishing.save

    def without_one(path, figures, *rest):
        figures.reading.parcels.drop(index=0, inplace=True)
        real_package(path, figures, *rest)

    monkeypatch.setattr(publishing, "write_package", without_one)
    with pytest.raises(QgsProcessingException, match="parcels is 1, not 2"):
        given_out(register, tmp_path)

    def wrong_cell(made, *rest):
        made.book.worksheets[0].cell(4, 4).value += 0.01
        real_save(made, *rest)

    monkeypatch.setattr(publishing, "write_package", real_package)
    monkeypatch.setattr(publishing, "save", wrong_cell)
    with pytest.raises(QgsProcessingException, match="issued_units"):
        given_out(register, tmp_path)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_place_that_cannot_be_written_is_named_as_the_user_knows_it(register, tmp_path, monkeypatch):
    monkeypatch.setattr(gpkg, "attempt", lambda *_: None)
    with pytest.raises(QgsProcessingException, match=r"^townships\.gpkg cannot be written"):
        given_out(register, tmp_path)


def test_cancelled_at_whatever_moment_the_older_files_stay_and_nothing_is_left(register, tmp_path):
    given_out(register, tmp_path)
    folder = tmp_path / "out"
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    counting = Asked(10 ** 6)
    with Register.open(register) as opened:
        publishing.publish_townships(opened, folder, language="zh", progress=counting)
        asked = 10 ** 6 - counting.answers
        before = {file.name: file.read_bytes() for file in folder.iterdir()}
        for answers in range(0, asked, max(asked // 12, 1)):
            with pytest.raises(Cancelled):
                publishing.publish_townships(opened, folder, language="zh", progress=Asked(answers))
            assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_layer_zooms_to_its_parcels_and_finds_them_through_its_index(register, tmp_path):
    result = given_out(register, tmp_path)
    source = ogr.Open(result["GPKG"])
    parcels = source.GetLayer("331082100_古城街道")
    west, east, south, north = parcels.GetExtent()
    assert parcels.TestCapability("FastSpatialFilter") and parcels.GetFeatureCount() == sum(1 for _feature in parcels)
    parcels.SetSpatialFilterRect(west, south, east, north)
    assert parcels.GetFeatureCount() > 0
    parcels.SetSpatialFilterRect(east + 1, south, east + 2, north)
    assert parcels.GetFeatureCount() == 0


def test_a_batch_that_is_not_there_is_named_with_those_that_are(register, tmp_path):
    with pytest.raises(QgsProcessingException, match="no batch B9.*B1"):
        given_out(register, tmp_path, BATCH="B9")


def test_free_texts_name_nobody_unless_land_users_are_asked_for(register, tmp_path):
    give(register, tmp_path, "JCBH,PDJL1,PDJL2,YDDW,WFMJ,WFGD,WFJBNT,PDSM,XMMC\nT002,2,201,张三,1000,0,0,张三自建，电话13812345678,张三的房\n")
    for asked, secrets in ((False, []), (True, ["张三", "13812345678"])):
        result = given_out(register, tmp_path, INCLUDE_USERS=asked)
        rows = [dict(zip(feature.fields().names(), feature.attributes())) for feature in layer(result, "331082100_古城街道").getFeatures()]
        words = [str(value) for row in rows for value in row.values()]
        listed = cells_of(result["WORKBOOK"])
        for secret in ("张三", "13812345678"):
            assert any(secret in word for word in words) == (secret in secrets)
            assert any(secret in word for word in listed) == (secret in secrets)
    patches = run("export_patches", REGISTER=register, BATCH="B1", OUTPUT=tmp_path / "p.xlsx")
    assert not any("张三" in cell or "13812345678" in cell for cell in cells_of(patches["OUTPUT"]))


def cells_of(path):
    return [str(cell) for sheet in openpyxl.load_workbook(path) for line in sheet.iter_rows(values_only=True) for cell in line]
