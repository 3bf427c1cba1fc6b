"""From how many mu to how many: two small fields, empty where there is no limit."""
from __future__ import annotations

from typing import Optional, Tuple

from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtGui import QDoubleValidator
from qgis.PyQt.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ...i18n import tr
from ...law.areas import UNITS_PER_M2, UNITS_PER_MU
from .labels import narrow
from .rows import put_hint

_PAUSE_MS = 300


class AreaRange(QWidget):
    """``chosen`` comes when the user has stopped typing."""

    chosen = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        narrow(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.chosen)
        self.least = self._field("landInspectorAreaFrom", tr("from mu"))
        self.most = self._field("landInspectorAreaTo", tr("to mu"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.least)
        row.addWidget(self.most)

    def _field(self, name: str, hint: str) -> QLineEdit:
        field = narrow(QLineEdit(self))
        field.setObjectName(name)
        put_hint(field, hint)
        field.setAccessibleName(tr("Area, {hint}", hint=hint))
        field.setToolTip(tr("Area of the parcel in mu; empty for no limit"))
        field.setValidator(QDoubleValidator(0.0, 1e9, 4, field))
        field.textEdited.connect(lambda _text: self._timer.start())
        return field

    @property
    def limits_m2(self) -> Tuple[Optional[float], Optional[float]]:
        """Least and most area in m²; None where there is no limit."""
        return _m2(self.least.text()), _m2(self.most.text())

    @property
    def written(self) -> Tuple[str, str]:
        """What stands in the two fields, in mu."""
        return self.least.text(), self.most.text()

    def write(self, least: str, most: str) -> None:
        """Put two limits in mu there, '' for none; nobody is told."""
        self.least.setText(least)
        self.most.setText(most)

    def clear(self) -> None:
        """Ask for no limits; nobody is told."""
        self._timer.stop()
        self.least.clear()
        self.most.clear()


def _m2(written: str) -> Optional[float]:
    """Square metres of a number in mu; None where there is none."""
    try:
        return float(written.replace(",", ".")) * UNITS_PER_MU / UNITS_PER_M2
    except ValueError:
        return None
