"""The ways to look at two images on the map: in turn, blinking, on either side of a line, on two maps side by side."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import pyqtSignal, QEvent, QObject, QRect, Qt, QTimer
from qgis.PyQt.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from qgis.PyQt.QtWidgets import QDockWidget, QMainWindow, QWidget
from qgis.PyQt.QtXml import QDomDocument
from qgis.core import (
    QgsCoordinateReferenceSystem, QgsMapLayer, QgsMapSettings, QgsPointXY, QgsProject, QgsRectangle, QgsWkbTypes,
)
from qgis.gui import QgsDockWidget, QgsMapCanvas, QgsMapToolPan, QgsRubberBand, QgsVertexMarker

from ...i18n import tr
from ..shell.canvas_link import geometry_of, outline_band, outline_bands
from ..widgets.pages import connect, disconnect
from .item import Caption, Drawing, ImageItem, Split

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


# --- Outlines over the images: the chosen parcel on the second map, and its neighbours on both, lines only.


_NEIGHBOUR, _HALO = QColor(255, 235, 59), QColor(0, 0, 0, 120)


class Outlines:
    """On one canvas until :meth:`remove`. ``parcel`` where the canvas does not show the chosen one's outline already."""

    def __init__(self, canvas: QgsMapCanvas, parcel: bool):
        self._canvas = canvas
        self._neighbours = [outline_band(canvas, _HALO, 3), outline_band(canvas, _NEIGHBOUR, 1)]
        self._parcel: List[QgsRubberBand] = outline_bands(canvas) if parcel else []

    def show(self, parcel: Sequence[bytes], neighbours: Sequence[bytes], crs: QgsCoordinateReferenceSystem) -> None:
        """WKB in ``crs``."""
        for bands, outlines in ((self._parcel, parcel), (self._neighbours, neighbours)):
            geometries = [geometry_of(wkb) for wkb in outlines]
            for band in bands:
                band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)
                for geometry in geometries:
                    band.addGeometry(geometry, crs)

    def remove(self) -> None:
        """Leave nothing on the canvas."""
        for band in self._neighbours + self._parcel:
            self._canvas.scene().removeItem(band)


# --- A second map on the left of the main one for the image before: same place, same scale, same outlines, moved by
#     either.


OBJECT_NAME, CANVAS_NAME = "LandInspectorImageBefore", "landInspectorCanvasBefore"
_POINTER = QColor(224, 0, 208)


class SideBySide(QObject):
    """There from construction until :meth:`remove`. ``closed`` tells that the user closed the dock."""

    closed = pyqtSignal()

    def __init__(self, window: QMainWindow, canvas: QgsMapCanvas):
        super().__init__()
        self._window, self._main = window, canvas
        self.dock = QgsDockWidget(tr("Image before"), window)
        self.dock.setObjectName(OBJECT_NAME)
        self.canvas = _second_canvas(self.dock, canvas)
        self.dock.setWidget(self.canvas)
        self._size = self.canvas.viewport().size()
        self._tool = QgsMapToolPan(self.canvas)
        self.canvas.setMapTool(self._tool)
        self._pointers = (_pointer(canvas), _pointer(self.canvas))
        self._following = False
        self._connections = [
            (canvas.extentsChanged, self.follow_main), (canvas.destinationCrsChanged, self._take_crs),
            (canvas.rotationChanged, self.follow_main), (self.canvas.extentsChanged, self._on_moved),
            (canvas.xyCoordinates, self._point_here), (self.canvas.xyCoordinates, self._point_there),
            (self.dock.closed, self.closed), (QgsProject.instance().writeProject, _strike_out),
        ]
        connect(self._connections)
        self._neighbours = {dock: dock.width() for dock in _docks_beside(window)}
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.dock, Qt.Orientation.Horizontal)
        self.dock.show()
        self._set_widths({**self._neighbours, self.dock: canvas.width() // 2})

    def show(self, layers: Sequence[QgsMapLayer], title: str) -> None:
        """Show these layers, topmost first; ``title`` is what the image is called, '' for none."""
        self.dock.setWindowTitle(title or tr("Image before"))
        self.canvas.setLayers(list(layers))
        self.follow_main()

    def remove(self) -> None:
        """Leave nothing in the window or on the main map."""
        disconnect(self._connections)
        self._main.scene().removeItem(self._pointers[0])
        self.canvas.stopRendering()
        self.canvas.setLayers([])
        self.canvas.unsetMapTool(self._tool)
        self._window.removeDockWidget(self.dock)
        self.dock.deleteLater()
        self._set_widths(self._neighbours)

    def _set_widths(self, widths: Dict[QDockWidget, int]) -> None:
        """The second map takes its room from the first; where the window is too small for that, docks become narrower meanwhile."""
        self._window.resizeDocks(list(widths), list(widths.values()), Qt.Orientation.Horizontal)

    # --- one place ----------------------------------------------------------------------------------------------------

    def follow_main(self, _rotation: float = 0.0) -> None:
        """Show what the main map shows the middle of, at its scale."""
        self._follow(self._main, self.canvas)

    def _on_moved(self) -> None:
        """A map that only became wider or narrower has not been moved by anybody."""
        if self.canvas.viewport().size() != self._size:
            self._size = self.canvas.viewport().size()
            self.follow_main()
        else:
            self._follow(self.canvas, self._main)

    def _follow(self, leader: QgsMapCanvas, follower: QgsMapCanvas) -> None:
        if self._following or follower.width() < 2 or follower.height() < 2:
            return
        self._following = True
        if follower.rotation() != leader.rotation():
            follower.setRotation(leader.rotation())
        view = _view(leader.center(), leader.mapUnitsPerPixel(), follower)
        if not _same(view, follower.extent(), leader.mapUnitsPerPixel()):
            follower.setExtent(view)
            follower.refresh()
        self._following = False

    def _take_crs(self) -> None:
        self.canvas.setDestinationCrs(self._main.mapSettings().destinationCrs())

    # --- one pointer --------------------------------------------------------------------------------------------------

    def _point_here(self, place: QgsPointXY) -> None:
        self._point(1, place)

    def _point_there(self, place: QgsPointXY) -> None:
        self._point(0, place)

    def _point(self, other: int, place: QgsPointXY) -> None:
        """The mouse is over one map: the other shows the same spot."""
        self._pointers[other].setCenter(place)
        self._pointers[other].show()
        self._pointers[1 - other].hide()


def _docks_beside(window: QMainWindow) -> List[QDockWidget]:
    """Those that can be seen on the left and right of the map."""
    sides = (Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea)
    return [dock for dock in window.findChildren(QDockWidget)
            if dock.isVisible() and not dock.isFloating() and window.dockWidgetArea(dock) in sides]


def _second_canvas(dock: QgsDockWidget, main: QgsMapCanvas) -> QgsMapCanvas:
    canvas = QgsMapCanvas(dock)
    canvas.setObjectName(CANVAS_NAME)
    canvas.setAccessibleName(tr("Map with the image before"))
    canvas.setCanvasColor(main.canvasColor())
    canvas.enableAntiAliasing(True)
    canvas.setDestinationCrs(main.mapSettings().destinationCrs())
    return canvas


def _strike_out(document: QDomDocument) -> None:
    """Every canvas writes itself into a project that is saved; this one is not the project's."""
    written = document.elementsByTagName("mapcanvas")
    ours = [written.item(place) for place in range(written.count())]
    for node in [node for node in ours if node.toElement().attribute("name") == CANVAS_NAME]:
        node.parentNode().removeChild(node)


def _pointer(canvas: QgsMapCanvas) -> QgsVertexMarker:
    marker = QgsVertexMarker(canvas)
    marker.setColor(_POINTER)
    marker.setIconType(QgsVertexMarker.IconType.ICON_CROSS)
    marker.setIconSize(14)
    marker.setPenWidth(2)
    marker.hide()
    return marker


def _view(middle: QgsPointXY, map_units_per_pixel: float, canvas: QgsMapCanvas) -> QgsRectangle:
    half_x = canvas.viewport().width() * map_units_per_pixel / 2
    half_y = canvas.viewport().height() * map_units_per_pixel / 2
    return QgsRectangle(middle.x() - half_x, middle.y() - half_y, middle.x() + half_x, middle.y() + half_y)


def _same(one: QgsRectangle, two: QgsRectangle, pixel: float) -> bool:
    """To less than half a pixel."""
    gaps = (one.xMinimum() - two.xMinimum(), one.yMinimum() - two.yMinimum(),
            one.xMaximum() - two.xMaximum(), one.yMaximum() - two.yMaximum())
    return max(abs(gap) for gap in gaps) < pixel / 2


# --- The line between the image before and the image after: moved by mouse, and by the arrow keys while it has the
#     focus.


STEP = 0.02
_GRIP = 15
_KNOB = 9
_LINE, _LINE_HALO, _FOCUSED = QColor(40, 40, 40), QColor(255, 255, 255, 220), QColor(224, 0, 208)
_BACK = (Qt.Key.Key_Left, Qt.Key.Key_Up)
_ON = (Qt.Key.Key_Right, Qt.Key.Key_Down)


class SwipeLine(QWidget):
    """Lies over ``canvas`` (a viewport) and grows with it; ``moved`` tells where it lies now."""

    moved = pyqtSignal(object)

    def __init__(self, canvas: QWidget, level: bool = False):
        super().__init__(canvas)
        self.setObjectName("landInspectorSwipeLine")
        self.setAccessibleName(tr("Swipe line between the images before and after"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.split = Split(0.5, level)
        canvas.installEventFilter(self)
        self.turn(level)

    def turn(self, level: bool) -> None:
        """Lay the line level, or stand it up."""
        self.setCursor(Qt.CursorShape.SplitVCursor if level else Qt.CursorShape.SplitHCursor)
        self.move_to(self.split.share, level)

    def step(self, share: float) -> None:
        """Move the line by this share of the width or height; it stays on the map."""
        self.move_to(self.split.share + share)

    def move_to(self, share: float, level: Optional[bool] = None) -> None:
        """``share`` of the width or height; the line stays on the map."""
        self.split = Split(min(max(share, 0.0), 1.0), self.split.level if level is None else level)
        self._lay()
        self.moved.emit(self.split)

    def _lay(self) -> None:
        whole = self.parentWidget().rect()
        if self.split.level:
            self.setGeometry(QRect(0, round(whole.height() * self.split.share) - _GRIP // 2, whole.width(), _GRIP))
        else:
            self.setGeometry(QRect(round(whole.width() * self.split.share) - _GRIP // 2, 0, _GRIP, whole.height()))
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._lay()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """What is done with the line is not done with the map below: it must not pan."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the middle."""
        self.move_to(0.5)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place, whole = self.mapToParent(event.pos()), self.parentWidget().rect()
        self.move_to(place.y() / max(whole.height(), 1) if self.split.level else place.x() / max(whole.width(), 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _BACK or event.key() in _ON:
            self.step(STEP if event.key() in _ON else -STEP)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.rect().center()
        ends = (self.rect().left(), middle.y(), self.rect().right(), middle.y()) if self.split.level else (
            middle.x(), self.rect().top(), middle.x(), self.rect().bottom())
        for colour, width in ((_LINE_HALO, 5), (_FOCUSED if self.hasFocus() else _LINE, 2)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(*ends)
        painter.setBrush(_LINE_HALO)
        painter.drawEllipse(middle, _KNOB - 2, _KNOB - 2)
