"""land_inspector:import_matter_kind"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputString, QgsProcessingParameterFile

from ..i18n import tr
from ..law.matters.kindform import parse
from ..progress import Progress
from ..register.matters import import_kind
from ..register.rulepacks import pack_content
from .base import RegisterAlgorithm, Results
from .parameters import by_parameter, register_parameter


class ImportMatterKind(RegisterAlgorithm):
    """REGISTER, PACK, BY → KIND, DIGEST, GROUP."""

    NAME = "import_matter_kind"

    def displayName(self) -> str:
        return tr("Bring in a kind of ledger")

    def shortHelpString(self) -> str:
        return tr("Brings an office's own kind of ledger (fields, states, moves, terms, lists, columns as JSON; see "
                  "docs/matters.md) into the "
                  "register, where it stays with its digest. A kind of the id of a shipped one replaces it in this "
                  "register; matters that are "
                  "there keep what they say. A wrong pack is refused with line, place and reason; the same pack again "
                  "changes nothing.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("PACK", tr("Pack of the kind"), extension="json"))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("KIND", tr("Id of the kind")))
        self.addOutput(QgsProcessingOutputString("DIGEST", tr("Digest of the pack")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        path = Path(self.text(parameters, "PACK", context))
        content = pack_content(path)
        with self.open_register(parameters, context) as register:
            recorded = import_kind(register, content, path.name, by=self.acting_as(parameters, context))
        progress.show(1.0)
        kind = parse(content, path.name)
        return {"KIND": kind.id, "DIGEST": kind.digest, "GROUP": recorded.group}
