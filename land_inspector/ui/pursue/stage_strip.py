"""The three stages of a case over its whole procedure, drawn: shape, word and date for every state."""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import pyqtSignal, QEvent, QPointF, QRect, QRectF, QSize, Qt
from qgis.PyQt.QtGui import (
    QBrush, QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent,
)
from qgis.PyQt.QtWidgets import (
    QHBoxLayout, QLabel, QMenu, QPushButton, QSizePolicy, QToolButton, QToolTip, QVBoxLayout, QWidget,
)

from ...exchange import wording
from ...i18n import say, tr
from ...law import remedies
from ...law.acts import ACTS
from ...law.case import Done
from ...law.penalties import fine_of
from ...law.papers.catalogue import papers, papers_of_act
from ...law.papers.facts import Written
from ...law.procedure import ACCEPTED, AHEAD, CARRYING_OUT, HANDLING, HERE, Milestone, PASSED
from ...law.areas import EPSILON_M2
from ...law.remedies import Track
from ..widgets.labels import PlainLabel, html, tip
from ..widgets.rows import ink, is_dark, readable, shown_on
from .case_file import CaseFile, CaseView

_STAGES = (HANDLING, CARRYING_OUT, ACCEPTED)
_NARROWEST, _WIDEST, _MARK, _PAD = 54, 68, 14, 3
_GREEN, _BLUE = "#1b7f3b", "#0b57a4"


def stage_names() -> Dict[str, str]:
    """Names of the stages in the user's language, by their code."""
    return {HANDLING: tr("Handling"), CARRYING_OUT: tr("Carrying out"), ACCEPTED: tr("Acceptance and closing")}


def matter_stage_names() -> Dict[str, str]:
    """The same of a ledger's matters, which nobody prosecutes."""
    return {HANDLING: tr("Taken in hand"), CARRYING_OUT: tr("Put into effect"), ACCEPTED: tr("Accepted and settled")}


class StageStrip(QWidget):
    """Its accessible description says all that it draws. ``names`` of the stages, those of a case where none are given."""

    def __init__(self, parent: Optional[QWidget] = None, names: Optional[Mapping[str, str]] = None):
        super().__init__(parent)
        self._names = names or stage_names()
        self.setObjectName("landInspectorStages")
        self.setAccessibleName(tr("Stages of the case"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._steps: Sequence[Milestone] = ()
        self._cells: List[Tuple[QRect, Milestone]] = []
        self._titles: List[Tuple[QRect, str, str]] = []

    def show_steps(self, steps: Sequence[Milestone]) -> None:
        """Show these milestones stage by stage; a screen reader is told them as text."""
        self._steps = steps
        self.setAccessibleDescription("\n".join(_spoken(steps, self._names)))
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
            self._titles.append((QRect(0, top, self.width(), self._line() + _PAD), self._names[stage], _stage_mark(steps)))
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
        painter.setPen(ink(self))
        font = QFont(self.font())
        font.setBold(mark == HERE)
        painter.setFont(font)
        draw_mark(painter, QRectF(box.left() + 2, box.top() + 3, 11, 11), mark, ink(self), shown_on(self))
        painter.setPen(ink(self))
        painter.drawText(box.adjusted(18, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), name)
        painter.setPen(QPen(ink(self, faint=True), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())

    def _draw_cell(self, painter: QPainter, box: QRect, step: Milestone) -> None:
        inner, text = box.adjusted(1, 1, -1, -1), ink(self)
        if step.mark == HERE:
            painter.setPen(QPen(_of(_BLUE, shown_on(self)), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(inner), 3, 3)
        draw_mark(painter, QRectF(inner.left() + 2, inner.top() + 2, 10, 10), step.mark, text, shown_on(self))
        faint = step.mark not in (HERE, PASSED)
        painter.setPen(ink(self, faint=True) if faint else text)
        painter.setFont(self._font(step.mark == HERE, -2))
        painter.drawText(inner.adjusted(14, 1, 0, 0), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), _day(step))
        painter.setFont(self._font(step.mark == HERE, -1))
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
        room = inner.adjusted(3, _MARK, -1, 0)
        painter.drawText(room, flags, _parted(say(step.state.label), painter.fontMetrics(), room.width()))

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


def draw_mark(painter: QPainter, box: QRectF, mark: str, ink: QColor, ground: QColor) -> None:
    """✓ in a full circle: done · a full triangle: here · a dash: left out · an empty circle: ahead."""
    painter.setPen(QPen(_of(_GREEN, ground) if mark == PASSED else _of(_BLUE, ground) if mark == HERE else ink, 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    middle = box.center().y()
    if mark == PASSED:
        painter.setBrush(_of(_GREEN, ground))
        painter.drawEllipse(box)
        painter.setPen(QPen(QColor("black" if is_dark(ground) else "white"), 1.6))
        painter.drawPolyline(QPolygonF([QPointF(box.left() + 2.5, middle), QPointF(box.left() + 4.5, middle + 2.2),
                                        QPointF(box.right() - 2, middle - 2.5)]))
    elif mark == HERE:
        painter.setBrush(_of(_BLUE, ground))
        painter.drawPolygon(QPolygonF([box.topLeft(), QPointF(box.right(), middle), box.bottomLeft()]))
    elif mark == AHEAD:
        painter.drawEllipse(box)
    else:
        painter.drawLine(QPointF(box.left() + 1, middle), QPointF(box.right() - 1, middle))


def _parted(text: str, metrics: QFontMetrics, room: int) -> str:
    """With a soft hyphen in each word that is wider than the cell."""
    words = text.split(" ")
    for n, word in enumerate(words):
        fits = next((k for k in range(len(word), 0, -1) if metrics.horizontalAdvance(word[:k] + ("-" if k < len(word) else "")) <= room), 1)
        if word.isascii() and fits < len(word):
            words[n] = f"{word[:fits]}\u00ad{word[fits:]}"
    return " ".join(words)


def _stage_mark(steps: Sequence[Milestone]) -> str:
    """A stage is where the case stands, or as far as the furthest of its states."""
    marks = {step.mark for step in steps}
    if HERE in marks:
        return HERE
    return AHEAD if AHEAD in marks else PASSED if PASSED in marks else AHEAD


def _sentence(step: Milestone) -> str:
    said = f"{say(step.state.label)}: {wording.mark_names()[step.mark]}"
    return f"{said}, {step.on.isoformat()}" if step.on else said


def _spoken(steps: Sequence[Milestone], names: Mapping[str, str]) -> List[str]:
    return [f"{name}: " + tr("; ").join(_sentence(step) for step in steps if step.state.stage == stage)
            for stage, name in names.items()]


def _day(step: Milestone) -> str:
    """Without the year where it is this one."""
    if step.on is None:
        return ""
    return f"{step.on:%m-%d}" if step.on.year == date.today().year else f"{step.on:%y-%m-%d}"


def _of(colour: str, ground: QColor) -> QColor:
    """As it can be seen on this ground."""
    return QColor(readable(colour, ground))


# --- The remedies of a case, one box each, and those ordered without a case.


_MONEY = ("fine", "gains", "fee")


class TracksPanel(QWidget):
    """``wanted`` asks to record on a remedy (what, id), ``order_wanted`` to order another one."""

    wanted = pyqtSignal(str, str)
    order_wanted = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorTracks")
        self.title = QLabel(tr("<b>Remedies</b> (A accepted · D done · P paid · R remaining)"), self)
        self.title.setWordWrap(True)
        self.order = QPushButton(tr("Order…"), self)
        self.order.setObjectName("landInspectorOrderRemedy")
        self.order.setToolTip(tr("Order a remedy outside a decision: late papers, disciplinary action, work of the party's own accord"))
        self.order.clicked.connect(lambda _checked: self.order_wanted.emit())
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.order)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._layout.addLayout(head)
        self.boxes: List[TrackBox] = []

    def show_tracks(self, view: Optional[CaseView], file: CaseFile) -> None:
        """A box for each track of the case, then for those that belong to no case; ``view`` is None without a case."""
        for box in self.boxes:
            self._layout.removeWidget(box)
            box.hide()
            box.deleteLater()
        tracks = [*(view.tracks if view else ()), *file.loose]
        self.boxes = [TrackBox(track, _title(track, view, file), _note(track, view), self) for track in tracks]
        for box in self.boxes:
            box.wanted.connect(self.wanted)
            self._layout.addWidget(box)


def _title(track: Track, view: Optional[CaseView], file: CaseFile) -> str:
    item = f"{track.item}. " if track.item else ""
    several = len({line.id for line in (view.parcels if view else file.parcels)}) > 1
    return f"{item}{wording.remedy_name(track.kind)}" + (f" · {file.number_of(track.parcel)}" if several else "")


def _note(track: Track, view: Optional[CaseView]) -> str:
    """What has grown on unpaid money by today."""
    item = view.case.item(track.item or "") if view else None
    if item is None or track.kind not in _MONEY:
        return ""
    due = remedies.performance_end(view.case, item, view.practice.pack)
    if due is None or track.kind != "fine":
        return ""
    today = view.ahead.today
    return wording.fine_text(fine_of(track, due.day, today, view.practice.pack, remedies.review_pauses(view.case, item)))


# --- One remedy: for each of its units a bar of accepted, done and remaining, with dates, letters and patterns.


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
        painter.setPen(QPen(ink(self), 1))
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
            painter.fillRect(around, shown_on(self))
        painter.setPen(QColor("white") if n == 0 else ink(self))
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


# --- The acts of a case so far: day, what, number, who, and the papers kept with them, which open from here.


#: How a link begins that asks to write the paper of an act.
_WRITE = "write:"


class ActsPanel(QLabel):
    """Links are the names of kept files; one that is missing or was changed is no link and says so.

    ``paper_wanted`` carries the name of a kept file that somebody wants to see, ``write_wanted`` the code of an act whose paper is to be
    written.
    """

    paper_wanted = pyqtSignal(str)
    write_wanted = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorActsSoFar")
        self.setAccessibleName(tr("Acts so far"))
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.linkActivated.connect(self._on_link)

    def show_acts(self, view: CaseView, file: CaseFile) -> None:
        """The acts recorded in the case, newest first, and the papers that prove the steps of its tracks."""
        lines = [_line(done, view, file) for done in reversed(view.case.acts)]
        lines += [_papers(step.evidence, file.papers) for track in view.tracks for step in track.steps if step.evidence]
        self.setText("<br>".join([f"<b>{escape(tr('Acts so far'))}</b>", *lines]))

    def _on_link(self, link: str) -> None:
        if link.startswith(_WRITE):
            self.write_wanted.emit(link[len(_WRITE):])
        else:
            self.paper_wanted.emit(link)


def _line(done: Done, view: CaseView, file: CaseFile) -> str:
    said = [f"{done.on.isoformat()} {escape(say(ACTS[done.act].label))}", escape(str(done.particulars.get("number") or "")),
            escape(_people(done.particulars, file)), _papers(done.particulars.get("files") or (), file.papers),
            *(_written(one, file) for one in view.written if _is_of(one, done))]
    if papers_of_act(done.act):
        said.append(f'<a href="{_WRITE}{escape(done.act)}">{escape(tr("write…"))}</a>')
    return " · ".join(part for part in said if part)


def _is_of(paper: Written, done: Done) -> bool:
    """Whether an act went out with this paper."""
    return done.act in papers()[paper.paper].acts and paper.on == done.on.isoformat()


def _written(paper: Written, file: CaseFile) -> str:
    """A paper that the act went out with: its name, and the finished file where it came back."""
    name = escape(say(papers()[paper.paper].label))
    return f"▤ {name} {_papers(paper.files, file.papers)}" if paper.files else f"▤ {name} ({escape(tr('not yet back'))})"


def _people(said: Mapping[str, Any], file: CaseFile) -> str:
    """Officers by name; one whose name was taken out, or never kept, counts as one."""
    ids: List[str] = list(said.get("officers") or ())
    known = [file.people[key] for key in ids if key in file.people]
    if len(known) == len(ids):
        return tr(", ").join(known)
    return tr("{n} officers", n=len(ids))


def _papers(names: Any, whole: Mapping[str, bool]) -> str:
    return " ".join(_paper(name, whole.get(name, False)) for name in names)


def _paper(name: str, is_whole: bool) -> str:
    shown = escape(name.partition("_")[2] or name)
    return f'<a href="{escape(name)}">{shown}</a>' if is_whole else f"⚠ {escape(tr('{file} is missing or was changed', file=shown))}"
