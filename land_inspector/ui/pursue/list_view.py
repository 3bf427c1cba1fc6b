"""The list itself: rows of three lines, several at a time, and what the user chose among them."""
from __future__ import annotations

from typing import List, Optional, Tuple

from qgis.PyQt.QtCore import QItemSelection, QItemSelectionModel, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ...i18n import tr
from ...law.work_lists import WorkRow
from .list_delegate import WorkDelegate
from .list_model import NUMBER, Key, WorkModel


class WorkListView(QTableView):
    """``chosen`` tells that the user's selection changed, what the program selects is not told; ``opened`` that he pressed Enter
    or clicked twice."""

    chosen = pyqtSignal()
    opened = pyqtSignal()

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
        self.doubleClicked.connect(lambda _index: self.opened.emit())

    def model(self) -> WorkModel:
        return self._model

    def chosen_rows(self) -> List[WorkRow]:
        """Selected rows in the order of the list."""
        return [self._model.row(place) for place in self._chosen_places()]

    def chosen_keys(self) -> List[Key]:
        return [self._model.key(place) for place in self._chosen_places()]

    def _chosen_places(self) -> List[int]:
        """By ranges: for thousands of rows, asking for each index takes Qt half a second."""
        ranges = self.selectionModel().selection()
        return sorted({place for one in ranges for place in range(one.top(), one.bottom() + 1)})

    def choose(self, keys: List[Key]) -> None:
        """Select these rows again, as far as they are still here."""
        places = self._model.places_of(keys)
        selection = QItemSelection()
        for first, last in _runs(places):
            selection.select(self._model.index(first, 0), self._model.index(last, 0))
        self._quiet = True
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows)
        if places:
            self.selectionModel().setCurrentIndex(self._model.index(places[0], 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        self._quiet = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens on every platform; what Qt makes of it differs."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.opened.emit()
            return
        super().keyPressEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if not self._quiet:
            self.chosen.emit()


def _runs(places: List[int]) -> List[Tuple[int, int]]:
    """First and last of every row of neighbours: Qt takes seconds for thousands of ranges of one row each."""
    found: List[Tuple[int, int]] = []
    for place in places:
        if found and place == found[-1][1] + 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found
