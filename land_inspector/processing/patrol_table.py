"""land_inspector:patrol_table"""
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
)

from ..errors import InputError
from ..exchange.patrol_tables import station_fields, station_row
from ..i18n import tr, user_locale
from ..law.pack import Label
from ..law.patrols import FILED, REMOVED, REPORTED, STOPPED, last_day
from ..progress import Progress
from ..register.patrolling import as_finding, findings, station_table
from .base import RegisterAlgorithm, Results
from .parameters import DayParameter, day_text, moment_text, register_parameter
from .table_sink import write_table

_FOLLOWED = (("ZZ", (STOPPED, REMOVED)), ("SB", (REPORTED,)), ("LA", (FILED,)))


class PatrolTable(RegisterAlgorithm):
    """REGISTER, YEAR, QUARTER, MONTH, KNOWN_AT, EFFECTIVE_ON → OUTPUT (a row for each station and month), ROWS, SHORT."""

    NAME = "patrol_table"
    GROUP = "patrol"

    def displayName(self) -> str:
        return tr("Patrols by station and month")

    def shortHelpString(self) -> str:
        return tr("Required, logged, valid and missing patrols of every station in every month, why logs do not count, and what was found, "
                  "stopped, reported and filed. A patrol counts with two officers, start and end, and a route or a track; the same team or "
                  "the same route counts once in a half-day (R50).")

    def initAlgorithm(self, configuration: Any = None) -> None:
        self.addParameter(register_parameter())
        self.addParameter(QgsProcessingParameterNumber("YEAR", tr("Year"), optional=False, defaultValue=date.today().year, minValue=1999,
                                                       maxValue=2100))
        self.addParameter(QgsProcessingParameterNumber("QUARTER", tr("Quarter"), optional=True, minValue=1, maxValue=4))
        self.addParameter(QgsProcessingParameterNumber("MONTH", tr("Month"), optional=True, minValue=1, maxValue=12))
        self.addParameter(DayParameter("KNOWN_AT", tr("Known at (empty: now)"), optional=True, moment=True))
        self.addParameter(DayParameter("EFFECTIVE_ON", tr("Effective on (empty: today)"), optional=True))
        self.addParameter(QgsProcessingParameterFeatureSink("OUTPUT", tr("Patrol table"), QgsProcessing.SourceType.TypeVector))
        self.addOutput(QgsProcessingOutputNumber("ROWS", tr("Rows")))
        self.addOutput(QgsProcessingOutputNumber("SHORT", tr("Months that are short")))

    def work(self, parameters: Dict[str, Any], context: QgsProcessingContext, progress: Progress,
             feedback: QgsProcessingFeedback) -> Results:
        first, last = self._span(parameters, context)
        with self.open_register(parameters, context) as register:
            state = register.state_then(moment_text(parameters.get("KNOWN_AT")), day_text(parameters.get("EFFECTIVE_ON")), progress)
            months = station_table(register, first, last, state)
            found = [as_finding(row) for row in findings(register, state)]
        counts: Dict[Tuple[str, int, int], Dict[str, int]] = {}
        for one in found:
            mine = counts.setdefault((one.station, one.on.year, one.on.month), {})
            mine["FX"] = mine.get("FX", 0) + 1
            for column, acts in _FOLLOWED:
                mine[column] = mine.get(column, 0) + any(one.done_on(act) for act in acts)
        rows = [station_row(month, counts.get((month.station, month.year, month.month), {})) for month in months]
        fields = [(name, kind, Label(zh, en)) for name, kind, zh, en in station_fields()]
        output = write_table(self, parameters, context, "OUTPUT", fields, rows, user_locale())
        return {"OUTPUT": output, "ROWS": len(rows), "SHORT": sum(not month.is_met for month in months)}

    def _span(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Tuple[date, date]:
        year = self.parameterAsInt(parameters, "YEAR", context)
        month, quarter = (self.parameterAsInt(parameters, name, context) if parameters.get(name) not in (None, "") else None
                          for name in ("MONTH", "QUARTER"))
        if month is not None and quarter is not None:
            raise InputError("A month and a quarter are given.", "Give one of them.")
        months: List[int] = [month] if month else [3 * quarter - 2, 3 * quarter] if quarter else [1, 12]
        last = last_day(year, months[-1])
        today = date.today()
        if last > today >= date(year, months[0], 1):
            last = last_day(today.year, today.month)
        return date(year, months[0], 1), last
