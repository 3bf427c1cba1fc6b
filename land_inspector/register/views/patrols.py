"""Patrols as their page shows them: a station's month day by day, what counts and what does not, and what patrols found."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ...errors import Message
from ...law.patrols import StationMonth, dues_of, last_day
from .. import patrolling
from ..findings import FiledFinding, cover_proposals, filed_as
from ..parties import name_of
from ..register import Register
from ..state import Patrol, PatrolFinding


@dataclass(frozen=True)
class MonthView:
    """A station's month. ``patrols`` planned and logged by day; ``refused`` says why a log does not count, by id; ``findings`` of the
    station, newest first; ``people`` names by id; ``builders`` names of builders by finding; ``late`` how many duties of each finding have
    passed; ``filed`` the parcel that a finding became; ``short`` the stations
    whose month is not met."""

    station: str
    year: int
    month: int
    today: date
    stations: Tuple[str, ...]
    standing: Optional[StationMonth]
    patrols: Tuple[Patrol, ...] = ()
    refused: Mapping[str, Message] = field(default_factory=dict)
    findings: Tuple[PatrolFinding, ...] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    builders: Mapping[str, str] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
    filed: Mapping[str, FiledFinding] = field(default_factory=dict)
    townships: Mapping[str, str] = field(default_factory=dict)
    short: Tuple[str, ...] = ()

    @property
    def days_left(self) -> int:
        """Days of the month that are still to come, today included; 0 once it is over."""
        return max((last_day(self.year, self.month) - max(self.today, date(self.year, self.month, 1))).days + 1, 0)

    def on(self, day: date) -> List[Patrol]:
        """What was planned or logged for a day."""
        return [one for one in self.patrols if one.XCRQ == day.isoformat()]

    def counts(self, patrol: Patrol) -> bool:
        """Whether a patrol is logged and counts."""
        return bool(patrol.logged) and patrol.id not in self.refused


def stations_of(register: Register) -> List[str]:
    """The register's stations by their code."""
    return sorted({code for code in register.townships()["ZSDM"] if code})


def month_view(register: Register, station: Optional[str], year: int, month: int, today: date) -> MonthView:
    """A month of a station (the first one where none is named)."""
    stations = stations_of(register)
    chosen = station if station in stations else next(iter(stations), "")
    first, last = date(year, month, 1), last_day(year, month)
    state = patrolling.own_rows(register)
    rows = [one for one in patrolling.patrols(register, state) if one.ZSDM == chosen and first.isoformat() <= one.XCRQ <= last.isoformat()]
    months = patrolling.station_table(register, first, last, state, until=today)
    standing = next((one for one in months if one.station == chosen), None)
    found = [one for one in patrolling.findings(register, state) if one.ZSDM == chosen][::-1]
    pack = patrolling.choose_for_day(register, today)
    late = {row.id: sum(due.is_overdue(today) for due in dues_of(patrolling.as_finding(row), pack, today)) for row in found}
    people = {key: name for key, (name, _salt) in register.storage.people().items()}
    towns = dict(zip(register.townships()["XZDM"], register.townships()["XZMC"]))
    return MonthView(chosen, year, month, today, tuple(stations), standing, tuple(rows), dict(standing.refused) if standing else {},
                     tuple(found), people, {row.id: name_of(register, row.JSDW) or "" for row in found}, late,
                     {row.id: filed for row in found for filed in [filed_as(row)] if filed is not None}, towns,
                     tuple(one.station for one in months if not one.is_met))


def officers_of(view: MonthView, patrol: Patrol) -> List[str]:
    """Names of the officers of a patrol, as far as the register keeps them."""
    return [view.people[key] for key in json.loads(patrol.XCRY) if view.people.get(key, key) != key]


def link_proposals(register: Register, row: PatrolFinding) -> List[Tuple[str, str]]:
    """Patches (id and number) that place and time propose for a finding, and nobody decided."""
    return cover_proposals(register, row)


def seen_of(register: Register, key: str) -> Dict[str, Any]:
    """The last event of a patrol or a finding, as an act says it had been looked at."""
    return dict(register.storage.load_state(patches=[], rows=[key]).last_events([key]))
