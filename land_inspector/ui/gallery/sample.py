"""Which parcels a gallery shows, and what looking at some of them says of all: samples that anybody can draw again."""
from __future__ import annotations

import hashlib
from math import exp, lgamma
from typing import Callable, List, Sequence, Tuple

#: Either side of the range that is told: together 5 %.
_TAIL = 0.025


def sample(numbers: Sequence[str], size: int, seed: int) -> List[int]:
    """Places of ``size`` parcels drawn at random, in their order; all of them where there are no more.

    Those whose SHA-256 of ``seed:number`` is smallest. So the same seed draws the same parcels on every machine, whatever
    order they are listed in, and a parcel more or less changes the sample by at most one.
    """
    drawn = sorted(range(len(numbers)), key=lambda place: hashlib.sha256(f"{seed}:{numbers[place]}".encode("utf-8")).digest())
    return sorted(drawn[:size])


def marked_in_all(marked: int, looked_at: int, of: int) -> Tuple[int, int]:
    """Between how many and how many of all ``of`` are marked, when ``marked`` of ``looked_at`` drawn at random are.

    Exact (hypergeometric, two-sided 95 %): a total that would give so few or so many less than 2.5 % of the time is ruled out.
    """
    least, most = marked, of - (looked_at - marked)
    low = _first(least, most, lambda total: _at_least(marked, looked_at, total, of) > _TAIL)
    high = most + least - _first(least, most, lambda turned: _at_most(marked, looked_at, most + least - turned, of) > _TAIL)
    return low, high


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The smallest number for which ``holds``, which once true stays so; ``high`` where it holds for none before."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _at_least(marked: int, drawn: int, total: int, of: int) -> float:
    return sum(_chance(k, drawn, total, of) for k in range(marked, min(drawn, total) + 1))


def _at_most(marked: int, drawn: int, total: int, of: int) -> float:
    return sum(_chance(k, drawn, total, of) for k in range(max(0, drawn - (of - total)), marked + 1))


def _chance(k: int, drawn: int, total: int, of: int) -> float:
    """Of drawing exactly ``k`` of the ``total`` marked ones among ``drawn`` of ``of``."""
    if k > total or drawn - k > of - total:
        return 0.0
    return exp(_choose(total, k) + _choose(of - total, drawn - k) - _choose(of, drawn))


def _choose(n: int, k: int) -> float:
    """Logarithm of n over k."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
