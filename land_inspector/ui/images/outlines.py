"""Outlines over the images: the chosen parcel on the second map, and its neighbours on both, lines only."""
from __future__ import annotations

from typing import List, Sequence

from qgis.core import QgsCoordinateReferenceSystem, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtGui import QColor

from ..shell.canvas_link import geometry_of, outline_band, outline_bands

_NEIGHBOUR, _HALO = QColor(255, 235, 59), QColor(0, 0, 0, 120)


class Outlines:
    """On one canvas until :meth:`remove`. ``parcel`` where the canvas does not show the chosen one's outline already."""

    def __init__(self, canvas: QgsMapCanvas, parcel: bool):
        self._canvas = canvas
        self._neighbours = [outline_band(canvas, _HALO, 3), outline_band(canvas, _NEIGHBOUR, 1)]
        self._parcel: List[QgsRubberBand] = outline_bands(canvas) if parcel else []

    def show(self, parcel: Sequence[bytes], neighbours: Sequence[bytes], crs: QgsCoordinateReferenceSystem) -> None:
        """WKB in ``crs``."""
        for bands, outlines in ((self._parcel, parcel), (self._neighbours, neighbours)):
            geometries = [geometry_of(wkb) for wkb in outlines]
            for band in bands:
                band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)
                for geometry in geometries:
                    band.addGeometry(geometry, crs)

    def remove(self) -> None:
        for band in self._neighbours + self._parcel:
            self._canvas.scene().removeItem(band)
