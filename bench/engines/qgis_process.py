"""A QGIS without a window, with QGIS's own algorithms and ours, set as a county's project would be."""
from __future__ import annotations

import os
import sys
from typing import Any, List

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.append(os.path.join(os.environ.get("QGIS_PREFIX_PATH", "/usr"), "share", "qgis", "python", "plugins"))

from qgis.core import (  # noqa: E402 - the platform has to be named before Qt is loaded
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeatureRequest,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
)

from ..county.making import CRS  # noqa: E402
from .common import Work  # noqa: E402

GRS80 = "EPSG:7019"  # the ellipsoid of the county's coordinates
_ALIVE: List[Any] = []


class Desk:
    """Runs algorithms by id. Invalid geometry is not looked for: the county has none, and looking costs."""

    def __init__(self, work: Work):
        self._application = QgsApplication([], False)
        self._application.initQgis()
        _ALIVE.append(self._application)  # without it QGIS knows no ellipsoid, and says nothing
        from processing.core.Processing import Processing

        Processing.initialize()
        project = QgsProject.instance()
        project.setCrs(QgsCoordinateReferenceSystem.fromEpsgId(CRS))
        project.setEllipsoid(GRS80)
        self._context = QgsProcessingContext()
        self._context.setProject(project)
        self._context.setEllipsoid(GRS80)
        self._context.setInvalidGeometryCheck(QgsFeatureRequest.InvalidGeometryCheck.GeometryNoCheck)
        self._feedback = QgsProcessingFeedback(False)
        work.versions["QGIS"] = Qgis.QGIS_VERSION.split("-")[0]
        work.versions["GEOS"] = _geos_version()

    def with_our_algorithms(self) -> "Desk":
        from land_inspector.processing.provider import LandInspectorProvider

        _ALIVE.append(LandInspectorProvider())
        QgsApplication.processingRegistry().addProvider(_ALIVE[-1])
        return self

    def run(self, name: str, **parameters: Any) -> Any:
        """The algorithm's OUTPUT."""
        import processing

        return processing.run(name, parameters, context=self._context, feedback=self._feedback)["OUTPUT"]


def _geos_version() -> str:
    """Of the library that QGIS itself is linked with."""
    if hasattr(Qgis, "geosVersion"):
        return Qgis.geosVersion().split("-")[0]
    with open("/proc/self/maps", encoding="utf-8") as maps:
        libraries = {line.split("libgeos.so.")[1].strip() for line in maps if "libgeos.so." in line}
    return libraries.pop() if len(libraries) == 1 else "?"


def leave() -> None:
    """End at once: QGIS's own tidying up at exit is no part of the work."""
    sys.stdout.flush()
    os._exit(0)
