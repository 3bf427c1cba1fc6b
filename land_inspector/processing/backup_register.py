"""land_inspector:backup_register"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFileDestination,
)

from ..errors import message
from ..exchange.report_pages import verification_page
from ..i18n import tr
from ..progress import Progress
from ..register.verifying import backup
from .base import RegisterAlgorithm, Results
from .parameters import register_parameter, report_parameter


class BackupRegister(RegisterAlgorithm):
    """REGISTER, OUTPUT, REPORT → OUTPUT, EVENTS, SEAL."""

    NAME = "backup_register"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Back up a register (hand over)")

    def shortHelpString(self) -> str:
        return tr("Makes a complete copy of a register while others go on working in it, opens the copy and verifies it before "
                  "it counts. This is the way to hand a register over: copying the file by hand can lose what was just written. "
                  "An existing file is never overwritten.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Copy"), "GeoPackage (*.gpkg)"))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputString("SEAL", tr("Seal")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        with self.open_register(parameters, context) as register:
            verified = backup(register, Path(target), progress)
            page = verification_page(target, register.meta, verified)
        progress.show(1.0)
        seal = verified.seal.code if verified.seal is not None else ""
        feedback.pushInfo(tr("Seal: {code}", code=seal))
        done = message("The copy {path} was made and verified.", path=target)
        return {"OUTPUT": target, "EVENTS": verified.events, "SEAL": seal, **self.give_report(parameters, context, feedback, page, done)}
