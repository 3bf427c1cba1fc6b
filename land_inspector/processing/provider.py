"""The plugin's algorithms as QGIS's Processing knows them."""
from __future__ import annotations

from typing import List, Type

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ..i18n import tr
from .base import ICON, RegisterAlgorithm
from .create_register import CreateRegister
from .import_patches import ImportPatches

ALGORITHMS: List[Type[RegisterAlgorithm]] = [CreateRegister, ImportPatches]


class LandInspectorProvider(QgsProcessingProvider):
    """``land_inspector:…``"""

    def id(self) -> str:
        return "land_inspector"

    def name(self) -> str:
        return tr("Land Inspector")

    def icon(self) -> QIcon:
        return QIcon(str(ICON))

    def loadAlgorithms(self) -> None:
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())
