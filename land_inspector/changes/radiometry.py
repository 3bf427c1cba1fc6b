"""Making two dates comparable: IR-MAD finds what did not change, a line through that carries the old image's values to the new.

Iteratively reweighted multivariate alteration detection: canonical correlation of the bands of two dates, in which what changed
weighs less each time. Its χ² does not move under any invertible affine map of the bands of one date. Under pure noise it is not
distributed as χ² with as many degrees of freedom as bands (the weights shrink the variance), so 1 − p is never shown to anybody.
"""
from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import List, Optional, Tuple

import numpy as np

from ..errors import Message, message
from ..progress import Progress

ITERATIONS, TOLERANCE = 30, 1e-3
#: Pixels whose χ² is so small that they count as unchanged (the next where the first are too few), and the fewest that a line
#: is drawn through.
UNCHANGED_P, FEWEST_UNCHANGED = (0.95, 0.9, 0.75, 0.5), 500
#: A gain outside of these is no difference of light or sensor.
LEAST_GAIN, MOST_GAIN = 0.2, 5.0
_LEAST_SHARE = 1e-9  # of the total variance: a direction with less holds no picture
_LEAST_VARIANCE = 1e-9
_QUANTILES = 257


@dataclass(frozen=True)
class Irmad:
    """χ² of each pixel, the canonical correlations (largest first) and how many rounds it took."""

    chi2: np.ndarray
    correlations: np.ndarray
    iterations: int


def irmad(before: np.ndarray, after: np.ndarray, iterations: int = ITERATIONS, tolerance: float = TOLERANCE,
          progress: Optional[Progress] = None) -> Optional[Irmad]:
    """``before`` and ``after`` are pixels × bands. None where one of them shows nothing (every pixel alike).

    It ends when no correlation moved by ``tolerance``; 0 makes all the ``iterations``.
    """
    progress = progress or Progress()
    x, y = _whitened(before), _whitened(after)
    if x.shape[1] == 0 or y.shape[1] == 0:
        return None
    bands = min(x.shape[1], y.shape[1])
    x, y = np.ascontiguousarray(x.T), np.ascontiguousarray(y.T)
    weights, last = np.ones(x.shape[1]), np.zeros(bands)
    chi2, done = np.zeros(x.shape[1]), 0
    for done in range(1, iterations + 1):
        progress.step(done / (iterations + 1), message("Looking for what did not change"))
        chi2, correlations = _round(x, y, weights)
        moved = float(np.abs(correlations - last).max())
        weights, last = survival(chi2, bands), correlations
        if tolerance and moved < tolerance or weights.sum() < 10 * bands:
            break
    return Irmad(chi2, last, done)


def _whitened(pixels: np.ndarray) -> np.ndarray:
    """Mean 0, covariance 1, without directions in which nothing varies: what follows then knows no unit and no order of bands."""
    centred = np.asarray(pixels, dtype=np.float64) - np.mean(pixels, axis=0, dtype=np.float64)
    spread = centred.std(axis=0)
    centred = centred[:, spread > 0] / spread[spread > 0]
    if centred.shape[1] == 0:
        return centred
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    kept = values > _LEAST_SHARE * values.sum()
    return centred @ (vectors[:, kept] / np.sqrt(values[kept]))


def _round(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """χ² and correlations of one weighted canonical correlation; ``x`` and ``y`` are bands × pixels (long rows are quick)."""
    total, k = weights.sum(), len(x)
    both = np.concatenate([x, y])
    both -= (both @ weights / total)[:, None]
    covariance = (both * weights) @ both.T / total
    one, two = (np.linalg.cholesky(part + np.eye(len(part)) * 1e-10 * np.trace(part) / len(part))
                for part in (covariance[:k, :k], covariance[k:, k:]))
    inner = np.linalg.solve(one, covariance[:k, k:])
    u, correlations, v = np.linalg.svd(np.linalg.solve(two, inner.T).T, full_matrices=False)
    a, b = np.linalg.solve(one.T, u), np.linalg.solve(two.T, v.T)
    correlations = np.clip(correlations, 0.0, 1.0)
    variates = a.T @ both[:k] - b.T @ both[k:]
    variates *= variates
    variates /= np.maximum(2.0 * (1.0 - correlations), _LEAST_VARIANCE)[:, None]
    return variates.sum(axis=0), correlations


def survival(chi2: np.ndarray, freedom: int) -> np.ndarray:
    """P(X > chi2) of the χ² distribution, from a table over √χ² (1e-7)."""
    roots, values = _table(freedom)
    place = np.sqrt(np.maximum(chi2, 0.0)) * ((len(roots) - 1) / roots[-1])  # the table's steps are equal
    before = np.minimum(place, len(roots) - 2).astype(np.intp)
    share = np.minimum(place - before, 1.0)
    return np.where(place <= len(roots) - 1, values[before] + share * (values[before + 1] - values[before]), 0.0)


@lru_cache(maxsize=16)
def _table(freedom: int) -> Tuple[np.ndarray, np.ndarray]:
    roots = np.linspace(0.0, math.sqrt(freedom) + 12.0, 8192)
    return roots, np.array([_survival(value * value, freedom) for value in roots])


def _survival(x: float, freedom: int) -> float:
    """The closed forms for whole degrees of freedom."""
    half = x / 2.0
    if freedom % 2 == 0:
        term, total = math.exp(-half), 0.0
        for i in range(freedom // 2):
            total += term
            term *= half / (i + 1)
        return min(total, 1.0)
    total, term = math.erfc(math.sqrt(half)), math.exp(-half) * math.sqrt(half) / math.gamma(1.5)
    for i in range(freedom // 2):
        total += term
        term *= half / (i + 1.5)
    return min(total, 1.0)


@dataclass(frozen=True)
class Normalisation:
    """How values of the old image become values of the new one, band by band: by a line (``gains``, ``offsets``), or, where no
    line can be trusted, by matching ``quantiles`` (old, new) for the whole image; ``why`` says why then. ``unchanged`` pixels
    of the sample carried the line."""

    gains: Tuple[float, ...] = ()
    offsets: Tuple[float, ...] = ()
    unchanged: int = 0
    quantiles: Tuple[Tuple[np.ndarray, np.ndarray], ...] = field(default=(), repr=False)
    why: Optional[Message] = None

    def of_band(self, band: int, values: np.ndarray) -> np.ndarray:
        """One band of the old image as the new one would show it (float32)."""
        if self.quantiles:
            return np.interp(values, *self.quantiles[band]).astype(np.float32)
        return values * np.float32(self.gains[band]) + np.float32(self.offsets[band])


def normalisation(before: np.ndarray, after: np.ndarray, progress: Optional[Progress] = None) -> Normalisation:
    """From a sample of pixels × bands: a line through what IR-MAD calls unchanged, else matched histograms, which is said."""
    found = irmad(before, after, progress=progress)
    if found is None:
        return _matched(before, after, 0, message("one of the images shows nothing but one value"))
    bands = len(found.correlations)
    unchanged = survival(found.chi2, bands)
    still = next((one for one in (unchanged > p for p in UNCHANGED_P) if one.sum() >= FEWEST_UNCHANGED), unchanged > UNCHANGED_P[0])
    if still.sum() < FEWEST_UNCHANGED:
        return _matched(before, after, int(still.sum()), message("only {n} pixels of the sample seem unchanged", n=int(still.sum())))
    lines = [orthogonal_line(before[still, band], after[still, band]) for band in range(before.shape[1])]
    wrong = next((line for line in lines if line is None or not LEAST_GAIN <= line[0] <= MOST_GAIN), False)
    if wrong is not False:
        gain = 0.0 if wrong is None else wrong[0]
        return _matched(before, after, int(still.sum()), message("a band would need the gain {gain:.2f}", gain=float(gain)))
    kept: List[Tuple[float, float]] = [line for line in lines if line is not None]
    return Normalisation(tuple(line[0] for line in kept), tuple(line[1] for line in kept), int(still.sum()))


def orthogonal_line(old: np.ndarray, new: np.ndarray) -> Optional[Tuple[float, float]]:
    """Gain and offset of ``new`` over ``old`` with errors in both; None where they do not rise together."""
    x, y = np.asarray(old, np.float64), np.asarray(new, np.float64)
    dx, dy = x - x.mean(), y - y.mean()
    xx, yy, xy = float(dx @ dx), float(dy @ dy), float(dx @ dy)
    if xy <= 0:
        return (1.0, float(y.mean() - x.mean())) if xx == yy == 0 else None
    gain = (yy - xx + math.sqrt((yy - xx) ** 2 + 4 * xy * xy)) / (2 * xy)
    return gain, float(y.mean() - gain * x.mean())


def _matched(before: np.ndarray, after: np.ndarray, unchanged: int, why: Message) -> Normalisation:
    shares = np.linspace(0.0, 1.0, _QUANTILES)
    return Normalisation(unchanged=unchanged, why=why, quantiles=tuple(
        (np.quantile(before[:, band], shares), np.quantile(after[:, band], shares)) for band in range(before.shape[1])))


def otsu(values: np.ndarray, bins: int = 256) -> float:
    """The threshold that parts ``values`` into two groups with the least spread within each."""
    counts, edges = np.histogram(values, bins)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(middles[int(np.nanargmax(between))])
