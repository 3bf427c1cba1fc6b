"""What of two pixels and their surroundings speaks for a change of the ground: float32, the same to the bit whatever the tile.

Sums over windows are made by shifted additions in one fixed order (never by running sums, whose rounding depends on where they
began), and medians over cells that belong to the grid.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..errors import InputError, Message, message
from ..progress import Progress
from .pair import EXAMINED, Pair, Pixels, Window, band_name
from .radiometry import Normalisation


#: Pixels read around a window; multiple of the cell of the neighbourhood's median.
CELL, HALO = 3, 24
#: A pixel never counts for more than so many spreads in one feature.
CLIP = 6.0
#: The features, in the order in which they are kept with a patch.
COLOUR, CONTRAST, STRUCTURE, GREEN, LIGHT, EDGES, TEXTURE, BLUE, BUILT = FEATURES = (
    "colour", "contrast", "structure", "green", "light", "edges", "texture", "blue", "built")
_SHADOW_WEIGHT = 4.0
_LEAST_SPREAD = 1e-3
#: NDBI is told apart from bare fields from this pixel size on (metres).
_BUILT_FROM_M = 5.0


@dataclass(frozen=True)
class Bands:
    """Positions of named bands, None for one that is not there or not known."""

    blue: Optional[int] = None
    green: Optional[int] = None
    red: Optional[int] = None
    nir: Optional[int] = None
    swir: Optional[int] = None

    @property
    def names(self) -> List[str]:
        """Those that are known, in the order of the file."""
        found = {name: place for name, place in self.__dict__.items() if place is not None}
        return sorted(found, key=lambda name: found[name])


#: Usual orders by number of bands where the file says nothing: a picture; GF, BJ, SPOT; Landsat TM.
_USUAL = {3: ("red", "green", "blue"), 4: ("blue", "green", "red", "nir"), 6: ("blue", "green", "red", "nir", "swir", ""),
          7: ("blue", "green", "red", "nir", "swir", "", "")}
_WORDS = ("blue", "green", "red", "nir", "swir")


def bands_of(said: Sequence[str], given: str = "") -> Bands:
    """Which band is which: as ``given`` (``blue,green,red,nir``), else as the file says, else the usual order of so many bands.

    Raises InputError for names that are none, or more than there are bands.
    """
    if given.strip():
        names = [name.strip().lower() for name in given.replace("，", ",").split(",")]
        wrong = [name for name in names if name not in ("", "-", *_WORDS)]
        if wrong or len(names) > len(said):
            raise InputError("The bands “{given}” do not fit: the images have {n} bands, and names are blue, green, red, nir, swir or -.",
                             "Name the bands in their order, such as blue,green,red,nir.", given=given[:80], n=len(said))
        return Bands(**{name: place for place, name in enumerate(names) if name in _WORDS})
    names = [band_name(name) for name in said]
    if not {"red", "green", "blue"} <= set(names):
        names = list(_USUAL.get(len(said), ()))
    elif "nir" not in names and len(said) == 4 and names[3] == "":
        names[3] = "nir"
    return Bands(**{name: names.index(name) for name in _WORDS if name in names})


@dataclass
class Look:
    """How the pair is looked at: normalisation, the spread and middle of each band of the later image, sizes of windows in pixels.

    ``middles`` and ``spreads`` of the features over the whole area come last, from the sample. ``held`` is a window whose features are
    kept, for they are the same whatever window they were computed in.
    """

    pair: Pair
    bands: Bands
    normalisation: Normalisation
    centre: np.ndarray
    scale: np.ndarray
    reach: int = 1
    dark: Tuple[float, float] = (0.0, 0.0)
    middles: Optional[Dict[str, float]] = None
    spreads: Optional[Dict[str, float]] = None
    held: Optional[Tuple[Window, "Seen"]] = None

    @property
    def window(self) -> int:
        """Side of the window of structure and texture: 6 m, from 5 to 21 pixels, odd."""
        return int(np.clip(round(6.0 / self.pair.grid.pixel_m), 5, 21)) | 1

    @property
    def features(self) -> List[str]:
        """The features that these bands allow."""
        bands, colours = self.bands, None not in (self.bands.red, self.bands.green, self.bands.blue)
        has = {GREEN: colours or None not in (bands.red, bands.nir), BLUE: colours,
               BUILT: None not in (bands.nir, bands.swir) and self.pair.grid.pixel_m >= _BUILT_FROM_M}
        return [name for name in FEATURES if has.get(name, True)]

    def read(self, window: Window, progress: Optional[Progress] = None) -> "Seen":
        """The features of a window, computed with what lies around it, or taken from what is held."""
        row, column, rows, columns = window
        if self.held is not None:
            (top, left, high, wide), seen = self.held
            if top <= row and left <= column and row + rows <= top + high and column + columns <= left + wide:
                return seen.cut(row - top, column - left, rows, columns)
        top, left = ((place - HALO) // CELL * CELL for place in (row, column))
        bottom, right = (-(-(end + HALO) // CELL) * CELL for end in (row + rows, column + columns))
        pixels = self.pair.read((top, left, bottom - top, right - left))
        return _seen(self, pixels, (row - top, column - left, rows, columns), progress or Progress())

    def hold(self, window: Window, side: int, progress: Progress) -> None:
        """Keep the features of a window, computed in squares of ``side`` pixels."""
        top, left, high, wide = window
        whole: Optional[Seen] = None
        corners = [(row, column) for row in range(0, high, side) for column in range(0, wide, side)]
        for done, (row, column) in enumerate(corners):
            part = self.read((top + row, left + column, min(side, high - row), min(side, wide - column)),
                             progress.part(done / len(corners), (done + 1) / len(corners)))
            whole = part.room(high, wide) if whole is None else whole
            whole.put(row, column, part)
        self.held = None if whole is None else (window, whole)

    def z(self, values: Dict[str, np.ndarray], name: str) -> np.ndarray:
        """A feature in robust spreads over the middle of the whole area, not clipped."""
        middles, spreads = self.middles or {}, self.spreads or {}
        return (values[name] - np.float32(middles[name])) * np.float32(1.0 / spreads[name])

    def score(self, seen: "Seen") -> np.ndarray:
        """The sum of what speaks for a change, each feature up to 6 spreads, less for a new shadow; 0 where nothing was seen."""
        total = np.zeros(seen.code.shape, np.float32)
        for name in self.features:
            total += np.clip(self.z(seen.values, name), np.float32(0.0), np.float32(CLIP))
        total -= np.float32(_SHADOW_WEIGHT) * seen.shadow
        total[seen.code != EXAMINED] = 0
        return np.maximum(total, np.float32(0.0))


@dataclass
class Seen:
    """A window: features by name, brightness of both dates in spreads, new shadow (0 to 1), code of each pixel."""

    values: Dict[str, np.ndarray]
    light_before: np.ndarray
    light_after: np.ndarray
    shadow: np.ndarray
    code: np.ndarray

    def cut(self, row: int, column: int, rows: int, columns: int) -> "Seen":
        """A part of it; the upper left corner is counted within it."""
        part = (slice(row, row + rows), slice(column, column + columns))
        return Seen({name: values[part] for name, values in self.values.items()}, self.light_before[part], self.light_after[part],
                    self.shadow[part], self.code[part])

    def _planes(self) -> List[np.ndarray]:
        return [*self.values.values(), self.light_before, self.light_after, self.shadow, self.code]

    def room(self, rows: int, columns: int) -> "Seen":
        """Room for a larger window of the same features."""
        planes = [np.zeros((rows, columns), plane.dtype) for plane in self._planes()]
        return Seen(dict(zip(self.values, planes)), *planes[len(self.values):])

    def put(self, row: int, column: int, part: "Seen") -> None:
        """Lay a part into it; the upper left corner is counted within it."""
        for mine, its in zip(self._planes(), part._planes()):
            mine[row:row + its.shape[0], column:column + its.shape[1]] = its


Inner = Tuple[int, int, int, int]


def _seen(look: Look, pixels: Pixels, inner: Inner, progress: Progress) -> Seen:
    """All features of ``inner``, a window within ``pixels``."""
    a, b = _standardised(look, pixels)
    progress.step(0.1)
    lost = pixels.code != EXAMINED
    values: Dict[str, np.ndarray] = {}
    colour = _colour_distance(a, b, look.reach)
    margin = 2 * look.reach
    progress.step(0.4)
    values[COLOUR] = _cut(colour, inner, margin)
    values[CONTRAST] = values[COLOUR] - _neighbourhood(np.pad(colour, margin), inner)
    progress.step(0.5)
    light_a, light_b = _mean(a), _mean(b)
    values.update(_structure(light_a, light_b, look.window, inner))
    progress.step(0.7)
    values[LIGHT] = np.abs(_cut(light_b, inner) - _cut(light_a, inner))
    edges = _box(_steepness(light_b) - _steepness(light_a), 5)
    values[EDGES] = _cut(edges, inner, 3) * np.float32(1 / 25)
    values.update(_indices(look, pixels, lost, inner))
    code = _cut(pixels.code, inner)
    light_a, light_b = _cut(light_a, inner), _cut(light_b, inner)
    progress.step(1.0)
    dark, middle = look.dark
    shadow = np.clip((np.float32(middle) - light_b) * np.float32(1 / max(middle - dark, 1e-3)), 0, 1) * (light_a > np.float32(middle + 0.5))
    return Seen({name: values[name] for name in look.features}, light_a, light_b, shadow.astype(np.float32), code)


def _standardised(look: Look, pixels: Pixels) -> Tuple[List[np.ndarray], List[np.ndarray]]:
    """Bands of both dates in spreads about the middle of the later one; where there is no picture both are 0, so that nothing changes."""
    lost = pixels.code != EXAMINED
    before, after = [], []
    for band in range(len(pixels.before)):
        scale, centre = np.float32(1.0 / look.scale[band]), np.float32(look.centre[band])
        for values, target in ((look.normalisation.of_band(band, pixels.before[band]), before), (pixels.after[band], after)):
            spread = (values - centre) * scale
            spread[lost] = 0
            target.append(spread)
    return before, after


def _mean(bands: Sequence[np.ndarray]) -> np.ndarray:
    total = bands[0].copy()
    for band in bands[1:]:
        total += band
    return total * np.float32(1.0 / len(bands))


def _cut(values: np.ndarray, inner: Inner, margin: int = 0) -> np.ndarray:
    """``inner`` out of an array that has lost ``margin`` pixels at every edge."""
    row, column, rows, columns = inner
    return values[row - margin:row - margin + rows, column - margin:column - margin + columns]


def _colour_distance(a: Sequence[np.ndarray], b: Sequence[np.ndarray], reach: int) -> np.ndarray:
    """Robust change vector: how far a pixel's colour is from the nearest colour around it on the other date, the larger of both ways.

    The result has lost 2 · ``reach`` pixels at every edge.
    """
    rows, columns = a[0].shape
    forth = back = None
    wide = (slice(reach, rows - reach), slice(reach, columns - reach))
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            distance = None
            for one, two in zip(a, b):
                step = one[wide] - two[reach + dy:rows - reach + dy, reach + dx:columns - reach + dx]
                step *= step
                distance = step if distance is None else np.add(distance, step, out=distance)
            height, width = distance.shape
            here = distance[reach:height - reach, reach:width - reach]
            there = distance[reach - dy:height - reach - dy, reach - dx:width - reach - dx]
            forth = here.copy() if forth is None else np.minimum(forth, here, out=forth)
            back = there.copy() if back is None else np.minimum(back, there, out=back)
    return np.sqrt(np.maximum(forth, back) * np.float32(1.0 / len(a)))


def _box(values: np.ndarray, side: int) -> np.ndarray:
    """Sums over squares of ``side`` pixels, in one fixed order; ``side`` − 1 pixels shorter."""
    return _runs(_runs(values, side).T, side).T


def _runs(values: np.ndarray, length: int) -> np.ndarray:
    """Sums of ``length`` rows that follow each other: sums of 1, 2, 4 … rows put together."""
    rows = values.shape[0] - length + 1
    total, start, power, part = None, 0, 1, values
    while power <= length:
        if length & power:
            piece = part[start:start + rows]
            total = piece.copy() if total is None else total + piece
            start += power
        power *= 2
        if power <= length:
            part = part[:-(power // 2)] + part[power // 2:]
    return np.ascontiguousarray(total)


def _neighbourhood(values: np.ndarray, inner: Inner) -> np.ndarray:
    """The median of the 5 × 5 cells of 3 pixels around each pixel of ``inner``; ``values`` begin at a cell's corner."""
    rows, columns = values.shape[0] // CELL, values.shape[1] // CELL
    cells = np.zeros((rows, columns), np.float32)
    for dy in range(CELL):
        for dx in range(CELL):
            cells += values[dy:rows * CELL:CELL, dx:columns * CELL:CELL]
    cells *= np.float32(1.0 / CELL ** 2)
    stack = np.stack([cells[dy:rows - 4 + dy, dx:columns - 4 + dx] for dy in range(5) for dx in range(5)])
    middle = np.partition(stack, 12, axis=0)[12]
    wide = np.repeat(np.repeat(np.pad(middle, 2, mode="edge"), CELL, axis=0), CELL, axis=1)
    return _cut(wide, inner)


def _structure(a: np.ndarray, b: np.ndarray, side: int, inner: Inner) -> Dict[str, np.ndarray]:
    """1 − normalised correlation of brightness in a window, and how much rougher it became."""
    n, half = np.float32(1.0 / side ** 2), side // 2
    mean_a, mean_b = _cut(_box(a, side), inner, half) * n, _cut(_box(b, side), inner, half) * n
    rough_a, rough_b = (np.maximum(_cut(_box(x * x, side), inner, half) * n - mean * mean, np.float32(0))
                        for x, mean in ((a, mean_a), (b, mean_b)))
    both = _cut(_box(a * b, side), inner, half) * n - mean_a * mean_b
    noise = np.float32(0.01)
    correlation = (both + noise) / np.sqrt((rough_a + noise) * (rough_b + noise))
    return {STRUCTURE: 1 - correlation, TEXTURE: np.sqrt(rough_b) - np.sqrt(rough_a)}


def _steepness(light: np.ndarray) -> np.ndarray:
    """Length of the gradient; one pixel shorter at every edge."""
    across, down = light[1:-1, 2:] - light[1:-1, :-2], light[2:, 1:-1] - light[:-2, 1:-1]
    return np.sqrt(across * across + down * down) * np.float32(0.5)


def _indices(look: Look, pixels: Pixels, lost: np.ndarray, inner: Inner) -> Dict[str, np.ndarray]:
    """Vegetation lost, blue roofs and built-up ground come, from the bands that are known."""
    bands, found = look.bands, {}
    wanted = look.features

    def values(band: Optional[int]) -> Tuple[np.ndarray, np.ndarray]:
        place = int(band or 0)
        before = look.normalisation.of_band(place, _cut(pixels.before[place], inner))
        return np.maximum(before, np.float32(0)), np.maximum(_cut(pixels.after[place], inner), np.float32(0))

    hidden = _cut(lost, inner)
    if GREEN in wanted and bands.nir is not None and bands.red is not None:
        found[GREEN] = -_change(values(bands.nir), values(bands.red))
    elif GREEN in wanted:
        green, red, blue = values(bands.green), values(bands.red), values(bands.blue)
        found[GREEN] = _excess(green[0], red[0], blue[0]) - _excess(green[1], red[1], blue[1])
    if BLUE in wanted:
        found[BLUE] = _change(values(bands.blue), values(bands.red))
    if BUILT in wanted:
        found[BUILT] = _change(values(bands.swir), values(bands.nir))
    for one in found.values():
        one[hidden] = 0
    return found


def _change(one: Tuple[np.ndarray, np.ndarray], two: Tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return _ratio(one[1], two[1]) - _ratio(one[0], two[0])


def _ratio(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """(a − b) / (a + b), 0 where both are 0."""
    total = one + two
    return np.where(total > 0, (one - two) / np.maximum(total, np.float32(1e-6)), np.float32(0))


def _excess(green: np.ndarray, red: np.ndarray, blue: np.ndarray) -> np.ndarray:
    """Excess green: (2g − r − b) / (r + g + b)."""
    total = green + red + blue
    return np.where(total > 0, (2 * green - red - blue) / np.maximum(total, np.float32(1e-6)), np.float32(0))


# A patch in 32 numbers and a few words: what of it changed, against the land around it, its shape, its light before and after.

#: Pixels around a patch that its surroundings are.
RING = 12
_STRONG = 14.0  # score from which a pixel counts as surely changed
_FAR = 10.0  # spreads: beyond this one is as strange as the other
#: The names of the numbers, in their order; they are kept with a verdict, so what a name means never changes.
NUMBERS: Tuple[str, ...] = (
    *(f"{name}" for name in FEATURES), *(f"{name}_ring" for name in FEATURES),
    "score", "peak", "log_area", "compact", "elongated", "filled", "brighter", "light_before", "light_after", "rough_before",
    "rough_after", "light_ring_before", "light_ring_after", "strong_share")

_SIGNS: Dict[str, Message] = {
    COLOUR: message("its colours changed"), CONTRAST: message("it changed and the land around it did not"),
    STRUCTURE: message("its pattern is another one"), GREEN: message("it lost its green"), EDGES: message("it has new edges"),
    TEXTURE: message("it became rougher"), BLUE: message("it turned blue, as metal roofs do"),
    BUILT: message("in the infrared it looks built-up now")}


@dataclass(frozen=True)
class Description:
    """``numbers`` in the order of :data:`NUMBERS`; ``reasons`` are the features that weigh most, with the spreads they add to the
    score, largest first."""

    numbers: Tuple[float, ...]
    reasons: Tuple[Tuple[str, float], ...]

    @property
    def words(self) -> List[Message]:
        """The reasons as sentences' parts, the strongest first."""
        brighter = self.numbers[NUMBERS.index("brighter")]
        light = message("it became brighter") if brighter > 0 else message("it became darker")
        return [message("{what} ({n:.1f})", what=light if name == LIGHT else _SIGNS[name], n=weight) for name, weight in self.reasons]


def described(look: Look, seen: Seen, inside: np.ndarray, shape: shapely.Geometry, area_m2: float, mean: float, peak: float) -> Description:
    """The patch ``inside`` a window that was seen, with the outline and area that it has."""
    examined = seen.code == EXAMINED
    inside, around = np.flatnonzero(inside & examined), np.flatnonzero(examined & ~inside)
    z = {name: look.z(seen.values, name) for name in look.features}
    own = [_mean_within(z.get(name), inside) for name in FEATURES]
    ring = [value - _mean_within(z.get(name), around) for name, value in zip(FEATURES, own)]
    clipped = {name: np.minimum(np.maximum(z[name].take(inside), 0), CLIP) for name in look.features}
    weights = {name: float(values.mean()) if len(inside) else 0.0 for name, values in clipped.items()}
    reasons = tuple((name, weights[name]) for name in sorted(weights, key=lambda name: (-weights[name], name))[:3] if weights[name] >= 0.5)
    before, after = seen.light_before, seen.light_after
    strong = float((sum(clipped.values()) >= _STRONG).mean()) if len(inside) else 0.0
    rest = [mean, peak, math.log10(max(area_m2, 1.0)), *_shape_numbers(shape), _mean_within(after, inside) - _mean_within(before, inside),
            _mean_within(before, inside), _mean_within(after, inside), _spread(before, inside), _spread(after, inside),
            _mean_within(before, around), _mean_within(after, around), strong]
    numbers = np.clip([*np.clip(own + ring, -_FAR, _FAR), *rest], -1e3, 1e3)
    return Description(tuple(round(value, 4) for value in numbers.tolist()), reasons)


def _mean_within(values: object, where: np.ndarray) -> float:
    """``where`` are places in the flat array; 0 for a feature that the images do not have."""
    return float(values.take(where).mean()) if isinstance(values, np.ndarray) and len(where) else 0.0


def _spread(values: np.ndarray, where: np.ndarray) -> float:
    return float(values.take(where).std()) if len(where) else 0.0


def _shape_numbers(shape: shapely.Geometry) -> Sequence[float]:
    """Compactness (1 for a disc), elongation of the turned box (1 for a square) and how much of that box is filled."""
    area, around = shapely.area(shape), shapely.length(shape)
    frame = shapely.minimum_rotated_rectangle(shape) if hasattr(shapely, "minimum_rotated_rectangle") else shapely.oriented_envelope(shape)
    corners = shapely.get_coordinates(frame)
    sides = np.hypot(*np.diff(corners[:3], axis=0).T) if len(corners) >= 4 else np.array([1.0, 1.0])
    long, short = max(sides), max(min(sides), 1e-9)
    return [4 * math.pi * area / around ** 2 if around else 0.0, min(long / short, 50.0), area / (long * short) if long else 0.0]
