"""A whole county put together: terrain, settlements, ways, survey."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Tuple

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import Polygon, box

from .fields import Relief, build_fields, build_relief, build_stands
from .landuse import Coverage, Owner, build_coverage
from .networks import Way, build_highways, build_rural_roads, build_waters
from .plan import CountyPlan
from .settlements import TownshipArea, Village, build_townships, build_villages
from .shapes import earthwork, footprint, frame, place
from .terrain import FOOTHILL_TOP, PLAIN_TOP, Terrain, build_terrain

POND, FACILITY, RESERVOIR, QUARRY, BURIAL, ESTATE = "1104", "1202", "1103", "0602", "09", "0601"


@dataclass(frozen=True)
class County:
    """``areas`` are the townships as the survey's faces make them, ``outline`` their union: they nest exactly."""

    plan: CountyPlan
    terrain: Terrain
    relief: Relief
    townships: List[TownshipArea]
    villages: List[Village]
    waters: List[Way]
    highways: List[Way]
    coverage: Coverage
    areas: np.ndarray
    outline: Polygon
    rural: List[Way]


def build_county(plan: CountyPlan) -> County:
    terrain = build_terrain(plan)
    relief = build_relief(plan, terrain)
    townships = build_townships(plan, terrain)
    villages = build_villages(plan, terrain, townships)
    waters, highways = build_waters(plan, terrain), build_highways(plan, terrain, townships)
    rural = build_rural_roads(plan, villages, highways)
    cells, lanes = build_fields(plan, relief)
    owners = [_ways("highway", highways), _ways("water", waters), *_towns(townships), _villages(villages),
              *_estates(plan, townships, relief), _lanes("lane", rural + [w for w in lanes if w.code == "1006"], villages),
              _lanes("ditch", [w for w in lanes if w.code == "1107"], villages), _specials(plan, relief),
              _shore(plan, waters[0]), *_ground(relief, cells, build_stands(plan, relief))]
    coverage = build_coverage(terrain.outline, [t.shape for t in townships], owners)
    areas = _array([shapely.coverage_union_all(coverage.shapes[coverage.townships == index])
                    for index in range(len(townships))])
    return County(plan, terrain, relief, townships, villages, waters, highways, coverage, areas,
                  shapely.coverage_union_all(areas), rural)


def _array(shapes: List[Polygon]) -> np.ndarray:
    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out


def _ways(kind: str, ways: List[Way]) -> Owner:
    return Owner(kind, _array([w.area for w in ways]), [(w.code, w.name, w.width_m) for w in ways])


def _lanes(kind: str, ways: List[Way], villages: List[Village]) -> Owner:
    """Lanes and ditches belong to the nearest village, so that no polygon spans a township's whole network."""
    tree = shapely.STRtree([v.centre for v in villages])
    nearest = tree.nearest(np.array([w.line.interpolate(0.5, normalized=True) for w in ways]))
    return Owner(kind, _array([w.area for w in ways]),
                 [(w.code, int(v), round(w.width_m, 1)) for w, v in zip(ways, nearest)])


def _blocks(shape: Polygon, spacing_m: float, street_m: float) -> List[Polygon]:
    """A settlement's blocks between its streets, in the direction in which it lies."""
    corner, along, across = frame(shape)
    length, width = np.hypot(*along), np.hypot(*across)
    columns, rows = max(1, round(length / spacing_m)), max(1, round(width / spacing_m))
    matrix = [along[0] / length, across[0] / width, along[1] / length, across[1] / width, *corner]
    half, cells = street_m / 2, []
    for column in range(columns):
        for row in range(rows):
            cell = box(column * length / columns + half, row * width / rows + half,
                       (column + 1) * length / columns - half, (row + 1) * width / rows - half)
            part = affinity.affine_transform(cell, matrix).intersection(shape)
            cells += [piece for piece in shapely.get_parts(part) if piece.geom_type == "Polygon" and piece.area > 400]
    return cells


def _towns(townships: List[TownshipArea]) -> Tuple[Owner, Owner]:
    """Blocks with their distance from the seat (0 … 1), and the streets between them."""
    blocks, labels = [], []
    for township in townships:
        reach = np.sqrt(township.built_up.area)
        for number, block in enumerate(_blocks(township.built_up, 170, 14)):
            blocks.append(block)
            labels.append((number, township.urban, round(block.centroid.distance(township.seat) / reach, 3)))
    streets = Owner("street", _array([t.built_up for t in townships]), [("1004", t.urban) for t in townships])
    return Owner("town", _array(blocks), labels), streets


def _villages(villages: List[Village]) -> Owner:
    shapes, labels = [], []
    for index, village in enumerate(villages):
        for number, block in enumerate(_blocks(village.shape, 115, 0)):
            shapes.append(block)
            labels.append((index, number))
    return Owner("village", _array(shapes), labels)


def _estates(plan: CountyPlan, townships: List[TownshipArea], relief: Relief) -> Tuple[Owner, Owner]:
    """Industrial estates at the towns' edges, on low ground."""
    rng = plan.rng("estates")
    blocks, labels, yards = [], [], []
    for township in townships:
        angle, reach = rng.uniform(0, 2 * np.pi), np.sqrt(township.built_up.area) * 0.9 + 180
        x, y = township.seat.x + reach * np.cos(angle), township.seat.y + reach * np.sin(angle)
        yard = place(footprint(rng, float(rng.uniform(60_000, 190_000))), x, y, float(np.degrees(angle)))
        if relief.at(x, y) > PLAIN_TOP * 2 or not yard.within(township.shape):
            continue
        yards.append(yard)
        for block in _blocks(yard, 150, 12):
            blocks.append(block)
            labels.append((len(blocks), township.urban, ESTATE if rng.random() < 0.85 else "0508"))
    return (Owner("estate", _array(blocks), labels),
            Owner("street", _array(yards), [("1004", False)] * len(yards)))


def _specials(plan: CountyPlan, relief: Relief) -> Owner:
    """Ponds, farm buildings, reservoirs, quarries and burial grounds, each on the ground where it belongs."""
    rng, shapes, labels = plan.rng("specials"), [], []
    scale = (plan.size_m / 20_000) ** 2
    wanted: Dict[str, Tuple[int, float, float, float, float]] = {
        POND: (190, 0, PLAIN_TOP, 1500, 12_000), FACILITY: (110, 0, FOOTHILL_TOP, 600, 5000),
        RESERVOIR: (5, 60, 200, 90_000, 400_000), QUARRY: (6, 60, 220, 15_000, 70_000), BURIAL: (9, 20, 90, 4000, 16_000)}
    for code, (count, low, high, small, large) in wanted.items():
        for _ in range(max(2, int(count * scale))):
            x, y = _somewhere(rng, relief, plan.size_m, low, high)
            area = float(np.exp(rng.uniform(np.log(small), np.log(large))))
            shape = footprint(rng, area) if code == FACILITY else earthwork(rng, area)
            shapes.append(place(shape, x, y, 14.0 if code == FACILITY else float(rng.uniform(0, 180))))
            labels.append((code, len(labels)))
    return Owner("special", _array(shapes), labels)


def _somewhere(rng: np.random.Generator, relief: Relief, size_m: float, low: float, high: float) -> Tuple[float, float]:
    for _ in range(400):
        x, y = rng.uniform(0.04 * size_m, 0.96 * size_m, 2)
        if low <= relief.at(x, y) < high:
            break
    return float(x), float(y)


def _shore(plan: CountyPlan, river: Way) -> Owner:
    """Mud and gravel banks along the inner bends (1106, unused land)."""
    rng = plan.rng("shore")
    step, bank = plan.size_m / 16, river.width_m / 2 + 45
    banks = [river.line.interpolate(at).buffer(step * rng.uniform(0.2, 0.4)).intersection(river.line.buffer(bank))
             for at in np.arange(step / 2, river.line.length, step)]
    return Owner("shore", _array(banks), [("1106", number) for number in range(len(banks))])


def _ground(relief: Relief, cells: np.ndarray, stands: np.ndarray) -> Tuple[Owner, Owner, Owner]:
    """Fields inside the plain, plots on the slopes, stands on the hills; the last one fills what is left."""
    clipped = shapely.intersection(cells, relief.plain)
    fields = Owner("field", clipped, list(range(len(cells))))
    plots = shapely.intersection(stands, relief.foothill)
    return fields, Owner("plot", plots, list(range(len(stands)))), Owner("stand", stands, list(range(len(stands))))
