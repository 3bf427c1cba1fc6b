"""The gallery's grid: every key of looking things over works in it."""
from __future__ import annotations

from typing import List, Optional

from qgis.PyQt.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent, QResizeEvent
from qgis.PyQt.QtWidgets import QAbstractItemView, QListView, QWidget

from ...i18n import tr
from .delegate import GalleryDelegate
from .model import ID_ROLE, GalleryModel

#: Scrolling asks for pictures when it pauses this long.
_PAUSE_MS = 40


class GalleryView(QListView):
    """``seen`` tells which parcels can be seen, when scrolling pauses; ``moved`` the one the user went to."""

    seen = pyqtSignal(list)
    moved = pyqtSignal(str)
    open_wanted = pyqtSignal(str)
    look_wanted = pyqtSignal(str)
    flag_wanted = pyqtSignal(str)

    def __init__(self, model: GalleryModel, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorGalleryView")
        self.setAccessibleName(tr("Gallery of parcels"))
        self.setModel(model)
        self.setItemDelegate(GalleryDelegate(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        cell = GalleryDelegate.cell(self.fontMetrics().height())
        self.setGridSize(QSize(cell.width() + 4, cell.height() + 4))
        self.setMinimumHeight(cell.height() + 8)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._quiet = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(lambda: self.seen.emit(self.visible_ids()))
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._pause.start())
        model.modelReset.connect(self._pause.start)
        self.activated.connect(lambda index: self.open_wanted.emit(index.data(ID_ROLE)))

    def look_around(self) -> None:
        """Tell soon what can be seen now."""
        self._pause.start()

    def visible_ids(self) -> List[str]:
        """Parcels in sight and in the row below, from the top."""
        model, area, step = self.model(), self.viewport().rect(), self.gridSize()
        if not model.rowCount() or not self.isVisible():
            return []
        across = max(1, area.width() // step.width())
        first = (self.verticalScrollBar().value() // step.height()) * across
        rows = area.height() // step.height() + 3
        return [model.index(place).data(ID_ROLE) for place in range(first, min(first + rows * across, model.rowCount()))]

    def current_id(self) -> Optional[str]:
        return self.currentIndex().data(ID_ROLE) if self.currentIndex().isValid() else None

    def go_to(self, index: QModelIndex) -> None:
        """For the program: nothing is told."""
        before, self._quiet = self._quiet, True
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._quiet = before

    def step(self) -> None:
        """On to the next."""
        following = self.model().index(self.currentIndex().row() + 1)
        if following.isValid():
            self.setCurrentIndex(following)

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and not self._quiet:
            self.moved.emit(current.data(ID_ROLE))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        wanted = {Qt.Key.Key_Return: self.open_wanted, Qt.Key.Key_Enter: self.open_wanted, Qt.Key.Key_Space: self.look_wanted,
                  Qt.Key.Key_F: self.flag_wanted}.get(event.key())
        current = self.current_id()
        if wanted is not None and event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
            if current is not None and not event.isAutoRepeat():  # a key held down would look over the whole batch
                wanted.emit(current)
            event.accept()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._pause.start()
