"""land_inspector:measure_red_line"""
from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterString,
)

from ..errors import message
from ..exchange.formats import html
from ..i18n import say, tr, user_locale
from ..law.areas import mu_text
from ..law.pack import Label
from ..progress import Progress
from ..register.ledger_rows import KNOWN, REFUSED, TAKEN
from ..register.matters import kind_named
from ..register.matters_measuring import Measurement, Outside, measure_outside, record_outside
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import DayParameter, advanced, by_parameter, day_text, register_parameter, report_parameter
from .table_sink import TableField, write_table

RED_LINE_FIELDS: Tuple[TableField, ...] = (
    ("TZBH", "text", Label("台账编号", "Number")), ("XZDM", "text", Label("乡镇代码", "Township code")),
    ("MJ_M2", "real", Label("图形面积（m²）", "Outline (m²)")), ("HXN_M2", "real", Label("红线内（m²）", "Inside (m²)")),
    ("HXW_M2", "real", Label("红线外（m²）", "Outside (m²)")), ("YDJ_M2", "real", Label("原登记（m²）", "Recorded before (m²)")),
    ("JG", "text", Label("结果", "Outcome")), ("SM", "text", Label("说明", "Why")))


class MeasureRedLine(RegisterAlgorithm):
    """REGISTER, KIND, INPUT, NAME, APPLY, DAY, BY, OUTPUT, REPORT → MEASURED, OUTSIDE, TAKEN, KNOWN, REFUSED, GROUP."""

    NAME = "measure_red_line"

    def displayName(self) -> str:
        return tr("Measure a ledger against its red line")

    def shortHelpString(self) -> str:
        return tr("How much of each open matter of a ledger lies outside the red line of a layer, measured as evidence is: "
                  "ground that the layer covers twice counts once. With “record” the areas become acts of the matters, as one "
                  "action, each naming the layer and its fingerprint; the same layer again records nothing. A matter without an "
                  "outline cannot be told, and says so.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("KIND", tr("Ledger (id of its kind)"), "park_land"))
        self.addParameter(QgsProcessingParameterString("INPUT", tr("Layer of the red line (file)")))
        self.addParameter(advanced(QgsProcessingParameterString("NAME", tr("Name of the layer (empty: of the file)"), optional=True)))
        self.addParameter(QgsProcessingParameterBoolean("APPLY", tr("Record what was measured"), False))
        self.addParameter(advanced(DayParameter("DAY", tr("As of (empty: today)"), optional=True)))
        self.addParameter(by_parameter())
        tables = QgsProcessing.SourceType.TypeVector
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Matter by matter"), tables, None, True))
        self.addParameter(report_parameter())
        for name, text in (("MEASURED", tr("Matters measured")), ("OUTSIDE", tr("Matters with land outside")), ("TAKEN", tr("Taken")),
                           ("KNOWN", tr("Known already")), ("REFUSED", tr("Refused"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        asked = day_text(parameters.get("DAY"))
        day = date.fromisoformat(asked) if asked else date.today()
        with self.open_register(parameters, context) as register:
            kind = kind_named(register, self.text(parameters, "KIND", context))
            found = measure_outside(register, kind, self.text(parameters, "INPUT", context), on=day,
                                    name=self.text(parameters, "NAME", context), progress=progress)
            if self.parameterAsBool(parameters, "APPLY", context):
                found = record_outside(register, found, on=day, by=self.acting_as(parameters, context))
        warn_of(feedback, [message("{number}: {reason}", number=row.matter.number, reason=row.reason) for row in found.of(REFUSED)
                           if row.reason is not None])
        output, lines = {}, [_line(row) for row in found.rows]
        if parameters.get("OUTPUT") not in (None, ""):
            output = {"OUTPUT": write_table(self, parameters, context, "OUTPUT", RED_LINE_FIELDS, lines, user_locale())}
        recorded = message("{n} matters were recorded (action {group}).", n=len(found.of(TAKEN)), group=found.recorded.group) \
            if found.recorded else None
        report = self.give_report(parameters, context, feedback, _page(found), recorded)
        measured = [row for row in found.rows if row.outside_m2 is not None]
        return {**output, "MEASURED": len(measured), "OUTSIDE": sum((row.outside_m2 or 0) > 0 for row in measured),
                "TAKEN": len(found.of(TAKEN)), "KNOWN": len(found.of(KNOWN)), "REFUSED": len(found.of(REFUSED)),
                "GROUP": found.recorded.group if found.recorded else "", **report}


def _words() -> Dict[str, str]:
    return {TAKEN: tr("taken"), KNOWN: tr("recorded before"), REFUSED: tr("refused")}


def _line(row: Outside) -> Dict[str, Any]:
    return {"TZBH": row.matter.number, "XZDM": row.matter.township, "MJ_M2": row.area_m2, "HXN_M2": row.inside_m2,
            "HXW_M2": row.outside_m2, "YDJ_M2": row.said_m2, "JG": _words()[row.status], "SM": say(row.reason) if row.reason else None}


def _page(found: Measurement) -> str:
    heads = [tr("Number"), tr("Outline (mu)"), tr("Inside (mu)"), tr("Outside (mu)"), tr("Outcome"), tr("Why not")]
    rows: List[List[str]] = []
    for row in found.rows:
        areas = ["—" if area is None else mu_text(area) for area in (row.area_m2, row.inside_m2, row.outside_m2)]
        rows.append([row.matter.number, *areas, _words()[row.status], say(row.reason) if row.reason else ""])
    return html.page(tr("{ledger}: outside the red line", ledger=say(found.kind.name)), [
        html.facts([(tr("Layer and fingerprint"), found.layer), (tr("Area method"), found.method)]),
        html.table(heads, rows, cells=("", "n", "n", "n"))])
