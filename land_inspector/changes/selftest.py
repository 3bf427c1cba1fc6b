"""Sites planted into the later image and looked for: how many the list would have held. Planted sites are easier than real ones, so
this is an upper bound and is called one."""
from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import List, Optional, Sequence, Tuple

import numpy as np

from ..errors import message
from ..progress import Progress
from .features import Look
from .masks import Land
from .objects import Points, joined
from .pair import EXAMINED, Grid, Pair, Pixels, Window

#: Areas of planted sites (m²), and how many of each.
SIZES_M2, EACH = (900.0, 2500.0, 10_000.0), 20
_LEAST_SIDE, _MOST_SIDE, _AROUND, _TRIES = 3, 64, 40, 40


@dataclass(frozen=True)
class Planted:
    """Of ``planted`` sites of ``area_m2`` each, ``found`` came into the list."""

    area_m2: float
    found: int
    planted: int


class _PlantedPair:
    """The pair with a piece of the later image laid over another place of it."""

    def __init__(self, pair: Pair, at: Tuple[int, int], piece: np.ndarray):
        self.grid, self._pair, self._at, self._piece = pair.grid, pair, at, piece

    def read(self, window: Window) -> Pixels:
        pixels = self._pair.read(window)
        rows, columns = self._piece.shape[1:]
        top, left = self._at[0] - window[0], self._at[1] - window[1]
        a, b = max(top, 0), min(top + rows, window[2])
        c, d = max(left, 0), min(left + columns, window[3])
        if b > a and d > c:
            pixels.after[:, a:b, c:d] = self._piece[:, a - top:b - top, c - left:d - left]
        return pixels


def self_test(look: Look, land: Land, windows: Sequence[Window], thresholds: Tuple[float, float], cut: float, least: int, gap: int,
              seed: int, progress: Optional[Progress] = None) -> List[Planted]:
    """Plant and look. ``windows`` are those of the sample, ``cut`` the score that a candidate must reach to come into the list
    (0 where the list was not full)."""
    progress, rng = progress or Progress(), np.random.default_rng([seed, 4])
    found: List[Planted] = []
    for number, area in enumerate(SIZES_M2):
        side = int(np.clip(round(math.sqrt(area) / look.pair.grid.pixel_m), _LEAST_SIDE, _MOST_SIDE))
        pieces = _built_up(look, windows, side, rng)
        hits = planted = 0
        for place in range(EACH if pieces else 0):
            progress.step((number + place / EACH) / len(SIZES_M2), message("Testing with planted sites"))
            at = _place(look, land, windows, side, rng)
            if at is not None:
                planted += 1
                hits += _is_found(look, at, pieces[place % len(pieces)], thresholds, cut, least, gap)
        found.append(Planted((side * look.pair.grid.pixel_m) ** 2, hits, planted))
    return found


def _built_up(look: Look, windows: Sequence[Window], side: int, rng: np.random.Generator) -> List[np.ndarray]:
    """The roughest pieces of the later image: most like roofs and yards that this image has."""
    pieces: List[Tuple[float, int, np.ndarray]] = []
    for window in windows[:24]:
        pixels = look.pair.read(window)
        if min(window[2:]) < side:
            continue
        for _try in range(6):
            row, column = (int(rng.integers(0, size - side + 1)) for size in window[2:])
            part = (slice(None), slice(row, row + side), slice(column, column + side))
            if (pixels.code[part[1:]] == EXAMINED).all():
                piece = pixels.after[part].copy()
                rough = (piece.std(axis=(1, 2)) / look.scale).mean()
                bright = (piece.mean(axis=(1, 2)) - look.centre).mean() / look.scale.mean()
                pieces.append((-float(rough + bright), len(pieces), piece))
    return [piece for _rough, _number, piece in sorted(pieces, key=lambda one: one[:2])[:7]]


def _place(look: Look, land: Land, windows: Sequence[Window], side: int, rng: np.random.Generator) -> Optional[Tuple[int, int]]:
    """A square of land that is looked at and that both images show."""
    for _try in range(_TRIES):
        window = windows[int(rng.integers(0, len(windows)))]
        if min(window[2:]) < side:
            continue
        row, column = (start + int(rng.integers(0, size - side + 1)) for start, size in zip(window[:2], window[2:]))
        square = (row, column, side, side)
        if (land.codes(square) == EXAMINED).all() and (look.pair.read(square).code == EXAMINED).all():
            return row, column
    return None


def _is_found(look: Look, at: Tuple[int, int], piece: np.ndarray, thresholds: Tuple[float, float], cut: float, least: int,
              gap: int) -> bool:
    """Whether an object that would be in the list lies on the planted square."""
    side = piece.shape[1]
    window = (at[0] - _AROUND, at[1] - _AROUND, side + 2 * _AROUND, side + 2 * _AROUND)
    seen = replace(look, pair=_PlantedPair(look.pair, at, piece), held=None).read(window)
    local: Grid = replace(look.pair.grid, rows=window[2], columns=window[3])
    points = Points(local)
    points.add(0, 0, look.score(seen))
    objects = joined(local, points.sorted(), *thresholds, least, gap, Progress())
    for number in range(len(objects)):
        row, column = objects.pixels(number) // window[3] - _AROUND, objects.pixels(number) % window[3] - _AROUND
        inside = (row >= 0) & (row < side) & (column >= 0) & (column < side)
        if inside.sum() >= 0.2 * side * side and objects.mean[number] >= cut:
            return True
    return False
