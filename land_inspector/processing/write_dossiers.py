"""land_inspector:write_dossiers"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Mapping

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFolderDestination,
    QgsRasterLayer,
)

from ..errors import message
from ..exchange.dossier_pages import Wanted
from ..exchange.dossiers import write_dossiers
from ..exchange.report_pages import refused_page
from ..i18n import say, tr
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .chosen_parcels import add_chosen_parameters, add_images_parameter, chosen_of, images_of, project_rasters
from .parameters import advanced, register_parameter, report_parameter


class WriteDossiers(RegisterAlgorithm):
    """REGISTER, BATCH, LIST, IMAGES, PARTIES, AUTHORS, RESUME, FOLDER, REPORT → WRITTEN, PAGES, SKIPPED, REFUSED."""

    NAME = "write_dossiers"
    KEPT = ("FOLDER",)
    _rasters: Mapping[str, QgsRasterLayer] = {}

    def displayName(self) -> str:
        return tr("Write dossiers")

    def shortHelpString(self) -> str:
        return tr("Writes a PDF of two to four pages for each parcel: where it lies, the images before and after, its outline over the "
                  "evidence, the measured areas with the layers and their dates, proposal and verdict with reasons and by whom, "
                  "procedure, remedies, photos with their direction, papers and history.\n\n"
                  "Each page carries the register's seal and a code, as text and as QR code, by which “Check a dossier” tells years later "
                  "whether it was made of this register, as of when, and what happened since. Names of land users and parties are left "
                  "out unless they are asked for.\n\n"
                  "A run that was stopped can be resumed: files that still say what the register says are left as they are.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_chosen_parameters(self)
        add_images_parameter(self)
        self.addParameter(QgsProcessingParameterBoolean("PARTIES", tr("Include land users and parties, who may be persons"), False))
        self.addParameter(advanced(QgsProcessingParameterBoolean("AUTHORS", tr("Say who judged and acted"), True)))
        self.addParameter(QgsProcessingParameterBoolean("RESUME", tr("Leave files that are there and still right"), True))
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("WRITTEN", tr("Dossiers written")))
        self.addOutput(QgsProcessingOutputNumber("PAGES", tr("Pages")))
        self.addOutput(QgsProcessingOutputNumber("SKIPPED", tr("There already and still right")))
        self.addOutput(QgsProcessingOutputNumber("REFUSED", tr("Not written")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._rasters = project_rasters(context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.parameterAsString(parameters, "FOLDER", context))
        folder.mkdir(parents=True, exist_ok=True)
        wanted = Wanted(self.parameterAsBool(parameters, "PARTIES", context), self.parameterAsBool(parameters, "AUTHORS", context))
        with self.open_register(parameters, context) as register:
            chosen, unknown = chosen_of(self, parameters, context, register, progress.part(0.0, 0.01))
            images, said = images_of(self, parameters, context, self._rasters, progress.part(0.01, 0.03))
            done = write_dossiers(register, chosen, folder, images, wanted, self.parameterAsBool(parameters, "RESUME", context),
                                  self.inputs, progress.part(0.03, 1.0))
        done.refused[:0] = unknown
        warn_of(feedback, [*said, *done.remarks, *(reason for _number, reason in done.refused)])
        counts = {"WRITTEN": len(done.files), "PAGES": done.pages, "SKIPPED": len(done.kept), "REFUSED": len(done.refused)}
        told = message("{n} dossiers with {pages} pages were written; {kept} were there already.", n=counts["WRITTEN"],
                       pages=counts["PAGES"], kept=counts["SKIPPED"])
        feedback.pushInfo(say(told))
        page = refused_page(tr("Dossiers"), told, done.refused, done.remarks)
        return {"FOLDER": str(folder), **counts, **self.give_report(parameters, context, feedback, page, told)}
