"""land_inspector:close_month"""
from __future__ import annotations

from datetime import date
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
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
)

from ..errors import message
from ..exchange.month_end import EXPORTS, close_month, obstacles_page
from ..i18n import say, tr, user_locale
from ..law.pack import Label
from ..progress import Progress
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import DayParameter, advanced, batch_parameter, by_parameter, day_text, labels_of, register_parameter, report_parameter
from .table_sink import TableField, write_table

OPEN_FIELDS: Tuple[TableField, ...] = (
    ("DKBH", "text", Label("地块编号", "Parcel")), ("GZ", "text", Label("规则", "Rule")), ("YZCD", "text", Label("严重程度", "Severity")),
    ("SM", "text", Label("说明", "What it is about")))


class CloseMonth(RegisterAlgorithm):
    """REGISTER, BATCH, DAY, EXPORTS, IN_SPITE, INCLUDE_USERS, BY, FOLDER, OUTPUT, REPORT → CLOSED, BLOCKING, FILES, FOLDER, GROUP."""

    NAME = "close_month"

    def displayName(self) -> str:
        return tr("Month's end in one go")

    def shortHelpString(self) -> str:
        return tr("Checks a batch (particulars owed R33, monthly clearing R39, sums R42 and R43, what nobody judged or measured, returned "
                  "patches), lists what stands in the way, freezes the batch and writes the exports of the office's choice (layers, "
                  "workbook, patches) into one dated folder, with a list of contents and digests.\n\n"
                  "Where something stands in the way, nothing is frozen or written unless “in spite of it” is chosen. A folder of the day "
                  "that is there already is never overwritten.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(advanced(DayParameter("DAY", tr("As of (empty: today)"), optional=True)))
        self.addParameter(QgsProcessingParameterString("EXPORTS", tr("Exports: layers, workbook, patches"), ", ".join(EXPORTS)))
        self.addParameter(QgsProcessingParameterBoolean("IN_SPITE", tr("Close in spite of what stands in the way"), False))
        self.addParameter(QgsProcessingParameterBoolean("INCLUDE_USERS", tr("Include land users, who may be persons"), False))
        self.addParameter(by_parameter())
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("What stands in the way"), QgsProcessing.SourceType.TypeVector,
                                                            None, True))
        self.addParameter(report_parameter())
        for name, text in (("CLOSED", tr("Closed (1) or not (0)")), ("BLOCKING", tr("Things that stand in the way")),
                           ("FILES", tr("Files"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))
        self.addOutput(QgsProcessingOutputString("PLACE", tr("Dated folder")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch, day = self.text(parameters, "BATCH", context), day_text(parameters.get("DAY"))
        folder = Path(self.parameterAsString(parameters, "FOLDER", context))
        with self.open_register(parameters, context) as register:
            closed = close_month(
                register, batch, folder, day=date.fromisoformat(day) if day else None,
                exports=labels_of(self.text(parameters, "EXPORTS", context)),
                in_spite=self.parameterAsBool(parameters, "IN_SPITE", context),
                with_users=self.parameterAsBool(parameters, "INCLUDE_USERS", context), by=self.acting_as(parameters, context),
                progress=progress)
        warn_of(feedback, [message("{parcel}: {reason}", parcel=one.parcel or "—", reason=one.text) for one in closed.obstacles])
        output = {}
        if parameters.get("OUTPUT") not in (None, ""):
            rows = [{"DKBH": one.parcel or None, "GZ": one.rule, "YZCD": one.severity, "SM": say(one.text)} for one in closed.obstacles]
            output = {"OUTPUT": write_table(self, parameters, context, "OUTPUT", OPEN_FIELDS, rows, user_locale())}
        recorded = None
        if closed.is_closed:
            recorded = message("Batch {batch} is frozen (action {group}).", batch=batch, group=closed.group or "-")
        report = self.give_report(parameters, context, feedback, obstacles_page(batch, closed), recorded)
        return {**output, "CLOSED": int(closed.is_closed), "BLOCKING": closed.blocking, "FILES": len(closed.files), "FOLDER": str(folder),
                "PLACE": str(closed.folder or ""), "GROUP": closed.group or "", **report}
