"""land_inspector:verify_register"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterString,
)

from ..exchange.report_pages import verification_page
from ..i18n import tr
from ..progress import Progress
from ..register.origins import OriginBook
from ..register.register import Register
from ..register.verifying import verify
from ..settings import origins_file
from .base import RegisterAlgorithm, Results, register_address, warn_of
from .parameters import register_parameter, report_parameter


class VerifyRegister(RegisterAlgorithm):
    """REGISTER, SEAL, REPORT → EVENTS, BROKEN, SEAL."""

    NAME = "verify_register"

    def displayName(self) -> str:
        return tr("Verify a register")

    def shortHelpString(self) -> str:
        return tr("Checks that every event is there and unedited, that issued patches, townships, cut parcels, rows set aside, names, "
                  "places, photos and papers are what was recorded, and that the stored state is what the events say. BROKEN is 0 for a "
                  "sound register; the report names each thing that is wrong.\n\n"
                  "The seal is a short code of everything recorded so far. It stands on this report, on that of a copy and in the "
                  "workbook of figures; given here later, it shows whether anything before it was changed or cut off.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("SEAL", tr("Seal to compare with"), optional=True))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputNumber("BROKEN", tr("Broken")))
        self.addOutput(QgsProcessingOutputString("SEAL", tr("Seal")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        address = register_address(self.text(parameters, "REGISTER", context))
        with Register.open(address, origins=OriginBook(origins_file()), of_any_format=True) as register:
            found = verify(register, progress, seal=self.text(parameters, "SEAL", context))
            page = verification_page(self.text(parameters, "REGISTER", context), register.meta, found)
        warn_of(feedback, (*found.broken, *found.remarks))
        seal = found.seal.code if found.seal is not None else ""
        feedback.pushInfo(tr("Seal: {code}", code=seal))
        return {"EVENTS": found.events, "BROKEN": len(found.broken), "SEAL": seal, **self.give_report(parameters, context, feedback, page)}
