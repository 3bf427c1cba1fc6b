"""land_inspector:accept_clock"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputString, QgsProcessingParameterString

from ..i18n import tr
from ..progress import Progress
from ..register.upgrading import release_clock
from .base import RegisterAlgorithm, Results
from .parameters import by_parameter, register_parameter


class AcceptClock(RegisterAlgorithm):
    """REGISTER, REASON, BY → NEWEST, ACCEPTED."""

    NAME = "accept_clock"

    def displayName(self) -> str:
        return tr("Accept entries ahead of the clock")

    def shortHelpString(self) -> str:
        return tr("When an entry is dated ahead of this computer's clock, nothing more is recorded until the clock is right: either this "
                  "clock is slow, or the other one was fast. Where the other one was, its entries are accepted here by name and reason, "
                  "and work goes on behind them.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("REASON", tr("Reason")))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("NEWEST", tr("Date of the newest entry")))
        self.addOutput(QgsProcessingOutputString("ACCEPTED", tr("When it was accepted")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            newest, accepted = release_clock(register, reason=self.text(parameters, "REASON", context),
                                             by=self.acting_as(parameters, context))
        progress.show(1.0)
        return {"NEWEST": newest, "ACCEPTED": accepted}
