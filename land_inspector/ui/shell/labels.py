"""Codes as people read them: labels, letters and colours in the user's language."""
from __future__ import annotations

import re
from typing import Dict, Optional, Tuple

from ...exchange.styles import LOOKS
from ...i18n import tr, user_locale
from ...law import codes
from ..review.parcel_table import NOT_JUDGED, Line

_UNKNOWN = "#6b6b6b"


def image_day(written: Optional[str]) -> str:
    """``20260301`` as 2026-03-01; what is written otherwise stays."""
    text = (written or "?").strip()
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def verdict_letter(code: str) -> str:
    """The one letter that stands for a verdict on the map and in the list; '' for a code that is no verdict."""
    return LOOKS[code].letter[user_locale()] if code in LOOKS else ""


def verdict_colour(code: str) -> str:
    """The verdict's colour on the map and in lists, as ``#rrggbb``; a neutral one for a code that is no verdict."""
    return LOOKS[code].colour if code in LOOKS else _UNKNOWN


def verdict_name(code: str, regime: str = "") -> str:
    """A verdict (PDJL1) in the user's language; '' is “not judged”. ``regime`` (ZD) tells whose code list holds."""
    return codes.label("PDJL1", code or NOT_JUDGED, user_locale(), regime or None)


def sub_verdict_name(code: str) -> str:
    """A sub-type (PDJL2) in the user's language."""
    return codes.label("PDJL2", code, user_locale())


def short_name(code: str) -> str:
    """A sub-type in one or two words, for a key; the office's own codes without their explanation."""
    return _key_names().get(code) or re.split(r"[(（/,，]", sub_verdict_name(code))[0].strip()


def _key_names() -> Dict[str, str]:
    return {
        "101": tr("Approved"), "102": tr("Approved before"), "103": tr("Registered"), "104": tr("Linkage"), "109": tr("Other legal"),
        "201": tr("Not applied"), "202": tr("Applied only"), "203": tr("Not supplied"), "204": tr("Exceeds"),
        "205": tr("Use changed"), "206": tr("By deceit"), "207": tr("Transferred"), "208": tr("Land damaged"),
        "209": tr("Temp. misuse"), "210": tr("Facility misuse"), "211": tr("Village house"), "212": tr("Non-grain"),
        "219": tr("Other illegal"), "301": tr("No change"), "302": tr("Farming"), "303": tr("Facility"), "304": tr("Temporary"),
        "305": tr("Rural road"), "306": tr("Homestead"), "307": tr("Restoration"), "308": tr("Military"), "309": tr("203, slivers"),
        "310": tr("Emergency"), "311": tr("Mining"), "319": tr("Other"),
    }


def state_name(code: str) -> str:
    """A state of the review (HSZT) in the user's language."""
    return codes.label("HSZT", code, user_locale())


def proposal_name(code: str) -> str:
    """A proposed verdict; '' means that nothing was proposed, 0 that the rules could not tell."""
    if code == "":
        return tr("No proposal")
    return tr("Cannot tell") if code == NOT_JUDGED else verdict_name(code)


def mark_names() -> Dict[str, str]:
    """Marks that parcels are filtered by, in the user's language, by their code."""
    return {
        "undone": tr("To do"), "returned": tr("Returned"), "overdue": tr("Answer overdue"), "mine": tr("Mine"),
        "flagged": tr("Flagged"), "later": tr("For later"), "paper": tr("Waiting for paper"),
        "basis_changed": tr("Changed at re-issue"), "differs": tr("Verdict differs from proposal"),
        "incomplete": tr("Particulars missing"), "split": tr("Part of a split patch"),
    }


def short_marks() -> Dict[str, str]:
    """The same in a word, for a button."""
    return {
        "undone": tr("To do"), "returned": tr("Returned"), "overdue": tr("Late"), "mine": tr("Mine"), "flagged": tr("Flagged"),
        "later": tr("Later"), "paper": tr("Paper"), "basis_changed": tr("Changed"), "differs": tr("Differs"),
        "incomplete": tr("Missing"), "split": tr("Split"),
    }


def level_name(level: str) -> str:
    """A level of review (``county``, ``city``, ``province``, ``finished``) in words."""
    names = {"county": tr("County"), "city": tr("City"), "province": tr("Province"), "finished": tr("Review finished")}
    return names.get(level, level)


def verdict_text(line: Line) -> str:
    """The finest verdict there is: the sub-type where one was given."""
    return sub_verdict_name(line.sub_verdict) if line.sub_verdict else verdict_name(line.verdict, line.regime)


def proposal_text(line: Line) -> str:
    """The finest verdict that the rules proposed: the sub-type where they named one."""
    if line.sub_proposed:
        return sub_verdict_name(line.sub_proposed)
    return proposal_name(line.proposed)


def cells(line: Line) -> Tuple[str, ...]:
    """One text for each column of the list."""
    given = f"{verdict_letter(line.verdict)} {verdict_text(line)}"
    return line.number, line.township, line.area_mu, given, proposal_text(line), state_name(line.state)


def spoken(line: Line) -> str:
    """The whole parcel in lines, for tooltips and screen readers."""
    said = [
        tr("{number} · {township} · {area} mu", number=line.number, township=line.township, area=line.area_mu),
        tr("Verdict: {verdict}", verdict=verdict_text(line)),
        tr("Proposal: {proposal}", proposal=proposal_text(line)),
        tr("State: {state}", state=state_name(line.state)),
    ]
    names = mark_names()
    said += [tr("Set aside: {reason}", reason=line.aside_reason)] if line.aside_reason else []
    return "\n".join([*said, *(names[mark] for mark in line.marks)])
