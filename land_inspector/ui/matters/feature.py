"""Matters in the desktop: a page in the second dock; what is due today in every ledger that is kept, on the start page, above the
list of an open register and once at the door."""
from __future__ import annotations

from datetime import date
from typing import List, Optional, Sequence

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QHeaderView, QMenu, QSizePolicy, QToolButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from ...i18n import say, tr
from ...register.addresses import RegisterAddress
from ...register.register import Register
from ...register.views.matters import Due, due_today
from ..pursue.feature import PageFeature, PursueFeature
from ..shell.services import Entry, Services
from ..shell.session import recent_registers
from ..widgets.labels import ElidedButton, PlainLabel, tip
from ..widgets.rows import ROW_HEIGHT
from .file_view import due_words
from .page import MattersPage


class MattersFeature(PageFeature):
    """Opening a register tells what is due in its ledgers."""

    name = "landInspectorPursue"

    def __init__(self, place: Services, pursue: PursueFeature):
        self._place = place
        super().__init__(pursue, MattersPage(place, pursue.dock), tr("Ledgers"))
        self.start_due, self.line = DueAtStart(place.dock.start_page), DueLine(place.dock.work_page)
        place.dock.start_page.put_first(self.start_due)
        place.dock.work_page.put_beside_register(self.line)
        self._asked, self._wanted = 0, ("", "")
        self.wires += [
            *self.parcel_wires(place), (place.session.opened, self._on_opened), (place.session.closed, self._look_at_latest),
            (self.page.due_known, self.line.show_due), (self.line.wanted, self._show_list), (self.start_due.wanted, self._open_and_show)]

    def title(self) -> str:
        return tr("Cases and deadlines")

    def entries(self) -> List[Entry]:
        return [Entry("landInspectorShowMatters", tr("Ledgers of the office"), "", self.show_page, "Ctrl+Alt+K"),
                Entry("landInspectorMatterNextAct", tr("Next act of the chosen matter…"), "", self.page.record_next,
                      "Alt+Shift+J")]

    def load(self) -> None:
        super().load()
        if self._place.session.address is None:
            self._look_at_latest()

    def unload(self) -> None:
        self._asked += 1
        super().unload()
        for widget in (self.start_due, self.line):
            widget.setParent(None)
            widget.deleteLater()

    def _show_list(self, kind: str, code: str) -> None:
        self.show_page()
        self.page.show_list(kind, code)

    # --- no register is open ------------------------------------------------------------------------------------------

    def _look_at_latest(self) -> None:
        """Read beside the window what is due in the register that was open last; what cannot be read is left to opening it."""
        self.line.show_due([])
        self.start_due.show_due(None, [])
        self._asked += 1
        latest = next(iter(recent_registers()), None)
        if latest is not None and not latest.is_remote:
            number = self._asked
            self._place.worker.start(tr("Reading the ledgers"), lambda _progress: _due(latest),
                                     lambda due: self._tell_at_start(number, latest, due), lambda _error: None)

    def _tell_at_start(self, number: int, address: RegisterAddress, due: Sequence[Due]) -> None:
        if number == self._asked:
            self.start_due.show_due(address, due)

    def _open_and_show(self, address: str, kind: str, code: str) -> None:
        self._wanted = (kind, code)
        self._place.commands.open_address(address)

    # --- a register is open -------------------------------------------------------------------------------------------

    def _on_opened(self, *_told: object) -> None:
        """Look beside the window what is due in the ledgers of the register that was just opened."""
        address = self._place.session.address
        self._asked += 1
        number, (kind, code) = self._asked, self._wanted
        self._wanted = ("", "")
        if kind:
            self._show_list(kind, code)
        if address is not None:
            self._place.worker.start(tr("Reading the ledgers"), lambda _progress: _due(address),
                                     lambda due: self._tell(number, due, not kind), self._place.messages.failed)

    def _tell(self, number: int, due: Sequence[Due], at_the_door: bool) -> None:
        if number != self._asked:
            return
        self.line.show_due(due)
        if due and at_the_door:
            self._place.messages.offer(_sums(due), tr("Show the ledger"),
                                       lambda: self._show_list(due[0].kind.id, due[0].list_code), rank=2)


def _sums(due: Sequence[Due]) -> str:
    return tr("Ledgers: {overdue} overdue, {soon} due soon", overdue=sum(one.overdue for one in due), soon=sum(one.soon for one in due))


def _briefly(overdue: int, soon: int) -> str:
    return tr("Ledgers !! {overdue}", overdue=overdue) if overdue else tr("Ledgers ! {soon}", soon=soon)


def _due(address: RegisterAddress) -> Sequence[Due]:
    with Register.open(address) as register:
        return due_today(register, date.today())


class DueAtStart(QWidget):
    """On the start page: a line for each ledger of the register that was open last in which something is due. ``wanted`` tells the
    register, the ledger and the list to which a click or Enter leads."""

    wanted = pyqtSignal(str, str, str)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorDueAtStart")
        self._heading = PlainLabel(self)
        self._heading.setWordWrap(True)
        self.table = QTreeWidget(self)
        self.table.setObjectName("landInspectorDueTable")
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setHeaderLabels([tr("Ledger"), tr("Overdue"), tr("Today"), tr("Soon")])
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.table.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(20)
        for column in range(4):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents if column else QHeaderView.ResizeMode.Stretch)
        self.table.itemClicked.connect(self._go)
        self.table.itemActivated.connect(self._go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.addWidget(self._heading)
        layout.addWidget(self.table)
        self._address = ""
        self.hide()

    def show_due(self, address: Optional[RegisterAddress], due: Sequence[Due]) -> None:
        """A line for each ledger, the most urgent first; nothing is seen where nothing is due."""
        self.table.clear()
        self.setVisible(bool(due))
        self._address = str(address or "")
        self._heading.setText(tr("Due in the ledgers of {register}, {day}:", register=address.name if address else "",
                                 day=date.today().isoformat()))
        self.table.setAccessibleName(self._heading.text())
        for one in due:
            item = QTreeWidgetItem([say(one.kind.name), *(str(n) if n else "–" for n in (one.overdue, one.today, one.soon))])
            for column in range(4):
                item.setToolTip(column, tip(due_words([one])))
            item.setData(0, Qt.ItemDataRole.UserRole, (one.kind.id, one.list_code))
            self.table.addTopLevelItem(item)
        rows = self.table.sizeHintForRow(0) * len(due) if due else 0
        self.table.setFixedHeight(self.table.header().sizeHint().height() + rows + 2 * self.table.frameWidth() + 2)

    def _go(self, item: QTreeWidgetItem, _column: int) -> None:
        """Once for one reading: a double click opens the register once."""
        if self._address:
            address, self._address = self._address, ""
            self.wanted.emit(address, *item.data(0, Qt.ItemDataRole.UserRole))


class DueLine(ElidedButton):
    """Beside the name of an open register, while anything is due in a ledger: a click leads to the most urgent list, the arrow to
    those of the other ledgers. ``wanted`` tells ledger and list."""

    wanted = pyqtSignal(str, str)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorDueLine")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(ROW_HEIGHT)
        self.setMenu(QMenu(self))
        self.clicked.connect(self._on_clicked)
        self._due: Sequence[Due] = ()
        self.show_due([])

    def show_due(self, due: Sequence[Due]) -> None:
        """The sums of all ledgers, and an entry for each; nothing is seen where nothing is due."""
        self._due = due
        self.setVisible(bool(due))
        self.setText(_briefly(sum(one.overdue for one in due), sum(one.soon for one in due)))
        self.setAccessibleName(_sums(due))
        self.setToolTip(tip("\n".join([_sums(due), *due_words(due).split(tr("; "))])))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup if len(due) > 1
                          else QToolButton.ToolButtonPopupMode.DelayedPopup)
        self.menu().clear()
        for one in due:
            self.menu().addAction(due_words([one]), lambda one=one: self.wanted.emit(one.kind.id, one.list_code))

    def _on_clicked(self) -> None:
        if self._due:
            self.wanted.emit(self._due[0].kind.id, self._due[0].list_code)
