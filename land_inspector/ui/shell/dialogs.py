"""Questions to the user: files, one line of text, whether to go on. Kept apart so that a test can answer them."""
from __future__ import annotations

from pathlib import Path
from typing import Callable, Optional, Sequence

from qgis.PyQt.QtCore import QUrl, Qt
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QCompleter, QDialog, QDialogButtonBox, QFileDialog, QInputDialog, QLabel, QLineEdit, QMessageBox, QVBoxLayout,
    QWidget,
)

from ...i18n import tr
from ...register.records import shown_name
from ...settings import is_lost_with_qgis, is_temporary
from ..widgets.dialogs import deciding, ignore_held_keys
from ..widgets.labels import PlainLabel, tip
from ..widgets.rows import put_hint
from .messages import Messages


class Question(str):
    """A question and the verb on the button that says yes to it: ``Question("Undo them too?", "Undo all")``."""

    verb: str

    def __new__(cls, text: str, verb: str) -> "Question":
        made = super().__new__(cls, text)
        made.verb = verb
        return made


class Dialogs:
    """Every question goes to the user in a window over ``parent``; None or False means that nothing shall be done."""

    def __init__(self, parent: QWidget):
        self._parent = parent

    def register_to_open(self, folder: Path) -> Optional[Path]:
        """A register's file, looked for from ``folder``; None where the user gave up."""
        chosen, _kind = QFileDialog.getOpenFileName(self._parent, tr("Open a register"), str(folder), _register_kind())
        return Path(chosen) if chosen else None

    def address_to_open(self, known: Sequence[str]) -> str:
        """The address of a register on a server, out of those that are known or typed; '' where the user gave up."""
        dialog = QInputDialog(self._parent)
        ignore_held_keys(dialog)
        dialog.setWindowTitle(tr("Open a register on a server"))
        dialog.setLabelText(tip(tr(
            "Its address (postgresql://server/database?schema=name), a service (service=name schema=name), or a connection of QGIS "
            "(name?schema=name). Passwords are taken from QGIS's authentication store, .pgpass or the environment.")))
        dialog.setComboBoxItems(list(known) or [""])
        dialog.setComboBoxEditable(True)
        dialog.setOkButtonText(tr("Open it"))
        dialog.setCancelButtonText(tr("Leave it"))
        label = dialog.findChild(QLabel)
        if label is not None:
            label.setWordWrap(True)
        dialog.resize(520, dialog.sizeHint().height())
        agreed = dialog.exec() == QInputDialog.DialogCode.Accepted
        return dialog.textValue().strip() if agreed else ""

    def register_to_make(self, suggestion: Path) -> Optional[Path]:
        """Where a new register goes: a place that lasts."""
        return self._place_to_keep(tr("Where to keep the new register"), suggestion, _register_kind())

    def copy_to_write(self, suggestion: Path) -> Optional[Path]:
        """Where a copy of the register goes, always with ``.gpkg``; None where the user gave up."""
        chosen = self._place_to_keep(tr("Hand over: where to put the checked copy"), suggestion, _register_kind())
        return chosen.with_suffix(".gpkg") if chosen else None

    def folder_to_fill(self, title: str, suggestion: Path) -> Optional[Path]:
        """A folder for results that are kept."""
        folder = suggestion
        while True:
            chosen = QFileDialog.getExistingDirectory(self._parent, title, str(folder))
            if not chosen:
                return None
            folder = Path(chosen)
            if self.lasts(folder):
                return folder

    def profile_to_open(self, folder: Path) -> Optional[Path]:
        """A file with an evidence profile, looked for from ``folder``; None where the user gave up."""
        chosen, _kind = QFileDialog.getOpenFileName(self._parent, tr("Evidence profile of the measuring"), str(folder),
                                                    tr("Evidence profiles (*.json)"))
        return Path(chosen) if chosen else None

    def file_to_write(self, title: str, suggestion: Path, kinds: str) -> Optional[Path]:
        """``kinds`` as Qt's file dialogs want them: ``Table (*.xlsx);;Text (*.csv)``; a name without an ending gets the suggestion's."""
        return self._place_to_keep(title, suggestion, kinds)

    def _place_to_keep(self, title: str, suggestion: Path, kinds: str) -> Optional[Path]:
        """A file in a place that lasts; asks again where it does not."""
        place = suggestion
        while True:
            chosen, _kind = QFileDialog.getSaveFileName(self._parent, title, str(place), kinds)
            if not chosen:
                return None
            place = Path(chosen) if Path(chosen).suffix else Path(chosen).with_suffix(suggestion.suffix)
            if self.lasts(place):
                return place

    def lasts(self, place: Path) -> bool:
        """QGIS's own temporary folder is refused; in the computer's a file is put only on purpose."""
        if is_lost_with_qgis(place):
            self._tell(tr("{place} is emptied when QGIS quits. Choose a folder that lasts.", place=str(place)))
            return False
        return not is_temporary(place) or self.agreed(Question(
            tr("{place} lies in the computer's temporary folder, where files are deleted without a question. "
               "What is kept belongs elsewhere.", place=str(place)), tr("Put it there all the same")))

    def agreed(self, question: str) -> bool:
        """Whether the user pressed the button with the verb; Escape and Enter leave things as they are."""
        box = QMessageBox(QMessageBox.Icon.Question, tr("Land Inspector"), question, QMessageBox.StandardButton.NoButton, self._parent)
        box.setTextFormat(Qt.TextFormat.PlainText)
        ignore_held_keys(box)
        box.setObjectName("landInspectorQuestion")
        going_on = box.addButton(getattr(question, "verb", "") or tr("Do it"), QMessageBox.ButtonRole.AcceptRole)
        leaving = box.addButton(tr("Leave it"), QMessageBox.ButtonRole.RejectRole)
        going_on.setObjectName("landInspectorGoOn")
        leaving.setObjectName("landInspectorLeave")
        box.setDefaultButton(leaving)
        box.setEscapeButton(leaving)
        box.exec()
        return box.clickedButton() is going_on

    def _tell(self, text: str) -> None:
        box = QMessageBox(QMessageBox.Icon.Warning, tr("Land Inspector"), text, QMessageBox.StandardButton.NoButton, self._parent)
        box.setTextFormat(Qt.TextFormat.PlainText)
        ignore_held_keys(box)
        box.addButton(tr("Choose another place"), QMessageBox.ButtonRole.AcceptRole)
        box.exec()

    def who(self, known: Sequence[str], then: Callable[[str], None]) -> None:
        """Ask under which name the person at this desk records; ``known`` names are suggested. Nothing waits for the answer."""
        dialog = WhoDialog(known, self._parent)
        dialog.accepted.connect(lambda: then(dialog.name))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def text(self, question: str) -> str:
        """One line the user typed; '' where nothing shall be done."""
        dialog = QInputDialog(self._parent)
        ignore_held_keys(dialog)
        dialog.setWindowTitle(tr("Land Inspector"))
        dialog.setLabelText(tip(question))
        dialog.setOkButtonText(getattr(question, "verb", "") or tr("Go on"))
        dialog.setCancelButtonText(tr("Leave it"))
        agreed = dialog.exec() == QInputDialog.DialogCode.Accepted
        return dialog.textValue().strip() if agreed else ""


class WhoDialog(QDialog):
    """Under which name somebody records, with the names that the register knows to choose from."""

    def __init__(self, known: Sequence[str], parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorWho")
        self.setWindowTitle(tr("Who records here?"))
        said = PlainLabel(tr("Your name stands beside every verdict and act that you record, and in no file that is given out unless you "
                             "say so. It is asked once on this computer; the menu of the register changes it."), self)
        said.setWordWrap(True)
        self.field = QLineEdit(self)
        self.field.setObjectName("landInspectorWhoName")
        self.field.setAccessibleName(tr("Your name"))
        put_hint(self.field, tr("Your name, as it stands in the register:"))
        suggestions = QCompleter(sorted(known), self.field)
        suggestions.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        suggestions.setFilterMode(Qt.MatchFlag.MatchContains)
        self.field.setCompleter(suggestions)
        buttons = deciding(self, tr("Keep this name"), "review")
        self._keep = buttons.button(QDialogButtonBox.StandardButton.Save)
        self.field.textChanged.connect(lambda _text: self._keep.setEnabled(bool(self.name)))
        self._keep.setEnabled(False)
        layout = QVBoxLayout(self)
        for widget in (said, self.field, buttons):
            layout.addWidget(widget)
        self.resize(460, self.sizeHint().height())
        self.field.setFocus()

    @property
    def name(self) -> str:
        """What was typed, without blanks around it."""
        return self.field.text().strip()


def _register_kind() -> str:
    return tr("Registers (*.gpkg)")


# A kept file shown with the program that this computer has for it: only of a kind that does nothing by itself, and only after asking.

#: Pictures, and documents that hold no program; whatever else a file is called, its last ending decides.
HARMLESS = frozenset({".pdf", ".ofd", ".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".heic", ".txt", ".docx", ".xlsx",
                      ".odt", ".ods", ".csv"})


def open_kept(path: Path, asking: Dialogs, messages: Messages) -> None:
    """Ask, then hand ``path`` to the computer; a kind of file that can run is never opened, the message says where it lies."""
    name = shown_name(path.name)
    if path.suffix.lower() not in HARMLESS or not path.is_file():
        messages.warn(tr("{file} is not of a kind that is opened from here: such files can do harm. It lies in {folder}.", file=name,
                         folder=str(path.parent)))
    elif asking.agreed(Question(tr("Open {file} with the program that this computer has for it?", file=name), tr("Open it"))):
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
