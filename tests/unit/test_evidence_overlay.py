"""The kernel against GEOS asked the naive way: coverages, layers that overlap themselves, gaps, slivers, specks."""
from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from land_inspector.errors import Cancelled
from land_inspector.evidence import chunks, candidates as seamless_module
from land_inspector.evidence.candidates import Evidence, find_candidates, seamless
from land_inspector.evidence.chunks import FEATURES, VERTICES, neighbourhoods
from land_inspector.evidence.crs import Crs, carried_over
from land_inspector.evidence.sources import MemorySource
from land_inspector.evidence.survey import Survey
from land_inspector.progress import Progress
from tests.evidence_shapes import (
    GK, X0, Y0, array, blobs, box, coverage, naive_class_areas, naive_covered,
)

pytestmark = pytest.mark.usefixtures("both_ways")

seeds = st.integers(0, 100_000)
few = settings(max_examples=40, deadline=None)


def layer(geoms, values=None, crs=GK):
    return MemorySource("layer", Crs.of(crs), geoms, {"class": list(values)} if values is not None else {})


def classes(patches, evidence, values, method="P", crs=GK):
    table = Survey(patches, crs, method).by_class(layer(evidence, values, crs), "class")
    return table, {(int(p), v): a for p, v, a in zip(table.patch, table.value, table.area_m2)}


def assert_same(found, expected, within=1e-4):
    for key in {*found, *expected}:
        assert found.get(key, 0.0) == pytest.approx(expected.get(key, 0.0), abs=within), key


def closure(table, whole):
    return np.bincount(table.patch, table.area_m2, len(whole)) + table.remainder_m2 - table.overlap_m2 - whole


@few
@given(seed=seeds, count=st.integers(1, 120))
def test_classes_of_a_coverage_are_what_geos_says_and_sum_to_the_patch(seed, count):
    patches, cells = blobs(seed, 25, side=360), coverage(seed + 1, count)
    values = [f"c{k % 5}" for k in range(len(cells))]
    table, found = classes(patches, cells, values)
    assert_same(found, naive_class_areas(patches, cells, values))
    assert np.abs(closure(table, shapely.area(patches))).max() < 1e-6
    inside = shapely.covers(box(0, 0, 400, 400), patches)
    share = np.bincount(table.patch, table.area_m2, len(patches)) / shapely.area(patches)
    assert share[inside] == pytest.approx(1.0, abs=1e-9)
    assert (share <= 1 + 1e-12).all()


@few
@given(seed=seeds, count=st.integers(1, 60), vertices=st.integers(4, 40))
def test_a_layer_that_overlaps_itself_is_counted_once(seed, count, vertices):
    patches, evidence = blobs(seed, 20), blobs(seed + 1, count, size=60, vertices=vertices)
    covered = Survey(patches, GK, "P").covered(layer(evidence))
    assert covered == pytest.approx(naive_covered(patches, evidence), abs=1e-4)
    assert (covered <= shapely.area(patches)).all()


@few
@given(seed=seeds, count=st.integers(1, 60), kinds=st.integers(1, 4))
def test_overlapping_classes_count_in_each_and_their_overlap_is_reported(seed, count, kinds):
    patches, evidence = blobs(seed, 20), blobs(seed + 1, count, size=60)
    values = [f"c{k % kinds}" for k in range(count)]
    table, found = classes(patches, evidence, values)
    assert_same(found, naive_class_areas(patches, evidence, values))
    left = shapely.area(patches) - naive_covered(patches, evidence)
    assert table.remainder_m2 == pytest.approx(left, abs=1e-4)
    assert np.abs(closure(table, shapely.area(patches))).max() < 1e-6


@few
@given(seed=seeds, lost=st.sets(st.integers(0, 39), min_size=1, max_size=20), twice=st.sets(st.integers(0, 39), max_size=6))
def test_a_coverage_with_holes_and_duplicated_cells_is_still_right(seed, lost, twice):
    cells = coverage(seed, 40)
    kept = [cell for k, cell in enumerate(cells) if k not in lost] + [cells[k] for k in twice]
    evidence = array(*kept)
    values = [f"c{k % 3}" for k in range(len(kept))]
    patches = blobs(seed + 1, 20)
    table, found = classes(patches, evidence, values)
    assert_same(found, naive_class_areas(patches, evidence, values))
    assert table.remainder_m2 == pytest.approx(shapely.area(patches) - naive_covered(patches, evidence), abs=1e-4)


def test_a_gap_as_large_as_an_overlap_does_not_pass_for_a_coverage():
    """Half of the patch is covered twice, half not at all: the pieces sum to the patch and yet nothing is closed."""
    half = box(0, 0, 50, 100)
    table, found = classes(array(box(0, 0, 100, 100)), array(half, half), ["a", "a"])
    assert found == {(0, "a"): pytest.approx(5000.0)}
    assert table.remainder_m2[0] == pytest.approx(5000.0)
    table, found = classes(array(box(0, 0, 100, 100)), array(half, half), ["a", "b"])
    assert found == {(0, "a"): pytest.approx(5000.0), (0, "b"): pytest.approx(5000.0)}
    assert (table.remainder_m2[0], table.overlap_m2[0]) == (pytest.approx(5000.0), pytest.approx(5000.0))


def test_a_patch_inside_two_polygons_of_different_classes_is_wholly_in_both():
    table, found = classes(array(box(10, 10, 20, 20)), array(box(0, 0, 50, 50), box(5, 5, 60, 60)), ["a", "b"])
    assert found == {(0, "a"): pytest.approx(100.0), (0, "b"): pytest.approx(100.0)}
    assert table.overlap_m2[0] == pytest.approx(100.0) and table.remainder_m2[0] == 0.0


def is_seamless(patches, evidence):
    patches, bounds = array(*patches), shapely.bounds(array(*patches))
    near = Evidence(evidence)
    return seamless(patches, bounds, near, find_candidates(patches, bounds, near, lambda: None))


def test_seamless_cover_is_proved_only_where_every_edge_has_its_twin():
    west, east = box(0, 0, 50, 100), box(50, 0, 100, 100)
    patch = box(40, 40, 60, 60)
    assert is_seamless([patch], array(west, east))[0]
    assert not is_seamless([patch], array(west, box(50.001, 0, 100, 100)))[0]
    assert not is_seamless([patch], array(west, east, east))[0]
    assert not is_seamless([patch], array(west, east, west, east))[0]
    assert not is_seamless([patch], array(west, box(50, 0, 100, 50), box(50, 50, 100, 100)))[0]
    assert not is_seamless([box(90, 40, 110, 60)], array(west, east))[0]


def test_the_way_that_rings_turn_does_not_matter_to_the_proof():
    west, east = box(0, 0, 50, 100), box(50, 0, 100, 100)
    assert is_seamless([box(40, 40, 60, 60)], array(shapely.reverse(west), east))[0]
    lake = box(45, 45, 55, 55)
    shore = shapely.reverse(box(0, 0, 100, 100) - lake)
    assert is_seamless([box(40, 40, 60, 60)], array(shore, lake))[0]


def test_pieces_of_a_layer_with_thousands_of_vertices_are_cut_before_they_are_overlaid():
    town = shapely.buffer(shapely.Point(X0 + 200, Y0 + 200), 150, quad_segs=4000)
    patches = blobs(5, 60)
    table, found = classes(patches, array(town), ["town"])
    assert_same(found, naive_class_areas(patches, array(town), ["town"]))


def test_a_patch_of_thousands_of_vertices_over_a_whole_coverage_is_right():
    patch = shapely.buffer(shapely.Point(X0 + 200, Y0 + 200), 220, quad_segs=1500)
    cells = coverage(3, 400)
    values = [f"c{k % 7}" for k in range(len(cells))]
    table, found = classes(array(patch), cells, values)
    assert_same(found, naive_class_areas(array(patch), cells, values))


@pytest.mark.parametrize("method", ["E", "P"])
def test_specks_of_a_hundred_square_micrometres_neither_crash_nor_vanish(method):
    specks = array(*[box(x, 10, x + 1e-5, 10 + 1e-5) for x in (10, 20, 49.999995, 49.999999, 300)])
    survey = Survey(specks, GK, method)
    table = survey.by_class(layer(array(box(0, 0, 50, 50), box(50, 0, 100, 50)), ["a", "b"]), "class")
    assert (survey.area_m2 > 0.5e-10).all()
    share = np.bincount(table.patch, table.area_m2, 5) / survey.area_m2
    assert share == pytest.approx([1, 1, 1, 1, 0], abs=1e-6)
    assert table.remainder_m2[4] == survey.area_m2[4]
    covered = survey.covered(layer(array(box(0, 0, 50, 50))))
    assert covered[0] == survey.area_m2[0] and covered[4] == 0.0


def test_nothing_is_lost_where_there_is_nothing():
    survey = Survey(array(box(0, 0, 10, 10), None, shapely.Polygon()), GK, "P")
    empty = layer(array(), [])
    table = survey.by_class(empty, "class")
    assert table.remainder_m2.tolist() == [100.0, 0.0, 0.0] and not len(table.patch)
    assert survey.covered(empty).tolist() == [0.0, 0.0, 0.0]
    assert survey.remaining(empty)[0].equals(box(0, 0, 10, 10))
    assert Survey(array(), GK, "P").covered(layer(array(box(0, 0, 1, 1)))).tolist() == []


def test_features_without_a_class_do_not_count_but_are_told():
    table, found = classes(array(box(0, 0, 10, 10)), array(box(0, 0, 5, 10), box(5, 0, 10, 10)), ["a", None])
    assert found == {(0, "a"): pytest.approx(50.0)}
    assert table.remainder_m2[0] == pytest.approx(50.0) and table.without_class == 1


@few
@given(seed=seeds, count=st.integers(1, 40))
def test_what_lies_inside_and_what_remains_make_up_the_patch(seed, count):
    patches, evidence = blobs(seed, 15), blobs(seed + 1, count, size=60)
    survey = Survey(patches, GK, "P")
    inside, rest = survey.inside(layer(evidence)), survey.remaining(layer(evidence))
    union = shapely.union_all(evidence)
    assert shapely.area(inside[shapely.area(inside) > 0]).sum() == pytest.approx(
        shapely.area(shapely.intersection(patches, union)).sum(), abs=1e-3)
    assert np.nan_to_num(shapely.area(inside)) + np.nan_to_num(shapely.area(rest)) == pytest.approx(shapely.area(patches), abs=1e-4)


def test_single_features_are_told_apart_with_their_fields():
    evidence = MemorySource("approvals", Crs.of(GK), array(box(0, 0, 60, 100), box(40, 0, 100, 100)), {"no": ["甲", "乙"]})
    table = Survey(array(box(0, 0, 100, 100)), GK, "P").pieces(evidence, ["no"])
    assert sorted(zip(table.columns["no"], table.area_m2)) == [("乙", pytest.approx(6000.0)), ("甲", pytest.approx(6000.0))]


# ---- other coordinate systems ----

def test_a_coverage_with_one_sided_vertices_stays_gap_free_under_patches_from_another_system():
    """The common border has a vertex on the east side only; moved vertex by vertex it would open a sliver."""
    west = box(0, 0, 5000, 9000)
    east = shapely.Polygon([(X0 + x, Y0 + y) for x, y in ((5000, 0), (9000, 0), (9000, 9000), (5000, 9000), (5000, 4321))])
    square = shapely.box(121.06, 28.83, 121.09, 28.87)
    survey = Survey(array(square), "EPSG:4326")
    table = survey.by_class(layer(array(west, east), ["w", "e"]), "class")
    assert len(table.value) == 2
    assert table.area_m2.sum() / survey.area_m2[0] == pytest.approx(1.0, abs=1e-9)
    assert table.remainder_m2[0] == 0.0


@pytest.mark.parametrize("home", ["EPSG:4490", "EPSG:3857", "EPSG:4528", "EPSG:32651"])
def test_shares_are_the_same_whatever_system_the_patches_come_in(home):
    from land_inspector.evidence.crs import carried_over

    cells, patches = coverage(8), blobs(9, 30, side=360)
    values = [f"c{k % 4}" for k in range(len(cells))]
    at_home, _ = classes(patches, cells, values, "E")
    moved = carried_over(patches, Crs.of(GK), Crs.of(home))
    survey = Survey(moved, home)
    table = survey.by_class(layer(cells, values), "class")
    own = Survey(patches, GK)
    expected = {(int(p), v): a / own.area_m2[p] for p, v, a in zip(at_home.patch, at_home.value, at_home.area_m2)}
    found = {(int(p), v): a / survey.area_m2[p] for p, v, a in zip(table.patch, table.value, table.area_m2)}
    assert_same(found, expected, within=1e-5)
    assert closure(table, survey.area_m2) == pytest.approx(0.0, abs=1e-6)


def test_patches_that_cannot_be_carried_over_are_unknown_not_zero():
    survey = Survey(array(shapely.box(-1, -90, 1, 60), shapely.box(120, 30, 120.001, 30.001)), "EPSG:4326")
    covered = survey.covered(layer(array(shapely.box(-1e8, -1e8, 1e8, 1e8)), crs="EPSG:2154"))
    assert np.isnan(covered[0])
    assert covered[1] == pytest.approx(survey.area_m2[1], rel=1e-12)


def test_thirty_eight_thousand_world_mercator_patches_are_measured():
    side, per_row = 30.0, 200
    x, y = np.meshgrid(np.arange(per_row) * 40.0, np.arange(190) * 40.0)
    west, south = 13_480_000 + x.ravel(), 3_330_000 + y.ravel()
    patches = shapely.box(west, south, west + side, south + side)
    assert len(patches) == 38_000
    halves = array(shapely.box(13_470_000, 3_320_000, 13_484_015, 3_350_000), shapely.box(13_484_015, 3_320_000, 13_500_000, 3_350_000))
    survey = Survey(patches, "EPSG:3857")
    table = survey.by_class(layer(halves, ["w", "e"], "EPSG:3857"), "class")
    total = np.bincount(table.patch, table.area_m2, len(patches))
    assert total == pytest.approx(survey.area_m2, rel=1e-9)
    assert survey.area_m2.mean() / side ** 2 == pytest.approx(np.cos(np.radians(28.65)) ** 2, rel=0.01)


# ---- chunks, progress, cancel ----

class Watched(Progress):
    def __init__(self, cancel_at=2.0):
        self.seen, self.cancel_at = [], cancel_at

    def show(self, fraction, text=None):
        self.seen.append(fraction)

    def is_cancelled(self):
        return bool(self.seen) and self.seen[-1] >= self.cancel_at


def test_chunks_hold_every_patch_once_and_stay_together_on_the_ground():
    patches = blobs(1, 5000, side=20_000, size=5)
    chunks = neighbourhoods(shapely.bounds(patches), shapely.get_num_coordinates(patches))
    rows = np.concatenate(chunks)
    assert sorted(rows.tolist()) == list(range(5000))
    assert max(map(len, chunks)) <= 501 and len(chunks) <= 11
    windows = [shapely.box(*shapely.total_bounds(patches[chunk])).area for chunk in chunks]
    assert sum(windows) < 2.5 * 20_000 ** 2


def test_a_chunk_is_as_small_as_its_vertices_and_its_evidence_ask_for():
    bounds = np.tile([0.0, 0.0, 1.0, 1.0], (100, 1))
    assert len(neighbourhoods(bounds, np.full(100, VERTICES // 4))) == 25
    assert len(neighbourhoods(bounds, np.full(100, 10), np.full(100, FEATURES / 10))) == 10
    assert len(neighbourhoods(bounds, np.full(100, 5 * VERTICES))) == 100


def test_patches_on_one_and_the_same_spot_are_still_cut_into_chunks():
    patches = array(*[box(0, 0, 1, 1)] * 1200)
    assert max(map(len, neighbourhoods(shapely.bounds(patches), shapely.get_num_coordinates(patches)))) <= 600


def test_threads_and_chunks_change_no_figure():
    patches, cells = blobs(2, 1500, side=390, size=8), coverage(6, 300)
    values = [f"c{k % 6}" for k in range(len(cells))]
    results = []
    for threads in (1, 3):
        table = Survey(patches, GK, "E", threads).by_class(layer(cells, values), "class")
        results.append({(int(p), v): a for p, v, a in zip(table.patch, table.value, table.area_m2)})
    assert results[0] == results[1]


def test_a_patch_that_cannot_be_carried_over_does_not_touch_its_neighbours_in_the_chunk():
    cells, values = coverage(6, 300), [f"c{k % 6}" for k in range(300)]
    good = carried_over(blobs(2, 40, side=390, size=20), Crs.of(GK), Crs.of("EPSG:4490"))
    lost = shapely.Polygon([(105.0, 91.0), (105.1, 91.0), (105.1, 91.1)])
    alone, among = Survey(good, "EPSG:4490"), Survey(np.concatenate([[lost], good, [lost]]), "EPSG:4490")
    expected, table = (survey.by_class(layer(cells, values), "class") for survey in (alone, among))
    assert np.isnan(table.remainder_m2[[0, -1]]).all()
    assert (table.patch - 1).tolist() == expected.patch.tolist() and table.area_m2.tolist() == expected.area_m2.tolist()


def test_how_patches_are_cut_into_chunks_changes_no_figure(monkeypatch):
    patches, cells = blobs(2, 400, side=390, size=12), coverage(6, 300)
    evidence = layer(np.concatenate([cells, blobs(4, 60, side=390, size=15)]), [f"c{k % 6}" for k in range(360)])
    expected = Survey(patches, GK).by_class(evidence, "class")
    monkeypatch.setattr(chunks, "VERTICES", 100)
    monkeypatch.setattr(seamless_module, "EDGES_AT_ONCE", 2000)
    table = Survey(patches, GK).by_class(evidence, "class")
    assert table.area_m2.tolist() == expected.area_m2.tolist() and table.remainder_m2.tolist() == expected.remainder_m2.tolist()


def test_progress_rises_to_the_end():
    progress = Watched()
    Survey(blobs(2, 1500, size=8), GK, "P").covered(layer(coverage(6, 300)), progress)
    assert progress.seen == sorted(progress.seen) and progress.seen[-1] == 1.0


def test_a_cancel_is_heard_within_a_second_and_leaves_no_thread_behind():
    """A second of this process's own work: what else the machine does is not ours."""
    patches, evidence = blobs(2, 4000, side=2000, size=40), blobs(3, 4000, side=2000, size=60)
    before = threading.active_count()
    survey = Survey(patches, GK, "P")
    progress = Watched(cancel_at=0.01)
    started = []

    class Stopwatch(Watched):
        def is_cancelled(self):
            wanted = bool(self.seen) and self.seen[-1] > 0
            if wanted:
                started.append(time.process_time())
            return wanted

    progress = Stopwatch()
    with pytest.raises(Cancelled):
        survey.covered(layer(evidence), progress)
    assert time.process_time() - started[0] < 1.0
    assert threading.active_count() <= before  # those of others may have ended meanwhile


# ---- patches that reach over much of a layer ----

@pytest.fixture
def small_tiles(monkeypatch):
    from land_inspector.evidence import chunks

    monkeypatch.setattr(chunks, "TILE_FEATURES", 20)
    monkeypatch.setattr(chunks, "LARGE", 40)


@pytest.mark.parametrize("home", [GK, "EPSG:4490"])
@pytest.mark.parametrize("overlapping", [False, True])
def test_a_patch_as_large_as_the_layer_is_measured_in_tiles_to_the_same_figures(small_tiles, home, overlapping):
    from land_inspector.evidence.chunks import Density, tiled

    evidence = blobs(3, 300, size=40) if overlapping else coverage(3, 300)
    values = [f"c{k % 5}" for k in range(len(evidence))]
    town = shapely.buffer(shapely.Point(X0 + 150, Y0 + 200), 220, quad_segs=200)
    patches = array(town, box(10, 10, 30, 30), None)
    survey = Survey(carried_over(patches, Crs.of(GK), Crs.of(home)), home)
    source = layer(evidence, values)
    tiles, owner = tiled(survey.geoms, shapely.bounds(survey.geoms), Density.of(source, survey.crs))
    assert len(tiles) > 10 and sorted(set(owner.tolist())) == [0, 1, 2]
    table = survey.by_class(source, "class")
    found = {(int(p), v): a for p, v, a in zip(table.patch, table.value, table.area_m2)}
    planar = naive_class_areas(patches, evidence, values)
    scale = np.divide(survey.area_m2, np.nan_to_num(shapely.area(patches)), out=np.zeros(3), where=survey.area_m2 > 0)
    assert_same(found, {key: area * scale[key[0]] for key, area in planar.items()}, within=0.5 if home != GK else 0.02)
    assert np.abs(closure(table, survey.area_m2)).max() < 1e-3
    covered = survey.covered(source)
    assert covered == pytest.approx(np.nan_to_num(naive_covered(patches, evidence)) * scale, abs=0.5 if home != GK else 0.02)


@pytest.mark.parametrize("home", [GK, "EPSG:4490"])
def test_what_tiles_leave_of_a_patch_is_put_together_without_a_seam(small_tiles, home):
    from land_inspector.evidence import chunks

    evidence = blobs(3, 300, size=30)
    source = layer(evidence, [f"c{k % 5}" for k in range(len(evidence))])
    town = shapely.buffer(shapely.Point(X0 + 150, Y0 + 200), 220, quad_segs=200)
    survey = Survey(carried_over(array(town, box(10, 10, 30, 30), None), Crs.of(GK), Crs.of(home)), home)
    cut = survey.remaining(source), survey.inside(source), survey.pieces(source, ["class"])
    chunks.LARGE = 10 ** 9  # small_tiles puts it back
    whole = survey.remaining(source), survey.inside(source), survey.pieces(source, ["class"])
    for mine, same in zip(cut[:2], whole[:2]):
        assert shapely.is_missing(mine).tolist() == shapely.is_missing(same).tolist()
        there = ~shapely.is_missing(mine)
        assert shapely.is_valid(mine[there]).all()
        assert shapely.area(shapely.symmetric_difference(mine[there], same[there])).max() < 0.02
        assert shapely.get_num_interior_rings(shapely.get_parts(mine[there])).sum() == shapely.get_num_interior_rings(
            shapely.get_parts(same[there])).sum()
    by_feature = [{(p, f): (a, c) for p, f, a, c in zip(t.patch.tolist(), t.feature.tolist(), t.area_m2, t.columns["class"])}
                  for t in (cut[2], whole[2])]
    assert len(by_feature[0]) == len(cut[2].patch) and by_feature[0].keys() == by_feature[1].keys()
    for key, (area, value) in by_feature[0].items():
        assert area == pytest.approx(by_feature[1][key][0], abs=0.02) and value == by_feature[1][key][1]


def test_tiles_of_a_patch_far_larger_than_the_layer_are_few(small_tiles):
    from land_inspector.evidence.chunks import Density, tiled

    country = array(box(-1e6, -1e6, 1e6, 1e6))
    source = layer(coverage(3, 300))
    tiles, _ = tiled(country, shapely.bounds(country), Density.of(source, Crs.of(GK)))
    assert len(tiles) < 120
    assert Survey(country, GK, "P").covered(source)[0] == pytest.approx(160_000.0, abs=0.02)
