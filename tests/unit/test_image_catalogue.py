"""The office's images: what is found in folders and lists, what is said of the rest, and what is remembered."""
from __future__ import annotations

import os
import threading
from datetime import date

import pytest
import shapely
from osgeo import gdal, ogr, osr

from land_inspector.exchange import image_catalogue
from land_inspector.exchange.image_catalogue import Catalogue, Places, look_through, remember, remembered
from land_inspector.progress import Progress
from tests import factories
from tests.images import WHOLE, make_image


def look(*folders, known=None, **places):
    return look_through(Places(tuple(str(folder) for folder in folders), **places), known or Catalogue(), Progress())


def test_images_are_found_in_subfolders_with_place_date_and_resolution(tmp_path):
    make_image(tmp_path / "2026" / "GF2_20260301.tif", pixel=2.0)
    (image,) = look(tmp_path).images
    assert (image.name, image.taken.first, image.dated_by, image.pixel_m) == ("GF2_20260301", date(2026, 3, 1), "name", 2.0)
    west, south, east, north = image.footprint.bounds
    assert 121 < west < east < 122.1 and 28.7 < south < north < 28.9


def test_every_kind_that_offices_keep_is_found_and_a_geopackage_of_vectors_is_no_image(tmp_path):
    source = gdal.Open(str(make_image(tmp_path / "a_20260301.tif")))
    for name, driver in (("b_20260302.img", "HFA"), ("c_20260303.gpkg", "GPKG"), ("d_20260304.vrt", "VRT"), ("e_20260305.TIFF", "GTiff")):
        gdal.GetDriverByName(driver).CreateCopy(str(tmp_path / name), source)
    gdal.Translate(str(tmp_path / "f_20260306.mbtiles"), source, format="MBTILES", outputType=gdal.GDT_Byte)
    ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / "vectors.gpkg")).CreateLayer("dltb")
    found = look(tmp_path)
    assert sorted(image.taken.first.day for image in found.images) == [1, 2, 3, 4, 5, 6] and found.said() == []


def test_a_name_says_more_of_the_date_than_the_folder_and_the_folder_more_than_the_file_date(tmp_path):
    make_image(tmp_path / "2026年4月" / "GF2_20260301.tif", TIFFTAG_DATETIME="2026:07:08 10:00:00")
    make_image(tmp_path / "2026年4月" / "north.tif", TIFFTAG_DATETIME="2026:07:08 10:00:00")
    make_image(tmp_path / "north.tif", TIFFTAG_DATETIME="2026:07:08 10:00:00")
    make_image(tmp_path / "2026年4月" / "south.tif", ACQUISITION_DATE="2026-05-06")
    make_image(tmp_path / "hillshade.tif")
    said = {(os.path.basename(os.path.dirname(i.source)), i.name): (i.taken and i.taken.first, i.dated_by) for i in look(tmp_path).images}
    assert said[("2026年4月", "GF2_20260301")] == (date(2026, 3, 1), "name")
    assert said[("2026年4月", "north")] == (date(2026, 4, 1), "folder")
    assert said[("2026年4月", "south")] == (date(2026, 5, 6), "acquisition")
    assert said[(tmp_path.name, "north")] == (date(2026, 7, 8), "file")
    assert said[(tmp_path.name, "hillshade")] == (None, "")


def test_what_is_declared_empty_is_no_part_of_the_footprint(tmp_path):
    make_image(tmp_path / "whole_20260301.tif")
    make_image(tmp_path / "half_20260301.tif", empty_columns=150)
    half, whole = look(tmp_path).images
    assert half.footprint.area / whole.footprint.area == pytest.approx(0.5, abs=0.01)
    assert half.footprint.bounds[2] == pytest.approx(whole.footprint.bounds[2])


def test_an_unreadable_file_and_one_without_a_place_are_said_and_do_not_stop_the_rest(tmp_path):
    make_image(tmp_path / "good_20260301.tif")
    (tmp_path / "broken_20260301.tif").write_bytes(b"II*\0 not a picture")
    gdal.GetDriverByName("GTiff").Create(str(tmp_path / "lost_20260301.tif"), 4, 4).FlushCache()
    found = look(tmp_path)
    assert [image.name for image in found.images] == ["good_20260301"]
    assert sorted("broken" in str(text) or "lost" in str(text) for text in found.said()) == [True, True]


def test_an_image_without_a_coordinate_system_keeps_its_own_coordinates(tmp_path):
    make_image(tmp_path / "GF2_20260301.tif", crs=None)
    (image,) = look(tmp_path).images
    assert image.crs == "" and image.footprint.bounds == pytest.approx(WHOLE)


def test_a_folder_that_is_gone_is_said_and_the_others_are_looked_through(tmp_path):
    make_image(tmp_path / "GF2_20260301.tif")
    found = look(tmp_path / "gone", tmp_path)
    assert len(found.images) == 1 and "gone" in str(found.said()[0])


def test_a_drive_that_never_answers_holds_nothing_up(tmp_path, monkeypatch):
    make_image(tmp_path / "GF2_20260301.tif")
    scandir, answers = os.scandir, threading.Event()

    def slow(path):
        if str(path) == "/hangs":
            answers.wait(30)
            raise OSError("the network name is gone")
        return scandir(path)

    monkeypatch.setattr(image_catalogue.os, "scandir", slow)
    found = look_through(Places(("/hangs", str(tmp_path))), Catalogue(), Progress(), answer_s=0.2)
    assert not answers.is_set() and len(found.images) == 1 and "/hangs" in str(found.said()[0])
    answers.set()


def test_only_files_that_changed_are_opened_again(tmp_path, monkeypatch):
    make_image(tmp_path / "a_20260301.tif")
    make_image(tmp_path / "b_20260301.tif")
    first, opened = look(tmp_path), []
    read_images = image_catalogue.read_images
    monkeypatch.setattr(image_catalogue, "read_images", lambda path, root: opened.append(path.name) or read_images(path, root))
    make_image(tmp_path / "b_20260301.tif", pixel=20.0)
    again = look(tmp_path, known=first)
    assert opened == ["b_20260301.tif"] and [image.pixel_m for image in again.images] == [10.0, 20.0]


def test_a_file_that_was_taken_away_is_no_longer_offered(tmp_path):
    path = make_image(tmp_path / "a_20260301.tif")
    first = look(tmp_path)
    path.unlink()
    assert look(tmp_path, known=first).images == []


def test_what_was_read_is_remembered_whole_and_a_damaged_memory_is_forgotten(tmp_path):
    make_image(tmp_path / "images" / "a_20260301.tif")
    (tmp_path / "images" / "broken.tif").write_bytes(b"no picture")
    found, memory = look(tmp_path / "images"), tmp_path / "profile" / "images.json"
    remember(found, memory)
    assert remembered(memory).files == found.files and len(found.files) == 2
    memory.write_text(memory.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    assert remembered(memory).files == {} and remembered(tmp_path / "nowhere.json").files == {}


def listing(path, rows, fields=("location", "date")):
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    system = osr.SpatialReference()
    system.SetFromUserInput(factories.CRS)
    layer = source.CreateLayer("index", system, ogr.wkbPolygon)
    for name in fields:
        layer.CreateField(ogr.FieldDefn(name, ogr.OFTString))
    for shape, *values in rows:
        feature = ogr.Feature(layer.GetLayerDefn())
        for name, value in zip(fields, values):
            feature.SetField(name, value)
        feature.SetGeometry(ogr.CreateGeometryFromWkb(shapely.to_wkb(shape)))
        layer.CreateFeature(feature)
    return path


def test_the_offices_list_knows_date_and_footprint_better_than_the_file(tmp_path):
    make_image(tmp_path / "tiles" / "H50_20200101.tif")
    half = shapely.box(WHOLE[0], WHOLE[1], (WHOLE[0] + WHOLE[2]) / 2, WHOLE[3])
    index = listing(tmp_path / "index.gpkg", [(half, "tiles/H50_20200101.tif", "2026年3月1日"), (half, "tiles/gone.tif", "20260301")])
    found = look(listing=str(index))
    (image,) = found.images
    assert (image.taken.first, image.dated_by) == (date(2026, 3, 1), "list") and "gone.tif" in str(found.said()[0])
    (plain,) = look(tmp_path / "tiles").images
    assert image.footprint.area / plain.footprint.area == pytest.approx(0.5, abs=0.01)


def test_the_fields_of_the_list_can_be_named_and_a_wrong_name_is_said(tmp_path):
    path = make_image(tmp_path / "a.tif")
    index = listing(tmp_path / "index.gpkg", [(shapely.box(*WHOLE), str(path), "20260301", "20260405")], ("where", "made", "flown"))
    (image,) = look(listing=str(index), path_field="where", date_field="flown").images
    assert image.taken.first == date(2026, 4, 5)
    assert "path" in str(look(listing=str(index), path_field="nowhere").said()[0])
    assert "index2" in str(look(listing=str(tmp_path / "index2.gpkg")).said()[0])
