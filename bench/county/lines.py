"""Roads and rivers: meandering strips, cut at village borders as a land survey cuts them, then out of the parcels."""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, Tuple

import numpy as np
import shapely

from .mesh import GRID_M, X0, Y0, Mesh, blocks, dissolved

RIVER, ROAD, LANE = "1101", "1003", "1006"
WHOLE_SIDE_M = 60_000.0  # the full county, for which the numbers below are meant
TRUNKS, RIVERS, LANES = 26, 7, 700
VILLAGE_CELLS = 20  # cells along a village's side
SLIVER_M2 = 0.5


@dataclass(frozen=True)
class LandUse:
    """The coverage after the strips were cut out of it: polygons, class code, and the village of each."""

    geoms: np.ndarray
    code: np.ndarray
    village: np.ndarray


def cut_by_strips(mesh: Mesh, code: np.ndarray, rng: np.random.Generator) -> LandUse:
    """Parcels less the strips, and the strips by village. ``code`` is the class of each cell."""
    village = blocks(mesh, VILLAGE_CELLS, VILLAGE_CELLS)
    numbers, outlines = np.unique(village), dissolved(mesh.cells, village)
    strips, strip_code, strip_village = _by_village(_strips(mesh.side_m, rng), outlines)
    taken = _joined_by(strips, strip_village, len(outlines))
    home = np.searchsorted(numbers, village)
    cut = np.array([taken[k] is not None for k in home])
    cut[cut] = shapely.intersects(mesh.cells[cut], taken[home[cut]])
    left = shapely.difference(mesh.cells[cut], taken[home[cut]])
    parts, owner = shapely.get_parts(left, return_index=True)
    geoms = np.concatenate([mesh.cells[~cut], parts, strips])
    codes = np.concatenate([code[~cut], code[cut][owner], strip_code])
    villages = np.concatenate([home[~cut], home[cut][owner], strip_village])
    return _tidied(geoms, codes, villages)


def _strips(side: float, rng: np.random.Generator) -> List[Tuple[str, np.ndarray]]:
    """(code, polygons) of rivers, roads and lanes; each leaves out what those before it took."""
    share = side / WHOLE_SIDE_M
    rivers = _buffered(max(1, round(RIVERS * share)), side, (20, 120), 20.0, 1.15, rng)
    roads = _buffered(max(2, round(TRUNKS * share)), side, (8, 26), 25.0, 1.15, rng)
    lanes = _buffered(max(2, round(LANES * share ** 2)), side, (3, 6.5), 15.0, min(0.3, 4000 / side), rng)
    roads = shapely.difference(roads, rivers)
    lanes = shapely.difference(lanes, shapely.union(rivers, roads))
    return [(RIVER, rivers), (ROAD, roads), (LANE, lanes)]


def _buffered(count: int, side: float, widths: Tuple[float, float], step: float, reach: float,
              rng: np.random.Generator) -> "shapely.Geometry":
    """One geometry of ``count`` strips, each ``reach`` sides long."""
    lines = [shapely.linestrings(_meander(side, reach * side, step, rng)) for _ in range(count)]
    return shapely.union_all(shapely.buffer(lines, rng.uniform(*widths, count) / 2, quad_segs=3))


def _meander(side: float, length: float, step: float, rng: np.random.Generator) -> np.ndarray:
    count = max(3, int(length / step))
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.012, count))
    heading += 0.5 * np.sin(np.arange(count) * step / rng.uniform(800, 5000))
    points = np.cumsum(np.column_stack([np.cos(heading), np.sin(heading)]) * step, axis=0)
    return points - points[count // 2] + rng.uniform(0, side, 2) + [X0, Y0]


def _by_village(strips: List[Tuple[str, "shapely.Geometry"]], outlines: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    tree, found = shapely.STRtree(outlines), []
    for code, geometry in strips:
        parts = shapely.get_parts(geometry)
        which, village = tree.query(parts, predicate="intersects")
        pieces, owner = shapely.get_parts(shapely.intersection(parts[which], outlines[village]), return_index=True)
        real = (shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON) & (shapely.area(pieces) > 1)
        found.append((pieces[real], np.full(real.sum(), code, dtype="U4"), village[owner[real]]))
    return tuple(np.concatenate(column) for column in zip(*found))


def _joined_by(geoms: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """The union of the geometries of each group; None where a group has none."""
    result = np.full(count, None, dtype=object)
    for number in np.unique(group):
        result[number] = shapely.union_all(geoms[group == number])
    return result


def _tidied(geoms: np.ndarray, code: np.ndarray, village: np.ndarray) -> LandUse:
    """Coordinates to 0.1 mm, slivers out; what rounding broke is mended."""
    geoms = rounded(geoms)
    keep = (shapely.get_type_id(geoms) == shapely.GeometryType.POLYGON) & (shapely.area(geoms) > SLIVER_M2)
    return LandUse(geoms[keep], code[keep], village[keep])


def rounded(geoms: np.ndarray) -> np.ndarray:
    """Coordinates to 0.1 mm; rings that this makes cross themselves are mended."""
    geoms = shapely.transform(geoms, lambda xy: np.round(xy / GRID_M) * GRID_M)
    wrong = ~shapely.is_valid(geoms)
    geoms[wrong] = shapely.buffer(geoms[wrong], 0)
    return geoms
