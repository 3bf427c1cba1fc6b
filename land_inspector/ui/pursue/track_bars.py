"""One remedy: for each of its units a bar of accepted, done and remaining, with dates, letters and patterns."""
from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QRectF, Qt, pyqtSignal
from qgis.PyQt.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ...i18n import tr
from ...law.quantities import EPSILON_M2
from ...law.remedies import Track
from . import wording

PROGRESS, ACCEPT, WITHDRAW = "progress", "accept", "withdraw"
_ACCEPTED, _DONE = QColor("#1b7f3b"), QColor("#c47f00")
_HEIGHT = 15


class Bar(QWidget):
    """Shares of one figure: accepted (full, A), done but not accepted (hatched, D), remaining (empty, R)."""

    def __init__(self, shares: Sequence[Tuple[str, float]], parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._shares = shares
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        left, whole = 0.5, self.width() - 1.0
        for n, (letter, share) in enumerate(self._shares):
            box = QRectF(left, 0.5, whole * share, _HEIGHT - 1.0)
            self._draw(painter, box, n, letter)
            left += whole * share
        painter.setPen(QPen(self.palette().text().color(), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(0.5, 0.5, whole, _HEIGHT - 1.0))
        painter.end()

    def _draw(self, painter: QPainter, box: QRectF, n: int, letter: str) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush((QBrush(_ACCEPTED), QBrush(_DONE, Qt.BrushStyle.BDiagPattern), QBrush(Qt.BrushStyle.NoBrush))[n])
        painter.drawRect(box)
        if box.width() > 2 * painter.fontMetrics().horizontalAdvance(letter):
            painter.setPen(QColor("white") if n == 0 else self.palette().text().color())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), letter)


class TrackBox(QWidget):
    """``wanted`` asks to record something on this remedy: PROGRESS, ACCEPT or WITHDRAW, and its id."""

    wanted = pyqtSignal(str, str)

    def __init__(self, track: Track, title: str, note: str = "", parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorTrack")
        self.track = track
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 6)
        layout.setSpacing(1)
        layout.addLayout(self._title_row(title))
        said = []
        for unit, value in track.ordered.items():
            line = _line_of(track, unit)
            said.append(line)
            layout.addWidget(_small(line, self))
            layout.addWidget(Bar(_shares(track, unit, value), self))
        for line in (wording.track_dates(track), note):
            if line:
                said.append(line)
                layout.addWidget(_small(line, self))
        self.setAccessibleName(title)
        self.setAccessibleDescription("\n".join(said))

    def _title_row(self, title: str) -> QHBoxLayout:
        name = QLabel(f"<b>{title}</b>", self)
        name.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(name, 1)
        row.addWidget(self._acts_button(title))
        return row

    def _acts_button(self, title: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("landInspectorTrackActs")
        button.setText(tr("Record…"))
        button.setAccessibleName(tr("Record on {what}", what=title))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        menu = QMenu(button)
        for name, what, possible in self._acts():
            action = menu.addAction(name, lambda what=what: self.wanted.emit(what, self.track.id))
            action.setObjectName(f"landInspectorTrack_{what}")
            action.setVisible(possible)
        button.setMenu(menu)
        return button

    def _acts(self) -> List[Tuple[str, str, bool]]:
        track = self.track
        progress = tr("Payment…") if "fen" in track.ordered.as_record() else tr("What was done…")
        return [(progress, PROGRESS, not track.is_done or track.kind == "fine"), (tr("Acceptance…"), ACCEPT, bool(track.steps)),
                (tr("Withdraw the order…"), WITHDRAW, True)]


def _shares(track: Track, unit: str, ordered: float) -> List[Tuple[str, float]]:
    """Parts of what was ordered; of what was done, if that is more."""
    accepted, done = track.accepted.get(unit), track.done.get(unit)
    whole = max(ordered, done, EPSILON_M2)
    return [(tr("A"), accepted / whole), (tr("D"), (done - accepted) / whole), (tr("R"), max(ordered - done, 0) / whole)]


def _line_of(track: Track, unit: str) -> str:
    ordered, left = track.ordered.get(unit), track.remaining.get(unit)
    said = tr("{unit}: {ordered} ordered", unit=wording.unit_name(unit).split(" (")[0].split("（")[0], ordered=wording.figure(unit, ordered))
    parts = [said]
    if track.accepted.get(unit):
        parts.append(tr("A {figure} accepted", figure=wording.plain_figure(unit, track.accepted.get(unit))))
    if track.pending.get(unit):
        parts.append(tr("D {figure} done", figure=wording.plain_figure(unit, track.pending.get(unit))))
    parts.append(tr("R {figure} remaining", figure=wording.plain_figure(unit, left)) if left > EPSILON_M2 else tr("nothing remaining"))
    return tr(" · ").join(parts)


def _small(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setWordWrap(True)
    return label
