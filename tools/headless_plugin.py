"""The plugin's algorithms and translations in a QGIS without a window, as initProcessing() gives them."""
from __future__ import annotations

from typing import Any, List

from qgis.core import QgsApplication

from land_inspector import i18n
from land_inspector.processing.provider import LandInspectorProvider

# QGIS keeps neither the Python half of a provider nor a translator alive
_KEPT: List[Any] = []


def provide() -> None:
    """Once a process."""
    from processing.core.Processing import Processing

    if _KEPT:
        return
    Processing.initialize()
    _KEPT.extend([i18n.install_translator(), LandInspectorProvider()])
    QgsApplication.processingRegistry().addProvider(_KEPT[-1])
