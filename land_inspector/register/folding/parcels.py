"""Folding batches and parcels: issues with the patches they name, verdicts, marks, splits, reviews."""
from __future__ import annotations

import json
from typing import Any, List, Mapping, Optional, Sequence

from ...law import reviews
from ...law.reviews import Return, Review
from ..events import Event, canonical
from ..state import (
    Batch, Inapplicable, IssuedRow, IssuedRows, Parcel, Patch, Photo, State, alive, day_of, derived_id, touch, worked_on,
)
from ..tables import MEASURED, VERDICT, names
from .cases import hand_case_to_pieces, refuse_other_verdict


# Folding what is said of a parcel: verdicts, their review by the levels above, and the office's own marks (set aside, flagged,
# assigned, noted), which never enter a report.

#: Words of the register for the levels of a review, and the moves of :mod:`land_inspector.law.reviews` they stand for.
PASSED_BY = {"county": reviews.PASS_COUNTY, "city": reviews.PASS_CITY, "province": reviews.PASS_PROVINCE,
             "finished": reviews.FINISH}
RETURNED_BY = {"county": "1", "city": "2", "province": "3"}

LATER, PAPER = "later", "paper"
_VERDICT, _MEASURED = names(VERDICT), names(MEASURED)


# --- verdicts and their review --------------------------------------------------------------------------------------

def verdict_given(state: State, event: Event, _issued: Any) -> None:
    """A verdict with its areas (m²); Inapplicable where the parcel is gone or an open case needs it illegal."""
    said = event.payload
    parcel = alive(state, said["parcel"])
    refuse_other_verdict(state, parcel, said["verdict"].get("PDJL1") or "0")
    given, areas, columns = said["verdict"].get, said["areas"].get, parcel.__dict__
    for name in _VERDICT:
        columns[name] = given(name)
    for name in _MEASURED:
        columns[name] = areas(name)
    parcel.PDJL1 = parcel.PDJL1 or "0"
    parcel.evidence_run, parcel.incomplete = said["evidence_run"], len(said["missing"])
    _move_review(parcel, reviews.JUDGE, event)
    parcel.HSZT = parcel.HSZT if parcel.PDJL1 != "0" else reviews.UNCHECKED
    parcel.verdict_event = event.uuid
    end_aside(parcel)
    worked_on(state, parcel, event)


def review_passed(state: State, event: Event, _issued: Any) -> None:
    """A level passes the parcel."""
    _review(state, event, PASSED_BY[event.payload["level"]])


def parcel_returned(state: State, event: Event, _issued: Any) -> None:
    """A level sends the parcel back with a reason, on the event's day."""
    said = event.payload
    _review(state, event, reviews.RETURN, Return(RETURNED_BY[said["level"]], day_of(event), said["reason"]))


def return_answered(state: State, event: Event, _issued: Any) -> None:
    """The county answers the return that is open."""
    _review(state, event, reviews.ANSWER)


def _review(state: State, event: Event, move: str, sent_back: Optional[Return] = None) -> None:
    parcel = alive(state, event.payload["parcel"])
    _move_review(parcel, move, event, sent_back)
    parcel.live_review = (event.payload, event.uuid)
    (worked_on if move == reviews.ANSWER else touch)(state, parcel, event)


def _move_review(parcel: Parcel, move: str, event: Event, sent_back: Optional[Return] = None) -> None:
    """HSZT moves by events alone, and only as the law room's table allows (domain.md §0.2-8)."""
    to = reviews.MOVES[move].get(parcel.HSZT)
    if to is None or sent_back is not None or move == reviews.RETURN:
        refusal = reviews.review_refusal(Review(parcel.HSZT), move, day_of(event), sent_back)
        if refusal is not None:
            raise Inapplicable("Parcel {parcel}: {reason}", parcel=parcel.DKBH, reason=refusal)
    parcel.HSZT = reviews.MOVES[move][parcel.HSZT] if to is None else to


# --- marks ----------------------------------------------------------------------------------------------------------

def end_aside(parcel: Parcel) -> None:
    """No longer set aside."""
    parcel.aside = parcel.aside_reason = None


def inherit_marks(child: Parcel, parents: Sequence[Parcel]) -> None:
    """A piece keeps what was said of the land it came from; of several parents, the first that has something to say."""
    first = {name: next((p for p in parents if getattr(p, name)), parents[0]) for name in ("aside", "flag", "assigned_to")}
    child.aside, child.aside_reason = first["aside"].aside, first["aside"].aside_reason
    child.flag, child.flag_reason = first["flag"].flag, first["flag"].flag_reason
    child.assigned_to = first["assigned_to"].assigned_to


def set_aside(state: State, event: Event, _issued: Any) -> None:
    """Put off: until later, or until a paper comes."""
    parcel = alive(state, event.payload["parcel"])
    parcel.aside = PAPER if event.payload["waits_for_paper"] else LATER
    parcel.aside_reason = event.payload["reason"]
    worked_on(state, parcel, event)


def taken_up(state: State, event: Event, _issued: Any) -> None:
    """No longer put off."""
    parcel = alive(state, event.payload["parcel"])
    end_aside(parcel)
    worked_on(state, parcel, event)


def flagged(state: State, event: Event, _issued: Any) -> None:
    """Marked for attention, with a reason or without."""
    parcel = alive(state, event.payload["parcel"])
    parcel.flag, parcel.flag_reason = 1, event.payload.get("reason") or None
    worked_on(state, parcel, event)


def unflagged(state: State, event: Event, _issued: Any) -> None:
    """The mark and its reason are gone."""
    parcel = alive(state, event.payload["parcel"])
    parcel.flag, parcel.flag_reason = 0, None
    worked_on(state, parcel, event)


def assigned(state: State, event: Event, _issued: Any) -> None:
    """Given to a person, or to nobody (None)."""
    parcel = alive(state, event.payload["parcel"])
    parcel.assigned_to = event.payload["to"]
    touch(state, parcel, event)


def note_written(state: State, event: Event, _issued: Any) -> None:
    """A note changes nothing; it only needs its parcel, so that undoing a split names the notes on its pieces."""
    alive(state, event.payload["parcel"])


# Folding what was seen on site: findings of visits, and photos that prove them.

def inherit_proof(state: State, children: Sequence[Parcel], parents: Sequence[Parcel]) -> None:
    """Findings and photos follow the land: pieces have the newest finding and every photo of what they were cut from."""
    visited = [parent.site for parent in parents if parent.site is not None]
    gone, heirs = {parent.id for parent in parents}, [child.id for child in children]
    for child in children:
        child.site = max(visited, key=_day_of, default=None)
    for photo in state.photos_in(parents[0].patch_id):
        shown = json.loads(photo.parcels)
        if gone.intersection(shown):
            photo.parcels = canonical([key for key in shown if key not in gone] + heirs)
            state.put(photo)
    for parcel in (*children, *parents):
        _count(state, parcel)


def _day_of(site: str) -> str:
    return json.loads(site)["on"]


def _count(state: State, parcel: Parcel) -> None:
    parcel.photos = sum(parcel.id in json.loads(photo.parcels) for photo in state.photos_in(parcel.patch_id))


def site_visited(state: State, event: Event, _issued: Any) -> None:
    """The newest visit counts; of two on one day, the one recorded later."""
    parcel = alive(state, event.payload["parcel"])
    if parcel.site is None or _day_of(parcel.site) <= event.effective_on:
        parcel.site = canonical(dict(event.payload, on=event.effective_on, event=event.uuid))
    worked_on(state, parcel, event)


def photo_added(state: State, event: Event, _issued: Any) -> None:
    """A photo that shows parcels, or further parcels of one that is there; Inapplicable where it shows none anew."""
    said = event.payload
    parcels = [alive(state, key) for key in said["parcels"]]
    known = state.photos.get(said["photo"])
    shown: List[str] = json.loads(known.parcels) if known is not None and not known.removed else []
    if not set(said["parcels"]) - set(shown):
        raise Inapplicable("The photo {file} is in the register already.", file=said["file"])
    fresh = [key for key in said["parcels"] if key not in shown]
    state.put(Photo(
        id=said["photo"], patch_id=parcels[0].patch_id, parcels=canonical(shown + fresh), sha256=said["sha256"], file=said["file"],
        taken_at=said["taken_at"], lon=said["lon"], lat=said["lat"], direction=said["direction"], distance_m=said["distance_m"],
        matched_by=said["matched_by"], magnetic=int(bool(said.get("magnetic"))), last_event=event.uuid))
    _recount(state, parcels, event)


def photo_removed(state: State, event: Event, _issued: Any) -> None:
    """A photo that proves nothing any more (its picture stays); Inapplicable where it is gone."""
    photo = state.photos.get(event.payload["photo"])
    if photo is None or photo.removed:
        raise Inapplicable("The register has no such photo; its adding may have been undone.")
    photo.removed, photo.last_event = 1, event.uuid
    state.put(photo)
    _recount(state, [state.parcels[key] for key in json.loads(photo.parcels)], event)


def _recount(state: State, parcels: Sequence[Parcel], event: Event) -> None:
    for parcel in parcels:
        _count(state, parcel)
        touch(state, parcel, event)


# Folding cuts: a parcel split into pieces, pieces of one patch merged again.

def parcel_split(state: State, event: Event, _issued: Any) -> None:
    """A parcel gives way to its pieces, which inherit case and proof; Inapplicable where it is gone."""
    parent = alive(state, event.payload["parcel"])
    patch = state.patches[parent.patch_id]
    hand_case_to_pieces(state, parent, [child["id"] for child in event.payload["children"]], event)
    children = [_child(patch, [parent], child, event) for child in event.payload["children"]]
    for child in children:
        state.put(child)
    inherit_proof(state, children, [parent])
    parent.TBZT = "1"
    _retire(state, [parent], event)
    _mark_split(state, patch, event)


def parcels_merged(state: State, event: Event, _issued: Any) -> None:
    """Pieces give way to one parcel; Inapplicable for pieces of several patches or with an open case."""
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
    inherit_proof(state, [child], merged)
    _mark_split(state, patch, event)


def _child(patch: Patch, parents: Sequence[Parcel], said: Mapping[str, Any], event: Event) -> Parcel:
    """A piece made by a split or a merge. One that is the whole patch again carries the patch's own number.

    The event gives the number; version 1 did not, there it is the patch's next one."""
    parent = parents[0]
    whole = bool(said.get("whole"))
    number = said.get("DKBH") or (patch.JCBH if whole else piece_number(patch, 0))
    patch.next_number = max(patch.next_number, _count_in(patch, number) + 1)
    child = Parcel(
        id=said["id"], patch_id=patch.id, batch_id=patch.batch_id, parent_id=None if whole else parent.id,
        shape_id=said["id"], DKBH=number, TBZT="0" if whole else "2", retired=0, gone=patch.gone,
        issue_no=parent.issue_no, basis=parent.basis, basis_changed=int(parent.basis != patch.basis),
        DKMJ=said["DKMJ"], touched_by=event.actor, last_event=event.uuid,
    )
    for name in names(MEASURED):
        setattr(child, name, said.get("areas", {}).get(name))
    towns = {parent.own_township for parent in parents}
    child.own_township = None if whole else said.get("XZDM", parent.own_township if len(towns) == 1 else None)
    inherit_marks(child, parents)
    return child


def piece_number(patch: Patch, place: int) -> str:
    """The number (DKBH) of the piece that is made as number ``place`` (from 0) from now on."""
    return f"{patch.JCBH}-{patch.next_number + place:02d}"


def _count_in(patch: Patch, number: str) -> int:
    """The 3 of T001-03; 0 where the number is the patch's own."""
    count = number[len(patch.JCBH) + 1:]
    return int(count) if number.startswith(f"{patch.JCBH}-") and count.isdecimal() else 0


def _retire(state: State, parcels: Sequence[Parcel], event: Event) -> None:
    for parcel in parcels:
        parcel.retired = 1
        touch(state, parcel, event)


def _mark_split(state: State, patch: Patch, event: Event) -> None:
    alive = state.alive_in(patch.id)
    patch.split = int(len(alive) > 1)
    patch.last_event = event.uuid
    state.put(patch)


def conflict_settled(state: State, event: Event, _issued: Any) -> None:
    """What holds was said before anything was folded (:func:`..conflicts.decided`); its subject bears the trace, where it is a row."""
    record = state.record(event.payload["subject"])
    if record is not None:
        record.last_event = event.uuid
        state.put(record)


# Folding batches: their numbered issues with the patches they name, freezing, and taking a newer outline.

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
