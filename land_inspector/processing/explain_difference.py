"""land_inspector:explain_difference"""
from __future__ import annotations

from typing import Any, Dict, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
)

from ..exchange.report_pages import difference_page, difference_text, reasons_text
from ..i18n import tr, user_locale
from ..law.areas import percent_text
from ..law.differences import Difference
from ..law.indicators import RATIOS
from ..law.pack import Label
from ..progress import Progress
from ..register.figures import explain
from .base import RegisterAlgorithm, Results
from .parameters import ChoiceParameter, register_parameter, report_parameter
from .scopes import add_clock_parameters, add_scope_parameters, scope_of
from .table_sink import TableField, write_table

DIFFERENCE_FIELDS: Tuple[TableField, ...] = (
    ("JCBH", "text", Label("图斑编号", "Patch")), ("XZDM", "text", Label("乡镇代码", "Township code")), ("YY", "text", Label("原因", "Reason")),
    ("YYDM", "text", Label("原因代码", "Reason codes")), ("FZ_M2", "real", Label("分子变化（平方米）", "Change of the numerator (m²)")),
    ("FM_M2", "real", Label("分母变化（平方米）", "Change of the denominator (m²)")))


class ExplainDifference(RegisterAlgorithm):
    """REGISTER, INDICATOR, TOWNSHIP, scope, KNOWN_AT_1, EFFECTIVE_ON_1, KNOWN_AT_2, EFFECTIVE_ON_2, OUTPUT, REPORT
    → BEFORE, AFTER, PATCHES, TEXT."""

    NAME = "explain_difference"

    def displayName(self) -> str:
        return tr("Explain why an indicator differs")

    def shortHelpString(self) -> str:
        return tr("Takes one of the ratios r1 to r6 in two states of the register, as known at a moment and effective on a day each, and "
                  "lists every patch that makes the difference with the reason: new, split, judged otherwise, accepted, measured again, "
                  "issued again. The changes of the patches add up to the change of the ratio's numerator and denominator.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(ChoiceParameter("INDICATOR", tr("Indicator"), RATIOS, RATIOS, "r4"))
        self.addParameter(QgsProcessingParameterString("TOWNSHIP", tr("Township code (empty: the county)"), optional=True))
        add_scope_parameters(self)
        add_clock_parameters(self, "_1")
        add_clock_parameters(self, "_2")
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Patches that differ"), QgsProcessing.SourceType.TypeVector))
        self.addParameter(report_parameter())
        for name, text in (("BEFORE", tr("Before, %")), ("AFTER", tr("After, %")), ("TEXT", tr("In one line"))):
            self.addOutput(QgsProcessingOutputString(name, text))
        self.addOutput(QgsProcessingOutputNumber("PATCHES", tr("Patches")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        indicator = self.parameterDefinition("INDICATOR").key(parameters.get("INDICATOR"))
        progress.step(0.0)
        with self.open_register(parameters, context) as register:
            report = explain(register, scope_of(self, parameters, context, "_1"), scope_of(self, parameters, context, "_2"), indicator,
                             self.text(parameters, "TOWNSHIP", context) or None)
        progress.step(0.9)
        output = write_table(self, parameters, context, "OUTPUT", DIFFERENCE_FIELDS, [_row(one) for one in report.patches], user_locale())
        return {"OUTPUT": output, "BEFORE": percent_text(report.before.value), "AFTER": percent_text(report.after.value),
                "PATCHES": len(report.patches), "TEXT": difference_text(report),
                **self.give_report(parameters, context, feedback, difference_page(report))}


def _row(one: Difference) -> Dict[str, Any]:
    return {"JCBH": one.number, "XZDM": one.township, "YY": reasons_text(one), "YYDM": ",".join(one.reasons), "FZ_M2": one.numerator_m2,
            "FM_M2": one.denominator_m2}
