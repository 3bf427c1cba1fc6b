"""The list itself: rows of three lines, several at a time, and what the user chose among them."""
from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
from qgis.PyQt.QtCore import (
    pyqtSignal, QAbstractTableModel, QDate, QItemSelection, QItemSelectionModel, QModelIndex, QObject, QRect, QSize,
    Qt,
)
from qgis.PyQt.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPen
from qgis.PyQt.QtWidgets import (
    QAbstractItemView, QComboBox, QGridLayout, QHBoxLayout, QHeaderView, QSizePolicy, QSpinBox, QStyledItemDelegate,
    QStyleOptionViewItem, QTableView, QToolButton, QVBoxLayout, QWidget,
)
from qgis.core import QgsSettings

from ...exchange.wording import ground_text
from ...i18n import say, tr
from ...law.areas import m2_text, mu_text, to_mu, yuan
from ...law.work_lists import DEFAULT_WITHIN_DAYS, DUE, Filter, LISTS, WorkRow, WorkTable
from ...register.work_lists import Pursuit
from ...settings import HEADING
from ..widgets.labels import PlainLabel, tip
from ..widgets.rows import (
    FAULT, FlatModel, WARNING, is_selected, paint_focus, paint_selection, readable, small, text_role,
)
from .act_forms import date_field


class WorkListView(QTableView):
    """``chosen`` tells that the user's selection changed, what the program selects is not told; ``opened`` that he pressed Enter
    or clicked twice."""

    chosen = pyqtSignal()
    opened = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorWorkList")
        self.setAccessibleName(tr("Work list"))
        self._quiet = False
        self._model = WorkModel(self)
        self.setModel(self._model)
        self.setItemDelegate(WorkDelegate(self))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(NUMBER, QHeaderView.ResizeMode.Stretch)
        for column in range(NUMBER + 1, self._model.columnCount()):
            self.setColumnHidden(column, True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(WorkDelegate.row_height(self.font()))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(100)
        self.doubleClicked.connect(lambda _index: self.opened.emit())

    def model(self) -> WorkModel:
        """The rows as shown, see :class:`WorkModel`."""
        return self._model

    def chosen_rows(self) -> List[WorkRow]:
        """Selected rows in the order of the list."""
        return [self._model.row(place) for place in self._chosen_places()]

    def chosen_keys(self) -> List[Key]:
        """Keys of the selected rows in the order of the list; they find the rows again after a reading."""
        return [self._model.key(place) for place in self._chosen_places()]

    def _chosen_places(self) -> List[int]:
        """By ranges: for thousands of rows, asking for each index takes Qt half a second."""
        ranges = self.selectionModel().selection()
        return sorted({place for one in ranges for place in range(one.top(), one.bottom() + 1)})

    def choose(self, keys: List[Key]) -> None:
        """Select these rows again, as far as they are still here."""
        places = self._model.places_of(keys)
        selection = QItemSelection()
        for first, last in _runs(places):
            selection.select(self._model.index(first, 0), self._model.index(last, 0))
        self._quiet = True
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows)
        if places:
            self.selectionModel().setCurrentIndex(self._model.index(places[0], 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        self._quiet = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens on every platform; what Qt makes of it differs."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.opened.emit()
            return
        super().keyPressEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if not self._quiet:
            self.chosen.emit()


def _runs(places: List[int]) -> List[Tuple[int, int]]:
    """First and last of every row of neighbours: Qt takes seconds for thousands of ranges of one row each."""
    found: List[Tuple[int, int]] = []
    for place in places:
        if found and place == found[-1][1] + 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found


# --- How a row of a work list looks: what and by when in two lines, where and how much below, within 300 pixels.


_GAP = 6
_SOON_DAYS = 3


class WorkDelegate(QStyledItemDelegate):
    """A bar at the left, filled where the day has passed: late and not late differ by words, shape and colour."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(200, self.row_height(option.font))

    @staticmethod
    def row_height(font: QFont) -> int:
        """Three lines and a gap, in pixels; the same for every row."""
        return 2 * QFontMetrics(font).height() + QFontMetrics(small(font)).height() + 2 * _GAP

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        row: Optional[WorkRow] = index.data(ROW_ROLE)
        if row is None:
            return
        painter.save()
        selected = is_selected(option)
        role = text_role(option)
        paint_selection(painter, option)
        _paint_bar(painter, option.rect, row)
        box = option.rect.adjusted(2 * _GAP, _GAP // 2, -_GAP, -_GAP // 2)
        text = option.palette.color(role)
        _paint_upper(painter, box, row, option.font, text, selected)
        _paint_line(painter, box, 1, what_text(row), option.font, text)
        faint = QColor(text)
        faint.setAlpha(190)
        where = row.place.township_name if row.place.number else index.sibling(index.row(), OFFICER).data()
        _paint_lower(painter, box, row, where, small(option.font), faint)
        paint_focus(painter, option)
        painter.restore()


def _colour(row: WorkRow) -> Optional[QColor]:
    if row.days_left is None:
        return None
    return QColor(readable(FAULT)) if row.days_left < 0 else QColor(readable(WARNING)) if row.days_left <= _SOON_DAYS else None


def _paint_bar(painter: QPainter, box: QRect, row: WorkRow) -> None:
    colour = _colour(row)
    if colour is None:
        return
    bar = QRect(box.left() + 2, box.top() + 3, 4, box.height() - 6)
    painter.setPen(QPen(colour, 1))
    painter.setBrush(colour if row.days_left is not None and row.days_left < 0 else Qt.BrushStyle.NoBrush)
    painter.drawRect(bar)


def _paint_upper(painter: QPainter, box: QRect, row: WorkRow, font: QFont, text: QColor, selected: bool) -> None:
    """Number on the left, days on the right."""
    days, metrics = days_text(row), QFontMetrics(font)
    top = QRect(box.left(), box.top(), box.width(), metrics.height())
    painter.setFont(font)
    painter.setPen(text if selected else _colour(row) or text)
    painter.drawText(top, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), days)
    bold = QFont(font)
    bold.setBold(True)
    painter.setFont(bold)
    painter.setPen(text)
    number = row.place.number or row.place.township_name
    width = top.width() - metrics.horizontalAdvance(days) - 2 * _GAP
    painter.drawText(top, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
                     QFontMetrics(bold).elidedText(number, Qt.TextElideMode.ElideMiddle, width))


def _paint_line(painter: QPainter, box: QRect, line: int, text: str, font: QFont, colour: QColor) -> None:
    metrics = QFontMetrics(font)
    place = QRect(box.left(), box.top() + line * metrics.height(), box.width(), metrics.height())
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
                     metrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width()))


def _paint_lower(painter: QPainter, box: QRect, row: WorkRow, where: str, font: QFont, colour: QColor) -> None:
    """Township, or who watches it, on the left; area, or the money that is owed, on the right."""
    metrics = QFontMetrics(font)
    low = QRect(box.left(), box.bottom() - metrics.height() + 1, box.width(), metrics.height())
    much = much_text(row)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(low, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), much)
    low.setWidth(low.width() - metrics.horizontalAdvance(much) - _GAP)
    painter.drawText(low, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
                     metrics.elidedText(where, Qt.TextElideMode.ElideRight, low.width()))


# --- The rows of a work list for Qt's views: resolved one by one as they are looked at.


NUMBER, TOWNSHIP, WHAT, GROUND, DUE_ON, DAYS, AREA_MU, CULTIVATED_MU, AREA_M2, AMOUNT, OFFICER = range(11)
#: What the delegate draws.
ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_RIGHT = (DAYS, AREA_MU, CULTIVATED_MU, AREA_M2, AMOUNT)
#: What tells one row from another: parcel, sort, case, remedy of the decision, last day.
Key = Tuple[object, ...]


class WorkModel(FlatModel, QAbstractTableModel):
    """Rows of one list on one day, in the order in which :meth:`WorkTable.rows` gives them."""

    COLUMNS = OFFICER + 1

    def __init__(self, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._table = WorkTable([], {})
        self._rows = np.array([], dtype=np.int64)
        self._day = date.today()
        self._people: Mapping[str, str] = {}
        self._seen: Dict[int, WorkRow] = {}

    @property
    def day(self) -> date:
        """The day for which terms and days left are reckoned."""
        return self._day

    def show(self, table: WorkTable, rows: np.ndarray, day: date, people: Mapping[str, str]) -> None:
        """``people`` are names by id; an id without one is shown as it is."""
        self.beginResetModel()
        self._table, self._rows, self._day, self._people, self._seen = table, rows, day, people, {}
        self.endResetModel()

    def clear(self) -> None:
        """No register, no rows."""
        self.show(WorkTable([], {}), np.array([], dtype=np.int64), self._day, {})

    def row(self, place: int) -> WorkRow:
        """The row at this place of the list (from 0), made when it is first asked for."""
        if place not in self._seen:
            self._seen[place] = self._table.row(int(self._rows[place]), self._day)
        return self._seen[place]

    def rows(self) -> List[WorkRow]:
        """All rows, in the order of the list."""
        return [self.row(place) for place in range(len(self._rows))]

    def records(self) -> List[Tuple[Any, ...]]:
        """All rows, see :func:`record`."""
        return [record(row, self._people) for row in self.rows()]

    def key(self, place: int) -> Key:
        """What the row at this place is known by after another reading."""
        entry = self.row(place).entry
        return entry.parcel, entry.sort, entry.case, entry.item, entry.acts

    def places_of(self, keys: Sequence[Key]) -> List[int]:
        """Where these rows are now, if they are still here."""
        wanted = set(keys)
        return [place for place in range(len(self._rows)) if self.key(place) in wanted] if wanted else []

    # --- Qt -----------------------------------------------------------------------------------------------------------

    def data(self, index: QModelIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not self._holds(index):
            return None
        row = self.row(index.row())
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return cells(row, self._people)[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(row, self._people)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(spoken(row, self._people))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in _RIGHT:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return titles()[section] if 0 <= section <= OFFICER else None


def titles() -> Tuple[str, ...]:
    """Headings of the list's columns in the user's language, in their order."""
    return (tr("Parcel"), tr("Township"), tr("What"), tr("Legal ground"), tr("Last day"), tr("Days left"), tr("Area (mu)"),
            tr("Cultivated (mu)"), tr("Area (m²)"), tr("Amount (yuan)"), tr("In charge"))


def cells(row: WorkRow, people: Mapping[str, str]) -> Tuple[str, ...]:
    """The texts of a row, one for each column; '' where there is nothing to say."""
    entry = row.entry
    return (row.place.number, row.place.township_name, say(entry.what), ground_text(entry.ground), due_text(row),
            "" if row.days_left is None else str(row.days_left), mu_text(entry.land_m2), mu_text(entry.cultivated_m2),
            m2_text(entry.land_m2), "" if row.amount_fen is None else str(yuan(row.amount_fen)),
            people.get(row.place.officer, row.place.officer))


def record(row: WorkRow, people: Mapping[str, str]) -> Tuple[Any, ...]:
    """A row for a table to calculate with: numbers as numbers, days as days; columns as in :func:`titles`."""
    entry, owed = row.entry, row.amount_fen
    return (row.place.number, row.place.township_name, say(entry.what), ground_text(entry.ground), entry.due_on, row.days_left,
            round(to_mu(entry.land_m2), 4), round(to_mu(entry.cultivated_m2), 4), round(entry.land_m2, 2),
            None if owed is None else float(yuan(owed)), people.get(row.place.officer, row.place.officer))


def due_text(row: WorkRow) -> str:
    """The last day; a provisional one says so."""
    if row.entry.due_on is None:
        return ""
    day = row.entry.due_on.isoformat()
    return tr("{day} (provisional)", day=day) if row.entry.provisional else day


def days_text(row: WorkRow) -> str:
    """How long until the last day, or since."""
    if row.days_left is None:
        return ""
    if row.days_left < 0:
        return tr("{n} days late", n=-row.days_left)
    return tr("today") if row.days_left == 0 else tr("{n} days left", n=row.days_left)


def what_text(row: WorkRow) -> str:
    """What is open; of a fine, the surcharge that is in the amount."""
    what = say(row.entry.what)
    if row.fine is None or not row.fine.surcharge_fen:
        return what
    return tr("{what} · surcharge {surcharge} yuan", what=what, surcharge=str(yuan(row.fine.surcharge_fen)))


def much_text(row: WorkRow) -> str:
    """The money that is owed, or the area."""
    if row.amount_fen is not None:
        return tr("{owed} yuan", owed=str(yuan(row.amount_fen)))
    return tr("{area} mu", area=mu_text(row.entry.land_m2))


def spoken(row: WorkRow, people: Mapping[str, str]) -> str:
    """The whole row in lines, for a tooltip and for screen readers."""
    entry = row.entry
    area = tr("{area} mu ({m2} m²), of it cultivated {cultivated} mu", area=mu_text(entry.land_m2), m2=m2_text(entry.land_m2),
              cultivated=mu_text(entry.cultivated_m2))
    due = " · ".join(text for text in (due_text(row), days_text(row)) if text)
    owed = much_text(row) if row.fine is not None else ""
    lines = [f"{row.place.number} · {row.place.township_name}".strip(" ·"), what_text(row), ground_text(entry.ground), due, area, owed,
             people.get(row.place.officer, row.place.officer)]
    return "\n".join(line for line in lines if line)


# --- Which list, of which day, of which township, station or person in charge.


_WITHIN = f"{HEADING}/due_within_days"
_LONGEST_DAYS = 400
_FACETS = ("township", "station", "officer", "batch")


class ListChoice(QWidget):
    """``changed`` tells that other rows are wanted, ``day_changed`` another day, ``law_wanted`` whether the law shall be shown."""

    changed = pyqtSignal()
    day_changed = pyqtSignal()
    law_wanted = pyqtSignal(bool)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.lists = _combo("landInspectorListChoice", tr("Work list"), self)
        for code, kind in LISTS.items():
            self.lists.addItem(say(kind.title), code)
            self.lists.setItemData(self.lists.count() - 1, tip(say(kind.law)), Qt.ItemDataRole.ToolTipRole)
        self.law_button = QToolButton(self)
        self.law_button.setObjectName("landInspectorShowListLaw")
        self.law_button.setText("§")
        self.law_button.setCheckable(True)
        self.law_button.setAccessibleName(tr("The law of this list"))
        self.date = date_field(date.today(), self)
        self.date.setObjectName("landInspectorListDay")
        self.date.setAccessibleName(tr("As of"))
        self.date.setToolTip(tr("A past day shows what was open then; a day to come, what will be overdue if nothing happens."))
        self.within = QSpinBox(self)
        self.within.setObjectName("landInspectorDueWithin")
        self.within.setRange(0, _LONGEST_DAYS)
        self.within.setSuffix(tr(" days"))
        self.within.setValue(due_within_days())
        self.within.setAccessibleName(tr("Due within"))
        self.facets = {facet: _combo(f"landInspectorList_{facet}", name, self) for facet, name in self._facet_names().items()}
        self._lay_out()
        self._connect()
        self._show_tooltip()

    @staticmethod
    def _facet_names() -> Dict[str, str]:
        return {"township": tr("Township"), "station": tr("Station"), "officer": tr("In charge"), "batch": tr("Batch")}

    def _lay_out(self) -> None:
        top, days, grid = QHBoxLayout(), QHBoxLayout(), QGridLayout()
        top.addWidget(self.lists, 1)
        top.addWidget(self.law_button)
        days.addWidget(PlainLabel(tr("As of"), self))
        days.addWidget(self.date, 1)
        self._within_label = PlainLabel(tr("within"), self)
        days.addWidget(self._within_label)
        days.addWidget(self.within)
        for place, facet in enumerate(_FACETS):
            grid.addWidget(self.facets[facet], place // 2, place % 2)
            self._fill(facet, [])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for row in (top, days, grid):
            row.setSpacing(4)
            layout.addLayout(row)

    def _connect(self) -> None:
        self.lists.currentIndexChanged.connect(self._on_list)
        self.law_button.toggled.connect(self.law_wanted)
        self.date.dateChanged.connect(lambda _day: self.day_changed.emit())
        self.within.valueChanged.connect(self._on_within)
        for combo in self.facets.values():
            combo.activated.connect(lambda _index: self.changed.emit())

    # --- what is chosen -----------------------------------------------------------------------------------------------

    def code(self) -> str:
        """Code of the chosen work list, see ``LISTS``."""
        return self.lists.currentData()

    def title(self) -> str:
        """The chosen list's name in the user's language."""
        return say(LISTS[self.code()].title)

    def law_text(self) -> str:
        """The legal ground of the chosen list in the user's language."""
        return say(LISTS[self.code()].law)

    def day(self) -> date:
        """The day as of which the list is asked for."""
        return self.date.date().toPyDate()

    def within_days(self) -> int:
        """How many days ahead a list of terms looks."""
        return self.within.value()

    def filter(self) -> Filter:
        """What the row must be of, by facet; None in a facet admits all."""
        return Filter(**{facet: combo.currentData() for facet, combo in self.facets.items()})

    def show_list(self, code: str) -> None:
        """A list of today, unfiltered."""
        for combo in self.facets.values():
            combo.setCurrentIndex(0)
        today = date.today()
        self.date.setDate(QDate(today.year, today.month, today.day))
        self.lists.setCurrentIndex(self.lists.findData(code))
        self.changed.emit()

    # --- counts -------------------------------------------------------------------------------------------------------

    def show_counts(self, pursuit: Pursuit, day: date) -> None:
        """Each list with the number of its rows under the filters; each filter with what it would leave."""
        counts = pursuit.table.counts(day, self.within_days(), self.filter())
        for place in range(self.lists.count()):
            code = self.lists.itemData(place)
            self.lists.setItemText(place, tr("{list} ({n})", list=say(LISTS[code].title), n=counts[code]))
        chosen = self.filter()
        for facet in _FACETS:
            others = Filter(**{name: getattr(chosen, name) for name in _FACETS if name != facet})
            rows = pursuit.table.rows(self.code(), day, self.within_days(), others)
            names = pursuit.people if facet == "officer" else pursuit.table.names(facet)
            self._fill(facet, _lines(pursuit.table.values(facet, rows), names, getattr(chosen, facet)))

    def _fill(self, facet: str, lines: List[Tuple[str, str]]) -> None:
        combo, chosen = self.facets[facet], self.facets[facet].currentData()
        combo.blockSignals(True)
        combo.clear()
        combo.addItem(tr("{facet}: all", facet=self._facet_names()[facet]), None)
        for value, text in lines:
            combo.addItem(text, value)
        combo.setCurrentIndex(max(combo.findData(chosen), 0) if chosen is not None else 0)
        combo.blockSignals(False)

    def _on_list(self, _index: int) -> None:
        self._show_tooltip()
        self.changed.emit()

    def _on_within(self, days: int) -> None:
        QgsSettings().setValue(_WITHIN, days)
        self.changed.emit()

    def _show_tooltip(self) -> None:
        self.lists.setToolTip(tip(self.law_text()))
        self.law_button.setToolTip(tip(self.law_text()))
        for widget in (self.within, self._within_label):
            widget.setVisible(self.code() == DUE)


def due_within_days() -> int:
    """How many days ahead the user wants to see."""
    return QgsSettings().value(_WITHIN, DEFAULT_WITHIN_DAYS, int)


def _lines(counts: Mapping[str, int], names: Mapping[str, str], chosen: Optional[str]) -> List[Tuple[str, str]]:
    """Values with their counts; the chosen one stays even where nothing is left of it."""
    known = dict(counts) if chosen is None else {chosen: 0, **counts}
    return [(value, tr("{list} ({n})", list=names.get(value, value) or tr("unknown"), n=known[value])) for value in sorted(known)]


def _combo(name: str, spoken: str, parent: QWidget) -> QComboBox:
    combo = QComboBox(parent)
    combo.setObjectName(name)
    combo.setAccessibleName(spoken)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(6)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return combo
