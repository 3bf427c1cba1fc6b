"""Where each township stands: figures, distance to every line, open and overdue cases, months, and what would be.

Read in one go for a meeting; each figure leads back to its parcels (:meth:`Board.behind`). No figure of its own: all come from
:mod:`.figures`, so that board, table, paragraph and exports agree.
"""
from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd

from ..errors import InputError, Message, message
from ..law.areas import UNITS_PER_M2, as_written
from ..law.case import Case
from ..law.case_deadlines import deadlines_of
from ..law.cheapest import APPROVE, Answer, Area, Crews, DEMOLISH, Option, cheapest
from ..law.deadlines import Deadline, OVERDUE
from ..law.indicators import Ratio, contributions, ratios, tally, verified_set
from ..law.matters.lists import views_on
from ..law.remedies import notice_reached_on, ordered_of, served_on, standing, term_end
from ..law.rulepack import COUNTY, NET, RulePack, STATION, TOWNSHIP, Threshold
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


# What could be rectified by a day, in which way, at what cost: the candidates of :mod:`land_inspector.law.cheapest` from a register.

SHIPPED = Path(__file__).resolve().parent.parent / "law" / "data" / "rectification_costs.json"
_BUCKETS = {DEMOLISH: "reclaimed", APPROVE: "approval"}
_NUMBERS = ("demolition_yuan_m2", "reclamation_yuan_m2", "approval_yuan_m2", "fixed_yuan", "building_share")
_DAYS = ("days_demolish", "days_approve", "days_accept")
LEVEL_COLUMNS = {"township": "XZDM", "station": "ZSDM", COUNTY: None}


@dataclass(frozen=True)
class Factors:
    """What an office says that rectifying costs and takes. Money in yuan, exact; ``building_share`` of an illegal area is building where
    nobody recorded how much; ``uses`` multiplies the demolition by the actual use (SJYT); without ``voluntary`` the statutory waiting
    times of a penalty come before the work."""

    demolition_yuan_m2: Fraction
    reclamation_yuan_m2: Fraction
    approval_yuan_m2: Fraction
    fixed_yuan: Fraction
    building_share: Fraction
    uses: Mapping[str, Fraction]
    days_demolish: int
    days_approve: int
    days_accept: int
    voluntary: bool
    crews_per_month: Optional[int]

    def days(self, manner: str) -> int:
        """Calendar days from the start of the work until it is accepted."""
        return (self.days_demolish if manner == DEMOLISH else self.days_approve) + self.days_accept


def read_factors(text: str = "") -> Factors:
    """From JSON or the path of a JSON file, over the shipped ones. InputError names the factor that is unknown, negative or no number."""
    said = json.loads(SHIPPED.read_text(encoding="utf-8"))
    given = _given(text.strip())
    unknown = sorted(set(given) - {one.name for one in fields(Factors)} - {"source"})
    if unknown:
        raise InputError("The factors hold {name}, which is none of ours: {known}.", "Correct its name.", name=unknown[0],
                         known=", ".join(one.name for one in fields(Factors)))
    said = {**said, **given}
    values: Dict[str, Any] = {name: _number(name, said[name]) for name in _NUMBERS}
    values.update({name: int(_number(name, said[name])) for name in _DAYS})
    if not isinstance(said["uses"], dict):
        raise InputError("The factor {name} is not what it should be: {value}.", "Give a factor for each use.", name="uses",
                         value=str(said["uses"]))
    values["uses"] = {use: _number(f"uses.{use}", value) for use, value in said["uses"].items()}
    crews = said["crews_per_month"]
    values["crews_per_month"] = None if crews is None else int(_number("crews_per_month", crews))
    return Factors(**values, voluntary=bool(said["voluntary"]))


def _given(text: str) -> Dict[str, Any]:
    if not text:
        return {}
    try:
        found = json.loads(text if text.startswith("{") else Path(text).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError("The factors cannot be read: {reason}.", 'Give JSON such as {{"demolition_yuan_m2": 150}}, or a file of it.',
                         reason=str(error)) from error
    if not isinstance(found, dict):
        raise InputError("The factors cannot be read: {reason}.", 'Give JSON such as {{"demolition_yuan_m2": 150}}, or a file of it.',
                         reason=type(found).__name__)
    return found


def _number(name: str, value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or abs(value) == float("inf") or value < 0:
        raise InputError("The factor {name} is not what it should be: {value}.", "Give a number that is not negative.", name=name,
                         value=str(value))
    return as_written(value) if isinstance(value, float) else Fraction(value)


@dataclass(frozen=True)
class Candidate:
    """An illegal parcel that still counts: what its ways cost and need; ``options`` is empty where ``reason`` says why it is out."""

    parcel: str
    number: str
    patch: str
    place: str
    place_name: str
    cultivated_units: int
    options: Tuple[Option, ...] = ()
    days: Mapping[str, int] = field(default_factory=dict)
    reason: Optional[Message] = None


@dataclass(frozen=True)
class Plan:
    """The answer with all that it was computed from."""

    line: Threshold
    level: str
    mode: str
    day: date
    cut_off: date
    factors: Factors
    candidates: Sequence[Candidate]
    areas: Sequence[Area]
    crews: Optional[Crews]
    answer: Answer
    names: Mapping[str, str]


def cheapest_plan(register: Register, scope: Scope, level: str, line: str, cut_off: date, factors: Factors, mode: Optional[str] = None,
                  day: Optional[date] = None, seconds: float = 60.0) -> Plan:
    """The cheapest set below a line of the rule pack, for every township (station) or the county.

    InputError for a line that the pack does not know or that does not hold for the level, for a scope without parcels, and for a
    cut-off that has passed.
    """
    found = frames(register, scope)
    if found.parcels.empty:
        raise InputError("No parcels lie in what was asked for.", "Choose a batch or a year that the register holds.")
    day, mode = day or found.until, mode or found.pack.denominator_mode
    if cut_off < day:
        raise InputError("The cut-off {cut_off} lies before {day}.", "Give a day from then on.", cut_off=cut_off.isoformat(),
                         day=day.isoformat())
    threshold = line_of(found.pack, line, level)
    areas, candidates = candidates_of(found, level, mode, factors, day, cut_off)
    months = (cut_off.year - day.year) * 12 + cut_off.month - day.month + 1
    crews = None if factors.crews_per_month is None else Crews(factors.crews_per_month, months)
    answer = cheapest(areas, threshold, crews, seconds)
    names = {"": register.meta["county_name"]} if level == COUNTY else dict(found.townships[["XZDM", "XZMC"]].itertuples(index=False))
    return Plan(threshold, level, mode, day, cut_off, factors, candidates, areas, crews, answer, names)


def line_of(pack: RulePack, code: str, level: str) -> Threshold:
    """The pack's line of this code, as it holds for cultivated land after deduction (r4).

    InputError for a code that the pack does not know, or draws for another level."""
    known = [line for line in pack.thresholds if "r4" in line.indicators]
    found = next((line for line in known if line.code == code.strip()), None)
    if found is None:
        raise InputError("The rule pack knows no line {line} for r4; it knows {known}.", "Give one of these codes.", line=code or "-",
                         known=", ".join(line.code for line in known))
    if found.levels and level not in found.levels:
        raise InputError("The line {line} is not drawn for this level, but for {levels}.", "Choose that level, or another line.",
                         line=found.code, levels=", ".join(found.levels))
    return found


def candidates_of(found: Frames, level: str, mode: str, factors: Factors, day: date, cut_off: date) -> Tuple[List[Area], List[Candidate]]:
    """Every area of the level as it stands, and every illegal parcel whose cultivated land still counts in r4."""
    verified = verified_set(found.parcels)
    shares = contributions(verified, found.pack, found.remedies)
    column = LEVEL_COLUMNS[level]
    keys = (verified[column].fillna("") if column else pd.Series("", index=verified.index)).astype(str)
    shrink = shares["denominator_cultivated_units"] * (mode == NET)
    numerators = (shares["illegal_cultivated_units"] - shares["r4_units"]).groupby(keys).sum()
    denominators = (shares["construction_cultivated_units"] - shrink).groupby(keys).sum()
    ways = _Ways(found, mode, factors, day, cut_off)
    rows = verified.assign(key=keys, left=shares["illegal_cultivated_units"] - shares["r4_units"], illegal=shares["illegal"],
                           unknown=shares["illegal_cultivated_unknown"], gone=shrink)
    chosen = rows[(rows["illegal"] == 1) & ((rows["left"] > 0) | (rows["unknown"] == 1))]
    candidates = [ways.candidate(row) for row in chosen.to_dict("records")]
    by_place: Dict[str, List[Option]] = {}
    for one in candidates:
        by_place.setdefault(one.place, []).extend(one.options)
    areas = [Area(key, int(numerators[key]), int(denominators[key]), tuple(by_place.get(key, ()))) for key in sorted(numerators.index)]
    return areas, candidates


class _Ways:
    """How one parcel could be rectified by the cut-off."""

    def __init__(self, found: Frames, mode: str, factors: Factors, day: date, cut_off: date):
        self._pack, self._mode, self._factors, self._day, self._cut_off = found.pack, mode, factors, day, cut_off
        self._cases = {parcel: case for case in found.all_cases if case.is_open for parcel in case.parcels}
        self._tracks: Dict[str, List[Any]] = {}
        for track in found.all_tracks:
            self._tracks.setdefault(track.parcel, []).append(track)

    def candidate(self, row: Mapping[str, Any]) -> Candidate:
        parcel = row["parcel_id"]
        same = (parcel, row["DKBH"], row["JCBH"], row["key"], str(row["XZMC"] or ""), int(row["left"]))
        if row["unknown"]:
            return Candidate(*same, reason=message("Out: nobody measured its illegal cultivated land."))
        days = {manner: self._days_needed(parcel, manner) for manner in self._manners(row)}
        in_time = [manner for manner, needed in days.items() if self._day + timedelta(days=needed) <= self._cut_off]
        if not in_time:
            least = min(days.values())
            return Candidate(*same, days=days, reason=message(
                "Out: it needs {days} days more, until {day}, and the cut-off is {cut_off}.", days=least,
                day=(self._day + timedelta(days=least)).isoformat(), cut_off=self._cut_off.isoformat()))
        return Candidate(*same, options=tuple(self._option(row, manner) for manner in in_time), days=days)

    def _manners(self, row: Mapping[str, Any]) -> List[str]:
        """Late approval is open only where the plan allows building and no permanent farmland is touched (土地管理法 Art. 77)."""
        planned = row.get("BFHGHMJ")
        is_known = planned is not None and planned == planned
        contrary = not is_known or float(planned) > 0 or _number_of(row.get("WFJBNT")) > 0
        ordered = any(track.kind in ("demolition", "reclamation") for track in standing(self._tracks.get(row["parcel_id"], [])))
        return [DEMOLISH] if contrary or ordered else [DEMOLISH, APPROVE]

    def _days_needed(self, parcel: str, manner: str) -> int:
        start = self._day
        if manner == DEMOLISH and not self._factors.voluntary:
            start = max(start, procedure_end(self._cases.get(parcel), self._pack, self._day))
        return (start - self._day).days + self._factors.days(manner)

    def _option(self, row: Mapping[str, Any], manner: str) -> Option:
        bucket = self._pack.deduction(_BUCKETS[manner])
        left = int(row["left"]) if bucket is not None and "r4" in bucket.numerator else 0
        shrinks = bucket is not None and bucket.denominator and self._mode == NET
        month = None
        if manner == DEMOLISH and self._factors.crews_per_month is not None:
            begin = self._day + timedelta(days=self._days_needed(row["parcel_id"], manner) - self._factors.days(manner))
            month = (begin.year - self._day.year) * 12 + begin.month - self._day.month
        return Option(row["parcel_id"], manner, left, left if shrinks else 0, self._fen(row, manner), month)

    def _fen(self, row: Mapping[str, Any], manner: str) -> int:
        factors = self._factors
        illegal = as_written(_number_of(row.get("WFMJ")) or _number_of(row.get("DKMJ")))
        if manner == APPROVE:
            return round((factors.fixed_yuan + illegal * factors.approval_yuan_m2) * 100)
        recorded = ordered_of(standing(self._tracks.get(row["parcel_id"], [])), "demolition").get("building_m2")
        building = as_written(recorded) if recorded else illegal * factors.building_share
        use = factors.uses.get(str(row.get("SJYT") or ""), Fraction(1))
        cultivated = Fraction(int(row["left"]), UNITS_PER_M2)
        yuan = factors.fixed_yuan + building * factors.demolition_yuan_m2 * use + cultivated * factors.reclamation_yuan_m2
        return round(yuan * 100)


def _number_of(value: Any) -> float:
    return 0.0 if value is None or value != value else float(value)


def procedure_end(case: Optional[Case], pack: RulePack, today: date) -> date:
    """The earliest day on which demolition can be enforced without the party's consent: after its time to answer the notice, and its
    time to sue the decision; of what has been done already, what is left of it."""
    served = None if case is None else served_on(case, pack)
    if served is not None:
        return max(today, term_end(pack, "demolition_suit", served).day)
    notice = None if case is None else notice_reached_on(case, "notice", pack)
    answered = max(today, term_end(pack, "statement", notice or today).day)
    return term_end(pack, "demolition_suit", answered).day
