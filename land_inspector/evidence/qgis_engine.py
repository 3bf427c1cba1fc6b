"""Measuring with QGIS alone, for installations whose shapely is too old: the same answers, several times slower.

Feature by feature: spatial index, prepared geometry, the shortcut for patches inside one polygon. Areas as the kernel
takes them: patches go to the layer's coordinates with densified edges, pieces are scaled to the patch's own area.
"""
from __future__ import annotations

from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsGeometry,
)

from ..errors import message
from ..progress import Progress
from .crs import Crs, refuse_old_datum
from .qgis_layers import EXTRA_VERTICES, IndexedLayer, LayerSnapshot, Ruler, polygons_only, ruler_in, valid_polygon
from .measuring_interface import ClassResult, ClassRow, Engine, AreaRule

FLOOR = 1e-6  # of the patch, and m²: where borders touch
NOISE_M2 = 2e-3  # of QGIS's geodesic areas
PATCHES_PER_STEP = 10


class QgisEngine(Engine):
    """Patches by WKB in a QGIS coordinate system."""

    def __init__(
        self, blobs: Sequence[Optional[bytes]], crs: QgsCoordinateReferenceSystem, area_rule: AreaRule,
        transforms: QgsCoordinateTransformContext,
    ):
        self._crs, self._area_rule, self._transforms = crs, area_rule, transforms
        self.repaired = 0
        self._patches = [self._usable(blob) for blob in blobs]
        ruler = ruler_in(crs, crs, area_rule, transforms)
        self.patch_areas = [None if patch is None else ruler(patch) for patch in self._patches]

    def _usable(self, blob: Optional[bytes]) -> Optional[QgsGeometry]:
        geometry = QgsGeometry()
        if blob:
            geometry.fromWkb(blob)
        usable, repaired = valid_polygon(geometry)
        self.repaired += int(repaired)
        return usable

    def covered(self, layer: LayerSnapshot, progress: Progress) -> List[Optional[float]]:
        indexed = IndexedLayer(layer, "", progress.part(0.0, 0.3))
        self.remarks = indexed.remarks
        result: List[Optional[float]] = [None] * len(self._patches)
        for number, patch, ruler in self._carried(layer, progress.part(0.3, 1.0)):
            result[number] = self._share(number, patch, ruler, _covered(patch, indexed.meeting(patch), ruler))
        return result

    def by_class(self, layer: LayerSnapshot, field: str, progress: Progress) -> ClassResult:
        indexed = IndexedLayer(layer, field, progress.part(0.0, 0.3))
        self.remarks = indexed.remarks
        count = len(self._patches)
        result = ClassResult([], [None] * count, [None] * count)
        for number, patch, ruler in self._carried(layer, progress.part(0.3, 1.0)):
            met = indexed.meeting(patch)
            areas = {value: _covered(patch, {value: polygons}, ruler) for value, polygons in met.items()}
            self._note(result, number, (patch, ruler), areas, _covered(patch, met, ruler))
        return result

    def _note(
        self, result: ClassResult, number: int, measured: Tuple[QgsGeometry, Ruler], areas: Dict[Any, float],
        covered: float,
    ) -> None:
        """One patch's classes, closed as the kernel closes them: noise is scaled away, real overlap is kept."""
        patch, ruler = measured
        floor = min(FLOOR, FLOOR * ruler(patch))
        total = sum(areas.values())
        factor = covered / total if total > 0 and abs(total - covered) <= NOISE_M2 else 1.0
        for value, area in areas.items():
            if area > floor:
                result.rows.append(ClassRow(number, value, self._share(number, patch, ruler, area * factor)))
        result.remainder_m2[number] = self._share(number, patch, ruler, ruler(patch) - covered)
        result.overlap_m2[number] = self._share(number, patch, ruler, max(total * factor - covered, 0.0))

    def _share(self, number: int, patch: QgsGeometry, ruler: Ruler, area: float) -> float:
        """An area in the layer's coordinates as a share of the patch's own."""
        return area / ruler(patch) * self.patch_areas[number]

    def _carried(self, layer: LayerSnapshot, progress: Progress) -> Iterator[Tuple[int, QgsGeometry, Ruler]]:
        """Patches in the layer's coordinates; those that cannot be carried over are left out."""
        refuse_old_datum(Crs.of(layer.crs.toWkt()), Crs.of(self._crs.toWkt()), layer.name)
        to_layer = QgsCoordinateTransform(self._crs, layer.crs, self._transforms)
        ruler = ruler_in(layer.crs, self._crs, self._area_rule, self._transforms)
        text = message("Measuring {layer}", layer=layer.name)
        for number, patch in enumerate(self._patches):
            if number % PATCHES_PER_STEP == 0:
                progress.step(number / len(self._patches), text)
            moved = None if patch is None else _moved(patch, to_layer)
            if moved is not None:
                yield number, moved, ruler


def _moved(patch: QgsGeometry, to_layer: QgsCoordinateTransform) -> Optional[QgsGeometry]:
    if to_layer.isShortCircuited():
        return patch
    moved = patch.densifyByCount(EXTRA_VERTICES)
    try:
        moved.transform(to_layer)
    except QgsCsException:
        return None
    return valid_polygon(moved)[0]


def _covered(patch: QgsGeometry, met: Dict[Any, List[QgsGeometry]], ruler: Ruler) -> float:
    """Area of a patch under polygons, counted once."""
    polygons = [polygon for some in met.values() for polygon in some]
    if not polygons:
        return 0.0
    if any(polygon is patch for polygon in polygons):  # one of them covers it
        return ruler(patch)
    pieces = [polygons_only(patch.intersection(polygon)) for polygon in polygons]
    pieces = [piece for piece in pieces if piece is not None]
    whole = ruler(patch)
    area = ruler(QgsGeometry.unaryUnion(pieces)) if pieces else 0.0
    return whole if area > whole - min(NOISE_M2, FLOOR * whole) else area
