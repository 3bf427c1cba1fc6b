"""The pieces of a plan on the map: an outline and a letter each, nothing that would cover the image."""
from __future__ import annotations

from typing import List, Sequence, Tuple

from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsGeometry, QgsPointXY, QgsProject
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem, QgsRubberBand
from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen
from qgis.PyQt.QtWidgets import QGraphicsItem

from ..shell.canvas_link import geometry_of, outline_band

#: Told apart by the letter; the colour helps.
COLOURS = ("#00a3ff", "#ff9500", "#b14cff", "#00b06b", "#ff4f81", "#8a7a00")


class PieceOverlay:
    """Pieces as (letter, outline WKB) in one CRS."""

    def __init__(self, canvas: QgsMapCanvas):
        self._canvas = canvas
        self._items: List[QGraphicsItem] = []

    @property
    def letters(self) -> List[str]:
        return [item.letter for item in self._items if isinstance(item, Letter)]

    def show(self, pieces: Sequence[Tuple[str, bytes]], crs: QgsCoordinateReferenceSystem) -> None:
        self.clear()
        for place, (letter, wkb) in enumerate(pieces):
            outline = geometry_of(wkb)
            colour = QColor(COLOURS[place % len(COLOURS)])
            self._items.append(self._band(outline, colour, crs))
            self._items.append(Letter(self._canvas, letter, colour, outline.pointOnSurface().asPoint(), crs))

    def _band(self, outline: QgsGeometry, colour: QColor, crs: QgsCoordinateReferenceSystem) -> QgsRubberBand:
        band = outline_band(self._canvas, colour, 3)
        band.setSecondaryStrokeColor(QColor(255, 255, 255, 200))
        band.setToGeometry(outline, crs)
        return band

    def clear(self) -> None:
        for item in self._items:
            self._canvas.scene().removeItem(item)
        self._items = []


class Letter(QgsMapCanvasItem):
    """A letter with a halo that stays over its place when the map moves."""

    def __init__(self, canvas: QgsMapCanvas, letter: str, colour: QColor, place: QgsPointXY, crs: QgsCoordinateReferenceSystem):
        super().__init__(canvas)
        self._canvas, self.letter, self._colour, self._place, self._crs = canvas, letter, colour, place, crs
        font = QFont(canvas.font())
        font.setBold(True)
        font.setPointSizeF(1.6 * max(9.0, font.pointSizeF()))
        metrics = QFontMetricsF(font)
        self._path = QPainterPath()
        self._path.addText(QPointF(-metrics.horizontalAdvance(letter) / 2, metrics.capHeight() / 2), font, letter)
        self.setZValue(200)
        self.updatePosition()

    def updatePosition(self) -> None:
        transform = QgsCoordinateTransform(self._crs, self._canvas.mapSettings().destinationCrs(), QgsProject.instance())
        self.setPos(self.toCanvasCoordinates(transform.transform(self._place)))

    def boundingRect(self) -> QRectF:
        return self._path.boundingRect().adjusted(-4, -4, 4, 4)

    def paint(self, painter: QPainter, *_more: object) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor("white"), 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(QBrush(QColor("white")))
        painter.drawPath(self._path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(self._colour.darker(140)))
        painter.drawPath(self._path)
