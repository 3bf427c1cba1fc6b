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

Imported by :mod:`accelerator` alone, for numba is not everywhere; all that numba compiles stands in this one file, for it keeps what
it compiled of a caller and looks at the caller's file alone. Nothing here knows of coordinate systems.
"""
from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np
from numba import njit


# What lies around one patch: edges of polygons, cut to its box and put on its grid.

GRID_BITS = 44  # differences have 46 bits at most, so that the products of an orientation are exact in two parts
MARGIN = 0.01  # of a patch's box, to which polygons are cut: their cut edges stay off the patch
BLOCK = 32  # vertices that are passed over together where they lie beyond one side of the box


class Polygons(NamedTuple):
    """Polygons as arrays: closed rings ``xy[rings[r]:rings[r + 1]]``, of polygon ``p`` the rings ``first[p]:first[p + 1]``.

    ``forward``: whether a ring has its polygon on the left; ``boxes``: of each :data:`BLOCK` vertices of ``xy``.
    """

    xy: np.ndarray
    rings: np.ndarray
    first: np.ndarray
    forward: np.ndarray
    boxes: np.ndarray


class Frame(NamedTuple):
    """Origin (a vertex of the patch), step of the grid, and the box, relative to the origin, that polygons are cut to."""

    x: float
    y: float
    grid: float
    left: float
    low: float
    right: float
    high: float


class Scene(NamedTuple):
    """The edges around one patch (ax, ay, bx, by), ring by ring: the owner of each, where each ring ends.

    ``group`` of each polygon, owners 1, 2, … in turn.
    """

    edges: np.ndarray
    owner: np.ndarray
    ring_end: np.ndarray
    group: np.ndarray


@njit(cache=True, nogil=True)
def some_of(polygons: Polygons, rows: np.ndarray) -> Polygons:
    """The polygons at ``rows`` as if there were no others: blocks begin anew, and with them the ways that :func:`_near` leaves out."""
    ring_count, size = 0, 0
    for row in rows:
        begin, end = polygons.first[row], polygons.first[row + 1]
        ring_count, size = ring_count + end - begin, size + polygons.rings[end] - polygons.rings[begin]
    xy, boxes = np.empty((size, 2)), np.empty(((size + BLOCK - 1) // BLOCK, 4))
    rings, first, forward = np.zeros(ring_count + 1, np.int64), np.zeros(len(rows) + 1, np.int64), np.empty(ring_count, np.bool_)
    at, ring = 0, 0
    for place in range(len(rows)):
        for own in range(polygons.first[rows[place]], polygons.first[rows[place] + 1]):
            forward[ring] = polygons.forward[own]
            for k in range(polygons.rings[own], polygons.rings[own + 1]):
                xy[at, 0], xy[at, 1] = polygons.xy[k, 0], polygons.xy[k, 1]
                at += 1
            ring += 1
            rings[ring] = at
        first[place + 1] = ring
    for block in range(len(boxes)):
        left, low, right, high = np.inf, np.inf, -np.inf, -np.inf
        for k in range(block * BLOCK, min(size, block * BLOCK + BLOCK)):
            left, right, low, high = min(left, xy[k, 0]), max(right, xy[k, 0]), min(low, xy[k, 1]), max(high, xy[k, 1])
        boxes[block, 0], boxes[block, 1], boxes[block, 2], boxes[block, 3] = left, low, right, high
    return Polygons(xy, rings, first, forward, boxes)


@njit(cache=True, nogil=True)
def longest_ring(polygons: Polygons) -> int:
    """Vertices of the longest ring."""
    longest = 0
    for ring in range(len(polygons.rings) - 1):
        longest = max(longest, polygons.rings[ring + 1] - polygons.rings[ring])
    return longest


@njit(cache=True, nogil=True)
def frame_of(patches: Polygons, patch: int) -> Frame:
    """The grid of one patch (a position): its first vertex as origin, in the patches' coordinates; its box with a
    margin."""
    begin, end = patches.rings[patches.first[patch]], patches.rings[patches.first[patch + 1]]
    x0, y0 = patches.xy[begin]
    left, low, right, high = 0.0, 0.0, 0.0, 0.0
    for k in range(begin, end):
        x, y = patches.xy[k, 0] - x0, patches.xy[k, 1] - y0
        left, right, low, high = min(left, x), max(right, x), min(low, y), max(high, y)
    extent, margin = max(right - left, high - low), MARGIN * max(right - left, high - low)
    return Frame(x0, y0, 2.0 ** (np.ceil(np.log2(extent)) - GRID_BITS), left - margin, low - margin, right + margin, high + margin)


@njit(cache=True, nogil=True)
def take(
    polygons: Polygons, which: int, who: int, frame: Frame, scene: Scene, spare: np.ndarray, count: int, rings: int,
) -> Tuple[Scene, int, int]:
    """The edges of a polygon, cut to the frame, put into the scene; how many edges and rings are in it then."""
    here, there, fine = spare[0], spare[1], 1 / frame.grid
    for ring in range(polygons.first[which], polygons.first[which + 1]):
        size = _near(polygons, ring, frame, here)
        size = _cut(here, size, 0, frame.left, 1.0, there)
        size = _cut(there, size, 0, frame.right, -1.0, here)
        size = _cut(here, size, 1, frame.low, 1.0, there)
        size = _cut(there, size, 1, frame.high, -1.0, here)
        if count + size > len(scene.owner):
            scene = _roomier(scene, 2 * (count + size))
        before = count
        for k in range(size):
            here[k, 0], here[k, 1] = np.rint(here[k, 0] * fine) * frame.grid, np.rint(here[k, 1] * fine) * frame.grid
        for k in range(size):
            after = k + 1 if k + 1 < size else 0
            if here[k, 0] != here[after, 0] or here[k, 1] != here[after, 1]:
                scene.edges[count, 0], scene.edges[count, 1] = here[k, 0], here[k, 1]
                scene.edges[count, 2], scene.edges[count, 3] = here[after, 0], here[after, 1]
                scene.owner[count] = who
                count += 1
        if count > before:
            scene.ring_end[rings] = count
            rings += 1
    return scene, count, rings


@njit(cache=True, nogil=True)
def _roomier(scene: Scene, room: int) -> Scene:
    edges, owner, ring_end = np.empty((room, 4)), np.empty(room, np.int64), np.empty(room, np.int64)
    edges[:len(scene.edges)], owner[:len(scene.owner)], ring_end[:len(scene.ring_end)] = scene.edges, scene.owner, scene.ring_end
    return Scene(edges, owner, ring_end, scene.group)


@njit(cache=True, nogil=True)
def _near(polygons: Polygons, ring: int, frame: Frame, result: np.ndarray) -> int:
    """The vertices of a ring, its polygon on the left, relative to the frame; their number.

    Of blocks beyond one and the same side only the first and the last vertex: the way between is cut away in any case.
    """
    begin, end, size, sides, last = polygons.rings[ring], polygons.rings[ring + 1] - 1, 0, 0, -1  # the last vertex is the first
    for block in range(begin // BLOCK, (end - 1) // BLOCK + 1):
        low, high = max(begin, block * BLOCK), min(end, block * BLOCK + BLOCK)
        beyond = _beyond(polygons.boxes[block], frame)
        if sides & beyond:
            sides, last = sides & beyond, high - 1
            continue
        if last >= 0:
            size = _keep(polygons, last, last + 1, frame, result, size)
        sides, last = beyond, high - 1 if beyond and high > low + 1 else -1
        size = _keep(polygons, low, low + 1 if beyond else high, frame, result, size)
    if last >= 0:
        size = _keep(polygons, last, last + 1, frame, result, size)
    if not polygons.forward[ring]:
        result[:size] = result[:size][::-1].copy()
    return size


@njit(cache=True, nogil=True)
def _beyond(box: np.ndarray, frame: Frame) -> int:
    """A bit for each side of the frame beyond which a box lies."""
    left, low, right, high = box[0] - frame.x, box[1] - frame.y, box[2] - frame.x, box[3] - frame.y
    return (right < frame.left) | (left > frame.right) << 1 | (high < frame.low) << 2 | (low > frame.high) << 3


@njit(cache=True, nogil=True)
def _keep(polygons: Polygons, begin: int, end: int, frame: Frame, result: np.ndarray, size: int) -> int:
    for k in range(begin, end):
        result[size, 0], result[size, 1] = polygons.xy[k, 0] - frame.x, polygons.xy[k, 1] - frame.y
        size += 1
    return size


@njit(cache=True, nogil=True)
def _cut(ring: np.ndarray, size: int, axis: int, at: float, sign: float, result: np.ndarray) -> int:
    """A ring cut at a line parallel to an axis, what lies beyond laid onto the line (Sutherland & Hodgman 1974); its size.

    Each edge is cut as its twin in a neighbouring polygon is, whichever way it runs.
    """
    if size == 0:
        return 0
    kept, other = 0, 1 - axis
    a, c = ring[size - 1, axis], ring[size - 1, other]
    was_in = sign * (a - at) >= 0
    for k in range(size):
        b, d = ring[k, axis], ring[k, other]
        is_in = sign * (b - at) >= 0
        if is_in != was_in:
            result[kept, axis] = at
            result[kept, other] = c + (at - a) * ((d - c) / (b - a)) if a < b else d + (at - b) * ((c - d) / (a - b))
            kept += 1
        if is_in:
            result[kept, axis], result[kept, other] = b, d
            kept += 1
        a, c, was_in = b, d, is_in
    return kept


# On which side of a line a point lies, and whether two edges cross: exact.

CANCELLATION = 1e-2  # of the two products: a smaller difference is taken exactly, for where edges cross hangs on its size too
SPLITTER = 134217729.0  # 2^27 + 1 cuts a double in two halves (Dekker 1971)


@njit(cache=True, nogil=True, inline="always")
def crossing(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float,
) -> Tuple[int, float, float]:
    """Whether ab comes into the polygon of cd (1), leaves it (-1) or does not cross cd (0); how far along ab and along cd.

    ab is of the earlier owner, who is shifted to the right, and by much less upwards, as seen from the other.
    """
    of_c, of_d = orientation(ax, ay, bx, by, cx, cy), orientation(ax, ay, bx, by, dx, dy)
    shift = by - ay if by != ay else ax - bx
    if ((of_c if of_c != 0 else shift) > 0) == ((of_d if of_d != 0 else shift) > 0):
        return 0, 0.0, 0.0
    of_a, of_b = orientation(cx, cy, dx, dy, ax, ay), orientation(cx, cy, dx, dy, bx, by)
    shift = cy - dy if cy != dy else dx - cx
    begins_inside = (of_a if of_a != 0 else shift) > 0
    if begins_inside == ((of_b if of_b != 0 else shift) > 0):
        return 0, 0.0, 0.0
    return -1 if begins_inside else 1, of_a / (of_a - of_b), of_c / (of_c - of_d)


@njit(cache=True, nogil=True)
def orientation(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> float:
    """Twice the area of a, b, c: positive where c lies left of a → b, 0 only where it lies exactly on the line.

    The coordinates must be multiples of one power of two, at most 2^46 of it apart, so that differences are exact.
    """
    u, v, w, z = bx - ax, cy - ay, by - ay, cx - ax
    p, q = u * v, w * z
    if abs(p - q) > CANCELLATION * (abs(p) + abs(q)):
        return p - q
    if p == 0 and q == 0:  # most often: a common vertex
        return 0.0
    return (p - q) + (_lost(u, v, p) - _lost(w, z, q))


@njit(cache=True, nogil=True)
def _lost(a: float, b: float, product: float) -> float:
    """What rounding took from a product, exactly: a·b − product."""
    split = SPLITTER * a
    top = split - (split - a)
    rest = a - top
    split = SPLITTER * b
    upper = split - (split - b)
    lower = b - upper
    return ((top * upper - product) + top * lower + rest * upper) + rest * lower


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
