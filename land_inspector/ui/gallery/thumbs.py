"""Small pictures of parcels, drawn beside the window for what can be seen, kept while there is room, dropped when it is not."""
from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import Callable, Dict, List, Optional, Sequence

import numpy as np
import shapely
from qgis.core import QgsCoordinateReferenceSystem, QgsMapRendererSequentialJob, QgsMapSettings, QgsProject, QgsRasterLayer, QgsRectangle
from qgis.PyQt.QtCore import QObject, QPointF, QSize, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QColor, QImage, QPainterPath, QPolygonF

from ...exchange.image_choice import candidates, fitting, spot_of
from ..images.shelf import ImageLayers, ImageShelf
from ..shell.map_layers import leave_to_qt

#: Pixels along a side, and how much of it the parcel fills the way it is longer.
SIDE, FILL = 96, 0.6
#: A picture shows at least so much ground: of a tiny parcel the surroundings count.
_LEAST_VIEW_M, _METRES_PER_DEGREE = 60.0, 111_000.0
#: 37 kB each side: 600 parcels are 45 MB.
MOST_KEPT = 600
MOST_AT_ONCE = 2


@dataclass(frozen=True)
class Subject:
    """What is needed to draw a parcel: outline (WKB in ``crs``) and the dates it names, as written."""

    outline: bytes
    crs: str
    before: str
    after: str


@dataclass
class Thumb:
    """``path`` is the outline in pixels of a picture; ``images`` before (False) and after (True), where there is one."""

    path: QPainterPath
    images: Dict[bool, QImage] = field(default_factory=dict)


@dataclass
class _Drawn:
    """A thumb on its way, and the jobs that still draw it, by number."""

    thumb: Thumb
    jobs: Dict[int, QgsMapRendererSequentialJob] = field(default_factory=dict)


class Thumbs(QObject):
    """``made`` tells whose pictures are there now. What is no longer wanted is not drawn to its end."""

    made = pyqtSignal(str)

    def __init__(self, shelf: ImageShelf, layers: ImageLayers, look_up: Callable[[str], Optional[Subject]]):
        super().__init__()
        self._shelf, self._layers, self._look_up = shelf, layers, look_up
        self._kept: "OrderedDict[str, Thumb]" = OrderedDict()
        self._wanted: List[str] = []
        self._drawing: Dict[str, _Drawn] = {}
        self._jobs = 0
        self._waiting: List[str] = []
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(0)
        self._next.timeout.connect(self._take_next)
        layers.opened.connect(self._on_opened)

    @property
    def busy(self) -> bool:
        """Whether pictures are still to come."""
        return bool(self._wanted or self._drawing or self._waiting)

    def of(self, parcel_id: str) -> Optional[Thumb]:
        """None until it was drawn."""
        thumb = self._kept.get(parcel_id)
        if thumb is not None:
            self._kept.move_to_end(parcel_id)
        return thumb

    def want(self, ids: Sequence[str]) -> None:
        """These can be seen, in this order; everything else that was asked for is dropped."""
        for key in [key for key in self._drawing if key not in set(ids)]:
            self._drop(key)
        self._waiting = []
        self._wanted = [key for key in ids if key not in self._kept and key not in self._drawing]
        if self._wanted:
            self._next.start()

    def forget(self) -> None:
        """Other images are at hand, or another register is open."""
        self.stop()
        self._kept.clear()

    def stop(self) -> None:
        """Nothing is made any more; what draws just now ends by itself."""
        self._next.stop()
        self._wanted, self._waiting = [], []
        for key in list(self._drawing):
            self._drop(key)

    # --- one after the other ------------------------------------------------------------------------------------------

    def _take_next(self) -> None:
        """One parcel at a time on the main thread: finding its images takes a few milliseconds."""
        if self._wanted and len(self._drawing) < MOST_AT_ONCE:
            self._begin(self._wanted.pop(0))
        if self._wanted and len(self._drawing) < MOST_AT_ONCE:
            self._next.start()

    def _begin(self, key: str) -> None:
        subject = self._look_up(key)
        if subject is None:
            return
        outline = shapely.from_wkb(subject.outline)
        crs = QgsCoordinateReferenceSystem(subject.crs)
        view = _view(outline, _LEAST_VIEW_M / (_METRES_PER_DEGREE if crs.isGeographic() else 1.0))
        layers = self._layers_of(subject, crs)
        if layers is None:
            self._waiting.append(key)
            return
        drawn = self._drawing[key] = _Drawn(Thumb(_path(outline, view)))
        for after, found in layers.items():
            if found:
                self._jobs += 1
                job = drawn.jobs[self._jobs] = _job(found, view, crs)
                job.finished.connect(partial(self._on_drawn, key, after, self._jobs))
        if not drawn.jobs:
            self._keep(key)
        for job in list(drawn.jobs.values()):
            job.start()

    def _layers_of(self, subject: Subject, crs: QgsCoordinateReferenceSystem) -> Optional[Dict[bool, List[QgsRasterLayer]]]:
        """Layers of each side, topmost first; None while their files are being opened."""
        offered = candidates(self._shelf.images, spot_of(subject.outline, subject.crs)) if self._shelf.images else []
        dates = ((False, subject.before, subject.after), (True, subject.after, subject.before))
        sides = {after: fitting(offered, written, after, other) for after, written, other in dates}
        chosen = {after: one for after, one in sides.items() if one is not None}
        if not self._layers.want([tile for one in chosen.values() for tile in one.tiles]):
            return None
        return {after: self._layers.layers(one.tiles[::-1], crs) for after, one in chosen.items()}

    def _on_drawn(self, key: str, after: bool, number: int) -> None:
        """A number that is not known belongs to a job that was dropped."""
        drawn = self._drawing.get(key)
        job = drawn.jobs.pop(number, None) if drawn is not None else None
        if drawn is None or job is None:
            return
        drawn.thumb.images[after] = job.renderedImage()
        leave_to_qt(job)
        if not drawn.jobs:
            self._keep(key)

    def _keep(self, key: str) -> None:
        self._kept[key] = self._drawing.pop(key).thumb
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        self.made.emit(key)
        self._next.start()

    def _drop(self, key: str) -> None:
        for job in self._drawing.pop(key).jobs.values():
            leave_to_qt(job)

    def _on_opened(self) -> None:
        self._wanted, self._waiting = self._waiting + self._wanted, []
        if self._wanted:
            self._next.start()


def _view(outline: shapely.Geometry, least: float) -> QgsRectangle:
    """A square around the parcel, in its CRS, at least that wide."""
    xmin, ymin, xmax, ymax = shapely.bounds(outline)
    half = max((xmax - xmin) / FILL, (ymax - ymin) / FILL, least) / 2
    x, y = (xmin + xmax) / 2, (ymin + ymax) / 2
    return QgsRectangle(x - half, y - half, x + half, y + half)


def _path(outline: shapely.Geometry, view: QgsRectangle) -> QPainterPath:
    """The outline in pixels of a picture of that view."""
    scale, path = SIDE / view.width(), QPainterPath()
    for part in shapely.get_parts(outline):
        for ring in (part.exterior, *part.interiors):
            xy = (shapely.get_coordinates(ring) - np.array([view.xMinimum(), view.yMaximum()])) * np.array([scale, -scale])
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in xy.tolist()]))
    return path


def _job(layers: Sequence[QgsRasterLayer], view: QgsRectangle, crs: QgsCoordinateReferenceSystem) -> QgsMapRendererSequentialJob:
    settings = QgsMapSettings()
    settings.setLayers(list(layers))
    settings.setDestinationCrs(crs)
    settings.setTransformContext(QgsProject.instance().transformContext())
    settings.setOutputSize(QSize(SIDE, SIDE))
    settings.setExtent(view)
    settings.setBackgroundColor(QColor(0, 0, 0, 0))
    return QgsMapRendererSequentialJob(settings)
