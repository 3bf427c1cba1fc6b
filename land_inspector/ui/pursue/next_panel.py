"""What must happen next in a case: the act, its ground, by when; one button for it, a menu of all others, and why not."""
from __future__ import annotations

from typing import List, Optional, Sequence

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from ...i18n import say, tr
from ...law.acts import ACTS, STATES
from ...law.procedure import ACCEPTED, CARRYING_OUT, HANDLING, Act
from ...law.case import named_items
from ...law.deadlines import OVERDUE, SOON
from ...law.remedies import Track
from . import wording
from .case_file import CaseFile, CaseView
from .stage_strip import stage_names
from ..widgets.plain_text import PlainLabel, html, tip
from ..widgets.readable import FAULT, WARNING, readable, shown_on


class NextPanel(QFrame):
    """``act_wanted`` names an act to record, ``work_wanted`` a remedy on which something was done, ``why_wanted`` asks about the others."""

    act_wanted = pyqtSignal(str)
    work_wanted = pyqtSignal(str)
    why_wanted = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorNext")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.what = _label("landInspectorNextAct", self)
        self.what.setTextFormat(Qt.TextFormat.RichText)
        self.due = _label("landInspectorNextDue", self)
        self.ground = _label("landInspectorNextGround", self)
        self.waiting = _label("landInspectorNextWaits", self)
        self.button = QPushButton(self)
        self.button.setObjectName("landInspectorRecordNext")
        self.button.clicked.connect(self._on_button)
        self.others = QToolButton(self)
        self.others.setObjectName("landInspectorOtherActs")
        self.others.setText(tr("Other acts"))
        self.others.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.others.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.others.setMenu(QMenu(self.others))
        self.why = QToolButton(self)
        self.why.setObjectName("landInspectorWhyNot")
        self.why.setText(tr("Why not…?"))
        self.why.setToolTip(tr("Look for an act that is not offered and read why"))
        self.why.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.why.clicked.connect(lambda _checked: self.why_wanted.emit())
        self._act, self._track = "", ""
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.others, 1)
        row.addWidget(self.why, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        layout.setSpacing(3)
        for widget in (self.what, self.due, self.ground, self.waiting, self.button):
            layout.addWidget(widget)
        layout.addLayout(row)

    def _on_button(self) -> None:
        if self._act:
            self.act_wanted.emit(self._act)
        elif self._track:
            self.work_wanted.emit(self._track)

    # --- showing ------------------------------------------------------------------------------------------------------

    def show_view(self, view: CaseView, file: CaseFile) -> None:
        ahead = view.ahead
        left = ahead.carry_out
        self._act = ahead.act.code if ahead.act is not None and ahead.not_yet is None else ""
        self._track = left[0].id if left else ""
        self._say(self.what, f"<b>{html(_what_next(view, file))}</b>")
        self._show_due(view)
        self._say(self.ground, tr("Ground: {ground}", ground=wording.ground_text(ahead.act.ground)) if ahead.act else "")
        also = [tr("Also due: {act}", act=say(act.label)) + _concerned(view, act) for act in ahead.also]
        self._say(self.waiting, "\n".join([*also, *([say(ahead.not_yet)] if ahead.not_yet else []),
                                           *(wording.term_text(one, ahead.today, view.case) for one in ahead.waits)]))
        self.button.setText(_button_text(ahead.act if self._act else None, left))
        self.button.setVisible(bool(self._act or self._track))
        self._fill_menu(view)
        self.why.setEnabled(view.case.is_open)

    def _show_due(self, view: CaseView) -> None:
        due, today = view.ahead.due, view.ahead.today
        if due is None:
            self._say(self.due, "")
            return
        colour = {OVERDUE: readable(FAULT, shown_on(self)), SOON: readable(WARNING, shown_on(self))}.get(due.status(today), "")
        self._say(self.due, f"{wording.term_letter(due, today)} {wording.term_text(due, today, view.case)}")
        self.due.setStyleSheet(f"color: {colour}; font-weight: bold;" if colour else "")
        self.due.setToolTip(tip(wording.ground_text(due.ground)))

    def _fill_menu(self, view: CaseView) -> None:
        """Acts that are possible now, by the stage they belong to."""
        menu = self.others.menu()
        menu.clear()
        for stage, acts in _by_stage(view.ahead.possible):
            menu.addSection(stage_names()[stage])
            for act in acts:
                entry = menu.addAction(say(act.label), lambda code=act.code: self.act_wanted.emit(code))
                entry.setObjectName(f"landInspectorAct_{act.code}")
        self.others.setEnabled(bool(view.ahead.possible))

    def _say(self, label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))


def _what_next(view: CaseView, file: CaseFile) -> str:
    ahead = view.ahead
    if not view.case.is_open:
        return tr("The case has ended: {state}.", state=say(STATES[view.case.state].label))
    if ahead.act is not None:
        return tr("Next: {act}", act=say(ahead.act.label)) + _concerned(view, ahead.act)
    if ahead.carry_out:
        names = [f"{wording.remedy_name(track.kind)} · {file.number_of(track.parcel)}" for track in ahead.carry_out]
        return tr("Next: to be carried out: {remedies}", remedies=tr("; ").join(names))
    return tr("Nothing can be done today; others have the word.")


def _concerned(view: CaseView, act: Act) -> str:
    """Which of several remedies the act would be about."""
    items = [item for item in named_items(view.case, act, {}) if item.stage != act.makes] if act.concerns_items else []
    if not items or len(view.case.items) == 1:
        return ""
    return tr(" ({what})", what=tr(", ").join(wording.remedy_name(item.kind) for item in items))


def _button_text(act: Optional[Act], left: Sequence[Track]) -> str:
    if act is not None:
        return tr("Record: {act}…", act=say(act.label))
    if left:
        return tr("Record what was done: {what}…", what=wording.remedy_name(left[0].kind))
    return ""


def _by_stage(acts: Sequence[Act]) -> List[tuple]:
    before = list(ACTS).index("perform")
    order = list(ACTS)
    stages = {HANDLING: [act for act in acts if order.index(act.code) < before],
              CARRYING_OUT: [act for act in acts if order.index(act.code) >= before and act.code not in ("perform", "close")],
              ACCEPTED: [act for act in acts if act.code in ("perform", "close")]}
    return [(stage, listed) for stage, listed in stages.items() if listed]


def _label(name: str, parent: QWidget) -> QLabel:
    label = PlainLabel(parent)
    label.setObjectName(name)
    label.setWordWrap(True)
    return label
