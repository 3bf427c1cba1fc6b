"""Cases and remedies, as algorithms: an office's ledger taken over, work lists, papers, subjects near the criminal line, rule packs."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from qgis.core import (
    QgsProcessing, QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber, QgsProcessingOutputString,
    QgsProcessingParameterBoolean, QgsProcessingParameterFeatureSink, QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination, QgsProcessingParameterNumber, QgsProcessingParameterString,
)

from ..errors import InputError, message
from ..exchange.case_folder import write_case_folder
from ..exchange.ledger_tables import read_ledger
from ..exchange.papers import (
    Outcome, TEMPLATE_CHECK, Templates, all_problems, drafted, give_out_templates, read_particulars, take_office_in,
    write_papers,
)
from ..exchange.report_pages import ledger_page
from ..exchange.wording import ground_text
from ..i18n import say, tr, user_locale
from ..law.areas import mu_text, to_mu, yuan
from ..law.rulepack import Label, parse
from ..law.papers.catalogue import Paper, paper_named
from ..law.penalties import LINES
from ..law.work_lists import DEFAULT_WITHIN_DAYS, Filter, LISTS, OVERDUE, WorkRow
from ..progress import Progress
from ..register.figures import heading
from ..register.ledger_import import take_over
from ..register.records import REFUSED
from ..register.papers import describe_case
from ..register.pursuing import PoliceLine, police_lines
from ..register.register import Register
from ..register.proposing import import_pack, pack_content
from ..register.views.papers import due_papers, facts_of, rows_named, rows_of_list
from ..register.work_lists import read_pursuit
from .base import (
    RegisterAlgorithm, Results, TakingOver, add_clock_parameters, add_scope_parameters, recorded_of, scope_of, tell_of,
    warn_of, what_became,
)
from .batches import mapping_of
from .parameters import ChoiceParameter, DayParameter, advanced, by_parameter, day_text, register_parameter
from .outputs import TableField, write_table


class ImportLedger(TakingOver):
    """REGISTER, BATCH, TABLE, MAPPING, DAY, BY, REPORT → ROWS, TAKEN, KNOWN, REFUSED, GROUP."""

    NAME = "import_ledger"

    def displayName(self) -> str:
        return tr("Take over a ledger of cases and rectification")

    def shortHelpString(self) -> str:
        return tr("Takes an office's case or rectification ledger (a workbook of any age, CSV, dBASE or a web page; all its "
                  "sheets) into the register: filing, decision, "
                  "closing, fines, demolition, confiscation, late approval, acceptance, persons. Headings such as 案件编号, 图斑编号, 立案时间, "
                  "罚款 下达/收缴（万元）, 拆除面积（亩）, 验收日期 are recognised in one or two lines; MAPPING names others: "
                  "{\"AJBH\": \"my heading\"}.\n\n"
                  "Each row is taken whole or refused with the reason. The whole table is one action, to be undone as one. The same row "
                  "again records nothing; a later state of the table records what is new. Steps of a case that a ledger does not tell are "
                  "recorded as inferred. Names of persons are not taken.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("BATCH", tr("Batch code, where the table does not name it"), optional=True))
        self.ask_for_table(tr("Ledger"))
        self.ask_who_and_say_what_became()

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        ledger = read_ledger(self._source, mapping_of(self.text(parameters, "MAPPING", context)), progress.part(0.0, 0.3))
        day = day_text(parameters.get("DAY"))
        with self.open_register(parameters, context) as register:
            progress.step(0.3, message("Taking over {n} rows", n=len(ledger.rows)))
            taken = take_over(register, ledger.rows, batch=self.text(parameters, "BATCH", context) or None,
                              day=date.fromisoformat(day) if day else None, by=self.acting_as(parameters, context),
                              progress=progress.part(0.3, 1.0))
        progress.show(1.0)
        tell_of(feedback, ledger.told, ledger.left)
        warn_of(feedback, [message("Row {row}: {reason}", row=one.row.place, reason=one.reason) for one in taken.of(REFUSED)])
        return {**what_became(taken),
                **self.give_report(parameters, context, feedback, ledger_page(ledger, taken), recorded_of(taken))}


_ENTRY_FIELDS: Tuple[TableField, ...] = (
    ("LIST", "text", Label("清单", "List")), ("DKBH", "text", Label("地块编号", "Parcel number")),
    ("JCBH", "text", Label("监测编号", "Patch number")), ("PCBH", "text", Label("批次编号", "Batch code")),
    ("XZDM", "text", Label("乡镇代码", "Township code")), ("XZMC", "text", Label("乡镇名称", "Township")),
    ("ZSDM", "text", Label("自然资源所", "Station")), ("WHAT", "text", Label("事项", "What")),
    ("GROUND", "text", Label("法律依据", "Legal ground")), ("DUE", "date", Label("期限", "Last day")),
    ("PROVIS", "integer", Label("期限暂定", "Provisional")), ("DAYS", "integer", Label("剩余天数", "Days left")),
    ("AREA_M2", "real", Label("面积(m²)", "Area (m²)")), ("AREA_MU", "real", Label("面积(亩)", "Area (mu)")),
    ("CULT_M2", "real", Label("其中耕地(m²)", "Cultivated (m²)")), ("CULT_MU", "real", Label("其中耕地(亩)", "Cultivated (mu)")),
    ("OWED", "real", Label("欠缴(元)", "Owed (yuan)")), ("SURCHARGE", "real", Label("其中加处罚款(元)", "Of it surcharge (yuan)")))


class WorkList(RegisterAlgorithm):
    """REGISTER, LIST, DAY, WITHIN_DAYS, TOWNSHIP, BATCH, OUTPUT → ROWS, PARCELS, AREA_M2, CULTIVATED_M2, OWED."""

    NAME = "work_list"

    def displayName(self) -> str:
        return tr("Work list")

    def shortHelpString(self) -> str:
        return tr("The rows of one work list over all parcels: what is overdue, due soon, waiting for the court, done but not accepted, "
                  "accepted too late, fines with the surcharge of the day, illegal without a case, in conflict with the plan, or under "
                  "supervision. The same rows as in the panel of cases and deadlines; no names of people.\n\n"
                  "A past day shows what was open then, by the events that speak of it or of days before; a day to come counts with what "
                  "is known now. In the totals land is counted once for each parcel.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        titles = [say(kind.title) for kind in LISTS.values()]
        self.addParameter(ChoiceParameter("LIST", tr("Work list"), tuple(LISTS), titles, OVERDUE))
        self.addParameter(DayParameter("DAY", tr("As of (empty: today)"), optional=True))
        self.addParameter(QgsProcessingParameterNumber("WITHIN_DAYS", tr("Due within so many days"), defaultValue=DEFAULT_WITHIN_DAYS,
                                                       minValue=0))
        self.addParameter(QgsProcessingParameterString("TOWNSHIP", tr("Township code (empty: all)"), optional=True))
        self.addParameter(QgsProcessingParameterString("BATCH", tr("Batch code (empty: all)"), optional=True))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Work list"), QgsProcessing.SourceType.TypeVector))
        for name, text in (("ROWS", tr("Rows")), ("PARCELS", tr("Parcels")), ("AREA_M2", tr("Area (m²)")),
                           ("CULTIVATED_M2", tr("Cultivated (m²)")), ("OWED", tr("Owed (yuan)"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        code = self.parameterDefinition("LIST").key(parameters.get("LIST"))
        asked = day_text(parameters.get("DAY"))
        day = date.fromisoformat(asked) if asked else date.today()
        with self.open_register(parameters, context) as register:
            pursuit = read_pursuit(register, day if day < date.today() else None, progress.part(0.0, 0.8))
        chosen = Filter(township=self.text(parameters, "TOWNSHIP", context) or None, batch=self.text(parameters, "BATCH", context) or None)
        rows = pursuit.table.rows(code, day, self.parameterAsInt(parameters, "WITHIN_DAYS", context), chosen)
        totals = pursuit.table.totals(rows, day)
        listed = [_record(code, pursuit.table.row(int(row), day)) for row in progress.part(0.8, 0.9).watch(rows.tolist())]
        output = write_table(self, parameters, context, "OUTPUT", _ENTRY_FIELDS, listed, user_locale())
        return {"OUTPUT": output, "ROWS": totals.rows, "PARCELS": totals.parcels, "AREA_M2": totals.land_m2,
                "CULTIVATED_M2": totals.cultivated_m2, "OWED": float(yuan(totals.fen))}


def _record(code: str, row: WorkRow) -> Dict[str, Any]:
    entry, place, fine = row.entry, row.place, row.fine
    values: List[Any] = [
        say(LISTS[code].title), place.number, place.patch, place.batch, place.township, place.township_name, place.station, say(entry.what),
        ground_text(entry.ground), entry.due_on, int(entry.provisional), row.days_left,
        entry.land_m2, to_mu(entry.land_m2), entry.cultivated_m2,
        to_mu(entry.cultivated_m2), None if fine is None else float(yuan(fine.owed_fen)),
        None if fine is None else float(yuan(fine.surcharge_fen))]
    return {name: value for (name, _kind, _label), value in zip(_ENTRY_FIELDS, values)}


def templates_parameter() -> QgsProcessingParameterFile:
    """TEMPLATES: the office's folder of Word templates; empty for the neutral forms."""
    return QgsProcessingParameterFile("TEMPLATES", tr("Folder of the office's templates (empty: neutral forms)"),
                                      QgsProcessingParameterFile.Behavior.Folder, optional=True)


def templates_folder(algorithm: RegisterAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext) -> Optional[Path]:
    """What TEMPLATES names; None for nothing."""
    text = algorithm.text(parameters, "TEMPLATES", context)
    return Path(text) if text else None


class WritePapers(RegisterAlgorithm):
    """REGISTER, CASE or LIST, KIND, TEMPLATES, FOLDER, DAY, PUBLIC, BY → WRITTEN, MISSING, REFUSED, TO_CORRECT."""

    NAME = "write_papers"
    KEPT = ("FOLDER",)

    def displayName(self) -> str:
        return tr("Write papers of cases")

    def shortHelpString(self) -> str:
        return tr("Writes papers (文书) of one case or of many as Word documents, from neutral forms or the office's own templates. CASE is "
                  "a case's number, or that of one of its parcels or patches, or of a matter of idle land; LIST is a work list (overdue, "
                  "due …) or several numbers. KIND is the name or code of a paper; empty writes every paper whose act was done.\n\n"
                  "Numbers are taken by the office's scheme, without gaps or doubles. What the register does not say is marked 【待填】 in the "
                  "paper and listed with everything that reviews of case files deduct points for (缺项与检查.csv). A patch that nobody "
                  "checked on site is never made the ground of a penalty. Papers name the parties, because the law wants it; the public "
                  "version masks them.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("CASE", tr("Case (number of the case, a parcel or a patch)"), optional=True))
        self.addParameter(QgsProcessingParameterString("LIST", tr("or list (a work list, or several numbers)"), optional=True,
                                                       multiLine=True))
        self.addParameter(QgsProcessingParameterString("KIND", tr("Kind of paper (empty: all whose act was done)"), optional=True))
        self.addParameter(templates_parameter())
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addParameter(advanced(DayParameter("DAY", tr("Day on which is written (empty: today)"), optional=True)))
        self.addParameter(advanced(QgsProcessingParameterBoolean("PUBLIC", tr("Public version, parties masked"), False)))
        self.addParameter(by_parameter())
        for name, text in (("WRITTEN", tr("Papers written")), ("MISSING", tr("Fields marked as missing")),
                           ("REFUSED", tr("Papers refused")), ("TO_CORRECT", tr("Findings to be put right"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        asked = day_text(parameters.get("DAY"))
        day = date.fromisoformat(asked) if asked else date.today()
        folder, by = Path(self.parameterAsString(parameters, "FOLDER", context)), self.acting_as(parameters, context)
        own = templates_folder(self, parameters, context)
        templates = Templates(own)
        for file, problem in all_problems(own) if own is not None else ():
            feedback.pushWarning(f"{file}: {say(problem)}")
        with self.open_register(parameters, context) as register:
            rows = self._rows(register, parameters, context, day, progress.part(0.0, 0.2))
            if not rows:
                feedback.pushWarning(say(message("No case stands on this list, so nothing was written.")))
            wanted = _wanted(register, rows, self.text(parameters, "KIND", context), day)
            for paper in dict.fromkeys(paper for _row, paper in wanted):
                templates.of(paper)
            take_office_in(register, own, by=by)
            drafts = drafted(register, wanted, templates, day, progress.part(0.2, 0.5))
            outcome = write_papers(register, drafts, folder, by=by, is_public=self.parameterAsBool(parameters, "PUBLIC", context),
                                   progress=progress.part(0.5, 1.0))
        _tell(outcome, feedback)
        return {"FOLDER": str(folder), "WRITTEN": len(outcome.written), "MISSING": outcome.missing, "REFUSED": len(outcome.refused),
                "TO_CORRECT": sum(found.severity == "E" for one in outcome.written for found in one.findings)}

    def _rows(self, register: Register, parameters: Dict[str, Any], context: QgsProcessingContext, day: date,
              progress: Progress) -> List[str]:
        case, listed = self.text(parameters, "CASE", context), self.text(parameters, "LIST", context)
        if bool(case) == bool(listed):
            raise InputError("Give a case or a list, one of the two.", "Fill in CASE for one case, LIST for many.")
        return rows_named(register, case)[:1] if case else rows_of_list(register, listed, day, progress)


def _wanted(register: Register, rows: Sequence[str], kind: str, day: date) -> List[Tuple[str, Paper]]:
    """(id of the case, paper) of everything that is to be written."""
    if not kind or kind.lower() in ("all", "全部"):
        return [(row, paper) for row in rows for paper in due_papers(facts_of(register, row, day))]
    chosen = [paper_named(name) for name in kind.replace("，", ",").replace("、", ",").split(",") if name.strip()]
    return [(row, paper) for row in rows for paper in chosen]


def _tell(outcome: Outcome, feedback: QgsProcessingFeedback) -> None:
    """What was refused, what is missing, what should be put right: said once more in the log."""
    for one in outcome.refused:
        feedback.pushWarning(say(message("{label}, {paper}: not written. {reason}", label=one.label, paper=one.paper.label,
                                         reason=one.reason)))
        feedback.pushInfo(say(one.remedy))
    for told in dict.fromkeys((say(one.text), say(one.remedy)) for paper in outcome.written for one in paper.findings
                              if one.check == TEMPLATE_CHECK):
        feedback.pushWarning(" ".join(told))
    for paper in outcome.written:
        if paper.missing:
            feedback.pushWarning(say(message("{label}, {paper}: marked as missing: {fields}", label=paper.label,
                                             paper=paper.paper.label,
                                             fields="、".join(paper.missing))))
        for found in (one for one in paper.findings if one.check != TEMPLATE_CHECK):
            tell = feedback.pushWarning if found.severity == "E" else feedback.pushInfo
            tell(f"{paper.label}, {say(paper.paper.label)}: {found.check} {say(found.text)} {say(found.remedy)}")


class PaperTemplates(RegisterAlgorithm):
    """FOLDER → TEMPLATES."""

    NAME = "paper_templates"
    KEPT = ("FOLDER",)

    def displayName(self) -> str:
        return tr("Give out the templates of papers")

    def shortHelpString(self) -> str:
        return tr("Copies the neutral templates of all papers into a folder, under their Chinese names, for the office to change in Word "
                  "or WPS, with the list of fields (字段清单.csv) and a form for how the office stands in its papers and numbers them "
                  "(机关信息.csv). What lies in the folder already stays as it is.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        self.addOutput(QgsProcessingOutputNumber("TEMPLATES", tr("Files written")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.parameterAsString(parameters, "FOLDER", context))
        return {"FOLDER": str(folder), "TEMPLATES": len(give_out_templates(folder))}


class CaseFileFolder(RegisterAlgorithm):
    """REGISTER, CASE, TEMPLATES, FOLDER → FILES, MISSING, DRAFTS."""

    NAME = "case_file"
    KEPT = ("FOLDER",)

    def displayName(self) -> str:
        return tr("Put the file of a case together")

    def shortHelpString(self) -> str:
        return tr("The file of a case (案卷) as one folder: cover, list of contents, then every paper and attachment in the order of case "
                  "files (正卷, 副卷), photos and remarks. Finished papers are those that came back; a paper that was only written goes in as "
                  "a draft, one that the acts ask for and that was never written stands in the list of contents as missing (缺). Pages are "
                  "numbered by hand after printing.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("CASE", tr("Case (number of the case, a parcel or a patch)")))
        self.addParameter(templates_parameter())
        self.addParameter(QgsProcessingParameterFolderDestination("FOLDER", tr("Folder")))
        for name, text in (("FILES", tr("Files")), ("MISSING", tr("Papers missing")), ("DRAFTS", tr("Papers not yet back"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.parameterAsString(parameters, "FOLDER", context))
        templates = Templates(templates_folder(self, parameters, context))
        with self.open_register(parameters, context) as register:
            row = rows_named(register, self.text(parameters, "CASE", context))[0]
            made = write_case_folder(register, row, folder, templates, date.today(), progress)
        return {"FOLDER": str(made.folder), "FILES": len(made.files), "MISSING": made.missing, "DRAFTS": made.drafts}


class DescribeCases(RegisterAlgorithm):
    """REGISTER, TABLE, BY → CASES, RECORDED."""

    NAME = "describe_cases"

    def displayName(self) -> str:
        return tr("Enter parties of cases from a table")

    def shortHelpString(self) -> str:
        return tr("Takes the parties of cases and what papers need beside the measured figures (bounds, owner of the land, buildings) from "
                  "a table with a column 案件编号: 名称, 类型 (个人 or 单位), 证照号码, 法定代表人, 地址, 电话, 四至, 土地所有权人, 建筑情况 … Several "
                  "lines of one case are several parties. What names a person is kept apart from the record.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("TABLE", tr("Table of parties")))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputNumber("CASES", tr("Cases")))
        self.addOutput(QgsProcessingOutputNumber("RECORDED", tr("Recorded")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        said, by = read_particulars(Path(self.text(parameters, "TABLE", context))), self.acting_as(parameters, context)
        with self.open_register(parameters, context) as register:
            rows = {case: rows_named(register, case)[0] for case in said}
            told = [describe_case(register, rows[case], *said[case], by=by) for case in progress.watch(list(said))]
        return {"CASES": len(said), "RECORDED": sum(bool(one.events) for one in told)}


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


class ImportRulepack(RegisterAlgorithm):
    """REGISTER, PACK, BY → DIGEST, GROUP."""

    NAME = "import_rulepack"

    def displayName(self) -> str:
        return tr("Import a rule pack")

    def shortHelpString(self) -> str:
        return tr("Brings a bureau's own rule pack (thresholds, tolerances, deadlines, codes as JSON) into the register, where "
                  "it stays with its digest, so that a judgement can be explained years later. The shipped packs stay as they "
                  "are. The same pack again changes nothing.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("PACK", tr("Rule pack"), extension="json"))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("DIGEST", tr("Digest of the pack")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        path = Path(self.text(parameters, "PACK", context))
        content = pack_content(path)
        with self.open_register(parameters, context) as register:
            recorded = import_pack(register, content, path.name, by=self.acting_as(parameters, context))
        progress.show(1.0)
        return {"DIGEST": parse(content, path.name).digest, "GROUP": recorded.group}
