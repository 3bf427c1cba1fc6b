"""The assistant's window: the steps at the left, the step in the middle, one verb below that ends it."""
from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence

from qgis.core import QgsProject, QgsSettings, QgsVectorLayer, QgsWkbTypes
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox, QDialog, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QProgressBar, QPushButton, QSizePolicy,
    QStackedWidget, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget,
)

from ...errors import LandInspectorError
from ...i18n import tr
from ...progress import Progress
from ...settings import HEADING
from ..widgets.dialogs import help_on_f1, ignore_held_keys, open_manual
from ..shell.messages import explained
from ..shell.services import Services
from ..shell.tasks import TRACEBACK
from ..widgets.labels import PlainLabel, tip
from ..widgets.rows import progress_style
from .found_layers import Found, FoundLayer, look_into


# What a step of the assistant is, and what its steps share: the files that were found, and where the work goes on.

_FOLDER = f"{HEADING}/assistant/folder"


class Office(QObject):
    """The layers of the folder that the user named, of single files they added and of the project; ``looked`` tells that they were
    looked through. Work runs beside the window: ``busy`` says what with, '' when it is over; ``advanced`` how far, in percent."""

    looked = pyqtSignal()
    busy = pyqtSignal(str)
    advanced = pyqtSignal(float)
    failed = pyqtSignal(str)

    def __init__(self, place: Services):
        super().__init__()
        self.place = place
        self.found = Found()
        self.folder: Optional[Path] = _remembered_folder()
        self._files: List[Path] = []
        self._work: Any = None

    @property
    def is_busy(self) -> bool:
        """Whether work runs beside the window."""
        return self._work is not None

    @property
    def layers(self) -> List[FoundLayer]:
        """Layers found in the folder and the files that were looked through."""
        return self.found.layers

    def layer(self, source: str) -> Optional[FoundLayer]:
        """The layer found under this source; None where it is not there (any more)."""
        return next((one for one in self.layers if one.source == source), None)

    def take_folder(self, folder: Path) -> None:
        """From now on this is where the office's data lies."""
        self.folder = folder
        QgsSettings().setValue(_FOLDER, str(folder))
        self.look()

    def add_file(self, path: Path) -> None:
        """One more file, wherever it lies."""
        if path not in self._files:
            self._files.append(path)
        self.look()

    def look(self) -> None:
        """Look through everything again."""
        places = [*([self.folder] if self.folder is not None and self.folder.is_dir() else []), *self._files, *_files_of_project()]
        self.do(tr("Looking at the files"), lambda progress: _look_into_all(places, progress), self._take)

    def _take(self, found: Found) -> None:
        self.found = found
        self.looked.emit()

    def do(self, title: str, function: Callable[[Progress], Any], then: Callable[[Any], None], writes: bool = False) -> None:
        """Beside the window, one thing at a time; what goes wrong is told in words."""
        if self._work is not None:
            self._work.cancel()
        self.busy.emit(title)
        begun: List[Any] = []
        work = self.place.worker.start(title, function, lambda result: self._end(begun, lambda: then(result)),
                                       lambda error: self._end(begun, lambda: self._fail(error)), writes)
        begun.append(work)
        self._work = work
        work.progressChanged.connect(self.advanced)

    def _end(self, begun: List[Any], then: Callable[[], None]) -> None:
        """An answer that something newer has overtaken is dropped."""
        if not begun or begun[0] is not self._work:
            return
        self._work = None
        self.busy.emit("")
        then()

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, LandInspectorError):
            self.failed.emit(explained(error))
        else:
            self.place.messages.failed(error)
            self._made_a_mistake()

    def fail_of(self, errors: Sequence[str], otherwise: str) -> None:
        """What a job reported: a mistake of the user's in its words, a fault of the program never as its traceback."""
        if any(TRACEBACK in error for error in errors):
            self._made_a_mistake()
        else:
            self.failed.emit("\n".join(errors) or otherwise)

    def _made_a_mistake(self) -> None:
        self.failed.emit(tr("Land Inspector made a mistake. Nothing was lost; please report the details."))

    def cancel(self) -> None:
        """Ask the work beside the window, if any, to stop."""
        if self._work is not None:
            self._work.cancel()


class Page(QWidget):
    """One step. ``changed``: :meth:`verb` or :meth:`lacks` may be another now; ``ended``: what the step is for has been done."""

    changed = pyqtSignal()
    ended = pyqtSignal()

    def __init__(self, office: Office, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.office, self.place = office, office.place

    def title(self) -> str:
        """Number and name of the step, for the list of steps."""
        raise NotImplementedError

    def hint(self) -> str:
        """One sentence on what the step is for."""
        raise NotImplementedError

    def verb(self) -> str:
        """What the button does that ends the step."""
        raise NotImplementedError

    def lacks(self) -> str:
        """What is still missing, in words; '' when the step can be done."""
        return ""

    def is_done(self) -> bool:
        """Whether the open register has it already."""
        raise NotImplementedError

    def is_extra(self) -> bool:
        """Whether the way of the first hour does not lead through it."""
        return False

    def come_up(self) -> None:
        """The step is shown."""

    def leave(self) -> None:
        """Another step is shown, or the window goes."""

    def act(self) -> None:
        """Do what :meth:`verb` says."""
        raise NotImplementedError


def _remembered_folder() -> Optional[Path]:
    text = QgsSettings().value(_FOLDER, "", str)
    return Path(text) if text else None


def _files_of_project() -> List[Path]:
    """The files of the project's polygon layers, without those of a register of ours."""
    files = []
    for layer in QgsProject.instance().mapLayers().values():
        if isinstance(layer, QgsVectorLayer) and layer.providerType() == "ogr" \
                and layer.geometryType() == QgsWkbTypes.GeometryType.PolygonGeometry and not layer.customProperty("land_inspector/layer"):
            files.append(Path(layer.source().split("|")[0]))
    return list(dict.fromkeys(path for path in files if path.exists()))


def _look_into_all(places: Sequence[Path], progress: Progress) -> Found:
    found = Found()
    for at, place in enumerate(places):
        more = look_into(place, progress.part(at / len(places), (at + 1) / len(places)))
        known = {layer.source for layer in found.layers}
        found.layers += [layer for layer in more.layers if layer.source not in known]
        found.image_folders += [folder for folder in more.image_folders if folder not in found.image_folders]
        found.unread += more.unread
    return found


# --- widgets that steps share -----------------------------------------------------------------------------------------

def choice(name: str, spoken: str, parent: QWidget) -> QComboBox:
    """A choice as wide as its place."""
    box = QComboBox(parent)
    box.setObjectName(name)
    box.setAccessibleName(spoken)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box


def fill(box: QComboBox, lines: Sequence[Sequence[str]], chosen: Optional[str]) -> None:
    """Lines of text and key, without telling; nothing is chosen where ``chosen`` is not among them."""
    box.blockSignals(True)
    box.clear()
    for text, key in lines:
        box.addItem(text, key)
    box.setCurrentIndex(box.findData(chosen) if chosen is not None else -1)
    box.blockSignals(False)


def wrapped(name: str, parent: QWidget) -> QLabel:
    """A label of plain text that wraps and can be copied from; ``name`` is its object name."""
    label = PlainLabel(parent)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def sample_table(name: str, parent: QWidget) -> QTableWidget:
    """An empty table to look at, not to edit or choose from; ``name`` is its object name."""
    table = QTableWidget(parent)
    table.setTabKeyNavigation(False)
    table.setObjectName(name)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
    table.verticalHeader().hide()
    table.horizontalHeader().setStretchLastSection(True)
    table.setWordWrap(False)
    return table


def show_rows(table: QTableWidget, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Fill the table anew, see :func:`shown` for what becomes of a value."""
    table.setColumnCount(len(headings))
    table.setHorizontalHeaderLabels(list(headings))
    table.setRowCount(len(rows))
    for at, row in enumerate(rows):
        for place, value in enumerate(row):
            table.setItem(at, place, QTableWidgetItem(shown(value)))
    table.resizeColumnsToContents()


def shown(value: Any) -> str:
    """A cell as a person reads it."""
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def first_values(layer: FoundLayer, own: str, most: int = 3) -> str:
    """The first things that stand in a column, to see at a glance whether it is the right one."""
    values: Dict[str, None] = dict.fromkeys(shown(value) for value in layer.values(own)) if own else {}
    return " · ".join(list(values)[:most])


_WIDE, _HIGH, _STEPS_WIDE = 1020, 600, 180


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
