"""land_inspector:import_rulepack"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputString, QgsProcessingParameterFile

from ..i18n import tr
from ..law.rulepack import parse
from ..progress import Progress
from ..register.rulepacks import import_pack, pack_content
from .base import RegisterAlgorithm, Results
from .parameters import by_parameter, register_parameter


class ImportRulepack(RegisterAlgorithm):
    """REGISTER, PACK, BY → DIGEST, GROUP."""

    NAME = "import_rulepack"

    def displayName(self) -> str:
        return tr("Import a rule pack")

    def shortHelpString(self) -> str:
        return tr("Brings a bureau's own rule pack (thresholds, tolerances, deadlines, codes as JSON) into the register, where "
                  "it stays with its digest, so that a judgement can be explained years later. The shipped packs stay as they "
                  "are. The same pack again changes nothing.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("PACK", tr("Rule pack"), extension="json"))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("DIGEST", tr("Digest of the pack")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        path = Path(self.text(parameters, "PACK", context))
        content = pack_content(path)
        with self.open_register(parameters, context) as register:
            recorded = import_pack(register, content, path.name, by=self.acting_as(parameters, context))
        progress.show(1.0)
        return {"DIGEST": parse(content, path.name).digest, "GROUP": recorded.group}
