"""The pursue dock in the desktop: it follows the parcel that is chosen anywhere."""
from __future__ import annotations

from datetime import date
from typing import Callable, List, Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QWidget
from qgis.gui import QgsDockWidget

from ...errors import LandInspectorError
from ...i18n import tr
from ...law.work_lists import DUE, OVERDUE
from ...register import parties, judging
from ...register.register import Recorded, Register
from ...register.state import Batch
from ...register.work_lists import Pursuit
from ...settings import Settings
from ..shell.dialogs import Question
from ..shell.services import Entry, Feature, Services
from ..widgets.pages import NARROWEST, Pages, ReadingPage, TabsInSight, Wire, connect, disconnect
from ..widgets.rows import make_fields_readable
from .case_page import CasePage
from .list_view import due_within_days
from .lists_page import ListsPage
from .papers import open_for_many
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
                             (self.lists_page.case_wanted, self._show_case),
                             (self.dock.visibilityChanged, lambda is_shown: place.dock.note_front(self.dock, is_shown))]

    def title(self) -> str:
        return tr("Cases and deadlines")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorShowPursue", tr("Case of the chosen parcel"), "", self._show_case, "Ctrl+Alt+C"),
            Entry("landInspectorRecordNextAct", tr("Record the next act…"), "", self._record_next, "Ctrl+Alt+N"),
            Entry("landInspectorPapersOfMany", tr("Papers of many cases…"), "", lambda: open_for_many(self._place, "write_papers")),
            Entry("landInspectorPartiesOfMany", tr("Parties of many cases from a table…"), "",
                  lambda: open_for_many(self._place, "describe_cases")),
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
        self._place.dock.note_front(self._place.dock, True)
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


# --- The pursue dock: one page for the case, others beside it, as tabs.


OBJECT_NAME = "LandInspectorPursueDock"


class PursueDock(TabsInSight, QgsDockWidget):
    """Its object name lets QGIS remember its place between sessions."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(tr("Cases and deadlines"), parent)
        self.setObjectName(OBJECT_NAME)
        self.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        make_fields_readable(self)
        self.tabs = Pages(self)
        self.tabs.setObjectName("landInspectorPursueTabs")
        self.setWidget(self.tabs)
        self.setMinimumWidth(NARROWEST)

    def add_page(self, page: QWidget, title: str) -> None:
        """Put a page behind the others, as a tab of this title."""
        self.tabs.add(page, title)

    def go_to(self, page: QWidget) -> None:
        """Bring the dock and this page of it to the front, with the focus in it: whoever asked for it by key goes on there."""
        self.tabs.setCurrentWidget(page)
        self.setUserVisible(True)
        page.setFocus()


class PageFeature(Feature):
    """A feature with one page in the pursue dock; the page's focus proxy is what one works on there. ``wires`` are what the feature
    listens to while it is loaded."""

    def __init__(self, pursue: PursueFeature, page: ReadingPage, title: str):
        self._pursue, self.page = pursue, page
        pursue.dock.add_page(page, title)
        self.wires: List[Wire] = []

    def parcel_wires(self, place: Services) -> List[Wire]:
        """Parcels chosen anywhere are known to the page, and those that it asks for come up everywhere."""
        told = self.page.show_parcels
        return [(self.page.parcels_wanted, self._pursue.show_parcels), (place.dock.work_page.chosen, told), (place.reviewer.went_to, told),
                (place.link.picked, told)]

    def load(self) -> None:
        self.page.load()
        connect(self.wires)

    def unload(self) -> None:
        disconnect(self.wires)
        self.page.unload()

    def show_page(self) -> None:
        """Bring the page to the front, with the focus in it."""
        self._pursue.dock.go_to(self.page)


# --- Taking names of people out of the open register, or keeping none from now on; both are asked about, for they are
#     for good.


class Privacy(Feature):
    """In a submenu of its own, apart from what is done every day; nothing happens without a yes."""

    name = "landInspectorPrivacy"

    def __init__(self, place: Services):
        self._place = place

    def title(self) -> str:
        return tr("What cannot be undone")

    def entries(self) -> List[Entry]:
        return [Entry("landInspectorRemoveNames", tr("Take names of people out…"), "", self.remove_names),
                Entry("landInspectorLeaveNamesOut", tr("Keep no personal data…"), "", self.leave_out)]

    def remove_names(self) -> None:
        """Empty the tables of names; the register still verifies."""
        self._ask(tr("Take the names of all parties, officers and colleagues out of this register? Verdicts, cases and the proof of "
                     "what was done stay. It cannot be undone."), parties.remove_names)

    def leave_out(self) -> None:
        """No name of a party or an officer is kept from now on."""
        self._ask(tr("Keep no personal data in this register from now on? Names that it holds are taken out, and acts show no more "
                     "who is meant. It cannot be undone."), parties.leave_out)

    def _ask(self, question: str, verb: Callable[..., Recorded]) -> None:
        try:
            register: Register = self._place.session.register
            if self._place.asking.agreed(Question(question, tr("Take names out for good"))):
                verb(register, by=Settings.load().acting_as)
                self._place.messages.done(tr("No name of a person is left in the register."))
                self._place.session.reload()
        except LandInspectorError as error:
            self._place.messages.failed(error)


# --- The word at the door: what is overdue today and what falls due soon, once for each opening of a register.


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


# --- Freezing a reported batch and opening it again (R52).


class Freezing(Feature):
    """Both acts are events with the acting person's name; the second takes a reason as well."""

    name = "landInspectorFreezing"

    def __init__(self, place: Services):
        self._place = place

    def title(self) -> str:
        return tr("Cases and deadlines")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorFreezeBatch", tr("Freeze the reported batch…"), "/mActionLockLayers.svg", self.freeze),
            Entry("landInspectorUnfreezeBatch", tr("Open a frozen batch again…"), "", self.unfreeze),
        ]

    def freeze(self) -> None:
        """What was reported may not change: verdicts, areas, outlines. Cases go on."""
        batch = self._batch()
        if batch is None:
            return
        code = batch.PCBH
        if batch.DJ:
            self._place.messages.note(tr("Batch {batch} is frozen already.", batch=code))
            return
        question = tr("Freeze batch {batch}? From then on it takes no verdict, split, return or re-issue; cases and remedies go on. "
                      "Opening it again needs a reason and is kept in the register.", batch=code)
        if self._place.asking.agreed(Question(question, tr("Freeze batch"))):
            self._do(lambda by: judging.freeze(self._place.session.register, code, by=by, seen={batch.id: batch.last_event}),
                     tr("Batch {batch} is frozen.", batch=code))

    def unfreeze(self) -> None:
        """Asks for the reason; without one nothing happens."""
        batch = self._batch()
        if batch is None:
            return
        code = batch.PCBH
        if not batch.DJ:
            self._place.messages.note(tr("Batch {batch} is not frozen.", batch=code))
            return
        who = Settings.load().acting_as
        reason = self._place.asking.text(
            Question(tr("{who} opens the frozen batch {batch} again. Why?", who=who, batch=code), tr("Open again")))
        if reason:
            seen = {batch.id: batch.last_event}
            self._do(lambda by: judging.unfreeze(self._place.session.register, code, reason=reason, by=by, seen=seen),
                     tr("Batch {batch} is open again.", batch=code))

    def _batch(self) -> Optional[Batch]:
        """The batch that the dock shows."""
        session = self._place.session
        if session.address is None or session.batch is None:
            self._place.messages.note(tr("Open a register with a batch first."))
            return None
        return session.register.batch(session.batch)

    def _do(self, act: Callable[[str], object], done: str) -> None:
        try:
            self._place.session.carry_out(lambda: act(Settings.load().acting_as))
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        self._place.messages.done(done)
        self._place.session.reload()
