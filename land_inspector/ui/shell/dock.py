"""The dock: the start page or the open register, in a scroll area, with the running job below."""
from __future__ import annotations

from typing import List, Mapping, Optional, Sequence

from qgis.core import QgsProject, QgsVectorLayer
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCommandLinkButton, QDockWidget, QHBoxLayout, QMenu, QProgressBar, QPushButton, QSizePolicy, QStackedWidget,
    QVBoxLayout, QWidget,
)

from ...errors import LandInspectorError
from ...i18n import tr
from ...register.addresses import RegisterAddress, same_place
from ...register.views.parcels import outlines
from ...settings import Settings
from ..review.reviewer import Reviewer
from ..review.work_page import WorkPage
from ..widgets.labels import FixedHeightLabel, PlainLabel, tip
from ..widgets.rows import make_fields_readable, progress_style
from ..widgets.pages import NARROWEST, TabsInSight, connect, disconnect, scrolling
from .canvas_link import CanvasLink
from .commands import Commands
from .tasks import Jobs, Worker
from .map_layers import MapLayers, PARCELS, blank_layers, open_layers
from .messages import Messages
from .session import BatchLine, Session, Snapshot, recent_registers


OBJECT_NAME = "LandInspectorDock"
_RESULTS = "ResultsViewer"


class InspectorDock(TabsInSight, QgsDockWidget):
    """Its object name lets QGIS remember its place between sessions."""

    def __init__(self, register_menu: QMenu, parent: Optional[QWidget] = None):
        super().__init__(tr("Land Inspector"), parent)
        self.setObjectName(OBJECT_NAME)
        make_fields_readable(self)
        self.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self.start_page = StartPage(self)
        self.work_page = WorkPage(register_menu, self)
        self.job_strip = JobStrip(self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.start_page)
        self._pages.addWidget(self.work_page)
        whole = QWidget(self)
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scrolling(self._pages), 1)
        layout.addWidget(self.job_strip)
        self.setWidget(whole)
        self.setMinimumWidth(NARROWEST)
        #: Of the docks that are tabs here, the one that the user looks at.
        self.in_front: QDockWidget = self
        self.visibilityChanged.connect(lambda is_shown: self.note_front(self, is_shown))

    def note_front(self, dock: QDockWidget, is_shown: bool) -> None:
        """One of our docks came to the front, or left it."""
        if is_shown:
            self.in_front = dock

    def stay_in_front(self) -> None:
        """QGIS opens its list of results with every report, over half of this dock: it is closed again. A report opens in a window of
        its own, and the list comes back from Processing's menu."""
        results = self.parent().findChild(QDockWidget, _RESULTS)
        if results is not None and results.isVisible():
            front = self.in_front  # what Qt brings to the front once the list is gone is another matter
            results.hide()
            front.raise_()

    def take_focus(self) -> None:
        """Whoever brought the dock up by key goes on in it."""
        if self._pages.currentWidget() is self.work_page:
            self.work_page.parcels.setFocus()
        else:
            self.start_page.assistant_button.setFocus()

    def search(self) -> None:
        """Up, with the focus in the search over the parcels."""
        self.setUserVisible(True)
        self.work_page.filters.search.setFocus()
        self.work_page.filters.search.selectAll()

    def show_start(self) -> None:
        """The page for when no register is open."""
        self._pages.setCurrentWidget(self.start_page)

    def show_work(self) -> None:
        """The page on which parcels are reviewed."""
        self._pages.setCurrentWidget(self.work_page)


# --- What the dock shows while no register is open: one obvious way in, one to begin, and the registers opened
#     lately.


class StartPage(QWidget):
    """``open_wanted`` and ``create_wanted`` ask for a choice, ``register_wanted`` names one."""

    assistant_wanted = pyqtSignal()
    open_wanted = pyqtSignal()
    create_wanted = pyqtSignal()
    register_wanted = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.assistant_button = _button(tr("Begin with your own data…"), "landInspectorBegin", self)
        self.assistant_button.setDefault(True)
        self.assistant_button.clicked.connect(lambda _checked=False: self.assistant_wanted.emit())
        self.open_button = _button(tr("Open a register…"), "landInspectorOpen", self)
        self.open_button.clicked.connect(self.open_wanted)
        self.create_button = _button(tr("New register…"), "landInspectorCreate", self)
        self.create_button.clicked.connect(self.create_wanted)
        hint = FixedHeightLabel(tr("A register keeps the issued patches, the verdicts and their history in one file (.gpkg)."), 3, self,
                                shrinks=True)
        self.steps = FixedHeightLabel(tr("1 · Say where your files are: townships, patches, layers, images.\n2 · Look at the first patch "
                                         "and its proposal.\n3 · Press 1 to 9: that is a verdict, saved at once."), 5, self)
        self.steps.setObjectName("landInspectorThreeSteps")
        self._heading = PlainLabel(tr("Opened lately"), self)
        self._recent = QVBoxLayout()
        self._layout = QVBoxLayout(self)
        for widget in (hint, self.steps, self.assistant_button, self.open_button, self.create_button, self._heading):
            self._layout.addWidget(widget)
        self._layout.addLayout(self._recent)
        self._layout.addStretch(1)

    def put_first(self, widget: QWidget) -> None:
        """Put a feature's part above all else; the feature deletes it when it unloads."""
        self._layout.insertWidget(0, widget)

    def show_recent(self, addresses: Sequence[RegisterAddress]) -> None:
        """A link for each of these registers, in their order, in place of those before."""
        while self._recent.count():
            self._recent.takeAt(0).widget().deleteLater()
        self._heading.setVisible(bool(addresses))
        for address in addresses:
            self._recent.addWidget(self._link(address))

    def _link(self, address: RegisterAddress) -> QCommandLinkButton:
        link = QCommandLinkButton(address.name, address.folder.name, self)
        link.setToolTip(tip(str(address)))
        link.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        link.clicked.connect(lambda _checked=False: self.register_wanted.emit(str(address)))
        return link


def _button(text: str, name: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setObjectName(name)
    button.setMinimumHeight(34)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


# --- The line at the foot of the dock while an algorithm runs: what it does, how far it is, and a way to stop it.


class JobStrip(QWidget):
    """Hidden while nothing runs."""

    cancelled = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorJob")
        self._title = PlainLabel(self)
        self._bar = QProgressBar(self)
        self._bar.setStyleSheet(progress_style())
        self.cancel_button = QPushButton(tr("Cancel"), self)
        self.cancel_button.setObjectName("landInspectorCancel")
        self.cancel_button.clicked.connect(self.cancelled)
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 4)
        layout.addWidget(self._title)
        layout.addLayout(row)
        self.hide()

    def begin(self, title: str) -> None:
        """Show that this work runs; how far it is is not known yet."""
        self._title.setText(title)
        self._bar.setRange(0, 0)
        self.show()

    def advance(self, percent: float) -> None:
        """How far the work is, in percent."""
        self._bar.setRange(0, 100)
        self._bar.setValue(int(round(percent)))

    def end(self) -> None:
        """The work is over."""
        self.hide()


# Ties the open register, the dock and the map together; knows what happens on screen when one of them changes.

#: Choosing the whole batch must not draw it a second time over the map.
MOST_OUTLINED = 500


class DockController(QObject):
    """:meth:`connect_all` and :meth:`disconnect_all` mirror each other."""

    def __init__(self, dock: InspectorDock, menu: QMenu, session: Session, commands: Commands, jobs: Jobs, link: CanvasLink,
                 layers: MapLayers, messages: Messages, reviewer: Reviewer, worker: Worker, new_project: pyqtSignal):
        super().__init__()
        self._worker = worker
        self._dock, self._menu, self._session, self._commands, self._jobs = dock, menu, session, commands, jobs
        self._link, self._layers, self._messages = link, layers, messages
        self._batches: Optional[List[BatchLine]] = None
        page, start, strip = dock.work_page, dock.start_page, dock.job_strip
        self._connections = [
            (session.opened, self._on_opened), (session.closed, self._on_closed), (session.read, self._on_read),
            (session.read, reviewer.on_read),
            (session.failed, messages.failed), (session.recorded_late, self._on_recorded_late),
            (page.card.wanted, session.read_card), (session.card_read, page.card.take),
            (commands.undoable, page.show_undoable), (page.filters.changed, self._on_filtered),
            (commands.redoable, page.show_redoable),
            (page.batch_chosen, session.choose_batch), (page.chosen, self._on_chosen), (page.import_wanted, commands.add_batch),
            (page.undo_wanted, commands.undo), (page.redo_wanted, commands.redo), (page.verify_wanted, commands.verify),
            (page.hand_over_wanted, commands.hand_over),
            (page.verdicts.wanted, reviewer.judge), (page.verdicts.proposal_wanted, reviewer.accept_proposal),
            (page.verdicts.step_wanted, reviewer.go_to_open), (reviewer.judged, self._on_judged), (reviewer.went_to, self._on_chosen),
            (reviewer.undo_wanted, commands.undo_on), (reviewer.recorded, commands.note_act), (page.card.shown, self._read_ahead),
            (start.open_wanted, commands.open_register), (start.create_wanted, commands.create_register),
            (start.register_wanted, commands.open_address), (link.picked, page.choose),
            (jobs.started, strip.begin), (jobs.progressed, strip.advance), (jobs.ended, self._on_job_ended),
            (strip.cancelled, jobs.cancel), (dock.visibilityChanged, session.watch), (menu.aboutToShow, self._fill_menu),
            (QgsProject.instance().readProject, self._on_project), (new_project, self._on_project),
        ]

    def connect_all(self) -> None:
        """Connect the dock with session, map and project, and show the state they are in."""
        connect(self._connections)
        self._dock.work_page.filters.view_of_map = self._link.view
        self._dock.work_page.card.known = self._session.card
        self._dock.start_page.show_recent(recent_registers())
        self._on_project()

    def disconnect_all(self) -> None:
        """Undo :meth:`connect_all` to the last signal."""
        disconnect(self._connections)

    # --- the register -------------------------------------------------------------------------------------------------

    def _on_opened(self, address: str) -> None:
        county, name = self._session.register.meta["county_name"], self._session.register.address.name
        where = name if "://" in address else address  # the place of a file; of a database the address may hold a password
        self._dock.work_page.show_register(tr("{county} · {file}", county=county, file=where), where)
        self._dock.show_work()
        self._dock.work_page.take_focus()

    def _on_closed(self) -> None:
        self._batches = None
        self._messages.withdraw_offers()
        self._link.let_go()
        self._layers.remove()
        self._commands.show_acts(None, None)
        self._dock.start_page.show_recent(recent_registers())
        self._dock.show_start()

    def _on_read(self, snapshot: Snapshot) -> None:
        """The list comes before the map, whose drawing would slow the reading down."""
        self._dock.work_page.show_snapshot(snapshot)
        if self._batches is None:
            self._show_on_map()
        else:
            self._layers.redraw(snapshot.address, anew=snapshot.batches != self._batches)
        self._batches = snapshot.batches
        self._commands.show_acts(snapshot.last_act, snapshot.last_undone)

    def _on_recorded_late(self) -> None:
        self._messages.done(tr("The server has answered: what you did was recorded."))
        self._commands.look_for_undo()

    def _on_job_ended(self, _outcome: object) -> None:
        self._dock.job_strip.end()
        self._dock.stay_in_front()

    # --- the map ------------------------------------------------------------------------------------------------------

    def _show_on_map(self) -> None:
        """The project's own layers of the register, or else new ones, which are loaded beside the window."""
        address = self._session.address
        known = self._layers.find(address, PARCELS)
        if known is not None:
            self._link.follow(known)
            return
        blank = blank_layers()
        self._worker.start(tr("Loading the map layers"), lambda _progress: open_layers(address, blank),
                           lambda layers: self._put_on_map(address, layers), self._messages.failed)

    def _put_on_map(self, address: RegisterAddress, layers: Mapping[str, QgsVectorLayer]) -> None:
        """Unless another register was opened meanwhile, or a project that brought its own layers."""
        if address == self._session.address:
            known = self._layers.find(address, PARCELS)
            self._link.follow(known or self._layers.add(address, self._session.register.meta["county_name"], layers))
            self._on_chosen(self._dock.work_page.parcels.chosen_ids())

    def _on_project(self) -> None:
        """Another project was opened or begun: the register it shows is opened; else that of the desk is put in."""
        address = self._layers.register_of_project()
        if address is not None and not same_place(address, self._session.address):
            self._commands.open_address(address)
        elif self._session.address is not None:
            self._show_on_map()

    def _on_filtered(self) -> None:
        """A parcel that the filters hide is no longer the chosen one: its outline goes, the view stays."""
        if not self._dock.work_page.parcels.chosen_ids():
            self._link.clear()

    def _on_chosen(self, ids: List[str]) -> None:
        """The user chose parcels in the list: outline them and go there."""
        self._dock.work_page.show_current()
        if len(ids) > MOST_OUTLINED:
            self._link.clear()
            return
        self._link.show(self._outlines(ids), ids, move=True)

    def _outlines(self, ids: List[str]) -> List[bytes]:
        """WKB of the parcels, from the card where it was read ahead."""
        card = self._session.card(ids[0]) if len(ids) == 1 else None
        if card is not None:
            return [card.outline]
        table = self._dock.work_page.table
        rows = [int(row) for row in table.positions(ids) if row >= 0]
        try:
            return list(outlines(self._session.register, [table.text("shape_id", row) for row in rows]).values())
        except LandInspectorError as error:
            self._session.note_lost(error)
            return []

    def _on_judged(self, _ids: List[str]) -> None:
        self._layers.redraw(self._session.address, anew=False)

    def _read_ahead(self, _parcel_id: str) -> None:
        """While the inspector looks at one card, the next one is read."""
        following = self._dock.work_page.next_open()
        if following is not None:
            self._session.read_ahead(following)

    # --- the register's own menu --------------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        self._menu.clear()
        self._menu.addAction(tr("Open a register…"), self._commands.open_register)
        self._menu.addAction(tr("Open a register on a server…"), self._commands.open_on_server)
        self._menu.addAction(tr("New register…"), self._commands.create_register)
        self._menu.addAction(tr("Another batch of patches…"), self._commands.add_batch)
        self._menu.addAction(tr("You record as {name}: another name…", name=Settings.load().acting_as), self._commands.ask_name)
        self._menu.addSeparator()
        for address in recent_registers():
            if address != self._session.address:
                self._menu.addAction(address.name, lambda at=address: self._commands.open_address(at)).setToolTip(tip(str(address)))
        self._menu.addSeparator()
        self._menu.addAction(tr("Close this register"), self._commands.close_register)
