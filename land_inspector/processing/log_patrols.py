"""land_inspector:log_patrols"""
from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.core import QgsProcessing, QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputNumber, QgsProcessingParameterString

from ..errors import message
from ..exchange.patrol_tables import logs_page, read_logs
from ..i18n import say, tr
from ..progress import Progress
from ..register.patrolling import take_logs
from .base import RegisterAlgorithm, Results, warn_of
from .import_patches import mapping_of
from .parameters import LayerOrFileParameter, advanced, by_parameter, register_parameter, report_parameter, source_of


class LogPatrols(RegisterAlgorithm):
    """REGISTER, TABLE, MAPPING, BY, REPORT → ROWS, TAKEN, KNOWN, REFUSED."""

    NAME = "log_patrols"
    GROUP = "patrol"

    def displayName(self) -> str:
        return tr("Take over a ledger of patrols")

    def shortHelpString(self) -> str:
        return tr("Takes an office's patrol ledger (Excel, CSV …) into the register: 巡查单位, 巡查日期, 起止时间, 巡查人员, 巡查区域, 巡查路线, "
                  "是否有违法, 处理意见. Each row is one log; a row that the register has already records nothing. What only keeps a log from "
                  "counting (one officer, no route) is taken, and the patrol table says why it does not count.")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(LayerOrFileParameter("TABLE", tr("Ledger of patrols"), [QgsProcessing.SourceType.TypeVector]))
        self.addParameter(advanced(QgsProcessingParameterString("MAPPING", tr("Field mapping (JSON)"), multiLine=True, optional=True)))
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        for name, text in (("ROWS", tr("Rows")), ("TAKEN", tr("Rows taken")), ("KNOWN", tr("Rows recorded before")),
                           ("REFUSED", tr("Rows refused"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._source = source_of(parameters.get("TABLE"), context)

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        path = Path(self._source.split("|")[0])
        counts = {"TAKEN": 0, "KNOWN": 0}
        outcomes: Dict[str, str] = {}
        with self.open_register(parameters, context) as register:
            codes = {code: code for code in register.townships()["ZSDM"] if code}
            rows, told = read_logs(path, codes, mapping_of(self.text(parameters, "MAPPING", context)), progress.part(0.0, 0.3))
            readable = [row for row in rows if row.log is not None]
            taken = take_logs(register, [row.log for row in readable if row.log is not None], by=self.acting_as(parameters, context))
            for row, (patrol, reason) in zip(readable, taken):
                if reason is not None:
                    warn_of(feedback, [message("Row {row}: {reason}", row=row.place, reason=reason)])
                    continue
                counts["TAKEN" if patrol else "KNOWN"] += 1
                outcomes[row.place] = tr("taken") if patrol else tr("recorded before")
        warn_of(feedback, [message("Row {row}: {reason}", row=row.place, reason=row.reason) for row in rows if row.reason is not None])
        warn_of(feedback, told)
        recorded = message("{n} patrols were recorded.", n=counts["TAKEN"])
        feedback.pushInfo(say(recorded))
        return {"ROWS": len(rows), **counts, "REFUSED": len(rows) - sum(counts.values()),
                **self.give_report(parameters, context, feedback, logs_page(path.name, rows, outcomes, told), recorded)}
