"""What a page of the pursue dock is."""
from __future__ import annotations

from qgis.PyQt.QtWidgets import QWidget


class PursuePage(QWidget):
    """A tab of the dock. :meth:`load` is called when everything shared is there, :meth:`unload` undoes it."""

    def title(self) -> str:
        """The tab's text."""
        raise NotImplementedError

    def load(self) -> None:
        """Connect signals."""

    def unload(self) -> None:
        """Disconnect what :meth:`load` connected; the dock deletes the page."""
