"""land_inspector:export_townships"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
)

from ..exchange.publishing import publish_townships
from ..i18n import tr, user_locale
from ..progress import Progress
from .base import RegisterAlgorithm, Results
from .parameters import DayParameter, day_text, moment_text, register_parameter


class ExportTownships(RegisterAlgorithm):
    """REGISTER, FOLDER, KNOWN_AT, EFFECTIVE_ON, BATCH, LIST_EACH, INCLUDE_USERS → GPKG, WORKBOOK, TOWNSHIP_COUNT, PARCELS."""

    NAME = "export_townships"
    KEPT = ("FOLDER",)

    def displayName(self) -> str:
        return tr("Give out township layers and workbook")

    def shortHelpString(self) -> str:
        return tr("Writes townships.gpkg (a styled layer of parcels for each township and a summary layer with counts, areas and "
                  "the ratios r1 and r2) and townships.xlsx (the township table, the patch list, the terms) into a folder.\n\n"
                  "With a moment or a day the figures are those known by then, or effective then; both are printed. Every figure "
                  "is read back and compared with the register before a file appears; older files are replaced only then. "
                  "Names of land users are left out unless they are asked for.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(DayParameter("KNOWN_AT", tr("Known at (empty: now)"), optional=True, moment=True))
        self.addParameter(DayParameter("EFFECTIVE_ON", tr("Effective on (empty: today)"), optional=True))
        self.addParameter(QgsProcessingParameterString("BATCH", tr("Batch code (empty: all)"), optional=True))
        self.addParameter(QgsProcessingParameterBoolean("LIST_EACH", tr("A patch list for each township"), False))
        self.addParameter(QgsProcessingParameterBoolean("INCLUDE_USERS", tr("Include land users, who may be persons"), False))
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addOutput(QgsProcessingOutputFile("GPKG", tr("Township layers")))
        self.addOutput(QgsProcessingOutputFile("WORKBOOK", tr("Workbook")))
        self.addOutput(QgsProcessingOutputNumber("TOWNSHIP_COUNT", tr("Townships")))
        self.addOutput(QgsProcessingOutputNumber("PARCELS", tr("Parcels")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.parameterAsString(parameters, "FOLDER", context))
        folder.mkdir(parents=True, exist_ok=True)
        with self.open_register(parameters, context) as register:
            given = publish_townships(
                register, folder, language=user_locale(), known_at=moment_text(parameters.get("KNOWN_AT")),
                effective_on=day_text(parameters.get("EFFECTIVE_ON")), batch=self.text(parameters, "BATCH", context) or None,
                with_users=self.parameterAsBool(parameters, "INCLUDE_USERS", context),
                list_each=self.parameterAsBool(parameters, "LIST_EACH", context), progress=progress)
        return {"FOLDER": str(folder), "GPKG": str(given.package), "WORKBOOK": str(given.workbook),
                "TOWNSHIP_COUNT": len(given.figures.rows), "PARCELS": given.figures.total.figures["parcels"]}
