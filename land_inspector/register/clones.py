"""One writer who went on in two copies: the branch of the other copy is taken in under a writer of its own.

A chain that forked cannot be joined: two events bear one number. Where a person says that the other copy is the clone, its events from the
fork on are recorded here once more, in a new chain, with the same content, author, dates and order; every id of an event or an action in
them is led over. The new ids follow from the old ones alone, so that whoever takes the branch in gets the same events, and twice is once.
"""
from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from . import kinds
from .events import NO_PREVIOUS, Event
from .state import derived_id

Heads = Mapping[str, Tuple[int, str]]


def led_over(branch: Sequence[Event], register_id: str, known: Heads) -> List[Event]:
    """A branch, in the order of its chain, as the chain of a new origin. ``known`` are the heads that its author had before it, those of
    the common part of the chain among them: the first event notes them, so that who knew what stays exact."""
    if not branch:
        return []
    origin = derived_id("branch", branch[0].origin, branch[0].hash)
    names = {old: derived_id("branch", old) for event in branch for old in (event.uuid, event.group)}
    first = branch[0]
    note = replace(first, uuid=derived_id("branch", origin, "note"), kind=kinds.HEADS_NOTED, subjects=(register_id,), origin=origin,
                   sequence=1, version=kinds.CATALOGUE[kinds.HEADS_NOTED].version, previous=NO_PREVIOUS, seen={},
                   group=derived_id("branch", origin, "group"), received_at=None,
                   payload={"heads": {key: list(head) for key, head in sorted(known.items())}}).sealed()
    chain = [note]
    for event in branch:
        last = chain[-1]
        chain.append(replace(event, uuid=names[event.uuid], group=names[event.group], origin=origin, sequence=last.sequence + 1,
                             previous=last.hash, seen=_renamed(dict(event.seen), names), payload=_renamed(dict(event.payload), names),
                             received_at=None).sealed())
    return chain


def _renamed(value: Any, names: Dict[str, str]) -> Any:
    """The same value with every id that is one of the branch led over."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, Mapping):
        return {key: _renamed(one, names) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_renamed(one, names) for one in value]
    return value
