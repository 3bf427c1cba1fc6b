"""land_inspector:take_newest_outline"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSink,
)

from ..errors import message
from ..i18n import say, tr, user_locale
from ..law.areas import mu_text
from ..law.pack import Label
from ..progress import Progress
from ..register.reviewing import OutlineChange, newer_outlines, take_newest_issue
from .base import RegisterAlgorithm, Results
from .parameters import batch_parameter, by_parameter, labels_of, parcels_parameter, register_parameter
from .table_sink import write_table

_FIELDS = [("DKBH", "text", Label("地块编号", "Parcel")), ("PDJL1", "text", Label("原判定", "Verdict so far")),
           ("Q_M2", "real", Label("原面积（平方米）", "Area before (m²)")), ("H_M2", "real", Label("新面积（平方米）", "Area after (m²)")),
           ("C_M2", "real", Label("面积变化（平方米）", "Change (m²)")), ("Q_MU", "text", Label("原面积（亩）", "Area before (mu)")),
           ("H_MU", "text", Label("新面积（亩）", "Area after (mu)")), ("ZT", "text", Label("情况", "What stands against it"))]


class TakeNewestOutline(RegisterAlgorithm):
    """REGISTER, BATCH, PARCELS, PREVIEW, BY, OUTPUT → ROWS, TAKEN, GROUP."""

    NAME = "take_newest_outline"

    def displayName(self) -> str:
        return tr("Take the newest outline")

    def shortHelpString(self) -> str:
        return tr("Judged parcels keep their outline when a batch is issued again. This lets them rest on the newest one: the verdict "
                  "lapses and is given anew. Without parcels, all whose basis has changed; split parcels are merged first, a parcel with "
                  "an open case keeps its outline. The table shows the areas before and after; with the preview nothing is recorded.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        parcels = parcels_parameter()
        parcels.setFlags(parcels.flags() | parcels.FlagOptional)
        self.addParameter(parcels)
        self.addParameter(QgsProcessingParameterBoolean("PREVIEW", tr("Only show the areas before and after"), False))
        self.addParameter(by_parameter())
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Areas before and after"), QgsProcessing.SourceType.TypeVector))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))
        self.addOutput(QgsProcessingOutputNumber("TAKEN", tr("Outlines taken")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch, named = self.text(parameters, "BATCH", context), labels_of(self.text(parameters, "PARCELS", context))
        progress.step(0.0, message("Comparing outlines"))
        with self.open_register(parameters, context) as register:
            found = newer_outlines(register, batch, named)
            ready = [one.label for one in found if one.obstacle is None]
            group = ""
            if ready and not self.parameterAsBool(parameters, "PREVIEW", context):
                group = take_newest_issue(register, batch, ready, by=self.acting_as(parameters, context)).group
        rows = [_row(one) for one in found]
        output = write_table(self, parameters, context, "OUTPUT", _FIELDS, rows, user_locale())
        return {"OUTPUT": output, "ROWS": len(rows), "TAKEN": len(ready) if group else 0, "GROUP": group}


def _row(one: OutlineChange) -> Dict[str, Any]:
    return {"DKBH": one.label, "PDJL1": one.verdict, "Q_M2": one.before_m2, "H_M2": one.after_m2, "C_M2": one.after_m2 - one.before_m2,
            "Q_MU": mu_text(one.before_m2), "H_MU": mu_text(one.after_m2), "ZT": say(one.obstacle) if one.obstacle else None}
