"""land_inspector:rebuild_state"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber

from ..i18n import tr
from ..progress import Progress
from ..register.upgrading import rebuild_state
from ..register.verifying import verify
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import register_parameter


class RebuildState(RegisterAlgorithm):
    """REGISTER → EVENTS, BROKEN."""

    NAME = "rebuild_state"

    def displayName(self) -> str:
        return tr("Rebuild the stored state from the events")

    def shortHelpString(self) -> str:
        return tr("For a register whose verification says that the stored state differs from the events: what is shown and counted is "
                  "built anew from the events, in one step. The events, issued patches, evidence and proposals stay as they are. BROKEN "
                  "counts what verification finds afterwards; what was wrong in the events themselves stays wrong.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputNumber("BROKEN", tr("Broken")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            events = rebuild_state(register, progress.part(0.0, 0.5))
            found = verify(register, progress.part(0.5, 1.0))
        progress.show(1.0)
        warn_of(feedback, found.broken)
        return {"EVENTS": events, "BROKEN": len(found.broken)}
