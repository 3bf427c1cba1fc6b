"""Questions to the user: files and yes or no. Kept apart so that a test can answer them."""
from __future__ import annotations

from pathlib import Path
from typing import Optional

from qgis.PyQt.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from ...i18n import tr


class Dialogs:
    """Every question goes to the user in a window over ``parent``; None or False means that nothing shall be done."""

    def __init__(self, parent: QWidget):
        self._parent = parent

    def register_to_open(self, folder: Path) -> Optional[Path]:
        chosen, _kind = QFileDialog.getOpenFileName(self._parent, tr("Open a register"), str(folder), _register_kind())
        return Path(chosen) if chosen else None

    def copy_to_write(self, suggestion: Path) -> Optional[Path]:
        chosen, _kind = QFileDialog.getSaveFileName(self._parent, tr("Hand over: where to put the checked copy"), str(suggestion),
                                                    _register_kind())
        return Path(chosen).with_suffix(".gpkg") if chosen else None

    def profile_to_open(self, folder: Path) -> Optional[Path]:
        chosen, _kind = QFileDialog.getOpenFileName(self._parent, tr("Evidence profile of the measuring"), str(folder),
                                                    tr("Evidence profiles (*.json)"))
        return Path(chosen) if chosen else None

    def file_to_write(self, title: str, suggestion: Path, kinds: str) -> Optional[Path]:
        """``kinds`` as Qt's file dialogs want them: ``Table (*.xlsx);;Text (*.csv)``; a name without an ending gets the suggestion's."""
        chosen, _kind = QFileDialog.getSaveFileName(self._parent, title, str(suggestion), kinds)
        if not chosen:
            return None
        return Path(chosen) if Path(chosen).suffix else Path(chosen).with_suffix(suggestion.suffix)

    def agreed(self, question: str) -> bool:
        answer = QMessageBox.question(self._parent, tr("Land Inspector"), question)
        return answer == QMessageBox.StandardButton.Yes

    def text(self, question: str) -> str:
        """One line the user typed; '' where nothing shall be done."""
        said, agreed = QInputDialog.getText(self._parent, tr("Land Inspector"), question)
        return said.strip() if agreed else ""


def _register_kind() -> str:
    return tr("Registers (*.gpkg)")
