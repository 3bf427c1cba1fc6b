"""land_inspector:field_package"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
)

from ..exchange.patrol_package import give_out_patrol
from ..i18n import say, tr
from ..progress import Progress
from .base import Results, StationMonthAlgorithm
from .parameters import ChoiceParameter, advanced, register_parameter


class FieldPackage(StationMonthAlgorithm):
    """REGISTER, STATION, YEAR, MONTH, IMAGES, MOST_MB, LANGUAGE → OUTPUT (.zip), ROWS, TARGETS, PATCHES, PIXEL_M."""

    NAME = "field_package"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Give out a field package")

    def shortHelpString(self) -> str:
        return tr("Writes one zip for a station's month that QField imports and plain QGIS opens when it is unpacked: the planned patrols "
                  "with their targets, the parcels of its townships, open findings, forms with code lists, photos under their own names, "
                  "tracking switched on, and a clip of the imagery no larger than MOST_MB. Names of builders stay in the office.\n\n"
                  "What was edited comes back by “Take back a field package”, as often as one likes.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.add_station_month()
        self.addParameter(QgsProcessingParameterMultipleLayers("IMAGES", tr("Images"), QgsProcessing.SourceType.TypeRaster, optional=True))
        kind = QgsProcessingParameterNumber.Type.Double
        self.addParameter(QgsProcessingParameterNumber("MOST_MB", tr("Imagery no larger than (MB)"), kind, 50.0, minValue=0.1,
                                                       maxValue=4000.0))
        self.addParameter(advanced(ChoiceParameter("LANGUAGE", tr("Language of the forms"), ["zh", "en"], ["中文", "English"], "zh")))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Field package"), "ZIP (*.zip)"))
        for name, text in (("ROWS", tr("Rows")), ("TARGETS", tr("Targets")), ("PATCHES", tr("Parcels")), ("PIXEL_M", tr("Pixel (m)"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._images = [Path(layer.source().split("|")[0]) for layer in self.parameterAsLayerList(parameters, "IMAGES", context)]

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = Path(self.parameterAsFileOutput(parameters, "OUTPUT", context))
        with self.open_register(parameters, context) as register:
            given = give_out_patrol(
                register, target, *self.station_month(parameters, context), images=self._images, progress=progress,
                language=self.parameterDefinition("LANGUAGE").key(parameters.get("LANGUAGE")),
                most_mb=self.parameterAsDouble(parameters, "MOST_MB", context))
        for text in given.told:
            feedback.pushWarning(say(text))
        return {"OUTPUT": str(given.file), "ROWS": sum(given.rows.values()), "TARGETS": given.rows["target"],
                "PATCHES": given.rows["patch"], "PIXEL_M": given.image_m or 0.0}
