"""land_inspector:undo"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterString,
)

from ..i18n import tr
from ..progress import Progress
from ..register.undoing import last_group, undo
from .base import RegisterAlgorithm, Results
from .parameters import by_parameter, register_parameter


class Undo(RegisterAlgorithm):
    """REGISTER, GROUP, BY, REASON, WITH_DEPENDENTS → UNDONE, GROUPS, UNDO_GROUP."""

    NAME = "undo"

    def displayName(self) -> str:
        return tr("Undo an action")

    def shortHelpString(self) -> str:
        return tr("Takes back one action as a whole (an import, a split, a table of verdicts), also after a restart. Without "
                  "GROUP it is the last action of the acting person. Later acts that stand on it are named, and undone with it "
                  "only if that is asked for. Another person's act needs a reason. Undoing an undo redoes it: give the "
                  "UNDO_GROUP that it answered.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("GROUP", tr("Action (empty: the last one)"), optional=True))
        self.addParameter(QgsProcessingParameterString("REASON", tr("Reason"), optional=True))
        self.addParameter(QgsProcessingParameterBoolean("WITH_DEPENDENTS", tr("Undo later acts that stand on it too"), False))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("UNDONE", tr("Undone action")))
        self.addOutput(QgsProcessingOutputNumber("GROUPS", tr("Actions undone")))
        self.addOutput(QgsProcessingOutputString("UNDO_GROUP", tr("This undo, to redo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        by = self.acting_as(parameters, context)
        with self.open_register(parameters, context) as register:
            group = self.text(parameters, "GROUP", context) or last_group(register, by)
            recorded = undo(register, group, by=by, reason=self.text(parameters, "REASON", context),
                            with_dependents=self.parameterAsBool(parameters, "WITH_DEPENDENTS", context), progress=progress)
        progress.show(1.0)
        groups = recorded.events[-1].payload["groups"]
        return {"UNDONE": group, "GROUPS": len(groups), "UNDO_GROUP": recorded.group}
