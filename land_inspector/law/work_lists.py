"""Work lists over all parcels: what is overdue, soon due, waiting, late or in conflict on a day, where, and how much of it.

A :class:`WorkTable` holds what :mod:`.work_entries` found as columns; a list of a day is a choice of its rows, without a loop
over the register. Days are calendar days, areas m², money fen.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ..errors import Message, message
from .penalties import FineStanding
from .work_entries import (
    AGAIN, COURT, FINE, FOUND_UNFILED, PLAN, SHORT, SUPERVISED, TERM, TOO_LATE, UNACCEPTED, UNFILED, UNREPORTED, UNSTOPPED, Entry,
)

OVERDUE, DUE = "overdue", "due"
DEFAULT_WITHIN_DAYS = 12
_NO_DAY = np.iinfo(np.int32).max


@dataclass(frozen=True)
class ListKind:
    """A work list: what it is called, which entries it is chosen from, and the law it rests on."""

    code: str
    title: Message
    law: Message
    sort: str


_KINDS = (
    ListKind(OVERDUE, message("Overdue"), message(
        "Duties whose last day has passed (R49): site check, filing (行政处罚法 Art. 54), decision within 90 days (Art. 60), service "
        "(Art. 61), carrying out (Art. 66, 67), application to the court within three months (行政强制法 Art. 53) and the court's own terms."),
        TERM),
    ListKind(DUE, message("Due soon"), message(
        "Duties whose last day is today or lies within the chosen number of days. Terms of up to ten days count working days "
        "(行政处罚法 Art. 85, 行政强制法 Art. 69); a day that depends on holidays not yet announced is provisional."), TERM),
    ListKind(COURT, message("Waiting for the court"), message(
        "Applied to the court and not ruled: acceptance within five working days, ruling within seven on the papers or thirty days "
        "after hearing the parties (行政强制法 Art. 56–58); also what the court has suspended (Art. 39)."), COURT),
    ListKind(UNACCEPTED, message("Done, not accepted"), message(
        "Land remedies that are carried out and whose acceptance is not finished. Until then the land does not count as rectified (R40), "
        "and only an acceptance on or before the last day of deduction takes it off the ratio (R41). Area: what waits for acceptance."),
        UNACCEPTED),
    ListKind(TOO_LATE, message("Accepted too late"), message(
        "Rectified, but accepted after the last day of deduction (KJRQ of the batch, by default 30 June of the year after): it stays in "
        "the ratio (R41)."), TOO_LATE),
    ListKind(FINE, message("Fines outstanding"), message(
        "Fines not settled, with the surcharge of the day: 15 days to pay (行政处罚法 Art. 67), then 3 % of the unpaid principal a day, "
        "never more than the principal (Art. 72); it stands still during a reconsideration or suit (Art. 73)."), FINE),
    ListKind(UNFILED, message("Illegal, no case filed"), message(
        "Judged illegal, and no case was filed nor ended by a reasoned decision: what meets the conditions must be filed in time "
        "(行政处罚法 Art. 54)."), UNFILED),
    ListKind(PLAN, message("Plan conflict"), message(
        "The remedy does not fit the plan: contrary to it buildings are demolished, conforming to it they are confiscated, and a parcel "
        "that is both is split first (土地管理法 Art. 77; R46)."), PLAN),
    ListKind(AGAIN, message("Again changed"), message(
        "Newer patches, not yet judged or illegal, over land that had been set right: an illegal parcel whose case was closed, or whose "
        "remedies are done and accepted. It says that something changed again here, not why: look on site. Area: what both outlines "
        "share."), AGAIN),
    ListKind(SUPERVISED, message("Supervision"), message(
        "Townships that a supervising team watches until a day, with what is still open in them; late where the day has passed. "
        "Ordered by day, never by person."), SUPERVISED),
    ListKind(SHORT, message("Patrols short this month"), message(
        "Stations whose month has fewer valid patrols than the rule pack requires (R50): two officers, start and end, a route or a track, "
        "the same team or route once in a half-day."), SHORT),
    ListKind(UNSTOPPED, message("Found and not stopped in time"), message(
        "Findings of patrols without a stop order; it is due within the rule pack's working days of the finding (土地管理法实施条例 Art. 50; "
        "the days are local)."), UNSTOPPED),
    ListKind(UNREPORTED, message("Ignored or large, and not reported"), message(
        "Findings that go on after a stop order, or take more cultivated land than the rule pack says, and that nobody has reported to the "
        "government in writing."), UNREPORTED),
    ListKind(FOUND_UNFILED, message("Found and not filed"), message(
        "Findings without a case within the rule pack's working days; one that the builder removed or another body has taken asks for "
        "nothing."), FOUND_UNFILED),
)
LISTS: Dict[str, ListKind] = {kind.code: kind for kind in _KINDS}


@dataclass(frozen=True)
class Place:
    """Where a parcel lies and who has it in hand. ``number`` is DKBH, ``patch`` JCBH; ``officer`` is a person's id or ''."""

    number: str
    patch: str
    patch_id: str
    batch: str
    township: str
    township_name: str
    station: str
    officer: str = ""
    shape_id: str = ""


@dataclass(frozen=True)
class WorkRow:
    """One line of a list on a day. ``days_left`` is negative once the day has passed; ``fine`` stands as of the day."""

    entry: Entry
    place: Place
    days_left: Optional[int]
    fine: Optional[FineStanding] = None

    @property
    def amount_fen(self) -> Optional[int]:
        """Principal and surcharge still to be paid."""
        return None if self.fine is None else self.fine.owed_fen


@dataclass(frozen=True)
class Totals:
    """Of the rows of a list: ``rows`` things on ``parcels`` parcels; land is counted once for each parcel, money row by row."""

    rows: int
    parcels: int
    land_m2: float
    cultivated_m2: float
    fen: int


@dataclass(frozen=True)
class Filter:
    """Which rows: of a township, station, officer (a person's id), batch; None for all."""

    township: Optional[str] = None
    station: Optional[str] = None
    officer: Optional[str] = None
    batch: Optional[str] = None


FACETS = ("township", "station", "officer", "batch")


class WorkTable:
    """Entries with their places, as columns. Rows are counted from 0."""

    def __init__(self, entries: Sequence[Entry], places: Mapping[str, Place]):
        """Entries of parcels without a place are left out."""
        self._entries = [entry for entry in entries if entry.parcel in places]
        self._places = [places[entry.parcel] for entry in self._entries]
        self._sorts = np.array([entry.sort for entry in self._entries], dtype=object)
        self._due = np.array([entry.due_on.toordinal() if entry.due_on else _NO_DAY for entry in self._entries], dtype=np.int64)
        self._facets = {facet: np.array([getattr(place, facet) for place in self._places], dtype=object) for facet in FACETS}
        self._fines_of: Optional[date] = None
        self._fines: Dict[int, FineStanding] = {}
        numbers = np.array([place.number for place in self._places], dtype=object)
        self._order = np.lexsort((numbers.astype(str), self._due)) if self._entries else np.array([], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._entries)

    def rows(self, code: str, day: date, within_days: int = DEFAULT_WITHIN_DAYS, chosen: Filter = Filter()) -> np.ndarray:
        """Rows of a list on a day, the earliest last day first."""
        mask = self._on_list(code, day.toordinal(), within_days) & self._in(chosen)
        rows = self._order[mask[self._order]]
        return rows if code != FINE else np.array([row for row in rows.tolist() if not self._fine(row, day).is_settled], dtype=np.int64)

    def row(self, row: int, day: date) -> WorkRow:
        """The entry with its place, the calendar days left on ``day`` (None: no due day) and its fine as of then."""
        entry = self._entries[row]
        left = (entry.due_on - day).days if entry.due_on else None
        return WorkRow(entry, self._places[row], left, self._fine(row, day) if entry.fine else None)

    def counts(self, day: date, within_days: int = DEFAULT_WITHIN_DAYS, chosen: Filter = Filter()) -> Dict[str, int]:
        """How many rows each list has."""
        return {code: len(self.rows(code, day, within_days, chosen)) for code in LISTS}

    def values(self, facet: str, rows: np.ndarray) -> Dict[str, int]:
        """How many of the rows have each value of a facet, '' where nothing is known."""
        values, counted = np.unique(self._facets[facet][rows].astype(str), return_counts=True)
        return dict(zip(values.tolist(), counted.tolist()))

    def names(self, facet: str) -> Dict[str, str]:
        """Names of the values of ``township`` by code; other facets are their own names."""
        if facet != "township":
            return {value: value for value in dict.fromkeys(self._facets[facet].tolist())}
        return {place.township: place.township_name or place.township for place in self._places}

    def totals(self, rows: np.ndarray, day: date) -> Totals:
        """Rows, parcels, their land in m² (each parcel once) and the fines owed on ``day`` in fen."""
        land: Dict[str, Tuple[float, float]] = {}
        fen = 0
        for row in rows.tolist():
            entry = self._entries[row]
            land[entry.parcel] = (entry.land_m2, entry.cultivated_m2)
            fen += self._fine(row, day).owed_fen if entry.fine else 0
        return Totals(len(rows), len(land), math.fsum(m2 for m2, _ in land.values()), math.fsum(m2 for _, m2 in land.values()), fen)

    def grouped(self, rows: np.ndarray, facet: str, day: date) -> List[Tuple[str, Totals]]:
        """The totals of the rows for each value of a facet, by value."""
        found = self._facets[facet][rows].astype(str)
        return [(value, self.totals(rows[found == value], day)) for value in np.unique(found).tolist()]

    def _on_list(self, code: str, day: int, within_days: int) -> np.ndarray:
        mask = self._sorts == LISTS[code].sort
        if code == OVERDUE:
            return mask & (self._due < day)
        return mask & (self._due >= day) & (self._due <= day + within_days) if code == DUE else mask

    def _in(self, chosen: Filter) -> np.ndarray:
        mask = np.ones(len(self._entries), dtype=bool)
        for facet in FACETS:
            wanted = getattr(chosen, facet)
            if wanted is not None:
                mask &= self._facets[facet] == wanted
        return mask

    def _fine(self, row: int, day: date) -> FineStanding:
        """Worked out once for the day that is looked at: exact fractions take their time."""
        if day != self._fines_of:
            self._fines_of, self._fines = day, {}
        if row not in self._fines:
            self._fines[row] = self._entries[row].fine.standing(day)
        return self._fines[row]
