"""Taking over an office's ledger of cases and rectification: every row wholly or not at all, the whole table as one action.

Rows are planned on the state as it stands (:mod:`.ledger_plan`); what the register holds already is found by case number, parcel,
kind, amount and day, so the same table again records nothing.
"""
from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Tuple

from ..errors import InputError, LandInspectorError, RefusedError
from ..law.procedure_guards import Practice
from ..progress import Progress
from .guards import refuse_future
from .folding.cases import ILLEGAL
from .ledger_plan import Ground, KnownCase, Ledger, RowPlan
from .records import KNOWN, REFUSED, TAKEN, LedgerRow, RowOutcome, TakenOver
from .register import Register
from .proposing import pack_of
from .state import Batch, Parcel, State

Ids = Tuple[str, str]


def take_over(register: Register, rows: Sequence[LedgerRow], *, batch: Optional[str] = None, day: Optional[date] = None,
              by: Optional[str] = None, progress: Optional[Progress] = None) -> TakenOver:
    """Record what the rows tell and the register lacks.

    ``batch`` is where parcels are looked for when a row names no batch; all batches, if None. ``day`` (today) dates what the rows leave
    undated. Raises StaleError when somebody else was quicker, and InputError for an unknown batch.
    """
    return _TakingOver(register, rows, batch, day or date.today(), progress or Progress()).run(by)


class _TakingOver:
    def __init__(self, register: Register, rows: Sequence[LedgerRow], batch: Optional[str], day: date, progress: Progress):
        self._register, self._rows, self._day, self._progress = register, rows, day, progress
        self._lookup = _Lookup(register, batch, rows)
        self._state = register.storage.load_state(patches=self._patches())
        self._ledger = Ledger(_cases(self._state), _tracks(self._state))
        self._of_number: Dict[Optional[str], List[LedgerRow]] = {}
        for row in rows:
            self._of_number.setdefault(row.case_number, []).append(row)
        self._practices: Dict[str, Practice] = {}
        self._plans: List[RowPlan] = []
        self._seen_rows: Dict[str, int] = {}

    def run(self, by: Optional[str]) -> TakenOver:
        outcomes = [self._row(n, row) for n, row in enumerate(self._rows)]
        drafts = [draft for plan in self._plans for draft in plan.drafts]
        if not drafts:
            return TakenOver(outcomes)
        subjects = dict.fromkeys(subject for plan in self._plans for subject in plan.subjects)
        patches = [subject for subject in subjects if subject in self._state.patches]
        recorded = self._register.record(lambda state: drafts, by=by, patches=patches, seen=self._state.last_events(subjects))
        return TakenOver(outcomes, recorded)

    def _patches(self) -> List[str]:
        """Of the rows' parcels, and of the cases that they name by number."""
        numbers = {row.case_number for row in self._rows if row.case_number}
        cases = self._register.storage.frame("case")
        named = cases[cases["AJBH"].isin(numbers)]["patches"]
        return list(dict.fromkeys([*self._lookup.patches(), *(patch for text in named for patch in json.loads(text))]))

    def _row(self, n: int, row: LedgerRow) -> RowOutcome:
        self._progress.step(n / max(len(self._rows), 1))
        key = repr(replace(row, row=0, sheet=""))
        if key in self._seen_rows:
            return RowOutcome(row, KNOWN)
        self._seen_rows[key] = row.row
        try:
            plan = self._planned(row)
        except LandInspectorError as error:
            return RowOutcome(row, REFUSED, reason=error.message, remedy=error.remedy if error.remedy.template else None)
        plan.keep()
        self._plans.append(plan)
        return RowOutcome(row, TAKEN if plan.drafts else KNOWN, tuple(plan.recorded), tuple(plan.notes))

    def _planned(self, row: LedgerRow) -> RowPlan:
        if row.unreadable:
            reason = row.unreadable[0]
            raise RefusedError(reason.template, "Correct the cell and import the table again; rows already taken are not taken twice.",
                               **reason.params)
        parcels = self._parcels_of(row)
        siblings = self._of_number[row.case_number] if row.case_number else [row]
        decided = [told for other in siblings for told in other.remedies]
        ground = Ground(parcels, self._parcels_of_case(siblings, parcels), self._practice(parcels[0]), decided, self._day,
                        row is siblings[-1])
        plan = RowPlan(self._ledger, _with_acts_of(row, siblings), ground).work_out()
        for draft in plan.drafts:
            refuse_future(draft)
        return plan

    def _parcels_of(self, row: LedgerRow) -> List[Parcel]:
        if row.labels:
            return [self._usable(self._lookup.find(row, label)) for label in row.labels]
        named = self._ledger.numbered(row.case_number)
        if named is None:
            raise InputError("The row names no parcel, and no case of its number is known.", "Name the parcel or patch in the row.")
        return [self._usable((key, self._state.parcels[key].patch_id)) for key in named.case.parcels]

    def _parcels_of_case(self, siblings: Sequence[LedgerRow], own: Sequence[Parcel]) -> List[Parcel]:
        """All parcels that rows of the same number name, as far as they can be found and are illegal."""
        found = {parcel.id: parcel for parcel in own}
        for row in siblings:
            for label in row.labels:
                try:
                    parcel = self._usable(self._lookup.find(row, label))
                except LandInspectorError:
                    continue  # that row is refused by itself
                found.setdefault(parcel.id, parcel)
        return list(found.values())

    def _usable(self, ids: Ids) -> Parcel:
        parcel = self._state.parcels[ids[0]]
        if parcel.PDJL1 != ILLEGAL:
            raise RefusedError("Parcel {parcel} is not judged illegal.", "Give the verdict first.", parcel=parcel.DKBH)
        return parcel

    def _practice(self, parcel: Parcel) -> Practice:
        if parcel.batch_id not in self._practices:
            self._practices[parcel.batch_id] = Practice(pack_of(self._register, self._state.batches[parcel.batch_id]))
        return self._practices[parcel.batch_id]


def _with_acts_of(row: LedgerRow, siblings: Sequence[LedgerRow]) -> LedgerRow:
    """The row with the acts that only other rows of its case tell."""
    acts = {told.act: told for other in (*siblings, row) for told in other.acts}
    return replace(row, acts=tuple(acts.values()))


class _Lookup:
    """Which parcel a row means: in the batch it names (by code or name), in the one asked for, or in whichever has it."""

    def __init__(self, register: Register, batch: Optional[str], rows: Sequence[LedgerRow]):
        self._labels = list(dict.fromkeys(label for row in rows for label in row.labels))
        batches = list(register.storage.load_state(patches=[]).batches.values())
        self._all = [one.PCBH for one in batches]
        self._default = [register.batch(batch).PCBH] if batch else self._all
        self._names = _by_name(batches)
        self._finders: Dict[str, Callable[[str], Ids]] = {code: register.finder(code, self._labels) for code in self._all}

    def patches(self) -> List[str]:
        found = [self._try(code, label) for code in self._all for label in self._labels]
        return [ids[1] for ids in found if isinstance(ids, tuple)]

    def find(self, row: LedgerRow, label: str) -> Ids:
        """Raises InputError where no parcel, or more than one, is meant."""
        codes = self._names.get(row.batch, []) if row.batch else self._default
        if not codes:
            raise InputError("The register has no batch {code}.", "Batches here: {known}.", code=row.batch or "",
                             known=", ".join(self._all) or "-")
        tried = [(code, self._try(code, label)) for code in codes]
        hits = {code: ids for code, ids in tried if isinstance(ids, tuple)}
        if len(hits) > 1:
            raise InputError("Parcel {label} lies in the batches {batches}.", "Say in the row or as BATCH which one is meant.", label=label,
                             batches=", ".join(hits))
        if not hits:
            raise next(error for _code, error in tried if isinstance(error, InputError))
        return next(iter(hits.values()))

    def _try(self, code: str, label: str) -> object:
        try:
            return self._finders[code](label)
        except InputError as error:
            return error


def _by_name(batches: Iterable[Batch]) -> Dict[str, List[str]]:
    found: Dict[str, List[str]] = {}
    for batch in batches:
        for name in {batch.PCBH, batch.PCMC}:
            found.setdefault(name, []).append(batch.PCBH)
    return found


def _cases(state: State) -> List[KnownCase]:
    return [KnownCase(record.case, record.AJBH, tuple(json.loads(record.patches))) for record in state.cases.values()]


def _tracks(state: State) -> Dict[str, List]:
    found: Dict[str, List] = {}
    for record in state.remedies.values():
        found.setdefault(record.parcel_id, []).append(record.track)
    return found
