"""land_inspector:verify_register"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber

from ..exchange.report_pages import verification_page
from ..i18n import tr
from ..progress import Progress
from ..register.verifying import verify
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import register_parameter, report_parameter


class VerifyRegister(RegisterAlgorithm):
    """REGISTER, REPORT → EVENTS, BROKEN."""

    NAME = "verify_register"

    def displayName(self) -> str:
        return tr("Verify a register")

    def shortHelpString(self) -> str:
        return tr("Checks that every event is there and unedited, that issued patches, townships and cut parcels are what was "
                  "recorded, and that the stored state is what the events say. BROKEN is 0 for a sound register; the report "
                  "names each thing that is wrong.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputNumber("BROKEN", tr("Broken")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            found = verify(register, progress)
            page = verification_page(self.text(parameters, "REGISTER", context), register.meta, found)
        warn_of(feedback, found.broken)
        return {"EVENTS": found.events, "BROKEN": len(found.broken), **self.give_report(parameters, context, feedback, page)}
