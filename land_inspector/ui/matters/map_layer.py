"""The list of a ledger on the map, live: outlines in the colours of their states with letters beside; what is chosen on one is chosen on
the other."""
from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Sequence

from qgis.core import QgsCsException, QgsCoordinateTransform, QgsFeature, QgsProject, QgsRectangle, QgsVectorLayer
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...compat import make_field
from ...exchange.matter_export import style_by_state
from ...i18n import say, tr
from ...law.matters.kind import MatterKind
from ...law.matters.lists import ListRow
from ..shell.canvas_link import geometry_of


class LedgerMap(QObject):
    """At most one layer; ``chosen`` tells the matters that were selected on it. Only looked at: the register is not written by it."""

    chosen = pyqtSignal(list)

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._canvas = canvas
        self._layer_id: Optional[str] = None
        self._features: Dict[str, int] = {}
        self._kind = ""
        self._quiet = False

    @property
    def layer(self) -> Optional[QgsVectorLayer]:
        """The layer, while it is in the project."""
        return QgsProject.instance().mapLayer(self._layer_id) if self._layer_id else None

    def show(self, crs: str, kind: MatterKind, rows: Sequence[ListRow], outlines: Mapping[str, Optional[bytes]]) -> None:
        """Draw the matters of a list; another kind or none before makes a new layer, the same is filled anew where it stands."""
        layer = self.layer
        if layer is None or self._kind != kind.id:
            self.remove()
            layer = self._made(crs, kind)
        provider = layer.dataProvider()
        provider.truncate()
        self._features.clear()
        made = [self._feature(layer, kind, row, outlines[row.matter.id]) for row in rows if outlines.get(row.matter.id)]
        _fine, added = provider.addFeatures(made)
        self._features = {feature["matter_id"]: feature.id() for feature in added}
        layer.updateExtents()
        layer.triggerRepaint()

    def _made(self, crs: str, kind: MatterKind) -> QgsVectorLayer:
        layer = QgsVectorLayer(f"MultiPolygon?crs={crs}", tr("Ledger: {ledger}", ledger=say(kind.name)), "memory")
        layer.setCustomProperty("skipMemoryLayersCheck", 1)
        layer.dataProvider().addAttributes([make_field(name, "text") for name in ("matter_id", "TZBH", "STATE", "DUE")])
        layer.updateFields()
        style_by_state(layer, kind)
        layer.selectionChanged.connect(self._on_selected)
        QgsProject.instance().addMapLayer(layer)
        self._layer_id, self._kind = layer.id(), kind.id
        return layer

    @staticmethod
    def _feature(layer: QgsVectorLayer, kind: MatterKind, row: ListRow, outline: Optional[bytes]) -> QgsFeature:
        feature = QgsFeature(layer.fields())
        shape = geometry_of(outline or b"")
        shape.convertToMultiType()
        feature.setGeometry(shape)
        feature.setAttributes([row.matter.id, row.matter.number, say(kind.states[row.matter.state].label),
                               row.day.isoformat() if row.day else ""])
        return feature

    def choose(self, matters: Sequence[str]) -> None:
        """Select matters and, where the user chose them in the list, bring the map to them."""
        layer = self.layer
        if layer is None:
            return
        ids = [self._features[key] for key in matters if key in self._features]
        self._quiet = True
        layer.selectByIds(ids)
        self._quiet = False
        if ids:
            self._go_to(layer, layer.boundingBoxOfSelected())

    def _go_to(self, layer: QgsVectorLayer, box: QgsRectangle) -> None:
        transform = QgsCoordinateTransform(layer.crs(), self._canvas.mapSettings().destinationCrs(), QgsProject.instance())
        try:
            box = transform.transformBoundingBox(box)
        except QgsCsException:
            return
        if box.isFinite() and not box.isEmpty() and not self._canvas.extent().contains(box):
            box.scale(4.0)
            self._canvas.setExtent(box)
            self._canvas.refresh()

    def _on_selected(self) -> None:
        layer = self.layer
        if layer is not None and not self._quiet:
            by_id = {number: key for key, number in self._features.items()}
            ids: List[str] = [by_id[number] for number in layer.selectedFeatureIds() if number in by_id]
            self.chosen.emit(ids)

    def remove(self) -> None:
        """Take the layer out of the project, if it is still there."""
        layer = self.layer
        if layer is not None:
            layer.selectionChanged.disconnect(self._on_selected)
            QgsProject.instance().removeMapLayer(layer.id())
        self._layer_id, self._kind = None, ""
        self._features.clear()
