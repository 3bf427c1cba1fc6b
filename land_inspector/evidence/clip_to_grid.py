"""What lies around one patch: edges of polygons, cut to its box and put on its grid. Compiled by numba, for :mod:`green`.

numba keeps what it has compiled of a caller and looks at the caller's file alone: after a change here, touch green.py.
"""
from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np
from numba import njit

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
