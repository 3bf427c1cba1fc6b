"""Whether two images lie on each other: phase correlation of gradients, window by window, accepted or refused with its figures."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, List, Optional, Tuple

import numpy as np

from ..errors import message
from ..progress import Progress

SIDES, STEP = (256, 128, 64), 512
_ROOM = 1.25  # of a side: the least that an image must be larger
#: The peak must stand out so far over the next one, and the shift be no larger (pixels).
LEAST_Q, MOST_SHIFT = 1.25, 16.0
#: A shift is believed where so many of the windows agree to have one; a smaller one is left alone (pixels).
LEAST_ACCEPTED_SHARE, LEAST_ACCEPTED, LEAST_SHIFT = 0.3, 3, 0.15
#: Beyond this spread (pixels) changes are looked for with a tolerance of two pixels instead of one.
MOST_RESIDUAL = 0.7
_MOST_WINDOWS = 400
_LOW_PASS = 0.25  # cycles a pixel
_PEAK_REACH = 3  # pixels around a peak that belong to it

#: Mean of the bands of both images in a window (row, column, side), and whether all of it is a picture.
ReadMeans = Callable[[int, int, int], Tuple[np.ndarray, np.ndarray, bool]]


@dataclass(frozen=True)
class Shift:
    """Where one window of an image must go: pixels to the right (x) and down (y). ``q`` is the peak over the second peak."""

    x: float
    y: float
    q: float

    @property
    def is_accepted(self) -> bool:
        """Whether the peak stands out and the shift is possible."""
        return self.q >= LEAST_Q and max(abs(self.x), abs(self.y)) <= MOST_SHIFT


def phase_shift(reference: np.ndarray, moved: np.ndarray) -> Shift:
    """The shift that brings ``moved`` onto ``reference``, to a tenth of a pixel. ``q`` is 0 where one of them shows nothing."""
    window = np.outer(np.hanning(reference.shape[0]), np.hanning(reference.shape[1]))
    one, two = (_gradient(np.asarray(image, np.float64)) for image in (reference, moved))
    if not (one.std() > 1e-12 * (1 + abs(one).max()) and two.std() > 1e-12 * (1 + abs(two).max())):
        return Shift(0.0, 0.0, 0.0)
    spectrum = np.fft.fft2((one - one.mean()) * window) * np.conj(np.fft.fft2((two - two.mean()) * window))
    fy, fx = np.fft.fftfreq(one.shape[0])[:, None], np.fft.fftfreq(one.shape[1])[None, :]
    spectrum = spectrum / np.maximum(np.abs(spectrum), 1e-12 * np.abs(spectrum).max()) * np.exp(-(fx ** 2 + fy ** 2) / (2 * _LOW_PASS ** 2))
    surface = np.real(np.fft.ifft2(spectrum))
    row, column = np.unravel_index(int(np.argmax(surface)), surface.shape)
    peak = float(surface[row, column])
    rest = np.roll(surface, (-row, -column), (0, 1))
    around = np.r_[-_PEAK_REACH:_PEAK_REACH + 1]
    rest[np.ix_(around, around)] = -np.inf
    second = float(rest.max())
    q = peak / second if second > 0 else 1.0
    y = _signed(row, surface.shape[0]) + _vertex(surface[np.arange(row - 1, row + 2) % surface.shape[0], column])
    x = _signed(column, surface.shape[1]) + _vertex(surface[row, np.arange(column - 1, column + 2) % surface.shape[1]])
    return Shift(x, y, q)


def _signed(place: int, size: int) -> int:
    return int(place) - size if place > size // 2 else int(place)


def _vertex(three: np.ndarray) -> float:
    """Where between −½ and ½ the peak through three values lies: a parabola through their logarithms, for the peak is a bell."""
    low, top, high = np.log(three) if (three > 0).all() else three
    bend = low - 2 * top + high
    return float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def _gradient(image: np.ndarray) -> np.ndarray:
    """Length of the gradient of the image smoothed by a Gaussian of σ = 1."""
    weights = np.exp(-np.arange(-3, 4) ** 2 / 2.0)
    weights /= weights.sum()
    padded = np.pad(image, 3, mode="edge")
    across = sum(weight * padded[:, place:place + image.shape[1]] for place, weight in enumerate(weights))
    smooth = sum(weight * across[place:place + image.shape[0]] for place, weight in enumerate(weights))
    gy, gx = np.gradient(smooth)
    return np.hypot(gx, gy)


@dataclass(frozen=True)
class Registration:
    """What was found: windows looked at and accepted, the shift of the later image in pixels (x right, y down) and the spread of
    the accepted ones about it. ``is_trusted`` False: the images were taken as they lie."""

    windows: int
    accepted: int
    x: float = 0.0
    y: float = 0.0
    residual: float = 0.0
    is_trusted: bool = False

    @property
    def is_applied(self) -> bool:
        """Whether the later image is moved."""
        return self.is_trusted and max(abs(self.x), abs(self.y)) >= LEAST_SHIFT

    @property
    def reach(self) -> int:
        """Pixels within which a colour may have moved without being a change."""
        return 1 if self.is_trusted and self.residual <= MOST_RESIDUAL else 2


def windows_over(rows: int, columns: int, side: int) -> List[Tuple[int, int]]:
    """Upper left corners of windows of ``side`` pixels: every two of their sides, closer in small images, evenly thinned in large ones."""
    if min(rows, columns) < side:
        return []

    def starts(size: int) -> List[int]:
        step = min(STEP * side // SIDES[0], max(side // 4, (size - side) // 2))
        return list(range(0, size - side + 1, step))

    corners = [(row, column) for row in starts(rows) for column in starts(columns)]
    return corners[::-(-len(corners) // _MOST_WINDOWS)]


def register_images(rows: int, columns: int, read: ReadMeans, progress: Progress) -> Registration:
    """Look at all windows that hold a picture throughout; the median of those accepted is the shift. Where hardly any does, for clouds or
    want of room, smaller ones are looked at."""
    found: List[Shift] = []
    for side in SIDES:
        corners = windows_over(rows, columns, side) if min(rows, columns) >= side * _ROOM or side == SIDES[-1] else []
        for done, (row, column) in enumerate(corners):
            progress.step(done / len(corners), message("Laying the images on each other"))
            shift = _window(read, row, column, side)
            found += [shift] if shift is not None else []
        if len(found) >= LEAST_ACCEPTED or side == SIDES[-1]:
            break
        found = []
    good = np.array([(shift.x, shift.y) for shift in found if shift.is_accepted]).reshape(-1, 2)
    if len(good) < LEAST_ACCEPTED or len(good) < LEAST_ACCEPTED_SHARE * len(found):
        return Registration(len(found), len(good))
    middle = np.median(good, axis=0)
    residual = float(np.median(np.hypot(*(good - middle).T)))
    return Registration(len(found), len(good), float(middle[0]), float(middle[1]), residual, True)


def _window(read: ReadMeans, row: int, column: int, side: int) -> Optional[Shift]:
    before, after, is_whole = read(row, column, side)
    return phase_shift(before, after) if is_whole else None
