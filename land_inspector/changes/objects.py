"""From scores of pixels to outlines: those that stand out are kept as a list, joined into objects whatever tile they came from."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Tuple

import numpy as np
import shapely
from osgeo import gdal, ogr

from ..evidence.gdal_quiet import quiet
from ..progress import Progress
from .pair import Grid

#: Scores are kept in steps of an eighth, from 0 to 31.
STEP = 8
#: An object begins where a pixel reaches the first and goes on as far as the second; lower pairs come when too few are found.
LADDER: Tuple[Tuple[float, float], ...] = ((14.0, 8.0), (12.0, 7.0), (10.0, 6.0), (8.5, 5.5), (7.0, 5.0))
#: The highest score at which no object begins.
BEGINS_NOTHING = LADDER[-1][0] - 1 / STEP
#: The most pixels that are kept; with more the lowest pairs of the ladder are given up.
MOST_PIXELS = 3_000_000


@dataclass
class Points:
    """Pixels that stand out: place on the grid (row × columns + column) and score in eighths. ``floor`` is the least score kept."""

    grid: Grid
    most: int = MOST_PIXELS
    rung: int = len(LADDER) - 1
    _parts: List[Tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    _count: int = 0

    @property
    def floor(self) -> float:
        """The least score that is kept."""
        return LADDER[self.rung][1]

    def add(self, row: int, column: int, score: np.ndarray) -> None:
        """The pixels of a window that stand out; a window comes once."""
        steps = np.minimum(score * STEP, 255).astype(np.uint8)
        down, across = np.nonzero(steps >= self.floor * STEP)
        place = (down + row).astype(np.int64) * self.grid.columns + across + column
        self._keep(place, steps[down, across])
        while self._count > self.most and self.rung > 0:
            self.rung -= 1
            parts, self._parts, self._count = self._parts, [], 0
            for place, steps in parts:
                high = steps >= self.floor * STEP
                self._keep(place[high], steps[high])

    def _keep(self, place: np.ndarray, steps: np.ndarray) -> None:
        if len(place):
            self._parts.append((place, steps))
            self._count += len(place)

    def sorted(self) -> Tuple[np.ndarray, np.ndarray]:
        """Places in their order on the grid, and scores in eighths."""
        if not self._parts:
            return np.zeros(0, np.int64), np.zeros(0, np.uint8)
        place, steps = (np.concatenate(part) for part in zip(*self._parts))
        order = np.argsort(place, kind="stable")
        return place[order], steps[order]


@dataclass
class Objects:
    """Objects of one pair of the ladder, best first. ``members`` are positions in ``place`` and ``steps`` from ``start[i]`` to
    ``start[i + 1]``, in the grid's order. Scores as numbers, not in eighths."""

    place: np.ndarray
    members: np.ndarray
    start: np.ndarray
    mean: np.ndarray
    peak: np.ndarray

    def __len__(self) -> int:
        return len(self.mean)

    def pixels(self, number: int) -> np.ndarray:
        """Places of one object's pixels."""
        return self.place[self.members[self.start[number]:self.start[number + 1]]]


def joined(grid: Grid, points: Tuple[np.ndarray, np.ndarray], high: float, low: float, least_pixels: int, gap: int,
           progress: Progress) -> Objects:
    """Objects of pixels from ``low`` on, at most ``gap`` pixels apart, that reach ``high``."""
    place, steps = points
    kept = steps >= low * STEP
    place, steps = place[kept], steps[kept]
    if not len(place):
        nothing = np.zeros(0)
        return Objects(place, np.zeros(0, np.int64), np.zeros(1, np.int64), nothing, nothing)
    progress.step(0.0)
    label = _labels(place, grid.columns, gap, progress)
    progress.step(0.0)
    order = np.argsort(label, kind="stable")
    begin = np.flatnonzero(np.diff(label[order], prepend=-1))
    sizes = np.diff(np.append(begin, len(order)))
    totals = np.add.reduceat(steps[order].astype(np.int64), begin)
    peak = np.maximum.reduceat(steps[order], begin)
    fine = np.flatnonzero((sizes >= least_pixels) & (peak >= high * STEP))
    first = place[order[begin]]
    fine = fine[np.lexsort((first[fine], -(totals[fine] / sizes[fine])))]
    members = np.concatenate([order[begin[n]:begin[n] + sizes[n]] for n in fine]) if len(fine) else np.zeros(0, np.int64)
    start = np.concatenate([[0], np.cumsum(sizes[fine])])
    return Objects(place, members, start, totals[fine] / sizes[fine] / STEP, peak[fine] / STEP)


def _labels(place: np.ndarray, columns: int, gap: int, progress: Progress) -> np.ndarray:
    """A number for each pixel, the same for all that hang together by edges (or lie at most ``gap`` pixels apart)."""
    row, column = place // columns, place % columns
    new = (np.diff(place, prepend=place[0]) > gap + 1) | (np.diff(row, prepend=-1) != 0)
    run = np.cumsum(new) - 1
    begin = np.flatnonzero(new)
    end = np.append(begin[1:], len(place)) - 1
    wide = columns + 4 * (gap + 1)
    row, first, last = row[begin], column[begin], column[end]
    parent = np.arange(len(begin))
    pairs: List[Tuple[np.ndarray, np.ndarray]] = []
    for below in range(1, gap + 2):
        lo = np.searchsorted(row * wide + last, (row + below) * wide + first - gap, "left")
        hi = np.searchsorted(row * wide + first, (row + below) * wide + last + gap, "right")
        count = np.maximum(hi - lo, 0)
        one = np.repeat(np.arange(len(begin)), count)
        pairs.append((one, np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(lo, count)))
    return _roots(parent, *(np.concatenate(part) for part in zip(*pairs)), progress)[run]


def _roots(parent: np.ndarray, one: np.ndarray, two: np.ndarray, progress: Progress) -> np.ndarray:
    """The smallest number that each can reach over the pairs."""
    while True:
        progress.step(0.0)
        a, b = parent[one], parent[two]
        apart = a != b
        if not apart.any():
            return parent
        one, two, a, b = one[apart], two[apart], a[apart], b[apart]
        np.minimum.at(parent, np.maximum(a, b), np.minimum(a, b))
        while True:
            above = parent[parent]
            if (above == parent).all():
                break
            parent = above


def outline(grid: Grid, pixels: np.ndarray, opening: int, closing: int, least_pixels: int) -> shapely.Geometry:
    """The outline of an object in the grid's CRS: closed, opened, holes filled; parts of fewer pixels go unless nothing else is left."""
    row, column = pixels // grid.columns, pixels % grid.columns
    edge = opening + closing + 1
    top, left = int(row.min()) - edge, int(column.min()) - edge
    inside = np.zeros((int(row.max()) - top + edge + 1, int(column.max()) - left + edge + 1), bool)
    inside[row - top, column - left] = True
    if closing:
        inside = _eroded(_grown(inside, closing), closing)
    if opening:
        opened = _grown(_eroded(inside, opening), opening)
        inside = opened if opened.any() else inside
    parts = [shapely.polygons(shapely.get_exterior_ring(part)) for part in shapely.get_parts(_as_polygons(inside))]
    large = [part for part in parts if part.area >= least_pixels] or [max(parts, key=lambda part: part.area)]
    whole = shapely.normalize(shapely.union_all(large))
    return shapely.transform(whole, lambda xy: np.column_stack([grid.x0 + (xy[:, 0] + left) * grid.dx,
                                                                grid.y0 - (xy[:, 1] + top) * grid.dy]))


def _grown(inside: np.ndarray, by: int) -> np.ndarray:
    result = inside.copy()
    for shift in range(1, by + 1):
        result[:, shift:] |= inside[:, :-shift]
        result[:, :-shift] |= inside[:, shift:]
    wide = result.copy()
    for shift in range(1, by + 1):
        result[shift:] |= wide[:-shift]
        result[:-shift] |= wide[shift:]
    return result


def _eroded(inside: np.ndarray, by: int) -> np.ndarray:
    return ~_grown(~inside, by)


def _as_polygons(inside: np.ndarray) -> shapely.Geometry:
    """True cells as polygons (those that touch by corners only apart), in cells."""
    with quiet():
        raster = gdal.GetDriverByName("MEM").Create("", inside.shape[1], inside.shape[0], 1, gdal.GDT_Byte)
        raster.SetGeoTransform((0.0, 1.0, 0.0, 0.0, 0.0, 1.0))
        band = raster.GetRasterBand(1)
        band.WriteArray(inside.astype(np.uint8))
        source = ogr.GetDriverByName("Memory").CreateDataSource("")
        layer = source.CreateLayer("p", None, ogr.wkbPolygon)
        gdal.Polygonize(band, band, layer, -1, [])
        return shapely.multipolygons(shapely.from_wkb([bytes(feature.GetGeometryRef().ExportToWkb()) for feature in layer]))


def cells_as_areas(grid: Grid, cells: np.ndarray, side: int) -> Iterator[Tuple[int, shapely.Geometry]]:
    """For each value above 0 of coarse ``cells`` (``side`` pixels each) the land that has it, in the grid's CRS."""
    found: Dict[int, np.ndarray] = {int(value): cells == value for value in np.unique(cells) if value > 0}
    for value, inside in found.items():
        shape = _as_polygons(inside)
        limit = shapely.box(0, 0, grid.columns, grid.rows)
        shape = shapely.intersection(shapely.transform(shape, lambda xy: xy * side), limit)
        yield value, shapely.transform(shape, lambda xy: np.column_stack([grid.x0 + xy[:, 0] * grid.dx, grid.y0 - xy[:, 1] * grid.dy]))
