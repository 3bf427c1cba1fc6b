"""Rules R03 and R04: where issued coordinates lie, stated or not, swapped or not."""
from __future__ import annotations

import numpy as np
import pytest
import shapely
from tests.intake_files import X0, Y0, esri_wkt, patch_rows, polygon, square, squares, write_geojson, write_gpkg, write_shapefile, wkt_of
from osgeo import osr

from land_inspector.crs_texts import shown_crs
from land_inspector.errors import InputError
from land_inspector.exchange.intake.patches import take_in
from land_inspector.register.records import Township


def test_a_reader_is_told_the_name_of_a_crs_never_its_whole_definition():
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(4528)
    defined = srs.ExportToWkt(["FORMAT=WKT2"])
    assert len(defined) > 300 and [shown_crs(text) for text in ("EPSG:4528", defined, "+proj=longlat")] == [
        "EPSG:4528", "CGCS2000 / 3-degree Gauss-Kruger zone 40", "+proj=longlat"]


def read(path, target="EPSG:4528", method="P", **options):
    return take_in(str(path), target_crs=target, area_method=method, **options)


def moved(shapes, epsg, swap=False):
    """Squares of EPSG:4528 in another CRS."""
    a, b = osr.SpatialReference(), osr.SpatialReference()
    a.ImportFromEPSG(4528)
    b.ImportFromEPSG(epsg)
    for srs in (a, b):
        srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    way = osr.CoordinateTransformation(a, b)
    rings = [[[tuple(way.TransformPoint(x, y)[:2]) for x, y in ring] for ring in shape] for shape in shapes]
    return [[[(y, x) for x, y in ring] for ring in shape] for shape in rings] if swap else rings


def lies_at_home(intake, count=3):
    assert intake.crs == "EPSG:4528"
    assert len(intake.patches) == count
    for at, patch in enumerate(intake.patches):
        want = shapely.box(X0 + 200 * at, Y0, X0 + 200 * at + 100, Y0 + 100)
        got = shapely.from_wkb(patch.wkb)
        assert shapely.hausdorff_distance(want, got) < 0.01
        assert patch.area_m2 == pytest.approx(10000, rel=1e-5)


def rules(intake, rule):
    return [finding for finding in intake.findings if finding.rule == rule]


@pytest.mark.parametrize("epsg", [4490, 4528, 4549, 4326, 4499, 4510, 3857, 32651])
def test_a_stated_crs_is_transformed_to_the_registers(tmp_path, epsg):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), moved(squares(3), epsg), prj=str(epsg))
    lies_at_home(read(path))


@pytest.mark.parametrize("epsg", [4490, 4528, 4499])
def test_without_prj_degrees_and_zone_numbers_are_recognised(tmp_path, epsg):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), moved(squares(3), epsg), prj=None)
    intake = read(path)
    lies_at_home(intake)
    assert any(f"EPSG:{epsg}" in str(finding.message) for finding in rules(intake, "R03"))


def test_without_prj_and_without_zone_number_the_user_is_asked(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), moved(squares(3), 4549), prj=None)
    with pytest.raises(InputError, match="central meridian") as asked:
        read(path)
    assert "EPSG:4549" in str(asked.value.remedy)
    lies_at_home(read(path, crs="EPSG:4549"))


def test_the_townships_tell_which_meridians_are_possible(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), moved(squares(3), 4549), prj=None)
    here = Township("331082001", "古城街道", wkb=shapely.to_wkb(shapely.box(X0 - 2e4, Y0 - 2e4, X0 + 2e4, Y0 + 2e4)))
    with pytest.raises(InputError) as asked:
        read(path, townships=[here])
    assert asked.value.details["likely"] == "EPSG:4549"


@pytest.mark.parametrize("epsg", [4490, 4528, 4549, 4326])
def test_swapped_axes_of_a_whole_layer_are_put_right(tmp_path, epsg):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), moved(squares(3), epsg, swap=True), prj=str(epsg))
    intake = read(path)
    lies_at_home(intake)
    assert len(rules(intake, "R04")) == 1


@pytest.mark.parametrize("epsg", [4490, 4528])
def test_swapped_axes_are_put_right_without_a_prj_too(tmp_path, epsg):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), moved(squares(3), epsg, swap=True), prj=None)
    lies_at_home(read(path))


def test_single_swapped_rows_are_put_right_and_named(tmp_path):
    shapes = squares(3)
    shapes[1] = [[(y, x) for x, y in ring] for ring in shapes[1]]
    intake = read(write_shapefile(tmp_path / "a.shp", patch_rows(3), shapes))
    lies_at_home(intake)
    assert [finding.row for finding in rules(intake, "R04")] == [2]


def test_swapped_unprefixed_coordinates_without_prj_still_ask(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), moved(squares(3), 4549, swap=True), prj=None)
    with pytest.raises(InputError, match="central meridian"):
        read(path)
    lies_at_home(read(path, crs="EPSG:4549"))


@pytest.mark.parametrize("stated, true", [("4490", 4528), ("4549", 4528), ("4528", 4549), ("4528", 4490), ("4326", 4528),
                                          ("4527", 4528), ("4510", 4499)])
def test_a_stated_crs_that_contradicts_the_coordinates_is_reported_as_an_error(tmp_path, stated, true):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), moved(squares(3), true), prj=stated)
    intake = read(path)
    lies_at_home(intake)
    assert [finding.severity for finding in rules(intake, "R03") if "says that it is in" in str(finding.message)] == ["E"]


def test_degrees_stated_but_unprefixed_metres_found_asks(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), moved(squares(3), 4549), prj="4490")
    with pytest.raises(InputError, match="cannot be in its stated CRS"):
        read(path)


def test_a_given_crs_that_cannot_be_is_refused(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), squares(3), prj=None)
    with pytest.raises(InputError, match="cannot be in its stated CRS"):
        read(path, crs="EPSG:4490")


def test_the_given_crs_wins_over_the_prj(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), moved(squares(3), 4549), prj="4548")
    lies_at_home(read(path, crs="EPSG:4549"))


@pytest.mark.parametrize("epsg", [2364, 2384, 4610, 2422, 2433, 4214])
def test_xian80_and_beijing54_are_never_overlaid_silently(tmp_path, epsg):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), squares(3), prj=str(epsg))
    with pytest.raises(InputError, match="old system"):
        read(path)
    with pytest.raises(InputError, match="old system"):
        read(path, crs=f"EPSG:{epsg}")


@pytest.mark.parametrize("text", ["", "no wkt at all", "PROJCS[\"cut", "\ufeff"])
def test_a_prj_of_nonsense_counts_as_missing(tmp_path, text):
    intake = read(write_shapefile(tmp_path / "a.shp", patch_rows(3), squares(3), prj=text))
    lies_at_home(intake)
    assert any("cannot be understood" in str(finding.message) for finding in rules(intake, "R03"))


def test_a_prj_with_a_byte_order_mark_is_read(tmp_path):
    lies_at_home(read(write_shapefile(tmp_path / "a.shp", patch_rows(3), squares(3), prj="\ufeff" + esri_wkt(4528))))


def test_rows_of_another_zone_in_one_file_come_to_their_place(tmp_path):
    shapes = squares(3)
    shapes[2] = moved([shapes[2]], 4527)[0]
    intake = read(write_shapefile(tmp_path / "a.shp", patch_rows(3), shapes))
    lies_at_home(intake)
    assert [finding.row for finding in rules(intake, "R03") if finding.severity == "E"] == [3]


def test_a_row_without_its_zone_number_is_read_in_the_zone_of_the_others(tmp_path):
    shapes = squares(3)
    shapes[0] = moved([shapes[0]], 4549)[0]
    lies_at_home(read(write_shapefile(tmp_path / "a.shp", patch_rows(3), shapes)))


def test_a_row_that_lies_nowhere_is_quarantined(tmp_path):
    shapes = squares(3)
    shapes[1] = square(0.0, 0.0)
    intake = read(write_shapefile(tmp_path / "a.shp", patch_rows(3), shapes))
    assert [item.row for item in intake.quarantined] == [2]
    assert "outside the area" in str(intake.quarantined[0].reason)


def test_geojson_without_a_crs_is_in_degrees_or_told_by_its_coordinates(tmp_path):
    rows = patch_rows(3)
    lies_at_home(read(write_geojson(tmp_path / "a.geojson", rows, [polygon(s) for s in moved(squares(3), 4326)], crs=None)))
    lies_at_home(read(write_geojson(tmp_path / "b.geojson", rows, [polygon(s) for s in squares(3)], crs=None)))


def test_a_geopackage_with_an_undefined_crs_is_told_by_its_coordinates(tmp_path):
    import sqlite3

    path = write_gpkg(tmp_path / "a.gpkg", {"patches": (patch_rows(3), [wkt_of(s) for s in squares(3)])})
    with sqlite3.connect(path) as base:
        base.execute("UPDATE gpkg_geometry_columns SET srs_id = -1")
    lies_at_home(read(path))


def test_without_a_target_the_sources_own_crs_is_kept(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), moved(squares(3), 4549), prj="4549")
    intake = read(path, target=None)
    assert intake.crs == "EPSG:4549"
    assert np.allclose(shapely.from_wkb(intake.patches[0].wkb).bounds, (X0 - 4e7, Y0, X0 - 4e7 + 100, Y0 + 100))


def test_arcgis_wkt_of_a_zone_is_recognised_without_an_epsg_code(tmp_path):
    wkt = esri_wkt(4528).replace("CGCS2000_3_Degree_GK_Zone_40", "my_zone").replace("Gauss_Kruger", "Transverse_Mercator")
    intake = read(write_shapefile(tmp_path / "a.shp", patch_rows(3), squares(3), prj=wkt), target=None)
    lies_at_home(intake)


def test_one_sound_row_keeps_the_stated_crs_when_the_others_lie_nowhere(tmp_path):
    shapes = [square(1e9 + 300 * at, 1e9) for at in range(3)] + [square()]
    intake = read(write_shapefile(tmp_path / "a.shp", patch_rows(4), shapes))
    assert [patch.row for patch in intake.patches] == [4]


def test_a_layer_that_lies_nowhere_is_an_error_that_names_its_crs(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(1), [square(1e9, 1e9)])
    with pytest.raises(InputError, match="EPSG:4528"):
        read(path)


@pytest.mark.parametrize("axis, name", [("6378245.0,298.3", "北京54"), ("6378140.0,298.257", "西安80")])
def test_an_old_ellipsoid_under_a_datum_without_a_name_is_refused_too(tmp_path, axis, name):
    wkt = esri_wkt(4528).replace("D_China_2000", "D_unknown").replace("6378137.0,298.257222101", axis)
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), squares(3), prj=wkt)
    with pytest.raises(InputError, match=name):
        read(path)


def test_degrees_outside_china_are_read_as_such(tmp_path):
    shapes = [[[(x - 183.6, y - 37.5) for x, y in ring] for ring in shape] for shape in moved(squares(3), 4326)]
    intake = read(write_shapefile(tmp_path / "a.shp", patch_rows(3), shapes, prj=None), target=None, method="E")
    assert intake.crs == "EPSG:4326"
    assert len(intake.patches) == 3
