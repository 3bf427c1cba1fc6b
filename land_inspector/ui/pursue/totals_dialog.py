"""A list's totals by township, station or officer, to read and to copy."""
from __future__ import annotations

from typing import Optional, Sequence, Tuple

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from ...i18n import tr
from ...law.areas import mu_text
from ...law.quantities import yuan
from ...law.work_lists import Totals
from ..shell.held_keys import ignore_held_keys


class TotalsDialog(QDialog):
    """In the order of the codes: a list of work, not a ranking of people."""

    def __init__(self, title: str, heading: str, lines: Sequence[Tuple[str, Totals]], parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorTotals")
        self.setWindowTitle(title)
        titles = (heading, tr("Entries"), tr("Parcels"), tr("Area (mu)"), tr("Cultivated (mu)"), tr("Amount (yuan)"))
        self.table = QTableWidget(len(lines), len(titles), self)
        self.table.setHorizontalHeaderLabels(titles)
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        for place, (name, totals) in enumerate(lines):
            for column, text in enumerate((name, *_texts(totals))):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
                self.table.setItem(place, column, item)
        self.table.resizeColumnsToContents()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, parent=self)
        buttons.button(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table)
        layout.addWidget(buttons)
        self.resize(560, 420)


def _texts(totals: Totals) -> Tuple[str, ...]:
    return (str(totals.rows), str(totals.parcels), mu_text(totals.land_m2), mu_text(totals.cultivated_m2),
            str(yuan(totals.fen)) if totals.fen else "")
