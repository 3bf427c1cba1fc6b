"""land_inspector:evidence_maps"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping

from qgis.core import (
    QgsMapLayer,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsRasterLayer,
)

from ..errors import message
from ..exchange.evidence_maps import AFTER, AFTER_EVIDENCE, BEFORE, EVIDENCE, GROUNDS, JPG, PNG, Choice, draw_maps
from ..exchange.report_pages import refused_page
from ..i18n import say, tr
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .chosen_parcels import add_chosen_parameters, add_images_parameter, chosen_of, images_of, project_rasters
from .parameters import ChoiceParameter, advanced, register_parameter, report_parameter


class EvidenceMaps(RegisterAlgorithm):
    """REGISTER, BATCH, LIST, LAYERS, GROUND, IMAGES, SCALE, WIDTH, FORMAT, RESUME, FOLDER, REPORT → WRITTEN, SKIPPED, REFUSED."""

    NAME = "evidence_maps"
    KEPT = ("FOLDER",)
    _layers: List[QgsMapLayer] = []
    _rasters: Mapping[str, QgsRasterLayer] = {}

    def displayName(self) -> str:
        return tr("Draw evidence maps")

    def shortHelpString(self) -> str:
        return tr("Draws one picture for each parcel, named by its number, for entry into the official system: its outline over the chosen "
                  "layers in their own styles, with title, legend, scale bar and north. Where no layers are chosen, it lies over the "
                  "layers that the parcel was measured against, or over the image of its date.\n\n"
                  "A run that was stopped can be resumed: pictures that are there are left as they are.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_chosen_parameters(self)
        self.addParameter(QgsProcessingParameterMultipleLayers("LAYERS", tr("Layers under the outline, topmost first (none: as below)"),
                                                               QgsProcessing.SourceType.TypeMapLayer, optional=True))
        titles = {EVIDENCE: tr("The evidence it was measured against"), AFTER: tr("The image after"),
                  AFTER_EVIDENCE: tr("The image after, with the evidence"), BEFORE: tr("The image before")}
        self.addParameter(ChoiceParameter("GROUND", tr("What lies under the outline"), GROUNDS, [titles[one] for one in GROUNDS], EVIDENCE))
        add_images_parameter(self)
        self.addParameter(advanced(QgsProcessingParameterNumber("SCALE", tr("Scale 1 : … (0: as the parcel's size asks)"), defaultValue=0,
                                                                minValue=0, maxValue=1_000_000)))
        self.addParameter(advanced(QgsProcessingParameterNumber("WIDTH", tr("Width of the picture in pixels"), defaultValue=1600,
                                                                minValue=600, maxValue=6000)))
        self.addParameter(ChoiceParameter("FORMAT", tr("Format"), (JPG, PNG), ("JPG", "PNG"), JPG))
        self.addParameter(QgsProcessingParameterBoolean("RESUME", tr("Leave pictures that are there"), False))
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("WRITTEN", tr("Pictures written")))
        self.addOutput(QgsProcessingOutputNumber("SKIPPED", tr("There already")))
        self.addOutput(QgsProcessingOutputNumber("REFUSED", tr("Not written")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        chosen = self.parameterAsLayerList(parameters, "LAYERS", context) or []
        self._layers = [layer.clone() for layer in chosen if layer.isValid()]
        self._rasters = project_rasters(context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.parameterAsString(parameters, "FOLDER", context))
        folder.mkdir(parents=True, exist_ok=True)
        keys = {name: self.parameterDefinition(name).key(parameters.get(name)) for name in ("GROUND", "FORMAT")}
        choice = Choice(self._layers, keys["GROUND"], keys["FORMAT"], self.parameterAsInt(parameters, "WIDTH", context) / 200,
                        float(self.parameterAsInt(parameters, "SCALE", context)))
        with self.open_register(parameters, context) as register:
            chosen, unknown = chosen_of(self, parameters, context, register, progress.part(0.0, 0.01))
            images, said = images_of(self, parameters, context, self._rasters, progress.part(0.01, 0.03))
            done = draw_maps(register, chosen, folder, images, choice, self.parameterAsBool(parameters, "RESUME", context), self.inputs,
                             progress.part(0.03, 1.0))
        refused = [*unknown, *done.refused]
        warn_of(feedback, [*said, *done.remarks, *(reason for _number, reason in refused)])
        told = message("{n} pictures were written; {kept} were there already.", n=len(done.files), kept=len(done.kept))
        feedback.pushInfo(say(told))
        page = refused_page(tr("Evidence maps"), told, refused, done.remarks)
        return {"FOLDER": str(folder), "WRITTEN": len(done.files), "SKIPPED": len(done.kept), "REFUSED": len(refused),
                **self.give_report(parameters, context, feedback, page, told)}
