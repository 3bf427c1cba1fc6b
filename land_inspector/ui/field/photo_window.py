"""One photo large, with what its camera wrote; the arrow keys go through the photos of the parcel."""
from __future__ import annotations

from typing import Optional, Sequence

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QImage, QKeySequence, QPixmap, QResizeEvent
from qgis.PyQt.QtWidgets import QDialog, QHBoxLayout, QPushButton, QShortcut, QSizePolicy, QVBoxLayout, QWidget

from ...i18n import tr
from ...register.photo_store import KeptPhoto
from ...settings import HEADING
from .photo_pictures import Picture, caption, fitted
from ..shell.held_keys import ignore_held_keys
from ..widgets.plain_text import PlainLabel

_PLACE = f"{HEADING}/photo_window"
#: Larger than most screens, small enough to be decoded in a tenth of a second.
LARGEST = QSize(2560, 1920)


class PhotoWindow(QDialog):
    """``wanted`` asks for the picture of a photo; hand it to :meth:`take`. ``place_wanted`` asks for its place on the map."""

    wanted = pyqtSignal(object)
    place_wanted = pyqtSignal(object)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorPhotoWindow")
        self._photos: Sequence[KeptPhoto] = ()
        self._row = 0
        self._image: Optional[QImage] = None
        self.picture = PlainLabel(self)
        self.picture.setObjectName("landInspectorPhotoPicture")
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.said = PlainLabel(self)
        self.said.setObjectName("landInspectorPhotoSaid")
        self.said.setWordWrap(True)
        self._lay_out()
        self.resize(900, 700)
        kept = QgsSettings().value(_PLACE, None)
        if kept is not None:
            self.restoreGeometry(kept)

    def _lay_out(self) -> None:
        self.back = QPushButton(tr("◀ Previous"), self)
        self.back.clicked.connect(lambda: self.step(-1))
        self.on = QPushButton(tr("Next ▶"), self)
        self.on.clicked.connect(lambda: self.step(1))
        self.place = QPushButton(tr("Show on the map"), self)
        self.place.clicked.connect(lambda: self.place_wanted.emit(self.photo))
        row = QHBoxLayout()
        row.addWidget(self.said, 1)
        for button in (self.place, self.back, self.on):
            button.setAutoDefault(False)
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.picture, 1)
        layout.addLayout(row)
        for key, by in ((Qt.Key.Key_Left, -1), (Qt.Key.Key_Right, 1)):
            # a shortcut of the window: a focused button would keep the arrow keys to itself
            QShortcut(QKeySequence(key), self, lambda by=by: self.step(by))

    @property
    def photo(self) -> Optional[KeptPhoto]:
        return self._photos[self._row] if self._photos else None

    def show_photos(self, photos: Sequence[KeptPhoto], photo_id: str) -> None:
        """Open with one of these photos."""
        self._photos = list(photos)
        self._row = next((row for row, photo in enumerate(photos) if photo.id == photo_id), 0)
        self._ask()
        self.show()
        self.raise_()
        self.activateWindow()

    def step(self, by: int) -> None:
        if self._photos:
            self._row = (self._row + by) % len(self._photos)
            self._ask()

    def take(self, picture: Picture) -> None:
        """A picture that was asked for, unless another one is wanted by now."""
        if self.photo is None or picture.photo.id != self.photo.id:
            return
        self._image = picture.image
        self._say(picture.trouble)
        self._draw()

    def _ask(self) -> None:
        self._image = None
        self.picture.clear()
        self._say("")
        self.place.setEnabled(self.photo.lon is not None)
        self.wanted.emit(self.photo)

    def _say(self, trouble: str) -> None:
        title = tr("{name} ({n} of {all})", name=self.photo.name, n=self._row + 1, all=len(self._photos))
        self.setWindowTitle(title)
        self.said.setText("\n".join(text for text in (caption(self.photo), f"⚠ {trouble}" if trouble else "") if text))
        self.picture.setAccessibleName(title)

    def _draw(self) -> None:
        if self._image is not None:
            self.picture.setPixmap(QPixmap.fromImage(fitted(self._image, self.picture.size())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    def done(self, result: int) -> None:
        QgsSettings().setValue(_PLACE, self.saveGeometry())
        super().done(result)
