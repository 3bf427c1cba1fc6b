"""Where work was left: after a restart the same batch, parcel, filters, order and way of looking at images are there again.

Kept in QGIS's settings of this computer, one entry a register; nothing of it is in the register or leaves the desk.
"""
from __future__ import annotations

import json
from typing import Any, Dict, Optional

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QObject, QTimer

from ...i18n import tr
from ...settings import HEADING
from ..images.before_after import BeforeAfter
from ..shell.map_layers import PARCELS
from ..shell.services import Feature, Services
from ..widgets.pages import connect, disconnect

_KEY = f"{HEADING}/left"
#: Registers that are remembered; the one left longest ago goes first.
_MOST = 8
#: A minute for the map to stand.
_WAIT_MS, _MOST_WAITS = 500, 120


class Resuming(QObject, Feature):
    """Saves a moment after something changed, and brings it back with the first reading of a register that was opened."""

    name = "landInspectorResuming"

    def __init__(self, place: Services, images: BeforeAfter):
        super().__init__()
        self._session, self._page, self._reviewer, self._images = place.session, place.dock.work_page, place.reviewer, images
        self._layers, self._canvas = place.layers, place.iface.mapCanvas()
        self._awaited: Optional[Dict[str, Any]] = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(300)
        self._soon.timeout.connect(self.keep)
        self._mode, self._waits = "", 0
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.setInterval(_WAIT_MS)
        self._waiting.timeout.connect(self._look_again)
        self._connections = [
            (self._session.opened, self._on_opened), (self._session.read, self._on_read), (self._session.closed, self._soon.stop),
            (self._page.chosen, self._later), (self._reviewer.went_to, self._later), (self._page.filters.changed, self._later),
            (images.looked, self._later),
        ]

    def title(self) -> str:
        return tr("Review")

    def load(self) -> None:
        connect(self._connections)

    def unload(self) -> None:
        self._soon.stop()
        self._waiting.stop()
        disconnect(self._connections)

    def _later(self, *_: object) -> None:
        if self._session.address is not None and self._awaited is None:
            self._soon.start()

    def keep(self) -> None:
        """Write down where work stands now."""
        if self._session.address is None:
            return
        chosen = self._page.parcels.chosen_ids()
        left = {"batch": self._session.batch, "parcel": chosen[0] if len(chosen) == 1 else None, "filters": self._page.filters.said(),
                "images": self._images.views.mode}
        known = {key: value for key, value in _kept().items() if key != self._register_id()}
        newest = dict([*known.items(), (self._register_id(), left)][-_MOST:])
        QgsSettings().setValue(_KEY, json.dumps(newest, ensure_ascii=False))

    def _register_id(self) -> str:
        return str(self._session.register.meta["register_id"])

    def _on_opened(self, _address: str) -> None:
        """Before the first reading: it reads the batch that was at work."""
        left = _kept().get(self._register_id())
        self._awaited = left if isinstance(left, dict) else None
        if self._awaited is not None and isinstance(self._awaited.get("batch"), str):
            self._session.begin_with(self._awaited["batch"])

    def _on_read(self, _snapshot: object) -> None:
        """The list is there: filters first, then the parcel where they still show it, then the images."""
        left, self._awaited = self._awaited, None
        if left is None or left.get("batch") != self._session.batch:
            return
        if isinstance(left.get("filters"), dict):
            self._page.filters.take_up(left["filters"])
        parcel = left.get("parcel")
        if isinstance(parcel, str) and self._page.parcels.model().indexes_of([parcel]):
            self._reviewer.go_to(parcel)
            self._mode, self._waits = str(left.get("images") or ""), _MOST_WAITS
            self._look_again()

    def _look_again(self) -> None:
        """Once the register's layers are on the map: their coming brings the map back, as any change of layers does."""
        address = self._session.address
        if not self._mode or address is None or not self._waits:
            return
        self._waits -= 1
        if self._layers.find(address, PARCELS) is not None and not self._canvas.isDrawing():
            self._images.resume(self._mode)
        else:
            self._waiting.start()


def _kept() -> Dict[str, Any]:
    """What the settings hold; nothing where somebody wrote something else there."""
    try:
        known = json.loads(QgsSettings().value(_KEY, "{}", str))
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}
