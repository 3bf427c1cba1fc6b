"""Buttons for the marks of parcels with their counts; several pressed ones must all hold."""
from __future__ import annotations

from typing import Dict, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QGridLayout, QWidget

from ...i18n import tr
from ..shell import labels
from ..widgets.elided_widgets import FittingButton
from ..widgets.plain_text import tip

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
        return tuple(mark for mark, button in self.buttons.items() if button.isChecked())

    def choose(self, mark: str) -> None:
        """Press this one, where it is here, without telling."""
        if mark in self.buttons:
            self.buttons[mark].setChecked(True)

    def clear(self) -> None:
        for button in self.buttons.values():
            button.setChecked(False)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """A mark that nothing shown carries stands in grey; pressed it stays there to be let go."""
        for mark, button in self.buttons.items():
            button.show_text(f"{labels.short_marks()[mark]} {counts.get(mark, 0)}")
            button.setToolTip(tip(tr("{mark}: {n}", mark=labels.mark_names()[mark], n=counts.get(mark, 0))))
            button.setEnabled(bool(counts.get(mark)) or button.isChecked())
