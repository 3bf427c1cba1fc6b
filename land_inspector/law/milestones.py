"""The whole procedure of a case at one glance: which states it went through and when, where it stands, what may still come."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Dict, List, Optional, Sequence, Tuple

from .acts import ACTS, CASE_ORDER, STATES, State
from .case import Case, Done

PASSED, HERE, SKIPPED, AHEAD = "passed", "here", "skipped", "ahead"
# state → the act that is dated in it
_REACHED_BY: Dict[str, str] = {
    "S0": "clue", "S1": "site_check", "S2": "stop_order", "S3": "file", "S4": "investigate", "S5": "legal_review", "S6": "notice",
    "S6h": "hearing_notice", "S7": "decide", "S8": "serve", "S9": "perform", "S10": "open_review", "S11": "demand",
    "S12": "apply_court", "S13": "court_ruling", "S14": "enforce", "S15": "close", "N1": "not_file", "N2": "no_penalty",
    "N3": "transfer_case"}
# acts that lead back → the state that they lead back to
_LED_BACK = {"send_back": "S3", "redo": "S4"}
_OTHER_ENDS = ("N1", "N2", "N3")


@dataclass(frozen=True)
class Milestone:
    """A state of the procedure. ``mark`` is passed, here, skipped or ahead; ``on`` the date of the last act that led there."""

    state: State
    mark: str
    on: Optional[date] = None


def milestones(case: Case) -> List[Milestone]:
    """All states in order; an end without penalty only where the case came to it, or still can from here."""
    dated = _dated(case)
    return [_milestone(case, code, dated.get(code)) for code in CASE_ORDER if code not in _OTHER_ENDS or _is_near(case, code)]


def _milestone(case: Case, code: str, on: Optional[date]) -> Milestone:
    if code == case.state:
        return Milestone(STATES[code], HERE, on or case.since)
    if on is not None:
        return Milestone(STATES[code], PASSED, on)
    is_behind = not case.is_open or _place(code) < _place(case.state)
    return Milestone(STATES[code], SKIPPED if is_behind else AHEAD)


def _place(code: str) -> int:
    """S9 is shown after service and reached after all that lies between it and the closing."""
    return CASE_ORDER.index("S14") if code == "S9" else CASE_ORDER.index(code)


def _is_near(case: Case, code: str) -> bool:
    return case.state == code or case.is_open and ACTS[_REACHED_BY[code]].moves.get(case.state) == code


def _dated(case: Case) -> Dict[str, date]:
    """State → the date of its last act that still counts: what was sent back has to be done again."""
    found = {}
    for code, act in _REACHED_BY.items():
        done = [one.on for one in _counting(case.acts, code) if one.act == act]
        if done:
            found[code] = done[-1]
    return found


def _counting(acts: Sequence[Done], code: str) -> Tuple[Done, ...]:
    cuts = [n for n, done in enumerate(acts) if done.act in _LED_BACK and CASE_ORDER.index(code) > CASE_ORDER.index(_LED_BACK[done.act])]
    return tuple(acts[cuts[-1] + 1:]) if cuts else tuple(acts)
