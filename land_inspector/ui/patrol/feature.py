"""Patrols in the desktop: a page in the second dock."""
from __future__ import annotations

from typing import List

from ...i18n import tr
from ..pursue.feature import PursueFeature
from ..shell.services import Entry, Feature, Services
from ..widgets.signal_connections import connect, disconnect
from .page import PatrolPage


class PatrolFeature(Feature):
    """It puts its page into the dock of ``pursue``."""

    name = "landInspectorPatrol"

    def __init__(self, place: Services, pursue: PursueFeature):
        self._place, self._pursue = place, pursue
        self.page = PatrolPage(place, pursue.dock)
        pursue.dock.add_page(self.page, tr("Patrols"))
        self._connections = [
            (self.page.parcels_wanted, pursue.show_parcels), (place.dock.work_page.chosen, self.page.show_parcels),
            (place.reviewer.went_to, self.page.show_parcels), (place.link.picked, self.page.show_parcels)]

    def title(self) -> str:
        return tr("Patrols")

    def entries(self) -> List[Entry]:
        return [Entry("landInspectorShowPatrols", tr("Patrols of the month"), "", self.show, "Alt+Shift+Y"),
                Entry("landInspectorLogPatrol", tr("Log a patrol…"), "", self._log, "Alt+Shift+L"),
                Entry("landInspectorMarkFinding", tr("Mark a finding on the map"), "", self._mark, "Alt+Shift+F"),
                Entry("landInspectorPatrolProfile", tr("Patrol profile (key areas, roads)…"), "", self.page.acts.choose_profile)]

    def load(self) -> None:
        self.page.load()
        connect(self._connections)

    def unload(self) -> None:
        disconnect(self._connections)
        self.page.unload()

    def show(self) -> None:
        """Bring the page to the front."""
        self._pursue.dock.go_to(self.page)
        self.page.month.setFocus()

    def _log(self) -> None:
        self.show()
        self.page.log()

    def _mark(self) -> None:
        self.show()
        if self.page.view is not None:
            self.page.acts.mark_on_map(self.page.view, self.page.chosen_patrol(), False)
