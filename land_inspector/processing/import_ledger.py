"""land_inspector:import_ledger"""
from __future__ import annotations

from datetime import date
from typing import Any, Dict

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingParameterString

from ..errors import message
from ..exchange.ledger_tables import read_ledger
from ..exchange.report_pages import ledger_page
from ..i18n import tr
from ..progress import Progress
from ..register.ledger_import import take_over
from ..register.ledger_rows import REFUSED
from .base import Results, tell_of, warn_of
from .import_patches import mapping_of
from .parameters import day_text, register_parameter
from .taking_over import TakingOver, recorded_of, what_became


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
