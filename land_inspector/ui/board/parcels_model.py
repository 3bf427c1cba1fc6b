"""The parcels behind a figure of the board, for Qt: each can be ticked "as if", and nothing is recorded by it."""
from __future__ import annotations

from fractions import Fraction
from typing import Any, Dict, List, Mapping, Optional

import pandas as pd
from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, pyqtSignal

from ...i18n import tr
from ...law.areas import UNITS_PER_MU, decimal_text
from ...law.what_if import LEGAL, OTHER, RECTIFIED, day_of
from ..shell import labels
from ..widgets.flat_model import FlatModel

NUMBER, BATCH, TOWNSHIP, VERDICT, AREA, CULTIVATED, STATE = range(7)
_LEVELS = ("0", "1", "2", "3")


def wish_texts() -> Dict[str, str]:
    """What a ticked parcel is taken to be, in the user's language."""
    return {RECTIFIED: tr("as if rectified"), LEGAL: tr("as if legal"), OTHER: tr("as if other")}


def wish_text(wish: str) -> str:
    """One wish in words; of an acceptance with its day."""
    day = day_of(wish)
    return wish_texts()[wish] if day is None else tr("as if accepted on {day}", day=day.isoformat())


class ParcelsModel(FlatModel, QAbstractTableModel):
    """``ticked`` tells that the ticks changed. Only illegal parcels can be ticked."""

    ticked = pyqtSignal()
    COLUMNS = 7

    def __init__(self, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._frame = pd.DataFrame()
        self._rows: List[int] = []
        self.ticks: Dict[str, str] = {}
        self.wish = RECTIFIED

    def show(self, frame: pd.DataFrame) -> None:
        """Other parcels; ticks stay, also of parcels that are not shown."""
        self.beginResetModel()
        self._frame, self._rows = frame.reset_index(drop=True), list(range(len(frame)))
        self.endResetModel()

    def set_ticks(self, ticks: Mapping[str, str]) -> None:
        """All ticks at once."""
        self.ticks = dict(ticks)
        self._retold()

    def tick_all(self, is_on: bool) -> None:
        """Tick, or untick, every illegal parcel that is shown."""
        for key in self._frame.loc[self._frame["illegal"] == 1, "parcel_id"] if len(self._frame) else ():
            self._tick(key, is_on)
        self._retold()

    def ids(self, rows: List[int]) -> List[str]:
        """The parcels of rows."""
        return [str(self._frame["parcel_id"].iat[row]) for row in rows]

    def _retold(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, self.COLUMNS - 1))
        self.ticked.emit()

    def _tick(self, key: str, is_on: bool) -> None:
        if is_on:
            self.ticks[key] = self.wish
        else:
            self.ticks.pop(key, None)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole or section >= self.COLUMNS:
            return None
        return (tr("Number"), tr("Batch"), tr("Township"), tr("Verdict"), tr("Illegal (mu)"), tr("Cultivated (mu)"), tr("State"))[section]

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        if self._holds(index) and index.column() == NUMBER and self._frame["illegal"].iat[index.row()] == 1:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not self._holds(index):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.CheckStateRole and self.flags(index) & Qt.ItemFlag.ItemIsUserCheckable:
            is_on = self._frame["parcel_id"].iat[index.row()] in self.ticks
            return Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (AREA, CULTIVATED):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not self.flags(index) & Qt.ItemFlag.ItemIsUserCheckable:
            return False
        self._tick(str(self._frame["parcel_id"].iat[index.row()]), Qt.CheckState(value) == Qt.CheckState.Checked)
        self.dataChanged.emit(index, self.index(index.row(), STATE))
        self.ticked.emit()
        return True

    def _text(self, row: int, column: int) -> str:
        if column in (AREA, CULTIVATED):
            units = self._frame["illegal_units" if column == AREA else "illegal_cultivated_units"].iat[row]
            return decimal_text(Fraction(int(units), UNITS_PER_MU), 2)
        if column == VERDICT:
            return labels.verdict_name(str(self._frame["PDJL1"].iat[row] or "0"))
        if column == STATE:
            return self._state(row)
        return str(self._frame[{NUMBER: "DKBH", BATCH: "PCBH", TOWNSHIP: "XZMC"}[column]].iat[row] or "")

    def _state(self, row: int) -> str:
        frame = self._frame
        wish = self.ticks.get(str(frame["parcel_id"].iat[row]))
        if wish is not None and frame["illegal"].iat[row] == 1:
            return wish_text(wish)
        said = [text for name, text in (("rectified", tr("rectified")), ("in_overdue_case", tr("case overdue"))) if name in frame
                and frame[name].iat[row] == 1]
        if not said and frame["in_open_case"].iat[row] == 1:
            said = [tr("open case")]
        return ", ".join(said)
