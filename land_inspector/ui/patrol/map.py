"""Patrols on the map: tracks and findings of a month in a style of their own, and the tool that marks a finding by click or outline."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeature,
    QgsGeometry,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsPointXY,
    QgsProject,
    QgsRendererCategory,
    QgsSimpleLineSymbolLayer,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool, QgsRubberBand
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QKeyEvent

from ...exchange.styles import show_label
from ...i18n import tr
from ...register.state import PatrolFinding
from ..shell.canvas_link import KeyedPointer

LONLAT = "EPSG:4326"
#: What a finding asks for, with colour, shape and letter: the shape says the same as the colour.
LATE, OPEN, OVER = "late", "open", "over"
_LOOKS = {LATE: ("#c5221f", "triangle"), OPEN: ("#ff8f00", "diamond"), OVER: ("#1a7f37", "circle")}
_ENDS = {"removed", "handed_on", "filed"}


@dataclass(frozen=True)
class Drawn:
    """A track as it is drawn: its patrol's day and the points of each piece in the register's CRS."""

    title: str
    pieces: Sequence[Sequence[Tuple[float, float]]]


def standing_of(row: PatrolFinding, late: int) -> str:
    """LATE, OPEN or OVER."""
    done = {one["act"] for one in json.loads(row.doc)}
    return LATE if late else OVER if done & _ENDS else OPEN


class PatrolLayers:
    """Two layers in the project's tree that come and go with the page; nothing of them is stored."""

    def __init__(self, project: QgsProject):
        self._project = project
        self._ids: List[str] = []

    def show(self, crs: str, tracks: Sequence[Drawn], findings: Sequence[Tuple[PatrolFinding, int]]) -> None:
        """Tracks and findings (each with how many duties are late) in place of those before."""
        self.remove()
        system = QgsCoordinateReferenceSystem(crs)
        if tracks:
            self._add(_tracks(system, tracks))
        placed = [(row, late) for row, late in findings if row.lon is not None and row.lat is not None]
        if placed:
            self._add(_findings(placed))

    def _add(self, layer: QgsVectorLayer) -> None:
        layer.setCustomProperty("skipMemoryLayersCheck", 1)
        self._project.addMapLayer(layer, False)
        self._project.layerTreeRoot().insertLayer(0, layer)
        self._ids.append(layer.id())

    def remove(self) -> None:
        """Take them off the map."""
        self._project.removeMapLayers([key for key in self._ids if self._project.mapLayer(key) is not None])
        self._ids = []


def _tracks(system: QgsCoordinateReferenceSystem, tracks: Sequence[Drawn]) -> QgsVectorLayer:
    layer = QgsVectorLayer("MultiLineString?field=patrol:string", tr("Tracks of patrols"), "memory")
    layer.setCrs(system)
    features = []
    for one in tracks:
        lines = [[QgsPointXY(x, y) for x, y in piece] for piece in one.pieces if len(piece) > 1]
        feature = QgsFeature(layer.fields())
        feature.setAttribute(0, one.title)
        feature.setGeometry(QgsGeometry.fromMultiPolylineXY(lines))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    symbol = QgsLineSymbol.createSimple({"line_color": "#ffffff", "line_width": "1.4"})
    symbol.appendSymbolLayer(QgsSimpleLineSymbolLayer.create({"line_color": "#0b57d0", "line_width": "0.7", "line_style": "dash"}))
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    layer.setReadOnly(True)
    return layer


def _findings(rows: Sequence[Tuple[PatrolFinding, int]]) -> QgsVectorLayer:
    layer = QgsVectorLayer("Point?field=finding:string&field=project:string&field=standing:string", tr("Findings of patrols"), "memory")
    layer.setCrs(QgsCoordinateReferenceSystem(LONLAT))
    features = []
    for row, late in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes([row.id, row.XMMC or row.FXRQ, standing_of(row, late)])
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(row.lon or 0.0, row.lat or 0.0)))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    words = {LATE: tr("Finding, a term has passed"), OPEN: tr("Finding, open"), OVER: tr("Finding, settled or filed")}
    layer.setRenderer(QgsCategorizedSymbolRenderer("standing", [
        QgsRendererCategory(code, QgsMarkerSymbol.createSimple({"name": shape, "color": colour, "size": "4.5", "outline_color": "#ffffff",
                                                                "outline_width": "0.5"}), words[code])
        for code, (colour, shape) in _LOOKS.items()]))
    show_label(layer, '"project"', colour="#5f1a17", size=9, smallest_scale=50_000, distance_mm=3)
    layer.setReadOnly(True)
    return layer


class MarkTool(QgsMapTool):
    """``marked`` tells the place (lon, lat in degrees, WGS 84) of one click, or with ``draws`` the outline (WKB in the register's CRS)
    that Enter, a right click or a double click ends; ``given_up`` that Esc ended it."""

    marked = pyqtSignal(object)
    given_up = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas):
        super().__init__(canvas)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.keys = KeyedPointer(self)
        self.draws = False
        self.crs = QgsCoordinateReferenceSystem(LONLAT)
        self._points: List[QgsPointXY] = []
        self._band: Optional[QgsRubberBand] = None

    def begin(self, crs: str, draws: bool) -> None:
        """Wait for a click, or for an outline in ``crs``."""
        self.draws, self._points = draws, []
        self.crs = QgsCoordinateReferenceSystem(crs if draws else LONLAT)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:
        if event.button() == Qt.MouseButton.RightButton:
            self._finish()
            return
        self._points.append(self.toMapCoordinates(event.pos()))
        if not self.draws:
            self._finish()
        self._draw()

    def canvasDoubleClickEvent(self, event: QgsMapMouseEvent) -> None:
        self._finish()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()
        if event.key() == Qt.Key.Key_Escape:
            self._clear()
            self.given_up.emit()
            event.accept()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self._finish()
            event.accept()
        elif event.key() == Qt.Key.Key_Backspace and self._points:
            self._points.pop()
            self._draw()

    def _finish(self) -> None:
        points = [point for at, point in enumerate(self._points) if at == 0 or point != self._points[at - 1]]
        if len(points) < (3 if self.draws else 1):
            return
        transform = QgsCoordinateTransform(self.canvas().mapSettings().destinationCrs(), self.crs, QgsProject.instance())
        try:
            carried = [transform.transform(point) for point in points]
        except QgsCsException:
            return
        self._clear()
        if self.draws:
            outline = QgsGeometry.fromPolygonXY([[*carried, carried[0]]]).makeValid()
            self.marked.emit(bytes(outline.asWkb().data()))
        else:
            self.marked.emit((carried[0].x(), carried[0].y()))

    def _draw(self) -> None:
        if self._band is None:
            self._band = QgsRubberBand(self.canvas(), QgsWkbTypes.GeometryType.PolygonGeometry)
            self._band.setStrokeColor(QColor("#c5221f"))
            self._band.setFillColor(QColor(197, 34, 31, 40))
            self._band.setWidth(2)
        self._band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)
        for point in self._points if self.draws else ():
            self._band.addPoint(point)

    def _clear(self) -> None:
        self._points = []
        if self._band is not None:
            self.canvas().scene().removeItem(self._band)
            self._band = None

    def deactivate(self) -> None:
        """Called by QGIS: leave nothing half drawn on the canvas."""
        self._clear()
        super().deactivate()
