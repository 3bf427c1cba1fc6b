"""Matters in the desktop: a page in the second dock, which follows nothing and can be led to from the start page."""
from __future__ import annotations

from typing import List

from ...i18n import tr
from ..pursue.feature import PursueFeature
from ..shell.services import Entry, Feature, Services
from ..widgets.signal_connections import connect, disconnect
from .page import MattersPage


class MattersFeature(Feature):
    """It puts its page into the dock of ``pursue``."""

    name = "landInspectorPursue"

    def __init__(self, place: Services, pursue: PursueFeature):
        self._place, self._pursue = place, pursue
        self.page = MattersPage(place, pursue.dock)
        pursue.dock.add_page(self.page, tr("Ledgers"))
        self._connections = [(self.page.parcels_wanted, pursue.show_parcels),
                             (place.dock.work_page.chosen, self.page.show_parcels),
                             (place.reviewer.went_to, self.page.show_parcels),
                             (place.link.picked, self.page.show_parcels)]

    def title(self) -> str:
        return tr("Cases and deadlines")

    def entries(self) -> List[Entry]:
        return [Entry("landInspectorShowMatters", tr("Ledgers of the office"), "", self.show, "Ctrl+Alt+K"),
                Entry("landInspectorMatterNextAct", tr("Next act of the chosen matter…"), "", self.page.record_next,
                      "Ctrl+Alt+M")]

    def load(self) -> None:
        self.page.load()
        connect(self._connections)

    def unload(self) -> None:
        disconnect(self._connections)
        self.page.unload()

    def show(self) -> None:
        """Bring the page to the front."""
        self._pursue.dock.go_to(self.page)
        self.page.table.setFocus()
