"""The assistant's window: the steps at the left, the step in the middle, one verb below that ends it."""
from __future__ import annotations

from typing import Optional, Sequence

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ...i18n import tr
from ..shell.held_keys import ignore_held_keys
from ..widgets.dialog_buttons import help_on_f1, open_manual
from ..widgets.rows import progress_style
from .page import Office, Page, wrapped
from ..widgets.labels import tip

_WIDE, _HIGH, _STEPS_WIDE = 940, 600, 180


class AssistantWindow(QDialog):
    """Not modal: the map beside it stays usable. Any step can be gone to at any time; ``finished_all`` comes after the last."""

    finished_all = pyqtSignal()

    def __init__(self, office: Office, pages: Sequence[Page], parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorAssistant")
        self.setWindowTitle(tr("Land Inspector: your own data"))
        self.setModal(False)
        self.office, self.pages = office, list(pages)
        self.steps = QListWidget(self)
        self.steps.setObjectName("landInspectorAssistantSteps")
        self.steps.setAccessibleName(tr("Steps"))
        self.steps.setFixedWidth(_STEPS_WIDE)
        self.steps.setWordWrap(True)
        self.stack = QStackedWidget(self)
        self.hint = wrapped("landInspectorAssistantHint", self)
        self.wrong = wrapped("landInspectorAssistantWrong", self)
        self.bar = QProgressBar(self)
        self.bar.setObjectName("landInspectorAssistantProgress")
        self.bar.setStyleSheet(progress_style())
        self.stop = QPushButton(tr("Stop"), self)
        self.back = QPushButton(tr("◀ Step back"), self)
        self.go = QPushButton(self)
        self.go.setObjectName("landInspectorAssistantGo")
        self.go.setDefault(True)
        self.later = QPushButton(tr("Go on later"), self)
        self.later.setObjectName("landInspectorAssistantLater")
        self._busy = False
        self.help = QPushButton(tr("Help"), self)
        self.help.clicked.connect(lambda: open_manual("first-county"))
        help_on_f1(self, "first-county")
        for button in (self.stop, self.back, self.later, self.help):
            button.setAutoDefault(False)
        for page in self.pages:
            self.steps.addItem(QListWidgetItem(page.title()))
            self.stack.addWidget(page)
        self._lay_out()
        self._wire()
        self.resize(_WIDE, _HIGH)

    def _lay_out(self) -> None:
        foot, doing = QHBoxLayout(), QHBoxLayout()
        doing.addWidget(self.bar, 1)
        doing.addWidget(self.stop)
        foot.addWidget(self.later)
        foot.addWidget(self.help)
        foot.addStretch(1)
        foot.addWidget(self.back)
        foot.addWidget(self.go)
        right = QVBoxLayout()
        right.addWidget(self.hint)
        right.addWidget(self.stack, 1)
        right.addLayout(doing)
        right.addWidget(self.wrong)
        right.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.addWidget(self.steps)
        layout.addLayout(right, 1)
        self._show_busy("")

    def _wire(self) -> None:
        self.steps.currentRowChanged.connect(self._show_step)
        self.go.clicked.connect(self._act)
        self.back.clicked.connect(lambda: self.go_to(self.steps.currentRow() - 1))
        self.later.clicked.connect(self.reject)
        self.stop.clicked.connect(self._stop)
        self.office.busy.connect(self._show_busy)
        self.office.advanced.connect(self._advance)
        self.office.failed.connect(self._show_wrong)
        self.office.place.jobs.progressed.connect(self._advance)
        for page in self.pages:
            page.changed.connect(self.show_state)
            page.ended.connect(self._go_on)

    # --- steps --------------------------------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The step that is shown."""
        return self.pages[max(self.steps.currentRow(), 0)]

    def first_open(self) -> int:
        """The step at which the work was left."""
        return next((at for at, page in enumerate(self.pages) if not page.is_done() and not page.is_extra()), 0)

    def go_to(self, step: int) -> None:
        """Show this step, counted from 0; one beyond either end becomes the last or the first."""
        step = max(0, min(step, len(self.pages) - 1))
        if step == self.steps.currentRow():
            self._show_step(step)
        else:
            self.steps.setCurrentRow(step)

    def _show_step(self, step: int) -> None:
        for at in range(len(self.pages)):
            if at != step and self.stack.currentIndex() == at:
                self.pages[at].leave()
        self._show_wrong("")
        self.stack.setCurrentIndex(step)
        self.hint.setText(self.page.hint())
        self.page.come_up()
        self.show_state()

    def _go_on(self) -> None:
        following = self.pages[self.steps.currentRow() + 1:self.steps.currentRow() + 2]
        if following and not following[0].is_extra():
            self.go_to(self.steps.currentRow() + 1)
        else:
            self.reject()
            self.finished_all.emit()

    def _act(self) -> None:
        self._show_wrong("")
        if not self.page.lacks():
            self.page.act()

    def _stop(self) -> None:
        self.office.cancel()
        self.office.place.jobs.cancel()

    # --- showing ------------------------------------------------------------------------------------------------------

    def show_state(self) -> None:
        """The marks of the steps, the verb of this one, and what is still missing."""
        for at, page in enumerate(self.pages):
            self.steps.item(at).setText(("✓ " if page.is_done() else "    ") + page.title())
        lacks = self.page.lacks()
        self.go.setText(self.page.verb())
        self.go.setEnabled(not lacks and not self._busy)
        self.go.setToolTip(tip(lacks))
        if self.go.isEnabled() and self.focusWidget() in (None, self.later, self.back, self.steps):
            self.go.setFocus()
        self.back.setEnabled(self.steps.currentRow() > 0 and not self._busy)
        self.wrong.setVisible(bool(lacks) or bool(self.wrong.property("fault")))
        if not self.wrong.property("fault"):
            self.wrong.setText(lacks)

    def _show_wrong(self, text: str) -> None:
        """What went wrong stays until the next press; what is merely missing goes with it."""
        self.wrong.setProperty("fault", text)
        self.wrong.setText(text)
        self.wrong.setStyleSheet("font-weight: bold;" if text else "")
        self.show_state()

    def _show_busy(self, text: str) -> None:
        self._busy = bool(text)
        self.bar.setVisible(self._busy)
        self.stop.setVisible(self._busy)
        self.bar.setRange(0, 0)
        self.bar.setFormat(f"{text} %p %")
        self.steps.setEnabled(not self._busy)
        if self.steps.currentRow() >= 0:
            self.show_state()

    def _advance(self, percent: float) -> None:
        if self._busy:
            self.bar.setRange(0, 100)
            self.bar.setValue(int(round(percent)))

    def reject(self) -> None:
        """However it is closed, whatever was done stays done; the step is taken up again when the window comes back."""
        self.page.leave()
        super().reject()
