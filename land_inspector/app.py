"""The desktop part of the plugin put together: services, dock, menu. The only place that knows all of them."""
from __future__ import annotations

from typing import TYPE_CHECKING, List

from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QMenu

from .ui.actions import Actions
from .ui.asking import Asking
from .ui.before_after import BeforeAfter
from .ui.canvas_link import CanvasLink
from .ui.commands import Commands
from .ui.cutting import Cutting
from .ui.desk import Desk
from .ui.dock import InspectorDock
from .ui.gallery import Gallery
from .ui.field import Field
from .ui.jobs import Jobs
from .ui.map_layers import MapLayers
from .ui.marker import Marker
from .ui.messages import Messages
from .ui.options import OptionsFactory
from .ui.pursue.feature import PursueFeature
from .ui.pursue.freezing import Freezing
from .ui.pursue.over_time import OverTime
from .ui.pursue.reminder import Reminder
from .ui.returns import Returns
from .ui.reviewer import Reviewer
from .ui.session import Session
from .ui.shell.toast import Toast
from .ui.tasks import Worker
from .ui.workplace import Feature, Workplace

if TYPE_CHECKING:
    from qgis.gui import QgisInterface


class App:
    """:meth:`unload` undoes what :meth:`load` did, in reverse."""

    def __init__(self, iface: QgisInterface):
        self._iface = iface
        window = iface.mainWindow()
        self.worker = Worker()
        self.messages = Messages(iface.messageBar(), window)
        self.toast = Toast(iface.mapCanvas())
        self.messages.toast = self.toast
        self.asking = Asking(window)
        self.jobs = Jobs()
        self.session = Session(self.worker)
        self.layers = MapLayers(QgsProject.instance())
        self.link = CanvasLink(iface.mapCanvas())
        self.commands = Commands(self.session, self.jobs, self.worker, self.messages, self.asking)
        self._menu = QMenu(window)
        self.dock = InspectorDock(self._menu, window)
        self.reviewer = Reviewer(self.dock.work_page, self.session, self.messages, self.asking, window)
        self.desk = Desk(self.dock, self._menu, self.session, self.commands, self.jobs, self.link, self.layers, self.messages,
                         self.reviewer, self.worker, iface.newProjectCreated)
        place = Workplace(iface, window, self.worker, self.messages, self.asking, self.jobs, self.session, self.layers, self.link,
                          self.commands, self.dock, self.reviewer)
        self.images = BeforeAfter(place)
        self.pursue = PursueFeature(place)
        self.cutting = Cutting(place)
        self.gallery = Gallery(place, self.images)
        self.marker, self.returns = Marker(place), Returns(place)
        self.field = Field(place)
        self.features: List[Feature] = [self.marker, self.returns, self.images, self.pursue, Reminder(place, self.pursue), Freezing(place),
                                        OverTime(place), self.cutting, self.field, self.gallery]
        self.actions = Actions(iface, self.commands, self.reviewer, self.dock, self.features, self.messages)
        self._options = OptionsFactory(self.session.reload)

    def load(self) -> None:
        self.actions.load()
        self.messages.undo_key = self.actions.undo_key
        self.toast.undo_wanted.connect(self.commands.undo)
        self._iface.registerOptionsWidgetFactory(self._options)
        self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.desk.connect_all()
        for feature in self.features:
            feature.load()

    def unload(self) -> None:
        for feature in reversed(self.features):
            feature.unload()
        self.desk.disconnect_all()
        self.jobs.stop()
        self.worker.stop()
        self.link.remove()
        self.layers.remove()
        self.session.close()
        self.messages.clear()
        self._iface.removeDockWidget(self.dock)
        self._iface.unregisterOptionsWidgetFactory(self._options)
        self.actions.unload()
        self.toast.deleteLater()
        self.dock.deleteLater()
        self._menu.deleteLater()
