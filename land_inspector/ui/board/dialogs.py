"""What the board asks and answers in dialogs: two days to compare, why a ratio differs, the kept what-ifs side by side."""
from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QDate, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView, QCheckBox, QComboBox, QDateEdit, QDialog, QDialogButtonBox, QFormLayout, QHBoxLayout,
    QTableWidget, QTableWidgetItem, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget,
)

from ...errors import LandInspectorError
from ...exchange.month_end import EXPORTS, LAYERS, Obstacle, PATCHES, WORKBOOK, obstacles
from ...i18n import say, tr
from ...law.areas import DASH, UNITS_PER_MU, decimal_text, percent_text
from ...law.differences import DifferenceReport, PARTS, REASONS
from ...law.indicators import Ratio
from ...law.what_if import Basket
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.board import Board
from ...register.register import Register
from ...settings import Settings
from ..shell.dialogs import Question
from ..widgets.dialogs import closing, deciding, ignore_held_keys
from ..shell.services import Services
from ..widgets.labels import PlainLabel, tip


_MU = Fraction(1, UNITS_PER_MU)


def _percent(ratio: Ratio) -> str:
    return DASH if ratio.value is None else f"{percent_text(ratio.value)} %"


def _signed(units: int) -> str:
    text = decimal_text(units * _MU, 2)
    return f"+{text}" if units > 0 else text


class CompareDialog(QDialog):
    """Two days, a ratio and a place; the second day is the board's own to begin with."""

    def __init__(self, board: Board, day: date, ratio: str, code: Optional[str], parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setWindowTitle(tr("Compare two days"))
        self.ratio, self.place = QComboBox(self), QComboBox(self)
        for name in PARTS:
            self.ratio.addItem(name, name)
        self.ratio.setCurrentIndex(max(self.ratio.findData(ratio), 0))
        self.place.addItem(tr("Whole county"), None)
        for standing in board.standings if board.by == "XZDM" else ():
            self.place.addItem(standing.row.name or standing.row.code, standing.row.code)
        self.place.setCurrentIndex(max(self.place.findData(code), 0))
        self.first, self.second = _day_edit(day.replace(day=1), self), _day_edit(day, self)
        form = QFormLayout()
        for text, widget in ((tr("From"), self.first), (tr("To"), self.second), (tr("Ratio"), self.ratio), (tr("Place"), self.place)):
            form.addRow(text, widget)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(deciding(self, tr("Compare"), "board"))

    def chosen(self) -> Tuple[date, date, str, Optional[str]]:
        """First day, second day, ratio, township (None: the county)."""
        days = (edit.date().toPyDate() for edit in (self.first, self.second))
        return (*days, self.ratio.currentData(), self.place.currentData())


def _day_edit(day: date, parent: QWidget) -> QDateEdit:
    edit = QDateEdit(QDate(day.year, day.month, day.day), parent)
    edit.setDisplayFormat("yyyy-MM-dd")
    edit.setCalendarPopup(True)
    edit.setMaximumDate(QDate.currentDate())
    return edit


class DifferenceDialog(QDialog):
    """Why a ratio differs between two days: both values, every patch with its reason, and the sum. ``patch_wanted`` tells the patch of
    the row that was chosen."""

    patch_wanted = pyqtSignal(str)

    def __init__(self, report: DifferenceReport, days: Tuple[date, date], names: Callable[[Optional[str]], str],
                 parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self._report = report
        self.setWindowTitle(tr("Why {ratio} differs", ratio=report.indicator))
        self.said = PlainLabel(tr("{ratio}: {first} {before} → {second} {after}; {n} patches made the difference.", ratio=report.indicator,
                                  first=days[0].isoformat(), before=_percent(report.before), second=days[1].isoformat(),
                                  after=_percent(report.after), n=len(report.patches)), self)
        self.said.setWordWrap(True)
        self.table = _plain_table(self, [tr("Patch"), tr("Township"), tr("Reasons"), tr("Numerator (mu)"), tr("Denominator (mu)")],
                                  [*(self._row(one, names) for one in report.patches), self._total()])
        self.table.itemSelectionChanged.connect(self._on_chosen)
        buttons = closing(self, "board")
        self.finished.connect(self.deleteLater)
        layout = QVBoxLayout(self)
        for widget in (self.said, self.table, buttons):
            layout.addWidget(widget)
        self.resize(720, 420)

    @staticmethod
    def _row(one: object, names: Callable[[Optional[str]], str]) -> Sequence[str]:
        return (one.number, names(one.township), "、".join(say(REASONS[reason]) for reason in one.reasons),
                _signed(one.numerator_units), _signed(one.denominator_units))

    def _total(self) -> Sequence[str]:
        before, after = self._report.before, self._report.after
        return (tr("Total"), "", "", _signed(after.numerator - before.numerator), _signed(after.denominator - before.denominator))

    def _on_chosen(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._report.patches):
            self.patch_wanted.emit(self._report.patches[row].patch_id)


class BasketsDialog(QDialog):
    """The kept what-ifs side by side: what each would make of every township and of the county (r4). ``to_file`` and ``from_file`` hand
    one over to a colleague, or take one; ``dropped`` lets one go."""

    to_file = pyqtSignal(object)
    from_file = pyqtSignal()
    dropped = pyqtSignal(object)

    def __init__(self, baskets: Sequence[Basket], board: Optional[Board], parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setWindowTitle(tr("Kept what-ifs"))
        self._baskets, self._board = list(baskets), board
        self.said = PlainLabel(
            tr("Share after deduction (r4) of each township, now and as each what-if would make it. Choose a column."), self)
        self.said.setWordWrap(True)
        heads, rows = self._cells()
        self.table = _plain_table(self, heads, rows)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectColumns)
        self.table.itemSelectionChanged.connect(self._on_chosen)
        buttons = deciding(self, tr("Take these ticks"), "board")
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.take = buttons.button(QDialogButtonBox.StandardButton.Save)
        self.give = buttons.addButton(tr("Hand over…"), role)
        self.drop = buttons.addButton(tr("Let go"), role)
        self.bring = buttons.addButton(tr("Take one over…"), role)
        self.give.clicked.connect(lambda: self.to_file.emit(self.chosen()))
        self.drop.clicked.connect(lambda: (self.dropped.emit(self.chosen()), self.reject()))
        self.bring.clicked.connect(lambda: (self.from_file.emit(), self.reject()))
        layout = QVBoxLayout(self)
        for widget in (self.said, self.table, buttons):
            layout.addWidget(widget)
        self.resize(720, 380)
        if self._baskets:
            self.table.selectColumn(2)
        self._on_chosen()

    def _cells(self) -> Tuple[List[str], List[Sequence[str]]]:
        heads = [tr("Township"), tr("Now"), *(basket.name for basket in self._baskets)]
        if self._board is None:
            return heads, [(tr("Ticks"), DASH, *(str(len(basket.ticks)) for basket in self._baskets))]
        found = [self._board.what_if.outcomes(basket.ticks) for basket in self._baskets]
        rows: List[Sequence[str]] = [(tr("Ticks that count here"), DASH, *(str(one[None].ticked) for one in found))]
        for standing in (*self._board.standings, self._board.county):
            code = None if standing is self._board.county else standing.row.code
            now = standing.row.ratios["r4"]
            rows.append((standing.row.name or standing.row.code, _percent(now),
                         *(_percent(one[code].then["r4"] if code in one else now) for one in found)))
        return heads, rows

    def _on_chosen(self) -> None:
        for button in (self.take, self.give, self.drop):
            button.setEnabled(self.chosen() is not None)

    def chosen(self) -> Optional[Basket]:
        """The basket of the chosen column."""
        columns = {index.column() for index in self.table.selectedIndexes()}
        at = min(columns, default=0) - 2
        return self._baskets[at] if len(columns) == 1 and 0 <= at < len(self._baskets) else None


def _plain_table(parent: QWidget, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> QTableWidget:
    """A table to read; all but the first column's figures on the right."""
    table = QTableWidget(len(rows), len(heads), parent)
    table.setTabKeyNavigation(False)
    table.setHorizontalHeaderLabels(list(heads))
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.verticalHeader().hide()
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            if text[:1] in "+-0123456789" and column:
                item.setTextAlignment(int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
            table.setItem(row, column, item)
    table.resizeColumnsToContents()
    return table


# The month's end at the desk: what stands in the way of closing the open batch, each a key press from its parcel; then freeze and
# give out in one go.

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
