"""The real sample: satellite change patches and land cover of one scene in Rondônia."""
from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Dict, Iterator

import pytest
from osgeo import gdal, ogr

FOLDER = Path(__file__).resolve().parents[2] / "sample" / "rondonia"
PIXEL_M2 = 400.0


def _rows(name: str) -> Iterator[ogr.Feature]:
    dataset = gdal.OpenEx(str(FOLDER / name), gdal.OF_VECTOR)
    yield from dataset.GetLayer(0)


def _pixels() -> Dict[int, int]:
    with open(FOLDER / "class_reference.csv", encoding="utf-8", newline="") as handle:
        return {int(row["class"]): int(row["pixels"]) for row in csv.DictReader(handle) if row["layer"] == "s2"}


def test_each_land_cover_class_has_exactly_its_pixels_times_400_m2() -> None:
    areas: Dict[int, float] = {}
    for row in _rows("s2_landcover_epsg32720.gpkg"):
        areas[row["class"]] = areas.get(row["class"], 0.0) + row.geometry().GetArea()

    expected = {number: count * PIXEL_M2 for number, count in _pixels().items()}

    assert areas == pytest.approx(expected, abs=1e-3)


def test_the_land_cover_polygons_are_the_raster_cell_by_cell() -> None:
    raster = gdal.Open(str(FOLDER / "SENTINEL2_MSI_20LNR_2020-06-04_2021-08-26_class_v1.tif")).ReadAsArray()

    counted = Counter(raster.ravel().tolist())

    assert {number: counted[number] for number in _pixels()} == _pixels()


def test_the_patches_keep_the_geometry_of_the_prodes_polygons() -> None:
    source = {f"RO{row.GetFID():06d}": row.geometry().ExportToWkb() for row in _rows("prodes_change_patches_epsg4674.gpkg")
              if row["class"] not in (1, 32)}

    patches = {row["patch_id"]: row.geometry().ExportToWkb() for row in _rows("prodes_patches.gpkg")}

    assert len(patches) == 186
    assert patches == source


def test_the_land_cover_leaves_part_of_the_patches_uncovered() -> None:
    south = min(row.geometry().GetEnvelope()[2] for row in _rows("prodes_patches.gpkg"))

    assert south < -8.815  # the land cover ends at 8°48'54" south


def test_the_sample_zones_hold_every_patch_and_say_that_they_are_not_administrative() -> None:
    zones = list(_rows("sample_zones.gpkg"))
    whole = ogr.Geometry(ogr.wkbMultiPolygon)
    for zone in zones:
        whole.AddGeometry(zone.geometry())
    whole = whole.UnionCascaded()

    assert len(zones) == 6
    assert all("not administrative" in zone["name"] for zone in zones)
    assert all(whole.Contains(row.geometry()) for row in _rows("prodes_patches.gpkg"))


def test_the_mapping_names_columns_that_the_patches_have() -> None:
    mapping = json.loads((FOLDER / "mapping.json").read_text(encoding="utf-8"))
    row = next(_rows("prodes_patches.gpkg"))

    assert set(mapping) == {"JCBH", "XZQDM", "TBLX", "QSX", "HSX", "JCMJ"}
    assert all(row.IsFieldSetAndNotNull(column) for column in mapping.values())
