"""The case of the chosen parcel: where it stands, what comes next, what is left."""
from __future__ import annotations

from typing import Callable, List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import pyqtSignal, Qt
from qgis.PyQt.QtWidgets import (
    QComboBox, QDialog, QFrame, QHBoxLayout, QLabel, QLineEdit, QMenu, QPushButton, QScrollArea,
    QToolButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget,
)

from ...errors import Message
from ...exchange import wording
from ...i18n import say, tr
from ...law.acts import ACTS, STATES
from ...law.case import named_items
from ...law.deadlines import OVERDUE, SOON
from ...law.case_deadlines import impossible
from ...law.procedure import ACCEPTED, Act, CARRYING_OUT, HANDLING
from ...law.remedies import Track
from ...progress import Progress
from ..widgets.dialogs import closing, ignore_held_keys
from ..shell.dialogs import open_kept
from ..shell.services import Services
from ..widgets.labels import FittingButton, FixedHeightLabel, PlainLabel, html, tip
from ..widgets.rows import FAULT, WARNING, put_hint, readable, shown_on
from ..widgets.pages import ReadingPage, Wire, tab_through
from .acting import Acting, bulk_acts
from .case_file import CaseFile, CaseView, ParcelLine, read_case_file
from .papers import PapersDialog
from .stage_strip import ActsPanel, PROGRESS, stage_names, StageStrip, TracksPanel


class CasePage(ReadingPage):
    """The cases of the chosen parcels; anew whenever anything was recorded, here or elsewhere."""

    def __init__(self, place: Services, parent: Optional[QWidget] = None):
        super().__init__(place, parent)
        self.setObjectName("landInspectorCasePage")
        self._ids: List[str] = []
        self._version = ""
        self._file: Optional[CaseFile] = None
        self._case = ""
        self.acting = Acting(place, self)
        self.papers: Optional[PapersDialog] = None
        self.cases = self._case_choice()
        self.heading, self.about = _wrapped("landInspectorCaseHeading", self), _wrapped("landInspectorCaseAbout", self)
        self.heading.setTextFormat(Qt.TextFormat.RichText)
        self.open_button = QPushButton(tr("Open a case…"), self)
        self.open_button.setObjectName("landInspectorOpenCase")
        self.open_each_button = QPushButton(self)
        self.open_each_button.setObjectName("landInspectorOpenCaseEach")
        self.together = self._together_button()
        self.next, self.stages, self.tracks = NextPanel(self), StageStrip(self), TracksPanel(self)
        self.terms, self.acts = _wrapped("landInspectorTerms", self), ActsPanel(self)
        self.undo = _undo_button("landInspectorPursueUndo", tr("Undo"), self)
        self.redo = _undo_button("landInspectorPursueRedo", tr("Redo"), self)
        self._lay_out()
        self.wires += self._own_wires()
        self._show()

    def _own_wires(self) -> List[Wire]:
        commands = self._place.commands
        return [
            (self.cases.activated, self._on_case_chosen), (self.open_button.clicked, self._on_open),
            (self.open_each_button.clicked, self._on_open_each), (self.next.act_wanted, self._on_act),
            (self.next.work_wanted, self._on_work), (self.next.why_wanted, self._on_why), (self.tracks.wanted, self._on_remedy),
            (self.tracks.order_wanted, self._on_order), (self.acts.paper_wanted, self._on_paper),
            (self.acts.write_wanted, self._on_write), (self.next.write_wanted, self._on_write),
            (self.undo.clicked, commands.undo), (self.redo.clicked, commands.redo),
            (commands.undoable, self._on_undoable), (commands.redoable, self._on_redoable)]

    def unload(self) -> None:
        self.acting.close()
        if self.papers is not None:
            self.papers.reject()
        super().unload()

    # --- putting it together ------------------------------------------------------------------------------------------

    def _case_choice(self) -> QComboBox:
        choice = QComboBox(self)
        choice.setObjectName("landInspectorCaseChoice")
        choice.setAccessibleName(tr("Cases of the chosen parcels"))
        choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        choice.setMinimumContentsLength(8)
        return choice

    def _together_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("landInspectorActTogether")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setMenu(QMenu(button))
        return button

    def _lay_out(self) -> None:
        inside = QWidget(self)
        content = QVBoxLayout(inside)
        content.setContentsMargins(6, 4, 6, 4)
        content.setSpacing(6)
        for widget in (self.cases, self.heading, self.about, self.open_button, self.open_each_button, self.together, self.next, self.stages,
                       self.tracks, self.terms, self.acts):
            content.addWidget(widget)
        content.addStretch(1)
        self._inside, self._area = inside, QScrollArea(self)
        area = self._area
        self.setFocusProxy(area)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        foot = QHBoxLayout()
        foot.setContentsMargins(6, 0, 6, 4)
        foot.addWidget(self.undo, 3)
        foot.addWidget(self.redo, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area, 1)
        layout.addLayout(foot)

    # --- reading ------------------------------------------------------------------------------------------------------

    def show_parcels(self, ids: List[str]) -> None:
        """Show the cases of these parcels as soon as the page can be seen."""
        self._ids = list(ids)
        if ids:
            self.note_change()
        else:
            self.refresh()

    def _look(self) -> None:
        """Read anew if the register is not as it was read last."""
        if self._place.session.address is not None and self._place.session.version() != self._version:
            self.refresh()

    def reading(self) -> Optional[Tuple[str, Callable[[Progress], CaseFile]]]:
        address, ids = self._place.session.address, list(self._ids)
        self._version = self._place.session.version()
        return (tr("Reading a case"), lambda _progress: read_case_file(address, ids)) if ids else None

    def take(self, found: CaseFile) -> None:
        self._file = found
        self._show()

    def forget(self) -> None:
        self._ids, self._file, self._version = [], None, ""
        self._show()

    # --- showing ------------------------------------------------------------------------------------------------------

    def view(self) -> Optional[CaseView]:
        """The case that is shown: the one chosen, else the first."""
        views = self._file.views if self._file else ()
        return next((one for one in views if one.case.id == self._case), next(iter(views), None))

    def _show(self) -> None:
        view, file = self.view(), self._file
        self._show_choice()
        self.heading.setText(_heading(view, file))
        self.about.setText(_about(view, file))
        self._show_openable()
        for widget in (self.next, self.stages, self.terms, self.acts):
            widget.setVisible(view is not None)
        self.tracks.setVisible(file is not None and (view is not None or bool(file.loose)))
        if file is not None:
            self.tracks.show_tracks(view, file)
        if view is not None:
            self.next.show_view(view, file)
            self.stages.show_steps(view.steps)
            self.terms.setText(_terms(view))
            self.acts.show_acts(view, file)
        tab_through(self._area, self._inside)

    def _show_openable(self) -> None:
        """One case over all parcels that want one, or one for each."""
        n = len(self._openable())
        self.open_button.setVisible(n > 0)
        self.open_each_button.setVisible(n > 1)
        self.open_each_button.setText(tr("Open a case for each of {n} parcels…", n=n))
        one = tr("Open a case…") if self.view() is None else tr("Open another case…")
        self.open_button.setText(tr("Open one case over {n} parcels…", n=n) if n > 1 else one)

    def _openable(self) -> List[ParcelLine]:
        """Of the first parcel's batch: a case is judged by the law of one."""
        lines = self._file.openable if self._file else []
        return [line for line in lines if line.batch == lines[0].batch]

    def _show_choice(self) -> None:
        views, view = self._file.views if self._file else (), self.view()
        self.cases.clear()
        for one in views:
            self.cases.addItem(tr("{case}: {state}", case=one.label, state=say(STATES[one.case.state].label)), one.case.id)
        self.cases.setCurrentIndex(max(0, self.cases.findData(view.case.id if view else "")))
        self.cases.setVisible(len(views) > 1)
        self._show_together([one for one in views if one.case.is_open])

    def _show_together(self, views: List[CaseView]) -> None:
        """With several open cases: the acts that can be done in some of them at once."""
        self.together.setVisible(len(views) > 1)
        self.together.setText(tr("The same act in {n} cases", n=len(views)))
        menu = self.together.menu()
        menu.clear()
        for act, count in bulk_acts(views) if len(views) > 1 else ():
            text = tr("{act} ({count} of {n})", act=say(act.label), count=count, n=len(views))
            entry = menu.addAction(text, lambda act=act: self.acting.do_together(views, self._file, act))
            entry.setObjectName(f"landInspectorTogether_{act.code}")

    def _on_case_chosen(self, _index: int) -> None:
        self._case = self.cases.currentData()
        self._show()

    def _on_undoable(self, text: str) -> None:
        """Told after every act, whoever recorded it."""
        self._look()
        self.undo.setEnabled(bool(text))
        said = tr("Undo: {act}", act=text) if text else tr("Nothing to undo")
        self.undo.show_text(said)
        self.undo.setToolTip(tip(said))

    def _on_redoable(self, text: str) -> None:
        self.redo.setEnabled(bool(text))
        self.redo.setToolTip(tip(tr("Do again: {act}", act=text) if text else tr("Nothing to redo")))

    # --- acts ---------------------------------------------------------------------------------------------------------

    def record_next(self) -> None:
        """Open the form of what comes next, as its button does."""
        if self.view() is not None and self.next.button.isVisibleTo(self):
            self.next.button.click()

    def _on_open(self) -> None:
        self.acting.open_case(self._openable())

    def _on_open_each(self) -> None:
        self.acting.open_case(self._openable(), each=True)

    def _on_act(self, code: str) -> None:
        self.acting.do_act(self.view(), self._file, ACTS[code])

    def _on_work(self, track_id: str) -> None:
        self._on_remedy(PROGRESS, track_id)

    def _on_remedy(self, what: str, track_id: str) -> None:
        view = self.view()
        track: Track = next(one for one in (*(view.tracks if view else ()), *self._file.loose) if one.id == track_id)
        seen = {**self._file.seen, **(view.seen if view else {})}
        self.acting.act_on_remedy(what, track, self._file.number_of(track.parcel), seen)

    def _on_paper(self, name: str) -> None:
        place = self._place
        open_kept(place.session.register.attachments.find(name), place.asking, place.messages)

    def _on_write(self, act: str) -> None:
        view = self.view()
        self.papers = PapersDialog(self._place, view.case.id, view.label, [done.act for done in view.case.acts], act, self._place.window)
        self.papers.finished.connect(self._let_papers_go)
        self.papers.show()

    def _let_papers_go(self, _result: int) -> None:
        self.papers = None

    def _on_order(self) -> None:
        view = self.view()
        line = view.parcels[0] if view and len(self._file.parcels) != 1 else self._file.parcels[0]
        self.acting.order(line, [*(view.tracks if view else ()), *self._file.loose])

    def _on_why(self) -> None:
        view = self.view()
        WhyNotDialog(impossible(view.case, view.practice, view.ahead.today, view.tracks), self._place.window).open()


def _heading(view: Optional[CaseView], file: Optional[CaseFile]) -> str:
    if file is None:
        return tr("Choose a parcel to see its case.")
    if view is None:
        return html(tr("No case on {parcels}.", parcels=_numbers([line.number for line in file.parcels])))
    state = STATES[view.case.state]
    return tr("<b>{case}</b> · <b>{state}</b> since {day}", case=html(view.label), state=html(say(state.label)),
              day=view.case.since.isoformat())


def _about(view: Optional[CaseView], file: Optional[CaseFile]) -> str:
    if file is None:
        return ""
    lines = view.parcels if view is not None else file.parcels
    illegal = sum(line.illegal_m2 or 0 for line in lines)
    cultivated = sum(line.cultivated_m2 or 0 for line in lines)
    said = [tr("{parcels} · {township} · illegal {illegal}, cultivated {cultivated}", parcels=_numbers([line.number for line in lines]),
               township=tr(", ").join(dict.fromkeys(line.township for line in lines)), illegal=wording.figure("land_m2", illegal),
               cultivated=wording.figure("cultivated_m2", cultivated))]
    return "\n".join([*said, *_frozen(file), *_why_due(file)])


def _frozen(file: CaseFile) -> List[str]:
    return [tr("Batch {batch} is frozen: verdicts stay as reported; cases and remedies go on.", batch=tr(", ").join(file.frozen))
            ] if file.frozen else []


def _why_due(file: CaseFile) -> List[str]:
    """Why a case is due on what was chosen, or cannot be opened."""
    open_ones = file.without_case
    if open_ones:
        return [tr("{parcels}: judged illegal, and no case has been opened. What meets the conditions is to be filed in time "
                   "(Administrative Penalty Law, Art. 54).", parcels=_numbers([line.number for line in open_ones]))]
    legal = [line.number for line in file.parcels if not line.is_illegal]
    return [tr("{parcels}: not judged illegal; a case needs that verdict first.", parcels=_numbers(legal))] if legal else []


def _numbers(numbers: List[str]) -> str:
    return tr(", ").join(numbers[:6]) + (tr(" and {n} more", n=len(numbers) - 6) if len(numbers) > 6 else "")


def _terms(view: CaseView) -> str:
    """All terms that run or were missed, most urgent first."""
    today = view.ahead.today
    said = [f"{wording.term_letter(one, today)} {wording.term_text(one, today, view.case)}" for one in view.ahead.deadlines]
    return "\n".join([tr("Terms:"), *dict.fromkeys(said)]) if said else ""


def _wrapped(name: str, parent: QWidget) -> QLabel:
    label = PlainLabel(parent)
    label.setObjectName(name)
    label.setWordWrap(True)
    return label


def _undo_button(name: str, text: str, parent: QWidget) -> FittingButton:
    button = FittingButton(parent)
    button.setObjectName(name)
    button.show_text(text)
    button.setEnabled(False)
    return button


# --- What must happen next in a case: the act, its ground, by when; one button for it, a menu of all others, and why
#     not.


class NextPanel(QFrame):
    """``act_wanted`` names an act to record, ``work_wanted`` a remedy on which something was done, ``why_wanted`` asks about the others,
    ``write_wanted`` for the papers of the act that comes next."""

    act_wanted = pyqtSignal(str)
    work_wanted = pyqtSignal(str)
    why_wanted = pyqtSignal()
    write_wanted = pyqtSignal(str)

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
        self.papers = QToolButton(self)
        self.papers.setObjectName("landInspectorWritePapers")
        self.papers.setText(tr("Papers…"))
        self.papers.setToolTip(tr("Write the papers of this case, look what is missing in them, keep them when they come back"))
        self.papers.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.papers.clicked.connect(lambda _checked: self.write_wanted.emit(self._next))
        self._act, self._track, self._next = "", "", ""
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.others, 1)
        row.addWidget(self.why, 1)
        row.addWidget(self.papers, 1)
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
        """What comes next in this case, when it is due, and the button that records it."""
        ahead = view.ahead
        left = ahead.carry_out
        self._act = ahead.act.code if ahead.act is not None and ahead.not_yet is None else ""
        self._track = left[0].id if left else ""
        self._next = ahead.act.code if ahead.act is not None else ""
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


# --- Every act that is not possible now, to be looked for by name, with the reason.


class WhyNotDialog(QDialog):
    """Closes by itself when it is done with."""

    def __init__(self, reasons: Sequence[Tuple[Act, Message]], parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorWhyNotDialog")
        self.setWindowTitle(tr("Why is this not possible now?"))
        self.search = QLineEdit(self)
        put_hint(self.search, tr("Part of an act's name"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.listed = QTreeWidget(self)
        self.listed.setHeaderLabels([tr("Act"), tr("Why not now")])
        self.listed.setRootIsDecorated(False)
        for act, reason in reasons:
            line = QTreeWidgetItem(self.listed, [say(act.label), say(reason)])
            line.setToolTip(1, tip(say(reason)))
        self.listed.setColumnWidth(0, 190)
        self.listed.currentItemChanged.connect(lambda line, _before: self.whole.setText(line.text(1) if line else ""))
        self.whole = FixedHeightLabel("", 3, self)
        self.whole.setObjectName("landInspectorWhyNotReason")
        buttons = closing(self, "cases")
        self.finished.connect(self.deleteLater)
        layout = QVBoxLayout(self)
        for widget in (self.search, self.listed, self.whole, buttons):
            layout.addWidget(widget)
        self.resize(640, 480)

    def _filter(self, text: str) -> None:
        """Only acts of this name; the reason of the first stands below at once."""
        wanted = text.strip().casefold()
        lines = [self.listed.topLevelItem(n) for n in range(self.listed.topLevelItemCount())]
        for line in lines:
            line.setHidden(wanted not in line.text(0).casefold())
        self.listed.setCurrentItem(next((line for line in lines if not line.isHidden()), None))
