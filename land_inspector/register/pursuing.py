"""Pursuing: cases and remedies after the verdict "illegal" (domain.md §4, §9.5, §9.6).

The law room decides what may be done (:mod:`land_inspector.law.procedure`); each act done is one event, dated by the day it
was done. Amounts are records in the units of :class:`land_inspector.law.quantities.Amount` (m², fen, persons).
"""
from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence

from ..errors import InputError, RefusedError
from ..law import procedure
from ..law.acts import CLUE
from ..law.case import Case
from ..law.procedure_guards import Practice
from ..law.remedies import Track
from . import events as kinds
from .events import Draft
from .register import Recorded, Register, effective_on_text
from .rulepacks import pack_of
from .state import State


def practice_of(register: Register, patches: Iterable[str]) -> Practice:
    """The law a case is judged by: the pack of its parcels' batch."""
    state = register.storage.load_state(patches=list(patches))
    batch = next(state.batches[patch.batch_id] for patch in state.patches.values())
    return Practice(pack_of(register, batch))


def open_case(register: Register, batch: str, labels: Sequence[str], *, on: str, particulars: Optional[Mapping[str, Any]] = None,
              label: str = "", by: Optional[str] = None) -> str:
    """A new case over one or more illegal parcels, from its clue; its id. RefusedError when a parcel has an open case."""
    found = register.find(batch, labels)
    case_id, day = str(uuid.uuid4()), _day(on)
    said = dict(particulars or {})
    reason = procedure.particulars_refusal(CLUE, said)
    if reason is not None:
        raise RefusedError(reason.template, **reason.params)
    parcels, patches = [parcel for parcel, _patch in found], list(dict.fromkeys(patch for _parcel, patch in found))
    payload = {"case": case_id, "parcels": parcels, "label": label or f"{labels[0]}-AJ", "particulars": said}
    draft = Draft(kinds.CASE_OPENED, (case_id, *parcels, *patches), payload, day.isoformat())
    register.record(lambda state: [draft], by=by, patches=patches)
    return case_id


def do_act(register: Register, case_id: str, act: str, *, on: str, particulars: Optional[Mapping[str, Any]] = None,
           by: Optional[str] = None, seen: Optional[Mapping[str, str]] = None) -> Recorded:
    """Record an act of a case. RefusedError says why it is impossible and what comes next."""
    patches, day, said = _patches_of(register, case_id), _day(on), dict(particulars or {})
    practice = practice_of(register, patches)

    def build(state: State) -> Iterable[Draft]:
        case = state.cases[case_id].case
        reason = procedure.refusal(case, act, practice, day, said, state.tracks_of(case.parcels))
        if reason is not None:
            raise RefusedError(reason.template, **reason.params)
        yield Draft(kinds.CASE_ACT, (case_id, *case.parcels, *patches), {"case": case_id, "act": act, "particulars": said}, day.isoformat())

    return register.record(build, by=by, patches=patches, seen=seen)


def order_remedy(register: Register, batch: str, label: str, kind: str, amount: Mapping[str, Any], *, on: str,
                 case: Optional[str] = None, item: Optional[str] = None, same_ground_as: Optional[str] = None,
                 by: Optional[str] = None) -> str:
    """Order a remedy for an illegal parcel; its id. ``same_ground_as`` names the land remedy whose ground it shares."""
    (parcel_id, patch_id), = register.find(batch, [label])
    track = {"id": str(uuid.uuid4()), "parcel": parcel_id, "kind": kind, "ordered": dict(amount), "ordered_on": _day(on).isoformat(),
             "case": case, "item": item, "same_ground_as": same_ground_as}
    draft = Draft(kinds.REMEDY_ORDERED, (track["id"], parcel_id, patch_id), {"track": track}, track["ordered_on"])
    register.record(lambda state: [draft], by=by, patches=[patch_id])
    return track["id"]


def record_progress(register: Register, remedies: Mapping[str, Mapping[str, Any]], *, on: str, evidence: Sequence[str] = (),
                    by: Optional[str] = None) -> Recorded:
    """So much was done on a day: amounts by remedy id, all as one action."""
    day = _day(on).isoformat()
    said = {key: {"step": {"amount": dict(amount), "on": day, "evidence": list(evidence)}} for key, amount in remedies.items()}
    return _on_remedies(register, kinds.REMEDY_PROGRESSED, said, on, by)


def accept_remedies(register: Register, remedies: Sequence[str], *, on: str, level: str, status: str = "2",
                    by: Optional[str] = None) -> Recorded:
    """One acceptance for many remedies: YSJB ``level`` 1 county, 2 city, 3 province; SHZT ``status`` 1 handed in, 2 finished, 9 back."""
    said = {key: {"acceptance": {"status": status, "level": level, "on": _day(on).isoformat()}} for key in remedies}
    return _on_remedies(register, kinds.REMEDY_ACCEPTED, said, on, by)


def withdraw_remedies(register: Register, remedies: Sequence[str], *, on: str, reason: str, by: Optional[str] = None) -> Recorded:
    """Orders that no longer stand; what was done stays on record."""
    return _on_remedies(register, kinds.REMEDY_WITHDRAWN, {key: {"reason": reason} for key in remedies}, on, by)


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


def _on_remedies(register: Register, kind: str, said: Mapping[str, Dict[str, Any]], on: str, by: Optional[str]) -> Recorded:
    homes = register.storage.parcels_of_remedies(said)
    unknown = [key for key in said if key not in homes]
    if unknown:
        raise InputError("The register has no remedy {item}.", "Take its number from the list of remedies.", item=unknown[0])
    drafts = [Draft(kind, (key, *homes[key]), dict(payload, remedy=key), _day(on).isoformat()) for key, payload in said.items()]
    return register.record(lambda state: drafts, by=by, patches=list(dict.fromkeys(patch for _parcel, patch in homes.values())))
