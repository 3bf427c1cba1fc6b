"""The remedies that follow from an act of a case: a decision orders them, a changed one replaces them, a revoked one takes them back."""
from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence

from ..law.case import Case, named_items
from ..law.acts import ACTS
from ..law.quantities import Amount
from ..law.remedies import KINDS, Track, as_record, standing
from . import kinds
from .events import Draft
from .state import State

_CHANGED, _REVOKED = "2", "3"  # FYJG


def remedies_after(state: State, case: Case, act: str, on: date, said: Mapping[str, Any], tracks: Sequence[Track]) -> Iterator[Draft]:
    """Drafts that order, replace or withdraw what the act decided; nothing for an act that decides no remedies.

    A remedy may name its ``parcel`` (the first of the case otherwise) and, by ``ground_of``, the remedy whose ground it shares.
    """
    if act == "decide":
        yield from _ordered(state, case, on, said["remedies"])
    elif act == "redo":
        yield from (_withdrawn(state, track, on, act) for track in _of_case(case, tracks))
    elif act == "conclude_review" and said.get("result") in (_CHANGED, _REVOKED):
        chosen = {item.id for item in named_items(case, ACTS[act], said)}
        yield from _after_review(state, on, said, [track for track in _of_case(case, tracks) if track.item in chosen])


def _of_case(case: Case, tracks: Sequence[Track]) -> List[Track]:
    return [track for track in standing(tracks) if track.case == case.id]


def _ordered(state: State, case: Case, on: date, remedies: Sequence[Mapping[str, Any]]) -> Iterator[Draft]:
    """Orders in such a turn that a remedy comes after the one whose ground it shares."""
    listed = [dict(remedy, item=str(remedy.get("item") or n)) for n, remedy in enumerate(remedies, start=1)]
    ids = {remedy["item"]: str(uuid.uuid4()) for remedy in listed}
    for remedy in sorted(listed, key=lambda one: one.get("ground_of") is not None):
        yield _order(state, {
            "id": ids[remedy["item"]], "parcel": remedy.get("parcel") or case.parcels[0], "kind": remedy["kind"],
            "ordered": dict(remedy["amount"]), "ordered_on": on.isoformat(), "case": case.id, "item": remedy["item"],
            "same_ground_as": ids.get(remedy.get("ground_of")) if KINDS[remedy["kind"]].settles_land else None})


def _order(state: State, track: Dict[str, Any]) -> Draft:
    subjects = (track["id"], track["parcel"], state.parcels[track["parcel"]].patch_id)
    return Draft(kinds.REMEDY_ORDERED, subjects, {"track": track}, track["ordered_on"])


def _withdrawn(state: State, track: Track, on: date, reason: str) -> Draft:
    subjects = (track.id, track.parcel, state.parcels[track.parcel].patch_id)
    return Draft(kinds.REMEDY_WITHDRAWN, subjects, {"remedy": track.id, "reason": reason}, on.isoformat())


def _after_review(state: State, on: date, said: Mapping[str, Any], tracks: Sequence[Track]) -> Iterator[Draft]:
    changed = {str(remedy.get("item")): remedy for remedy in said.get("remedies") or ()}
    replaced: Dict[str, str] = {}
    for track in sorted(tracks, key=lambda one: one.same_ground_as is not None):
        remedy = changed.get(track.item or "")
        if said["result"] == _REVOKED or remedy is not None:
            yield _withdrawn(state, track, on, "conclude_review")
        if said["result"] == _CHANGED and remedy is not None:
            yield from _anew(state, track, remedy, replaced)


def _anew(state: State, track: Track, remedy: Mapping[str, Any], replaced: Dict[str, str]) -> Iterator[Draft]:
    """The order with its new amount and all that was done on the old one, as far as the new amount reaches."""
    record = as_record(track)
    record.update(id=str(uuid.uuid4()), ordered=dict(remedy["amount"]), withdrawn_on=None,
                  same_ground_as=replaced.get(track.same_ground_as or "", track.same_ground_as))
    replaced[track.id] = record["id"]
    steps = record.pop("steps")
    record.pop("acceptance")
    yield _order(state, record)
    ordered = Amount.from_record(remedy["amount"])
    left = ordered + ordered if track.kind == "fine" else ordered  # a fine may have been paid with its surcharge
    subjects = (record["id"], track.parcel, state.parcels[track.parcel].patch_id)
    for step in steps:
        done = _at_most(step["amount"], left)
        if done is not None:
            left = (left - done).floored()
            payload = {"remedy": record["id"], "step": dict(step, amount=done.as_record())}
            yield Draft(kinds.REMEDY_PROGRESSED, subjects, payload, step["on"])


def _at_most(amount: Mapping[str, Any], left: Amount) -> Optional[Amount]:
    """The step, cut to what the changed order still asks for; None where nothing is left of it."""
    cut = Amount(**{unit: min(value, left.get(unit)) for unit, value in amount.items() if getattr(left, unit) is not None})
    return None if cut.is_zero() else cut
