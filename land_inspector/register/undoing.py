"""Undo and redo: appended events, so they work after a restart; what depends on the undone act is named first."""
from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from ..errors import Message, RefusedError
from . import events as kinds
from .events import Draft, Event
from .fold import fold
from .register import Recorded, Register
from .state import State
from .timeline import describe_all

#: Acts that are not taken back: they say what the register is and who wrote in it.
_LASTING = {kinds.REGISTER_CREATED, kinds.ACTOR_ENROLLED}


class DependentsError(RefusedError):
    """Later acts stand on the one to be undone; ``events`` lists them."""

    def __init__(self, events: Sequence[Event], texts: Sequence[Message]):
        super().__init__("{n} later acts depend on this one, first of all: {first}", "Undo them together with it, or leave it.",
                         n=len(events), first=texts[0])
        self.events, self.texts = events, texts


@dataclass(frozen=True)
class Undoing:
    """What an undo would do: the acts that would lose their ground, and every patch it touches."""

    dependents: Tuple[Event, ...]
    patches: Tuple[str, ...]


def last_group(register: Register, by: Optional[str] = None) -> str:
    """The newest act in force: of one person, or of anyone when ``by`` is None and that person has done nothing."""
    actor = register.actor_id(by)
    if by is None and actor is None:
        groups = register.storage.last_group(None)
    else:
        groups = register.storage.last_group(actor) if actor else []
    for group in groups:
        events = register.storage.events(groups=[group])
        if any(e.kind in _LASTING or e.kind == kinds.UNDONE for e in events):
            continue
        if _in_force(register, events):
            return group
    raise RefusedError("There is nothing left to undo.")


def last_undone(register: Register, by: str) -> Optional[str]:
    """The undo of this person that redoing would take back; None where there is none, or where they have acted since."""
    actor = register.actor_id(by)
    for group in register.storage.last_group(actor) if actor else []:
        events = register.storage.events(groups=[group])
        if any(e.kind in _LASTING for e in events):
            continue
        if events[0].kind != kinds.UNDONE:
            return None
        if _in_force(register, events) and not _is_redo(register, events[0]):
            return group
    return None


def _is_redo(register: Register, event: Event) -> bool:
    return any(e.kind == kinds.UNDONE for e in register.storage.events(groups=event.payload["groups"]))


def undo(register: Register, group: Optional[str] = None, *, by: Optional[str] = None, reason: str = "",
         with_dependents: bool = False) -> Recorded:
    """Reverse one user action, or redo it when ``group`` is itself an undo.

    Raises DependentsError when later acts stand on it and ``with_dependents`` is False; RefusedError for a frozen
    batch, for another person's act without a reason, and for what was undone already.
    """
    group = group or last_group(register, by)
    targets = register.storage.events(groups=[group])
    _check(register, group, targets, by, reason)
    with register.storage.writing():
        plan = look_ahead(register, group)
        if plan.dependents and not with_dependents:
            raise DependentsError(plan.dependents, describe_all(register, plan.dependents))
        subjects = tuple(dict.fromkeys(s for e in (*targets, *plan.dependents) for s in e.subjects))
        stored = register.storage.load_state(patches=plan.patches)
        said = {"groups": [group], "events": [e.uuid for e in plan.dependents], "reason": reason}
        draft = Draft(kinds.UNDONE, subjects, said)
        recorded = register._append([draft], stored, by)
        _store(register, plan.patches, stored)
    register._remember(recorded)
    return recorded


def look_ahead(register: Register, group: str) -> Undoing:
    """What undoing a group would touch, without doing it."""
    targets = register.storage.events(groups=[group])
    patches = _patches(register, targets)
    history = _history(register, patches)
    before = fold(kinds.in_force(history), register.issued_rows_of(patches))
    pretended = _pretend(targets[-1], [group])
    after = fold(kinds.in_force([*history, pretended]), register.issued_rows_of(patches))
    lost = set(after.orphans) - set(before.orphans)
    dependents = tuple(e for e in history if e.uuid in lost and e.group != group)
    return Undoing(dependents, tuple(patches))


def _pretend(last: Event, groups: List[str]) -> Event:
    return Event(str(uuid.uuid4()), kinds.UNDONE, 1, (), last.actor, "~", 1, "", {}, "~", "9999", last.effective_on,
                 {"groups": groups, "events": []})


def _check(register: Register, group: str, targets: Sequence[Event], by: Optional[str], reason: str) -> None:
    if not targets:
        raise RefusedError("The register has no action {group}.", "Take the number from the history.", group=group)
    if any(e.kind in _LASTING for e in targets):
        raise RefusedError("The making of a register and the people who write in it cannot be undone.")
    if not _in_force(register, targets):
        raise RefusedError("This action was undone already.", "Redo it by undoing its undo.")
    author = targets[0].actor
    if author != register.actor_id(by) and not reason:
        raise RefusedError("{who} did this, not you.", "Give a reason to undo another person's act.", who=register.name_of(author))


def _in_force(register: Register, targets: Sequence[Event]) -> bool:
    """Whether any of these events still stands (an undo stands until it is undone itself)."""
    subjects = list(dict.fromkeys(s for e in targets for s in e.subjects))
    standing = {e.uuid for e in kinds.standing(register.storage.events(subjects=subjects))}
    return any(event.uuid in standing for event in targets)


def _patches(register: Register, targets: Sequence[Event]) -> List[str]:
    """Every patch that the events speak of, and those tied to them by a case; a batch stands for all its patches."""
    found = register.storage.patches_of(dict.fromkeys(s for e in targets for s in e.subjects))
    while True:
        tied = [s for e in register.storage.events(subjects=found) if e.kind == kinds.CASE_OPENED for s in e.subjects]
        grown = register.storage.patches_of([*found, *tied]) if tied else found
        if len(grown) == len(found):
            return found
        found = grown


def _history(register: Register, patches: Sequence[str]) -> List[Event]:
    batches = register.storage.batches_of(patches)
    return register.storage.events(subjects=[*patches, *batches])


def _store(register: Register, patches: Sequence[str], stored: State) -> None:
    """Fold the patches anew and make the stored records exactly that."""
    folded = fold(kinds.in_force(_history(register, patches)), register.issued_rows_of(patches))
    register.storage.replace(folded, patches)
    register.storage.remove_batches(set(register.storage.batches_of(patches)) - set(folded.batches))
