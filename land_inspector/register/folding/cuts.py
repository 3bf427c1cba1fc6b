"""Folding cuts: a parcel split into pieces, pieces of one patch merged again."""
from __future__ import annotations

from typing import Any, Mapping, Sequence

from ..events import Event
from ..tables import MEASURED, names
from ..state import Parcel, Patch, State
from .cases import hand_case_to_pieces
from .grounds import Inapplicable, alive, touch
from .parcels import inherit_marks
from .site import inherit_proof


def parcel_split(state: State, event: Event, _issued: Any) -> None:
    """A parcel gives way to its pieces, which inherit case and proof; Inapplicable where it is gone."""
    parent = alive(state, event.payload["parcel"])
    patch = state.patches[parent.patch_id]
    hand_case_to_pieces(state, parent, [child["id"] for child in event.payload["children"]], event)
    children = [_child(patch, [parent], child, event) for child in event.payload["children"]]
    for child in children:
        state.put(child)
    inherit_proof(state, children, [parent])
    parent.TBZT = "1"
    _retire(state, [parent], event)
    _mark_split(state, patch, event)


def parcels_merged(state: State, event: Event, _issued: Any) -> None:
    """Pieces give way to one parcel; Inapplicable for pieces of several patches or with an open case."""
    merged = [alive(state, parcel_id) for parcel_id in event.payload["parcels"]]
    patch = state.patches[merged[0].patch_id]
    if any(parcel.patch_id != patch.id for parcel in merged):
        raise Inapplicable("Only parcels of one patch can be merged.")
    for parcel in merged:
        if state.open_case_of(parcel.id):
            raise Inapplicable("Parcel {parcel} has an open case and cannot be merged.", "End the case first.", parcel=parcel.DKBH)
    _retire(state, merged, event)
    child = _child(patch, merged, event.payload["result"], event)
    state.put(child)
    inherit_proof(state, [child], merged)
    _mark_split(state, patch, event)


def _child(patch: Patch, parents: Sequence[Parcel], said: Mapping[str, Any], event: Event) -> Parcel:
    """A piece made by a split or a merge. One that is the whole patch again carries the patch's own number.

    The event gives the number; version 1 did not, there it is the patch's next one."""
    parent = parents[0]
    whole = bool(said.get("whole"))
    number = said.get("DKBH") or (patch.JCBH if whole else piece_number(patch, 0))
    patch.next_number = max(patch.next_number, _count_in(patch, number) + 1)
    child = Parcel(
        id=said["id"], patch_id=patch.id, batch_id=patch.batch_id, parent_id=None if whole else parent.id,
        shape_id=said["id"], DKBH=number, TBZT="0" if whole else "2", retired=0, gone=patch.gone,
        issue_no=parent.issue_no, basis=parent.basis, basis_changed=int(parent.basis != patch.basis),
        DKMJ=said["DKMJ"], touched_by=event.actor, last_event=event.uuid,
    )
    for name in names(MEASURED):
        setattr(child, name, said.get("areas", {}).get(name))
    towns = {parent.own_township for parent in parents}
    child.own_township = None if whole else said.get("XZDM", parent.own_township if len(towns) == 1 else None)
    inherit_marks(child, parents)
    return child


def piece_number(patch: Patch, place: int) -> str:
    """The number (DKBH) of the piece that is made as number ``place`` (from 0) from now on."""
    return f"{patch.JCBH}-{patch.next_number + place:02d}"


def _count_in(patch: Patch, number: str) -> int:
    """The 3 of T001-03; 0 where the number is the patch's own."""
    count = number[len(patch.JCBH) + 1:]
    return int(count) if number.startswith(f"{patch.JCBH}-") and count.isdecimal() else 0


def _retire(state: State, parcels: Sequence[Parcel], event: Event) -> None:
    for parcel in parcels:
        parcel.retired = 1
        touch(state, parcel, event)


def _mark_split(state: State, patch: Patch, event: Event) -> None:
    alive = state.alive_in(patch.id)
    patch.split = int(len(alive) > 1)
    patch.last_event = event.uuid
    state.put(patch)
