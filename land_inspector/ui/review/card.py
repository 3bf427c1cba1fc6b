"""Everything about one parcel that a verdict rests on, read beside the window."""
from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import pandas as pd
import shapely

from ...errors import Message
from ...evidence.crs import Crs
from ...exchange.wording import evidence_name, role_names
from ...i18n import say, tr, user_locale
from ...law import codes
from ...law.acts import STATES
from ...law.facts import SKETCH
from ...law.remedies import KINDS
from ...law.judgement import missing_evidence
from ...progress import Progress
from ...register.judging import Held, notes
from ...register import kinds
from ...register.addresses import RegisterAddress
from ...register.event_log import describe
from ...register.events import Event, in_force, UNDONE
from ...register.field_work import KeptVisit, visit_of
from ...register.own_patches import Similar, similar_to
from ...register.rebound import Settlement, meetings, seen_on, settlement_of
from ...register.register import Register
from ...register.state import CaseRecord, State
from ...register.views import parcels
from ...register.views.parcels import facts_of, meeting, names, on_subjects, outline, outlines, rows_of, state_of
from ..shell import map_layers
from ..shell.acts import local_time

_PHOTO = "01"  # JZLX


@dataclass(frozen=True)
class Bar:
    """How much of the parcel lies in one layer or class. ``area_m2`` of the parcel's whole; ``layer`` is name and date."""

    name: str
    area_m2: float
    share: float
    layer: str
    colour: str


@dataclass(frozen=True)
class Card:
    """``facts`` by column of the storage's frame ``parcel``; reasons and needs are the proposal's; papers and ``proof`` (what is
    still needed to prove the verdict) are lines of text; ``notes`` are text and author; ``owed`` are particulars (column names)
    that the verdict lacks; ``earlier`` are the parcels of earlier batches at this place; ``outline`` is WKB in the register's CRS;
    ``similar`` are decided own patches that look like this one; ``held`` says who else has it open on a server.
    """

    parcel_id: str
    facts: Mapping[str, Any]
    bars: Sequence[Bar]
    reasons: Sequence[Message]
    needs: Sequence[Message]
    papers: Sequence[str]
    proof: Sequence[str]
    notes: Sequence[str]
    history: Sequence[Happening]
    owed: Sequence[str]
    review: Optional[Mapping[str, Any]]
    visit: Optional[KeptVisit]
    assigned_to: str
    earlier: Sequence[Earlier]
    outline: bytes
    similar: Sequence[Similar] = ()
    held: Optional[Held] = None


def read_card(address: RegisterAddress, parcel_id: str, progress: Progress) -> Optional[Card]:
    """The card as the register has it now; None where the parcel is no longer there."""
    with Register.open(address) as register:
        facts = facts_of(register, parcel_id)
        if facts is None:
            return None
        progress.step(0.2)
        proposal, papers = parcels.proposals(register, parcel_id), parcels.documents(register, parcel_id)
        past = happenings(register, facts)
        return Card(
            parcel_id, facts, bars=_bars(register, facts), reasons=_messages(proposal, "reasons"), needs=_messages(proposal, "needs"),
            papers=_papers(papers), proof=_proof(facts), notes=_notes(register, parcel_id), history=past,
            owed=owed(register, facts), review=_record(facts["review"]), visit=visit_of(register, facts["site"]),
            assigned_to=register.name_of(facts["assigned_to"]) if facts["assigned_to"] else "",
            earlier=earlier_at(register, facts), outline=outline(register, facts["shape_id"]),
            similar=similar_to(register, parcel_id) if facts["TZ"] == SKETCH else ())


def _record(text: Optional[str]) -> Optional[Mapping[str, Any]]:
    return json.loads(text) if text else None


def _notes(register: Register, parcel_id: str) -> List[str]:
    return [tr("{text} ({who}, {day})", text=text, who=who, day=when[:10]) for text, who, when in notes(register, parcel_id)]


def _proof(facts: Mapping[str, Any]) -> List[str]:
    """What proves the verdict given, or else the one proposed, beyond the photos that are there."""
    photos = [_PHOTO] * int(facts["photos"] or 0)
    needed = missing_evidence(facts["PDJL2"] or facts["ZDPD2"], photos)
    return [item.zh if user_locale() == "zh" else item.en for item in needed]


def _messages(rows: pd.DataFrame, column: str) -> List[Message]:
    return [Message.from_record(record) for text in rows[column] for record in json.loads(text)]


def _bars(register: Register, facts: Mapping[str, Any]) -> List[Bar]:
    """Largest class first within a layer, layers in the order of the profile."""
    areas = parcels.areas(register, facts["parcel_id"])
    layers = parcels.layers(register, areas["run_id"]).set_index("key")
    bars = []
    for key in layers.index:
        said = " ".join(text for text in (layers.at[key, "name"], layers.at[key, "date"]) if text)
        for row in areas[areas["layer"] == key].sort_values("area_m2", ascending=False).itertuples():
            group = codes.land_class_group(row[5]) if row.role == "land_use" else None
            bars.append(Bar(evidence_name(row.role, row[5]), row.area_m2, row.area_m2 / facts["DKMJ"], said, _colour(row.role, group)))
    return bars


def _colour(role: str, group: Optional[str]) -> str:
    if role in ("farmland", "redline"):
        return "#c5221f"
    if role == "land_use":
        return {"GD": "#e0a100", "FGNYD": "#7cae3c", "JSYD": "#8a6d9c"}.get(group or "", "#8b9199")
    return "#1a5fb4"


def _papers(rows: pd.DataFrame) -> List[str]:
    said = []
    for row in rows.itertuples():
        paper = json.loads(row.attributes)
        parts = [role_names().get(row.role, row.role), paper.get("number"), paper.get("date"), paper.get("project") or paper.get("user")]
        said.append(" · ".join(part for part in parts if part))
    return said


# --- What happened to a parcel, in sentences anyone can read, the newest first; what was undone stays in sight as
#     undone.


@dataclass(frozen=True)
class Happening:
    """One event; ``undone`` tells that it no longer counts."""

    text: str
    who: str
    when: str
    undone: bool


def happenings(register: Register, facts: Mapping[str, Any]) -> List[Happening]:
    """Of a parcel given by its row of the storage's frame ``parcel``; also what happened to its patch before it was cut."""
    events = on_subjects(register, facts["parcel_id"], facts["patch_id"])
    standing = {event.uuid for event in in_force(events)}
    state = state_of(register, [facts["patch_id"]])
    people = names(register)
    return [Happening(_told(event, state, people), people.get(event.actor, event.actor), local_time(event.recorded_at),
                      event.uuid not in standing and event.kind != UNDONE)
            for event in reversed(events) if _concerns(event, facts)]


def owed(register: Register, facts: Mapping[str, Any]) -> List[str]:
    """Particulars that the verdict in force lacks (R33), by column name."""
    if not facts["incomplete"]:
        return []
    events = on_subjects(register, facts["parcel_id"])
    return next((list(event.payload["missing"]) for event in reversed(events) if event.uuid == facts["verdict_event"]), [])


def _concerns(event: Event, facts: Mapping[str, Any]) -> bool:
    """Acts on a sister piece of the same patch are not this parcel's history."""
    named = event.payload.get("parcel")
    ours = (facts["parcel_id"], facts["parent_id"])
    return facts["parcel_id"] in event.subjects or named is None or named in ours


def _told(event: Event, state: State, names: Mapping[str, str]) -> str:
    said = event.payload
    if event.kind == kinds.VERDICT_GIVEN:
        return _verdict(said["verdict"])
    if event.kind == kinds.PARCEL_ASSIGNED and said["to"] is not None:
        return tr("Given to {who}", who=names.get(said["to"], said["to"]))
    return say(describe(event, state))


def _verdict(verdict: Mapping[str, Any]) -> str:
    name = map_layers.sub_verdict_name(verdict["PDJL2"]) if verdict.get("PDJL2") else map_layers.verdict_name(verdict.get("PDJL1") or "")
    grounds = verdict.get("PDSM")
    return tr("Verdict: {verdict} – {grounds}", verdict=name, grounds=grounds) if grounds else tr("Verdict: {verdict}", verdict=name)


# --- Patches of earlier batches at the place of a parcel, and how each of them ended.


_ILLEGAL = "2"
#: Neighbours that share a border overlap by slivers; less than this share of the parcel is no return to the place.
LEAST_SHARE = 0.01


@dataclass(frozen=True)
class Earlier:
    """One earlier parcel. ``share`` of the present parcel's area lies in it; ``came_back`` tells that it was illegal and its case
    closed or its land rectified, and that both outlines meet by more than chance: here something was done again that had been set
    right. ``said`` tells then when, by which order, and how far they meet."""

    text: str
    share: float
    came_back: bool
    said: str = ""


def earlier_at(register: Register, facts: Mapping[str, Any]) -> List[Earlier]:
    """Newest batch first; ``facts`` is the present parcel's row of the storage's frame ``parcel``."""
    shares, meets = _shares(register, facts)
    order = _issued_days(register)
    rows = [row for row in rows_of(register, shares) if _is_earlier(order, row["batch_id"], facts["batch_id"])]
    if not rows:
        return []
    state = state_of(register, {row["patch_id"] for row in rows})
    rows.sort(key=lambda row: (order[row["batch_id"]], row["DKBH"]), reverse=True)
    seen = seen_on(facts["HSX"], next((row.XFRQ for row in register.batches().itertuples() if row.id == facts["batch_id"]), None))
    return [_earlier_told(row, shares[row["parcel_id"]], meets.get(row["parcel_id"], 0.0), seen, state) for row in rows]


def _shares(register: Register, facts: Mapping[str, Any]) -> Tuple[Dict[str, float], Dict[str, float]]:
    """Share of the parcel's area by the id of each other parcel that lies over it, whatever its batch; and, for those that meet it by
    more than chance, the area (m²)."""
    own = shapely.from_wkb(outline(register, facts["shape_id"]))
    near = [row for row in rows_of(register, meeting(register, tuple(own.bounds)))
            if row["parcel_id"] != facts["parcel_id"] and row["batch_id"] != facts["batch_id"]]
    shapes = outlines(register, [row["shape_id"] for row in near])
    shares = {row["parcel_id"]: shapely.area(shapely.intersection(own, shapely.from_wkb(shapes[row["shape_id"]]))) / own.area
              for row in near}
    old = np.array([shapely.from_wkb(shapes[row["shape_id"]]) for row in near] + [None], dtype=object)[:-1]
    found = meetings(np.array([own]), old, Crs.of(register.meta["crs"]))
    met = {near[place]["parcel_id"]: float(area) for place, area in zip(found.old, found.overlap_m2)}
    return {key: float(share) for key, share in shares.items() if share >= LEAST_SHARE or key in met}, met


def _issued_days(register: Register) -> Dict[str, Tuple[str, str]]:
    """When each batch was issued, as far as is known, and its code: a key to sort by."""
    return {row.id: (row.XFRQ or f"{row.ND}", row.PCBH) for row in register.batches().itertuples()}


def _is_earlier(order: Mapping[str, Tuple[str, str]], batch: str, present: str) -> bool:
    return order[batch] < order[present]


def _earlier_told(row: Mapping[str, Any], share: float, overlap_m2: float, seen: Optional[date], state: State) -> Earlier:
    case = _case_of(state, row["parcel_id"])
    rectified = _is_rectified(state, row["parcel_id"])
    said = [tr("{batch} {parcel}", batch=row["PCBH"], parcel=row["DKBH"]), _earlier_verdict(row)]
    if case is not None:
        said.append(tr("case {case} {state}", case=case.AJBH or "?", state=say(STATES[case.ZT].label)))
    if rectified is not None:
        said.append(tr("rectified and accepted") if rectified else tr("not yet rectified"))
    said.append(tr("{share:.0f} % of this parcel", share=100 * share))
    settled = settlement_of(state, row["parcel_id"]) if row["PDJL1"] == _ILLEGAL and overlap_m2 else None
    if settled is None:
        return Earlier(" · ".join(said), share, False)
    return Earlier(" · ".join(said), share, True, _again(row, settled, overlap_m2, share, seen))


def _again(row: Mapping[str, Any], settled: Settlement, overlap_m2: float, share: float, seen: Optional[date]) -> str:
    """What had been set right here, when and by which order, and how far the new patch meets it."""
    parts = [tr("{batch} {parcel}", batch=row["PCBH"], parcel=row["DKBH"]), say(settled.how)]
    if settled.on is not None:
        parts.append(settled.on.isoformat())
        days = None if seen is None else (seen - settled.on).days
        parts += [] if days is None else [tr("{n} days before the later image", n=days)] if days > 0 else [
            tr("after the later image was taken: it may show the old state")]
    parts += [tr("order {number}", number=settled.order)] if settled.order else []
    parts.append(tr("overlap {m2:.0f} m², {share:.0f} % of this parcel", m2=overlap_m2, share=100 * share))
    parts.append(tr("{n} photos", n=int(row["photos"] or 0)))
    return " · ".join(parts)


def _earlier_verdict(row: Mapping[str, Any]) -> str:
    return map_layers.sub_verdict_name(row["PDJL2"]) if row["PDJL2"] else map_layers.verdict_name(row["PDJL1"])


def _case_of(state: State, parcel_id: str) -> Optional[CaseRecord]:
    """The newest case over a parcel, open or closed."""
    cases: Sequence[CaseRecord] = [case for case in state.cases.values() if parcel_id in json.loads(case.parcels)]
    return max(cases, key=lambda case: (case.is_open, case.since), default=None)


def _is_rectified(state: State, parcel_id: str) -> Optional[bool]:
    """Whether every remedy ordered for the land is done and accepted; None where none was ordered."""
    tracks = [track for track in state.tracks_of([parcel_id]) if KINDS[track.kind].settles_land and track.withdrawn_on is None]
    return all(track.is_complete for track in tracks) if tracks else None


# --- Cards that were read, kept until an act makes them old.


#: Going back over the last few dozen parcels reads nothing again.
MOST = 64


class CardCache:
    """What was being read while somebody acted on the same parcel is not believed when it arrives."""

    def __init__(self) -> None:
        self._cards: OrderedDict[str, Card] = OrderedDict()
        self._readings: Dict[str, object] = {}
        self._wanted: Optional[str] = None

    def get(self, parcel_id: str) -> Optional[Card]:
        """The parcel's card; None where it has not been read or is believed no more."""
        return self._cards.get(parcel_id)

    def want(self, parcel_id: str) -> None:
        """This is the card that the window waits for."""
        self._wanted = parcel_id

    def is_wanted(self, parcel_id: str) -> bool:
        """Whether the window still waits for this card."""
        return self._wanted == parcel_id

    def begin(self, parcel_id: str) -> Optional[object]:
        """The reading of a card; None where it is being read already."""
        if parcel_id in self._readings:
            return None
        self._readings[parcel_id] = object()
        return self._readings[parcel_id]

    def end(self, parcel_id: str, reading: object, card: Optional[Card]) -> bool:
        """A reading ended; whether it tells how things are now."""
        if self._readings.get(parcel_id) is not reading:
            return False
        del self._readings[parcel_id]
        if card is not None:
            self._cards[parcel_id] = card
            while len(self._cards) > MOST:
                self._cards.popitem(last=False)
        return True

    def forget(self, ids: Optional[Sequence[str]] = None) -> None:
        """An act touched these parcels; None where nobody knows which."""
        for parcel_id in [*self._cards, *self._readings] if ids is None else ids:
            self._cards.pop(parcel_id, None)
            self._readings.pop(parcel_id, None)
