"""Rules R01, R05 and R07: names, values, units and townships as people leave them."""
from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings, strategies as some
from osgeo import ogr
from tests.intake_files import X0, Y0, patch_rows, polygon, square, squares, write_geojson, write_gpkg, write_shapefile, wkt_of

from land_inspector.errors import InputError
from land_inspector.exchange.intake.patches import take_in
from land_inspector.exchange.intake.mapping import read_header, recognise_names
from land_inspector.exchange.formats.sheet import code_of, number_of, text_of
from land_inspector.register.records import Township


def read(tmp_path, rows, shapes=None, **options):
    path = write_geojson(tmp_path / "a.geojson", rows, [polygon(s) for s in shapes or squares(len(rows))])
    return take_in(str(path), target_crs="EPSG:4528", area_method="P", **options)


def renamed(names, count=3):
    return [{names.get(name, name): value for name, value in row.items()} for row in patch_rows(count)]


@pytest.mark.parametrize("number", [
    "JCBH", "jcbh", "JcBh", " JCBH ", "ＪＣＢＨ", "监测编号", "监测(监察)编号", "监测（监察）编号", "监测图斑编号", "图斑编号", "图 斑 编 号",
    "线索编号", "jctbbh", "T2021_WPJC.JCBH", "wp_jcbh", "【监测编号】",
])
def test_the_patch_number_is_recognised_by_any_of_its_names(tmp_path, number):
    assert read(tmp_path, renamed({"JCBH": number})).patches[0].attributes["JCBH"] == "3310820000"


@pytest.mark.parametrize("header, unit", [
    ("监测面积（亩）", "mu"), ("监测面积(亩)", "mu"), ("监测面积 (亩)", "mu"), ("监测面积_亩", "mu"), ("监测面积亩", "mu"), ("JCMJ_MU", "mu"),
    ("图斑面积（公顷）", "ha"), ("JCMJ(hm²)", "ha"), ("jcmj[ha]", "ha"), ("监测面积（平方米）", "m2"), ("监测面积(㎡)", "m2"), ("监测面积(m²)", "m2"),
    ("JCMJ", None), ("监测面积", None),
])
def test_headers_tell_the_area_and_its_unit(header, unit):
    assert read_header(header).unit == unit
    assert recognise_names([header]) == {"JCMJ": header}


def test_names_that_only_resemble_are_left_alone():
    assert recognise_names(["JCBHX", "编号", "面积", "XZQ", "名称", "MJ"]) == {}


@pytest.mark.parametrize("factor, unit", [(1.0, "m2"), (0.0015, "mu"), (0.0001, "ha")])
def test_the_unit_is_told_by_the_areas_themselves(tmp_path, factor, unit):
    rows = patch_rows(3)
    for row in rows:
        row["JCMJ"], row["GDMJ"] = round(10000 * factor, 4), 5000 * factor
    intake = read(tmp_path, rows)
    first = intake.patches[0].attributes
    assert intake.unit == first["JCDW"] == unit
    assert first["JCMJ"] == pytest.approx(10000)
    assert first["GDMJ0"] == pytest.approx(5000)
    assert first["JCMJ_Y"] == pytest.approx(10000 * factor)


def test_an_area_in_no_known_unit_is_kept_raw_and_reported(tmp_path):
    rows = patch_rows(3)
    for row in rows:
        row["JCMJ"] = 42.0
    intake = read(tmp_path, rows)
    assert intake.unit == ""
    assert (intake.patches[0].attributes["JCMJ"], intake.patches[0].attributes["JCMJ_Y"]) == (None, 42.0)
    assert [finding.severity for finding in intake.findings if finding.rule == "R05"] == ["W"]


def test_a_heading_that_contradicts_the_areas_is_reported_and_the_areas_win(tmp_path):
    intake = read(tmp_path, renamed({"JCMJ": "监测面积（亩）"}))
    assert intake.unit == "m2"
    assert any("headed mu" in str(finding.message) for finding in intake.findings)


def test_a_unit_is_believed_where_nothing_contradicts(tmp_path):
    rows = renamed({"JCMJ": "监测面积（亩）"})
    for row in rows:
        row["监测面积（亩）"] = 11.0
    assert read(tmp_path, rows).patches[0].attributes["JCMJ"] == pytest.approx(11 * 2000 / 3)


def test_an_area_off_by_more_than_a_percent_is_reported_by_row(tmp_path):
    rows = patch_rows(3)
    rows[1]["JCMJ"] = 10150.0
    rows[2]["JCMJ"] = 10050.0
    assert [finding.row for finding in read(tmp_path, rows).findings if finding.rule == "R05"] == [2]


@pytest.mark.parametrize("value, number, unit", [
    ("1,234.5", 1234.5, None), ("１２３４．５", 1234.5, None), ("1，234.5亩", 1234.5, "mu"), (" 15 ", 15.0, None), ("0.5 公顷", 0.5, "ha"),
    ("3.2㎡", 3.2, "m2"), ("1 234.5", 1234.5, None), ("1234,5", 1234.5, None), ("1.5E3", 1500.0, None), (7, 7.0, None), ("-", None, None),
    ("", None, None), (None, None, None), ("NULL", None, None), (float("nan"), None, None), ("1,234,567", 1234567.0, None),
])
def test_numbers_are_read_as_people_write_them(value, number, unit):
    assert number_of(value) == (number, unit)


@pytest.mark.parametrize("value", ["abc", "12a", "1.2.3", "约15亩", "1e"])
def test_what_is_no_number_is_said_to_be_none(value):
    with pytest.raises(ValueError):
        number_of(value)


@pytest.mark.parametrize("value, text", [
    (331082, "331082"), (331082.0, "331082"), ("331082.0", "331082"), (" 331082\u3000", "331082"), ("３３１０８２", "331082"),
    (2.021104300012e15, "2021104300012000"), ("<Null>", None), ("   ", None), (None, None), (float("inf"), None),
])
def test_codes_are_text_however_they_were_stored(value, text):
    assert code_of(value) == text


def test_text_keeps_what_it_says():
    assert text_of(" 古城　街道 \0") == "古城　街道"
    assert text_of("Ａ区") == "Ａ区"


def test_bad_numbers_are_reported_by_row_and_left_empty(tmp_path):
    rows = patch_rows(3)
    rows[2]["JCMJ"] = "约15亩"
    intake = read(tmp_path, rows)
    assert intake.patches[2].attributes["JCMJ_Y"] is None
    assert [finding.row for finding in intake.findings if "约15亩" in str(finding.message)] == [3]


def test_a_unit_written_in_a_cell_counts_for_that_cell(tmp_path):
    rows = [dict(row, JCMJ=area) for row, area in zip(patch_rows(4), ["15亩", "10,000.0", "10000", "1公顷"])]
    intake = read(tmp_path, rows)
    assert [patch.attributes["JCMJ"] for patch in intake.patches] == pytest.approx([10000.0] * 4)
    assert [patch.attributes["JCDW"] for patch in intake.patches] == ["mu", "m2", "m2", "ha"] and intake.unit == "m2"


@pytest.mark.parametrize("area, said", [(0.0, "0, which is no area"), (-5.0, "-5, which is no area"),
                                        (1e9, "1e+05 times the measured one"), (15.0, "0.0015 times the measured one")])
def test_an_issued_area_that_cannot_be_the_patchs_is_left_empty_with_the_reason_and_kept_as_it_came(tmp_path, area, said):
    rows = patch_rows(3)
    rows[1]["JCMJ"] = area
    intake = read(tmp_path, rows)
    assert [patch.attributes["JCMJ"] for patch in intake.patches] == [10000.0, None, 10000.0]
    assert intake.patches[1].attributes["JCMJ_Y"] == area
    assert [finding.row for finding in intake.findings if said in str(finding.message)] == [2]


def test_a_negative_cultivated_area_is_left_empty_and_said(tmp_path):
    rows = [dict(row, GDMJ0=area) for row, area in zip(patch_rows(3), [0.0, -1.0, 9000.0])]
    intake = read(tmp_path, rows)
    assert [patch.attributes["GDMJ0"] for patch in intake.patches] == [0.0, None, 9000.0]
    assert any("GDMJ0 is -1.00 m²" in str(finding.message) for finding in intake.findings)


def test_image_dates_of_any_type_become_text(tmp_path):
    path = tmp_path / "a.gpkg"
    write_gpkg(path, {"p": (patch_rows(1), [wkt_of(square())])})
    source = ogr.Open(str(path), 1)
    layer = source.GetLayer(0)
    layer.DeleteField(layer.FindFieldIndex("QSX", 1))
    layer.CreateField(ogr.FieldDefn("QSX", ogr.OFTDate))
    layer.CreateField(ogr.FieldDefn("BZ", ogr.OFTDateTime))
    feature = layer.GetFeature(1)
    feature.SetField("QSX", 2023, 1, 5, 0, 0, 0, 0)
    feature.SetField("BZ", 2023, 1, 5, 12, 30, 0, 0)
    layer.SetFeature(feature)
    source = layer = feature = None
    attributes = take_in(str(path), target_crs=None, area_method="P").patches[0].attributes
    assert attributes["QSX"] == "2023-01-05"
    assert attributes["BZ"].startswith("2023-01-05 12:30")


def test_numeric_dates_and_numbers_lose_nothing(tmp_path):
    rows = patch_rows(1)
    rows[0].update(QSX=20230105, HSX=20230405.0, JCBH=331082000123456789)
    attributes = read(tmp_path, rows).patches[0].attributes
    assert (attributes["QSX"], attributes["HSX"], attributes["JCBH"]) == ("20230105", "20230405", "331082000123456789")


def test_numbers_that_went_through_a_spreadsheet_are_reported(tmp_path):
    rows = patch_rows(2)
    rows[1]["JCBH"] = "2.0211E+15"
    assert any("spreadsheet" in str(finding.message) for finding in read(tmp_path, rows).findings)


def test_further_columns_are_kept_unchanged(tmp_path):
    rows = [dict(row, 变化前类型="耕地 ", SOURCE={"a": 1}, N=5, EMPTY=None) for row in patch_rows(1)]
    assert read(tmp_path, rows).patches[0].other == {"变化前类型": "耕地 ", "SOURCE": '{"a": 1}', "N": 5, "EMPTY": None}


def test_a_given_mapping_wins_and_frees_the_name_it_replaces(tmp_path):
    rows = [dict(row, 编号=f"N{at}") for at, row in enumerate(patch_rows(2))]
    patch = read(tmp_path, rows, mapping={"jcbh": "编号"}).patches[0]
    assert patch.attributes["JCBH"] == "N0"
    assert patch.other["JCBH"] == "3310820000"


def test_a_mapping_to_a_field_that_is_not_there_lists_the_fields(tmp_path):
    with pytest.raises(InputError, match="XZQDM, JCBH"):
        read(tmp_path, patch_rows(1), mapping={"JCBH": "nothing"})


def test_without_a_patch_number_the_fields_and_the_remedy_are_named(tmp_path):
    with pytest.raises(InputError, match="NR, TBLX") as wrong:
        read(tmp_path, renamed({"JCBH": "NR"}))
    assert '{"JCBH": "field name"}' in str(wrong.value.remedy)


def test_other_missing_fields_are_findings_and_the_rows_come_in(tmp_path):
    rows = [{"JCBH": f"N{at}"} for at in range(3)]
    intake = read(tmp_path, rows)
    assert len(intake.patches) == 3
    missing = {finding.message.params["standard"] for finding in intake.findings if finding.rule == "R01"}
    assert missing == {"XZQDM", "QSX", "HSX", "JCMJ"}


def test_a_second_field_for_the_same_thing_is_named_and_kept(tmp_path):
    rows = [dict(row, 图斑编号="x") for row in patch_rows(1)]
    intake = read(tmp_path, rows)
    assert intake.patches[0].other == {"图斑编号": "x"}
    assert any("图斑编号 could be JCBH" in str(finding.message) for finding in intake.findings)


def test_an_overflowed_number_is_none(tmp_path):
    rows = patch_rows(2)
    rows[1]["JCMJ"] = b"******************"
    path = write_shapefile(tmp_path / "a.shp", rows, squares(2))
    assert take_in(str(path), target_crs=None, area_method="P").patches[1].attributes["JCMJ"] is None


WEST, EAST = (Township(code, name, wkb=shapely.to_wkb(shapely.box(x, Y0 - 500, x + 500, Y0 + 500)))
              for code, name, x in (("331082001", "古城街道", X0 - 500), ("331082100", "东塍镇", X0)))


def placed(tmp_path, x, **row):
    intake = read(tmp_path, [dict(patch_rows(1)[0], **row)], [square(x)], townships=[WEST, EAST])
    attributes = intake.patches[0].attributes
    return (attributes["XZDM"], attributes["XZMC"]), [finding.severity for finding in intake.findings if finding.rule == "R07"]


@pytest.mark.parametrize("x, row, township, found", [
    (X0 + 100, {}, EAST, []),
    (X0 - 200, {}, WEST, []),
    (X0 - 4, {}, EAST, []),  # 4 % on the other side
    (X0 - 10, {}, EAST, ["W"]),  # 10 %
    (X0 + 100, {"XZQDM": "331082100"}, EAST, []),
    (X0 + 100, {"XZQDM": "331082100203"}, EAST, []),
    (X0 + 100, {"XZQDM": "331082001"}, WEST, ["W"]),  # issued for the other one
    (X0 + 100, {"XZMC": "东塍镇"}, EAST, []),
    (X0 + 100, {"XZMC": "东塍"}, EAST, []),
    (X0 + 100, {"XZMC": "某某镇"}, EAST, ["W"]),
    (X0 + 5000, {"XZMC": "东塍镇"}, EAST, ["W"]),  # outside all, but named
])
def test_the_township_comes_from_code_name_or_place(tmp_path, x, row, township, found):
    assert placed(tmp_path, x, **row) == ((township.code, township.name), found)


def test_outside_all_townships_is_reported(tmp_path):
    assert placed(tmp_path, X0 + 5000) == ((None, None), ["W"])


DEFECTS = ["none", "no number", "no geometry", "bow tie", "line", "same again", "same number", "swapped", "nan", "far away", "open"]


@settings(max_examples=60, deadline=None)
@given(some.lists(some.sampled_from(DEFECTS), min_size=0, max_size=8))
def test_whatever_is_wrong_every_row_is_accounted_for(tmp_path_factory, defects):
    defects = ["none", *defects]
    rows, shapes = patch_rows(len(defects)), [polygon(s) for s in squares(len(defects))]
    for at, defect in enumerate(defects):
        ring = squares(len(defects))[at][0]
        if defect == "no number":
            rows[at]["JCBH"] = None
        elif defect.startswith("same"):
            rows[at]["JCBH"] = rows[0]["JCBH"]
            shapes[at] = shapes[0] if defect == "same again" else shapes[at]
        else:
            shapes[at] = {"none": shapes[at], "no geometry": None, "line": {"type": "LineString", "coordinates": ring[:2]},
                          "bow tie": polygon([[ring[0], ring[2], ring[1], ring[3], ring[0]]]), "open": polygon([ring[:-1]]),
                          "swapped": polygon([[(y, x) for x, y in ring]]), "nan": polygon([[(float("nan"), 0)] + ring[1:]]),
                          "far away": polygon(square(1e9, 1e9))}[defect]
    path = write_geojson(tmp_path_factory.mktemp("d") / "a.geojson", rows, shapes)
    intake = take_in(str(path), target_crs="EPSG:4549", area_method="E", townships=[WEST, EAST])
    assert intake.rows == len(defects) == len(intake.patches) + len(intake.quarantined)
    assert sorted([p.row for p in intake.patches] + [q.row for q in intake.quarantined]) == list(range(1, len(defects) + 1))
    numbers = [patch.attributes["JCBH"] for patch in intake.patches]
    assert len(set(numbers)) == len(numbers) and None not in numbers
    assert all(shapely.from_wkb(patch.wkb).is_valid and patch.area_m2 > 0 for patch in intake.patches)
    assert {item.row for item in intake.quarantined} <= {finding.row for finding in intake.findings if finding.severity == "E"}


def test_the_row_id_of_a_layer_can_be_mapped_as_the_number(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", {"p": ([{"class": "11"}] * 2, [wkt_of(s) for s in squares(2)])})
    intake = take_in(str(path), target_crs=None, area_method="P", mapping={"JCBH": "fid"})
    assert [patch.attributes["JCBH"] for patch in intake.patches] == ["1", "2"]


def test_a_mapping_to_a_standard_field_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(InputError, match="no standard field"):
        read(tmp_path, patch_rows(1), mapping={"JCHB": "JCBH"})
