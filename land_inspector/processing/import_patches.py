"""land_inspector:import_patches"""
from __future__ import annotations

import json
from collections import Counter
from typing import Any, Dict, Mapping

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterCrs,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..errors import InputError, message
from ..exchange.own_patches import with_source
from ..exchange.intake.patches import take_in
from ..exchange.report import import_report
from ..i18n import say, tr
from ..progress import Progress
from ..register.issuing import IssueResult, issue_batch
from ..register.records import BatchInfo, Intake
from ..register.rulepacks import limits_of
from .base import RegisterAlgorithm, Results, warn_of
from .parameters import (
    ChoiceParameter,
    DayParameter,
    LayerOrFileParameter,
    advanced,
    batch_parameter,
    by_parameter,
    day_text,
    register_parameter,
    report_parameter,
    source_of,
)

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
