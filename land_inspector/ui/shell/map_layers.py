"""The register's layers in the project: added once, found again by a custom property, taken away with the plugin."""
from __future__ import annotations

from typing import Dict, List, Mapping, Optional

from qgis.core import (
    QgsLayerTreeGroup, QgsMapRendererJob, QgsPalLayerSettings, QgsProject, QgsProviderRegistry, QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtXml import QDomDocument

from ...errors import InputError
from ...exchange.styles import register_styles
from ...i18n import tr, user_locale
from ...register.addresses import Addressed, RegisterAddress, address_of, same_place


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

    def show(self, address: RegisterAddress, county: str) -> QgsVectorLayer:
        """The parcel layer of a register, put into the project where it is missing. Raises InputError if it cannot be read."""
        return self.find(address, PARCELS) or self.add(address, county, open_layers(address, titles()))

    def add(self, address: RegisterAddress, county: str, layers: Mapping[str, QgsVectorLayer]) -> QgsVectorLayer:
        """Put opened layers into the project, styled, above all others; the parcel layer among them."""
        looks = {style.table: style.qml for style in register_styles(user_locale()) if style.is_default}
        group = self._project.layerTreeRoot().insertGroup(0, tr("Land Inspector: {county}", county=county))
        group.setCustomProperty(REGISTER_PROPERTY, str(address))
        for name, layer in layers.items():
            _dress(layer, address, name, looks[name])
            self._project.addMapLayer(layer, False)
            group.addLayer(layer)
            self._added.append(layer.id())
        return layers[PARCELS]

    def find(self, address: Addressed, name: str) -> Optional[QgsVectorLayer]:
        """The layer of this project that shows ``name`` of a register, whatever it is called."""
        return next((layer for layer in self._ours(name) if same_place(_address_of(layer), address)), None)

    def register_of_project(self) -> Optional[RegisterAddress]:
        """The register whose parcels the project brought along; None where it has none, or it is not there."""
        found = (_address_of(layer) for layer in self._ours(PARCELS) if layer.isValid())
        return next((address for address in found if address is not None and address.may_be_there), None)

    def _ours(self, name: str) -> List[QgsVectorLayer]:
        return [layer for layer in self._project.mapLayers().values()
                if isinstance(layer, QgsVectorLayer) and layer.customProperty(LAYER_PROPERTY) == name]

    def redraw(self, address: RegisterAddress, anew: bool) -> None:
        """Show what was written since. ``anew`` takes count and extent anew too, which costs half a second at 50 000 parcels."""
        layer = self.find(address, PARCELS)
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


def open_layers(address: RegisterAddress, named: Mapping[str, str]) -> Dict[str, QgsVectorLayer]:
    """A register's layers by name, ready for the main thread; may be called beside it, for counting 50 000 parcels takes half a
    second. Styles, which hold fonts, come on the main thread. ``named`` are the titles. Raises InputError if one cannot be read."""
    layers = {name: _opened(address, name, title) for name, title in named.items()}
    for layer in layers.values():
        layer.moveToThread(QCoreApplication.instance().thread())
    return layers


def _address_of(layer: QgsVectorLayer) -> Optional[RegisterAddress]:
    """By its source, which QGIS keeps right where a project is moved with its data; of a database's layer as it was noted."""
    source = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source()).get("path", "")
    noted = layer.customProperty(REGISTER_PROPERTY)
    return address_of(source or noted) if source or noted else None


def _opened(address: RegisterAddress, name: str, title: str) -> QgsVectorLayer:
    source = address.layer(name)
    layer = QgsVectorLayer(source.uri, title, source.provider)
    if not layer.isValid():
        raise InputError("QGIS cannot show {layer} of {path}.", "Check that the file is still there.", layer=name, path=str(address))
    return layer


def _dress(layer: QgsVectorLayer, address: RegisterAddress, name: str, look: str) -> None:
    document = QDomDocument()
    document.setContent(look)
    layer.importNamedStyle(document)  # first: a style brings its own properties along
    if name == TOWNSHIPS:
        _label_from_afar(layer)
    layer.setReadOnly(True)
    layer.setCustomProperty(REGISTER_PROPERTY, str(address))
    layer.setCustomProperty(LAYER_PROPERTY, name)


def _label_from_afar(layer: QgsVectorLayer) -> None:
    """Where the parcels have their letters, the townships' names would cover them."""
    settings = QgsPalLayerSettings(layer.labeling().settings())
    settings.scaleVisibility = True
    settings.maximumScale = LABELS_FROM_SCALE
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))


# Map renderer jobs that nobody waits for any more.

def leave_to_qt(job: QgsMapRendererJob) -> None:
    """Stop a job without waiting; Qt deletes it when it has ended.

    To wait for it here would hold Python's lock, and tasks that wait for that lock may fill the threads the job waits for.
    """
    job.setParent(QCoreApplication.instance())
    if job.isActive():
        job.finished.connect(job.deleteLater)
        job.cancelWithoutBlocking()
    else:
        job.deleteLater()
