"""land_inspector:exchange_couriers and land_inspector:send_courier"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
)

from ..exchange.courier import before_day, write_courier
from ..exchange.shared_folder import exchange
from ..i18n import say, tr
from ..progress import Progress
from .base import RegisterAlgorithm, Results
from .parameters import DayParameter, advanced, day_text, register_parameter


class ExchangeCouriers(RegisterAlgorithm):
    """REGISTER, FOLDER → SENT, RECEIVED, WAITING, CONFLICTS."""

    NAME = "exchange_couriers"

    def displayName(self) -> str:
        return tr("Exchange through a folder")

    def shortHelpString(self) -> str:
        return tr("Brings copies of one register together through a folder that all can reach: a network drive, a stick that is carried "
                  "from one to the other, a folder that a sync client copies. What was recorded here and nobody has put there yet goes "
                  "into the folder as a courier file; what others put there comes in. Files are only added, signed with the register's "
                  "own key and taken whole or not at all; a half-copied one waits for the next time. The register itself is never opened "
                  "over the network.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("FOLDER", tr("Folder for the exchange"),
                                                     QgsProcessingParameterFile.Behavior.Folder))
        self.addOutput(QgsProcessingOutputNumber("SENT", tr("Events sent")))
        self.addOutput(QgsProcessingOutputNumber("RECEIVED", tr("Events that came in")))
        self.addOutput(QgsProcessingOutputNumber("WAITING", tr("Files that wait")))
        self.addOutput(QgsProcessingOutputNumber("CONFLICTS", tr("Fields in dispute")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            done = exchange(register, Path(self.text(parameters, "FOLDER", context)), progress)
        for file, reason in done.troubles:
            feedback.pushWarning(f"{file}: {say(reason)}")
        return {"SENT": done.sent, "RECEIVED": done.received, "WAITING": done.waiting, "CONFLICTS": done.conflicts}


class SendCourier(RegisterAlgorithm):
    """REGISTER, SINCE, NAMES, OUTPUT → OUTPUT, EVENTS."""

    NAME = "send_courier"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Write a courier file")

    def shortHelpString(self) -> str:
        return tr("Writes what was recorded in this register into one file for another copy of it, to be sent by mail or on a stick: acts, "
                  "issued patches, photos and papers, measured evidence. The other side takes it in with \"Merge another copy of the "
                  "register\". It may come late, twice, or before an earlier one: it waits for what it follows. SINCE leaves out what was "
                  "recorded before that day and is there already.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(DayParameter("SINCE", tr("Only what was recorded since"), optional=True))
        self.addParameter(advanced(QgsProcessingParameterBoolean("NAMES", tr("With the names of people"), defaultValue=True)))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Courier file"), tr("Courier files (*.lic)")))
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events sent")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        day = day_text(parameters.get("SINCE"))
        with self.open_register(parameters, context) as register:
            sent = write_courier(register, Path(target), since=before_day(register, day) if day else None,
                                 with_names=self.parameterAsBool(parameters, "NAMES", context), progress=progress)
        return {"OUTPUT": target, "EVENTS": sent.events}
