"""Splitting along evidence and along lines, red-line texts, drafted profiles, and patches given out for re-entry."""
from __future__ import annotations

import json

import openpyxl
import pytest
import shapely
from qgis.core import QgsFeature, QgsGeometry, QgsProcessingException, QgsProject, QgsVectorLayer

from land_inspector.evidence.profile import read_profile
from land_inspector.register.register import Register
from tests.algorithms import a_batch, run, write_layer
from tests.factories import X0, Y0, square


@pytest.fixture
def register(tmp_path):
    return a_batch(tmp_path)


def parcels(path):
    with Register.open(path) as register:
        return register.parcels("B1").set_index("DKBH")


def half_approved(folder):
    """An approval over the western half of T001."""
    west = shapely.box(X0 + 100, Y0, X0 + 120, Y0 + 40)
    write_layer(folder / "approvals.gpkg", [(west, ("某政土〔2025〕1号",))], {"PZWH": str})
    layers = [{"key": "a", "role": "approval", "source": "approvals.gpkg", "fields": {"number": "PZWH"}}]
    (folder / "profile.json").write_text(json.dumps({"version": 1, "layers": layers}), encoding="utf-8")
    return folder / "profile.json"


def cutting_line(x=X0 + 130):
    return shapely.LineString([(x, Y0 - 5), (x, Y0 + 45)])


def test_a_parcel_is_split_along_its_approval_and_the_areas_add_up(register, tmp_path):
    whole = parcels(register).loc["T001", "DKMJ"]
    result = run("split_parcels", REGISTER=register, BATCH="B1", PARCELS="T001", PROFILE=half_approved(tmp_path), ALONG="approval")
    assert (result["SPLIT"], result["PIECES"]) == (1, 2)
    pieces = parcels(register).loc[["T001-01", "T001-02"], "DKMJ"]
    assert pieces.sum() == pytest.approx(whole, abs=1e-9) and pieces.tolist() == pytest.approx([whole / 2] * 2, rel=1e-3)


def test_parcels_are_split_along_lines_of_a_file_and_of_a_memory_layer(register, tmp_path):
    source = write_layer(tmp_path / "lines.gpkg", [(cutting_line(), ("",))], {"note": str})
    assert run("split_parcels", REGISTER=register, BATCH="B1", PARCELS="T001", LINES=source)["PIECES"] == 2
    drawn = QgsVectorLayer("LineString?crs=EPSG:4549", "drawn", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt(cutting_line(X0 + 210).wkt))
    drawn.dataProvider().addFeatures([feature])
    assert run("split_parcels", REGISTER=register, BATCH="B1", PARCELS="T002", LINES=drawn)["PIECES"] == 2
    assert {"T001-01", "T001-02", "T002-01", "T002-02"} <= set(parcels(register).index)


def test_lines_in_another_crs_cut_at_the_same_place(register, tmp_path):
    line = shapely.transform(cutting_line(), lambda xy: xy + [40_000_000, 0])
    source = write_layer(tmp_path / "lines.gpkg", [(line, ("",))], {"note": str}, crs="EPSG:4528")
    run("split_parcels", REGISTER=register, BATCH="B1", PARCELS="T001", LINES=source)
    assert sorted(parcels(register).loc[["T001-01", "T001-02"], "DKMJ"]) == pytest.approx([400, 1200], rel=1e-3)


@pytest.mark.parametrize("given", [{}, {"LINES": "lines", "PROFILE": "profile"}])
def test_it_must_be_said_along_what_to_split(register, tmp_path, given):
    files = {"lines": write_layer(tmp_path / "lines.gpkg", [(cutting_line(), ("",))], {"note": str}), "profile": half_approved(tmp_path)}
    with pytest.raises(QgsProcessingException, match="either drawn lines or a profile"):
        run("split_parcels", REGISTER=register, BATCH="B1", PARCELS="T001", **{name: files[key] for name, key in given.items()})


def test_a_line_that_cuts_nothing_changes_nothing(register, tmp_path):
    source = write_layer(tmp_path / "lines.gpkg", [(cutting_line(X0), ("",))], {"note": str})
    with pytest.raises(QgsProcessingException, match="does not cut"):
        run("split_parcels", REGISTER=register, BATCH="B1", PARCELS="T001", LINES=source)
    assert len(parcels(register)) == 6


REDLINE = """[属性描述]
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=40
精度=0.01
转换参数=,,,,,,
[地块坐标]
4,0.16,DK01,某某项目,面,,工业用地,,@
J1,1,3190000.00,40600100.00
J2,1,3190000.00,40600140.00
J3,1,3190040.00,40600140.00
J4,1,3190040.00,40600100.00
J1,1,3190000.00,40600100.00
"""


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_red_line_text_becomes_approvals_that_a_profile_can_name(tmp_path, encoding):
    (tmp_path / "红线.txt").write_bytes(REDLINE.encode(encoding))
    result = run("import_redline", INPUT=tmp_path / "红线.txt", DOCUMENT="某政土〔2025〕1号", APPROVED_ON="2025-03-01",
                 OUTPUT=tmp_path / "approvals.gpkg", TARGET_CRS="EPSG:4549")
    assert (result["PARCELS"], result["QUARANTINED"]) == (1, 0)
    layer = QgsVectorLayer(str(tmp_path / "approvals.gpkg"), "a", "ogr")
    feature = next(layer.getFeatures())
    assert (feature["PZWH"], feature["PZRQ"], feature["SXLX"]) == ("某政土〔2025〕1号", "2025-03-01", "01")
    assert feature.geometry().area() == pytest.approx(1600, rel=1e-6) and layer.crs().authid() == "EPSG:4549"


def test_a_profile_is_drafted_from_the_layers_of_the_project(tmp_path):
    write_layer(tmp_path / "survey.gpkg", [(square(1), ("0101", "203"))], {"DLBM": str, "CZCSXM": str}, "地类图斑")
    write_layer(tmp_path / "npz.gpkg", [(square(1), ("x", "2025-01-01"))], {"PZWH": str, "PZRQ": str}, "农转用报批")
    write_layer(tmp_path / "other.gpkg", [(square(1), ("x",))], {"note": str}, "随便")
    project = QgsProject.instance()
    added = [project.addMapLayer(QgsVectorLayer(str(tmp_path / f"{name}.gpkg"), title, "ogr"))
             for name, title in (("survey", "三调地类图斑"), ("npz", "农转用报批红线"), ("other", "随便"))]
    try:
        result = run("draft_profile", OUTPUT=tmp_path / "profile.json", PROFILE_NAME="演示县")
    finally:
        project.removeMapLayers([layer.id() for layer in added])
    assert (result["PLACED"], result["UNPLACED"]) == (3, 1)
    profile = read_profile(tmp_path / "profile.json")
    assert [(layer.role, layer.source.split("|")[0]) for layer in profile.layers] == [
        ("land_use", "survey.gpkg"), ("village", "survey.gpkg"), ("approval", "npz.gpkg")]
    assert profile.layers[2].fields == {"number": "PZWH", "date": "PZRQ"} and profile.layers[1].filter == ("CZCSXM", ("203",))


def test_layers_given_by_path_are_drafted_without_a_project_and_can_be_measured_by(register, tmp_path):
    survey = write_layer(tmp_path / "dltb.gpkg", [(square(0, side=10_000), ("0101",))], {"DLBM": str}, "dltb")
    run("draft_profile", LAYERS=[str(survey)], OUTPUT=tmp_path / "profile.json")
    assert run("measure_evidence", REGISTER=register, BATCH="B1", PROFILE=tmp_path / "profile.json")["PARCELS"] == 6


def judged(register, folder):
    text = "JCBH,PDJL1,PDJL2,YDDW,PDSM,WFMJ,WFGD,WFJBNT\nT001-01,1,101,某厂,依据,,,\nT001-02,2,201,张三,未批先建,300,0,0\nT003,2,201,,,,,\n"
    text = text.replace("JCBH", "DKBH").replace("T001-02", "T001_2")  # a piece by the official system's number is ours
    (folder / "v.csv").write_text(text, encoding="utf-8")
    lines = write_layer(folder / "lines.gpkg", [(cutting_line(), ("",))], {"note": str})
    run("split_parcels", REGISTER=register, BATCH="B1", PARCELS="T001", LINES=lines)
    run("give_verdicts", REGISTER=register, BATCH="B1", TABLE=folder / "v.csv")


@pytest.mark.parametrize("name", ["给出.shp", "out.gpkg"])
def test_judged_parcels_are_given_out_in_the_issued_names(register, tmp_path, name):
    judged(register, tmp_path)
    result = run("export_patches", REGISTER=register, BATCH="B1", OUTPUT=tmp_path / name)
    assert (result["PARCELS"], result["UNJUDGED"]) == (3, 4)
    layer = QgsVectorLayer(str(tmp_path / name), "out", "ogr")
    rows = {feature["JCBH"]: feature for feature in layer.getFeatures()}
    assert set(rows) == {"T001_1", "T001_2", "T003"}
    assert (rows["T001_2"]["FJCBH"], rows["T001_2"]["TBZT"], rows["T001_2"]["PDSM"]) == ("T001", "2", "未批先建")
    pieces = parcels(register).loc[["T001-01", "T001-02"], "DKMJ"]
    assert rows["T001_1"]["DKMJ"] + rows["T001_2"]["DKMJ"] == pytest.approx(pieces.sum(), abs=0.011)
    assert all(len(field.name()) <= 10 and field.name().isascii() for field in layer.fields())
    assert layer.fields().lookupField("YDDW") == -1


def test_a_shapefile_says_its_encoding_and_keeps_its_crs(register, tmp_path):
    judged(register, tmp_path)
    run("export_patches", REGISTER=register, BATCH="B1", OUTPUT=tmp_path / "out.shp")
    assert (tmp_path / "out.cpg").read_text().strip() == "UTF-8"
    assert "CGCS2000" in (tmp_path / "out.prj").read_text()
    assert sorted(path.name for path in tmp_path.glob("*out*")) == ["out.cpg", "out.dbf", "out.prj", "out.shp", "out.shx"]


def test_a_shapefile_named_in_capitals_is_written_too(register, tmp_path):
    judged(register, tmp_path)
    given = run("export_patches", REGISTER=register, BATCH="B1", OUTPUT=tmp_path / "out.SHP")
    assert QgsVectorLayer(given["OUTPUT"], "out", "ogr").featureCount() == given["PARCELS"] > 0


def test_a_text_too_long_for_a_shapefile_is_cut_between_characters_and_named(register, tmp_path):
    from tests.algorithms import Told

    judged(register, tmp_path)
    (tmp_path / "long.csv").write_text("JCBH,PDJL1,PDJL2,PDSM\nT004,1,101," + "依" * 100 + "\n", encoding="utf-8")
    run("give_verdicts", REGISTER=register, BATCH="B1", TABLE=tmp_path / "long.csv")
    told = Told()
    run("export_patches", told, REGISTER=register, BATCH="B1", OUTPUT=tmp_path / "out.shp")
    assert any("T004: PDSM" in warning for warning in told.warnings)
    layer = QgsVectorLayer(str(tmp_path / "out.shp"), "out", "ogr")
    assert {feature["JCBH"]: feature["PDSM"] for feature in layer.getFeatures()}["T004"] == "依" * 84


def test_excel_holds_numbers_as_numbers_and_codes_as_text(register, tmp_path):
    judged(register, tmp_path)
    run("export_patches", REGISTER=register, BATCH="B1", OUTPUT=tmp_path / "out.xlsx", INCLUDE_USERS=True)
    heads, *rows = openpyxl.load_workbook(tmp_path / "out.xlsx")["patches"].iter_rows(values_only=True)
    first = dict(zip(heads, rows[1]))
    assert (first["JCBH"], first["PDJL1"], first["YDDW"]) == ("T001_2", "2", "张三")
    assert first["WFMJ"] == 300 and isinstance(first["DKMJ"], float)


def test_nothing_judged_means_nothing_to_give_out_and_another_suffix_is_refused(register, tmp_path):
    with pytest.raises(QgsProcessingException, match="has a verdict yet"):
        run("export_patches", REGISTER=register, BATCH="B1", OUTPUT=tmp_path / "out.shp")
    with pytest.raises(QgsProcessingException, match="no Shapefile, GeoPackage or Excel"):
        run("export_patches", REGISTER=register, BATCH="B1", OUTPUT=tmp_path / "out.tab")


def test_what_was_given_out_can_be_read_again_as_issued_patches(register, tmp_path):
    judged(register, tmp_path)
    run("export_patches", REGISTER=register, BATCH="B1", OUTPUT=tmp_path / "out.shp")
    again = run("import_patches", REGISTER=register, INPUT=tmp_path / "out.shp", BATCH="B2", ISSUED="2026-09-01")
    assert (again["IMPORTED"], again["QUARANTINED"]) == (3, 0)
