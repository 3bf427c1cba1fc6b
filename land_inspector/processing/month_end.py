"""What a month gives out, as algorithms: the township package, the workbook and its way back, the bulletin, and the
closing of the batch."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Tuple

from qgis.core import (
    QgsProcessing, QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputFile, QgsProcessingOutputNumber,
    QgsProcessingOutputString, QgsProcessingParameterBoolean, QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFile, QgsProcessingParameterFileDestination, QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
)

from ..errors import message
from ..exchange.atomic_files import made_folder, write_whole
from ..exchange.bulletin import our_template, write_bulletin
from ..exchange.month_end import EXPORTS, close_month, obstacles_page
from ..exchange.month_workbook import (
    CONFLICT, KNOWN, REFUSED, TAKE, edit_rows, review_workbook, take_back, write_month_workbook,
)
from ..exchange.publishing import publish_townships
from ..exchange.report_pages import returned_page, status_word
from ..exchange.township_package import Layout
from ..i18n import say, tr, user_locale
from ..law.rulepack import Label
from ..progress import Progress
from .base import RegisterAlgorithm, Results, add_clock_parameters, add_scope_parameters, scope_of, warn_of
from .parameters import (
    DayParameter, advanced, batch_parameter, by_parameter, day_text, effective_parameter, labels_of, register_parameter,
    report_parameter,
)
from .outputs import TableField, write_table


def _layout() -> List[Tuple[str, str]]:
    """Parameters in the order of :class:`~land_inspector.exchange.township_package.Layout`."""
    return [("EACH_FILE", tr("A GeoPackage for each township")), ("CHINESE_NAMES", tr("Fields under their Chinese names")),
            ("REMAINS", tr("With what remains, and its style")), ("PROJECT", tr("A QGIS project that opens on the layers")),
            ("SHAPEFILES", tr("Shapefiles beside them"))]


class ExportTownships(RegisterAlgorithm):
    """REGISTER, FOLDER, KNOWN_AT, EFFECTIVE_ON, scope, LIST_EACH, INCLUDE_USERS, the layout → GPKG, WORKBOOK, TOWNSHIP_COUNT, PARCELS."""

    NAME = "export_townships"
    KEPT = ("FOLDER",)

    def displayName(self) -> str:
        return tr("Give out township layers and workbook")

    def shortHelpString(self) -> str:
        return tr("Writes townships.gpkg (a styled layer of parcels for each township and a summary layer with counts, areas and "
                  "the ratios r1 and r2) and townships.xlsx (the township table, the patch list, the terms) into a folder.\n\n"
                  "With a moment or a day the figures are those known by then, or effective then; both are printed. Every figure "
                  "is read back and compared with the register before a file appears; older files are replaced only then. "
                  "Names of land users are left out unless they are asked for.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(DayParameter("KNOWN_AT", tr("Known at (empty: now)"), optional=True, moment=True))
        self.addParameter(DayParameter("EFFECTIVE_ON", tr("Effective on (empty: today)"), optional=True))
        add_scope_parameters(self)
        self.addParameter(QgsProcessingParameterBoolean("LIST_EACH", tr("A patch list for each township"), False))
        self.addParameter(QgsProcessingParameterBoolean("INCLUDE_USERS", tr("Include land users, who may be persons"), False))
        for name, text in _layout():
            self.addParameter(advanced(QgsProcessingParameterBoolean(name, text, False)))
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addOutput(QgsProcessingOutputFile("GPKG", tr("Township layers")))
        self.addOutput(QgsProcessingOutputFile("WORKBOOK", tr("Workbook")))
        self.addOutput(QgsProcessingOutputNumber("TOWNSHIP_COUNT", tr("Townships")))
        self.addOutput(QgsProcessingOutputNumber("PARCELS", tr("Parcels")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.parameterAsString(parameters, "FOLDER", context))
        made_folder(folder)
        with self.open_register(parameters, context) as register:
            given = publish_townships(
                register, folder, language=user_locale(), scope=scope_of(self, parameters, context),
                with_users=self.parameterAsBool(parameters, "INCLUDE_USERS", context),
                list_each=self.parameterAsBool(parameters, "LIST_EACH", context),
                layout=Layout(*(self.parameterAsBool(parameters, name, context) for name, _text in _layout())), progress=progress)
        return {"FOLDER": str(folder), "GPKG": str(given.package), "WORKBOOK": str(given.workbook),
                "TOWNSHIP_COUNT": len(given.figures.rows), "PARCELS": given.figures.total.figures["parcels"]}


class ExportWorkbook(RegisterAlgorithm):
    """REGISTER, scope, KNOWN_AT, EFFECTIVE_ON, LIST_EACH, WITH_M2, INCLUDE_USERS, OUTPUT → OUTPUT, PARCELS, ILLEGAL."""

    NAME = "export_workbook"

    def displayName(self) -> str:
        return tr("Give out the month's workbook")

    def shortHelpString(self) -> str:
        return tr("Writes the official tables by township (issued and judged, ratios, rectification, cases and enforcement, patches by "
                  "township, illegal clues), the list of illegal parcels, the cases and the checks into one Excel workbook that prints on "
                  "A4 landscape. Areas are in mu, as numbers with two decimals, with m² beside them on wish.\n\n"
                  "The list of illegal parcels may be edited and taken back with “Take back an edited workbook”: keep its hidden column. "
                  "Scope, moment, day and the seal of the register stand on every sheet. Names of land users are left out unless they are "
                  "asked for.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        add_clock_parameters(self)
        self.addParameter(QgsProcessingParameterBoolean("LIST_EACH", tr("A patch list for each township"), False))
        self.addParameter(QgsProcessingParameterBoolean("WITH_M2", tr("Square metres beside the mu"), False))
        self.addParameter(QgsProcessingParameterBoolean("INCLUDE_USERS", tr("Include land users, who may be persons"), False))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Workbook"), "Excel (*.xlsx)"))
        self.addOutput(QgsProcessingOutputNumber("PARCELS", tr("Parcels")))
        self.addOutput(QgsProcessingOutputNumber("ILLEGAL", tr("Illegal parcels")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        output = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        with self.open_register(parameters, context) as register:
            figures = write_month_workbook(
                register, Path(output), scope_of(self, parameters, context), user_locale(),
                with_users=self.parameterAsBool(parameters, "INCLUDE_USERS", context),
                list_each=self.parameterAsBool(parameters, "LIST_EACH", context),
                with_m2=self.parameterAsBool(parameters, "WITH_M2", context), progress=progress)
        return {"OUTPUT": output, "PARCELS": figures.total.figures["parcels"], "ILLEGAL": figures.total.figures["illegal"]}


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


class WriteBulletin(RegisterAlgorithm):
    """REGISTER, BATCH, YEAR, MONTH, QUARTER, KNOWN_AT, EFFECTIVE_ON, TEMPLATE, OUTPUT, OUR_TEMPLATE → TEXT, TOWNSHIPS, OVER,
    MUST_REPORT."""

    NAME = "write_bulletin"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Write the bulletin")

    def shortHelpString(self) -> str:
        return tr("Writes two printable pages for a meeting: the county in words, the townships by their distance to the line, what is "
                  "new, rectified and overdue, who must report, chart and map, and a line for each ledger that is kept. No person is "
                  "named.\n\n"
                  "As .docx it fills a template that the office can change in Word or WPS (without one, ours; it can be saved to "
                  "begin with); as .pdf it is laid out at once. Unknown fields of a template are shown before anything is written.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        add_clock_parameters(self)
        self.addParameter(QgsProcessingParameterFile("TEMPLATE", tr("Template (empty: ours)"), extension="docx", optional=True))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Bulletin"), "Word (*.docx);;PDF (*.pdf)"))
        self.addParameter(advanced(QgsProcessingParameterFileDestination("OUR_TEMPLATE", tr("Save our template, to be changed"),
                                                                         "Word (*.docx)", optional=True, createByDefault=False)))
        self.addOutput(QgsProcessingOutputString("TEXT", tr("Paragraph")))
        self.addOutput(QgsProcessingOutputNumber("TOWNSHIPS", tr("Townships")))
        self.addOutput(QgsProcessingOutputNumber("OVER", tr("Over their line")))
        self.addOutput(QgsProcessingOutputNumber("MUST_REPORT", tr("Must report")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        template = self.text(parameters, "TEMPLATE", context)
        target = Path(self.parameterAsFileOutput(parameters, "OUTPUT", context))
        ours = self.parameterAsFileOutput(parameters, "OUR_TEMPLATE", context)
        with self.open_register(parameters, context) as register:
            found, said = write_bulletin(register, scope_of(self, parameters, context), Path(template) if template else None, target,
                                         self.inputs, progress)
        if ours:
            write_whole(Path(ours), our_template(), self.inputs)
        warn_of(feedback, said)
        feedback.pushInfo(found.scope_line)
        over = sum(place.below is not None and place.below < 0 for place in found.places)
        return {"OUTPUT": str(target), **({"OUR_TEMPLATE": ours} if ours else {}), "TEXT": found.text, "TOWNSHIPS": len(found.places),
                "OVER": over, "MUST_REPORT": sum(bool(place.reasons) for place in found.places)}


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
