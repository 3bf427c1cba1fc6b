"""Areas that polygons have in common, from their boundaries alone: Green's theorem, compiled by numba.

No intersection and no union is ever built. The area of a patch under a union of polygons is an integral along the
stretches of boundary that bound it: the patch's edges where they run inside a polygon, the polygons' edges where they
run inside the patch and outside all others. One walk along each ring adds it up; who contains the walker is known at the
first vertex, and changes where edges cross.

*Why no configuration is ambiguous.* Coordinates are taken relative to the patch and put on a binary grid of 2^-44 of its
box, on which the sign of every orientation can be told exactly. Where it is zero (a vertex on an edge, a common edge, the
same polygon twice) each polygon counts as shifted by an infinitesimal amount of its own, which makes one consistent
configuration in which nothing touches; area is continuous, so the shift does not change it (Edelsbrunner & Mücke,
Simulation of Simplicity, 1990). Only sums of crossings matter, never the order of two that rounding cannot tell apart:
such an error ends with a stretch of 1e-13 of the patch.

*Rings that rounding made cross themselves* wind twice, or backwards, around a sliver. So "outside all" is not a yes or no but
the product of (1 − how often each winds around): linear in each, it makes every sum along closed ways one of areas.

Imported by :mod:`accelerator` alone, for numba is not everywhere. Nothing here knows of coordinate systems.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .crossing import crossing, orientation
from .clip_to_grid import Polygons, Scene, frame_of, longest_ring, some_of, take

PATCH = 0  # the owner of a patch's edges; its polygons are owners 1, 2, …


class Crossings(NamedTuple):
    """For each edge the first crossing on it, for each crossing the next on its edge, in their order along it; whose edge
    is crossed, whether into its polygon (1) or out of it (-1), and where."""

    first: np.ndarray
    following: np.ndarray
    owner: np.ndarray
    turn: np.ndarray
    xy: np.ndarray


@njit(cache=True, nogil=True)
def add_common_areas(
    patches: Polygons, polygons: Polygons, begin: int, end: int, which: np.ndarray, used: np.ndarray, starts: np.ndarray,
    meets: np.ndarray, group: np.ndarray, by_group: np.ndarray, by_patch: np.ndarray,
) -> None:
    """Adds (A, ∫x dA, ∫y dA) of the patches ``which[begin]`` … ``which[end - 1]``, in square units, x and y from a patch's first
    vertex.

    With seven columns also the sums of dx³, dx² dy, dx dy² and dy³ over the edges of what they have in common.

    Patch ``which[k]`` may meet of the ``polygons`` at ``used`` those numbered ``meets[starts[k]:starts[k + 1]]`` and certainly no
    others. ``group`` (sorted) numbers
    what is united in a row of ``by_group``: the polygons of one patch and class. ``by_patch`` unites all of a patch.
    """
    polygons = some_of(polygons, used)
    longest = max(longest_ring(patches), longest_ring(polygons))
    spare = np.empty((2, 6 * longest + 32, 2))  # none of the four cuts makes half as many more of a ring's vertices
    scene = Scene(np.empty((64, 4)), np.empty(64, np.int64), np.empty(64, np.int64), group)
    for patch in range(begin, end):
        some = meets[starts[patch]:starts[patch + 1]]
        if len(some) == 0:
            continue
        frame = frame_of(patches, which[patch])
        scene, count, rings = take(patches, which[patch], PATCH, frame, scene, spare, 0, 0)
        for place in range(len(some)):
            scene, count, rings = take(polygons, some[place], place + 1, frame, scene, spare, count, rings)
        taken = Scene(scene.edges[:count], scene.owner[:count], scene.ring_end[:rings], group[starts[patch]:starts[patch + 1]])
        _walk(taken, by_group, by_patch[patch])


@njit(cache=True, nogil=True)
def _walk(scene: Scene, by_group: np.ndarray, together: np.ndarray) -> None:
    crossings = _crossings(scene)
    inside = np.zeros(len(scene.group) + 1, np.int64)
    start = 0
    for stop in scene.ring_end:
        _find_containing(scene, start, inside)
        if scene.owner[start] == PATCH:
            _walk_patch(scene, crossings, start, stop, inside, by_group, together)
        else:
            _walk_polygon(scene, crossings, start, stop, inside, by_group, together)
        start = stop


@njit(cache=True, nogil=True)
def _crossings(scene: Scene) -> Crossings:
    """All crossings of edges of different owners, found by a sweep in y."""
    count, owner = len(scene.edges), scene.owner
    order = np.argsort(np.minimum(scene.edges[:, 1], scene.edges[:, 3]))
    who, lefts, rights, lows, highs = owner[order], np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    for k in range(count):
        ax, ay, bx, by = scene.edges[order[k]]
        lefts[k], rights[k], lows[k], highs[k] = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
    first, found, room = np.full(count, -1, np.int64), 0, 64
    numbers, places = np.empty((3, room), np.int64), np.empty((3, room))
    for one in range(count):
        own, left, right, high, end = who[one], lefts[one], rights[one], highs[one], one + 1
        while end < count and lows[end] <= high:
            end += 1
        for two in range(one + 1, end):
            if (who[two] == own) | (lefts[two] > right) | (rights[two] < left):  # without branches: most pairs end here
                continue
            e, f = (order[one], order[two]) if who[one] < who[two] else (order[two], order[one])
            ax, ay, bx, by = scene.edges[e]
            cx, cy, dx, dy = scene.edges[f]
            if ax == dx and bx == cx and ay == dy and by == cy:
                continue  # the common edge of two neighbours
            turn, t, u = crossing(ax, ay, bx, by, cx, cy, dx, dy)
            if turn == 0:
                continue
            if found + 2 > room:
                numbers, places, room = np.hstack((numbers, numbers)), np.hstack((places, places)), 2 * room
            for edge, along, whose, sign in ((e, t, owner[f], turn), (f, u, owner[e], -turn)):
                numbers[1, found], numbers[2, found], places[0, found] = whose, sign, along
                places[1, found], places[2, found] = ax + t * (bx - ax), ay + t * (by - ay)
                _put(first, numbers[0], places[0], edge, found)
                found += 1
    return Crossings(first, numbers[0], numbers[1], numbers[2], places[1:])


@njit(cache=True, nogil=True)
def _put(first: np.ndarray, following: np.ndarray, along: np.ndarray, edge: int, new: int) -> None:
    """A crossing put into the chain of its edge."""
    before, after = -1, first[edge]
    while after >= 0 and along[after] <= along[new]:
        before, after = after, following[after]
    following[new] = after
    if before < 0:
        first[edge] = new
    else:
        following[before] = new


@njit(cache=True, nogil=True)
def _find_containing(scene: Scene, start: int, inside: np.ndarray) -> None:
    """``inside`` becomes how often the polygon of every other owner winds around the first vertex of a ring."""
    inside[:] = 0
    own, x, y = scene.owner[start], scene.edges[start, 0], scene.edges[start, 1]
    for k in range(len(scene.edges)):
        if scene.owner[k] == own:
            continue
        ax, ay, bx, by = scene.edges[k]
        is_shifted = own < scene.owner[k]  # to the right, or else to the left, as seen from the other
        above, below = (ay > y, by > y) if is_shifted else (ay >= y, by >= y)
        if above == below or (ax < x and bx < x):
            continue
        side = orientation(ax, ay, bx, by, x, y)
        if side == 0:
            side = ay - by if is_shifted else by - ay
        if (side > 0) == (by > ay):
            inside[scene.owner[k]] += 1 if by > ay else -1


@njit(cache=True, nogil=True)
def _step(sums: np.ndarray, px: float, py: float, qx: float, qy: float) -> None:
    """The straight way from p to q added to ∮ x dy, to both first moments and to the sums of cubes."""
    run, rise = qx - px, qy - py
    sums[0] += rise * (px + qx) / 2
    sums[1] += rise * (px * px + px * qx + qx * qx) / 6
    sums[2] += rise * (2 * px * py + px * qy + qx * py + 2 * qx * qy) / 6
    if len(sums) > 3:
        sums[3] += run * run * run
        sums[4] += run * run * rise
        sums[5] += run * rise * rise
        sums[6] += rise * rise * rise


@njit(cache=True, nogil=True)
def _add(to: np.ndarray, sums: np.ndarray, sign: int) -> None:
    """In place and without a new array, which would cost more than the sum."""
    for k in range(len(sums)):
        to[k] += sign * sums[k]


@njit(cache=True, nogil=True)
def _change(zeros: np.ndarray, rest: np.ndarray, slot: int, before: int, after: int) -> None:
    """One factor of a product changed. It is kept as the number of its factors that are 0 and the product of the others."""
    zeros[slot] += (after == 0) - (before == 0)
    rest[slot] = rest[slot] // (before if before != 0 else 1) * (after if after != 0 else 1)


@njit(cache=True, nogil=True)
def _walk_patch(
    scene: Scene, crossings: Crossings, start: int, stop: int, inside: np.ndarray, by_group: np.ndarray, together: np.ndarray,
) -> None:
    """Along a ring of the patch: each group, and all together, gain the stretches that run inside them."""
    lowest, every = scene.group[0], scene.group[-1] - scene.group[0] + 1  # the last slot is for all together
    zeros, rest = np.zeros(every + 1, np.int64), np.ones(every + 1, np.int64)
    for k in range(len(scene.group)):
        _change(zeros, rest, scene.group[k] - lowest, 1, 1 - inside[k + 1])
        _change(zeros, rest, every, 1, 1 - inside[k + 1])
    sums = np.zeros(len(together))
    for k in range(start, stop):
        x, y = scene.edges[k, 0], scene.edges[k, 1]
        at = crossings.first[k]
        while at >= 0:
            _step(sums, x, y, crossings.xy[0, at], crossings.xy[1, at])
            x, y = crossings.xy[0, at], crossings.xy[1, at]
            who = crossings.owner[at]
            before = 1 - inside[who]
            inside[who] += crossings.turn[at]
            for slot in (scene.group[who - 1] - lowest, every):
                was = _outside(zeros, rest, slot)
                _change(zeros, rest, slot, before, 1 - inside[who])
                gain = _outside(zeros, rest, slot) - was
                if gain != 0:
                    _add(together if slot == every else by_group[lowest + slot], sums, gain)
            at = crossings.following[at]
        _step(sums, x, y, scene.edges[k, 2], scene.edges[k, 3])
    for slot in range(every + 1):
        if _outside(zeros, rest, slot) != 1:
            _add(together if slot == every else by_group[lowest + slot], sums, 1 - _outside(zeros, rest, slot))


@njit(cache=True, nogil=True)
def _outside(zeros: np.ndarray, rest: np.ndarray, slot: int) -> int:
    """1 outside all polygons of a slot, 0 inside one."""
    return rest[slot] if zeros[slot] == 0 else 0


@njit(cache=True, nogil=True)
def _walk_polygon(
    scene: Scene, crossings: Crossings, start: int, stop: int, inside: np.ndarray, by_group: np.ndarray, together: np.ndarray,
) -> None:
    """Along a ring of a polygon in the patch: its group gains what no other of the group contains, all what no other does."""
    own = scene.group[scene.owner[start] - 1]
    zeros, rest, weight = np.zeros(2, np.int64), np.ones(2, np.int64), np.zeros(2, np.int64)
    for k in range(len(scene.group)):
        for slot in range(0 if scene.group[k] == own else 1, 2):
            _change(zeros, rest, slot, 1, 1 - inside[k + 1])
    for slot in range(2):
        weight[slot] = inside[PATCH] * _outside(zeros, rest, slot)
    sums = np.zeros(len(together))
    for k in range(start, stop):
        x, y = scene.edges[k, 0], scene.edges[k, 1]
        at = crossings.first[k]
        while at >= 0:
            _step(sums, x, y, crossings.xy[0, at], crossings.xy[1, at])
            x, y = crossings.xy[0, at], crossings.xy[1, at]
            who = crossings.owner[at]
            before = 1 - inside[who]
            inside[who] += crossings.turn[at]
            for slot in range(2):
                if who != PATCH and (slot == 1 or scene.group[who - 1] == own):
                    _change(zeros, rest, slot, before, 1 - inside[who])
                now = inside[PATCH] * _outside(zeros, rest, slot)
                if now != weight[slot]:
                    _add(together if slot == 1 else by_group[own], sums, weight[slot] - now)
                    weight[slot] = now
            at = crossings.following[at]
        _step(sums, x, y, scene.edges[k, 2], scene.edges[k, 3])
    for slot in range(2):
        if weight[slot] != 0:
            _add(together if slot == 1 else by_group[own], sums, weight[slot])
