"""The counts an algorithm hands back, as one line."""
from __future__ import annotations

from typing import Dict

from ..i18n import tr
from .jobs import Outcome


def in_words(outcome: Outcome) -> str:
    """``Import of patches: 400 rows, 398 imported, 2 set aside``; outputs that are no counts are left out."""
    names = _count_names()
    said = [tr("{n} {what}", n=int(outcome.results[key]), what=name) for key, name in names.items() if _is_count(outcome.results.get(key))]
    return tr("{title}: {counts}", title=outcome.title, counts=", ".join(said)) if said else tr("{title}: done", title=outcome.title)


def _is_count(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _count_names() -> Dict[str, str]:
    return {
        "ROWS": tr("rows"), "IMPORTED": tr("imported"), "REPAIRED": tr("repaired"), "QUARANTINED": tr("set aside"),
        "CHANGED": tr("changed"), "MEASURED": tr("measured"), "PROPOSED": tr("proposed"), "GIVEN": tr("given"),
        "REFUSED": tr("refused"), "EVENTS": tr("events"), "BROKEN": tr("broken"), "TOWNSHIPS": tr("townships"),
    }
