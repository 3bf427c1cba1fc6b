"""What each writer makes of words that are not what they seem."""
from __future__ import annotations

import csv
import sqlite3

import openpyxl
import pytest
import shapely
from osgeo import ogr

from land_inspector.exchange.formats import html
from land_inspector.exchange.formats.gpkg import Layer, write_geopackage
from land_inspector.exchange.formats.shp import short_names, write_shapefile
from land_inspector.exchange.formats.xlsx import put, sheet_name, write_plain_table
from land_inspector.progress import Progress
from land_inspector.register.tables import INTEGER, REAL, TEXT, Field
from land_inspector.values import sheet_text, storable

WORDS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "#N/A", "a\x0bb", "\ud800", "\x00", "<img src=x>", "永农\ufffe", "'quoted", "1e5"]


@pytest.mark.parametrize("word", WORDS)
def test_a_text_is_a_text_in_a_workbook(tmp_path, word):
    write_plain_table(tmp_path / "t.xlsx", ["词"], [[word]])
    cell = openpyxl.load_workbook(tmp_path / "t.xlsx").active["A2"]
    assert cell.data_type in ("s", "inlineStr") or not storable(word)
    assert (cell.value or "") == storable(word)


@pytest.mark.parametrize("word", WORDS)
def test_a_text_is_no_formula_in_a_text_table(tmp_path, word):
    write_plain_table(tmp_path / "t.csv", ["词", "数"], [[word, -5.5]])
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        _heads, (text, number) = csv.reader(file)
    assert number == "-5.5" and not text.startswith(("=", "+", "-", "@", "\t"))
    assert text.lstrip("'") == sheet_text(word).lstrip("'")


@pytest.mark.parametrize("word", WORDS)
def test_no_word_breaks_a_page_or_becomes_a_tag(tmp_path, word):
    body = [html.lead(word), html.table([word], [[word]], ["E"]), html.facts([(word, word)])]
    html.write_page(str(tmp_path / "p.html"), html.page(word, body))
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<img" not in text and "\x0b" not in text


@pytest.mark.parametrize("word", WORDS)
def test_no_word_breaks_a_layer(tmp_path, word):
    layer = Layer("l", [Field("W", TEXT, "词", "Word"), Field("N", INTEGER, "数", "n"), Field("A", REAL, "面积", "Area")],
                  {"W": [word, None], "N": [3, None], "A": [float("nan"), 1.5]}, [shapely.to_wkb(shapely.box(0, 0, 1, 1)), None])
    write_geopackage(tmp_path / "l.gpkg", "EPSG:4549", [layer])
    with sqlite3.connect(tmp_path / "l.gpkg") as connection:
        assert connection.execute('SELECT W, N, A FROM "l" ORDER BY fid').fetchall() == [(storable(word), 3, None), (None, None, 1.5)]
    write_shapefile(tmp_path / "l.shp", "EPSG:4549", layer, Progress())
    source = ogr.Open(str(tmp_path / "l.shp"))
    assert source.GetLayer(0).GetFeatureCount() == 2


def test_a_layer_is_indexed_and_two_dimensional_multipolygons(tmp_path):
    solid = shapely.to_wkb(shapely.force_3d(shapely.box(5, 5, 6, 6), 9.0))
    layers = [Layer("a'b", [], {}, []), Layer("l", [Field("N", INTEGER, "数", "n")], {"N": [1]}, [solid])]
    write_geopackage(tmp_path / "l.gpkg", "EPSG:4549", layers)
    opened = ogr.Open(str(tmp_path / "l.gpkg"))
    layer = opened.GetLayer("l")
    assert layer.GetExtent() == (5, 6, 5, 6) and layer.TestCapability("FastSpatialFilter")
    assert layer.GetNextFeature().GetGeometryRef().GetGeometryType() == ogr.wkbMultiPolygon


@pytest.mark.parametrize("values", ([], [None, None], [None, 2]))
def test_a_table_of_no_rows_or_of_empty_ones_keeps_each_of_them(tmp_path, values):
    table = Layer("t", [Field("N", INTEGER, "数", "n"), Field("W", TEXT, "词", "Word")], {"N": values, "W": [None] * len(values)})
    write_geopackage(tmp_path / "t.gpkg", "EPSG:4549", [table])
    with sqlite3.connect(tmp_path / "t.gpkg") as connection:
        assert connection.execute('SELECT N, W FROM "t" ORDER BY fid').fetchall() == [(value, None) for value in values]


def test_names_of_sheets_and_fields_are_taken_once():
    assert sheet_name("a/b:c*", []) == "a_b_c_" and sheet_name("X", ["x"]) == "X_2" and len(sheet_name("长" * 40, [])) == 31
    fields = [Field(name, TEXT, name, name) for name in ("construction_cultivated", "construction_area", "CONSTRUCTION", "id")]
    assert short_names(fields) == ["constructi", "construc_2", "CONSTRUC_3", "id"]


def test_a_cell_of_a_sheet_keeps_its_kind():
    sheet = openpyxl.Workbook().active
    assert put(sheet, 1, 1, "=1").data_type == "s" and put(sheet, 1, 2, 3.5).data_type == "n"
    assert put(sheet, 1, 3, float("nan")).value is None
