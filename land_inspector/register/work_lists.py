"""The work lists of a register: read once beside the window, brought up to date by the patches that an act touched."""
from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import pandas as pd

from ..errors import message
from ..law.case import Case
from ..law.rulepack import RulePack
from ..law.patrols import finding_entries, short_entries
from ..law.rectification import IllegalLand, rectification_by
from ..law.remedies import Track
from ..law.work_lists import AGAIN, Entry, Place, SUPERVISED, Subject, WorkTable, entries_of
from ..progress import Progress
from . import kinds, patrolling, register_frames
from .guards import day_ahead
from .event_log import newest_event
from .rebound import plain_rows, returns_among
from .register import Register
from .proposing import pack_of
from .state import Batch, State
from .pursuing import Supervision, supervisions

_ILLEGAL = "2"
#: Above this many touched patches, reading everything anew is quicker.
MOST_UPDATED = 2000
#: Area and cultivated area, m².
Land = Tuple[float, float]
Found = Tuple[List[Entry], Dict[str, Place], Dict[str, Land]]


@dataclass(frozen=True)
class Pursuit:
    """What is open in a register as of ``day`` (None: as recorded so far).

    ``entries`` and ``places`` go by parcel; ``unrectified`` is the illegal land that does not count as rectified (R40);
    ``people`` are names by id, ``townships`` (name, station) by code.
    """

    day: Optional[date]
    entries: Mapping[str, Sequence[Entry]]
    places: Mapping[str, Place]
    unrectified: Mapping[str, Land]
    supervisions: Sequence[Supervision]
    people: Mapping[str, str]
    townships: Mapping[str, Tuple[str, str]]
    table: WorkTable
    patrols: Sequence[Tuple[Entry, Place]] = ()
    again: Sequence[Tuple[Entry, Place]] = ()


def read_pursuit(register: Register, day: Optional[date] = None, progress: Optional[Progress] = None) -> Pursuit:
    """Everything that is open now, or as of a past day by a fold of the events (some seconds for a county)."""
    progress = progress or Progress()
    progress.step(0.0, message("Reading cases and remedies"))
    on = day.isoformat() if day else day_ahead(register.storage)
    again: List[Tuple[Entry, Place]] = []
    if on is None:
        whole = register.storage.frame("parcel")
        frame = _illegal(whole)
        progress.step(0.2)
        state = register.storage.load_state(patches=frame["patch_id"].unique().tolist())
        again = _again(register, whole, state, progress.part(0.3, 0.4))
    else:
        state = register.state(None, on)
        progress.step(0.2)
        frame = _illegal(register_frames.parcels_of(register, state))
    progress.step(0.4)
    entries, places, open_land = _found(register, frame, state, progress.part(0.4, 0.9))
    named = {row.XZDM: (row.XZMC or row.XZDM, row.ZSDM or "") for row in register.townships().itertuples()}
    return _assembled(Pursuit(day, _by_parcel(entries), places, open_land, supervisions(register, None, on), _names(register), named,
                              WorkTable([], {}), _of_patrols(register, day or date.today(), None if on is None else state), again))


def updated_pursuit(register: Register, before: Pursuit, patches: Iterable[str]) -> Pursuit:
    """``before`` with these patches, and those tied to them by a case, read anew. Only where ``before`` is of no past day."""
    if day_ahead(register.storage) is not None:
        return read_pursuit(register)
    state = _with_ties(register, list(patches))
    frame = _illegal(register.storage.frame("parcel", ids=list(state.parcels)))
    entries, places, open_land = _found(register, frame, state, Progress())
    stays = {key for key, place in before.places.items() if place.patch_id not in state.patches}
    return _assembled(replace(
        before, entries={**_only(before.entries, stays), **_by_parcel(entries)}, places={**_only(before.places, stays), **places},
        unrectified={**_only(before.unrectified, stays), **open_land}, supervisions=supervisions(register), people=_names(register),
        patrols=_of_patrols(register, date.today(), None), again=_still_again(before, state)))


def touched_since(register: Register, number: int) -> Optional[List[str]]:
    """Patches that events after the one of this number concern; None where that are too many to read one by one."""
    newer = range(number + 1, newest_event(register) + 1)
    if len(newer) > MOST_UPDATED:
        return None
    events = register.storage.frame("event", ids=map(str, newer))
    told = events[~events["kind"].isin((kinds.BATCH_FROZEN, kinds.BATCH_UNFROZEN))]["subjects"]
    patches = register.storage.patches_of(subject for text in told for subject in json.loads(text))
    return patches if len(patches) <= MOST_UPDATED else None


def _with_ties(register: Register, patches: List[str]) -> State:
    """Stored state of the patches and of all that a case ties to them."""
    while True:
        state = register.storage.load_state(patches=patches)
        tied = {key for record in state.cases.values() for key in json.loads(record.patches)} - set(patches)
        if not tied:
            return state
        patches = [*patches, *sorted(tied)]


def _only(mapping: Mapping[str, Any], keys: Iterable[str]) -> Dict[str, Any]:
    return {key: mapping[key] for key in keys if key in mapping}


def _names(register: Register) -> Dict[str, str]:
    return {key: name for key, (name, _salt) in register.storage.people().items()}


def _by_parcel(entries: Iterable[Entry]) -> Dict[str, List[Entry]]:
    found: Dict[str, List[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.parcel, []).append(entry)
    return found


# --- from the register's records to those of the law ----------------------------------------------------------------------


def _illegal(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["PDJL1"].eq(_ILLEGAL) & frame["retired"].eq(0)]


def _found(register: Register, frame: pd.DataFrame, state: State, progress: Progress) -> Found:
    """Entries, places and open land of these illegal parcels. One gone at a re-issue counts only while its case is open."""
    kept = frame[frame["gone"].eq(0) | frame["parcel_id"].map(lambda key: state.open_case_of(key) is not None)]
    packs, cases = _Packs(register), _present(register, state)
    tracks = [record.track for record in state.remedies.values()]
    officers = _officers(cases)
    subjects, places = [], {}
    for row in kept.to_dict("records"):
        batch = state.batches[row["batch_id"]]
        subjects.append(_subject(row, batch, packs.of(batch)))
        places[row["parcel_id"]] = _place(row, officers.get(row["parcel_id"], ""))
    return entries_of(subjects, cases, tracks, progress), places, _unrectified(subjects, tracks)


def _present(register: Register, state: State) -> List[Case]:
    """The cases over what their parcels are now, as in the figures: an ended case covers the pieces of what it was about."""
    rows = pd.DataFrame([(one.id, one.parent_id, one.retired) for one in state.parcels.values()],
                        columns=["parcel_id", "parent_id", "retired"], dtype=object)
    lineage = register_frames.Lineage(register, rows)
    found = []
    for record in state.cases.values():
        case = record.case
        now = [key for parcel in case.parcels for key in lineage.heirs(parcel) or [parcel]]
        found.append(case if tuple(now) == case.parcels else replace(case, parcels=tuple(dict.fromkeys(now))))
    return found


class _Packs:
    """The rule pack of each batch, chosen once."""

    def __init__(self, register: Register):
        self._register = register
        self._known: Dict[str, RulePack] = {}

    def of(self, batch: Batch) -> RulePack:
        if batch.id not in self._known:
            self._known[batch.id] = pack_of(self._register, batch)
        return self._known[batch.id]


def _officers(cases: Iterable[Case]) -> Dict[str, str]:
    """Who has a parcel's case in hand: the first officer named when it was filed, of an open case before an ended one."""
    found: Dict[str, str] = {}
    for case in sorted(cases, key=lambda one: one.is_open):
        named = case.last("file") or case.last("site_check")
        officers = named.particulars.get("officers") if named else None
        if officers:
            found.update(dict.fromkeys(case.parcels, str(officers[0])))
    return found


def _subject(row: Mapping[str, Any], batch: Batch, pack: RulePack) -> Subject:
    """As in the figures: where WFMJ or WFGD is blank the whole parcel counts; no KJRQ means the pack's day of the year after."""
    land = IllegalLand(row["parcel_id"], _first(row, "WFMJ", "DKMJ") or 0.0, _first(row, "WFGD", "GDMJ", "measured_GDMJ") or 0.0)
    cut_off = date.fromisoformat(batch.KJRQ or f"{int(batch.ND) + 1}-{pack.parameters.deduction_cutoff}")
    return Subject(land, pack, cut_off, _first(row, "FHGHMJ", "measured_FHGHMJ"), _first(row, "BFHGHMJ", "measured_BFHGHMJ"))


def _place(row: Mapping[str, Any], officer: str) -> Place:
    """The person that the parcel was given to has it in hand, before the officer of its case."""
    return Place(row["DKBH"], row["JCBH"], row["patch_id"], row["PCBH"], row["XZDM"] or "", row["XZMC"] or row["XZDM"] or "",
                 row["ZSDM"] or "", row["assigned_to"] or officer, row["shape_id"])


def _first(row: Mapping[str, Any], *names: str) -> Optional[float]:
    return next((float(row[name]) for name in names if row.get(name) is not None and row[name] == row[name]), None)


def _unrectified(subjects: Iterable[Subject], tracks: Iterable[Track]) -> Dict[str, Land]:
    of_parcel: Dict[str, List[Track]] = {}
    for track in tracks:
        of_parcel.setdefault(track.parcel, []).append(track)
    states = (rectification_by(subject.land, of_parcel.get(subject.land.parcel, []), subject.pack) for subject in subjects)
    return {state.parcel: (state.illegal_m2, state.cultivated_m2) for state in states if not state.is_rectified}


# --- supervision ------------------------------------------------------------------------------------------------------------


def _assembled(pursuit: Pursuit) -> Pursuit:
    """With the columns of everything, supervised townships among them."""
    watched = [*_watched(pursuit), *pursuit.patrols, *pursuit.again]
    entries = [entry for found in pursuit.entries.values() for entry in found] + [entry for entry, _place in watched]
    return replace(pursuit, table=WorkTable(entries, {**{entry.parcel: place for entry, place in watched}, **pursuit.places}))


def _again(register: Register, parcels: pd.DataFrame, state: State, progress: Progress) -> List[Tuple[Entry, Place]]:
    """Newer parcels, not judged or illegal, over land that had been set right; one line for each pair."""
    living = parcels[parcels["retired"].eq(0) & parcels["gone"].eq(0)]
    rows = {row["parcel_id"]: row for row in plain_rows(living)}
    made = []
    for one in returns_among(register, list(rows.values()), state, progress=progress):
        row = rows[one.parcel_id]
        if (row["PDJL1"] or "0") in ("0", _ILLEGAL):
            what = message("{old} was set right there", old=f"{one.old_batch} {one.old_number}") if one.days is None else message(
                "{old} was set right there, {n} days before", old=f"{one.old_batch} {one.old_number}", n=one.days)
            made.append((Entry(AGAIN, one.parcel_id, what, one.settlement.order, one.overlap_m2, 0.0), _place(row, "")))
    return made


def _still_again(before: Pursuit, state: State) -> List[Tuple[Entry, Place]]:
    """Those of before whose newer parcel was not judged to be anything else meanwhile; new ones come with the next reading of all."""
    parcels = state.parcels
    return [(entry, place) for entry, place in before.again
            if entry.parcel not in parcels or (parcels[entry.parcel].PDJL1 or "0") in ("0", _ILLEGAL)]


def _of_patrols(register: Register, day: date, then: Optional[State]) -> List[Tuple[Entry, Place]]:
    """What patrols and their findings ask for on a day; nothing where the office keeps no patrols."""
    found = [patrolling.as_finding(row) for row in patrolling.findings(register, then)]
    towns = {town.XZDM: (town.XZMC or town.XZDM, town.ZSDM or "") for town in register.townships().itertuples()}
    pack = patrolling.choose_for_day(register, day)
    stations = {one.id: one for one in found}
    made = []
    for entry in finding_entries(found, pack, day):
        one = stations[entry.parcel.partition("/")[2]]
        name, station = towns.get(one.township or "", ("", ""))
        made.append((entry, Place(one.project or one.on.isoformat(), "", "", "", one.township or "", name, one.station or station)))
    if any(one.planned or one.logged for one in patrolling.patrols(register, then)):
        months = patrolling.station_table(register, day.replace(day=1), day, then, until=day)
        made += [(entry, Place("", "", "", "", "", "", entry.parcel.partition("/")[2])) for entry in short_entries(months, day)]
    return made


def _watched(pursuit: Pursuit) -> Iterable[Tuple[Entry, Place]]:
    """One line for each supervised township, with the land that is still open in it."""
    by_township: Dict[str, List[str]] = {}
    for key in pursuit.unrectified:
        by_township.setdefault(pursuit.places[key].township, []).append(key)
    for one in pursuit.supervisions:
        if one.ended_on is None:
            for code in one.townships or pursuit.townships:
                yield _watch(pursuit, one, code, by_township.get(code, []))


def _watch(pursuit: Pursuit, one: Supervision, code: str, parcels: Sequence[str]) -> Tuple[Entry, Place]:
    land = [pursuit.unrectified[key] for key in parcels]
    name, station = pursuit.townships.get(code, (code, ""))
    key = f"{one.id} {code}"
    what = message("{n} parcels not rectified", n=len(parcels)) if parcels else message("nothing open")
    entry = Entry(SUPERVISED, key, what, "", math.fsum(m2 for m2, _ in land), math.fsum(m2 for _, m2 in land), one.until,
                  parcels=tuple(parcels), supervision=one.id)
    return entry, Place("", "", "", "", code, name, station, one.person)
