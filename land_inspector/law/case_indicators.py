"""Rates of cases, remedies, persons and patrols, each with its numerator, its denominator and what is counted (domain.md §3.2).

No rate is ever derived from another: the filing rate and the handling rate have different bases (§3.3).
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Collection, Dict, Iterable, List, Optional, Sequence, Union

from .areas import DASH, as_written, percent_text
from .case import Case
from .quantities import NOTHING, Amount, total
from .remedies import FINISHED, KINDS, Track, accepted_of, done_of, ordered_of, standing
from .rulepack import Label

MONEY = ("fine", "gains")
CASES, FEN, PERSONS, AREA_M2, SITES = "cases", "fen", "persons", "m2", "sites"
BASES: Dict[str, Label] = {
    CASES: Label("宗", "cases"), FEN: Label("分", "fen"), PERSONS: Label("人", "persons"), AREA_M2: Label("平方米", "m²"),
    SITES: Label("处", "sites")}
CASE_RATES: Dict[str, Label] = {
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
    """A rate from exact figures or floats (taken as printed); ``base`` says in words what is counted."""
    return Rate(code, as_written(numerator), as_written(denominator), base)


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date

    def holds(self, day: Optional[date]) -> bool:
        """Whether the day lies in it; an unknown day lies in none."""
        return day is not None and self.first <= day <= self.last


def year(number: int) -> Period:
    """The calendar year."""
    return Period(date(number, 1, 1), date(number, 12, 31))


def found_in(cases: Iterable[Case], period: Period) -> List[Case]:
    """The cases whose clue falls into the period: the base that all rates of a period share."""
    return [case for case in cases if period.holds(case.last_on("clue"))]


def decision_on(case: Case) -> Optional[date]:
    """The day of the decision that stands: none while one that was revoked is being made anew."""
    for done in reversed(case.acts):
        if done.act == "redo":
            return None
        if done.act == "decide":
            revoked = bool(case.items) and all(item.stage == "revoked" for item in case.items)
            return None if revoked and case.is_open else done.on
    return None


def closed_on(case: Case) -> Optional[date]:
    """The day on which the case was closed (结案, S15); None while it is not."""
    return case.since if case.state == "S15" else None


def is_handled(case: Case, until: date) -> bool:
    """Dealt with: decided (and not revoked), or not filed and settled without filing (FLACLQK 1), or ended without penalty or by
    transfer."""
    settled = case.last("settle_unfiled")
    done = [decision_on(case), case.last_on("no_penalty"), case.last_on("transfer_case"), case.last_on("end_investigation")]
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


def is_stopped(case: Case) -> bool:
    """The last stop order took effect (ZZQK 1 stopped, 2 restored)."""
    result = case.last("stop_result")
    return result is not None and result.particulars.get("result") in ("1", "2")


def is_found_by_patrol(case: Case) -> bool:
    """The clue came from a patrol (LYQD 1)."""
    clue = case.last("clue")
    return clue is not None and clue.particulars.get("source") == "1"


def stop_rate(cases: Sequence[Case]) -> Rate:
    """制止率: violations found whose last stop order took effect ÷ violations found."""
    return rate("stop", sum(map(is_stopped, cases)), len(cases), SITES)


def discovery_rate(illegal_sites: Iterable[str], found_by_patrol: Iterable[str]) -> Rate:
    """发现率: illegal patches of the satellite check that daily patrol had found ÷ illegal patches (ids of either)."""
    illegal = set(illegal_sites)
    return rate("discovery", len(illegal & set(found_by_patrol)), len(illegal), SITES)


@dataclass(frozen=True)
class PatrolFigures:
    """Patrols of a period: ``valid`` of ``logged`` logs, ``met`` of ``stations`` whose every month that is over was met; findings of the
    period, and on how many of them building was ``stopped`` (or removed), the government told, a case filed."""

    logged: int
    valid: int
    stations: int
    met: int
    found: int
    stopped: int
    reported: int
    filed: int


@dataclass(frozen=True)
class CountyFigures:
    """What a county's paragraph tells. Building area and land area stand apart (§0.1 (7)).

    ``found`` to ``closing`` are of a cohort: the cases of the scope, as of the day. What follows happened in ``period``, each thing by
    its own date; without a period of its own the scope's whole past counts. ``lapsed_fen`` of the money was paid on land that is
    not judged illegal any more.
    """

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
    year: Optional[int] = None
    filed_in: int = 0
    decided_in: int = 0
    closed_in: int = 0
    lapsed_fen: int = 0
    patrols: Optional[PatrolFigures] = None

    @property
    def should_file(self) -> int:
        """How many cases are to be filed (应立案): the denominator of the filing rate."""
        return int(self.filing.denominator)


def county_figures(cases: Iterable[Case], tracks: Sequence[Track], period: Period, without_case: int = 0, *,
                   cohort: Optional[Sequence[Case]] = None, until: Optional[date] = None, year_of: Optional[int] = None,
                   illegal: Optional[Collection[str]] = None) -> CountyFigures:
    """The figures of a period: rates of a cohort (by default the cases found in it) as of ``until`` (by default its last day), and what
    happened in it by the day of each act (domain.md §0.2 (11)). ``illegal`` are the parcels that are judged illegal, None for all."""
    known = list(cases)
    filing, handling, closing = case_rates(found_in(known, period) if cohort is None else cohort, until or period.last, without_case)
    live = [track for track in standing(tracks) if track.kind in KINDS]
    discipline = [track for track in live if track.kind == "discipline" and period.holds(track.ordered_on)]
    reclaimed = [track for track in live if track.kind == "reclamation" and accepted_in(track, period).get("land_m2") > 0]
    lapsed = [track for track in live if illegal is not None and track.parcel not in illegal and track.kind in MONEY]
    return CountyFigures(
        int(handling.denominator), int(filing.numerator), filing, handling, closing,
        float(_in(live, period, "confiscation").get("building_m2")), float(_in(live, period, "demolition").get("building_m2")),
        int(_in(live, period, *MONEY).get("fen")), len({track.case or track.parcel for track in discipline}),
        int(sum(track.ordered.get("persons") for track in discipline)), int(_in(live, period, "discipline").get("persons")),
        int(_in(live, period, "police").get("persons")), len({track.parcel for track in reclaimed}),
        math.fsum(accepted_in(track, period).get("land_m2") for track in reclaimed), year_of,
        sum(period.holds(case.filed_on) for case in known), sum(period.holds(decision_on(case)) for case in known),
        sum(period.holds(closed_on(case)) for case in known), int(_in(lapsed, period, *MONEY).get("fen")))


def done_in(track: Track, period: Period) -> Amount:
    """What was done on the remedy in the period."""
    return total([NOTHING, *(step.amount for step in track.steps if period.holds(step.on))])


def accepted_in(track: Track, period: Period) -> Amount:
    """What a finished acceptance of the period covers."""
    return track.accepted if track.acceptance.status == FINISHED and period.holds(track.acceptance.on) else NOTHING


def _in(tracks: Iterable[Track], period: Period, *kinds: str) -> Amount:
    return total([NOTHING, *(done_in(track, period) for track in tracks if track.kind in kinds)])
