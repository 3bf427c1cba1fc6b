"""The foot of every dialog: a verb that says what will be done, the way out, and Help with the manual's page of it.

F1 opens the page; Ctrl+Enter does what the verb says (:mod:`..shell.held_keys`).
"""
from __future__ import annotations

from typing import Callable, Optional

from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices, QKeySequence
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QShortcut, QWidget

from ...i18n import manual_page, tr

_Standard = QDialogButtonBox.StandardButton
FIRST = "first-county"


def open_manual(page: str = FIRST) -> bool:
    """Show a page in the computer's browser; False where the manual is not there."""
    file = manual_page(page) or manual_page(FIRST)
    return file is not None and QDesktopServices.openUrl(QUrl.fromLocalFile(str(file)))


def deciding(dialog: QDialog, verb: str, page: str, accept: Optional[Callable[[], None]] = None) -> QDialogButtonBox:
    """*Verb*, *Leave it* and *Help*; ``accept`` in place of the dialog's own. The verb's button is that of ``StandardButton.Save``."""
    buttons = QDialogButtonBox(_Standard.Save | _Standard.Cancel | _Standard.Help, parent=dialog)
    going_on = buttons.button(_Standard.Save)
    going_on.setText(verb)
    going_on.setDefault(True)
    buttons.button(_Standard.Cancel).setText(tr("Leave it"))
    buttons.accepted.connect(accept or dialog.accept)
    buttons.rejected.connect(dialog.reject)
    return _with_help(buttons, dialog, page)


def closing(dialog: QDialog, page: str) -> QDialogButtonBox:
    """*Close* and *Help*."""
    buttons = QDialogButtonBox(_Standard.Close | _Standard.Help, parent=dialog)
    buttons.button(_Standard.Close).setText(tr("Close"))
    buttons.rejected.connect(dialog.reject)
    return _with_help(buttons, dialog, page)


def _with_help(buttons: QDialogButtonBox, dialog: QDialog, page: str) -> QDialogButtonBox:
    help_button = buttons.button(_Standard.Help)
    help_button.setText(tr("Help"))
    help_button.setAutoDefault(False)
    buttons.helpRequested.connect(lambda: open_manual(page))
    help_on_f1(dialog, page)
    return buttons


def help_on_f1(widget: QWidget, page: str) -> None:
    """F1 anywhere in the widget opens the page."""
    shortcut = QShortcut(QKeySequence("F1"), widget)
    shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    shortcut.activated.connect(lambda: open_manual(page))
