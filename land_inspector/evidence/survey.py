"""Measuring patches against layers: own area, chunks, reading, the kernel, and everything back in the patch's own m²."""
from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import shapely

from ..errors import message
from ..progress import Progress
from .accelerator import green_for
from .area import AreaMeasure, AreaMethod
from .candidates import Check, Evidence, row_starts
from .chunks import Density, Patches, neighbourhoods, tiled, work_through
from .classes import class_areas
from .crs import Crs, CrsLike, carried_over, refuse_old_datum
from .overlay import covered_areas, covered_geometries, feature_areas, remaining_geometries, united
from .shapes import State, valid_polygons
from .sources import Features, Source


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
class Chunk:
    """Some patches in a layer's coordinates; ``owner`` is the row of each, ``scale`` its own m² for one m² there (NaN: unknown)."""

    owner: np.ndarray
    patches: Patches
    scale: np.ndarray


@dataclass(frozen=True)
class PieceTable:
    """One row per patch and evidence feature that meet, with the feature's fields; overlaps count in each."""

    patch: np.ndarray
    feature: np.ndarray
    area_m2: np.ndarray
    columns: Dict[str, List[Any]]


class Survey:
    """Patches of one coordinate system, ready to be measured against any number of layers.

    ``area_measure`` (or its short form, an AreaMethod) decides the areas; ``area_m2`` are the patches' own. A layer's pieces
    are measured in the layer's coordinates, then scaled by (own area ÷ area there) of their patch: shares do not depend
    on which of the two systems, or ellipsoids, was used. Invalid patches are repaired; ``state`` says which.
    """

    def __init__(
        self, geoms: Sequence[Any], crs: CrsLike, area_measure: Union[AreaMeasure, AreaMethod, str] = AreaMethod.ELLIPSOID,
        threads: Optional[int] = None, state: Optional[np.ndarray] = None,
    ):
        """``state`` is given with geometry that :mod:`shapes` has already made valid."""
        self.crs = Crs.of(crs)
        self.area_measure = area_measure if isinstance(area_measure, AreaMeasure) else AreaMeasure.of(AreaMethod(area_measure))
        self.threads = threads
        geoms = np.asarray(geoms, dtype=object)
        self.geoms, self.state = valid_polygons(geoms) if state is None else (geoms, state)
        self.area_m2 = self._own(self.geoms)
        self._bounds = shapely.bounds(self.geoms).reshape(-1, 4)

    def _own(self, geoms: np.ndarray) -> np.ndarray:
        return self.area_measure.measure_in(self.crs, self.crs)(geoms)

    @property
    def repaired(self) -> np.ndarray:
        """Rows of the patches whose geometry was invalid."""
        return np.flatnonzero(self.state == State.REPAIRED)

    def covered(self, source: Source, progress: Optional[Progress] = None) -> np.ndarray:
        """m² of each patch under the layer, union-safe; NaN where the patch cannot be carried over."""
        def work(chunk: Chunk, found: Sequence[Features], check: Check) -> tuple:
            return chunk.owner, covered_areas(chunk.patches, Evidence(found[0].geoms), check) * chunk.scale

        _, parts = self.each_chunk([source], [()], work, progress)
        return self.covered_table(parts)

    def by_class(self, source: Source, field: str, progress: Optional[Progress] = None) -> ClassTable:
        """m² of each patch under each value of ``field``; features without a value do not count."""
        def work(chunk: Chunk, found: Sequence[Features], check: Check) -> tuple:
            return classes_of(chunk, found[0], field, check)

        in_tiles, parts = self.each_chunk([source], [(field,)], work, progress)
        return self.class_table(parts, in_tiles)

    def pieces(self, source: Source, fields: Sequence[str], progress: Optional[Progress] = None) -> PieceTable:
        """m² of each patch under each single feature, with the feature's fields."""
        def work(chunk: Chunk, found: Sequence[Features], check: Check) -> tuple:
            return pieces_of(chunk, found[0], check)

        in_tiles, parts = self.each_chunk([source], [fields], work, progress)
        return piece_table(parts, fields, in_tiles)

    def each_chunk(
        self, sources: Sequence[Source], fields: Sequence[Sequence[str]], work: Callable, progress: Optional[Progress] = None,
    ) -> Tuple[bool, List[Any]]:
        """``work(chunk, features of each layer, check)`` on chunks of patches; whether some of them are tiles of patches.

        All layers have one coordinate system; the chunks are made for the one with the most features.
        """
        def around(layout: _Layout, rows: np.ndarray, check: Check) -> Any:
            patches = self._patches_in(layout, rows, sources[0].crs, check)
            boxes = patches.bounds[np.isfinite(patches.bounds).all(axis=1)]
            found = [source.near(boxes, names, check) for source, names in zip(sources, fields)]
            return work(Chunk(layout.owner[rows], patches, _scale(layout, rows, patches)), found, check)

        layout, parts = self._each(max(sources, key=lambda source: source.feature_count), around, progress)
        return layout.in_tiles, parts

    def covered_table(self, parts: Sequence[tuple], place: int = 1) -> np.ndarray:
        """m² of each patch out of the results of chunks: their patches, and in ``place`` the areas."""
        return np.minimum(self._totals(parts, place), self.area_m2)  # NaN stays NaN

    def class_table(self, parts: Sequence[tuple], in_tiles: bool) -> ClassTable:
        """The table out of the results of :func:`classes_of`."""
        patch, value, area = _gathered(parts, in_tiles)
        area = np.minimum(area, self.area_m2[patch])
        without = set().union(*(part[6] for part in parts))
        return ClassTable(patch, value, area, self._totals(parts, 1), self._totals(parts, 2), len(without))

    def remaining(self, source: Source, progress: Optional[Progress] = None) -> np.ndarray:
        """What the layer leaves of each patch, in the layer's coordinates; None where it leaves nothing."""
        return self._geometries(source, remaining_geometries, progress)

    def inside(self, source: Source, progress: Optional[Progress] = None) -> np.ndarray:
        """The part of each patch under the layer, in the layer's coordinates; None where there is none."""
        return self._geometries(source, covered_geometries, progress)

    def _geometries(self, source: Source, which: Callable, progress: Optional[Progress]) -> np.ndarray:
        def work(chunk: Chunk, found: Sequence[Features], check: Check) -> tuple:
            return chunk.owner, which(chunk.patches, Evidence(found[0].geoms), check)

        survey = self._beside(source)
        in_tiles, parts = survey.each_chunk([source], [()], work, progress)
        result = np.full(len(self.geoms), None, dtype=object)
        if not in_tiles:
            for rows, part in parts:
                result[rows] = part
            return result
        return _put_together(_joined([part[0] for part in parts], int), _joined([part[1] for part in parts], object), result)

    def _beside(self, source: Source) -> "Survey":
        """These patches; where some have to be cut into tiles, in the layer's coordinates, so that the tiles meet there again."""
        density = Density.of(source, self.crs)
        if self.crs.same_as(source.crs) or density is None or not density.large(self._bounds).any():
            return self
        return Survey(carried_over(self.geoms, self.crs, source.crs), source.crs, self.area_measure, self.threads)

    def _each(
        self, source: Source, work: Callable, progress: Optional[Progress],
    ) -> Tuple["_Layout", List[Any]]:
        """``work`` on every chunk; patches that reach over a large part of the layer in tiles."""
        progress = progress or Progress()
        refuse_old_datum(source.crs, self.crs, source.name)
        layout = self._laid_out(source, progress)
        parts = work_through(
            layout.chunks, lambda rows, check: work(layout, rows, check), progress, self.threads,
            message("Measuring {layer}", layer=source.name),
        )
        return layout, parts

    def _laid_out(self, source: Source, progress: Progress) -> "_Layout":
        density = Density.of(source, self.crs)
        geoms, owner = tiled(self.geoms, self._bounds, density)
        green = green_for(len(geoms), progress) if self.area_measure.scale_in(source.crs, self.crs) else None
        if geoms is self.geoms:
            return _Layout.of(geoms, owner, self.area_m2, density, green)
        area = self._own(geoms)
        total = np.bincount(owner, area, len(self.geoms))
        scale = np.divide(self.area_m2, total, out=np.zeros(len(total)), where=total > 0)
        return _Layout.of(geoms, owner, area * scale[owner], density, green, in_tiles=True)

    def _patches_in(self, layout: "_Layout", rows: np.ndarray, crs: Crs, check: Check) -> Patches:
        """Some patches in a layer's coordinates."""
        measure, scale = self.area_measure.measure_in(crs, self.crs), self.area_measure.scale_in(crs, self.crs)
        own = layout.geoms[rows]
        moved = carried_over(own, self.crs, crs)
        if moved is not own:
            moved, _ = valid_polygons(moved, check)
        area = layout.area_m2[rows] if moved is own and not layout.in_tiles else measure(moved)
        bounds = shapely.bounds(moved).reshape(-1, 4)
        return Patches(moved, bounds, area, measure, self.area_measure.additive, scale, layout.green)

    def _totals(self, parts: Sequence[tuple], place: int) -> np.ndarray:
        """Per patch the sum over its chunks; patches without any geometry have 0."""
        owner = _joined([part[0] for part in parts], int)
        return np.bincount(owner, _joined([part[place] for part in parts], float), len(self.geoms))


@dataclass(frozen=True)
class _Layout:
    """What is measured, in chunks: the patches themselves, or tiles of them; ``owner`` is the patch of each."""

    geoms: np.ndarray
    owner: np.ndarray
    area_m2: np.ndarray
    chunks: List[np.ndarray]
    green: Optional[ModuleType]
    in_tiles: bool = False

    @classmethod
    def of(
        cls, geoms: np.ndarray, owner: np.ndarray, area_m2: np.ndarray, density: Optional[Density],
        green: Optional[ModuleType], in_tiles: bool = False,
    ) -> "_Layout":
        bounds, vertices = shapely.bounds(geoms).reshape(-1, 4), shapely.get_num_coordinates(geoms)
        features = np.zeros(len(geoms)) if density is None else np.nan_to_num(density.within(bounds))
        return cls(geoms, owner, area_m2, neighbourhoods(bounds, vertices, features), green, in_tiles)


def classes_of(chunk: Chunk, found: Features, field: str, check: Check, evidence: Optional[Evidence] = None) -> tuple:
    """What a chunk tells :meth:`Survey.class_table`: its patches, their remainders and overlaps; patch, class and m²; ids without one.

    ``evidence``: the features' polygons, where there are more of them in the chunk."""
    values = found.columns[field]
    known = np.array([value is not None for value in values], dtype=bool)
    rows, without = np.flatnonzero(known), set(found.ids[~known].tolist())
    names, codes = _coded([values[row] for row in rows.tolist()])
    result = class_areas(chunk.patches, (evidence or Evidence(found.geoms)).part(rows, codes), check)
    return (chunk.owner, result.remainder_m2 * chunk.scale, result.overlap_m2 * chunk.scale, chunk.owner[result.patch],
            [names[k] for k in result.value], result.area_m2 * chunk.scale[result.patch], without)


def pieces_of(chunk: Chunk, found: Features, check: Check, evidence: Optional[Evidence] = None) -> tuple:
    """What a chunk tells :func:`piece_table`: patch, feature and m² of each piece, and the fields of its feature; last the m² of each
    patch under any feature in the layer's coordinates, where it came along (:func:`.overlay.feature_areas`)."""
    i, j, area, covered = feature_areas(chunk.patches, evidence or Evidence(found.geoms), check)
    return chunk.owner[i], found.ids[j], area * chunk.scale[i], found.where(j).columns, covered


def piece_table(parts: Sequence[tuple], fields: Sequence[str], in_tiles: bool) -> PieceTable:
    """The table out of the results of :func:`pieces_of`; the tiles of a patch added up."""
    columns = {name: [value for part in parts for value in part[3][name]] for name in fields}
    patch, feature, area = (_joined([part[k] for part in parts], kind) for k, kind in enumerate((int, int, float)))
    if not in_tiles:
        return PieceTable(patch, feature, area, columns)
    _, first, row = np.unique(np.column_stack([patch, feature]), axis=0, return_index=True, return_inverse=True)
    columns = {name: [values[k] for k in first] for name, values in columns.items()}
    return PieceTable(patch[first], feature[first], np.bincount(row.ravel(), area, len(first)), columns)


def _scale(layout: _Layout, rows: np.ndarray, patches: Patches) -> np.ndarray:
    """Own area ÷ area in the layer's coordinates; NaN for patches that could not be carried over."""
    return np.divide(layout.area_m2[rows], patches.area, out=np.full(len(rows), np.nan), where=patches.area > 0)


def _gathered(parts: Sequence[tuple], in_tiles: bool) -> Tuple[np.ndarray, List[Any], np.ndarray]:
    """Patch, class and m² of all chunks in the order of patches and classes; the tiles of a patch added up."""
    patch = _joined([part[3] for part in parts], int)
    value = [name for part in parts for name in part[4]]
    area = _joined([part[5] for part in parts], float)
    if in_tiles:
        sums: Dict[Tuple[int, Any], float] = {}
        for key, piece in zip(zip(patch.tolist(), value), area.tolist()):
            sums[key] = sums.get(key, 0.0) + piece
        keys = sorted(sums, key=lambda key: (key[0], str(key[1])))
        patch = np.array([row for row, _ in keys], dtype=np.int64)
        value, area = [name for _, name in keys], np.array([sums[key] for key in keys], dtype=float)
    order = np.argsort(patch, kind="stable")
    return patch[order], [value[k] for k in order], area[order]


def _put_together(owner: np.ndarray, geoms: np.ndarray, result: np.ndarray) -> np.ndarray:
    """``result`` with what the tiles of each patch have left, as one polygon."""
    there = ~shapely.is_missing(geoms)
    owner, geoms = owner[there], geoms[there]
    order = np.argsort(owner, kind="stable")
    starts = row_starts(owner[order])
    for start, stop in zip(starts[:-1], starts[1:]):
        some = order[start:stop]
        result[owner[some[0]]] = geoms[some[0]] if len(some) == 1 else united(geoms[some])
    return result


def _coded(values: List[Any]) -> Tuple[List[Any], np.ndarray]:
    """Distinct values in the order of their text, and the number of each value among them."""
    names = sorted(set(values), key=str)
    codes = {value: number for number, value in enumerate(names)}
    return names, np.array([codes[value] for value in values], dtype=np.int64)


def _joined(parts: List[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate([np.zeros(0, kind), *parts]).astype(kind)
