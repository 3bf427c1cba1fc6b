"""The line between the image before and the image after: moved by mouse, and by the arrow keys while it has the focus."""
from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QEvent, QObject, QRect, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from qgis.PyQt.QtWidgets import QWidget

from ...i18n import tr
from .item import Split

STEP = 0.02
_GRIP = 15
_KNOB = 9
_LINE, _HALO, _FOCUSED = QColor(40, 40, 40), QColor(255, 255, 255, 220), QColor(224, 0, 208)
_BACK = (Qt.Key.Key_Left, Qt.Key.Key_Up)
_ON = (Qt.Key.Key_Right, Qt.Key.Key_Down)


class SwipeLine(QWidget):
    """Lies over ``canvas`` (a viewport) and grows with it; ``moved`` tells where it lies now."""

    moved = pyqtSignal(object)

    def __init__(self, canvas: QWidget, level: bool = False):
        super().__init__(canvas)
        self.setObjectName("landInspectorSwipeLine")
        self.setAccessibleName(tr("Swipe line between the images before and after"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.split = Split(0.5, level)
        canvas.installEventFilter(self)
        self.turn(level)

    def turn(self, level: bool) -> None:
        """Lay the line level, or stand it up."""
        self.setCursor(Qt.CursorShape.SplitVCursor if level else Qt.CursorShape.SplitHCursor)
        self.move_to(self.split.share, level)

    def step(self, share: float) -> None:
        self.move_to(self.split.share + share)

    def move_to(self, share: float, level: Optional[bool] = None) -> None:
        """``share`` of the width or height; the line stays on the map."""
        self.split = Split(min(max(share, 0.0), 1.0), self.split.level if level is None else level)
        self._lay()
        self.moved.emit(self.split)

    def _lay(self) -> None:
        whole = self.parentWidget().rect()
        if self.split.level:
            self.setGeometry(QRect(0, round(whole.height() * self.split.share) - _GRIP // 2, whole.width(), _GRIP))
        else:
            self.setGeometry(QRect(round(whole.width() * self.split.share) - _GRIP // 2, 0, _GRIP, whole.height()))
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._lay()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """What is done with the line is not done with the map below: it must not pan."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the middle."""
        self.move_to(0.5)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place, whole = self.mapToParent(event.pos()), self.parentWidget().rect()
        self.move_to(place.y() / max(whole.height(), 1) if self.split.level else place.x() / max(whole.width(), 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _BACK or event.key() in _ON:
            self.step(STEP if event.key() in _ON else -STEP)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.rect().center()
        ends = (self.rect().left(), middle.y(), self.rect().right(), middle.y()) if self.split.level else (
            middle.x(), self.rect().top(), middle.x(), self.rect().bottom())
        for colour, width in ((_HALO, 5), (_FOCUSED if self.hasFocus() else _LINE, 2)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(*ends)
        painter.setBrush(_HALO)
        painter.drawEllipse(middle, _KNOB - 2, _KNOB - 2)
