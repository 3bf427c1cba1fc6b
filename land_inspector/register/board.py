"""Where each township stands: figures, distance to every line, open and overdue cases, months, and what would be.

Read in one go for a meeting; each figure leads back to its parcels (:meth:`Board.behind`). No figure of its own: all come from
:mod:`.figures`, so that board, table, paragraph and exports agree.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from ..errors import Message
from ..law.case_deadlines import deadlines_of
from ..law.deadlines import OVERDUE, Deadline
from ..law.indicators import Ratio, ratios, tally
from ..law.matters.lists import views_on
from ..law.rulepack import COUNTY, NET, STATION, TOWNSHIP, RulePack, Threshold
from ..law.townships import TownshipRow
from ..law.what_if import WhatIf, least_to_shed
from ..progress import Progress
from .figures import Frames, Scope, frames, headline, table_of
from .matters import kinds_of, matters
from .register import Register

#: Ratios whose lines are lived with: what must go to get under one is land of this ratio's numerator.
_MODES = {"r1": "gross", "r2": "gross"}


@dataclass(frozen=True)
class Distance:
    """A line drawn for a row, and the least that must leave the numerator for it not to be crossed (exact units; 0 where it is not
    crossed, None where nothing helps or nothing can be divided)."""

    line: Threshold
    ratio: str
    units: Optional[int]


@dataclass(frozen=True)
class Standing:
    """One township, station or the county: its row of the table, the lines drawn for it, its cases, and of each ledger that is kept
    (by its id) the matters that are not settled and those overdue."""

    row: TownshipRow
    distances: Tuple[Distance, ...]
    open_cases: int
    overdue_cases: int
    ledgers: Mapping[str, Tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Month:
    """The county's ratios of one month's batches, and of the year up to it."""

    label: str
    alone: Mapping[str, Ratio]
    so_far: Mapping[str, Ratio]


@dataclass(frozen=True)
class Board:
    """``standings`` in the order of the codes, ``county`` apart; ``parcels`` the verified set with what the figures count of each;
    ``ledgers`` the names of those that are kept, by id."""

    scope: Scope
    by: str
    said: Message
    pack: RulePack
    standings: Tuple[Standing, ...]
    county: Standing
    months: Tuple[Month, ...]
    what_if: WhatIf
    parcels: pd.DataFrame
    ledgers: Mapping[str, Message] = field(default_factory=dict)

    def behind(self, figure: str, code: Optional[str]) -> pd.DataFrame:
        """The parcels that a figure of a row is made of (``code`` None: the county), largest share first."""
        mine = self.parcels if code is None else self.parcels[self.parcels["key"] == code]
        name = _MADE_OF.get(figure, figure)
        if name not in mine:
            return mine.iloc[:0]
        return mine[mine[name] > 0].sort_values([name, "DKBH"], ascending=[False, True])


#: Figures that stand in the table → the column of contributions that they are the sum of.
_MADE_OF: Dict[str, str] = {
    "r1": "illegal_units", "r2": "illegal_cultivated_units", "r3": "illegal_units", "r4": "illegal_cultivated_units",
    "rectified_count": "rectified", "rectified_area": "rectified_units", "rectified_cultivated": "rectified_cultivated_units",
    "open_cases": "in_open_case", "overdue_cases": "in_overdue_case", "distance": "open_cultivated_units"}


def read_board(register: Register, scope: Scope, by: str = "XZDM", progress: Optional[Progress] = None) -> Board:
    """The board of a scope by township (XZDM) or station (ZSDM). InputError while the register holds no batch."""
    progress = progress or Progress()
    found = frames(register, scope, progress.part(0.0, 0.7))
    rows = table_of(found, register.meta["county_name"], by)
    asked = WhatIf(found.parcels, found.pack, found.remedies, by, found.cut_offs).prepare()
    progress.step(0.85)
    open_of, overdue_of = _cases(found)
    level = TOWNSHIP if by == "XZDM" else STATION
    places = found.cases.set_index("case_id")[by] if len(found.cases) else pd.Series(dtype=object)
    counts = [_by_place(ids, places) for ids in (open_of, overdue_of)]
    kept = _Ledgers(register, found, by)
    standings = [replace(_standing(row, found, level, counts), ledgers=kept.of(row.code)) for row in rows[:-1]]
    county = replace(_standing(rows[-1], found, COUNTY, counts), ledgers=kept.of(None))
    return Board(scope, by, headline(found), found.pack, tuple(standings), county, tuple(_months(found)), asked,
                 _counted(asked, found, by, open_of, overdue_of), kept.names)


class _Ledgers:
    """The ledgers that the office keeps, on the day of the figures, by place."""

    def __init__(self, register: Register, found: Frames, by: str):
        held = matters(register, None, found.state if found.scope.known_at else None)
        known, towns = {one.kind for one in held}, found.townships
        stations = dict(zip(towns["XZDM"], towns["ZSDM"].fillna(""))) if len(towns) else {}
        self._counts: Dict[str, List[Tuple[str, bool]]] = {}
        self.names: Dict[str, Message] = {}
        for kind in (one for one in kinds_of(register) if one.id in known):
            views = [view for view in views_on(kind, held, found.until, found.pack) if view.all_hold(kind.lists["unsettled"].where)]
            places = [view.matter.township if by == "XZDM" else stations.get(view.matter.township, "") for view in views]
            late = [view.all_hold(kind.lists["overdue"].where) for view in views]
            self.names[kind.id], self._counts[kind.id] = kind.name, list(zip(places, late))

    def of(self, code: Optional[str]) -> Dict[str, Tuple[int, int]]:
        """Of each ledger the matters not settled and those overdue, in a place; None: everywhere."""
        mine = {kind: [late for place, late in lines if code is None or place == code] for kind, lines in self._counts.items()}
        return {kind: (len(lines), sum(lines)) for kind, lines in mine.items()}


def _standing(row: TownshipRow, found: Frames, level: str, counts: Sequence[Mapping[str, int]]) -> Standing:
    drawn = [(line, code) for line in found.pack.thresholds for code in line.indicators
             if line.applies_to(row.code or None, found.scope.year, level, found.kind) and code in row.ratios]
    distances = tuple(Distance(line, code, least_to_shed(row.ratios[code], line, _MODES.get(code, found.pack.denominator_mode)))
                      for line, code in drawn if not line.is_target)
    ours = [sum(each.values()) if level == COUNTY else each.get(row.code, 0) for each in counts]
    return Standing(row, distances, *ours)


def _cases(found: Frames) -> Tuple[Dict[str, Tuple[str, ...]], Dict[str, Tuple[str, ...]]]:
    """Parcels of the open cases of the scope, and of those of them with a deadline that has passed, by case."""
    tracks: Dict[str, List] = {}
    for track in found.all_tracks:
        if track.case:
            tracks.setdefault(track.case, []).append(track)
    is_open = {case.id: case.parcels for case in found.cohort if case.is_open}
    late = {case.id: case.parcels for case in found.cohort if case.is_open
            and any(_is_late(one, found.until) for one in deadlines_of(case, found.pack, tracks.get(case.id, ())))}
    return is_open, late


def _is_late(deadline: Deadline, today: date) -> bool:
    return deadline.status(today) == OVERDUE


def _by_place(cases: Mapping[str, Sequence[str]], places: "pd.Series[str]") -> Dict[str, int]:
    counted: Dict[str, int] = {}
    for key in cases:
        place = places.get(key)
        place = place if isinstance(place, str) else ""
        counted[place] = counted.get(place, 0) + 1
    return counted


def _counted(asked: WhatIf, found: Frames, by: str, open_of: Mapping[str, Sequence[str]], late: Mapping[str, Sequence[str]]
             ) -> pd.DataFrame:
    """The verified set with its township key and everything that a figure sums up, exact."""
    parcels = asked.parcels
    names = ["parcel_id", "patch_id", "PCBH", "DKBH", "XZDM", "XZMC", "ZSDM", "PDJL1", "PDJL2", "shape_id"]
    kept = parcels[[name for name in names if name in parcels]].copy()
    kept["key"] = parcels[by].where(parcels[by].notna(), "").astype(str)
    for name, cases in (("in_open_case", open_of), ("in_overdue_case", late)):
        kept[name] = parcels["parcel_id"].isin({key for ids in cases.values() for key in ids}).astype(int)
    return pd.concat([kept, asked.contributions], axis=1)


def _months(found: Frames) -> List[Month]:
    """Months of the batches of the scope's last year; batches of a whole year are in no month."""
    parcels, patches = found.parcels, found.patches
    years = pd.to_numeric(parcels["ND"], errors="coerce")
    if not len(parcels) or not np.isfinite(years).any():
        return []
    year = int(years.max())
    months = pd.to_numeric(parcels["YF"], errors="coerce").where(years == year)
    made = []
    for month in sorted(int(m) for m in months.dropna().unique()):
        alone, so_far = (parcels[chosen] for chosen in (months == month, months <= month))
        made.append(Month(f"{year}-{month:02d}", *(_county(part, patches, found) for part in (alone, so_far))))
    return made


def _county(parcels: pd.DataFrame, patches: pd.DataFrame, found: Frames) -> Dict[str, Ratio]:
    figures = tally(parcels, patches.iloc[:0], found.pack, None, found.remedies)
    return ratios(figures.iloc[0], found.pack.denominator_mode) if len(figures) else {}


def is_net(board: Board) -> bool:
    """Whether deducted land leaves the denominators too."""
    return board.pack.denominator_mode == NET
