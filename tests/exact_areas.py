"""The area and first moments of P ∩ ∪Q in exact fractions, by slabs: slow, and right in every configuration."""
from __future__ import annotations

import math
from fractions import Fraction
from typing import List, Sequence, Tuple

import shapely

Point = Tuple[Fraction, Fraction]
Edge = Tuple[Point, Point]


def edges_of(geometry: shapely.Geometry) -> List[Edge]:
    rings = [ring for part in shapely.get_parts(geometry) for ring in (part.exterior, *part.interiors)]
    corners = [[(Fraction(x), Fraction(y)) for x, y in ring.coords] for ring in rings]
    return [(a, b) for ring in corners for a, b in zip(ring[:-1], ring[1:]) if a != b]


def exact_moments(patch: shapely.Geometry, polygons: Sequence[shapely.Geometry]) -> Tuple[Fraction, Fraction, Fraction]:
    """A, ∫x dA and ∫y dA of the patch under any of the polygons, each by the even-odd rule.

    Between two neighbouring abscissae of vertices and crossings no edges cross: there all are trapezoids.
    """
    edges = [(edge, owner) for owner, geometry in enumerate([patch, *polygons]) for edge in edges_of(geometry)]
    cuts = sorted({x for edge, _ in edges for x, _ in edge} | set(_crossings([edge for edge, _ in edges])))
    sums = [Fraction(0)] * 3
    for left, right in zip(cuts[:-1], cuts[1:]):
        across = sorted((low + high, low, high, owner) for low, high, owner in (  # the sum is twice the height in the middle
            (_height(edge, left), _height(edge, right), owner) for edge, owner in edges
            if min(edge[0][0], edge[1][0]) <= left and max(edge[0][0], edge[1][0]) >= right))
        inside = [False] * (len(polygons) + 1)
        for lower, upper in zip(across[:-1], across[1:]):
            inside[lower[3]] = not inside[lower[3]]
            if inside[0] and any(inside[1:]):
                corners = [(left, lower[1]), (right, lower[2]), (right, upper[2]), (left, upper[1])]
                sums = [total + part for total, part in zip(sums, _polygon(corners))]
    return sums[0], sums[1], sums[2]


def _crossings(edges: Sequence[Edge]) -> List[Fraction]:
    """Abscissae where two edges meet; in whole numbers of a common part, because most pairs meet nowhere."""
    part = math.lcm(1, *(value.denominator for edge in edges for point in edge for value in point))
    whole = [[int(value * part) for point in edge for value in point] for edge in edges]
    found = []
    for place, (px, py, qx, qy) in enumerate(whole):
        dx, dy = qx - px, qy - py
        for rx, ry, sx, sy in whole[:place]:
            turn = dx * (sy - ry) - dy * (sx - rx)
            if turn:
                t = (rx - px) * (sy - ry) - (ry - py) * (sx - rx)
                u = (rx - px) * dy - (ry - py) * dx
                if 0 <= t <= turn and 0 <= u <= turn or 0 >= t >= turn and 0 >= u >= turn:
                    found.append(Fraction(px * turn + t * dx, turn * part))
    return found


def _height(edge: Edge, x: Fraction) -> Fraction:
    (x0, y0), (x1, y1) = edge
    return y0 if x == x0 else y1 if x == x1 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def _polygon(corners: Sequence[Point]) -> Tuple[Fraction, Fraction, Fraction]:
    area = first = second = Fraction(0)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]]):
        cross = x0 * y1 - x1 * y0
        area, first, second = area + cross / 2, first + (x0 + x1) * cross / 6, second + (y0 + y1) * cross / 6
    return area, first, second
