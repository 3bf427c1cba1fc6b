"""Patrols: planned, logged, their tracks, what they found, and how it meets the satellite's patches (domain.md §5, R50).

A log needs no track, and nothing is uploaded. Officers and builders stand apart as everywhere (:mod:`.parties`); a track's places are
never in an event: only its digest, length and times are.
"""
from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, RefusedError
from ..law.pack import NEW, RulePack
from ..law.patrols import ACT_OF_CODE, FINDING_ACTS, Finding, PatrolLog, StationMonth, last_day, months_between, station_months
from ..law.rulepack import choose
from . import kinds
from .events import Draft
from .parties import is_person, kept_apart, officers
from .register import Recorded, Register, effective_on_text
from .rulepacks import packs
from .state import Patrol, PatrolFinding, State


@dataclass(frozen=True)
class Log:
    """A patrol as the official form has it: ``station`` its code (ZSDM), times as hh:mm, ``officers`` names, ``area`` one of the key
    areas or a text. ``violation`` None where the form does not say."""

    station: str
    on: str
    start: Optional[str] = None
    end: Optional[str] = None
    officers: Tuple[str, ...] = ()
    area: Optional[str] = None
    route: Optional[str] = None
    violation: Optional[bool] = None
    handling: Optional[str] = None
    remarks: Optional[str] = None


@dataclass(frozen=True)
class Seen:
    """What a patrol found: ``place`` longitude and latitude in degrees (WGS 84), areas in m², ``state`` XC_JSZT, ``handling`` XC_CS."""

    station: str
    on: str
    place: Optional[Tuple[float, float]] = None
    township: Optional[str] = None
    builder: Optional[str] = None
    project: Optional[str] = None
    since: Optional[str] = None
    state: Optional[str] = None
    area_m2: Optional[float] = None
    cultivated_m2: Optional[float] = None
    approval: Optional[str] = None
    handling: Optional[str] = None
    remarks: Optional[str] = None


@dataclass(frozen=True)
class KeptTrack:
    """What the register keeps of a track: metres and seconds walked (None without times), UTC text of its begin and end."""

    sha256: str
    file: str
    metres: float
    seconds: Optional[float]
    points: int
    dropped: int
    begin: Optional[str] = None
    end: Optional[str] = None
    datum: str = "WGS84"
    is_local: bool = False

    def as_record(self) -> Dict[str, Any]:
        """For the event."""
        return dict(self.__dict__)


def clock(text: Optional[str]) -> Optional[str]:
    """A time as people write it (8:5, 08:30:00, 8点半 is not one) as hh:mm; None for none. InputError for what is no time."""
    if text is None or not str(text).strip():
        return None
    parts = str(text).strip().replace("：", ":").split(":")
    try:
        made = time(int(parts[0]), int(parts[1]) if len(parts) > 1 else 0)
    except (ValueError, IndexError):
        raise InputError("{text} is no time of a day.", "Write it as 08:30.", text=str(text)) from None
    return made.strftime("%H:%M")


# --- recording ----------------------------------------------------------------------------------------------------------

def plan_patrol(register: Register, log: Log, *, patrol: Optional[str] = None, by: Optional[str] = None,
                seen: Optional[Mapping[str, str]] = None) -> str:
    """Plan a patrol, or change one that is planned; its id. InputError for an unknown station."""
    key = patrol or str(uuid.uuid4())
    payload = {**_said(register, log, by), "patrol": key}
    register.record(lambda state: [Draft(kinds.PATROL_PLANNED, (key,), payload, payload["XCRQ"])], by=by, patches=[], rows=[key], seen=seen)
    return key


def log_patrol(register: Register, log: Log, *, patrol: Optional[str] = None, by: Optional[str] = None,
               seen: Optional[Mapping[str, str]] = None) -> str:
    """Log a patrol that was done (``patrol``: a planned one, or one whose log is corrected); its id.

    InputError for an unknown station, a day to come, an end before the start. What only keeps a log from counting (one officer,
    no route) is recorded: the count says why.
    """
    return log_patrols(register, [(log, patrol)], by=by, seen=seen)[0]


def log_patrols(register: Register, logs: Sequence[Tuple[Log, Optional[str]]], *, by: Optional[str] = None,
                seen: Optional[Mapping[str, str]] = None) -> List[str]:
    """:func:`log_patrol` for several as one action."""
    drafts = []
    for log, patrol in logs:
        payload = _said(register, log, by)
        if payload["XCRQ"] > date.today().isoformat():
            raise InputError("{day} is still to come; plan the patrol instead of logging it.", "Check the date.", day=payload["XCRQ"])
        if payload["KSSJ"] and payload["JSSJ"] and payload["JSSJ"] <= payload["KSSJ"]:
            raise InputError("The patrol of {day} ends at {end}, not after it begins at {start}.", "Check the times.", day=payload["XCRQ"],
                             start=payload["KSSJ"], end=payload["JSSJ"])
        key = patrol or str(uuid.uuid4())
        said = {**payload, "patrol": key, "SFWF": None if log.violation is None else int(log.violation)}
        drafts.append(Draft(kinds.PATROL_LOGGED, (key,), said, payload["XCRQ"]))
    register.record(lambda state: drafts, by=by, patches=[], rows=[draft.subjects[0] for draft in drafts], seen=seen)
    return [draft.subjects[0] for draft in drafts]


def _said(register: Register, log: Log, by: Optional[str]) -> Dict[str, Any]:
    stations = {town for town in register.townships()["ZSDM"] if town}
    if log.station not in stations:
        raise InputError("There is no station {station} in this register.", "Its stations are {known}.", station=log.station,
                         known=", ".join(sorted(stations)) or "-")
    names = [name.strip() for name in log.officers if name.strip()]
    return {"ZSDM": log.station, "XCRQ": _day(log.on), "KSSJ": clock(log.start), "JSSJ": clock(log.end),
            "officers": officers(register, list(dict.fromkeys(names)), by=by), "XCQY": log.area, "XCLX": log.route,
            "CLYJ": log.handling, "BZ": log.remarks}


def _day(text: str) -> str:
    day = effective_on_text(text)
    if day is None:
        raise InputError("A patrol needs its date.", "Write it as 2026-05-31.")
    return day


def withdraw_patrol(register: Register, patrol: str, *, reason: str, by: Optional[str] = None) -> Recorded:
    """A patrol that does not take place, or a log entered by mistake; it stays in the history."""
    if not reason.strip():
        raise InputError("Withdrawing a patrol needs a reason.", "Write for example: bad weather.")
    draft = Draft(kinds.PATROL_WITHDRAWN, (patrol,), {"patrol": patrol, "reason": reason.strip()})
    return register.record(lambda state: [draft], by=by, patches=[], rows=[patrol])


def add_track(register: Register, patrol: str, track: KeptTrack, *, by: Optional[str] = None) -> Recorded:
    """A track belongs to a patrol. RefusedError where the same file is with another patrol already."""
    other = next((one for one in patrols(register) if one.id != patrol and track.sha256 in one.tracks), None)
    if other is not None:
        raise RefusedError("The track {file} is with the patrol of {day} already.", "A track proves one patrol.", file=track.file,
                           day=other.XCRQ)
    draft = Draft(kinds.TRACK_ADDED, (patrol,), {"patrol": patrol, "track": track.as_record()})
    return register.record(lambda state: [draft], by=by, patches=[], rows=[patrol])


def mark_finding(register: Register, seen: Seen, *, patrol: Optional[str] = None, by: Optional[str] = None) -> str:
    """What a patrol found; its id. The builder, where a person, is kept apart; the handling code begins what follows.

    InputError for an unknown code, a place outside the county's box, a day to come.
    """
    key, day = str(uuid.uuid4()), _day(seen.on)
    if day > date.today().isoformat():
        raise InputError("{day} is still to come.", "Give the day of the finding.", day=day)
    builder = seen.builder
    if is_person(builder):
        builder = kept_apart(register, [builder], by=by)[builder or ""]
    lon, lat = seen.place or (None, None)
    payload = {"finding": key, "patrol_id": patrol, "ZSDM": seen.station, "XZDM": seen.township, "FXRQ": day, "lon": lon, "lat": lat,
               "shape_id": None, "JSDW": builder, "XMMC": seen.project, "DGSJ": seen.since, "JSZT": seen.state, "ZDMJ": seen.area_m2,
               "GDMJ": seen.cultivated_m2, "SPQK": seen.approval, "CSM": seen.handling, "BZ": seen.remarks}
    drafts = [Draft(kinds.FINDING_MARKED, (key, *([patrol] if patrol else [])), payload, day)]
    if seen.handling in ACT_OF_CODE:
        drafts.append(Draft(kinds.FINDING_ACT, (key,), {"finding": key, "act": ACT_OF_CODE[seen.handling], "said": {}}, day))
    register.record(lambda state: drafts, by=by, patches=[], rows=[key, *([patrol] if patrol else [])])
    return key


def act_on_finding(register: Register, finding: str, act: str, *, on: str, said: Optional[Mapping[str, Any]] = None,
                   by: Optional[str] = None) -> Recorded:
    """A stop order, that building stopped, a report, a case … InputError for an unknown act, or a day before the finding."""
    if act not in FINDING_ACTS:
        raise InputError("{act} is nothing that follows on a finding.", "Use one of {known}.", act=act, known=", ".join(FINDING_ACTS))
    day = _day(on)

    def build(state: State) -> Iterable[Draft]:
        row = state.patrol_findings.get(finding)
        if row is not None and day < row.FXRQ:
            raise RefusedError("{day} lies before the finding ({found}).", "Give a later day.", day=day, found=row.FXRQ)
        yield Draft(kinds.FINDING_ACT, (finding,), {"finding": finding, "act": act, "said": dict(said or {})}, day)

    return register.record(build, by=by, patches=[], rows=[finding])


def link_findings(register: Register, links: Sequence[Tuple[str, str]], *, linked: bool = True, by: Optional[str] = None) -> Recorded:
    """Findings and the patches that cover them: (finding, patch), as one action."""
    drafts = [Draft(kinds.FINDING_LINKED, (finding, patch), {"finding": finding, "patch": patch, "linked": linked})
              for finding, patch in links]
    return register.record(lambda state: drafts, by=by, patches=[patch for _finding, patch in links],
                           rows=[finding for finding, _patch in links])


# --- reading ------------------------------------------------------------------------------------------------------------

def patrols(register: Register, state: Optional[State] = None) -> List[Patrol]:
    """Every patrol that was not withdrawn, now or in a folded ``state``, by day and station."""
    rows = list((state or _own_rows(register)).patrols.values())
    return sorted((row for row in rows if not row.withdrawn), key=lambda row: (row.XCRQ, row.ZSDM, row.KSSJ or "", row.id))


def findings(register: Register, state: Optional[State] = None) -> List[PatrolFinding]:
    """Every finding, now or in a folded ``state``, by day."""
    return sorted((state or _own_rows(register)).patrol_findings.values(), key=lambda row: (row.FXRQ, row.id))


def _own_rows(register: Register) -> State:
    frames = [register.storage.frame(name) for name in ("patrol", "patrol_finding")]
    return register.storage.load_state(patches=[], rows=[key for frame in frames for key in frame["id"]])


def as_log(patrol: Patrol) -> PatrolLog:
    """A logged patrol as the count looks at it."""
    start, end = (None if text is None else time.fromisoformat(text) for text in (patrol.KSSJ, patrol.JSSJ))
    return PatrolLog(patrol.id, patrol.ZSDM, date.fromisoformat(patrol.XCRQ), start, end, frozenset(json.loads(patrol.XCRY)),
                     patrol.XCLX or "", bool(json.loads(patrol.tracks)))


def as_finding(row: PatrolFinding) -> Finding:
    """A finding as the law looks at it."""
    acts = tuple((done["act"], date.fromisoformat(done["on"])) for done in json.loads(row.doc))
    return Finding(row.id, row.ZSDM, date.fromisoformat(row.FXRQ), row.XZDM, row.lon, row.lat, row.ZDMJ, row.GDMJ, acts,
                   frozenset(json.loads(row.patches)), row.XMMC or "")


def station_table(register: Register, first: date, last: date, state: Optional[State] = None) -> List[StationMonth]:
    """Every station in every month from one day to another: required, valid, and why each other log does not count (R50)."""
    logs = [as_log(patrol) for patrol in patrols(register, state) if patrol.logged and first.isoformat() <= patrol.XCRQ <= last.isoformat()]
    stations = sorted({code for code in register.townships()["ZSDM"] if code})
    return station_months(logs, stations, months_between(first, last), choose_for_day(register, last))


def choose_for_day(register: Register, day: date) -> RulePack:
    """The rule pack that counts on a day."""
    return choose(packs(register), NEW, day)


def counted(register: Register, first: date, last: date, until: date, state: Optional[State] = None) -> Dict[str, Tuple[int, bool]]:
    """Valid patrols of each station from one day to another as far as ``until``, and whether every month that is over was met; empty
    where the office keeps no patrols."""
    last = min(until, last)
    if last < first or not any(patrol.logged for patrol in patrols(register, state)):
        return {}
    found: Dict[str, Tuple[int, bool]] = {}
    for one in station_table(register, first, last, state):
        valid, is_met = found.get(one.station, (0, True))
        is_over = last_day(one.year, one.month) <= until
        found[one.station] = (valid + one.valid, is_met and (one.is_met or not is_over))
    return found


def same_patrol(register: Register, log: Log) -> Optional[str]:
    """A logged patrol of the same station, day and start: the same row of a ledger brought in again."""
    day, start = _day(log.on), clock(log.start)
    return next((patrol.id for patrol in patrols(register) if patrol.logged and (patrol.ZSDM, patrol.XCRQ, patrol.KSSJ) == (
        log.station, day, start)), None)
