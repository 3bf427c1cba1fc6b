"""What a bureau's own verdicts add: a queue ranked anew by them, and the decided patches that look most like this one.

Only numpy. The ranking is an order, never a probability and never a verdict; the memory shows what was decided and fills in nothing.
"""
from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass
class Memory:
    """Decided patches by their numbers. ``limit`` is the distance beyond which nothing is near: what nine in ten pairs of decided
    patches stay within."""

    numbers: np.ndarray
    middle: np.ndarray = field(init=False)
    spread: np.ndarray = field(init=False)
    limit: float = field(init=False, default=0.0)
    _scaled: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        values = np.asarray(self.numbers, np.float64)
        self.middle = np.median(values, axis=0) if len(values) else np.zeros(values.shape[1])
        spread = 1.4826 * np.median(np.abs(values - self.middle), axis=0) if len(values) else np.ones(values.shape[1])
        self.spread = np.where(spread > _LEAST_SPREAD, spread, np.where(values.std(axis=0) > _LEAST_SPREAD, values.std(axis=0), 1.0)
                               if len(values) else 1.0)
        self._scaled = ((values - self.middle) / self.spread).astype(np.float32)
        if len(values) > NEIGHBOURS:
            some = self._scaled
            if len(some) > _SAMPLE:
                some = some[np.sort(np.random.default_rng(_SEED).permutation(len(some))[:_SAMPLE])]
            squares = (some * some).sum(axis=1)
            apart = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2 * some @ some.T, 0))
            self.limit = float(np.quantile(apart[np.triu_indices(len(some), 1)], _FAR_SHARE))

    def nearest(self, numbers: Sequence[float], besides: Optional[int] = None) -> List[Near]:
        """The five most similar, nearest first; nothing where fewer were decided or the fifth is too far. ``besides`` is left out: the
        patch itself."""
        if len(self._scaled) - (besides is not None) < NEIGHBOURS:
            return []
        own = ((np.asarray(numbers, np.float64) - self.middle) / self.spread).astype(np.float32)
        away = self._scaled - own
        squares = np.einsum("ij,ij->i", away, away)
        if besides is not None:
            squares[besides] = np.inf
        best = np.argpartition(squares, NEIGHBOURS - 1)[:NEIGHBOURS]
        best = best[np.lexsort((best, squares[best]))]
        distances = np.sqrt(squares[best])
        return [] if distances[-1] > self.limit else [Near(int(place), float(d)) for place, d in zip(best, distances)]
