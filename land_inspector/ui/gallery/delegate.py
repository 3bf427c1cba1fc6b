"""How a parcel looks in the gallery: before, after and outline side by side, below them verdict, number and marks."""
from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QModelIndex, QRect, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QPainter, QPalette, QPen
from qgis.PyQt.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from ...i18n import tr
from ..shell import labels
from .model import LINE_ROLE, LOOKED_ROLE, THUMB_ROLE
from .thumbs import SIDE, Thumb
from ..review.parcel_table import NOT_JUDGED, Line
from ..widgets.row_painting import paint_focus, paint_selection, text_role

_GAP = 4
_OUTLINE, _HALO = QColor(224, 0, 208), QColor(255, 255, 255, 200)
_EMPTY, _WAITING = QColor("#f4f4f4"), QColor("#e2e2e2")
_LOOKED, _FLAG = "✓", "⚑"


class GalleryDelegate(QStyledItemDelegate):
    """Every cell is of one size, so that thousands are laid out at once."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return self.cell(option.fontMetrics.height())

    @staticmethod
    def cell(line_height: int) -> QSize:
        return QSize(3 * SIDE + 4 * _GAP, SIDE + line_height + 3 * _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        line: Optional[Line] = index.data(LINE_ROLE)
        if line is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = text_role(option)
        paint_selection(painter, option)
        self._paint_pictures(painter, option.rect, index.data(THUMB_ROLE))
        _paint_caption(painter, option, line, bool(index.data(LOOKED_ROLE)), role)
        paint_focus(painter, option)
        painter.restore()

    def _paint_pictures(self, painter: QPainter, cell: QRect, thumb: Optional[Thumb]) -> None:
        names = {False: tr("no image before"), True: tr("no image after")}
        for place, after in enumerate((False, True, None)):
            box = QRect(cell.left() + _GAP + place * (SIDE + _GAP), cell.top() + _GAP, SIDE, SIDE)
            painter.fillRect(box, _WAITING if thumb is None else _EMPTY)
            if thumb is None:
                continue
            image = thumb.images.get(after) if after is not None else None
            if image is not None:
                painter.drawImage(box.topLeft(), image)
            elif after is not None:
                painter.setPen(QColor("#666666"))
                painter.drawText(box.adjusted(2, 2, -2, -2), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), names[after])
            if image is not None or after is None:
                _paint_outline(painter, box, thumb, over_image=image is not None)


def _paint_outline(painter: QPainter, box: QRect, thumb: Thumb, over_image: bool) -> None:
    painter.save()
    painter.setClipRect(box)
    painter.translate(box.topLeft())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if over_image:
        painter.setPen(QPen(_HALO, 2.5))
        painter.drawPath(thumb.path)
    painter.setPen(QPen(_OUTLINE, 1.2))
    painter.drawPath(thumb.path)
    painter.restore()


def _paint_caption(painter: QPainter, option: QStyleOptionViewItem, line: Line, looked: bool, role: QPalette.ColorRole) -> None:
    """Letter and colour of the verdict, number, and on the right what was marked."""
    height = option.fontMetrics.height()
    row = QRect(option.rect.left() + _GAP, option.rect.bottom() - _GAP - height, option.rect.width() - 2 * _GAP, height)
    badge = QRect(row.left(), row.top(), height + 2, height)
    given, colour = line.verdict != NOT_JUDGED, QColor(labels.verdict_colour(line.verdict))
    painter.setPen(QPen(colour, 1.2, Qt.PenStyle.SolidLine if given else Qt.PenStyle.DashLine))
    painter.setBrush(colour if given else QColor("white"))
    painter.drawRoundedRect(badge, 3, 3)
    bold = QFont(option.font)
    bold.setBold(True)
    painter.setFont(bold)
    painter.setPen(QColor("white") if given else colour)
    painter.drawText(badge, int(Qt.AlignmentFlag.AlignCenter), labels.verdict_letter(line.verdict))
    marks = " ".join(mark for mark, there in ((_FLAG, "flagged" in line.marks), (_LOOKED, looked)) if there)
    painter.setPen(option.palette.color(role))
    painter.drawText(row, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), marks)
    painter.setFont(option.font)
    text = row.adjusted(badge.width() + _GAP, 0, -option.fontMetrics.horizontalAdvance(marks) - 3 * _GAP, 0)
    said = f"{line.number} · {labels.short_name(line.sub_verdict) if line.sub_verdict else labels.verdict_text(line)}"
    painter.drawText(text, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
                     option.fontMetrics.elidedText(said, Qt.TextElideMode.ElideRight, text.width()))
