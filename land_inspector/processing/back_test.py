"""land_inspector:back_test"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
)

from ..exchange.rules_page import FLIP_FIELDS, back_test_page, flip_rows
from ..i18n import tr, user_locale
from ..progress import Progress
from ..register.rule_reports import back_test
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import register_parameter, report_parameter
from .scopes import add_scope_parameters, scope_of
from .table_sink import write_table


class BackTestAlgorithm(RegisterAlgorithm):
    """REGISTER, BATCH or YEAR, MONTH, PARAMETER, VALUE, OUTPUT, REPORT → TESTED, FLIPS, AGREED_BEFORE, AGREED_THEN."""

    NAME = "back_test"

    def displayName(self) -> str:
        return tr("Back-test of a threshold")

    def shortHelpString(self) -> str:
        return tr("Runs the rules again over the evidence stored for every verdict in force, as of the verdict's day, with one parameter "
                  "of the rule pack set to another value: what would have been proposed, what people said, and the list of parcels "
                  "whose proposal changes.\n\nIt warns where evidence was measured anew since, and where fewer than 30 proposals "
                  "change. No pack, proposal or verdict is changed. PARAMETER is a name of the pack, such as legal_cover_share.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        self.addParameter(QgsProcessingParameterString("PARAMETER", tr("Parameter of the rule pack"), "legal_cover_share"))
        self.addParameter(QgsProcessingParameterString("VALUE", tr("Value to test")))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Parcels whose proposal changes"),
                                                            QgsProcessing.SourceType.TypeVector))
        self.addParameter(report_parameter())
        for name, text in (("TESTED", tr("Parcels tested")), ("FLIPS", tr("Proposals that change")),
                           ("AGREED_BEFORE", tr("Same as the verdict, before")), ("AGREED_THEN", tr("Same as the verdict, then"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            test = back_test(register, self.text(parameters, "PARAMETER", context), self.text(parameters, "VALUE", context),
                             scope_of(self, parameters, context), progress.part(0.0, 0.9))
        warn_of(feedback, test.warnings)
        output = write_table(self, parameters, context, "OUTPUT", FLIP_FIELDS, flip_rows(test), user_locale())
        page = self.give_report(parameters, context, feedback, back_test_page(test))
        return {"OUTPUT": output, "TESTED": test.tested, "FLIPS": len(test.flips), "AGREED_BEFORE": test.agreed[0],
                "AGREED_THEN": test.agreed[1], **page}
