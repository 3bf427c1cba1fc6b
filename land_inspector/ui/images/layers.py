"""Image files as layers to draw with: opened beside the window, never part of a project."""
from __future__ import annotations

from collections import OrderedDict
from typing import Dict, List, Sequence, Set

from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QCoreApplication, QObject, pyqtSignal

from ...exchange.image_files import Image
from ...i18n import tr
from ...progress import Progress
from ..shell.messages import Messages
from ..shell.tasks import Worker

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
