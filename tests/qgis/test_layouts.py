"""Township layers in every layout: figures the same, names and styles as asked, a project that opens without the plugin."""
from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing

import pytest
from osgeo import ogr
from qgis.core import QgsProject, QgsVectorLayer

from land_inspector.register.register import Register
from tests.algorithms import a_batch, run

VERDICTS = ("JCBH,PDJL1,PDJL2,YDDW,WFMJ,WFGD,WFJBNT\nT001,1,101,某厂,,,\nT002,2,201,张三,1000,250,0\nT003,2,201,李四,800,0,0\n"
            "T004,3,301,,,,\n")
FIRST, SECOND = "331082100_古城街道", "331082101_大田街道"


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    folder = tmp_path_factory.mktemp("layouts")
    path = a_batch(folder)
    (folder / "v.csv").write_text(VERDICTS, encoding="utf-8")
    run("give_verdicts", REGISTER=path, BATCH="B1", TABLE=folder / "v.csv")
    return path


def given(register, folder, **layout):
    return run("export_townships", REGISTER=register, FOLDER=folder, **layout)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def layer(path, name):
    opened = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    assert opened.isValid(), (path, name)
    return opened


def test_what_the_figures_are_stands_in_the_package(register, tmp_path):
    given(register, tmp_path)
    assert names(tmp_path) == ["townships.gpkg", "townships.xlsx"]
    with Register.open(register) as opened:
        seal = opened.seal().code
    with closing(sqlite3.connect(tmp_path / "townships.gpkg")) as connection:
        said = dict(connection.execute("SELECT name, value FROM about"))
    assert seal in said.values() and any("B1" in value for value in said.values())


def test_each_township_in_a_file_of_its_own(register, tmp_path):
    given(register, tmp_path, EACH_FILE=True)
    assert names(tmp_path) == sorted([f"{FIRST}.gpkg", f"{SECOND}.gpkg", "townships.gpkg", "townships.xlsx"])
    assert layer(tmp_path / f"{FIRST}.gpkg", FIRST).featureCount() == 2
    assert layer(tmp_path / "townships.gpkg", "townships").featureCount() == 2


@pytest.mark.parametrize("each", [False, True])
def test_fields_under_their_chinese_names_keep_figures_and_styles(register, tmp_path, each):
    given(register, tmp_path, CHINESE_NAMES=True, EACH_FILE=each, REMAINS=True)
    opened = layer(tmp_path / (f"{FIRST}.gpkg" if each else "townships.gpkg"), FIRST)
    assert opened.fields().lookupField("判定一级") >= 0 and opened.fields().lookupField("PDJL1") == -1
    assert opened.renderer().classAttribute() == "判定一级"
    assert sorted(feature["判定一级"] for feature in opened.getFeatures()) == ["1", "2"]
    summary = layer(tmp_path / "townships.gpkg", "townships")
    assert summary.renderer().classAttribute() == "越线"


def test_the_style_of_what_remains_stands_beside_that_of_the_verdicts(register, tmp_path):
    given(register, tmp_path, REMAINS=True)
    opened = layer(tmp_path / "townships.gpkg", FIRST)
    assert opened.fields().lookupField("SYMJ") >= 0
    with closing(sqlite3.connect(tmp_path / "townships.gpkg")) as connection:
        styles = connection.execute("SELECT useAsDefault, styleQML FROM layer_styles WHERE f_table_name = ?", (FIRST,)).fetchall()
    assert sorted(default for default, _qml in styles) == [0, 1]
    assert any('attr="ZGJD"' in qml for _default, qml in styles)


@pytest.mark.parametrize("each", [False, True])
def test_the_project_opens_on_the_layers_wherever_the_folder_goes(register, tmp_path, each):
    made = tmp_path / "made"
    given(register, made, PROJECT=True, EACH_FILE=each)
    moved = made.rename(tmp_path / "moved")
    with zipfile.ZipFile(moved / "townships.qgz") as archive:
        text = archive.read("townships.qgs").decode("utf-8")
    assert str(tmp_path) not in text and "saveUser" not in text and "/tmp" not in text
    project = QgsProject()
    assert project.read(str(moved / "townships.qgz"))
    layers = {one.name(): one for one in project.mapLayers().values()}
    assert len(layers) == 3 and all(one.isValid() for one in layers.values())
    assert layers[FIRST].featureCount() == 2 and layers[FIRST].renderer().type() == "categorizedSymbol"
    project.clear()


def test_shapefiles_lie_beside_them_with_their_code_page(register, tmp_path):
    given(register, tmp_path, SHAPEFILES=True)
    assert (tmp_path / f"{FIRST}.cpg").read_text().strip() == "UTF-8"
    source = ogr.Open(str(tmp_path / f"{FIRST}.shp"))
    rows = {feature["JCBH"]: feature["DKMJ"] for feature in source.GetLayer(0)}
    assert set(rows) == {"T001", "T002"} and all(area == pytest.approx(1600, rel=0.01) for area in rows.values())
    assert ogr.Open(str(tmp_path / "townships.shp")).GetLayer(0).GetFeatureCount() == 2


def test_a_year_is_a_scope_too(register, tmp_path):
    assert given(register, tmp_path, YEAR=2026)["PARCELS"] == 6
    assert given(register, tmp_path, YEAR=2020)["PARCELS"] == 0
