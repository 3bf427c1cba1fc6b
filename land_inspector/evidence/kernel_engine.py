"""The vectorised kernel behind the measuring algorithms. Importing this needs shapely >= 2."""
from __future__ import annotations

from typing import Any, List, Optional, Sequence

import numpy as np
import shapely
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransformContext, QgsDistanceArea, QgsGeometry

from ..progress import Progress
from .area import AreaMethod
from .crs import Crs
from .gauges import Gauge, UnitGauge
from .geodesic import GeodesicGauge
from .qgis_layers import LayerSnapshot
from .qgis_source import evidence_source
from .shapes import State, polygons_from_wkb
from .sources import Source
from .survey import Survey
from .yardstick import CONTEXT, PLANAR, ClassResult, ClassRow, Engine, Remarks, Yardstick


class KernelEngine(Engine):
    """Patches by WKB in a QGIS coordinate system."""

    def __init__(
        self, blobs: Sequence[Optional[bytes]], crs: QgsCoordinateReferenceSystem, yardstick: Yardstick,
        transforms: QgsCoordinateTransformContext,
    ):
        geoms, state = polygons_from_wkb(blobs)
        gauge = _gauge(yardstick, crs, transforms)
        self._survey = Survey(geoms, Crs.of(crs.toWkt()), gauge, state=state)
        self.repaired = int((state == State.REPAIRED).sum())
        self.unreadable = int((state == State.UNREADABLE).sum())
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
    return Remarks(len(found.repaired), len(found.empty), len(found.unreadable))


def _gauge(yardstick: Yardstick, crs: QgsCoordinateReferenceSystem, transforms: QgsCoordinateTransformContext) -> Gauge:
    if yardstick.method != CONTEXT:
        return Gauge.of(AreaMethod.PLANAR if yardstick.method == PLANAR else AreaMethod.ELLIPSOID)
    if not yardstick.acronym or not crs.isValid():
        return UnitGauge()

    def exact(geoms: np.ndarray, system: Crs) -> np.ndarray:
        ruler = QgsDistanceArea()
        ruler.setSourceCrs(QgsCoordinateReferenceSystem.fromWkt(system.wkt), transforms)
        ruler.setEllipsoid(yardstick.acronym)
        return np.array([ruler.measureArea(_qgis_geometry(geometry)) for geometry in geoms], dtype=float)

    return GeodesicGauge(yardstick.a, yardstick.f, exact)


def _qgis_geometry(geometry: Any) -> QgsGeometry:
    result = QgsGeometry()
    result.fromWkb(shapely.to_wkb(geometry, output_dimension=2))
    return result
