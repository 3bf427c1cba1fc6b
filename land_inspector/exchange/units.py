"""In which unit the issued areas are (rule R05): the header's word, checked against the patches themselves."""
from __future__ import annotations

from typing import List, Optional, Sequence

import numpy as np

from ..errors import message
from .import_findings import Notes

M2_PER_MU = 2000 / 3
TO_M2 = {"m2": 1.0, "mu": M2_PER_MU, "ha": 10000.0}
BANDS = {"m2": (0.9, 1.1), "mu": (0.00135, 0.00165), "ha": (0.00009, 0.00011)}
AREA_TOLERANCE = 0.01
#: An issued area so many times larger or smaller than the measured one belongs to something else.
NOT_THE_SAME = 10.0


def recognise_unit(issued: Sequence[Optional[float]], measured_m2: np.ndarray, stated: Optional[str], notes: Notes) -> Optional[str]:
    """``m2``, ``mu`` or ``ha``; None where neither a header nor the ratio to the measured areas tells.

    A clear ratio wins over the header: a wrong heading is common, a median of all patches wrong by 667 is not.
    """
    ratio = median_ratio(issued, measured_m2)
    seen = next((unit for unit, (low, high) in BANDS.items() if ratio is not None and low <= ratio <= high), None)
    if stated and seen and seen != stated:
        notes.add("W", message("The areas (JCMJ) are headed {stated}, but against the patches they are {seen}; they were read as {seen}.",
                               stated=stated, seen=seen), message("Ask the issuer which unit is meant."), rule="R05")
    if seen or stated:
        return seen or stated
    if ratio is not None:
        notes.add("W", message("The unit of the areas (JCMJ) cannot be told: in the middle they are {ratio} times the measured m².",
                               ratio=f"{ratio:.6g}"),
                  message("Ask the issuer for the unit; the values are kept as they came (JCMJ_Y), JCMJ is empty."), rule="R05")
    return None


def median_ratio(issued: Sequence[Optional[float]], measured_m2: np.ndarray) -> Optional[float]:
    """Median of issued / measured over the patches that have both; None if none has."""
    values = np.array([np.nan if value is None else value for value in issued], dtype=float)
    usable = np.isfinite(values) & (values > 0) & np.isfinite(measured_m2) & (measured_m2 > 0)
    return float(np.median(values[usable] / measured_m2[usable])) if usable.any() else None


def in_m2(values: Sequence[Optional[float]], units: Sequence[Optional[str]]) -> List[Optional[float]]:
    """Areas in m², each from its unit; None where that is unknown."""
    return [None if value is None or unit is None else value * TO_M2[unit] for value, unit in zip(values, units)]
