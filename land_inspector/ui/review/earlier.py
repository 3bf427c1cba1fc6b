"""Patches of earlier batches at the place of a parcel, and how each of them ended."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import shapely

from ...i18n import say, tr
from ...law.acts import STATES
from ...law.remedies import KINDS
from ...register.register import Register
from ...register.state import CaseRecord, State
from ...register.views.parcels import meeting, outline, outlines, rows_of, state_of
from ..shell import labels

_ILLEGAL = "2"
#: Neighbours that share a border overlap by slivers; less than this share of the parcel is no return to the place.
LEAST_SHARE = 0.01


@dataclass(frozen=True)
class Earlier:
    """One earlier parcel. ``share`` of the present parcel's area lies in it; ``came_back`` tells that it was illegal and its case
    closed or its land rectified: here something was done again that had been set right."""

    text: str
    share: float
    came_back: bool


def earlier_at(register: Register, facts: Mapping[str, Any]) -> List[Earlier]:
    """Newest batch first; ``facts`` is the present parcel's row of the storage's frame ``parcel``."""
    shares = _shares(register, facts)
    order = _issued_days(register)
    rows = [row for row in rows_of(register, shares) if _is_earlier(order, row["batch_id"], facts["batch_id"])]
    if not rows:
        return []
    state = state_of(register, {row["patch_id"] for row in rows})
    rows.sort(key=lambda row: (order[row["batch_id"]], row["DKBH"]), reverse=True)
    return [_told(row, shares[row["parcel_id"]], state) for row in rows]


def _shares(register: Register, facts: Mapping[str, Any]) -> Dict[str, float]:
    """Share of the parcel's area by the id of each other parcel that lies over it, whatever its batch."""
    own = shapely.from_wkb(outline(register, facts["shape_id"]))
    near = [row for row in rows_of(register, meeting(register, tuple(own.bounds)))
            if row["parcel_id"] != facts["parcel_id"] and row["batch_id"] != facts["batch_id"]]
    shapes = outlines(register, [row["shape_id"] for row in near])
    shares = {row["parcel_id"]: shapely.area(shapely.intersection(own, shapely.from_wkb(shapes[row["shape_id"]]))) / own.area
              for row in near}
    return {key: float(share) for key, share in shares.items() if share >= LEAST_SHARE}


def _issued_days(register: Register) -> Dict[str, Tuple[str, str]]:
    """When each batch was issued, as far as is known, and its code: a key to sort by."""
    return {row.id: (row.XFRQ or f"{row.ND}", row.PCBH) for row in register.batches().itertuples()}


def _is_earlier(order: Mapping[str, Tuple[str, str]], batch: str, present: str) -> bool:
    return order[batch] < order[present]


def _told(row: Mapping[str, Any], share: float, state: State) -> Earlier:
    case = _case_of(state, row["parcel_id"])
    rectified = _is_rectified(state, row["parcel_id"])
    closed = case is not None and not case.is_open
    said = [tr("{batch} {parcel}", batch=row["PCBH"], parcel=row["DKBH"]), _verdict(row)]
    if case is not None:
        said.append(tr("case {case} {state}", case=case.AJBH or "?", state=say(STATES[case.ZT].label)))
    if rectified is not None:
        said.append(tr("rectified and accepted") if rectified else tr("not yet rectified"))
    said.append(tr("{share:.0f} % of this parcel", share=100 * share))
    return Earlier(" · ".join(said), share, row["PDJL1"] == _ILLEGAL and (closed or rectified is True))


def _verdict(row: Mapping[str, Any]) -> str:
    return labels.sub_verdict_name(row["PDJL2"]) if row["PDJL2"] else labels.verdict_name(row["PDJL1"])


def _case_of(state: State, parcel_id: str) -> Optional[CaseRecord]:
    """The newest case over a parcel, open or closed."""
    cases: Sequence[CaseRecord] = [case for case in state.cases.values() if parcel_id in json.loads(case.parcels)]
    return max(cases, key=lambda case: (case.is_open, case.since), default=None)


def _is_rectified(state: State, parcel_id: str) -> Optional[bool]:
    """Whether every remedy ordered for the land is done and accepted; None where none was ordered."""
    tracks = [track for track in state.tracks_of([parcel_id]) if KINDS[track.kind].settles_land and track.withdrawn_on is None]
    return all(track.is_complete for track in tracks) if tracks else None
