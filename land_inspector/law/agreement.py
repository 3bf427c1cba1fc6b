"""Shares of small numbers, told honestly, and how far two verdicts on the same parcels agree."""
from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from math import sqrt
from typing import DefaultDict, Dict, Hashable, List, Mapping, Optional, Sequence, Tuple


# Shares of small numbers, told honestly: k of n, an interval, and no per cent where n is small.

#: Fewer than these are shown as counts alone.
FEW = 20
#: Two-sided 95 % of the normal distribution.
Z = 1.959963984540054


def wilson(hits: int, of: int) -> Optional[Tuple[float, float]]:
    """Wilson's 95 % interval of a share (0 to 1); None of nothing. Raises ValueError where ``hits`` is no part of ``of``."""
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of}")
    if of == 0:
        return None
    share, square = hits / of, Z ** 2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return min(max(0.0, middle - half), share), max(min(1.0, middle + half), share)


def counted(hits: int, of: int) -> str:
    """``k / n`` and from 20 on ``p % (low–high %)``; nothing but a dash of nothing."""
    if of == 0:
        return "–"
    if of < FEW:
        return f"{hits} / {of}"
    low, high = wilson(hits, of) or (0.0, 1.0)
    return f"{hits} / {of} = {100 * hits / of:.1f} % ({100 * low:.1f}–{100 * high:.1f} %)"


# How far two verdicts on the same parcels agree: share with its interval, Cohen's kappa with its interval, per verdict, never per person.
#
# Share of agreement with Wilson's 95 % interval. Kappa = (p0 − pe) ÷ (1 − pe): what agrees beyond what two people would by chance, with the
# large-sample standard error of Fleiss, Cohen and Everitt (1969); of few pairs the interval is wide and says so. Nothing is rounded here.

ILLEGAL = "2"
#: A variance that is but the rounding of nothing.
_VANISHES = 1e-12


@dataclass(frozen=True)
class Agreement:
    """Of ``pairs`` verdicts ``agreed`` are the same. ``share`` (0 … 1) with its 95 % interval; ``kappa`` (−1 … 1) with its, None where
    chance alone would agree in everything (one verdict throughout) or there is no pair; its interval is None too where the standard error
    vanishes (all agree, or too few pairs), for that is no certainty. ``table`` counts first × second."""

    pairs: int
    agreed: int
    share: Optional[float]
    share_from: Optional[float]
    share_to: Optional[float]
    kappa: Optional[float]
    kappa_from: Optional[float]
    kappa_to: Optional[float]
    table: Mapping[Tuple[str, str], int]

    @property
    def values(self) -> List[str]:
        """Every verdict that either gave, in order."""
        return sorted({value for pair in self.table for value in pair})

    def of(self, value: str) -> Tuple[int, int]:
        """Of the pairs in which either gave this verdict, how many agree, and how many there are."""
        either = sum(n for pair, n in self.table.items() if value in pair)
        return self.table.get((value, value), 0), either


def agreement(pairs: Sequence[Tuple[str, str]]) -> Agreement:
    """Agreement of first and second verdicts."""
    table = Counter(pairs)
    n, agreed = len(pairs), sum(count for (one, two), count in table.items() if one == two)
    if not n:
        return Agreement(0, 0, None, None, None, None, None, None, table)
    low, high = wilson(agreed, n) or (0.0, 1.0)
    kappa, error = _kappa(table, n)
    around = (None, None) if kappa is None or not error else (max(kappa - Z * error, -1.0), min(kappa + Z * error, 1.0))
    return Agreement(n, agreed, agreed / n, low, high, kappa, *around, table)


def _kappa(table: Mapping[Tuple[str, str], int], n: int) -> Tuple[Optional[float], Optional[float]]:
    values = sorted({value for pair in table for value in pair})
    share = {pair: count / n for pair, count in table.items()}
    first = {value: sum(share.get((value, other), 0.0) for other in values) for value in values}
    second = {value: sum(share.get((other, value), 0.0) for other in values) for value in values}
    seen, chance = sum(share.get((value, value), 0.0) for value in values), sum(first[value] * second[value] for value in values)
    if chance >= 1.0:
        return None, None
    kappa = (seen - chance) / (1 - chance)
    same = sum(share.get((value, value), 0.0) * (1 - (first[value] + second[value]) * (1 - kappa)) ** 2 for value in values)
    other = (1 - kappa) ** 2 * sum(share.get((one, two), 0.0) * (second[one] + first[two]) ** 2
                                   for one in values for two in values if one != two)
    variance = (same + other - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    return kappa, sqrt(variance) if variance > _VANISHES else None


def drawn(strata: Mapping[str, Hashable], size: int, seed: int) -> List[str]:
    """So many keys at random, by stratum: each gets its share of the sample by size (largest remainder), so far as there is room at least
    one. The same keys, size and seed always draw the same."""
    groups: DefaultDict[Hashable, List[str]] = defaultdict(list)
    for key in sorted(strata):
        groups[strata[key]].append(key)
    size = min(size, len(strata))
    names = sorted(groups, key=str)
    quotas = _quotas({name: len(groups[name]) for name in names}, size)
    chance = random.Random(seed)  # nosec B311 - a sample, no secret
    return sorted(key for name in names for key in chance.sample(groups[name], quotas[name]))


def _quotas(sizes: Mapping[Hashable, int], size: int) -> Dict[Hashable, int]:
    total = sum(sizes.values())
    if not total:
        return {}
    exact = {name: size * count / total for name, count in sizes.items()}
    quotas = {name: int(share) for name, share in exact.items()}
    by_rest = sorted(sizes, key=lambda name: (quotas[name] > 0, -(exact[name] - quotas[name]), str(name)))
    left = size - sum(quotas.values())
    while left > 0:
        for name in by_rest:
            if left > 0 and quotas[name] < sizes[name]:
                quotas[name] += 1
                left -= 1
    for name in by_rest:  # nobody is left out where there is room: the largest give
        if size >= len(sizes) and not quotas[name]:
            quotas[max(quotas, key=lambda one: (quotas[one], str(one)))] -= 1
            quotas[name] = 1
    return quotas


def weight_of(first: Optional[str], second: Optional[str], cultivated_m2: float, farmland_m2: float) -> int:
    """How grave a disagreement is in law: 1, and 2 more where only one says illegal, 1 more for cultivated land, 2 more for permanent
    farmland. The list of disagreements is sorted by area × this."""
    return 1 + 2 * ((first == ILLEGAL) != (second == ILLEGAL)) + (cultivated_m2 > 0) + 2 * (farmland_m2 > 0)
