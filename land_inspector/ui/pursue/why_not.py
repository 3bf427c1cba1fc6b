"""Every act that is not possible now, to be looked for by name, with the reason."""
from __future__ import annotations

from typing import Optional, Sequence, Tuple

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from ...errors import Message
from ...i18n import say, tr
from ...law.acts import Act


class WhyNotDialog(QDialog):
    """Closes by itself when it is done with."""

    def __init__(self, reasons: Sequence[Tuple[Act, Message]], parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorWhyNotDialog")
        self.setWindowTitle(tr("Why is this not possible now?"))
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(tr("Part of an act's name"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.listed = QTreeWidget(self)
        self.listed.setHeaderLabels([tr("Act"), tr("Why not now")])
        self.listed.setRootIsDecorated(False)
        self.listed.setWordWrap(True)
        for act, reason in reasons:
            line = QTreeWidgetItem(self.listed, [say(act.label), say(reason)])
            line.setToolTip(1, say(reason))
            line.setTextAlignment(0, Qt.AlignmentFlag.AlignTop)
        self.listed.setColumnWidth(0, 190)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, parent=self)
        buttons.button(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        layout = QVBoxLayout(self)
        for widget in (self.search, self.listed, buttons):
            layout.addWidget(widget)
        self.resize(640, 480)

    def _filter(self, text: str) -> None:
        wanted = text.strip().casefold()
        for n in range(self.listed.topLevelItemCount()):
            line = self.listed.topLevelItem(n)
            line.setHidden(wanted not in line.text(0).casefold())
