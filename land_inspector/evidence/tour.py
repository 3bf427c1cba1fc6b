"""The shortest tour through chosen stops: exact for few of them, near the optimum and with a proved bound for more.

Up to :data:`EXACT` stops by dynamic programming (Held and Karp 1962); above, several greedy starts improved by 2-opt and Or-opt
until neither helps. The bound is Held and Karp's 1-tree (1970, 1971). Distances are of any one unit; where the way back is another one
(one-way roads), each stretch is reckoned in the direction in which it is gone, and the bound rests on the shorter of both ways.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np

from ..progress import Progress

#: As many stops as dynamic programming does in well under a second.
EXACT = 12
_STARTS = 20
_ROUNDS = 120
_LONGEST, _MANY = 10, 60


@dataclass(frozen=True)
class Tour:
    """``order``: indices of the distance matrix, the start first. ``length`` includes the way back where the tour is closed.
    ``bound``: no tour can be shorter; equal to ``length`` where the tour is proved to be the shortest."""

    order: Tuple[int, ...]
    length: float
    bound: float

    @property
    def is_proved(self) -> bool:
        """Whether no shorter tour exists."""
        return self.length <= self.bound * (1.0 + 1e-9)


def shortest_tour(distances: np.ndarray, *, start: int = 0, is_closed: bool = True, progress: Optional[Progress] = None) -> Tour:
    """A tour that begins at ``start``, visits every other stop once, and returns where it ``is_closed``.

    ``distances`` (n, n) from each row's stop to each column's, zero on the diagonal, finite. Raises ValueError for anything else.
    """
    d = np.asarray(distances, float)
    if d.ndim != 2 or d.shape[0] != d.shape[1] or not np.isfinite(d).all() or (d < 0).any() or np.diag(d).any():
        raise ValueError("distances must be a finite square matrix without negative numbers, zero on its diagonal")
    n = len(d)
    if n == 0:
        return Tour((), 0.0, 0.0)
    if np.allclose(d, d.T):
        d = (d + d.T) / 2.0
    stops = [start] + [stop for stop in range(n) if stop != start]
    d = d[np.ix_(stops, stops)]
    ring, free = (d, 0.0) if is_closed else _with_free_return(d)
    if n - 1 <= EXACT:
        order = _exact(d, is_closed)
        length = _length(d, order, is_closed)
        bound = length
    else:
        order = _improved(ring, progress or Progress())
        if not is_closed:  # the stop of the free return lies beside the start, before it or after it
            order = order[:-1] if order[-1] == n else [0] + order[:1:-1]
        length = _length(d, order, is_closed)
        bound = min(length, _one_tree_bound(np.minimum(ring, ring.T), length + free) - free)
    return Tour(tuple(stops[stop] for stop in order), length, bound)


def _length(d: np.ndarray, order: Sequence[int], is_closed: bool) -> float:
    way = float(d[list(order[:-1]), list(order[1:])].sum())
    return way + float(d[order[-1], order[0]]) if is_closed else way


def _with_free_return(d: np.ndarray) -> Tuple[np.ndarray, float]:
    """An open tour as a closed one through one more stop, which lies at the start and to which every end comes at the same cost;
    and that cost."""
    n = len(d)
    far = 4.0 * d.max() * n + 1.0
    ring = np.zeros((n + 1, n + 1))
    ring[:n, :n] = d
    ring[n, 1:n] = ring[1:n, n] = far
    if not np.array_equal(d, d.T):  # the return must be the last step, not the first
        ring[n, 1:n] = ring[0, n] = 3.0 * far
    return ring, far


def _exact(d: np.ndarray, is_closed: bool) -> List[int]:
    """Held and Karp: the cheapest way to have visited each set and to stand at one of it."""
    n = len(d) - 1
    if n == 0:
        return [0]
    cost = np.full((1 << n, n), np.inf)
    before = np.full((1 << n, n), -1, int)
    cost[1 << np.arange(n), np.arange(n)] = d[0, 1:]
    inner = d[1:, 1:]
    for visited in range(1, 1 << n):
        here = cost[visited]
        for stop in range(n):
            if visited >> stop & 1:
                continue
            ways = here + inner[:, stop]
            best = int(np.argmin(ways))
            then = visited | 1 << stop
            if ways[best] < cost[then, stop]:
                cost[then, stop], before[then, stop] = ways[best], best
    visited = (1 << n) - 1
    last = int(np.argmin(cost[visited] + (d[1:, 0] if is_closed else 0.0)))
    order = []
    while last >= 0:
        order.append(last + 1)
        visited, last = visited ^ (1 << last), int(before[visited, last])
    return [0] + order[::-1]


def _improved(d: np.ndarray, progress: Progress) -> List[int]:
    """The best of several greedy tours, each improved; stop 0 first."""
    n = len(d)
    best: List[int] = []
    least = np.inf
    starts = np.linspace(0, n - 1, min(_STARTS, n)).astype(int)
    for number, start in enumerate(starts):
        progress.step(number / len(starts))
        order = _or_opt_and_two_opt(d, _nearest_neighbours(d, int(start)))
        length = _length(d, order, True)
        if length < least - 1e-9:
            best, least = order, length
    at = best.index(0)
    return best[at:] + best[:at]


def _nearest_neighbours(d: np.ndarray, start: int) -> List[int]:
    order, left = [start], np.ones(len(d), bool)
    left[start] = False
    while left.any():
        ways = np.where(left, d[order[-1]], np.inf)
        order.append(int(np.argmin(ways)))
        left[order[-1]] = False
    return order


def _or_opt_and_two_opt(d: np.ndarray, order: List[int]) -> List[int]:
    ring = np.array(order)
    while True:
        ring, turned = _two_opt(d, ring)
        ring, moved = _or_opt(d, ring)
        if not turned and not moved:
            return [int(stop) for stop in ring]


def _two_opt(d: np.ndarray, ring: np.ndarray) -> Tuple[np.ndarray, bool]:
    """Turn round the stretch that shortens the ring most, again and again."""
    n, changed = len(ring), False
    while True:
        following = np.roll(ring, -1)
        edge = d[ring, following]
        turned = np.concatenate([[0.0], np.cumsum(edge[:-1] - d[following, ring][:-1])])  # what turning all before a place saves
        gain = edge[:, None] + edge[None, :] - d[np.ix_(ring, ring)] - d[np.ix_(following, following)]
        gain += turned[None, :] - np.append(turned[1:], turned[-1])[:, None]
        gain[np.tril_indices(n, 1)] = -np.inf
        gain[0, n - 1] = -np.inf
        i, j = np.unravel_index(int(np.argmax(gain)), gain.shape)
        if gain[i, j] <= 1e-9:
            return ring, changed
        ring[i + 1:j + 1] = ring[i + 1:j + 1][::-1].copy()
        changed = True


def _or_opt(d: np.ndarray, ring: np.ndarray) -> Tuple[np.ndarray, bool]:
    """Carry up to three stops in a row (more, where the way back is another one and turning costs) to another place, either way round, as
    long as that shortens the ring."""
    changed, n = False, len(ring)
    again, longest = True, 3 if np.array_equal(d, d.T) or n > _MANY else min(n // 2, _LONGEST)
    while again:
        again = False
        for size in range(1, longest + 1):
            for at in range(n):
                row = np.roll(ring, -at)
                carried, rest = row[:size], row[size:]
                if len(rest) < 3:
                    continue
                following = np.roll(rest, -1)
                saved = d[rest[-1], carried[0]] + d[carried[-1], rest[0]] - d[rest[-1], rest[0]]
                ahead = d[rest, carried[0]] + d[carried[-1], following] - d[rest, following]
                back = d[rest, carried[-1]] + d[carried[0], following] - d[rest, following]
                back += d[carried[1:], carried[:-1]].sum() - d[carried[:-1], carried[1:]].sum()
                way, turned = (ahead, False) if ahead.min() <= back.min() else (back, True)
                place = int(np.argmin(way))
                if way[place] < saved - 1e-9:
                    ring = np.concatenate([rest[:place + 1], carried[::-1] if turned else carried, rest[place + 1:]])
                    changed = again = True
    return ring, changed


def _one_tree_bound(d: np.ndarray, length: float) -> float:
    """A length that no closed tour can fall below: the best 1-tree under weights on the stops, found by subgradients."""
    n = len(d)
    weights, best = np.zeros(n), 0.0
    step = 2.0
    for number in range(_ROUNDS):
        weighted = d + weights[:, None] + weights[None, :]
        degree, total = _one_tree(weighted)
        bound = total - 2.0 * weights.sum()
        if bound > best:
            best = bound
        elif number % 10 == 9:
            step /= 2.0
        slack = degree - 2
        spread = float((slack ** 2).sum())
        if spread == 0:
            break
        weights = weights + step * max(length - bound, 0.0) / spread * slack
    return best


def _one_tree(d: np.ndarray) -> Tuple[np.ndarray, float]:
    """A cheapest tree over all stops but the first (Prim), and the two cheapest edges of the first."""
    n = len(d)
    degree = np.zeros(n, int)
    near, parent = d[1].copy(), np.ones(n, int)
    outside = np.ones(n, bool)
    outside[:2] = False
    total = 0.0
    for _ in range(n - 2):
        stop = int(np.argmin(np.where(outside, near, np.inf)))
        total += float(near[stop])
        degree[stop] += 1
        degree[parent[stop]] += 1
        outside[stop] = False
        closer = d[stop] < near
        near = np.where(closer, d[stop], near)
        parent = np.where(closer, stop, parent)
    two = np.argsort(d[0, 1:])[:2] + 1
    degree[0] += 2
    degree[two] += 1
    return degree, total + float(d[0, two].sum())
