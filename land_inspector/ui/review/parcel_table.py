"""The parcels of a batch as columns in memory: what the list shows and the filters look at, without a query or a loop."""
from __future__ import annotations

import json
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import pandas as pd

from ...exchange.standard_parcels import child_number
from ...law.areas import mu_text
from ...register.register import own_number


# Looking for a text in fifty thousand others at once: one long string, and where in it each of them begins.

#: Stands between two parcels' texts; nobody types it.
_BETWEEN = "\x1f"


class SubstringIndex:
    """Texts in lower case. One long remark makes a fixed-width array of all of them hundreds of megabytes; this does not."""

    def __init__(self, texts: np.ndarray):
        """``texts`` is an object array of strings, one a row."""
        self.texts: np.ndarray = np.array([text.lower() for text in texts], dtype=object)
        self._joined: Optional[Tuple[str, np.ndarray]] = None

    def replaced(self, rows: np.ndarray, fresh: np.ndarray) -> "SubstringIndex":
        """The same with other texts in some rows; ``fresh`` are in lower case."""
        other = SubstringIndex.__new__(SubstringIndex)
        other.texts, other._joined = self.texts.copy(), None
        other.texts[rows] = fresh
        return other

    def holding(self, needle: str) -> np.ndarray:
        """A mask of the rows whose text holds ``needle``, which is in lower case; every row holds ''."""
        found = np.zeros(len(self.texts), dtype=bool)
        text, ends = self._whole()
        place = text.find(needle)
        while place >= 0:
            row = int(np.searchsorted(ends, place, side="right"))
            if row >= len(ends):
                break
            found[row] = True
            place = text.find(needle, int(ends[row]))
        return found

    def _whole(self) -> Tuple[str, np.ndarray]:
        """All texts in one, and the place after each of them; put together when it is first asked for."""
        if self._joined is None:
            lengths = np.fromiter((len(text) + 1 for text in self.texts), dtype=np.int64, count=len(self.texts))
            self._joined = _BETWEEN.join([*self.texts, ""]), np.cumsum(lengths)
        return self._joined


#: Facets with exactly one value a parcel, and the column each of them reads.
SINGLE_FACETS: Dict[str, str] = {"township": "XZDM", "verdict": "PDJL1", "proposed": "ZDPD1", "state": "HSZT", "assigned": "assigned_to"}
#: Marks a parcel may carry several of; the criterion ``marks`` asks for those that carry all that are named.
MARKS = ("undone", "returned", "overdue", "mine", "flagged", "later", "paper", "basis_changed", "differs", "incomplete", "split")
#: Values of the column ``aside``: to be looked at later, or waiting for a paper. Both are marks as well.
LATER, PAPER = "later", "paper"
NOT_JUDGED = "0"
RETURNED = "9"
_BOX = ("xmin", "ymin", "xmax", "ymax")
_SEARCHED = ("DKBH", "JCBH", "XZMC", "CMC", "TBLX", "YDDW", "XMMC", "PDSM")
_TEXTS = ("parcel_id", "patch_id", "shape_id", "last_event",
          "DKBH", "JCBH", "XZDM", "XZMC", "PDJL1", "PDJL2", "ZDPD1", "ZDPD2", "HSZT", "ZD", "QSX", "HSX", "TBZT",
          "aside", "aside_reason", "flag_reason", "assigned_to", "touched_by", "answer_by")
_COUNTS = ("basis_changed", "incomplete", "flag", "photos")


#: xmin, ymin, xmax, ymax in the register's CRS.
Box = Tuple[float, float, float, float]


@dataclass(frozen=True)
class Line:
    """One parcel as the list shows it; codes as stored, '' where nothing is known. ``area_m2`` is the parcel's area.

    ``aside_reason`` is why it was set aside, ``answer_by`` the day (ISO) until which a return must be answered.
    """

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
    aside_reason: str
    answer_by: str

    @property
    def area_mu(self) -> str:
        """The area in mu, as it is shown."""
        return mu_text(self.area_m2)


class ParcelTable:
    """Parcels that are alive, in no order that counts. Rows are counted from 0; ``ids`` never change their parcel."""

    def __init__(self, frame: pd.DataFrame, me: str = "", today: Optional[date] = None):
        """``frame`` as the storage's frame ``queue`` gives it; ``storage.boxes`` may be joined to it.

        ``me`` is the id of the person at the desk, '' for one who has not acted here yet; ``today`` decides what is overdue.
        """
        self.me = me
        self._today = today or date.today()
        self._texts = {name: _texts(frame, name) for name in _TEXTS if name != "answer_by"}
        self._texts["PDJL1"][self._texts["PDJL1"] == ""] = NOT_JUDGED
        self._texts["answer_by"] = _answer_days(frame, self._texts["HSZT"])
        self._counts = {name: _truths(frame, name) for name in _COUNTS}
        self.ids: np.ndarray = self._texts["parcel_id"]
        self._index = pd.Index(self.ids)
        self.area_m2: np.ndarray = _numbers(frame, "DKMJ")
        self.weight_m2: np.ndarray = _weights(frame)
        self._boxes = np.column_stack([_numbers_or_nan(frame, name) for name in _BOX])
        by_number = np.argsort(self._texts["DKBH"].astype(str), kind="stable")
        if "queue_place" in frame:  # own patches come in the order of their rank, not of their numbers
            by_number = by_number[np.argsort(_numbers(frame, "queue_place")[by_number], kind="stable")]
        self.number_order: np.ndarray = by_number
        self._substrings = SubstringIndex(_searched(frame))
        self._facets = {facet: _factorized(self._texts[column]) for facet, column in SINGLE_FACETS.items()}
        self._marks = self._marked()
        self._townships = _names(self._texts["XZDM"], self._texts["XZMC"])

    def updated(self, frame: pd.DataFrame, me: str = "") -> "ParcelTable":
        """A table in which the parcels of ``frame`` read as they do there; all others, and every place, stay."""
        rows = self.positions(frame["parcel_id"])
        fresh, known = ParcelTable(frame, me or self.me, self._today), rows >= 0
        rows = rows[known]
        other = copy(self)
        other.me = fresh.me
        other._texts = {name: _replaced(values, rows, fresh._texts[name][known]) for name, values in self._texts.items()}
        other._counts = {name: _replaced(values, rows, fresh._counts[name][known]) for name, values in self._counts.items()}
        other.area_m2 = _replaced(self.area_m2, rows, fresh.area_m2[known])
        other.weight_m2 = _replaced(self.weight_m2, rows, fresh.weight_m2[known])
        other._substrings = self._substrings.replaced(rows, fresh._substrings.texts[known])
        other._facets = {facet: _refactorized(self._facets[facet], self._texts[column], other._texts[column], rows)
                         for facet, column in SINGLE_FACETS.items()}
        other._marks = other._marked()
        return other

    def _marked(self) -> Dict[str, np.ndarray]:
        """Which parcels carry each of :data:`MARKS`, asked of columns only."""
        verdict, proposed, returned = self.judged, self._texts["ZDPD1"], self.having("state", RETURNED)
        aside, due = self._texts["aside"], self._texts["answer_by"]
        found = {
            "undone": ~verdict | returned, "returned": returned, "overdue": (due != "") & (due < self._today.isoformat()),
            "mine": self._is_mine(), "flagged": self._counts["flag"], "later": aside == LATER, "paper": aside == PAPER,
            "basis_changed": self._counts["basis_changed"], "incomplete": self._counts["incomplete"],
            "differs": verdict & np.isin(proposed, ("1", "2", "3")) & (self._texts["PDJL1"] != proposed),
            "split": self._texts["TBZT"] == "2",
        }
        return {name: mask.astype(bool) for name, mask in found.items()}

    def _is_mine(self) -> np.ndarray:
        """Assigned to me, or to nobody and worked on last by me; nothing is mine before I have acted."""
        if not self.me:
            return np.zeros(len(self), dtype=bool)
        assigned = self._texts["assigned_to"]
        return (assigned == self.me) | ((assigned == "") & (self._texts["touched_by"] == self.me))

    def __len__(self) -> int:
        return len(self.ids)

    def has_rows_of(self, other: "ParcelTable") -> bool:
        """Whether both hold the same parcels in the same rows."""
        return self.ids is other.ids

    def positions(self, ids: Any) -> np.ndarray:
        """Row of each id, -1 where the parcel is not here."""
        return self._index.get_indexer(pd.Index(ids, dtype=object))

    def text(self, column: str, row: int) -> str:
        """The value of a text column (by its field's name) in this row; '' where there is none."""
        return self._texts[column][row]

    def has_photos(self, row: int) -> bool:
        """Whether the parcel in this row has photos."""
        return bool(self._counts["photos"][row])

    def line(self, row: int) -> Line:
        """What the list shows of the parcel in this row."""
        text = {name: values[row] for name, values in self._texts.items()}
        marks = tuple(name for name in MARKS if self._marks[name][row])
        return Line(text["DKBH"], text["XZMC"] or text["XZDM"], float(self.area_m2[row]), text["PDJL1"], text["PDJL2"],
                    text["ZDPD1"], text["ZDPD2"], text["HSZT"], text["ZD"], marks, text["aside_reason"], text["answer_by"])

    def numbered(self, number: str) -> Optional[str]:
        """The parcel of this number, or of the patch of this number, or the only one whose number ends so."""
        wanted = number.strip().upper()
        if "_" in wanted and not (np.char.upper(self._texts["JCBH"].astype(str)) == wanted).any():
            wanted = own_number(wanted)  # a piece by the official system's number
        for names in (self._texts["DKBH"], self._texts["JCBH"]):
            found = np.flatnonzero(np.char.upper(names.astype(str)) == wanted)
            if len(found):
                return str(self.ids[found[0]])
        found = np.flatnonzero(np.char.endswith(np.char.upper(self._texts["DKBH"].astype(str)), wanted)) if wanted else ()
        return str(self.ids[found[0]]) if len(found) == 1 else None

    # --- what the filters ask -----------------------------------------------------------------------------------------

    def holding(self, needle: str) -> np.ndarray:
        """Parcels one of whose searched texts holds ``needle``, upper and lower case alike."""
        return self._substrings.holding(needle.strip().lower())

    def marked(self, mark: str) -> np.ndarray:
        """Parcels that carry one of :data:`MARKS`."""
        return self._marks[mark]

    def having(self, facet: str, value: str) -> np.ndarray:
        """Parcels whose ``facet`` is ``value``; all False for a value that does not occur."""
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
        codes, values = self._facets[facet]
        return dict(zip(values, np.bincount(codes[among], minlength=len(values)).tolist()))

    def mark_counts(self, among: np.ndarray) -> Dict[str, int]:
        """How many of the parcels in the mask ``among`` carry each mark."""
        return {name: int(np.count_nonzero(mask & among)) for name, mask in self._marks.items()}

    def facet_codes(self, facet: str) -> np.ndarray:
        """A number for each parcel that sorts as its value of ``facet`` does."""
        return self._facets[facet][0]

    def townships(self) -> Dict[str, str]:
        """Names by code, '' where a parcel lies in none."""
        return self._townships

    @property
    def judged(self) -> np.ndarray:
        """True for each row whose parcel has a verdict, in the order of the rows."""
        return ~self.having("verdict", NOT_JUDGED)


def empty_table() -> ParcelTable:
    """A table without parcels, for when no register has been read."""
    return ParcelTable(pd.DataFrame(columns=[*_TEXTS, "DKMJ"], dtype=object))


def _replaced(values: np.ndarray, rows: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    """A column that did not change is shared: one verdict changes four of forty."""
    if np.array_equal(values[rows], fresh):
        return values
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


def _searched(frame: pd.DataFrame) -> np.ndarray:
    """What the search looks at, one text a parcel; pieces of split patches by the official system's number as well."""
    joined = _texts(frame, _SEARCHED[0])
    for name in _SEARCHED[1:]:
        joined = joined + "\n" + _texts(frame, name)
    official = [child_number(patch, parcel) if state == "2" else ""
                for patch, parcel, state in zip(_texts(frame, "JCBH"), _texts(frame, "DKBH"), _texts(frame, "TBZT"))]
    return joined + "\n" + np.array(official, dtype=object)


def _answer_days(frame: pd.DataFrame, states: np.ndarray) -> np.ndarray:
    """The day until which each returned parcel must be answered, '' for all others."""
    days, said = np.full(len(frame), "", dtype=object), _texts(frame, "review")
    for row in np.flatnonzero(states == RETURNED):
        days[row] = (json.loads(said[row]).get("answer_by") or "") if said[row] else ""
    return days


def _names(codes: np.ndarray, names: np.ndarray) -> Dict[str, str]:
    known = dict(zip(codes.tolist(), names.tolist()))
    return {code: known[code] for code in sorted(known)}


def _factorized(column: np.ndarray) -> Tuple[np.ndarray, List[str]]:
    codes, values = pd.factorize(column, sort=True)
    return codes, list(values)


def _refactorized(known: Tuple[np.ndarray, List[str]], before: np.ndarray, column: np.ndarray,
                  rows: np.ndarray) -> Tuple[np.ndarray, List[str]]:
    """Codes of a column of which only ``rows`` changed; the whole column is looked at only where its set of values changed."""
    if column is before:
        return known
    codes, places = known[0].copy(), {value: place for place, value in enumerate(known[1])}
    fresh = [places.get(value, -1) for value in column[rows]]
    codes[rows] = fresh
    if -1 in fresh or not np.bincount(codes, minlength=len(places)).all():
        return _factorized(column)
    return codes, known[1]


def _truths(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame:
        return np.zeros(len(frame), dtype=bool)
    return np.nan_to_num(pd.to_numeric(frame[name]).to_numpy(dtype=float, copy=True)) > 0
