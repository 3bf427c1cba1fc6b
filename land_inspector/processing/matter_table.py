"""land_inspector:matter_table"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
)

from ..errors import message
from ..exchange.matter_figures import matter_figures, rows_of, table_fields
from ..i18n import tr, user_locale
from ..progress import Progress
from ..register.matters import kind_named
from .base import RegisterAlgorithm, Results
from .parameters import DayParameter, advanced, day_text, moment_text, register_parameter
from .scopes import add_clock_parameters
from .table_sink import write_table


class MatterTable(RegisterAlgorithm):
    """REGISTER, KIND, KNOWN_AT, EFFECTIVE_ON, SINCE, FIELD, COUNTY, OUTPUT → ROWS."""

    NAME = "matter_table"

    def displayName(self) -> str:
        return tr("Township table of a ledger")

    def shortHelpString(self) -> str:
        return tr("One row for each township, and one for the county where that is chosen: the columns of the "
                  "ledger's kind, each rate with its "
                  "numerator and denominator. Fields that end in _PC are per cent and NULL where nothing can be "
                  "divided; _T is the text as it "
                  "is printed; _M2 and _MU are areas, _Y is yuan. The figures are those known at a moment and "
                  "effective on a day; what happened "
                  "in the period counts from SINCE, by default 1 January of that year. With FIELD, a field of codes such as the working "
                  "group, there is a row for each code instead of each township.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("KIND", tr("Ledger (id of its kind)")))
        add_clock_parameters(self)
        self.addParameter(advanced(DayParameter("SINCE", tr("First day of the period (empty: 1 January)"),
                                                optional=True)))
        self.addParameter(advanced(QgsProcessingParameterString("FIELD", tr("Field of codes (empty: by township)"), optional=True)))
        self.addParameter(QgsProcessingParameterBoolean("COUNTY", tr("A row for the county as well"),
                                                        defaultValue=False))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Township table"),
                                                            QgsProcessing.SourceType.TypeVector))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        progress.step(0.0, message("Counting"))
        with self.open_register(parameters, context) as register:
            kind = kind_named(register, self.text(parameters, "KIND", context))
            figures = matter_figures(register, kind, moment_text(parameters.get("KNOWN_AT")),
                                     day_text(parameters.get("EFFECTIVE_ON")),
                                     day_text(parameters.get("SINCE")), self.text(parameters, "FIELD", context).strip())
        rows = figures.rows if self.parameterAsBool(parameters, "COUNTY", context) else figures.rows[:-1]
        fields = table_fields(kind, figures)
        output = write_table(self, parameters, context, "OUTPUT", [(one.name, one.kind, one.label) for one in fields],
                             rows_of(fields, rows), user_locale())
        return {"OUTPUT": output, "ROWS": len(rows)}
