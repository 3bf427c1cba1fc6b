"""The register's layers in the project: added once, found again by a custom property, taken away with the plugin."""
from __future__ import annotations

import re
from typing import Dict, List, Mapping, Optional, Tuple

from qgis.core import (
    QgsDataProvider, QgsLayerTreeGroup, QgsMapRendererJob, QgsPalLayerSettings, QgsProject, QgsProviderRegistry, QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QCoreApplication, QThread
from qgis.PyQt.QtXml import QDomDocument

from ...errors import InputError
from ...exchange.styles import LOOKS, register_styles
from ...i18n import tr, user_locale
from ...law import codes
from ...register.addresses import Addressed, RegisterAddress, address_of, same_place
from ..review.parcel_table import Line, NOT_JUDGED


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
        return self.find(address, PARCELS) or self.add(address, county, open_layers(address, blank_layers()))

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


def blank_layers() -> Dict[str, QgsVectorLayer]:
    """The layers from top to bottom, called as people read them, without anything in them: :func:`open_layers` fills them.

    Made on the main thread, for QGIS asks the project which symbol a new layer gets, and falls where that is emptied in the same
    moment. They belong to no thread, so that any thread can take them.
    """
    kinds = {PHOTOS: ("Point", tr("Photos")), PARCELS: ("MultiPolygon", tr("Parcels")), TOWNSHIPS: ("MultiPolygon", tr("Townships"))}
    options = QgsVectorLayer.LayerOptions(False)
    options.skipCrsValidation = True  # nobody is asked for the system of what is empty
    layers = {name: QgsVectorLayer(geometry, title, "memory", options) for name, (geometry, title) in kinds.items()}
    for layer in layers.values():
        layer.moveToThread(None)
    return layers


def open_layers(address: RegisterAddress, blank: Mapping[str, QgsVectorLayer]) -> Mapping[str, QgsVectorLayer]:
    """Fill the :func:`blank_layers` with a register's, ready for the main thread; may be called beside it, for counting 50 000
    parcels takes half a second. Styles, which hold fonts, come on the main thread. Raises InputError if one cannot be read."""
    for name, layer in blank.items():
        layer.moveToThread(QThread.currentThread())
        try:
            _fill(layer, address, name)
        finally:  # what stays with a thread that ends is deleted while that thread is taken down, and QGIS falls
            layer.moveToThread(QCoreApplication.instance().thread())
    return blank


def _address_of(layer: QgsVectorLayer) -> Optional[RegisterAddress]:
    """By its source, which QGIS keeps right where a project is moved with its data; of a database's layer as it was noted."""
    source = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source()).get("path", "")
    noted = layer.customProperty(REGISTER_PROPERTY)
    return address_of(source or noted) if source or noted else None


def _fill(layer: QgsVectorLayer, address: RegisterAddress, name: str) -> None:
    """What the layer is drawn by stays: its kind of geometry is the same."""
    source = address.layer(name)
    layer.setDataSource(source.uri, layer.name(), source.provider, QgsDataProvider.ProviderOptions(), QgsDataProvider.ReadFlags())
    if not layer.isValid():
        raise InputError("QGIS cannot show {layer} of {path}.", "Check that the file is still there.", layer=name, path=str(address))


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


# Codes as people read them: labels, letters and colours in the user's language.

_UNKNOWN = "#6b6b6b"


def image_day(written: Optional[str]) -> str:
    """``20260301`` as 2026-03-01; what is written otherwise stays."""
    text = (written or "?").strip()
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def verdict_letter(code: str) -> str:
    """The one letter that stands for a verdict on the map and in the list; '' for a code that is no verdict."""
    return LOOKS[code].letter[user_locale()] if code in LOOKS else ""


def verdict_colour(code: str) -> str:
    """The verdict's colour on the map and in lists, as ``#rrggbb``; a neutral one for a code that is no verdict."""
    return LOOKS[code].colour if code in LOOKS else _UNKNOWN


def verdict_name(code: str, regime: str = "") -> str:
    """A verdict (PDJL1) in the user's language; '' is “not judged”. ``regime`` (ZD) tells whose code list holds."""
    return codes.label("PDJL1", code or NOT_JUDGED, user_locale(), regime or None)


def sub_verdict_name(code: str) -> str:
    """A sub-type (PDJL2) in the user's language."""
    return codes.label("PDJL2", code, user_locale())


def short_name(code: str) -> str:
    """A sub-type in one or two words, for a key; the office's own codes without their explanation."""
    return _key_names().get(code) or re.split(r"[(（/,，]", sub_verdict_name(code))[0].strip()


def _key_names() -> Dict[str, str]:
    return {
        "101": tr("Approved"), "102": tr("Approved before"), "103": tr("Registered"), "104": tr("Linkage"), "109": tr("Other legal"),
        "201": tr("Not applied"), "202": tr("Applied only"), "203": tr("Not supplied"), "204": tr("Exceeds"),
        "205": tr("Use changed"), "206": tr("By deceit"), "207": tr("Transferred"), "208": tr("Land damaged"),
        "209": tr("Temp. misuse"), "210": tr("Facility misuse"), "211": tr("Village house"), "212": tr("Non-grain"),
        "219": tr("Other illegal"), "301": tr("No change"), "302": tr("Farming"), "303": tr("Facility"), "304": tr("Temporary"),
        "305": tr("Rural road"), "306": tr("Homestead"), "307": tr("Restoration"), "308": tr("Military"), "309": tr("203, slivers"),
        "310": tr("Emergency"), "311": tr("Mining"), "319": tr("Other"),
    }


def state_name(code: str) -> str:
    """A state of the review (HSZT) in the user's language."""
    return codes.label("HSZT", code, user_locale())


def proposal_name(code: str) -> str:
    """A proposed verdict; '' means that nothing was proposed, 0 that the rules could not tell."""
    if code == "":
        return tr("No proposal")
    return tr("Cannot tell") if code == NOT_JUDGED else verdict_name(code)


def mark_names() -> Dict[str, str]:
    """Marks that parcels are filtered by, in the user's language, by their code."""
    return {
        "undone": tr("To do"), "returned": tr("Returned"), "overdue": tr("Answer overdue"), "mine": tr("Mine"),
        "flagged": tr("Flagged"), "later": tr("For later"), "paper": tr("Waiting for paper"),
        "basis_changed": tr("Changed at re-issue"), "differs": tr("Verdict differs from proposal"),
        "incomplete": tr("Particulars missing"), "split": tr("Part of a split patch"),
    }


def short_marks() -> Dict[str, str]:
    """The same in a word, for a button."""
    return {
        "undone": tr("To do"), "returned": tr("Returned"), "overdue": tr("Late"), "mine": tr("Mine"), "flagged": tr("Flagged"),
        "later": tr("Later"), "paper": tr("Paper"), "basis_changed": tr("Changed"), "differs": tr("Differs"),
        "incomplete": tr("Missing"), "split": tr("Split"),
    }


def level_name(level: str) -> str:
    """A level of review (``county``, ``city``, ``province``, ``finished``) in words."""
    names = {"county": tr("County"), "city": tr("City"), "province": tr("Province"), "finished": tr("Review finished")}
    return names.get(level, level)


def verdict_text(line: Line) -> str:
    """The finest verdict there is: the sub-type where one was given."""
    return sub_verdict_name(line.sub_verdict) if line.sub_verdict else verdict_name(line.verdict, line.regime)


def proposal_text(line: Line) -> str:
    """The finest verdict that the rules proposed: the sub-type where they named one."""
    if line.sub_proposed:
        return sub_verdict_name(line.sub_proposed)
    return proposal_name(line.proposed)


def cells(line: Line) -> Tuple[str, ...]:
    """One text for each column of the list."""
    given = f"{verdict_letter(line.verdict)} {verdict_text(line)}"
    return line.number, line.township, line.area_mu, given, proposal_text(line), state_name(line.state)


def spoken(line: Line) -> str:
    """The whole parcel in lines, for tooltips and screen readers."""
    said = [
        tr("{number} · {township} · {area} mu", number=line.number, township=line.township, area=line.area_mu),
        tr("Verdict: {verdict}", verdict=verdict_text(line)),
        tr("Proposal: {proposal}", proposal=proposal_text(line)),
        tr("State: {state}", state=state_name(line.state)),
    ]
    names = mark_names()
    said += [tr("Set aside: {reason}", reason=line.aside_reason)] if line.aside_reason else []
    return "\n".join([*said, *(names[mark] for mark in line.marks)])
