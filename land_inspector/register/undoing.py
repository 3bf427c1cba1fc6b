"""Undo and redo: appended events, so they work after a restart; what depends on the undone act is named first."""
from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from ..errors import Message, RefusedError, message
from ..law.procedure_guards import Practice, needs_hearing
from ..progress import Progress
from .guards import refuse_redo_out_of_order, reversed_by
from .event_log import describe_all, newest_event
from .events import UNDONE, Draft, Event, in_force, standing
from .fold import fold
from .kinds import CASE_ACT, CONFLICT_SETTLED, FINDING_LINKED, OPENING, is_known, is_undoable, row_of
from .register import Recorded, Register
from .proposing import pack_of
from .state import State

#: How often an undo is worked out anew beside others who write, before it is worked out while they wait.
_ATTEMPTS = 3
#: Acts that tie a row with a life of its own to patches: what is folded of these needs all of it.
TYING = (*OPENING, FINDING_LINKED)
#: Above this many subjects, all events of a rare kind are looked at.
_MANY = 2000
#: How many acts are looked at with one question where the newest that stands is looked for: at first, and then.
_AT_FIRST, _AT_ONCE = (1, 8), 50


class DependentsError(RefusedError):
    """Later acts stand on the one to be undone; ``events`` lists them."""

    def __init__(self, events: Sequence[Event], texts: Sequence[Message]):
        super().__init__("{n} later acts depend on this one, first of all: {first}", "Undo them together with it, or leave it.",
                         n=len(events), first=texts[0])
        self.events, self.texts = events, texts


@dataclass(frozen=True)
class Undoing:
    """What an undo would do: the acts that would lose their ground, every patch and every row of its own that it touches with all that
    happened to them, and the state that it leads to if nothing else is undone with it. ``newest`` is the number of the newest event
    that was there when it was worked out."""

    targets: Tuple[Event, ...]
    dependents: Tuple[Event, ...]
    patches: Tuple[str, ...]
    rows: Tuple[str, ...]
    history: Tuple[Event, ...]
    after: State
    newest: int


def last_group(register: Register, by: Optional[str] = None) -> str:
    """The newest act in force: of one person, or of anyone when ``by`` is None and that person has done nothing."""
    actor = register.actor_id(by)
    if actor is None and by is not None:
        raise _nothing_left()
    for events, stands in _newest_first(register, actor):
        if stands and not any(e.kind == UNDONE or not is_undoable(e) for e in events):
            return events[0].group
    raise _nothing_left()


def _nothing_left() -> RefusedError:
    return RefusedError("There is nothing left to undo.")


def _newest_first(register: Register, actor: Optional[str]) -> Iterator[Tuple[List[Event], bool]]:
    """The acts of one person, or of anyone, newest first, each with its events and whether any of them stands: a few with one question,
    then more at a time."""
    storage, first = register.storage, 0
    for size in chain(_AT_FIRST, repeat(_AT_ONCE)):
        groups = storage.last_group(actor, first, size)
        found: Dict[str, List[Event]] = {group: [] for group in groups}
        for event in storage.events(groups=groups) if groups else ():
            found[event.group].append(event)
        acts = [events for events in found.values() if all(map(is_undoable, events))]
        force = _standing(register, [event for events in acts for event in events])
        yield from ((events, any(event.uuid in force for event in events)) for events in acts)
        if len(groups) < size:
            return
        first += size


def last_undone(register: Register, by: str) -> Optional[str]:
    """The undo of this person that redoing would take back; None where there is none, or where they have acted since."""
    actor = register.actor_id(by)
    for events, stands in _newest_first(register, actor) if actor else ():
        if events[0].kind != UNDONE:
            return None
        if stands and not _is_redo(register, events[0]):
            return events[0].group
    return None


def _is_redo(register: Register, event: Event) -> bool:
    return any(e.kind == UNDONE for e in register.storage.events(groups=event.payload["groups"]))


def undo(register: Register, group: Optional[str] = None, *, by: Optional[str] = None, reason: str = "",
         with_dependents: bool = False, progress: Optional[Progress] = None) -> Recorded:
    """Reverse one user action, or redo it when ``group`` is itself an undo.

    Raises DependentsError when later acts stand on it and ``with_dependents`` is False; RefusedError for a frozen
    batch, for another person's act without a reason, and for what was undone already. Cancelled, nothing has happened.
    """
    progress = progress or Progress()
    group = group or last_group(register, by)
    recorded = _restored(register, group, by, reason, progress)
    if recorded is not None:
        register._remember(recorded)
        return recorded
    for _attempt in range(_ATTEMPTS):
        with register.storage.stoppable(progress):
            plan = _worked_out(register, group, by, reason, with_dependents, progress.part(0.0, 0.7))
            with register.storage.writing():
                if not _is_overtaken(register, plan):
                    recorded = _carried_out(register, group, plan, by, reason, progress.part(0.7, 1.0))
                    break
    else:  # others write without a pause: nobody does while the lock is held
        with register.storage.writing(), register.storage.stoppable(progress):
            plan = _worked_out(register, group, by, reason, with_dependents, progress.part(0.0, 0.7))
            recorded = _carried_out(register, group, plan, by, reason, progress.part(0.7, 1.0))
    register._remember(recorded)
    return recorded


class _Seen(State):
    """What an undo has before it, without the rows themselves."""

    def __init__(self, last: Mapping[str, str]):
        super().__init__()
        self._last = dict(last)

    def last_events(self, subjects: Iterable[str]) -> Dict[str, str]:
        return self._last


def _restored(register: Register, group: str, by: Optional[str], reason: str, progress: Progress) -> Optional[Recorded]:
    """The short way for the newest act on very many parcels, on which nothing was recorded since; None where there is none."""
    storage = register.storage
    if not storage.can_restore(group):
        return None
    with storage.writing(), storage.stoppable(progress):
        if not storage.can_restore(group):
            return None
        author, subjects, last, batches = storage.touched_by(group)
        _check_author(register, author, by, reason)
        known = storage.load_state(patches=[]).batches
        if any(known[batch].DJ for batch in batches):
            return None  # the long way says what a freeze stops
        progress.step(0.3, message("Writing what it leads to"))
        said = {"groups": [group], "events": [], "reason": reason}
        recorded = register._append([Draft(UNDONE, tuple(subjects), said)], _Seen(last), by)
        storage.restore(group)
        progress.step(1.0)
    return recorded


def _worked_out(register: Register, group: str, by: Optional[str], reason: str, with_dependents: bool, progress: Progress) -> Undoing:
    """The long part, which holds up nobody: what the undo would do, or why it is refused."""
    newest = newest_event(register)
    targets = register.storage.events(groups=[group])
    _check(register, group, targets, by, reason)
    plan = look_ahead(register, group, targets, progress, newest)
    redone = reversed_by(targets[0], plan.history)
    refuse_redo_out_of_order(redone, in_force([*plan.history, _pretend(targets[-1], [group], ())]) if redone else ())
    if plan.dependents and not with_dependents:
        raise DependentsError(plan.dependents, describe_all(register, plan.dependents))
    return plan


def _is_overtaken(register: Register, plan: Undoing) -> bool:
    """Whether somebody has recorded anything on the same things since the plan was made."""
    newer = range(plan.newest + 1, newest_event(register) + 1)
    if not newer:
        return False
    concerned = {*plan.patches, *plan.rows, *register.storage.batches_of(plan.patches), *(s for e in plan.targets for s in e.subjects)}
    told = register.storage.frame("event", ids=map(str, newer))["subjects"]
    return any(subject in concerned for text in told for subject in json.loads(text))


def _carried_out(register: Register, group: str, plan: Undoing, by: Optional[str], reason: str, progress: Progress) -> Recorded:
    subjects = tuple(dict.fromkeys(s for e in (*plan.targets, *plan.dependents) for s in e.subjects))
    stored = register.storage.load_state(patches=plan.patches, rows=plan.rows)
    said = {"groups": [group], "events": [e.uuid for e in plan.dependents], "reason": reason}
    recorded = register._append([Draft(UNDONE, subjects, said)], stored, by)
    progress.step(0.3, message("Writing what it leads to"))
    _store(register, plan, recorded.events, stored, progress.part(0.3, 1.0))
    return recorded


def look_ahead(register: Register, group: str, targets: Sequence[Event], progress: Progress, newest: int = 0) -> Undoing:
    """What undoing a group would touch, without doing it. One reading of what happened to its patches, and one fold."""
    progress.step(0.0, message("Reading what happened to these parcels"))
    patches, rows = scope_of(register, targets)
    history = register.storage.events(subjects=[*patches, *register.storage.batches_of(patches), *rows])
    issued = register.issued_rows_of(patches)
    progress.step(0.4, message("Looking for acts that stand on it"))
    knowledge = register.knowledge()
    resting = _resting_on(register, targets, in_force(history))
    after = fold(in_force([*history, _pretend(targets[-1], [group], resting)]), issued, knowledge, progress.part(0.4, 1.0))
    lost = set(after.orphans)
    if lost:
        before = fold(in_force(history), issued, knowledge)
        lost -= {*before.orphans, *before.overruled}  # what had given way to another act counted no more than it does now
        lost -= {rival for event in targets if event.kind == CONFLICT_SETTLED for rival in event.payload["events"]}  # in dispute again
    dependents = tuple(e for e in history if (e.uuid in lost or e.uuid in resting) and e.group != group)
    return Undoing(tuple(targets), dependents, tuple(patches), tuple(rows), tuple(history), after, newest)


def _resting_on(register: Register, targets: Sequence[Event], standing: Sequence[Event]) -> Tuple[str, ...]:
    """Decisions that were possible only after a notice of the right to a hearing among ``targets``: the fold, which knows no amounts
    and no rule pack, would let them stand without it."""
    undone = {event.uuid for event in targets}
    noticed = {event.payload["case"] for event in targets if _is_act(event, "hearing_notice")}
    kept = {event.payload["case"] for event in standing if _is_act(event, "hearing_notice") and event.uuid not in undone}
    decisions = [event for event in standing if _is_act(event, "decide") and event.payload["case"] in noticed - kept
                 and event.uuid not in undone]
    return tuple(event.uuid for event in decisions if _needs_hearing(register, event))


def _needs_hearing(register: Register, decision: Event) -> bool:
    batches = register.storage.load_state(patches=register.storage.patches_of(decision.subjects)).batches.values()
    remedies = decision.payload["particulars"].get("remedies", ())
    return any(needs_hearing(remedies, Practice(pack_of(register, batch))) for batch in batches)


def _is_act(event: Event, act: str) -> bool:
    return event.kind == CASE_ACT and event.payload["act"] == act


def _pretend(last: Event, groups: List[str], events: Sequence[str]) -> Event:
    return Event(str(uuid.uuid4()), UNDONE, 1, (), last.actor, "~", 1, "", {}, "~", "9999", last.effective_on,
                 {"groups": groups, "events": list(events)})


def _check(register: Register, group: str, targets: Sequence[Event], by: Optional[str], reason: str) -> None:
    if not targets:
        raise RefusedError("The register has no action {group}.", "Take the number from the history.", group=group)
    if not all(map(is_known, targets)):
        raise RefusedError("This was recorded by a later version of Land Inspector, which this one does not understand.",
                           "Undo it with that version.")
    if not all(map(is_undoable, targets)):
        raise RefusedError("The making of a register and the people who write in it cannot be undone.")
    if not _in_force(register, targets):
        raise RefusedError("This action was undone already.", "Redo it by undoing its undo.")
    _check_author(register, targets[0].actor, by, reason)


def _check_author(register: Register, author: str, by: Optional[str], reason: str) -> None:
    if not reason and not register.is_same_person(author, register.actor_id(by)):
        raise RefusedError("{who} did this, not you.", "Give a reason to undo another person's act.", who=register.name_of(author))


def _in_force(register: Register, targets: Sequence[Event]) -> bool:
    """Whether any of these events still stands (an undo stands until it is undone itself). Only undos take force away."""
    force = _standing(register, targets)
    return any(event.uuid in force for event in targets)


def _standing(register: Register, targets: Sequence[Event]) -> Set[str]:
    """Which of these events stand."""
    undone = _of_kind(register, UNDONE, list(dict.fromkeys(s for e in targets for s in e.subjects)))
    return {e.uuid for e in standing({e.uuid: e for e in (*targets, *undone)}.values())}


def scope_of(register: Register, targets: Sequence[Event]) -> Tuple[List[str], List[str]]:
    """Every patch and every row of its own that the events speak of, and all that a case or a matter ties to them; a batch stands for
    all its patches."""
    storage = register.storage
    patches = storage.patches_of(dict.fromkeys(s for e in targets for s in e.subjects))
    rows = list(dict.fromkeys(row for row in map(row_of, targets) if row is not None))
    reversed_rows = list(dict.fromkeys(s for e in targets if e.kind == UNDONE for s in e.subjects))  # an undo names them among others
    while True:
        tied = [event for kind in TYING for event in _of_kind(register, kind, [*patches, *rows, *reversed_rows])]
        more_patches = storage.patches_of([*patches, *(s for e in tied for s in e.subjects)]) if tied else patches
        more_rows = list(dict.fromkeys([*rows, *(event.subjects[0] for event in tied)]))
        if len(more_patches) == len(patches) and len(more_rows) == len(rows):
            return patches, rows
        patches, rows = more_patches, more_rows


def _of_kind(register: Register, kind: str, subjects: Sequence[str]) -> List[Event]:
    """Events of a rare kind on any of the subjects; of many subjects it is quicker to look at all of the kind."""
    if len(subjects) <= _MANY:
        return register.storage.events(subjects=subjects, kind=kind)
    wanted = set(subjects)
    return [event for event in register.storage.events_of_kind(kind) if not wanted.isdisjoint(event.subjects)]


def _store(register: Register, plan: Undoing, undone: Sequence[Event], stored: State, progress: Progress) -> None:
    """Make the stored records exactly what the history now folds to, writing only those that differ."""
    folded = plan.after
    if plan.dependents:
        history = in_force([*plan.history, *undone])
        folded = fold(history, register.issued_rows_of(plan.patches), register.knowledge(), progress.part(0.0, 0.5))
    storage = register.storage
    storage.replace(stored, folded)
    storage.remove_batches(set(storage.batches_of(plan.patches)) - set(folded.batches))
