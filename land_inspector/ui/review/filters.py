"""Which parcels the list shows, and how many each further choice would leave: masks over a :class:`ParcelTable`."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Tuple

import numpy as np

from .parcel_table import SINGLE_FACETS, Box, ParcelTable

BY_NUMBER, BY_AREA, BY_TOWNSHIP, BY_WEIGHT, BY_NEAREST = "number", "area", "township", "weight", "nearest"


@dataclass(frozen=True)
class Criteria:
    """What the user asked for; every part given must hold. Codes as stored, ``marks`` are of ``parcel_table.MARKS``,
    ``place`` is a box in the register's CRS, ``area_m2`` the least and the greatest area, None where there is no limit."""

    text: str = ""
    township: Optional[str] = None
    verdict: Optional[str] = None
    proposed: Optional[str] = None
    state: Optional[str] = None
    assigned: Optional[str] = None
    marks: Tuple[str, ...] = ()
    area_m2: Tuple[Optional[float], Optional[float]] = (None, None)
    place: Optional[Box] = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for, so that every parcel is shown."""
        return self == Criteria()

    @property
    def wants_aside(self) -> bool:
        """Whether parcels set aside are what is asked for."""
        return "later" in self.marks or "paper" in self.marks


#: The parts of the criteria that have one value a parcel and offer a choice with counts; ``marks`` offer theirs beside them.
FACETS = tuple(SINGLE_FACETS)


@dataclass(frozen=True)
class Found:
    """``rows`` in the order they are shown; for each facet how many parcels each choice would show, and so for each mark."""

    rows: np.ndarray
    counts: Dict[str, Dict[str, int]]
    marks: Dict[str, int]


def find(table: ParcelTable, criteria: Criteria, order: str = BY_NUMBER, returned_first: bool = True,
         near: Optional[Tuple[float, float]] = None) -> Found:
    """The rows that meet ``criteria``; a facet's counts hold under everything else that is asked for, a mark's under all of it.

    ``near`` is the point, in the register's CRS, from which the order ``nearest`` counts; without it that order is by number.
    """
    masks = _masks(table, criteria)
    shown = _all_of(masks, len(table))
    counts = {facet: table.counts(facet, _all_of({n: m for n, m in masks.items() if n != facet}, len(table))) for facet in FACETS}
    return Found(_ordered(table, shown, order, near, returned_first), counts, table.mark_counts(shown))


def _masks(table: ParcelTable, criteria: Criteria) -> Dict[str, np.ndarray]:
    masks = {facet: table.having(facet, getattr(criteria, facet)) for facet in FACETS if getattr(criteria, facet) is not None}
    masks.update((mark, table.marked(mark)) for mark in criteria.marks)
    if criteria.text.strip():
        masks["text"] = table.holding(criteria.text)
    if criteria.place is not None:
        masks["place"] = table.meeting(criteria.place)
    least, most = criteria.area_m2
    if least is not None:
        masks["least"] = table.area_m2 >= least
    if most is not None:
        masks["most"] = table.area_m2 <= most
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
        rows = rows[np.argsort(~table.marked("returned")[rows], kind="stable")]
    return rows


def next_open(table: ParcelTable, rows: np.ndarray, after: Optional[str], step: int = 1, with_aside: bool = False) -> Optional[str]:
    """The next undone parcel among the shown ``rows`` after (or with step -1 before) the parcel ``after``.

    Goes on at the other end; None where no other parcel that is shown is undone. A returned parcel is. Those set aside come
    when nothing else is left, unless ``with_aside`` lets them come in their turn.
    """
    ahead = _ahead(table, rows[::step], after)
    undone, aside = table.marked("undone")[ahead], table.marked("later")[ahead] | table.marked("paper")[ahead]
    found = np.concatenate((ahead[undone & ~aside], ahead[undone & aside])) if not with_aside else ahead[undone]
    return str(table.ids[found[0]]) if len(found) else None


def next_marked(table: ParcelTable, rows: np.ndarray, after: Optional[str], mark: str) -> Optional[str]:
    """The next parcel among ``rows`` that carries ``mark``, going round; None where no other does."""
    ahead = _ahead(table, rows, after)
    found = ahead[table.marked(mark)[ahead]]
    return str(table.ids[found[0]]) if len(found) else None


def _ahead(table: ParcelTable, in_turn: np.ndarray, after: Optional[str]) -> np.ndarray:
    """The other rows in the order in which they come after ``after``, from the beginning where it is not among them."""
    here = np.flatnonzero(table.ids[in_turn] == after)
    start = int(here[0]) if len(here) else -1
    return np.concatenate((in_turn[start + 1:], in_turn[:max(start, 0)]))
