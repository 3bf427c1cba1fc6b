"""The list itself: rows of three lines, several at a time, and what the user chose among them."""
from __future__ import annotations

from typing import List, Optional

from qgis.PyQt.QtCore import QItemSelection, QItemSelectionModel, pyqtSignal
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ...i18n import tr
from ...law.work_lists import WorkRow
from .list_delegate import WorkDelegate
from .list_model import NUMBER, Key, WorkModel


class WorkListView(QTableView):
    """``chosen`` tells that the user's selection changed; what the program selects is not told."""

    chosen = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorWorkList")
        self.setAccessibleName(tr("Work list"))
        self._quiet = False
        self._model = WorkModel(self)
        self.setModel(self._model)
        self.setItemDelegate(WorkDelegate(self))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(NUMBER, QHeaderView.ResizeMode.Stretch)
        for column in range(NUMBER + 1, self._model.columnCount()):
            self.setColumnHidden(column, True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(WorkDelegate.row_height(self.font()))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(100)

    def model(self) -> WorkModel:
        return self._model

    def chosen_rows(self) -> List[WorkRow]:
        """Selected rows in the order of the list."""
        return [self._model.row(place) for place in sorted(index.row() for index in self.selectionModel().selectedRows())]

    def chosen_keys(self) -> List[Key]:
        return [self._model.key(index.row()) for index in self.selectionModel().selectedRows()]

    def choose(self, keys: List[Key]) -> None:
        """Select these rows again, as far as they are still here."""
        places = self._model.places_of(keys)
        selection = QItemSelection()
        for place in places:
            index = self._model.index(place, 0)
            selection.select(index, index)
        self._quiet = True
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows)
        if places:
            self.selectionModel().setCurrentIndex(self._model.index(places[0], 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        self._quiet = False

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if not self._quiet:
            self.chosen.emit()
