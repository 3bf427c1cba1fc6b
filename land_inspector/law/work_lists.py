"""Work lists over all parcels: what is overdue, soon due, waiting, late or in conflict on a day, where, and how much of it.

A :class:`WorkTable` holds what :func:`entries_of` found as columns; a list of a day is a choice of its rows, without a loop
over the register. Days are calendar days, areas m², money fen.
"""
from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import DefaultDict, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ..errors import Message, message
from ..progress import Progress
from . import remedies as remedy_terms
from .acts import ACTS, DECIDED_BY_COURT, STAGE_LABELS
from .case import Case, Item
from .case_deadlines import deadlines_of
from .deadlines import DUTY, Deadline
from .penalties import FineStanding, Payment, fine_standing
from .rectification import IllegalLand, is_too_late, land_tracks, plan_conflict, rectification_by
from .remedies import HANDED_IN, NOT_REPORTED, RETURNED, Track, label, standing
from .rulepack import RulePack


# What is open on each illegal parcel: duties with their last day, fines, work not accepted, land without a case.
#
# Everything here is worked out once from cases and remedies; which of it belongs on a list of a certain day is
# :mod:`.work_lists`'. Areas in m², money in fen.

# what an entry is; the lists of a day are chosen among them
TERM, COURT, FINE, UNACCEPTED, TOO_LATE, UNFILED, PLAN, SUPERVISED = (
    "term", "court", "fine", "unaccepted", "too_late", "unfiled", "plan", "supervised")
#: Of patrols: they speak of a finding or of a station, of no parcel.
SHORT, UNSTOPPED, UNREPORTED, FOUND_UNFILED = "short", "not_stopped", "not_reported", "not_filed"
#: A newer patch over land that had been set right; it speaks of the newer parcel.
AGAIN = "again"
OF_PATROLS = (SHORT, UNSTOPPED, UNREPORTED, FOUND_UNFILED)
BEFORE_COURT = ("applied", "accepted", "suspended")
ACCEPTANCE_WORDS: Dict[str, Message] = {
    NOT_REPORTED: message("done, acceptance not applied for"), HANDED_IN: message("done, handed in for acceptance"),
    RETURNED: message("done, acceptance refused")}
_EARLIER_PART = message("done since the last acceptance")


@dataclass(frozen=True)
class Subject:
    """An illegal parcel with what the lists ask of it. ``cut_off`` is the last day of an acceptance that is deducted (KJRQ);
    ``conforming_m2`` and ``contrary_m2`` are FHGHMJ and BFHGHMJ, None where nobody measured."""

    land: IllegalLand
    pack: RulePack
    cut_off: Optional[date] = None
    conforming_m2: Optional[float] = None
    contrary_m2: Optional[float] = None


@dataclass(frozen=True)
class OpenFine:
    """A fine that is not settled. Without ``due_on`` (a remedy outside any case) no surcharge can be told."""

    decided_fen: int
    due_on: Optional[date]
    payments: Tuple[Payment, ...] = ()
    pauses: Tuple[Tuple[date, date], ...] = ()
    daily_share: float = 0.0
    parts: Tuple[Tuple[date, int], ...] = ()

    def standing(self, day: date) -> FineStanding:
        """As of a day, with the surcharge of that day (行政处罚法 Art. 72, 73)."""
        if self.due_on is None:
            return FineStanding(self.decided_fen, sum(payment.fen for payment in self.payments if payment.on <= day), 0, 0)
        return fine_standing(self.decided_fen, self.due_on, self.payments, day, self.daily_share, self.pauses, self.parts)


@dataclass(frozen=True)
class Entry:
    """One thing that is open on one parcel. ``land_m2`` and ``cultivated_m2`` are the land it concerns; ``acts`` the acts that
    settle it, ``remedies`` the tracks that one acceptance would cover. ``parcels`` are those to look at, if not ``parcel``; ``term``
    is the pack's code of a duty."""

    sort: str
    parcel: str
    what: Message
    ground: str
    land_m2: float
    cultivated_m2: float
    due_on: Optional[date] = None
    provisional: bool = False
    case: Optional[str] = None
    item: Optional[str] = None
    acts: Tuple[str, ...] = ()
    remedies: Tuple[str, ...] = ()
    fine: Optional[OpenFine] = None
    parcels: Tuple[str, ...] = ()
    supervision: Optional[str] = None
    term: Optional[str] = None

    @property
    def shown(self) -> Tuple[str, ...]:
        """The parcels that the map goes to."""
        return self.parcels if self.sort == SUPERVISED or self.sort in OF_PATROLS else (self.parcel,)


def entries_of(subjects: Iterable[Subject], cases: Sequence[Case], tracks: Iterable[Track],
               progress: Optional[Progress] = None) -> List[Entry]:
    """All that is open on these parcels. A case over several of them stands on each; its money stands once.

    ``cases`` and ``tracks`` may name parcels that are not among the subjects: those say nothing.
    """
    known = {subject.land.parcel: subject for subject in subjects}
    of_parcel: DefaultDict[str, List[Track]] = defaultdict(list)
    for track in standing(tracks):
        of_parcel[track.parcel].append(track)
    cases_of: DefaultDict[str, List[Case]] = defaultdict(list)
    found: List[Entry] = []
    for case in (progress or Progress()).watch(cases):
        for parcel in case.parcels:
            cases_of[parcel].append(case)
        if case.is_open:
            found += _of_case(case, [known[key] for key in case.parcels if key in known], of_parcel)
    for key, subject in known.items():
        found += _of_parcel(subject, cases_of[key], of_parcel[key])
    return found


# --- what a case owes ---------------------------------------------------------------------------------------------------


def _of_case(case: Case, subjects: Sequence[Subject], of_parcel: Mapping[str, List[Track]]) -> List[Entry]:
    if not subjects:
        return []
    tracks = [track for key in case.parcels for track in of_parcel.get(key, ())]
    due = [one for one in deadlines_of(case, subjects[0].pack, tracks) if one.role == DUTY and one.met_on is None]
    kinds = {item.id: label(item.kind) for item in case.items}
    found = [_term(subject, case, one, kinds) for one in due for subject in subjects]
    found += [_before_court(subject, case, item, due) for item in case.items if item.stage in BEFORE_COURT for subject in subjects]
    return found + [entry for item in case.items if item.kind == "fine" for entry in _fines(case, item, subjects, tracks)]


def _term(subject: Subject, case: Case, due: Deadline, kinds: Mapping[str, Message]) -> Entry:
    name = Message(due.name.en)
    what = name if due.item is None else message("{kind}: {what}", kind=kinds[due.item], what=name)
    made = _entry(TERM, subject, what, due.ground, due_on=due.due_on, provisional=due.provisional, case=case.id, item=due.item,
                  acts=due.acts)
    return replace(made, term=due.code)


def _before_court(subject: Subject, case: Case, item: Item, due: Sequence[Deadline]) -> Entry:
    """What the court has to do next, by when the law wants it (行政强制法 Art. 56–58)."""
    awaited = min((one for one in due if one.item == item.id and one.code in ("court_acceptance", "court_ruling")),
                  key=lambda one: one.due_on, default=None)
    what = message("{kind}: {what}", kind=label(item.kind), what=STAGE_LABELS[item.stage])
    acts = ("resume_court",) if item.stage == "suspended" else ("court_acceptance", "court_ruling")
    return _entry(COURT, subject, what, awaited.ground if awaited else ACTS[acts[0]].ground, case=case.id, item=item.id, acts=acts,
                  due_on=awaited.due_on if awaited else None, provisional=bool(awaited and awaited.provisional))


def _fines(case: Case, item: Item, subjects: Sequence[Subject], tracks: Sequence[Track]) -> List[Entry]:
    """One entry for each parcel's own part of the fine; the whole of it on the first parcel where none was recorded."""
    due = remedy_terms.performance_end(case, item, subjects[0].pack)
    if due is None or item.stage in (*DECIDED_BY_COURT, "done"):
        return []
    by_parcel = {subject.land.parcel: subject for subject in subjects}
    own = [track for track in tracks if track.kind == "fine" and track.case == case.id and track.item in (item.id, None)]
    pauses, share = tuple(remedy_terms.review_pauses(case, item)), subjects[0].pack.parameters.surcharge_daily_share
    schedule, whole = remedy_terms.parts_of(case, item), item.amount.fen or 0
    parts = [(by_parcel[track.parcel], track.ordered.fen or 0, _payments(track)) for track in own if track.parcel in by_parcel]
    parts = parts or ([] if own else [(subjects[0], item.amount.fen or 0, ())])
    return [_entry(FINE, subject, label("fine"), "行政处罚法 Art. 67, 72", due_on=due.day, provisional=due.provisional, case=case.id,
                   item=item.id, acts=("perform",), fine=OpenFine(fen, due.day, payments, pauses, share, schedule if fen == whole else ()))
            for subject, fen, payments in parts]


def _payments(track: Track) -> Tuple[Payment, ...]:
    return tuple(Payment(step.on, step.amount.fen or 0) for step in track.steps)


# --- what a parcel's land owes --------------------------------------------------------------------------------------------


def _of_parcel(subject: Subject, cases: Sequence[Case], tracks: Sequence[Track]) -> List[Entry]:
    found = [_unaccepted(subject, tracks), _too_late(subject, tracks), _unfiled(subject, cases), _plan(subject, cases, tracks)]
    found += [_entry(FINE, subject, label("fine"), "行政处罚法 Art. 67", remedies=(track.id,),
                     fine=OpenFine(track.ordered.fen or 0, None, _payments(track)))
              for track in tracks if track.kind == "fine" and track.case is None]
    return [entry for entry in found if entry is not None]


def _unaccepted(subject: Subject, tracks: Sequence[Track]) -> Optional[Entry]:
    """Land remedies that are carried out and not (wholly) accepted: they do not count as rectified (R40)."""
    waiting = [track for track in land_tracks(tracks) if track.is_done and not track.is_complete]
    if not waiting:
        return None
    state = rectification_by(subject.land, tracks, subject.pack)
    said = [message("{kind}: {what}", kind=label(track.kind), what=ACCEPTANCE_WORDS.get(track.acceptance.status, _EARLIER_PART))
            for track in waiting]
    return _entry(UNACCEPTED, subject, joined(said), "R40", land_m2=state.pending_m2, cultivated_m2=state.pending_cultivated_m2,
                  due_on=subject.cut_off, case=next((track.case for track in waiting if track.case), None),
                  remedies=tuple(track.id for track in waiting))


def _too_late(subject: Subject, tracks: Sequence[Track]) -> Optional[Entry]:
    if not is_too_late(subject.land, tracks, subject.cut_off, subject.pack):
        return None
    on = rectification_by(subject.land, tracks, subject.pack).rectified_on
    return _entry(TOO_LATE, subject, message("Accepted on {day}", day=on.isoformat()), "R41", due_on=subject.cut_off)


def _unfiled(subject: Subject, cases: Sequence[Case]) -> Optional[Entry]:
    """No case was filed, and none was ended by a reasoned decision not to (行政处罚法 Art. 54)."""
    if any(case.last("file") is not None or not case.is_open for case in cases):
        return None
    if not cases:
        return _entry(UNFILED, subject, message("No case opened"), "行政处罚法 Art. 54")
    due = min((one for one in deadlines_of(cases[0], subject.pack) if one.code == "filing" and one.met_on is None),
              key=lambda one: one.due_on, default=None)
    return _entry(UNFILED, subject, message("Case opened, not filed"), "行政处罚法 Art. 54", case=cases[0].id, acts=("file", "not_file"),
                  due_on=due.due_on if due else None, provisional=bool(due and due.provisional))


def _plan(subject: Subject, cases: Sequence[Case], tracks: Sequence[Track]) -> Optional[Entry]:
    decided = [item.kind for case in cases if case.is_open for item in case.items if item.stage != "revoked"]
    conflict = plan_conflict(subject.conforming_m2, subject.contrary_m2, [*decided, *(track.kind for track in tracks)])
    if conflict is None:
        return None
    return _entry(PLAN, subject, conflict, "土地管理法 Art. 77; R46", case=next((case.id for case in cases if case.is_open), None))


def _entry(sort: str, subject: Subject, what: Message, ground: str, *, land_m2: Optional[float] = None,
           cultivated_m2: Optional[float] = None, due_on: Optional[date] = None, provisional: bool = False,
           case: Optional[str] = None, item: Optional[str] = None, acts: Tuple[str, ...] = (), remedies: Tuple[str, ...] = (),
           fine: Optional[OpenFine] = None) -> Entry:
    land = subject.land
    return Entry(sort, land.parcel, what, ground, land.illegal_m2 if land_m2 is None else land_m2,
                 land.cultivated_m2 if cultivated_m2 is None else cultivated_m2, due_on, provisional, case, item, acts, remedies, fine)


def joined(texts: Sequence[Message]) -> Message:
    """Several texts as one, in the reader's language."""
    return reduce(lambda one, two: message("{one}; {two}", one=one, two=two), texts)


OVERDUE, DUE = "overdue", "due"
DEFAULT_WITHIN_DAYS = 12
_NO_DAY = np.iinfo(np.int32).max


@dataclass(frozen=True)
class ListKind:
    """A work list: what it is called, which entries it is chosen from, and the law it rests on."""

    code: str
    title: Message
    law: Message
    sort: str


_KINDS = (
    ListKind(OVERDUE, message("Overdue"), message(
        "Duties whose last day has passed (R49): site check, filing (行政处罚法 Art. 54), decision within 90 days (Art. 60), service "
        "(Art. 61), carrying out (Art. 66, 67), application to the court within three months (行政强制法 Art. 53) and the court's own terms."),
        TERM),
    ListKind(DUE, message("Due soon"), message(
        "Duties whose last day is today or lies within the chosen number of days. Terms of up to ten days count working days "
        "(行政处罚法 Art. 85, 行政强制法 Art. 69); a day that depends on holidays not yet announced is provisional."), TERM),
    ListKind(COURT, message("Waiting for the court"), message(
        "Applied to the court and not ruled: acceptance within five working days, ruling within seven on the papers or thirty days "
        "after hearing the parties (行政强制法 Art. 56–58); also what the court has suspended (Art. 39)."), COURT),
    ListKind(UNACCEPTED, message("Done, not accepted"), message(
        "Land remedies that are carried out and whose acceptance is not finished. Until then the land does not count as rectified (R40), "
        "and only an acceptance on or before the last day of deduction takes it off the ratio (R41). Area: what waits for acceptance."),
        UNACCEPTED),
    ListKind(TOO_LATE, message("Accepted too late"), message(
        "Rectified, but accepted after the last day of deduction (KJRQ of the batch, by default 30 June of the year after): it stays in "
        "the ratio (R41)."), TOO_LATE),
    ListKind(FINE, message("Fines outstanding"), message(
        "Fines not settled, with the surcharge of the day: 15 days to pay (行政处罚法 Art. 67), then 3 % of the unpaid principal a day, "
        "never more than the principal (Art. 72); it stands still during a reconsideration or suit (Art. 73)."), FINE),
    ListKind(UNFILED, message("Illegal, no case filed"), message(
        "Judged illegal, and no case was filed nor ended by a reasoned decision: what meets the conditions must be filed in time "
        "(行政处罚法 Art. 54)."), UNFILED),
    ListKind(PLAN, message("Plan conflict"), message(
        "The remedy does not fit the plan: contrary to it buildings are demolished, conforming to it they are confiscated, and a parcel "
        "that is both is split first (土地管理法 Art. 77; R46)."), PLAN),
    ListKind(AGAIN, message("Again changed"), message(
        "Newer patches, not yet judged or illegal, over land that had been set right: an illegal parcel whose case was closed, or whose "
        "remedies are done and accepted. It says that something changed again here, not why: look on site. Area: what both outlines "
        "share."), AGAIN),
    ListKind(SUPERVISED, message("Supervision"), message(
        "Townships that a supervising team watches until a day, with what is still open in them; late where the day has passed. "
        "Ordered by day, never by person."), SUPERVISED),
    ListKind(SHORT, message("Patrols short this month"), message(
        "Stations whose month has fewer valid patrols than the rule pack requires (R50): two officers, start and end, a route or a track, "
        "the same team or route once in a half-day."), SHORT),
    ListKind(UNSTOPPED, message("Found and not stopped in time"), message(
        "Findings of patrols without a stop order; it is due within the rule pack's working days of the finding (土地管理法实施条例 Art. 50; "
        "the days are local)."), UNSTOPPED),
    ListKind(UNREPORTED, message("Ignored or large, and not reported"), message(
        "Findings that go on after a stop order, or take more cultivated land than the rule pack says, and that nobody has reported to the "
        "government in writing."), UNREPORTED),
    ListKind(FOUND_UNFILED, message("Found and not filed"), message(
        "Findings without a case within the rule pack's working days; one that the builder removed or another body has taken asks for "
        "nothing."), FOUND_UNFILED),
)
LISTS: Dict[str, ListKind] = {kind.code: kind for kind in _KINDS}


@dataclass(frozen=True)
class Place:
    """Where a parcel lies and who has it in hand. ``number`` is DKBH, ``patch`` JCBH; ``officer`` is a person's id or ''."""

    number: str
    patch: str
    patch_id: str
    batch: str
    township: str
    township_name: str
    station: str
    officer: str = ""
    shape_id: str = ""


@dataclass(frozen=True)
class WorkRow:
    """One line of a list on a day. ``days_left`` is negative once the day has passed; ``fine`` stands as of the day."""

    entry: Entry
    place: Place
    days_left: Optional[int]
    fine: Optional[FineStanding] = None

    @property
    def amount_fen(self) -> Optional[int]:
        """Principal and surcharge still to be paid."""
        return None if self.fine is None else self.fine.owed_fen


@dataclass(frozen=True)
class Totals:
    """Of the rows of a list: ``rows`` things on ``parcels`` parcels; land is counted once for each parcel, money row by row."""

    rows: int
    parcels: int
    land_m2: float
    cultivated_m2: float
    fen: int


@dataclass(frozen=True)
class Filter:
    """Which rows: of a township, station, officer (a person's id), batch; None for all."""

    township: Optional[str] = None
    station: Optional[str] = None
    officer: Optional[str] = None
    batch: Optional[str] = None


FACETS = ("township", "station", "officer", "batch")


class WorkTable:
    """Entries with their places, as columns. Rows are counted from 0."""

    def __init__(self, entries: Sequence[Entry], places: Mapping[str, Place]):
        """Entries of parcels without a place are left out."""
        self._entries = [entry for entry in entries if entry.parcel in places]
        self._places = [places[entry.parcel] for entry in self._entries]
        self._sorts = np.array([entry.sort for entry in self._entries], dtype=object)
        self._due = np.array([entry.due_on.toordinal() if entry.due_on else _NO_DAY for entry in self._entries], dtype=np.int64)
        self._facets = {facet: np.array([getattr(place, facet) for place in self._places], dtype=object) for facet in FACETS}
        self._fines_of: Optional[date] = None
        self._fines: Dict[int, FineStanding] = {}
        numbers = np.array([place.number for place in self._places], dtype=object)
        self._order = np.lexsort((numbers.astype(str), self._due)) if self._entries else np.array([], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._entries)

    def rows(self, code: str, day: date, within_days: int = DEFAULT_WITHIN_DAYS, chosen: Filter = Filter()) -> np.ndarray:
        """Rows of a list on a day, the earliest last day first."""
        mask = self._on_list(code, day.toordinal(), within_days) & self._in(chosen)
        rows = self._order[mask[self._order]]
        return rows if code != FINE else np.array([row for row in rows.tolist() if not self._fine(row, day).is_settled], dtype=np.int64)

    def row(self, row: int, day: date) -> WorkRow:
        """The entry with its place, the calendar days left on ``day`` (None: no due day) and its fine as of then."""
        entry = self._entries[row]
        left = (entry.due_on - day).days if entry.due_on else None
        return WorkRow(entry, self._places[row], left, self._fine(row, day) if entry.fine else None)

    def counts(self, day: date, within_days: int = DEFAULT_WITHIN_DAYS, chosen: Filter = Filter()) -> Dict[str, int]:
        """How many rows each list has."""
        return {code: len(self.rows(code, day, within_days, chosen)) for code in LISTS}

    def values(self, facet: str, rows: np.ndarray) -> Dict[str, int]:
        """How many of the rows have each value of a facet, '' where nothing is known."""
        values, counted = np.unique(self._facets[facet][rows].astype(str), return_counts=True)
        return dict(zip(values.tolist(), counted.tolist()))

    def names(self, facet: str) -> Dict[str, str]:
        """Names of the values of ``township`` by code; other facets are their own names."""
        if facet != "township":
            return {value: value for value in dict.fromkeys(self._facets[facet].tolist())}
        return {place.township: place.township_name or place.township for place in self._places}

    def totals(self, rows: np.ndarray, day: date) -> Totals:
        """Rows, parcels, their land in m² (each parcel once) and the fines owed on ``day`` in fen."""
        land: Dict[str, Tuple[float, float]] = {}
        fen = 0
        for row in rows.tolist():
            entry = self._entries[row]
            land[entry.parcel] = (entry.land_m2, entry.cultivated_m2)
            fen += self._fine(row, day).owed_fen if entry.fine else 0
        return Totals(len(rows), len(land), math.fsum(m2 for m2, _ in land.values()), math.fsum(m2 for _, m2 in land.values()), fen)

    def grouped(self, rows: np.ndarray, facet: str, day: date) -> List[Tuple[str, Totals]]:
        """The totals of the rows for each value of a facet, by value."""
        found = self._facets[facet][rows].astype(str)
        return [(value, self.totals(rows[found == value], day)) for value in np.unique(found).tolist()]

    def _on_list(self, code: str, day: int, within_days: int) -> np.ndarray:
        mask = self._sorts == LISTS[code].sort
        if code == OVERDUE:
            return mask & (self._due < day)
        return mask & (self._due >= day) & (self._due <= day + within_days) if code == DUE else mask

    def _in(self, chosen: Filter) -> np.ndarray:
        mask = np.ones(len(self._entries), dtype=bool)
        for facet in FACETS:
            wanted = getattr(chosen, facet)
            if wanted is not None:
                mask &= self._facets[facet] == wanted
        return mask

    def _fine(self, row: int, day: date) -> FineStanding:
        """Worked out once for the day that is looked at: exact fractions take their time."""
        if day != self._fines_of:
            self._fines_of, self._fines = day, {}
        if row not in self._fines:
            self._fines[row] = self._entries[row].fine.standing(day)
        return self._fines[row]
