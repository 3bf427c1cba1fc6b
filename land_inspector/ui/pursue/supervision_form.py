"""Giving townships to a supervising person."""
from __future__ import annotations

from datetime import date, timedelta
from typing import List, Mapping, Optional, Sequence

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...i18n import tr
from .acceptance_form import date_field
from ..shell.held_keys import ignore_held_keys

_USUAL_DAYS = 30


class SupervisionForm(QDialog):
    """Who watches which townships, from when until when; no township ticked means the whole county."""

    def __init__(self, people: Sequence[str], townships: Mapping[str, str], day: date, parent: Optional[QWidget] = None):
        """``people`` are names to choose from, others may be typed; ``townships`` are names by code."""
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorSupervisionForm")
        self.setWindowTitle(tr("Supervision"))
        self.person = QComboBox(self)
        self.person.setEditable(True)
        self.person.addItems(sorted(people))
        self.person.setCurrentText("")
        self.townships = QListWidget(self)
        self.townships.setAccessibleName(tr("Townships"))
        for code, name in townships.items():
            item = QListWidgetItem(name, self.townships)
            item.setData(Qt.ItemDataRole.UserRole, code)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
        self.since = date_field(day, self)
        self.until = date_field(day + timedelta(days=_USUAL_DAYS), self)
        self.remark = QLineEdit(self)
        self._lay_out()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(tr("Who watches"), self.person)
        form.addRow(tr("Townships (none: the whole county)"), self.townships)
        form.addRow(tr("From"), self.since)
        form.addRow(tr("Until"), self.until)
        form.addRow(tr("Remark"), self.remark)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self)
        ready = buttons.button(QDialogButtonBox.StandardButton.Ok)
        ready.setText(tr("Record"))
        ready.setEnabled(False)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        self.person.currentTextChanged.connect(lambda text: ready.setEnabled(bool(text.strip())))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(buttons)

    def chosen(self) -> List[str]:
        """Codes of the ticked townships."""
        items = (self.townships.item(place) for place in range(self.townships.count()))
        return [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == Qt.CheckState.Checked]
