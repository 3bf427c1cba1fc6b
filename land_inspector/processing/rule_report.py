"""land_inspector:rule_report"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
)

from ..exchange.rules_page import REPORT_FIELDS, report_rows, rules_page, scope_text
from ..i18n import tr, user_locale
from ..progress import Progress
from ..register.rule_reports import rule_report
from .base import RegisterAlgorithm, Results
from .parameters import register_parameter, report_parameter
from .scopes import add_scope_parameters, scope_of
from .table_sink import write_table


class RuleReportAlgorithm(RegisterAlgorithm):
    """REGISTER, BATCH or YEAR, MONTH, OUTPUT, REPORT → ROWS, JUDGED, AGREED, UNDONE."""

    NAME = "rule_report"

    def displayName(self) -> str:
        return tr("What the rules are worth")

    def shortHelpString(self) -> str:
        return tr("For each rule of each rule pack: how many parcels it proposed a verdict for, how many people agreed, what they said "
                  "instead and how many verdicts were taken back; in all, by township and by month. Shares have Wilson's 95 % interval, "
                  "and none is given below 20 verdicts.\n\nAgreement is not correctness: people follow proposals. Verdicts given before a "
                  "proposal stood are told apart as blind. Nothing is changed by this.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Rules"), QgsProcessing.SourceType.TypeVector))
        self.addParameter(report_parameter())
        for name, text in (("ROWS", tr("Rows")), ("JUDGED", tr("Judged beside a proposal")), ("AGREED", tr("Agreed")),
                           ("UNDONE", tr("Undone"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        scope = scope_of(self, parameters, context)
        with self.open_register(parameters, context) as register:
            report = rule_report(register, scope, progress.part(0.0, 0.9))
        rows = report_rows(report)
        output = write_table(self, parameters, context, "OUTPUT", REPORT_FIELDS, rows, user_locale())
        where = scope_text({tr("batch"): scope.batch, tr("year"): scope.year, tr("month"): scope.month})
        page = self.give_report(parameters, context, feedback, rules_page(report, where))
        return {"OUTPUT": output, "ROWS": len(rows), "JUDGED": sum(tally.judged for tally in report.total),
                "AGREED": sum(tally.agreed for tally in report.total), "UNDONE": sum(tally.undone for tally in report.total), **page}
