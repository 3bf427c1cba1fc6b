"""The shortest tour against every tour there is, and its bound against the truth."""
from __future__ import annotations

import itertools

import numpy as np
import pytest

from land_inspector.evidence import tour
from land_inspector.evidence.tour import shortest_tour


def distances(n, seed, roads=False, one_way=False):
    places = np.random.default_rng(seed).random((n, 2)) * 5000
    d = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    if not roads:
        return d
    twist = np.random.default_rng(seed + 1).uniform(1.0, 1.6, d.shape)  # roads are no straight lines: no triangle rule holds
    if one_way:  # the way back is another one
        return d * np.where(np.random.default_rng(seed + 2).random(d.shape) < 0.3, 3.0, twist)
    return d * np.triu(twist, 1) + (d * np.triu(twist, 1)).T


def length_of(d, order, closed):
    return sum(d[a, b] for a, b in zip(order, order[1:])) + (d[order[-1], order[0]] if closed else 0.0)


@pytest.mark.parametrize("one_way", [False, True])
@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 7])
def test_few_stops_are_exact_from_any_start(n, closed, one_way):
    for seed in range(5):
        d, start = distances(n, seed, roads=True, one_way=one_way), seed % n
        found = shortest_tour(d, start=start, is_closed=closed)
        others = [stop for stop in range(n) if stop != start]
        best = min(length_of(d, (start, *way), closed) for way in itertools.permutations(others))
        assert found.order[0] == start and sorted(found.order) == list(range(n))
        assert found.length == pytest.approx(best) and length_of(d, found.order, closed) == pytest.approx(found.length)
        assert found.is_proved


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("roads, one_way", [(True, False), (False, False), (True, True)])
def test_the_way_for_many_stops_is_within_five_in_a_hundred_of_the_optimum_and_its_bound_is_one(closed, roads, one_way, monkeypatch):
    for seed in range(4 if one_way else 8):
        d = distances(12, 100 + seed, roads, one_way)
        best = shortest_tour(d, is_closed=closed).length
        with monkeypatch.context() as patch:
            patch.setattr(tour, "EXACT", 2)
            found = shortest_tour(d, is_closed=closed)
        assert found.order[0] == 0 and sorted(found.order) == list(range(12))
        assert length_of(d, found.order, closed) == pytest.approx(found.length)
        assert best * (1 - 1e-9) <= found.length <= best * 1.05
        assert found.bound <= best * (1 + 1e-9)


@pytest.mark.parametrize("closed", [True, False])
def test_sixty_stops_are_near_a_bound_that_no_tour_can_beat(closed):
    found = shortest_tour(distances(60, 7), is_closed=closed)
    assert sorted(found.order) == list(range(60)) and found.bound <= found.length <= found.bound * 1.05


def test_what_is_no_table_of_distances_is_refused():
    for wrong in (np.ones((2, 3)), np.array([[0, np.inf], [np.inf, 0]]), np.array([[1, 1], [1, 0]]), np.array([[0, -1], [-1, 0]])):
        with pytest.raises(ValueError, match="square"):
            shortest_tour(wrong)
    assert shortest_tour(np.empty((0, 0))).order == ()
