"""land_inspector:write_papers, :paper_templates, :case_file, :describe_cases"""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
)

from ..errors import InputError, message
from ..exchange.case_folder import write_case_folder
from ..exchange.papers import (
    TEMPLATE_CHECK, Outcome, Templates, all_problems, drafted, give_out_templates, read_particulars, take_office_in, write_papers,
)
from ..i18n import say, tr
from ..law.papers.catalogue import Paper, paper_named
from ..progress import Progress
from ..register.papers import describe_case
from ..register.register import Register
from ..register.views.papers import due_papers, facts_of, rows_named, rows_of_list
from .base import RegisterAlgorithm, Results
from .parameters import DayParameter, advanced, by_parameter, day_text, register_parameter


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
