"""Of which parcels a gallery is made: the verdicts of a day or of a township, or what the list shows."""
from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from math import exp, lgamma
from typing import Callable, Dict, FrozenSet, Iterable, List, Sequence, Tuple

import numpy as np
import pandas as pd

from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.register import Register
from ...register.views.acts import notes_in_force
from ...register.views.parcels import judged_at
from ..review.parcel_table import ParcelTable

DAY, TOWNSHIP, LISTED = "day", "township", "listed"


@dataclass(frozen=True)
class Verdicts:
    """Of a batch: the local day (ISO) on which each parcel's verdict in force was given, and which were looked over since."""

    days: Dict[str, str] = field(default_factory=dict)
    looked: FrozenSet[str] = frozenset()

    def counts(self) -> List[Tuple[str, int]]:
        """Days with the number of their verdicts, newest first; today is always there."""
        found = {date.today().isoformat(): 0}
        for day in self.days.values():
            found[day] = found.get(day, 0) + 1
        return sorted(found.items(), reverse=True)


def read_verdicts(address: RegisterAddress, batch: str, words: Tuple[str, ...], progress: Progress) -> Verdicts:
    """``words`` begin the notes by which a parcel was marked as looked over; a later verdict wants another look."""
    with Register.open(address) as register:
        given = judged_at(register, batch)
        progress.step(0.7)
        notes = notes_in_force(register)
        progress.step(1.0)
    looked = frozenset(note.payload["parcel"] for note in notes if note.payload["text"].startswith(words)
                       and note.recorded_at > given.get(note.payload["parcel"], ""))
    return Verdicts(dict(zip(given, _local_days(given.values()))), looked)


def _local_days(moments: Iterable[str]) -> List[str]:
    """The local day of each moment (UTC, ISO 8601)."""
    utc = pd.to_datetime(pd.Series(list(moments), dtype=object), utc=True)
    return utc.dt.tz_convert(datetime.now().astimezone().tzinfo).dt.strftime("%Y-%m-%d").tolist()


def rows_of(table: ParcelTable, scope: str, value: str, verdicts: Verdicts, listed: np.ndarray) -> np.ndarray:
    """Rows of the table that belong to a scope, by number; of a list, in its order."""
    if scope == LISTED:
        return listed
    if scope == TOWNSHIP:
        mask = table.having("township", value) & table.judged
    else:
        mask = np.array([verdicts.days.get(key) == value for key in table.ids], dtype=bool)
    return table.number_order[mask[table.number_order]] if len(table) else np.array([], dtype=np.int64)


# --- Which parcels a gallery shows, and what looking at some of them says of all: samples that anybody can draw
#     again.


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
