"""land_inspector:police_lines"""
from __future__ import annotations

from typing import Any, Dict, List

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSink,
)

from ..i18n import say, tr, user_locale
from ..law.areas import mu_text
from ..law.pack import Label
from ..law.penalties import LINES
from ..progress import Progress
from ..register.figures import heading
from ..register.police_lines import PoliceLine, police_lines
from .base import RegisterAlgorithm, Results
from .parameters import register_parameter
from .scopes import add_clock_parameters, add_scope_parameters, scope_of
from .table_sink import write_table

_POLICE_FIELDS = [
    ("YDDW", "text", Label("用地单位", "Land user")), ("DKBH", "text", Label("地块编号", "Parcels")),
    ("DK_S", "integer", Label("地块数", "Number of parcels")), ("YN_M2", "real", Label("永久基本农田（平方米）", "Permanent farmland (m²)")),
    ("YN_MU", "text", Label("永久基本农田（亩）", "Permanent farmland (mu)")),
    ("QTGD_M2", "real", Label("其他耕地（平方米）", "Other cultivated land (m²)")),
    ("QTGD_MU", "text", Label("其他耕地（亩）", "Other cultivated land (mu)")), ("BZX", "text", Label("达到的标准", "Lines reached"))]


class PoliceLines(RegisterAlgorithm):
    """REGISTER, BATCH, YEAR, MONTH, QUARTER, KNOWN_AT, EFFECTIVE_ON, NAMES, OUTPUT → ROWS."""

    NAME = "police_lines"

    def displayName(self) -> str:
        return tr("Subjects that reach a line of the criminal law")

    def shortHelpString(self) -> str:
        return tr("Adds up what each land user did without a decision that stands, within a year of each other, and lists those who reach "
                  "a line of the criminal law: occupied farmland (Art. 342), transfer (Art. 228), unlawful approval (Art. 410). The "
                  "lines are the rule pack's. A hint for a person to judge; nothing is handed to the police by it.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        add_clock_parameters(self)
        self.addParameter(QgsProcessingParameterBoolean("NAMES", tr("With names of persons"), False))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Subjects"), QgsProcessing.SourceType.TypeVector))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        scope = scope_of(self, parameters, context)
        feedback.pushInfo(say(heading(scope)))
        with self.open_register(parameters, context) as register:
            found = police_lines(register, scope, self.parameterAsBool(parameters, "NAMES", context))
        rows: List[Dict[str, Any]] = [_row(one, user_locale()) for one in found]
        return {"OUTPUT": write_table(self, parameters, context, "OUTPUT", _POLICE_FIELDS, rows, user_locale()), "ROWS": len(rows)}


def _row(one: PoliceLine, language: str) -> Dict[str, Any]:
    flag = one.flag
    return {"YDDW": one.subject, "DKBH": ", ".join(one.numbers), "DK_S": len(one.numbers), "YN_M2": flag.farmland_m2,
            "YN_MU": mu_text(flag.farmland_m2), "QTGD_M2": flag.other_cultivated_m2, "QTGD_MU": mu_text(flag.other_cultivated_m2),
            "BZX": "; ".join(LINES[line].text(language) for line in flag.lines)}
