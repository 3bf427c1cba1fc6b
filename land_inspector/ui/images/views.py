"""The ways to look at two images on the map: in turn, blinking, on either side of a line, on two maps side by side."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Mapping, Optional, Sequence, Tuple

from qgis.core import QgsCoordinateReferenceSystem, QgsMapLayer, QgsMapSettings, QgsRectangle
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QMainWindow

from .drawing import Drawing
from .item import Caption, ImageItem
from .outlines import Outlines
from .side_by_side import SideBySide
from .swipe_line import SwipeLine
from ..widgets.signal_connections import connect, disconnect

TURNS, BLINK, SWIPE, BESIDE = "turns", "blink", "swipe", "beside"
#: A map that is being dragged changes its view many times a second; pictures are drawn when it rests.
_REST_MS = 60


@dataclass(frozen=True)
class Sides:
    """What to show: layers (topmost first) and caption of each side, and the outlines over them (WKB in ``crs``)."""

    layers: Mapping[bool, Sequence[QgsMapLayer]] = field(default_factory=dict)
    captions: Mapping[bool, Caption] = field(default_factory=dict)
    parcel: Tuple[bytes, ...] = ()
    neighbours: Tuple[bytes, ...] = ()
    crs: QgsCoordinateReferenceSystem = field(default_factory=QgsCoordinateReferenceSystem)


class ImageViews(QObject):
    """Pictures lie over the main map, whose own layers, theme and CRS are never touched.

    ``closed`` tells that the user closed the second map, ``turned`` that the other side is shown, ``drawn`` that a picture is there.
    """

    closed = pyqtSignal()
    turned = pyqtSignal()
    drawn = pyqtSignal()

    def __init__(self, window: QMainWindow, canvas: QgsMapCanvas):
        super().__init__()
        self._window, self._canvas = window, canvas
        self._drawing = Drawing()
        self._drawing.drawn.connect(self._on_drawn)
        self._rest, self._blinker = QTimer(self), QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._draw)
        self._blinker.timeout.connect(self.turn)
        self._connections = [(canvas.extentsChanged, self._wait), (canvas.destinationCrsChanged, self._on_crs),
                             (canvas.rotationChanged, self._wait)]
        self._sides = Sides()
        self._item: Optional[ImageItem] = None
        self._outlines: List[Outlines] = []
        self.line: Optional[SwipeLine] = None
        self.twin: Optional[SideBySide] = None
        self.mode, self.after = "", False

    @property
    def is_still(self) -> bool:
        """Every picture of the view is drawn."""
        return not (self._drawing.busy or self._rest.isActive())

    # --- ways of looking ----------------------------------------------------------------------------------------------

    def show(self, mode: str, *, blink_ms: int = 700, level: bool = False) -> None:
        """Look this way from now on. The main map shows the image after where the second one shows the image before."""
        if self._item is None:
            self._begin()
        self._leave_mode()
        self.mode, self.after = mode, mode == BESIDE
        if mode == BLINK:
            self._blinker.start(blink_ms)
        elif mode == SWIPE:
            self.line = SwipeLine(self._canvas.viewport(), level)
            self.line.moved.connect(self._item.show_split)
            self.line.show()
        elif mode == BESIDE:
            self.twin = SideBySide(self._window, self._canvas)
            self.twin.closed.connect(self.closed)
        self._outline()
        self._show_side()
        self._draw()

    def turn(self) -> None:
        """The other side."""
        self.after = not self.after
        self._show_side()
        self.turned.emit()

    def put(self, sides: Sides) -> None:
        """Show these images. Pictures of a side that changed go at once: nobody may take them for the new ones."""
        changed = [after for after in (False, True) if _ids(sides, after) != _ids(self._sides, after)]
        self._sides = sides
        self._drawing.forget(changed)
        if self._item is not None:
            self._item.captions = dict(sides.captions)
            self._item.update()
            self._outlined()
            self._draw()

    def prepare(self, layers: Mapping[bool, Sequence[QgsMapLayer]], view: QgsRectangle) -> None:
        """Draw what is likely to be looked at next: these layers, for a view in the map's CRS."""
        settings = QgsMapSettings(self._canvas.mapSettings())
        settings.setExtent(view)
        for after in self._on_the_main_map():
            if layers.get(after):
                self._drawing.prepare(after, settings, layers[after])

    def end(self) -> None:
        """The map alone."""
        if self._item is None:
            return
        disconnect(self._connections)
        self._leave_mode()
        self._rest.stop()
        self._drawing.stop()
        self._canvas.scene().removeItem(self._item)
        self._item, self.mode, self._sides = None, "", Sides()

    def _begin(self) -> None:
        self._item = ImageItem(self._canvas, self._drawing.pictures)
        self._item.captions = dict(self._sides.captions)
        connect(self._connections)

    def _leave_mode(self) -> None:
        self._blinker.stop()
        for outlines in self._outlines:
            outlines.remove()
        self._outlines = []
        if self.line is not None:
            self.line.parentWidget().removeEventFilter(self.line)
            self.line.hide()
            self.line.deleteLater()
            self.line = None
        if self.twin is not None:
            self.twin.remove()
            self.twin = None

    # --- what is on the map -------------------------------------------------------------------------------------------

    def _outline(self) -> None:
        self._outlines = [Outlines(self._canvas, parcel=False)]
        if self.twin is not None:
            self._outlines.append(Outlines(self.twin.canvas, parcel=True))
        self._outlined()

    def _outlined(self) -> None:
        for outlines in self._outlines:
            outlines.show(self._sides.parcel, self._sides.neighbours, self._sides.crs)

    def _show_side(self) -> None:
        if self.line is not None:
            self._item.show_split(self.line.split)
        else:
            self._item.show_side(self.after)

    def _wait(self, _degrees: float = 0.0) -> None:
        """Draw anew when the map rests."""
        self._rest.start()

    def _on_crs(self) -> None:
        self._drawing.forget()
        self._outlined()
        self._wait()

    def _draw(self) -> None:
        self._rest.stop()
        for after in self._on_the_main_map():
            layers = self._sides.layers.get(after)
            if layers:
                self._drawing.draw(after, self._canvas.mapSettings(), layers)
        if self.twin is not None:
            caption = self._sides.captions.get(False, Caption(""))
            self.twin.show(self._sides.layers.get(False, ()), caption.text)

    def _on_the_main_map(self) -> Tuple[bool, ...]:
        return (True,) if self.twin is not None else (False, True)

    def _on_drawn(self, _after: bool) -> None:
        if self._item is not None:
            self._item.update()
            self.drawn.emit()


def _ids(sides: Sides, after: bool) -> List[str]:
    return [layer.id() for layer in sides.layers.get(after, ())]
