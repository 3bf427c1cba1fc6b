"""A ratio as a picture: townships as bars, or the county's months as a line, with the lines that hold for them."""
from __future__ import annotations

from fractions import Fraction
from typing import Callable, List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from qgis.PyQt.QtWidgets import QWidget

from ...i18n import tr
from ...law.areas import DASH
from ..widgets.rows import behind, ink, readable

#: Name, value now, value as it would be (None where nothing is ticked).
Bar = Tuple[str, Optional[Fraction], Optional[Fraction]]
Line = Tuple[str, Fraction]
_BLUE, _RED, _GREEN = QColor("#2b6cb0"), QColor("#c53030"), QColor("#2f855a")
_ROW, _GAP = 22, 6


class Chart(QWidget):
    """Bars that cross a line are hatched as well as red: colour is never the only sign."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorBoardChart")
        self._bars: List[Bar] = []
        self._points: List[Tuple[str, Optional[Fraction], Optional[Fraction]]] = []
        self._lines: List[Line] = []
        self._title = ""
        self._said: Callable[[Fraction], str] = lambda value: f"{float(value) * 100:.2f} %"

    def show_bars(self, title: str, bars: Sequence[Bar], lines: Sequence[Line], said: Callable[[Fraction], str]) -> None:
        """Townships as they are given; ``said`` writes a ratio so that no line's side is hidden (R45)."""
        self._title, self._bars, self._points, self._lines, self._said = title, list(bars), [], list(lines), said
        self._describe()

    def show_months(self, title: str, months: Sequence[Tuple[str, Optional[Fraction], Optional[Fraction]]], lines: Sequence[Line],
                    said: Callable[[Fraction], str]) -> None:
        """(month, of its batches alone, of the year so far)."""
        self._title, self._bars, self._points, self._lines, self._said = title, [], list(months), list(lines), said
        self._describe()

    def _describe(self) -> None:
        rows = [f"{name}: {self._percent(value)}" for name, value, _other in self._bars or self._points]
        self.setAccessibleName(self._title)
        self.setAccessibleDescription("; ".join(rows + [f"{name} {self._percent(value)}" for name, value in self._lines]))
        self.setMinimumHeight(len(self._bars) * _ROW + 70 if self._bars else 200)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(360, max(240, self.minimumHeight()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), behind())
        painter.setPen(ink(self, back=behind()))
        title = QFontMetricsF(self.font()).elidedText(self._title, Qt.TextElideMode.ElideRight, self.width() - 16)
        painter.drawText(QRectF(8, 4, self.width() - 16, 20), int(Qt.AlignmentFlag.AlignLeft), title)
        if self._bars:
            self._paint_bars(painter)
        elif self._points:
            self._paint_months(painter)
        else:
            painter.drawText(QRectF(self.rect()), int(Qt.AlignmentFlag.AlignCenter), tr("Nothing to draw"))
        painter.end()

    def _most(self, values: Sequence[Optional[Fraction]]) -> float:
        known = [float(value) for value in values if value is not None] + [float(value) for _name, value in self._lines]
        return max([*known, 0.01]) * 1.15

    def _paint_bars(self, painter: QPainter) -> None:
        metrics = QFontMetricsF(self.font())
        left = min(max(metrics.horizontalAdvance(name) for name, _v, _o in self._bars) + 16, self.width() * 0.35)
        right = self.width() - metrics.horizontalAdvance("100.00 % → 100.00 %") - 12
        most = self._most([value for bar in self._bars for value in bar[1:]])
        limit = min((float(value) for _name, value in self._lines), default=None)
        for number, (name, value, other) in enumerate(self._bars):
            top = 30.0 + number * _ROW
            painter.setPen(ink(self, back=behind()))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, left - 12)
            painter.drawText(QRectF(6, top, left - 10, _ROW), int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), shown)
            if value is not None:
                self._paint_bar(painter, QRectF(left, top + _GAP / 2, (right - left) * float(value) / most, _ROW - _GAP),
                                limit is not None and float(value) >= limit)
            if other is not None and other != value:
                painter.setPen(QPen(_GREEN, 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(left, top + _GAP / 2, max((right - left) * float(other) / most, 1.0), _ROW - _GAP))
            painter.setPen(ink(self, back=behind()))
            text = self._percent(value) + (f" → {self._percent(other)}" if other is not None and other != value else "")
            painter.drawText(QRectF(right + 6, top, self.width() - right - 8, _ROW), int(Qt.AlignmentFlag.AlignVCenter), text)
        bottom = 30.0 + len(self._bars) * _ROW
        for number, (name, value) in enumerate(self._lines):
            at = left + (right - left) * float(value) / most
            painter.setPen(QPen(QColor(readable(_RED.name())), 1.5, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(at, 26), QPointF(at, bottom))
            painter.drawText(QPointF(min(at, self.width() - 160), bottom + 14 + 14 * (number % 2)), f"{name} {self._percent(value)}")

    @staticmethod
    def _paint_bar(painter: QPainter, rect: QRectF, is_crossed: bool) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_RED if is_crossed else _BLUE)
        painter.drawRect(rect)
        if is_crossed:
            painter.setBrush(QBrush(QColor(255, 255, 255, 120), Qt.BrushStyle.BDiagPattern))
            painter.drawRect(rect)

    def _paint_months(self, painter: QPainter) -> None:
        area = QRectF(52, 34, self.width() - 70, self.height() - 90)
        most = self._most([value for point in self._points for value in point[1:]])

        def place(number: int, value: Fraction) -> QPointF:
            across = area.width() * (number + 0.5) / len(self._points)
            return QPointF(area.left() + across, area.bottom() - area.height() * float(value) / most)

        painter.setPen(ink(self, True, behind()))
        painter.drawRect(area)
        for name, value in self._lines:
            at = area.bottom() - area.height() * float(value) / most
            painter.setPen(QPen(QColor(readable(_RED.name())), 1.5, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), at), QPointF(area.right(), at))
            painter.drawText(QPointF(area.left() + 4, at - 3), f"{name} {self._percent(value)}")
        for which, color, style in ((1, _BLUE, Qt.PenStyle.DotLine), (2, _BLUE, Qt.PenStyle.SolidLine)):
            known = [(number, point[which]) for number, point in enumerate(self._points) if point[which] is not None]
            painter.setPen(QPen(color, 2, style))
            painter.drawPolyline(QPolygonF([place(number, value) for number, value in known]))
            painter.setBrush(color if which == 2 else behind())
            for number, value in known:
                painter.drawEllipse(place(number, value), 3, 3)
        painter.setPen(ink(self, back=behind()))
        step = max(1, len(self._points) // 8)
        for number, (label, _alone, so_far) in enumerate(self._points):
            if number % step == 0 or number == len(self._points) - 1:
                middle = area.left() + area.width() * (number + 0.5) / len(self._points)
                painter.drawText(QRectF(middle - 40, area.bottom() + 4, 80, 18), int(Qt.AlignmentFlag.AlignHCenter), label)
            if so_far is not None:
                painter.drawText(place(number, so_far) + QPointF(5, -6), self._percent(so_far))
        painter.drawText(QRectF(8, self.height() - 24, self.width() - 16, 20), int(Qt.AlignmentFlag.AlignLeft),
                         tr("— the year so far   ··· the month's batches alone"))

    def _percent(self, value: Optional[Fraction]) -> str:
        return DASH if value is None else self._said(value)
