"""Nine buttons that give a verdict, one for each key; what each of them gives can be changed where it stands."""
from __future__ import annotations

from typing import Dict, List, Optional

from qgis.PyQt.QtCore import QPoint, Qt, pyqtSignal
from qgis.PyQt.QtGui import QResizeEvent
from qgis.PyQt.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ..i18n import tr
from ..law.codes import shipped_codes
from . import labels
from .verdict_keys import keep_verdict_keys, verdict_keys, verdict_of


class KeyButton(QToolButton):
    """Shows as much of its text as fits, from the left."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self._whole = ""

    def show_text(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width() - 10))


class VerdictPanel(QWidget):
    """``wanted`` names a sub-type (PDJL2) for the chosen parcels, ``step_wanted`` asks for the next (1) or last (-1) open one."""

    wanted = pyqtSignal(str)
    proposal_wanted = pyqtSignal()
    step_wanted = pyqtSignal(int)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.title = QLabel(self)
        self.title.setObjectName("landInspectorCurrent")
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.buttons: List[KeyButton] = [self._button(place) for place in range(9)]
        self.accept_button = self._flat("landInspectorAcceptProposal", tr("As proposed"), tr("Give the proposed verdict (Alt+A)"))
        self.accept_button.clicked.connect(self.proposal_wanted)
        self.back_button = self._flat("landInspectorPreviousOpen", "◀", tr("Previous open parcel (Alt+Up)"))
        self.back_button.clicked.connect(lambda: self.step_wanted.emit(-1))
        self.next_button = self._flat("landInspectorNextOpen", "▶", tr("Next open parcel (Alt+Down)"))
        self.next_button.clicked.connect(lambda: self.step_wanted.emit(1))
        self._lay_out()
        self._show_keys()
        self.show_parcels("", 0)

    def _button(self, place: int) -> KeyButton:
        button = KeyButton(self)
        button.setObjectName(f"landInspectorKey{place + 1}")
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.setMinimumHeight(26)
        button.clicked.connect(lambda _checked=False: self.press(place))
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        button.customContextMenuRequested.connect(lambda point: self._choose_key(place, point))
        return button

    def _flat(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setSizePolicy(QSizePolicy.Policy.Ignored if len(text) > 1 else QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        button.setMinimumHeight(26)
        return button

    def _lay_out(self) -> None:
        steps = QHBoxLayout()
        steps.setSpacing(3)
        steps.addWidget(self.back_button)
        steps.addWidget(self.accept_button, 1)
        steps.addWidget(self.next_button)
        grid = QGridLayout()
        grid.setSpacing(3)
        for place, button in enumerate(self.buttons):
            grid.addWidget(button, place // 3, place % 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(3)
        layout.addWidget(self.title)
        layout.addLayout(steps)
        layout.addLayout(grid)

    # --- keys ---------------------------------------------------------------------------------------------------------

    def press(self, place: int) -> None:
        """Key ``place`` (from 0) was pressed, wherever the focus is."""
        if self.buttons[place].isEnabled():
            self.wanted.emit(self._keys[place])

    def _show_keys(self) -> None:
        self._keys = verdict_keys()
        for place, (button, code) in enumerate(zip(self.buttons, self._keys)):
            colour = labels.verdict_colour(verdict_of(code))
            button.show_text(f"{place + 1} {labels.short_name(code)}")
            button.setToolTip(tr("{verdict} (key {key}; right-click to give this key another verdict)",
                                 verdict=labels.sub_verdict_name(code), key=place + 1))
            button.setStyleSheet(f"QToolButton {{ border: 1px solid {colour}; border-radius: 4px; color: {colour}; padding: 2px; }}"
                                 "QToolButton:disabled { border-color: gray; color: gray; }"
                                 f"QToolButton:hover:enabled, QToolButton:pressed {{ background: {colour}; color: white; }}")

    def _choose_key(self, place: int, point: QPoint) -> None:
        menu = self.key_menu(place)
        menu.popup(self.buttons[place].mapToGlobal(point))

    def key_menu(self, place: int) -> QMenu:
        """Every sub-type, grouped by verdict; choosing one gives it to the key."""
        menu = QMenu(self)
        groups: Dict[str, QMenu] = {}
        for entry in shipped_codes().codes("PDJL2"):
            group = groups.get(entry.parent)
            if group is None:
                group = groups[entry.parent] = menu.addMenu(labels.verdict_name(entry.parent))
            group.addAction(labels.sub_verdict_name(entry.code), lambda code=entry.code: self._set_key(place, code))
        return menu

    def _set_key(self, place: int, code: str) -> None:
        keep_verdict_keys([code if at == place else known for at, known in enumerate(self._keys)])
        self._show_keys()

    # --- showing ------------------------------------------------------------------------------------------------------

    def show_parcels(self, title: str, chosen: int, proposal: str = "") -> None:
        """What a key would judge now; ``proposal`` is the proposed verdict in words, '' where there is none to accept."""
        self.title.setText(title or tr("Choose a parcel"))
        self.title.setToolTip(title)
        for button in self.buttons:
            button.setEnabled(chosen > 0)
        self.accept_button.setEnabled(chosen == 1 and bool(proposal))
        self.accept_button.setText(tr("As proposed: {proposal}", proposal=proposal) if proposal else tr("As proposed"))
