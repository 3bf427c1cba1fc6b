"""The pictures before and after over the map: one of them, or both on either side of a line. The map below is left alone."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Sequence, Set, Tuple

from qgis.PyQt.QtCore import pyqtSignal, QObject, QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter
from qgis.PyQt.QtWidgets import QStyleOptionGraphicsItem, QWidget
from qgis.core import QgsMapLayer, QgsMapRendererParallelJob, QgsMapSettings, QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem

from ..shell.map_layers import leave_to_qt

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
        """Draw one image only: the one after, or the one before."""
        self.side = after
        self.update()

    def show_split(self, split: Split) -> None:
        """Draw both images, parted at the line of ``split``."""
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


# --- Images drawn off the screen for the view that a canvas shows, beside the window; the next view too, before it is
#     asked for.


@dataclass(frozen=True)
class Picture:
    """What was drawn: where its upper left corner lies (map units), and how many map units a pixel of the screen is."""

    image: QImage
    corner: QgsPointXY
    map_units_per_pixel: float


@dataclass(eq=False)
class _Order:
    """``view`` tells orders for the same picture; ``job`` is None as soon as it has ended."""

    view: Tuple[object, ...]
    job: Optional[QgsMapRendererParallelJob]
    picture: Optional[Picture] = None


class Drawing(QObject):
    """One picture for each side (False: before, True: after); ``drawn`` tells the side. A newer order drops the older."""

    drawn = pyqtSignal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.pictures: Dict[bool, Picture] = {}
        self._now: Dict[bool, _Order] = {}
        self._next: Dict[bool, _Order] = {}
        self._ending: Set[_Order] = set()
        self._shown: Dict[bool, Tuple[object, ...]] = {}

    @property
    def busy(self) -> bool:
        """Whether an image is being drawn now."""
        return bool(self._now)

    def draw(self, after: bool, view: QgsMapSettings, layers: Sequence[QgsMapLayer]) -> None:
        """Draw the layers (topmost first) for a view in its CRS, whatever theirs; what was prepared is there at once."""
        settings = _settings(view, layers)
        if after in self.pictures and self._shown.get(after) == _view(settings):
            return
        self._cancel(self._now.pop(after, None))
        order = self._next.pop(after, None)
        if order is None or order.view != _view(settings):
            self._cancel(order)
            order = self._begin(after, settings)
        if order.picture is None:
            self._now[after] = order
        else:
            self._show(after, order)

    def prepare(self, after: bool, view: QgsMapSettings, layers: Sequence[QgsMapLayer]) -> None:
        """Draw already what is likely to be asked for next."""
        settings = _settings(view, layers)
        known = self._next.get(after)
        if known is None or known.view != _view(settings):
            self._cancel(known)
            self._next[after] = self._begin(after, settings)

    def forget(self, sides: Sequence[bool] = (False, True)) -> None:
        """No picture of these sides any more; what was prepared may still come true."""
        for after in sides:
            self._cancel(self._now.pop(after, None))
            self.pictures.pop(after, None)

    def stop(self) -> None:
        """Nothing is shown any more; what draws just now ends by itself."""
        waiting = [*self._now.values(), *self._next.values(), *self._ending]
        for orders in (self._now, self._next, self._ending, self.pictures):
            orders.clear()
        for order in waiting:
            if order.job is not None:
                order.job.finished.disconnect()
                leave_to_qt(order.job)

    def _begin(self, after: bool, settings: QgsMapSettings) -> _Order:
        job = QgsMapRendererParallelJob(settings)
        order = _Order(_view(settings), job)
        job.finished.connect(lambda: self._take(after, order, job))
        job.start()
        return order

    def _cancel(self, order: Optional[_Order]) -> None:
        if order is not None and order.job is not None:
            self._ending.add(order)
            order.job.cancelWithoutBlocking()

    def _take(self, after: bool, order: _Order, job: QgsMapRendererParallelJob) -> None:
        """The job has ended; it still stands in its own signal, so Qt deletes it when that is over, with all that hangs on it."""
        order.job = None
        job.deleteLater()
        if order in self._ending:
            self._ending.discard(order)
            return
        to_pixel = job.mapSettings().mapToPixel()
        order.picture = Picture(job.renderedImage(), to_pixel.toMapCoordinates(0, 0), to_pixel.mapUnitsPerPixel())
        if self._now.get(after) is order:
            del self._now[after]
            self._show(after, order)

    def _show(self, after: bool, order: _Order) -> None:
        self.pictures[after], self._shown[after] = order.picture, order.view
        self.drawn.emit(after)


def _settings(view: QgsMapSettings, layers: Sequence[QgsMapLayer]) -> QgsMapSettings:
    settings = QgsMapSettings(view)
    settings.setLayers(list(layers))
    settings.setBackgroundColor(QColor(Qt.GlobalColor.transparent))
    return settings


def _view(settings: QgsMapSettings) -> Tuple[object, ...]:
    box, size = settings.visibleExtent(), settings.outputSize()
    return (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum(), size.width(), size.height(), settings.rotation(),
            settings.destinationCrs().authid(), tuple(layer.id() for layer in settings.layers()))
