"""Folding batches: their numbered issues with the patches they name, freezing, and taking a newer outline."""
from __future__ import annotations

import json
from typing import Any, Mapping

from ...law import reviews
from ..events import Event, canonical
from ..tables import MEASURED, VERDICT, names
from ..state import Batch, IssuedRow, IssuedRows, Parcel, Patch, State, derived_id
from .cases import refuse_other_verdict
from .grounds import Inapplicable, alive, worked_on


def batch_issued(state: State, event: Event, issued: IssuedRows) -> None:
    """The first or next issue of a batch; Inapplicable where a later one has no first."""
    said, issue = event.payload["batch"], event.payload["issue"]
    batch = state.batches.get(said["id"])
    if batch is None:
        if issue["no"] != 1:
            raise Inapplicable("Issue {no} of batch {batch} has no first issue.", no=issue["no"], batch=said["PCBH"])
        batch = Batch(**said)
    else:
        _refresh(batch, said)
    batch.issue_no = issue["no"]
    batch.issues = canonical(json.loads(batch.issues) + [issue])
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
        state.at_row(row.row)
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


def batch_frozen(state: State, event: Event, _issued: IssuedRows) -> None:
    """No verdict of the batch changes any more (DJ 1); Inapplicable where it is gone."""
    _set_frozen(state, event, 1)


def batch_unfrozen(state: State, event: Event, _issued: IssuedRows) -> None:
    """The batch may change again (DJ 0); Inapplicable where it is gone."""
    _set_frozen(state, event, 0)


def _set_frozen(state: State, event: Event, frozen: int) -> None:
    batch = state.batches.get(event.payload["batch"])
    if batch is None:
        raise Inapplicable("The register has no such batch.")
    batch.DJ, batch.last_event = frozen, event.uuid
    state.put(batch)


def issue_taken(state: State, event: Event, _issued: IssuedRows) -> None:
    """A person lets a judged parcel rest on the newest issue: the verdict lapses and must be given again."""
    parcel = alive(state, event.payload["parcel"])
    patch = state.patches[parcel.patch_id]
    refuse_other_verdict(state, parcel, "0")
    if parcel.TBZT != "0":
        raise Inapplicable("Parcel {parcel} was split; merge it before taking the new outline.", parcel=parcel.DKBH)
    _take_row(parcel, event.payload["issue_no"], event.payload["shape_id"], event.payload["DKMJ"], patch.basis)
    for field in VERDICT:
        setattr(parcel, field.name, "0" if field.name == "PDJL1" else None)
    parcel.HSZT, parcel.incomplete, parcel.verdict_event = reviews.UNCHECKED, 0, None
    worked_on(state, parcel, event)
