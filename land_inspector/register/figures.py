"""The figures a bureau answers for: township rows, county row and paragraph, from the register as of any moment and day."""
from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import List, Mapping, Optional

import pandas as pd

from ..errors import InputError, Message, message
from ..law.case_indicators import CountyFigures, county_figures, year
from ..law.county_paragraph import county_paragraph
from ..law.differences import DifferenceReport, State as Figures, differences
from ..law.indicators import in_period
from ..law.pack import RulePack
from ..law.state_frames import cases_frame, cut_off_of, illegal_lands, remedies_frame
from ..law.townships import TownshipRow, county_row, township_rows
from ..progress import Progress
from . import register_frames
from .register import Register, effective_on_text
from .rulepacks import pack_of
from .state import State


@dataclass(frozen=True)
class Scope:
    """What is counted: a batch, or a period by the year, month or quarter of the batches; as known and in force when."""

    batch: Optional[str] = None
    year: Optional[int] = None
    month: Optional[int] = None
    quarter: Optional[int] = None
    known_at: Optional[str] = None
    effective_on: Optional[str] = None


@dataclass(frozen=True)
class Frames:
    """The frames behind every figure of a scope, and the pack they are judged by; ``state`` has all batches, cases and remedies."""

    parcels: pd.DataFrame
    patches: pd.DataFrame
    townships: pd.DataFrame
    remedies: pd.DataFrame
    cases: pd.DataFrame
    pack: RulePack
    state: State
    until: date


def frames(register: Register, scope: Scope, progress: Optional[Progress] = None) -> Frames:
    """Frames of a scope. All are empty for a moment before the first batch; InputError while the register holds none at all."""
    progress = progress or Progress()
    with register.storage.stoppable(progress):
        progress.step(0.0, message("Reading the register"))
        then = register.state_then(scope.known_at, scope.effective_on, progress.part(0.0, 0.3))
        parcels = _within(register_frames.parcels(register, scope.batch, then), scope)
        progress.step(0.6)
        patches = _within(register_frames.patches(register, scope.batch, then), scope)
        progress.step(0.8)
        state = _pursued(register) if then is None else then
        pack = _pack(register, state, patches)
        townships = register.townships()
    day = effective_on_text(scope.effective_on)
    until = date.fromisoformat(day) if day else date.today()
    counted = set(parcels["parcel_id"])
    tracks = [record.track for record in state.remedies.values() if record.parcel_id in counted]
    cases = [record.case for record in state.cases.values()]
    deadlines = {batch.PCBH: batch.KJRQ for batch in state.batches.values()}
    lands = list(progress.watch(illegal_lands(parcels), 0.9, 1.0))
    return Frames(
        parcels, patches, townships, remedies_frame(lands, tracks, pack, cut_off_of(parcels, deadlines, pack)),
        cases_frame([case for case in cases if counted & set(case.parcels)], until), pack, state, until)


def _pursued(register: Register) -> State:
    """All batches, and of the rest what cases and remedies speak of: the figures of all others stand in the frames."""
    storage = register.storage
    named = {patch for text in storage.frame("case")["patches"] for patch in json.loads(text)}
    return storage.load_state(patches=sorted(named.union(storage.frame("remedy")["patch_id"])))


def township_table(register: Register, scope: Scope, by: str = "XZDM") -> List[TownshipRow]:
    """One row a township (or a station with ``by`` ZSDM), then the county's; ratios with numerator and denominator."""
    return table_of(frames(register, scope), register.meta["county_name"], by, scope.year)


def table_of(found: Frames, county_name: str, by: str = "XZDM", year_of: Optional[int] = None) -> List[TownshipRow]:
    """The rows of :func:`township_table` from frames that are there already; lines of one year only where ``year_of`` is that year."""
    rows = township_rows(found.parcels, found.patches, found.townships, found.pack, by=by, remedies=found.remedies,
                         cases=found.cases, year=year_of)
    county = county_row(found.parcels, found.patches, found.pack, name=county_name, remedies=found.remedies, cases=found.cases,
                        year=year_of)
    return [*rows, county]


def paragraph(register: Register, scope: Scope) -> List[Message]:
    """The county's year in words, each figure from its cases and remedies; ``scope.year`` by the day a case was found."""
    return county_paragraph(county_year(register, scope))


def county_year(register: Register, scope: Scope) -> CountyFigures:
    """The figures behind :func:`paragraph`."""
    if scope.year is None:
        raise InputError("A paragraph tells a year.", "Say which year.")
    found = frames(register, scope)
    cases = [record.case for record in found.state.cases.values()]
    covered = {parcel for case in cases for parcel in case.parcels}
    illegal = found.parcels[found.parcels["PDJL1"] == "2"]["parcel_id"]
    tracks = [record.track for record in found.state.remedies.values()]
    return county_figures(cases, tracks, year(scope.year), without_case=int((~illegal.isin(covered)).sum()))


def explain(register: Register, before: Scope, after: Scope, indicator: str, township: Optional[str] = None) -> DifferenceReport:
    """Why an indicator (r1 … r6) differs between two states, patch by patch."""
    old, new = frames(register, before), frames(register, after)
    return differences(Figures(old.parcels, old.remedies), Figures(new.parcels, new.remedies), indicator, new.pack, township)


def _within(frame: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    if scope.year is None or frame.empty:
        return frame
    return in_period(frame, scope.year, scope.month, scope.quarter)


def _pack(register: Register, state: State, patches: pd.DataFrame) -> RulePack:
    batches: Mapping[str, object] = {batch.PCBH: batch for batch in state.batches.values()}
    named = [batches[code] for code in patches["PCBH"].unique() if code in batches] or list(batches.values())
    named = named or list(register.storage.load_state(patches=[]).batches.values())  # a moment before the first batch
    if not named:
        raise InputError("The register holds no batch yet.", "Import one first.")
    newest = max(named, key=lambda batch: (batch.XFRQ or "", batch.PCBH))
    return pack_of(register, newest)
