"""land_inspector:take_back_workbook"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFile,
)

from ..errors import message
from ..exchange.report_pages import returned_page, status_word
from ..exchange.workbook_return import CONFLICT, KNOWN, REFUSED, TAKE, edit_rows, review_workbook, take_back
from ..i18n import say, tr, user_locale
from ..law.pack import Label
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import by_parameter, day_text, effective_parameter, register_parameter, report_parameter
from .table_sink import TableField, write_table

EDIT_FIELDS: Tuple[TableField, ...] = (
    ("HH", "integer", Label("行号", "Row")), ("DKBH", "text", Label("地块编号", "Parcel")), ("ZD", "text", Label("字段", "Column")),
    ("YZ", "text", Label("导出时", "When given out")), ("XZ", "text", Label("现在", "Now")), ("DJ", "text", Label("登记值", "In the register")),
    ("ZT", "text", Label("结果", "Outcome")), ("SM", "text", Label("说明", "Why")))


class TakeBackWorkbook(RegisterAlgorithm):
    """REGISTER, TABLE, APPLY, EFFECTIVE_ON, BY, OUTPUT, REPORT → ROWS, TAKEN, KNOWN, CONFLICTS, REFUSED, GROUP."""

    NAME = "take_back_workbook"

    def displayName(self) -> str:
        return tr("Take back an edited workbook")

    def shortHelpString(self) -> str:
        return tr("Reads a month's workbook in which people edited the list of illegal parcels (project, land user, use, areas, day of "
                  "building, major case, grounds), saved by Excel, WPS or LibreOffice, and lists every edited cell.\n\n"
                  "Without “record” nothing is changed: the table shows what would come of each cell. With it the edits are recorded as "
                  "verdicts, one action for each batch, undone in one step. A cell that somebody else changed in the register meanwhile "
                  "is a conflict and stays out; the same workbook again changes nothing.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("TABLE", tr("Edited workbook"), fileFilter="Excel, ODS (*.xlsx *.xls *.ods *.et)"))
        self.addParameter(QgsProcessingParameterBoolean("APPLY", tr("Record what can be taken"), False))
        self.addParameter(effective_parameter())
        self.addParameter(by_parameter())
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Edited cells"), QgsProcessing.SourceType.TypeVector,
                                                            None, True))
        self.addParameter(report_parameter())
        for name, text in (("ROWS", tr("Rows")), ("TAKEN", tr("Cells taken, or to be taken")), ("KNOWN", tr("Known already")),
                           ("CONFLICTS", tr("Conflicts")), ("REFUSED", tr("Refused"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        path, applied = Path(self.text(parameters, "TABLE", context)), self.parameterAsBool(parameters, "APPLY", context)
        progress.step(0.0)
        with self.open_register(parameters, context) as register:
            found = take_back(register, path, self.acting_as(parameters, context), day_text(parameters.get("EFFECTIVE_ON"))) if applied \
                else review_workbook(register, path)
        progress.show(0.9)
        rows = [{**row, "ZT": status_word(row["ZT"], applied), "SM": say(row["SM"]) if row["SM"] else None} for row in edit_rows(found)]
        output = {}
        if parameters.get("OUTPUT") not in (None, ""):
            output = {"OUTPUT": write_table(self, parameters, context, "OUTPUT", EDIT_FIELDS, rows, user_locale())}
        warn_of(feedback, [message("Row {row}: {reason}", row=one.row, reason=one.reason) for one in found.edits if one.reason is not None])
        recorded = message("{n} edited cells were recorded (action {group}).", n=len(found.of(TAKE)), group=", ".join(found.groups)) \
            if found.groups else None
        report = self.give_report(parameters, context, feedback, returned_page(found, applied), recorded)
        return {**output, "ROWS": found.rows, "TAKEN": len(found.of(TAKE)), "KNOWN": len(found.of(KNOWN)),
                "CONFLICTS": len(found.of(CONFLICT)), "REFUSED": len(found.of(REFUSED)), "GROUP": found.groups[0] if found.groups else "",
                **report}
