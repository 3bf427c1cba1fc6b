"""Idle land (闲置土地, 令53号): when supplied land is idle, and what follows (ledgers.md §2; domain.md §6.1, §11 example 17).

A full year is over on the day after its anniversary, in both limbs of Art. 2: not begun a year after the agreed start,
or begun and stopped for a year with under a third developed or under a quarter invested. Idle through the government
or by force majeure (Art. 8) means neither fee nor free recovery.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, List, Optional, Tuple, Union

from ...errors import Bilingual, Message, message
from ..areas import as_written
from ..calendar import add_months
from .matter import CANNOT_TELL, UNTOLD, FindingForm, Found, Reading

IN_USE, IDLE, FEE, RECOVER = "in_use", "idle", "fee", "recover"
MOST_FEE_SHARE = Fraction(1, 5)


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
    """Land under a contract. ``start_by`` is the agreed start of work; shares of what is to be developed and invested
    as parts of 1; ``government_caused`` land is negotiated: neither fee nor recovery follow by themselves."""

    price_fen: int
    start_by: date
    started_on: Optional[date] = None
    stopped_on: Optional[date] = None
    developed: Union[float, Fraction] = 0.0
    invested: Union[float, Fraction] = 0.0
    government_caused: bool = False


@dataclass(frozen=True)
class IdleFinding:
    """``status``: in_use, idle (begun and stopped, or government-caused), fee (not begun for a year), recover (for
    two).
    """

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
    return IdleFinding(FEE, fee_of(land.price_fen, rules.fee_share))


def fee_of(price_fen: int, share: Fraction) -> int:
    """The fee for idle land: the share of the price, part of a fen dropped, never more than a fifth (城市房地产管理法 Art.
    26).
    """
    return int(price_fen * min(share, MOST_FEE_SHARE))


def _stands_still(land: SuppliedLand, as_of: date, rules: IdleRules) -> bool:
    """Begun but stopped for a year, with under a third developed *or* under a quarter invested."""
    if land.stopped_on is None or as_of <= add_months(land.stopped_on, rules.stopped_months):
        return False
    return as_written(land.developed) < rules.developed_share or as_written(land.invested) < rules.invested_share


# --- the finding of the ledger ----------------------------------------------------------------------------------------

def _work(reading: Reading) -> Found:
    """What the ledger's own fields say on the day; where a date or figure is missing that decides, "cannot tell" and
    which.
    """
    rules = _rules(reading)
    start_by = _start_by(reading)
    started, stopped = reading.get("started_on"), reading.get("stopped_on")
    if (started is None or started > reading.day) and start_by is None:
        return _untold(message("neither an agreed start nor a day of the contract"))
    if started is not None and started <= reading.day and stopped is not None:
        missing = _missing_shares(reading)
        if missing is not None and reading.day > add_months(stopped, rules.stopped_months):
            return _untold(missing)
    land = SuppliedLand(reading.get("price") or 0, start_by or started, started, stopped, *_shares(reading),
                        _is_excused(reading))
    found = idle_finding(land, reading.day, rules)
    return _said(reading, land, found)


def _rules(reading: Reading) -> IdleRules:
    share = min(as_written(reading.setting("fee_share", 0.2)), MOST_FEE_SHARE)
    return IdleRules(fee_share=share, developed_share=_exact(reading.setting("developed_share", 1 / 3)),
                     invested_share=_exact(reading.setting("invested_share", 0.25)),
                     stopped_months=int(reading.setting("stopped_months", 12)))


def _exact(share: float) -> Fraction:
    """A third is a third, however it is written."""
    return Fraction(1, 3) if abs(share - 1 / 3) < 1e-3 else as_written(share)


def _start_by(reading: Reading) -> Optional[date]:
    """Where no start was agreed, a year after the land was handed over or, where nobody knows that day, after the
    contract.
    """
    agreed = reading.get("start_by")
    if agreed is not None:
        return agreed
    known = reading.get("delivered_on") or reading.get("signed_on")
    return add_months(known, 12) if known is not None else None


def _shares(reading: Reading) -> Tuple[Fraction, Fraction]:
    return _share(reading.get("developed"), reading.get("to_develop")), _share(reading.get("invested"),
                                                                               reading.get("to_invest"))


def _share(part: Any, whole: Any) -> Fraction:
    """Exact: a thousand of three thousand square metres are a third, not a little less. A whole where nobody knows."""
    return Fraction(1) if part is None or not whole else as_written(part) / as_written(whole)


def _missing_shares(reading: Reading) -> Optional[Message]:
    """Which figures are missing, where those that are there do not settle it."""
    area, money = _shares(reading)
    rules = _rules(reading)
    if area < rules.developed_share or money < rules.invested_share:
        return None
    if reading.get("developed") is None or not reading.get("to_develop"):
        return message("the area developed and the area to be developed")
    if reading.get("invested") is None or not reading.get("to_invest"):
        return message("the sum invested and the sum to be invested")
    return None


def _is_excused(reading: Reading) -> bool:
    return reading.group_of("cause") in ("government", "force_majeure")


def _untold(what: Message) -> Found:
    return Found(CANNOT_TELL, {}, (message("Cannot tell whether it is idle: missing is {what}.", what=what),))


def _said(reading: Reading, land: SuppliedLand, found: IdleFinding) -> Found:
    begun = land.started_on is not None and land.started_on <= reading.day
    since = land.stopped_on if begun else land.start_by
    reasons: List[Message] = []
    if begun and found.status == IDLE:
        reasons.append(message("Begun on {start} and stopped since {stop}, for more than a year, with less than a "
                               "third developed or less "
                               "than a quarter invested.", start=_iso(land.started_on), stop=_iso(land.stopped_on)))
    elif not begun:
        reasons.append(message("Not begun; the agreed start was {start}.", start=_iso(land.start_by)))
    if land.government_caused and found.status != IN_USE:
        reasons.append(message("The cause lies with the government or is force majeure: neither fee nor free recovery."))
    days = max((reading.day - since).days, 0) if since is not None and found.status != IN_USE else 0
    fee = None if found.status == FEE and reading.get("price") is None else found.fee_fen
    return Found(found.status, {"fee_fen": fee, "idle_days": days}, tuple(reasons))


def _iso(day: Optional[date]) -> str:
    return day.isoformat() if day else "?"


FORM = FindingForm(
    "idle_land",
    {IN_USE: Bilingual("not idle", zh="不构成闲置"), IDLE: Bilingual("idle, to be negotiated", zh="构成闲置（协商处置）"),
     FEE: Bilingual("idle for a year: fee", zh="闲置满一年（征缴闲置费）"),
     RECOVER: Bilingual("idle for two years: recovery", zh="闲置满两年（无偿收回）"), CANNOT_TELL: UNTOLD},
    {"fee_fen": "fen", "idle_days": "days"},
    {"price": ("money",), "start_by": ("date",), "signed_on": ("date",), "delivered_on": ("date",),
     "started_on": ("date",), "stopped_on": ("date",),
     "developed": ("area",), "to_develop": ("area",), "invested": ("money",), "to_invest": ("money",),
     "cause": ("code",)},
    ("price", "start_by", "started_on"), _work)
