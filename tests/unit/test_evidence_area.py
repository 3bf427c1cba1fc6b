"""Areas on the ellipsoid: against integrals over densified edges, sums of pieces, and published numbers."""
from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from land_inspector.errors import InputError
from land_inspector.evidence.area import AreaMethod, GeodesicMeasure, areas, authalic_areas
from land_inspector.evidence.crs import Crs, carried_over
from tests.evidence_shapes import GK, array, blobs, box

# system, range of x and y, radius of a figure of some 5 000 m²
SYSTEMS = [
    ("EPSG:4524", (36_450_000, 36_620_000), (3_300_000, 3_360_000), 40.0),
    ("EPSG:4549", (350_000, 650_000), (2_000_000, 5_000_000), 40.0),
    ("EPSG:32733", (200_000, 800_000), (6_000_000, 6_500_000), 40.0),
    ("EPSG:4490", (80, 130), (20, 50), 0.0004),
    ("EPSG:3857", (1.1e7, 1.2e7), (-7e6, 7e6), 40.0),
    ("EPSG:3395", (1e6, 2e6), (-3e6, 5e6), 40.0),
    ("EPSG:2154", (7e5, 9e5), (6.2e6, 6.8e6), 40.0),
    ("EPSG:2263", (9e5, 1e6), (1.5e5, 2.5e5), 100.0),
]


def figures(x, y, radius, count=60, seed=4):
    random = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    reach = radius * random.uniform(0.6, 1.4, (count, 30))
    cx, cy = random.uniform(*x, (count, 1)), random.uniform(*y, (count, 1))
    return shapely.polygons(np.stack([cx + reach * np.cos(turn), cy + reach * np.sin(turn)], axis=2))


@pytest.mark.parametrize("system, x, y, radius", SYSTEMS)
def test_small_figures_agree_with_the_integral_over_their_edges(system, x, y, radius):
    geoms = figures(x, y, radius)
    exact = authalic_areas(shapely.segmentize(geoms, radius / 50), Crs.of(system))
    assert areas(geoms, system) == pytest.approx(exact, rel=2e-9)


@pytest.mark.parametrize("system, x, y, radius", SYSTEMS)
def test_figures_of_tens_of_kilometres_agree_with_the_integral_over_their_edges(system, x, y, radius):
    geoms = figures(x, y, radius * 300, count=10)
    exact = authalic_areas(shapely.segmentize(geoms, radius), Crs.of(system))
    assert areas(geoms, system) == pytest.approx(exact, rel=1e-11)


@pytest.mark.parametrize("system", ["EPSG:4524", "EPSG:3857", "EPSG:2154"])
def test_the_area_does_not_depend_on_the_system_it_is_stored_in(system):
    home = Crs.of("EPSG:4490")
    geoms = figures((107.5, 108.5) if system == "EPSG:4524" else (2, 4), (29, 31) if system == "EPSG:4524" else (43, 48), 0.004)
    there = carried_over(geoms, home, Crs.of(system))
    assert areas(there, system) == pytest.approx(areas(geoms, home), rel=1e-7)


@pytest.mark.parametrize("x, square_metres", [(500_000, 10_000.00), (608_480, 9_997.05), (644_000, 9_994.78)])
def test_a_hectare_of_the_plane_shrinks_towards_the_edge_of_the_zone_as_the_domain_guide_says(x, square_metres):
    """domain.md §1.4: 100 m × 100 m at the central meridian, at 121.12°E and at 121.49°E."""
    hectare = array(shapely.box(x, 3_190_000, x + 100, 3_190_100))
    assert areas(hectare, GK)[0] == pytest.approx(square_metres, abs=0.3)
    assert areas(hectare, GK, AreaMethod.PLANAR)[0] == pytest.approx(10_000.0, abs=1e-9)


def test_the_whole_of_a_round_earth_band_is_known_in_closed_form():
    """A lune of one degree: 1/360 of the GRS 80 ellipsoid, 510 065 621.724 km²."""
    lune = array(shapely.segmentize(shapely.box(10, -90, 11, 90), 0.5))
    assert areas(lune, "EPSG:4490")[0] == pytest.approx(510_065_621.724e6 / 360, rel=1e-9)


def test_the_ellipsoid_is_the_layers_own():
    """Krassowsky's ellipsoid is larger: the same degrees measure 3.4e-5 more."""
    figure = array(shapely.box(114, 36, 114.001, 36.001))
    assert areas(figure, "EPSG:4214")[0] / areas(figure, "EPSG:4490")[0] == pytest.approx(1 + 3.4e-5, abs=3e-6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), cut=st.floats(0.05, 0.95))
def test_the_two_pieces_of_a_cut_patch_sum_to_the_patch(seed, cut):
    patch = blobs(seed, 1)[0]
    x0, y0, x1, y1 = patch.bounds
    middle = x0 + cut * (x1 - x0)
    pieces = array(patch & shapely.box(x0, y0, middle, y1), patch & shapely.box(middle, y0, x1, y1))
    assert areas(pieces, GK).sum() == pytest.approx(areas(array(patch), GK)[0], abs=1e-6)


@pytest.mark.parametrize("system, x, y", [("EPSG:4549", 500_000, 3e6), ("EPSG:4490", 120.0, 30.0), ("EPSG:3857", 1.2e7, 4e6)])
def test_a_polygon_of_a_hundred_square_micrometres_keeps_its_digits(system, x, y):
    side = 1e-5 / (111_000 if system == "EPSG:4490" else 1)
    speck = array(shapely.box(x, y, x + side, y + side))
    area = areas(speck, system)[0]
    assert 0.5e-10 < area < 1.5e-10


def test_holes_parts_and_nothing_at_all_are_counted_for_what_they_are():
    ring = box(0, 0, 100, 100) - box(40, 40, 60, 60)
    both = shapely.MultiPolygon([box(0, 0, 10, 10), box(20, 20, 30, 30)])
    measured = areas(array(ring, both, shapely.Polygon(), None), GK, "P")
    assert measured == pytest.approx([9600.0, 200.0, 0.0, 0.0])


def test_feet_become_square_metres():
    assert areas(array(shapely.box(9e5, 2e5, 9e5 + 1000, 2e5 + 1000)), "EPSG:2263", "P")[0] == pytest.approx(92_903.4, rel=1e-5)


@pytest.mark.parametrize("system, method", [("EPSG:4490", "P"), ("", "E")])
def test_an_impossible_method_is_refused_in_words(system, method):
    with pytest.raises(InputError) as refused:
        areas(array(box(0, 0, 1, 1)), system, method)
    assert refused.value.remedy.template


def test_a_crs_that_means_nothing_is_refused():
    with pytest.raises(InputError):
        Crs.of("EPSG:999999")


@pytest.mark.parametrize("text", ["EPSG:4549", "EPSG:4528"])
def test_a_system_read_back_from_esri_wkt_is_the_same(text):
    from osgeo import osr

    reference = osr.SpatialReference()
    reference.SetFromUserInput(text)
    reference.MorphToESRI()
    esri, own = Crs.of(reference.ExportToWkt()), Crs.of(text)
    assert (esri.kind, esri.central_meridian, esri.false_easting) == (own.kind, own.central_meridian, own.false_easting)
    assert esri.f == pytest.approx(own.f, rel=1e-9)


def test_geodesic_edges_bulge_towards_the_pole():
    """Between two points of one northern parallel the geodesic runs north of the straight line."""
    strip = array(shapely.box(100, 30, 100.04, 30.01))
    area_measure = GeodesicMeasure(6378137.0, 1 / 298.257222101).measure_in(Crs.of("EPSG:4490"), Crs.of("EPSG:4490"))
    north = array(shapely.box(100, 30, 100.04, 30.01), shapely.box(100, -30.01, 100.04, -30))
    assert area_measure(north)[0] == pytest.approx(area_measure(north)[1], rel=1e-12)
    assert area_measure(strip)[0] != pytest.approx(areas(strip, "EPSG:4490")[0], rel=1e-9)
    fine = shapely.segmentize(strip, 0.0005)
    assert area_measure(fine)[0] == pytest.approx(areas(strip, "EPSG:4490")[0], rel=1e-8)
