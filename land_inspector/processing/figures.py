"""Figures, as algorithms: the township table, the county's paragraph, why they differ, what others filled in, the
cheapest way under a line."""
from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from qgis.core import (
    QgsProcessing, QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber, QgsProcessingOutputString,
    QgsProcessingParameterFeatureSink, QgsProcessingParameterString,
)

from ..errors import InputError, message
from ..exchange.baskets import cheapest_page, plan_rows
from ..exchange.checks import Checked, Disagreement, check_export, check_summary, register_identities
from ..exchange.township_figures import COUNTY, FIELDS, STATION, TOWNSHIP, indicator_rows
from ..exchange.report_pages import (
    checks_page, difference_page, difference_text, paragraph_page, paragraph_text, reasons_text,
)
from ..i18n import say, tr, user_locale
from ..law.areas import percent_text, to_mu
from ..law.differences import Difference
from ..law.indicators import RATIOS
from ..law.rulepack import GROSS, Label, NET
from ..progress import Progress
from ..register.board import cheapest_plan, read_factors
from ..register.figures import Scope, explain, heading, paragraph
from ..register.register import Register, known_at_text
from ..register.settling import disputed_parcels
from .base import RegisterAlgorithm, Results, add_clock_parameters, add_scope_parameters, scope_of
from .batches import mapping_of
from .parameters import (
    ChoiceParameter, DayParameter, LayerOrFileParameter, advanced, batch_parameter, day_text, register_parameter,
    report_parameter, source_of,
)
from .outputs import TableField, write_table


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


class CountyParagraph(RegisterAlgorithm):
    """REGISTER, BATCH, YEAR, MONTH, QUARTER, KNOWN_AT, EFFECTIVE_ON, REPORT → TEXT, SCOPE."""

    NAME = "county_paragraph"

    def displayName(self) -> str:
        return tr("The county in words")

    def shortHelpString(self) -> str:
        return tr("Writes the paragraph with which a county reports its land enforcement: cases filed, handled and closed with their "
                  "rates, building area confiscated and demolished, fines paid, persons disciplined, land reclaimed. What did not happen "
                  "is left out.\n\n"
                  "The figures are those of the township table of the same scope and day. Of a year, the rates are those of the cases "
                  "whose clue fell into it, and everything else is what happened in it by its own date.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        add_clock_parameters(self)
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputString("TEXT", tr("Paragraph")))
        self.addOutput(QgsProcessingOutputString("SCOPE", tr("Scope and day")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        scope = scope_of(self, parameters, context)
        progress.step(0.0)
        with self.open_register(parameters, context) as register:
            text = paragraph_text(paragraph(register, scope))
            county = register.meta["county_name"]
        above = say(heading(scope))
        feedback.pushInfo(above)
        feedback.pushInfo(text)
        page = paragraph_page(county, above, text)
        return {"TEXT": text, "SCOPE": above, **self.give_report(parameters, context, feedback, page)}


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
        rows = [_difference_row(one) for one in report.patches]
        output = write_table(self, parameters, context, "OUTPUT", DIFFERENCE_FIELDS, rows, user_locale())
        return {"OUTPUT": output, "BEFORE": percent_text(report.before.value), "AFTER": percent_text(report.after.value),
                "PATCHES": len(report.patches), "TEXT": difference_text(report),
                **self.give_report(parameters, context, feedback, difference_page(report))}


def _difference_row(one: Difference) -> Dict[str, Any]:
    return {"JCBH": one.number, "XZDM": one.township, "YY": reasons_text(one), "YYDM": ",".join(one.reasons), "FZ_M2": one.numerator_m2,
            "FM_M2": one.denominator_m2}


FILLED_FIELDS: Tuple[TableField, ...] = (
    ("DKBH", "text", Label("地块编号", "Parcel")), ("ZD", "text", Label("字段", "Column")), ("ZDMC", "text", Label("字段名称", "Column name")),
    ("TB_MU", "real", Label("填报值（亩）", "In the table (mu)")), ("DJ_MU", "real", Label("登记值（亩）", "In the register (mu)")),
    ("CE_MU", "real", Label("差值（亩）", "Difference (mu)")), ("GZ", "text", Label("规则", "Rule")), ("YZCD", "text", Label("严重程度", "Severity")),
    ("HH", "integer", Label("行号", "Row")), ("SM", "text", Label("说明", "What does not agree")))


class CheckFigures(RegisterAlgorithm):
    """REGISTER, BATCH, TABLE, MAPPING, OUTPUT, REPORT → COMPARED, DISAGREEMENTS."""

    NAME = "check_figures"

    def displayName(self) -> str:
        return tr("Check a filled-in table against the register")

    def shortHelpString(self) -> str:
        return tr("Compares an export of the official system (Excel or CSV) with the register, parcel by parcel and column by column, and "
                  "lists what differs by more than 0.01 mu (R10). Children of split patches are compared with children only. It also "
                  "holds the table to the issued and the verified set (R36), to the parts that make a parcel (R09) and to the sums of "
                  "rectified and open land (R42, R43); summary tables are checked for those sums.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(LayerOrFileParameter("TABLE", tr("Filled-in table"), [QgsProcessing.SourceType.TypeVector]))
        self.addParameter(advanced(QgsProcessingParameterString("MAPPING", tr("Field mapping (JSON)"), multiLine=True, optional=True)))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Disagreements"), QgsProcessing.SourceType.TypeVector))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("COMPARED", tr("Figures compared")))
        self.addOutput(QgsProcessingOutputNumber("DISAGREEMENTS", tr("Disagreements")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._source = source_of(parameters.get("TABLE"), context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch = self.text(parameters, "BATCH", context)
        with self.open_register(parameters, context) as register:
            register.batch(batch)
            summed = check_summary(self._source)
            progress.step(0.2)
            checked = self._by_parcel(register, batch, parameters, context, bool(summed))
            progress.step(0.7)
            found = [*(checked.found if checked else ()), *summed, *register_identities(register, Scope(batch=batch))]
        output = write_table(self, parameters, context, "OUTPUT", FILLED_FIELDS, [_filled_row(one) for one in found], user_locale())
        progress.show(1.0)
        page = checks_page(checked.table.file if checked else Path(self._source.split("|")[0]).name, checked, found)
        return {"OUTPUT": output, "COMPARED": checked.compared if checked else 0, "DISAGREEMENTS": len(found),
                **self.give_report(parameters, context, feedback, page)}

    def _by_parcel(self, register: Register, batch: str, parameters: Dict[str, Any], context: QgsProcessingContext,
                   is_summary: bool) -> Optional[Checked]:
        try:
            return check_export(register, self._source, batch, mapping_of(self.text(parameters, "MAPPING", context)))
        except InputError:
            if is_summary:
                return None  # a table of townships has no parcels
            raise


def _filled_row(one: Disagreement) -> Dict[str, Any]:
    areas: List[Optional[float]] = [None if area is None else to_mu(area) for area in (one.filled_m2, one.register_m2)]
    both = None not in areas
    return {"DKBH": one.parcel or None, "ZD": one.column or None, "ZDMC": one.label.text(user_locale()) if one.label else None,
            "TB_MU": areas[0], "DJ_MU": areas[1], "CE_MU": (areas[0] or 0.0) - (areas[1] or 0.0) if both else None, "GZ": one.rule,
            "YZCD": one.severity, "HH": one.row, "SM": say(one.text)}


LEVELS = ("township", COUNTY)
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
