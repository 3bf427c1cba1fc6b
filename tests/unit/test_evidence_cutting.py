"""Cutting parcels: pieces make up the parcel, slivers are merged, areas are adjusted to it."""
from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from land_inspector.errors import RefusedError
from land_inspector.evidence.area import measure
from land_inspector.evidence.cutting import (
    SliverRule, adjusted_areas, check_partition, cut_by_evidence, cut_by_lines, idle_lines,
)
from tests.evidence_shapes import GK, X0, Y0, array, blobs, box

PLANAR = measure(GK, "P")
PARCEL = box(0, 0, 100, 100)
NO_SLIVERS = SliverRule(0.0, 0.0)


def line(*points):
    return shapely.LineString([(X0 + x, Y0 + y) for x, y in points])


def test_a_line_across_makes_two_pieces_that_sum_to_the_control_area():
    pieces = cut_by_lines(PARCEL, [line((30, -10), (30, 110))], PLANAR, 10_003.33)
    assert [piece.area_m2 for piece in pieces] == [7002.33, 3001.0]
    assert shapely.union_all([piece.geometry for piece in pieces]).equals(PARCEL)


def test_lines_that_meet_inside_make_three_pieces():
    pieces = cut_by_lines(PARCEL, [line((50, -10), (50, 110)), line((50, 50), (110, 50))], PLANAR, 10_000.0)
    assert [piece.area_m2 for piece in pieces] == [5000.0, 2500.0, 2500.0]


@pytest.mark.parametrize("points, reason", [
    (((30, 10), (30, 90)), "ends inside"), (((-20, 50), (99, 50)), "ends inside"), (((-20, -10), (120, -10)), "lies outside"),
    (((0, 0), (100, 0)), "only touches the border"), (((-5, 5), (5, -5)), "only touches"),
    (((-1, 0.05), (101, 0.05)), r"a sliver of 5\.00 m²")])
def test_a_line_that_cuts_nothing_off_is_refused_with_the_reason(points, reason):
    with pytest.raises(RefusedError, match=reason):
        cut_by_lines(PARCEL, [line(*points)], PLANAR, 10_000.0)


def test_a_line_without_which_the_pieces_are_the_same_is_named():
    across, loose = line((30, -10), (30, 110)), line((60, 20), (60, 80))
    assert idle_lines(PARCEL, [across, loose]) == [1]
    assert idle_lines(PARCEL, [across, line((60, -10), (60, 110))]) == []


def test_a_line_between_the_parts_of_a_parcel_takes_them_apart_and_one_beside_them_does_not():
    parcel = shapely.MultiPolygon([PARCEL, box(110, 0, 160, 100)])
    assert [piece.area_m2 for piece in cut_by_lines(parcel, [line((105, -10), (105, 110))], PLANAR, 15_000.0)] == [10_000.0, 5000.0]
    with pytest.raises(RefusedError, match="lies outside"):
        cut_by_lines(parcel, [line((200, -10), (200, 110))], PLANAR, 15_000.0)


def test_a_line_snapped_to_corners_cuts_though_its_ends_are_a_hair_short():
    pieces = cut_by_lines(PARCEL, [line((1e-7, 1e-7), (100, 100))], PLANAR, 10_000.0)
    assert [piece.area_m2 for piece in pieces] == [5000.0, 5000.0]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 5000), at=st.tuples(st.floats(0.02, 0.98), st.floats(0.02, 0.98)))
def test_a_line_snapped_to_the_middle_of_edges_and_to_another_line_cuts(seed, at):
    """Snapped points lie on an edge only to the last digit."""
    parcel = shapely.get_parts(blobs(seed, 1))[0]
    x0, y0, x1, y1 = parcel.bounds
    middle = parcel.representative_point()
    across = shapely.LineString([(x0 - 5, middle.y), (x1 + 5, middle.y)])
    inside = max(shapely.get_parts(shapely.intersection(across, parcel)), key=shapely.length)
    start = shapely.line_interpolate_point(inside, at[0], normalized=True)
    up = shapely.intersection(shapely.LineString([(start.x, start.y), (start.x, y1 + 5)]), parcel)
    up = next(part for part in shapely.get_parts(up) if shapely.distance(part, start) < 1e-6)
    joined = shapely.LineString([start, shapely.points(shapely.get_coordinates(up)[-1])])
    ends = shapely.LineString(shapely.get_coordinates(inside)[[0, -1]])
    assert len(cut_by_lines(parcel, [ends, joined], PLANAR, 2000.0, NO_SLIVERS)) >= 3


def test_a_sliver_goes_to_the_neighbour_with_most_common_border():
    """R08: 2 m² and 0.02 % of the parcel."""
    pieces = cut_by_lines(PARCEL, [line((30, -1), (30, 101)), line((30.02, -1), (30.02, 101))], PLANAR, 10_000.0)
    assert sorted(piece.area_m2 for piece in pieces) in ([3000.0, 7000.0], [3002.0, 6998.0])
    assert sum(piece.measured_m2 for piece in pieces) == pytest.approx(10_000.0)
    assert [round(area, 6) for piece in pieces for area in piece.slivers_m2] == [2.0]


def test_a_piece_is_kept_that_is_small_but_a_large_share_of_a_small_parcel():
    pieces = cut_by_lines(box(0, 0, 10, 10), [line((1, -1), (1, 11))], PLANAR, 100.0)
    assert [piece.area_m2 for piece in pieces] == [90.0, 10.0]


def test_parts_that_no_line_touches_stay_with_the_nearest_piece():
    parcel = shapely.MultiPolygon([PARCEL, box(110, 0, 120, 10)])
    pieces = cut_by_lines(parcel, [line((30, -10), (30, 110))], PLANAR, 10_100.0)
    assert [piece.area_m2 for piece in pieces] == [7100.0, 3000.0]


def test_evidence_cuts_into_inside_and_outside():
    pieces = cut_by_evidence(PARCEL, [box(-10, -10, 40, 200), box(30, 0, 60, 100)], PLANAR, 10_000.0)
    assert [(piece.area_m2, piece.inside) for piece in pieces] == [(6000.0, True), (4000.0, False)]


def test_every_separate_part_can_become_a_piece_of_its_own():
    pieces = cut_by_evidence(PARCEL, [box(20, 0, 40, 100)], PLANAR, 10_000.0, each_part=True)
    assert sorted((piece.area_m2, piece.inside) for piece in pieces) == [(2000.0, False), (2000.0, True), (6000.0, False)]


@pytest.mark.parametrize("evidence", [box(-10, -10, 200, 200), box(200, 200, 300, 300), box(0, 0, 0.01, 100)])
def test_evidence_that_leaves_nothing_or_only_a_sliver_on_one_side_is_refused(evidence):
    with pytest.raises(RefusedError):
        cut_by_evidence(PARCEL, [evidence], PLANAR, 10_000.0)


def test_pieces_that_overlap_or_leave_a_gap_are_no_partition():
    check_partition(PARCEL, array(box(0, 0, 50, 100), box(50, 0, 100, 100)), PLANAR)
    for other in (box(49, 0, 100, 100), box(51, 0, 100, 100)):
        with pytest.raises(RefusedError, match="R37"):
            check_partition(PARCEL, array(box(0, 0, 50, 100), other), PLANAR)


@settings(max_examples=60, deadline=None)
@given(areas=st.lists(st.floats(0.5, 1e6), min_size=1, max_size=20), control=st.integers(1, 10 ** 9))
def test_adjusted_areas_sum_to_the_control_area_to_the_cent(areas, control):
    assert round(float(adjusted_areas(np.array(areas), control / 100).sum()) * 100) == control


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 5000), turn=st.floats(0, np.pi))
def test_any_line_through_any_parcel_makes_a_partition(seed, turn):
    parcel = shapely.get_parts(blobs(seed, 1))[0]
    middle, reach = parcel.representative_point(), 200 * np.array([np.cos(turn), np.sin(turn)])
    cut = shapely.LineString([(middle.x - reach[0], middle.y - reach[1]), (middle.x + reach[0], middle.y + reach[1])])
    pieces = cut_by_lines(parcel, [cut], PLANAR, 2000.0, NO_SLIVERS)
    assert len(pieces) >= 2
    assert sum(piece.area_m2 for piece in pieces) == pytest.approx(2000.0, abs=1e-6)
    check_partition(parcel, array(*[piece.geometry for piece in pieces]), PLANAR)
