"""Which patrol logs count, and whether a station has done its patrols of a month (R50; domain.md §5)."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Dict, FrozenSet, Iterable, List, Optional, Sequence, Set, Tuple

from ..errors import Message, message
from .pack import RulePack

_NOON = time(12)


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

    @property
    def half_day(self) -> Tuple[date, str]:
        return self.on, "am" if self.start is not None and self.start < _NOON else "pm"


@dataclass(frozen=True)
class StationMonth:
    """A station's month: ``valid`` patrols of ``logged`` logs against ``required``; ``refused`` says why the others do not count."""

    station: str
    year: int
    month: int
    logged: int
    valid: int
    required: int
    refused: Tuple[Tuple[str, Message], ...] = ()

    @property
    def shortfall(self) -> int:
        return max(self.required - self.valid, 0)

    @property
    def is_met(self) -> bool:
        return self.shortfall == 0


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
                   pack: RulePack) -> List[StationMonth]:
    """Every station in every (year, month), also where nothing was logged: that is a month missed."""
    grouped: Dict[Tuple[str, int, int], List[PatrolLog]] = {}
    for log in logs:
        grouped.setdefault((log.station, log.on.year, log.on.month), []).append(log)
    return [_station_month(station, year, month, grouped.get((station, year, month), []), pack)
            for station in stations for year, month in months]


def _station_month(station: str, year: int, month: int, logs: Sequence[PatrolLog], pack: RulePack) -> StationMonth:
    counted, refused = count_patrols(logs, pack)
    return StationMonth(station, year, month, len(logs), len(counted), pack.parameters.patrol_minimum_month, tuple(refused))
