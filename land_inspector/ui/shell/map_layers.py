"""The register's layers in the project: added once, found again by a custom property, taken away with the plugin."""
from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Mapping, Optional

from qgis.core import (
    QgsLayerTreeGroup,
    QgsPalLayerSettings,
    QgsProject,
    QgsProviderRegistry,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtXml import QDomDocument

from ...errors import InputError
from ...exchange.styles import register_styles
from ...i18n import tr, user_locale

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
        return self.find(path, PARCELS) or self.add(path, county, open_layers(path, titles()))

    def add(self, path: Path, county: str, layers: Mapping[str, QgsVectorLayer]) -> QgsVectorLayer:
        """Put opened layers into the project, styled, above all others; the parcel layer among them."""
        looks = {style.table: style.qml for style in register_styles(user_locale()) if style.is_default}
        group = self._project.layerTreeRoot().insertGroup(0, tr("Land Inspector: {county}", county=county))
        group.setCustomProperty(REGISTER_PROPERTY, str(path))
        for name, layer in layers.items():
            _dress(layer, path, name, looks[name])
            self._project.addMapLayer(layer, False)
            group.addLayer(layer)
            self._added.append(layer.id())
        return layers[PARCELS]

    def find(self, path: Path, name: str) -> Optional[QgsVectorLayer]:
        """The layer of this project that shows ``name`` of the register at ``path``, whatever it is called."""
        wanted = Path(path).resolve()
        return next((layer for layer in self._ours(name) if _file_of(layer) == wanted), None)

    def register_of_project(self) -> Optional[Path]:
        """The register whose parcels the project brought along; None where it has none, or the file is not there."""
        return next((_file_of(layer) for layer in self._ours(PARCELS) if layer.isValid() and _file_of(layer).is_file()), None)

    def _ours(self, name: str) -> List[QgsVectorLayer]:
        return [layer for layer in self._project.mapLayers().values()
                if isinstance(layer, QgsVectorLayer) and layer.customProperty(LAYER_PROPERTY) == name]

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


def titles() -> Dict[str, str]:
    """The layers from top to bottom, and what they are called."""
    return {PHOTOS: tr("Photos"), PARCELS: tr("Parcels"), TOWNSHIPS: tr("Townships")}


def open_layers(path: Path, named: Mapping[str, str]) -> Dict[str, QgsVectorLayer]:
    """A register's layers by name, ready for the main thread; may be called beside it, for counting 50 000 parcels takes half a
    second. Styles, which hold fonts, come on the main thread. ``named`` are the titles. Raises InputError if one cannot be read."""
    layers = {name: _opened(path, name, title) for name, title in named.items()}
    for layer in layers.values():
        layer.moveToThread(QCoreApplication.instance().thread())
    return layers


def _file_of(layer: QgsVectorLayer) -> Path:
    """By its source, which QGIS keeps right where a project is moved with its data."""
    return Path(QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source()).get("path", "")).resolve()


def _opened(path: Path, name: str, title: str) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"{path}|layername={name}", title, "ogr")
    if not layer.isValid():
        raise InputError("QGIS cannot show {layer} of {path}.", "Check that the file is still there.", layer=name, path=str(path))
    return layer


def _dress(layer: QgsVectorLayer, path: Path, name: str, look: str) -> None:
    document = QDomDocument()
    document.setContent(look)
    layer.importNamedStyle(document)  # first: a style brings its own properties along
    if name == TOWNSHIPS:
        _label_from_afar(layer)
    layer.setReadOnly(True)
    layer.setCustomProperty(REGISTER_PROPERTY, str(path))
    layer.setCustomProperty(LAYER_PROPERTY, name)


def _label_from_afar(layer: QgsVectorLayer) -> None:
    """Where the parcels have their letters, the townships' names would cover them."""
    settings = QgsPalLayerSettings(layer.labeling().settings())
    settings.scaleVisibility = True
    settings.maximumScale = LABELS_FROM_SCALE
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
