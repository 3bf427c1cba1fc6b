"""land_inspector:matter_list"""
from __future__ import annotations

from datetime import date
from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
)

from ..exchange.matter_figures import list_fields, list_rows, rows_of
from ..i18n import tr, user_locale
from ..progress import Progress
from ..register.matters import kind_named, place_names
from .base import RegisterAlgorithm, Results
from .parameters import DayParameter, day_text, register_parameter
from .table_sink import write_table


class MatterList(RegisterAlgorithm):
    """REGISTER, KIND, LIST, DAY, OUTPUT → ROWS."""

    NAME = "matter_list"

    def displayName(self) -> str:
        return tr("Work list of a ledger")

    def shortHelpString(self) -> str:
        return tr("The matters of a ledger that are on one of its lists on a day: overdue, due, incomplete, "
                  "unsettled, all, or a list of the "
                  "kind's own. Each row says where the matter stands, what is due when and on what ground, what the "
                  "machine finds, and every "
                  "value that is not private; areas in m² and mu, money in yuan. Names of people are never in it.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("KIND", tr("Ledger (id of its kind)")))
        self.addParameter(QgsProcessingParameterString("LIST", tr("List"), defaultValue="unsettled"))
        self.addParameter(DayParameter("DAY", tr("Day (empty: today)"), optional=True))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Work list"),
                                                            QgsProcessing.SourceType.TypeVector))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        asked = day_text(parameters.get("DAY"))
        day = date.fromisoformat(asked) if asked else date.today()
        with self.open_register(parameters, context) as register:
            kind = kind_named(register, self.text(parameters, "KIND", context))
            chosen, rows = list_rows(register, kind, self.text(parameters, "LIST", context) or "unsettled", day)
            names = place_names(register)
        fields = list_fields(kind, chosen, names, user_locale())
        progress.step(0.8)
        output = write_table(self, parameters, context, "OUTPUT", [(one.name, one.kind, one.label) for one in fields],
                             rows_of(fields, rows), user_locale())
        return {"OUTPUT": output, "ROWS": len(rows)}
