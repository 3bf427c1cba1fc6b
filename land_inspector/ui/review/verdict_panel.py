"""Nine buttons that give a verdict, one for each key; what each of them gives can be changed where it stands."""
from __future__ import annotations

from typing import Dict, List, Optional

from qgis.PyQt.QtCore import QPoint, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ...i18n import tr
from ...law.codes import shipped_codes
from ...law.phrases import GROUND
from ..shell import labels
from ..widgets.labels import FittingButton, PlainLabel, ElidedButton, tip
from ..widgets.rows import ROW_HEIGHT, behind, put_hint, readable
from ..widgets.pick_lists import choices
from .review_options import keep_verdict_keys, verdict_keys, verdict_of

#: As many grounds have a key of their own.
KEYED_GROUNDS = 9


class VerdictPanel(QWidget):
    """``wanted`` names a sub-type (PDJL2) for the chosen parcels, ``step_wanted`` asks for the next (1) or last (-1) open one.

    What can be done with a parcel besides a verdict stands in :attr:`more`, which features fill.
    """

    wanted = pyqtSignal(str)
    later_wanted = pyqtSignal()
    flag_wanted = pyqtSignal()
    proposal_wanted = pyqtSignal()
    step_wanted = pyqtSignal(int)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.title = PlainLabel(self)
        self.title.setObjectName("landInspectorCurrent")
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._regime = "N"
        self.grounds = self._grounds_box()
        self.buttons: List[FittingButton] = [self._button(place) for place in range(9)]
        self.accept_button = self._flat("landInspectorAcceptProposal", tr("As proposed"), tr("Give the proposed verdict (Alt+A)"))
        self.accept_button.clicked.connect(self.proposal_wanted)
        self.back_button = self._flat("landInspectorPreviousOpen", "◀", tr("Previous open parcel (Alt+Up)"))
        self.back_button.clicked.connect(lambda: self.step_wanted.emit(-1))
        self.next_button = self._flat("landInspectorNextOpen", "▶", tr("Next open parcel (Alt+Down)"))
        self.next_button.clicked.connect(lambda: self.step_wanted.emit(1))
        self.later_button = self._flat("landInspectorLater", tr("Later"), tr("Set aside with a reason (Alt+K)"))
        self.later_button.clicked.connect(self.later_wanted)
        self.flag_button = self._flat("landInspectorFlag", tr("Flag"), tr("Flag, or take the flag off (Alt+F)"))
        self.flag_button.clicked.connect(self.flag_wanted)
        self.more = QMenu(self)
        self.more_button = self._flat("landInspectorMoreActs", "…", tr("More to do with this parcel"))
        self.more_button.setMenu(self.more)
        self.more_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._lay_out()
        self.show_regime(self._regime)
        self.show_parcels("", 0)

    def _grounds_box(self) -> QComboBox:
        """Grounds that go into the next verdict: picked from the list, by a key of their own, or typed."""
        box = QComboBox(self)
        box.setObjectName("landInspectorGrounds")
        box.setAccessibleName(tr("Grounds of the next verdict"))
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(8)
        box.setFixedHeight(ROW_HEIGHT)
        put_hint(box.lineEdit(), tr("Grounds, for the next verdict (Alt+1 … 9)"))
        return box

    def _button(self, place: int) -> FittingButton:
        button = FittingButton(self)
        button.setObjectName(f"landInspectorKey{place + 1}")
        button.setFixedHeight(ROW_HEIGHT)
        button.clicked.connect(lambda _checked=False: self.press(place))
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        button.customContextMenuRequested.connect(lambda point: self._choose_key(place, point))
        return button

    def _flat(self, name: str, text: str, hint: str) -> QToolButton:
        button = QToolButton(self) if len(text) == 1 else ElidedButton(self)  # an arrow may be clicked as fast as one likes
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip(hint))
        button.setAccessibleName(hint)
        button.setSizePolicy(QSizePolicy.Policy.Ignored if len(text) > 1 else QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        button.setFixedHeight(ROW_HEIGHT)
        return button

    def _lay_out(self) -> None:
        steps = QHBoxLayout()
        steps.setSpacing(3)
        steps.addWidget(self.back_button)
        steps.addWidget(self.accept_button, 1)
        steps.addWidget(self.next_button)
        grid = QGridLayout()
        grid.setSpacing(2)
        for place, button in enumerate(self.buttons):
            grid.addWidget(button, place // 3, place % 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.title)
        layout.addLayout(steps)
        besides = QHBoxLayout()
        besides.setSpacing(3)
        besides.addWidget(self.grounds, 3)
        besides.addWidget(self.later_button, 1)
        besides.addWidget(self.flag_button, 1)
        besides.addWidget(self.more_button)
        layout.addLayout(besides)
        layout.addLayout(grid)

    # --- keys ---------------------------------------------------------------------------------------------------------

    def press(self, place: int) -> None:
        """Key ``place`` (from 0) was pressed, wherever the focus is."""
        if self.buttons[place].isEnabled():
            self.wanted.emit(self._keys[place])

    def show_regime(self, regime: str) -> None:
        """The keys and grounds of a regime (ZD), as Options has them now."""
        self._regime = regime or "N"
        self._show_keys()
        written = self.grounds.currentText()
        self.grounds.clear()
        for place, text in enumerate(choices(GROUND, self._regime), 1):
            self.grounds.addItem(text)
            if place <= KEYED_GROUNDS:
                self.grounds.setItemData(place - 1, tip(tr("Alt+{n}", n=place)), Qt.ItemDataRole.ToolTipRole)
        self.grounds.setCurrentIndex(-1)
        self.grounds.setEditText(written)

    @property
    def regime(self) -> str:
        """The regime (ZD) whose codes and grounds are offered."""
        return self._regime

    def pick_ground(self, place: int) -> None:
        """Key ``place`` (from 0) of the grounds: the same key again takes them away."""
        text = self.grounds.itemText(place)
        self.grounds.setEditText("" if text == self.grounds.currentText() else text)

    def take_grounds(self) -> str:
        """What stands there for the verdict that is being given."""
        return self.grounds.currentText().strip()

    def clear_grounds(self) -> None:
        """Leave no grounds for the next verdict."""
        self.grounds.setCurrentIndex(-1)
        self.grounds.setEditText("")

    def _show_keys(self) -> None:
        self._keys = verdict_keys(self._regime)
        for place, (button, code) in enumerate(zip(self.buttons, self._keys)):
            colour = labels.verdict_colour(verdict_of(code))
            button.show_text(f"{place + 1} {labels.short_name(code)}")
            button.setToolTip(tip(tr("{verdict} (key {key}; right-click to give this key another verdict)",
                                     verdict=labels.sub_verdict_name(code), key=place + 1)))
            ink = readable(colour)
            button.setStyleSheet(f"QToolButton {{ border: 1px solid {ink}; border-radius: 4px; color: {ink}; padding: 1px;"
                                 f" background: {behind().name()}; }}"
                                 "QToolButton:disabled { border-color: gray; color: gray; }"
                                 f"QToolButton:hover:enabled, QToolButton:pressed {{ background: {colour}; color: white; }}")

    def _choose_key(self, place: int, point: QPoint) -> None:
        menu = self.key_menu(place)
        menu.popup(self.buttons[place].mapToGlobal(point))

    def key_menu(self, place: int) -> QMenu:
        """Every sub-type, grouped by verdict; choosing one gives it to the key."""
        menu = QMenu(self)
        groups: Dict[str, QMenu] = {}
        for entry in shipped_codes().codes("PDJL2", self._regime):
            group = groups.get(entry.parent)
            if group is None:
                group = groups[entry.parent] = menu.addMenu(labels.verdict_name(entry.parent, self._regime))
            group.addAction(labels.sub_verdict_name(entry.code), lambda code=entry.code: self._set_key(place, code))
        return menu

    def _set_key(self, place: int, code: str) -> None:
        keep_verdict_keys([code if at == place else known for at, known in enumerate(self._keys)], self._regime)
        self._show_keys()

    # --- showing ------------------------------------------------------------------------------------------------------

    def show_parcels(self, title: str, chosen: int, proposal: str = "") -> None:
        """What a key would judge now; ``proposal`` is the proposed verdict in words, '' where there is none to accept.

        Of a single parcel the card says it already.
        """
        self.title.setText(title or tr("Choose a parcel"))
        self.title.setVisible(chosen != 1)
        self.title.setToolTip(tip(title))
        for button in (*self.buttons, self.later_button, self.flag_button, self.more_button):
            button.setEnabled(chosen > 0)
        self.accept_button.setEnabled(chosen == 1 and bool(proposal))
        said = tr("As proposed: {proposal}", proposal=proposal) if proposal else tr("As proposed")
        self.accept_button.setText(said)
        self.accept_button.setToolTip(tip(f"{said}\n{self.accept_button.accessibleName()}"))
