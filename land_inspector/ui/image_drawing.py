"""Images drawn off the screen for the view that a canvas shows, beside the window."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Sequence, Set

from qgis.core import QgsMapLayer, QgsMapRendererParallelJob, QgsMapSettings, QgsPointXY
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QImage


@dataclass(frozen=True)
class Picture:
    """What was drawn: where its upper left corner lies (map units), and how many map units a pixel of the screen is."""

    image: QImage
    corner: QgsPointXY
    map_units_per_pixel: float


class Drawing(QObject):
    """One picture for each side (False: before, True: after); ``drawn`` tells the side. A newer order drops the older."""

    drawn = pyqtSignal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.pictures: Dict[bool, Picture] = {}
        self._jobs: Dict[bool, QgsMapRendererParallelJob] = {}
        self._ending: Set[QgsMapRendererParallelJob] = set()

    @property
    def busy(self) -> bool:
        return bool(self._jobs)

    def draw(self, after: bool, view: QgsMapSettings, layers: Sequence[QgsMapLayer]) -> None:
        """Draw the layers (topmost first) for a view in its CRS, whatever theirs."""
        self._drop(after)
        settings = QgsMapSettings(view)
        settings.setLayers(list(layers))
        settings.setBackgroundColor(QColor(Qt.GlobalColor.transparent))
        job = QgsMapRendererParallelJob(settings)
        self._jobs[after] = job
        job.finished.connect(lambda: self._take(after, job))
        job.start()

    def forget(self, sides: Sequence[bool] = (False, True)) -> None:
        """No picture of these sides any more."""
        for after in sides:
            self._drop(after)
            self.pictures.pop(after, None)

    def stop(self) -> None:
        """Nothing draws any more when this returns."""
        waiting: List[QgsMapRendererParallelJob] = [*self._jobs.values(), *self._ending]
        self._jobs.clear()
        for job in waiting:
            job.cancel()
        self._ending.clear()
        self.pictures.clear()

    def _drop(self, after: bool) -> None:
        job = self._jobs.pop(after, None)
        if job is not None:
            self._ending.add(job)
            job.cancelWithoutBlocking()

    def _take(self, after: bool, job: QgsMapRendererParallelJob) -> None:
        self._ending.discard(job)
        if self._jobs.get(after) is not job:
            return
        del self._jobs[after]
        to_pixel = job.mapSettings().mapToPixel()
        self.pictures[after] = Picture(job.renderedImage(), to_pixel.toMapCoordinates(0, 0), to_pixel.mapUnitsPerPixel())
        self.drawn.emit(after)
