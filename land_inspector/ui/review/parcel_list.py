"""The list of parcels: selects by id, and tells apart what the user chose from what the program did."""
from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator, List, Optional, Sequence

import numpy as np
from qgis.PyQt.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, pyqtSignal
from qgis.PyQt.QtGui import QResizeEvent
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ...i18n import tr
from .parcel_delegate import ParcelDelegate
from .parcel_model import NUMBER, ParcelModel
from .parcel_table import ParcelTable


class ParcelList(QTableView):
    """``chosen`` tells the ids the user has selected, the current one first; nothing the program selects is told.

    One wide column: QTableView lays 50 000 rows of one height out at once, where QListView walks over them.
    """

    chosen = pyqtSignal(list)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorParcels")
        self.setAccessibleName(tr("Parcels of the batch"))
        self._quiet = False
        self._model = ParcelModel(self)
        self.setModel(self._model)
        self.setItemDelegate(ParcelDelegate(self))
        self._lay_out()
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(40)

    def _lay_out(self) -> None:
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(NUMBER, QHeaderView.ResizeMode.Stretch)
        for column in range(NUMBER + 1, self._model.columnCount()):
            self.setColumnHidden(column, True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ParcelDelegate.row_height(self.font()))

    def model(self) -> ParcelModel:
        return self._model

    def show_rows(self, table: ParcelTable, rows: np.ndarray) -> None:
        """Show these parcels; those that were selected and are still shown stay selected."""
        ids, current = self.chosen_ids(), self.current_id()
        with self._without_telling():
            self._model.show(table, rows)
            if self.chosen_ids() != ids:
                self._select(ids, current)
            if not self.chosen_ids():
                self._start_at_the_top()

    def _start_at_the_top(self) -> None:
        """Qt would go on from the neighbour of a parcel that went away: without a choice the first key press takes the first."""
        self.selectionModel().clearCurrentIndex()
        self.scrollToTop()

    def chosen_ids(self) -> List[str]:
        """Selected parcels in the order of the list, the current one first."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        ids = [self._model.parcel_id(self._model.index(row, 0)) for row in rows]
        current = self.current_id()
        return [current, *(key for key in ids if key != current)] if current in ids else ids

    def current_id(self) -> Optional[str]:
        return self._model.parcel_id(self.currentIndex())

    def choose(self, ids: Sequence[str]) -> int:
        """Select parcels for the program and bring the first into sight; the number of those that the list shows."""
        with self._without_telling():
            return self._select(ids, ids[0] if ids else None)

    def _select(self, ids: Sequence[str], current: Optional[str]) -> int:
        places = self._model.indexes_of(ids)
        selection = QItemSelection()
        for place in places:
            selection.select(place, place)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().select(selection, flags)
        if places:
            first = next((place for place in places if self._model.parcel_id(place) == current), places[0])
            self.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(first)
        return len(places)

    @contextmanager
    def _without_telling(self) -> Iterator[None]:
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Home and End go to the first and last parcel: there is but one column."""
        if action == QAbstractItemView.CursorAction.MoveHome:
            return self._model.index(0, NUMBER)
        if action == QAbstractItemView.CursorAction.MoveEnd:
            return self._model.index(self._model.rowCount() - 1, NUMBER)
        return super().moveCursor(action, modifiers)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The current parcel stays in sight where the list gets smaller."""
        place = self.visualRect(self.currentIndex())
        super().resizeEvent(event)
        if place.isValid() and 0 <= place.top() < event.oldSize().height():
            self.scrollTo(self.currentIndex())

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if not self._quiet:
            self.chosen.emit(self.chosen_ids())

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        self.viewport().update()
