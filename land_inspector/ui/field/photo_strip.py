"""The photos of the chosen parcel in one row under its card. It is emptied before it asks for others, so that it never shows
another parcel's photos."""
from __future__ import annotations

from typing import Callable, List, Optional, Sequence

from qgis.PyQt.QtCore import QPoint, QSize, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QIcon, QKeyEvent, QPixmap, QResizeEvent
from qgis.PyQt.QtWidgets import QListView, QListWidget, QListWidgetItem, QMenu, QVBoxLayout, QWidget

from ...i18n import tr
from ...register.photo_store import KeptPhoto
from .photo_pictures import Picture, caption, time_text
from ..widgets.plain_text import tip

THUMBNAIL = QSize(88, 66)
#: Stepping through parcels reads only the photos of the one where the user stays for this long.
_PAUSE_MS = 80
_ID = Qt.ItemDataRole.UserRole


class PhotoStrip(QWidget):
    """``wanted`` asks for a parcel's photos; hand them to :meth:`name` and their pictures to :meth:`take`. Enter opens a photo,
    Delete removes it."""

    wanted = pyqtSignal(str)
    opened = pyqtSignal(str)
    remove_wanted = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorPhotos")
        self.list = _Row(self)
        self.list.itemActivated.connect(lambda item: self.opened.emit(item.data(_ID)))
        self.list.removed.connect(lambda: self._with_current(self.remove_wanted.emit))
        self.list.customContextMenuRequested.connect(self._show_menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        self._parcel: Optional[str] = None
        self._photos: List[KeptPhoto] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(lambda: self.wanted.emit(self._parcel))
        self.hide()

    @property
    def parcel(self) -> Optional[str]:
        return self._parcel

    @property
    def photos(self) -> Sequence[KeptPhoto]:
        return self._photos

    def show_parcel(self, parcel_id: Optional[str], has_photos: bool) -> None:
        """Ask for this parcel's photos; what stood here before goes at once."""
        self._parcel = parcel_id
        self.list.clear()
        self._photos = []
        if parcel_id is None or not has_photos:
            self._timer.stop()
            self.hide()
        else:
            self._timer.start()

    def name(self, parcel_id: str, photos: Sequence[KeptPhoto]) -> None:
        """The photos that are there, before their pictures are."""
        if parcel_id != self._parcel:
            return
        self._photos = list(photos)
        self.list.clear()
        for photo in photos:
            item = QListWidgetItem(time_text(photo.taken_at)[5:] or photo.name)
            item.setData(_ID, photo.id)
            item.setToolTip(tip("\n".join(text for text in (photo.name, caption(photo)) if text)))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, item.toolTip())
            self.list.addItem(item)
        self.list.fit()
        self.setVisible(bool(photos))

    def take(self, parcel_id: str, found: Sequence[Picture]) -> None:
        """The pictures of a parcel, unless the user has gone on to another one since."""
        if parcel_id != self._parcel:
            return
        by_id = {picture.photo.id: picture for picture in found}
        for row in range(self.list.count()):
            item = self.list.item(row)
            picture = by_id.get(item.data(_ID))
            if picture is not None:
                _show(item, picture)

    def _with_current(self, act: Callable[[str], object]) -> None:
        if self.list.currentItem() is not None:
            act(self.list.currentItem().data(_ID))

    def _show_menu(self, place: QPoint) -> None:
        if self.list.itemAt(place) is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Open large"), lambda: self._with_current(self.opened.emit))
        menu.addAction(tr("Remove photo"), lambda: self._with_current(self.remove_wanted.emit))
        menu.popup(self.list.viewport().mapToGlobal(place))


class _Row(QListWidget):
    """Thumbnails side by side; ``removed`` is the Delete key."""

    removed = pyqtSignal()

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setObjectName("landInspectorPhotoList")
        self.setAccessibleName(tr("Photos of the parcel"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(THUMBNAIL)
        # fixed places: a picture that comes after its name must not need another layout
        place = QSize(THUMBNAIL.width() + 10, THUMBNAIL.height() + self.fontMetrics().height() + 8)
        self.setGridSize(place)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.fit()

    def fit(self) -> None:
        """No higher than its one row; the bar below only where the photos do not fit."""
        place = self.gridSize()
        bar = self.horizontalScrollBar().sizeHint().height() if self.count() * place.width() > self.viewport().width() else 0
        self.setFixedHeight(place.height() + bar + 2 * self.frameWidth())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            if not event.isAutoRepeat():
                self.removed.emit()
        else:
            super().keyPressEvent(event)


def _show(item: QListWidgetItem, picture: Picture) -> None:
    if picture.image is not None:
        item.setIcon(QIcon(QPixmap.fromImage(picture.image)))
    if picture.trouble:
        item.setText(f"⚠ {item.text()}")
        item.setToolTip(tip(f"{item.toolTip()}\n{picture.trouble}"))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, item.toolTip())
