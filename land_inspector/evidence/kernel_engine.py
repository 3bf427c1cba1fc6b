"""The vectorised kernel behind the measuring algorithms. Importing this needs shapely >= 2."""
from __future__ import annotations

from typing import Any, List, Optional, Sequence

import numpy as np
import shapely
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransformContext, QgsDistanceArea, QgsGeometry

from ..progress import Progress
from .area import AreaMeasure, AreaMethod, UnitMeasure
from .crs import Crs
from .geodesic import GeodesicMeasure
from .qgis_source import evidence_source
from .qgis_layers import LayerSnapshot
from .shapes import State, polygons_from_wkb
from .sources import Source
from .survey import Survey
from .measuring_interface import CONTEXT, PLANAR, ClassResult, ClassRow, Engine, Remarks, AreaRule


class KernelEngine(Engine):
    """Patches by WKB in a QGIS coordinate system."""

    def __init__(
        self, blobs: Sequence[Optional[bytes]], crs: QgsCoordinateReferenceSystem, area_rule: AreaRule,
        transforms: QgsCoordinateTransformContext,
    ):
        geoms, state = polygons_from_wkb(blobs)
        area_measure = _area_measure(area_rule, crs, transforms)
        self._survey = Survey(geoms, Crs.of(crs.toWkt()), area_measure, state=state)
        self.repaired = int((state == State.REPAIRED).sum())
        self.unreadable = int((state >= State.UNREADABLE).sum())
        self.patch_areas = _listed(np.where(shapely.is_missing(geoms), np.nan, self._survey.area_m2))

    def covered(self, layer: LayerSnapshot, progress: Progress) -> List[Optional[float]]:
        source = evidence_source(layer, (), progress.part(0.0, 0.2))
        area = self._survey.covered(source, progress.part(0.2, 1.0))
        self.remarks = _remarks(source)
        return self._measured(area)

    def by_class(self, layer: LayerSnapshot, field: str, progress: Progress) -> ClassResult:
        source = evidence_source(layer, (field,), progress.part(0.0, 0.2))
        table = self._survey.by_class(source, field, progress.part(0.2, 1.0))
        self.remarks = _remarks(source)
        self.remarks.without_class = table.without_class
        rows = [ClassRow(*row) for row in zip(table.patch.tolist(), table.value, table.area_m2.tolist())]
        return ClassResult(rows, self._measured(table.remainder_m2), self._measured(table.overlap_m2))

    def _measured(self, area: np.ndarray) -> List[Optional[float]]:
        return [None if own is None else value for own, value in zip(self.patch_areas, _listed(area))]


def _listed(values: np.ndarray) -> List[Optional[float]]:
    return [None if value != value else value for value in values.tolist()]


def _remarks(source: Source) -> Remarks:
    found = source.repairs
    lost = found.empty | found.unreadable
    return Remarks(len(found.repaired), len(found.empty), len(found.unreadable), repaired_ids=sorted(found.repaired),
                   lost_ids=sorted(lost), no_areas=not source.holds_areas)


def _area_measure(area_rule: AreaRule, crs: QgsCoordinateReferenceSystem, transforms: QgsCoordinateTransformContext) -> AreaMeasure:
    if area_rule.method != CONTEXT:
        return AreaMeasure.of(AreaMethod.PLANAR if area_rule.method == PLANAR else AreaMethod.ELLIPSOID)
    if not area_rule.acronym or not crs.isValid():
        return UnitMeasure()

    def exact(geoms: np.ndarray, system: Crs) -> np.ndarray:
        ruler = QgsDistanceArea()
        ruler.setSourceCrs(QgsCoordinateReferenceSystem.fromWkt(system.wkt), transforms)
        ruler.setEllipsoid(area_rule.acronym)
        return np.array([ruler.measureArea(_qgis_geometry(geometry)) for geometry in geoms], dtype=float)

    return GeodesicMeasure(area_rule.a, area_rule.f, exact)


def _qgis_geometry(geometry: Any) -> QgsGeometry:
    result = QgsGeometry()
    result.fromWkb(shapely.to_wkb(geometry, output_dimension=2))
    return result
