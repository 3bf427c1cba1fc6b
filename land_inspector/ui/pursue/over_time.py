"""On the map: what remains, and how it came to be so, with QGIS's temporal controller."""
from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import List, Optional, Tuple

from qgis.core import QgsDateTimeRange, QgsInterval, QgsMapLayer, QgsProject, QgsTemporalNavigationObject, QgsVectorLayer
from qgis.PyQt.QtCore import QDate, QDateTime, QTime
from qgis.PyQt.QtWidgets import QAction
from qgis.PyQt.QtXml import QDomDocument

from ...exchange.styles import LAYER, over_time_qml, register_styles, remains_name, remains_styles, write_over_time
from ...i18n import tr, user_locale
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.register import Register
from ..shell.map_layers import PARCELS
from ..shell.services import Entry, Feature, Services

_CONTROLLER = "mActionTemporalController"
_WEEK_S = 7 * 24 * 3600
_LOOK = QgsMapLayer.StyleCategory.Symbology | QgsMapLayer.StyleCategory.Labeling


class OverTime(Feature):
    """The layer of states is a file of its own that is added to the project; it goes with the plugin."""

    name = "landInspectorOverTime"

    def __init__(self, place: Services):
        self._place = place
        self._added: List[str] = []
        self._folder: Optional[tempfile.TemporaryDirectory] = None

    def title(self) -> str:
        return tr("Cases and deadlines")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorShowRemains", tr("Map: what remains"), "", lambda: self.dress(True)),
            Entry("landInspectorShowVerdicts", tr("Map: verdicts"), "", lambda: self.dress(False)),
            Entry("landInspectorShowOverTime", tr("Map: show over time"), "/propertyicons/temporal.svg", self.show),
            Entry("landInspectorSaveOverTime", tr("Save the states over time…"), "", self.save),
        ]

    def unload(self) -> None:
        self._stop_playing()
        project = QgsProject.instance()
        project.removeMapLayers([key for key in self._added if project.mapLayer(key) is not None])
        self._added.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def dress(self, by_remains: bool) -> None:
        """The parcel layer by what remains, or by verdict again."""
        address = self._place.session.address
        layer = self._place.layers.find(address, PARCELS) if address else None
        if layer is None:
            self._place.messages.note(tr("Open a register with a batch first."))
            return
        language = user_locale()
        wanted = remains_name(language) if by_remains else language
        styles = remains_styles(language) if by_remains else register_styles(language)
        document = QDomDocument()
        document.setContent(next(style.qml for style in styles if style.table == PARCELS and style.name == wanted))
        layer.importNamedStyle(document, _LOOK)
        layer.triggerRepaint()

    def show(self) -> None:
        """Write the states beside the window into a file that lasts as long as the session, and show them."""
        if self._place.session.address is None:
            self._place.messages.note(tr("Open a register with a batch first."))
            return
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="land_inspector_")
        self._write(Path(self._folder.name) / f"over_time_{len(self._added)}.gpkg")

    def save(self) -> None:
        """The same as a file that stays."""
        if self._place.session.address is None:
            self._place.messages.note(tr("Open a register with a batch first."))
            return
        address = self._place.session.address
        suggestion = address.beside(f"{address.name}-over-time.gpkg")
        path = self._place.asking.file_to_write(tr("Save the states over time"), suggestion, tr("GeoPackage (*.gpkg)"))
        if path is not None:
            self._write(path)

    def _write(self, path: Path) -> None:
        source, qml = self._place.session.address, over_time_qml(user_locale())
        self._place.worker.start(tr("States over time"), lambda progress: _written(source, path, qml, progress),
                                 lambda made: self._take(path, *made), self._place.messages.failed)

    def _take(self, path: Path, states: int, first: Optional[date]) -> None:
        layer = QgsVectorLayer(f"{path}|layername={LAYER}", tr("Parcels over time"), "ogr")
        layer.loadDefaultStyle()  # QGIS forgets its temporal part when it sets a new layer up
        layer.setReadOnly(True)
        QgsProject.instance().addMapLayer(layer)
        self._added.append(layer.id())
        if first is not None:
            self._play_from(first)
        controller = self._place.window.findChild(QAction, _CONTROLLER)
        if controller is not None and not controller.isChecked():
            controller.trigger()
        self._place.messages.done(tr("{n} states of parcels; play them with the temporal controller.", n=states))

    def _play_from(self, first: date) -> None:
        """The controller stands ready: from the first issue until today, week by week."""
        player = self._place.iface.mapCanvas().temporalController()
        if isinstance(player, QgsTemporalNavigationObject):
            begin = QDateTime(QDate(first.year, first.month, first.day), QTime(0, 0))
            player.setTemporalExtents(QgsDateTimeRange(begin, QDateTime.currentDateTime()))
            player.setFrameDuration(QgsInterval(_WEEK_S))
            player.setNavigationMode(QgsTemporalNavigationObject.NavigationMode.Animated)
            player.rewindToStart()

    def _stop_playing(self) -> None:
        """Without the layer there is nothing to play: the map shows all times again."""
        player = self._place.iface.mapCanvas().temporalController()
        if self._added and isinstance(player, QgsTemporalNavigationObject):
            player.setNavigationMode(QgsTemporalNavigationObject.NavigationMode.NavigationOff)


def _written(source: RegisterAddress, path: Path, qml: str, progress: Progress) -> Tuple[int, Optional[date]]:
    with Register.open(source) as register:
        return write_over_time(register, path, qml, progress)
