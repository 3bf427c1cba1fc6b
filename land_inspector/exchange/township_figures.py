"""What a township package says: one consistent reading of the register, counted by the law room, with its terms stated."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..errors import BusyError
from ..i18n import tr
from ..law.areas import DASH
from ..law.townships import (
    CASE_COLUMNS,
    CLOSING_COLUMNS,
    RATIO_COLUMNS,
    RECTIFICATION_COLUMNS,
    REMEDY_COLUMNS,
    VERDICT_COLUMNS,
    Column,
    TownshipRow,
    displayed,
)
from ..progress import Progress
from ..register.figures import Frames, Scope, frames, table_of
from ..register.records import Township
from ..register.register import Register, effective_on_text, known_at_text, utc_now
from .standard_parcels import names_kept

#: The order of domain.md §10: verdicts, ratios and what closes a line in one table, what became of the illegal land in the next.
_MAIN = VERDICT_COLUMNS + RATIO_COLUMNS + tuple(c for c in CLOSING_COLUMNS if c.key in ("alarms", "rank", "undecided", "unknown"))
_AFTERWARDS = VERDICT_COLUMNS[:2] + RECTIFICATION_COLUMNS + CASE_COLUMNS + REMEDY_COLUMNS + tuple(
    c for c in CLOSING_COLUMNS if c.key in ("check1", "check2"))
_READINGS = 5


@dataclass(frozen=True)
class Reading:
    """Everything read from the register in one go: nobody wrote between the first and the last of it.

    ``known_at`` is the moment the figures were known by (ISO, UTC), ``effective_on`` the day they speak of; ``names`` are those of people
    that no export may let out unasked, ``seal`` is the register's short code of all its origins.
    """

    meta: Mapping[str, str]
    known_at: str
    effective_on: str
    frames: Frames
    batches: pd.DataFrame
    townships: Sequence[Township]
    outlines: Mapping[str, bytes]
    names: Sequence[str] = ()
    seal: str = ""

    @property
    def parcels(self) -> pd.DataFrame:
        """The parcels of the scope, one a row; areas in m²."""
        return self.frames.parcels


@dataclass(frozen=True)
class Figures:
    """The township table: a row each and the county's total. ``afterwards`` are the columns of rectification, cases and
    remedies; empty while the register holds none."""

    reading: Reading
    language: str
    rows: Sequence[TownshipRow]
    total: TownshipRow
    columns: Sequence[Column]
    afterwards: Sequence[Column]

    def shown(self, row: TownshipRow) -> Mapping[str, str]:
        """The row as text, by column key."""
        pack = self.reading.frames.pack
        names = {line.code: line.name.text(self.language) for line in pack.thresholds}
        crossed = [f"{names[line]} ({'/'.join(ratio for ratio, other in row.breached if other == line)})"
                   for line in dict.fromkeys(line for _ratio, line in row.breached)]
        return {**displayed(row, pack, self.language), "alarms": ", ".join(crossed) or DASH}


def read_register(register: Register, scope: Scope, progress: Optional[Progress] = None) -> Reading:
    """What a scope holds, as known by its moment and effective on its day (domain.md §0.2-9).

    Before the first batch all figures are zero. Raises InputError while the register holds no batch, BusyError where others
    keep writing while it is read.
    """
    for _attempt in range(_READINGS):
        before = register.storage.latest()
        reading = _read(register, scope, progress or Progress())
        if register.storage.latest() == before:
            return reading
    raise BusyError("Others keep writing to the register while it is read.", "Wait a moment and try again.")


def _read(register: Register, scope: Scope, progress: Progress) -> Reading:
    if scope.batch is not None:
        register.batch(scope.batch)
    found = frames(register, scope, progress.part(0.0, 0.9))
    batches = register.batches()
    batches = batches[batches["PCBH"].isin(set(found.parcels["PCBH"]) | set(found.patches["PCBH"]))]
    known_at = known_at_text(scope.known_at) or utc_now()
    effective_on = effective_on_text(scope.effective_on) or date.today().isoformat()
    with register.storage.stoppable(progress):
        outlines = register.storage.shapes(found.parcels["shape_id"])
    return Reading(register.meta, known_at, effective_on, found, batches, register.storage.townships(), outlines, names_kept(register),
                   register.seal().code)


def count(reading: Reading, language: str) -> Figures:
    """The township table of a reading, in the order of domain.md §10 as far as there are figures."""
    found = reading.frames
    *rows, total = table_of(found, tr("Total"), rank_by="r2")
    return Figures(reading, language, rows, total, _MAIN, _afterwards(found))


def _afterwards(found: Frames) -> Tuple[Column, ...]:
    return _AFTERWARDS if len(found.cases) or found.state.remedies else ()
