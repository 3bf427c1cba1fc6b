"""Photos of the chosen parcel: the strip in the dock, one of them large, and their arrows on the map."""
from __future__ import annotations

from typing import List, Optional

from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsGeometry, QgsPointXY, QgsProject

from ...errors import LandInspectorError
from ...i18n import tr
from ...register.photo_store import KeptPhoto, photos_of, remove_photo
from ...register.views.parcels import shown_on
from ...settings import Settings
from ..shell.dialogs import Question
from ..shell.map_layers import PHOTOS
from .photo_pictures import pictures
from .photo_strip import THUMBNAIL, PhotoStrip
from .photo_window import LARGEST, PhotoWindow
from ..widgets.signal_connections import connect, disconnect
from ..shell.services import Services


class PhotoViewer:
    """Follows the chosen parcel; pictures are decoded beside the window."""

    def __init__(self, place: Services):
        self._place, self._page, self._session = place, place.dock.work_page, place.session
        self.strip: Optional[PhotoStrip] = None
        self.window: Optional[PhotoWindow] = None
        self._connections: List[tuple] = []

    def load(self) -> None:
        self.strip = PhotoStrip(self._page)
        self._page.add_strip(self.strip)
        self._connections = [
            (self._page.chosen, self._follow), (self._place.reviewer.went_to, self._follow), (self._place.link.picked, self._follow),
            (self._page.filters.changed, self._follow), (self._session.read, self._on_read), (self._session.closed, self._clear),
            (self.strip.wanted, self._read), (self.strip.opened, self.open), (self.strip.remove_wanted, self._remove)]
        connect(self._connections)

    def unload(self) -> None:
        disconnect(self._connections)
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.window = None
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
        parcel, by, register = self.strip.parcel, Settings.load().acting_as, self._session.register
        shown = shown_on(register, photo_id)
        if self._place.reviewer.do(lambda: remove_photo(register, photo_id, by=by), shown or [parcel]):
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
