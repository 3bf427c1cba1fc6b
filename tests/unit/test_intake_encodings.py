"""Text of issued shapefiles comes in right, whatever the .cpg says."""
from __future__ import annotations

import pytest
from tests.intake_files import patch_rows, squares, write_geojson, polygon, write_shapefile

from land_inspector.exchange.intake.patches import take_in

NAME = "临海市古城街道"


def read(path, **options):
    options.setdefault("target_crs", "EPSG:4528")
    return take_in(str(path), area_method="P", **options)


def rows_named(**more):
    return patch_rows(3, XZMC=NAME, **more)


def texts(intake):
    return {patch.attributes["XZMC"] for patch in intake.patches}


def said(intake, words):
    return [finding for finding in intake.findings if words in str(finding.message)]


@pytest.mark.parametrize("encoding, cpg, ldid", [
    ("utf-8", "UTF-8", 0), ("utf-8", None, 0), ("utf-8", "65001", 0), ("utf-8", None, 0x4D),
    ("gbk", "GBK", 0), ("gbk", None, 0), ("gbk", None, 0x4D), ("gbk", "936", 0), ("gbk", "OEM", 0),
    ("gbk", "ANSI 936", 0), ("gbk", None, 0x57), ("gbk", "ISO-8859-1", 0x57), ("gb18030", "GB18030", 0),
])
def test_chinese_text_is_read_with_and_without_a_cpg(tmp_path, encoding, cpg, ldid):
    path = write_shapefile(tmp_path / "a.shp", rows_named(), squares(3), encoding=encoding, cpg=cpg, ldid=ldid)
    intake = read(path)
    assert texts(intake) == {NAME}
    assert intake.encoding == ("UTF-8" if encoding == "utf-8" else "GB18030")


@pytest.mark.parametrize("encoding, cpg", [("gbk", "UTF-8"), ("utf-8", "GBK"), ("utf-8", "936")])
def test_a_wrong_cpg_is_detected_and_reported(tmp_path, encoding, cpg):
    intake = read(write_shapefile(tmp_path / "a.shp", rows_named(), squares(3), encoding=encoding, cpg=cpg))
    assert texts(intake) == {NAME}
    assert [finding.severity for finding in said(intake, "a.cpg says")] == ["W"]


def test_a_right_cpg_is_not_complained_of(tmp_path):
    intake = read(write_shapefile(tmp_path / "a.shp", rows_named(), squares(3), encoding="gbk", cpg="GBK"))
    assert not said(intake, "a.cpg says")


def test_rows_of_two_encodings_in_one_file_are_both_read(tmp_path):
    rows = rows_named()
    rows[1]["XZMC"] = NAME.encode("gbk")
    intake = read(write_shapefile(tmp_path / "a.shp", rows, squares(3), encoding="utf-8"))
    assert texts(intake) == {NAME}
    assert said(intake, "mixes encodings")


def test_gbk_bytes_that_happen_to_be_sound_utf8_are_read_as_their_neighbours(tmp_path):
    rows = [dict(row, XZMC=name) for row, name in zip(patch_rows(3), ("联通", "15亩", "古城街道"))]
    intake = read(write_shapefile(tmp_path / "a.shp", rows, squares(3), encoding="gbk"))
    assert texts(intake) == {"联通", "15亩", "古城街道"}


def test_some_utf8_rows_in_a_gbk_file_are_read_too(tmp_path):
    rows = rows_named()
    rows[2]["XZMC"] = NAME.encode("utf-8")
    intake = read(write_shapefile(tmp_path / "a.shp", rows, squares(3), encoding="gbk"))
    assert texts(intake) == {NAME}


def test_bytes_of_no_encoding_are_marked_and_reported_and_the_row_stays(tmp_path):
    rows = rows_named()
    rows[0]["XZMC"] = b"\xff\xff\xff\xe4"
    intake = read(write_shapefile(tmp_path / "a.shp", rows, squares(3), encoding="utf-8"))
    assert len(intake.patches) == 3
    assert said(intake, "no text in UTF-8")


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_value_cut_in_the_middle_of_a_character_loses_only_that_character(tmp_path, encoding):
    width = len((NAME * 2).encode(encoding)) - 1
    rows = patch_rows(3, XZMC=NAME * 2)
    intake = read(write_shapefile(tmp_path / "a.shp", rows, squares(3), encoding=encoding, widths={"XZMC": width}))
    assert texts(intake) == {(NAME * 2)[:-1]}


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_field_names_cut_at_ten_bytes_are_recognised(tmp_path, encoding):
    rows = [{"行政区代码": "331082", "监测图斑编号": f"B{i}", "图斑类型": "1A", "前时相": "2022", "后时相": "2023",
             "监测面积（亩）": 15.0, "乡镇名称": NAME} for i in range(3)]
    intake = read(write_shapefile(tmp_path / "a.shp", rows, squares(3), encoding=encoding))
    first = intake.patches[0].attributes
    assert (first["JCBH"], first["XZQDM"], first["XZMC"], first["HSX"]) == ("B0", "331082", NAME, "2023")
    assert first["JCMJ"] == pytest.approx(10000)
    assert intake.unit == "mu"


def test_the_given_encoding_wins(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", rows_named(), squares(3), encoding="gbk", cpg="UTF-8")
    intake = read(path, encoding="GBK")
    assert texts(intake) == {NAME}
    assert intake.encoding == "GB18030"


def test_accented_western_text_is_not_taken_for_chinese(tmp_path):
    rows = patch_rows(3, XZMC="Rondônia São José")
    intake = read(write_shapefile(tmp_path / "a.shp", rows, squares(3), encoding="cp1252", cpg="ISO-8859-1"))
    assert texts(intake) == {"Rondônia São José"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_geojson_is_read_in_any_encoding(tmp_path, encoding):
    path = write_geojson(tmp_path / "a.geojson", rows_named(), [polygon(rings) for rings in squares(3)], encoding=encoding)
    assert texts(read(path)) == {NAME}
