"""Everything that happened, in words anyone can read: to some parcels, or in a span of days."""
from __future__ import annotations

from typing import List, Optional

from qgis.PyQt.QtWidgets import QWidget

from ..workplace import Workplace


class TimelinePage(QWidget):
    """:meth:`load` and :meth:`unload` mirror each other."""

    def __init__(self, place: Workplace, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorTimeline")
        self._place = place

    def show_parcels(self, ids: List[str]) -> None:
        """Tell what happened to these parcels."""

    def load(self) -> None:
        """Connect to the session."""

    def unload(self) -> None:
        """Disconnect."""
