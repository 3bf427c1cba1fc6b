"""What an illegal verdict must say (R33), asked for at once: prefilled from the measurement, saved by Enter."""
from __future__ import annotations

from typing import Dict, Mapping, Optional

from qgis.PyQt.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QWidget

from ..i18n import tr, user_locale
from ..law.codes import shipped_codes
from ..law.verdicts import NATURES
from ..register.schema import ALL_FIELDS

_NATURE_OF = {sub_type: nature for nature, sub_type in NATURES.items()}
_ASKED = ("JSSJ", "YDDW", "SJYT", "XZXC", "WFLX", "WFXZ", "PDSM")
#: What most illegal parcels of a batch are: newly occupied without right.
_USUAL = {"XZXC": "1", "WFLX": "01"}


class ParticularsDialog(QDialog):
    """Read :attr:`verdict` after it was accepted; areas nobody typed are taken from the measurement by the register."""

    def __init__(self, title: str, verdict: Mapping[str, str], parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorParticulars")
        self.setWindowTitle(tr("Particulars of an illegal parcel"))
        self._verdict = dict(verdict)
        usual = {**_USUAL, "WFXZ": _NATURE_OF.get(verdict.get("PDJL2", ""), "QT")}
        self.fields: Dict[str, QWidget] = {}
        layout = QFormLayout(self)
        layout.addRow(QLabel(title, self))
        for name in _ASKED:
            self.fields[name] = self._field(name, verdict.get(name) or usual.get(name, ""))
            layout.addRow(_caption(name), self.fields[name])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, parent=self)
        buttons.button(QDialogButtonBox.StandardButton.Save).setText(tr("Save verdict"))
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addRow(QLabel(tr("What is left empty is marked as missing and blocks reporting, not the verdict."), self))
        layout.addRow(buttons)
        self.resize(420, self.sizeHint().height())

    def _field(self, name: str, value: str) -> QWidget:
        listed = ALL_FIELDS[name].codes or ("SJYT" if name == "SJYT" else "")
        if listed:
            return _choice(listed, value, self)
        field = QLineEdit(value, self)
        if name == "JSSJ":
            field.setPlaceholderText("2026-05-31")
        return field

    @property
    def verdict(self) -> Dict[str, str]:
        said = {name: _value(field) for name, field in self.fields.items()}
        return {**self._verdict, **{name: value for name, value in said.items() if value}}


def _choice(listed: str, value: str, parent: QWidget) -> QComboBox:
    choice = QComboBox(parent)
    choice.addItem("", "")
    for entry in shipped_codes().codes(listed):
        choice.addItem(f"{entry.code} {entry.label(user_locale())}", entry.code)
    choice.setCurrentIndex(max(0, choice.findData(value)))
    return choice


def _value(field: QWidget) -> str:
    return field.currentData() if isinstance(field, QComboBox) else field.text().strip()


def _caption(name: str) -> str:
    field = ALL_FIELDS[name]
    return field.zh if user_locale() == "zh" else field.en
