"""What an act may not be: dated in the future or before its issue, or laid upon a frozen batch (R52, domain.md §0.2 (9), (12))."""
from __future__ import annotations

from datetime import date, timedelta
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from ..errors import Message, RefusedError, message
from . import kinds
from .events import Draft, Event, UNDONE
from .state import Batch
from .storage.interfaces import Storage


# What an act may be dated (domain.md §0.2 (9), (12)): never after the day on which it is recorded, and a verdict never before the one
# that it would overrule.

def today() -> date:
    """The day on which something is recorded, by this machine's clock."""
    return date.today()


def refuse_future(draft: Draft) -> None:
    """RefusedError for a fact that is dated after today; plans and terms may lie ahead."""
    day = draft.effective_on
    if day is not None and day > today().isoformat() and not kinds.CATALOGUE[draft.kind].may_lie_ahead:
        raise RefusedError("{day} has not come yet; only what has happened is recorded.",
                           "Give the day on which it happened. Plans and terms have fields of their own.", day=day)


def day_ahead(storage: Storage, now: Optional[date] = None) -> Optional[str]:
    """The day after which nothing counts yet, where the register holds something that is dated later; None where it does not.

    That is today, or the day of the newest recording (in any time zone) where this machine's clock is behind it. An older version
    recorded what was still to come.
    """
    row = storage.frame("last_day").iloc[0]
    if row["day"] is None:
        return None
    recorded = date.fromisoformat(str(row["recorded_at"])[:10]) + timedelta(days=1)
    latest = max(now or today(), recorded).isoformat()
    return latest if str(row["day"]) > latest else None


def overruled(storage: Storage, given: Mapping[str, Optional[str]], day: Optional[str]) -> Dict[str, Message]:
    """Why a verdict of a past day cannot be given, by parcel: one of a later day stands there, and would be overruled by an earlier one.

    ``given`` names the event of the verdict that stands on each parcel, None where there is none.
    """
    standing = {event: parcel for parcel, event in given.items() if event}
    if day is None or day >= today().isoformat() or not standing:
        return {}
    found: Dict[str, Message] = {}
    for event in storage.events(subjects=list(standing.values()), kind=kinds.VERDICT_GIVEN):
        if event.uuid in standing and event.effective_on > day:
            found[standing[event.uuid]] = message(
                "The parcel was judged as of {later}; a verdict of {day} would come before that one. Undo the later verdict first, "
                "then give both in their order.", later=event.effective_on, day=day)
    return found


def refuse_redo_out_of_order(redone: Sequence[Event], history: Iterable[Event]) -> None:
    """RefusedError where verdicts that are done again would overrule, or be overruled by, one of another day against the days' order."""
    back = {event.uuid for event in redone if event.kind == kinds.VERDICT_GIVEN}
    last: Dict[str, Tuple[str, str]] = {}
    for event in history:
        if event.kind != kinds.VERDICT_GIVEN:
            continue
        parcel = event.payload["parcel"]
        day, uuid = last.get(parcel, ("", ""))
        if event.effective_on < day and (event.uuid in back or uuid in back):
            raise RefusedError("The parcel was judged again since, as of {other}; the verdict of {day} cannot come back beside it.",
                               "Undo the other verdict first.", other=min(day, event.effective_on), day=max(day, event.effective_on))
        last[parcel] = (event.effective_on, event.uuid)


def reversed_by(undo: Event, events: Iterable[Event]) -> List[Event]:
    """The events that an undo takes out of force."""
    if undo.kind != UNDONE:
        return []
    groups, uuids = set(undo.payload["groups"]), set(undo.payload["events"])
    return [event for event in events if event.group in groups or event.uuid in uuids]


# What a frozen batch refuses and what goes on (R52).
#
# Frozen is what was *reported*: verdicts, areas, outlines, reviews (domain.md §9.1 ``DJ``; "no change after acceptance", [N2012-16]).
# A month is reported at the end of the month after its issue (R39), while its cases have only begun: 90 days for the decision
# (行政处罚法 Art. 60), six months for a suit, three more for the court (行政强制法 Art. 53), and an acceptance is deducted until 30 June of
# the year after (R41). So cases and remedies go on in a frozen batch; the reported figures stay what they were, because every figure
# can be told as known at its moment (§0.2-9).

def refuse_if_frozen(batch: Batch, draft: Draft, storage: Storage) -> None:
    """RefusedError for an edit of a frozen batch; unfreezing is its own act with a reason."""
    if batch.DJ and draft.kind != kinds.BATCH_UNFROZEN and not _kinds_of(draft, storage) <= kinds.GOES_ON:
        raise RefusedError("Batch {batch} is frozen: what was reported may not change.",
                           "Unfreeze it first; that takes a name and a reason and is kept in the register.", batch=batch.PCBH)


def _kinds_of(draft: Draft, storage: Storage) -> Set[str]:
    """What a draft changes: an undo, and the undo of an undo, changes what its events had done."""
    if draft.kind != UNDONE:
        return {draft.kind}
    known = storage.events(subjects=draft.subjects)
    return _reversed_by(draft.payload["groups"], draft.payload["events"], known)


def _reversed_by(groups: Iterable[str], uuids: Iterable[str], known: Iterable[Event]) -> Set[str]:
    found: Set[str] = set()
    for event in known:
        if event.group in groups or event.uuid in uuids:
            found |= {event.kind} if event.kind != UNDONE else _reversed_by(event.payload["groups"], event.payload["events"], known)
    return found
