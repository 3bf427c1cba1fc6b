"""The register's layers in the project: added once, found again by a custom property, taken away with the plugin."""
from __future__ import annotations

from pathlib import Path
from typing import List, Optional

from qgis.core import QgsLayerTreeGroup, QgsPalLayerSettings, QgsProject, QgsVectorLayer, QgsVectorLayerSimpleLabeling
from qgis.PyQt.QtXml import QDomDocument

from ..errors import InputError
from ..exchange.styles import register_styles
from ..i18n import tr, user_locale

#: Which register a layer or a group shows, and which of its layers it is; project files keep both.
REGISTER_PROPERTY = "land_inspector/register"
LAYER_PROPERTY = "land_inspector/layer"
PARCELS, TOWNSHIPS, PHOTOS = "parcel_map", "township", "photo_map"
LABELS_FROM_SCALE = 25_000


class MapLayers:
    """Parcels, townships and photos of one register in the project's layer tree."""

    def __init__(self, project: QgsProject):
        self._project = project
        self._added: List[str] = []

    def show(self, path: Path, county: str) -> QgsVectorLayer:
        """The parcel layer of a register, put into the project where it is missing. Raises InputError if it cannot be read."""
        parcels = self.find(path, PARCELS)
        if parcels is not None:
            return parcels
        titles = {PHOTOS: tr("Photos"), PARCELS: tr("Parcels"), TOWNSHIPS: tr("Townships")}
        layers = {name: _layer(path, name, title) for name, title in titles.items()}
        group = self._project.layerTreeRoot().insertGroup(0, tr("Land Inspector: {county}", county=county))
        group.setCustomProperty(REGISTER_PROPERTY, str(path))
        for layer in layers.values():
            self._project.addMapLayer(layer, False)
            group.addLayer(layer)
            self._added.append(layer.id())
        return layers[PARCELS]

    def find(self, path: Path, name: str) -> Optional[QgsVectorLayer]:
        """The layer of this project that shows ``name`` of the register at ``path``, whatever it is called."""
        for layer in self._project.mapLayers().values():
            if (isinstance(layer, QgsVectorLayer) and layer.customProperty(LAYER_PROPERTY) == name
                    and layer.customProperty(REGISTER_PROPERTY) == str(path)):
                return layer
        return None

    def redraw(self, path: Path, anew: bool) -> None:
        """Show what was written since. ``anew`` takes count and extent anew too, which costs half a second at 50 000 parcels."""
        layer = self.find(path, PARCELS)
        if layer is None:
            return
        if anew:
            layer.reload()
        layer.triggerRepaint()

    def remove(self) -> None:
        """Take away the layers that this object added, and their group where nothing else is in it."""
        self._project.removeMapLayers([key for key in self._added if self._project.mapLayer(key) is not None])
        self._added.clear()
        root = self._project.layerTreeRoot()
        for group in [child for child in root.children() if isinstance(child, QgsLayerTreeGroup)]:
            if group.customProperty(REGISTER_PROPERTY) and not group.children():
                root.removeChildNode(group)


def _layer(path: Path, name: str, title: str) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"{path}|layername={name}", title, "ogr")
    if not layer.isValid():
        raise InputError("QGIS cannot show {layer} of {path}.", "Check that the file is still there.", layer=name, path=str(path))
    _style(layer, name)  # first: a style brings its own properties along
    layer.setReadOnly(True)
    layer.setCustomProperty(REGISTER_PROPERTY, str(path))
    layer.setCustomProperty(LAYER_PROPERTY, name)
    return layer


def _style(layer: QgsVectorLayer, name: str) -> None:
    """Names, code lists and symbols in the reader's language, whoever made the file."""
    document = QDomDocument()
    document.setContent(next(style.qml for style in register_styles(user_locale()) if style.is_default and style.table == name))
    layer.importNamedStyle(document)
    if layer.labeling() is not None and name != PHOTOS:
        _label_in_its_scale(layer, close=name == PARCELS)


def _label_in_its_scale(layer: QgsVectorLayer, close: bool) -> None:
    """Close by the parcels have their labels, further away the townships, so that neither covers the other.

    Placing the letters of 50 000 parcels in a view of the whole county takes a minute and shows nothing.
    """
    settings = QgsPalLayerSettings(layer.labeling().settings())
    settings.scaleVisibility = True
    if close:
        settings.minimumScale = LABELS_FROM_SCALE
    else:
        settings.maximumScale = LABELS_FROM_SCALE
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
