"""Images drawn off the screen for the view that a canvas shows, beside the window; the next view too, before it is asked for."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Sequence, Set, Tuple

from qgis.core import QgsMapLayer, QgsMapRendererParallelJob, QgsMapSettings, QgsPointXY
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QImage

from ..shell.map_jobs import leave_to_qt


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
