"""What the algorithms of a register share: who acts, which register, where its origins are kept, and of which batch,
period, moment and day figures are asked.
"""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Dict, Iterable, Optional, Sequence, Tuple, Union

from qgis.core import (
    QgsProcessing, QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingFeedback,
    QgsProcessingOutputLayerDefinition, QgsProcessingOutputNumber, QgsProcessingOutputString,
    QgsProcessingParameterNumber, QgsProcessingParameterString,
)

from ..errors import InputError, Message, UserError, message
from ..exchange.formats.html import write_page
from ..i18n import say, tr
from ..register.addresses import RegisterAddress, address_of
from ..register.figures import Scope
from ..register.records import KNOWN, REFUSED, TAKEN, TakenOver
from ..register.matters import MattersTaken
from ..register.register import Register
from ..register.sealing import OriginBook
from ..settings import Settings, is_lost_with_qgis, origins_file
from .feedback import LandInspectorAlgorithm, Results, told
from .parameters import (
    DayParameter, LayerOrFileParameter, advanced, by_parameter, day_text, moment_text, report_parameter, source_of,
)


# What the algorithms of a register share: who acts, which register, where its origins are kept.
#
# An algorithm declares parameters and makes one call; all that it can do, a script can do with the same call. Each opens
# the register for itself, so it runs in any thread; layers are looked up in :meth:`prepareAlgorithm`, on the thread that
# owns them.

__all__ = ["RegisterAlgorithm", "Results", "StationMonthAlgorithm", "register_address", "tell_of", "warn_of"]


class RegisterAlgorithm(LandInspectorAlgorithm):
    """Base of the algorithms that work on a register. ``KEPT`` names the outputs that are kept: a place that QGIS empties when it
    quits is refused for them before anything is done."""

    GROUP = "register"
    KEPT: Tuple[str, ...] = ()

    def checkParameterValues(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Tuple[bool, str]:
        fine, reason = super().checkParameterValues(parameters, context)
        for name in self.KEPT:
            value = parameters.get(name)
            value = value.sink.staticValue() if isinstance(value, QgsProcessingOutputLayerDefinition) else value
            if value == QgsProcessing.TEMPORARY_OUTPUT or isinstance(value, str) and value and "\0" not in value \
                    and is_lost_with_qgis(Path(value)):
                return False, tr("{output}: a temporary place is emptied when QGIS quits. Name a file or folder that lasts.",
                                 output=self.parameterDefinition(name).description())
        return fine, reason

    def processAlgorithm(self, parameters: Dict[str, Any], context: QgsProcessingContext,
                         feedback: QgsProcessingFeedback) -> Results:
        asked = isinstance(self.parameterDefinition("BY"), QgsProcessingParameterString)
        if asked and not self.text(parameters, "BY", context) and not Settings.load().actor:
            feedback.pushInfo(tr("Nobody has said who acts: it is recorded of {name}, the computer's login. “Acting person”, or your name "
                                 "in the options, says otherwise.", name=Settings.load().acting_as))
        return super().processAlgorithm(parameters, context, feedback)

    def text(self, parameters: Dict[str, Any], name: str, context: QgsProcessingContext) -> str:
        """A text parameter without blanks around it; empty where nothing was given."""
        return (self.parameterAsString(parameters, name, context) or "").strip()

    def crs_text(self, parameters: Dict[str, Any], name: str, context: QgsProcessingContext) -> Optional[str]:
        """A CRS parameter as ``EPSG:4528`` or WKT; None where nothing was given."""
        crs = self.parameterAsCrs(parameters, name, context)
        if not crs.isValid():
            return None
        return crs.authid() if crs.authid() and not crs.authid().startswith("USER:") else crs.toWkt()

    def acting_as(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> str:
        """Who acts: BY where it is given, else the name in the settings, else the login name."""
        given = self.text(parameters, "BY", context) if self.parameterDefinition("BY") else ""
        return given or Settings.load().acting_as

    def give_report(self, parameters: Dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback, page: str,
                    recorded: Optional[Message] = None) -> Results:
        """Write REPORT, where one is asked for. ``recorded`` says what the register has taken already: then a report that cannot be
        written is told beside it and the run goes on, for what was done was done."""
        file = self.parameterAsFileOutput(parameters, "REPORT", context)
        if not file:
            return {}
        try:
            write_page(file, page, self.inputs)
        except UserError as error:
            if recorded is None:
                raise
            feedback.reportError(tr("{recorded} Only the report could not be written: {reason}", recorded=say(recorded),
                                    reason=told(error)))
            return {}
        return {"REPORT": file}

    def open_register(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Register:
        """The register that REGISTER names, checked against the origins this machine knows. Raises as
        :meth:`Register.open` does."""
        return Register.open(register_address(self.text(parameters, "REGISTER", context)), origins=OriginBook(origins_file()))


class StationMonthAlgorithm(RegisterAlgorithm):
    """Base of those that work on a station's month: STATION, YEAR and MONTH."""

    GROUP = "patrol"

    def add_station_month(self, any_station: bool = False) -> None:
        """The three parameters; ``any_station``: none means all."""
        today = date.today()
        number = QgsProcessingParameterNumber
        self.addParameter(QgsProcessingParameterString("STATION", tr("Station (empty: all)") if any_station else tr("Station"),
                                                       optional=any_station))
        self.addParameter(number("YEAR", tr("Year"), defaultValue=today.year, minValue=1999, maxValue=2100))
        self.addParameter(number("MONTH", tr("Month"), defaultValue=today.month, minValue=1, maxValue=12))

    def station_month(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Tuple[str, int, int]:
        """What they say; "" for every station."""
        return (self.text(parameters, "STATION", context), self.parameterAsInt(parameters, "YEAR", context),
                self.parameterAsInt(parameters, "MONTH", context))


def register_address(text: str) -> RegisterAddress:
    """The address of a register given as such, as a path, or as the source of one of its layers."""
    return address_of(text.split("|")[0])


def warn_of(feedback: QgsProcessingFeedback, texts: Iterable[Message], most: int = 50) -> None:
    """Lines in the log of the run; a report holds the rest."""
    for text in list(texts)[:most]:
        feedback.pushWarning(say(text))


def tell_of(feedback: QgsProcessingFeedback, told: Sequence[Message], left: Sequence[Message]) -> None:
    """What a file holds and what was read of it, in the log; what was left of it, as a warning."""
    warn_of(feedback, left)
    for text in [one for one in told if one not in left][:50]:
        feedback.pushInfo(say(text))


# What figures are asked for: parameters for a batch or a period, and for the moment and day they speak of.

def add_scope_parameters(algorithm: QgsProcessingAlgorithm) -> None:
    """BATCH, YEAR, MONTH, QUARTER."""
    algorithm.addParameter(QgsProcessingParameterString("BATCH", tr("Batch code (empty: all)"), optional=True))
    algorithm.addParameter(QgsProcessingParameterNumber("YEAR", tr("Year (empty: all)"), optional=True, minValue=1999, maxValue=2100))
    algorithm.addParameter(advanced(QgsProcessingParameterNumber("MONTH", tr("Month"), optional=True, minValue=1, maxValue=12)))
    algorithm.addParameter(advanced(QgsProcessingParameterNumber("QUARTER", tr("Quarter"), optional=True, minValue=1, maxValue=4)))


def add_clock_parameters(algorithm: QgsProcessingAlgorithm, tail: str = "") -> None:
    """KNOWN_AT and EFFECTIVE_ON; with a ``tail`` those of one of two states."""
    known, effective = tr("Known at (empty: now)"), tr("Effective on (empty: today)")
    if tail:
        state = tr("first state") if tail == "_1" else tr("second state")
        known, effective = f"{state}: {known}", f"{state}: {effective}"
    algorithm.addParameter(DayParameter(f"KNOWN_AT{tail}", known, optional=True, moment=True))
    algorithm.addParameter(DayParameter(f"EFFECTIVE_ON{tail}", effective, optional=True))


def scope_of(algorithm: QgsProcessingAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext, tail: str = "") -> Scope:
    """Raises InputError for a month or quarter without its year."""
    batch = (algorithm.parameterAsString(parameters, "BATCH", context) or "").strip() or None
    year, month, quarter = (_number(algorithm, parameters, context, name) for name in ("YEAR", "MONTH", "QUARTER"))
    if year is None and (month is not None or quarter is not None):
        raise InputError("A month or a quarter needs its year.", "Give YEAR as well.")
    known_at, effective_on = moment_text(parameters.get(f"KNOWN_AT{tail}")), day_text(parameters.get(f"EFFECTIVE_ON{tail}"))
    return Scope(batch, year, month, quarter, known_at, effective_on)


def _number(algorithm: QgsProcessingAlgorithm, parameters: Dict[str, Any], context: QgsProcessingContext, name: str) -> Optional[int]:
    return None if parameters.get(name) in (None, "") else algorithm.parameterAsInt(parameters, name, context)


# What taking an office's ledger over asks and gives alike, whatever the ledger holds: table, mapping, day; rows by what became of them.

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
