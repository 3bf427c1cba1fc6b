"""Patrols: planned, logged, their tracks, what they found, and how it meets the satellite's patches (domain.md §5, R50).

A log needs no track, and nothing is uploaded. Officers and builders stand apart as everywhere (:mod:`.parties`); a track's places are
never in an event: only its digest, length and times are.
"""
from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..errors import InputError, Message, RefusedError, UserError
from ..evidence.area import measure
from ..evidence.crs import Crs, transformer
from ..law.codes import shipped_codes
from ..law.rulepack import NEW, RulePack, choose
from ..law.indicators import PatrolFigures
from ..law.patrols import (
    ACT_OF_CODE, FILED, FINDING_ACTS, REMOVED, REPORTED, STOPPED, Finding, PatrolLog, StationMonth, last_day, months_between,
    station_months,
)
from . import kinds
from .events import Draft
from .parties import fit_to_keep, is_person, keeps_names, kept_apart, officers
from .personal import may_be_person
from .register import Recorded, Register, effective_on_text
from .proposing import packs
from .records import Township
from .state import Patrol, PatrolFinding, State, derived_id

GEOGRAPHIC = "EPSG:4326"
#: A place this near the county is a matter of how boundaries are drawn (no source; our choice).
_NEAR_COUNTY_M = 500.0
#: What a patrol may go to: a patch not settled, an open stop order, a closed case that could begin again, a part of a key area, a place.
TARGET_KINDS = ("patch", "stop_order", "rebound", "finding", "area", "place")
#: What people write of a patrol or a finding in their own words.
FREE_TEXTS = ("XCQY", "XCLX", "CLYJ", "XMMC", "SPQK", "BZ")
CORRECTABLE = ("ZSDM", "XZDM", "FXRQ", "lon", "lat", "JSDW", "XMMC", "DGSJ", "JSZT", "ZDMJ", "GDMJ", "SPQK", "CSM", "BZ")


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
class Target:
    """Where a patrol is to go: ``kind`` one of :data:`TARGET_KINDS`, ``key`` the id of what it is, ``name`` what people call it; degrees
    (WGS 84)."""

    kind: str
    key: str
    name: str
    lon: float
    lat: float
    why: str = ""


@dataclass(frozen=True)
class Seen:
    """What a patrol found: ``place`` longitude and latitude in degrees (WGS 84), areas in m², ``state`` XC_JSZT, ``handling`` XC_CS;
    ``outline`` WKB in the register's CRS, where somebody drew it; ``files`` photos and papers that the register keeps already.
    A township that is not said is the one that the place lies in, and so is a station."""

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
    outline: Optional[bytes] = None
    files: Tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptTrack:
    """What the register keeps of a track: metres and seconds walked (None without times), UTC text of its begin and end, the datum that
    a person or the file said, and the name of its file among the attachments (none where no personal data is kept)."""

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
    files: Tuple[str, ...] = ()

    def as_record(self) -> Dict[str, Any]:
        """For the event."""
        return dict(self.__dict__, files=list(self.files))


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

def plan_patrol(register: Register, log: Log, *, patrol: Optional[str] = None, targets: Sequence[Target] = (), by: Optional[str] = None,
                seen: Optional[Mapping[str, str]] = None) -> str:
    """Plan a patrol, or change one that is planned; its id. InputError for an unknown station."""
    key = patrol or str(uuid.uuid4())
    payload = {**_said(register, log, by), "patrol": key, "targets": [dict(one.__dict__) for one in targets]}
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
    drafts = [_logged(register, log, patrol, by) for log, patrol in logs]
    if drafts:
        register.record(lambda state: drafts, by=by, patches=[], rows=[draft.subjects[0] for draft in drafts], seen=seen)
    return [draft.subjects[0] for draft in drafts]


def take_logs(register: Register, logs: Sequence[Log], *, by: Optional[str] = None) -> List[Tuple[str, Optional[Message]]]:
    """A ledger's logs as one action: (id, None) of each that was taken; of one that the register has already ("", None); of one that
    cannot be taken ("", why)."""
    known = {(one.ZSDM, one.XCRQ, one.KSSJ) for one in patrols(register) if one.logged}
    drafts: List[Draft] = []
    outcomes: List[Tuple[str, Optional[Message]]] = []
    for log in logs:
        try:
            draft = _logged(register, log, None, by)
        except UserError as wrong:
            outcomes.append(("", wrong.message))
            continue
        key = tuple(draft.payload[name] for name in ("ZSDM", "XCRQ", "KSSJ"))
        outcomes.append(("" if key in known else draft.subjects[0], None))
        if key not in known:
            drafts.append(draft)
            known.add(key)
    if drafts:
        register.record(lambda state: drafts, by=by, patches=[], rows=[draft.subjects[0] for draft in drafts])
    return outcomes


def _logged(register: Register, log: Log, patrol: Optional[str], by: Optional[str]) -> Draft:
    payload = _said(register, log, by)
    if payload["XCRQ"] > date.today().isoformat():
        raise InputError("{day} is still to come; plan the patrol instead of logging it.", "Check the date.", day=payload["XCRQ"])
    if payload["KSSJ"] and payload["JSSJ"] and payload["JSSJ"] <= payload["KSSJ"]:
        raise InputError("The patrol of {day} ends at {end}, not after it begins at {start}.", "Check the times.", day=payload["XCRQ"],
                         start=payload["KSSJ"], end=payload["JSSJ"])
    key = patrol or str(uuid.uuid4())
    said = {**payload, "patrol": key, "SFWF": None if log.violation is None else int(log.violation)}
    return Draft(kinds.PATROL_LOGGED, (key,), said, payload["XCRQ"])


def refuse_unknown_station(register: Register, station: str) -> None:
    """InputError for a station that no township of the register belongs to."""
    stations = {town for town in register.townships()["ZSDM"] if town}
    if station not in stations:
        raise InputError("There is no station {station} in this register.", "Its stations are {known}.", station=station,
                         known=", ".join(sorted(stations)) or "-")


def _said(register: Register, log: Log, by: Optional[str]) -> Dict[str, Any]:
    refuse_unknown_station(register, log.station)
    names = [name.strip() for name in log.officers if name.strip()]
    said = {"ZSDM": log.station, "XCRQ": _day(log.on), "KSSJ": clock(log.start), "JSSJ": clock(log.end),
            "officers": officers(register, list(dict.fromkeys(names)), by=by), "XCQY": log.area, "XCLX": log.route,
            "CLYJ": log.handling, "BZ": log.remarks}
    return fit_to_keep(register, said, FREE_TEXTS)


def _day(text: str) -> str:
    day = effective_on_text(text)
    if day is None:
        raise InputError("A patrol needs its date.", "Write it as 2026-05-31.")
    return day


def withdraw_patrol(register: Register, patrol: str, *, reason: str, by: Optional[str] = None,
                    seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """A patrol that does not take place, or a log entered by mistake; it stays in the history. ``seen``: the last event of the patrol
    as the person had looked at it; StaleError when somebody changed it since."""
    if not reason.strip():
        raise InputError("Withdrawing a patrol needs a reason.", "Write for example: bad weather.")
    draft = Draft(kinds.PATROL_WITHDRAWN, (patrol,), {"patrol": patrol, "reason": reason.strip()})
    return register.record(lambda state: [draft], by=by, patches=[], rows=[patrol], seen=seen)


def add_track(register: Register, patrol: str, track: KeptTrack, *, by: Optional[str] = None) -> Recorded:
    """A track belongs to a patrol. RefusedError where the same file is with another patrol already."""
    other = next((one for one in patrols(register) if one.id != patrol and track.sha256 in one.tracks), None)
    if other is not None:
        raise RefusedError("The track {file} is with the patrol of {day} already.", "A track proves one patrol.", file=track.file,
                           day=other.XCRQ)
    draft = Draft(kinds.TRACK_ADDED, (patrol,), {"patrol": patrol, "track": track.as_record()})
    return register.record(lambda state: [draft], by=by, patches=[], rows=[patrol])


def mark_finding(register: Register, seen: Seen, *, patrol: Optional[str] = None, finding: Optional[str] = None,
                 by: Optional[str] = None) -> str:
    """What a patrol found; its id (``finding``: one that was given in the field). The builder, where a person, is kept apart; the
    handling code begins what follows.

    InputError for an unknown code, a place outside the county, a day to come.
    """
    key, day = finding or str(uuid.uuid4()), _day(seen.on)
    if day > date.today().isoformat():
        raise InputError("{day} is still to come.", "Give the day of the finding.", day=day)
    said = _finding_said(register, seen, by)
    shape = derived_id("outline", seen.outline.hex()) if seen.outline else None
    payload = {"finding": key, "patrol_id": patrol, "FXRQ": day, "shape_id": shape, "files": list(seen.files), **said}
    drafts = [Draft(kinds.FINDING_MARKED, (key, *([patrol] if patrol else [])), payload, day)]
    if seen.handling in ACT_OF_CODE:
        drafts.append(Draft(kinds.FINDING_ACT, (key,), {"finding": key, "act": ACT_OF_CODE[seen.handling], "said": {}}, day))
    register.record(lambda state: drafts, by=by, patches=[], rows=[key, *([patrol] if patrol else [])],
                    prepare=lambda: register.storage.add_shapes([(shape, seen.outline)]) if shape and seen.outline else None)
    return key


def _finding_said(register: Register, seen: Seen, by: Optional[str]) -> Dict[str, Any]:
    _refuse_unknown_codes(seen.state, seen.handling)
    lon, lat = seen.place or (_inside(register, seen.outline) if seen.outline else (None, None))
    town = township_at(register, lon, lat) if lon is not None and lat is not None else None
    builder = _builder(register, seen.builder, by)
    area = seen.area_m2
    if area is None and seen.outline:
        area = outline_area(register, seen.outline)
    said = {"ZSDM": seen.station or (town.station if town else ""), "XZDM": seen.township or (town.code if town else None), "lon": lon,
            "lat": lat, "JSDW": builder, "XMMC": seen.project, "DGSJ": seen.since, "JSZT": seen.state, "ZDMJ": area,
            "GDMJ": seen.cultivated_m2, "SPQK": seen.approval, "CSM": seen.handling, "BZ": seen.remarks}
    return fit_to_keep(register, said, FREE_TEXTS)


def _builder(register: Register, name: Optional[str], by: Optional[str]) -> Optional[str]:
    """The builder as an event may name it: a person is a token, and where no names are kept so is whoever is not surely a body."""
    is_one = is_person(name) if keeps_names(register) else may_be_person(name)
    return kept_apart(register, [name], by=by)[name] if name and is_one else name


def outline_area(register: Register, outline: bytes) -> float:
    """The area (m²) of an outline (WKB in the register's CRS), on the ellipsoid."""
    return round(float(measure(Crs.of(register.meta["crs"]))(np.array([shapely.from_wkb(outline)], dtype=object))[0]), 2)


def _refuse_unknown_codes(state: Optional[str], handling: Optional[str]) -> None:
    for name, value in (("XC_JSZT", state), ("XC_CS", handling)):
        if value and not shipped_codes().knows(name, value):
            raise InputError("{value} is no code of the list {name}.", "Its codes are {known}.", value=value, name=name,
                             known=", ".join(code.code for code in shipped_codes().codes(name)))


def _inside(register: Register, outline: bytes) -> Tuple[float, float]:
    point = shapely.point_on_surface(shapely.from_wkb(outline))
    (lon, lat), = in_degrees(register, [(point.x, point.y)])
    return lon, lat


def in_degrees(register: Register, places: Sequence[Tuple[float, float]]) -> List[Tuple[float, float]]:
    """Places in the register's CRS as longitude and latitude (WGS 84)."""
    turn = transformer(Crs.of(register.meta["crs"]), Crs.of(GEOGRAPHIC))
    xy = np.asarray(places, float).reshape(-1, 2)
    return [(float(x), float(y)) for x, y in (xy if turn is None else turn(xy))]


def township_at(register: Register, lon: float, lat: float) -> Optional[Township]:
    """The township that a place (degrees, WGS 84) lies in; None where the register has no outlines.

    InputError for a place that lies in none of them: nothing outside the county is its patrol's.
    """
    towns = [town for town in register.township_list() if town.wkb]
    if not towns:
        return None
    turn = transformer(Crs.of(GEOGRAPHIC), Crs.of(register.meta["crs"]))
    place = np.array([[lon, lat]], float)
    xy = (place if turn is None else turn(place))[0]
    shapes = shapely.from_wkb([town.wkb for town in towns])
    away = shapely.distance(shapes, shapely.Point(*xy)) if np.isfinite(xy).all() else np.array([np.inf])
    if not away.min() <= _NEAR_COUNTY_M * (1e-5 if Crs.of(register.meta["crs"]).is_geographic else 1.0):
        raise InputError("{lon}, {lat} lies outside the county.", "Check the place: longitude first, in degrees (WGS 84).",
                         lon=f"{lon:.5f}", lat=f"{lat:.5f}")
    return towns[int(away.argmin())]


def correct_finding(register: Register, finding: str, said: Mapping[str, Any], *, outline: Optional[bytes] = None,
                    files: Sequence[str] = (), by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """What was said of a finding wrongly or not yet, by its columns (XMMC, JSZT, ZDMJ …), or drawn anew (``outline``, WKB in the register's
    CRS: place and township follow); ``files`` are photos and papers that the register keeps already. InputError for a column that is none
    of a finding's, a code that is none, a place outside the county."""
    unknown = [name for name in said if name not in CORRECTABLE]
    if unknown:
        raise InputError("{name} is nothing that is corrected in a finding.", "Use one of {known}.", name=unknown[0],
                         known=", ".join(CORRECTABLE))
    values = fit_to_keep(register, said, FREE_TEXTS)
    _refuse_unknown_codes(values.get("JSZT"), values.get("CSM"))
    shape = derived_id("outline", outline.hex()) if outline else None
    if outline:
        values["lon"], values["lat"] = _inside(register, outline)
    if values.get("lon") is not None and values.get("lat") is not None:
        town = township_at(register, values["lon"], values["lat"])
        values.setdefault("XZDM", town.code if town else None)
    if values.get("JSDW"):
        values["JSDW"] = _builder(register, values["JSDW"], by)
    drawn = {} if shape is None else {"shape_id": shape}
    payload = {"finding": finding, "said": {**values, **drawn}, "files": list(files), **drawn}
    draft = Draft(kinds.FINDING_CORRECTED, (finding,), payload)
    return register.record(lambda state: [draft], by=by, patches=[], rows=[finding], seen=seen,
                           prepare=lambda: register.storage.add_shapes([(shape, outline)]) if shape and outline else None)


def act_on_finding(register: Register, finding: str, act: str, *, on: str, said: Optional[Mapping[str, Any]] = None,
                   by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """A stop order, that building stopped, a report, a case … InputError for an unknown act, or a day before the finding; ``seen`` as
    in :func:`withdraw_patrol`."""
    if act not in FINDING_ACTS:
        raise InputError("{act} is nothing that follows on a finding.", "Use one of {known}.", act=act, known=", ".join(FINDING_ACTS))
    day = _day(on)

    def build(state: State) -> Iterable[Draft]:
        row = state.patrol_findings.get(finding)
        if row is not None and day < row.FXRQ:
            raise RefusedError("{day} lies before the finding ({found}).", "Give a later day.", day=day, found=row.FXRQ)
        yield Draft(kinds.FINDING_ACT, (finding,), {"finding": finding, "act": act, "said": dict(said or {})}, day)

    return register.record(build, by=by, patches=[], rows=[finding], seen=seen)


def link_findings(register: Register, links: Sequence[Tuple[str, str]], *, linked: bool = True, by: Optional[str] = None,
                  seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """Findings and the patches that cover them: (finding, patch), as one action. ``seen`` as in :func:`withdraw_patrol`."""
    drafts = [Draft(kinds.FINDING_LINKED, (finding, patch), {"finding": finding, "patch": patch, "linked": linked})
              for finding, patch in links]
    return register.record(lambda state: drafts, by=by, patches=[patch for _finding, patch in links],
                           rows=[finding for finding, _patch in links], seen=seen)


# --- reading ------------------------------------------------------------------------------------------------------------

def patrols(register: Register, state: Optional[State] = None) -> List[Patrol]:
    """Every patrol that was not withdrawn, now or in a folded ``state``, by day and station."""
    rows = list((state or own_rows(register)).patrols.values())
    return sorted((row for row in rows if not row.withdrawn), key=lambda row: (row.XCRQ, row.ZSDM, row.KSSJ or "", row.id))


def findings(register: Register, state: Optional[State] = None) -> List[PatrolFinding]:
    """Every finding, now or in a folded ``state``, by day."""
    return sorted((state or own_rows(register)).patrol_findings.values(), key=lambda row: (row.FXRQ, row.id))


def own_rows(register: Register) -> State:
    """The stored state of every patrol and finding."""
    frames = [register.storage.frame(name) for name in ("patrol", "patrol_finding")]
    return register.storage.load_state(patches=[], rows=[key for frame in frames for key in frame["id"]])


def as_log(patrol: Patrol) -> PatrolLog:
    """A logged patrol as the count looks at it."""
    start, end = (None if text is None else time.fromisoformat(text) for text in (patrol.KSSJ, patrol.JSSJ))
    return PatrolLog(patrol.id, patrol.ZSDM, date.fromisoformat(patrol.XCRQ), start, end, frozenset(json.loads(patrol.XCRY)),
                     patrol.XCLX or "", bool(json.loads(patrol.tracks)), shipped_codes().knows("XC_QY", patrol.XCQY or ""))


def as_finding(row: PatrolFinding) -> Finding:
    """A finding as the law looks at it."""
    acts = tuple((done["act"], date.fromisoformat(done["on"])) for done in json.loads(row.doc))
    return Finding(row.id, row.ZSDM, date.fromisoformat(row.FXRQ), row.XZDM, row.lon, row.lat, row.ZDMJ, row.GDMJ, acts,
                   frozenset(json.loads(row.patches)), row.XMMC or "")


def station_table(register: Register, first: date, last: date, state: Optional[State] = None, *, until: Optional[date] = None
                  ) -> List[StationMonth]:
    """Every station in every month from one day to another, as far as ``until`` (today): required, valid, and why each other log does not
    count (R50). Weeks at both ends are looked at whole."""
    until = until or date.today()
    week = timedelta(days=6)
    end = max(last, min(until, last + week)) if last == last_day(last.year, last.month) else last
    begin = (first - week).isoformat()
    logs = [as_log(patrol) for patrol in patrols(register, state) if patrol.logged and begin <= patrol.XCRQ <= end.isoformat()]
    stations = sorted({code for code in register.townships()["ZSDM"] if code})
    return station_months(logs, stations, months_between(first, last), choose_for_day(register, last), min(until, end))


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
    for one in station_table(register, first, last, state, until=until):
        valid, is_met = found.get(one.station, (0, True))
        is_over = last_day(one.year, one.month) <= until
        found[one.station] = (valid + one.valid, is_met and (one.is_met or not is_over))
    return found


def county_patrols(register: Register, first: date, last: date, until: date, state: Optional[State] = None) -> Optional[PatrolFigures]:
    """The county's patrols from one day to another as far as ``until``; None where the office keeps none."""
    stations, last = counted(register, first, last, until, state), min(until, last)
    if not stations:
        return None
    logs = [row for row in patrols(register, state) if row.logged and first.isoformat() <= row.XCRQ <= last.isoformat()]
    found = [as_finding(row) for row in findings(register, state)]
    found = [one for one in found if first <= one.on <= last]
    done = [{act for act, on in one.acts if on <= until} for one in found]
    valid, met = (sum(one[at] for one in stations.values()) for at in (0, 1))
    return PatrolFigures(len(logs), valid, len(stations), met, len(found), sum(bool(acts & {STOPPED, REMOVED}) for acts in done),
                         sum(REPORTED in acts for acts in done), sum(FILED in acts for acts in done))


def keep_track_file(register: Register, file: Path, digest: str) -> Tuple[str, ...]:
    """Keep a track's own file (SHA-256 ``digest``) among the attachments; nothing where the register keeps no personal data, for a track
    says where persons were. InputError where it cannot be copied."""
    if not keeps_names(register):
        return ()
    try:
        return (register.attachments.keep(file, digest),)
    except OSError as error:
        raise InputError("{file} cannot be kept: {reason}", "Choose a file that can be read.", file=file.name,
                         reason=error.strerror or str(error)) from error
