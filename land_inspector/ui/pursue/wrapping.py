"""Lines of a list whose text wraps and is never cut."""
from __future__ import annotations

from qgis.PyQt.QtCore import QModelIndex, QSize, Qt
from qgis.PyQt.QtGui import QAbstractTextDocumentLayout, QFont, QPainter, QPalette, QTextDocument
from qgis.PyQt.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

_MARGIN = 4


class WrappingDelegate(QStyledItemDelegate):
    """Lays text out as it is drawn: Qt's own lines reckon with one height for all scripts and cut the last line off where Chinese
    stands beside Latin."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        view = option.widget
        width = view.viewport().width() - 2 * view.spacing() if isinstance(view, QListView) else option.rect.width()
        return QSize(width, int(round(self._document(option, index, width).size().height())))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        document = self._document(option, index, option.rect.width())
        context = QAbstractTextDocumentLayout.PaintContext()
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        context.palette.setColor(QPalette.ColorRole.Text, option.palette.color(role))
        painter.save()
        if selected:
            painter.fillRect(option.rect, option.palette.brush(QPalette.ColorRole.Highlight))
        painter.translate(option.rect.topLeft())
        document.documentLayout().draw(painter, context)
        painter.restore()

    @staticmethod
    def _document(option: QStyleOptionViewItem, index: QModelIndex, width: int) -> QTextDocument:
        document = QTextDocument()
        document.setDefaultFont(index.data(Qt.ItemDataRole.FontRole) or QFont(option.font))
        document.setDocumentMargin(_MARGIN)
        document.setPlainText(index.data(Qt.ItemDataRole.DisplayRole) or "")
        document.setTextWidth(width)
        return document
