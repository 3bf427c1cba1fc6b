"""Every act that is not possible now, to be looked for by name, with the reason."""
from __future__ import annotations

from typing import Optional, Sequence, Tuple

from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from ...errors import Message
from ...i18n import say, tr
from ...law.procedure import Act
from ..shell.held_keys import ignore_held_keys
from ..widgets.fixed_height_label import FixedHeightLabel
from ..widgets.plain_text import tip


class WhyNotDialog(QDialog):
    """Closes by itself when it is done with."""

    def __init__(self, reasons: Sequence[Tuple[Act, Message]], parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorWhyNotDialog")
        self.setWindowTitle(tr("Why is this not possible now?"))
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(tr("Part of an act's name"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.listed = QTreeWidget(self)
        self.listed.setHeaderLabels([tr("Act"), tr("Why not now")])
        self.listed.setRootIsDecorated(False)
        for act, reason in reasons:
            line = QTreeWidgetItem(self.listed, [say(act.label), say(reason)])
            line.setToolTip(1, tip(say(reason)))
        self.listed.setColumnWidth(0, 190)
        self.listed.currentItemChanged.connect(lambda line, _before: self.whole.setText(line.text(1) if line else ""))
        self.whole = FixedHeightLabel("", 3, self)
        self.whole.setObjectName("landInspectorWhyNotReason")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, parent=self)
        buttons.button(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        layout = QVBoxLayout(self)
        for widget in (self.search, self.listed, self.whole, buttons):
            layout.addWidget(widget)
        self.resize(640, 480)

    def _filter(self, text: str) -> None:
        """Only acts of this name; the reason of the first stands below at once."""
        wanted = text.strip().casefold()
        lines = [self.listed.topLevelItem(n) for n in range(self.listed.topLevelItemCount())]
        for line in lines:
            line.setHidden(wanted not in line.text(0).casefold())
        self.listed.setCurrentItem(next((line for line in lines if not line.isHidden()), None))
