"""The line at the foot of the dock while an algorithm runs: what it does, how far it is, and a way to stop it."""
from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from ...i18n import tr
from ..widgets.readable import progress_style
from ..widgets.plain_text import PlainLabel


class JobStrip(QWidget):
    """Hidden while nothing runs."""

    cancelled = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorJob")
        self._title = PlainLabel(self)
        self._bar = QProgressBar(self)
        self._bar.setStyleSheet(progress_style())
        self.cancel_button = QPushButton(tr("Cancel"), self)
        self.cancel_button.setObjectName("landInspectorCancel")
        self.cancel_button.clicked.connect(self.cancelled)
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 4)
        layout.addWidget(self._title)
        layout.addLayout(row)
        self.hide()

    def begin(self, title: str) -> None:
        self._title.setText(title)
        self._bar.setRange(0, 0)
        self.show()

    def advance(self, percent: float) -> None:
        self._bar.setRange(0, 100)
        self._bar.setValue(int(round(percent)))

    def end(self) -> None:
        self.hide()
