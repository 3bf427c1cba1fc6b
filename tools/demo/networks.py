"""Roads and streams as areas: what cuts the fields."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Tuple

import numpy as np
import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from .plan import CountyPlan
from .settlements import TownshipArea, Village
from .terrain import Terrain, Warp


@dataclass(frozen=True)
class Way:
    """A band of ground: a road or a watercourse. Width in metres."""

    name: str
    code: str
    width_m: float
    line: LineString
    area: BaseGeometry


def way(name: str, code: str, width_m: float, line: LineString) -> Way:
    return Way(name, code, width_m, line, line.buffer(width_m / 2, cap_style="flat", join_style="mitre", mitre_limit=2))


def build_waters(plan: CountyPlan, terrain: Terrain) -> List[Way]:
    scale = plan.size_m / 20_000
    waters = [way("灵溪江", "1101", 150 * scale, terrain.river)]
    for number, brook in enumerate(terrain.brooks, 1):
        waters.append(way(f"{number}号支流", "1101", 34 * scale + 8, brook))
    return waters


def build_highways(plan: CountyPlan, terrain: Terrain, townships: Sequence[TownshipArea]) -> List[Way]:
    """A motorway along the valley and the classified roads between the seats."""
    rng, size = plan.rng("highways"), plan.size_m
    curve = Warp(rng, size, [(size / 8, size / 70), (size / 25, size / 300)])
    motorway = LineString([(-0.05 * size, 0.71 * size), (0.25 * size, 0.69 * size), (0.48 * size, 0.53 * size),
                           (0.72 * size, 0.55 * size), (1.05 * size, 0.44 * size)]).segmentize(size / 200)
    ways = [way("G15演示高速", "1003", 36.0, curve(motorway))]
    seats = [t.seat for t in townships]
    for number, (start, end) in enumerate(_network(seats, 5), 1):
        width, name = (16.0, f"S{200 + number}省道") if number % 3 == 0 else (10.0, f"X{300 + number}县道")
        line = LineString([seats[start], seats[end]]).segmentize(size / 150)
        ways.append(way(name, "1003", width, curve(line)))
    return ways


def build_rural_roads(plan: CountyPlan, villages: Sequence[Village], highways: Sequence[Way]) -> List[Way]:
    """Each village joined to its neighbours and to the next classified road; 4.5 to 6 m wide."""
    rng, size = plan.rng("rural roads"), plan.size_m
    curve = Warp(rng, size, [(size / 20, size / 500), (size / 80, size / 2500)])
    trunk = shapely.union_all([road.line for road in highways[1:]])
    ways = []
    for start, end in _network([village.centre for village in villages], len(villages) // 8, 2500.0):
        line = LineString([villages[start].centre, villages[end].centre]).segmentize(size / 200)
        ways.append(way("", "1006", float(rng.uniform(4.5, 6)), curve(line)))
    for village in villages[::3]:
        joint = shapely.shortest_line(village.centre, trunk)
        if joint.length < 1500:
            ways.append(way("", "1006", 5.0, curve(joint.segmentize(size / 200))))
    return ways


def _network(points: Sequence[Point], extra: int, longest: float = np.inf) -> List[Tuple[int, int]]:
    """Smallest spanning tree (Prim) plus the shortest ``extra`` links that it left out."""
    xy = np.array([(p.x, p.y) for p in points])
    length = np.hypot(*(xy[:, None, :] - xy[None]).transpose(2, 0, 1))
    best, source = length[0].copy(), np.zeros(len(xy), dtype=int)
    waiting = set(range(1, len(xy)))
    links: List[Tuple[int, int]] = []
    while waiting:
        node = min(waiting, key=lambda k: best[k])
        waiting.remove(node)
        links.append((int(source[node]), node))
        closer = length[node] < best
        best[closer], source[closer] = length[node][closer], node
    spare = [(a, b) for a in range(len(xy)) for b in range(a + 1, len(xy)) if (a, b) not in links and (b, a) not in links]
    spare.sort(key=lambda pair: length[pair])
    return [link for link in links + spare[:extra * 3:3] if length[link] < longest]
