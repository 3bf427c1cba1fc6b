"""The foot of every dialog: a verb that says what will be done, the way out, and Help with the manual's page of it.

F1 opens the page; Ctrl+Enter does what the verb says (:mod:`..shell.held_keys`).
"""
from __future__ import annotations

from typing import Callable, Dict, Optional

from qgis.PyQt.QtCore import QEvent, QUrl, Qt
from qgis.PyQt.QtGui import QDesktopServices, QKeySequence
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QShortcut, QWidget

from ...i18n import manual_page, tr


_Standard = QDialogButtonBox.StandardButton
FIRST = "first-county"


def open_manual(page: str = FIRST) -> bool:
    """Show a page in the computer's browser; False where the manual is not there."""
    file = manual_page(page) or manual_page(FIRST)
    return file is not None and QDesktopServices.openUrl(QUrl.fromLocalFile(str(file)))


class Foot(QDialogButtonBox):
    """Keeps the words that it was given: Qt puts its own, often English, back into standard buttons whenever a translation is installed,
    and QGIS's plugins install theirs after ours."""

    def __init__(self, standard: QDialogButtonBox.StandardButton, words: Dict[QDialogButtonBox.StandardButton, str], dialog: QWidget):
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
