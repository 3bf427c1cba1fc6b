"""Ties the open register, the dock and the map together; knows what happens on screen when one of them changes."""
from __future__ import annotations

from typing import List, Mapping, Optional

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QMenu

from ...errors import LandInspectorError
from ...i18n import tr
from ...settings import Settings
from ...register.addresses import RegisterAddress, same_place
from ...register.views.parcels import outlines
from .canvas_link import CanvasLink
from .commands import Commands
from .dock import InspectorDock
from .jobs import Jobs
from .map_layers import PARCELS, MapLayers, open_layers, titles
from .messages import Messages
from .settings_lists import recent_registers
from ..review.reviewer import Reviewer
from .session import BatchLine, Session, Snapshot
from .tasks import Worker
from ..widgets.signal_connections import connect, disconnect
from ..widgets.labels import tip

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
        named = titles()
        self._worker.start(tr("Loading the map layers"), lambda _progress: open_layers(address, named),
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
