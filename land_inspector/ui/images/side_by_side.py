"""A second map on the left of the main one for the image before: same place, same scale, same outlines, moved by either."""
from __future__ import annotations

from typing import Dict, List, Sequence

from qgis.core import QgsMapLayer, QgsPointXY, QgsProject, QgsRectangle
from qgis.gui import QgsDockWidget, QgsMapCanvas, QgsMapToolPan, QgsVertexMarker
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QDockWidget, QMainWindow
from qgis.PyQt.QtXml import QDomDocument

from ...i18n import tr
from ..widgets.signal_connections import connect, disconnect

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
