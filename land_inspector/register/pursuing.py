"""Pursuing: cases and remedies after the verdict "illegal" (domain.md §4, §9.5, §9.6).

The law room decides what may be done (:mod:`land_inspector.law.case_procedure`); each act done is one event, dated by the day it
was done. Amounts are records in the units of :class:`land_inspector.law.quantities.Amount` (m², fen, persons).
"""
from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence

from ..errors import InputError, RefusedError
from ..law import case_procedure
from ..law.acts import CLUE
from ..law.case import Case
from ..law.procedure_guards import Practice
from ..law.remedies import Track
from . import kinds
from .events import Draft
from .orders import remedies_after
from .register import Recorded, Register, effective_on_text
from .rulepacks import pack_of
from .state import State


def open_case(register: Register, batch: str, labels: Sequence[str], *, on: str, particulars: Optional[Mapping[str, Any]] = None,
              label: str = "", by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> str:
    """A new case over one or more illegal parcels, from its clue; its id. RefusedError when a parcel has an open case.

    ``seen``: the last event of each parcel as the person had looked at it; StaleError when somebody changed one since.
    """
    return _open(register, batch, {label or f"{labels[0]}-AJ": labels}, on, particulars, by, seen)[0]


def open_case_each(register: Register, batch: str, labels: Sequence[str], *, on: str, particulars: Optional[Mapping[str, Any]] = None,
                   by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> List[str]:
    """A new case for each of these parcels, as one action; their ids. ``seen`` as in :func:`open_case`."""
    return _open(register, batch, {f"{label}-AJ": [label] for label in labels}, on, particulars, by, seen)


def _open(register: Register, batch: str, cases: Mapping[str, Sequence[str]], on: str, particulars: Optional[Mapping[str, Any]],
          by: Optional[str], seen: Optional[Mapping[str, str]]) -> List[str]:
    """``cases``: the parcels of each by the number it begins with."""
    day, said = _day(on), dict(particulars or {})
    reason = case_procedure.particulars_refusal(CLUE, said)
    if reason is not None:
        raise RefusedError(reason.template, **reason.params)
    lookup = register.finder(batch, [label for labels in cases.values() for label in labels])
    drafts: List[Draft] = []
    for name, labels in cases.items():
        found, case_id = [lookup(label) for label in labels], str(uuid.uuid4())
        parcels, patches = [parcel for parcel, _patch in found], list(dict.fromkeys(patch for _parcel, patch in found))
        payload = {"case": case_id, "parcels": parcels, "label": name, "particulars": said}
        drafts.append(Draft(kinds.CASE_OPENED, (case_id, *parcels, *patches), payload, day.isoformat()))
    touched = list(dict.fromkeys(patch for draft in drafts for patch in draft.subjects[1 + len(draft.payload["parcels"]):]))
    register.record(lambda state: drafts, by=by, patches=touched, seen=seen)
    return [draft.subjects[0] for draft in drafts]


def do_act(register: Register, case_id: str, act: str, *, on: str, particulars: Optional[Mapping[str, Any]] = None,
           by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None, with_remedies: bool = False) -> Recorded:
    """Record an act of a case. RefusedError says why it is impossible and what comes next.

    ``with_remedies`` orders, changes and withdraws in the same action the remedies that follow from it.
    """
    return do_act_together(register, {case_id: dict(particulars or {})}, act, on=on, by=by, seen=seen, with_remedies=with_remedies)


def do_act_together(register: Register, said: Mapping[str, Mapping[str, Any]], act: str, *, on: str, by: Optional[str] = None,
                    seen: Optional[Mapping[str, str]] = None, with_remedies: bool = False) -> Recorded:
    """The same act in many cases as one action: particulars by case id. RefusedError if it is impossible in any of them."""
    homes, day = {key: _patches_of(register, key) for key in said}, _day(on)
    practices = _practices(register, homes)

    def build(state: State) -> Iterable[Draft]:
        for key, particulars in said.items():
            case = state.cases[key].case
            tracks = state.tracks_of(case.parcels)
            reason = case_procedure.refusal(case, act, practices[key], day, particulars, tracks)
            if reason is not None:
                raise RefusedError(reason.template, **reason.params)
            payload = {"case": key, "act": act, "particulars": dict(particulars)}
            yield Draft(kinds.CASE_ACT, (key, *case.parcels, *homes[key]), payload, day.isoformat())
            if with_remedies:
                yield from remedies_after(state, case, act, day, particulars, tracks)

    patches = list(dict.fromkeys(patch for home in homes.values() for patch in home))
    return register.record(build, by=by, patches=patches, seen=seen)


def _practices(register: Register, homes: Mapping[str, Sequence[str]]) -> Dict[str, Practice]:
    """The law of each case, each batch's pack read once."""
    state = register.storage.load_state(patches=[home[0] for home in homes.values()])
    batches = {key: state.patches[home[0]].batch_id for key, home in homes.items()}
    packs = {batch: Practice(pack_of(register, state.batches[batch])) for batch in set(batches.values())}
    return {key: packs[batch] for key, batch in batches.items()}


def order_remedy(register: Register, batch: str, label: str, kind: str, amount: Mapping[str, Any], *, on: str,
                 case: Optional[str] = None, item: Optional[str] = None, same_ground_as: Optional[str] = None,
                 by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> str:
    """Order a remedy for an illegal parcel; its id. ``same_ground_as`` names the land remedy whose ground it shares.

    ``seen`` as in :func:`open_case`.
    """
    (parcel_id, patch_id), = register.find(batch, [label])
    track = {"id": str(uuid.uuid4()), "parcel": parcel_id, "kind": kind, "ordered": dict(amount), "ordered_on": _day(on).isoformat(),
             "case": case, "item": item, "same_ground_as": same_ground_as}
    draft = Draft(kinds.REMEDY_ORDERED, (track["id"], parcel_id, patch_id), {"track": track}, track["ordered_on"])
    register.record(lambda state: [draft], by=by, patches=[patch_id], seen=seen)
    return track["id"]


def record_progress(register: Register, remedies: Mapping[str, Mapping[str, Any]], *, on: str, evidence: Sequence[str] = (),
                    by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """So much was done on a day: amounts by remedy id, all as one action; ``evidence`` are papers as the register keeps them."""
    day = _day(on).isoformat()
    said = {key: {"step": {"amount": dict(amount), "on": day, "evidence": list(evidence)}} for key, amount in remedies.items()}
    return _on_remedies(register, kinds.REMEDY_PROGRESSED, said, on, by, seen)


def accept_remedies(register: Register, remedies: Sequence[str], *, on: str, level: str, status: str = "2",
                    by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """One acceptance for many remedies: YSJB ``level`` 1 county, 2 city, 3 province; SHZT ``status`` 1 handed in, 2 finished, 9 back."""
    said = {key: {"acceptance": {"status": status, "level": level, "on": _day(on).isoformat()}} for key in remedies}
    return _on_remedies(register, kinds.REMEDY_ACCEPTED, said, on, by, seen)


def withdraw_remedies(register: Register, remedies: Sequence[str], *, on: str, reason: str, by: Optional[str] = None,
                      seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """Orders that no longer stand; what was done stays on record."""
    return _on_remedies(register, kinds.REMEDY_WITHDRAWN, {key: {"reason": reason} for key in remedies}, on, by, seen)


def cases(register: Register, state: Optional[State] = None) -> List[Case]:
    """Every case, now or in a folded ``state``."""
    return [record.case for record in (state or register.storage.load_state()).cases.values()]


def tracks(register: Register, state: Optional[State] = None) -> List[Track]:
    """Every remedy, now or in a folded ``state``."""
    return [record.track for record in (state or register.storage.load_state()).remedies.values()]


def _day(text: str) -> date:
    return date.fromisoformat(effective_on_text(text) or date.today().isoformat())


def _patches_of(register: Register, case_id: str) -> List[str]:
    patches = register.storage.patches_of_case(case_id)
    if not patches:
        raise InputError("The register has no case {case}.", "Take its number from the list of cases.", case=case_id)
    return patches


def _on_remedies(register: Register, kind: str, said: Mapping[str, Dict[str, Any]], on: str, by: Optional[str],
                 seen: Optional[Mapping[str, str]]) -> Recorded:
    homes = register.storage.parcels_of_remedies(said)
    unknown = [key for key in said if key not in homes]
    if unknown:
        raise InputError("The register has no remedy {item}.", "Take its number from the list of remedies.", item=unknown[0])
    drafts = [Draft(kind, (key, *homes[key]), dict(payload, remedy=key), _day(on).isoformat()) for key, payload in said.items()]
    patches = list(dict.fromkeys(patch for _parcel, patch in homes.values()))
    return register.record(lambda state: drafts, by=by, patches=patches, seen=seen)
