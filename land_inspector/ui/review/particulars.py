"""What an illegal verdict must say (R33), asked for at once: prefilled from the measurement, saved by Enter."""
from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Sequence

from qgis.PyQt.QtGui import QDoubleValidator
from qgis.PyQt.QtWidgets import QComboBox, QDialog, QFormLayout, QLineEdit, QWidget

from ...i18n import tr, user_locale
from ...law.areas import UNITS_PER_M2, UNITS_PER_MU, mu_text
from ...law.codes import shipped_codes
from ...law.phrases import GROUND
from ...law.verdicts import MANDATORY, NATURES
from ...register.tables import ALL_FIELDS
from ..shell.held_keys import ignore_held_keys
from ..widgets.dialog_buttons import deciding
from ..widgets.pick_lists import choices
from ..widgets.plain_text import PlainLabel

_NATURE_OF = {sub_type: nature for nature, sub_type in NATURES.items()}
_ASKED = ("JSSJ", "YDDW", "SJYT", "XZXC", "WFLX", "WFXZ", "PDSM")
#: Typed in mu, kept in m²; left empty they are what was measured.
_AREAS = {"WFMJ": "DKMJ", "WFGD": "GDMJ"}
_SAME_M2 = 0.5
#: What most illegal parcels of a batch are: newly occupied without right.
_USUAL = {"XZXC": "1", "WFLX": "01"}


class ParticularsDialog(QDialog):
    """Read :attr:`verdict` after it was accepted; areas nobody typed are taken from the measurement by the register.

    ``verdict`` holds what is known already, of an earlier verdict on the same parcel too; ``regime`` is ZD; ``measured`` areas are
    in m² by column (DKMJ, GDMJ), None where nobody measured.
    """

    def __init__(self, title: str, verdict: Mapping[str, Any], regime: str, measured: Mapping[str, Optional[float]],
                 parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorParticulars")
        ignore_held_keys(self)
        self.setWindowTitle(tr("Particulars of an illegal parcel"))
        self._verdict, self._regime = dict(verdict), regime
        usual = {**_USUAL, "WFXZ": _NATURE_OF.get(verdict.get("PDJL2", ""), "QT")}
        self.fields: Dict[str, QWidget] = {}
        layout = QFormLayout(self)
        layout.addRow(PlainLabel(title, self))
        for name in _ASKED:
            self.fields[name] = self._field(name, verdict.get(name) or usual.get(name, ""))
            layout.addRow(_caption(name), self.fields[name])
        for name, column in _AREAS.items():
            self.fields[name] = _area_field(verdict.get(name), measured.get(column), self)
            layout.addRow(tr("{field} (mu)", field=_caption(name)), self.fields[name])
        layout.addRow(PlainLabel(tr("What is left empty is marked as missing and blocks reporting, not the verdict."), self))
        layout.addRow(deciding(self, tr("Save verdict"), "review"))
        self.resize(420, self.sizeHint().height())

    def _field(self, name: str, value: str) -> QWidget:
        if name == "PDSM":
            return _grounds(choices(GROUND, self._regime, self._verdict.get("PDJL2", "")), value, self)
        listed = ALL_FIELDS[name].codes or ("SJYT" if name == "SJYT" else "")
        if listed:
            return _choice(listed, value, self)
        field = QLineEdit(value, self)
        if name == "JSSJ":
            field.setPlaceholderText("2026-05-31")
        return field

    @property
    def verdict(self) -> Dict[str, Any]:
        """The verdict with what was entered, by field name; areas in m², without what was left empty."""
        said = {name: _area(field) if name in _AREAS else _value(field) for name, field in self.fields.items()}
        return {**{name: value for name, value in self._verdict.items() if name not in said},
                **{name: value for name, value in said.items() if value}}


def _grounds(listed: Sequence[str], value: str, parent: QWidget) -> QComboBox:
    """The usual grounds, and any other text."""
    choice = QComboBox(parent)
    choice.setEditable(True)
    choice.addItems(["", *listed])
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(12)
    choice.setEditText(value)
    return choice


def _area_field(value: Optional[float], measured: Optional[float], parent: QWidget) -> QLineEdit:
    """An area in mu; ``value`` and ``measured`` in m². What equals the measurement is left to it."""
    typed = value is not None and (measured is None or abs(value - measured) > _SAME_M2)
    field = QLineEdit(mu_text(value) if typed else "", parent)
    field.setValidator(QDoubleValidator(0.0, 1e9, 4, field))
    field.setPlaceholderText(tr("not measured") if measured is None else tr("as measured: {area}", area=mu_text(measured)))
    return field


def _area(field: QLineEdit) -> Optional[float]:
    """What was typed, in m²; None where it is left to the measurement or is no number."""
    try:
        return float(field.text().replace(",", ".")) * UNITS_PER_MU / UNITS_PER_M2
    except ValueError:
        return None


def _choice(listed: str, value: str, parent: QWidget) -> QComboBox:
    choice = QComboBox(parent)
    choice.addItem("", "")
    for entry in shipped_codes().codes(listed):
        choice.addItem(f"{entry.code} {entry.label(user_locale())}", entry.code)
    choice.setCurrentIndex(max(0, choice.findData(value)))
    return choice


def _value(field: QWidget) -> str:
    if isinstance(field, QComboBox):
        return field.currentText().strip() if field.isEditable() else field.currentData()
    return field.text().strip()


def _caption(name: str) -> str:
    """The column's name; a star for what must be there before the parcel can be reported (R33)."""
    field = ALL_FIELDS[name]
    said = field.zh if user_locale() == "zh" else field.en
    return f"{said} *" if name in MANDATORY else said
