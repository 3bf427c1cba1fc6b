"""What was done, as events: the acts on a parcel, the acts of one action, and who stands behind an id."""
from __future__ import annotations

from typing import Dict, List

from .. import kinds
from ..events import UNDONE, Event, in_force
from ..register import Register


def on_subjects(register: Register, *subjects: str) -> List[Event]:
    """Every event that names one of these parcels, patches, batches or cases, in the order in which they are folded."""
    return register.storage.events(subjects=subjects)


def of_group(register: Register, *groups: str) -> List[Event]:
    """The events of one user action, or of several, in the order in which they are folded."""
    return register.storage.events(groups=groups)


def notes_in_force(register: Register) -> List[Event]:
    """Every written note that nobody took back."""
    return in_force([*register.storage.events_of_kind(kinds.NOTE_WRITTEN), *register.storage.events_of_kind(UNDONE)])


def names(register: Register) -> Dict[str, str]:
    """The name behind each person's id; the id itself where names are not kept, nothing where they were taken out."""
    return {key: name for key, (name, _salt) in register.storage.people().items()}


def known_names(register: Register) -> Dict[str, str]:
    """Like :func:`names`, without those whose name is not kept."""
    return {key: name for key, name in names(register).items() if name != key}
