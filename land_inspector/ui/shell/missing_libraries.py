"""What the user sees when a Python library is missing: a line in the message bar, and what to install as text to copy.

Shown when nothing else of the plugin can be loaded, so it needs nothing but Qt.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Sequence

from qgis.core import Qgis
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from ...dependencies import Lack, instructions
from ...errors import Message
from ...i18n import say, tr
from ..widgets.dialogs import closing, ignore_held_keys

if TYPE_CHECKING:
    from qgis.gui import QgisInterface


def explanation(lacks: Sequence[Lack], misfit: Optional[Message] = None) -> str:
    """The reasons, then every way to install, in the user's language. ``misfit``: why an office's zip does not suit this QGIS."""
    paragraphs = [*([say(misfit)] if misfit else []), "\n".join(say(lack.reason) for lack in lacks)]
    paragraphs += [say(paragraph) for paragraph in instructions()]
    return "\n\n".join(paragraphs)


class MissingLibrariesDialog(QDialog):
    """Text to read and to copy; nothing is installed from here."""

    def __init__(self, lacks: Sequence[Lack], parent: Optional[QWidget] = None, misfit: Optional[Message] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setWindowTitle(tr("Land Inspector: what to install"))
        self.resize(760, 560)
        self.text = QPlainTextEdit(explanation(lacks, misfit), self)
        self.text.setReadOnly(True)
        buttons = closing(self, "first-county")
        copy = buttons.addButton(tr("Copy all"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._copy)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(buttons)

    def _copy(self) -> None:
        self.text.selectAll()
        self.text.copy()


class MissingLibrariesNotice:
    """The line in the message bar, whose button opens the dialog. :meth:`remove` takes both away."""

    def __init__(self, iface: QgisInterface, lacks: Sequence[Lack], misfit: Optional[Message] = None):
        self._bar = iface.messageBar()
        self.dialog = MissingLibrariesDialog(lacks, iface.mainWindow(), misfit)
        reasons = [misfit] if misfit else [lack.reason for lack in lacks]
        self._item = self._bar.createMessage(tr("Land Inspector"), "; ".join(say(reason) for reason in reasons))
        button = QPushButton(tr("What to install"), self._item)
        button.clicked.connect(self.dialog.open)
        self._item.layout().addWidget(button)
        self._bar.pushWidget(self._item, Qgis.MessageLevel.Warning)

    def remove(self) -> None:
        """Take notice and window away."""
        self._bar.popWidget(self._item)
        self.dialog.deleteLater()
