"""land_inspector:backup_register"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber, QgsProcessingParameterFileDestination

from ..i18n import tr
from ..progress import Progress
from ..register.verifying import backup
from .base import RegisterAlgorithm, Results
from .parameters import register_parameter


class BackupRegister(RegisterAlgorithm):
    """REGISTER, OUTPUT → OUTPUT, EVENTS."""

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
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        with self.open_register(parameters, context) as register:
            verified = backup(register, Path(target), progress)
        progress.show(1.0)
        return {"OUTPUT": target, "EVENTS": verified.events}
