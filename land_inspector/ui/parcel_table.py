"""The parcels of a batch as columns in memory: what the list shows and the filters look at, without a query or a loop."""
from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import pandas as pd

from ..law.areas import mu_text

#: Facets with exactly one value a parcel, and the column each of them reads.
SINGLE_FACETS: Dict[str, str] = {"township": "XZDM", "verdict": "PDJL1", "proposed": "ZDPD1", "state": "HSZT"}
#: Marks a parcel may carry several of; the facet ``mark`` filters by one of them.
MARKS = ("differs", "basis_changed", "incomplete", "split")
NOT_JUDGED = "0"
RETURNED = "9"
_BOX = ("xmin", "ymin", "xmax", "ymax")
_SEARCHED = ("DKBH", "JCBH", "XZMC", "CMC", "TBLX", "YDDW", "XMMC", "PDSM")
_TEXTS = ("parcel_id", "patch_id", "shape_id", "last_event",
          "DKBH", "JCBH", "XZDM", "XZMC", "PDJL1", "PDJL2", "ZDPD1", "ZDPD2", "HSZT", "ZD", "QSX", "HSX")


#: xmin, ymin, xmax, ymax in the register's CRS.
Box = Tuple[float, float, float, float]


@dataclass(frozen=True)
class Line:
    """One parcel as the list shows it; codes as stored, '' where nothing is known. ``area_m2`` is the parcel's area."""

    number: str
    township: str
    area_m2: float
    verdict: str
    sub_verdict: str
    proposed: str
    sub_proposed: str
    state: str
    regime: str
    marks: Tuple[str, ...]

    @property
    def area_mu(self) -> str:
        return mu_text(self.area_m2)


class ParcelTable:
    """Parcels that are alive, in no order that counts. Rows are counted from 0; ``ids`` never change their parcel."""

    def __init__(self, frame: pd.DataFrame):
        """``frame`` as :meth:`Register.parcels` or the storage's frame ``parcel`` gives it; ``storage.boxes`` may be joined to it."""
        self._texts = {name: _texts(frame, name) for name in _TEXTS}
        self._texts["PDJL1"][self._texts["PDJL1"] == ""] = NOT_JUDGED
        self.ids: np.ndarray = self._texts["parcel_id"]
        self._index = pd.Index(self.ids)
        self.area_m2: np.ndarray = _numbers(frame, "DKMJ")
        self.weight_m2: np.ndarray = _weights(frame)
        self._boxes = np.column_stack([_numbers_or_nan(frame, name) for name in _BOX])
        self.number_order: np.ndarray = np.argsort(self._texts["DKBH"].astype(str), kind="stable")
        self._haystack = _haystack(frame)
        self._facets = {facet: _factorized(self._texts[column]) for facet, column in SINGLE_FACETS.items()}
        self._marks = _marks(frame, self._texts)

    def updated(self, frame: pd.DataFrame) -> "ParcelTable":
        """A table in which the parcels of ``frame`` read as they do there; all others, and every place, stay."""
        rows = self.positions(frame["parcel_id"])
        fresh, known = ParcelTable(frame), rows >= 0
        rows = rows[known]
        other = copy(self)
        other._texts = {name: _replaced(values, rows, fresh._texts[name][known]) for name, values in self._texts.items()}
        other.area_m2 = _replaced(self.area_m2, rows, fresh.area_m2[known])
        other.weight_m2 = _replaced(self.weight_m2, rows, fresh.weight_m2[known])
        width = np.promote_types(self._haystack.dtype, fresh._haystack.dtype)
        other._haystack = _replaced(self._haystack.astype(width), rows, fresh._haystack[known])
        other._facets = {facet: _factorized(other._texts[column]) for facet, column in SINGLE_FACETS.items()}
        other._marks = {name: _replaced(mask, rows, fresh._marks[name][known]) for name, mask in self._marks.items()}
        return other

    def __len__(self) -> int:
        return len(self.ids)

    def positions(self, ids: Any) -> np.ndarray:
        """Row of each id, -1 where the parcel is not here."""
        return self._index.get_indexer(pd.Index(ids, dtype=object))

    def text(self, column: str, row: int) -> str:
        return self._texts[column][row]

    def line(self, row: int) -> Line:
        text = {name: values[row] for name, values in self._texts.items()}
        marks = tuple(name for name in MARKS if self._marks[name][row])
        return Line(text["DKBH"], text["XZMC"] or text["XZDM"], float(self.area_m2[row]), text["PDJL1"], text["PDJL2"],
                    text["ZDPD1"], text["ZDPD2"], text["HSZT"], text["ZD"], marks)

    def numbered(self, number: str) -> Optional[str]:
        """The parcel of this number, or of the patch of this number, or the only one whose number ends so."""
        wanted = number.strip().upper()
        for names in (self._texts["DKBH"], self._texts["JCBH"]):
            found = np.flatnonzero(np.char.upper(names.astype(str)) == wanted)
            if len(found):
                return str(self.ids[found[0]])
        found = np.flatnonzero(np.char.endswith(np.char.upper(self._texts["DKBH"].astype(str)), wanted)) if wanted else ()
        return str(self.ids[found[0]]) if len(found) == 1 else None

    # --- what the filters ask -----------------------------------------------------------------------------------------

    def holding(self, needle: str) -> np.ndarray:
        """Parcels one of whose searched texts holds ``needle``, upper and lower case alike."""
        return np.char.find(self._haystack, needle.strip().lower()) >= 0

    def having(self, facet: str, value: str) -> np.ndarray:
        """Parcels whose ``facet`` is ``value``; all False for a value that does not occur."""
        if facet == "mark":
            return self._marks[value]
        codes, values = self._facets[facet]
        return codes == values.index(value) if value in values else np.zeros(len(self), dtype=bool)

    def meeting(self, box: Box) -> np.ndarray:
        """Parcels whose box meets ``box``; none whose place is not known."""
        xmin, ymin, xmax, ymax = self._boxes.T
        return (xmax >= box[0]) & (xmin <= box[2]) & (ymax >= box[1]) & (ymin <= box[3])

    def distances_m(self, point: Tuple[float, float]) -> np.ndarray:
        """From ``point`` to the middle of each parcel's box in units of the register's CRS; infinite where it is not known."""
        middle = (self._boxes[:, :2] + self._boxes[:, 2:]) / 2
        return np.nan_to_num(np.hypot(middle[:, 0] - point[0], middle[:, 1] - point[1]), nan=np.inf)

    def counts(self, facet: str, among: np.ndarray) -> Dict[str, int]:
        """How many of the parcels in the mask ``among`` have each value; values of the batch that none has count 0."""
        if facet == "mark":
            return {name: int(np.count_nonzero(mask & among)) for name, mask in self._marks.items()}
        codes, values = self._facets[facet]
        return dict(zip(values, np.bincount(codes[among], minlength=len(values)).tolist()))

    def facet_codes(self, facet: str) -> np.ndarray:
        """A number for each parcel that sorts as its value of ``facet`` does."""
        return self._facets[facet][0]

    def townships(self) -> Dict[str, str]:
        """Names by code, '' where a parcel lies in none."""
        names = dict(zip(self._texts["XZDM"].tolist(), self._texts["XZMC"].tolist()))
        return {code: names[code] for code in sorted(names)}

    @property
    def judged(self) -> np.ndarray:
        return ~self.having("verdict", NOT_JUDGED)


def empty_table() -> ParcelTable:
    return ParcelTable(pd.DataFrame(columns=[*_TEXTS, "DKMJ"], dtype=object))


def _replaced(values: np.ndarray, rows: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    changed = values.copy()
    changed[rows] = fresh
    return changed


def _texts(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame:
        return np.full(len(frame), "", dtype=object)
    column = frame[name].to_numpy(dtype=object, copy=True)
    column[pd.isna(column)] = ""
    return column


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    return np.nan_to_num(pd.to_numeric(frame[name]).to_numpy(dtype=float, copy=True))


def _numbers_or_nan(frame: pd.DataFrame, name: str) -> np.ndarray:
    return pd.to_numeric(frame[name]).to_numpy(dtype=float, copy=True) if name in frame else np.full(len(frame), np.nan)


def _weights(frame: pd.DataFrame) -> np.ndarray:
    """Cultivated area by which a parcel weighs on the ratio of illegally used farmland: as judged, else as measured, else as issued."""
    weight = np.full(len(frame), np.nan)
    for name in ("WFGD", "measured_GDMJ", "GDMJ", "GDMJ0"):
        weight = np.where(np.isnan(weight), _numbers_or_nan(frame, name), weight)
    return np.nan_to_num(weight)


def _haystack(frame: pd.DataFrame) -> np.ndarray:
    joined = _texts(frame, _SEARCHED[0])
    for name in _SEARCHED[1:]:
        joined = joined + "\n" + _texts(frame, name)
    return np.char.lower(joined.astype(str)) if len(frame) else np.array([], dtype="<U1")


def _factorized(column: np.ndarray) -> Tuple[np.ndarray, List[str]]:
    codes, values = pd.factorize(column, sort=True)
    return codes, list(values)


def _marks(frame: pd.DataFrame, texts: Dict[str, np.ndarray]) -> Dict[str, np.ndarray]:
    verdict, proposed = texts["PDJL1"], texts["ZDPD1"]
    differs = (verdict != NOT_JUDGED) & np.isin(proposed, ("1", "2", "3")) & (verdict != proposed)
    return {
        "differs": differs.astype(bool),
        "basis_changed": _truths(frame, "basis_changed"),
        "incomplete": _truths(frame, "incomplete"),
        "split": (_texts(frame, "TBZT") == "2").astype(bool),
    }


def _truths(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame:
        return np.zeros(len(frame), dtype=bool)
    return np.nan_to_num(pd.to_numeric(frame[name]).to_numpy(dtype=float, copy=True)) > 0
