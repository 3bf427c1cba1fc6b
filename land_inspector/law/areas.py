"""Areas and ratios without rounding errors: exact sums, exact comparison, and how they are shown.

1 亩 (mu) = 2000/3 m². Sums are kept in whole *units* of one three-millionth of a square metre, in which square metres with
six decimals and mu with six decimals are both whole numbers, so that 72.00/480.00 mu is exactly 15 % (R44).
"""
from __future__ import annotations

import math
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from ..errors import InputError


UNITS_PER_M2 = 3_000_000
UNITS_PER_MU = 2_000_000_000
DASH = "—"
Real = Union[int, float, Fraction]


def to_units(area_m2: Real) -> int:
    """m² in whole units (:data:`UNITS_PER_M2`); what is finer than a unit is rounded."""
    if isinstance(area_m2, float):
        return round(area_m2 * UNITS_PER_M2)  # off by less than a unit up to 3000 km²
    return round(Fraction(area_m2) * UNITS_PER_M2)


@lru_cache(maxsize=256)
def mu_to_units(area_mu: Real) -> int:
    """A mu value as it is written: 0.01 is a hundredth, not its nearest binary fraction."""
    return round(as_written(area_mu) * UNITS_PER_MU)


@lru_cache(maxsize=256)
def as_written(value: Real) -> Fraction:
    """The exact value of a number as it is printed: 0.1 is a tenth, not its nearest binary fraction."""
    return Fraction(repr(float(value))) if isinstance(value, float) else Fraction(value)


def minus(one: Real, *others: Real) -> float:
    """A difference of figures as they are written: 1000.7 − 1000 is 0.7, not a little more, so that it compares with a limit of 0.7."""
    return float(as_written(one) - sum(map(as_written, others)))


def to_mu(area_m2: float) -> float:
    """m² in mu, unrounded (1 mu = 2000/3 m²)."""
    return float(Fraction(to_units(area_m2), UNITS_PER_MU))


def ratio_of(part: int, whole: int) -> Optional[Fraction]:
    """None where there is nothing to divide by (R44)."""
    return Fraction(part, whole) if whole else None


def round_half_up(value: Fraction, decimals: int) -> Fraction:
    """Half away from zero, as offices round."""
    scaled = abs(value) * 10 ** decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10 ** decimals)


def decimal_text(value: Fraction, decimals: int) -> str:
    """Rounded half up, always with that many decimals."""
    return _fixed(value.numerator, value.denominator, decimals)


def _fixed(numerator: int, denominator: int, decimals: int) -> str:
    scaled = (2 * abs(numerator) * 10 ** decimals + denominator) // (2 * denominator)
    digits = str(scaled).rjust(decimals + 1, "0")
    text = digits if decimals == 0 else f"{digits[:-decimals]}.{digits[-decimals:]}"
    return f"-{text}" if numerator < 0 and scaled else text


def m2_text(area_m2: float) -> str:
    """Square metres with two decimals, rounded half up (R45)."""
    return _fixed(to_units(area_m2), UNITS_PER_M2, 2)


def mu_text(area_m2: float, decimals: int = 2) -> str:
    """An area given in m² as mu with ``decimals`` decimals, rounded half up (R45)."""
    return _fixed(to_units(area_m2), UNITS_PER_MU, decimals)


def percent_text(ratio: Optional[Fraction], sides: Sequence[Callable[[Fraction], bool]] = (), decimals: int = 2) -> str:
    """A ratio in percent without the sign; “—” for None (R45).

    ``sides`` say on which side of each line a ratio lies; decimals are added until the printed value lies on the same
    sides as the exact one.
    """
    if ratio is None:
        return DASH
    while any(side(round_half_up(ratio * 100, decimals) / 100) != side(ratio) for side in sides):
        decimals += 1
    return decimal_text(ratio * 100, decimals)


def reaches(part_m2: float, whole_m2: float, share: float) -> bool:
    """Whether ``part`` is at least ``share`` of ``whole``, exactly."""
    margin = part_m2 - share * whole_m2
    if abs(margin) > 1e-9 * (abs(part_m2) + abs(whole_m2)):
        return margin > 0  # far enough from the line for floats to be right
    return as_written(part_m2) >= as_written(share) * as_written(whole_m2)


def share_text(part_m2: float, whole_m2: float, share: float) -> str:
    """``part / whole`` in percent, with decimals enough to see on which side of ``share`` it lies."""
    line = as_written(share)
    return percent_text(Fraction(to_units(part_m2), max(to_units(whole_m2), 1)), [lambda value: value >= line])


def below_mu(area_m2: float, area_mu: float) -> bool:
    """Whether an area in m² is less than one given in mu, exactly."""
    return to_units(area_m2) < mu_to_units(area_mu)


def above_mu(area_m2: float, area_mu: float) -> bool:
    """Whether ``area_m2`` is more than ``area_mu``, compared exactly."""
    return to_units(area_m2) > mu_to_units(area_mu)


# What a remedy is counted in: building area, floor area, land area, cultivated land, money and persons never mix.
#
# Every figure has a field of its own; sums and differences go field by field, so that no building area can end up in a
# sum of land (domain.md §0.1 (7)). Areas in m², money in whole fen (0.01 yuan).

EPSILON_M2 = 1e-6  # R42


@dataclass(frozen=True)
class Amount:
    """So much of each kind; ``None`` where a kind plays no part. ``cultivated_m2`` is part of ``land_m2``."""

    building_m2: Optional[float] = None
    floor_m2: Optional[float] = None
    land_m2: Optional[float] = None
    cultivated_m2: Optional[float] = None
    fen: Optional[int] = None
    persons: Optional[int] = None

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Amount":
        """From JSON. Raises :class:`InputError` for an unknown unit, a negative or unreadable figure, part fen or part persons."""
        return cls(**{name: _figure(name, value) for name, value in record.items() if value is not None})

    def as_record(self) -> Dict[str, Union[int, float]]:
        """The kinds that play a part, for JSON; back by :meth:`from_record`."""
        return {name: value for name, value in self.items()}

    def items(self) -> Iterable[Tuple[str, Union[int, float]]]:
        """The units that play a part, with their figures."""
        return [(name, getattr(self, name)) for name in UNITS if getattr(self, name) is not None]

    def get(self, unit: str) -> Union[int, float]:
        """The figure of a unit, 0 where it plays no part."""
        return getattr(self, unit) or 0

    def __add__(self, other: "Amount") -> "Amount":
        return total((self, other))

    def __sub__(self, other: "Amount") -> "Amount":
        """Unit by unit; areas that differ by less than rounding (R42) come out as exactly 0."""
        if not isinstance(other, Amount):
            return NotImplemented
        return Amount(**{name: _clean(self.get(name) - other.get(name)) for name in UNITS
                         if getattr(self, name) is not None or getattr(other, name) is not None})

    def is_zero(self) -> bool:
        """Whether there is nothing of any kind, within :data:`EPSILON_M2` (R42)."""
        return all(abs(value) <= EPSILON_M2 for _, value in self.items())

    def floored(self) -> "Amount":
        """With 0 for what is below 0."""
        return Amount(**{name: max(value, 0) for name, value in self.items()})


UNITS: Tuple[str, ...] = tuple(field.name for field in fields(Amount))
WHOLE = ("fen", "persons")
NOTHING = Amount()


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum, unit by unit."""
    parts: Dict[str, List[Any]] = {}
    for amount in amounts:
        if not isinstance(amount, Amount):
            raise TypeError("only amounts can be added to an amount")
        for name, value in vars(amount).items():
            if value is not None:
                parts.setdefault(name, []).append(value)
    return Amount(**{name: values[0] if len(values) == 1 else sum(values) if name in WHOLE else math.fsum(values)
                     for name, values in parts.items()})


def _clean(difference: Union[int, float]) -> Union[int, float]:
    return 0 if abs(difference) <= EPSILON_M2 else difference


def _figure(name: str, value: Any) -> Union[int, float]:
    if name not in UNITS:
        raise InputError("{name} is no unit that a remedy is counted in", name=name)
    counted = name in WHOLE
    if isinstance(value, bool) or not isinstance(value, int if counted else (int, float)):
        raise InputError("{value} is not a figure for {name}", value=value, name=name)
    if not 0 <= value < math.inf:
        raise InputError("{name} cannot be {value}", value=value, name=name)
    return value if counted else float(value)


def fen(yuan: Union[int, float, str, Decimal]) -> int:
    """Yuan to whole fen, half a fen upwards; a float counts as the decimal number that it prints."""
    return int(round_half_up(as_written(yuan) * 100, 0))


def yuan(amount_fen: int) -> Decimal:
    """Fen to yuan with two decimals."""
    return (Decimal(amount_fen) / 100).quantize(Decimal("0.01"))
