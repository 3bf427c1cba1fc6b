"""land_inspector:propose_verdicts"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber

from ..i18n import tr
from ..progress import Progress
from ..register.proposing import propose_batch
from .base import RegisterAlgorithm, Results
from .parameters import batch_parameter, register_parameter

_COUNTS = {"LEGAL": "1", "ILLEGAL": "2", "OTHER": "3", "UNDECIDED": "0"}


class ProposeVerdicts(RegisterAlgorithm):
    """REGISTER, BATCH → PARCELS, LEGAL, ILLEGAL, OTHER, UNDECIDED."""

    NAME = "propose_verdicts"

    def displayName(self) -> str:
        return tr("Propose verdicts")

    def shortHelpString(self) -> str:
        return tr("Applies the rules of the batch's rule pack (R20–R32) to what was measured and stores a proposal with its "
                  "reasons for each parcel, apart from every verdict: a proposal never judges. Where a fact is missing it says "
                  "which, and counts as undecided.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        for name, text in (("PARCELS", tr("Parcels")), ("LEGAL", tr("Proposed legal")), ("ILLEGAL", tr("Proposed illegal")),
                           ("OTHER", tr("Proposed other")), ("UNDECIDED", tr("Cannot tell"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            proposed = propose_batch(register, self.text(parameters, "BATCH", context), progress)
        counts = {name: int(proposed.by_verdict.get(code, 0)) for name, code in _COUNTS.items()}
        return {"PARCELS": proposed.parcels, **counts}
