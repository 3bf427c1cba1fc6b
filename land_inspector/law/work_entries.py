"""What is open on each illegal parcel: duties with their last day, fines, work not accepted, land without a case.

Everything here is worked out once from cases and remedies; which of it belongs on a list of a certain day is
:mod:`.work_lists`'. Areas in m², money in fen.
"""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import DefaultDict, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import Message, message
from ..progress import Progress
from . import remedy_terms
from .acts import ACTS, DECIDED_BY_COURT, STAGE_LABELS
from .case import Case, Item
from .case_deadlines import deadlines_of
from .deadlines import DUTY, Deadline
from .penalties import FineStanding, Payment, fine_standing
from .rulepack import RulePack
from .rectification import IllegalLand, is_too_late, land_tracks, plan_conflict, rectification_by
from .remedies import HANDED_IN, NOT_REPORTED, RETURNED, Track, label, standing

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
