"""The list of a ledger on the map, live: outlines and points in the colours of their states with letters beside; what is chosen on one is
chosen on the other."""
from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.core import (QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsCsException, QgsFeature, QgsGeometry, QgsMapLayer,
                       QgsPointXY, QgsProject, QgsRectangle, QgsVectorLayer, QgsWkbTypes)
from qgis.gui import QgsMapCanvas, QgsMapTool
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...compat import make_field
from ...errors import InputError
from ...exchange.matter_export import style_by_state
from ...i18n import say, tr
from ...law.matters.kind import MatterKind
from ...law.matters.lists import ListRow
from ...register.matters import is_point
from ..patrol.map import MarkTool
from ..shell.canvas_link import geometry_of

#: At this scale the map comes to a single point.
_POINT_SCALE = 5000
_OUTLINES, _POINTS = "MultiPolygon", "Point"


class LedgerMap(QObject):
    """At most a layer of outlines and one of points; ``chosen`` tells the matters that were selected on them. Only looked at: the register
    is not written by it."""

    chosen = pyqtSignal(list)

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._canvas = canvas
        self._ids: Dict[str, str] = {}
        self._features: Dict[str, Tuple[str, int]] = {}
        self._kind = ""
        self._quiet = False

    @property
    def layers(self) -> Dict[str, QgsVectorLayer]:
        """The layers by what they hold, while they are in the project."""
        known = {shape: QgsProject.instance().mapLayer(key) for shape, key in self._ids.items()}
        return {shape: layer for shape, layer in known.items() if layer is not None}

    @property
    def layer(self) -> Optional[QgsVectorLayer]:
        """The layer of the outlines, else that of the points; None where neither is there."""
        return next((self.layers[shape] for shape in (_OUTLINES, _POINTS) if shape in self.layers), None)

    def show(self, crs: str, kind: MatterKind, rows: Sequence[ListRow], grounds: Mapping[str, Optional[bytes]]) -> None:
        """Draw the matters of a list; another kind or none before makes new layers, the same are filled anew where they stand."""
        if self._kind != kind.id:
            self.remove()
            self._kind = kind.id
        shapes = {row.matter.id: geometry_of(grounds[row.matter.id] or b"") for row in rows if grounds.get(row.matter.id)}
        points = {key for key in shapes if is_point(grounds[key])}
        self._features.clear()
        for kept, wanted in ((_OUTLINES, shapes.keys() - points), (_POINTS, points)):
            if wanted or kept in self.layers or kept == _OUTLINES and not points:
                self._fill(kept, crs, kind, [row for row in rows if row.matter.id in wanted], shapes)

    def _fill(self, kept: str, crs: str, kind: MatterKind, rows: Sequence[ListRow], shapes: Mapping[str, QgsGeometry]) -> None:
        layer = self.layers.get(kept) or self._made(kept, crs, kind)
        provider = layer.dataProvider()
        provider.truncate()
        _fine, added = provider.addFeatures([self._feature(layer, kind, row, shapes[row.matter.id]) for row in rows])
        self._features.update({feature["matter_id"]: (kept, feature.id()) for feature in added})
        layer.updateExtents()
        layer.triggerRepaint()

    def _made(self, kept: str, crs: str, kind: MatterKind) -> QgsVectorLayer:
        name = say(kind.name)
        title = tr("Ledger: {ledger}", ledger=name) if kept == _OUTLINES else tr("Ledger: {ledger} (points)", ledger=name)
        layer = QgsVectorLayer(f"{kept}?crs={crs}", title, "memory")
        layer.setCustomProperty("skipMemoryLayersCheck", 1)
        layer.dataProvider().addAttributes([make_field(name, "text") for name in ("matter_id", "TZBH", "STATE", "DUE")])
        layer.updateFields()
        style_by_state(layer, kind)
        layer.selectionChanged.connect(self._on_selected)
        QgsProject.instance().addMapLayer(layer)
        self._ids[kept] = layer.id()
        return layer

    @staticmethod
    def _feature(layer: QgsVectorLayer, kind: MatterKind, row: ListRow, shape: QgsGeometry) -> QgsFeature:
        feature = QgsFeature(layer.fields())
        if QgsWkbTypes.isMultiType(layer.wkbType()):
            shape.convertToMultiType()
        feature.setGeometry(shape)
        feature.setAttributes([row.matter.id, row.matter.number, say(kind.states[row.matter.state].label),
                               row.day.isoformat() if row.day else ""])
        return feature

    def choose(self, matters: Sequence[str]) -> None:
        """Select matters and, where the user chose them in the list, bring the map to them."""
        known = [self._features[key] for key in matters if key in self._features]
        self._quiet = True
        box = QgsRectangle()
        for kept, layer in self.layers.items():
            ids = [number for shape, number in known if shape == kept]
            layer.selectByIds(ids)
            if ids:
                box.combineExtentWith(layer.boundingBoxOfSelected())
        self._quiet = False
        if known and self.layer is not None:
            self._go_to(self.layer, box)

    def _go_to(self, layer: QgsVectorLayer, box: QgsRectangle) -> None:
        transform = QgsCoordinateTransform(layer.crs(), self._canvas.mapSettings().destinationCrs(), QgsProject.instance())
        try:
            box = transform.transformBoundingBox(box)
        except QgsCsException:
            return
        if not box.isFinite() or self._canvas.extent().contains(box):
            return
        if box.width() or box.height():
            box.scale(4.0)
            self._canvas.setExtent(box)
        else:
            self._canvas.setCenter(box.center())
            self._canvas.zoomScale(min(self._canvas.scale(), _POINT_SCALE))
        self._canvas.refresh()

    def _on_selected(self) -> None:
        if self._quiet:
            return
        by_id = {said: key for key, said in self._features.items()}
        ids: List[str] = [by_id[kept, number] for kept, layer in self.layers.items() for number in layer.selectedFeatureIds()
                          if (kept, number) in by_id]
        self.chosen.emit(ids)

    def remove(self) -> None:
        """Take the layers out of the project, if they are still there."""
        for layer in self.layers.values():
            layer.selectionChanged.disconnect(self._on_selected)
            QgsProject.instance().removeMapLayer(layer.id())
        self._ids, self._kind = {}, ""
        self._features.clear()


class Placing(QObject):
    """Where a matter lies, shown on the map: ``placed`` tells the ground as WKB in the register's CRS, a point or an outline. Raises
    InputError where the active layer gives none."""

    placed = pyqtSignal(bytes)

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._canvas = canvas
        self._tool: Optional[MarkTool] = None
        self._before: Optional[QgsMapTool] = None

    def ask(self, crs: str, draws: bool) -> None:
        """Wait for a click or, where it ``draws``, for an outline; Esc gives up."""
        self.stop()
        self._tool, self._before = MarkTool(self._canvas), self._canvas.mapTool()
        self._tool.marked.connect(self._on_marked)
        self._tool.given_up.connect(self.stop)
        self._tool.begin(crs, draws)
        self._tool.crs = QgsCoordinateReferenceSystem(crs)
        self._canvas.setMapTool(self._tool)
        self._canvas.setFocus()

    def _on_marked(self, what: object) -> None:
        self.stop()
        ground = what if isinstance(what, bytes) else bytes(QgsGeometry.fromPointXY(QgsPointXY(*what)).asWkb().data())
        self.placed.emit(ground)

    def stop(self) -> None:
        """Give the map back the tool that it had."""
        if self._tool is not None:
            tool, self._tool = self._tool, None
            if self._canvas.mapTool() is tool:
                if self._before is not None:
                    self._canvas.setMapTool(self._before)
                else:
                    self._canvas.unsetMapTool(tool)
            tool.deleteLater()

    def of_selected(self, layer: Optional[QgsMapLayer], crs: str) -> bytes:
        """The ground of the one feature that is selected in a layer."""
        chosen = layer.selectedFeatures() if isinstance(layer, QgsVectorLayer) else []
        shape = QgsGeometry(chosen[0].geometry()) if len(chosen) == 1 else QgsGeometry()
        if shape.isEmpty() or QgsWkbTypes.geometryType(shape.wkbType()) == QgsWkbTypes.GeometryType.LineGeometry:
            raise InputError("The active layer has no single outline or point selected.",
                             "Select the one feature that shows where the matter lies.")
        transform = QgsCoordinateTransform(layer.crs(), QgsCoordinateReferenceSystem(crs), QgsProject.instance())
        try:
            shape.transform(transform)
        except QgsCsException as error:
            raise InputError("The selected feature cannot be carried into the register's CRS.", "Look at the CRS of its layer.") from error
        if QgsWkbTypes.geometryType(shape.wkbType()) == QgsWkbTypes.GeometryType.PointGeometry:
            shape = shape.centroid()
        shape.get().dropZValue()
        shape.get().dropMValue()
        return bytes(shape.asWkb().data())
