"""The pursue dock in the desktop: it follows the parcel that is chosen anywhere."""
from __future__ import annotations

from typing import List

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QWidget

from ...i18n import tr
from ..widgets.signal_connections import connect, disconnect
from ..shell.services import Entry, Feature, Services
from .case_page import CasePage
from .dock import PursueDock
from .lists_page import ListsPage
from .privacy import Privacy
from .timeline_page import TimelinePage


class PursueFeature(Feature):
    """:meth:`show_parcels` is the one entry: whoever chooses a parcel calls it, or is listened to here."""

    name = "landInspectorPursue"

    def __init__(self, place: Services):
        self._place = place
        self.dock = PursueDock(place.window)
        self.privacy = Privacy(place)
        self.case_page = CasePage(place, self.dock)
        self.lists_page = ListsPage(place, self.dock)
        self.timeline_page = TimelinePage(place, self.dock)
        self._pages = (self.case_page, self.lists_page, self.timeline_page)
        for page, title in zip(self._pages, (tr("Case"), tr("Work lists"), tr("Timeline"))):
            self.dock.add_page(page, title)
        self._connections = [(place.dock.work_page.chosen, self.show_parcels), (place.reviewer.went_to, self.show_parcels),
                             (place.link.picked, self.show_parcels), (self.lists_page.chosen, self.show_parcels),
                             (self.lists_page.case_wanted, self._show_case)]

    def title(self) -> str:
        return tr("Cases and deadlines")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorShowPursue", tr("Case of the chosen parcel"), "", self._show_case, "Ctrl+Alt+C"),
            Entry("landInspectorRecordNextAct", tr("Record the next act…"), "", self._record_next, "Ctrl+Alt+N"),
        ]

    def docks(self) -> List[QWidget]:
        return [self.dock]

    def load(self) -> None:
        self._place.iface.initializationCompleted.connect(self._stand_beside)
        self._place.iface.addTabifiedDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock, [self._place.dock.objectName()], False)
        for page in self._pages:
            page.load()
        connect(self._connections)

    def unload(self) -> None:
        disconnect(self._connections)
        for page in reversed(self._pages):
            page.unload()
        self._place.iface.initializationCompleted.disconnect(self._stand_beside)
        self._place.iface.removeDockWidget(self.dock)
        self.dock.deleteLater()

    def show_parcels(self, ids: List[str]) -> None:
        """Parcels were chosen somewhere: the pages tell of them."""
        self.case_page.show_parcels(ids)
        self.timeline_page.show_parcels(ids)

    def _stand_beside(self) -> None:
        """QGIS restores its docks after the plugins have put theirs in and parts the two, and after an update it remembers one of
        them only: on the same side of the window they are tabs again, whatever it remembers. Floating ones stay where they are."""
        window, review = self._place.window, self._place.dock
        if self.dock.isFloating() or review.isFloating() or window.dockWidgetArea(self.dock) != window.dockWidgetArea(review):
            return
        if self.dock not in window.tabifiedDockWidgets(review):
            window.tabifyDockWidget(review, self.dock)
        review.raise_()

    def _show_case(self) -> None:
        self.dock.go_to(self.case_page)

    def _record_next(self) -> None:
        self._show_case()
        self.case_page.record_next()
