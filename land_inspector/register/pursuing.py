"""Pursuing: cases and remedies after the verdict "illegal" (domain.md §4, §9.5, §9.6).

The law room decides what may be done (:mod:`land_inspector.law.case_procedure`); each act done is one event, dated by the day it
was done. Amounts are records in the units of :class:`land_inspector.law.areas.Amount` (m², fen, persons).
"""
from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from ..errors import InputError, RefusedError
from ..law import case_procedure
from ..law.acts import ACTS, CLUE
from ..law.case import Case, named_items
from ..law.indicators import decision_on
from ..law.penalties import CriminalFlag, OCCUPIED, Offence, WAYS, criminal_flags
from ..law.procedure import day_of
from ..law.procedure_guards import Practice
from ..law.areas import Amount
from ..law.remedies import KINDS, Track, as_record, standing
from . import kinds
from .events import Draft, UNDONE, effective_by, in_force, known_by
from .figures import Frames, Scope, frames
from .register import Recorded, Register, effective_on_text, known_at_text
from .proposing import pack_of
from .state import State


# The remedies that follow from an act of a case: a decision orders them, a changed one replaces them, a revoked one takes them back.

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


# Subjects whose unpunished acts together reach a line of the criminal law (R48), from the verdicts and cases of a register.

@dataclass(frozen=True)
class PoliceLine:
    """``numbers`` are the parcels' (DKBH); ``subject`` the land user, None where a person's name is not asked for."""

    flag: CriminalFlag
    subject: Optional[str]
    numbers: List[str]


def police_lines(register: Register, scope: Scope, with_names: bool = False) -> List[PoliceLine]:
    """The subjects by name; parcels without a land user stand each for themselves. What a standing decision punished is left out."""
    found = frames(register, scope)
    rows = {row["parcel_id"]: row for row in found.parcels[found.parcels["PDJL1"] == "2"].to_dict("records")}
    punished = _punished(found)
    offences = [_offence(key, row) for key, row in rows.items() if key not in punished]
    people = {name for name, _salt in register.storage.parties().values()}
    told = []
    for flag in criminal_flags(offences, found.pack):
        named = flag.subject if not flag.subject.startswith(_NOBODY) and (with_names or flag.subject not in people) else None
        told.append(PoliceLine(flag, named, [rows[key]["DKBH"] for key in flag.parcels]))
    return told


#: Begins the stand-in of a parcel whose land user nobody has named.
_NOBODY = "\x00"


def _punished(found: Frames) -> Set[str]:
    return {parcel for case in found.all_cases if decision_on(case) is not None for parcel in case.parcels}


def _offence(key: str, row: Mapping[str, Any]) -> Offence:
    area, cultivated = _first(row, "WFMJ", "DKMJ"), _first(row, "WFGD", "GDMJ")
    return Offence(row["YDDW"] or f"{_NOBODY}{key}", key, _first(row, "WFJBNT", "JBNTMJ"), cultivated,
                   WAYS.get(row["WFLX"] or "", OCCUPIED), day_of(row["JSSJ"]), max(area - cultivated, 0.0))


def _first(row: Mapping[str, Any], *names: str) -> float:
    values: Dict[str, Any] = {name: row.get(name) for name in names}
    return next((float(value) for value in values.values() if value is not None and value == value), 0.0)


# Supervising teams: who watches which township, until when (domain.md seed000: 督导组包片).
#
# A supervision changes no parcel, so it needs no table: the few events in force are the whole of it. They carry a person's id; the
# name stands in the removable table of persons.

@dataclass(frozen=True)
class Supervision:
    """``person`` is an opaque id; ``townships`` are XZDM codes, none of them stands for the whole county."""

    id: str
    person: str
    townships: Tuple[str, ...]
    since: date
    until: date
    remark: str = ""
    ended_on: Optional[date] = None


def assign_supervision(register: Register, person: str, townships: Sequence[str], *, since: str, until: str, remark: str = "",
                       by: Optional[str] = None) -> str:
    """A person (by name, entered if unknown) watches townships (codes; none: the whole county) until a day; its id.

    InputError for an unknown township, a blank name, or a last day before the first.
    """
    if not person.strip():
        raise InputError("A supervision needs a name.", "Say who watches.")
    first, last = _day(since), _day(until)
    if last < first:
        raise InputError("The supervision would end on {until}, before it begins on {since}.", "Give a later last day.",
                         until=last.isoformat(), since=first.isoformat())
    named = _townships(register, townships)
    who, key = register.enrolled(person.strip(), by=by), str(uuid.uuid4())
    said = {"supervision": key, "person": who, "townships": named, "until": last.isoformat(), "remark": remark.strip()}
    draft = Draft(kinds.SUPERVISION_ASSIGNED, (key,), said, first.isoformat())
    register.record(lambda state: [draft], by=by, patches=[])
    return key


def end_supervision(register: Register, supervision: str, *, on: str, reason: str, by: Optional[str] = None) -> Recorded:
    """The supervision is over on a day, done or given to somebody else; the reason says which.

    InputError without a reason; RefusedError for one that does not run, or a day before it began."""
    if not reason.strip():
        raise InputError("Ending a supervision needs a reason.", "Write for example that all is rectified, or who takes over.")
    known = {one.id: one for one in supervisions(register)}.get(supervision)
    if known is None or known.ended_on is not None:
        raise RefusedError("There is no such supervision, or it has ended already.", "Choose one that runs.")
    day = _day(on)
    if day < known.since:
        raise RefusedError("The supervision begins on {day}; it cannot end before.", "Give a later day.", day=known.since.isoformat())
    draft = Draft(kinds.SUPERVISION_ENDED, (supervision,), {"supervision": supervision, "reason": reason.strip()}, day.isoformat())
    return register.record(lambda state: [draft], by=by, patches=[])


def supervisions(register: Register, known_at: Optional[str] = None, effective_on: Optional[str] = None) -> List[Supervision]:
    """Every supervision, ended ones too, by last day and townships; as known at a moment and effective on a day."""
    events = [event for kind in (kinds.SUPERVISION_ASSIGNED, kinds.SUPERVISION_ENDED, UNDONE)
              for event in register.storage.events_of_kind(kind)]
    known = known_by(events, known_at_text(known_at))
    found: Dict[str, Supervision] = {}
    for event in effective_by(in_force(known), effective_on_text(effective_on)):
        said, key = event.payload, event.payload["supervision"]
        if event.kind == kinds.SUPERVISION_ASSIGNED:
            townships = tuple(township["XZDM"] for township in said["townships"])
            found[key] = Supervision(key, said["person"], townships, date.fromisoformat(event.effective_on),
                                     date.fromisoformat(said["until"]), said["remark"])
        elif key in found:  # the end of a supervision whose beginning was undone ends nothing
            found[key] = replace(found[key], ended_on=date.fromisoformat(event.effective_on))
    return sorted(found.values(), key=lambda one: (one.until, one.townships, one.id))


def _townships(register: Register, codes: Sequence[str]) -> List[Dict[str, str]]:
    known = register.townships().drop_duplicates("XZDM").set_index("XZDM")["XZMC"].to_dict()
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise InputError("The register has no township {code}.", "Choose among its townships.", code=unknown[0])
    return [{"XZDM": code, "XZMC": known[code]} for code in dict.fromkeys(codes)]
