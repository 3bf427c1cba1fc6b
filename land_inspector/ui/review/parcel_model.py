"""The list of parcels for Qt's views: rows of a :class:`ParcelTable`, changed by as few signals as the change needs."""
from __future__ import annotations

from typing import Any, Iterable, List, Optional, Sequence, Tuple

import numpy as np
from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from ...i18n import tr
from ..shell import labels
from ..widgets.flat_model import FlatModel
from .parcel_table import ParcelTable, empty_table
from ..widgets.plain_text import tip

NUMBER, TOWNSHIP, AREA, VERDICT, PROPOSAL, STATE = range(6)
#: What the delegate draws (a :class:`~land_inspector.ui.review.parcel_table.Line`), and the parcel's id.
LINE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
ID_ROLE = int(Qt.ItemDataRole.UserRole) + 2
#: More blocks of rows than this come and go faster by starting anew.
MOST_BLOCKS = 40


class ParcelModel(FlatModel, QAbstractTableModel):
    """Shows some rows of a table, in an order given from outside (``filters.find``)."""

    COLUMNS = STATE + 1

    def __init__(self, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._table = empty_table()
        self._rows = np.array([], dtype=np.int64)

    @property
    def table(self) -> ParcelTable:
        return self._table

    @property
    def rows(self) -> np.ndarray:
        """Rows of the table that are shown, in the order of the list."""
        return self._rows

    def show(self, table: ParcelTable, rows: np.ndarray) -> None:
        """Show these rows of ``table``; a parcel keeps its selection where it stays."""
        moved = self._rows if table.has_rows_of(self._table) else table.positions(self._table.ids[self._rows])
        if np.array_equal(moved, rows):
            self._show_changed(table, rows)
            return
        stays, old = np.isin(moved, rows), np.isin(rows, moved)
        gone, new = _blocks(~stays), _blocks(~old)
        if len(gone) + len(new) > MOST_BLOCKS or not np.array_equal(moved[stays], rows[old]):
            self._start_anew(table, rows)
            return
        self._take_out(gone)
        self._table, self._rows = table, moved[stays]
        self._put_in(new, rows)
        self._show_changed(table, rows)

    def _show_changed(self, table: ParcelTable, rows: np.ndarray) -> None:
        self._table, self._rows = table, rows
        if len(rows):
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, STATE))

    def _start_anew(self, table: ParcelTable, rows: np.ndarray) -> None:
        self.beginResetModel()
        self._table, self._rows = table, rows
        self.endResetModel()

    def _take_out(self, blocks: Iterable[Tuple[int, int]]) -> None:
        for first, end in reversed(list(blocks)):
            self.beginRemoveRows(QModelIndex(), first, end - 1)
            self._rows = np.delete(self._rows, slice(first, end))
            self.endRemoveRows()

    def _put_in(self, blocks: Iterable[Tuple[int, int]], rows: np.ndarray) -> None:
        for first, end in blocks:
            self.beginInsertRows(QModelIndex(), first, end - 1)
            self._rows = np.insert(self._rows, first, rows[first:end])
            self.endInsertRows()

    # --- ids ----------------------------------------------------------------------------------------------------------

    def parcel_id(self, index: QModelIndex) -> Optional[str]:
        return self._table.ids[self._rows[index.row()]] if self._holds(index) else None

    def indexes_of(self, ids: Sequence[str]) -> List[QModelIndex]:
        """First cells of the parcels that are shown, in the order of the list."""
        wanted = self._table.positions(list(ids))
        places = np.flatnonzero(np.isin(self._rows, wanted[wanted >= 0]))
        return [self.index(int(place), 0) for place in places]

    # --- Qt -----------------------------------------------------------------------------------------------------------

    def data(self, index: QModelIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not self._holds(index):
            return None
        row = int(self._rows[index.row()])
        if role == ID_ROLE:
            return self._table.ids[row]
        if role == LINE_ROLE:
            return self._table.line(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return labels.cells(self._table.line(row))[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return labels.spoken(self._table.line(row))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(labels.spoken(self._table.line(row)))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == AREA:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        titles = (tr("Parcel"), tr("Township"), tr("Area (mu)"), tr("Verdict"), tr("Proposal"), tr("Review state"))
        return titles[section] if 0 <= section < len(titles) else None


def _blocks(mask: np.ndarray) -> List[Tuple[int, int]]:
    """First place and end of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist()))
