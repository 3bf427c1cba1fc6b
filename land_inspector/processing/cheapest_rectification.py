"""land_inspector:cheapest_rectification"""
from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Dict, List, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
)

from ..errors import InputError, message
from ..exchange.cheapest_pages import cheapest_page, plan_rows
from ..i18n import tr, user_locale
from ..exchange.indicator_table import COUNTY
from ..law.pack import GROSS, NET, Label
from ..progress import Progress
from ..register.cheapest_sets import cheapest_plan, read_factors
from .base import RegisterAlgorithm, Results
from .parameters import ChoiceParameter, DayParameter, advanced, day_text, register_parameter, report_parameter
from .scopes import add_scope_parameters, scope_of
from .table_sink import TableField, write_table

LEVELS = ("township", COUNTY)
MODES = ("pack", NET, GROSS)
CHEAPEST_FIELDS: Tuple[TableField, ...] = (
    ("XZDM", "text", Label("乡镇代码", "Township code")), ("XZMC", "text", Label("乡镇名称", "Township")),
    ("DKBH", "text", Label("地块编号", "Parcel")), ("JCBH", "text", Label("监测编号", "Patch")),
    ("XQ", "integer", Label("列入", "In the set")), ("FS", "text", Label("方式", "Manner")),
    ("JY_MU", "real", Label("减少耕地（亩）", "Cultivated land it takes out (mu)")), ("FY", "real", Label("费用（元）", "Cost (yuan)")),
    ("TS", "integer", Label("所需天数", "Days needed")), ("ZC", "text", Label("最迟开始", "Latest start")),
    ("CX", "integer", Label("次优方案", "In the runner-up")), ("LY", "text", Label("理由", "Why")))


class CheapestRectification(RegisterAlgorithm):
    """REGISTER, BATCH or YEAR, LEVEL, LINE, CUT_OFF, FACTORS, DENOMINATOR, OUTPUT, REPORT → COST, REACHED, BOUND, PARCELS."""

    NAME = "cheapest_rectification"

    def displayName(self) -> str:
        return tr("The cheapest way under a line")

    def shortHelpString(self) -> str:
        return tr("Which illegal parcels, rectified and accepted by the cut-off, bring each township (or the county) below a line of the "
                  "rule pack at the least cost. Computed exactly over cultivated land (r4); BOUND is what no set can undercut.\n\n"
                  "Costs come from the building area, the use and the office's factors (JSON or a file; the shipped ones are only to begin "
                  "with). Parcels that the procedure cannot finish in time are out, with the reason; so is what nobody measured. Where a "
                  "line cannot be reached it is said, with the best that can. The report shows the runner-up and what other lines would "
                  "cost. The register is not touched. It needs SciPy, an optional library.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        self.addParameter(ChoiceParameter("LEVEL", tr("Below the line"), LEVELS, [tr("Every township"), tr("The county")], LEVELS[0]))
        self.addParameter(QgsProcessingParameterString("LINE", tr("Line of the rule pack (its code)"), "linhai"))
        self.addParameter(DayParameter("CUT_OFF", tr("Cut-off")))
        self.addParameter(QgsProcessingParameterString("FACTORS", tr("Factors of cost (JSON, or a file)"), multiLine=True, optional=True))
        self.addParameter(advanced(DayParameter("DAY", tr("As of (empty: today)"), optional=True)))
        self.addParameter(advanced(ChoiceParameter(
            "DENOMINATOR", tr("Denominator after deduction"), MODES,
            [tr("As the rule pack says"), tr("Net: deducted land leaves it"), tr("Gross: it stays whole")], "pack")))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Parcels in and out"), QgsProcessing.SourceType.TypeVector))
        self.addParameter(report_parameter())
        for name, text in (("COST", tr("Cost (yuan)")), ("REACHED", tr("Reached (1) or not (0)")),
                           ("BOUND", tr("No set costs less than (yuan)")), ("PARCELS", tr("Parcels in the set"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        cut_off, day = day_text(parameters.get("CUT_OFF")), day_text(parameters.get("DAY"))
        if cut_off is None:
            raise InputError("The cut-off is missing.", "Give the day by which everything must be accepted.")
        factors = read_factors(self.text(parameters, "FACTORS", context))
        mode = self.parameterDefinition("DENOMINATOR").key(parameters.get("DENOMINATOR"))
        progress.step(0.0, message("Reading the register"))
        with self.open_register(parameters, context) as register:
            plan = cheapest_plan(register, replace(scope_of(self, parameters, context), effective_on=day),
                                 self.parameterDefinition("LEVEL").key(parameters.get("LEVEL")), self.text(parameters, "LINE", context),
                                 date.fromisoformat(cut_off), factors, None if mode == "pack" else mode,
                                 date.fromisoformat(day) if day else None)
        progress.step(0.8)
        rows: List[Dict[str, Any]] = plan_rows(plan)
        output = write_table(self, parameters, context, "OUTPUT", CHEAPEST_FIELDS, rows, user_locale())
        report = self.give_report(parameters, context, feedback, cheapest_page(plan, rows))
        if not plan.answer.is_reached:
            feedback.pushWarning(tr("The line cannot be reached everywhere; the set is the best that can be done."))
        progress.show(1.0)
        answer = plan.answer
        return {"OUTPUT": output, "COST": answer.fen / 100, "REACHED": int(answer.is_reached), "BOUND": answer.bound_fen / 100,
                "PARCELS": sum(len(chosen.options) for chosen in plan.answer.areas), **report}
