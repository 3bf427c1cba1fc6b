"""Layers as they are found on disk: formats, candidates through the R-tree, geometry of every kind, what was repaired."""
from __future__ import annotations

import os
import sqlite3
import struct
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from osgeo import ogr

from land_inspector.errors import Cancelled, InputError
from land_inspector.evidence import layers
from land_inspector.evidence.crs import Crs
from land_inspector.evidence.layers import GeoPackageSource, open_layer
from land_inspector.evidence.shapes import State, overlay, polygons_from_wkb, valid_polygons
from land_inspector.evidence.sources import MemorySource
from land_inspector.evidence.survey import Survey
from land_inspector.progress import Progress
from tests.evidence_shapes import GK, X0, Y0, array, blobs, box, coverage, naive_covered, write_layer

pytestmark = pytest.mark.usefixtures("both_ways")

BOW_TIE = shapely.Polygon([(X0, Y0), (X0 + 10, Y0 + 10), (X0 + 10, Y0), (X0, Y0 + 10)])
EVERYWHERE = np.array([[-1e9, -1e9, 1e9, 1e9]])


@pytest.mark.parametrize("driver, ending", [("GPKG", "gpkg"), ("ESRI Shapefile", "shp"), ("GeoJSON", "geojson"), ("FlatGeobuf", "fgb")])
def test_every_format_gives_the_same_polygons_and_fields(tmp_path, driver, ending):
    if driver == "FlatGeobuf" and ogr.GetDriverByName(driver) is None:
        pytest.skip("GDAL was built without FlatGeobuf")
    cells = coverage(1, 20)
    crs = GK if driver != "GeoJSON" else "EPSG:4326"
    geoms = cells if driver != "GeoJSON" else shapely.transform(cells, lambda xy: (xy - [X0, Y0]) * 1e-5)
    path = write_layer(tmp_path / f"layer.{ending}", geoms, {"DLBM": [f"{k:04d}" for k in range(len(cells))]}, crs, driver)
    source = open_layer(path)
    found = source.near(EVERYWHERE, ["dlbm"])
    assert source.feature_count == len(found) == len(cells)
    assert sorted(found.columns["dlbm"])[:2] == ["0000", "0001"]
    assert shapely.area(found.geoms).sum() == pytest.approx(shapely.area(geoms).sum(), rel=1e-6)


def test_only_candidates_are_read_out_of_a_geopackage(tmp_path):
    source = open_layer(write_layer(tmp_path / "a.gpkg", coverage(1, 400), {"DLBM": ["0101"] * 400}))
    assert isinstance(source, GeoPackageSource)
    boxes = shapely.bounds(array(box(10, 10, 20, 20), box(30, 30, 40, 40)))
    found = source.near(boxes, ["DLBM"])
    assert 1 <= len(found) < 40
    window = box(10, 10, 20, 20)
    assert shapely.area(shapely.intersection(found.geoms, window)).sum() == pytest.approx(100.0, abs=1e-6)


@pytest.mark.parametrize("name", ["wanted", "t", "Dè b\"c"])
def test_no_name_of_a_table_comes_between_the_layer_and_its_candidates(tmp_path, name):
    path = write_layer(tmp_path / "a.gpkg", coverage(1, 60), {"DLBM": ["0101"] * 60}, name=name)
    source = open_layer(f"{path}|layername={name}")
    assert isinstance(source, GeoPackageSource) and len(source.near(EVERYWHERE, ["DLBM"])) == 60


def test_a_geopackage_tells_its_count_and_extent_without_reading_its_features(tmp_path):
    cells = coverage(1, 400)
    source = open_layer(write_layer(tmp_path / "a.gpkg", cells, {"DLBM": ["0101"] * 400}))
    bounds = shapely.total_bounds(cells)
    assert source.feature_count == 400
    assert np.abs(np.array(source.extent()) - bounds).max() <= 2e-7 * np.abs(bounds).max() + 1e-6  # float32, outwards
    assert (np.array(source.extent())[:2] <= bounds[:2]).all() and (np.array(source.extent())[2:] >= bounds[2:]).all()


def test_a_geopackage_without_gdals_own_count_is_counted(tmp_path):
    path = write_layer(tmp_path / "a.gpkg", coverage(1, 60), {"DLBM": ["0101"] * 60})
    count = open_layer(path).feature_count
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE gpkg_ogr_contents SET feature_count = NULL")
    without = open_layer(path).feature_count
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE gpkg_ogr_contents")
    connection.close()
    assert count == without == open_layer(path).feature_count == 60


def test_an_empty_geopackage_layer_has_no_extent_and_no_candidates(tmp_path):
    source = open_layer(write_layer(tmp_path / "a.gpkg", np.zeros(0, object), {"DLBM": []}))
    assert source.extent() == [] and len(source.near(EVERYWHERE, ["DLBM"])) == 0


def test_reading_candidates_leaves_no_lock_on_the_file(tmp_path):
    path = write_layer(tmp_path / "a.gpkg", coverage(1, 60), {"DLBM": ["0101"] * 60})
    source = open_layer(path)
    assert len(source.near(EVERYWHERE, []))
    with sqlite3.connect(path, timeout=0) as writer:
        writer.execute("UPDATE gpkg_contents SET identifier = 'other'")
    writer.close()


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_every_thread_has_its_own_copies_of_what_it_reads_and_keeps_the_large_ones(tmp_path, kind):
    ring = shapely.Point(0, 0).buffer(50, quad_segs=800)
    geoms = array(ring, box(200, 0, 210, 10))
    source = (open_layer(write_layer(tmp_path / "a.gpkg", geoms, {"DLBM": ["1", "2"]})) if kind == "file"
              else MemorySource("m", Crs.of(GK), geoms, {"DLBM": ["1", "2"]}))

    def parts():
        return [source.near(EVERYWHERE, []).geoms for _ in range(2)]

    here = parts()
    with ThreadPoolExecutor(1) as pool:
        there = pool.submit(parts).result()
    assert here[0][0] is here[1][0] and there[0][0] is there[1][0]
    assert here[0][0] is not there[0][0]
    assert here[0][1] is not here[1][1]
    assert all(geom is not mine for geom in geoms for mine in here[0])


def test_a_large_layer_of_another_format_is_staged_and_measured_the_same(tmp_path, monkeypatch):
    cells = coverage(1, 300)
    path = write_layer(tmp_path / "layer.shp", cells, {"DLBM": [str(k % 3) for k in range(300)]}, driver="ESRI Shapefile")
    patches = blobs(2, 60)
    expected = Survey(patches, GK, "P").covered(open_layer(path))
    monkeypatch.setattr(layers, "IN_MEMORY_UP_TO", 10)
    staged = open_layer(path)
    assert isinstance(staged, GeoPackageSource)
    assert Survey(patches, GK, "P").covered(staged) == pytest.approx(expected)
    assert Survey(patches, GK, "P").covered(staged.only("DLBM", ["1"])).sum() < expected.sum()


def test_polygons_asked_for_by_many_chunks_are_read_once_and_stay_right(tmp_path):
    town = shapely.buffer(shapely.Point(X0 + 200, Y0 + 200), 190, quad_segs=3000)
    source = open_layer(write_layer(tmp_path / "town.gpkg", [town], {}))
    patches = blobs(2, 1500, size=6)
    assert Survey(patches, GK, "P").covered(source) == pytest.approx(naive_covered(patches, array(town)), abs=1e-4)


def test_a_geopackage_without_an_r_tree_and_a_table_with_an_odd_name_are_read(tmp_path):
    path = write_layer(tmp_path / "a.gpkg", [box(0, 0, 10, 10)], {"地类 \"编码": ["0101"]}, name="地类 图斑'\"")
    assert open_layer(path).near(EVERYWHERE, ["地类 \"编码"]).columns == {"地类 \"编码": ["0101"]}
    dataset = ogr.Open(path, 1)
    dataset.ExecuteSQL("SELECT DisableSpatialIndex('地类 图斑''\"', 'geom')")
    del dataset
    assert isinstance(open_layer(path), MemorySource)
    assert len(open_layer(path).near(EVERYWHERE, [])) == 1


def test_a_missing_file_a_missing_table_and_a_missing_field_are_named(tmp_path):
    path = write_layer(tmp_path / "a.gpkg", [box(0, 0, 1, 1)], {"a": ["1"]})
    for source, word in ((str(tmp_path / "no.gpkg"), "no.gpkg"), (path + "|layername=nix", "nix")):
        with pytest.raises(InputError, match=word):
            open_layer(source)
    with pytest.raises(InputError, match="DLBM"):
        open_layer(path).near(EVERYWHERE, ["DLBM"])


def test_a_layer_that_changes_has_another_fingerprint(tmp_path):
    path = write_layer(tmp_path / "a.gpkg", [box(0, 0, 1, 1)], {"a": ["1"]})
    before = open_layer(path).fingerprint
    assert before == open_layer(path).fingerprint and len(before) == 64
    os.utime(path, (1, 1))
    assert open_layer(path).fingerprint != before


def test_reading_can_be_cancelled(tmp_path):
    class Impatient(Progress):
        def is_cancelled(self):
            return True

    path = write_layer(tmp_path / "a.shp", [box(0, 0, 1, 1)], {"a": ["1"]}, driver="ESRI Shapefile")
    with pytest.raises(Cancelled):
        open_layer(path, progress=Impatient())


# ---- geometry of every kind ----

def wkb_of(text):
    return bytes(ogr.CreateGeometryFromWkt(text).ExportToIsoWkb())


KINDS = {
    "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))": (100.0, State.GOOD),
    "POLYGON Z ((0 0 5, 10 0 5, 10 10 5, 0 10 5, 0 0 5))": (100.0, State.GOOD),
    "POLYGON M ((0 0 5, 10 0 5, 10 10 5, 0 10 5, 0 0 5))": (100.0, State.GOOD),
    "POLYGON ZM ((0 0 5 1, 10 0 5 1, 10 10 5 1, 0 10 5 1, 0 0 5 1))": (100.0, State.GOOD),
    "MULTIPOLYGON (((0 0, 10 0, 10 10, 0 10, 0 0)), ((20 0, 30 0, 30 10, 20 10, 20 0)))": (200.0, State.GOOD),
    "GEOMETRYCOLLECTION (POINT (1 1), POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0)))": (100.0, State.GOOD),
    "CURVEPOLYGON (CIRCULARSTRING (0 5, 5 10, 10 5, 5 0, 0 5))": (78.5, State.GOOD),
    "POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))": (50.0, State.REPAIRED),
    "POLYGON EMPTY": (0.0, State.EMPTY),
    "LINESTRING (0 0, 1 1)": (0.0, State.EMPTY),
    "POLYGON ((0 0, 10 0, 5 0, 0 0))": (0.0, State.EMPTY),
}


@pytest.mark.parametrize("text", KINDS)
def test_geometry_of_any_kind_becomes_a_valid_polygon_or_is_told_apart(text):
    area, state = KINDS[text]
    geoms, states = polygons_from_wkb([wkb_of(text)])
    assert states[0] == state
    assert (geoms[0] is None) == (area == 0.0)
    if area:
        assert geoms[0].is_valid and not geoms[0].has_z and geoms[0].area == pytest.approx(area, abs=0.2)


def test_null_garbage_and_infinite_coordinates_are_told_apart_from_the_good_ones():
    infinite = struct.pack("<BIII8d", 1, 3, 1, 4, 0, 0, float("inf"), 0, 1, 1, 0, 0)
    good = wkb_of("POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))")
    geoms, states = polygons_from_wkb([None, b"garbage", infinite, good])
    assert states.tolist() == [State.EMPTY, State.UNREADABLE, State.UNREADABLE, State.GOOD]
    assert geoms[3].area == 100.0


def test_a_ring_that_was_never_closed_is_closed():
    open_ring = struct.pack("<BIII8d", 1, 3, 1, 4, 0, 0, 10, 0, 10, 10, 0, 10)
    geoms, _ = polygons_from_wkb([open_ring])
    assert geoms[0].area == 100.0


def test_invalid_features_are_repaired_counted_once_and_never_a_reason_to_stop(tmp_path):
    path = write_layer(tmp_path / "a.gpkg", [BOW_TIE, None, box(5, 0, 30, 30)], {})
    source = open_layer(path)
    patches = blobs(1, 900, side=30, size=4)
    covered = Survey(patches, GK, "P").covered(source)
    expected = naive_covered(patches, array(shapely.make_valid(BOW_TIE), box(5, 0, 30, 30)))
    assert covered == pytest.approx(expected, abs=1e-4)
    assert (source.repairs.repaired, source.repairs.unreadable) == ({1}, set())


def test_invalid_patches_are_repaired_and_told():
    survey = Survey(array(BOW_TIE, box(0, 0, 10, 10)), GK, "P")
    assert survey.repaired.tolist() == [0]
    assert survey.area_m2 == pytest.approx([50.0, 100.0])


def test_one_pair_that_geos_gives_up_on_does_not_take_the_others_with_it():
    from shapely.errors import GEOSException

    def fussy(left, right, grid_size=None):
        if np.ndim(left) or grid_size is None and shapely.area(left) > 50:
            raise GEOSException("TopologyException")
        return shapely.intersection(left, right, grid_size=grid_size)

    left, right = array(box(0, 0, 10, 10), box(20, 0, 25, 5)), array(box(5, 0, 30, 30), box(20, 0, 22, 5))
    assert shapely.area(overlay(fussy, left, right)) == pytest.approx([50.0, 10.0], abs=1e-3)


def test_lines_and_points_of_an_overlay_are_not_kept():
    mixed = shapely.GeometryCollection([shapely.Point(0, 0), shapely.box(0, 0, 1, 1)])
    geoms, states = valid_polygons(array(mixed, shapely.LineString([(0, 0), (1, 1)])))
    assert geoms[0].geom_type == "Polygon" and geoms[1] is None and states.tolist() == [State.GOOD, State.EMPTY]
