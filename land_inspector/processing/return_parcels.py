"""land_inspector:return_parcels"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterString,
)

from ..i18n import tr
from ..progress import Progress
from ..register.reviewing import return_parcels
from .base import RegisterAlgorithm, Results
from .parameters import (
    ChoiceParameter,
    DayParameter,
    batch_parameter,
    by_parameter,
    day_text,
    effective_parameter,
    labels_of,
    parcels_parameter,
    register_parameter,
)

LEVELS = ("city", "province")


class ReturnParcels(RegisterAlgorithm):
    """REGISTER, BATCH, PARCELS, LEVEL, REASON, ASKED_FOR, ANSWER_BY, EFFECTIVE_ON, BY → RETURNED, GROUP."""

    NAME = "return_parcels"

    def displayName(self) -> str:
        return tr("Record returned parcels (退回)")

    def shortHelpString(self) -> str:
        return tr("Records that the city or the province sent parcels back, with its reason and the day by which it wants an "
                  "answer. Returned parcels stand first in the review list until they are answered.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(parcels_parameter())
        self.addParameter(ChoiceParameter("LEVEL", tr("Returned by"), LEVELS, [tr("City"), tr("Province")], "city"))
        self.addParameter(QgsProcessingParameterString("REASON", tr("Reason")))
        self.addParameter(QgsProcessingParameterString("ASKED_FOR", tr("What is asked for"), optional=True))
        self.addParameter(DayParameter("ANSWER_BY", tr("Answer by"), optional=True))
        self.addParameter(effective_parameter())
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputNumber("RETURNED", tr("Parcels returned")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        labels = labels_of(self.text(parameters, "PARCELS", context))
        with self.open_register(parameters, context) as register:
            recorded = return_parcels(
                register, self.text(parameters, "BATCH", context), labels,
                level=self.parameterDefinition("LEVEL").key(parameters.get("LEVEL")), reason=self.text(parameters, "REASON", context),
                answer_by=day_text(parameters.get("ANSWER_BY")), asked_for=self.text(parameters, "ASKED_FOR", context),
                by=self.acting_as(parameters, context), effective_on=day_text(parameters.get("EFFECTIVE_ON")))
        progress.show(1.0)
        return {"RETURNED": len(labels), "GROUP": recorded.group}
