"""land_inspector:restore_register"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputNumber,
)

from ..i18n import tr
from ..progress import Progress
from ..register.origins import OriginBook
from ..register.verifying import restore
from ..settings import origins_file
from .base import RegisterAlgorithm, Results, register_address
from .parameters import register_parameter


class RestoreRegister(RegisterAlgorithm):
    """COPY, REGISTER → REGISTER, EVENTS, LOST, REPLACED."""

    NAME = "restore_register"

    def displayName(self) -> str:
        return tr("Restore a register from a copy")

    def shortHelpString(self) -> str:
        return tr("Puts a copy of a register back in its place, photos and papers too: after damage, or when a register is lost. The copy "
                  "is verified first. What lies in the place is not thrown away: it gets a name beside it that tells when it was "
                  "replaced, together with the log that a crashed program may have left. This is the way to put a copy back: copying it "
                  "over the register by hand damages it. LOST counts what was recorded in the register and is not in the copy. "
                  "Close the register everywhere first.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter("COPY", tr("Copy of the register")))
        self.addParameter(register_parameter())
        self.addOutput(QgsProcessingOutputNumber("EVENTS", tr("Events")))
        self.addOutput(QgsProcessingOutputNumber("LOST", tr("Events that are not in the copy")))
        self.addOutput(QgsProcessingOutputFile("REPLACED", tr("What lay in the place")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        copy, place = (register_address(self.text(parameters, name, context)) for name in ("COPY", "REGISTER"))
        done = restore(copy, place, progress, origins=OriginBook(origins_file()))
        progress.show(1.0)
        if done.lost:
            feedback.pushWarning(tr("{n} events that were recorded in the register are not in the copy; they stand in {path}.", n=done.lost,
                                    path=str(done.replaced)))
        return {"REGISTER": str(place), "EVENTS": done.events, "LOST": done.lost, "REPLACED": str(done.replaced or "")}
