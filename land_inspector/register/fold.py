"""fold(events) → state: pure, the same on every machine and in every year.

Each kind of event has one handler. A handler raises :class:`Inapplicable` where the event's ground is missing: while
recording, that is the refusal the user reads; while folding a history from which something was undone, the event is
set aside as an orphan, which is also how dependents of an undo are found.
"""
from __future__ import annotations

import json
from datetime import date
from typing import Any, Callable, Dict, Iterable, Mapping, Optional, Sequence

from ..law import reviews
from ..law.reviews import Return, Review
from . import case_fold, events as kinds, field_fold, mark_fold
from .events import Event
from .grounds import alive, touch, worked_on
from .inapplicable import Inapplicable
from .schema import MEASURED, VERDICT, names
from .state import Batch, IssuedRow, Parcel, Patch, State, derived_id

IssuedRows = Callable[[str], Iterable[IssuedRow]]

#: Words of the register for the levels of a review, and the moves of :mod:`land_inspector.law.reviews` they stand for.
PASSED_BY = {"county": reviews.PASS_COUNTY, "city": reviews.PASS_CITY, "province": reviews.PASS_PROVINCE, "finished": reviews.FINISH}
RETURNED_BY = {"county": "1", "city": "2", "province": "3"}


def fold(history: Iterable[Event], issued: IssuedRows) -> State:
    """State from events that are in force, in fold order (see :func:`events.in_force`).

    ``issued`` gives the immutable rows of an issue by its id; nothing else is looked at.
    """
    state = State()
    for event in history:
        try:
            apply(state, event, issued)
        except Inapplicable:
            state.orphans.append(event.uuid)
    state.reckon()
    state.settle()
    return state


def apply(state: State, event: Event, issued: IssuedRows) -> None:
    """Change ``state`` by one event. Kinds that hold no state here (enrolments, rule packs) pass through."""
    handler = _HANDLERS.get(event.kind)
    if handler is not None:
        handler(state, event, issued)


# --- batches and their issues ----------------------------------------------------------------------------------------

def _batch_issued(state: State, event: Event, issued: IssuedRows) -> None:
    said, issue = event.payload["batch"], event.payload["issue"]
    batch = state.batches.get(said["id"])
    if batch is None:
        if issue["no"] != 1:
            raise Inapplicable("Issue {no} of batch {batch} has no first issue.", no=issue["no"], batch=said["PCBH"])
        batch = Batch(**said)
    else:
        _refresh(batch, said)
    batch.issue_no = issue["no"]
    batch.issues = kinds.canonical(json.loads(batch.issues) + [issue])
    batch.last_event = event.uuid
    state.put(batch)
    known = [patch for patch in state.patches.values() if patch.batch_id == batch.id]
    named = {row.patch_id for row in map(lambda row: _issue_patch(state, batch, row, event), issued(issue["id"]))}
    for patch in known:
        if patch.id not in named and not patch.gone:
            _mark_gone(state, patch, event)


def _refresh(batch: Batch, said: Mapping[str, Any]) -> None:
    """A re-issue may move the deadlines; code, year, regime, area method and the day of the first issue stay."""
    for name in ("PCMC", "JZRQ", "KJRQ", "CRS"):
        if said.get(name) is not None:
            setattr(batch, name, said[name])


def _issue_patch(state: State, batch: Batch, row: IssuedRow, event: Event) -> IssuedRow:
    patch = state.patches.get(row.patch_id)
    if patch is None:
        patch = Patch(row.patch_id, batch.id, row.JCBH, batch.issue_no, row.issued_id, row.basis)
        state.put(_whole_parcel(patch, row, event))
    else:
        for parcel in state.parcels_of(patch.id):
            _reissue(parcel, batch, row)
            parcel.last_event = event.uuid
            state.put(parcel)
    patch.issue_no, patch.issued_id, patch.basis, patch.gone = batch.issue_no, row.issued_id, row.basis, 0
    patch.last_event = event.uuid
    state.put(patch)
    return row


def whole_parcel_id(patch_id: str) -> str:
    """The id of the parcel that is a whole patch."""
    return derived_id(patch_id, "whole")


def _whole_parcel(patch: Patch, row: IssuedRow, event: Event) -> Parcel:
    return Parcel(
        id=whole_parcel_id(patch.id), patch_id=patch.id, batch_id=patch.batch_id, parent_id=None,
        shape_id=row.issued_id, DKBH=patch.JCBH, TBZT="0", retired=0, gone=0, issue_no=patch.issue_no,
        basis=row.basis, basis_changed=0, DKMJ=row.MJ, last_event=event.uuid,
    )


def _reissue(parcel: Parcel, batch: Batch, row: IssuedRow) -> None:
    """§0.2-3: what nobody has touched takes the new outline; what is judged or split keeps its own and says so."""
    parcel.gone = 0
    if parcel.TBZT == "0" and parcel.PDJL1 == "0" and not parcel.retired:
        _take_row(parcel, batch.issue_no, row.issued_id, row.MJ, row.basis)
    else:
        parcel.basis_changed = int(parcel.basis != row.basis)


def _take_row(parcel: Parcel, issue_no: int, shape_id: str, area_m2: float, basis: str) -> None:
    if parcel.basis != basis:
        _forget_measures(parcel)
        parcel.shape_id, parcel.DKMJ = shape_id, area_m2
    parcel.issue_no, parcel.basis, parcel.basis_changed = issue_no, basis, 0


def _forget_measures(parcel: Parcel) -> None:
    for name in names(MEASURED):
        setattr(parcel, name, None)
    parcel.evidence_run = None


def _mark_gone(state: State, patch: Patch, event: Event) -> None:
    patch.gone, patch.last_event = 1, event.uuid
    state.put(patch)
    for parcel in state.parcels_of(patch.id):
        parcel.gone, parcel.last_event = 1, event.uuid
        state.put(parcel)


def _batch_frozen(state: State, event: Event, issued: IssuedRows) -> None:
    batch = _batch(state, event.payload["batch"])
    batch.DJ, batch.last_event = int(event.kind == kinds.BATCH_FROZEN), event.uuid
    state.put(batch)


def _issue_taken(state: State, event: Event, issued: IssuedRows) -> None:
    """A person lets a judged parcel rest on the newest issue: the verdict lapses and must be given again."""
    parcel = alive(state, event.payload["parcel"])
    patch = state.patches[parcel.patch_id]
    case_fold.refuse_other_verdict(state, parcel, "0")
    if parcel.TBZT != "0":
        raise Inapplicable("Parcel {parcel} was split; merge it before taking the new outline.", parcel=parcel.DKBH)
    _take_row(parcel, event.payload["issue_no"], event.payload["shape_id"], event.payload["DKMJ"], patch.basis)
    for field in VERDICT:
        setattr(parcel, field.name, "0" if field.name == "PDJL1" else None)
    parcel.HSZT, parcel.incomplete, parcel.verdict_event = reviews.UNCHECKED, 0, None
    worked_on(state, parcel, event)


# --- verdicts and their review ---------------------------------------------------------------------------------------

def _verdict_given(state: State, event: Event, issued: IssuedRows) -> None:
    said = event.payload
    parcel = alive(state, said["parcel"])
    case_fold.refuse_other_verdict(state, parcel, said["verdict"].get("PDJL1") or "0")
    for field in VERDICT:
        setattr(parcel, field.name, said["verdict"].get(field.name))
    parcel.PDJL1 = parcel.PDJL1 or "0"
    for name in names(MEASURED):
        setattr(parcel, name, said["areas"].get(name))
    parcel.evidence_run, parcel.incomplete = said["evidence_run"], len(said["missing"])
    _move_review(parcel, reviews.JUDGE, event)
    parcel.HSZT = parcel.HSZT if parcel.PDJL1 != "0" else reviews.UNCHECKED
    parcel.verdict_event = event.uuid
    mark_fold.end_aside(parcel)
    worked_on(state, parcel, event)


def _review_passed(state: State, event: Event, issued: IssuedRows) -> None:
    _review(state, event, PASSED_BY[event.payload["level"]])


def _parcel_returned(state: State, event: Event, issued: IssuedRows) -> None:
    said = event.payload
    _review(state, event, reviews.RETURN, Return(RETURNED_BY[said["level"]], _day(event), said["reason"]))


def _return_answered(state: State, event: Event, issued: IssuedRows) -> None:
    _review(state, event, reviews.ANSWER)


def _review(state: State, event: Event, move: str, sent_back: Optional[Return] = None) -> None:
    parcel = alive(state, event.payload["parcel"])
    _move_review(parcel, move, event, sent_back)
    parcel.review = kinds.canonical(dict(event.payload, event=event.uuid))
    (worked_on if move == reviews.ANSWER else touch)(state, parcel, event)


def _move_review(parcel: Parcel, move: str, event: Event, sent_back: Optional[Return] = None) -> None:
    """HSZT moves by events alone, and only as the law room's table allows (domain.md §0.2-8)."""
    refusal = reviews.review_refusal(Review(parcel.HSZT), move, _day(event), sent_back)
    if refusal is not None:
        raise Inapplicable("Parcel {parcel}: {reason}", parcel=parcel.DKBH, reason=refusal)
    parcel.HSZT = reviews.MOVES[move][parcel.HSZT]


def _day(event: Event) -> date:
    return date.fromisoformat(event.effective_on)


# --- splitting and merging -------------------------------------------------------------------------------------------

def _parcel_split(state: State, event: Event, issued: IssuedRows) -> None:
    parent = alive(state, event.payload["parcel"])
    patch = state.patches[parent.patch_id]
    case_fold.hand_case_to_pieces(state, parent, [child["id"] for child in event.payload["children"]], event)
    children = [_child(patch, [parent], child, event) for child in event.payload["children"]]
    for child in children:
        state.put(child)
    field_fold.inherit_proof(state, children, [parent])
    parent.TBZT = "1"
    _retire(state, [parent], event)
    _mark_split(state, patch, event)


def _parcels_merged(state: State, event: Event, issued: IssuedRows) -> None:
    merged = [alive(state, parcel_id) for parcel_id in event.payload["parcels"]]
    patch = state.patches[merged[0].patch_id]
    if any(parcel.patch_id != patch.id for parcel in merged):
        raise Inapplicable("Only parcels of one patch can be merged.")
    for parcel in merged:
        if state.open_case_of(parcel.id):
            raise Inapplicable("Parcel {parcel} has an open case and cannot be merged.", "End the case first.", parcel=parcel.DKBH)
    _retire(state, merged, event)
    child = _child(patch, merged, event.payload["result"], event)
    state.put(child)
    field_fold.inherit_proof(state, [child], merged)
    _mark_split(state, patch, event)


def _child(patch: Patch, parents: Sequence[Parcel], said: Mapping[str, Any], event: Event) -> Parcel:
    """A piece made by a split or a merge. One that is the whole patch again carries the patch's own number."""
    parent = parents[0]
    whole = bool(said.get("whole"))
    number = patch.JCBH if whole else f"{patch.JCBH}-{patch.next_number:02d}"
    patch.next_number += 0 if whole else 1
    child = Parcel(
        id=said["id"], patch_id=patch.id, batch_id=patch.batch_id, parent_id=None if whole else parent.id,
        shape_id=said["id"], DKBH=number, TBZT="0" if whole else "2", retired=0, gone=patch.gone,
        issue_no=parent.issue_no, basis=parent.basis, basis_changed=int(parent.basis != patch.basis),
        DKMJ=said["DKMJ"], touched_by=event.actor, last_event=event.uuid,
    )
    for name in names(MEASURED):
        setattr(child, name, said.get("areas", {}).get(name))
    mark_fold.inherit_marks(child, parents)
    return child


def _retire(state: State, parcels: Sequence[Parcel], event: Event) -> None:
    for parcel in parcels:
        parcel.retired = 1
        touch(state, parcel, event)


def _mark_split(state: State, patch: Patch, event: Event) -> None:
    alive = state.alive_in(patch.id)
    patch.split = int(len(alive) > 1)
    patch.last_event = event.uuid
    state.put(patch)


# --- shared ----------------------------------------------------------------------------------------------------------

def _batch(state: State, batch_id: str) -> Batch:
    batch = state.batches.get(batch_id)
    if batch is None:
        raise Inapplicable("The register has no such batch.")
    return batch


_HANDLERS: Dict[str, Callable[[State, Event, IssuedRows], None]] = {
    kinds.BATCH_ISSUED: _batch_issued,
    kinds.BATCH_FROZEN: _batch_frozen,
    kinds.BATCH_UNFROZEN: _batch_frozen,
    kinds.ISSUE_TAKEN: _issue_taken,
    kinds.VERDICT_GIVEN: _verdict_given,
    kinds.REVIEW_PASSED: _review_passed,
    kinds.PARCEL_RETURNED: _parcel_returned,
    kinds.RETURN_ANSWERED: _return_answered,
    kinds.PARCEL_SPLIT: _parcel_split,
    kinds.PARCELS_MERGED: _parcels_merged,
    **case_fold.HANDLERS,
    **mark_fold.HANDLERS,
    **field_fold.HANDLERS,
}
