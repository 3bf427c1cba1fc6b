"""Folding what was seen on site: findings of visits, and photos that prove them."""
from __future__ import annotations

import json
from typing import Any, List, Sequence

from ..events import Event, canonical
from ..state import Parcel, Photo, State
from .grounds import Inapplicable, alive, touch, worked_on


def inherit_proof(state: State, children: Sequence[Parcel], parents: Sequence[Parcel]) -> None:
    """Findings and photos follow the land: pieces have the newest finding and every photo of what they were cut from."""
    visited = [parent.site for parent in parents if parent.site is not None]
    gone, heirs = {parent.id for parent in parents}, [child.id for child in children]
    for child in children:
        child.site = max(visited, key=_day_of, default=None)
    for photo in state.photos_in(parents[0].patch_id):
        shown = json.loads(photo.parcels)
        if gone.intersection(shown):
            photo.parcels = canonical([key for key in shown if key not in gone] + heirs)
            state.put(photo)
    for parcel in (*children, *parents):
        _count(state, parcel)


def _day_of(site: str) -> str:
    return json.loads(site)["on"]


def _count(state: State, parcel: Parcel) -> None:
    parcel.photos = sum(parcel.id in json.loads(photo.parcels) for photo in state.photos_in(parcel.patch_id))


def site_visited(state: State, event: Event, _issued: Any) -> None:
    """The newest visit counts; of two on one day, the one recorded later."""
    parcel = alive(state, event.payload["parcel"])
    if parcel.site is None or _day_of(parcel.site) <= event.effective_on:
        parcel.site = canonical(dict(event.payload, on=event.effective_on, event=event.uuid))
    worked_on(state, parcel, event)


def photo_added(state: State, event: Event, _issued: Any) -> None:
    """A photo that shows parcels, or further parcels of one that is there; Inapplicable where it shows none anew."""
    said = event.payload
    parcels = [alive(state, key) for key in said["parcels"]]
    known = state.photos.get(said["photo"])
    shown: List[str] = json.loads(known.parcels) if known is not None and not known.removed else []
    if not set(said["parcels"]) - set(shown):
        raise Inapplicable("The photo {file} is in the register already.", file=said["file"])
    fresh = [key for key in said["parcels"] if key not in shown]
    state.put(Photo(
        id=said["photo"], patch_id=parcels[0].patch_id, parcels=canonical(shown + fresh), sha256=said["sha256"], file=said["file"],
        taken_at=said["taken_at"], lon=said["lon"], lat=said["lat"], direction=said["direction"], distance_m=said["distance_m"],
        matched_by=said["matched_by"], magnetic=int(bool(said.get("magnetic"))), last_event=event.uuid))
    _recount(state, parcels, event)


def photo_removed(state: State, event: Event, _issued: Any) -> None:
    """A photo that proves nothing any more (its picture stays); Inapplicable where it is gone."""
    photo = state.photos.get(event.payload["photo"])
    if photo is None or photo.removed:
        raise Inapplicable("The register has no such photo; its adding may have been undone.")
    photo.removed, photo.last_event = 1, event.uuid
    state.put(photo)
    _recount(state, [state.parcels[key] for key in json.loads(photo.parcels)], event)


def _recount(state: State, parcels: Sequence[Parcel], event: Event) -> None:
    for parcel in parcels:
        _count(state, parcel)
        touch(state, parcel, event)
