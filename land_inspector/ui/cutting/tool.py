"""The map tool that draws lines across a parcel: by mouse and keys, with snapping, and without any layer being edited."""
from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import pyqtSignal, QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPainterPath, QPen
from qgis.PyQt.QtWidgets import QGraphicsItem
from qgis.core import (
    QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsCsException, QgsGeometry, QgsPointXY, QgsProject,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem, QgsMapMouseEvent, QgsMapTool, QgsRubberBand, QgsVertexMarker

from ..shell.canvas_link import KeyedPointer, geometry_of, outline_band

#: How near to a corner or an edge the pointer snaps to it, in pixels.
REACH_PX = 12
_DRAWN, _DRAWING = QColor(255, 240, 0), QColor(255, 80, 0)
_FINISHING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TAKING_BACK = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)


class CutTool(QgsMapTool):
    """By mouse, or by arrows and Space. ``line_drawn`` hands over a finished line as WKB in the parcel's CRS. With no line begun the keys
    speak of the whole: ``accepted`` (Enter), ``taken_back`` (Backspace) and ``given_up`` (Esc)."""

    line_drawn = pyqtSignal(bytes)
    accepted = pyqtSignal()
    taken_back = pyqtSignal()
    given_up = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas):
        super().__init__(canvas)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.keys = KeyedPointer(self)
        self._crs = QgsCoordinateReferenceSystem()
        self._outline = QgsGeometry()
        self._finished: List[QgsGeometry] = []
        self._points: List[QgsPointXY] = []
        self._bands: List[QgsRubberBand] = []
        self._marker: Optional[QgsVertexMarker] = None
        self._just_ended = False

    @property
    def points(self) -> int:
        """Corners of the line that is being drawn."""
        return len(self._points)

    def begin(self, outline: QgsGeometry, crs: QgsCoordinateReferenceSystem) -> None:
        """Draw across this parcel; lines come in ``crs``."""
        self._outline, self._crs = outline, crs
        self._points, self._finished = [], []
        self._draw()

    def show_lines(self, lines: List[bytes]) -> None:
        """The finished lines that still count; they can be snapped to."""
        self._finished = [geometry_of(wkb) for wkb in lines]
        self._draw()

    # --- mouse --------------------------------------------------------------------------------------------------------

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:
        place, snapped = self._place(event)
        self._mark(place if snapped else None)
        self._draw(place)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:
        if event.button() == Qt.MouseButton.RightButton:
            self._end_line()
        elif event.button() == Qt.MouseButton.LeftButton and not self._just_ended:
            place, _snapped = self._place(event)
            if place is not None and (not self._points or place != self._points[-1]):
                self._points.append(place)
                self._draw(place)
        self._just_ended = False

    def canvasDoubleClickEvent(self, event: QgsMapMouseEvent) -> None:
        """The click before it has set the last corner already; the release that follows sets none."""
        self._end_line()
        self._just_ended = True

    # --- keys ---------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()
        if event.key() in _TAKING_BACK:
            self._take_back()  # stays ignored: QGIS deletes what is selected when a tool accepts this key
        elif event.key() in _FINISHING:
            if not event.isAutoRepeat():  # the press that ends a line must not go on to record the cut
                self._finish()
            event.accept()
        elif event.key() == Qt.Key.Key_Escape:
            self._give_up()
            event.accept()

    def _finish(self) -> None:
        if self._points:
            self._end_line()
        else:
            self.accepted.emit()

    def _take_back(self) -> None:
        if self._points:
            self._points.pop()
            self._draw()
        else:
            self.taken_back.emit()

    def _give_up(self) -> None:
        if self._points:
            self._points = []
            self._draw()
        else:
            self.given_up.emit()

    def _end_line(self) -> None:
        line, self._points = self._points, []
        self._draw()
        if len(line) > 1:
            self.line_drawn.emit(bytes(QgsGeometry.fromPolylineXY(line).asWkb()))

    # --- where the pointer is -----------------------------------------------------------------------------------------

    def _place(self, event: QgsMapMouseEvent) -> Tuple[Optional[QgsPointXY], bool]:
        """The place in the parcel's CRS, and whether it snapped: to what the project says, else to the outline or another line."""
        place = self._carried(event.snapPoint())
        if place is None or event.isSnapped():
            return place, place is not None
        near = self._nearest(place)
        return (near, True) if near is not None else (place, False)

    def _carried(self, point: QgsPointXY) -> Optional[QgsPointXY]:
        transform = QgsCoordinateTransform(self.canvas().mapSettings().destinationCrs(), self._crs, QgsProject.instance())
        try:
            return transform.transform(point)
        except QgsCsException:
            return None

    def _nearest(self, place: QgsPointXY) -> Optional[QgsPointXY]:
        """A corner within reach, else the nearest place on an edge within reach."""
        aims = [aim for aim in (self._outline, *self._finished) if not aim.isEmpty()]
        if len(self._points) > 2:
            aims.append(QgsGeometry.fromPointXY(self._points[0]))
        reach = self._reach(place)
        corners = [(aim.closestVertex(place)[4], aim.closestVertex(place)[0]) for aim in aims]
        edges = [aim.closestSegmentWithContext(place)[:2] for aim in aims if aim.type() != QgsWkbTypes.GeometryType.PointGeometry]
        for found in (corners, edges):
            squared, near = min(found, key=lambda one: one[0], default=(-1.0, place))
            if 0 <= squared <= reach * reach:
                return near
        return None

    def _reach(self, place: QgsPointXY) -> float:
        """The reach of the pointer around a place, in units of the parcel's CRS."""
        transform = QgsCoordinateTransform(self._crs, self.canvas().mapSettings().destinationCrs(), QgsProject.instance())
        try:
            shown = transform.transform(place)
        except QgsCsException:
            return 0.0
        beside = self._carried(QgsPointXY(shown.x() + REACH_PX * self.canvas().mapUnitsPerPixel(), shown.y()))
        return place.distance(beside) if beside is not None else 0.0

    # --- what is drawn ------------------------------------------------------------------------------------------------

    def _draw(self, pointer: Optional[QgsPointXY] = None) -> None:
        self._wipe()
        for line in self._finished:
            self._band(line, _DRAWN, Qt.PenStyle.SolidLine)
        points = [*self._points, *([pointer] if pointer is not None and self._points else [])]
        if len(points) > 1:
            self._band(QgsGeometry.fromPolylineXY(points), _DRAWING, Qt.PenStyle.DashLine)

    def _band(self, line: QgsGeometry, colour: QColor, style: Qt.PenStyle) -> None:
        band = QgsRubberBand(self.canvas(), QgsWkbTypes.GeometryType.LineGeometry)
        band.setStrokeColor(colour)
        band.setSecondaryStrokeColor(QColor(0, 0, 0, 160))
        band.setLineStyle(style)
        band.setWidth(2)
        band.setToGeometry(line, self._crs)
        self._bands.append(band)

    def _wipe(self) -> None:
        for band in self._bands:
            self.canvas().scene().removeItem(band)
        self._bands = []

    def _mark(self, place: Optional[QgsPointXY]) -> None:
        """A square where the pointer has snapped."""
        if place is None:
            if self._marker is not None:
                self.canvas().scene().removeItem(self._marker)
                self._marker = None
            return
        if self._marker is None:
            self._marker = QgsVertexMarker(self.canvas())
            self._marker.setIconType(QgsVertexMarker.IconType.ICON_BOX)
            self._marker.setColor(_DRAWING)
            self._marker.setPenWidth(2)
        transform = QgsCoordinateTransform(self._crs, self.canvas().mapSettings().destinationCrs(), QgsProject.instance())
        self._marker.setCenter(transform.transform(place))

    def clear(self) -> None:
        """Take every line off the map."""
        self._points, self._finished = [], []
        self._wipe()
        self._mark(None)

    def deactivate(self) -> None:
        """Called by QGIS: leave nothing half drawn on the canvas."""
        self.clear()
        super().deactivate()


# --- The pieces of a plan on the map: an outline and a letter each, nothing that would cover the image.


#: Told apart by the letter; the colour helps.
COLOURS = ("#00a3ff", "#ff9500", "#b14cff", "#00b06b", "#ff4f81", "#8a7a00")


class PieceOverlay:
    """Pieces as (letter, outline WKB) in one CRS."""

    def __init__(self, canvas: QgsMapCanvas):
        self._canvas = canvas
        self._items: List[QGraphicsItem] = []

    @property
    def letters(self) -> List[str]:
        """The letters on the map, in the order of the pieces."""
        return [item.letter for item in self._items if isinstance(item, Letter)]

    def show(self, pieces: Sequence[Tuple[str, bytes]], crs: QgsCoordinateReferenceSystem) -> None:
        """Outline the pieces, each a letter and its WKB in ``crs``, in place of those before."""
        self.clear()
        for place, (letter, wkb) in enumerate(pieces):
            outline = geometry_of(wkb)
            colour = QColor(COLOURS[place % len(COLOURS)])
            self._items.append(self._band(outline, colour, crs))
            self._items.append(Letter(self._canvas, letter, colour, outline.pointOnSurface().asPoint(), crs))

    def _band(self, outline: QgsGeometry, colour: QColor, crs: QgsCoordinateReferenceSystem) -> QgsRubberBand:
        band = outline_band(self._canvas, colour, 3)
        band.setSecondaryStrokeColor(QColor(255, 255, 255, 200))
        band.setToGeometry(outline, crs)
        return band

    def clear(self) -> None:
        """Leave nothing on the canvas."""
        for item in self._items:
            self._canvas.scene().removeItem(item)
        self._items = []


class Letter(QgsMapCanvasItem):
    """A letter with a halo that stays over its place when the map moves."""

    def __init__(self, canvas: QgsMapCanvas, letter: str, colour: QColor, place: QgsPointXY, crs: QgsCoordinateReferenceSystem):
        super().__init__(canvas)
        self._canvas, self.letter, self._colour, self._place, self._crs = canvas, letter, colour, place, crs
        font = QFont(canvas.font())
        font.setBold(True)
        font.setPointSizeF(1.6 * max(9.0, font.pointSizeF()))
        metrics = QFontMetricsF(font)
        self._path = QPainterPath()
        self._path.addText(QPointF(-metrics.horizontalAdvance(letter) / 2, metrics.capHeight() / 2), font, letter)
        self.setZValue(200)
        self.updatePosition()

    def updatePosition(self) -> None:
        transform = QgsCoordinateTransform(self._crs, self._canvas.mapSettings().destinationCrs(), QgsProject.instance())
        self.setPos(self.toCanvasCoordinates(transform.transform(self._place)))

    def boundingRect(self) -> QRectF:
        return self._path.boundingRect().adjusted(-4, -4, 4, 4)

    def paint(self, painter: QPainter, *_more: object) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor("white"), 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(QBrush(QColor("white")))
        painter.drawPath(self._path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(self._colour.darker(140)))
        painter.drawPath(self._path)
