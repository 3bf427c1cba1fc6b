"""What a remedy is counted in: building area, floor area, land area, cultivated land, money and persons never mix.

Every figure has a field of its own; sums and differences go field by field, so that no building area can end up in a
sum of land (domain.md §0.1 (7)). Areas in m², money in whole fen (0.01 yuan).
"""
from __future__ import annotations

import math
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple, Union

from ..errors import InputError
from .areas import as_written, round_half_up

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
