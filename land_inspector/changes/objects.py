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
#: An object begins where a pixel reaches the first and goes on as far as the second. The search begins at the pair :data:`USUAL`;
#: lower ones come when too few are found, those before it where more pixels stand out than can be kept.
LADDER: Tuple[Tuple[float, float], ...] = ((30.0, 26.0), (28.0, 22.0), (26.0, 18.0), (22.0, 14.0), (18.0, 11.0), (14.0, 8.0), (12.0, 7.0),
                                           (10.0, 6.0), (8.5, 5.5), (7.0, 5.0))
USUAL = 5
#: The highest score at which no object begins.
BEGINS_NOTHING = LADDER[-1][0] - 1 / STEP
#: The most pixels that are kept; with more the lowest pairs of the ladder are given up.
MOST_PIXELS = 2_500_000


@dataclass
class Points:
    """Pixels that stand out: place on the grid (row × columns + column) and score in eighths, as one number each. ``floor`` is the
    least score kept."""

    grid: Grid
    most: int = MOST_PIXELS
    rung: int = len(LADDER) - 1
    _held: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))  # in one piece: many small ones would tear the memory
    _count: int = 0

    @property
    def floor(self) -> float:
        """The least score that is kept."""
        return LADDER[self.rung][1]

    def add(self, row: int, column: int, score: np.ndarray) -> None:
        """The pixels of a window that stand out; a window comes once."""
        steps = np.minimum(score * STEP, 255).astype(np.uint8)
        down, across = np.nonzero(steps >= self.floor * STEP)
        place = (down + row) * self.grid.columns + across + column
        self._keep(place * 256 + steps[down, across])
        while self._count > self.most and self.rung > 0:
            self.rung -= 1
            held = self._held[:self._count]
            left = held[held % 256 >= self.floor * STEP]
            self._count = len(left)
            self._held[:self._count] = left

    def _keep(self, part: np.ndarray) -> None:
        end = self._count + len(part)
        if end > len(self._held):
            room = np.empty(max(end, min(2 * end, self.most + self.most // 4), 1 << 16), np.int64)
            room[:self._count] = self._held[:self._count]
            self._held = room
        self._held[self._count:end] = part
        self._count = end

    def sorted(self) -> Tuple[np.ndarray, np.ndarray]:
        """Places in their order on the grid, and scores in eighths. What was kept is given up."""
        both, self._held = self._held[:self._count], np.zeros(0, np.int64)
        both.sort()
        steps = (both % 256).astype(np.uint8)
        both //= 256
        return both.astype(np.uint32) if self.grid.rows * self.grid.columns < 2 ** 32 else both, steps


@dataclass
class Objects:
    """Objects of one pair of the ladder, best first: object ``i`` is made of the runs ``runs[start[i]:start[i + 1]]``, and run ``r`` of
    ``place[begin[r]:end[r]]``, in the grid's order. Scores as numbers, not in eighths."""

    place: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    runs: np.ndarray
    start: np.ndarray
    mean: np.ndarray
    peak: np.ndarray

    def __len__(self) -> int:
        return len(self.mean)

    def pixels(self, number: int) -> np.ndarray:
        """Places of one object's pixels."""
        runs = self.runs[self.start[number]:self.start[number + 1]]
        return np.concatenate([self.place[self.begin[run]:self.end[run]] for run in runs]).astype(np.int64)

    def hold(self, places: np.ndarray) -> np.ndarray:
        """Which objects have a pixel among ``places`` (in their order)."""
        if not len(self) or not len(places):
            return np.zeros(len(self), bool)
        first, last = self.place[self.begin[self.runs]], self.place[self.end[self.runs] - 1]
        at = np.searchsorted(places, first)
        inside = (at < len(places)) & (places[np.minimum(at, len(places) - 1)] <= last)
        return np.add.reduceat(inside, self.start[:-1]) > 0


def joined(grid: Grid, points: Tuple[np.ndarray, np.ndarray], high: float, low: float, least_pixels: int, gap: int,
           progress: Progress) -> Objects:
    """Objects of pixels from ``low`` on, at most ``gap`` pixels apart, that reach ``high``."""
    place, steps = points
    kept = steps >= low * STEP
    if not kept.all():
        place, steps = place[kept], steps[kept]
    if not len(place):
        nothing, none = np.zeros(0), np.zeros(0, np.int64)
        return Objects(place, none, none, none, np.zeros(1, np.int64), nothing, nothing)
    progress.step(0.0)
    begin = _begins(place, grid.columns, gap)
    end = np.append(begin[1:], len(place))
    label = _labels(place, begin, end, grid.columns, gap, progress)
    progress.step(0.0)
    order = np.argsort(label, kind="stable")
    group = np.flatnonzero(np.diff(label[order], prepend=-1))
    del label
    progress.step(0.0)
    counts, totals = end - begin, np.add.reduceat(steps, begin, dtype=np.int64)
    sizes, totals = np.add.reduceat(counts[order], group), np.add.reduceat(totals[order], group)
    peak = np.maximum.reduceat(np.maximum.reduceat(steps, begin)[order], group)
    fine = np.flatnonzero((sizes >= least_pixels) & (peak >= high * STEP))
    first = place[begin[order[group]]]
    fine = fine[np.lexsort((first[fine], -(totals[fine] / sizes[fine])))]
    stop = np.append(group[1:], len(order))
    runs = np.concatenate([order[group[n]:stop[n]] for n in fine]) if len(fine) else np.zeros(0, np.int64)
    start = np.concatenate([[0], np.cumsum((stop - group)[fine])])
    return Objects(place, begin, end, runs, start, totals[fine] / sizes[fine] / STEP, peak[fine] / STEP)


def _begins(place: np.ndarray, columns: int, gap: int) -> np.ndarray:
    """Where runs begin: pixels of one row, each at most ``gap`` pixels after the one before."""
    row = place // columns
    new = np.ones(len(place), bool)
    new[1:] = (place[1:] - place[:-1] > gap + 1) | (row[1:] != row[:-1])
    return np.flatnonzero(new)


def _labels(place: np.ndarray, begin: np.ndarray, end: np.ndarray, columns: int, gap: int, progress: Progress) -> np.ndarray:
    """A number for each run, the same for all that hang together by edges (or lie at most ``gap`` pixels apart)."""
    first = place[begin].astype(np.int64)
    wide, row = columns + 4 * (gap + 1), first // columns
    first += row * (wide - columns)  # as on a grid with room at its edge, so that no run reaches into the next row
    last = place[end - 1].astype(np.int64) + row * (wide - columns)
    del row
    number = np.int32 if len(begin) < 2 ** 31 else np.int64
    pairs: List[Tuple[np.ndarray, np.ndarray]] = []
    for below in range(1, gap + 2):
        progress.step(0.0)
        lo = np.searchsorted(last, first + (below * wide - gap), "left").astype(number)
        progress.step(0.0)
        count = np.maximum(np.searchsorted(first, last + (below * wide + gap), "right").astype(number) - lo, 0)
        one = np.repeat(np.arange(len(begin), dtype=number), count)
        two = np.repeat(lo - (np.cumsum(count) - count).astype(number), count)
        two += np.arange(len(two), dtype=number)
        pairs.append((one, two))
    del first, last
    return _roots(np.arange(len(begin), dtype=number), *(np.concatenate(part) for part in zip(*pairs)), progress)


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
