"""From two images to a list of candidates: gates, registration, radiometry, scores tile by tile, objects, masks, ranks.

The machine proposes where to look. It claims no completeness, no "no change" and nothing about the law.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np
import shapely

from ..errors import InputError, message
from ..evidence.area import measure
from ..evidence.crs import Crs
from ..evidence.gdal_quiet import small_cache
from ..progress import Progress
from .features import Bands, COLOUR, Description, Look, RING, Seen, bands_of, described
from .gates import Gate, gates_of
from .masks import BLOCK, Land, Mask, area_of
from .network import Network, read_network, refuse_misfit
from .objects import BEGINS_NOTHING, LADDER, USUAL, Objects, Points, cells_as_areas, joined, outline
from .pair import EXAMINED, NOT_INCLUDED, OUTSIDE, REASONS, Counted, ImageFile, Pair, Window, carried
from .radiometry import normalisation
from .registration import Registration, register_images
from .selftest import Planted, self_test

#: Changes whenever the same input may give other candidates.
ENGINE = "own-patches 2"
BUDGET, MOST_BUDGET, TILE = 300, 5000, 768
#: One in ten of a list was drawn from what did not make it to the top.
RANDOM_SHARE = 0.1
SMALLEST_M2, SMALLEST_PIXELS, FINE_M = 200.0, 4, 2.0
_SAMPLE_PIXELS, _SAMPLE_BLOCKS, _SUB = 200_000, 96, 128
_FEATURE_BLOCKS, _FEATURE_BLOCKS_LARGE, _LARGE_PIXELS = 24, 64, 16_000_000
#: The features of a scene of so many pixels are computed once and kept (75 MB): sample, tiles and candidates look at the same ones.
_HELD_PIXELS = 1_300_000
_LEAST_SPREAD = 1e-3
_CELLS = 400  # of the map of what was not examined, along the longer side
_KEPT_DROPPED = 20
#: Pixels around a block in which the windows of its objects usually lie, and how many of them make one reading of the block pay.
_MARGIN, _MANY_IN_A_BLOCK = 48, 16
_LARGEST = 1024  # pixels a side that are looked at of an object
#: An object whose colours changed strongly (in spreads) is outlined by them: where they reach this share of its strongest.
_STRONG_COLOUR, _CORE_SHARE = 4.0, 0.35
_CACHE_BYTES = 40 * 1024 ** 2


@dataclass(frozen=True)
class Request:
    """What is asked for. Sources of layers as QGIS writes them, in ``exclude`` also masks that are no files; ``min_area_m2`` None:
    200 m², or four pixels where they are larger than 2 m. The size of ``tile`` changes memory and nothing else. ``within`` (WKB, CRS)
    is an area that is no layer, where ``area`` is ''. ``model`` is the file of a trained net (:mod:`network`) whose score takes the
    place of the features' sum. ``self_test`` plants sites and looks for them, without a net."""

    before: ImageFile
    after: ImageFile
    area: str = ""
    include: Tuple[str, ...] = ()
    exclude: Tuple[Union[str, Mask], ...] = ()
    budget: int = BUDGET
    min_area_m2: Optional[float] = None
    seed: int = 1
    bands: str = ""
    tile: int = TILE
    within: Optional[Tuple[bytes, str]] = None
    model: str = ""
    self_test: bool = False


@dataclass
class Candidate:
    """A place to look at. ``shape`` in the grid's CRS; its outline is a sketch, ``area_m2`` (ellipsoid) never evidence."""

    shape: shapely.Geometry
    area_m2: float
    score: float
    peak: float
    description: Description
    shares: Dict[str, float]
    is_random: bool = False
    rank: int = 0


@dataclass
class Proposal:
    """The list and all that it rests on. Areas in m²; ``beyond_m2`` is the part of the area that the images do not both show."""

    request: Request
    pair: Pair
    look: Look
    land: Land
    registration: Registration
    gates: List[Gate]
    candidates: List[Candidate]
    dropped: Dict[str, int]
    dropped_shapes: List[Tuple[str, shapely.Geometry]]
    areas_m2: Dict[int, float]
    beyond_m2: float
    thresholds: Tuple[float, float]
    not_examined: List[Tuple[int, shapely.Geometry]] = field(default_factory=list)
    self_test: List[Planted] = field(default_factory=list)
    class_areas_m2: Dict[str, float] = field(default_factory=dict)

    @property
    def by_class(self) -> List[Tuple[str, float, int]]:
        """Each layer of INCLUDE: its name, the land of it that was examined (m²), and the candidates that lie in it for the most part."""
        found = [self.land.class_of(one.shares) for one in self.candidates]
        return [(name, area, found.count(name)) for name, area in self.class_areas_m2.items()]

    @property
    def examined_m2(self) -> float:
        """The land that was looked at."""
        return self.areas_m2[EXAMINED]

    @property
    def not_examined_m2(self) -> float:
        """The rest of the area, whatever the reason."""
        return sum(self.areas_m2[reason] for reason in REASONS) + self.beyond_m2


def propose(request: Request, progress: Optional[Progress] = None) -> Proposal:
    """Find candidates. The same request gives the same list to the last bit, whatever the tile. Raises InputError for images that
    cannot be compared, masks that leave nothing, and Cancelled; nothing is written."""
    progress = progress or Progress()
    _check(request)
    with small_cache(_CACHE_BYTES):
        progress.step(0.0, message("Opening the images"))
        pair, land = _opened(request, progress)
        registration = register_images(pair.grid.rows, pair.grid.columns, pair.means, progress.part(0.02, 0.08))
        if registration.is_applied:
            pair.shifted(registration.x, registration.y)
        look = _prepared(request, pair, land, registration, progress.part(0.08, 0.2))
        net = _fitting_net(request, look)
        points, counted = _scored(request, look, land, net, progress.part(0.2, 0.85))
        areas = counted.areas_m2()
        beyond = max(0.0, _whole_m2(request, pair, land) - sum(areas.values()))
        gates = gates_of(request.before, request.after, pair, registration, look.normalisation, areas, beyond)
        found = _Search(request, look, land, points).run(progress.part(0.85, 0.97))
        planted = found.planted(progress.part(0.97, 1.0)) if request.self_test and net is None else []
        return Proposal(request, pair, look, land, registration, gates, found.ranked(), found.dropped, found.dropped_shapes, areas, beyond,
                        found.thresholds, _not_examined(counted), planted, _class_areas(land, counted))


def _check(request: Request) -> None:
    if not 1 <= request.budget <= MOST_BUDGET:
        raise InputError("The list may hold 1 to {most} candidates; {n} were asked for.", "Give another number.", most=MOST_BUDGET,
                         n=request.budget)
    if not 64 <= request.tile <= 4096:
        raise InputError("Tiles have 64 to 4096 pixels a side.", "Give another size.")
    if request.min_area_m2 is not None and not request.min_area_m2 >= 0:
        raise InputError("The smallest area must not be negative.", "Give square metres.")


def _opened(request: Request, progress: Progress) -> Tuple[Pair, Land]:
    within = within_crs = None
    if request.area:
        mask = Mask.of(request.area, progress)
        within_crs = mask.source.crs
        within = area_of(request.area, within_crs, progress)
    elif request.within is not None:
        within, within_crs = shapely.from_wkb(request.within[0]), Crs.of(request.within[1])
    pair = Pair(request.before, request.after, within, within_crs, request.bands)
    area = area_of(request.area, pair.grid.crs, progress) if request.area else None
    if area is None and within is not None and within_crs is not None:
        area = carried(within, within_crs, pair.grid.crs)
    if area is None:
        area = pair.shown
    masks = [[source if isinstance(source, Mask) else Mask.of(source, progress) for source in sources]
             for sources in (request.include, request.exclude)]
    return pair, Land(pair.grid, area, *masks)


def _whole_m2(request: Request, pair: Pair, land: Land) -> float:
    """The area asked about; without one, what the image that shows less shows."""
    if request.area or request.within is not None:
        return land.area_m2()
    return min(float(measure(lattice.crs)(np.array([lattice.outline()]))[0]) for lattice in pair.lattices)


# --- the sample ---------------------------------------------------------------------------------------------------------

def _sample_windows(request: Request, land: Land) -> List[Window]:
    """Small windows with land to look at, drawn by the seed alone: they have nothing to do with tiles."""
    grid, rng = land.grid, np.random.default_rng(request.seed)
    across, down = -(-grid.columns // BLOCK), -(-grid.rows // BLOCK)
    each, found = -(-_SAMPLE_BLOCKS // (across * down)), []
    for number in rng.permutation(across * down):
        row, column = divmod(int(number), across)
        order = rng.permutation((BLOCK // _SUB) ** 2)
        if land.is_looked_at(row, column):
            found += _parts_with_land(land, row, column, order, each)
        if len(found) >= _SAMPLE_BLOCKS:
            break
    return found


def _parts_with_land(land: Land, row: int, column: int, order: np.ndarray, most: int) -> List[Window]:
    block, found = land.block(row, column), []
    for part in order:
        top, left = (int(place) * _SUB for place in divmod(int(part), BLOCK // _SUB))
        piece = block[top:top + _SUB, left:left + _SUB]
        if (piece == EXAMINED).any():
            found.append((row * BLOCK + top, column * BLOCK + left, *piece.shape))
        if len(found) == most:
            break
    return found


def _prepared(request: Request, pair: Pair, land: Land, registration: Registration, progress: Progress) -> Look:
    """Radiometry and the middle and spread of every feature, from the sample."""
    windows = _sample_windows(request, land)
    if not windows:
        raise InputError("The masks leave nothing of the area to look at: there can be no candidates.",
                         "Choose other land to look at, or leave less out.")
    before, after = _sampled(request, pair, land, windows, progress.part(0.0, 0.3))
    if len(after) < 100:
        raise InputError("The two images show hardly any of the land together: {n} pixels of the sample hold a picture in both.",
                         "Choose images without clouds and empty parts here, or another area.", n=len(after))
    for file, values in ((request.before, before), (request.after, after)):
        if not (values.std(axis=0) > 0).any():
            raise InputError("{file} shows nothing but one value on this land.", "Choose an image that holds a picture here.",
                             file=file.name)
    carried = normalisation(before, after, progress.part(0.3, 0.6))
    centre, scale = after.mean(axis=0), after.std(axis=0)
    scale[scale <= 0] = 1.0
    light = ((after - centre) / scale).mean(axis=1)
    look = Look(pair, _known_bands(request, pair), carried, centre, scale, registration.reach,
                (float(np.quantile(light, 0.02)), float(np.quantile(light, 0.2))))
    if pair.grid.rows * pair.grid.columns <= _HELD_PIXELS and not request.model:
        around = (-_MARGIN, -_MARGIN, pair.grid.rows + 2 * _MARGIN, pair.grid.columns + 2 * _MARGIN)
        look.hold(around, TILE, progress.part(0.6, 0.95))
    most = _FEATURE_BLOCKS if pair.grid.rows * pair.grid.columns < _LARGE_PIXELS else _FEATURE_BLOCKS_LARGE
    look.middles, look.spreads = _spreads(look, land, windows[:most], progress.part(0.6 if look.held is None else 0.95, 1.0))
    return look


def _known_bands(request: Request, pair: Pair) -> Bands:
    return bands_of(pair.names_of_bands, request.bands)


def _sampled(request: Request, pair: Pair, land: Land, windows: Sequence[Window], progress: Progress) -> Tuple[np.ndarray, np.ndarray]:
    """Pixels × bands of both dates where there is land to look at and a picture in both."""
    rng, each = np.random.default_rng([request.seed, 1]), -(-_SAMPLE_PIXELS // len(windows))
    before, after = [], []
    for done, window in enumerate(windows):
        progress.step(done / len(windows), message("Taking a sample"))
        pixels = pair.read(window)
        good = np.flatnonzero((pixels.code == EXAMINED) & (land.codes(window) == EXAMINED))
        chosen = np.sort(rng.permutation(good)[:each])
        before.append(pixels.before.reshape(pair.bands_compared, -1)[:, chosen].T)
        after.append(pixels.after.reshape(pair.bands_compared, -1)[:, chosen].T)
    return np.concatenate(before).astype(np.float64), np.concatenate(after).astype(np.float64)


def _spreads(look: Look, land: Land, windows: Sequence[Window], progress: Progress) -> Tuple[Dict[str, float], Dict[str, float]]:
    """Median and 1.4826 · MAD of each feature."""
    samples: Dict[str, List[np.ndarray]] = {name: [] for name in look.features}
    for done, window in enumerate(windows):
        progress.step(done / len(windows), message("Taking a sample"))
        seen = look.read(window, progress.part(done / len(windows), (done + 1) / len(windows)))
        good = (seen.code == EXAMINED) & (land.codes(window) == EXAMINED)
        for name, parts in samples.items():
            parts.append(seen.values[name][good])
    middles, spreads = {}, {}
    for name, parts in samples.items():
        values = np.concatenate(parts)
        middles[name] = float(np.median(values)) if len(values) else 0.0
        spreads[name] = max(1.4826 * float(np.median(np.abs(values - np.float32(middles[name])))) if len(values) else 0.0, _LEAST_SPREAD)
    return middles, spreads


# --- tiles --------------------------------------------------------------------------------------------------------------

def _tiles(rows: int, columns: int, side: int) -> Iterator[Window]:
    for row in range(0, rows, side):
        for column in range(0, columns, side):
            yield row, column, min(side, rows - row), min(side, columns - column)


def _fitting_net(request: Request, look: Look) -> Optional[Network]:
    if not request.model:
        return None
    net = read_network(Path(request.model))
    refuse_misfit(net, look.pair, look.bands)
    return net


def _scored(request: Request, look: Look, land: Land, net: Optional[Network], progress: Progress) -> Tuple[Points, Counted]:
    grid = look.pair.grid
    points, counted = Points(grid), Counted(grid, max(1, -(-max(grid.rows, grid.columns) // _CELLS)), len(land.include))
    tiles = list(_tiles(grid.rows, grid.columns, request.tile))
    for done, window in enumerate(tiles):
        progress.step(done / len(tiles), message("Comparing the images, tile {n} of {all}", n=done + 1, all=len(tiles)))
        code, looked_at = land.codes(window), _looked_at(land, window)
        if looked_at.any():
            seen = look.read(window, progress.part(done / len(tiles), (done + 1) / len(tiles)))
            score = look.score(seen) if net is None else net.score(look.pair, look.normalisation, window)
            score[~looked_at | (code == OUTSIDE)] = 0
            beside = code == NOT_INCLUDED  # an object may reach there, none begins there
            score[beside] = np.minimum(score[beside], np.float32(BEGINS_NOTHING))
            hidden = looked_at & (code != OUTSIDE) & (seen.code != EXAMINED)
            code = np.where(hidden, seen.code, code)
            points.add(window[0], window[1], score)
        counted.add(window[0], window[1], code, land.classes(window) if land.include else None)
    return points, counted


def _looked_at(land: Land, window: Window) -> np.ndarray:
    """Which pixels lie in blocks with land to look at."""
    row, column, rows, columns = window
    result = np.zeros((rows, columns), bool)
    for block_row in range(row // BLOCK, (row + rows - 1) // BLOCK + 1):
        for block_column in range(column // BLOCK, (column + columns - 1) // BLOCK + 1):
            if land.is_looked_at(block_row, block_column):
                result[max(0, block_row * BLOCK - row):(block_row + 1) * BLOCK - row,
                       max(0, block_column * BLOCK - column):(block_column + 1) * BLOCK - column] = True
    return result


def _class_areas(land: Land, counted: Counted) -> Dict[str, float]:
    found: Dict[str, float] = {}
    for mask, area in zip(land.include, counted.class_areas_m2()):
        found[mask.name] = found.get(mask.name, 0.0) + area
    return found


def _not_examined(counted: Counted) -> List[Tuple[int, shapely.Geometry]]:
    """The land that was not looked at, as coarse as its cells, by reason."""
    total = counted.cells.sum(axis=2)
    most = counted.cells[:, :, 1:].argmax(axis=2) + 1
    cells = np.where((total > 0) & (counted.cells[:, :, 1:].sum(axis=2) * 2 > total), most, 0)
    return list(cells_as_areas(counted.grid, cells, counted.cell))


# --- objects ------------------------------------------------------------------------------------------------------------

@dataclass
class _Search:
    """Down the ladder until the list is full; then a tenth at random from what was left."""

    request: Request
    look: Look
    land: Land
    points: Points
    top: List[Candidate] = field(default_factory=list)
    random: List[Candidate] = field(default_factory=list)
    dropped: Dict[str, int] = field(default_factory=dict)
    dropped_shapes: List[Tuple[str, shapely.Geometry]] = field(default_factory=list)
    thresholds: Tuple[float, float] = LADDER[USUAL]

    def run(self, progress: Progress) -> "_Search":
        grid, found = self.look.pair.grid, self.points.sorted()
        pixel_m2 = float(np.median(grid.row_areas_m2()))
        smallest = self.request.min_area_m2
        if smallest is None:
            smallest = SMALLEST_M2 if grid.pixel_m <= FINE_M else SMALLEST_PIXELS * pixel_m2
        self._least = max(1, int(np.ceil(smallest / pixel_m2 - 1e-9)))
        self._opening, self._closing = round(0.5 / grid.pixel_m), round(1.0 / grid.pixel_m)
        self._measure = measure(grid.crs)
        wanted = self.request.budget - (round(self.request.budget * RANDOM_SHARE) if self.request.budget >= 10 else 0)
        objects, rest, self._wanted = None, [], wanted
        for rung in range(min(USUAL, self.points.rung), self.points.rung + 1):
            self.thresholds = LADDER[rung]
            progress.step(0.0, message("Joining pixels to candidates"))
            objects = joined(grid, found, *self.thresholds, self._least, self._closing, progress)
            if len(objects) < wanted and rung < self.points.rung:
                continue
            rest = self._take(objects, wanted, progress.part(0.0, 0.8))
            if len(self.top) >= wanted:
                break
        if objects is not None and self.request.budget >= 10:
            self._draw(objects, rest, found, progress.part(0.8, 1.0))
        return self

    def _take(self, objects: Objects, wanted: int, progress: Progress) -> List[int]:
        """The best objects that no mask drops; what is left over comes back."""
        self.top, self.dropped, self.dropped_shapes, at = [], {}, [], 0
        while at < len(objects) and len(self.top) < wanted:
            numbers = list(range(at, min(len(objects), at + wanted - len(self.top))))
            at += len(numbers)
            part = progress.part(len(self.top) / wanted, (len(self.top) + len(numbers)) / wanted)
            for candidate, mask in self._candidates(objects, numbers, part):
                if mask is not None:
                    self._drop(mask, candidate)
                elif candidate is not None:
                    self.top.append(candidate)
        return list(range(at, len(objects)))

    def _drop(self, mask: str, candidate: Optional[Candidate]) -> None:
        self.dropped[mask] = self.dropped.get(mask, 0) + 1
        if candidate is not None and len(self.dropped_shapes) < _KEPT_DROPPED:
            self.dropped_shapes.append((mask, candidate.shape))

    def _draw(self, objects: Objects, rest: List[int], found: Tuple[np.ndarray, np.ndarray], progress: Progress) -> None:
        """One in ten from what is lower in the list, or from what only the lowest thresholds find."""
        wanted = max(1, round(len(self.top) * RANDOM_SHARE / (1 - RANDOM_SHARE))) if self.top else 0
        wanted = min(wanted, self.request.budget - len(self.top))
        pool = objects
        if len(rest) < wanted:
            pool = joined(self.look.pair.grid, found, *LADDER[self.points.rung], self._least, self._closing, progress)
            looked_at = np.sort(np.concatenate([objects.pixels(number) for number in sorted(set(range(len(objects))) - set(rest))] or
                                               [np.zeros(0, np.int64)]))
            rest = np.flatnonzero(~pool.hold(looked_at)).tolist()
        order = np.random.default_rng([self.request.seed, 2]).permutation(np.array(rest, dtype=np.int64)).tolist()
        while order and len(self.random) < wanted:
            numbers, order = order[:wanted - len(self.random)], order[wanted - len(self.random):]
            for candidate, mask in self._candidates(pool, numbers, progress):
                if candidate is not None and mask is None:
                    candidate.is_random = True
                    self.random.append(candidate)

    def _shape(self, pixels: np.ndarray) -> shapely.Geometry:
        return outline(self.look.pair.grid, pixels, self._opening, self._closing, self._least)

    def _candidates(self, objects: Objects, numbers: List[int], progress: Progress) -> List[Tuple[Optional[Candidate], Optional[str]]]:
        """For each object its candidate, None for one that is too small after all, and the mask that drops it. Of those that are dropped
        only the first are kept, as samples: the others are counted, and nobody needs their description."""
        made: Dict[int, Tuple[Optional[Candidate], Optional[str]]] = {}
        for number, window, seen in _looked_up(self.look, {number: objects.pixels(number) for number in numbers}):
            progress.step(len(made) / len(numbers), message("Describing candidates"))
            made[number] = self._candidate(objects, number, window, seen)
        return [made[number] for number in numbers]

    def _candidate(self, objects: Objects, number: int, window: Window, seen: Seen) -> Tuple[Optional[Candidate], Optional[str]]:
        columns, pixels = self.look.pair.grid.columns, objects.pixels(number)
        row, column = pixels // columns - window[0], pixels % columns - window[1]
        here = (row >= 0) & (column >= 0) & (row < window[2]) & (column < window[3])  # of a very large object its middle is seen
        core = np.ones(len(pixels), bool)
        if here.any():
            core[here] = _core(self.look.z(seen.values, COLOUR)[row[here], column[here]])
        if core.sum() < self._least:
            return None, None
        shape = self._shape(pixels[core])
        shares = self.land.shares([shape])[0]
        mask = self.land.dropped_by(shares)
        if mask is not None and len(self.dropped_shapes) >= _KEPT_DROPPED:
            return None, mask
        inside = np.zeros(window[2:], bool)
        inside[row[core & here], column[core & here]] = True
        area = float(self._measure(np.array([shape]))[0])
        score, peak = float(objects.mean[number]), float(objects.peak[number])
        made = Candidate(shape, area, score, peak, described(self.look, seen, inside, shape, area, score, peak), shares)
        return made, mask

    def planted(self, progress: Progress) -> List[Planted]:
        """The self-test against this list: a planted site must reach the score of the last one, where the list is full."""
        full = len(self.top) >= self._wanted
        cut = min((one.score for one in self.top), default=0.0) if full else 0.0
        return self_test(self.look, self.land, _sample_windows(self.request, self.land), self.thresholds, cut, self._least, self._closing,
                         self.request.seed, progress)

    def ranked(self) -> List[Candidate]:
        """The order of the queue: by score, the random ones spread among them at places that the seed says."""
        rng = np.random.default_rng([self.request.seed, 3])
        queue, random = list(self.top), list(self.random)
        for place in range(len(random)):
            start = place * 10
            queue.insert(min(start + int(rng.integers(0, 10)), len(queue)), random[place])
        for rank, candidate in enumerate(queue, 1):
            candidate.rank = rank
        return queue


def _core(colour: np.ndarray) -> np.ndarray:
    """The pixels of an object whose own colour changed: structure and edges are seen in windows and reach beyond it."""
    place = int(0.9 * (len(colour) - 1))
    strong = float(np.partition(colour, place)[place])
    return np.ones(len(colour), bool) if strong < _STRONG_COLOUR else colour >= max(_STRONG_COLOUR / 2, _CORE_SHARE * strong)


def _looked_up(look: Look, pixels: Dict[int, np.ndarray]) -> Iterator[Tuple[int, Window, Seen]]:
    """For each object the window around it and what is seen there; where many lie close together, out of one larger window."""
    columns, by_block = look.pair.grid.columns, {}
    for number, places in pixels.items():
        row, column = places // columns, places % columns
        top, left = int(row.min()) - RING, int(column.min()) - RING
        high, wide = int(row.max()) + RING + 1 - top, int(column.max()) + RING + 1 - left
        window = (top + max(high - _LARGEST, 0) // 2, left + max(wide - _LARGEST, 0) // 2, min(high, _LARGEST), min(wide, _LARGEST))
        by_block.setdefault((int(row[0]) // BLOCK, int(column[0]) // BLOCK), []).append((number, window))
    for (block_row, block_column), windows in sorted(by_block.items()):
        top, left = block_row * BLOCK, block_column * BLOCK
        high, wide = min(BLOCK, look.pair.grid.rows - top), min(BLOCK, look.pair.grid.columns - left)  # beyond the edge is nothing
        large = (top - _MARGIN, left - _MARGIN, high + 2 * _MARGIN, wide + 2 * _MARGIN)
        seen = look.read(large) if len(windows) >= _MANY_IN_A_BLOCK else None
        for number, window in windows:
            row, column = window[0] - large[0], window[1] - large[1]
            is_within = min(row, column) >= 0 and row + window[2] <= large[2] and column + window[3] <= large[3]
            yield number, window, seen.cut(row, column, *window[2:]) if seen is not None and is_within else look.read(window)
