"""Work lists over all parcels: what must be done, by when, where, how much of it."""
from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from ..workplace import Workplace


class ListsPage(QWidget):
    """``chosen`` tells the parcels of the rows that the user selected. :meth:`load` and :meth:`unload` mirror each other."""

    chosen = pyqtSignal(list)

    def __init__(self, place: Workplace, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorWorkLists")
        self._place = place

    def load(self) -> None:
        """Connect to the session."""

    def unload(self) -> None:
        """Disconnect."""
