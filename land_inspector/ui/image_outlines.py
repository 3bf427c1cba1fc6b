"""Outlines over the images: the chosen parcel on the second map, and its neighbours on both, lines only."""
from __future__ import annotations

from typing import List, Sequence

from qgis.core import QgsCoordinateReferenceSystem, QgsGeometry, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtGui import QColor

from .canvas_link import outline_bands

_NEIGHBOUR, _HALO = QColor(255, 235, 59), QColor(0, 0, 0, 120)


class Outlines:
    """On one canvas until :meth:`remove`. ``parcel`` where the canvas does not show the chosen one's outline already."""

    def __init__(self, canvas: QgsMapCanvas, parcel: bool):
        self._canvas = canvas
        self._neighbours = [_thin(canvas, _HALO, 3), _thin(canvas, _NEIGHBOUR, 1)]
        self._parcel: List[QgsRubberBand] = outline_bands(canvas) if parcel else []

    def show(self, parcel: Sequence[bytes], neighbours: Sequence[bytes], crs: QgsCoordinateReferenceSystem) -> None:
        """WKB in ``crs``."""
        for bands, outlines in ((self._parcel, parcel), (self._neighbours, neighbours)):
            geometries = [_geometry(wkb) for wkb in outlines]
            for band in bands:
                band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)
                for geometry in geometries:
                    band.addGeometry(geometry, crs)

    def remove(self) -> None:
        for band in self._neighbours + self._parcel:
            self._canvas.scene().removeItem(band)


def _thin(canvas: QgsMapCanvas, colour: QColor, width: int) -> QgsRubberBand:
    band = QgsRubberBand(canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
    band.setStrokeColor(colour)
    band.setFillColor(QColor(0, 0, 0, 0))
    band.setWidth(width)
    return band


def _geometry(wkb: bytes) -> QgsGeometry:
    geometry = QgsGeometry()
    geometry.fromWkb(wkb)
    return geometry
