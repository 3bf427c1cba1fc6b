"""land_inspector:give_verdicts"""
from __future__ import annotations

from typing import Any, Dict

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)

from ..errors import Message, message
from ..exchange.report_pages import verdicts_page
from ..exchange.verdict_tables import read_verdicts
from ..i18n import tr
from ..progress import Progress
from ..register.judging import Judged, give_verdicts
from .base import RegisterAlgorithm, Results, tell_of, warn_of
from .parameters import (
    LayerOrFileParameter,
    batch_parameter,
    by_parameter,
    day_text,
    effective_parameter,
    register_parameter,
    report_parameter,
    source_of,
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
