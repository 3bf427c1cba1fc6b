"""Pictures beside the decided parcels that look like the one on the card: drawn beside the window, shown as they come, never a verdict."""
from __future__ import annotations

from typing import Callable, Dict, List, Optional, Tuple

from qgis.PyQt.QtCore import QObject, QRect
from qgis.PyQt.QtGui import QImage, QPainter

from ...register.own_patches import Similar
from ..images.layers import ImageLayers
from ..images.shelf import ImageShelf
from ..review.card_page import CardView
from ..widgets.signal_connections import connect, disconnect
from .dock import paint_picture
from .thumbs import SIDE, Subject, Thumb, Thumbs

_GAP = 4


class AlikePictures(QObject):
    """Follows the card; ``crs`` tells the CRS of the open register. Where no image is at hand the card stays as it is."""

    def __init__(self, card: CardView, shelf: ImageShelf, layers: ImageLayers, crs: Callable[[], str]):
        super().__init__()
        self._card, self._crs = card, crs
        self._similar: Dict[str, Similar] = {}
        self.thumbs = Thumbs(shelf, layers, self._subject)
        self._connections: List[Tuple[object, Callable]] = [(card.shown, self._on_shown), (self.thumbs.made, self._on_made)]

    def load(self) -> None:
        """Begin to follow the card."""
        connect(self._connections)

    def unload(self) -> None:
        """Follow it no more; nothing is drawn any longer."""
        disconnect(self._connections)
        self.forget()

    def forget(self) -> None:
        """The register is closed."""
        self._similar = {}
        self.thumbs.forget()

    def draw_anew(self) -> None:
        """Other images are at hand."""
        self.thumbs.forget()
        self._card.forget_pictures()
        self.thumbs.want(list(self._similar))

    def _on_shown(self, _parcel_id: str) -> None:
        """What was drawn lately shows at once; what is drawn for another card is dropped."""
        self._similar = {one.parcel_id: one for one in self._card.similar}
        for key in self._similar:
            self._on_made(key)
        self.thumbs.want(list(self._similar))

    def _subject(self, parcel_id: str) -> Optional[Subject]:
        one = self._similar.get(parcel_id)
        return None if one is None else Subject(one.outline, self._crs(), one.image_before, one.image_after)

    def _on_made(self, parcel_id: str) -> None:
        thumb = self.thumbs.of(parcel_id) if parcel_id in self._similar else None
        if thumb is not None and thumb.images:
            self._card.take_picture(parcel_id, _both(thumb))


def _both(thumb: Thumb) -> QImage:
    """Before and after beside each other, each with the outline; a side without an image says so."""
    picture = QImage(2 * SIDE + _GAP, SIDE, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(0)
    painter = QPainter(picture)
    for place, after in enumerate((False, True)):
        paint_picture(painter, QRect(place * (SIDE + _GAP), 0, SIDE, SIDE), thumb, after)
    painter.end()
    return picture
