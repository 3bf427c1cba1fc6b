"""Which parcels the list shows, and how many each further choice would leave: masks over a :class:`ParcelTable`."""
from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Dict, Optional, Tuple

import numpy as np

from .parcel_table import RETURNED, Box, ParcelTable

BY_NUMBER, BY_AREA, BY_TOWNSHIP, BY_WEIGHT, BY_NEAREST = "number", "area", "township", "weight", "nearest"


@dataclass(frozen=True)
class Criteria:
    """What the user asked for; every part given must hold. Codes as stored, ``mark`` is one of ``parcel_table.MARKS``,
    ``place`` a box in the register's CRS."""

    text: str = ""
    township: Optional[str] = None
    verdict: Optional[str] = None
    proposed: Optional[str] = None
    state: Optional[str] = None
    mark: Optional[str] = None
    place: Optional[Box] = None

    @property
    def is_empty(self) -> bool:
        return self == Criteria()


#: The parts of the criteria that offer a choice with counts.
FACETS = tuple(f.name for f in fields(Criteria) if f.name not in ("text", "place"))


@dataclass(frozen=True)
class Found:
    """``rows`` in the order they are shown, and for each facet how many parcels each choice would show."""

    rows: np.ndarray
    counts: Dict[str, Dict[str, int]]


def find(table: ParcelTable, criteria: Criteria, order: str = BY_NUMBER, returned_first: bool = True,
         near: Optional[Tuple[float, float]] = None) -> Found:
    """The rows that meet ``criteria``; a facet's counts hold under everything else that is asked for.

    ``near`` is the point, in the register's CRS, from which the order ``nearest`` counts; without it that order is by number.
    """
    masks = _masks(table, criteria)
    shown = _all_of(masks, len(table))
    counts = {facet: table.counts(facet, _all_of({n: m for n, m in masks.items() if n != facet}, len(table))) for facet in FACETS}
    return Found(_ordered(table, shown, order, near, returned_first), counts)


def _masks(table: ParcelTable, criteria: Criteria) -> Dict[str, np.ndarray]:
    masks = {facet: table.having(facet, getattr(criteria, facet)) for facet in FACETS if getattr(criteria, facet) is not None}
    if criteria.text.strip():
        masks["text"] = table.holding(criteria.text)
    if criteria.place is not None:
        masks["place"] = table.meeting(criteria.place)
    return masks


def _all_of(masks: Dict[str, np.ndarray], length: int) -> np.ndarray:
    met = np.ones(length, dtype=bool)
    for mask in masks.values():
        met &= mask
    return met


def _ordered(table: ParcelTable, shown: np.ndarray, order: str, near: Optional[Tuple[float, float]],
             returned_first: bool) -> np.ndarray:
    """Rows of the mask; equal ones keep the order of their numbers."""
    rows = table.number_order[shown[table.number_order]]
    if order == BY_AREA:
        rows = rows[np.argsort(-table.area_m2[rows], kind="stable")]
    elif order == BY_WEIGHT:
        rows = rows[np.argsort(-table.weight_m2[rows], kind="stable")]
    elif order == BY_NEAREST and near is not None:
        rows = rows[np.argsort(table.distances_m(near)[rows], kind="stable")]
    elif order == BY_TOWNSHIP:
        rows = rows[np.argsort(table.facet_codes("township")[rows], kind="stable")]
    if returned_first:
        rows = rows[np.argsort(~table.having("state", RETURNED)[rows], kind="stable")]
    return rows


def next_open(table: ParcelTable, rows: np.ndarray, after: Optional[str], step: int = 1) -> Optional[str]:
    """The next parcel without a verdict among the shown ``rows`` after (or with step -1 before) the parcel ``after``.

    Goes on at the other end; None where every other parcel that is shown has a verdict. A returned parcel counts as open.
    """
    in_turn = rows[::step]
    here = np.flatnonzero(table.ids[in_turn] == after)
    start = int(here[0]) if len(here) else -1
    ahead = np.concatenate((in_turn[start + 1:], in_turn[:max(start, 0)]))
    found = ahead[~table.judged[ahead] | table.having("state", RETURNED)[ahead]]
    return str(table.ids[found[0]]) if len(found) else None
