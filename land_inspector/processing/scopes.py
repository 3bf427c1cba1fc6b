"""What figures are asked for: parameters for a batch or a period, and for the moment and day they speak of."""
from __future__ import annotations

from typing import Any, Dict, Optional

from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingParameterNumber, QgsProcessingParameterString

from ..errors import InputError
from ..i18n import tr
from ..register.figures import Scope
from .parameters import DayParameter, advanced, day_text, moment_text


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
