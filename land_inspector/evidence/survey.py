"""Measuring patches against layers: own area, chunks, reading, the kernel, and everything back in the patch's own m²."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import shapely

from ..errors import message
from ..progress import Progress
from .area import AreaMethod
from .candidates import Check, Evidence, find_candidates
from .chunks import neighbourhoods, work_through
from .classes import class_areas
from .crs import Crs, CrsLike
from .gauges import Gauge
from .overlay import Patches, covered_areas, covered_geometries, remaining_geometries
from .pieces import piece_geometries
from .reproject import carried_over
from .shapes import State, valid_polygons
from .sources import Features, Source

EACH_BOX_BELOW = 10_000  # patches: above, a window around each chunk is read


@dataclass(frozen=True)
class ClassTable:
    """One row per patch and class, m² of the patch's own area; ``remainder_m2`` and ``overlap_m2`` per patch.

    Patches that could not be carried over into the layer's coordinates have NaN there.
    """

    patch: np.ndarray
    value: List[Any]
    area_m2: np.ndarray
    remainder_m2: np.ndarray
    overlap_m2: np.ndarray
    without_class: int  # features of the layer that have no class; ground under them counts as remainder


@dataclass(frozen=True)
class PieceTable:
    """One row per patch and evidence feature that meet, with the feature's fields; overlaps count in each."""

    patch: np.ndarray
    feature: np.ndarray
    area_m2: np.ndarray
    columns: Dict[str, List[Any]]


class Survey:
    """Patches of one coordinate system, ready to be measured against any number of layers.

    ``gauge`` (or its short form, an AreaMethod) decides the areas; ``area_m2`` are the patches' own. A layer's pieces
    are measured in the layer's coordinates, then scaled by (own area ÷ area there) of their patch: shares do not depend
    on which of the two systems, or ellipsoids, was used. Invalid patches are repaired; ``state`` says which.
    """

    def __init__(
        self, geoms: Sequence[Any], crs: CrsLike, gauge: Union[Gauge, AreaMethod, str] = AreaMethod.ELLIPSOID,
        threads: Optional[int] = None,
    ):
        self.crs = Crs.of(crs)
        self.gauge = gauge if isinstance(gauge, Gauge) else Gauge.of(AreaMethod(gauge))
        self.threads = threads
        self.geoms, self.state = valid_polygons(np.asarray(geoms, dtype=object))
        self.area_m2 = self.gauge.measure_in(self.crs, self.crs)(self.geoms)
        self._chunks = neighbourhoods(
            shapely.bounds(self.geoms).reshape(-1, 4), shapely.get_num_coordinates(self.geoms)
        )

    @property
    def repaired(self) -> np.ndarray:
        """Rows of the patches whose geometry was invalid."""
        return np.flatnonzero(self.state == State.REPAIRED)

    def covered(self, source: Source, progress: Optional[Progress] = None) -> np.ndarray:
        """m² of each patch under the layer, union-safe; NaN where the patch cannot be carried over."""
        def work(rows: np.ndarray, check: Check) -> np.ndarray:
            patches, found = self._around(rows, source, ())
            area = covered_areas(patches, Evidence(found.geoms), check) * self._scale(rows, patches)
            return np.minimum(area, self.area_m2[rows])  # NaN stays NaN

        result = np.zeros(len(self.geoms))
        for rows, part in zip(self._chunks, self._each(source, work, progress)):
            result[rows] = part
        return result

    def by_class(self, source: Source, field: str, progress: Optional[Progress] = None) -> ClassTable:
        """m² of each patch under each value of ``field``; features without a value do not count."""
        def work(rows: np.ndarray, check: Check) -> tuple:
            patches, found = self._around(rows, source, (field,))
            without = sum(value is None for value in found.columns[field])
            classed = found.where(np.array([k for k, v in enumerate(found.columns[field]) if v is not None], dtype=int))
            names, codes = _coded(classed.columns[field])
            result = class_areas(patches, Evidence(classed.geoms, codes), check)
            scale = self._scale(rows, patches)
            own = self.area_m2[rows[result.patch]]
            return (
                rows[result.patch], [names[k] for k in result.value],
                np.minimum(result.area_m2 * scale[result.patch], own),
                result.remainder_m2 * scale, result.overlap_m2 * scale, without,
            )

        return self._table(self._each(source, work, progress))

    def _table(self, parts: List[tuple]) -> ClassTable:
        remainder, overlap = self.area_m2.copy(), np.zeros(len(self.geoms))
        for rows, part in zip(self._chunks, parts):
            remainder[rows], overlap[rows] = part[3], part[4]
        patch = _joined([part[0] for part in parts], int)
        area = _joined([part[2] for part in parts], float)
        value = [name for part in parts for name in part[1]]
        order = np.argsort(patch, kind="stable")
        return ClassTable(
            patch[order], [value[k] for k in order], area[order], remainder, overlap, max([p[5] for p in parts] + [0])
        )

    def pieces(self, source: Source, fields: Sequence[str], progress: Optional[Progress] = None) -> PieceTable:
        """m² of each patch under each single feature, with the feature's fields."""
        def work(rows: np.ndarray, check: Check) -> tuple:
            patches, found = self._around(rows, source, fields)
            evidence = Evidence(found.geoms)
            pairs = find_candidates(patches.geoms, patches.bounds, evidence, check).pairs
            area = patches.measure(piece_geometries(patches.geoms, patches.bounds, evidence, pairs, check))
            some = np.flatnonzero(area > patches.floor[pairs.i])
            i, j = pairs.i[some], pairs.j[some]
            return rows[i], found.ids[j], (area[some] * self._scale(rows, patches)[i]), found.where(j).columns

        parts = self._each(source, work, progress)
        columns = {name: [value for part in parts for value in part[3][name]] for name in fields}
        return PieceTable(
            _joined([p[0] for p in parts], int), _joined([p[1] for p in parts], int),
            _joined([p[2] for p in parts], float), columns,
        )

    def remaining(self, source: Source, progress: Optional[Progress] = None) -> np.ndarray:
        """What the layer leaves of each patch, in the layer's coordinates; None where it leaves nothing."""
        return self._geometries(source, remaining_geometries, progress)

    def inside(self, source: Source, progress: Optional[Progress] = None) -> np.ndarray:
        """The part of each patch under the layer, in the layer's coordinates; None where there is none."""
        return self._geometries(source, covered_geometries, progress)

    def _geometries(self, source: Source, which: Callable, progress: Optional[Progress]) -> np.ndarray:
        def work(rows: np.ndarray, check: Check) -> np.ndarray:
            patches, found = self._around(rows, source, ())
            return which(patches, Evidence(found.geoms), check)

        result = np.full(len(self.geoms), None, dtype=object)
        for rows, part in zip(self._chunks, self._each(source, work, progress)):
            result[rows] = part
        return result

    def _each(self, source: Source, work: Callable, progress: Optional[Progress]) -> List[Any]:
        text = message("Measuring {layer}", layer=source.name)
        return work_through(self._chunks, work, progress or Progress(), self.threads, text)

    def _around(self, rows: np.ndarray, source: Source, fields: Sequence[str]) -> Tuple[Patches, Features]:
        """Private copies of some patches in the layer's coordinates, and the features around them."""
        own = shapely.from_wkb(shapely.to_wkb(self.geoms[rows]))
        moved = carried_over(own, self.crs, source.crs)
        if moved is not own:
            moved, _ = valid_polygons(moved)
        patches = Patches.of(moved, self.gauge.measure_in(source.crs, self.crs), self.gauge.additive)
        boxes = patches.bounds[np.isfinite(patches.bounds).all(axis=1)]
        each = len(self.geoms) < EACH_BOX_BELOW
        if not len(boxes):
            boxes, each = np.zeros((0, 4)), True
        return patches, source.near(boxes, fields, each)

    def _scale(self, rows: np.ndarray, patches: Patches) -> np.ndarray:
        """Own area ÷ area in the layer's coordinates; NaN for patches that could not be carried over."""
        return np.divide(
            self.area_m2[rows], patches.area, out=np.full(len(rows), np.nan), where=patches.area > 0
        )


def _coded(values: List[Any]) -> Tuple[List[Any], np.ndarray]:
    """Distinct values in order of appearance, and the number of each value among them."""
    codes: Dict[Any, int] = {}
    numbers = np.array([codes.setdefault(value, len(codes)) for value in values], dtype=np.int64)
    return list(codes), numbers


def _joined(parts: List[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate([np.zeros(0, kind), *parts]).astype(kind)
