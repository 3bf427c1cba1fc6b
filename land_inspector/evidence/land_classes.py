"""Land-use classes (DLBM) and the four groups of land they are counted in."""
from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Optional, Sequence

import numpy as np

CULTIVATED = "GD"
GROUPS = ("GD", "FGNYD", "JSYD", "WLYD")
GROUP_COLUMNS = {"GD": "GDMJ", "FGNYD": "FGNYDMJ", "JSYD": "JSYDMJ", "WLYD": "WLYDMJ"}
CENTIMETRES = 0.01  # m²: areas are kept with two decimals


class LandClasses:
    """The office's class table; codes are found with or without a suffix (0201K 可调整, 0602A …)."""

    def __init__(self, groups: Mapping[str, str]):
        self._groups = {str(code): group for code, group in groups.items()}

    def code(self, value: Any) -> Optional[str]:
        """The code of the table that a layer's value stands for; None where the table does not know it (R12)."""
        text = str(value).strip().upper()
        if re.fullmatch(r"\d{3}(\.0)?", text) or isinstance(value, (int, float)):
            text = text.split(".")[0].zfill(4)  # numbers lose the leading zero of 0101
        stripped = re.sub(r"[A-Z]+$", "", text)
        return next((code for code in (text, stripped) if code in self._groups), None)

    def group(self, value: Any) -> Optional[str]:
        """One of :data:`GROUPS` for a layer's value; None where the table does not know the class (R12)."""
        code = self.code(value)
        return None if code is None else self._groups[code]


def group_areas(patch: np.ndarray, values: Sequence[Any], area: np.ndarray, classes: LandClasses, count: int) -> Dict[str, np.ndarray]:
    """m² per parcel of each group; classes that the table does not know count in none."""
    groups: List[Optional[str]] = [classes.group(value) for value in values]
    result = {}
    for group in GROUPS:
        rows = np.array([k for k, name in enumerate(groups) if name == group], dtype=int)
        result[group] = np.bincount(patch[rows], area[rows], count)
    return result


def adjusted(groups: Mapping[str, np.ndarray], total: np.ndarray, complete: np.ndarray) -> Dict[str, np.ndarray]:
    """The groups with two decimals; where ``complete``, scaled so that they sum to ``total`` exactly (R09).

    ``total`` has two decimals. The residual of rounding goes to the largest group. Where the survey has gaps, groups are
    only scaled down, and only if overlapping classes made them exceed the parcel.
    """
    raw = np.array([groups[group] for group in GROUPS])
    whole = raw.sum(axis=0)
    scale = (complete | (whole > total)) & (whole > 0)
    raw = raw * np.divide(total, whole, out=np.ones(len(total)), where=scale)
    cents = np.round(raw / CENTIMETRES)
    residual = np.where(scale, np.round(total / CENTIMETRES) - cents.sum(axis=0), 0.0)
    cents[raw.argmax(axis=0), np.arange(len(total))] += residual
    return {group: cents[k] * CENTIMETRES for k, group in enumerate(GROUPS)}
