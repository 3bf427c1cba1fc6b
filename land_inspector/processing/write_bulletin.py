"""land_inspector:write_bulletin"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
)

from ..exchange.atomic_files import write_whole
from ..exchange.bulletin import our_template, write_bulletin
from ..i18n import tr
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import advanced, register_parameter
from .scopes import add_clock_parameters, add_scope_parameters, scope_of


class WriteBulletin(RegisterAlgorithm):
    """REGISTER, BATCH, YEAR, MONTH, QUARTER, KNOWN_AT, EFFECTIVE_ON, TEMPLATE, OUTPUT, OUR_TEMPLATE → TEXT, TOWNSHIPS, OVER,
    MUST_REPORT."""

    NAME = "write_bulletin"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Write the bulletin")

    def shortHelpString(self) -> str:
        return tr("Writes two printable pages for a meeting: the county in words, the townships by their distance to the line, what is "
                  "new, rectified and overdue, who must report, chart and map, and a line for each ledger that is kept. No person is "
                  "named.\n\n"
                  "As .docx it fills a template that the office can change in Word or WPS (without one, ours; it can be saved to "
                  "begin with); as .pdf it is laid out at once. Unknown fields of a template are shown before anything is written.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        add_clock_parameters(self)
        self.addParameter(QgsProcessingParameterFile("TEMPLATE", tr("Template (empty: ours)"), extension="docx", optional=True))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Bulletin"), "Word (*.docx);;PDF (*.pdf)"))
        self.addParameter(advanced(QgsProcessingParameterFileDestination("OUR_TEMPLATE", tr("Save our template, to be changed"),
                                                                         "Word (*.docx)", optional=True, createByDefault=False)))
        self.addOutput(QgsProcessingOutputString("TEXT", tr("Paragraph")))
        self.addOutput(QgsProcessingOutputNumber("TOWNSHIPS", tr("Townships")))
        self.addOutput(QgsProcessingOutputNumber("OVER", tr("Over their line")))
        self.addOutput(QgsProcessingOutputNumber("MUST_REPORT", tr("Must report")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        template = self.text(parameters, "TEMPLATE", context)
        target = Path(self.parameterAsFileOutput(parameters, "OUTPUT", context))
        ours = self.parameterAsFileOutput(parameters, "OUR_TEMPLATE", context)
        with self.open_register(parameters, context) as register:
            found, said = write_bulletin(register, scope_of(self, parameters, context), Path(template) if template else None, target,
                                         self.inputs, progress)
        if ours:
            write_whole(Path(ours), our_template(), self.inputs)
        warn_of(feedback, said)
        feedback.pushInfo(found.scope_line)
        over = sum(place.below is not None and place.below < 0 for place in found.places)
        return {"OUTPUT": str(target), **({"OUR_TEMPLATE": ours} if ours else {}), "TEXT": found.text, "TOWNSHIPS": len(found.places),
                "OVER": over, "MUST_REPORT": sum(bool(place.reasons) for place in found.places)}
