"""The parcels of a gallery for Qt's views: what the list shows of each, its pictures, and whether it was looked over."""
from __future__ import annotations

from typing import Any, List, Optional, Sequence, Set

import numpy as np
from qgis.PyQt.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from ...i18n import tr
from ..shell import labels
from ..widgets.flat_model import FlatModel
from .thumbs import Thumbs
from ..review.parcel_table import ParcelTable, empty_table
from ..widgets.plain_text import tip

LINE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
ID_ROLE = int(Qt.ItemDataRole.UserRole) + 2
THUMB_ROLE = int(Qt.ItemDataRole.UserRole) + 3
LOOKED_ROLE = int(Qt.ItemDataRole.UserRole) + 4


class GalleryModel(FlatModel, QAbstractListModel):
    """Shows some rows of a table; ``thumbs`` has the pictures of those that were looked at last."""

    def __init__(self, thumbs: Thumbs, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._thumbs = thumbs
        self._table = empty_table()
        self._rows = np.array([], dtype=np.int64)
        self._places: dict = {}
        self.looked: Set[str] = set()

    @property
    def table(self) -> ParcelTable:
        return self._table

    @property
    def ids(self) -> List[str]:
        return [str(key) for key in self._table.ids[self._rows]]

    def show(self, table: ParcelTable, rows: Sequence[int]) -> None:
        """Other parcels, or the same ones anew."""
        ids = table.ids[np.asarray(rows, dtype=np.int64)]
        if list(ids) == self.ids:
            self._table, self._rows = table, np.asarray(rows, dtype=np.int64)
            self.refresh()
            return
        self.beginResetModel()
        self._table, self._rows = table, np.asarray(rows, dtype=np.int64)
        self._places = {str(key): place for place, key in enumerate(ids)}
        self.endResetModel()

    def refresh(self) -> None:
        """What is said of the parcels may have changed."""
        if len(self._rows):
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def note_thumb(self, parcel_id: str) -> None:
        """Its pictures are there now."""
        index = self.index_of(parcel_id)
        if index.isValid():
            self.dataChanged.emit(index, index, [THUMB_ROLE])

    def index_of(self, parcel_id: str) -> QModelIndex:
        return self.index(self._places[parcel_id]) if parcel_id in self._places else QModelIndex()

    def count(self, mark: str) -> int:
        """How many carry a mark of the list, or were looked over (``looked``)."""
        if mark == "looked":
            return sum(key in self.looked for key in self.ids)
        return int(np.count_nonzero(self._table.marked(mark)[self._rows])) if len(self._rows) else 0

    # --- Qt -----------------------------------------------------------------------------------------------------------

    def data(self, index: QModelIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not self._holds(index):
            return None
        row = int(self._rows[index.row()])
        if role == ID_ROLE:
            return str(self._table.ids[row])
        if role == LOOKED_ROLE:
            return str(self._table.ids[row]) in self.looked
        if role == THUMB_ROLE:
            return self._thumbs.of(str(self._table.ids[row]))
        if role == LINE_ROLE:
            return self._table.line(row)
        if role == Qt.ItemDataRole.DisplayRole:
            line = self._table.line(row)
            return f"{line.number} {labels.verdict_letter(line.verdict)}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self._spoken(row))
        return None

    def _spoken(self, row: int) -> str:
        said = labels.spoken(self._table.line(row))
        return f"{said}\n{tr('Looked over')}" if str(self._table.ids[row]) in self.looked else said
