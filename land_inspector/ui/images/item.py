"""The pictures before and after over the map: one of them, or both on either side of a line. The map below is left alone."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Optional

from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetrics, QPainter
from qgis.PyQt.QtWidgets import QStyleOptionGraphicsItem, QWidget

from .drawing import Picture

#: Above the map itself (-10), below outlines, rubber bands and what map tools draw (0 and more).
_HEIGHT = -5.0
_MARGIN, _PADDING = 8, 4
_INK, _PAPER, _PAPER_WARNING = QColor(20, 20, 20), QColor(255, 255, 255, 220), QColor(255, 213, 128, 235)


@dataclass(frozen=True)
class Caption:
    """What stands in the corner of a picture; ``warning`` colours it, its text says why as well."""

    text: str
    warning: bool = False


@dataclass(frozen=True)
class Split:
    """Where the swipe line lies: as a share of the width, or of the height where it is ``level``."""

    share: float = 0.5
    level: bool = False


class ImageItem(QgsMapCanvasItem):
    """Draws in pixels of the canvas, so that nothing of the map shows through beside a picture."""

    def __init__(self, canvas: QgsMapCanvas, pictures: Mapping[bool, Picture]):
        super().__init__(canvas)
        self._canvas, self._pictures = canvas, pictures
        self.captions: Dict[bool, Caption] = {}
        self.side: Optional[bool] = False
        self.split = Split()
        self.setZValue(_HEIGHT)

    def show_side(self, after: bool) -> None:
        self.side = after
        self.update()

    def show_split(self, split: Split) -> None:
        self.side, self.split = None, split
        self.update()

    def updatePosition(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._canvas.viewport().rect())

    def paint(self, painter: QPainter, _option: Optional[QStyleOptionGraphicsItem] = None, _widget: Optional[QWidget] = None) -> None:
        if not self._pictures:
            return  # the map shows until there is something to show
        whole = self.boundingRect()
        painter.fillRect(whole, self._canvas.canvasColor())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.side is not None:
            self._paint_side(painter, self.side, whole)
            return
        for after, part in zip((False, True), _parts(whole, self.split)):
            self._paint_side(painter, after, part)

    def _paint_side(self, painter: QPainter, after: bool, part: QRectF) -> None:
        painter.save()
        painter.setClipRect(part)
        picture = self._pictures.get(after)
        if picture is not None:
            painter.drawImage(self._place(picture), picture.image, QRectF(picture.image.rect()))
        if after in self.captions:
            _write(painter, self.captions[after], part, right=after and self.side is None and not self.split.level)
        painter.restore()

    def _place(self, picture: Picture) -> QRectF:
        """Where the picture lies now; while the map is dragged or zoomed it goes along until it is drawn anew."""
        corner: QPointF = self.toCanvasCoordinates(QgsPointXY(picture.corner))
        size = picture.image.size() / picture.image.devicePixelRatio()
        share = picture.map_units_per_pixel / self._canvas.mapUnitsPerPixel()
        return QRectF(corner.x(), corner.y(), size.width() * share, size.height() * share)


def _parts(whole: QRectF, split: Split) -> "tuple[QRectF, QRectF]":
    if split.level:
        line = round(whole.height() * split.share)
        return QRectF(0, 0, whole.width(), line), QRectF(0, line, whole.width(), whole.height() - line)
    line = round(whole.width() * split.share)
    return QRectF(0, 0, line, whole.height()), QRectF(line, 0, whole.width() - line, whole.height())


def _write(painter: QPainter, caption: Caption, part: QRectF, right: bool) -> None:
    font = QFont(painter.font())
    font.setBold(True)
    metrics = QFontMetrics(font)
    width = metrics.horizontalAdvance(caption.text) + 2 * _PADDING
    left = part.right() - _MARGIN - width if right else part.left() + _MARGIN
    height = metrics.height() + 2 * _PADDING
    box = QRectF(left, part.bottom() - _MARGIN - height, width, height)  # QGIS's messages lie over the upper edge of the map
    painter.setFont(font)
    painter.fillRect(box, _PAPER_WARNING if caption.warning else _PAPER)
    painter.setPen(_INK)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, caption.text)
