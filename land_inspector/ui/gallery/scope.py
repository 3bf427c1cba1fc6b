"""Of which parcels a gallery is made: the verdicts of a day or of a township, or what the list shows."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Dict, FrozenSet, Iterable, List, Tuple

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
