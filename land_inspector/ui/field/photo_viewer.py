"""Photos of the chosen parcel: the strip in the dock, one of them large, and their arrows on the map."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Optional, Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsGeometry, QgsPointXY, QgsProject, QgsSettings,
)
from qgis.PyQt.QtCore import QPoint, QSize, QTimer, Qt, pyqtSignal
from qgis.PyQt.QtGui import QIcon, QImage, QImageReader, QKeyEvent, QKeySequence, QPixmap, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QAbstractScrollArea, QDialog, QHBoxLayout, QListView, QListWidget, QListWidgetItem, QMenu, QPushButton, QShortcut, QSizePolicy,
    QToolButton, QVBoxLayout, QWidget,
)

from ...errors import LandInspectorError
from ...i18n import tr
from ...progress import Progress
from ...register.field_work import KeptPhoto, photos_of, remove_photo
from ...register.views.parcels import shown_on
from ...settings import HEADING, Settings
from ..shell.dialogs import Question
from ..widgets.dialogs import help_on_f1, ignore_held_keys
from ..shell.map_layers import PHOTOS
from ..shell.services import Services
from ..widgets.labels import PlainLabel, tip
from ..widgets.pages import connect, disconnect


# Photos as pictures: decoded beside the window, turned as the camera was held, and checked against their digest.

_WINDS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@dataclass(frozen=True)
class Picture:
    """A photo's picture in the size that was asked for; None where the file shows nothing. ``trouble`` says why, or that the file is
    not the one that came in."""

    photo: KeptPhoto
    image: Optional[QImage]
    trouble: str = ""


def pictures(photos: Sequence[KeptPhoto], size: QSize, progress: Progress) -> List[Picture]:
    """Every photo within ``size``, each checked."""
    found = []
    for number, photo in enumerate(photos):
        progress.step(number / len(photos))
        found.append(_picture(photo, size))
    return found


def _picture(photo: KeptPhoto, size: QSize) -> Picture:
    if not photo.path.is_file():
        return Picture(photo, None, tr("The file is missing."))
    image = decoded(photo.path, size)
    if image is None:
        return Picture(photo, None, tr("The picture cannot be shown."))
    return Picture(photo, image, "" if photo.ok else tr("The file was altered since it came in."))


def decoded(path: Path, size: QSize) -> Optional[QImage]:
    """The picture turned upright and no larger than ``size``; None where it cannot be decoded."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)  # EXIF says how the camera was held
    reader.setDecideFormatFromContent(True)
    full = reader.size()
    if full.isValid() and (full.width() > 2 * size.width() or full.height() > 2 * size.height()):
        # JPEG decodes at a fraction of its size many times faster; the long side is kept whichever way the camera was held
        side = 2 * max(size.width(), size.height())
        scale = side / max(full.width(), full.height())
        reader.setScaledSize(QSize(max(1, int(round(full.width() * scale))), max(1, int(round(full.height() * scale)))))
    image = reader.read()
    return None if image.isNull() else fitted(image, size)


def fitted(image: QImage, size: QSize) -> QImage:
    """No larger than ``size``, and never blown up."""
    if image.width() <= size.width() and image.height() <= size.height():
        return image
    return image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)


def direction_text(degrees: Optional[float], magnetic: bool = False) -> str:
    """``135° SE``, and that it is a compass's; empty where nothing is known."""
    if degrees is None:
        return ""
    wind = {"N": tr("N"), "NE": tr("NE"), "E": tr("E"), "SE": tr("SE"), "S": tr("S"), "SW": tr("SW"), "W": tr("W"),
            "NW": tr("NW")}[_WINDS[int((degrees % 360.0) / 45.0 + 0.5) % 8]]
    text = tr("{degrees}° {wind}", degrees=round(degrees) % 360, wind=wind)
    return tr("{direction} (magnetic)", direction=text) if magnetic else text


def time_text(taken_at: Optional[str]) -> str:
    """``2026-05-20 10:11``; empty where nothing is known."""
    return (taken_at or "")[:16].replace("T", " ")


def distance_text(distance_m: Optional[float]) -> str:
    """A distance in whole metres; '' where it is not known."""
    return "" if distance_m is None else tr("{n} m", n=round(distance_m))


def caption(photo: KeptPhoto) -> str:
    """Time, direction and distance of a photo in one line."""
    said = (time_text(photo.taken_at), direction_text(photo.direction, photo.magnetic), distance_text(photo.distance_m))
    return " · ".join(text for text in said if text)


class PhotoViewer:
    """Follows the chosen parcel; pictures are decoded beside the window."""

    def __init__(self, place: Services):
        self._place, self._page, self._session = place, place.dock.work_page, place.session
        self.strip: Optional[PhotoStrip] = None
        self.window: Optional[PhotoWindow] = None
        self._connections: List[tuple] = []

    def load(self) -> None:
        """Put the strip of photos onto the page and connect it."""
        self.strip = PhotoStrip(self._page.card, self._page)
        self._page.add_strip(self.strip)
        self._page.add_tools([self.strip.instead])
        self._connections = [
            (self._page.chosen, self._follow), (self._place.reviewer.went_to, self._follow), (self._place.link.picked, self._follow),
            (self._page.filters.changed, self._follow), (self._session.read, self._on_read), (self._session.closed, self._clear),
            (self.strip.wanted, self._read), (self.strip.opened, self.open), (self.strip.remove_wanted, self._remove)]
        connect(self._connections)

    def unload(self) -> None:
        """Close the window, hide the strip, and let go of every signal."""
        disconnect(self._connections)
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.window = None
        self._page.take_tools_out([self.strip.instead])
        self.strip.hide()
        self.strip.deleteLater()
        self.strip = None

    # --- the strip ----------------------------------------------------------------------------------------------------

    def _follow(self, *_said: object) -> None:
        ids = self._page.parcels.chosen_ids()
        parcel = ids[0] if len(ids) == 1 else None
        if parcel != self.strip.parcel:
            self._show(parcel)

    def _show(self, parcel: Optional[str]) -> None:
        known = parcel is not None and self._page.table.has_photos(int(self._page.table.positions([parcel])[0]))
        self.strip.show_parcel(parcel, known)

    def _clear(self) -> None:
        self.strip.show_parcel(None, False)
        if self.window is not None:
            self.window.close()

    def _on_read(self, _snapshot: object) -> None:
        """Somebody wrote: the strip shows what is there now, and the arrows too."""
        ids = self._page.parcels.chosen_ids()
        self._show(ids[0] if len(ids) == 1 else None)
        self.refresh()

    def refresh(self) -> None:
        """The arrows as they are now."""
        layer = self._place.layers.find(self._session.address, PHOTOS) if self._session.address is not None else None
        if layer is not None:
            layer.reload()
            layer.triggerRepaint()

    def _read(self, parcel: str) -> None:
        photos = self._photos(parcel)
        self.strip.name(parcel, photos)
        strip = self.strip
        self._place.worker.start(tr("Reading photos"), lambda progress: pictures(photos, THUMBNAIL, progress),
                                 lambda found: strip.take(parcel, found), self._place.messages.failed)

    def _photos(self, parcel: str) -> List[KeptPhoto]:
        try:
            return photos_of(self._session.register, parcel)
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return []

    def _remove(self, photo_id: str) -> None:
        if not self._place.asking.agreed(
                Question(tr("Remove this photo as proof? It can be undone."), tr("Remove photo"))):
            return
        parcel, by = self.strip.parcel, Settings.load().acting_as
        try:
            shown = shown_on(self._session.register, photo_id)
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        if self._place.reviewer.do(lambda: remove_photo(self._session.register, photo_id, by=by), shown or [parcel]):
            self._show(parcel)
            self.refresh()

    # --- large --------------------------------------------------------------------------------------------------------

    def open_first(self) -> None:
        """The photo that is current in the strip, or the first one."""
        item = self.strip.list.currentItem() or self.strip.list.item(0)
        if item is None:
            self._place.messages.note(tr("Choose a parcel that has photos."))
        else:
            self.strip.list.itemActivated.emit(item)

    def open(self, photo_id: str) -> None:
        """Show this photo of the parcel large, in a window of its own."""
        if self.window is None:
            self.window = PhotoWindow(self._place.window)
            self.window.wanted.connect(self._read_large)
            self.window.place_wanted.connect(self._go_to)
        self.window.show_photos(self.strip.photos, photo_id)

    def _read_large(self, photo: KeptPhoto) -> None:
        window = self.window
        self._place.worker.start(tr("Reading a photo"), lambda progress: pictures([photo], LARGEST, progress)[0],
                                 window.take, self._place.messages.failed)

    def _go_to(self, photo: KeptPhoto) -> None:
        """Centre the map on the place of a photo and let it flash."""
        canvas = self._place.iface.mapCanvas()
        wgs84, project = QgsCoordinateReferenceSystem("EPSG:4326"), QgsProject.instance()
        transform = QgsCoordinateTransform(wgs84, canvas.mapSettings().destinationCrs(), project)
        canvas.setCenter(transform.transform(QgsPointXY(photo.lon, photo.lat)))
        canvas.refresh()
        canvas.flashGeometries([QgsGeometry.fromPointXY(QgsPointXY(photo.lon, photo.lat))], wgs84)


# --- One photo large, with what its camera wrote; the arrow keys go through the photos of the parcel.


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
        help_on_f1(self, "field")
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
        """The photo that is shown; None before there is one."""
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
        """Go on by so many photos, back where it is negative; the first follows the last."""
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


# --- The photos of the chosen parcel in one row under its card. It is emptied before it asks for others, so that it
#     never shows


THUMBNAIL = QSize(88, 66)
#: Stepping through parcels reads only the photos of the one where the user stays for this long.
_PAUSE_MS = 80
#: Lines of the card that nothing takes away.
CARD_LINES = 8
_ID = Qt.ItemDataRole.UserRole


class PhotoStrip(QWidget):
    """``wanted`` asks for a parcel's photos; hand them to :meth:`name` and their pictures to :meth:`take`. Enter opens a photo,
    Delete removes it. Where the strip would leave the card less than it must show, the button ``instead`` stands for it."""

    wanted = pyqtSignal(str)
    opened = pyqtSignal(str)
    remove_wanted = pyqtSignal(str)

    def __init__(self, card: QAbstractScrollArea, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorPhotos")
        self._card = card
        self.instead = QToolButton(parent)
        self.instead.setObjectName("landInspectorPhotosInstead")
        self.instead.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.instead.clicked.connect(lambda _checked=False: self.opened.emit(self._photos[0].id) if self._photos else None)
        self.instead.hide()
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
        """Id of the parcel whose photos are shown; None without one."""
        return self._parcel

    @property
    def photos(self) -> Sequence[KeptPhoto]:
        """The photos shown, from left to right."""
        return self._photos

    def show_parcel(self, parcel_id: Optional[str], has_photos: bool) -> None:
        """Ask for this parcel's photos; what stood here before goes at once."""
        self._parcel = parcel_id
        self.list.clear()
        self._photos = []
        if parcel_id is None or not has_photos:
            self._timer.stop()
            self.hide()
            self.instead.hide()
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
        is_low = not self._has_room()
        self.setVisible(bool(photos) and not is_low)
        self.instead.setText(tr("Photos {n}", n=len(photos)))
        self.instead.setToolTip(tip(tr("{n} photos, shown large (the window is too low for them beside the card)", n=len(photos))))
        self.instead.setVisible(bool(photos) and is_low)

    def _has_room(self) -> bool:
        """Whether the card keeps its lines beside the strip; a window that nobody sees has room."""
        if not self._card.isVisible():
            return True
        needed = CARD_LINES * self._card.fontMetrics().lineSpacing()
        return self._card.viewport().height() + (self.height() if self.isVisible() else 0) >= needed + self.list.height()

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
