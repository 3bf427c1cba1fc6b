"""The list of parcels: selects by id, and tells apart what the user chose from what the program did."""
from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterable, Iterator, List, Optional, Sequence, Tuple

import numpy as np
from qgis.PyQt.QtCore import (
    pyqtSignal, QAbstractTableModel, QItemSelection, QItemSelectionModel, QModelIndex, QObject, QRect, QSize, Qt,
)
from qgis.PyQt.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPalette, QPen, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget,
)

from ...i18n import tr
from ..shell import map_layers
from ..widgets.labels import tip
from ..widgets.rows import FlatModel, WARNING, paint_focus, paint_selection, readable, small, text_role
from .parcel_table import empty_table, Line, NOT_JUDGED, ParcelTable, RETURNED


class ParcelList(QTableView):
    """``chosen`` tells the ids the user has selected, the current one first; nothing the program selects is told.

    One wide column: QTableView lays 50 000 rows of one height out at once, where QListView walks over them.
    """

    chosen = pyqtSignal(list)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorParcels")
        self.setAccessibleName(tr("Parcels of the batch"))
        self._quiet = False
        self._model = ParcelModel(self)
        self.setModel(self._model)
        self.setItemDelegate(ParcelDelegate(self))
        self._lay_out()
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(40)

    def _lay_out(self) -> None:
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(NUMBER, QHeaderView.ResizeMode.Stretch)
        for column in range(NUMBER + 1, self._model.columnCount()):
            self.setColumnHidden(column, True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ParcelDelegate.row_height(self.font()))

    def model(self) -> ParcelModel:
        """The rows as shown, see :class:`ParcelModel`."""
        return self._model

    def show_rows(self, table: ParcelTable, rows: np.ndarray) -> None:
        """Show these parcels; those that were selected and are still shown stay selected, and the current one in sight if it was."""
        ids, current = self.chosen_ids(), self.current_id()
        is_in_sight = self.visualRect(self.currentIndex()).intersects(self.viewport().rect())
        with self._without_telling():
            self._model.show(table, rows)
            if self.chosen_ids() != ids:
                self._select(ids, current)
            if not self.chosen_ids():
                self._start_at_the_top()
            elif is_in_sight:
                self.updateGeometries()  # the new rows' place on the scroll bar is reckoned later otherwise
                self.scrollTo(self.currentIndex())

    def _start_at_the_top(self) -> None:
        """Qt would go on from the neighbour of a parcel that went away: without a choice the first key press takes the first."""
        self.selectionModel().clearCurrentIndex()
        self.scrollToTop()

    def chosen_ids(self) -> List[str]:
        """Selected parcels in the order of the list, the current one first."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        ids = [self._model.parcel_id(self._model.index(row, 0)) for row in rows]
        current = self.current_id()
        return [current, *(key for key in ids if key != current)] if current in ids else ids

    def current_id(self) -> Optional[str]:
        """Id of the row that has the focus; None without one."""
        return self._model.parcel_id(self.currentIndex())

    def choose(self, ids: Sequence[str]) -> int:
        """Select parcels for the program and bring the first into sight; the number of those that the list shows."""
        with self._without_telling():
            return self._select(ids, ids[0] if ids else None)

    def _select(self, ids: Sequence[str], current: Optional[str]) -> int:
        places = self._model.indexes_of(ids)
        selection = QItemSelection()
        for place in places:
            selection.select(place, place)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().select(selection, flags)
        if places:
            first = next((place for place in places if self._model.parcel_id(place) == current), places[0])
            self.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(first)
        return len(places)

    @contextmanager
    def _without_telling(self) -> Iterator[None]:
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Home and End go to the first and last parcel: there is but one column."""
        if action == QAbstractItemView.CursorAction.MoveHome:
            return self._model.index(0, NUMBER)
        if action == QAbstractItemView.CursorAction.MoveEnd:
            return self._model.index(self._model.rowCount() - 1, NUMBER)
        return super().moveCursor(action, modifiers)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The current parcel stays in sight where the list gets smaller."""
        place = self.visualRect(self.currentIndex())
        super().resizeEvent(event)
        if place.isValid() and 0 <= place.top() < event.oldSize().height():
            self.scrollTo(self.currentIndex())

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if not self._quiet:
            self.chosen.emit(self.chosen_ids())

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        self.viewport().update()


# --- How a parcel looks in the list: a badge with the verdict's letter, two lines of text, all within 300 pixels.


_GAP = 6


class ParcelDelegate(QStyledItemDelegate):
    """A filled badge for a verdict that was given, a dashed one for a proposal that nobody has decided on."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(200, self.row_height(option.font))

    @staticmethod
    def row_height(font: QFont) -> int:
        """Two lines and a gap, in pixels; the same for every row."""
        return QFontMetrics(font).height() + QFontMetrics(small(font)).height() + 2 * _GAP

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        line: Optional[Line] = index.data(LINE_ROLE)
        if line is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_selection(painter, option)
        box = option.rect.adjusted(_GAP, _GAP // 2, -_GAP, -_GAP // 2)
        side = min(box.height() - 4, 30)
        _paint_badge(painter, QRect(box.left(), box.center().y() - side // 2, side, side), line, option.font)
        role = text_role(option)
        text = box.adjusted(side + _GAP + 2, 0, 0, 0)
        _paint_upper(painter, text, line, option, role)
        _paint_lower(painter, text, line, option, role)
        paint_focus(painter, option)
        painter.restore()


def _paint_badge(painter: QPainter, box: QRect, line: Line, font: QFont) -> None:
    given = line.verdict != NOT_JUDGED
    code = line.verdict if given or not line.proposed else line.proposed
    colour = QColor(map_layers.verdict_colour(code))
    painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine if given else Qt.PenStyle.DashLine))
    painter.setBrush(colour if given else QBrush(QColor("white")))
    painter.drawRoundedRect(box, 5, 5)
    bold = QFont(font)
    bold.setBold(True)
    painter.setFont(bold)
    painter.setPen(QColor("white") if given else colour)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), map_layers.verdict_letter(code))


def _paint_upper(painter: QPainter, box: QRect, line: Line, option: QStyleOptionViewItem, role: QPalette.ColorRole) -> None:
    """Number on the left, area on the right."""
    area = tr("{area} mu", area=line.area_mu)
    width = option.fontMetrics.horizontalAdvance(area)
    top = QRect(box.left(), box.top(), box.width(), option.fontMetrics.height())
    painter.setFont(option.font)
    painter.setPen(option.palette.color(role))
    painter.drawText(top, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), area)
    number = option.fontMetrics.elidedText(line.number, Qt.TextElideMode.ElideMiddle, top.width() - width - _GAP)
    painter.drawText(top, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), number)


def _paint_lower(painter: QPainter, box: QRect, line: Line, option: QStyleOptionViewItem, role: QPalette.ColorRole) -> None:
    """Township and verdict or proposal; what needs attention in words on the right."""
    font = small(option.font)
    metrics = QFontMetrics(font)
    low = QRect(box.left(), box.bottom() - metrics.height() + 1, box.width(), metrics.height())
    painter.setFont(font)
    warning = _warning(line)
    colour = QColor(option.palette.color(role))
    if warning:
        painter.setPen(colour if role == QPalette.ColorRole.HighlightedText else
                       QColor(readable(WARNING, option.palette.color(QPalette.ColorRole.Base))))
        painter.drawText(low, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), warning)
        low.setWidth(low.width() - metrics.horizontalAdvance(warning) - _GAP)
    colour.setAlpha(190)
    painter.setPen(colour)
    text = metrics.elidedText(f"{line.township} · {_judgement(line)}", Qt.TextElideMode.ElideRight, low.width())
    painter.drawText(low, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)


def _judgement(line: Line) -> str:
    if line.verdict != NOT_JUDGED:
        return map_layers.verdict_text(line)
    if not line.proposed:
        return map_layers.verdict_text(line)
    return tr("proposed: {proposal}", proposal=map_layers.proposal_text(line))


def _warning(line: Line) -> str:
    """The most pressing thing about a parcel, in a word; a flag stands before it."""
    flag = "⚑ " if "flagged" in line.marks else ""
    return (flag + _pressing(line)).strip()


def _pressing(line: Line) -> str:
    if line.state == RETURNED:
        return _returned(line)
    if "paper" in line.marks or "later" in line.marks:
        return tr("waits for paper") if "paper" in line.marks else tr("later")
    if "basis_changed" in line.marks:
        return tr("changed")
    return tr("incomplete") if "incomplete" in line.marks else ""


def _returned(line: Line) -> str:
    """With the day to answer by, without its year."""
    if "overdue" in line.marks:
        return tr("returned, overdue")
    return tr("returned, by {day}", day=line.answer_by[5:]) if line.answer_by else tr("returned")


# --- The list of parcels for Qt's views: rows of a :class:`ParcelTable`, changed by as few signals as the change
#     needs.


NUMBER, TOWNSHIP, AREA, VERDICT, PROPOSAL, STATE = range(6)
#: What the delegate draws (a :class:`~land_inspector.ui.review.parcel_table.Line`), and the parcel's id.
LINE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
ID_ROLE = int(Qt.ItemDataRole.UserRole) + 2
#: More blocks of rows than this come and go faster by starting anew.
MOST_BLOCKS = 40


class ParcelModel(FlatModel, QAbstractTableModel):
    """Shows some rows of a table, in an order given from outside (``filters.find``)."""

    COLUMNS = STATE + 1

    def __init__(self, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._table = empty_table()
        self._rows = np.array([], dtype=np.int64)

    @property
    def table(self) -> ParcelTable:
        """All parcels of the reading, whether shown or filtered out."""
        return self._table

    @property
    def rows(self) -> np.ndarray:
        """Rows of the table that are shown, in the order of the list."""
        return self._rows

    def show(self, table: ParcelTable, rows: np.ndarray) -> None:
        """Show these rows of ``table``; a parcel keeps its selection where it stays."""
        moved = self._rows if table.has_rows_of(self._table) else table.positions(self._table.ids[self._rows])
        if np.array_equal(moved, rows):
            self._show_changed(table, rows)
            return
        stays, old = np.isin(moved, rows), np.isin(rows, moved)
        gone, new = _blocks(~stays), _blocks(~old)
        if len(gone) + len(new) > MOST_BLOCKS or not np.array_equal(moved[stays], rows[old]):
            self._start_anew(table, rows)
            return
        self._take_out(gone)
        self._table, self._rows = table, moved[stays]
        self._put_in(new, rows)
        self._show_changed(table, rows)

    def _show_changed(self, table: ParcelTable, rows: np.ndarray) -> None:
        self._table, self._rows = table, rows
        if len(rows):
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, STATE))

    def _start_anew(self, table: ParcelTable, rows: np.ndarray) -> None:
        self.beginResetModel()
        self._table, self._rows = table, rows
        self.endResetModel()

    def _take_out(self, blocks: Iterable[Tuple[int, int]]) -> None:
        for first, end in reversed(list(blocks)):
            self.beginRemoveRows(QModelIndex(), first, end - 1)
            self._rows = np.delete(self._rows, slice(first, end))
            self.endRemoveRows()

    def _put_in(self, blocks: Iterable[Tuple[int, int]], rows: np.ndarray) -> None:
        for first, end in blocks:
            self.beginInsertRows(QModelIndex(), first, end - 1)
            self._rows = np.insert(self._rows, first, rows[first:end])
            self.endInsertRows()

    # --- ids ----------------------------------------------------------------------------------------------------------

    def parcel_id(self, index: QModelIndex) -> Optional[str]:
        """Id of the parcel at an index; None where the index is none of this model."""
        return self._table.ids[self._rows[index.row()]] if self._holds(index) else None

    def indexes_of(self, ids: Sequence[str]) -> List[QModelIndex]:
        """First cells of the parcels that are shown, in the order of the list."""
        wanted = self._table.positions(list(ids))
        places = np.flatnonzero(np.isin(self._rows, wanted[wanted >= 0]))
        return [self.index(int(place), 0) for place in places]

    # --- Qt -----------------------------------------------------------------------------------------------------------

    def data(self, index: QModelIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not self._holds(index):
            return None
        row = int(self._rows[index.row()])
        if role == ID_ROLE:
            return self._table.ids[row]
        if role == LINE_ROLE:
            return self._table.line(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return map_layers.cells(self._table.line(row))[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return map_layers.spoken(self._table.line(row))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(map_layers.spoken(self._table.line(row)))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == AREA:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        titles = (tr("Parcel"), tr("Township"), tr("Area (mu)"), tr("Verdict"), tr("Proposal"), tr("Review state"))
        return titles[section] if 0 <= section < len(titles) else None


def _blocks(mask: np.ndarray) -> List[Tuple[int, int]]:
    """First place and end of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist()))
