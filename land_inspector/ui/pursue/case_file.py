"""All that the case page shows of the chosen parcels, read in one go beside the window."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ...law.case import Case
from ...law.case_procedure import milestones
from ...law.case_deadlines import Outlook, outlook
from ...law.papers.facts import Written
from ...law.procedure import Milestone
from ...law.procedure_guards import Practice
from ...law.remedies import Track, standing
from ...register.addresses import RegisterAddress
from ...register.attachments import is_whole
from ...register.papers import written_of
from ...register.register import Register
from ...register.proposing import pack_of
from ...register.state import CaseRecord, Parcel, State
from ...register.views.parcels import known_names, review_state_of, rows_of, state_of

ILLEGAL = "2"


@dataclass(frozen=True)
class ParcelLine:
    """A parcel as the law needs it. Areas in m², None where not measured; ``built_on`` is ISO text."""

    id: str
    number: str
    township: str
    batch: str
    verdict: str
    sub_verdict: str
    built_on: Optional[str]
    area_m2: float
    illegal_m2: Optional[float]
    cultivated_m2: Optional[float]
    conforming_m2: Optional[float]
    contrary_m2: Optional[float]
    farmland_m2: Optional[float]
    redline_m2: Optional[float]
    review_state: str = "0"
    last_event: str = ""

    @property
    def is_illegal(self) -> bool:
        """Whether its verdict calls for a case."""
        return self.verdict == ILLEGAL


@dataclass(frozen=True)
class CaseView:
    """One case as of ``ahead.today``. ``tracks`` are its own remedies in force; ``written`` its papers; ``seen`` is the last event of the
    case and of each remedy, so that nobody's later act is overwritten."""

    case: Case
    label: str
    parcels: Tuple[ParcelLine, ...]
    tracks: Tuple[Track, ...]
    steps: Tuple[Milestone, ...]
    ahead: Outlook
    practice: Practice
    seen: Mapping[str, str] = field(default_factory=dict)
    written: Tuple[Written, ...] = ()


@dataclass(frozen=True)
class CaseFile:
    """``parcels`` are the chosen ones, ``views`` the cases of any of them, the open ones first; ``loose`` remedies that no case
    ordered; ``people`` names by opaque id, as far as the register has them; ``papers`` whether each kept file is as it was; ``frozen``
    are the codes of their batches whose verdicts were reported (R52)."""

    address: RegisterAddress
    parcels: Tuple[ParcelLine, ...]
    views: Tuple[CaseView, ...]
    loose: Tuple[Track, ...]
    people: Mapping[str, str]
    papers: Mapping[str, bool]
    frozen: Tuple[str, ...] = ()
    seen: Mapping[str, str] = field(default_factory=dict)

    @property
    def without_case(self) -> List[ParcelLine]:
        """Illegal parcels on which no case was ever opened."""
        covered = {parcel for view in self.views for parcel in view.case.parcels}
        return [line for line in self.parcels if line.is_illegal and line.id not in covered]

    @property
    def openable(self) -> List[ParcelLine]:
        """Illegal parcels that no open case covers; after a case that has ended it is a rebound."""
        covered = {parcel for view in self.views if view.case.is_open for parcel in view.case.parcels}
        return [line for line in self.parcels if line.is_illegal and line.id not in covered]

    def number_of(self, parcel_id: str) -> str:
        """The parcel's number as people write it; its id where the file does not know the parcel."""
        lines = (line for lines in (self.parcels, *(view.parcels for view in self.views)) for line in lines)
        return next((line.number for line in lines if line.id == parcel_id), parcel_id)


def read_case_file(address: RegisterAddress, ids: Sequence[str], today: Optional[date] = None) -> CaseFile:
    """The cases of these parcels."""
    with Register.open(address) as register:
        return case_file(register, ids, today or date.today())


def case_file(register: Register, ids: Sequence[str], today: date) -> CaseFile:
    """:func:`read_case_file` of an open register."""
    rows = _rows(register, ids)
    state = state_of(register, dict.fromkeys(row["patch_id"] for row in rows.values()))
    chosen = [key for key in ids if key in state.parcels]
    records = [record for record in state.cases.values() if set(chosen) & set(record.case.parcels)]
    missing = [key for record in records for key in record.case.parcels if key not in rows]
    if missing:
        rows.update(_rows(register, missing))
        state = state_of(register, dict.fromkeys(row["patch_id"] for row in rows.values()))
        records = [state.cases[record.id] for record in records]
    lines = {key: _line(state.parcels[key], row) for key, row in rows.items()}
    practices = _Practices(register, state)
    views = [_view(register, state, record, lines, practices, today) for record in records]
    views.sort(key=lambda view: (view.case.is_open, view.case.since), reverse=True)
    loose = [track for track in standing(state.tracks_of(chosen)) if track.case is None]
    return CaseFile(register.address, tuple(lines[key] for key in chosen), tuple(views), tuple(loose),
                    known_names(register), _papers(register, views),
                    _frozen(state, rows),
                    state.last_events([*chosen, *(track.id for track in loose)]))


def _rows(register: Register, ids: Sequence[str]) -> Dict[str, Dict[str, Any]]:
    return {row["parcel_id"]: row for row in rows_of(register, ids)}


def _line(parcel: Parcel, row: Mapping[str, Any]) -> ParcelLine:
    return ParcelLine(parcel.id, parcel.DKBH, row["XZMC"] or "", row["PCBH"], parcel.PDJL1, parcel.PDJL2 or "", parcel.JSSJ, parcel.DKMJ,
                      parcel.WFMJ, parcel.WFGD, parcel.FHGHMJ, parcel.BFHGHMJ, parcel.JBNTMJ, parcel.STHXMJ, review_state_of(parcel),
                      row["last_event"] or "")


def _frozen(state: State, rows: Mapping[str, Mapping[str, Any]]) -> Tuple[str, ...]:
    codes = {row["PCBH"] for row in rows.values()}
    return tuple(batch.PCBH for batch in state.batches.values() if batch.DJ and batch.PCBH in codes)


def _papers(register: Register, views: Sequence[CaseView]) -> Dict[str, bool]:
    named = [name for view in views for done in view.case.acts for name in done.particulars.get("files") or ()]
    named += [name for view in views for track in view.tracks for step in track.steps for name in step.evidence]
    named += [name for view in views for paper in view.written for name in paper.files]
    return {name: is_whole(register, name) for name in dict.fromkeys(named)}


class _Practices:
    """The law by batch, each pack read once."""

    def __init__(self, register: Register, state: State):
        self._register, self._state = register, state
        self._known: Dict[str, Practice] = {}

    def of(self, parcel_id: str) -> Practice:
        batch = self._state.parcels[parcel_id].batch_id
        if batch not in self._known:
            self._known[batch] = Practice(pack_of(self._register, self._state.batches[batch]))
        return self._known[batch]


def _view(register: Register, state: State, record: CaseRecord, lines: Mapping[str, ParcelLine], practices: _Practices,
          today: date) -> CaseView:
    case = record.case
    practice = practices.of(case.parcels[0])
    tracks = sorted((track for track in standing(state.tracks_of(case.parcels)) if track.case == case.id), key=_by_item)
    return CaseView(case, record.AJBH, tuple(lines[key] for key in case.parcels), tuple(tracks), tuple(milestones(case)),
                    outlook(case, practice, today, tracks), practice,
                    state.last_events([case.id, *(track.id for track in tracks)]), written_of(register, case.id))


def _by_item(track: Track) -> Tuple[int, str, str]:
    """In the order of the decision, 10 after 9."""
    return len(track.item or ""), track.item or "", track.id
