"""A patch in 32 numbers and a few words: what of it changed, against the land around it, its shape, its light before and after."""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple

import numpy as np
import shapely

from ..errors import Message, message
from .features import BLUE, BUILT, CLIP, COLOUR, CONTRAST, EDGES, FEATURES, GREEN, LIGHT, STRUCTURE, TEXTURE, Look, Seen
from .pair import EXAMINED, Grid, Window

#: Pixels around a patch that its surroundings are.
RING = 12
_STRONG = 14.0  # score from which a pixel counts as surely changed
_FAR = 10.0  # spreads: beyond this one is as strange as the other
#: The names of the numbers, in their order; they are kept with a verdict, so what a name means never changes.
NUMBERS: Tuple[str, ...] = (
    *(f"{name}" for name in FEATURES), *(f"{name}_ring" for name in FEATURES),
    "score", "peak", "log_area", "compact", "elongated", "filled", "brighter", "light_before", "light_after", "rough_before",
    "rough_after", "light_ring_before", "light_ring_after", "strong_share")

_WORDS: Dict[str, Message] = {
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
        return [message("{what} ({n:.1f})", what=light if name == LIGHT else _WORDS[name], n=weight) for name, weight in self.reasons]


def window_of(grid: Grid, shape: shapely.Geometry, around: int = RING) -> Window:
    """The window of a shape (in the grid's CRS) and its surroundings; it may reach over the edge."""
    west, south, east, north = shape.bounds
    left, top = math.floor((west - grid.x0) / grid.dx) - around, math.floor((grid.y0 - north) / grid.dy) - around
    right, bottom = math.ceil((east - grid.x0) / grid.dx) + around, math.ceil((grid.y0 - south) / grid.dy) + around
    return top, left, bottom - top, right - left


def described(look: Look, seen: Seen, inside: np.ndarray, shape: shapely.Geometry, area_m2: float, mean: float, peak: float) -> Description:
    """The patch ``inside`` a window that was seen, with the outline and area that it has."""
    examined = seen.code == EXAMINED
    inside, around = np.flatnonzero(inside & examined), np.flatnonzero(examined & ~inside)
    z = {name: look.z(seen.values, name) for name in look.features}
    own = [_mean(z.get(name), inside) for name in FEATURES]
    ring = [value - _mean(z.get(name), around) for name, value in zip(FEATURES, own)]
    clipped = {name: np.minimum(np.maximum(z[name].take(inside), 0), CLIP) for name in look.features}
    weights = {name: float(values.mean()) if len(inside) else 0.0 for name, values in clipped.items()}
    reasons = tuple((name, weights[name]) for name in sorted(weights, key=lambda name: (-weights[name], name))[:3] if weights[name] >= 0.5)
    before, after = seen.light_before, seen.light_after
    strong = float((sum(clipped.values()) >= _STRONG).mean()) if len(inside) else 0.0
    rest = [mean, peak, math.log10(max(area_m2, 1.0)), *_shape_numbers(shape), _mean(after, inside) - _mean(before, inside),
            _mean(before, inside), _mean(after, inside), _spread(before, inside), _spread(after, inside), _mean(before, around),
            _mean(after, around), strong]
    numbers = np.clip([*np.clip(own + ring, -_FAR, _FAR), *rest], -1e3, 1e3)
    return Description(tuple(round(value, 4) for value in numbers.tolist()), reasons)


def _mean(values: object, where: np.ndarray) -> float:
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
