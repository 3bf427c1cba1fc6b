"""What would be: the ratios of every township if some illegal parcels were rectified, or judged otherwise. Nothing is recorded.

All that could be asked of each parcel is reckoned once; a tick then only adds whole numbers, so that 50 000 parcels answer while
a finger lifts. The sums are the ones of :mod:`.indicators`, in its exact units: a test holds them equal to a table made anew.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Dict, Iterable, Mapping, Optional

import numpy as np
import pandas as pd

from .indicators import Ratio, contributions, ratios, verified_set
from .rulepack import NET, RulePack, Threshold
from .remedies import KINDS

#: What a ticked parcel is taken to be; ``accepted:2026-12-31`` is rectified and accepted on that day.
RECTIFIED, LEGAL, OTHER = "rectified", "legal", "other"
WISHES = (RECTIFIED, LEGAL, OTHER)
_ACCEPTED, _LATE = "accepted:", "late"
_JUDGED = {LEGAL: "1", OTHER: "3"}
NOWHERE = ""


def accepted_on(day: date) -> str:
    """The wish that a parcel be rectified and accepted on a day: what is accepted after its cut-off counts as rectified and lowers no
    ratio."""
    return f"{_ACCEPTED}{day.isoformat()}"


def day_of(wish: str) -> Optional[date]:
    """The day of such a wish; None for the others. ValueError for a day that is none."""
    return date.fromisoformat(wish[len(_ACCEPTED):]) if wish.startswith(_ACCEPTED) else None


def is_wish(text: str) -> bool:
    """Whether a text says what a parcel can be taken to be."""
    try:
        return text in WISHES or day_of(text) is not None
    except ValueError:
        return False


@dataclass(frozen=True)
class Basket:
    """A set of ticks under a name: parcel id → one of :data:`WISHES`, or :func:`accepted_on` a day."""

    name: str
    ticks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """One township (or the county, key None) as it is and as it would be. ``ticked`` parcels of it have a tick."""

    key: Optional[str]
    now: Mapping[str, Ratio]
    then: Mapping[str, Ratio]
    ticked: int


class WhatIf:
    """The parcels of a scope (frames as for :func:`~.indicators.tally`), asked again and again with other ticks."""

    def __init__(self, parcels: pd.DataFrame, pack: RulePack, remedies: Optional[pd.DataFrame] = None, by: str = "XZDM",
                 cut_offs: Optional[Mapping[str, date]] = None):
        """``cut_offs``: the last day of deduction of each parcel; one without is deducted whenever it is accepted."""
        self._cut_offs = dict(cut_offs or {})
        self._verified, self._pack, self._remedies = verified_set(parcels).reset_index(drop=True), pack, remedies
        self._now = contributions(self._verified, pack, remedies)
        keys = self._verified[by].where(self._verified[by].notna(), NOWHERE).astype(str).to_numpy(object)
        self.keys, self._row_of = np.unique(keys.astype(str), return_inverse=True)
        self._place = {key: number for number, key in enumerate(self._verified["parcel_id"])}
        self._base = self._summed(np.arange(len(self._verified)), self._now.to_numpy("int64"))

    @property
    def parcels(self) -> pd.DataFrame:
        """The verified set that is asked about, one row a parcel."""
        return self._verified

    @property
    def contributions(self) -> pd.DataFrame:
        """What each parcel adds to every figure now, in exact units; rows as in :attr:`parcels`."""
        return self._now

    def prepare(self) -> "WhatIf":
        """Reckon now, beside the window, what every wish would change, so that the first tick waits for nothing; itself."""
        for wish in (*WISHES, _LATE):
            self._differences(wish)
        return self

    def can_be(self, parcel: str) -> bool:
        """Whether a tick on the parcel changes anything: only on illegal land of this scope."""
        place = self._place.get(parcel)
        return place is not None and bool(self._now["illegal"].iat[place])

    def outcomes(self, ticks: Mapping[str, str], mode: Optional[str] = None) -> Dict[Optional[str], Outcome]:
        """Every township by its code, and the county under None. Ticks on what is not illegal here change nothing.

        ``mode`` of the denominators, the pack's by default. KeyError for a wish that is none of :data:`WISHES`.
        """
        mode = mode or self._pack.denominator_mode
        places, changes = self._changes(ticks)
        then = self._base + self._summed(places, changes)
        ticked = np.bincount(self._row_of[places], minlength=len(self.keys))
        found: Dict[Optional[str], Outcome] = {
            key: Outcome(key, self._ratios(self._base[row], mode), self._ratios(then[row], mode), int(ticked[row]))
            for row, key in enumerate(self.keys)}
        found[None] = Outcome(None, self._ratios(self._base.sum(axis=0), mode), self._ratios(then.sum(axis=0), mode), int(ticked.sum()))
        return found

    def _changes(self, ticks: Mapping[str, str]) -> "tuple[np.ndarray, np.ndarray]":
        wished = {wish: [] for wish in (*WISHES, _LATE)}  # type: Dict[str, list]
        for parcel, wish in ticks.items():
            if not is_wish(wish):
                raise KeyError(wish)
            if self.can_be(parcel):
                wished[self._meant(parcel, wish)].append(self._place[parcel])
        places = [np.array(chosen, int) for chosen in wished.values()]
        parts = [self._differences(wish)[chosen] for wish, chosen in zip(wished, places) if len(chosen)]
        empty = np.empty((0, self._now.shape[1]), "int64")
        return np.concatenate(places), np.concatenate(parts) if parts else empty

    def _meant(self, parcel: str, wish: str) -> str:
        day, last = day_of(wish), self._cut_offs.get(parcel)
        if day is None:
            return wish
        return RECTIFIED if last is None or day <= last else _LATE

    def _differences(self, wish: str) -> np.ndarray:
        return {RECTIFIED: lambda: self._as_rectified, LEGAL: lambda: self._as_legal, OTHER: lambda: self._as_other,
                _LATE: lambda: self._as_late}[wish]()

    @cached_property
    def _as_legal(self) -> np.ndarray:
        return self._judged_as(LEGAL)

    @cached_property
    def _as_other(self) -> np.ndarray:
        return self._judged_as(OTHER)

    def _judged_as(self, wish: str) -> np.ndarray:
        other = self._verified.assign(PDJL1=_JUDGED[wish], PDJL2=None, WFMJ=None, WFGD=None, WFJBNT=None)
        return contributions(other, self._pack, self._remedies).to_numpy("int64") - self._now.to_numpy("int64")

    @cached_property
    def _as_rectified(self) -> np.ndarray:
        """Demolished, reclaimed and accepted in time: the whole of the illegal land leaves what the pack's table lets it leave. What is
        rectified already stays as it is."""
        code = KINDS["reclamation"].rectify_code
        lines = [line for line in self._pack.deductions if code in line.remedies]
        then = self._now.copy()
        area, cultivated = then["illegal_units"], then["illegal_cultivated_units"]
        for ratio, column, whole in (("r3", "r3_units", area), ("r4", "r4_units", cultivated)):
            if any(ratio in line.numerator for line in lines):
                then[column] = whole
        if any(line.denominator for line in lines):
            then["denominator_units"] = np.minimum(area, then["r3_units"])
            then["denominator_cultivated_units"] = np.minimum(cultivated, then["r4_units"])
        changes = _accepted(then).to_numpy("int64") - self._now.to_numpy("int64")
        return np.where(self._now[["rectified"]].to_numpy() == 1, 0, changes) if "rectified" in self._now else changes

    @cached_property
    def _as_late(self) -> np.ndarray:
        """Accepted after the cut-off: rectified, and every ratio as it was."""
        return _accepted(self._now.copy()).to_numpy("int64") - self._now.to_numpy("int64")

    def _summed(self, places: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Rows of whole numbers added up by township: exact, however many."""
        sums = np.zeros((len(self.keys), self._now.shape[1]), "int64")
        np.add.at(sums, self._row_of[places], rows)
        return sums

    def _ratios(self, figures: np.ndarray, mode: str) -> Dict[str, Ratio]:
        return ratios(pd.Series(figures, index=self._now.columns), mode)


def _accepted(then: pd.DataFrame) -> pd.DataFrame:
    """Contributions with all illegal land rectified; as they are where rectification is not counted."""
    if "open_units" not in then:
        return then
    illegal, area, cultivated = then["illegal"], then["illegal_units"], then["illegal_cultivated_units"]
    return then.assign(rectified=illegal, rectified_units=area * illegal, rectified_cultivated_units=cultivated * illegal, open=0,
                       open_units=0, open_cultivated_units=0)


def least_to_shed(ratio: Ratio, line: Threshold, mode: str) -> Optional[int]:
    """The least (in the ratio's units) that must leave the numerator for the line not to be crossed; 0 where it is not.

    In net mode what leaves the numerator leaves the denominator too. None where no amount suffices, or nothing can be divided.
    Exact: an amount one unit smaller would still cross the line.
    """
    if ratio.value is None or not line.is_breached(ratio.value):
        return 0 if ratio.value is not None else None
    limit = line.percent / 100
    shrinks = mode == NET
    slope = 1 - limit if shrinks else Fraction(1)
    # a line at 100 % in net mode: nothing but the whole helps
    least = max(int((ratio.numerator - limit * ratio.denominator) / slope), 0) if slope > 0 else ratio.numerator
    for shed in (least, least + 1):
        left = Ratio(ratio.numerator - shed, ratio.denominator - shed * shrinks)
        if left.numerator < 0:
            return None
        if left.value is None or not line.is_breached(left.value):
            return shed
    return None


def common(baskets: Iterable[Basket]) -> Dict[str, str]:
    """Ticks that all baskets share."""
    shared: Optional[Dict[str, str]] = None
    for basket in baskets:
        shared = dict(basket.ticks) if shared is None else {
            key: wish for key, wish in shared.items() if basket.ticks.get(key) == wish}
    return shared or {}
