"""A second opinion, blind: part of a batch's verdicts is judged again by somebody who sees neither the first verdict nor the proposal.

A round names its parcels with the verdict that stood when it was asked for. What the second person says is an event of its own and no
verdict: figures count the first until an arbiter decides, with a reason. Who agrees is told per verdict (:mod:`..law.agreement`), never
per person.
"""
from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, RefusedError
from ..law.agreement import ILLEGAL, Agreement, agreement, drawn, weight_of
from . import kinds
from .events import UNDONE, Draft, Event, in_force
from .judging import Entry, give_verdicts
from .register import Recorded, Register
from .tables import VERDICT, names

FIRST, SECOND = "first", "second"
#: What is said of illegal parcels only.
_OF_ILLEGAL = ("WFLX", "WFXZ", "WFMJ", "WFGD", "WFJBNT", "FLSM")
#: A verdict as two people compare it: PDJL1 and PDJL2.
Said = Tuple[str, Optional[str]]


@dataclass(frozen=True)
class OpinionRound:
    """One round: ``parcels`` with the verdict event that stood then, drawn from ``of`` with ``seed`` (None: chosen by hand)."""

    id: str
    batch: str
    parcels: Mapping[str, str]
    of: int
    seed: Optional[int]
    to: str
    asked_at: str = ""


@dataclass(frozen=True)
class Opinion:
    """Both opinions on one parcel; ``area_m2`` × ``weight`` says how much hangs on it. ``decided`` is FIRST, SECOND or None."""

    round: str
    parcel: str
    number: str
    township: str
    first: Said
    second: Said
    second_reason: str
    area_m2: float
    weight: int
    decided: Optional[str] = None
    why: str = ""

    @property
    def differs(self) -> bool:
        """Whether the two say different things, sub-type included."""
        return self.first != self.second


def choose(register: Register, batch: str, *, size: int = 0, seed: int = 0, labels: Sequence[str] = (),
           to: Optional[str] = None) -> OpinionRound:
    """A round over chosen parcels (``labels``), or over ``size`` drawn at random by township and verdict; :func:`begin` records it.

    Parcels that ``to`` judged are not drawn, and refused where they are named. InputError where no judged parcel is left."""
    frame = register.parcels(batch)
    judged = frame[frame["PDJL1"].fillna("0") != "0"]
    authors = _authors(register, list(judged["verdict_event"].dropna()))
    second = register.actor_id(to) if to else None
    own = judged["verdict_event"].map(lambda key: second is not None and register.is_same_person(authors.get(key), second))
    if labels:
        wanted = {parcel for parcel, _patch in register.find(batch, list(labels))}
        if bool(own[judged["parcel_id"].isin(wanted)].any()):
            raise RefusedError("{who} judged some of these parcels; a second opinion comes from somebody else.",
                               "Choose other parcels, or another person.", who=to)
        picked = judged[judged["parcel_id"].isin(wanted)]
    else:
        free = judged[~own.astype(bool)] if len(judged) else judged
        strata = {row.parcel_id: (str(row.XZDM), str(row.PDJL1)) for row in free.itertuples()}
        picked = free[free["parcel_id"].isin(drawn(strata, size, seed))]
    if picked.empty:
        raise InputError("There is no judged parcel of which a second opinion can be asked.", "Give verdicts first, or choose others.")
    parcels = dict(zip(picked["parcel_id"], picked["verdict_event"]))
    return OpinionRound(str(uuid.uuid4()), batch, parcels, len(judged), None if labels else seed, to or "")


def begin(register: Register, asked: OpinionRound, *, by: Optional[str] = None) -> Recorded:
    """Record that a round was asked for."""
    person = register.enrolled(asked.to, by=by) if asked.to else None
    said = {"round": asked.id, "batch": asked.batch, "parcels": dict(asked.parcels), "of": asked.of, "size": len(asked.parcels),
            "seed": asked.seed, "to": person}
    return register.record(lambda state: [Draft(kinds.OPINION_ASKED, (asked.id,), said)], by=by, patches=[])


def _authors(register: Register, uuids: Sequence[str]) -> Dict[str, str]:
    wanted = set(uuids)
    return {event.uuid: event.actor for event in register.storage.events_of_kind(kinds.VERDICT_GIVEN) if event.uuid in wanted}


def rounds(register: Register, batch: Optional[str] = None) -> List[OpinionRound]:
    """Every round, newest first."""
    found = []
    for event in register.storage.events_of_kind(kinds.OPINION_ASKED):
        said = event.payload
        if batch in (None, said["batch"]):
            found.append(OpinionRound(said["round"], said["batch"], said["parcels"], said["of"], said["seed"],
                                      register.name_of(said["to"]) if said["to"] else "", event.recorded_at))
    return found[::-1]


def give(register: Register, round_id: str, parcel: str, level: str, sub_type: Optional[str], *, reason: str = "",
         by: Optional[str] = None) -> Recorded:
    """The second opinion on one parcel of a round. RefusedError for one that is not in it, was given already, or is the author's own."""
    asked = next((one for one in rounds(register) if one.id == round_id), None)
    if asked is None or parcel not in asked.parcels:
        raise RefusedError("This parcel is in no such round of second opinions.", "Take the package that was given out for it.")
    author = _authors(register, [asked.parcels[parcel]]).get(asked.parcels[parcel])
    if author is not None and register.is_same_person(author, register.actor_id(by)):
        raise RefusedError("{who} gave the first verdict; a second opinion comes from somebody else.", "Let a colleague judge it.", who=by)
    if any(event.payload["round"] == round_id and event.payload["parcel"] == parcel for event in _standing(register, kinds.OPINION_GIVEN)):
        raise RefusedError("The second opinion on this parcel was given already.", "Undo it first.")
    patch = register.storage.frame("parcel", ids=[parcel])["patch_id"].iat[0]
    said = {"round": round_id, "parcel": parcel, "PDJL1": level, "PDJL2": sub_type or None, "reason": reason}
    return register.record(lambda state: [Draft(kinds.OPINION_GIVEN, (parcel, patch), said)], by=by, patches=[patch])


def _standing(register: Register, kind: str) -> List[Event]:
    return in_force([*register.storage.events_of_kind(kind), *register.storage.events_of_kind(UNDONE)])


def opinions(register: Register, batch: Optional[str] = None, round_id: Optional[str] = None) -> List[Opinion]:
    """Both opinions on every parcel of which the second was given; disagreements that are not decided come first, by area × weight."""
    asked = {one.id: one for one in rounds(register, batch) if round_id in (None, one.id)}
    given = [event for event in _standing(register, kinds.OPINION_GIVEN) if event.payload["round"] in asked]
    decided = {(event.payload["round"], event.payload["parcel"]): event.payload for event in _standing(register, kinds.OPINION_DECIDED)}
    firsts = {event.uuid: event.payload["verdict"] for event in register.storage.events_of_kind(kinds.VERDICT_GIVEN)}
    frame = register.storage.frame("parcel", ids=[event.payload["parcel"] for event in given])
    rows = {row["parcel_id"]: row for row in frame.astype(object).where(frame.notna(), None).to_dict("records")}
    found = [_opinion(event.payload, firsts.get(asked[event.payload["round"]].parcels[event.payload["parcel"]], {}),
                      rows.get(event.payload["parcel"], {}), decided.get((event.payload["round"], event.payload["parcel"])))
             for event in given]
    return sorted(found, key=lambda one: (not one.differs, one.decided is not None, -one.area_m2 * one.weight, one.number))


def _opinion(said: Mapping[str, Any], first: Mapping[str, Any], row: Mapping[str, Any], decided: Optional[Mapping[str, Any]]) -> Opinion:
    one, two = (str(first.get("PDJL1") or "0"), first.get("PDJL2")), (str(said["PDJL1"]), said["PDJL2"])
    tilled, farmland = (row.get(name) or row.get(f"measured_{name}") or 0.0 for name in ("GDMJ", "JBNTMJ"))
    return Opinion(said["round"], said["parcel"], str(row.get("DKBH") or said["parcel"][:8]), str(row.get("XZMC") or ""), one, two,
                   str(said.get("reason") or ""), float(row.get("DKMJ") or 0.0), weight_of(one[0], two[0], tilled, farmland),
                   decided["chosen"] if decided else None, str(decided["reason"]) if decided else "")


def agreement_of(found: Sequence[Opinion], sub_types: bool = False) -> Agreement:
    """How far first and second agree, by verdict, or with ``sub_types`` by sub-type as well."""
    def called(said: Said) -> str:
        return " ".join(filter(None, said)) if sub_types else said[0]

    return agreement([(called(one.first), called(one.second)) for one in found])


def decide(register: Register, opinion: Opinion, chosen: str, *, reason: str, by: Optional[str] = None) -> Optional[Recorded]:
    """The arbiter lets one opinion stand, with a reason; where it is the second, it becomes the parcel's verdict in the same action.

    InputError without a reason; RefusedError where the second cannot stand as a verdict, or the parcel was judged anew since."""
    if not reason.strip():
        raise InputError("A reason or a text is needed.", "Write it in a few words.")
    if chosen not in (FIRST, SECOND):
        raise InputError("{text} is neither the first nor the second opinion.", "Say first or second.", text=chosen)
    frame = register.storage.frame("parcel", ids=[opinion.parcel])
    row = frame.astype(object).where(frame.notna(), None).to_dict("records")[0]
    asked = next(one for one in rounds(register) if one.id == opinion.round)
    if row["verdict_event"] != asked.parcels[opinion.parcel]:
        raise RefusedError("Parcel {parcel} was judged anew since the second opinion was asked for.",
                           "Look at it again; it needs no decision.", parcel=opinion.number)
    said = {"round": opinion.round, "parcel": opinion.parcel, "chosen": chosen, "reason": reason.strip()}
    draft = Draft(kinds.OPINION_DECIDED, (opinion.parcel, row["patch_id"]), said)
    if chosen == FIRST:
        return register.record(lambda state: [draft], by=by, patches=[row["patch_id"]], seen={opinion.parcel: row["last_event"]})
    verdict = {**{name: row[name] for name in names(VERDICT)}, "PDJL1": opinion.second[0], "PDJL2": opinion.second[1],
               **(dict.fromkeys(_OF_ILLEGAL) if opinion.second[0] != ILLEGAL else {})}
    judged = give_verdicts(register, str(row["PCBH"]), [Entry(opinion.number, verdict)], by=by, seen={opinion.parcel: row["last_event"]},
                           beside=[draft])
    if judged.refused:
        raise RefusedError("The second opinion cannot stand as a verdict: {reason}", "Give the verdict anew with what it needs.",
                           reason=judged.refused[0].reason)
    return judged.recorded
