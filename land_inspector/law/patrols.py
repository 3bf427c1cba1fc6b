"""Patrols: which logs count (R50), whether a station has done its month, what a finding starts, and how findings meet the satellite.

domain.md §5; the terms of a finding are settings of the rule pack (no source binds every office).
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Dict, FrozenSet, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from ..errors import Message, message
from .calendar import WORKING_DAYS
from .indicators import Rate, rate
from .rulepack import RulePack
from .work_lists import Entry, FOUND_UNFILED as NOT_FILED, SHORT, UNREPORTED as NOT_REPORTED, UNSTOPPED as NOT_STOPPED

_NOON = time(12)

STOP_ORDER, STOPPED, REPORTED, FILED, REMOVED, HANDED_ON = "stop_order", "stopped", "reported", "filed", "removed", "handed_on"
#: What may follow on a finding.
FINDING_ACTS: Mapping[str, Message] = {
    STOP_ORDER: message("Stop order given"), STOPPED: message("Building stopped"), REPORTED: message("Government told in writing"),
    FILED: message("Case filed"), REMOVED: message("Removed by the builder"), HANDED_ON: message("Handed to another body")}
#: Handling codes of the log form (XC_CS) → the act that they say was done on the day of the finding.
ACT_OF_CODE: Mapping[str, str] = {"220": STOP_ORDER, "244": STOP_ORDER, "226": REPORTED, "228": FILED, "230": HANDED_ON}


@dataclass(frozen=True)
class PatrolLog:
    """One log (RZID, DWDM, XCRQ, KSSJ, JSSJ, XCRY as opaque ids, QDSJ or GJXL as ``route``). Logs without findings count."""

    id: str
    station: str
    on: date
    start: Optional[time]
    end: Optional[time]
    officers: FrozenSet[str]
    route: str = ""
    has_track: bool = False
    is_key_area: bool = False

    @property
    def half_day(self) -> Tuple[date, str]:
        """The day with ``am`` or ``pm``; a patrol that does not say when it began counts as afternoon."""
        return self.on, "am" if self.start is not None and self.start < _NOON else "pm"


@dataclass(frozen=True)
class ShortWeek:
    """A week (from ``monday``) with fewer ``valid`` patrols than ``required``, in key areas where ``is_key``."""

    monday: date
    valid: int
    required: int
    is_key: bool = False


@dataclass(frozen=True)
class StationMonth:
    """A station's month: ``valid`` patrols of ``logged`` logs against ``required``; ``refused`` says why the others do not count. Where the
    pack asks for patrols in each week, ``weeks`` says how many were looked at (None: it asks for none) and ``short_weeks`` which of them
    are short; a week belongs to the month of its Thursday."""

    station: str
    year: int
    month: int
    logged: int
    valid: int
    required: int
    refused: Tuple[Tuple[str, Message], ...] = ()
    weeks: Optional[int] = None
    short_weeks: Tuple[ShortWeek, ...] = ()

    @property
    def weeks_short(self) -> Optional[int]:
        """How many weeks are short; None where none is asked for."""
        return None if self.weeks is None else len({week.monday for week in self.short_weeks})

    @property
    def shortfall(self) -> int:
        """How many valid patrols are missing; 0 where none is."""
        return max(self.required - self.valid, 0)

    @property
    def is_met(self) -> bool:
        """Whether the station made as many valid patrols as the month and its weeks require (R50)."""
        return self.shortfall == 0 and not self.short_weeks


def log_refusal(log: PatrolLog, least_officers: int) -> Optional[Message]:
    """Why a log does not count on its own; None if it does."""
    if len(log.officers) < least_officers:
        return message("{count} officer(s); at least {least} are needed.", count=len(log.officers), least=least_officers)
    if log.start is None or log.end is None:
        return message("The start or the end of the patrol is missing.")
    if log.end <= log.start:
        return message("The patrol ends before it starts.")
    if not log.route.strip() and not log.has_track:
        return message("The patrol has neither a route nor a track.")
    return None


def count_patrols(logs: Iterable[PatrolLog], pack: RulePack) -> Tuple[List[PatrolLog], List[Tuple[str, Message]]]:
    """The logs that count, and the others with the reason (R50).

    Of one half-day of a station, the same team counts once and the same route counts once. The order of the logs does
    not matter: the earliest start is taken first.
    """
    taken: Set[Tuple[str, Tuple[date, str], str]] = set()
    counted: List[PatrolLog] = []
    refused: List[Tuple[str, Message]] = []
    for log in sorted(logs, key=lambda log: (log.on, log.start or time.max, log.id)):
        keys = _keys(log)
        reason = log_refusal(log, pack.parameters.patrol_minimum_officers)
        if reason is None and taken & keys:
            reason = message("The same team or the same route has already been counted for this half-day.")
        if reason is None:
            counted.append(log)
            taken |= keys
        else:
            refused.append((log.id, reason))
    return counted, refused


def _keys(log: PatrolLog) -> Set[Tuple[str, Tuple[date, str], str]]:
    keys = {(log.station, log.half_day, "team:" + "\x1f".join(sorted(log.officers)))}
    if log.route.strip():
        keys.add((log.station, log.half_day, "route:" + log.route.strip()))
    return keys


def station_months(logs: Iterable[PatrolLog], stations: Sequence[str], months: Sequence[Tuple[int, int]],
                   pack: RulePack, through: Optional[date] = None) -> List[StationMonth]:
    """Every station in every (year, month), also where nothing was logged: that is a month missed. Weeks at the edge of a month need the
    logs of the days beyond it; ``through`` is the day as far as logs are known: weeks that begin later are not looked at."""
    grouped: Dict[str, List[PatrolLog]] = {}
    for log in logs:
        grouped.setdefault(log.station, []).append(log)
    return [_station_month(station, year, month, grouped.get(station, []), pack, through) for station in stations for year, month in months]


def _station_month(station: str, year: int, month: int, logs: Sequence[PatrolLog], pack: RulePack, through: Optional[date]) -> StationMonth:
    own = [log for log in logs if (log.on.year, log.on.month) == (year, month)]
    counted, refused = count_patrols(own, pack)
    weeks, short = (None, ()) if _is_slack(month, pack) else _weeks(year, month, logs, pack, through)
    return StationMonth(station, year, month, len(own), len(counted), required_in(month, pack), tuple(refused), weeks, short)


def _is_slack(month: int, pack: RulePack) -> bool:
    first, last = pack.parameters.patrol_slack_first_month, pack.parameters.patrol_slack_last_month
    if not first or not last:
        return False
    return first <= month <= last if first <= last else month >= first or month <= last


def required_in(month: int, pack: RulePack) -> int:
    """How many valid patrols a station owes in a month (1 to 12) by the pack, with its slack season."""
    return pack.parameters.patrol_minimum_slack_month if _is_slack(month, pack) else pack.parameters.patrol_minimum_month


def _weeks(year: int, month: int, logs: Sequence[PatrolLog], pack: RulePack, through: Optional[date]
           ) -> Tuple[Optional[int], Tuple[ShortWeek, ...]]:
    """How many weeks of the month were looked at, and those that are short; (None, ()) where the pack asks for none."""
    asked = [(least, is_key) for least, is_key in ((pack.parameters.patrol_minimum_week, False),
                                                   (pack.parameters.patrol_minimum_key_week, True)) if least]
    if not asked:
        return None, ()
    days = (date(year, month, 1) + timedelta(days=n) for n in range(last_day(year, month).day))
    mondays = [day - timedelta(days=3) for day in days if day.weekday() == 3]
    mondays = [monday for monday in mondays if through is None or monday <= through]
    short: List[ShortWeek] = []
    for monday in mondays:
        counted, _refused = count_patrols([log for log in logs if 0 <= (log.on - monday).days < 7], pack)
        for least, is_key in asked:
            valid = sum(log.is_key_area or not is_key for log in counted)
            short += [ShortWeek(monday, valid, least, is_key)] if valid < least else []
    return len(mondays), tuple(short)


# --- findings -------------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Finding:
    """A violation that a patrol found. ``acts`` are what followed, (act, day), oldest first; ``patches`` what later covered it;
    ``lon``, ``lat`` in degrees; areas in m²."""

    id: str
    station: str
    on: date
    township: Optional[str] = None
    lon: Optional[float] = None
    lat: Optional[float] = None
    area_m2: Optional[float] = None
    cultivated_m2: Optional[float] = None
    acts: Tuple[Tuple[str, date], ...] = ()
    patches: FrozenSet[str] = frozenset()
    project: str = ""

    def done_on(self, act: str) -> Optional[date]:
        """The day of the first act of this kind."""
        return next((on for done, on in self.acts if done == act), None)


@dataclass(frozen=True)
class Due:
    """What a finding asks for by a day. ``list`` is one of the work lists of :data:`PATROL_LISTS`."""

    finding: Finding
    list: str
    due_on: date
    is_provisional: bool = False

    def is_overdue(self, today: date) -> bool:
        """Whether the day has passed."""
        return today > self.due_on


PATROL_LISTS: Mapping[str, Message] = {
    NOT_STOPPED: message("Found and not stopped in time"), NOT_REPORTED: message("Ignored or large, and not reported"),
    NOT_FILED: message("Found and not filed"), SHORT: message("Patrols short this month")}
_ENDED = (REMOVED, HANDED_ON)


def dues_of(finding: Finding, pack: RulePack, until: date) -> List[Due]:
    """What the finding still asks for on a day: a stop order, a report where it is large or went on, a case, each within
    the pack's working days. Nothing once the builder removed it or another body has it."""
    if any(finding.done_on(act) and finding.done_on(act) <= until for act in _ENDED):  # type: ignore[operator]
        return []
    open_acts = {act for act, on in finding.acts if on <= until}
    found: List[Due] = []
    if STOP_ORDER not in open_acts and FILED not in open_acts:
        found.append(_due(finding, NOT_STOPPED, pack.parameters.patrol_stop_days, pack))
    if _must_be_reported(finding, open_acts, pack) and REPORTED not in open_acts:
        found.append(_due(finding, NOT_REPORTED, pack.parameters.patrol_report_days, pack))
    if FILED not in open_acts:
        found.append(_due(finding, NOT_FILED, pack.parameters.patrol_file_days, pack))
    return found


_DUTIES: Mapping[str, Message] = {
    NOT_STOPPED: message("Give a stop order"), NOT_REPORTED: message("Tell the government in writing"), NOT_FILED: message("File the case")}


def finding_entries(findings: Iterable[Finding], pack: RulePack, until: date) -> List[Entry]:
    """What findings ask for on a day, as entries of the work lists; the finding's id stands for a parcel."""
    return [Entry(due.list, f"finding/{one.id}", _DUTIES[due.list], "土地管理法实施条例 Art. 50", one.area_m2 or 0.0, one.cultivated_m2 or 0.0,
                  due.due_on, due.is_provisional)
            for one in findings if one.on <= until for due in dues_of(one, pack, until)]


def short_entries(months: Iterable[StationMonth], until: date) -> List[Entry]:
    """Stations whose month is not met yet: what is missing, and until when it can be made."""
    return [Entry(SHORT, f"station/{one.station}", _missing(one), "R50", 0.0, 0.0, last_day(one.year, one.month))
            for one in months if not one.is_met]


def _missing(one: StationMonth) -> Message:
    said = {"valid": one.valid, "required": one.required, "n": one.shortfall}
    if not one.short_weeks:
        return message("{valid} of {required} patrols valid; {n} are missing.", **said)
    return message("{valid} of {required} patrols valid; {n} are missing. Weeks short: {weeks}.", **said,
                   weeks=", ".join(sorted({week.monday.isoformat() for week in one.short_weeks})))


def _must_be_reported(finding: Finding, done: Set[str], pack: RulePack) -> bool:
    """Large on cultivated land (compared unrounded: 3 × m² with 2000 × mu), or going on after a stop order."""
    is_large = 3 * (finding.cultivated_m2 or 0.0) >= 2000 * pack.parameters.patrol_report_cultivated_mu
    return is_large or (STOP_ORDER in done and STOPPED not in done)


def _due(finding: Finding, code: str, working_days: int, pack: RulePack) -> Due:
    end = pack.calendar.term_end(finding.on, working_days, WORKING_DAYS)
    return Due(finding, code, end.day, end.provisional)


def _after(on: date, working_days: int, pack: RulePack) -> date:
    return pack.calendar.term_end(on, working_days, WORKING_DAYS).day


@dataclass(frozen=True)
class SatellitePatch:
    """An illegal patch of the satellite check: where it lies (metres of one projected CRS are the caller's), since when it is known."""

    id: str
    issued_on: date


def discovery(illegal: Iterable[SatellitePatch], findings: Iterable[Finding]) -> Rate:
    """发现率: illegal patches that a patrol had found before they were issued ÷ illegal patches. A finding counts for a patch that it is
    linked to, if it is older than the patch."""
    issued = {patch.id: patch.issued_on for patch in illegal}
    before = {key for finding in findings for key in finding.patches if key in issued and finding.on < issued[key]}
    return rate("discovery", len(before), len(issued), "sites")


def stopping(findings: Iterable[Finding], until: date) -> Rate:
    """制止率: findings on which building stopped (or that the builder removed) ÷ findings."""
    known = [finding for finding in findings if finding.on <= until]
    ended = [f for f in known if any((on := f.done_on(act)) is not None and on <= until for act in (STOPPED, REMOVED))]
    return rate("stopping", len(ended), len(known), "sites")


def reporting(findings: Iterable[Finding], pack: RulePack, until: date) -> Rate:
    """报告及时率: findings that had to be reported and were, in time ÷ those that had to be and whose day has come."""
    must = [f for f in findings if f.on <= until and _must_be_reported(f, {act for act, on in f.acts if on <= until}, pack)]
    due = [(f, _after(f.on, pack.parameters.patrol_report_days, pack)) for f in must]
    counted = [(f, day) for f, day in due if day < until or f.done_on(REPORTED)]
    in_time = [f for f, day in counted if (on := f.done_on(REPORTED)) is not None and on <= day]
    return rate("reporting", len(in_time), len(counted), "sites")


def months_between(first: date, last: date) -> List[Tuple[int, int]]:
    """(year, month) from one day to another, both included."""
    found = [(first.year, first.month)]
    while found[-1] < (last.year, last.month):
        year, month = found[-1]
        found.append((year + month // 12, month % 12 + 1))
    return found


def last_day(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
