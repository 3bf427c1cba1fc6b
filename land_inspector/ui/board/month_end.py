"""The month's end at the desk: what stands in the way of closing the open batch, each a key press from its parcel; then freeze and
give out in one go."""
from __future__ import annotations

from datetime import date
from typing import Dict, List, Optional

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QHBoxLayout, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from ...errors import LandInspectorError
from ...exchange.month_end import EXPORTS, LAYERS, PATCHES, WORKBOOK, Obstacle, obstacles
from ...i18n import say, tr
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.register import Register
from ...settings import Settings
from ..shell.dialogs import Question
from ..shell.held_keys import ignore_held_keys
from ..shell.services import Services
from ..widgets.dialog_buttons import closing
from ..widgets.labels import PlainLabel, tip

_PARCEL = Qt.ItemDataRole.UserRole
#: So many obstacles are shown; the others are counted.
_MOST_SHOWN = 2000


class MonthEnd(QDialog):
    """Stays open while parcels are seen to; ``parcel_wanted`` tells the one whose row was chosen, ``again_wanted`` that it shall be
    looked anew, ``given_out`` the choice of exports: names, in spite of obstacles, with land users."""

    parcel_wanted = pyqtSignal(str)
    again_wanted = pyqtSignal()
    given_out = pyqtSignal(list, bool, bool)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorMonthEnd")
        self.setModal(False)
        self.said = PlainLabel(self)
        self.said.setWordWrap(True)
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("landInspectorMonthEndObstacles")
        self.tree.setAccessibleName(tr("What stands in the way"))
        self.tree.setHeaderLabels([tr("Severity"), tr("Rule"), tr("Parcel"), tr("What it is about")])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.itemSelectionChanged.connect(self._on_chosen)
        self.boxes: Dict[str, QCheckBox] = {}
        row = QHBoxLayout()
        for name, text in ((LAYERS, tr("Township layers")), (WORKBOOK, tr("The month's workbook")), (PATCHES, tr("Judged patches"))):
            self.boxes[name] = QCheckBox(text, self)
            self.boxes[name].setChecked(True)
            self.boxes[name].toggled.connect(self._show_enabled)
            row.addWidget(self.boxes[name])
        row.addStretch(1)
        self.users = QCheckBox(tr("Include land users, who may be persons"), self)
        self.in_spite = QCheckBox(tr("Close in spite of what stands in the way"), self)
        self.in_spite.toggled.connect(self._show_enabled)
        buttons = closing(self, "board")
        self.close_button = buttons.addButton(tr("Freeze and give out…"), QDialogButtonBox.ButtonRole.ActionRole)
        self.look = buttons.addButton(tr("Look again"), QDialogButtonBox.ButtonRole.ActionRole)
        self.close_button.clicked.connect(lambda: self.given_out.emit(self.exports(), self.in_spite.isChecked(), self.users.isChecked()))
        self.look.clicked.connect(self.again_wanted)
        layout = QVBoxLayout(self)
        layout.addWidget(self.said)
        layout.addWidget(self.tree, 1)
        layout.addLayout(row)
        for widget in (self.users, self.in_spite, buttons):
            layout.addWidget(widget)
        self.resize(660, 460)
        self._blocking: Optional[int] = None
        self.reading("")

    def exports(self) -> List[str]:
        """What is to be given out."""
        return [name for name in EXPORTS if self.boxes[name].isChecked()]

    def reading(self, batch: str) -> None:
        """The checks run; nothing can be closed meanwhile."""
        self._blocking = None
        self.setWindowTitle(tr("Month's end: {batch}", batch=batch))
        self.said.setText(tr("Checking the batch…"))
        self._show_enabled()

    def show_obstacles(self, batch: str, found: List[Obstacle]) -> None:
        """What the checks found, the gravest first."""
        self._blocking = sum(one.severity == "E" for one in found)
        self.said.setText(tr("{n} things stand in the way of closing batch {batch}, {warned} more are to be known. Choose a row to go to "
                             "its parcel.", n=self._blocking, batch=batch, warned=len(found) - self._blocking) if found
                          else tr("Nothing stands in the way of closing batch {batch}.", batch=batch))
        self.tree.clear()
        marks = {"E": tr("! stops it"), "W": tr("to be known")}
        for one in found[:_MOST_SHOWN]:
            item = QTreeWidgetItem([marks.get(one.severity, one.severity), one.rule, one.parcel, say(one.text)])
            item.setData(0, _PARCEL, one.parcel_id)
            item.setToolTip(3, tip(say(one.text)))
            self.tree.addTopLevelItem(item)
        for column in range(3):
            self.tree.resizeColumnToContents(column)
        self._show_enabled()

    def _show_enabled(self, *_told: object) -> None:
        self.in_spite.setEnabled(bool(self._blocking))
        may = self._blocking == 0 or bool(self._blocking) and self.in_spite.isChecked()
        self.close_button.setEnabled(may and bool(self.exports()))

    def _on_chosen(self) -> None:
        item = self.tree.currentItem()
        if item is not None and item.data(0, _PARCEL):
            self.parcel_wanted.emit(item.data(0, _PARCEL))


class MonthEnds:
    """Opens the dialog for the batch at work and runs what it asks for, beside the window."""

    def __init__(self, place: Services):
        self._place = place
        self._batch = ""
        self.dialog = MonthEnd(place.window)
        self.dialog.parcel_wanted.connect(self._go_to)
        self.dialog.again_wanted.connect(self.look)
        self.dialog.given_out.connect(self._give_out)

    def show(self) -> None:
        """For the batch that the review dock shows."""
        session = self._place.session
        if session.address is None or session.batch is None:
            self._place.messages.note(tr("Open a register with a batch first."))
            return
        self._batch = session.batch
        self.dialog.show()
        self.dialog.raise_()
        self.look()

    def look(self) -> None:
        """Run the checks."""
        address, batch = self._place.session.address, self._batch
        if address is None:
            return
        self.dialog.reading(batch)
        self._place.worker.start(tr("Checking the batch"), lambda progress: found_in(address, batch, progress),
                                 lambda found: self.dialog.show_obstacles(batch, found) if batch == self._batch else None,
                                 self._place.messages.failed)

    def _go_to(self, parcel: str) -> None:
        self._place.reviewer.show_anywhere([parcel], self._batch)

    def _give_out(self, exports: List[str], in_spite: bool, with_users: bool) -> None:
        address = self._place.session.address
        if address is None:
            return
        folder = self._place.asking.folder_to_fill(tr("Folder in which the month's own folder is made"), address.folder)
        question = Question(tr("Freeze batch {batch} and write its exports into a folder of today?", batch=self._batch),
                            tr("Freeze and give out"))
        if folder is None or not self._place.asking.agreed(question):
            return
        try:
            self._place.jobs.run("close_month", {
                "REGISTER": str(address), "BATCH": self._batch, "EXPORTS": ", ".join(exports), "IN_SPITE": in_spite,
                "INCLUDE_USERS": with_users, "BY": Settings.load().acting_as, "FOLDER": str(folder)}, tr("Month's end"))
            self.dialog.accept()
        except LandInspectorError as error:
            self._place.messages.failed(error)

    def close(self) -> None:
        """The register is closed."""
        self._batch = ""
        self.dialog.reject()

    def remove(self) -> None:
        """The plugin goes."""
        self.close()
        self.dialog.deleteLater()


def found_in(address: RegisterAddress, batch: str, progress: Progress) -> List[Obstacle]:
    """What stands in the way of closing a batch today."""
    with Register.open(address) as register:
        return obstacles(register, batch, date.today(), progress)
