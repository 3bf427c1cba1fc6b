"""Events in words that anyone can read: for the list of dependents, the undo button and the history of a patch."""
from __future__ import annotations

from typing import Callable, Dict, Iterable, List, Mapping

from ..errors import Message, message
from ..law.acts import ACTS
from ..law.remedies import label as remedy_label
from . import events as kinds
from .events import Event
from .field_work import site_status
from .photo_store import shown_name
from .register import Register
from .state import State

_Tell = Callable[[Mapping, str], Message]


def _assignment(said: Mapping, where: str) -> Message:
    return message("{where} was given to nobody.", where=where) if said["to"] is None else message(
        "{where} was given to a person.", where=where)


_TEXTS: Dict[str, _Tell] = {
    kinds.REGISTER_CREATED: lambda said, _where: message("The register was made."),
    kinds.ACTOR_ENROLLED: lambda said, _where: message("A person began to work in the register."),
    kinds.PARTY_NAMED: lambda said, _where: message("A party was named, apart from the events."),
    kinds.NAMES_REMOVED: lambda said, _where: message("All names of people were taken out of the register: {n}.", n=said["names"]),
    kinds.RULEPACK_IMPORTED: lambda said, _where: message("Rule pack {pack} {version} came in.", pack=said["id"], version=said["version"]),
    kinds.BATCH_ISSUED: lambda said, _where: message("Batch {batch}, issue {no}, came in with {n} patches.", batch=said["batch"]["PCBH"],
                                                     no=said["issue"]["no"], n=said["issue"]["imported"]),
    kinds.BATCH_FROZEN: lambda said, _where: message("The batch was frozen."),
    kinds.BATCH_UNFROZEN: lambda said, _where: message("The batch was opened again: {reason}", reason=said["reason"]),
    kinds.VERDICT_GIVEN: lambda said, where: message("Verdict {level1} {level2} on {where}.", where=where,
                                                     level1=said["verdict"].get("PDJL1") or "0", level2=said["verdict"].get("PDJL2") or ""),
    kinds.PARCEL_SPLIT: lambda said, where: message("{where} was split into {n} parcels.", where=where, n=len(said["children"])),
    kinds.PARCELS_MERGED: lambda said, where: message("{where} were merged.", where=where),
    kinds.ISSUE_TAKEN: lambda said, where: message("{where} took the outline of issue {no}.", where=where, no=said["issue_no"]),
    kinds.REVIEW_PASSED: lambda said, where: message("{where} passed the review.", where=where),
    kinds.PARCEL_RETURNED: lambda said, where: message("{where} was returned: {reason}", where=where, reason=said["reason"]),
    kinds.RETURN_ANSWERED: lambda said, where: message("The return of {where} was answered: {answer}", where=where, answer=said["answer"]),
    kinds.CASE_OPENED: lambda said, where: message("Case {case} was opened on {where}.", case=said["label"], where=where),
    kinds.CASE_ACT: lambda said, where: message("{act} in the case of {where}.", act=ACTS[said["act"]].label, where=where),
    kinds.REMEDY_ORDERED: lambda said, where: message("{kind} was ordered for {where}.", where=where,
                                                      kind=remedy_label(said["track"]["kind"])),
    kinds.REMEDY_PROGRESSED: lambda said, where: message("Work was done on a remedy of {where}.", where=where),
    kinds.REMEDY_ACCEPTED: lambda said, where: message("A remedy of {where} was examined for acceptance.", where=where),
    kinds.REMEDY_WITHDRAWN: lambda said, where: message("A remedy of {where} was withdrawn.", where=where),
    kinds.PARCEL_SET_ASIDE: lambda said, where: message("{where} was set aside: {reason}", where=where, reason=said["reason"]),
    kinds.PARCEL_TAKEN_UP: lambda said, where: message("{where} was taken up again.", where=where),
    kinds.PARCEL_FLAGGED: lambda said, where: message("{where} was flagged. {reason}", where=where, reason=said["reason"]),
    kinds.PARCEL_UNFLAGGED: lambda said, where: message("The flag of {where} was taken off.", where=where),
    kinds.PARCEL_ASSIGNED: lambda said, where: _assignment(said, where),
    kinds.NOTE_WRITTEN: lambda said, where: message("Note on {where}: {text}", where=where, text=said["text"]),
    kinds.SUPERVISION_ASSIGNED: lambda said, _where: message(
        "{townships} came under supervision until {day}.", day=said["until"],
        townships=", ".join(t["XZMC"] for t in said["townships"]) or message("The whole county")),
    kinds.SUPERVISION_ENDED: lambda said, _where: message("A supervision ended: {reason}", reason=said["reason"]),
    kinds.SITE_VISITED: lambda said, where: message("{where} was visited: {finding}.", where=where, finding=site_status(said["status"])),
    kinds.PHOTO_ADDED: lambda said, where: message("Photo {file} was added to {where}.", where=where, file=shown_name(said["file"])),
    kinds.PHOTO_REMOVED: lambda said, where: message("Photo {file} of {where} was removed.", where=where, file=shown_name(said["file"])),
    kinds.UNDONE: lambda said, _where: message("An action was undone. {reason}", reason=said.get("reason") or ""),
}


#: Their sentences name no parcel; a batch as subject would have all its parcels read for nothing.
_OF_A_WHOLE_BATCH = (kinds.BATCH_ISSUED, kinds.BATCH_FROZEN, kinds.BATCH_UNFROZEN)


def describe(event: Event, state: State) -> Message:
    """One event in a sentence; ``state`` knows the numbers of its parcels."""
    parcels = [state.parcels[s].DKBH for s in event.subjects if s in state.parcels]
    patches = [state.patches[s].JCBH for s in event.subjects if s in state.patches]
    named = parcels or patches
    where = ", ".join(named[:3]) + (" …" if len(named) > 3 else "")
    return _TEXTS[event.kind](event.payload, where or "?")


def describe_all(register: Register, events: Iterable[Event]) -> List[Message]:
    """Sentences for several events, reading the register once."""
    events = list(events)
    subjects = dict.fromkeys(s for e in events if e.kind not in _OF_A_WHOLE_BATCH for s in e.subjects)
    state = register.storage.load_state(patches=register.storage.patches_of(subjects))
    return [describe(event, state) for event in events]
