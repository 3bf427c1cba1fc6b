"""Areas from boundaries alone against exact fractions, where everything touches everything; and when they are used."""
from __future__ import annotations

import threading

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings, strategies as st

from land_inspector.errors import Cancelled
from land_inspector.evidence import accelerator
from land_inspector.evidence.area import Scale
from land_inspector.evidence.boundaries import common_areas
from land_inspector.evidence.candidates import Evidence
from land_inspector.evidence.chunks import Patches
from land_inspector.progress import Progress
from tests.evidence_shapes import array, blobs, box, coverage
from tests.exact_areas import exact_moments

FAR = np.array([36_560_000.0, 3_400_000.0])  # as coordinates with a zone number are


@pytest.fixture(scope="module", autouse=True)
def green(compiled):
    assert compiled is None
    return accelerator.green_for(0)


def common(patches, polygons, values=None):
    patches, polygons = array(*patches), array(*polygons)
    bounds = shapely.bounds(patches).reshape(-1, 4)
    measured = Patches(patches, bounds, shapely.area(patches), shapely.area, scale=Scale.constant(1.0), green=accelerator.green_for(0))
    numbers = np.zeros(len(polygons), np.int64) if values is None else np.array(values, np.int64)
    return common_areas(measured, Evidence(polygons), numbers, lambda: None)


def covered(patch, polygons):
    return common([patch], polygons).covered[0]


def on_grid(corners):
    """The polygon through these points, repaired: points of a grid of 7 × 7 share vertices, edges, everything."""
    made = shapely.make_valid(shapely.Polygon(corners))
    parts = [part for part in shapely.get_parts(shapely.get_parts(made)) if part.geom_type == "Polygon"]
    return (parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)) if parts else None


points = st.tuples(st.integers(0, 6), st.integers(0, 6))
polygon = st.lists(points, min_size=3, max_size=9).map(on_grid).filter(lambda made: made is not None)


@settings(max_examples=120, deadline=None)
@given(patch=polygon, polygons=st.lists(polygon, min_size=1, max_size=4), twice=st.booleans(), itself=st.booleans())
def test_the_union_is_exact_where_everything_touches_everything(patch, polygons, twice, itself):
    polygons = polygons + polygons[:1] * twice + [patch] * itself
    assert covered(patch, polygons) == pytest.approx(float(exact_moments(patch, polygons)[0]), abs=1e-10)


@settings(max_examples=100, deadline=None)
@given(patch=polygon, polygons=st.lists(polygon, min_size=2, max_size=4))
def test_each_group_is_united_by_itself(patch, polygons):
    values = [k % 2 for k in range(len(polygons))]
    found = common([patch], polygons, values)
    areas = dict(zip(found.value.tolist(), found.area_m2.tolist()))
    for value in (0, 1):
        some = [one for one, own in zip(polygons, values) if own == value]
        assert areas.get(value, 0.0) == pytest.approx(float(exact_moments(patch, some)[0]), abs=1e-10)


@settings(max_examples=60, deadline=None)
@given(patch=polygon, polygons=st.lists(polygon, min_size=1, max_size=3))
def test_the_centroid_comes_along(patch, polygons):
    area, first, second = (float(value) for value in exact_moments(patch, polygons))
    assume(area > 1e-3)
    seen = []
    scale = Scale(lambda bounds: np.ones(len(bounds), bool), lambda xy: seen.append(xy) or np.ones(len(xy)))
    bounds = shapely.bounds(array(patch)).reshape(-1, 4)
    whole = Patches(array(patch), bounds, np.ones(1), shapely.area, scale=scale, green=accelerator.green_for(0))
    assert common_areas(whole, Evidence(array(*polygons)), np.zeros(len(polygons), np.int64), lambda: None).covered[0] > 0
    assert seen[-1][0] == pytest.approx([first / area, second / area], abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(patch=polygon, polygons=st.lists(polygon, min_size=1, max_size=4), seed=st.integers(0, 99))
def test_neither_place_nor_order_nor_the_way_rings_turn_changes_an_area(patch, polygons, seed):
    here = covered(patch, polygons)
    order = np.random.default_rng(seed).permutation(len(polygons))
    moved = [shapely.transform(polygons[k], lambda xy: xy * 16 + FAR) for k in order]
    turned = [one.reverse() if k % 2 else one for k, one in enumerate(moved)]
    there = covered(shapely.transform(patch, lambda xy: xy * 16 + FAR).reverse(), turned)
    assert there == pytest.approx(256 * here, abs=1e-5)  # corners are rounded to 7e-9 there


around_the_box = st.sampled_from([-200, -1, 0, 1, 50, 99, 100, 101, 300])  # -1 and 101: where polygons are cut


@settings(max_examples=80, deadline=None)
@given(inner=st.lists(st.tuples(*[st.integers(0, 100)] * 2), max_size=2),
       rings=st.lists(st.lists(st.tuples(around_the_box, around_the_box), min_size=3, max_size=8), min_size=1, max_size=3))
def test_polygons_with_corners_and_edges_on_the_lines_they_are_cut_at_are_exact(inner, rings):
    patch = on_grid([(0, 0), (100, 0), *inner, (100, 100), (0, 100)])
    assume(patch is not None and patch.bounds == (0, 0, 100, 100))
    polygons = [made for made in map(on_grid, rings) if made is not None]
    assume(polygons)
    assert covered(patch, polygons) == pytest.approx(float(exact_moments(patch, polygons)[0]), abs=1e-8)


nearly_whole = st.builds(lambda whole, part: whole + part * 2.0 ** -45, st.integers(0, 3), st.sampled_from([0, 0, 1, -1, 2, -2, 5]))
ragged = st.lists(st.tuples(nearly_whole, nearly_whole), min_size=3, max_size=8).map(shapely.Polygon)


@settings(max_examples=200, deadline=None)
@given(polygons=st.lists(ragged.filter(lambda made: made.is_valid), min_size=1, max_size=4), itself=st.booleans())
def test_needles_thinner_than_the_grid_cost_no_more_than_themselves(polygons, itself):
    """Rounding turns them inside out, with corners of the patch and edges of others in them."""
    patch = polygons.pop() if itself and len(polygons) > 1 and polygons[-1].area > 0.1 else shapely.box(0, 0, 3, 3)
    assert covered(patch, polygons) == pytest.approx(float(exact_moments(patch, polygons)[0]), abs=1e-10)


def test_edges_that_are_nearly_one_cross_where_they_should():
    """Seen: rounding put the crossing of two edges 1e-13 apart a thousandth aside, and 1e-4 of area with it."""
    patch = shapely.from_wkt(
        "MULTIPOLYGON (((4 5, 3 3, 2.2857142857142856 2.2857142857142856, 0 4, 4 5)), ((4 4, 4 2, 4 1, 3.2 1.6, 2 1, 0 0, "
        "2.2857142857142856 2.2857142857142856, 2.5454545454545454 2.090909090909091, 3 3, 4 4)))")
    others = [shapely.from_wkt("POLYGON ((3 1, 1 2, 0 3, 6 1, 6 0, 3 1))"), shapely.from_wkt(
        "MULTIPOLYGON (((2.4 2.2, 2.5 2, 0 4, 2.4 2.2)), ((2 3, 5 4, 6 0, 5 0, 3.75 1, 4 1, 2.4 2.2, 2 3)), ((3 1, 2.5 2, 3.75 1, 3 1)))")]
    assert covered(patch, others[::-1]) == pytest.approx(float(exact_moments(patch, others)[0]), abs=1e-11)


def test_a_hole_that_touches_its_shell_may_wind_backwards_after_rounding():
    """Seen: a spike through a patch, thinner than its grid, inverted what the polygon contains of it."""
    spike = (399996.85761539685, 3400292.9497994464)
    patch = shapely.Polygon([spike, (399995.78500710696, 3400392.944046838), (399895.79075971514, 3400391.8714385484),
                             (399896.863368005, 3400291.8771911566)])
    pierced = shapely.Polygon([(402000, 3398000), (402000, 3402000), (398000, 3402000), (398000, 3398000)],
                              [[(400000, 3400000), spike, (399989.2739171011, 3400999.942473918)]])
    assert covered(patch, [pierced]) == pytest.approx(shapely.area(shapely.intersection(patch, pierced)), abs=1e-5)


def test_a_patch_cut_out_of_a_coverage_is_filled_by_its_cells():
    cells = coverage(3, 60)
    patch = shapely.union_all(cells[10:30])
    found = common([patch], cells, range(len(cells)))
    inside = {int(value): area for value, area in zip(found.value, found.area_m2) if area > 1e-6}
    assert inside == pytest.approx({k: cells[k].area for k in range(10, 30)}, abs=1e-6)
    assert found.covered[0] == pytest.approx(patch.area, abs=1e-6)


def test_a_boundary_of_twenty_thousand_vertices_is_followed_where_it_matters():
    angle = np.linspace(0, 2 * np.pi, 20_001)[:-1]
    town = shapely.Polygon(np.column_stack([np.cos(angle), np.sin(angle)]) * (2000 + 15 * np.sin(900 * angle))[:, None] + FAR)
    patches = [shapely.box(*(FAR + [x, y]), *(FAR + [x + 60, y + 60])) for x, y in [(1960, 0), (0, 1970), (-2020, -30), (5, 5), (2500, 0)]]
    assert common(patches, [town]).covered == pytest.approx(shapely.area(shapely.intersection(array(*patches), town)), abs=1e-6)


def test_many_shapes_agree_with_geos():
    patches, polygons = blobs(5, 400, vertices=40), blobs(6, 300, size=60, vertices=30)
    assert common(patches, polygons).covered == pytest.approx(
        shapely.area(shapely.intersection(patches, shapely.union_all(polygons))), abs=1e-5)


# ---- when it is used ----

@pytest.fixture
def fresh(monkeypatch):
    monkeypatch.setattr(accelerator, "_loading", accelerator._Loading())
    return accelerator


def test_little_work_does_not_wait_for_it(fresh):
    assert fresh.green_for(fresh.FEWEST_PATCHES - 1) is None
    assert fresh.obstacle() is None
    assert fresh.green_for(fresh.FEWEST_PATCHES) is not None


def test_without_numba_measuring_goes_on_and_can_say_why(fresh, monkeypatch):
    def missing(name, package):
        raise ModuleNotFoundError("No module named 'numba'")

    monkeypatch.setattr(fresh, "import_module", missing)
    assert fresh.green_for(fresh.FEWEST_PATCHES) is None
    assert str(fresh.obstacle()) == "numba is not installed"


def test_what_gets_a_small_sum_wrong_is_not_used(fresh, monkeypatch, green):
    class Wrong:
        Polygons = green.Polygons

        @staticmethod
        def add_common_areas(*given):
            given[-1][:] = 7.0

    monkeypatch.setattr(fresh, "import_module", lambda name, package: Wrong)
    assert fresh.green_for(fresh.FEWEST_PATCHES) is None
    assert "wrong areas" in str(fresh.obstacle())


def test_waiting_for_the_compiler_can_be_cancelled_and_ends_after_some_seconds(fresh, monkeypatch):
    ready = threading.Event()
    monkeypatch.setattr(fresh, "import_module", lambda name, package: ready.wait(30))
    monkeypatch.setattr(fresh, "PATIENCE_SECONDS", 0.3)
    assert fresh.green_for(fresh.FEWEST_PATCHES) is None
    assert "compiled" in str(fresh.obstacle())

    class Impatient(Progress):
        def is_cancelled(self):
            return True

    with pytest.raises(Cancelled):
        fresh.green_for(fresh.FEWEST_PATCHES, Impatient())
    ready.set()


def test_a_square_in_a_square_is_the_square():
    assert covered(box(2, 2, 3, 3), [box(0, 0, 9, 9)]) == 1.0
    assert covered(box(0, 0, 9, 9), [box(2, 2, 3, 3)]) == pytest.approx(1.0, abs=1e-9)
    assert covered(box(0, 0, 1, 1), [box(1, 0, 2, 1)]) == 0.0


def test_measuring_uses_what_the_proof_has_compiled_and_compiles_nothing_more(green):
    """Elsewhere numpy counts in 32 bits: a second compilation would fall into the work, where no cancel is heard."""
    covered(box(0, 0, 1, 1), [box(0, 0, 2, 2)])
    assert len(green.add_common_areas.signatures) == 1
