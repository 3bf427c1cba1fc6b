"""land_inspector:merge_parcels"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputString

from ..i18n import tr
from ..progress import Progress
from ..register.splitting import merge_parcels
from .base import RegisterAlgorithm, Results
from .parameters import batch_parameter, by_parameter, day_text, effective_parameter, labels_of, parcels_parameter, register_parameter


class MergeParcels(RegisterAlgorithm):
    """REGISTER, BATCH, PARCELS, EFFECTIVE_ON, BY → GROUP."""

    NAME = "merge_parcels"

    def displayName(self) -> str:
        return tr("Merge parcels of a patch")

    def shortHelpString(self) -> str:
        return tr("Puts parcels that came out of one patch together again; all of them make the whole patch again. "
                  "The verdict on the result is given anew.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(parcels_parameter())
        self.addParameter(effective_parameter())
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            recorded = merge_parcels(
                register, self.text(parameters, "BATCH", context), labels_of(self.text(parameters, "PARCELS", context)),
                by=self.acting_as(parameters, context), effective_on=day_text(parameters.get("EFFECTIVE_ON")))
        progress.show(1.0)
        return {"GROUP": recorded.group}
