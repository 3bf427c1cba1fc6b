"""Grounds, terms, amounts and marks of a case in words, the same on every page and form."""
from __future__ import annotations

import re
from datetime import date
from typing import Dict, List, Optional, Union

from ..i18n import say, tr, user_locale
from ..law.acts import OPTION_LABELS
from ..law.areas import Amount, m2_text, mu_text, yuan
from ..law.case import Case
from ..law.papers.wording import cited, cited_of_a_pack, law_of, of_a_pack
from ..law import codes as code_lists
from ..law.codes import shipped_codes
from ..law.deadlines import DUTY, OVERDUE, SOON, WAIT, Deadline
from ..law.penalties import FineStanding
from ..law.procedure import AHEAD, HERE, PASSED, SKIPPED
from ..law.remedies import UNIT_LABELS, Track, figure_text, label


def ground_text(ground: str) -> str:
    """``行政处罚法 Art. 54`` as a reader of either language cites it; codes of our own sources are left out."""
    if "UNSOURCED" in ground:
        return tr("a setting without a source, to be checked")
    parts = [_cited(part.strip()) for part in re.sub(r"\[[^\]]*\]", "", ground).split(";")]
    return tr("; ").join(part for part in parts if part) or tr("practice")


def matter_ground_text(ground: str) -> str:
    """A ground of a ledger's pack, ``53号令 第14(2)条；合同``, as a reader of either language cites it; what is no law stays as it is."""
    parts = [part.strip() for part in ground.split("；") if part.strip()]
    return ("；" if user_locale() == "zh" else "; ").join(_of_a_pack(part) for part in parts)


def _of_a_pack(part: str) -> str:
    found = of_a_pack(part)
    if found is None or user_locale() == "zh":
        return cited_of_a_pack(part)
    law, articles, aside = found
    return (tr("{law}, Art. {articles}", law=law.en, articles=articles) if articles else law.en) + aside


def _cited(part: str) -> str:
    law, _art, articles = part.partition(" Art. ")
    known = law_of(law)
    if known is None:
        return ""
    if user_locale() != "zh":
        return tr("{law}, Art. {articles}", law=known.en, articles=articles) if articles else known.en
    return cited(part)


def term_text(one: Deadline, today: date, case: Case) -> str:
    """``Decision by 2024-08-04, 12 days left``; what is overdue says so in words, and of several remedies which is meant."""
    name, due = one.name.text(user_locale()), one.due_on.isoformat()
    item = case.item(one.item or "") if len(case.items) > 1 else None
    name = name + tr(" ({what})", what=remedy_name(item.kind)) if item else name
    said = _term(one, name, due, today)
    return tr("{term} (provisional: the year's holidays are not announced)", term=said) if one.provisional else said


def _term(one: Deadline, name: str, due: str, today: date) -> str:
    left, status = one.days_left(today), one.status(today)
    if one.role == WAIT:
        return tr("{term}: runs until {due}; nothing may follow before", term=name, due=due)
    if one.role != DUTY:
        return tr("{term}: possible for the party until {due}", term=name, due=due)
    if status == OVERDUE:
        return tr("OVERDUE by {n} days: {term}, due {due}", n=-left, term=name, due=due)
    if left == 0:
        return tr("TODAY: {term}, due {due}", term=name, due=due)
    return tr("{term} by {due}, {n} days left", term=name, due=due, n=left)


def term_letter(one: Deadline, today: date) -> str:
    """A sign that says the same as the colour: !! overdue, ! soon, ‖ a wait, · all else."""
    if one.role == WAIT:
        return "‖"
    return {OVERDUE: "!!", SOON: "!"}.get(one.status(today), "·")


def mark_names() -> Dict[str, str]:
    """How far a milestone is, in the user's language, by its mark."""
    return {PASSED: tr("done"), HERE: tr("stands here"), SKIPPED: tr("left out"), AHEAD: tr("ahead")}


# --- remedies --------------------------------------------------------------------------------------------------------

def unit_name(unit: str) -> str:
    """What the unit counts (land, money, persons …), in the user's language."""
    return say(UNIT_LABELS[unit])


def figure(unit: str, value: Union[int, float]) -> str:
    """With its unit, land in both m² and mu."""
    if unit == "fen":
        return tr("{yuan} yuan", yuan=f"{yuan(int(value)):,}")
    if unit == "persons":
        return tr("{n} persons", n=value)
    if unit in ("land_m2", "cultivated_m2"):
        return tr("{m2} m² ({mu} mu)", m2=m2_text(value), mu=mu_text(value))
    return tr("{m2} m²", m2=m2_text(value))


def plain_figure(unit: str, value: Union[int, float]) -> str:
    """Without its unit."""
    return f"{yuan(int(value)):,}" if unit == "fen" else figure_text(unit, value)


def amount_text(amount: Amount) -> str:
    """Every unit of an amount with its figure, in one line."""
    return tr(", ").join(f"{say(UNIT_LABELS[unit])} {figure_text(unit, value)}" for unit, value in amount.items())


def remedy_name(kind: str) -> str:
    """The remedy's name in the user's language, from its kind."""
    return say(label(kind))


def track_dates(track: Track) -> str:
    """When it was ordered, last worked on, accepted."""
    said = [tr("ordered {day}", day=track.ordered_on.isoformat())]
    if track.steps:
        said.append(tr("last done {day}", day=max(step.on for step in track.steps).isoformat()))
    said += _acceptance(track)
    return tr(" · ").join(said)


def _acceptance(track: Track) -> List[str]:
    accepted = track.acceptance
    if accepted.on is None:
        return []
    level = option_name("YSJB", accepted.level)
    if accepted.status == "2":
        return [tr("accepted {day} ({level})", day=accepted.on.isoformat(), level=level)]
    return [tr("{status} {day}", status=option_name("SHZT", accepted.status), day=accepted.on.isoformat())]


def fine_text(fine: FineStanding) -> str:
    """What is owed today, surcharge and all."""
    if not fine.days_late:
        return tr("Unpaid {unpaid} yuan; no surcharge yet.", unpaid=f"{yuan(fine.unpaid_fen):,}")
    if fine.is_settled:
        return tr("Paid with its surcharge of {surcharge} yuan.", surcharge=f"{yuan(fine.surcharge_fen):,}")
    return tr("{days} days late: surcharge {surcharge} yuan, owed today {owed} yuan.", days=fine.days_late,
              surcharge=f"{yuan(fine.surcharge_fen):,}", owed=f"{yuan(fine.owed_fen):,}")


# --- codes -----------------------------------------------------------------------------------------------------------

def option_name(codes: str, code: str) -> str:
    """A choice of an act or of an acceptance."""
    if codes in OPTION_LABELS:
        en, zh = OPTION_LABELS[codes][code]
        return zh if user_locale() == "zh" else en
    return shipped_codes().label(codes, code, user_locale())


# --- evidence ---------------------------------------------------------------------------------------------------------

def role_names() -> Dict[str, str]:
    """What each kind of evidence layer is called."""
    return {
        "land_use": tr("Land use"), "approval": tr("Approval"), "supply": tr("Land supply"), "registration": tr("Registration"),
        "facility": tr("Facility agriculture"), "temporary": tr("Temporary land"), "linkage": tr("Linkage project"),
        "consolidation": tr("Land consolidation"), "mining": tr("Mining licence"), "farmland": tr("Permanent basic farmland"),
        "redline": tr("Ecological red line"), "plan": tr("Plan zone"), "village": tr("Village area 203"), "highways": tr("Highway"),
    }


def zone_names() -> Dict[str, str]:
    """The zones of the land-use plans in use, by their codes (乡级土地利用总体规划 GHFQDM)."""
    return {"010": tr("Zone where building is allowed"), "020": tr("Zone where building is allowed on conditions"),
            "030": tr("Zone where building is restricted"), "040": tr("Zone where building is forbidden")}


def evidence_name(role: str, land_class: Optional[str]) -> str:
    """What a part of the evidence is called: a land class, a zone of the plan, a layer's role with its class."""
    name = role_names().get(role, role)
    if not land_class:
        return name
    if role == "land_use":
        return code_lists.label("DLBM", land_class, user_locale())
    return zone_names().get(land_class, f"{name} {land_class}") if role == "plan" else f"{name} {land_class}"
