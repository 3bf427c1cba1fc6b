"""Rates of cases, remedies, persons and patrols, each with its numerator, its denominator and what is counted (domain.md §3.2).

No rate is ever derived from another: the filing rate and the handling rate have different bases (§3.3).
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Dict, Iterable, List, Optional, Sequence, Union

from .areas import DASH, as_written, percent_text
from .case import Case
from .remedies import KINDS, Track, accepted_of, done_of, ordered_of, standing
from .pack import Label

CASES, FEN, PERSONS, AREA_M2, SITES = "cases", "fen", "persons", "m2", "sites"
BASES: Dict[str, Label] = {
    CASES: Label("宗", "cases"), FEN: Label("分", "fen"), PERSONS: Label("人", "persons"), AREA_M2: Label("平方米", "m²"),
    SITES: Label("处", "sites")}
RATES: Dict[str, Label] = {
    "filing": Label("立案率", "Filing rate"), "handling": Label("查处率", "Handling rate"),
    "closing": Label("结案率", "Closing rate"), "collection": Label("罚款收缴率", "Fine collection rate"),
    "discipline": Label("处分落实率", "Discipline rate"), "reclamation": Label("拆除复耕率", "Demolition and reclamation rate"),
    "discovery": Label("发现率", "Discovery rate"), "stop": Label("制止率", "Stop rate")}


@dataclass(frozen=True)
class Rate:
    """A rate that remembers what it was made of. ``base`` is one of :data:`BASES`."""

    code: str
    numerator: Fraction
    denominator: Fraction
    base: str

    @property
    def ratio(self) -> Optional[Fraction]:
        """Exact; None for a zero denominator (shown as "—", never as 0 %). May be above 1."""
        return self.numerator / self.denominator if self.denominator else None

    def percent_text(self) -> str:
        """Two decimals, half upwards, without idle zeros: 100%, 96.67%, 119.64%; "—" where there is no rate."""
        ratio = self.ratio
        return DASH if ratio is None else trimmed(percent_text(ratio)) + "%"


def trimmed(text: str) -> str:
    """A decimal number without idle zeros."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def rate(code: str, numerator: Union[int, float, Fraction], denominator: Union[int, float, Fraction], base: str) -> Rate:
    return Rate(code, as_written(numerator), as_written(denominator), base)


@dataclass(frozen=True)
class Period:
    """Both days included."""

    first: date
    last: date

    def holds(self, day: Optional[date]) -> bool:
        return day is not None and self.first <= day <= self.last


def year(number: int) -> Period:
    return Period(date(number, 1, 1), date(number, 12, 31))


def found_in(cases: Iterable[Case], period: Period) -> List[Case]:
    """The cases whose clue falls into the period: the base that all rates of a period share."""
    return [case for case in cases if period.holds(case.last_on("clue"))]


def is_handled(case: Case, until: date) -> bool:
    """Dealt with: decided, or not filed and settled without filing (FLACLQK 1), or ended without penalty or by transfer."""
    settled = case.last("settle_unfiled")
    done = [case.decided_on, case.last_on("no_penalty"), case.last_on("transfer_case")]
    if settled is not None and settled.particulars.get("result") == "1":
        done.append(settled.on)
    return any(day is not None and day <= until for day in done)


def should_be_filed(case: Case) -> bool:
    """应立案: every case found but those not filed, or handed over before filing, by a reasoned decision."""
    return case.last("file") is not None or case.last("not_file") is None and case.last("transfer_case") is None


def case_rates(cases: Sequence[Case], until: date, without_case: int = 0) -> List[Rate]:
    """Filing, handling and closing as of ``until``. ``without_case`` counts illegal parcels for which nobody opened a case:
    they were found and should have been filed."""
    filed = [case for case in cases if case.filed_on is not None and case.filed_on <= until]
    closed = [case for case in filed if case.state == "S15" and case.since <= until]
    should = sum(should_be_filed(case) for case in cases) + without_case
    handled = sum(is_handled(case, until) for case in cases)
    return [rate("filing", len(filed), should, CASES), rate("handling", handled, len(cases) + without_case, CASES),
            rate("closing", len(closed), len(filed), CASES)]


def remedy_rates(tracks: Sequence[Track]) -> List[Rate]:
    """Fines collected, persons disciplined, cultivated land reclaimed and accepted. Surcharges paid are no part of the fine."""
    fines = [track for track in standing(tracks) if track.kind == "fine"]
    paid = sum(min(track.done.fen or 0, track.ordered.fen or 0) for track in fines)
    return [rate("collection", paid, ordered_of(tracks, "fine").get("fen"), FEN),
            rate("discipline", done_of(tracks, "discipline").get("persons"), ordered_of(tracks, "discipline").get("persons"), PERSONS),
            rate("reclamation", accepted_of(tracks, "reclamation").get("cultivated_m2"),
                 ordered_of(tracks, "reclamation").get("cultivated_m2"), AREA_M2)]


def stop_rate(cases: Sequence[Case]) -> Rate:
    """制止率: violations found whose last stop order took effect (ZZQK 1 stopped, 2 restored) ÷ violations found."""
    results = [case.last("stop_result") for case in cases]
    stopped = sum(done is not None and done.particulars.get("result") in ("1", "2") for done in results)
    return rate("stop", stopped, len(cases), SITES)


def discovery_rate(illegal_sites: Iterable[str], found_by_patrol: Iterable[str]) -> Rate:
    """发现率: illegal patches of the satellite check that daily patrol had found ÷ illegal patches (ids of either)."""
    illegal = set(illegal_sites)
    return rate("discovery", len(illegal & set(found_by_patrol)), len(illegal), SITES)


@dataclass(frozen=True)
class CountyFigures:
    """What a county's yearly paragraph tells. Building area and land area stand apart (§0.1 (7))."""

    found: int
    filed: int
    filing: Rate
    handling: Rate
    closing: Rate
    confiscated_building_m2: float
    demolished_building_m2: float
    fines_and_gains_fen: int
    discipline_cases: int
    discipline_proposed: int
    discipline_done: int
    police_persons: int
    reclaimed_parcels: int
    reclaimed_m2: float


def county_figures(cases: Iterable[Case], tracks: Sequence[Track], period: Period, without_case: int = 0) -> CountyFigures:
    """The figures of a period from the cases found in it and the remedies of its cases and parcels."""
    found = found_in(cases, period)
    own = _tracks_of(found, tracks)
    filing, handling, closing = case_rates(found, period.last, without_case)
    discipline = [track for track in standing(own) if track.kind == "discipline"]
    reclaimed = [track for track in standing(own) if track.kind == "reclamation" and track.is_complete]
    return CountyFigures(
        len(found) + without_case, int(filing.numerator), filing, handling, closing,
        done_of(own, "confiscation").get("building_m2"), done_of(own, "demolition").get("building_m2"),
        int(done_of(own, "fine", "gains").get("fen")), len({track.case or track.parcel for track in discipline}),
        int(ordered_of(discipline, "discipline").get("persons")), int(done_of(discipline, "discipline").get("persons")),
        int(done_of(own, "police").get("persons")), len({track.parcel for track in reclaimed}),
        done_of(reclaimed, "reclamation").get("land_m2"))


def _tracks_of(cases: Sequence[Case], tracks: Iterable[Track]) -> List[Track]:
    ids, parcels = {case.id for case in cases}, {parcel for case in cases for parcel in case.parcels}
    return [track for track in tracks if track.kind in KINDS and (track.case in ids or track.case is None and track.parcel in parcels)]
