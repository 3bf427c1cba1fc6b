"""The area and first moments of P ∩ ∪Q in exact fractions, by slabs: slow, and right in every configuration."""
from __future__ import annotations

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
        middle = (left + right) / 2
        across = sorted((_height(edge, middle), _height(edge, left), _height(edge, right), owner) for edge, owner in edges
                        if min(edge[0][0], edge[1][0]) <= left and max(edge[0][0], edge[1][0]) >= right)
        inside = [False] * (len(polygons) + 1)
        for lower, upper in zip(across[:-1], across[1:]):
            inside[lower[3]] = not inside[lower[3]]
            if inside[0] and any(inside[1:]):
                corners = [(left, lower[1]), (right, lower[2]), (right, upper[2]), (left, upper[1])]
                sums = [total + part for total, part in zip(sums, _polygon(corners))]
    return sums[0], sums[1], sums[2]


def _crossings(edges: Sequence[Edge]) -> List[Fraction]:
    found = []
    for place, (p, q) in enumerate(edges):
        for r, s in edges[:place]:
            turn = (q[0] - p[0]) * (s[1] - r[1]) - (q[1] - p[1]) * (s[0] - r[0])
            if turn:
                t = ((r[0] - p[0]) * (s[1] - r[1]) - (r[1] - p[1]) * (s[0] - r[0])) / turn
                u = ((r[0] - p[0]) * (q[1] - p[1]) - (r[1] - p[1]) * (q[0] - p[0])) / turn
                if 0 <= t <= 1 and 0 <= u <= 1:
                    found.append(p[0] + t * (q[0] - p[0]))
    return found


def _height(edge: Edge, x: Fraction) -> Fraction:
    (x0, y0), (x1, y1) = edge
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def _polygon(corners: Sequence[Point]) -> Tuple[Fraction, Fraction, Fraction]:
    area = first = second = Fraction(0)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]]):
        cross = x0 * y1 - x1 * y0
        area, first, second = area + cross / 2, first + (x0 + x1) * cross / 6, second + (y0 + y1) * cross / 6
    return area, first, second
