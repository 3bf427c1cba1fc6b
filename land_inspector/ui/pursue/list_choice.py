"""Which list, of which day, of which township, station or person in charge."""
from __future__ import annotations

from datetime import date
from typing import Dict, List, Mapping, Optional, Tuple

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QDate, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QSizePolicy, QSpinBox, QToolButton, QVBoxLayout, QWidget

from ...i18n import say, tr
from ...law.work_lists import DEFAULT_WITHIN_DAYS, DUE, LISTS, Filter
from ...register.work_lists import Pursuit
from ...settings import HEADING
from .acceptance_form import date_field
from ..widgets.plain_text import PlainLabel, tip

_WITHIN = f"{HEADING}/due_within_days"
_LONGEST_DAYS = 400
_FACETS = ("township", "station", "officer", "batch")


class ListChoice(QWidget):
    """``changed`` tells that other rows are wanted, ``day_changed`` another day, ``law_wanted`` whether the law shall be shown."""

    changed = pyqtSignal()
    day_changed = pyqtSignal()
    law_wanted = pyqtSignal(bool)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.lists = _combo("landInspectorListChoice", tr("Work list"), self)
        for code, kind in LISTS.items():
            self.lists.addItem(say(kind.title), code)
            self.lists.setItemData(self.lists.count() - 1, tip(say(kind.law)), Qt.ItemDataRole.ToolTipRole)
        self.law_button = QToolButton(self)
        self.law_button.setObjectName("landInspectorShowListLaw")
        self.law_button.setText("§")
        self.law_button.setCheckable(True)
        self.law_button.setAccessibleName(tr("The law of this list"))
        self.date = date_field(date.today(), self)
        self.date.setObjectName("landInspectorListDay")
        self.date.setAccessibleName(tr("As of"))
        self.date.setToolTip(tr("A past day shows what was open then; a day to come, what will be overdue if nothing happens."))
        self.within = QSpinBox(self)
        self.within.setObjectName("landInspectorDueWithin")
        self.within.setRange(0, _LONGEST_DAYS)
        self.within.setSuffix(tr(" days"))
        self.within.setValue(due_within_days())
        self.within.setAccessibleName(tr("Due within"))
        self.facets = {facet: _combo(f"landInspectorList_{facet}", name, self) for facet, name in self._facet_names().items()}
        self._lay_out()
        self._connect()
        self._show_tooltip()

    @staticmethod
    def _facet_names() -> Dict[str, str]:
        return {"township": tr("Township"), "station": tr("Station"), "officer": tr("In charge"), "batch": tr("Batch")}

    def _lay_out(self) -> None:
        top, days, grid = QHBoxLayout(), QHBoxLayout(), QGridLayout()
        top.addWidget(self.lists, 1)
        top.addWidget(self.law_button)
        days.addWidget(PlainLabel(tr("As of"), self))
        days.addWidget(self.date, 1)
        self._within_label = PlainLabel(tr("within"), self)
        days.addWidget(self._within_label)
        days.addWidget(self.within)
        for place, facet in enumerate(_FACETS):
            grid.addWidget(self.facets[facet], place // 2, place % 2)
            self._fill(facet, [])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for row in (top, days, grid):
            row.setSpacing(4)
            layout.addLayout(row)

    def _connect(self) -> None:
        self.lists.currentIndexChanged.connect(self._on_list)
        self.law_button.toggled.connect(self.law_wanted)
        self.date.dateChanged.connect(lambda _day: self.day_changed.emit())
        self.within.valueChanged.connect(self._on_within)
        for combo in self.facets.values():
            combo.activated.connect(lambda _index: self.changed.emit())

    # --- what is chosen -----------------------------------------------------------------------------------------------

    def code(self) -> str:
        return self.lists.currentData()

    def title(self) -> str:
        return say(LISTS[self.code()].title)

    def law_text(self) -> str:
        return say(LISTS[self.code()].law)

    def day(self) -> date:
        return self.date.date().toPyDate()

    def within_days(self) -> int:
        return self.within.value()

    def filter(self) -> Filter:
        return Filter(**{facet: combo.currentData() for facet, combo in self.facets.items()})

    def show_list(self, code: str) -> None:
        """A list of today, unfiltered."""
        for combo in self.facets.values():
            combo.setCurrentIndex(0)
        today = date.today()
        self.date.setDate(QDate(today.year, today.month, today.day))
        self.lists.setCurrentIndex(self.lists.findData(code))
        self.changed.emit()

    # --- counts -------------------------------------------------------------------------------------------------------

    def show_counts(self, pursuit: Pursuit, day: date) -> None:
        """Each list with the number of its rows under the filters; each filter with what it would leave."""
        counts = pursuit.table.counts(day, self.within_days(), self.filter())
        for place in range(self.lists.count()):
            code = self.lists.itemData(place)
            self.lists.setItemText(place, tr("{list} ({n})", list=say(LISTS[code].title), n=counts[code]))
        chosen = self.filter()
        for facet in _FACETS:
            others = Filter(**{name: getattr(chosen, name) for name in _FACETS if name != facet})
            rows = pursuit.table.rows(self.code(), day, self.within_days(), others)
            names = pursuit.people if facet == "officer" else pursuit.table.names(facet)
            self._fill(facet, _lines(pursuit.table.values(facet, rows), names, getattr(chosen, facet)))

    def _fill(self, facet: str, lines: List[Tuple[str, str]]) -> None:
        combo, chosen = self.facets[facet], self.facets[facet].currentData()
        combo.blockSignals(True)
        combo.clear()
        combo.addItem(tr("{facet}: all", facet=self._facet_names()[facet]), None)
        for value, text in lines:
            combo.addItem(text, value)
        combo.setCurrentIndex(max(combo.findData(chosen), 0) if chosen is not None else 0)
        combo.blockSignals(False)

    def _on_list(self, _index: int) -> None:
        self._show_tooltip()
        self.changed.emit()

    def _on_within(self, days: int) -> None:
        QgsSettings().setValue(_WITHIN, days)
        self.changed.emit()

    def _show_tooltip(self) -> None:
        self.lists.setToolTip(tip(self.law_text()))
        self.law_button.setToolTip(tip(self.law_text()))
        for widget in (self.within, self._within_label):
            widget.setVisible(self.code() == DUE)


def due_within_days() -> int:
    """How many days ahead the user wants to see."""
    return QgsSettings().value(_WITHIN, DEFAULT_WITHIN_DAYS, int)


def _lines(counts: Mapping[str, int], names: Mapping[str, str], chosen: Optional[str]) -> List[Tuple[str, str]]:
    """Values with their counts; the chosen one stays even where nothing is left of it."""
    known = dict(counts) if chosen is None else {chosen: 0, **counts}
    return [(value, tr("{list} ({n})", list=names.get(value, value) or tr("unknown"), n=known[value])) for value in sorted(known)]


def _combo(name: str, spoken: str, parent: QWidget) -> QComboBox:
    combo = QComboBox(parent)
    combo.setObjectName(name)
    combo.setAccessibleName(spoken)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(6)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return combo
