"""The desktop part of the plugin put together: services, dock, menu. The only place that knows all of them."""
from __future__ import annotations

from typing import TYPE_CHECKING, List

from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QMenu

from .ui.assistant.feature import Assistant
from .ui.board.feature import BoardFeature
from .ui.copies.feature import CopiesFeature
from .ui.shell.actions import Actions
from .ui.shell.dialogs import Dialogs
from .ui.images.before_after import BeforeAfter
from .ui.shell.canvas_link import CanvasLink
from .ui.shell.commands import Commands
from .ui.cutting.feature import Cutting
from .ui.board.dossiers import DossierFeature
from .ui.shell.dock import DockController, InspectorDock
from .ui.gallery.feature import Gallery
from .ui.widgets.dialogs import HeldKeysEverywhere
from .ui.field.feature import Field
from .ui.shell.tasks import Jobs, Worker
from .ui.shell.map_layers import MapLayers
from .ui.matters.feature import MattersFeature
from .ui.review.marker import Marker, NewestOutline
from .ui.shell.messages import Messages, Toast
from .ui.shell.options import OptionsFactory
from .ui.patrol.page import PatrolFeature
from .ui.pursue.feature import Freezing, PursueFeature, Reminder
from .ui.pursue.timeline_page import OverTime
from .ui.review.resuming import Resuming
from .ui.review.returns import Returns
from .ui.review.reviewer import Reviewer
from .ui.shell.session import Session
from .ui.shell.services import Feature, Services

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
        self.asking = Dialogs(window)
        self.jobs = Jobs()
        self.session = Session(self.worker)
        self.layers = MapLayers(QgsProject.instance())
        self.link = CanvasLink(iface.mapCanvas())
        self.commands = Commands(self.session, self.jobs, self.worker, self.messages, self.asking)
        self._menu = QMenu(window)
        self.dock = InspectorDock(self._menu, window)
        self.reviewer = Reviewer(self.dock.work_page, self.session, self.messages, self.asking, window)
        self.desk = DockController(self.dock, self._menu, self.session, self.commands, self.jobs, self.link, self.layers, self.messages,
                                   self.reviewer, self.worker, iface.newProjectCreated)
        place = Services(iface, window, self.worker, self.messages, self.asking, self.jobs, self.session, self.layers, self.link,
                         self.commands, self.dock, self.reviewer)
        self.images = BeforeAfter(place)
        self.resuming = Resuming(place, self.images)
        self.pursue = PursueFeature(place)
        self.matters = MattersFeature(place, self.pursue)
        self.patrol = PatrolFeature(place, self.pursue)
        self.cutting = Cutting(place)
        self.gallery = Gallery(place, self.images)
        self.marker, self.returns, self.newest_outline = Marker(place), Returns(place), NewestOutline(place)
        self.field, self.assistant = Field(place), Assistant(place)
        self.board = BoardFeature(place, self.pursue, self.matters)
        self.copies = CopiesFeature(place, self.pursue)
        self.features: List[Feature] = [
            self.assistant, self.marker, self.returns, self.newest_outline, self.images, self.pursue, self.matters, self.patrol,
            Reminder(place, self.pursue), Freezing(place), OverTime(place), self.cutting, self.field, self.gallery, self.board,
            DossierFeature(place, self.board), self.copies, self.pursue.privacy, self.resuming]
        self.actions = Actions(iface, self.commands, self.reviewer, self.dock, self.features, self.messages)
        self._options = OptionsFactory(self.session.reload)
        self._held = HeldKeysEverywhere()

    def load(self) -> None:
        """Put actions, dock and options into QGIS, and connect them."""
        self.actions.load()
        self._held.load()
        self.messages.undo_key = self.actions.undo_key
        self.messages.redo_key = self.actions.redo_key
        self.toast.undo_wanted.connect(self.commands.undo)
        self.toast.redo_wanted.connect(self.commands.redo)
        self._iface.registerOptionsWidgetFactory(self._options)
        self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.desk.connect_all()
        for feature in self.features:
            feature.load()

    def unload(self) -> None:
        """Take everything out of QGIS again, features in the reverse order of loading, and stop what still runs."""
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
        self._held.unload()
        self.actions.unload()
        self.toast.deleteLater()
        self.dock.deleteLater()
        self._menu.deleteLater()
