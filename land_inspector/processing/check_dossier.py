"""land_inspector:check_dossier"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
)

from ..errors import InputError
from ..exchange.dossier_check import check_dossier, check_page
from ..i18n import say, tr
from ..progress import Progress
from .base import RegisterAlgorithm, Results
from .parameters import register_parameter, report_parameter


class CheckDossier(RegisterAlgorithm):
    """REGISTER, PDF, CODE, REPORT → STATUS, TEXT, SINCE, PARCEL, CODE."""

    NAME = "check_dossier"

    def displayName(self) -> str:
        return tr("Check a dossier")

    def shortHelpString(self) -> str:
        return tr("Says whether a dossier was made of this register, and how its parcel stood then. Give the PDF, or the code that stands "
                  "at the foot of each page, or what its QR code holds. No network is needed, and nothing was stored when the dossier was "
                  "written: the code is made anew from the register's events of that time.\n\n"
                  "STATUS is “stands” (as it stands today), “moved_on” (as it stood then; what happened since is listed), “never” "
                  "(never in this register: forged, of another register, or this is an older copy) or “altered” (the code is the "
                  "register's, but the file says something else).")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("PDF", tr("Dossier (PDF)"), extension="pdf", optional=True))
        self.addParameter(QgsProcessingParameterString("CODE", tr("Or its code"), optional=True))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputString("STATUS", tr("Status")))
        self.addOutput(QgsProcessingOutputString("TEXT", tr("What the register says")))
        self.addOutput(QgsProcessingOutputNumber("SINCE", tr("Acts since then")))
        self.addOutput(QgsProcessingOutputString("PARCEL", tr("Parcel")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        file, code = self.text(parameters, "PDF", context), self.text(parameters, "CODE", context)
        if not file and not code:
            raise InputError("Neither a file nor a code was given.", "Give the dossier, or the code at the foot of its pages.")
        with self.open_register(parameters, context) as register:
            answer = check_dossier(register, Path(file) if file else None, code, progress)
        said = [say(one) for one in answer.sentences()]
        for one in said:
            feedback.pushInfo(one)
        for happened in answer.checked.since:
            feedback.pushInfo(f"  {happened.effective_on.isoformat()} {say(happened.text)}")
        return {"STATUS": answer.status, "TEXT": " ".join(said), "SINCE": len(answer.checked.since), "PARCEL": answer.checked.number,
                **self.give_report(parameters, context, feedback, check_page(answer))}
