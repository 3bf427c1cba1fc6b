"""The word at the door: what is overdue today and what falls due soon, once for each opening of a register."""
from __future__ import annotations

from datetime import date
from typing import List

from ...i18n import tr
from ...law.work_lists import DUE, OVERDUE
from ...register.work_lists import Pursuit
from ..widgets.signal_connections import connect, disconnect
from ..shell.services import Entry, Feature, Services
from .feature import PursueFeature
from .list_choice import due_within_days


class Reminder(Feature):
    """Says nothing where nothing is due."""

    name = "landInspectorReminder"

    def __init__(self, place: Services, pursue: PursueFeature):
        self._place, self._pursue = place, pursue
        self._is_new = False
        self._connections = [(place.session.opened, self._on_opened), (pursue.lists_page.reader.read, self._on_read)]

    def title(self) -> str:
        return tr("Cases and deadlines")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorShowWorkLists", tr("Work lists"), "", lambda: self.show(OVERDUE), "Ctrl+Alt+W"),
            Entry("landInspectorShowTimeline", tr("Timeline of the chosen parcel"), "", self._show_timeline, "Alt+Shift+H"),
            Entry("landInspectorShowThisWeek", tr("Who changed what this week"), "", self._show_this_week),
        ]

    def load(self) -> None:
        connect(self._connections)

    def unload(self) -> None:
        disconnect(self._connections)

    def show(self, code: str) -> None:
        """Bring a list to the front."""
        self._pursue.lists_page.show_list(code)
        self._pursue.dock.go_to(self._pursue.lists_page)

    def _show_timeline(self) -> None:
        self._pursue.dock.go_to(self._pursue.timeline_page)

    def _show_this_week(self) -> None:
        self._pursue.timeline_page.show_this_week()
        self._show_timeline()

    def _on_opened(self, _path: str) -> None:
        self._is_new = True

    def _on_read(self, pursuit: Pursuit) -> None:
        if not self._is_new:
            return
        self._is_new = False
        days = due_within_days()
        counts = pursuit.table.counts(date.today(), days)
        if counts[OVERDUE] or counts[DUE]:
            text = tr("{overdue} overdue today, {due} due within {n} days.", overdue=counts[OVERDUE], due=counts[DUE], n=days)
            self._place.messages.offer(text, tr("Show the list"), lambda: self.show(OVERDUE if counts[OVERDUE] else DUE),
                                       rank=1)
