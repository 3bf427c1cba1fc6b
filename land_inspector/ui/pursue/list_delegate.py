"""How a row of a work list looks: what and by when in two lines, where and how much below, within 300 pixels."""
from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QModelIndex, QRect, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from qgis.PyQt.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from ...law.work_lists import WorkRow
from ..widgets.row_painting import is_selected, paint_focus, paint_selection, small, text_role
from .list_model import OFFICER, ROW_ROLE, days_text, much_text, what_text
from ..widgets.readable import FAULT, WARNING, readable

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
