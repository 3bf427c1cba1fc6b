"""How close the map goes to a chosen parcel: at a fixed scale, or so that the parcel fills a share of the view."""
from __future__ import annotations

from dataclasses import dataclass

from qgis.core import QgsMapSettings, QgsRectangle
from qgis.gui import QgsMapCanvas

#: No closer than 1:100 where the parcel's size decides: a tiny one is enlarged to the chosen share as well, but not to nothing.
LARGEST_SCALE = 100


@dataclass
class Framing:
    """``scale`` is the denominator of a fixed scale; 0: the parcel fills ``fill`` percent of the view, the way it is longer."""

    scale: int = 0
    fill: int = 40

    def bring(self, canvas: QgsMapCanvas, box: QgsRectangle) -> None:
        """Show a box (in the canvas's CRS) in the middle of the map."""
        canvas.setExtent(self.view(canvas.mapSettings(), box))
        canvas.refresh()

    def view(self, shown: QgsMapSettings, box: QgsRectangle) -> QgsRectangle:
        """The extent that :meth:`bring` sets for a map of this size and CRS."""
        settings = QgsMapSettings(shown)
        settings.setExtent(_scaled(box, 100.0 / self.fill))
        wanted = self.scale or max(settings.scale(), LARGEST_SCALE)
        return _scaled(settings.extent(), wanted / settings.scale())


def _scaled(box: QgsRectangle, factor: float) -> QgsRectangle:
    scaled = QgsRectangle(box)
    scaled.scale(factor)
    return scaled
