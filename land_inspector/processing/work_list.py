"""land_inspector:work_list"""
from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Tuple

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..exchange.wording import ground_text
from ..i18n import say, tr, user_locale
from ..law.areas import to_mu
from ..law.pack import Label
from ..law.quantities import yuan
from ..law.work_lists import DEFAULT_WITHIN_DAYS, LISTS, OVERDUE, Filter, WorkRow
from ..progress import Progress
from ..register.work_lists import read_pursuit
from .base import RegisterAlgorithm, Results
from .parameters import ChoiceParameter, DayParameter, day_text, register_parameter
from .table_sink import TableField, write_table

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
