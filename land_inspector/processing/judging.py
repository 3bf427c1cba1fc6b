"""Verdicts, as algorithms: given, returned and answered, parcels split and merged; what came back, second opinions, and what the
rules were worth.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem, QgsFields, QgsGeometry, QgsProcessing, QgsProcessingContext, QgsProcessingFeedback,
    QgsProcessingOutputNumber, QgsProcessingOutputString, QgsProcessingParameterFeatureSink, QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination, QgsProcessingParameterMultipleLayers, QgsProcessingParameterNumber,
    QgsProcessingParameterString, QgsWkbTypes,
)

from ..compat import make_field, to_qgis_value
from ..errors import InputError, Message, message
from ..evidence.profile import ROLES, read_profile
from ..exchange.report_pages import came_back_page, opinions_page, verdicts_page
from ..exchange.intake.sources import read_lines
from ..exchange.rules_page import (
    FLIP_FIELDS, REPORT_FIELDS, back_test_page, flip_rows, report_rows, rules_page, scope_text,
)
from ..exchange.verdict_tables import read_verdicts
from ..exchange.work_package import give_out_second
from ..i18n import say, tr, user_locale
from ..law.rulepack import Label
from ..progress import Progress
from ..register.judging import Judged, give_verdicts, return_parcels
from ..register.rebound import Return, returns
from ..register.register import Register
from ..register.rule_reports import back_test, rule_report
from ..register.second_opinion import FIRST, SECOND, agreement_of, choose, decide, opinions
from ..register.splitting import Piece, along_evidence, along_lines, merge_parcels, split_parcels
from ..register.tables import REAL, TEXT
from .base import RegisterAlgorithm, Results, add_scope_parameters, scope_of, tell_of, warn_of
from .outputs import RowSink, write_table
from .parameters import (
    ChoiceParameter, DayParameter, LayerOrFileParameter, advanced, batch_parameter, by_parameter, day_text,
    effective_parameter, image_files, labels_of, parcels_parameter, register_parameter, report_parameter, source_of,
)


class GiveVerdicts(RegisterAlgorithm):
    """REGISTER, BATCH, TABLE, EFFECTIVE_ON, BY, REPORT → GIVEN, REFUSED, GROUP."""

    NAME = "give_verdicts"

    def displayName(self) -> str:
        return tr("Give verdicts from a table")

    def shortHelpString(self) -> str:
        return tr("Gives verdicts in bulk as one action. The table (a workbook of any age, CSV, dBASE, a web page or a layer; "
                  "all its sheets) has a column JCBH or "
                  "DKBH, PDJL1 and PDJL2, and any of the particulars JSSJ, XZXC, YDDW, SJYT, WFMJ, WFGD, WFJBNT, WFLX, WFXZ …; "
                  "codes or their Chinese or English labels, headings by code or by name, areas in m² unless the heading says 亩.\n\n"
                  "What cannot stand is refused with the reason; the rest is given.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(LayerOrFileParameter("TABLE", tr("Table of verdicts"), [QgsProcessing.SourceType.TypeVector]))
        self.addParameter(effective_parameter())
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("GIVEN", tr("Verdicts given")))
        self.addOutput(QgsProcessingOutputNumber("REFUSED", tr("Verdicts refused")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._source = source_of(parameters.get("TABLE"), context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch = self.text(parameters, "BATCH", context)
        with self.open_register(parameters, context) as register:
            table = read_verdicts(self._source, register.batch(batch).ZD, progress.part(0.0, 0.4))
            progress.step(0.4, message("Giving {n} verdicts", n=len(table.entries)))
            judged = give_verdicts(register, batch, table.entries, by=self.acting_as(parameters, context),
                                   effective_on=day_text(parameters.get("EFFECTIVE_ON")))
        progress.show(1.0)
        tell_of(feedback, table.told, table.left)
        warn_of(feedback, [refusal.reason for refusal in judged.refused])
        report = verdicts_page(table.file, judged, table.told)
        return {**_counts(judged), **self.give_report(parameters, context, feedback, report, _recorded(judged))}


def _recorded(judged: Judged) -> Message:
    return message("{n} verdicts were recorded (action {group}).", n=len(judged.given),
                   group=judged.recorded.group if judged.recorded else "-")


def _counts(judged: Judged) -> Results:
    return {"GIVEN": len(judged.given), "REFUSED": len(judged.refused), "GROUP": judged.recorded.group if judged.recorded else ""}


LEVELS = ("city", "province")


class ReturnParcels(RegisterAlgorithm):
    """REGISTER, BATCH, PARCELS, LEVEL, REASON, ASKED_FOR, ANSWER_BY, EFFECTIVE_ON, BY → RETURNED, GROUP."""

    NAME = "return_parcels"

    def displayName(self) -> str:
        return tr("Record returned parcels (退回)")

    def shortHelpString(self) -> str:
        return tr("Records that the city or the province sent parcels back, with its reason and the day by which it wants an "
                  "answer. Returned parcels stand first in the review list until they are answered.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(parcels_parameter())
        self.addParameter(ChoiceParameter("LEVEL", tr("Returned by"), LEVELS, [tr("City"), tr("Province")], "city"))
        self.addParameter(QgsProcessingParameterString("REASON", tr("Reason")))
        self.addParameter(QgsProcessingParameterString("ASKED_FOR", tr("What is asked for"), optional=True))
        self.addParameter(DayParameter("ANSWER_BY", tr("Answer by"), optional=True))
        self.addParameter(effective_parameter())
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputNumber("RETURNED", tr("Parcels returned")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        labels = labels_of(self.text(parameters, "PARCELS", context))
        with self.open_register(parameters, context) as register:
            recorded = return_parcels(
                register, self.text(parameters, "BATCH", context), labels,
                level=self.parameterDefinition("LEVEL").key(parameters.get("LEVEL")), reason=self.text(parameters, "REASON", context),
                answer_by=day_text(parameters.get("ANSWER_BY")), asked_for=self.text(parameters, "ASKED_FOR", context),
                by=self.acting_as(parameters, context), effective_on=day_text(parameters.get("EFFECTIVE_ON")))
        progress.show(1.0)
        return {"RETURNED": len(labels), "GROUP": recorded.group}


#: What the roles of an evidence profile are called: English, Chinese.
ROLE_NAMES = {
    "land_use": ("Land-use survey", "地类图斑（三调）"), "approval": ("Approvals", "农转用/征收报批红线"), "supply": ("Supplied parcels", "供地红线"),
    "registration": ("Registered rights", "不动产登记"), "facility": ("Facility agriculture", "设施农用地备案"),
    "temporary": ("Temporary land", "临时用地审批"), "farmland": ("Permanent basic farmland", "永久基本农田"),
    "redline": ("Ecological red line", "生态保护红线"), "plan": ("Plan zones for construction", "规划允许建设区"),
    "linkage": ("Linkage projects", "增减挂钩建新区"), "consolidation": ("Land consolidation", "土地整治项目"), "mining": ("Mining rights", "采矿权"),
    "village": ("Village area (203)", "203村庄范围"), "highways": ("Highway network", "公路网"),
}


class SplitParcels(RegisterAlgorithm):
    """REGISTER, BATCH, PARCELS, ALONG with PROFILE, or LINES; EFFECTIVE_ON, BY → SPLIT, PIECES, GROUP."""

    NAME = "split_parcels"

    def displayName(self) -> str:
        return tr("Split parcels")

    def shortHelpString(self) -> str:
        return tr("Splits each named parcel along the outline of its evidence (a role of the evidence profile, for example the "
                  "approvals), or along drawn lines. Slivers go to their neighbour, the areas of the pieces are adjusted to the "
                  "parcel's own, and the pieces must make it up (R08, R09, R37). All of it is one action, undone in one step; "
                  "verdicts on the pieces are given anew.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(parcels_parameter())
        self.addParameter(LayerOrFileParameter("LINES", tr("Drawn lines"), [QgsProcessing.SourceType.TypeVectorLine], optional=True))
        self.addParameter(QgsProcessingParameterFile("PROFILE", tr("Evidence profile"), extension="json", optional=True))
        self.addParameter(ChoiceParameter("ALONG", tr("Along evidence of role"), ROLES,
                                          [ROLE_NAMES[role][user_locale() == "zh"] for role in ROLES], "approval"))
        self.addParameter(effective_parameter())
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputNumber("SPLIT", tr("Parcels split")))
        self.addOutput(QgsProcessingOutputNumber("PIECES", tr("Pieces")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        given = parameters.get("LINES")
        self._lines: Optional[str] = source_of(given, context) if given else None

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch, labels = self.text(parameters, "BATCH", context), labels_of(self.text(parameters, "PARCELS", context))
        if not labels:
            raise InputError("No parcel was named.", "Give the numbers of the parcels to split.")
        with self.open_register(parameters, context) as register:
            cuts = self._cuts(parameters, context, register, batch, labels, progress.part(0.0, 0.8))
            progress.step(0.8)
            recorded = split_parcels(register, batch, cuts, by=self.acting_as(parameters, context),
                                     effective_on=day_text(parameters.get("EFFECTIVE_ON")))
        progress.show(1.0)
        return {"SPLIT": len(cuts), "PIECES": sum(map(len, cuts.values())), "GROUP": recorded.group}

    def _cuts(self, parameters: Dict[str, Any], context: QgsProcessingContext, register: Register, batch: str,
              labels: Sequence[str], progress: Progress) -> Mapping[str, List[Piece]]:
        profile = self.text(parameters, "PROFILE", context)
        if (self._lines is None) == (not profile):
            raise InputError("Say along what to split: either drawn lines or a profile of evidence.", "Give LINES or PROFILE, not both.")
        if self._lines is not None:
            return along_lines(register, batch, labels, read_lines(self._lines, register.meta["crs"], progress))
        role = self.parameterDefinition("ALONG").key(parameters.get("ALONG"))
        return along_evidence(register, batch, labels, read_profile(Path(profile)), role, progress)


class MergeParcels(RegisterAlgorithm):
    """REGISTER, BATCH, PARCELS, EFFECTIVE_ON, BY → GROUP."""

    NAME = "merge_parcels"

    def displayName(self) -> str:
        return tr("Merge parcels of a patch")

    def shortHelpString(self) -> str:
        return tr("Puts parcels that came out of one patch together again; all of them make the whole patch again. "
                  "The verdict on the result is given anew.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(parcels_parameter())
        self.addParameter(effective_parameter())
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            recorded = merge_parcels(
                register, self.text(parameters, "BATCH", context), labels_of(self.text(parameters, "PARCELS", context)),
                by=self.acting_as(parameters, context), effective_on=day_text(parameters.get("EFFECTIVE_ON")))
        progress.show(1.0)
        return {"GROUP": recorded.group}


_FIELDS = (("DKBH", "text", "地块编号"), ("PCBH", "text", "批次编号"), ("XZDM", "text", "乡镇代码"), ("XZMC", "text", "乡镇名称"),
           ("YDKBH", "text", "原地块编号"), ("YPCBH", "text", "原批次编号"), ("ZGFS", "text", "原处理结果"), ("ZGRQ", "text", "原处理日期"),
           ("AJBH", "text", "案件编号"), ("ZPS", "integer", "照片数"), ("CDMJ", "real", "重叠面积"), ("CDBL", "real", "占较小图形比例"),
           ("HSXRQ", "text", "后时相日期"), ("TS", "integer", "相隔天数"), ("YXZH", "integer", "影像在处理之后"))


class CameBack(RegisterAlgorithm):
    """REGISTER, BATCH, OUTPUT, REPORT → ROWS, AFTER."""

    NAME = "came_back"

    def displayName(self) -> str:
        return tr("What came back")

    def group(self) -> str:
        return tr("Own patches")

    def groupId(self) -> str:
        return "changes"

    def shortHelpString(self) -> str:
        return tr("Newer patches over land that had been set right: an illegal parcel whose case was closed, or whose remedies are all "
                  "done and accepted. A list and a map, with days between, order and photos, and for each township the months until "
                  "it came back.\n\nA meeting counts from 100 m², 20 % of the smaller outline, and where it is wider than images lie "
                  "apart (1 m). It says that something changed again, not why. The register is not touched.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterString("BATCH", tr("Newer batch (empty: all)"), optional=True))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("What came back"), QgsProcessing.SourceType.TypeVectorPolygon))
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))
        self.addOutput(QgsProcessingOutputNumber("AFTER", tr("Of them seen on an image taken afterwards")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch = self.text(parameters, "BATCH", context) or None
        with self.open_register(parameters, context) as register:
            if batch is not None:
                register.batch(batch)
            found, crs = returns(register, batch, progress.part(0.0, 0.9)), register.meta["crs"]
        output = self._write(parameters, context, found, crs)
        report = self.give_report(parameters, context, feedback, came_back_page(found, batch))
        return {"OUTPUT": output, "ROWS": len(found), "AFTER": sum(one.is_after is True for one in found), **report}

    def _write(self, parameters: Dict[str, Any], context: QgsProcessingContext, found: List[Return], crs: str) -> str:
        fields = QgsFields()
        for name, kind, alias in _FIELDS:
            fields.append(make_field(name, kind, alias=alias))
        sink = RowSink(self, parameters, context, "OUTPUT", fields, QgsWkbTypes.Type.MultiPolygon, QgsCoordinateReferenceSystem(crs))
        for one in found:
            shape = QgsGeometry()
            shape.fromWkb(one.outline)
            shape.convertToMultiType()
            done, after = one.settlement, one.is_after
            values = (one.number, one.batch, one.township, one.township_name, one.old_number, one.old_batch, say(done.how),
                      done.on.isoformat() if done.on else None, done.order or None, one.photos, one.overlap_m2, one.share,
                      one.seen_on.isoformat() if one.seen_on else None, one.days, None if after is None else int(after))
            sink.add([to_qgis_value(value) for value in values], shape)
        return sink.finish()


class RuleReportAlgorithm(RegisterAlgorithm):
    """REGISTER, BATCH or YEAR, MONTH, OUTPUT, REPORT → ROWS, JUDGED, AGREED, UNDONE."""

    NAME = "rule_report"

    def displayName(self) -> str:
        return tr("What the rules are worth")

    def shortHelpString(self) -> str:
        return tr("For each rule of each rule pack: how many parcels it proposed a verdict for, how many people agreed, what they said "
                  "instead and how many verdicts were taken back; in all, by township and by month. Shares have Wilson's 95 % interval, "
                  "and none is given below 20 verdicts.\n\nAgreement is not correctness: people follow proposals. Verdicts given before a "
                  "proposal stood are told apart as blind. Nothing is changed by this.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Rules"), QgsProcessing.SourceType.TypeVector))
        self.addParameter(report_parameter())
        for name, text in (("ROWS", tr("Rows")), ("JUDGED", tr("Judged beside a proposal")), ("AGREED", tr("Agreed")),
                           ("UNDONE", tr("Undone"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        scope = scope_of(self, parameters, context)
        with self.open_register(parameters, context) as register:
            report = rule_report(register, scope, progress.part(0.0, 0.9))
        rows = report_rows(report)
        output = write_table(self, parameters, context, "OUTPUT", REPORT_FIELDS, rows, user_locale())
        where = scope_text({tr("batch"): scope.batch, tr("year"): scope.year, tr("month"): scope.month})
        page = self.give_report(parameters, context, feedback, rules_page(report, where))
        return {"OUTPUT": output, "ROWS": len(rows), "JUDGED": sum(tally.judged for tally in report.total),
                "AGREED": sum(tally.agreed for tally in report.total), "UNDONE": sum(tally.undone for tally in report.total), **page}


class BackTestAlgorithm(RegisterAlgorithm):
    """REGISTER, BATCH or YEAR, MONTH, PARAMETER, VALUE, OUTPUT, REPORT → TESTED, FLIPS, AGREED_BEFORE, AGREED_THEN."""

    NAME = "back_test"

    def displayName(self) -> str:
        return tr("Back-test of a threshold")

    def shortHelpString(self) -> str:
        return tr("Runs the rules again over the evidence stored for every verdict in force, as of the verdict's day, with one parameter "
                  "of the rule pack set to another value: what would have been proposed, what people said, and the list of parcels "
                  "whose proposal changes.\n\nIt warns where the evidence is another one now, and where fewer than 30 proposals "
                  "change. No pack, proposal or verdict is changed. PARAMETER is a name of the pack, such as legal_cover_share.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        add_scope_parameters(self)
        self.addParameter(QgsProcessingParameterString("PARAMETER", tr("Parameter of the rule pack"), "legal_cover_share"))
        self.addParameter(QgsProcessingParameterString("VALUE", tr("Value to test")))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Parcels whose proposal changes"),
                                                            QgsProcessing.SourceType.TypeVector))
        self.addParameter(report_parameter())
        for name, text in (("TESTED", tr("Parcels tested")), ("FLIPS", tr("Proposals that change")),
                           ("AGREED_BEFORE", tr("Same as the verdict, before")), ("AGREED_THEN", tr("Same as the verdict, then"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            test = back_test(register, self.text(parameters, "PARAMETER", context), self.text(parameters, "VALUE", context),
                             scope_of(self, parameters, context), progress.part(0.0, 0.9))
        warn_of(feedback, test.warnings)
        output = write_table(self, parameters, context, "OUTPUT", FLIP_FIELDS, flip_rows(test), user_locale())
        page = self.give_report(parameters, context, feedback, back_test_page(test))
        return {"OUTPUT": output, "TESTED": test.tested, "FLIPS": len(test.flips), "AGREED_BEFORE": test.agreed[0],
                "AGREED_THEN": test.agreed[1], **page}


_COLUMNS = (("DKBH", TEXT, Label("地块编号", "Parcel number")), ("XZMC", TEXT, Label("乡镇名称", "Township")),
            ("PDJL1_1", TEXT, Label("原判定一级", "First verdict")), ("PDJL2_1", TEXT, Label("原判定二级", "First sub-type")),
            ("PDJL1_2", TEXT, Label("复判一级", "Second verdict")), ("PDJL2_2", TEXT, Label("复判二级", "Second sub-type")),
            ("DKMJ", REAL, Label("地块面积", "Parcel area")), ("WEIGHT", REAL, Label("权重", "Weight")),
            ("DECIDED", TEXT, Label("裁定", "Decided for")), ("REASON", TEXT, Label("理由", "Reason")))


class SecondOpinion(RegisterAlgorithm):
    """REGISTER, BATCH, SIZE, SEED, PARCELS, TO, IMAGES, IMAGE_MB, OUTPUT, BY → OUTPUT, ROUND, ROWS, SEED."""

    NAME = "second_opinion"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Ask for a second opinion, blind")

    def shortHelpString(self) -> str:
        return tr("Gives part of a batch's judged parcels to a second person in a package that holds neither the first verdict nor its "
                  "grounds nor the proposal: drawn at random by township and verdict (SIZE and SEED; the same seed draws the same), or "
                  "those that PARCELS names. Parcels that TO judged are left out. The package is taken back with \"Take back a package\"; "
                  "\"Second opinions: agreement\" tells how far both agree, and an arbiter decides where they do not.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(QgsProcessingParameterNumber("SIZE", tr("How many parcels"), QgsProcessingParameterNumber.Type.Integer, 30,
                                                       minValue=1))
        self.addParameter(QgsProcessingParameterNumber("SEED", tr("Seed of the draw"), QgsProcessingParameterNumber.Type.Integer, 1))
        self.addParameter(parcels_parameter(optional=True))
        self.addParameter(QgsProcessingParameterString("TO", tr("Who gets it"), optional=True))
        self.addParameter(QgsProcessingParameterMultipleLayers("IMAGES", tr("Images"), QgsProcessing.SourceType.TypeRaster, optional=True))
        self.addParameter(advanced(QgsProcessingParameterNumber(
            "IMAGE_MB", tr("Most size of the images (MB)"), QgsProcessingParameterNumber.Type.Double, 50.0, minValue=0.1, maxValue=4000.0)))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Package"), "GeoPackage (*.gpkg);;Zip (*.zip)"))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("ROUND", tr("Id of the round")))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._images = image_files(self, parameters, context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        target = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        with self.open_register(parameters, context) as register:
            asked = choose(register, self.text(parameters, "BATCH", context), size=self.parameterAsInt(parameters, "SIZE", context),
                           seed=self.parameterAsInt(parameters, "SEED", context),
                           labels=labels_of(self.text(parameters, "PARCELS", context)), to=self.text(parameters, "TO", context) or None)
            done = give_out_second(register, Path(target), asked, images=self._images,
                                   most_mb=self.parameterAsDouble(parameters, "IMAGE_MB", context), language=user_locale(),
                                   by=self.acting_as(parameters, context), progress=progress)
        warn_of(feedback, done.told)
        feedback.pushInfo(tr("{n} of {of} judged parcels, seed {seed}", n=len(asked.parcels), of=asked.of,
                             seed="–" if asked.seed is None else asked.seed))
        return {"OUTPUT": target, "ROUND": asked.id, "ROWS": len(asked.parcels)}


class SecondOpinionTable(RegisterAlgorithm):
    """REGISTER, BATCH, ROUND, OUTPUT, REPORT → PAIRS, AGREED, SHARE, KAPPA, KAPPA_FROM, KAPPA_TO, OPEN."""

    NAME = "second_opinion_table"

    def displayName(self) -> str:
        return tr("Second opinions: agreement")

    def shortHelpString(self) -> str:
        return tr("Tells how far first and second verdicts agree: per cent with its 95 % interval, Cohen's kappa with its, a table of "
                  "first against second verdicts. Disagreements come first, by area times legal weight (1; 2 more where only one says "
                  "illegal, 1 more for cultivated land, 2 more for permanent farmland). It is a table of verdicts, not of people.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(advanced(QgsProcessingParameterString("ROUND", tr("Id of the round"), optional=True)))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Opinions"), QgsProcessing.SourceType.TypeVector, optional=True))
        self.addParameter(report_parameter())
        for name, text in (("PAIRS", tr("Pairs")), ("AGREED", tr("Agreed")), ("SHARE", tr("Agreement (%)")), ("KAPPA", tr("Kappa")),
                           ("KAPPA_FROM", tr("Kappa, from")), ("KAPPA_TO", tr("Kappa, to")), ("OPEN", tr("Disagreements not decided"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch = self.text(parameters, "BATCH", context)
        with self.open_register(parameters, context) as register:
            register.batch(batch)
            found = opinions(register, batch, self.text(parameters, "ROUND", context) or None)
        made = agreement_of(found)
        rows = [{"DKBH": one.number, "XZMC": one.township, "PDJL1_1": one.first[0], "PDJL2_1": one.first[1], "PDJL1_2": one.second[0],
                 "PDJL2_2": one.second[1], "DKMJ": one.area_m2, "WEIGHT": float(one.weight), "DECIDED": one.decided, "REASON": one.why}
                for one in found]
        results: Results = {"PAIRS": made.pairs, "AGREED": made.agreed, "SHARE": None if made.share is None else 100 * made.share,
                            "KAPPA": made.kappa, "KAPPA_FROM": made.kappa_from, "KAPPA_TO": made.kappa_to,
                            "OPEN": sum(one.differs and one.decided is None for one in found)}
        if parameters.get("OUTPUT") is not None:
            results["OUTPUT"] = write_table(self, parameters, context, "OUTPUT", _COLUMNS, rows, user_locale())
        return {**results, **self.give_report(parameters, context, feedback, opinions_page(batch, found, made))}


class DecideSecondOpinion(RegisterAlgorithm):
    """REGISTER, BATCH, PARCEL, CHOSEN, REASON, BY → GROUP."""

    NAME = "decide_second_opinion"

    def displayName(self) -> str:
        return tr("Decide between two opinions")

    def shortHelpString(self) -> str:
        return tr("An arbiter lets the first or the second opinion on a parcel stand, with a reason. Where it is the second, it becomes "
                  "the parcel's verdict in the same action; the first stays in the history.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(QgsProcessingParameterString("PARCEL", tr("Parcel number")))
        self.addParameter(ChoiceParameter("CHOSEN", tr("Which opinion stands"), (FIRST, SECOND), [tr("The first"), tr("The second")],
                                          FIRST))
        self.addParameter(QgsProcessingParameterString("REASON", tr("Reason")))
        self.addParameter(by_parameter())
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        number = self.text(parameters, "PARCEL", context)
        with self.open_register(parameters, context) as register:
            batch = self.text(parameters, "BATCH", context)
            found = next((one for one in opinions(register, batch) if one.number == number and one.decided is None), None)
            if found is None:
                raise InputError("There is no second opinion on {parcel} that waits for a decision.",
                                 "Take the number from \"Second opinions: agreement\".", parcel=number)
            recorded = decide(register, found, self.parameterDefinition("CHOSEN").key(parameters.get("CHOSEN")),
                              reason=self.text(parameters, "REASON", context), by=self.acting_as(parameters, context))
        return {"GROUP": recorded.group if recorded is not None else ""}
