"""What a bureau's own verdicts add: a queue ranked anew by them, and the decided patches that look most like this one.

Only numpy. The ranking is an order, never a probability and never a verdict; the memory shows what was decided and fills in nothing.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np

#: Fewer verdicts than these, or of one kind alone, change no order; from the second number on verdicts weigh fully.
LEAST_VERDICTS, FULL_WEIGHT = 20, 50
#: sklearn's C, and when Newton's method has come to its end.
_C, _ROUNDS, _TOLERANCE = 0.05, 50, 1e-9
NEIGHBOURS = 5
_FAR_SHARE, _SAMPLE, _SEED = 0.9, 1500, 20
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True)
class Ranker:
    """A logistic regression over standardised numbers: 32 coefficients and a constant, with the middle and spread of each number.
    ``verdicts`` it was learnt from, ``confirmed`` of them."""

    coefficients: np.ndarray
    constant: float
    middle: np.ndarray
    spread: np.ndarray
    verdicts: int
    confirmed: int

    def value(self, numbers: np.ndarray) -> np.ndarray:
        """What the order follows; larger comes first. It is no probability."""
        return ((numbers - self.middle) / self.spread) @ self.coefficients + self.constant


def learnt(numbers: np.ndarray, confirmed: Sequence[Optional[bool]]) -> Optional[Ranker]:
    """From all candidates' numbers (n × 32) and, where a verdict was given, whether it confirmed the patch. None before 20 verdicts
    of both kinds."""
    known = np.array([one is not None for one in confirmed], bool)
    truth = np.array([bool(one) for one in confirmed], bool)[known]
    if len(truth) < LEAST_VERDICTS or truth.all() or not truth.any():
        return None
    middle, spread = numbers.mean(axis=0), numbers.std(axis=0)
    spread = np.where(spread > _LEAST_SPREAD, spread, 1.0)
    weights, constant = logistic((numbers[known] - middle) / spread, truth)
    return Ranker(weights, constant, middle, spread, len(truth), int(truth.sum()))


def logistic(x: np.ndarray, truth: np.ndarray, c: float = _C) -> Tuple[np.ndarray, float]:
    """Coefficients and constant of ½‖w‖² + c · Σ balanced log-loss, by Newton's method with halved steps; the constant is not
    penalised. Separable data end as well: the penalty sees to that."""
    design = np.hstack([np.asarray(x, np.float64), np.ones((len(x), 1))])
    sign = np.where(truth, 1.0, -1.0)
    balance = np.where(truth, len(truth) / (2.0 * truth.sum()), len(truth) / (2.0 * (~truth).sum())) * c
    penalty = np.append(np.ones(x.shape[1]), 0.0)

    def loss(w: np.ndarray) -> float:
        return float(0.5 * (penalty * w * w).sum() + (balance * np.logaddexp(0.0, -sign * (design @ w))).sum())

    w, last = np.zeros(design.shape[1]), np.inf
    for _round in range(_ROUNDS):
        margin = np.clip(design @ w, -500, 500)
        p = 1.0 / (1.0 + np.exp(-margin))
        slope = penalty * w + design.T @ (balance * (p - truth))
        bend = (design * (balance * p * (1 - p))[:, None]).T @ design + np.diag(penalty + 1e-12)
        step, now = np.linalg.solve(bend, slope), loss(w)
        while np.abs(step).max() > _TOLERANCE and loss(w - step) > now:
            step = step / 2
        w = w - step
        if np.abs(step).max() <= _TOLERANCE or abs(last - now) <= 0:
            break
        last = now
    return w[:-1], float(w[-1])


def order(scores: np.ndarray, numbers: np.ndarray, confirmed: Sequence[Optional[bool]], random: Sequence[bool]) -> np.ndarray:
    """Positions in the order of the queue: by the score's rank and, from 20 verdicts on, by what was learnt, the more the more
    verdicts there are. Those drawn at random keep one place in ten, whatever their rank."""
    ranker = learnt(numbers, confirmed)
    place = _ranks(scores)
    if ranker is not None:
        weight = min(1.0, ranker.verdicts / FULL_WEIGHT)
        place = (1 - weight) * place + weight * _ranks(ranker.value(numbers))
    is_random = np.asarray(random, bool)
    best = [int(one) for one in np.lexsort((np.arange(len(place)), place)) if not is_random[one]]
    drawn = [int(one) for one in np.flatnonzero(is_random)]
    queue: List[int] = []
    while best or drawn:
        queue += best[:9]
        best = best[9:]
        if drawn:
            queue.append(drawn.pop(0))
    return np.array(queue, dtype=np.int64)


def _ranks(values: np.ndarray) -> np.ndarray:
    """0 for the largest, 1 for the next …; equal ones in their order."""
    ranks = np.empty(len(values))
    ranks[np.argsort(-np.asarray(values, np.float64), kind="stable")] = np.arange(len(values))
    return ranks


@dataclass(frozen=True)
class Near:
    """A decided patch: its position among those remembered and how far it is (robust spreads)."""

    place: int
    distance: float


class Memory:
    """Decided patches by their numbers (n × 32). ``limit`` is the distance beyond which nothing is near: what nine in ten pairs of
    decided patches stay within (of a sample of 1 500 where there are more).

    Middle and spread (median, 1.4826 · MAD) are those of all its patches, always; each column is kept in order, so that a verdict more
    or less costs milliseconds among a hundred thousand.
    """

    def __init__(self, numbers: np.ndarray):
        self._values = np.asarray(numbers, np.float64)
        self._columns = np.sort(self._values.T, axis=1)
        self._base = np.median(self._values, axis=0) if len(self._values) else np.zeros(self._values.shape[1])
        self._near_base = (self._values - self._base).astype(np.float32)
        self._settle()

    def changed(self, removed: Sequence[int], added: np.ndarray) -> "Memory":
        """The memory without the patches at the positions ``removed``, and with ``added`` behind the rest."""
        gone, come = np.asarray(removed, np.intp), np.asarray(added, np.float64).reshape(-1, len(self._base))
        made = Memory.__new__(Memory)
        made._base = self._base
        made._values = np.concatenate([np.delete(self._values, gone, axis=0), come])
        made._near_base = np.concatenate([np.delete(self._near_base, gone, axis=0), (come - self._base).astype(np.float32)])
        made._columns = np.stack([_replaced(column, lost, new) for column, lost, new in zip(self._columns, self._values[gone].T, come.T)])
        made._settle()
        return made

    def __len__(self) -> int:
        return len(self._values)

    def _settle(self) -> None:
        columns, count = self._columns, self._columns.shape[1]
        self.limit = 0.0
        if not count:
            self.middle, self.spread = np.zeros(len(self._base)), np.ones(len(self._base))
            return
        self.middle = (columns[:, (count - 1) // 2] + columns[:, count // 2]) / 2
        self.spread = np.array([_spread(column, middle) for column, middle in zip(columns, self.middle)])
        if count > NEIGHBOURS:
            some = np.arange(count) if count <= _SAMPLE else np.sort(np.random.default_rng(_SEED).permutation(count)[:_SAMPLE])
            scaled = self._near_base[some] * (1.0 / self.spread).astype(np.float32)
            squares = (scaled * scaled).sum(axis=1)
            apart = np.maximum(squares[:, None] + squares[None, :] - 2 * scaled @ scaled.T, 0)
            self.limit = math.sqrt(float(np.quantile(apart[~np.tri(len(some), dtype=bool)], _FAR_SHARE)))

    def nearest(self, numbers: Sequence[float], besides: Optional[int] = None) -> List[Near]:
        """The five most similar, nearest first; nothing where fewer were decided or the fifth is too far. ``besides`` is left out: the
        patch itself."""
        if len(self) - (besides is not None) < NEIGHBOURS:
            return []
        away = self._near_base - (np.asarray(numbers, np.float64) - self._base).astype(np.float32)
        away *= (1.0 / self.spread).astype(np.float32)
        squares = np.einsum("ij,ij->i", away, away)
        if besides is not None:
            squares[besides] = np.inf
        best = np.argpartition(squares, NEIGHBOURS - 1)[:NEIGHBOURS]
        best = best[np.lexsort((best, squares[best]))]
        distances = np.sqrt(squares[best])
        return [] if distances[-1] > self.limit else [Near(int(place), float(d)) for place, d in zip(best, distances)]


def _replaced(column: np.ndarray, lost: np.ndarray, come: np.ndarray) -> np.ndarray:
    """An ordered column without the values ``lost`` (each of which it holds) and with ``come``, still in order."""
    values, counts = np.unique(lost, return_counts=True)
    first = np.searchsorted(column, values)
    kept = np.delete(column, np.repeat(first, counts) + np.concatenate([np.arange(count) for count in (*counts, 0)]))
    come = np.sort(come)
    return np.insert(kept, np.searchsorted(kept, come), come)


def _spread(column: np.ndarray, middle: float) -> float:
    """1.4826 · MAD of an ordered column; its standard deviation where half of it is the same, 1 where all of it is."""
    half, count = int(np.searchsorted(column, middle)), len(column)
    below, above = middle - column[:half][::-1], column[half:] - middle
    mad = (_ranked(below, above, (count - 1) // 2) + _ranked(below, above, count // 2)) / 2
    spread = 1.4826 * mad
    if spread > _LEAST_SPREAD:
        return float(spread)
    whole = float(column.std())
    return whole if whole > _LEAST_SPREAD else 1.0


def _ranked(one: np.ndarray, two: np.ndarray, rank: int) -> float:
    """The value at a place (0 for the smallest) of two ordered lists put together."""
    low, high = max(0, rank + 1 - len(two)), min(rank + 1, len(one))
    while low < high:  # how many of the rank + 1 smallest come from ``one``
        taken = (low + high) // 2
        if one[taken] < two[rank - taken]:
            low = taken + 1
        else:
            high = taken
    return float(max(one[low - 1] if low else -np.inf, two[rank - low] if low <= rank else -np.inf))
