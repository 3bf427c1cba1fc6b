"""The finding of a visit: what stands on the ground, whose and what for, seen by whom and when."""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence

from qgis.PyQt.QtCore import QDate, Qt
from qgis.PyQt.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QCompleter,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...i18n import tr, user_locale
from ...law.codes import shipped_codes
from ...law.rulepack import RulePack
from ...register.field_work import KeptVisit, SiteVisit
from ...register.records import BUILDING, BUILT, EARTH, NOTHING
from ..widgets.dialogs import deciding, ignore_held_keys
from ..widgets.fields import PeopleField, split_names
from ..widgets.labels import PlainLabel

#: Facts that are yes or no; the others are numbers or a code.
_NUMBERS = ("road_width_m", "building_cover_share")
_CATEGORY = "category"


class SiteFindingDialog(QDialog):
    """Read :attr:`visit` and :attr:`on` after it was accepted. ``before`` is the last visit of the parcel, shown to start from;
    ``people`` are names to choose from, ``officers`` those of the last visit anywhere."""

    def __init__(self, title: str, pack: RulePack, people: Sequence[str], officers: str, before: Optional[KeptVisit] = None,
                 parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorSiteFinding")
        self.setWindowTitle(tr("Site finding"))
        known = before.visit if before is not None else SiteVisit("")
        self.statuses = self._statuses(known.status)
        self.day = self._day()
        self.officers = PeopleField(known.officers or split_names(officers), people, self)
        self.use = _codes("SJYT", known.use, self)
        self.land_user = QLineEdit(known.land_user or "", self)
        self.land_class = _land_classes(pack, known.land_class, self)
        self.remark = QPlainTextEdit(known.remark or "", self)
        self.remark.setFixedHeight(3 * self.fontMetrics().height())
        self.remark.setTabChangesFocus(True)
        self.facts = {name: _fact(name, known.facts.get(name), self) for name in fact_names()}
        self._lay_out(title)
        self._look()

    # --- putting it together ------------------------------------------------------------------------------------------

    def _statuses(self, chosen: str) -> QButtonGroup:
        group = QButtonGroup(self)
        texts = ((NOTHING, tr("&1 Nothing built")), (EARTH, tr("&2 Earth moved")), (BUILDING, tr("&3 Under construction")),
                 (BUILT, tr("&4 Built")))
        for code, text in texts:
            button = QRadioButton(text, self)
            button.setProperty("status", code)
            button.setChecked(code == chosen)
            group.addButton(button)
        group.buttonClicked.connect(lambda _button: self._look())
        return group

    def _day(self) -> QDateEdit:
        day = QDateEdit(QDate.currentDate(), self)
        day.setCalendarPopup(True)
        day.setDisplayFormat("yyyy-MM-dd")
        day.setMaximumDate(QDate.currentDate())
        return day

    def _lay_out(self, title: str) -> None:
        content = QWidget(self)
        form = QFormLayout(content)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        heading = PlainLabel(title, self)
        heading.setWordWrap(True)
        form.addRow(heading)
        for button in self.statuses.buttons():
            form.addRow(button)
        for text, field in ((tr("&Date of the visit"), self.day), (tr("&Officers"), self.officers), (tr("&Use"), self.use),
                            (tr("Land us&er"), self.land_user), (tr("Land &class on site"), self.land_class), (tr("&Remark"), self.remark)):
            form.addRow(text, field)
        more, box = self._more_facts()
        form.addRow(more)
        form.addRow(box)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.addWidget(area, 1)
        layout.addWidget(self._buttons())
        self.resize(400, 470)

    def _more_facts(self) -> List[QWidget]:
        """Facts that only some rules ask for, folded away until one of them is known or wanted."""
        more = QToolButton(self)
        more.setObjectName("landInspectorMoreFacts")
        more.setText(tr("What the rules ask for"))
        more.setCheckable(True)
        more.setAutoRaise(True)
        more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        box = QGroupBox(self)
        form = QFormLayout(box)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for name, field in self.facts.items():
            form.addRow(fact_names()[name], field)
        known = any(_fact_value(name, field) is not None for name, field in self.facts.items())
        more.toggled.connect(box.setVisible)
        more.toggled.connect(lambda shown: more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow))
        box.setVisible(known)
        more.setArrowType(Qt.ArrowType.RightArrow)
        more.setChecked(known)
        return [more, box]

    def _buttons(self) -> QDialogButtonBox:
        self.buttons = deciding(self, tr("Save finding"), "field")
        return self.buttons

    def _look(self) -> None:
        """Without a finding there is nothing to save."""
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(self.statuses.checkedButton() is not None)

    # --- what was said ------------------------------------------------------------------------------------------------

    @property
    def on(self) -> str:
        """The day of the visit, as ``yyyy-MM-dd``."""
        return self.day.date().toString(Qt.DateFormat.ISODate)

    @property
    def visit(self) -> SiteVisit:
        """What was entered; only while a status is chosen, without which it cannot be saved."""
        facts: Dict[str, Any] = {name: _fact_value(name, field) for name, field in self.facts.items()}
        known = {name: value for name, value in facts.items() if value is not None}
        return SiteVisit(
            self.statuses.checkedButton().property("status"), tuple(self.officers.names()), self.use.currentData() or None,
            self.land_user.text().strip() or None, _code_of(self.land_class), known,
            self.remark.toPlainText().strip() or None)


def fact_names() -> Dict[str, str]:
    """What the rules may ask of a visit, by the names of :class:`land_inspector.law.facts.SiteFinding`."""
    return {
        "same_user": tr("Same user as of the adjoining approved land"), "use_matches": tr("Used as it was filed"),
        "permanent_building": tr("Permanent building"), "infrastructure": tr("Infrastructure project"), "reclaimed": tr("Reclaimed"),
        "plough_layer_intact": tr("Plough layer intact"), "in_village": tr("Inside the village area 203"),
        "within_standard": tr("Homestead within the standard"), "is_access": tr("Access strip"),
        "on_highway_network": tr("Part of the highway network"), "road_width_m": tr("Width of the road (m)"),
        "building_cover_share": tr("Main building on approved land (%)"), "category": tr("Category of other land"),
    }


def _narrow(parent: QWidget) -> QComboBox:
    choice = QComboBox(parent)
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(12)
    return choice


def _codes(listed: str, value: Optional[str], parent: QWidget) -> QComboBox:
    choice = _narrow(parent)
    choice.addItem("", None)
    for entry in shipped_codes().codes(listed):
        choice.addItem(f"{entry.code} {entry.label(user_locale())}", entry.code)
    choice.setCurrentIndex(max(0, choice.findData(value)))
    return choice


def _land_classes(pack: RulePack, value: Optional[str], parent: QWidget) -> QComboBox:
    """All classes of the pack; any part of a name or a code finds one."""
    choice = _narrow(parent)
    choice.setEditable(True)
    choice.addItem("", None)
    for code, known in sorted(pack.land_classes.items()):
        choice.addItem(f"{code} {known.name}", code)
    choice.completer().setFilterMode(Qt.MatchFlag.MatchContains)
    choice.completer().setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
    found = choice.findData(value)
    choice.setCurrentIndex(max(0, found))
    if value and found < 0:
        choice.setEditText(value)
    return choice


def _code_of(choice: QComboBox) -> Optional[str]:
    """The code of the line that was chosen, or of what was typed."""
    text = choice.currentText().strip()
    row = choice.findText(text)
    return choice.itemData(row) if row >= 0 else text.split(" ")[0] or None


def _fact(name: str, value: Any, parent: QWidget) -> QWidget:
    if name == _CATEGORY:
        return _codes("QTLX", value, parent)
    if name in _NUMBERS:
        shown = value * 100 if value is not None and name == "building_cover_share" else value
        return QLineEdit("" if shown is None else f"{shown:g}", parent)
    choice = _narrow(parent)
    for text, known in ((tr("not looked at"), None), (tr("yes"), True), (tr("no"), False)):
        choice.addItem(text, known)
    choice.setCurrentIndex({None: 0, True: 1, False: 2}[value])
    return choice


def _fact_value(name: str, field: QWidget) -> Any:
    """None where nobody looked, or where what was typed is no number."""
    if isinstance(field, QComboBox):
        return field.currentData()
    try:
        number = float(field.text().replace(",", ".").rstrip("%"))
    except ValueError:
        return None
    return number / 100 if name == "building_cover_share" else number
