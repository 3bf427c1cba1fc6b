"""Ledgers as pages show them: which are kept, how much is due in each, a list of a day, one matter with its file."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from ...errors import InputError, Message
from ...law.deadlines import DUTY, Deadline
from ...law.matters.kind import OPEN, MatterKind
from ...law.matters.lists import ListRow, list_named, listed, views_on
from ...law.matters.machine import Law, impossible_acts, machine_of, next_acts
from ...law.matters.matter import Matter, Step
from ...law.matters.view import View
from ...law.procedure import Act, Milestone
from ..matters import kinds_of, law_on, matters, place_names
from ..register import Register

#: Beside the lists it is counted how many matters fall due that very day.
TODAY = "*today"


@dataclass(frozen=True)
class Ledger:
    """A kind with how many matters each of its lists holds on the day; ``kept`` where it holds any matter at all."""

    kind: MatterKind
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        """Whether the register holds any matter of the kind."""
        return bool(self.counts)


@dataclass(frozen=True)
class MatterFile:
    """One matter as of a day. ``due`` are the acts that the straight way asks for, ``others`` what else may be done,
    ``not_now`` what may not and why; ``names`` of townships by code, ``people`` by token; ``links`` the numbers of
    what it is tied to."""

    kind: MatterKind
    matter: Matter
    view: View
    law: Law
    steps: Tuple[Milestone, ...]
    due: Tuple[Act, ...]
    others: Tuple[Act, ...]
    not_now: Tuple[Tuple[Act, Message], ...]
    deadlines: Tuple[Deadline, ...]
    names: Mapping[str, str]
    people: Mapping[str, str]
    seen: str
    authors: Mapping[int, str] = field(default_factory=dict)


def ledgers(register: Register, day: date) -> List[Ledger]:
    """Every kind the register knows, those that are kept first, each with its lists counted."""
    held: Dict[str, List[Matter]] = {}
    for matter in matters(register):
        held.setdefault(matter.kind, []).append(matter)
    law = law_on(register, day)
    found = [Ledger(kind, _counts(kind, held[kind.id], law) if kind.id in held else {}) for kind in kinds_of(register)]
    return sorted(found, key=lambda one: not one.kept)


def _counts(kind: MatterKind, held: Sequence[Matter], law: Law) -> Dict[str, int]:
    views = views_on(kind, held, law.today, law.pack)
    found = {code: sum(view.all_hold(one.where) for view in views) for code, one in kind.lists.items()}
    return {**found, TODAY: sum(view.matter.cls == OPEN and any(_falls_due(one, law.today) for one in view.deadlines) for view in views)}


def _falls_due(one: Deadline, day: date) -> bool:
    return one.role == DUTY and one.met_on is None and one.due_on == day


@dataclass(frozen=True)
class Due:
    """What is due in one ledger on a day: how many matters are overdue, how many fall due that very day, how many soon (that day too)."""

    kind: MatterKind
    overdue: int
    today: int
    soon: int

    @property
    def list_code(self) -> str:
        """The list that says which they are, the most urgent of the two."""
        return "overdue" if self.overdue else "due"


def due_of(found: Sequence[Ledger]) -> List[Due]:
    """Every ledger that is kept and has anything overdue or due soon; the most overdue first."""
    lines = [Due(one.kind, one.counts.get("overdue", 0), one.counts.get(TODAY, 0), one.counts.get("due", 0)) for one in found if one.kept]
    return sorted((line for line in lines if line.overdue or line.soon), key=lambda line: (-line.overdue, -line.soon))


def due_today(register: Register, day: date) -> List[Due]:
    """:func:`due_of` the ledgers of a register."""
    return due_of(ledgers(register, day))


def ledger_rows(register: Register, kind: MatterKind, code: str, day: date) -> List[ListRow]:
    """The matters of a list on a day. Raises InputError for a list that the kind has not."""
    return listed(list_named(kind, code), views_on(kind, matters(register, kind.id), day, law_on(register, day).pack))


def matter_file(register: Register, matter_id: str, day: date) -> MatterFile:
    """One matter by its id. Raises InputError where the register has none, or does not know its kind."""
    return matter_files(register, [matter_id], day)[0]


def matter_files(register: Register, ids: Sequence[str], day: date) -> List[MatterFile]:
    """The files of several matters, in their order, read at once. Raises InputError as :func:`matter_file`."""
    state = register.storage.load_state(patches=[], rows=list(ids))
    known = {one.id: one for one in kinds_of(register)}
    law, names, seen = law_on(register, day), place_names(register), state.last_events(list(ids))
    people = {key: name for key, (name, _salt) in register.storage.parties().items()}
    found = []
    for key in ids:
        record = state.matters.get(key)
        if record is None:
            raise InputError("The register has no such matter; what opened it may have been undone.")
        if record.kind not in known:
            raise InputError("The pack of the ledger {kind} is not in this register.", "Bring the pack in first.", kind=record.kind)
        found.append(_file(known[record.kind], record.matter, law, names, people, seen.get(key, "")))
    return found


def _file(kind: MatterKind, matter: Matter, law: Law, names: Mapping[str, str], people: Mapping[str, str], seen: str) -> MatterFile:
    machine, view = machine_of(kind), View(kind, matter, law.today, law.pack)
    possible = next_acts(kind, matter, law)
    due = [act for act in machine.due_acts(matter, law, law.today) if act.code in kind.moves]
    return MatterFile(kind, matter, view, law, tuple(machine.milestones(matter)), tuple(due),
                      tuple(act for act in possible if act not in due), tuple(impossible_acts(kind, matter, law)),
                      tuple(sorted(view.deadlines, key=lambda one: (one.met_on is not None, one.due_on))), names, people, seen)


def timeline(file: MatterFile) -> List[Step]:
    """What was done, the newest first."""
    return list(file.matter.acts)[::-1]


def opening_file(register: Register, kind: MatterKind) -> Tuple[Mapping[str, str], Optional[str]]:
    """What a form for a new matter needs: townships by code, and a number that is free (None where numbers are not
    counted).
    """
    names = place_names(register)
    known = {matter.number for matter in matters(register, kind.id)}
    free = next((f"{date.today().year}-{n:03d}" for n in range(1, len(known) + 2)
                 if f"{date.today().year}-{n:03d}" not in known), None)
    return names, free
