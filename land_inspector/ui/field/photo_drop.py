"""Files and folders dropped on the dock."""
from __future__ import annotations

from pathlib import Path
from typing import List, Optional

from qgis.PyQt.QtCore import QEvent, QMimeData, QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QWidget


class PhotoDrop(QObject):
    """``dropped`` tells the paths. The widget takes drops from :meth:`load` until :meth:`unload`."""

    dropped = pyqtSignal(list)

    def __init__(self, widget: QWidget, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._widget = widget

    def load(self) -> None:
        self._widget.setAcceptDrops(True)
        self._widget.installEventFilter(self)

    def unload(self) -> None:
        self._widget.removeEventFilter(self)
        self._widget.setAcceptDrops(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop) and paths_in(event.mimeData()):
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                self.dropped.emit(paths_in(event.mimeData()))
            return True
        return super().eventFilter(watched, event)


def paths_in(data: QMimeData) -> List[Path]:
    """Local files and folders; nothing of the web."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
