"""Shows the card of the current parcel; clears before it asks, so that it never shows another parcel's figures."""
from __future__ import annotations

from typing import Callable, Optional

from qgis.PyQt.QtCore import QTimer, QUrl, pyqtSignal
from qgis.PyQt.QtWidgets import QTextBrowser, QWidget

from ...i18n import tr
from .card import Card
from .card_page import TAKE_OUTLINE, WHOLE_HISTORY, page

#: Stepping through parcels reads only the one where the user stays for this long.
_PAUSE_MS = 80


class CardView(QTextBrowser):
    """``wanted`` asks for a parcel's card; hand it to :meth:`take` when it is there. ``shown`` tells that it is to be seen.
    ``newest_outline_wanted`` tells that the user asked for the outline of the newest issue.

    ``known`` is set from outside: the card that was read ahead, or None.
    """

    wanted = pyqtSignal(str)
    shown = pyqtSignal(str)
    newest_outline_wanted = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorCard")
        self.setAccessibleName(tr("What the verdict rests on"))
        self.setPlaceholderText(tr("Choose a parcel; Alt+Down goes to the next undone one."))
        self.setOpenLinks(False)
        self.setMinimumHeight(60)
        self.known: Callable[[str], Optional[Card]] = lambda _parcel_id: None
        self.anchorClicked.connect(self._follow)
        self._parcel: Optional[str] = None
        self._card: Optional[Card] = None
        self._whole_history = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._ask)

    def show_parcel(self, parcel_id: Optional[str]) -> None:
        """Ask for this parcel's card; None empties the view."""
        if parcel_id != self._parcel:
            self.clear()
            self._whole_history = False
        self._parcel, self._card = parcel_id, None
        card = self.known(parcel_id) if parcel_id is not None else None
        if parcel_id is None or card is not None:
            self._timer.stop()
            self.take(card)
        else:
            self._timer.start()

    def _ask(self) -> None:
        self.wanted.emit(self._parcel)

    def take(self, card: Optional[Card]) -> None:
        """Show a card, unless the user has gone on to another parcel since."""
        if card is not None and card.parcel_id == self._parcel:
            self._card = card
            self._write()
            self.shown.emit(card.parcel_id)

    def _write(self) -> None:
        place = self.verticalScrollBar().value()
        self.setHtml(page(self._card, self._whole_history))
        self.verticalScrollBar().setValue(place)

    def _follow(self, link: QUrl) -> None:
        if link.toString() == WHOLE_HISTORY and self._card is not None:
            self._whole_history = True
            self._write()
        elif link.toString() == TAKE_OUTLINE:
            self.newest_outline_wanted.emit()
