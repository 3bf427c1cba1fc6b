"""land_inspector:county_paragraph"""
from __future__ import annotations

from datetime import date
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterNumber,
)

from ..exchange.report_pages import paragraph_page, paragraph_text
from ..i18n import tr
from ..progress import Progress
from ..register.figures import Scope, paragraph
from ..register.register import known_at_text, utc_now
from .base import RegisterAlgorithm, Results
from .parameters import day_text, moment_text, register_parameter, report_parameter
from .scopes import add_clock_parameters


class CountyParagraph(RegisterAlgorithm):
    """REGISTER, YEAR, KNOWN_AT, EFFECTIVE_ON, REPORT → TEXT."""

    NAME = "county_paragraph"

    def displayName(self) -> str:
        return tr("The county's year in words")

    def shortHelpString(self) -> str:
        return tr("Writes the paragraph with which a county reports its year of land enforcement: cases filed, handled and closed with "
                  "their rates, building area confiscated and demolished, fines paid, persons disciplined, land reclaimed. What did not "
                  "happen is left out.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterNumber("YEAR", tr("Year"), minValue=1999, maxValue=2100))
        add_clock_parameters(self)
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputString("TEXT", tr("Paragraph")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        year = self.parameterAsInt(parameters, "YEAR", context)
        known_at, effective_on = moment_text(parameters.get("KNOWN_AT")), day_text(parameters.get("EFFECTIVE_ON"))
        progress.step(0.0)
        with self.open_register(parameters, context) as register:
            text = paragraph_text(paragraph(register, Scope(year=year, known_at=known_at, effective_on=effective_on)))
            county = register.meta["county_name"]
        feedback.pushInfo(text)
        day = effective_on or date.today().isoformat()
        page = paragraph_page(county, year, text, known_at_text(known_at) or utc_now(), day)
        return {"TEXT": text, **self.give_report(parameters, context, feedback, page)}
