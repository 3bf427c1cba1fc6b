"""The three stages of a case over its whole procedure, drawn: shape, word and date for every state."""
from __future__ import annotations

from datetime import date
from typing import Dict, List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from qgis.PyQt.QtWidgets import QSizePolicy, QToolTip, QWidget

from ...i18n import say, tr
from ...law.procedure import ACCEPTED, AHEAD, CARRYING_OUT, HANDLING, HERE, PASSED, Milestone
from . import wording
from ..widgets.readable import readable

_STAGES = (HANDLING, CARRYING_OUT, ACCEPTED)
_NARROWEST, _WIDEST, _MARK, _PAD = 54, 68, 14, 3
_GREEN, _BLUE = "#1b7f3b", "#0b57a4"


def stage_names() -> Dict[str, str]:
    return {HANDLING: tr("Handling"), CARRYING_OUT: tr("Carrying out"), ACCEPTED: tr("Acceptance and closing")}


class StageStrip(QWidget):
    """Its accessible description says all that it draws."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorStages")
        self.setAccessibleName(tr("Stages of the case"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._steps: Sequence[Milestone] = ()
        self._cells: List[Tuple[QRect, Milestone]] = []
        self._titles: List[Tuple[QRect, str, str]] = []

    def show_steps(self, steps: Sequence[Milestone]) -> None:
        self._steps = steps
        self.setAccessibleDescription("\n".join(_spoken(steps)))
        self._place()
        self.update()

    # --- where everything stands --------------------------------------------------------------------------------------

    def _line(self) -> int:
        return self.fontMetrics().lineSpacing()

    def _cell_width(self) -> int:
        """As much as the longest word takes, within limits, and never less than a date with its mark."""
        metrics = QFontMetrics(self._font(True, -1))
        words = [word for step in self._steps for word in say(step.state.label).split() if word.isascii()]
        wanted = min(max([_NARROWEST, *(metrics.horizontalAdvance(word) + 8 for word in words)]), _WIDEST)
        dated = QFontMetrics(self._font(True, -2))
        return max([wanted, *(dated.horizontalAdvance(_day(step)) + 18 for step in self._steps)])

    def _label_height(self, width: int) -> int:
        """As much as the longest name takes in a cell, three lines at the most."""
        metrics, flags = QFontMetrics(self._font(True, -1)), int(Qt.TextFlag.TextWordWrap)
        heights = [metrics.boundingRect(QRect(0, 0, width - 6, 999), flags, say(step.state.label)).height() for step in self._steps]
        return min(max(heights, default=0), 3 * metrics.lineSpacing())

    def _place(self) -> None:
        """Cells in rows under the title of their stage, as many to a row as fit."""
        in_row = max(1, self.width() // self._cell_width())
        width = self.width() // in_row
        height = _MARK + self._label_height(width) + _PAD
        self._cells, self._titles, top = [], [], 0
        for stage in _STAGES:
            steps = [step for step in self._steps if step.state.stage == stage]
            self._titles.append((QRect(0, top, self.width(), self._line() + _PAD), stage_names()[stage], _stage_mark(steps)))
            top += self._line() + 2 * _PAD
            for n, step in enumerate(steps):
                self._cells.append((QRect(n % in_row * width, top + n // in_row * height, width, height), step))
            top += -(-len(steps) // in_row) * height
        self.setFixedHeight(top if self._steps else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(280, self.height())

    # --- drawing ------------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for box, name, mark in self._titles:
            self._draw_title(painter, box, name, mark)
        for box, step in self._cells:
            self._draw_cell(painter, box, step)
        painter.end()

    def _draw_title(self, painter: QPainter, box: QRect, name: str, mark: str) -> None:
        painter.setPen(self.palette().text().color())
        font = QFont(self.font())
        font.setBold(mark == HERE)
        painter.setFont(font)
        draw_mark(painter, QRectF(box.left() + 2, box.top() + 3, 11, 11), mark, self.palette().text().color())
        painter.setPen(self.palette().text().color())
        painter.drawText(box.adjusted(18, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), name)
        painter.setPen(QPen(self.palette().mid().color(), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())

    def _draw_cell(self, painter: QPainter, box: QRect, step: Milestone) -> None:
        inner, text = box.adjusted(1, 1, -1, -1), self.palette().text().color()
        if step.mark == HERE:
            painter.setPen(QPen(_of(_BLUE), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(inner), 3, 3)
        draw_mark(painter, QRectF(inner.left() + 2, inner.top() + 2, 10, 10), step.mark, text)
        faint = step.mark not in (HERE, PASSED)
        painter.setPen(self.palette().mid().color().darker(130) if faint else text)
        painter.setFont(self._font(step.mark == HERE, -2))
        painter.drawText(inner.adjusted(14, 1, 0, 0), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), _day(step))
        painter.setFont(self._font(step.mark == HERE, -1))
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
        painter.drawText(inner.adjusted(3, _MARK, -1, 0), flags, say(step.state.label))

    def _font(self, bold: bool, smaller: float) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(max(6.5, font.pointSizeF() + smaller))
        font.setBold(bold)
        return font

    # --- what a cell says ---------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            step = next((step for box, step in self._cells if box.contains(event.pos())), None)
            QToolTip.showText(event.globalPos(), _sentence(step) if step else "", self)
            return True
        return super().event(event)


def draw_mark(painter: QPainter, box: QRectF, mark: str, ink: QColor) -> None:
    """✓ in a full circle: done · a full triangle: here · a dash: left out · an empty circle: ahead."""
    painter.setPen(QPen(_of(_GREEN) if mark == PASSED else _of(_BLUE) if mark == HERE else ink, 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    middle = box.center().y()
    if mark == PASSED:
        painter.setBrush(_of(_GREEN))
        painter.drawEllipse(box)
        painter.setPen(QPen(QColor("white"), 1.6))
        painter.drawPolyline(QPolygonF([QPointF(box.left() + 2.5, middle), QPointF(box.left() + 4.5, middle + 2.2),
                                        QPointF(box.right() - 2, middle - 2.5)]))
    elif mark == HERE:
        painter.setBrush(_of(_BLUE))
        painter.drawPolygon(QPolygonF([box.topLeft(), QPointF(box.right(), middle), box.bottomLeft()]))
    elif mark == AHEAD:
        painter.drawEllipse(box)
    else:
        painter.drawLine(QPointF(box.left() + 1, middle), QPointF(box.right() - 1, middle))


def _stage_mark(steps: Sequence[Milestone]) -> str:
    """A stage is where the case stands, or as far as the furthest of its states."""
    marks = {step.mark for step in steps}
    if HERE in marks:
        return HERE
    return AHEAD if AHEAD in marks else PASSED if PASSED in marks else AHEAD


def _sentence(step: Milestone) -> str:
    said = f"{step.state.code} {say(step.state.label)}: {wording.mark_names()[step.mark]}"
    return f"{said}, {step.on.isoformat()}" if step.on else said


def _spoken(steps: Sequence[Milestone]) -> List[str]:
    return [f"{name}: " + tr("; ").join(_sentence(step) for step in steps if step.state.stage == stage)
            for stage, name in stage_names().items()]


def _day(step: Milestone) -> str:
    """Without the year where it is this one."""
    if step.on is None:
        return ""
    return f"{step.on:%m-%d}" if step.on.year == date.today().year else f"{step.on:%y-%m-%d}"


def _of(colour: str) -> QColor:
    """As it can be seen in the theme in use."""
    return QColor(readable(colour))
