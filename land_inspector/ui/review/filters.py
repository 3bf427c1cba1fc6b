"""Which parcels the list shows: search, verdict, marks, township, proposal, state, person, area, map view, order; masks over a
:class:`ParcelTable`, how many each further choice would leave, and the bar on which they are chosen.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np
from qgis.gui import QgsFilterLineEdit
from qgis.PyQt.QtCore import QTimer, Qt, pyqtSignal
from qgis.PyQt.QtGui import QHideEvent
from qgis.PyQt.QtWidgets import (
    QButtonGroup, QComboBox, QFrame, QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget,
)

from ...i18n import tr
from ..shell import map_layers
from ..widgets.fields import AreaRange
from ..widgets.labels import FittingButton, narrow, tip
from ..widgets.rows import INK, ROW_HEIGHT, behind, put_hint, readable
from .parcel_table import Box, ParcelTable, SINGLE_FACETS


BY_NUMBER, BY_AREA, BY_TOWNSHIP, BY_WEIGHT, BY_NEAREST = "number", "area", "township", "weight", "nearest"


@dataclass(frozen=True)
class Criteria:
    """What the user asked for; every part given must hold. Codes as stored, ``marks`` are of ``parcel_table.MARKS``,
    ``place`` is a box in the register's CRS, ``area_m2`` the least and the greatest area, None where there is no limit."""

    text: str = ""
    township: Optional[str] = None
    verdict: Optional[str] = None
    proposed: Optional[str] = None
    state: Optional[str] = None
    assigned: Optional[str] = None
    marks: Tuple[str, ...] = ()
    area_m2: Tuple[Optional[float], Optional[float]] = (None, None)
    place: Optional[Box] = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for, so that every parcel is shown."""
        return self == Criteria()

    @property
    def wants_aside(self) -> bool:
        """Whether parcels set aside are what is asked for."""
        return "later" in self.marks or "paper" in self.marks


#: The parts of the criteria that have one value a parcel and offer a choice with counts; ``marks`` offer theirs beside them.
FACETS = tuple(SINGLE_FACETS)


@dataclass(frozen=True)
class Found:
    """``rows`` in the order they are shown; for each facet how many parcels each choice would show, and so for each mark."""

    rows: np.ndarray
    counts: Dict[str, Dict[str, int]]
    marks: Dict[str, int]


def find(table: ParcelTable, criteria: Criteria, order: str = BY_NUMBER, returned_first: bool = True,
         near: Optional[Tuple[float, float]] = None) -> Found:
    """The rows that meet ``criteria``; a facet's counts hold under everything else that is asked for, a mark's under all of it.

    ``near`` is the point, in the register's CRS, from which the order ``nearest`` counts; without it that order is by number.
    """
    masks = _masks(table, criteria)
    shown = _all_of(masks, len(table))
    counts = {facet: table.counts(facet, _all_of({n: m for n, m in masks.items() if n != facet}, len(table))) for facet in FACETS}
    return Found(_ordered(table, shown, order, near, returned_first), counts, table.mark_counts(shown))


def _masks(table: ParcelTable, criteria: Criteria) -> Dict[str, np.ndarray]:
    masks = {facet: table.having(facet, getattr(criteria, facet)) for facet in FACETS if getattr(criteria, facet) is not None}
    masks.update((mark, table.marked(mark)) for mark in criteria.marks)
    if criteria.text.strip():
        masks["text"] = table.holding(criteria.text)
    if criteria.place is not None:
        masks["place"] = table.meeting(criteria.place)
    least, most = criteria.area_m2
    if least is not None:
        masks["least"] = table.area_m2 >= least
    if most is not None:
        masks["most"] = table.area_m2 <= most
    return masks


def _all_of(masks: Dict[str, np.ndarray], length: int) -> np.ndarray:
    met = np.ones(length, dtype=bool)
    for mask in masks.values():
        met &= mask
    return met


def _ordered(table: ParcelTable, shown: np.ndarray, order: str, near: Optional[Tuple[float, float]],
             returned_first: bool) -> np.ndarray:
    """Rows of the mask; equal ones keep the order of their numbers."""
    rows = table.number_order[shown[table.number_order]]
    if order == BY_AREA:
        rows = rows[np.argsort(-table.area_m2[rows], kind="stable")]
    elif order == BY_WEIGHT:
        rows = rows[np.argsort(-table.weight_m2[rows], kind="stable")]
    elif order == BY_NEAREST and near is not None:
        rows = rows[np.argsort(table.distances_m(near)[rows], kind="stable")]
    elif order == BY_TOWNSHIP:
        rows = rows[np.argsort(table.facet_codes("township")[rows], kind="stable")]
    if returned_first:
        rows = rows[np.argsort(~table.marked("returned")[rows], kind="stable")]
    return rows


def next_open(table: ParcelTable, rows: np.ndarray, after: Optional[str], step: int = 1, with_aside: bool = False) -> Optional[str]:
    """The next undone parcel among the shown ``rows`` after (or with step -1 before) the parcel ``after``.

    Goes on at the other end; None where no other parcel that is shown is undone. A returned parcel is. Those set aside come
    when nothing else is left, unless ``with_aside`` lets them come in their turn.
    """
    ahead = _ahead(table, rows[::step], after)
    undone, aside = table.marked("undone")[ahead], table.marked("later")[ahead] | table.marked("paper")[ahead]
    found = np.concatenate((ahead[undone & ~aside], ahead[undone & aside])) if not with_aside else ahead[undone]
    return str(table.ids[found[0]]) if len(found) else None


def next_marked(table: ParcelTable, rows: np.ndarray, after: Optional[str], mark: str) -> Optional[str]:
    """The next parcel among ``rows`` that carries ``mark``, going round; None where no other does."""
    ahead = _ahead(table, rows, after)
    found = ahead[table.marked(mark)[ahead]]
    return str(table.ids[found[0]]) if len(found) else None


def _ahead(table: ParcelTable, in_turn: np.ndarray, after: Optional[str]) -> np.ndarray:
    """The other rows in the order in which they come after ``after``, from the beginning where it is not among them."""
    here = np.flatnonzero(table.ids[in_turn] == after)
    start = int(here[0]) if len(here) else -1
    return np.concatenate((in_turn[start + 1:], in_turn[:max(start, 0)]))


# Choosing which parcels the list shows: search, verdict, marks, township, proposal, state, person, area, map view, order.

_VERDICTS = ("0", "2", "1", "3")
#: Marks asked for every day stand first.
_DAILY = ("undone", "returned", "later", "paper")
_FURTHER = ("flagged", "mine", "overdue", "basis_changed", "differs", "incomplete", "split")
#: Typing is answered when it pauses for this long.
_PAUSE_MS = 120


class FilterBar(QWidget):
    """``changed`` comes when the user asks for something else; read :attr:`criteria`, :attr:`order` and :attr:`near` then.

    ``view_of_map`` is set from outside: the map's extent in the register's CRS, None where there is no map. It is looked at when
    the user asks for it, and kept until they ask again: the list does not change under the hand that moves the map. ``people`` are
    the names behind the ids that parcels are given to.
    """

    changed = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.view_of_map: Callable[[], Optional[Box]] = lambda: None
        self.people: Mapping[str, str] = {}
        self._place: Optional[Box] = None
        self._near: Optional[Tuple[float, float]] = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.changed)
        self.search = QgsFilterLineEdit(self)
        self.search.setObjectName("landInspectorSearch")
        self.search.setShowSearchIcon(True)
        put_hint(self.search, tr("Number, township, village, user, project…"))
        self.search.textChanged.connect(lambda _text: self._timer.start())
        self.verdicts = VerdictButtons(self)
        self.verdicts.chosen.connect(self.changed)
        self.marks = [MarkButtons(_DAILY, self), MarkButtons(_FURTHER, self)]
        self.area = AreaRange(self)
        for part in (*self.marks, self.area):
            part.chosen.connect(self.changed)
        self.choices = {facet: self._choice(facet) for facet in ("township", "proposed", "state", "assigned")}
        self.sorting = self._order_choice()
        self.place_button = self._place_button()
        self._lay_out()

    def _choice(self, facet: str) -> QComboBox:
        choice = narrow(QComboBox(self))
        choice.setObjectName(f"landInspectorFilter_{facet}")
        choice.setAccessibleName(_titles()[facet])
        choice.setToolTip(tip(_titles()[facet]))
        choice.addItem(_titles()[facet], None)
        choice.activated.connect(lambda _index: self.changed.emit())
        return choice

    def _order_choice(self) -> QComboBox:
        choice = narrow(QComboBox(self))
        choice.setObjectName("landInspectorOrder")
        choice.setAccessibleName(tr("Order"))
        choice.setToolTip(tr("Order; returned parcels come first"))
        for order, title in ((BY_NUMBER, tr("By number")), (BY_AREA, tr("Largest first")), (BY_TOWNSHIP, tr("By township")),
                             (BY_WEIGHT, tr("Farmland first")), (BY_NEAREST, tr("Nearest to the map's middle"))):
            choice.addItem(title, order)
        choice.activated.connect(lambda _index: self._sort())
        return choice

    def _place_button(self) -> QToolButton:
        button = narrow(QToolButton(self))
        button.setObjectName("landInspectorMapView")
        button.setText(tr("Map view"))
        button.setToolTip(tr("Only parcels that lie in what the map shows now"))
        button.setCheckable(True)
        button.clicked.connect(self._take_place)
        return button

    def _take_place(self, checked: bool) -> None:
        self._place = self.view_of_map() if checked else None
        self.place_button.setChecked(self._place is not None)
        self.changed.emit()

    def _sort(self) -> None:
        """Distances count from where the map was when the order was chosen, or the list would turn with every step."""
        view = self.view_of_map() if self.order == BY_NEAREST else None
        self._near = ((view[0] + view[2]) / 2, (view[1] + view[3]) / 2) if view else None
        self.changed.emit()

    def _lay_out(self) -> None:
        self.clear_button = narrow(QToolButton(self))
        self.clear_button.setObjectName("landInspectorClearFilters")
        self.clear_button.setText(tr("Show all"))
        self.clear_button.clicked.connect(self.clear)
        self.more_button = self._more_button()
        searching = QHBoxLayout()
        searching.setSpacing(4)
        searching.addWidget(self.search, 1)
        searching.addWidget(self.more_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(searching)
        layout.addWidget(self.verdicts)
        self.popup = self._more()

    def _more_button(self) -> QToolButton:
        """Opens the further filters over the list: the room below is the card's."""
        button = QToolButton(self)
        button.setObjectName("landInspectorMoreFilters")
        button.setText(tr("Filters"))
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setArrowType(Qt.ArrowType.DownArrow)
        return button

    def _more(self) -> "FilterPopup":
        box = FilterPopup(self.more_button)
        grid = QGridLayout(box)
        grid.setContentsMargins(6, 6, 6, 6)
        grid.setSpacing(4)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        for row, marks in enumerate(self.marks):
            grid.addWidget(marks, row, 0, 1, 2)
        for place, widget in enumerate([*self.choices.values(), self.sorting, self.area, self.place_button, self.clear_button], 4):
            grid.addWidget(widget, place // 2, place % 2)
        self.more_button.toggled.connect(lambda opened: box.open_below(self.width()) if opened else box.hide())
        return box

    @property
    def criteria(self) -> Criteria:
        """What is asked for now, all of it together."""
        chosen = {facet: choice.currentData() for facet, choice in self.choices.items()}
        marks = tuple(mark for part in self.marks for mark in part.chosen_marks)
        return Criteria(text=self.search.text(), verdict=self.verdicts.value, marks=marks, area_m2=self.area.limits_m2,
                        place=self._place, **chosen)

    @property
    def order(self) -> str:
        """Code of the chosen order of the list."""
        return self.sorting.currentData()

    @property
    def near(self) -> Optional[Tuple[float, float]]:
        """Where the order by distance counts from."""
        return self._near

    def said(self) -> Dict[str, Any]:
        """What is asked for, and the order, as JSON can hold it; the part of the map and the place near to which are of the moment."""
        choices = {facet: choice.currentData() for facet, choice in self.choices.items()}
        return {"text": self.search.text(), "verdict": self.verdicts.value, "order": self.order, **choices,
                "marks": [mark for part in self.marks for mark in part.chosen_marks], "area": list(self.area.written)}

    def take_up(self, said: Mapping[str, Any]) -> None:
        """Ask for what :meth:`said` told; what is no longer offered is left out."""
        self._forget()
        self.search.blockSignals(True)
        self.search.setText(str(said.get("text") or ""))
        self.search.blockSignals(False)
        for choice, code in [*((choice, said.get(facet)) for facet, choice in self.choices.items()), (self.sorting, said.get("order"))]:
            choice.setCurrentIndex(max(0, choice.findData(code)))
        self.verdicts.choose(said.get("verdict"))
        for part in self.marks:
            for mark in said.get("marks") or ():
                part.choose(mark)
        self.area.write(*[*map(str, said.get("area") or ()), "", ""][:2])
        self.changed.emit()

    def clear(self) -> None:
        """Show every parcel again."""
        self._forget()
        self.changed.emit()

    def show_only(self, mark: str) -> None:
        """Show every parcel with this mark, and no other."""
        self._forget()
        for part in self.marks:
            part.choose(mark)
        self.changed.emit()

    def _forget(self) -> None:
        self._place = None
        self.place_button.setChecked(False)
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._timer.stop()
        for choice in self.choices.values():
            choice.setCurrentIndex(0)
        self.verdicts.clear()
        for part in (*self.marks, self.area):
            part.clear()

    def show_counts(self, table: ParcelTable, found: Found) -> None:
        """Say beside every choice how many parcels it would show."""
        names, counts = _namers(table, self.people), found.counts
        for facet, choice in self.choices.items():
            _fill(choice, _titles()[facet], {code: names[facet](code) for code in counts[facet]}, counts[facet])
        self.choices["assigned"].setEnabled(any(counts["assigned"]))
        self.verdicts.show_counts(counts["verdict"])
        for part in self.marks:
            part.show_counts(found.marks)
        self.clear_button.setEnabled(not self.criteria.is_empty)
        chosen = sum(choice.currentIndex() > 0 for choice in self.choices.values()) + (self._place is not None)
        chosen += sum(len(part.chosen_marks) for part in self.marks) + (self.area.limits_m2 != (None, None))
        self.more_button.setText(tr("Filters ({n})", n=chosen) if chosen else tr("Filters"))


class FilterPopup(QFrame):
    """Stands under its button until something else is clicked."""

    def __init__(self, button: QToolButton):
        super().__init__(button, Qt.WindowType.Popup)
        self.setObjectName("landInspectorFilterPopup")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)  # or the click that closes it would open it again
        self._button = button

    def open_below(self, width: int) -> None:
        """As wide as the dock; its right edge under the button's."""
        self.resize(max(width, self.minimumSizeHint().width()), self.sizeHint().height())
        corner = self._button.mapToGlobal(self._button.rect().bottomRight())
        self.move(max(0, corner.x() - self.width()), corner.y() + 2)
        self.show()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._button.setChecked(False)


class VerdictButtons(QWidget):
    """One button for each verdict with its letter, colour and count; pressing the pressed one shows all again."""

    chosen = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._value: Optional[str] = None
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self.buttons: Dict[str, QToolButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for code in _VERDICTS:
            layout.addWidget(self._button(code))
        self.show_counts({})

    def _button(self, code: str) -> QToolButton:
        button = narrow(QToolButton(self))
        button.setObjectName(f"landInspectorVerdict_{code}")
        button.setCheckable(True)
        button.setFixedHeight(ROW_HEIGHT)
        button.setToolTip(tip(map_layers.verdict_name(code)))
        button.setAccessibleName(map_layers.verdict_name(code))
        colour = map_layers.verdict_colour(code)
        button.setStyleSheet(
            f"QToolButton {{ border: 1px solid {readable(colour)}; border-radius: 4px; padding: 1px; color: {readable(INK)};"
            f" background: {behind().name()}; }}"
            f"QToolButton:checked {{ background: {colour}; color: white; font-weight: bold; }}"
            f"QToolButton:focus {{ border-width: 2px; }}")
        button.clicked.connect(lambda checked, code=code: self._choose(code if checked else None))
        self._group.addButton(button)
        self.buttons[code] = button
        return button

    @property
    def value(self) -> Optional[str]:
        """The chosen verdict's code; None where all are shown."""
        return self._value

    def _choose(self, code: Optional[str]) -> None:
        self.choose(code)
        self.chosen.emit()

    def choose(self, code: Optional[str]) -> None:
        """Ask for one verdict, or for none; no signal is sent."""
        self._value = code if code in self.buttons else None
        for key, button in self.buttons.items():
            button.setChecked(key == self._value)

    def clear(self) -> None:
        """Ask for no verdict; no signal is sent."""
        self.choose(None)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """How many parcels each verdict has, by its code."""
        for code, button in self.buttons.items():
            button.setText(f"{map_layers.verdict_letter(code)} {counts.get(code, 0)}")


def _titles() -> Dict[str, str]:
    return {"township": tr("All townships"), "proposed": tr("All proposals"), "state": tr("All states"),
            "assigned": tr("Given to anyone")}


def _namers(table: ParcelTable, people: Mapping[str, str]) -> Dict[str, Callable[[str], str]]:
    townships = table.townships()
    return {
        "township": lambda code: townships.get(code) or code or tr("Outside every township"),
        "proposed": map_layers.proposal_name, "state": map_layers.state_name,
        "assigned": lambda key: people.get(key, key) or tr("Given to nobody"),
    }


def _fill(choice: QComboBox, title: str, names: Mapping[str, str], counts: Mapping[str, int]) -> None:
    """Put the choices in anew; what is chosen stays chosen even where nothing has it any more."""
    chosen = choice.currentData()
    known = [None, *names] if chosen is None or chosen in names else [None, *names, chosen]
    if [choice.itemData(place) for place in range(choice.count())] != known:
        choice.clear()
        for key in known:
            choice.addItem("", key)
        choice.setCurrentIndex(known.index(chosen))
    for place, key in enumerate(known):
        text = title if key is None else f"{names.get(key, key)} ({counts.get(key, 0)})"
        if choice.itemText(place) != text:
            choice.setItemText(place, text)


# --- Buttons for the marks of parcels with their counts; several pressed ones must all hold.


_A_ROW = 4


class MarkButtons(QWidget):
    """``chosen`` comes when the user presses one."""

    chosen = pyqtSignal()

    def __init__(self, marks: Sequence[str], parent: Optional[QWidget] = None):
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(3)
        self.buttons: Dict[str, FittingButton] = {}
        for place, mark in enumerate(marks):
            self.buttons[mark] = self._button(mark)
            grid.addWidget(self.buttons[mark], place // _A_ROW, place % _A_ROW)
        self.show_counts({})

    def _button(self, mark: str) -> FittingButton:
        button = FittingButton(self, margin=3)
        button.setObjectName(f"landInspectorMark_{mark}")
        button.setCheckable(True)
        button.setStyleSheet("QToolButton { font-size: 8pt; padding: 2px 0px; }")
        button.clicked.connect(lambda _checked=False: self.chosen.emit())
        return button

    @property
    def chosen_marks(self) -> Tuple[str, ...]:
        """Codes of the pressed buttons, in the order in which they stand."""
        return tuple(mark for mark, button in self.buttons.items() if button.isChecked())

    def choose(self, mark: str) -> None:
        """Press this one, where it is here, without telling."""
        if mark in self.buttons:
            self.buttons[mark].setChecked(True)

    def clear(self) -> None:
        """Press none; no signal is sent."""
        for button in self.buttons.values():
            button.setChecked(False)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """A mark that nothing shown carries stands in grey; pressed it stays there to be let go."""
        for mark, button in self.buttons.items():
            button.show_text(f"{map_layers.short_marks()[mark]} {counts.get(mark, 0)}")
            button.setToolTip(tip(tr("{mark}: {n}", mark=map_layers.mark_names()[mark], n=counts.get(mark, 0))))
            button.setEnabled(bool(counts.get(mark)) or button.isChecked())
