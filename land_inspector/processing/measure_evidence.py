"""land_inspector:measure_evidence"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
)

from ..evidence.profile import read_profile
from ..i18n import tr
from ..progress import Progress
from ..register.measuring import measure_batch
from .base import RegisterAlgorithm, Results, warn_of
from .measuring_input import tell_speed
from .parameters import batch_parameter, register_parameter


class MeasureEvidence(RegisterAlgorithm):
    """REGISTER, BATCH, PROFILE → PARCELS, GAPS, FINDINGS, RUN."""

    NAME = "measure_evidence"

    def displayName(self) -> str:
        return tr("Measure parcels against the evidence layers")

    def shortHelpString(self) -> str:
        return tr("For each parcel of a batch: its area in every layer of the evidence profile, by class where the layer has "
                  "classes, without double counting where a layer overlaps itself; what is left uncovered; the township split. "
                  "The batch's area method is used, and the layers' fingerprints are kept with the result.\n\n"
                  "GAPS is the number of parcels that the land-use survey covers too thinly (R11).")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(QgsProcessingParameterFile("PROFILE", tr("Evidence profile"), extension="json"))
        self.addOutput(QgsProcessingOutputNumber("PARCELS", tr("Parcels measured")))
        self.addOutput(QgsProcessingOutputNumber("GAPS", tr("Parcels not fully surveyed")))
        self.addOutput(QgsProcessingOutputNumber("FINDINGS", tr("Findings")))
        self.addOutput(QgsProcessingOutputString("RUN", tr("Evidence run")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        profile = read_profile(Path(self.text(parameters, "PROFILE", context)))
        with self.open_register(parameters, context) as register:
            measured = measure_batch(register, self.text(parameters, "BATCH", context), profile, progress)
        tell_speed(feedback)
        warn_of(feedback, [finding.message for finding in measured.findings])
        return {"PARCELS": measured.parcels, "GAPS": measured.gaps, "FINDINGS": len(measured.findings), "RUN": measured.run_id}
