"""What a track passed, against what can be reckoned by hand."""
from __future__ import annotations

import numpy as np
import pytest
import shapely

from land_inspector.evidence.passing import Limits, Piece, covered_share, overlap_share, passed, pieces, walked


def straight(length=1000.0, step=10.0, speed=1.0, y=0.0, begin=0.0):
    """Along x at ``speed`` m/s."""
    x = np.arange(0.0, length + step / 2, step)
    return Piece(np.column_stack([x, np.full_like(x, y)]), begin + x / speed)


def test_a_target_is_passed_for_the_time_spent_within_the_distance():
    target = shapely.box(400, 50, 500, 80)  # 50 m beside the way
    (found,) = passed([straight()], [target], 50.0 + 1e-6)
    assert found.nearest_m == pytest.approx(50.0) and found.seconds == pytest.approx(100.0, abs=0.5)
    (wider,) = passed([straight()], [target], 130.0)
    assert wider.seconds == pytest.approx(100 + 2 * np.sqrt(130 ** 2 - 50 ** 2), abs=0.7)  # a round corner of 16 pieces a quarter
    assert passed([straight()], [target], 49.0) == []


def test_a_long_step_shares_its_time_by_length():
    two = Piece(np.array([[0.0, 0.0], [1000.0, 0.0]]), np.array([0.0, 500.0]))
    (found,) = passed([two], [shapely.box(0, -10, 250, 10)], 0.0)
    assert found.seconds == pytest.approx(125.0) and (found.first, found.last) == (0.0, 500.0)


def test_standing_still_counts_and_a_visit_in_passing_can_be_left_out():
    still = Piece(np.zeros((10, 2)), np.arange(10) * 60.0)
    near, far = shapely.box(5, 5, 10, 10), shapely.box(900, -5, 901, 5)
    assert [one.target for one in passed([still], [near, far], 20.0, 500.0)] == [0]
    assert passed([still], [near], 20.0, 541.0) == []
    assert [one.seconds for one in passed([still], [near], 20.0)] == [540.0]


def test_a_track_without_times_passes_for_an_unknown_time():
    dumb = Piece(straight().xy, np.full(101, np.nan))
    (found,) = passed([dumb], [shapely.box(400, 50, 500, 80)], 60.0, 1e9)
    assert found.seconds is None and found.first is None


def test_a_gap_is_not_travelled_and_a_jump_is_dropped():
    xy = np.array([[0, 0], [10, 0], [20, 0], [9000, 9000], [30, 0], [2000, 0], [2010, 0]], float)
    at = np.array([0, 10, 20, 21, 30, 1000, 1010], float)
    parts, dropped = pieces(xy, at)
    assert dropped == 1 and [len(part.xy) for part in parts] == [4, 2]
    assert passed(parts, [shapely.box(900, -5, 1000, 5)], 50.0) == []
    assert walked(parts) == (pytest.approx(40.0), pytest.approx(40.0))


def test_a_first_point_far_from_all_that_follows_is_itself_the_jump():
    xy = np.array([[90000, 0], [0, 0], [10, 0], [20, 0]], float)
    parts, dropped = pieces(xy, np.array([0, 1, 11, 21], float))
    assert dropped == 1 and parts[0].xy[0].tolist() == [0.0, 0.0]


def test_without_times_only_a_long_way_is_a_gap():
    xy = np.array([[0, 0], [1500, 0], [9000, 0]], float)
    parts, _dropped = pieces(xy, np.full(3, np.nan), Limits(gap_m=200.0))
    assert [len(part.xy) for part in parts] == [2, 1]


def test_coverage_is_the_share_of_each_area_that_was_come_near():
    areas = [shapely.box(0, -100, 1000, 100), shapely.box(0, 400, 10, 410), shapely.Point(0, 0)]
    share = covered_share([[straight()]], areas, 50.0)
    assert share[0] == pytest.approx(0.5, abs=0.001) and share[1] == 0.0 and np.isnan(share[2])
    assert covered_share([], areas, 50.0)[0] == 0.0


def test_two_logs_with_one_track_show_it():
    assert overlap_share([straight()], [straight(y=5.0)]) == pytest.approx(1.0)
    assert overlap_share([straight()], [straight(length=500)]) == pytest.approx(0.52, abs=0.001)
    assert overlap_share([straight()], [straight(y=500)]) == 0.0
