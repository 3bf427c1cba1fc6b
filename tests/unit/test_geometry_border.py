"""The border that geometry crosses: nothing on which GEOS ends the process comes in, nothing invalid or tiny goes out."""
from __future__ import annotations

import math
import struct
import time

import numpy as np
import pytest
import shapely
from hypothesis import Phase, given, settings, strategies as st
from osgeo import ogr
from tests.evidence_shapes import GK, X0, Y0, array, box
from tests.intake_files import patch_rows, polygon, square, write_geojson
from tools import geos_trials

from land_inspector.errors import Cancelled, RefusedError
from land_inspector.evidence import accelerator
from land_inspector.evidence.area import GeodesicMeasure, Scale, areas, measure
from land_inspector.evidence.candidates import Evidence
from land_inspector.evidence.crs import Crs
from land_inspector.evidence.cutting import SliverRule, cut_by_evidence
from land_inspector.evidence.overlay import covered_areas
from land_inspector.evidence.chunks import Patches
from land_inspector.evidence.shapes import MOST_CROSSINGS, Rings, State, is_tangled, polygons_from_wkb, valid_polygons
from land_inspector.evidence.sources import MemorySource
from land_inspector.evidence.survey import Survey
from land_inspector.exchange.formats.gpkg import multipolygons
from land_inspector.exchange.intake.geometry import LEAST_M2
from land_inspector.exchange.intake.patches import take_in

PLANAR = measure(GK, "P")
#: What the plugin calls with geometry that came from outside.
CALLED = ("area", "boundary", "bounds", "centroid", "contains", "convex_hull", "covers", "difference", "distance", "equals", "intersection",
          "intersects", "is_valid", "make_valid", "normalize", "overlaps", "point_on_surface", "relate", "segmentize", "snap",
          "symmetric_difference", "touches", "union", "union_all", "unary_union", "within")


def test_no_call_ends_the_process_on_anything_that_came_through_the_border():
    assert geos_trials.deadly_calls(geos_trials.through_the_border(geos_trials.SHAPES), CALLED) == {}


@pytest.mark.parametrize("name", list(geos_trials.SHAPES))
def test_what_comes_in_is_valid_whole_and_measurable(name):
    (found,), (state,) = polygons_from_wkb([geos_trials.SHAPES[name]])
    assert (found is None) == (state in (State.EMPTY, State.UNREADABLE, State.TANGLED))
    if found is not None:
        rings = shapely.get_rings(shapely.get_parts(found))
        assert shapely.is_valid(found) and not shapely.is_empty(rings).any() and not found.has_z
        assert np.isfinite(shapely.area(found)) and shapely.area(found) > 0


@pytest.mark.parametrize("data, area", [
    (geos_trials.SHAPES["empty hole"], 16), (geos_trials.SHAPES["points doubled"], 16), (geos_trials.nested(30), 16),
    (geos_trials.several(geos_trials.SHAPES["empty hole after a hole"], geos_trials.polygon()), 15)])
def test_empty_rings_parts_and_repeated_points_go_and_the_rest_stays(data, area):
    (found,), (state,) = polygons_from_wkb([data])
    assert state == State.GOOD and found.area == area
    xy = shapely.get_coordinates(shapely.get_exterior_ring(shapely.get_parts(found)[0]))
    assert len(xy) == 5


@pytest.mark.parametrize("depth", [1_000, 100_000])
@pytest.mark.parametrize("code", [4, 5, 6, 7, 1006, 1007, 2007, 3007])
@pytest.mark.parametrize("order", "<>")
def test_geometry_nested_thousands_deep_is_unreadable_and_not_the_end(depth, code, order):
    head = struct.pack(order + "BII", order == "<", code, 1)
    (found,), (state,) = polygons_from_wkb([head * depth + geos_trials.polygon(geos_trials.SQUARE)])
    assert found is None and state == State.UNREADABLE


def test_a_collection_of_many_polygons_is_not_taken_for_a_deep_one():
    parts = [geos_trials.several(geos_trials.polygon([(x + 9 * k, y) for x, y in geos_trials.SQUARE])) for k in range(300)]
    (found,), (state,) = polygons_from_wkb([geos_trials.several(*parts, code=7)])
    assert state == State.GOOD and found.area == 300 * 16


def with_an_empty_hole(shape):
    return shapely.from_wkb(geos_trials.polygon(shapely.get_coordinates(shape).tolist(), geos_trials.NOTHING))


def test_measuring_is_not_bothered_by_empty_rings_whichever_way_it_goes():
    patches, layer = array(with_an_empty_hole(box(0, 0, 10, 10))), array(with_an_empty_hole(box(0, 0, 10, 4)))
    assert Survey(patches, GK, "P").covered(MemorySource("a", Crs.of(GK), layer)).tolist() == pytest.approx([40])
    assert areas(patches, GK) == pytest.approx(areas(array(box(0, 0, 10, 10)), GK))
    whole = GeodesicMeasure(6378137.0, 1 / 298.257222101, lambda geoms, crs: np.zeros(len(geoms))).measure_in(Crs.of(GK), Crs.of(GK))
    assert whole(patches) == pytest.approx(whole(array(box(0, 0, 10, 10))))


def test_the_compiled_way_is_not_bothered_by_empty_rings_that_got_past_the_border(compiled):
    assert Rings.of(array(with_an_empty_hole(box(0, 0, 1, 1)))).start.tolist() == [0, 5]
    if compiled is not None:
        pytest.skip(str(compiled))
    patches, layer = array(with_an_empty_hole(box(0, 0, 10, 10))), array(with_an_empty_hole(box(0, 0, 10, 4)))
    bounds = shapely.bounds(patches)
    quick = Patches(patches, bounds, shapely.area(patches), shapely.area, True, Scale.constant(1.0), accelerator.green_for(1))
    assert covered_areas(quick, Evidence(layer), lambda: None).tolist() == pytest.approx([40])


def star(points):
    """A ring that crosses itself everywhere: its points at random."""
    xy = np.random.default_rng(7).random((points, 2)) * 1000 + [X0, Y0]
    return shapely.Polygon(np.vstack([xy, xy[:1]]))


@pytest.mark.parametrize("points", [150, 4_000, 50_000])
def test_a_ring_that_crosses_itself_everywhere_is_given_up_at_once(points):
    began = time.process_time()
    found, state = valid_polygons(array(star(points), box(0, 0, 1, 1)))
    assert state.tolist() == [State.TANGLED, State.GOOD] and found[0] is None
    assert time.process_time() - began < 3


@pytest.mark.parametrize("shape", [
    shapely.multipolygons([box(k, j, k + 1, j + 1) for k in range(20) for j in range(20)]),  # parts with common edges
    shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)]), shapely.Point(0, 0).buffer(1, 20_000),
    shapely.Polygon([(0, 0)] + [point for k in range(30) for point in ((k + 1, 0), (k + 1, 1), (0, 0))])])
def test_what_only_touches_itself_is_mended(shape):
    assert not is_tangled(shape)
    assert valid_polygons(array(shape))[1][0] in (State.GOOD, State.REPAIRED)


def test_looking_for_tangles_can_be_stopped():
    looks = []

    def check():
        looks.append(1)
        if len(looks) > 3:
            raise Cancelled()

    with pytest.raises(Cancelled):
        valid_polygons(array(*[star(150)] * 9), check)


def test_a_tangled_patch_is_quarantined_and_the_others_are_imported(tmp_path):
    ring = shapely.get_coordinates(star(4_000)).tolist()
    path = write_geojson(tmp_path / "a.geojson", patch_rows(2), [polygon([ring]), polygon(square())])
    intake = take_in(str(path), target_crs="EPSG:4528", area_method="P")
    assert [patch.row for patch in intake.patches] == [2]
    assert str(MOST_CROSSINGS) in str(intake.quarantined[0].reason)


def test_patches_lose_empty_rings_and_repeated_points_where_they_come_in(tmp_path):
    doubled = [point for point in square()[0] for _ in range(2)]
    path = write_geojson(tmp_path / "a.geojson", patch_rows(2), [polygon([doubled, []]), {
        "type": "MultiPolygon", "coordinates": [[square(X0 + 300)[0]], [[]]]}])
    intake = take_in(str(path), target_crs="EPSG:4528", area_method="P")
    assert [patch.area_m2 for patch in intake.patches] == pytest.approx([1e4, 1e4])
    assert [len(shapely.get_coordinates(shapely.from_wkb(patch.wkb))) for patch in intake.patches] == [5, 5]


@pytest.mark.parametrize("corner, reason", [((math.nan, 3e6), "not numbers"), ((1e300, 1e300), "too large")])
def test_coordinates_that_are_none_are_named(tmp_path, corner, reason):
    ring = [*square()[0][:2], corner, *square()[0][3:]]
    path = write_geojson(tmp_path / "a.geojson", patch_rows(2), [polygon([ring]), polygon(square())])
    intake = take_in(str(path), target_crs="EPSG:4528", area_method="P")
    assert [reason in str(item.reason) for item in intake.quarantined] == [True]


def gon(corners):
    """A polygon seen whole from its middle, out of (angle, distance) pairs."""
    return shapely.Polygon([(X0 + r * math.cos(a), Y0 + r * math.sin(a)) for a, r in sorted(corners)])


def gons(count):
    corner = st.tuples(st.floats(0, 6.28), st.floats(20, 100))
    return st.lists(corner, min_size=count, max_size=count, unique_by=lambda c: round(c[0], 2)).map(gon).filter(lambda g: g.is_valid)


def as_a_shapefile_gives_back(shapes):
    driver, path = ogr.GetDriverByName("ESRI Shapefile"), "/vsimem/border.shp"
    made = driver.CreateDataSource(path)
    layer = made.CreateLayer("border", None, ogr.wkbPolygon)
    for shape in shapes:
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometry(ogr.ForceToMultiPolygon(ogr.CreateGeometryFromWkb(shapely.to_wkb(shape))))
        layer.CreateFeature(feature)
    del layer, made
    read = ogr.Open(path)
    found = shapely.from_wkb([bytes(feature.GetGeometryRef().ExportToWkb()) for feature in read.GetLayer(0)])
    del read
    driver.DeleteDataSource(path)
    return np.array(found, dtype=object)


@settings(max_examples=200, deadline=None, phases=(Phase.reuse, Phase.generate))  # shrinking angles and distances takes minutes
@given(parcel=gons(12), other=gons(11), each=st.booleans())
def test_no_piece_is_invalid_or_keeps_a_part_below_the_floor_not_even_in_a_shapefile(parcel, other, each):
    cover = shapely.intersection(parcel, other)  # as measuring hands it over: its border only nearly runs along the parcel's
    try:
        pieces = cut_by_evidence(parcel, [cover], PLANAR, parcel.area, SliverRule(0.0, 0.0), each)
    except RefusedError:
        return
    shapes = array(*(piece.geometry for piece in pieces))
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapely.get_parts(shapes)).min() >= LEAST_M2
    back = as_a_shapefile_gives_back(shapes)
    assert shapely.is_valid(back).all()
    assert shapely.area(back) == pytest.approx(shapely.area(shapes), abs=1e-6)


def test_what_an_older_version_stored_goes_out_mended():
    speck, hole = box(300, 0, 300.0001, 0.001), shapely.get_coordinates(box(10, 10, 10.0001, 10.001))
    old = [
        shapely.multipolygons([box(0, 0, 100, 100), speck]), shapely.Polygon(shapely.get_coordinates(box(0, 0, 100, 100)), [hole]),
        shapely.Polygon([(X0, Y0), (X0 + 100, Y0 + 100), (X0 + 100, Y0), (X0, Y0 + 100)]), box(0, 0, 1, 1), speck]
    found = shapely.from_wkb(multipolygons([*shapely.to_wkb(old), None], GK)[0])
    assert shapely.area(found[:4]) == pytest.approx([10_000, 10_000, 5_000, 1])
    assert shapely.is_valid(found[:4]).all() and shapely.get_num_interior_rings(found[1].geoms[0]) == 0
    assert found[3].geoms[0] == old[3] and found[4] is None and found[5] is None
