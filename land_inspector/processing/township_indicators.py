"""land_inspector:township_indicators"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
)

from ..errors import message
from ..exchange.indicator_table import COUNTY, FIELDS, STATION, TOWNSHIP, indicator_rows
from ..i18n import say, tr, user_locale
from ..law.pack import GROSS, NET
from ..progress import Progress
from ..register.figures import heading
from ..register.register import known_at_text
from ..register.settling import disputed_parcels
from .base import RegisterAlgorithm, Results
from .parameters import ChoiceParameter, advanced, register_parameter
from .scopes import add_clock_parameters, add_scope_parameters, scope_of
from .table_sink import write_table

BY = (TOWNSHIP, STATION, COUNTY)
MODES = ("pack", NET, GROSS)


class TownshipIndicators(RegisterAlgorithm):
    """REGISTER, BATCH, YEAR, MONTH, QUARTER, KNOWN_AT, EFFECTIVE_ON, BY, DENOMINATOR, OUTPUT → ROWS."""

    NAME = "township_indicators"

    def displayName(self) -> str:
        return tr("Indicators of townships")

    def shortHelpString(self) -> str:
        return tr("One row for each township (or station) and one for the county: patches, verdicts, areas, the ratios r1 to r6 before and "
                  "after deduction, rates of filing, handling, closing, rectification, reclamation, fines and discipline, each with its "
                  "numerator and denominator, and the lines that are crossed.\n\n"
                  "Fields that end in _PC are per cent and NULL where nothing can be divided; _T is the text as it is printed; _M2 and _MU "
                  "are areas. The figures are those known at a moment and effective on a day; both stand in the table.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        add_clock_parameters(self)
        self.addParameter(ChoiceParameter("BY", tr("One row for each"), BY, [tr("Township"), tr("Station"), tr("County")], TOWNSHIP))
        self.addParameter(advanced(ChoiceParameter(
            "DENOMINATOR", tr("Denominator after deduction"), MODES,
            [tr("As the rule pack says"), tr("Net: deducted land leaves it"), tr("Gross: it stays whole")], "pack")))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Indicators"), QgsProcessing.SourceType.TypeVector))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        mode = self.parameterDefinition("DENOMINATOR").key(parameters.get("DENOMINATOR"))
        progress.step(0.0, message("Counting"))
        scope = scope_of(self, parameters, context)
        feedback.pushInfo(say(heading(scope)))
        with self.open_register(parameters, context) as register:
            disputed = len(disputed_parcels(register, known_at_text(scope.known_at)))
            rows = indicator_rows(register, scope, self.parameterDefinition("BY").key(parameters.get("BY")),
                                  None if mode == "pack" else mode, user_locale())
        if disputed:
            feedback.pushWarning(tr("Of {n} parcels copies of the register say different things; until somebody settles it, the later act "
                                    "that can stand counts here.", n=disputed))
        progress.step(0.9)
        fields = [(field.name, field.kind, field.label) for field in FIELDS]
        output = write_table(self, parameters, context, "OUTPUT", fields, rows, user_locale())
        return {"OUTPUT": output, "ROWS": len(rows)}
