"""Shows the card of the current parcel; clears before it asks, so that it never shows another parcel's figures."""
from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QTextBrowser, QWidget

from ..i18n import tr
from .card import Card, page

#: Stepping through parcels reads only the one where the user stays for this long.
_PAUSE_MS = 80


class CardView(QTextBrowser):
    """``wanted`` asks for a parcel's card; hand it to :meth:`take` when it is there."""

    wanted = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorCard")
        self.setAccessibleName(tr("What the verdict rests on"))
        self.setOpenLinks(False)
        self.setMinimumHeight(60)
        self._parcel: Optional[str] = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._ask)

    def show_parcel(self, parcel_id: Optional[str]) -> None:
        """Ask for this parcel's card; None empties the view."""
        if parcel_id != self._parcel:
            self.clear()
        self._parcel = parcel_id
        if parcel_id is None:
            self._timer.stop()
        else:
            self._timer.start()

    def _ask(self) -> None:
        self.wanted.emit(self._parcel)

    def take(self, card: Optional[Card]) -> None:
        """Show a card, unless the user has gone on to another parcel since."""
        if card is not None and card.parcel_id == self._parcel:
            place = self.verticalScrollBar().value()
            self.setHtml(page(card))
            self.verticalScrollBar().setValue(place)
