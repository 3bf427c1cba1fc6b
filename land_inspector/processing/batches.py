"""A batch before anybody judges it, as algorithms: its patches in and out, evidence and photos beside them, measured,
proposed, newest outlines."""
from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Dict, List, Mapping

from qgis.core import (
    QgsProcessing, QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber, QgsProcessingOutputString,
    QgsProcessingParameterBoolean, QgsProcessingParameterCrs, QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFile, QgsProcessingParameterFileDestination, QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber, QgsProcessingParameterString, QgsProcessingParameterVectorDestination,
    QgsProcessingUtils, QgsVectorLayer, QgsWkbTypes,
)

from ..errors import InputError, message
from ..evidence.profile import Offered, draft_profile, read_profile
from ..exchange.intake.patches import take_in
from ..exchange.own_patches import with_source
from ..exchange.photos import take_in as take_in_photos
from ..exchange.redline import read_redline, write_approvals
from ..exchange.reentry import give_out_patches
from ..exchange.report import import_report
from ..exchange.report_pages import photos_page
from ..i18n import say, tr, user_locale
from ..law.areas import mu_text
from ..law.codes import shipped_codes
from ..law.rulepack import Label
from ..progress import Progress
from ..register.issuing import IssueResult, issue_batch
from ..register.measuring import measure_batch
from ..register.proposing import limits_of, propose_batch
from ..register.records import BatchInfo, Intake
from ..register.judging import OutlineChange, newer_outlines, take_newest_issue
from .base import RegisterAlgorithm, Results, warn_of
from .measuring import tell_speed
from .parameters import (
    ChoiceParameter, DayParameter, LayerOrFileParameter, advanced, batch_parameter, by_parameter, day_text, labels_of,
    parcels_parameter, project_layers, register_parameter, report_parameter, source_of,
)
from .outputs import write_table


REGIMES = {"new": "N", "old": "O"}
AREA_METHODS = {"ellipsoidal": "E", "planar": "P"}


class ImportPatches(RegisterAlgorithm):
    """REGISTER, INPUT, BATCH, BATCH_NAME, YEAR, MONTH, ISSUED, REGIME, AREA_METHOD, CRS, MAPPING, ENCODING, REPORT
    → ROWS, IMPORTED, REPAIRED, QUARANTINED, CHANGED."""

    NAME = "import_patches"

    def displayName(self) -> str:
        return tr("Import issued patches")

    def shortHelpString(self) -> str:
        return tr("Brings a patch file as it was issued (Shapefile, FileGDB, GeoPackage, GeoJSON, KML, MapInfo, Esri JSON, DXF, "
                  "plain, zipped or in a folder; several parts are one issue) into a batch of the "
                  "register. Fields, encoding, coordinate system and units are recognised; what is wrong is repaired or set "
                  "aside with the reason: imported + quarantined = rows of the source.\n\n"
                  "A batch code that is there already means a re-issue: the report lists what is new, gone, moved or changed "
                  "in area. The same file again changes nothing. MAPPING is JSON such as {\"JCBH\": \"my_number\"}.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(LayerOrFileParameter("INPUT", tr("Issued patches"), [QgsProcessing.SourceType.TypeVectorPolygon]))
        self.addParameter(batch_parameter())
        self.addParameter(QgsProcessingParameterString("BATCH_NAME", tr("Batch name"), optional=True))
        self.addParameter(QgsProcessingParameterNumber("YEAR", tr("Year"), optional=True, minValue=1999, maxValue=2100))
        self.addParameter(QgsProcessingParameterNumber("MONTH", tr("Month (empty for an annual batch)"), optional=True,
                                                       minValue=1, maxValue=12))
        self.addParameter(DayParameter("ISSUED", tr("Issued on")))
        self.addParameter(ChoiceParameter("REGIME", tr("Regime"), list(REGIMES),
                                          [tr("New (2020 and later)"), tr("Old (2009–2019)")], "new"))
        self.addParameter(ChoiceParameter("AREA_METHOD", tr("Area method"), list(AREA_METHODS),
                                          [tr("Ellipsoidal"), tr("Planar")], "ellipsoidal"))
        self.addParameter(QgsProcessingParameterCrs("CRS", tr("CRS of the source, where its file does not say"), optional=True))
        self.addParameter(advanced(QgsProcessingParameterString("MAPPING", tr("Field mapping (JSON)"), multiLine=True, optional=True)))
        self.addParameter(advanced(QgsProcessingParameterString("ENCODING", tr("Text encoding"), optional=True)))
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        for name, text in (("ROWS", tr("Rows")), ("IMPORTED", tr("Imported")), ("REPAIRED", tr("Repaired")),
                           ("QUARANTINED", tr("Quarantined")), ("CHANGED", tr("Changed"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._source = source_of(parameters.get("INPUT"), context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        info = self._info(parameters, context)
        mapping = mapping_of(self.text(parameters, "MAPPING", context))
        with self.open_register(parameters, context) as register:
            intake = take_in(
                self._source, target_crs=register.meta["crs"], area_method=info.area_method,
                crs=self.crs_text(parameters, "CRS", context), mapping=mapping,
                encoding=self.text(parameters, "ENCODING", context) or None, townships=register.township_list(),
                limits=limits_of(register, info.regime, info.issued_on), progress=progress.part(0.0, 0.4))
            if not intake.patches:
                self._refuse(parameters, context, intake, info.code, feedback)
            result = issue_batch(register, with_source(info, intake), intake, by=self.acting_as(parameters, context),
                                 progress=progress.part(0.4, 1.0))
        page = import_report(intake, batch=info.code, changed=result.changed, changes=result.findings)
        reported = self.give_report(parameters, context, feedback, page, message(
            "{n} patches were imported into batch {batch} (action {group}).", n=result.imported, batch=info.code,
            group=result.group or "-"))
        progress.show(1.0)
        feedback.pushInfo(tr("{rows} rows: {imported} imported, {quarantined} set aside.", rows=result.rows,
                             imported=result.imported, quarantined=result.quarantined))
        return {**self._counts(result), **reported}

    def _info(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> BatchInfo:
        code, issued_on = self.text(parameters, "BATCH", context), day_text(parameters.get("ISSUED"))
        if not code or issued_on is None:
            raise InputError("A batch needs its code and the day it was issued.", "Give BATCH and ISSUED.")
        return BatchInfo(
            code, self.text(parameters, "BATCH_NAME", context) or code,
            year=self._number(parameters, "YEAR", context) or int(issued_on[:4]), month=self._number(parameters, "MONTH", context),
            issued_on=issued_on, regime=REGIMES[self._choice(parameters, "REGIME")],
            area_method=AREA_METHODS[self._choice(parameters, "AREA_METHOD")])

    def _number(self, parameters: Dict[str, Any], name: str, context: QgsProcessingContext) -> Any:
        return None if parameters.get(name) in (None, "") else self.parameterAsInt(parameters, name, context)

    def _choice(self, parameters: Dict[str, Any], name: str) -> str:
        return self.parameterDefinition(name).key(parameters.get(name))

    def _refuse(self, parameters: Dict[str, Any], context: QgsProcessingContext, intake: Intake, batch: str,
                feedback: QgsProcessingFeedback) -> None:
        """No row can be used: the report says why of each, and nothing is entered."""
        self.give_report(parameters, context, feedback, import_report(intake, batch=batch))
        if not intake.rows:
            raise InputError("{file} has no rows.", "Give the layer that was issued.", file=intake.file)
        reasons = Counter(say(row.reason) for row in intake.quarantined).most_common()
        warn_of(feedback, [message("{n} rows: {reason}", n=n, reason=reason) for reason, n in reasons])
        raise InputError(
            "None of the {n} rows of {file} can be imported; the reason most often: {reason}",
            "Nothing was entered. The report names the reason and what to do for every row; mend the source or ask the issuer.",
            n=intake.rows, file=intake.file, reason=reasons[0][0])

    def _counts(self, result: IssueResult) -> Results:
        return {"ROWS": result.rows, "IMPORTED": result.imported, "REPAIRED": result.repaired,
                "QUARANTINED": result.quarantined, "CHANGED": result.changed}


def mapping_of(text: str) -> Mapping[str, str]:
    """``{standard field: source field}`` from JSON; raises InputError for anything else."""
    if not text:
        return {}
    try:
        said = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError("The field mapping is not JSON: {reason}.", 'Write it like {{"JCBH": "my_number"}}.', reason=str(error)) from error
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise InputError("The field mapping must name one field for each standard field.", 'Write it like {{"JCBH": "my_number"}}.')
    return said


FORMATS = "Shapefile (*.shp);;GeoPackage (*.gpkg);;Excel (*.xlsx)"


class ExportPatches(RegisterAlgorithm):
    """REGISTER, BATCH, INCLUDE_USERS, OUTPUT → OUTPUT, PARCELS, UNJUDGED."""

    NAME = "export_patches"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Give out judged parcels for re-entry")

    def shortHelpString(self) -> str:
        return tr("Writes the judged parcels of a batch in the issued field names, areas in m², as Shapefile (UTF-8 with .cpg), "
                  "GeoPackage or Excel, for re-entry into the official system. Parcels of a split patch are numbered JCBH_n and "
                  "name their patch in FJCBH. The file is read back and compared with the register before it appears. Names of "
                  "land users are left out unless they are asked for.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(QgsProcessingParameterBoolean("INCLUDE_USERS", tr("Include land users, who may be persons"), False))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Output file"), FORMATS))
        self.addOutput(QgsProcessingOutputNumber("PARCELS", tr("Parcels")))
        self.addOutput(QgsProcessingOutputNumber("UNJUDGED", tr("Left out, not judged yet")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        output = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        with self.open_register(parameters, context) as register:
            given = give_out_patches(register, self.text(parameters, "BATCH", context), Path(output), language=user_locale(),
                                     with_users=self.parameterAsBool(parameters, "INCLUDE_USERS", context), progress=progress)
        warn_of(feedback, given.cut)
        if given.pieces:
            feedback.pushInfo(given.pieces)
        return {"OUTPUT": str(given.path), "PARCELS": given.parcels, "UNJUDGED": given.unjudged}


class ImportRedline(RegisterAlgorithm):
    """INPUT, CRS, TARGET_CRS, ENCODING, AREA_METHOD and the approval's particulars → OUTPUT, PARCELS, QUARANTINED."""

    NAME = "import_redline"

    def displayName(self) -> str:
        return tr("Import a red-line text as approvals")

    def shortHelpString(self) -> str:
        return tr("Reads a red-line coordinate text (勘测定界, points under a header, UTF-8 or GBK; a folder or .zip of them too) into a "
                  "layer of approvals that an "
                  "evidence profile can name. Zone and width come from the header or the coordinates; X and Y in each other's "
                  "place are put right. What the text does not hold (number, dates, holder) is given here.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        kinds = shipped_codes().codes("SXLX")
        self.addParameter(QgsProcessingParameterFile("INPUT", tr("Red-line text"), fileFilter="Text (*.txt *.zip);;All files (*)"))
        self.addParameter(ChoiceParameter("KIND", tr("Kind of paper"), [kind.code for kind in kinds],
                                          [kind.label(user_locale()) for kind in kinds], "01"))
        self.addParameter(QgsProcessingParameterString("DOCUMENT", tr("Document number"), optional=True))
        self.addParameter(QgsProcessingParameterString("AUTHORITY", tr("Authority"), optional=True))
        self.addParameter(DayParameter("APPROVED_ON", tr("Approved on"), optional=True))
        self.addParameter(DayParameter("VALID_UNTIL", tr("Valid until"), optional=True))
        self.addParameter(QgsProcessingParameterString("HOLDER", tr("Holder"), optional=True))
        self.addParameter(QgsProcessingParameterCrs("CRS", tr("CRS of the source, where its file does not say"), optional=True))
        self.addParameter(advanced(QgsProcessingParameterCrs("TARGET_CRS", tr("CRS of the output"), optional=True)))
        self.addParameter(advanced(ChoiceParameter("AREA_METHOD", tr("Area method"), ["ellipsoidal", "planar"],
                                                   [tr("Ellipsoidal"), tr("Planar")], "ellipsoidal")))
        self.addParameter(advanced(QgsProcessingParameterString("ENCODING", tr("Text encoding"), optional=True)))
        self.addParameter(QgsProcessingParameterVectorDestination("OUTPUT", tr("Approvals"), QgsProcessing.SourceType.TypeVectorPolygon))
        self.addOutput(QgsProcessingOutputNumber("PARCELS", tr("Parcels")))
        self.addOutput(QgsProcessingOutputNumber("QUARANTINED", tr("Quarantined")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        method = self.parameterDefinition("AREA_METHOD").key(parameters.get("AREA_METHOD"))
        redline = read_redline(
            self.text(parameters, "INPUT", context), target_crs=self.crs_text(parameters, "TARGET_CRS", context),
            area_method={"ellipsoidal": "E", "planar": "P"}[method], crs=self.crs_text(parameters, "CRS", context),
            encoding=self.text(parameters, "ENCODING", context) or None, progress=progress)
        output = self.parameterAsOutputLayer(parameters, "OUTPUT", context)
        if output == "memory:":  # as scripts ask for a temporary layer; here it must be a file
            output = QgsProcessingUtils.generateTempFilename("approvals.gpkg")
        written = write_approvals(redline, output.split("|")[0], **self._particulars(parameters, context))
        warn_of(feedback, [finding.message for finding in redline.findings if finding.severity != "I"])
        warn_of(feedback, [row.reason for row in redline.quarantined])
        return {"OUTPUT": output, "PARCELS": written, "QUARANTINED": len(redline.quarantined)}

    def _particulars(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Dict[str, Any]:
        said = {name.lower(): self.text(parameters, name, context) or None for name in ("DOCUMENT", "AUTHORITY", "HOLDER")}
        return {**said, "kind": self.parameterDefinition("KIND").key(parameters.get("KIND")),
                "approved_on": day_text(parameters.get("APPROVED_ON")), "valid_until": day_text(parameters.get("VALID_UNTIL"))}


class DraftProfile(RegisterAlgorithm):
    """LAYERS (none: all polygon layers of the project), PROFILE_NAME, OUTPUT → OUTPUT, PLACED, UNPLACED."""

    NAME = "draft_profile"
    KEPT = ("OUTPUT",)

    def displayName(self) -> str:
        return tr("Draft an evidence profile")

    def shortHelpString(self) -> str:
        return tr("Writes a first draft of the office's evidence profile (which layer is evidence of what, with its fields) from "
                  "the layers of the project: roles and fields are recognised by their usual names. Read it through, correct it, "
                  "add the dates of the layers: measuring trusts it. What could not be placed is listed in the log.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(QgsProcessingParameterMultipleLayers("LAYERS", tr("Layers (none: all of the project)"),
                                                               QgsProcessing.SourceType.TypeVectorPolygon, optional=True))
        self.addParameter(QgsProcessingParameterString("PROFILE_NAME", tr("Name of the profile"), optional=True))
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("Profile"), "JSON (*.json)"))
        self.addOutput(QgsProcessingOutputNumber("PLACED", tr("Layers placed")))
        self.addOutput(QgsProcessingOutputNumber("UNPLACED", tr("Layers not placed")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        chosen = self.parameterAsLayerList(parameters, "LAYERS", context) or project_layers(context)
        self._offered: List[Offered] = [_offered(layer) for layer in chosen if _is_polygon_file(layer)]

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        output = Path(self.parameterAsFileOutput(parameters, "OUTPUT", context))
        profile, unplaced = draft_profile(self._offered, self.text(parameters, "PROFILE_NAME", context) or output.stem, output.parent)
        warn_of(feedback, [message("{layer} could not be placed.", layer=layer.name) for layer in unplaced])
        if not profile.layers:
            raise InputError("None of the layers is recognised as evidence.",
                             "Give the layers names that say what they are, or write the profile by hand.")
        profile.write(output)
        progress.show(1.0)
        return {"OUTPUT": str(output), "PLACED": len(profile.layers), "UNPLACED": len(unplaced)}


def _is_polygon_file(layer: Any) -> bool:
    return isinstance(layer, QgsVectorLayer) and layer.providerType() == "ogr" \
        and layer.geometryType() == QgsWkbTypes.GeometryType.PolygonGeometry


def _offered(layer: QgsVectorLayer) -> Offered:
    return Offered(layer.name(), layer.source(), [field.name() for field in layer.fields()])


class MeasureEvidence(RegisterAlgorithm):
    """REGISTER, BATCH, PROFILE → PARCELS, GAPS, FINDINGS, RUN."""

    NAME = "measure_evidence"

    def displayName(self) -> str:
        return tr("Measure parcels against the evidence layers")

    def shortHelpString(self) -> str:
        return tr("For each parcel of a batch: its area in every layer of the evidence profile, by class where the layer has "
                  "classes, without double counting where a layer overlaps itself; what is left uncovered; the township split. "
                  "The batch's area method is used, and the layers' fingerprints are kept with the result.\n\n"
                  "GAPS is the number of parcels that the land-use survey covers too thinly (R11).")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        self.addParameter(QgsProcessingParameterFile("PROFILE", tr("Evidence profile"), extension="json"))
        self.addOutput(QgsProcessingOutputNumber("PARCELS", tr("Parcels measured")))
        self.addOutput(QgsProcessingOutputNumber("GAPS", tr("Parcels not fully surveyed")))
        self.addOutput(QgsProcessingOutputNumber("FINDINGS", tr("Findings")))
        self.addOutput(QgsProcessingOutputString("RUN", tr("Evidence run")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        profile = read_profile(Path(self.text(parameters, "PROFILE", context)))
        with self.open_register(parameters, context) as register:
            measured = measure_batch(register, self.text(parameters, "BATCH", context), profile, progress)
        tell_speed(feedback)
        warn_of(feedback, [finding.message for finding in measured.findings])
        return {"PARCELS": measured.parcels, "GAPS": measured.gaps, "FINDINGS": len(measured.findings), "RUN": measured.run_id}


_COUNTS = {"LEGAL": "1", "ILLEGAL": "2", "OTHER": "3", "UNDECIDED": "0"}


class ProposeVerdicts(RegisterAlgorithm):
    """REGISTER, BATCH → PARCELS, LEGAL, ILLEGAL, OTHER, UNDECIDED."""

    NAME = "propose_verdicts"

    def displayName(self) -> str:
        return tr("Propose verdicts")

    def shortHelpString(self) -> str:
        return tr("Applies the rules of the batch's rule pack (R20–R32) to what was measured and stores a proposal with its "
                  "reasons for each parcel, apart from every verdict: a proposal never judges. Where a fact is missing it says "
                  "which, and counts as undecided.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        for name, text in (("PARCELS", tr("Parcels")), ("LEGAL", tr("Proposed legal")), ("ILLEGAL", tr("Proposed illegal")),
                           ("OTHER", tr("Proposed other")), ("UNDECIDED", tr("Cannot tell"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        with self.open_register(parameters, context) as register:
            proposed = propose_batch(register, self.text(parameters, "BATCH", context), progress)
        counts = {name: int(proposed.by_verdict.get(code, 0)) for name, code in _COUNTS.items()}
        return {"PARCELS": proposed.parcels, **counts}


class AddPhotos(RegisterAlgorithm):
    """REGISTER, FOLDER, BY, REPORT → ADDED, DOUBLES, UNMATCHED, UNUSABLE, GROUP."""

    NAME = "add_photos"

    def displayName(self) -> str:
        return tr("Add photos of site visits")

    def shortHelpString(self) -> str:
        return tr("Takes a folder of photos into the register as proof, as one action. Each photo (JPEG or PNG) is given to the parcel "
                  "that it shows by the place, direction and time in its EXIF (R38; the limits stand in the rule pack), copied beside "
                  "the register and kept with its SHA-256.\n\n"
                  "Photos that show no parcel, are there already, are broken off, HEIC or no photos are left out and named in the report.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterFile("FOLDER", tr("Folder of photos"), QgsProcessingParameterFile.Behavior.Folder))
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        self.addOutput(QgsProcessingOutputNumber("ADDED", tr("Photos added")))
        self.addOutput(QgsProcessingOutputNumber("DOUBLES", tr("There already")))
        self.addOutput(QgsProcessingOutputNumber("UNMATCHED", tr("Without a parcel")))
        self.addOutput(QgsProcessingOutputNumber("UNUSABLE", tr("Files that cannot be used")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        folder = Path(self.text(parameters, "FOLDER", context))
        with self.open_register(parameters, context) as register:
            taken = take_in_photos(register, [folder], progress, by=self.acting_as(parameters, context))
        warn_of(feedback, [reason for _file, reason in taken.left_out])
        counts = {"ADDED": len(taken.added.added), "DOUBLES": len(taken.doubles), "UNMATCHED": len(taken.unmatched),
                  "UNUSABLE": len(taken.unusable), "GROUP": taken.added.recorded.group if taken.added.recorded else ""}
        recorded = message("{n} photos were added (action {group}).", n=counts["ADDED"], group=counts["GROUP"] or "-")
        return {**counts, **self.give_report(parameters, context, feedback, photos_page(folder.name, taken), recorded)}


_FIELDS = [("DKBH", "text", Label("地块编号", "Parcel")), ("PDJL1", "text", Label("原判定", "Verdict so far")),
           ("Q_M2", "real", Label("原面积（平方米）", "Area before (m²)")), ("H_M2", "real", Label("新面积（平方米）", "Area after (m²)")),
           ("C_M2", "real", Label("面积变化（平方米）", "Change (m²)")), ("Q_MU", "text", Label("原面积（亩）", "Area before (mu)")),
           ("H_MU", "text", Label("新面积（亩）", "Area after (mu)")), ("ZT", "text", Label("情况", "What stands against it"))]


class TakeNewestOutline(RegisterAlgorithm):
    """REGISTER, BATCH, PARCELS, PREVIEW, BY, OUTPUT → ROWS, TAKEN, GROUP."""

    NAME = "take_newest_outline"

    def displayName(self) -> str:
        return tr("Take the newest outline")

    def shortHelpString(self) -> str:
        return tr("Judged parcels keep their outline when a batch is issued again. This lets them rest on the newest one: the verdict "
                  "lapses and is given anew. Without parcels, all whose basis has changed; split parcels are merged first, a parcel with "
                  "an open case keeps its outline. The table shows the areas before and after; with the preview nothing is recorded.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(batch_parameter())
        parcels = parcels_parameter()
        parcels.setFlags(parcels.flags() | parcels.FlagOptional)
        self.addParameter(parcels)
        self.addParameter(QgsProcessingParameterBoolean("PREVIEW", tr("Only show the areas before and after"), False))
        self.addParameter(by_parameter())
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Areas before and after"), QgsProcessing.SourceType.TypeVector))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))
        self.addOutput(QgsProcessingOutputNumber("TAKEN", tr("Outlines taken")))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        batch, named = self.text(parameters, "BATCH", context), labels_of(self.text(parameters, "PARCELS", context))
        progress.step(0.0, message("Comparing outlines"))
        with self.open_register(parameters, context) as register:
            found = newer_outlines(register, batch, named)
            ready = [one.label for one in found if one.obstacle is None]
            group = ""
            if ready and not self.parameterAsBool(parameters, "PREVIEW", context):
                group = take_newest_issue(register, batch, ready, by=self.acting_as(parameters, context)).group
        rows = [_row(one) for one in found]
        output = write_table(self, parameters, context, "OUTPUT", _FIELDS, rows, user_locale())
        return {"OUTPUT": output, "ROWS": len(rows), "TAKEN": len(ready) if group else 0, "GROUP": group}


def _row(one: OutlineChange) -> Dict[str, Any]:
    return {"DKBH": one.label, "PDJL1": one.verdict, "Q_M2": one.before_m2, "H_M2": one.after_m2, "C_M2": one.after_m2 - one.before_m2,
            "Q_MU": mu_text(one.before_m2), "H_MU": mu_text(one.after_m2), "ZT": say(one.obstacle) if one.obstacle else None}
