"""All layers of an evidence profile in one pass over the parcels: each layer is read once, and no geometry is built.

What is cultivated under a role, and what the approvals and a role cover together, follows from areas of unions alone:

    cultivated ∩ role = cultivated + role − (cultivated ∪ role)

and a union of layers is measured like one layer that overlaps itself. It is only needed for the parcels that both of them cut.
That takes layers of one coordinate system; :mod:`.measuring` does the same for others, by building the parts and measuring them.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from ..progress import Progress
from .candidates import Check, Evidence
from .overlay import covered_areas
from .chunks import Patches
from .sources import Features, Source
from .survey import Chunk, ClassTable, PieceTable, Survey, classes_of, piece_table, pieces_of

Cover = Tuple[np.ndarray, Optional[np.ndarray]]  # m² of each parcel, and cultivated m² of it where there is a survey
Counting = Callable[[Features], np.ndarray]  # the rows of those that count


@dataclass(frozen=True)
class Wish:
    """What is wanted of one layer. ``class_field``: areas by its values; else the area covered, where ``covered``.

    ``fields``: those of each single feature with its area, None where no such rows are wanted. ``counting`` picks the features
    that make up the role; without it all do.
    """

    role: str
    source: Source
    class_field: str = ""
    fields: Optional[Tuple[str, ...]] = None
    counting: Optional[Counting] = None

    @property
    def names(self) -> List[str]:
        """The fields to read, each once, the class field first."""
        return list(dict.fromkeys([*((self.class_field,) if self.class_field else ()), *(self.fields or ())]))


@dataclass(frozen=True)
class Together:
    """Of each wish, in their order: areas by class or covered, and pieces. ``roles`` and ``combined`` (with the approvals): covers."""

    classes: List[Optional[ClassTable]]
    covered: List[Optional[np.ndarray]]
    pieces: List[Optional[PieceTable]]
    roles: Dict[str, Cover]
    combined: Dict[str, Cover]


def measure_together(
    survey: Survey, wishes: Sequence[Wish], roles: Sequence[str], progress: Progress, cultivated: Optional[int] = None, approval: str = "",
) -> Together:
    """Everything about layers of one coordinate system.

    ``roles`` are those of which covers are wanted; ``cultivated`` is the place of the wish whose ``counting`` features are
    the cultivated land; ``approval`` names the role that the others are combined with, if there is one. m² of each parcel's own
    area; 0 where a parcel cannot be carried over. Raises Cancelled when the user stops.
    """
    def work(chunk: Chunk, found: Sequence[Features], check: Check) -> tuple:
        return _Pass(chunk, wishes, found, check).results(roles, cultivated, approval)

    in_tiles, parts = survey.each_chunk([wish.source for wish in wishes], [wish.names for wish in wishes], work, progress)
    own = [[part[1][place] for part in parts] for place in range(len(wishes))]
    classes = [survey.class_table(found, in_tiles) if wish.class_field else None for wish, found in zip(wishes, own)]
    covered = [None if wish.class_field else np.nan_to_num(survey.covered_table(found)) for wish, found in zip(wishes, own)]
    pieces = [None if wish.fields is None else piece_table([part[2][place] for part in parts], wish.fields, in_tiles)
              for place, wish in enumerate(wishes)]
    covers = [_covers(survey, parts, place, names, cultivated is not None)
              for place, names in ((3, roles), (4, [role for role in roles if approval and role != approval]))]
    return Together(classes, covered, pieces, *covers)


def _covers(survey: Survey, parts: Sequence[tuple], place: int, roles: Sequence[str], tilled: bool) -> Dict[str, Cover]:
    def total(role: str, which: int) -> np.ndarray:
        return np.nan_to_num(survey.covered_table([(part[0], part[place][role][which]) for part in parts]))

    return {role: (total(role, 0), total(role, 1) if tilled else None) for role in roles}


class _Pass:
    """One chunk: areas in the layers' coordinates, each union measured once."""

    def __init__(self, chunk: Chunk, wishes: Sequence[Wish], found: Sequence[Features], check: Check):
        self._chunk, self._wishes, self._found, self._check = chunk, wishes, found, check
        self._patches = chunk.patches
        self._ground = Evidence(np.concatenate([layer.geoms for layer in found]))  # of all layers together
        ends = np.cumsum([len(layer) for layer in found])
        self._rows = [np.arange(end - len(layer), end) for layer, end in zip(found, ends.tolist())]

    def results(self, roles: Sequence[str], cultivated: Optional[int], approval: str) -> tuple:
        """Patches; of each wish classes or cover, and pieces; of each role covers, and those together with the approvals."""
        chunk, layers = self._chunk, list(zip(self._wishes, self._found, (self._ground.part(rows) for rows in self._rows)))
        pieces = [None if wish.fields is None else pieces_of(chunk, found, self._check, evidence) for wish, found, evidence in layers]
        plain = [None if wish.class_field else self._plain(evidence, piece) for (wish, _, evidence), piece in zip(layers, pieces)]
        alone = [classes_of(chunk, found, wish.class_field, self._check, evidence) if area is None else (chunk.owner, area * chunk.scale)
                 for (wish, found, evidence), area in zip(layers, plain)]
        counted = {role: np.concatenate([self._counted(place) for place, wish in enumerate(self._wishes) if wish.role == role])
                   for role in roles}
        area = {role: self._of_role(role, counted[role], plain) for role in roles}
        tilled = np.zeros(0, dtype=np.int64) if cultivated is None else self._counted(cultivated)
        field, every = self._covered(tilled), self._patches
        both = {role: self._common(every, field, tilled, area[role], counted[role]) for role in roles}
        covers = {role: (area[role] * chunk.scale, both[role] * chunk.scale) for role in roles}
        combined = {role: self._combined(role, approval, area, counted, both, field, tilled)
                    for role in roles if approval and role != approval}
        return chunk.owner, alone, pieces, covers, combined

    def _plain(self, evidence: Evidence, pieces: Optional[tuple]) -> np.ndarray:
        """m² of the patches under a layer; its pieces may have told it."""
        known = None if pieces is None else pieces[-1]
        return covered_areas(self._patches, evidence, self._check) if known is None else known

    def _counted(self, place: int) -> np.ndarray:
        """Polygons of a layer that count for its role, as rows of the ground."""
        wish, rows = self._wishes[place], self._rows[place]
        return rows if wish.counting is None else rows[wish.counting(self._found[place])]

    def _of_role(self, role: str, counted: np.ndarray, plain: Sequence[Optional[np.ndarray]]) -> np.ndarray:
        layers = [(wish, area) for wish, area in zip(self._wishes, plain) if wish.role == role]
        known = layers[0][1] if len(layers) == 1 and layers[0][0].counting is None else None
        return self._covered(counted) if known is None else known

    def _covered(self, *polygons: np.ndarray, patches: Optional[Patches] = None) -> np.ndarray:
        """m² of the patches (or of others of the chunk) under polygons (rows of the ground), each piece of ground once."""
        evidence = self._ground.part(np.concatenate(polygons))
        return covered_areas(self._patches if patches is None else patches, evidence, self._check)

    def _union(self, one: np.ndarray, polygons: np.ndarray, other: np.ndarray, more: np.ndarray) -> np.ndarray:
        """m² under either of two covers, of which the areas are known."""
        result = np.maximum(one, other)
        rows = _cut_by_both(self._patches, one, other)
        if len(rows):
            union = self._covered(polygons, more, patches=self._patches.where(rows))
            result[rows] = np.clip(union, result[rows], one[rows] + other[rows])
        return result

    def _common(self, patches: Patches, one: np.ndarray, polygons: np.ndarray, other: np.ndarray, more: np.ndarray) -> np.ndarray:
        """m² of patches under both of two covers; what is less than the noise of areas is nothing."""
        result = np.minimum(one, other)
        rows = _cut_by_both(patches, one, other)
        if len(rows):
            least, noise = result[rows], patches.noise[rows]
            common = one[rows] + other[rows] - self._covered(polygons, more, patches=patches.where(rows))
            common = np.where(common > least - noise, least, common)
            result[rows] = np.where(common < noise, 0.0, common)
        return result

    def _combined(
        self, role: str, approval: str, area: Dict[str, np.ndarray], counted: Dict[str, np.ndarray], both: Dict[str, np.ndarray],
        field: np.ndarray, tilled: np.ndarray,
    ) -> Tuple[np.ndarray, np.ndarray]:
        """m² under the approvals or the role, and what is cultivated of it."""
        union = self._union(area[approval], counted[approval], area[role], counted[role])
        result = np.where(area[role] == 0, both[approval], both[role])  # where one of the two is nothing, it is the other's
        rows = np.flatnonzero((area[role] > 0) & (area[approval] > 0))
        if len(rows):
            covers = np.concatenate([counted[approval], counted[role]])
            result[rows] = self._common(self._patches.where(rows), field[rows], tilled, union[rows], covers)
        return union * self._chunk.scale, result * self._chunk.scale


def _cut_by_both(patches: Patches, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Rows of patches that two covers both cut: neither leaves one alone, neither fills it."""
    return np.flatnonzero((one > 0) & (other > 0) & (one < patches.area) & (other < patches.area))
