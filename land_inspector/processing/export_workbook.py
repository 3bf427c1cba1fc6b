"""land_inspector:export_workbook"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFileDestination,
)

from ..exchange.month_workbook import write_month_workbook
from ..i18n import tr, user_locale
from ..progress import Progress
from .base import RegisterAlgorithm, Results
from .parameters import register_parameter
from .scopes import add_clock_parameters, add_scope_parameters, scope_of


class ExportWorkbook(RegisterAlgorithm):
    """REGISTER, scope, KNOWN_AT, EFFECTIVE_ON, LIST_EACH, WITH_M2, INCLUDE_USERS, OUTPUT → OUTPUT, PARCELS, ILLEGAL."""

    NAME = "export_workbook"

    def displayName(self) -> str:
        return tr("Give out the month's workbook")

    def shortHelpString(self) -> str:
        return tr("Writes the official tables by township (issued and judged, ratios, rectification, cases and enforcement, patches by "
                  "township, illegal clues), the list of illegal parcels, the cases and the checks into one Excel workbook that prints on "
                  "A4 landscape. Areas are in mu, as numbers with two decimals, with m² beside them on wish.\n\n"
                  "The list of illegal parcels may be edited and taken back with “Take back an edited workbook”: keep its hidden column. "
                  "Scope, moment, day and the seal of the register stand on every sheet. Names of land users are left out unless they are "
                  "asked for.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        add_clock_parameters(self)
        self.addParameter(QgsProcessingParameterBoolean("LIST_EACH", tr("A patch list for each township"), False))
        self.addParameter(QgsProcessingParameterBoolean("WITH_M2", tr("Square metres beside the mu"), False))
        self.addParameter(QgsProcessingParameterBoolean("INCLUDE_USERS", tr("Include land users, who may be persons"), False))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Workbook"), "Excel (*.xlsx)"))
        self.addOutput(QgsProcessingOutputNumber("PARCELS", tr("Parcels")))
        self.addOutput(QgsProcessingOutputNumber("ILLEGAL", tr("Illegal parcels")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        output = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        with self.open_register(parameters, context) as register:
            figures = write_month_workbook(
                register, Path(output), scope_of(self, parameters, context), user_locale(),
                with_users=self.parameterAsBool(parameters, "INCLUDE_USERS", context),
                list_each=self.parameterAsBool(parameters, "LIST_EACH", context),
                with_m2=self.parameterAsBool(parameters, "WITH_M2", context), progress=progress)
        return {"OUTPUT": output, "PARCELS": figures.total.figures["parcels"], "ILLEGAL": figures.total.figures["illegal"]}
