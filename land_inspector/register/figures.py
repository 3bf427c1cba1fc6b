"""The figures a bureau answers for: township rows, county row and paragraph, from the register as of any moment and day.

One scope, one truth (domain.md §0.2 (11), (12)): table, paragraph, work lists and exports of a scope and a day are made from the same
frames. What is dated after the day does not count yet. A case stands where its land lies, whatever became of its parcels: pieces of a
cut stand for what they were cut from, and a patch that a re-issue no longer holds still has its case.
"""
from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Dict, List, Mapping, Optional, Sequence, Set, Tuple

import pandas as pd

from ..errors import InputError, Message, message
from ..law.case import Case
from ..law.indicators import CountyFigures, PatrolFigures, Period, county_figures, in_period, tally, year
from ..law.townships import Counted, TownshipRow, county_paragraph, county_row, scope_text, township_rows
from ..law.deadlines import Deadline, monthly_clearing
from ..law.differences import DifferenceReport, State as Figures, differences
from ..law.patrols import last_day
from ..law.rulepack import ALL, BATCH, MONTH, QUARTER, YEAR, RulePack
from ..law.remedies import Track
from ..law.state_frames import Place, cases_frame, cut_off_of, illegal_lands, remedies_frame, work_frame, year_frame
from ..progress import Progress
from . import patrolling, register_frames
from .events import collecting_paused
from .guards import day_ahead
from .register import Register, effective_on_text, known_at_text
from .proposing import choose_for, packs
from .settling import disputed_parcels
from .state import Batch, State

_LONG_AGO = date(1900, 1, 1)


@dataclass(frozen=True)
class Scope:
    """What is counted: a batch, or a period by the year, month or quarter of the batches; as known and in force when.

    Cases belong to the batch, month or quarter of their parcels. Those of a *year* are its cohort: the cases whose clue fell into it;
    beside them stands what happened in the year by its own date.
    """

    batch: Optional[str] = None
    year: Optional[int] = None
    month: Optional[int] = None
    quarter: Optional[int] = None
    known_at: Optional[str] = None
    effective_on: Optional[str] = None

    @property
    def kind(self) -> str:
        """One of :data:`land_inspector.law.rulepack.PERIODS`."""
        if self.batch is not None:
            return BATCH
        if self.year is None:
            return ALL
        return MONTH if self.month is not None else QUARTER if self.quarter is not None else YEAR


@dataclass(frozen=True)
class Frames:
    """The frames behind every figure of a scope, and the pack they are judged by; ``state`` has all batches, cases and remedies.

    ``covered`` are the parcels that any case covers, ``illegal`` those with remedies that are still judged illegal; ``cohort``
    and ``tracks`` the cases and remedies of the scope; ``all_cases`` and ``all_tracks`` those that the period is told from;
    ``cut_offs`` the last day of deduction of each parcel. Of ``disputed`` parcels copies say different things, and figures count the
    later act that can stand (:mod:`.settling`).
    """

    parcels: pd.DataFrame
    patches: pd.DataFrame
    townships: pd.DataFrame
    remedies: pd.DataFrame
    cases: pd.DataFrame
    pack: RulePack
    state: State
    until: date
    work: pd.DataFrame
    happened: pd.DataFrame
    scope: Scope
    period: Period
    covered: Set[str]
    illegal: Set[str]
    cohort: Sequence[Case]
    tracks: Sequence[Track]
    all_cases: Sequence[Case]
    all_tracks: Sequence[Track]
    patrols: Mapping[str, Tuple[int, bool]] = field(default_factory=dict)
    patrol_figures: Optional[PatrolFigures] = None
    cut_offs: Mapping[str, date] = field(default_factory=dict)
    disputed: int = 0

    @property
    def kind(self) -> str:
        """The kind of period that lines are drawn for: all batches of one year are that year, and so is the one batch of an old year."""
        years = set(self.patches["ND"].dropna().unique())
        if self.scope.kind == BATCH and len(self.patches) and self.patches["YF"].isna().all():
            return YEAR
        return YEAR if self.scope.kind == ALL and len(years) == 1 else self.scope.kind

    @property
    def clearing(self) -> Optional[Deadline]:
        """The monthly clearing of a scope that is one batch (R39); None where nobody said when it was issued."""
        batch = next((one for one in self.state.batches.values() if one.PCBH == self.scope.batch), None)
        if batch is None or not batch.XFRQ:
            return None
        return monthly_clearing(date.fromisoformat(batch.XFRQ), date.fromisoformat(batch.JZRQ) if batch.JZRQ else None, None, self.pack)

    @property
    def counted(self) -> Counted:
        """What the law room counts township rows from."""
        return Counted(self.remedies, self.cases, self.work, self.happened, self.scope.year, self.kind)


def today() -> date:
    """The day on which figures stand that name no day."""
    return date.today()


def state_on(register: Register, known_at: Optional[str], effective_on: Optional[str], progress: Optional[Progress] = None
             ) -> Optional[State]:
    """The state as known at a moment and effective on a day, by default today; None where what is stored says the same.

    What is dated after the day does not count: an older version may have recorded it (§0.2 (12)).
    """
    known, day = known_at_text(known_at), effective_on_text(effective_on)
    beyond = day_ahead(register.storage, today()) if day is None else None
    if known is None and day is None and beyond is None:
        return None
    return register.state(known, day or beyond, progress)


@collecting_paused()
def frames(register: Register, scope: Scope, progress: Optional[Progress] = None, counting: bool = False) -> Frames:
    """Frames of a scope. All are empty for a moment before the first batch; InputError while the register holds none at all.

    Of patches there may be no more than the columns that are counted; ``counting``: of parcels too, which takes a third of the time.
    """
    progress = progress or Progress()
    with register.storage.stoppable(progress):
        progress.step(0.0, message("Reading the register"))
        then = state_on(register, scope.known_at, scope.effective_on, progress.part(0.0, 0.3))
        if counting and then is None:
            rows, patches = register_frames.counted(register, scope.batch)
        else:
            rows = register_frames.every_parcel(register, scope.batch, then)
            progress.step(0.6)
            patches = (register_frames.counted_patches(register, scope.batch) if then is None
                       else register_frames.patches(register, scope.batch, then))
        parcels, patches = _within(register_frames.living(rows), scope), _within(patches, scope)
        progress.step(0.8)
        state = _pursued(register) if then is None else then
        known = _Packs(register, state, known_at_text(scope.known_at))
        townships = register.townships()
        disputed = disputed_parcels(register, known_at_text(scope.known_at))
    day = effective_on_text(scope.effective_on)
    until = date.fromisoformat(day) if day else today()
    land = _Land(register, rows, _within(rows, scope))
    chosen = _chosen(state, scope, land)
    lands = list(progress.watch(illegal_lands(parcels), 0.9, 1.0))
    made = _assembled(scope, until, parcels, patches, townships, state, known, land, chosen, lands)
    first, last = _patrolled(scope, patches, until)
    return replace(made, patrols=patrolling.counted(register, first, last, until, then),
                   disputed=int(parcels["parcel_id"].isin(disputed).sum()) if disputed else 0,
                   patrol_figures=patrolling.county_patrols(register, first, last, until, then))


def _patrolled(scope: Scope, patches: pd.DataFrame, until: date) -> Tuple[date, date]:
    """The months whose patrols stand beside the figures of a scope: its month, quarter or year; else the year of its newest patches."""
    if scope.year is not None:
        months = [scope.month] if scope.month else [3 * scope.quarter - 2, 3 * scope.quarter] if scope.quarter else [1, 12]
        return date(scope.year, months[0], 1), last_day(scope.year, months[-1])
    years = [int(value) for value in patches["ND"].dropna()] if len(patches) else []
    newest = max(years, default=until.year)
    return date(newest, 1, 1), date(newest, 12, 31)


@dataclass(frozen=True)
class _Chosen:
    """Cases and remedies of a scope (``cohort``, ``tracks``) among all that its rows know; their parcels are the present ones."""

    cases: List[Case]
    all_tracks: List[Track]
    cohort: List[Case]
    tracks: List[Track]


class _Land:
    """Where parcels lie, and what became of them; ``inside`` are those of the scope, retired and gone ones too."""

    def __init__(self, register: Register, rows: pd.DataFrame, chosen: pd.DataFrame):
        self.lineage = register_frames.Lineage(register, rows)
        self.places: Dict[str, Place] = dict(zip(rows["parcel_id"].tolist(), zip(rows["XZDM"].tolist(), rows["ZSDM"].tolist())))
        self.alive = set(rows["parcel_id"][(rows["retired"] == 0) & (rows["gone"] == 0)])
        self.inside = set(chosen["parcel_id"])

    def present(self, case: Case) -> Case:
        """The case over what its parcels are now; those of which nothing is left stay as they were."""
        now = [key for parcel in case.parcels for key in self.lineage.heirs(parcel) or [parcel]]
        return replace(case, parcels=tuple(dict.fromkeys(now)))

    def case_place(self, case: Case) -> Place:
        """Of a present case: where its first living parcel lies, else its first."""
        first = next((key for key in case.parcels if key in self.alive), case.parcels[0] if case.parcels else "")
        return self.places.get(first, (None, None))

    def place(self, parcel: str) -> Place:
        heirs = self.lineage.heirs(parcel)
        return self.places.get(heirs[0] if heirs else parcel, (None, None))


def _chosen(state: State, scope: Scope, land: _Land) -> _Chosen:
    known = [record.case for record in state.cases.values()]
    cases = [land.present(case) for case in known if any(key in land.places for key in case.parcels)]
    tracks = [record.track for record in state.remedies.values() if record.parcel_id in land.places]
    if scope.kind != YEAR:
        cohort = [case for case in cases if land.inside & set(case.parcels)]
        return _Chosen(cases, [track for track in tracks if track.parcel in land.inside], cohort,
                       [track for track in tracks if track.parcel in land.inside])
    found = year(scope.year or 0)
    cohort = [case for case in cases if found.holds(case.last_on("clue"))]
    ids = {case.id for case in cohort}
    return _Chosen(cases, tracks, cohort,
                   [track for track in tracks if (track.case in ids if track.case else track.parcel in land.inside)])


def _assembled(scope: Scope, until: date, parcels: pd.DataFrame, patches: pd.DataFrame, townships: pd.DataFrame, state: State,
               known: "_Packs", land: _Land, chosen: _Chosen, lands: List) -> Frames:
    pack, by_batch = known.of_scope(patches), known.by_code(parcels["PCBH"].unique())
    packs_of = dict(zip(parcels["parcel_id"], parcels["PCBH"].map(by_batch)))
    deadlines = {batch.PCBH: batch.KJRQ for batch in state.batches.values()}
    living = set(parcels["parcel_id"])
    on_land = [track for track in chosen.all_tracks if track.parcel in living]
    cut_offs = cut_off_of(parcels, deadlines, pack, by_batch)
    remedies = remedies_frame(lands, on_land, pack, cut_offs, packs_of)
    case_places = {case.id: land.case_place(case) for case in chosen.cases}
    places = {track.parcel: land.place(track.parcel) for track in chosen.all_tracks}
    period = _period(scope, until)
    told = chosen.cases if scope.kind == YEAR else chosen.cohort
    illegal = {track.parcel for track in chosen.all_tracks if _is_illegal(track.parcel, land, state)}
    outside = {case.id for case in chosen.cases} - {case.id for case in chosen.cohort}
    return Frames(
        parcels, patches, townships, remedies, cases_frame(chosen.cases, until, case_places, outside), pack, state, until,
        work_frame(chosen.tracks, places, illegal), year_frame(told, chosen.all_tracks, period, case_places, places), scope, period,
        {key for case in chosen.cases for key in case.parcels}, illegal, chosen.cohort, chosen.tracks, told, chosen.all_tracks,
        cut_offs=cut_offs)


def _is_illegal(parcel: str, land: _Land, state: State) -> bool:
    """Whether the parcel, or what it was split or merged to, is still judged illegal."""
    found = [state.parcels.get(key) for key in land.lineage.heirs(parcel) if key in land.alive]
    return any(one is not None and one.PDJL1 == "2" for one in found)


def _period(scope: Scope, until: date) -> Period:
    """The year of the scope as far as it has come; of other scopes all that is past."""
    if scope.kind != YEAR:
        return Period(_LONG_AGO, until)
    whole = year(scope.year or 0)
    return Period(whole.first, min(whole.last, until))


def _pursued(register: Register) -> State:
    """All batches, and of the rest what cases and remedies speak of: the figures of all others stand in the frames."""
    storage = register.storage
    named = {patch for text in storage.frame("case")["patches"] for patch in json.loads(text)}
    return storage.load_state(patches=sorted(named.union(storage.frame("remedy")["patch_id"])))


class _Packs:
    """The packs that a register had at a moment, and which of them each batch is judged by."""

    def __init__(self, register: Register, state: State, known_at: Optional[str]):
        self._register, self._packs = register, packs(register, known_at)
        self._batches: Dict[str, Batch] = {batch.PCBH: batch for batch in state.batches.values()}
        self._chosen: Dict[str, RulePack] = {}

    def by_code(self, codes: Sequence[str]) -> Mapping[str, RulePack]:
        for code in codes:
            if code in self._batches and code not in self._chosen:
                self._chosen[code] = choose_for(self._packs, self._batches[code])
        return self._chosen

    def of_scope(self, patches: pd.DataFrame) -> RulePack:
        """The pack of the newest batch: its lines are drawn, and its denominator mode holds for the whole scope."""
        named = [self._batches[code] for code in patches["PCBH"].unique() if code in self._batches] or list(self._batches.values())
        named = named or list(self._register.storage.load_state(patches=[]).batches.values())  # a moment before the first batch
        if not named:
            raise InputError("The register holds no batch yet.", "Import one first.")
        return choose_for(self._packs, max(named, key=lambda batch: (batch.XFRQ or "", batch.PCBH)))


def township_table(register: Register, scope: Scope, by: str = "XZDM") -> List[TownshipRow]:
    """One row a township (or a station with ``by`` ZSDM), then the county's; ratios with numerator and denominator."""
    return table_of(frames(register, scope, counting=True), register.meta["county_name"], by)


def table_of(found: Frames, county_name: str, by: str = "XZDM", rank_by: str = "r4") -> List[TownshipRow]:
    """The rows of :func:`township_table` from frames that are there already."""
    said = found.counted
    figures = tally(found.parcels, found.patches, found.pack, by, said.remedies, said.cases, said.work, said.happened)
    rows = township_rows(found.parcels, found.patches, found.townships, found.pack, by=by, counted=said, rank_by=rank_by,
                         patrols=found.patrols, figures=figures)
    county = county_row(found.parcels, found.patches, found.pack, name=county_name, counted=said, figures=figures)
    made = found.patrol_figures
    return [*rows, county if made is None else replace(county, patrols=(made.valid, made.met == made.stations))]


def paragraph(register: Register, scope: Scope) -> List[Message]:
    """The county's scope in words, each figure from the cases and remedies that the table counts. InputError where there is no batch."""
    found = frames(register, scope, counting=True)
    return [*county_paragraph(figures_of(found)), *in_dispute(found)]


def in_dispute(found: Frames) -> List[Message]:
    """How the figures count what is in dispute; nothing where nothing is."""
    return [message("Of {n} parcels copies of the register say different things; until somebody settles it, the later act that can stand "
                    "counts here.", n=found.disputed)] if found.disputed else []


def county_year(register: Register, scope: Scope) -> CountyFigures:
    """The figures behind :func:`paragraph`."""
    return figures_of(frames(register, scope, counting=True))


def figures_of(found: Frames) -> CountyFigures:
    """The figures of the paragraph from frames that are there already."""
    illegal = found.parcels[found.parcels["PDJL1"] == "2"]["parcel_id"]
    year_of = found.scope.year if found.scope.kind == YEAR else None
    made = county_figures(
        found.all_cases, found.all_tracks, found.period, int((~illegal.isin(found.covered)).sum()), cohort=found.cohort,
        until=found.until, year_of=year_of, illegal=found.illegal)
    return replace(made, patrols=found.patrol_figures)


def said_of(scope: Scope) -> Message:
    """The scope in words, as it stands above what is counted in it."""
    if scope.batch is not None:
        return message("batch {batch}", batch=scope.batch)
    if scope.year is None:
        return message("all batches")
    if scope.month is not None:
        return message("batches of {year}-{month}", year=scope.year, month=f"{scope.month:02d}")
    if scope.quarter is not None:
        return message("batches of the {quarter}. quarter of {year}", quarter=scope.quarter, year=scope.year)
    return message("the year {year}", year=scope.year)


def heading(scope: Scope) -> Message:
    """Scope, day and moment: they stand above every table, paragraph and list."""
    day = effective_on_text(scope.effective_on) or today().isoformat()
    return scope_text(said_of(scope), day, scope.known_at or None)


def headline(found: Frames) -> Message:
    """:func:`heading`, and how many parcels are in dispute and how they are counted, where any is."""
    said = heading(found.scope)
    return message("{said} · {disputed}", said=said, disputed=in_dispute(found)[0]) if found.disputed else said


def explain(register: Register, before: Scope, after: Scope, indicator: str, township: Optional[str] = None) -> DifferenceReport:
    """Why an indicator (r1 … r6) differs between two states, patch by patch."""
    old, new = frames(register, before), frames(register, after)
    return differences(Figures(old.parcels, old.remedies), Figures(new.parcels, new.remedies), indicator, new.pack, township)


def _within(frame: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    if scope.year is None or frame.empty:
        return frame
    return in_period(frame, scope.year, scope.month, scope.quarter)
