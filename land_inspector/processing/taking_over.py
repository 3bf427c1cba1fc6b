"""What taking an office's ledger over asks and gives alike, whatever the ledger holds: table, mapping, day; rows by what became of them."""
from __future__ import annotations

from typing import Any, Dict, Union

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterString,
)

from ..errors import Message, message
from ..i18n import tr
from ..register.ledger_rows import KNOWN, REFUSED, TAKEN, TakenOver
from ..register.matters import MattersTaken
from .base import RegisterAlgorithm, Results
from .parameters import DayParameter, LayerOrFileParameter, advanced, by_parameter, report_parameter, source_of


class TakingOver(RegisterAlgorithm):
    """Base of the algorithms that take a table of an office over as one action."""

    def ask_for_table(self, label: str) -> None:
        """TABLE, MAPPING and DAY."""
        self.addParameter(LayerOrFileParameter("TABLE", label, [QgsProcessing.SourceType.TypeVector]))
        self.addParameter(advanced(QgsProcessingParameterString("MAPPING", tr("Field mapping (JSON)"), multiLine=True, optional=True)))
        self.addParameter(DayParameter("DAY", tr("Day the table speaks of, for what it does not date (empty: today)"), optional=True))

    def ask_who_and_say_what_became(self) -> None:
        """BY and REPORT; ROWS, TAKEN, KNOWN, REFUSED and GROUP."""
        self.addParameter(by_parameter())
        self.addParameter(report_parameter())
        for name, text in (("ROWS", tr("Rows")), ("TAKEN", tr("Rows taken")), ("KNOWN", tr("Rows recorded before")),
                           ("REFUSED", tr("Rows refused"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))
        self.addOutput(QgsProcessingOutputString("GROUP", tr("Action, to undo by")))

    def look_up(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        self._source = source_of(parameters.get("TABLE"), context)


def what_became(taken: Union[TakenOver, MattersTaken]) -> Results:
    """How many rows there were, how many came in, were known and were refused; the action to undo them by ('' for none)."""
    return {"ROWS": len(taken.outcomes), "TAKEN": len(taken.of(TAKEN)), "KNOWN": len(taken.of(KNOWN)),
            "REFUSED": len(taken.of(REFUSED)), "GROUP": taken.recorded.group if taken.recorded else ""}


def recorded_of(taken: Union[TakenOver, MattersTaken]) -> Message:
    """What the register has taken already, for a report that cannot be written."""
    return message("{n} rows were recorded (action {group}).", n=len(taken.of(TAKEN)),
                   group=taken.recorded.group if taken.recorded else "-")
