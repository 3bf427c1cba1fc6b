"""Everything about one parcel that a verdict rests on, read beside the window and written as one page of rich text."""
from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import pandas as pd

from ..errors import Message
from ..i18n import say, tr, user_locale
from ..law import codes
from ..law.areas import mu_text
from ..progress import Progress
from ..register.register import Register
from . import labels
from .acts import in_words
from .earlier import Earlier, earlier_at

_MOST_EVENTS = 6


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
    """``facts`` by column of Register.parcels; reasons and needs are the proposal's; papers and history are lines of text;
    ``earlier`` are the parcels of earlier batches at this place."""

    parcel_id: str
    facts: Mapping[str, Any]
    bars: Sequence[Bar]
    reasons: Sequence[Message]
    needs: Sequence[Message]
    papers: Sequence[str]
    history: Sequence[str]
    review: Optional[Mapping[str, Any]]
    earlier: Sequence[Earlier]


def read_card(path: Path, parcel_id: str, progress: Progress) -> Optional[Card]:
    """The card as the register has it now; None where the parcel is no longer there."""
    with Register.open(path) as register:
        found = register.storage.frame("parcel", ids=[parcel_id])
        if found.empty:
            return None
        facts = found.astype(object).where(found.notna(), None).iloc[0].to_dict()
        progress.step(0.2)
        proposal = _own(register, "proposal", facts)
        return Card(
            parcel_id, facts, _bars(register, facts), _messages(proposal, "reasons"), _messages(proposal, "needs"),
            _papers(_own(register, "evidence_document", facts)), _history(register, facts),
            json.loads(facts["review"]) if facts["review"] else None, earlier_at(register, facts))


def _own(register: Register, table: str, facts: Mapping[str, Any]) -> pd.DataFrame:
    return register.storage.frame(table, ids=[facts["parcel_id"]])


def _messages(rows: pd.DataFrame, column: str) -> List[Message]:
    return [Message.from_record(record) for text in rows[column] for record in json.loads(text)]


def _bars(register: Register, facts: Mapping[str, Any]) -> List[Bar]:
    """Largest class first within a layer, layers in the order of the profile."""
    areas = _own(register, "evidence_area", facts)
    layers = register.storage.frame("evidence_layer", ids=areas["run_id"]).set_index("key")
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
    said = codes.label("DLBM", land_class, user_locale()) if role == "land_use" else land_class
    return said if role == "land_use" else f"{name} {said}"


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


def _history(register: Register, facts: Mapping[str, Any]) -> List[str]:
    events = register.storage.events(subjects=[facts["parcel_id"]])
    return [tr("{act}, {who}", act=in_words([event]), who=register.name_of(event.actor)) for event in reversed(events[-_MOST_EVENTS:])]


# --- the page ---------------------------------------------------------------------------------------------------------


def page(card: Card) -> str:
    """The card as rich text; everything that came from a file is escaped."""
    parts = [_came_back(card), _returned(card), _proposal(card), _measure(card), _bar_table(card)]
    parts.append(_list(tr("Earlier at this place"), [one.text for one in card.earlier]))
    parts += [_list(tr("Papers"), card.papers), _list(tr("History"), card.history)]
    return "".join(part for part in parts if part)


def _came_back(card: Card) -> str:
    """Loud: what had been set right here was done again."""
    if not any(one.came_back for one in card.earlier):
        return ""
    said = tr("This place comes back: an earlier illegal patch here was closed or rectified.")
    return (f'<table width="100%" cellpadding="4" cellspacing="0"><tr><td bgcolor="#c5221f">'
            f'<b style="color:white">{escape(said)}</b></td></tr></table>')


def _returned(card: Card) -> str:
    if card.facts["HSZT"] != "9" or not card.review:
        return ""
    said = tr("Returned: {reason}", reason=card.review.get("reason", ""))
    until = card.review.get("answer_by")
    due = " " + tr("Answer by {day}.", day=until) if until else ""
    return f'<p style="color:#b35900"><b>{escape(said)}</b>{escape(due)}</p>'


def _proposal(card: Card) -> str:
    level1, level2 = card.facts["ZDPD1"] or "", card.facts["ZDPD2"]
    name = labels.proposal_name(level1) + (f" · {labels.sub_verdict_name(level2)}" if level2 else "")
    rule = f" ({card.facts['ZDGZ']})" if card.facts["ZDGZ"] else ""
    said = tr("Proposal: {proposal}", proposal=name) if level1 else name
    head = f'<p><b style="color:{labels.verdict_colour(level1)}">{escape(said + rule)}</b>'
    reasons = "".join(f"<br>· {escape(say(reason))}" for reason in card.reasons)
    needs = "".join(f'<br><span style="color:#b35900">· {escape(say(need))}</span>' for need in card.needs)
    return head + reasons + needs + "</p>"


def _measure(card: Card) -> str:
    facts = card.facts
    said = [tr("Images {before} → {after}", before=_day(facts["QSX"]), after=_day(facts["HSX"]))]
    said.append(tr("Area {mu} mu = {m2:.0f} m²", mu=mu_text(facts["DKMJ"]), m2=facts["DKMJ"]))
    if facts["JCMJ"] is not None:
        said.append(tr("issued {mu} mu", mu=mu_text(facts["JCMJ"])))
    return f"<p>{escape(' · '.join(said))}</p>"


def _day(written: Optional[str]) -> str:
    """``20260301`` as 2026-03-01; what is written otherwise stays."""
    text = (written or "?").strip()
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def _bar_table(card: Card) -> str:
    if not card.bars:
        return f"<p><i>{escape(tr('Not measured yet.'))}</i></p>"
    rows = "".join(_bar_row(bar) for bar in card.bars)
    return f'<table width="100%" cellspacing="0" cellpadding="1">{rows}</table>'


def _bar_row(bar: Bar) -> str:
    filled = max(1, min(100, round(100 * bar.share)))
    rest = f'<td width="{100 - filled}%" bgcolor="#dddddd"></td>' if filled < 100 else ""
    drawn = (f'<table width="100%" cellspacing="0" cellpadding="0"><tr><td width="{filled}%" bgcolor="{bar.colour}">'
             f'<span style="font-size:4pt">&nbsp;</span></td>{rest}</tr></table>')
    area = tr("{area} mu", area=mu_text(bar.area_m2))
    return (f'<tr><td width="42%">{escape(bar.name)}</td><td width="28%" valign="middle">{drawn}</td>'
            f'<td align="right">{escape(area)}</td></tr>'
            f'<tr><td colspan="3"><span style="font-size:7pt; color:gray">{escape(bar.layer)}</span></td></tr>')


def _list(title: str, lines: Sequence[str]) -> str:
    return f"<p><b>{escape(title)}</b>" + "".join(f"<br>{escape(line)}" for line in lines) + "</p>" if lines else ""
