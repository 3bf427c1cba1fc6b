"""land_inspector:draft_profile"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterString,
    QgsVectorLayer,
    QgsWkbTypes,
)

from ..errors import InputError, message
from ..exchange.profile_draft import Offered, draft_profile
from ..i18n import tr
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import project_layers


class DraftProfile(RegisterAlgorithm):
    """LAYERS (none: all polygon layers of the project), PROFILE_NAME, OUTPUT → OUTPUT, PLACED, UNPLACED."""

    NAME = "draft_profile"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Draft an evidence profile")

    def shortHelpString(self) -> str:
        return tr("Writes a first draft of the office's evidence profile (which layer is evidence of what, with its fields) from "
                  "the layers of the project: roles and fields are recognised by their usual names. Read it through, correct it, "
                  "add the dates of the layers: measuring trusts it. What could not be placed is listed in the log.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(QgsProcessingParameterMultipleLayers("LAYERS", tr("Layers (none: all of the project)"),
                                                               QgsProcessing.SourceType.TypeVectorPolygon, optional=True))
        self.addParameter(QgsProcessingParameterString("PROFILE_NAME", tr("Name of the profile"), optional=True))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Profile"), "JSON (*.json)"))
        self.addOutput(QgsProcessingOutputNumber("PLACED", tr("Layers placed")))
        self.addOutput(QgsProcessingOutputNumber("UNPLACED", tr("Layers not placed")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        chosen = self.parameterAsLayerList(parameters, "LAYERS", context) or project_layers(context)
        self._offered: List[Offered] = [_offered(layer) for layer in chosen if _is_polygon_file(layer)]

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        output = Path(self.parameterAsFileOutput(parameters, "OUTPUT", context))
        profile, unplaced = draft_profile(self._offered, self.text(parameters, "PROFILE_NAME", context) or output.stem, output.parent)
        warn_of(feedback, [message("{layer} could not be placed.", layer=layer.name) for layer in unplaced])
        if not profile.layers:
            raise InputError("None of the layers is recognised as evidence.",
                             "Give the layers names that say what they are, or write the profile by hand.")
        profile.write(output)
        progress.show(1.0)
        return {"OUTPUT": str(output), "PLACED": len(profile.layers), "UNPLACED": len(unplaced)}


def _is_polygon_file(layer: Any) -> bool:
    return isinstance(layer, QgsVectorLayer) and layer.providerType() == "ogr" \
        and layer.geometryType() == QgsWkbTypes.GeometryType.PolygonGeometry


def _offered(layer: QgsVectorLayer) -> Offered:
    return Offered(layer.name(), layer.source(), [field.name() for field in layer.fields()])
