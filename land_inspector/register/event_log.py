"""What happened, for people to read: on some parcels, or within a span of days; who, when, from which day, and whether undone."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from ..errors import Message, message
from ..progress import Progress
from . import events as kinds
from .events import Event
from .marking import lineage
from .register import Register
from .event_texts import describe_all

BATCHES, VERDICTS, CUTS, REVIEW, CASES, REMEDIES, FIELD, MARKS, SUPERVISION, UNDOING = (
    "batches", "verdicts", "cuts", "review", "cases", "remedies", "field", "marks", "supervision", "undoing")
#: Families of kinds, in the order of the work; what is in none (persons, rule packs) shows under "all" only.
FAMILIES: Dict[str, Tuple[Message, Tuple[str, ...]]] = {
    BATCHES: (message("Batches"), (kinds.BATCH_ISSUED, kinds.BATCH_FROZEN, kinds.BATCH_UNFROZEN, kinds.ISSUE_TAKEN)),
    VERDICTS: (message("Verdicts"), (kinds.VERDICT_GIVEN,)),
    CUTS: (message("Splits and merges"), (kinds.PARCEL_SPLIT, kinds.PARCELS_MERGED)),
    REVIEW: (message("Review and returns"), (kinds.REVIEW_PASSED, kinds.PARCEL_RETURNED, kinds.RETURN_ANSWERED)),
    CASES: (message("Cases"), (kinds.CASE_OPENED, kinds.CASE_ACT)),
    REMEDIES: (message("Remedies"), (kinds.REMEDY_ORDERED, kinds.REMEDY_PROGRESSED, kinds.REMEDY_ACCEPTED, kinds.REMEDY_WITHDRAWN)),
    FIELD: (message("Site findings and photos"), (kinds.SITE_VISITED, kinds.PHOTO_ADDED, kinds.PHOTO_REMOVED)),
    MARKS: (message("Marks and notes"), (kinds.PARCEL_SET_ASIDE, kinds.PARCEL_TAKEN_UP, kinds.PARCEL_FLAGGED, kinds.PARCEL_UNFLAGGED,
                                         kinds.PARCEL_ASSIGNED, kinds.NOTE_WRITTEN)),
    SUPERVISION: (message("Supervision"), (kinds.SUPERVISION_ASSIGNED, kinds.SUPERVISION_ENDED)),
    UNDOING: (message("Undoing"), (kinds.UNDONE,)),
}
_FAMILY_OF = {kind: family for family, (_name, members) in FAMILIES.items() for kind in members}


@dataclass(frozen=True)
class Happening:
    """One act in a sentence; ``times`` events of its kind were recorded with it. ``recorded`` is local time, ``who`` a name;
    ``verdict`` PDJL1 and PDJL2 of a verdict."""

    recorded: datetime
    effective_on: date
    who: str
    text: Message
    family: str
    times: int = 1
    undone: bool = False
    verdict: Optional[Tuple[str, Optional[str]]] = None


def happened_to(register: Register, parcels: Sequence[str], progress: Optional[Progress] = None) -> List[Happening]:
    """Everything on these parcels and those they were cut from, and what happened to their batches; the newest first."""
    family = dict.fromkeys(key for parcel in parcels for key in lineage(register, parcel))
    frame = register.storage.frame("parcel", ids=list(parcels))
    own = register.storage.events(subjects=list(family))
    of_batch = [event for event in register.storage.events(subjects=frame["batch_id"].unique().tolist())
                if _FAMILY_OF.get(event.kind) == BATCHES and event.kind != kinds.ISSUE_TAKEN]
    return _told(register, {event.uuid: event for event in (*own, *of_batch)}.values(), progress)


def happened_between(register: Register, first: date, last: date, progress: Optional[Progress] = None) -> List[Happening]:
    """Everything recorded from ``first`` to ``last`` (local days, both included), the newest first."""
    frame = register.storage.frame("event")
    days = [_local(text).date() for text in frame["recorded_at"]]
    groups = frame[[first <= day <= last for day in days]]["group_id"].unique().tolist()
    return _told(register, register.storage.events(groups=groups) if groups else [], progress)


def _told(register: Register, events: Iterable[Event], progress: Optional[Progress]) -> List[Happening]:
    """One line for each act and kind, whatever its number of parcels; that a person is new goes without saying."""
    listed = sorted((event for event in events if event.kind != kinds.ACTOR_ENROLLED), key=lambda event: event.order)
    # what undid them may lie outside the span, or on other parcels
    undos = register.storage.events_of_kind(kinds.UNDONE)
    standing = {event.uuid for event in kinds.standing({event.uuid: event for event in (*listed, *undos)}.values())}
    gathered: Dict[Tuple[str, str], List[Event]] = {}
    for event in (progress or Progress()).watch(listed, 0.0, 0.5):
        gathered.setdefault((event.group, event.kind), []).append(event)
    acts = list(gathered.values())
    names = {key: name for key, (name, _salt) in register.storage.people().items()}
    texts = describe_all(register, [act[0] for act in acts])
    found = [_happening(act, text, names.get(act[0].actor, act[0].actor), act[0].uuid not in standing) for act, text in zip(acts, texts)]
    return found[::-1]


def _happening(act: Sequence[Event], text: Message, who: str, undone: bool) -> Happening:
    first = act[0]
    said = first.payload["verdict"] if first.kind == kinds.VERDICT_GIVEN else None
    return Happening(_local(first.recorded_at), date.fromisoformat(first.effective_on), who, text, _FAMILY_OF.get(first.kind, ""),
                     len(act), undone, None if said is None else (said.get("PDJL1") or "0", said.get("PDJL2")))


def _local(recorded_at: str) -> datetime:
    return datetime.fromisoformat(recorded_at.replace("Z", "+00:00")).astimezone()
