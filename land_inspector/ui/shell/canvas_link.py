"""The map and the list tied together: outlines of the chosen parcels, the view moved to them, and what is picked on the map."""
from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsExpression,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsMapTool, QgsRubberBand
from qgis.PyQt.QtCore import QEvent, QObject, QPoint, QPointF, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QCursor, QMouseEvent
from qgis.PyQt.QtWidgets import QApplication

from ..review.review_options import Framing

_HALO, _LINE = QColor(255, 255, 255, 200), QColor(224, 0, 208)
_ID = "parcel_id"


class CanvasLink(QObject):
    """``picked`` tells the ids of parcels that the user selected on the map; what the list selects is not told back."""

    picked = pyqtSignal(list)

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._canvas = canvas
        self._layer: Optional[QgsVectorLayer] = None
        self._quiet = False
        self.framing = Framing()
        self._bands = outline_bands(canvas)

    @property
    def layer(self) -> Optional[QgsVectorLayer]:
        """The layer that is listened to; None before there is one, and after it was deleted."""
        return self._layer

    def follow(self, layer: Optional[QgsVectorLayer]) -> None:
        """Listen to this layer from now on, and to no other."""
        self.let_go()
        self._layer = layer
        if layer is not None:
            layer.selectionChanged.connect(self._on_layer_selection)
            layer.willBeDeleted.connect(self._forget_layer)

    def let_go(self) -> None:
        """Stop listening and take the outlines off the map."""
        self.clear()
        if self._layer is not None:
            self._layer.selectionChanged.disconnect(self._on_layer_selection)
            self._layer.willBeDeleted.disconnect(self._forget_layer)
            self._layer = None

    def remove(self) -> None:
        """Leave nothing on the canvas."""
        self.let_go()
        for band in self._bands:
            self._canvas.scene().removeItem(band)
        self._bands = []

    def _forget_layer(self) -> None:
        self._layer = None
        self.clear()

    # --- from the list to the map -------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Show no outline; the layer and its selection stay as they are."""
        for band in self._bands:
            band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)

    def show(self, outlines: Sequence[bytes], ids: Sequence[str], move: bool) -> None:
        """Outline the parcels (WKB in the layer's CRS). ``move`` brings the map to them: only where the user asked for it.

        One parcel is looked at, so nothing but its outline may cover the image; several are worked on, so the layer
        selects them for QGIS's own tools as well.
        """
        self.clear()
        if self._layer is None:
            return
        geometries = [geometry_of(wkb) for wkb in outlines]
        for band in self._bands:
            for geometry in geometries:
                band.addGeometry(geometry, self._layer)
        self._select(ids if len(ids) > 1 else [])
        if move and geometries:
            self._go_to(geometries)

    def _select(self, ids: Sequence[str]) -> None:
        if not ids and not self._layer.selectedFeatureCount():
            return
        self._quiet = True
        self._layer.selectByIds(_feature_ids(self._layer, ids) if ids else [])
        self._quiet = False

    def view(self) -> Optional[Tuple[float, float, float, float]]:
        """What the map shows: xmin, ymin, xmax, ymax in the layer's CRS; None without a layer or beyond its CRS."""
        if self._layer is None:
            return None
        transform = QgsCoordinateTransform(self._canvas.mapSettings().destinationCrs(), self._layer.crs(), QgsProject.instance())
        try:
            box = transform.transformBoundingBox(self._canvas.extent())
        except QgsCsException:
            return None
        return (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()) if box.isFinite() else None

    def _go_to(self, geometries: Sequence[QgsGeometry]) -> None:
        box = QgsRectangle()
        box.setMinimal()
        for geometry in geometries:
            box.combineExtentWith(geometry.boundingBox())
        transform = QgsCoordinateTransform(self._layer.crs(), self._canvas.mapSettings().destinationCrs(), QgsProject.instance())
        box = transform.transformBoundingBox(box)
        if box.isFinite() and not box.isNull():
            self.framing.bring(self._canvas, box)

    # --- from the map to the list -------------------------------------------------------------------------------------

    def _on_layer_selection(self) -> None:
        if not self._quiet:
            self.picked.emit(_parcel_ids(self._layer))


def outline_bands(canvas: QgsMapCanvas) -> List[QgsRubberBand]:
    """Halo and line of a chosen parcel, without a fill: nothing may cover the image."""
    return [outline_band(canvas, _HALO, 7), outline_band(canvas, _LINE, 3)]


def outline_band(canvas: QgsMapCanvas, colour: QColor, width: int) -> QgsRubberBand:
    """A line of so many pixels around nothing yet, without a fill."""
    band = QgsRubberBand(canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
    band.setStrokeColor(colour)
    band.setFillColor(QColor(0, 0, 0, 0))
    band.setWidth(width)
    return band


def geometry_of(wkb: bytes) -> QgsGeometry:
    """A geometry out of WKB; empty where the bytes are none."""
    geometry = QgsGeometry()
    geometry.fromWkb(wkb)
    return geometry


def _feature_ids(layer: QgsVectorLayer, ids: Sequence[str]) -> List[int]:
    listed = ", ".join(QgsExpression.quotedString(key) for key in ids)
    request = QgsFeatureRequest().setFilterExpression(f"{QgsExpression.quotedColumnRef(_ID)} IN ({listed})")
    request.setFlags(QgsFeatureRequest.Flag.NoGeometry).setSubsetOfAttributes([_ID], layer.fields())
    return [feature.id() for feature in layer.getFeatures(request)]


def _parcel_ids(layer: QgsVectorLayer) -> List[str]:
    request = QgsFeatureRequest().setFilterFids(layer.selectedFeatureIds())
    request.setFlags(QgsFeatureRequest.Flag.NoGeometry).setSubsetOfAttributes([_ID], layer.fields())
    return [feature[_ID] for feature in layer.getFeatures(request)]


# --- A map tool by keys alone: the arrows move the pointer, Space is a click.


_STEP_PX, _FINE_PX = 12, 1
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class KeyedPointer(QObject):
    """While a map tool is in hand, arrows move the pointer over the map (with Shift by single pixels), where QGIS would move the map, and
    Space clicks there. From outside the map the pointer comes to its middle first."""

    def __init__(self, tool: QgsMapTool):
        super().__init__(tool)
        self._canvas = tool.canvas()
        tool.activated.connect(lambda: self._canvas.installEventFilter(self))
        tool.deactivated.connect(lambda: self._canvas.removeEventFilter(self))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Only keys of the map; all others go on to QGIS and the tool."""
        if event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in _ARROWS:
            across, down = _ARROWS[event.key()]
            step = _FINE_PX if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP_PX
            self._go_to(self.place() + QPoint(across * step, down * step))
            return True
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._click()
            return True
        return False

    def place(self) -> QPoint:
        """Where the pointer is on the map, in its pixels; its middle while it is elsewhere."""
        there = self._canvas.viewport().mapFromGlobal(QCursor.pos())
        room = self._canvas.viewport().rect()
        return there if room.contains(there) else room.center()

    def _go_to(self, place: QPoint) -> None:
        room = self._canvas.viewport().rect()
        place = QPoint(min(max(place.x(), 0), room.right()), min(max(place.y(), 0), room.bottom()))
        QCursor.setPos(self._canvas.viewport().mapToGlobal(place))
        self._send(QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton)

    def _click(self) -> None:
        place = self.place()
        for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
            self._send(kind, place, Qt.MouseButton.LeftButton)

    def _send(self, kind: QEvent.Type, place: QPoint, button: Qt.MouseButton) -> None:
        held = button if kind == QEvent.Type.MouseButtonPress else Qt.MouseButton.NoButton
        viewport = self._canvas.viewport()
        QApplication.sendEvent(viewport, QMouseEvent(kind, QPointF(place), QPointF(viewport.mapToGlobal(place)), button, held,
                                                     Qt.KeyboardModifier.NoModifier))
