"""One remedy: for each of its units a bar of accepted, done and remaining, with dates, letters and patterns."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QRectF, Qt, pyqtSignal
from qgis.PyQt.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ...i18n import tr
from ...law.quantities import EPSILON_M2
from ...law.remedies import Track
from . import wording
from ..widgets.plain_text import PlainLabel, html, tip

PROGRESS, ACCEPT, WITHDRAW = "progress", "accept", "withdraw"
_ACCEPTED, _DONE = QColor("#1b7f3b"), QColor("#c47f00")


@dataclass(frozen=True)
class Part:
    """A part of a bar: its share, its letter, its figure as text."""

    share: float
    letter: str
    text: str


class Bar(QWidget):
    """One figure as accepted (full, A), done but not accepted (hatched, D) and remaining (empty, R), each with its figure where
    there is room; money is paid (full, P) or remaining."""

    def __init__(self, parts: Sequence[Part], parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.parts = parts
        self.setFixedHeight(self.fontMetrics().lineSpacing() + 3)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(tip(tr(" · ").join(f"{part.letter} {part.text}" for part in parts)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        left, whole, height = 0.5, self.width() - 1.0, self.height() - 1.0
        for n, part in enumerate(self.parts):
            self._draw(painter, QRectF(left, 0.5, whole * part.share, height), n, part)
            left += whole * part.share
        painter.setPen(QPen(self.palette().text().color(), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(0.5, 0.5, whole, height))
        painter.end()

    def _draw(self, painter: QPainter, box: QRectF, n: int, part: Part) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        is_hatched = 0 < n < len(self.parts) - 1
        ground = QBrush(_ACCEPTED) if n == 0 else QBrush(_DONE, Qt.BrushStyle.BDiagPattern) if is_hatched else QBrush()
        painter.setBrush(ground)
        painter.drawRect(box)
        text = next((said for said in (f"{part.letter} {part.text}", part.letter)
                     if painter.fontMetrics().horizontalAdvance(said) + 6 < box.width()), "")
        if text and is_hatched:  # a plain ground under the letters, or the hatching eats them
            around = painter.boundingRect(box, int(Qt.AlignmentFlag.AlignCenter), text).adjusted(-2, 0, 2, 0)
            painter.fillRect(around, self.palette().window())
        painter.setPen(QColor("white") if n == 0 else self.palette().text().color())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


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
        for unit, value in (one for one in track.ordered.items() if one[1]):
            bar = Bar(_parts(track, unit, value), self)
            line = tr("{unit}: {ordered} ordered", unit=_short(wording.unit_name(unit)), ordered=wording.figure(unit, value))
            said.append(f"{line}. {bar.toolTip()}")
            layout.addWidget(_small(line, self))
            layout.addWidget(bar)
        for line in (wording.track_dates(track), note):
            if line:
                said.append(line)
                layout.addWidget(_small(line, self))
        self.setAccessibleName(title)
        self.setAccessibleDescription("\n".join(said))

    def _title_row(self, title: str) -> QHBoxLayout:
        name = QLabel(f"<b>{html(title)}</b>", self)
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


def _parts(track: Track, unit: str, ordered: float) -> List[Part]:
    """Parts of what was ordered; of what was done, if that is more. A part that is nothing is left out of sight."""
    accepted, done = track.accepted.get(unit), track.done.get(unit)
    whole = max(ordered, done, EPSILON_M2)
    left = (tr("R"), max(ordered - done, 0))
    figures = ((tr("A"), accepted), (tr("D"), max(done - accepted, 0)), left) if unit != "fen" else ((tr("P"), done), left)
    return [Part(value / whole, letter, wording.plain_figure(unit, value)) for letter, value in figures]


def _short(unit: str) -> str:
    """A unit's name without its measure: the figure has that already."""
    return re.split(r"\s*[(（]", unit)[0]


def _small(text: str, parent: QWidget) -> QLabel:
    label = PlainLabel(text, parent)
    label.setWordWrap(True)
    return label
