"""land_inspector:ledger_progress"""
from __future__ import annotations

from typing import Any, Dict, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
)

from ..errors import message
from ..exchange.ledger_progress import point_rows, progress_page, progressed
from ..i18n import tr, user_locale
from ..law.pack import Label
from ..progress import Progress
from ..register.matters import kind_named
from .base import RegisterAlgorithm, Results
from .parameters import DayParameter, advanced, day_text, register_parameter, report_parameter
from .table_sink import TableField, write_table

PROGRESS_FIELDS: Tuple[TableField, ...] = (
    ("DAY", "date", Label("日期", "Day")), ("COL", "text", Label("栏目", "Column")), ("NAME", "text", Label("指标", "Rate")),
    ("PC", "real", Label("百分比", "Per cent")), ("TXT", "text", Label("数值（分子/分母）", "As printed (parts)")))


class LedgerProgress(RegisterAlgorithm):
    """REGISTER, KIND, DAY, OUTPUT, REPORT → POINTS, REACHED, LATE."""

    NAME = "ledger_progress"

    def displayName(self) -> str:
        return tr("Progress of a ledger against its milestones")

    def shortHelpString(self) -> str:
        return tr("The rates that the milestones of a ledger's pack look at, month by month, each with numerator and denominator; and of "
                  "each milestone how far it had come on its day, since when it is reached, and by how many days early or late.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("KIND", tr("Ledger (id of its kind)"), "park_land"))
        self.addParameter(advanced(DayParameter("DAY", tr("As of (empty: today)"), optional=True)))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Curve"), QgsProcessing.SourceType.TypeVector))
        self.addParameter(report_parameter())
        for name, text in (("POINTS", tr("Points of the curve")), ("REACHED", tr("Milestones reached")), ("LATE", tr("Milestones missed"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        progress.step(0.0, message("Counting"))
        with self.open_register(parameters, context) as register:
            kind = kind_named(register, self.text(parameters, "KIND", context))
            found = progressed(register, kind, day_text(parameters.get("DAY")))
            county = register.meta["county_name"]
        output = write_table(self, parameters, context, "OUTPUT", PROGRESS_FIELDS, point_rows(found), user_locale())
        report = self.give_report(parameters, context, feedback, progress_page(county, found))
        late = sum(not one.is_reached and one.milestone.on < found.day for one in found.milestones)
        return {"OUTPUT": output, "POINTS": len(found.points), "REACHED": sum(one.is_reached for one in found.milestones), "LATE": late,
                **report}
