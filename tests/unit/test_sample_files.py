"""The files of the synthetic county as offices would get them: encodings, columns, defects, tables."""
from __future__ import annotations

import csv
import filecmp
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Dict, List

import numpy as np
import pytest
import shapely
from openpyxl import load_workbook
from osgeo import gdal, ogr

from tools.demo.making import make_county
from tools.demo.plan import CountyPlan

SMALL = CountyPlan(size_m=7000, townships=5, patches=60, pixel_m=5.0)
ISSUED = ["XZQDM", "XMC", "XZMC", "JCBH", "TBLX", "QSX", "HSX", "JCMJ", "XZB", "YZB", "QDLBM", "HDLBM", "ZYJBNT", "JBNTMJ", "GDMJ",
          "备注"]
LAYERS = {"townships", "dltb", "approval", "supply", "registration", "facility", "temporary", "linkage", "mining", "farmland",
          "redline", "plan", "highway"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("county")
    make_county(target, SMALL)
    return target


def _table(path: Path, encoding: str = "utf-8") -> List[Dict[str, str]]:
    with open(path, encoding=encoding, newline="") as handle:
        return list(csv.DictReader(handle))


def _features(path: Path, options: tuple = ()) -> List[ogr.Feature]:
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR, open_options=list(options))
    return list(dataset.GetLayer(0))


def _issued(folder: Path) -> List[ogr.Feature]:
    return _features(folder / "batch1" / "331082_wp202605.shp", ("ENCODING=GBK",))


def test_the_first_batch_is_gbk_with_nothing_that_says_so(folder: Path) -> None:
    raw = (folder / "batch1" / "331082_wp202605.dbf").read_bytes()

    assert not list((folder / "batch1").glob("*.cpg"))
    assert raw[29] == 0  # no language driver
    assert "演示县".encode("gbk") in raw
    with pytest.raises(UnicodeDecodeError):
        raw[32:].decode("utf-8")


def test_the_first_batch_has_the_issued_columns_of_ten_bytes_at_most(folder: Path) -> None:
    row = _issued(folder)[0]
    names = [row.GetFieldDefnRef(index).GetName() for index in range(row.GetFieldCount())]

    assert names == ISSUED
    assert all(len(name.encode("gbk")) <= 10 for name in names)


def test_truth_has_one_line_for_each_issued_row_in_its_order(folder: Path) -> None:
    assert [row["JCBH"] for row in _table(folder / "truth.csv")] == [row["JCBH"] for row in _issued(folder)]


def test_all_defects_are_there_and_only_where_truth_says(folder: Path) -> None:
    rows, truth = _issued(folder), _table(folder / "truth.csv")
    fates = Counter(line["fate"] for line in truth)

    assert {name: fates[name] for name in fates if name != "imported"} == {
        "repaired": 5, "duplicate": 4, "conflict": 6, "empty": 2, "hopeless": 2}
    for row, line in zip(rows, truth):
        if line["fate"] == "empty":
            assert row.geometry() is None
        elif line["fate"] in ("repaired", "hopeless"):
            assert not row.geometry().IsValid()
        else:
            assert row.geometry().IsValid()


def test_a_duplicate_repeats_its_first_row_and_a_conflict_does_not(folder: Path) -> None:
    rows, truth = _issued(folder), _table(folder / "truth.csv")
    first: Dict[str, ogr.Feature] = {}
    for row, line in zip(rows, truth):
        earlier = first.setdefault(line["JCBH"], row)
        same = row.geometry() is not None and earlier.geometry().ExportToWkb() == row.geometry().ExportToWkb()
        if line["fate"] == "duplicate":
            assert same and earlier.items() == row.items()
        elif earlier is not row:
            assert line["fate"] == "conflict" and not same


def test_the_issued_area_is_the_ellipsoidal_one_in_square_metres(folder: Path) -> None:
    for row, line in zip(_issued(folder), _table(folder / "truth.csv")):
        if line["fate"] == "imported":
            assert row["JCMJ"] == pytest.approx(float(line["ellipsoidal_m2"]), abs=0.01)


@pytest.mark.parametrize(("layer", "figure"), [
    ("approval", "approval_m2"), ("supply", "supply_m2"), ("farmland", "farmland_m2"), ("redline", "redline_m2")])
def test_truth_states_what_the_written_layers_measure(layer: str, figure: str, folder: Path) -> None:
    dataset = gdal.OpenEx(str(folder / "county.gpkg"), gdal.OF_VECTOR)
    whole = shapely.union_all([shapely.from_wkb(bytes(row.geometry().ExportToWkb())) for row in dataset.GetLayer(layer)])
    for row, line in zip(_issued(folder), _table(folder / "truth.csv")):
        if line["fate"] == "imported":
            shape = shapely.from_wkb(bytes(row.geometry().ExportToWkb()))
            assert shapely.intersection(shape, whole).area == pytest.approx(float(line[figure]), abs=2e-3)


def test_some_townships_are_left_empty_in_the_first_batch(folder: Path) -> None:
    named = [row["XZMC"] for row in _issued(folder)]

    assert any(name is None for name in named) and any(name is not None for name in named)


def test_the_zip_holds_the_same_shapefile(folder: Path) -> None:
    with zipfile.ZipFile(folder / "batch1.zip") as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}

    assert inside == {path.name: path.read_bytes() for path in (folder / "batch1").iterdir()}


def test_the_second_batch_is_in_degrees_with_chinese_columns_and_mu(folder: Path) -> None:
    rows, truth = _features(folder / "batch2.gpkg"), _table(folder / "batch2_truth.csv")

    assert rows[0].geometry().GetSpatialReference().GetAuthorityCode(None) == "4490"
    for row, line in zip(rows, truth):
        west, east, south, north = row.geometry().GetEnvelope()
        assert 120 < west < east < 122 and 28 < south < north < 30
        assert row["监测编号"] == line["JCBH"]
        assert row["监测面积"] == pytest.approx(float(line["ellipsoidal_m2"]) * 0.0015, abs=0.0051)


def test_part_of_the_second_batch_stands_where_illegal_patches_of_the_first_stood(folder: Path) -> None:
    again = {line["JCBH"]: line["again"] for line in _table(folder / "batch2_truth.csv") if line["again"]}
    first = {line["JCBH"]: line for line in _table(folder / "truth.csv")}

    assert len(again) >= 2
    assert all(first[number]["PDJL1"] == "2" for number in again.values())
    assert not set(again) & set(first)


def test_the_second_issue_differs_from_the_first_as_its_truth_says(folder: Path) -> None:
    first = {row["JCBH"]: shapely.from_wkb(bytes(row.geometry().ExportToWkb())) for row in _issued(folder) if row.geometry()}
    again = {row["JCBH"]: shapely.from_wkb(bytes(row.geometry().ExportToWkb())) for row in _features(folder / "batch1_reissue.gpkg")}
    changes = {line["JCBH"]: line["change"] for line in _table(folder / "reissue_truth.csv")}

    assert set(changes.values()) == {"same", "gone", "moved", "area", "new"}
    assert set(again) == {number for number, change in changes.items() if change != "gone"}
    for number in {number for number in set(again) & set(first) if first[number].is_valid}:
        moved = shapely.distance(first[number].centroid, again[number].centroid) > 1
        grown = abs(first[number].area - again[number].area) > 1
        assert (moved, grown) == (changes[number] == "moved", changes[number] == "area") or changes[number] == "area" and grown


def test_the_red_line_texts_are_in_their_encodings_and_x_is_north(folder: Path) -> None:
    texts = {name: (folder / f"redline_{name}.txt").read_bytes() for name in ("utf8", "gbk")}

    assert "坐标系=2000国家大地坐标系" in texts["utf8"].decode("utf-8")
    assert "坐标系=2000国家大地坐标系" in texts["gbk"].decode("gbk")
    with pytest.raises(UnicodeDecodeError):
        texts["gbk"].decode("utf-8")
    points = [line.split(",") for line in texts["utf8"].decode("utf-8").splitlines() if line.startswith("J1,")]
    assert all(3_000_000 < float(x) < 3_300_000 and 40_000_000 < float(y) < 41_000_000 for _, _, x, y in points)


def test_each_red_line_states_how_many_points_follow(folder: Path) -> None:
    lines = (folder / "redline_utf8.txt").read_text(encoding="utf-8").splitlines()
    starts = [index for index, line in enumerate(lines) if line.endswith("@")] + [len(lines)]

    assert len(starts) > 1
    for start, end in zip(starts, starts[1:]):
        assert int(lines[start].split(",")[0]) == end - start - 1


def test_verdicts_name_the_particulars_that_an_illegal_parcel_needs(folder: Path) -> None:
    wrong = {line["JCBH"] for line in _table(folder / "verdicts_wrong.csv")}
    truth = {line["JCBH"]: line for line in _table(folder / "truth.csv")}
    for line in _table(folder / "verdicts.csv", "utf-8-sig"):
        if line["JCBH"] in wrong or line["PDJL1"] != "2":
            continue
        assert all(line[name] for name in ("JSSJ", "XZXC", "YDDW", "SJYT", "WFMJ", "WFLX", "WFXZ"))
        figures = truth[line["JCBH"]]
        assert float(line["WFMJ"]) <= float(figures["ellipsoidal_m2"])
        assert float(line["WFGD"]) <= float(figures["cultivated_m2"]) + 1e-6


def test_every_wrong_verdict_row_is_wrong_in_the_table(folder: Path) -> None:
    rows = {line["JCBH"]: line for line in _table(folder / "verdicts.csv", "utf-8-sig")}
    reasons = {line["reason"]: rows[line["JCBH"]] for line in _table(folder / "verdicts_wrong.csv")}

    assert len(reasons) == 6
    assert reasons["R33: JSSJ missing"]["JSSJ"] == ""
    assert reasons["PDJL2 does not belong to PDJL1"]["PDJL1"] == "1"
    assert reasons["no such verdict"]["PDJL1"] == "7"
    assert float(reasons["R34: WFGD above the patch's cultivated area"]["WFGD"]) > 500


def test_the_workbook_says_the_same_as_the_csv(folder: Path) -> None:
    sheet = load_workbook(folder / "verdicts.xlsx", read_only=True).active
    values = [["" if cell is None else str(float(cell)) if isinstance(cell, (int, float)) else cell for cell in row]
              for row in sheet.iter_rows(values_only=True)]
    with open(folder / "verdicts.csv", encoding="utf-8-sig", newline="") as handle:
        assert values == list(csv.reader(handle))


def test_every_layer_says_that_it_is_synthetic(folder: Path) -> None:
    dataset = gdal.OpenEx(str(folder / "county.gpkg"), gdal.OF_VECTOR)
    titles = {dataset.GetLayer(index).GetName(): dataset.GetLayer(index).GetMetadataItem("IDENTIFIER")
              for index in range(dataset.GetLayerCount())}

    assert set(titles) == LAYERS
    assert all("合成数据" in title for title in titles.values())
    assert "SYNTHETIC" in (folder / "SOURCE.txt").read_text(encoding="utf-8")


def test_the_profile_names_layers_and_fields_that_exist(folder: Path) -> None:
    dataset = gdal.OpenEx(str(folder / "county.gpkg"), gdal.OF_VECTOR)
    profile = json.loads((folder / "profile.json").read_text(encoding="utf-8"))
    for layer in profile["layers"]:
        file, _, name = layer["source"].partition("|layername=")
        definition = dataset.GetLayer(name).GetLayerDefn()
        assert file == "county.gpkg"
        assert all(definition.GetFieldIndex(field) >= 0 for field in layer.get("fields", {}).values())


def test_the_images_differ_where_the_patches_are_and_hardly_elsewhere(folder: Path) -> None:
    before, after = (gdal.Open(str(folder / f"image_{date}.tif")) for date in (SMALL.before, SMALL.after))
    west, size, _, north, _, _ = before.GetGeoTransform()
    change = np.abs(before.ReadAsArray().astype(int) - after.ReadAsArray().astype(int)).sum(axis=0)
    built = {line["JCBH"] for line in _table(folder / "truth.csv") if line["fate"] == "imported"
             and line["kind"].startswith(("unapproved", "approved")) and float(line["area_m2"]) > 1500}
    seen = [change[int((north - row.geometry().Centroid().GetY()) / size), int((row.geometry().Centroid().GetX() - west) / size)]
            for row in _issued(folder) if row["JCBH"] in built]

    assert len(seen) > 10
    assert np.median(seen) > 3 * np.median(change[change > 0])


def test_the_same_seed_writes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    make_county(tmp_path, SMALL, images=False)
    names = ["county.gpkg", "batch1.zip", "batch2.gpkg", "batch1_reissue.gpkg", "truth.csv", "verdicts.csv", "profile.json"]

    same, differing, missing = filecmp.cmpfiles(folder, tmp_path, names, shallow=False)

    assert same == names, (differing, missing)
