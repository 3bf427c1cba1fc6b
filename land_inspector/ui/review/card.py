"""Everything about one parcel that a verdict rests on, read beside the window."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence

import pandas as pd

from ...errors import Message
from ...i18n import tr, user_locale
from ...law import codes
from ...law.verdicts import missing_evidence
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.field_work import KeptVisit, visit_of
from ...register.marking import notes
from ...register.register import Register
from ...register.views import evidence
from ...register.views.parcels import facts_of, outline
from .card_history import Happening, happenings, owed
from .earlier import Earlier, earlier_at

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
    that the verdict lacks; ``earlier`` are the parcels of earlier batches at this place; ``outline`` is WKB in the register's CRS.
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


def read_card(address: RegisterAddress, parcel_id: str, progress: Progress) -> Optional[Card]:
    """The card as the register has it now; None where the parcel is no longer there."""
    with Register.open(address) as register:
        facts = facts_of(register, parcel_id)
        if facts is None:
            return None
        progress.step(0.2)
        proposal, papers = evidence.proposals(register, parcel_id), evidence.documents(register, parcel_id)
        past = happenings(register, facts)
        return Card(
            parcel_id, facts, bars=_bars(register, facts), reasons=_messages(proposal, "reasons"), needs=_messages(proposal, "needs"),
            papers=_papers(papers), proof=_proof(facts), notes=_notes(register, parcel_id), history=past,
            owed=owed(register, facts), review=_record(facts["review"]), visit=visit_of(register, facts["site"]),
            assigned_to=register.name_of(facts["assigned_to"]) if facts["assigned_to"] else "",
            earlier=earlier_at(register, facts), outline=outline(register, facts["shape_id"]))


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
    areas = evidence.areas(register, facts["parcel_id"])
    layers = evidence.layers(register, areas["run_id"]).set_index("key")
    bars = []
    for key in layers.index:
        said = " ".join(text for text in (layers.at[key, "name"], layers.at[key, "date"]) if text)
        for row in areas[areas["layer"] == key].sort_values("area_m2", ascending=False).itertuples():
            group = codes.land_class_group(row[5]) if row.role == "land_use" else None
            bars.append(Bar(_bar_name(row.role, row[5]), row.area_m2, row.area_m2 / facts["DKMJ"], said, _colour(row.role, group)))
    return bars


def _bar_name(role: str, land_class: Optional[str]) -> str:
    name = role_names().get(role, role)
    if not land_class:
        return name
    if role == "land_use":
        return codes.label("DLBM", land_class, user_locale())
    return zone_names().get(land_class, f"{name} {land_class}") if role == "plan" else f"{name} {land_class}"


def zone_names() -> Dict[str, str]:
    """The zones of the land-use plans in use, by their codes (乡级土地利用总体规划 GHFQDM)."""
    return {"010": tr("Zone where building is allowed"), "020": tr("Zone where building is allowed on conditions"),
            "030": tr("Zone where building is restricted"), "040": tr("Zone where building is forbidden")}


def _colour(role: str, group: Optional[str]) -> str:
    if role in ("farmland", "redline"):
        return "#c5221f"
    if role == "land_use":
        return {"GD": "#e0a100", "FGNYD": "#7cae3c", "JSYD": "#8a6d9c"}.get(group or "", "#8b9199")
    return "#1a5fb4"


def role_names() -> Dict[str, str]:
    """What each kind of evidence layer is called."""
    return {
        "land_use": tr("Land use"), "approval": tr("Approval"), "supply": tr("Land supply"), "registration": tr("Registration"),
        "facility": tr("Facility agriculture"), "temporary": tr("Temporary land"), "linkage": tr("Linkage project"),
        "consolidation": tr("Land consolidation"), "mining": tr("Mining licence"), "farmland": tr("Permanent basic farmland"),
        "redline": tr("Ecological red line"), "plan": tr("Plan zone"), "village": tr("Village area 203"), "highways": tr("Highway"),
    }


def _papers(rows: pd.DataFrame) -> List[str]:
    said = []
    for row in rows.itertuples():
        paper = json.loads(row.attributes)
        parts = [role_names().get(row.role, row.role), paper.get("number"), paper.get("date"), paper.get("project") or paper.get("user")]
        said.append(" · ".join(part for part in parts if part))
    return said
