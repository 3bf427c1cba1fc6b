"""land_inspector:upgrade_register"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputFile, QgsProcessingOutputNumber

from ..i18n import tr
from ..progress import Progress
from ..register.origins import OriginBook
from ..register.upgrading import upgrade
from ..settings import origins_file
from .base import RegisterAlgorithm, Results, register_address
from .parameters import by_parameter, register_parameter


class UpgradeRegister(RegisterAlgorithm):
    """REGISTER, BY → REGISTER, FORMAT_BEFORE, FORMAT, EVENTS, COPY."""

    NAME = "upgrade_register"

    def displayName(self) -> str:
        return tr("Upgrade a register")

    def shortHelpString(self) -> str:
        return tr("Brings a register of an earlier version of the plugin to today's format. A checked copy of the register as it was is "
                  "made first, beside it and named after its format; then everything that is kept is built anew from the events, in one "
                  "step: cancelled or broken off, the register is as it was. Every figure stays the same. A register of today's format "
                  "is left alone.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputNumber("FORMAT_BEFORE", tr("Format before")))
        self.addOutput(QgsProcessingOutputNumber("FORMAT", tr("Format")))
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputFile("COPY", tr("Copy of the register as it was")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        address = register_address(self.text(parameters, "REGISTER", context))
        done = upgrade(address, by=self.acting_as(parameters, context), origins=OriginBook(origins_file()), progress=progress)
        progress.show(1.0)
        return {"REGISTER": str(address), "FORMAT_BEFORE": done.before, "FORMAT": done.after, "EVENTS": done.events,
                "COPY": str(done.copy) if done.copy else ""}
