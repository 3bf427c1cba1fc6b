"""land_inspector:county_paragraph"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
)

from ..exchange.report_pages import paragraph_page, paragraph_text
from ..i18n import say, tr
from ..progress import Progress
from ..register.figures import heading, paragraph
from .base import RegisterAlgorithm, Results
from .parameters import register_parameter, report_parameter
from .scopes import add_clock_parameters, add_scope_parameters, scope_of


class CountyParagraph(RegisterAlgorithm):
    """REGISTER, BATCH, YEAR, MONTH, QUARTER, KNOWN_AT, EFFECTIVE_ON, REPORT → TEXT, SCOPE."""

    NAME = "county_paragraph"

    def displayName(self) -> str:
        return tr("The county in words")

    def shortHelpString(self) -> str:
        return tr("Writes the paragraph with which a county reports its land enforcement: cases filed, handled and closed with their "
                  "rates, building area confiscated and demolished, fines paid, persons disciplined, land reclaimed. What did not happen "
                  "is left out.\n\n"
                  "The figures are those of the township table of the same scope and day. Of a year, the rates are those of the cases "
                  "whose clue fell into it, and everything else is what happened in it by its own date.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        add_clock_parameters(self)
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputString("TEXT", tr("Paragraph")))
        self.addOutput(QgsProcessingOutputString("SCOPE", tr("Scope and day")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        scope = scope_of(self, parameters, context)
        progress.step(0.0)
        with self.open_register(parameters, context) as register:
            text = paragraph_text(paragraph(register, scope))
            county = register.meta["county_name"]
        above = say(heading(scope))
        feedback.pushInfo(above)
        feedback.pushInfo(text)
        page = paragraph_page(county, above, text)
        return {"TEXT": text, "SCOPE": above, **self.give_report(parameters, context, feedback, page)}
