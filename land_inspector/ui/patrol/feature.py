"""Patrols in the desktop: a page in the second dock."""
from __future__ import annotations

from typing import List

from ...i18n import tr
from ..pursue.feature import PageFeature, PursueFeature
from ..shell.services import Entry, Services
from .page import PatrolPage


class PatrolFeature(PageFeature):
    """Its entries log a patrol and mark a finding from anywhere."""

    name = "landInspectorPatrol"

    def __init__(self, place: Services, pursue: PursueFeature):
        super().__init__(pursue, PatrolPage(place, pursue.dock), tr("Patrols"))
        self.wires += self.parcel_wires(place)

    def title(self) -> str:
        return tr("Patrols")

    def entries(self) -> List[Entry]:
        return [Entry("landInspectorShowPatrols", tr("Patrols of the month"), "", self.show_page, "Alt+Shift+Y"),
                Entry("landInspectorLogPatrol", tr("Log a patrol…"), "", self._log, "Alt+Shift+L"),
                Entry("landInspectorMarkFinding", tr("Mark a finding on the map"), "", self._mark, "Alt+Shift+F"),
                Entry("landInspectorPatrolProfile", tr("Patrol profile (key areas, roads)…"), "", self.page.acts.choose_profile)]

    def _log(self) -> None:
        self.show_page()
        self.page.log()

    def _mark(self) -> None:
        self.show_page()
        if self.page.view is not None:
            self.page.acts.mark_on_map(self.page.view, self.page.chosen_patrol(), False)
