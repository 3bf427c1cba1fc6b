"""Dialogs that all rooms share: their foot with its verb, way out and help, and the choice of one among many."""
from __future__ import annotations

from typing import Callable, Dict, Optional, Sequence

from qgis.PyQt.QtCore import QEvent, QObject, QUrl, Qt
from qgis.PyQt.QtGui import QDesktopServices, QKeyEvent, QKeySequence
from qgis.PyQt.QtWidgets import (
    QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QListWidget, QShortcut, QVBoxLayout, QWidget,
)

from ...i18n import manual_page, tr
from ..shell.held_keys import ignore_held_keys
from .rows import PlainLabel


# The foot of every dialog: a verb that says what will be done, the way out, and Help with the manual's page of it.
#
# F1 opens the page; Ctrl+Enter does what the verb says (:mod:`..shell.held_keys`).

_Standard = QDialogButtonBox.StandardButton
FIRST = "first-county"


def open_manual(page: str = FIRST) -> bool:
    """Show a page in the computer's browser; False where the manual is not there."""
    file = manual_page(page) or manual_page(FIRST)
    return file is not None and QDesktopServices.openUrl(QUrl.fromLocalFile(str(file)))


class Foot(QDialogButtonBox):
    """Keeps the words that it was given: Qt puts its own, often English, back into standard buttons whenever a translation is installed,
    and QGIS's plugins install theirs after ours."""

    def __init__(self, standard: QDialogButtonBox.StandardButtons, words: Dict[QDialogButtonBox.StandardButton, str], dialog: QWidget):
        super().__init__(standard, parent=dialog)
        self._words = words
        self._say()

    def event(self, event: QEvent) -> bool:
        """As Qt's, and the words again after a change of language."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._say()
        return handled

    def _say(self) -> None:
        for which, words in self._words.items():
            self.button(which).setText(words)


def deciding(dialog: QDialog, verb: str, page: str, accept: Optional[Callable[[], None]] = None) -> QDialogButtonBox:
    """*Verb*, *Leave it* and *Help*; ``accept`` in place of the dialog's own. The verb's button is that of ``StandardButton.Save``."""
    buttons = Foot(_Standard.Save | _Standard.Cancel | _Standard.Help,
                   {_Standard.Save: verb, _Standard.Cancel: tr("Leave it"), _Standard.Help: tr("Help")}, dialog)
    buttons.button(_Standard.Save).setDefault(True)
    buttons.accepted.connect(accept or dialog.accept)
    buttons.rejected.connect(dialog.reject)
    return _with_help(buttons, dialog, page)


def closing(dialog: QDialog, page: str) -> QDialogButtonBox:
    """*Close* and *Help*."""
    buttons = Foot(_Standard.Close | _Standard.Help, {_Standard.Close: tr("Close"), _Standard.Help: tr("Help")}, dialog)
    buttons.rejected.connect(dialog.reject)
    return _with_help(buttons, dialog, page)


def _with_help(buttons: QDialogButtonBox, dialog: QDialog, page: str) -> QDialogButtonBox:
    buttons.button(_Standard.Help).setAutoDefault(False)
    buttons.helpRequested.connect(lambda: open_manual(page))
    help_on_f1(dialog, page)
    return buttons


def help_on_f1(widget: QWidget, page: str) -> None:
    """F1 anywhere in the widget opens the page."""
    shortcut = QShortcut(QKeySequence("F1"), widget)
    shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    shortcut.activated.connect(lambda: open_manual(page))


# Picking a usual text by one key, or typing another: 1 … 9 take a line of the list at once, Enter takes what is written.

_DIGITS = "123456789"
#: A longer list scrolls.
_MOST_LINES = 14


class PickDialog(QDialog):
    """Read :attr:`text` after it was accepted. With ``optional`` an empty text is an answer as well."""

    def __init__(self, title: str, question: str, choices: Sequence[str], parent: Optional[QWidget] = None, optional: bool = False):
        super().__init__(parent)
        self.setObjectName("landInspectorPick")
        ignore_held_keys(self)
        self.setWindowTitle(title)
        self._choices, self._optional = list(choices), optional
        heading = PlainLabel(question, self)
        heading.setWordWrap(True)
        self.field = QLineEdit(self)
        self.field.setObjectName("landInspectorPickText")
        self.field.setAccessibleName(question)
        self.field.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setObjectName("landInspectorPickList")
        self.list.setAccessibleName(tr("Usual texts"))
        self.list.addItems([f"{place}  {text}" if place <= len(_DIGITS) else f"    {text}" for place, text in enumerate(self._choices, 1)])
        self.list.currentRowChanged.connect(self._write)
        self.list.itemDoubleClicked.connect(lambda _item: self.accept())
        self.list.setVisible(bool(self._choices))
        self.list.setFixedHeight(min(len(self._choices), _MOST_LINES) * self.list.sizeHintForRow(0) + 8)
        self.buttons = self._buttons()
        self.form = QFormLayout()
        layout = QVBoxLayout(self)
        for widget in (heading, self.field, self.list):
            layout.addWidget(widget)
        layout.addLayout(self.form)
        layout.addWidget(self.buttons)
        self.field.textChanged.connect(lambda _text: self._look())
        self._look()
        self.field.setFocus()
        self.resize(380, self.sizeHint().height())

    def _buttons(self) -> QDialogButtonBox:
        """The title is the verb: what the dialog is called is what it does."""
        return deciding(self, self.windowTitle(), "review")

    @property
    def text(self) -> str:
        """What was picked or typed, without blanks around it."""
        return self.field.text().strip()

    def _look(self) -> None:
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(self._optional or bool(self.text))

    def _write(self, row: int) -> None:
        if row >= 0:
            self.field.setText(self._choices[row])
            self.field.selectAll()

    def accept(self) -> None:
        if self._optional or self.text:
            super().accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In an empty field a digit takes its line at once; the arrows walk through the list from the field."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress:
            return self._pick_by_key(event)
        return super().eventFilter(watched, event)

    def _pick_by_key(self, event: QKeyEvent) -> bool:
        place = _DIGITS.find(event.text()) if event.text() else -1
        if 0 <= place < len(self._choices) and not self.text:
            self.list.setCurrentRow(place)
            self.accept()
            return True
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(event.key(), 0)
        if step and self._choices:
            self.list.setCurrentRow(max(0, min(len(self._choices) - 1, self.list.currentRow() + step)))
        return bool(step)
