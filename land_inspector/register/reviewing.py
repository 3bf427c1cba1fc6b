"""The levels above: passing, returning (退回) and answering; freezing a reported batch (domain.md §0.2-8, R52)."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Iterable, List, Mapping, Optional, Sequence, Set

from ..errors import InputError, Message, RefusedError, message
from . import kinds
from .events import Draft
from .folding.parcels import PASSED_BY, RETURNED_BY
from .register import Recorded, Register, effective_on_text
from .state import IssuedRow, State
from .tables import Parcel
from .views.parcels import rows_of

_MOST_NAMED = 12


def return_parcels(register: Register, batch: str, labels: Sequence[str], *, level: str, reason: str, answer_by: Optional[str] = None,
                   asked_for: str = "", by: Optional[str] = None, effective_on: Optional[str] = None,
                   seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """A higher level (``city``, ``province``) sends parcels back with a reason and a date to answer by."""
    if not reason.strip():
        raise InputError("A return needs a reason.", "Write what the higher level asked for.")
    said = {"level": _level(level, RETURNED_BY), "reason": reason, "asked_for": asked_for, "answer_by": effective_on_text(answer_by)}
    return _review(register, batch, labels, kinds.PARCEL_RETURNED, said, by, effective_on, seen)


def answer_return(register: Register, batch: str, labels: Sequence[str], *, answer: str, by: Optional[str] = None,
                  effective_on: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """The county answers a return; the parcel goes back to judged."""
    return _review(register, batch, labels, kinds.RETURN_ANSWERED, {"answer": answer}, by, effective_on, seen)


def pass_review(register: Register, batch: str, labels: Sequence[str], *, level: str, by: Optional[str] = None,
                effective_on: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """A level (``county``, ``city``, ``province``) passes parcels, or the review is ``finished``.

    RefusedError for parcels that the same person judged, where the register has roles (:func:`own_work`)."""
    said = {"level": _level(level, PASSED_BY)}
    return _review(register, batch, labels, kinds.REVIEW_PASSED, said, by, effective_on, seen, by_another=True)


def own_work(register: Register, parcels: Mapping[str, Optional[str]], *, by: Optional[str] = None) -> Set[str]:
    """Which of these parcels (id: event of the verdict in force) this very person judged, so that the review is another's.

    Nothing but in a register on a server that was set up with roles: in a file one person may have to do everything."""
    judged = {event: parcel for parcel, event in parcels.items() if event}
    me = (register.storage.bound_person() or register.actor_id(by)) if judged and register.storage.has_roles() else None
    if me is None:
        return set()
    given = [event for event in register.storage.events(subjects=list(judged.values())) if event.uuid in judged]
    mine = {actor for actor in {event.actor for event in given} if register.is_same_person(actor, me)}
    return {judged[event.uuid] for event in given if event.actor in mine}


def own_work_of(register: Register, ids: Sequence[str], *, by: Optional[str] = None) -> Set[str]:
    """See :func:`own_work`: of parcels by their ids, as they are stored now."""
    if not register.storage.has_roles():
        return set()
    return own_work(register, {row["parcel_id"]: row["verdict_event"] for row in rows_of(register, ids)}, by=by)


def freeze(register: Register, batch: str, *, by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """Reported: from now on the batch refuses every edit (R52). ``seen``: the last event of the batch as the person had looked at it."""
    return _set_frozen(register, batch, kinds.BATCH_FROZEN, "", by, seen)


def unfreeze(register: Register, batch: str, *, reason: str, by: Optional[str] = None,
             seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """Open a frozen batch again; takes a reason and is an event like any other. ``seen`` as in :func:`freeze`."""
    if not reason.strip():
        raise InputError("Unfreezing needs a reason.", "Write who ordered it and why.")
    return _set_frozen(register, batch, kinds.BATCH_UNFROZEN, reason, by, seen)


@dataclass(frozen=True)
class OutlineChange:
    """A parcel whose patch was issued again with another outline: areas in m² as measured, what it is judged by now, and why it cannot
    take the new outline (None where it can)."""

    label: str
    verdict: str
    before_m2: float
    after_m2: float
    obstacle: Optional[Message] = None


def newer_outlines(register: Register, batch: str, labels: Sequence[str] = ()) -> List[OutlineChange]:
    """Parcels that rest on an older issue than the newest, by number: those named, or all of the batch."""
    found_by_name = register.find(batch, labels) if labels else None
    named = None if found_by_name is None else {parcel for parcel, _patch in found_by_name}
    patches = None if found_by_name is None else {patch for _parcel, patch in found_by_name}
    rows = {row.patch_id: row for row in _newest_rows(register, batch, patches)}
    state = register.storage.load_state(batches=[register.batch(batch).id]) if patches is None else (
        register.storage.load_state(patches=sorted(patches)))
    found = []
    for parcel in state.parcels.values():
        row = rows.get(parcel.patch_id)
        wanted = parcel.id in named if named is not None else parcel.basis_changed
        if wanted and not parcel.retired and not parcel.gone and row is not None:
            obstacle = message("The parcel was split; merge it first.") if parcel.TBZT != "0" else (
                message("It has an open case; end that first.") if state.open_case_of(parcel.id) else None)
            found.append(OutlineChange(parcel.DKBH, parcel.PDJL1, parcel.DKMJ, row.MJ, obstacle))
    return sorted(found, key=lambda one: one.label)


def take_newest_issue(register: Register, batch: str, labels: Sequence[str], *, by: Optional[str] = None,
                      seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """Let judged, unsplit parcels rest on the newest issue; their verdicts lapse and must be given again (§0.2-3)."""
    found = register.find(batch, labels)

    def build(state: State) -> Iterable[Draft]:
        rows = {row.patch_id: row for row in _newest_rows(register, batch)}  # inside the transaction: an import may just have ended
        for parcel_id, patch_id in found:
            row = rows.get(patch_id)
            if row is None:
                raise RefusedError("The newest issue no longer holds this patch.")
            said = {"parcel": parcel_id, "issue_no": state.patches[patch_id].issue_no, "shape_id": row.issued_id, "DKMJ": row.MJ}
            yield Draft(kinds.ISSUE_TAKEN, (parcel_id, patch_id), said)

    return register.record(build, by=by, patches=[patch for _parcel, patch in found], seen=seen)


def _newest_rows(register: Register, batch: str, patches: Optional[Set[str]] = None) -> List[IssuedRow]:
    return register.storage.issued_rows(json.loads(register.batch(batch).issues)[-1]["id"], patches)


def _level(level: str, known: Mapping[str, str]) -> str:
    if level not in known:
        raise InputError("{level} is not a review level.", "Use one of {known}.", level=level, known=", ".join(known))
    return level


def _review(register: Register, batch: str, labels: Sequence[str], kind: str, said: dict, by: Optional[str],
            effective_on: Optional[str], seen: Optional[Mapping[str, str]], by_another: bool = False) -> Recorded:
    found = register.find(batch, labels)
    drafts: List[Draft] = [
        Draft(kind, (parcel_id, patch_id), dict(said, parcel=parcel_id), effective_on_text(effective_on)) for parcel_id, patch_id in found]

    def build(state: State) -> Iterable[Draft]:
        if by_another:
            _refuse_own(register, {parcel: state.parcels[parcel] for parcel, _patch in found if parcel in state.parcels}, by)
        yield from drafts

    return register.record(build, by=by, patches=[patch for _parcel, patch in found], seen=seen)


def _refuse_own(register: Register, parcels: Mapping[str, Parcel], by: Optional[str]) -> None:
    own = own_work(register, {key: parcel.verdict_event for key, parcel in parcels.items()}, by=by)
    if own:
        numbers = sorted(parcels[key].DKBH for key in own)
        named = ", ".join(numbers[:_MOST_NAMED]) + (" …" if len(numbers) > _MOST_NAMED else "")
        raise RefusedError("You judged {n} of these parcels yourself: {parcels}. A review comes from somebody else.",
                           "Leave them to another reviewer, and pass the others.", n=len(own), parcels=named)


def _set_frozen(register: Register, batch: str, kind: str, reason: str, by: Optional[str], seen: Optional[Mapping[str, str]]) -> Recorded:
    batch_id = register.batch(batch).id
    draft = Draft(kind, (batch_id,), {"batch": batch_id, "reason": reason})
    return register.record(lambda state: [draft], by=by, patches=[], seen=seen)
