"""Numbers that come twice (rule R02) and patches that lie on each other (R06)."""
from __future__ import annotations

from collections import defaultdict
from typing import Dict, Iterator, List, Tuple

import numpy as np
import shapely

from ...errors import message
from ...evidence.area import Measure
from ...evidence.shapes import overlay
from ...progress import Progress
from .source_table import Draft
from ..report import listed

OVERLAP_M2 = 1.0
MOST_OVERLAPS = 20_000
SAME_PLACE = 1e-4
_CHUNK, _PAIRS = 500, 10_000


def quarantine_without_number(draft: Draft) -> None:
    """Rows without JCBH can be neither judged nor reported."""
    for index in draft.sound.tolist():
        if draft.number(index) is None:
            draft.quarantine(index, message("It has no patch number (JCBH)."), message("Ask the issuer for its number."), "R01")


def quarantine_duplicates(draft: Draft, degrees: bool) -> None:
    """Same number and same geometry: the first row stays. Same number, different geometry: all are quarantined (R02)."""
    tolerance = SAME_PLACE / 1e5 if degrees else SAME_PLACE
    for number, indexes in _same_number(draft).items():
        first, later = indexes[0], indexes[1:]
        shapes = shapely.normalize(draft.geometry[indexes])
        same = shapely.equals_exact(shapes[1:], shapes[0], tolerance=tolerance) | shapely.equals(shapes[1:], shapes[0])
        if same.all():
            _keep_first(draft, first, later)
        else:
            _quarantine_all(draft, number, indexes)


def _same_number(draft: Draft) -> Dict[str, List[int]]:
    groups: Dict[str, List[int]] = defaultdict(list)
    for index in draft.sound.tolist():
        groups[str(draft.number(index))].append(index)
    return {number: indexes for number, indexes in groups.items() if len(indexes) > 1}


def _keep_first(draft: Draft, first: int, later: List[int]) -> None:
    for index in later:
        differing = [name for name, values in {**draft.attributes, **draft.other}.items() if values[index] != values[first]]
        draft.quarantine(index, message("It repeats row {row} with the same number and geometry.", row=draft.rows[first]),
                         message("Nothing to do: row {row} was imported.", row=draft.rows[first]), "R02")
        if differing:
            draft.note("W", index, message("It differs from row {row}, which was imported, in {fields}.",
                                           row=draft.rows[first], fields=listed(differing)),
                       message("Ask the issuer which of the two is right."), "R02")


def _quarantine_all(draft: Draft, number: str, indexes: List[int]) -> None:
    rows = listed([draft.rows[index] for index in indexes])
    for index in indexes:
        draft.quarantine(index, message("The number {number} stands for different geometries in the rows {rows}.",
                                        number=number, rows=rows),
                         message("Ask the issuer which number each patch has."), "R02")


def note_overlaps(draft: Draft, measure: Measure, progress: Progress, least_m2: float = OVERLAP_M2) -> None:
    """Pairs of imported patches that overlap by more than ``least_m2`` (R06); both are imported."""
    sound, listed_pairs = draft.sound, 0
    shapes = draft.geometry[sound]
    for left, right in _touching_pairs(shapes, progress):
        if listed_pairs >= MOST_OVERLAPS:
            draft.notes.add("E", message("There are more overlaps; only the first {n} are listed.", n=listed_pairs),
                            message("Ask the issuer whether the layer holds several batches at once."), "R06")
            return
        common = overlay(shapely.intersection, shapes[left], shapes[right])
        areas = np.where(shapely.is_missing(common), 0.0, measure(common))
        overlapping = np.flatnonzero(areas > least_m2).tolist()
        listed_pairs += len(overlapping)
        for at in overlapping:
            _note_overlap(draft, int(sound[left[at]]), int(sound[right[at]]), float(areas[at]))


def _touching_pairs(shapes: np.ndarray, progress: Progress) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    """Pairs whose interiors may meet, each once. Of identical shapes each is paired with the first only."""
    first, copies = _without_copies(shapes)
    yield copies
    tree = shapely.STRtree(shapes[first])
    for start in range(0, len(first), _CHUNK):
        chunk = first[start:start + _CHUNK]
        left, right = tree.query(shapes[chunk])
        once = left + start < right
        left, right = chunk[left[once]], first[right[once]]
        for at in range(0, len(left) or 1, _PAIRS):
            progress.step(start / len(first), message("Looking for overlapping patches"))
            one, other = left[at:at + _PAIRS], right[at:at + _PAIRS]
            inner = shapely.intersects(shapes[one], shapes[other]) & ~shapely.touches(shapes[one], shapes[other])
            yield one[inner], other[inner]


def _without_copies(shapes: np.ndarray) -> Tuple[np.ndarray, Tuple[np.ndarray, np.ndarray]]:
    seen: Dict[bytes, int] = {}
    pairs = [(seen.setdefault(data, at), at) for at, data in enumerate(shapely.to_wkb(shapes, output_dimension=2).tolist())]
    original = np.array([first for first, _ in pairs], dtype=int)
    copies = np.flatnonzero(original != np.arange(len(original)))
    return np.flatnonzero(original == np.arange(len(original))), (original[copies], copies)


def _note_overlap(draft: Draft, one: int, other: int, area_m2: float) -> None:
    draft.note("E", other, message("It overlaps patch {patch} (row {row}) by {area} m².", patch=draft.number(one),
                                   row=draft.rows[one], area=f"{area_m2:.2f}"),
               message("Ask the issuer for the right boundary; until then the common area counts twice."), "R06")
