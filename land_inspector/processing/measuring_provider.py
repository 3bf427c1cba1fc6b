"""The provider where shapely 2 or pandas is missing: the two measuring algorithms, which QGIS alone can run, more slowly."""
from __future__ import annotations

from typing import Tuple, Type

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ..i18n import tr
from .feedback import ICON, LandInspectorAlgorithm
from .measure_classes import MeasureClasses
from .measure_overlap import MeasureOverlap


class MeasuringProvider(QgsProcessingProvider):
    """``land_inspector:measure_overlap`` and ``land_inspector:measure_classes``."""

    ALGORITHMS: Tuple[Type[LandInspectorAlgorithm], ...] = (MeasureOverlap, MeasureClasses)

    def id(self) -> str:
        return "land_inspector"

    def name(self) -> str:
        return tr("Land Inspector")

    def icon(self) -> QIcon:
        return QIcon(str(ICON))

    def loadAlgorithms(self) -> None:
        for algorithm in self.ALGORITHMS:
            self.addAlgorithm(algorithm())
