"""land_inspector:give_out_package"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..exchange.work_package import REVIEW, WORK, give_out_work
from ..i18n import say, tr, user_locale
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import ChoiceParameter, advanced, by_parameter, labels_of, register_parameter


class GiveOutPackage(RegisterAlgorithm):
    """REGISTER, TOWNSHIP, STATION, WHAT, BATCH, TO, IMAGES, IMAGE_MB, OUTPUT, BY → OUTPUT, PACKAGE, ROWS."""

    NAME = "give_out_package"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Give out a package")

    def shortHelpString(self) -> str:
        return tr("Makes one file for a township or a station, that this plugin, plain QGIS and QField open: a small register of its own, "
                  "forms to fill in, their QGIS project and a clip of the imagery, all in one GeoPackage; or a zip of the same as files "
                  "(name the output .zip). It holds only the parcels of that township, and no name of a land user, a party or an officer. "
                  "In the plugin, open it like any register; in QGIS, open the project that lies in it (Project, Open From, GeoPackage). "
                  "The register's book says who has which package since when; \"Take back a package\" records what came back, row by "
                  "row. Images are made coarser until they fit into IMAGE_MB; without images there is none in the package.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("TOWNSHIP", tr("Township codes, separated by commas"), optional=True))
        self.addParameter(QgsProcessingParameterString("STATION", tr("Stations, separated by commas"), optional=True))
        self.addParameter(ChoiceParameter("WHAT", tr("What for"), list(WORK), [say(word) for word in WORK.values()], REVIEW))
        self.addParameter(QgsProcessingParameterString("BATCH", tr("Batch code (empty: all)"), optional=True))
        self.addParameter(QgsProcessingParameterString("TO", tr("Who gets it"), optional=True))
        self.addParameter(QgsProcessingParameterMultipleLayers("IMAGES", tr("Images"), QgsProcessing.SourceType.TypeRaster, optional=True))
        self.addParameter(QgsProcessingParameterNumber("IMAGE_MB", tr("Most size of the images (MB)"),
                                                       QgsProcessingParameterNumber.Type.Double, 50.0, minValue=0.1, maxValue=4000.0))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Package"), "GeoPackage (*.gpkg);;Zip (*.zip)"))
        self.addParameter(by_parameter())
        advanced(self.parameterDefinition("BATCH"))
        self.addOutput(QgsProcessingOutputString("PACKAGE", tr("Id of the package")))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))

    def prepareAlgorithm(self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> bool:
        layers = self.parameterAsLayerList(parameters, "IMAGES", context) or []
        self._images = [Path(layer.source().split("|")[0]) for layer in layers]
        return super().prepareAlgorithm(parameters, context, feedback)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        what = self.parameterDefinition("WHAT").key(parameters.get("WHAT"))
        with self.open_register(parameters, context) as register:
            done = give_out_work(register, Path(target), what, townships=labels_of(self.text(parameters, "TOWNSHIP", context)),
                                 stations=labels_of(self.text(parameters, "STATION", context)),
                                 batch=self.text(parameters, "BATCH", context), to=self.text(parameters, "TO", context),
                                 images=self._images, most_mb=self.parameterAsDouble(parameters, "IMAGE_MB", context),
                                 language=user_locale(), by=self.acting_as(parameters, context), progress=progress)
        warn_of(feedback, done.told)
        progress.show(1.0)
        return {"OUTPUT": target, "PACKAGE": done.package_id, "ROWS": sum(done.rows.values())}
