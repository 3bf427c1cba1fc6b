"""The page of patrols: a station's month as a calendar with its log, what patrols found, and what is still to be done about it. All of it
by keyboard, in 320 px.
"""
from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView, QComboBox, QHBoxLayout, QHeaderView, QMenu, QSplitter, QToolButton, QTreeWidget, QTreeWidgetItem,
    QVBoxLayout, QWidget,
)

from ...exchange.tracks.giving import walks
from ...i18n import say, shown_language, tr
from ...law.codes import label
from ...law.patrols import FINDING_ACTS, NOT_FILED, NOT_REPORTED, NOT_STOPPED, PATROL_LISTS, SHORT, dues_of, last_day
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.findings import ground_of
from ...register.patrolling import as_finding, choose_for_day
from ...register.register import Register
from ...register.state import Patrol, PatrolFinding
from ...register.views.patrols import MonthView, month_view
from ..pursue.feature import PageFeature, PursueFeature
from ..shell.services import Entry, Services
from ..widgets.labels import PlainLabel, narrow, tip
from ..widgets.pages import ReadingPage
from .acts import PatrolActs
from .calendar import MonthCalendar, line_of, sign_of
from .map import Drawn, LATE, OVER, standing_of


_ID = Qt.ItemDataRole.UserRole
ALL, UNLINKED = "all", "unlinked"
#: Which findings the list below shows.
LISTS: Tuple[str, ...] = (ALL, NOT_STOPPED, NOT_REPORTED, NOT_FILED, UNLINKED)
_SIGNS = {LATE: "!!", OVER: "✓"}


@dataclass(frozen=True)
class Reading:
    """A month as read in one go: which duties each finding still has (codes of :data:`LISTS`), and the tracks on the ground."""

    address: RegisterAddress
    view: MonthView
    duties: Dict[str, Tuple[str, ...]]
    crs: str
    tracks: Tuple[Drawn, ...] = ()


class PatrolPage(ReadingPage):
    """``parcels_wanted`` tells the parcels that a finding became."""

    parcels_wanted = pyqtSignal(list)

    def __init__(self, place: Services, parent: Optional[QWidget] = None):
        super().__init__(place, parent)
        self.setObjectName("landInspectorPatrols")
        self._reading: Optional[Reading] = None
        self.parcels: List[str] = []
        today = date.today()
        self._month: Tuple[int, int] = (today.year, today.month)
        self._day = today
        self.acts = PatrolActs(place, self)
        self._make_widgets()
        self._lay_out()
        self.wires += [
            (place.commands.undoable, self.note_change), (self.stations.activated, self.refresh), (self.month.day_chosen, self._on_day),
            (self.month.day_opened, self._on_opened),
            (self.month.month_wanted, self.turn), (self.before.clicked, lambda: self.turn(-1)), (self.after.clicked, lambda: self.turn(1)),
            (self.log_button.clicked, self.log), (self.plan_button.clicked, self.plan), (self.log_list.itemActivated, self._on_log_opened),
            (self.lists.activated, self._show_findings), (self.found.itemActivated, self._on_finding_opened),
            (self.found.itemSelectionChanged, self._on_finding), (self.act_button.clicked, self.act)]

    def _make_widgets(self) -> None:
        self.stations, self.lists = narrow(QComboBox(self)), narrow(QComboBox(self))
        for box, name, words in ((self.stations, "landInspectorPatrolStation", tr("Station")),
                                 (self.lists, "landInspectorPatrolLists", tr("Findings to show"))):
            box.setObjectName(name)
            box.setAccessibleName(words)
        self.before, self.after = self._button("landInspectorPatrolBefore", "◀"), self._button("landInspectorPatrolAfter", "▶")
        self.before.setAccessibleName(tr("Month before"))
        self.after.setAccessibleName(tr("Month after"))
        self.title = PlainLabel(self)
        self.title.setObjectName("landInspectorPatrolTitle")
        self.standing = PlainLabel(self)
        self.standing.setObjectName("landInspectorPatrolStanding")
        self.standing.setWordWrap(True)
        self.month = MonthCalendar(self)
        self.setFocusProxy(self.month)
        self.log_list = self._tree("landInspectorPatrolLog", tr("Patrols of the day"), (tr("Patrol"), tr("Officers")))
        self.found = self._tree("landInspectorPatrolFindings", tr("Findings"), (tr("Finding, project"), tr("On"), tr("Due")))
        self.told = PlainLabel(self)
        self.told.setObjectName("landInspectorPatrolFindingTold")
        self.told.setWordWrap(True)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self.log_button = self._button("landInspectorPatrolLogIt", tr("Log…"))
        self.plan_button = self._button("landInspectorPatrolPlanIt", tr("Plan…"))
        self.act_button = self._button("landInspectorPatrolAct", tr("What followed…"))
        self.month_more = self._menu_button("landInspectorPatrolMonthMore", tr("Month…"), self._month_menu)
        self.mark_button = self._menu_button("landInspectorPatrolMark", tr("Mark…"), self._mark_menu)
        self.found_more = self._menu_button("landInspectorPatrolFindingMore", tr("More"), self._finding_menu)

    def _tree(self, name: str, words: str, heads: Sequence[str]) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setObjectName(name)
        tree.setAccessibleName(words)
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setHeaderLabels(list(heads))
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        tree.setMinimumHeight(tree.fontMetrics().lineSpacing() * 4)
        return tree

    def _button(self, name: str, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _menu_button(self, name: str, text: str, fill: Callable[[QMenu], None]) -> QToolButton:
        button = self._button(name, text)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: (menu.clear(), fill(menu)))
        button.setMenu(menu)
        return button

    def _lay_out(self) -> None:
        head = _row(self.stations, self.before, self.title, self.after, stretch=self.stations)
        upper, lower = QWidget(self), QWidget(self)
        above, below = QVBoxLayout(upper), QVBoxLayout(lower)
        for layout in (above, below):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(4)
        above.addWidget(self.month)
        above.addWidget(self.log_list, 1)
        above.addLayout(_row(self.log_button, self.plan_button, self.month_more))
        below.addLayout(_row(self.lists, self.mark_button, stretch=self.lists))
        below.addWidget(self.found, 1)
        below.addWidget(self.told)
        below.addLayout(_row(self.act_button, self.found_more))
        self.split = QSplitter(Qt.Orientation.Vertical, self)
        self.split.addWidget(upper)
        self.split.addWidget(lower)
        self.split.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.standing)
        layout.addWidget(self.split, 1)
        order = [self.stations, self.before, self.after, self.month, self.log_list, self.log_button, self.plan_button, self.month_more,
                 self.lists, self.mark_button, self.found, self.act_button, self.found_more]
        for first, second in zip(order, order[1:]):
            self.setTabOrder(first, second)

    # --- life ---------------------------------------------------------------------------------------------------------

    def unload(self) -> None:
        self.acts.let_go()
        super().unload()

    def forget(self) -> None:
        self._reading = None
        self.acts.layers.remove()
        self._show()

    # --- reading ------------------------------------------------------------------------------------------------------

    @property
    def view(self) -> Optional[MonthView]:
        """The month that is shown; None while none is read."""
        return None if self._reading is None else self._reading.view

    @property
    def day(self) -> date:
        """The day that the user went to."""
        return self._day

    def reading(self) -> Tuple[str, Callable[[Progress], Reading]]:
        address, station, month, with_tracks = self._place.session.address, self.stations.currentData(), self._month, self.acts.shows_map
        return tr("Reading the patrols"), lambda progress: read(address, station, month, with_tracks, progress)

    def take(self, found: Reading) -> None:
        self._reading = found
        self._show()
        self.acts.show_map(found.crs, found.tracks, [(row, found.view.late.get(row.id, 0)) for row in found.view.findings])

    def turn(self, step: int) -> None:
        """Go to the month before or after."""
        at = self._month[0] * 12 + self._month[1] - 1 + step
        self._month = (at // 12, at % 12 + 1)
        self._day = date(*self._month, 1) if step > 0 else last_day(*self._month)
        self.refresh()

    def show_month(self, station: str, year: int, month: int) -> None:
        """Bring up a station's month."""
        self._month, self._day = (year, month), date(year, month, 1)
        if self.stations.findData(station) < 0:
            self.stations.addItem(station, station)
        self.stations.setCurrentIndex(self.stations.findData(station))
        self.refresh()

    # --- showing ------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        reading = self._reading
        for widget in (self.log_button, self.plan_button, self.month_more, self.mark_button, self.month, self.before, self.after):
            widget.setEnabled(reading is not None)
        self.title.setText(f"{self._month[0]}-{self._month[1]:02d}")
        self.stations.clear()
        if reading is None:
            self.standing.setText(tr("Open a register first.") if self._place.session.address is None else "")
            self.month.clearContents()
            self.log_list.clear()
            self._show_findings()
            return
        for one in reading.view.stations:
            self.stations.addItem(f"{one} !" if one in reading.view.short else one, one)
        self.stations.setCurrentIndex(self.stations.findData(reading.view.station))
        self.stations.setToolTip(tip("\n".join([say(PATROL_LISTS[SHORT]), *reading.view.short]) if reading.view.short else ""))
        self.standing.setText(standing_text(reading.view))
        self.month.show_month(reading.view, self._day)
        self._show_day()
        self._show_lists(reading)
        self._show_findings()

    def _show_day(self) -> None:
        self.log_list.clear()
        view = self.view
        for one in view.on(self._day) if view is not None else ():
            count = len(json.loads(one.XCRY))
            item = QTreeWidgetItem([line_of(view, one), str(count)])
            item.setData(0, _ID, one.id)
            item.setToolTip(0, tip(self._told_of(view, one)))
            self.log_list.addTopLevelItem(item)
        if self.log_list.topLevelItemCount():
            self.log_list.setCurrentItem(self.log_list.topLevelItem(0))
        self.log_list.resizeColumnToContents(1)

    @staticmethod
    def _told_of(view: MonthView, one: Patrol) -> str:
        tracks = json.loads(one.tracks)
        parts = [one.XCRQ, line_of(view, one), label("XC_QY", one.XCQY, shown_language()) if one.XCQY else "", one.CLYJ or "", one.BZ or "",
                 tr("{n} tracks, {km} km", n=len(tracks), km=f"{sum(track['metres'] for track in tracks) / 1000:.1f}") if tracks else "",
                 tr("{n} targets", n=len(json.loads(one.targets))) if json.loads(one.targets) else ""]
        return "\n".join(part for part in parts if part)

    def _show_lists(self, reading: Reading) -> None:
        chosen = self.lists.currentData() or ALL
        self.lists.clear()
        for code in LISTS:
            title = {ALL: tr("All findings"), UNLINKED: tr("Met by no patch yet")}.get(code) or say(PATROL_LISTS[code])
            self.lists.addItem(f"{title} ({len(self._listed(reading, code))})", code)
        self.lists.setCurrentIndex(self.lists.findData(chosen))

    @staticmethod
    def _listed(reading: Reading, code: str) -> List[PatrolFinding]:
        return [row for row in reading.view.findings if code == ALL or code == UNLINKED and not json.loads(row.patches)
                or code in reading.duties.get(row.id, ())]

    def _show_findings(self, *_told: object) -> None:
        reading, chosen = self._reading, self.chosen_finding()
        self.found.clear()
        for row in self._listed(reading, self.lists.currentData() or ALL) if reading is not None else ():
            standing = standing_of(row, reading.view.late.get(row.id, 0))
            item = QTreeWidgetItem([row.XMMC or tr("(no project)"), row.FXRQ[5:], _SIGNS.get(standing, "…")])
            item.setData(0, _ID, row.id)
            item.setToolTip(0, tip(finding_text(reading.view, row)))
            self.found.addTopLevelItem(item)
            if chosen is not None and row.id == chosen.id:
                self.found.setCurrentItem(item)
        for column in (1, 2):
            self.found.resizeColumnToContents(column)
        self._on_finding()

    # --- the chosen ones ----------------------------------------------------------------------------------------------

    def chosen_patrol(self) -> Optional[Patrol]:
        """The patrol chosen in the day's list."""
        item, view = self.log_list.currentItem(), self.view
        key = item.data(0, _ID) if item is not None else None
        return next((one for one in view.patrols if one.id == key), None) if view is not None else None

    def chosen_finding(self) -> Optional[PatrolFinding]:
        """The finding chosen in the list."""
        item, view = self.found.currentItem(), self.view
        key = item.data(0, _ID) if item is not None else None
        return next((one for one in view.findings if one.id == key), None) if view is not None else None

    def show_parcels(self, ids: List[str]) -> None:
        """Parcels were chosen somewhere: the patch of the first can be linked with a finding."""
        self.parcels = list(ids)

    def _on_day(self, day: date) -> None:
        self._day = day
        self._show_day()

    def _on_opened(self, day: date) -> None:
        """Enter on a day: its log where it has come, else its plan."""
        self._on_day(day)
        if day <= date.today():
            self.log()
        else:
            self.plan()

    def _on_log_opened(self, *_told: object) -> None:
        self.log()

    def _on_finding(self) -> None:
        row, view = self.chosen_finding(), self.view
        self.told.setText(finding_text(view, row) if row is not None and view is not None else "")
        self.told.setVisible(row is not None)
        self.act_button.setEnabled(row is not None)
        self.found_more.setEnabled(row is not None)

    def _on_finding_opened(self, *_told: object) -> None:
        self.act()

    # --- acts ---------------------------------------------------------------------------------------------------------

    def log(self, *_told: object) -> None:
        """The log of the chosen patrol of the day, or of one that was not planned."""
        if self.view is not None:
            self.acts.log(self.view, self.chosen_patrol(), min(self._day, date.today()))

    def plan(self, *_told: object) -> None:
        """The plan of the chosen patrol of the day, or of a new one."""
        if self.view is not None:
            chosen = self.chosen_patrol()
            self.acts.plan(self.view, chosen if chosen is not None and not chosen.logged else None, self._day)

    def act(self, *_told: object) -> None:
        """What followed on the chosen finding."""
        row = self.chosen_finding()
        if row is not None:
            self.acts.act(row)

    def _month_menu(self, menu: QMenu) -> None:
        view, chosen = self.view, self.chosen_patrol()
        if view is None:
            return
        menu.addAction(tr("New log of this day…"), lambda: self.acts.log(view, None, min(self._day, date.today())))
        menu.addAction(tr("New plan for this day…"), lambda: self.acts.plan(view, None, self._day))
        away = menu.addAction(tr("Withdraw the chosen patrol…"), lambda: self.acts.withdraw(chosen) if chosen else None)
        away.setEnabled(chosen is not None)
        menu.addSeparator()
        shown = menu.addAction(tr("Tracks and findings on the map"), self.acts.toggle_map)
        shown.setCheckable(True)
        shown.setChecked(self.acts.shows_map)
        theirs = menu.addAction(tr("Tracks of the chosen patrol…"), lambda: self.acts.open_tool("import_tracks", view, PATROL=chosen.id)
                                if chosen else None)
        theirs.setEnabled(chosen is not None and bool(chosen.logged))
        for name, text in self.acts.tools():
            menu.addAction(text, lambda name=name: self.acts.open_tool(name, view))

    def _mark_menu(self, menu: QMenu) -> None:
        view = self.view
        if view is None:
            return
        patrol = self.chosen_patrol()
        menu.addAction(tr("By a click on the map"), lambda: self.acts.mark_on_map(view, patrol, False))
        menu.addAction(tr("By drawing its outline"), lambda: self.acts.mark_on_map(view, patrol, True))
        menu.addAction(tr("From a photo…"), lambda: self.acts.mark_from_photo(view, patrol))
        menu.addAction(tr("By coordinates…"), lambda: self.acts.mark(view, patrol, None, None))

    def _finding_menu(self, menu: QMenu) -> None:
        row, view = self.chosen_finding(), self.view
        if row is None or view is None:
            return
        menu.addAction(tr("Correct…"), lambda: self.acts.correct(view, row))
        filed = view.filed.get(row.id)
        if filed is None:
            menu.addAction(tr("Make an illegal parcel with a case of it…"), lambda: self.acts.file(row))
        else:
            menu.addAction(tr("Go to parcel {parcel}", parcel=filed.parcel), lambda: self.acts.go_to_parcel(filed))
        menu.addAction(tr("Link with the chosen parcel's patch"), lambda: self.acts.link_with_chosen(row))
        for patch, number in self.acts.proposals(row):
            menu.addAction(tr("Proposed: link with patch {number}", number=number), lambda patch=patch: self.acts.link(row, patch))
        menu.addAction(tr("Show on the map"), lambda: self.acts.go_to(row)).setEnabled(row.lon is not None)


def _row(*widgets: QWidget, stretch: Optional[QWidget] = None) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    for widget in widgets:
        row.addWidget(widget, 1 if widget is stretch else 0)
    if stretch is None:
        row.addStretch(1)
    return row


def read(address: RegisterAddress, station: Optional[str], month: Tuple[int, int], with_tracks: bool, progress: Progress) -> Reading:
    """A month of a station with its findings' duties, and its tracks where the map shows them."""
    today = date.today()
    with Register.open(address) as register:
        view = month_view(register, station, *month, today)
        pack = choose_for_day(register, today)
        duties = {row.id: tuple(due.list for due in dues_of(as_finding(row), pack, today)) for row in view.findings}
        tracks: Tuple[Drawn, ...] = ()
        if with_tracks:
            found, _gone = walks(register, date(*month, 1), last_day(*month), progress)
            tracks = tuple(Drawn(f"{one.patrol.XCRQ} {one.patrol.XCLX or ''}", [piece.xy.tolist() for piece in one.pieces])
                           for one in found if one.patrol.ZSDM == view.station)
        return Reading(address, view, duties, ground_of(register).crs, tracks)


def standing_text(view: MonthView) -> str:
    """Required, valid, short, days left; planned ones beside."""
    one = view.standing
    if one is None:
        return tr("This register has no stations; its townships name none.")
    planned = sum(bool(row.planned) and not row.logged for row in view.patrols)
    sign = "✓" if one.is_met else "!!" if not view.days_left else "!"
    text = tr("{sign} required {required} · valid {valid} · short {short}", sign=sign, required=one.required, valid=one.valid,
              short=one.shortfall)
    if one.short_weeks:
        text += " · " + tr("weeks short: {weeks}", weeks=", ".join(sorted({f"{week.monday:%m-%d}" for week in one.short_weeks})))
    left = (tr("planned {planned} · the last day", planned=planned) if view.days_left == 1
            else tr("planned {planned} · {days} days left", planned=planned, days=view.days_left))
    return text + " · " + left


def finding_text(view: MonthView, row: PatrolFinding) -> str:
    """A finding in some lines: what, where, since when, what followed."""
    state = label("XC_JSZT", row.JSZT, shown_language()) if row.JSZT else ""
    area = tr("{m2} m², of it cultivated {cultivated}", m2=f"{row.ZDMJ:.0f}", cultivated=f"{row.GDMJ or 0:.0f}") if row.ZDMJ else ""
    first = " · ".join(part for part in (row.XMMC or "", state, area, view.townships.get(row.XZDM or "", "")) if part)
    done = [f"{one['on']} {say(FINDING_ACTS[one['act']]) if one['act'] in FINDING_ACTS else one['act']}" for one in json.loads(row.doc)]
    filed = view.filed.get(row.id)
    more = [tr("Parcel {parcel} in batch {batch}", parcel=filed.parcel, batch=filed.batch)] if filed is not None else []
    late = view.late.get(row.id, 0)
    return "\n".join([first, *done, *more, *([tr("!! {n} terms have passed", n=late)] if late else [])])


__all__ = ["PatrolPage", "Reading", "finding_text", "read", "sign_of", "standing_text"]


# Patrols in the desktop: a page in the second dock.

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
