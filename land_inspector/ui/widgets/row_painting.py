"""How every painted row shows that it is selected and that it has the focus."""
from __future__ import annotations

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QFont, QPainter, QPalette, QPen
from qgis.PyQt.QtWidgets import QStyle, QStyleOptionViewItem


def is_selected(option: QStyleOptionViewItem) -> bool:
    """Whether the row is painted as selected."""
    return bool(option.state & QStyle.StateFlag.State_Selected)


def text_role(option: QStyleOptionViewItem) -> QPalette.ColorRole:
    """The palette's colour for the row's text, readable whether it is selected or not."""
    return QPalette.ColorRole.HighlightedText if is_selected(option) else QPalette.ColorRole.Text


def paint_selection(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """Below everything else of the row."""
    if is_selected(option):
        painter.fillRect(option.rect, option.palette.brush(QPalette.ColorGroup.Active, QPalette.ColorRole.Highlight))


def paint_focus(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """Over everything else of the row: a dotted frame, for whoever works by keyboard."""
    if option.state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(option.palette.color(text_role(option)), 1, Qt.PenStyle.DotLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(option.rect.adjusted(0, 0, -1, -1))


def small(font: QFont) -> QFont:
    """The font of a row's lower line."""
    smaller = QFont(font)
    smaller.setPointSizeF(max(7.0, font.pointSizeF() - 1))
    return smaller
