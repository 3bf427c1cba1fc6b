"""Every image at hand: those of the office's folders, looked through beside the window, and the rasters of the project."""
from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Set, Tuple

from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QCoreApplication, QObject, pyqtSignal

from ... import log
from ...errors import message
from ...exchange.image_catalogue import Catalogue, Places, look_through, remember, remembered
from ...exchange.image_choice import image_of_layer
from ...exchange.image_files import Image
from ...i18n import say, tr
from ...progress import Progress
from ..shell.messages import Messages
from ..shell.tasks import Worker


class ImageShelf(QObject):
    """``changed`` tells that other images are at hand than before."""

    changed = pyqtSignal()

    def __init__(self, worker: Worker, messages: Messages, project: QgsProject, memory: Path):
        super().__init__()
        self._worker, self._messages, self._project, self._memory = worker, messages, project, memory
        self._places = Places()
        self._catalogue: Optional[Catalogue] = None
        self._looking = False
        self._said: List[str] = []
        self._looks = 0
        self._state: Optional[Tuple[object, ...]] = None
        self._images: List[Image] = []

    @property
    def looking(self) -> bool:
        """Whether folders are being looked through now."""
        return self._looking

    def look(self, places: Places, anew: bool = False) -> None:
        """Look through these folders beside the window, where they are others than last time; ``anew`` in any case."""
        if self._looking or (places == self._places and not anew):
            return
        self._places, self._looking = places, True
        known, memory = self._catalogue, self._memory
        self._worker.start(tr("Looking at images"), lambda progress: _looked(places, known, memory, progress), self._take, self._fail)

    def _take(self, found: Catalogue) -> None:
        self._looking = False
        self._looks += 1
        before, self._catalogue = self._catalogue or Catalogue(), found
        self._say([say(trouble) for trouble in found.said()])
        if (before.files, before.rows) != (found.files, found.rows):
            self.changed.emit()

    def _fail(self, error: BaseException) -> None:
        self._looking = False
        self._messages.failed(error)

    def _say(self, troubles: List[str]) -> None:
        """Once, until something else is wrong."""
        if troubles and troubles != self._said:
            said = tr("{n} images or folders cannot be used: {first}", n=len(troubles), first=troubles[0])
            self._messages.warn(said, "\n".join(troubles))
        self._said = troubles

    @property
    def images(self) -> List[Image]:
        """The office's, and the project's; one that is both is the project's layer with what is known of the file."""
        rasters = [layer for layer in self._project.mapLayers().values() if isinstance(layer, QgsRasterLayer)]
        state = (self._looks, tuple((layer.id(), layer.name(), layer.source()) for layer in rasters))
        if state != self._state:
            self._state, self._images = state, self._gathered(rasters)
        return self._images

    def _gathered(self, rasters: List[QgsRasterLayer]) -> List[Image]:
        filed = {image.source: image for image in (self._catalogue.images if self._catalogue else [])}
        shown = [image_of_layer(layer, filed) for layer in rasters]
        taken = {image.source for image in shown}
        return shown + [image for image in filed.values() if image.source not in taken]


def _looked(places: Places, known: Optional[Catalogue], memory: Path, progress: Progress) -> Catalogue:
    before = remembered(memory) if known is None else known
    found = look_through(places, before, progress)
    if found.files != before.files:
        try:
            remember(found, memory)
        except OSError as error:  # the next start looks at the files again: slower, nothing worse
            log.info(message("{file} cannot be written: {reason}", file=str(memory), reason=error.strerror or ""))
    return found


# Image files as layers to draw with: opened beside the window, never part of a project.

#: More open files than these are closed again, the ones not looked at for longest first.
MOST_OPEN = 96


class ImageLayers(QObject):
    """``opened`` tells that layers asked for with :meth:`want` are there now, or cannot be opened."""

    opened = pyqtSignal()

    def __init__(self, worker: Worker, messages: Messages, project: QgsProject):
        super().__init__()
        self._worker, self._messages, self._project = worker, messages, project
        self._open: "OrderedDict[str, QgsRasterLayer]" = OrderedDict()
        self._pending: Set[str] = set()
        self._broken: Set[str] = set()
        self._generation = 0

    def want(self, images: Sequence[Image]) -> bool:
        """Whether all are there; those that are not are opened, and ``opened`` follows."""
        missing = {image.source for image in images if not image.layer_id} - set(self._open) - self._broken
        fresh = {image.source: image.name for image in images if image.source in missing - self._pending}
        if fresh:
            self._pending |= set(fresh)
            generation = self._generation
            self._worker.start(tr("Opening images"), lambda progress: _opened(fresh, progress),
                               lambda layers: self._take(generation, layers), lambda error: self._fail(generation, fresh, error))
        return not missing

    def layers(self, images: Sequence[Image], crs: QgsCoordinateReferenceSystem) -> List[QgsRasterLayer]:
        """Those that are there, in this order; one that names no CRS is laid into ``crs``."""
        found = []
        for image in images:
            layer = self._project.mapLayer(image.layer_id) if image.layer_id else self._open.get(image.source)
            if layer is None:
                continue
            if not image.layer_id:
                self._open.move_to_end(image.source)
                if not image.crs and layer.crs() != crs:
                    layer.setCrs(crs)
            found.append(layer)
        return found

    def close(self) -> None:
        """Let go of every file; what is still being opened is dropped when it comes."""
        self._generation += 1
        self._open.clear()
        self._pending.clear()
        self._broken.clear()

    def _take(self, generation: int, layers: Dict[str, QgsRasterLayer]) -> None:
        if generation != self._generation:
            return
        self._pending -= set(layers)
        for source, layer in layers.items():
            if layer.isValid():
                self._open[source] = layer
            else:
                self._broken.add(source)
                self._messages.warn(tr("The image {file} cannot be shown.", file=source))
        while len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        self.opened.emit()

    def _fail(self, generation: int, asked: Dict[str, str], error: BaseException) -> None:
        if generation == self._generation:
            self._pending -= set(asked)
            self._broken |= set(asked)
            self._messages.failed(error)
            self.opened.emit()


def _opened(asked: Dict[str, str], progress: Progress) -> Dict[str, QgsRasterLayer]:
    """A file on a slow drive may take seconds to open: that is why layers are made here and then handed to the main thread."""
    options = QgsRasterLayer.LayerOptions()
    options.skipCrsValidation = True  # QGIS would ask for the CRS in a dialog, from a thread that may not
    layers = {}
    for done, (source, name) in enumerate(asked.items()):
        progress.step(done / len(asked))
        layers[source] = QgsRasterLayer(source, name, "gdal", options)
        layers[source].moveToThread(QCoreApplication.instance().thread())
    return layers
