"""How a parcel looks in the list: a badge with the verdict's letter, two lines of text, all within 300 pixels."""
from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QModelIndex, QRect, QSize, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPalette, QPen
from qgis.PyQt.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from ...i18n import tr
from ..shell import labels
from .parcel_model import LINE_ROLE
from .parcel_table import NOT_JUDGED, RETURNED, Line
from ..widgets.row_painting import paint_focus, paint_selection, small, text_role
from ..widgets.readable import WARNING, readable

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
    colour = QColor(labels.verdict_colour(code))
    painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine if given else Qt.PenStyle.DashLine))
    painter.setBrush(colour if given else QBrush(QColor("white")))
    painter.drawRoundedRect(box, 5, 5)
    bold = QFont(font)
    bold.setBold(True)
    painter.setFont(bold)
    painter.setPen(QColor("white") if given else colour)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), labels.verdict_letter(code))


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
        return labels.verdict_text(line)
    if not line.proposed:
        return labels.verdict_text(line)
    return tr("proposed: {proposal}", proposal=labels.proposal_text(line))


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
