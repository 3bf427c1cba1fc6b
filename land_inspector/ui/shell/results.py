"""The counts an algorithm hands back, as one line."""
from __future__ import annotations

from ...i18n import tr
from .jobs import Outcome


def in_words(outcome: Outcome) -> str:
    """``Import of patches: rows 400, imported 398, quarantined 2``; outputs that are no numbers are left out."""
    said = ", ".join(f"{name} {n}" for name, n in outcome.counts.items())
    return tr("{title}: {counts}", title=outcome.title, counts=said) if said else tr("{title}: done", title=outcome.title)
