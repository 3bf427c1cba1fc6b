"""Rules R02 and R06: rings repaired with their areas, duplicates and hopeless geometry quarantined with the reason."""
from __future__ import annotations

import math

import pytest
import shapely
from tests.intake_files import X0, Y0, patch_rows, polygon, square, squares, write_geojson, write_gpkg, write_shapefile

from land_inspector.exchange.intake.patches import take_in


def read_json(tmp_path, geometries, rows=None, **options):
    rows = rows or patch_rows(len(geometries))
    path = write_geojson(tmp_path / "a.geojson", rows, geometries)
    return take_in(str(path), target_crs="EPSG:4528", area_method="P", **options)


def at(*points):
    return [(X0 + x, Y0 + y) for x, y in points]


def reasons(intake):
    return {item.row: str(item.reason) for item in intake.quarantined}


BOWTIE = at((0, 0), (100, 100), (100, 0), (0, 100), (0, 0))


@pytest.mark.parametrize("ring, area", [
    (BOWTIE, 5000.0),
    (at((0, 0), (100, 0), (100, 100), (50, 100), (50, 300), (50, 100), (0, 100), (0, 0)), 10000.0),  # a spike
    (at((0, 0), (100, 0), (100, 100), (0, 100)), 10000.0),  # never closed
    (at((0, 0), (100, 0), (100, 100), (0, 100), (0, 0), (100, 0), (100, 100), (0, 100), (0, 0)), 10000.0),  # drawn twice
])
def test_invalid_rings_are_repaired_and_counted(tmp_path, ring, area):
    intake = read_json(tmp_path, [polygon([ring])])
    (patch,) = intake.patches
    shape = shapely.from_wkb(patch.wkb)
    assert shape.is_valid and shape.geom_type in ("Polygon", "MultiPolygon")
    assert patch.repaired
    assert patch.area_m2 == pytest.approx(area)


def test_a_repair_names_the_area_before_and_after(tmp_path):
    spike = at((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))
    part = at((50, 50), (150, 50), (150, 150), (50, 150), (50, 50))
    intake = read_json(tmp_path, [{"type": "MultiPolygon", "coordinates": [[spike], [part]]}])
    (finding,) = [finding for finding in intake.findings if finding.area_after_m2 is not None]
    assert (finding.row, finding.patch, finding.rule) == (1, "3310820000", "R06")
    assert finding.area_before_m2 == pytest.approx(20000)
    assert finding.area_after_m2 == pytest.approx(17500)


def test_a_part_within_a_part_is_a_hole(tmp_path):
    rings = [square(X0, Y0, 100)[0], square(X0 + 40, Y0 + 40, 20)[0]]
    path = write_shapefile(tmp_path / "a.shp", patch_rows(1), [rings])
    (patch,) = take_in(str(path), target_crs="EPSG:4528", area_method="P").patches
    assert patch.area_m2 == pytest.approx(10000 - 400)


def test_multipart_and_holes_are_kept(tmp_path):
    hole = list(reversed(square(X0 + 40, Y0 + 40, 20)[0]))
    rings = [square()[0], hole, square(X0 + 500, Y0)[0]]
    path = write_shapefile(tmp_path / "a.shp", patch_rows(1), [rings])
    (patch,) = take_in(str(path), target_crs="EPSG:4528", area_method="P").patches
    assert not patch.repaired
    assert shapely.from_wkb(patch.wkb).geom_type == "MultiPolygon"
    assert patch.area_m2 == pytest.approx(19600)


HOPELESS = {
    "no geometry": None,
    "empty": {"type": "Polygon", "coordinates": []},
    "empty ring": {"type": "Polygon", "coordinates": [[]]},
    "a line": {"type": "LineString", "coordinates": at((0, 0), (1, 1))},
    "a point": {"type": "Point", "coordinates": [X0, Y0]},
    "two points": polygon([at((0, 0), (10, 0), (0, 0))]),
    "one point four times": polygon([at((5, 5), (5, 5), (5, 5), (5, 5))]),
    "no area": polygon([at((0, 0), (10, 0), (20, 0), (0, 0))]),
    "not a number": polygon([[(X0, math.nan), (X0, Y0), (X0 + 9, Y0), (X0, math.nan)]]),
    "infinite": polygon([[(X0, math.inf), (X0, Y0), (X0 + 9, Y0), (X0, math.inf)]]),
    "text for numbers": {"type": "Polygon", "coordinates": [[["a", "b"]]]},
    "unknown type": {"type": "Blob", "coordinates": [1, 2]},
    "no coordinates": {"type": "Polygon"},
    "a number": 7,
    "an empty collection": {"type": "GeometryCollection", "geometries": []},
}


@pytest.mark.parametrize("name", list(HOPELESS))
def test_hopeless_geometry_is_quarantined_with_a_reason_and_the_rest_imported(tmp_path, name):
    intake = read_json(tmp_path, [polygon(square()), HOPELESS[name], polygon(square(X0 + 300))])
    assert [patch.row for patch in intake.patches] == [1, 3]
    assert list(reasons(intake)) == [2]
    assert reasons(intake)[2]
    assert [finding.severity for finding in intake.findings if finding.row == 2] == ["E"]


def test_null_shapes_of_a_shapefile_are_quarantined(tmp_path):
    shapes = squares(3)
    shapes[1] = None
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), shapes)
    assert reasons(take_in(str(path), target_crs=None, area_method="P")) == {2: "It has no geometry."}


def test_a_shapefile_of_lines_is_quarantined_row_by_row(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", patch_rows(3), squares(3), kind=3)
    intake = take_in(str(path), target_crs=None, area_method="P")
    assert len(intake.quarantined) == intake.rows == 3
    assert "lines" in reasons(intake)[1]


@pytest.mark.parametrize("wkt, area", [
    ("CURVEPOLYGON(CIRCULARSTRING(40609000 3190000,40609100 3190000,40609000 3190000))", math.pi * 2500),
    ("POLYGON ZM((40609000 3190000 5 1,40609000 3190100 5 1,40609100 3190100 5 1,40609000 3190000 5 1))", 5000),
    ("MULTISURFACE(((40609000 3190000,40609000 3190100,40609100 3190100,40609000 3190000)))", 5000),
    ("GEOMETRYCOLLECTION(POINT(40609000 3190000),POLYGON((40609000 3190000,40609000 3190100,40609100 3190100,40609000 3190000)))", 5000),
    ("TIN Z(((40609000 3190000 1,40609000 3190100 1,40609100 3190100 1,40609000 3190000 1)))", 5000),
])
def test_curves_surfaces_and_heights_become_plain_polygons(tmp_path, wkt, area):
    path = write_gpkg(tmp_path / "a.gpkg", {"p": (patch_rows(1), [wkt])})
    (patch,) = take_in(str(path), target_crs="EPSG:4528", area_method="P").patches
    shape = shapely.from_wkb(patch.wkb)
    assert not shape.has_z and shape.geom_type in ("Polygon", "MultiPolygon")
    assert patch.area_m2 == pytest.approx(area, rel=1e-3)


def test_an_exact_duplicate_keeps_the_first_row(tmp_path):
    rows = patch_rows(3)
    rows[2]["JCBH"] = rows[0]["JCBH"]
    turned = polygon([square()[0][1:] + square()[0][1:2]])
    intake = read_json(tmp_path, [polygon(square()), polygon(square(X0 + 300)), turned], rows)
    assert [patch.row for patch in intake.patches] == [1, 2]
    assert "repeats row 1" in reasons(intake)[3]


def test_the_same_number_with_another_geometry_quarantines_all(tmp_path):
    rows = patch_rows(4)
    rows[1]["JCBH"] = rows[3]["JCBH"] = " " + rows[0]["JCBH"]
    intake = read_json(tmp_path, [polygon(s) for s in squares(3)] + [polygon(square())], rows)
    assert [patch.row for patch in intake.patches] == [3]
    assert sorted(reasons(intake)) == [1, 2, 4]
    assert all(finding.rule == "R02" for finding in intake.findings if finding.row in (1, 2, 4) and finding.severity == "E")


def test_a_duplicate_with_other_attributes_says_which(tmp_path):
    rows = patch_rows(2)
    rows[1].update(JCBH=rows[0]["JCBH"], TBLX="2")
    intake = read_json(tmp_path, [polygon(square()), polygon(square())], rows)
    assert any("TBLX" in str(finding.message) for finding in intake.findings if finding.row == 2)


@pytest.mark.parametrize("number", [None, "", "   ", "\u3000", "<Null>"])
def test_a_patch_without_number_is_quarantined(tmp_path, number):
    rows = patch_rows(2)
    rows[1]["JCBH"] = number
    intake = read_json(tmp_path, [polygon(s) for s in squares(2)], rows)
    assert "number" in reasons(intake)[2]


@pytest.mark.parametrize("shift, found", [(99.0, True), (99.995, False), (100.0, False)])
def test_overlaps_of_more_than_a_square_metre_are_errors_but_imported(tmp_path, shift, found):
    intake = read_json(tmp_path, [polygon(square()), polygon(square(X0 + shift))])
    assert len(intake.patches) == 2
    overlaps = [finding for finding in intake.findings if "overlaps patch" in str(finding.message)]
    assert [finding.severity for finding in overlaps] == (["E"] if found else [])


def test_many_patches_at_one_place_are_each_reported_once(tmp_path):
    intake = read_json(tmp_path, [polygon(square())] * 40)
    assert len(intake.patches) == 40
    assert len([finding for finding in intake.findings if "overlaps patch" in str(finding.message)]) == 39


def test_a_tiny_patch_is_kept(tmp_path):
    (patch,) = read_json(tmp_path, [polygon(square(side=0.1))]).patches
    assert patch.area_m2 == pytest.approx(0.01, rel=1e-3)


def test_the_limits_of_the_rule_pack_are_those_of_the_import(tmp_path):
    """Smallest patch, overlap, and how far an issued area may lie from the measured one (§1.4, §1.5, R06)."""
    import dataclasses

    from land_inspector.law.rulepack import shipped_packs

    limits = shipped_packs()[0].parameters
    rings = [polygon([at((0, 0), (40, 0), (40, 40), (0, 40), (0, 0))]), polygon([at((38, 0), (78, 0), (78, 40), (38, 40), (38, 0))])]
    rows = patch_rows(2)
    rows[0].update(JCBH="T001", JCMJ=1600.0)
    rows[1].update(JCBH="T002", JCMJ=1700.0)
    told = [str(one.message) for one in read_json(tmp_path, rings, rows, limits=limits).findings]
    assert any("differs from the measured one by more than 1.0 %: T002" in one for one in told) and any("overlap" in one for one in told)
    lax = dataclasses.replace(limits, overlap_m2=500.0, measured_ratio_share=0.1, minimum_patch_m2=2000.0)
    told = [str(one.message) for one in read_json(tmp_path, rings, rows, limits=lax).findings]
    assert any("2 patches are smaller than 2000.0 m²: T001, T002" in one for one in told)
    assert not any("differs" in one or "overlap" in one for one in told)
