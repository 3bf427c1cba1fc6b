"""What must happen next in a case, by when, and what is waited for; and what may be done today."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import List, Optional, Sequence, Tuple

from ..errors import Message
from .acts import ACTS
from .case import Case
from .case_deadlines import deadlines_of
from .deadlines import DUTY, OVER, WAIT, Deadline, most_urgent_first
from .case_procedure import due_acts, obstacle
from .procedure import Act
from .procedure_guards import Practice
from .remedies import Track, standing


@dataclass(frozen=True)
class Outlook:
    """As of ``today``. ``act`` comes next, ``also`` are others that are due with it, ``not_yet`` says why it has to wait;
    ``carry_out`` are remedies with something left to do, where that is what comes next. ``due`` is the duty that binds the next
    act, ``deadlines`` every term that still runs or was missed, most urgent first."""

    today: date
    act: Optional[Act]
    also: Tuple[Act, ...]
    not_yet: Optional[Message]
    carry_out: Tuple[Track, ...]
    due: Optional[Deadline]
    deadlines: Tuple[Deadline, ...]
    possible: Tuple[Act, ...]

    @property
    def waits(self) -> List[Deadline]:
        """Terms that must run out before the next act."""
        return [one for one in self.deadlines if one.role == WAIT]


def outlook(case: Case, practice: Practice, today: date, tracks: Sequence[Track] = ()) -> Outlook:
    """``tracks`` are the remedies of the case."""
    mine = [track for track in standing(tracks) if track.case == case.id]
    left = tuple(track for track in mine if not track.is_done and _is_workable(case, track))
    acts = _in_order(due_acts(case, practice, today, mine), case, practice, today, mine)
    act = acts[0] if acts else None
    running = tuple(one for one in most_urgent_first(deadlines_of(case, practice.pack, mine), today)
                    if one.met_on is None and one.status(today) != OVER)
    return Outlook(
        today, act, tuple(acts[1:]), obstacle(case, act.code, practice, today, mine) if act else None, left if act is None else (),
        _due(running, act), running if case.is_open else (),
        tuple(one for one in ACTS.values() if case.is_open and obstacle(case, one.code, practice, today, mine) is None))


def _in_order(acts: Sequence[Act], case: Case, practice: Practice, today: date, tracks: Sequence[Track]) -> List[Act]:
    """That remedies were carried out is recorded next, once all of them are done and accepted; nothing more is demanded then."""
    unsettled = [item for item in case.items if not item.is_settled]
    complete = [item for item in unsettled if _is_complete(item.id, tracks)]
    if not complete or len(complete) < len(unsettled) or obstacle(case, "perform", practice, today, tracks) is not None:
        return list(acts)
    return [ACTS["perform"], *(act for act in acts if act.code != "perform" and not act.concerns_items)]


def _is_complete(item: str, tracks: Sequence[Track]) -> bool:
    mine = [track for track in tracks if track.item == item]
    return bool(mine) and all(track.is_over for track in mine)


def _is_workable(case: Case, track: Track) -> bool:
    item = case.item(track.item or "")
    return item is not None and not item.is_settled


def _due(running: Sequence[Deadline], act: Optional[Act]) -> Optional[Deadline]:
    """The duty that the act meets; else the one that runs out first."""
    duties = sorted((one for one in running if one.role == DUTY), key=lambda one: (one.due_on, one.code))
    meets = [one for one in duties if act is not None and act.code in one.acts]
    return next(iter(meets or duties), None)


def impossible(case: Case, practice: Practice, today: date, tracks: Sequence[Track] = ()) -> List[Tuple[Act, Message]]:
    """Every act that cannot be done today, with the reason, for whoever looks for it."""
    reasons = [(act, obstacle(case, act.code, practice, today, tracks)) for act in ACTS.values() if act.code != "clue"]
    return [(act, reason) for act, reason in reasons if reason is not None]
