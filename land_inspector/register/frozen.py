"""What a frozen batch refuses and what goes on (R52).

Frozen is what was *reported*: verdicts, areas, outlines, reviews (domain.md §9.1 ``DJ``; "no change after acceptance", [N2012-16]).
A month is reported at the end of the month after its issue (R39), while its cases have only begun: 90 days for the decision
(行政处罚法 Art. 60), six months for a suit, three more for the court (行政强制法 Art. 53), and an acceptance is deducted until 30 June of
the year after (R41). So cases and remedies go on in a frozen batch; the reported figures stay what they were, because every figure
can be told as known at its moment (§0.2-9).
"""
from __future__ import annotations

from typing import Iterable, Set

from ..errors import RefusedError
from . import kinds
from .events import UNDONE, Draft, Event
from .state import Batch
from .storage.interfaces import Storage


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
