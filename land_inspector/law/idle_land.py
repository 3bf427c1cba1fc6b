"""Idle land (闲置土地, 令53号): when supplied land is idle, and what follows (domain.md §6.1, §11 example 17)."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Optional

from .areas import as_written, round_half_up
from .calendar import add_months

IN_USE, IDLE, FEE, RECOVER = "in_use", "idle", "fee", "recover"


@dataclass(frozen=True)
class IdleRules:
    """The lines of 令53号. Shares as exact parts of 1; ``stopped_months`` the standstill that makes begun land idle."""

    fee_after_years: int = 1
    recover_after_years: int = 2
    developed_share: Fraction = Fraction(1, 3)
    invested_share: Fraction = Fraction(1, 4)
    stopped_months: int = 12
    fee_share: Fraction = Fraction(1, 5)


@dataclass(frozen=True)
class SuppliedLand:
    """Land under a contract. ``start_by`` is the agreed start of work; shares of what is to be developed and invested as parts of 1;
    ``government_caused`` land is negotiated: neither fee nor recovery follow by themselves."""

    price_fen: int
    start_by: date
    started_on: Optional[date] = None
    stopped_on: Optional[date] = None
    developed: float = 0.0
    invested: float = 0.0
    government_caused: bool = False


@dataclass(frozen=True)
class IdleFinding:
    """``status``: in_use, idle (begun and stopped, or government-caused), fee (not begun for a year), recover (for two)."""

    status: str
    fee_fen: int = 0


def idle_finding(land: SuppliedLand, as_of: date, rules: IdleRules = IdleRules()) -> IdleFinding:
    """What the land is as of a day. "More than a year" begins the day after the year is full."""
    if land.started_on is not None and land.started_on <= as_of:
        return IdleFinding(IDLE if _stands_still(land, as_of, rules) else IN_USE)
    if as_of <= add_months(land.start_by, 12 * rules.fee_after_years):
        return IdleFinding(IN_USE)
    if land.government_caused:
        return IdleFinding(IDLE)
    if as_of > add_months(land.start_by, 12 * rules.recover_after_years):
        return IdleFinding(RECOVER)
    return IdleFinding(FEE, int(round_half_up(land.price_fen * rules.fee_share, 0)))


def _stands_still(land: SuppliedLand, as_of: date, rules: IdleRules) -> bool:
    """Begun but stopped for a year, with under a third developed *or* under a quarter invested."""
    if land.stopped_on is None or as_of < add_months(land.stopped_on, rules.stopped_months):
        return False
    return as_written(land.developed) < rules.developed_share or as_written(land.invested) < rules.invested_share
