"""land_inspector:copy_register"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFileDestination,
)

from ..i18n import tr
from ..progress import Progress
from ..register.copying import copy_register
from .base import RegisterAlgorithm, Results, register_address
from .parameters import register_parameter


class CopyRegister(RegisterAlgorithm):
    """REGISTER, TARGET → TARGET, EVENTS, ATTACHMENTS, SEAL."""

    NAME = "copy_register"
    KEPT = ("TARGET",)

    def displayName(self) -> str:
        return tr("Copy a register (file or server)")

    def shortHelpString(self) -> str:
        return tr("Copies a register from a file onto a server, from a server into a file, or from server to server: every event "
                  "with its hash, photos and papers with them. TARGET is a file (.gpkg) or an address such as "
                  "postgresql://host/database?schema=county; what is there already is never overwritten. The copy takes its place"
                  " only when the seal, the rows of each table and the figures of every township are the same at both ends. Where"
                  " the connection was lost, start it again: photos and papers that came over are not copied once more. Others "
                  "may go on working meanwhile.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFileDestination("TARGET", tr("Where the copy goes: a file, or an address on a server"),
                                                                "GeoPackage (*.gpkg)"))
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputNumber("ATTACHMENTS", tr("Photos and papers")))
        self.addOutput(QgsProcessingOutputString("SEAL", tr("Seal")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = self.parameterAsFileOutput(parameters, "TARGET", context)
        made = copy_register(register_address(self.text(parameters, "REGISTER", context)), register_address(target), progress)
        progress.show(1.0)
        feedback.pushInfo(tr("Seal: {code}", code=made.seal))
        return {"TARGET": str(made.address), "EVENTS": made.events, "ATTACHMENTS": made.attachments, "SEAL": made.seal}
