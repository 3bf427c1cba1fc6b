"""What the dock shows while no register is open: one obvious way in, one to begin, and the registers opened lately."""
from __future__ import annotations

from typing import Optional, Sequence

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QCommandLinkButton, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ...i18n import tr
from ...register.addresses import RegisterAddress
from ..widgets.fixed_height_label import FixedHeightLabel
from ..widgets.plain_text import PlainLabel, tip


class StartPage(QWidget):
    """``open_wanted`` and ``create_wanted`` ask for a choice, ``register_wanted`` names one."""

    assistant_wanted = pyqtSignal()
    open_wanted = pyqtSignal()
    create_wanted = pyqtSignal()
    register_wanted = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.assistant_button = _button(tr("Begin with your own data…"), "landInspectorBegin", self)
        self.assistant_button.setDefault(True)
        self.assistant_button.clicked.connect(lambda _checked=False: self.assistant_wanted.emit())
        self.open_button = _button(tr("Open a register…"), "landInspectorOpen", self)
        self.open_button.clicked.connect(self.open_wanted)
        self.create_button = _button(tr("New register…"), "landInspectorCreate", self)
        self.create_button.clicked.connect(self.create_wanted)
        hint = FixedHeightLabel(tr("A register keeps the issued patches, the verdicts and their history in one file (.gpkg)."), 3, self)
        self.steps = FixedHeightLabel(tr("1 · Say where your files are: townships, patches, layers, images.\n2 · Look at the first patch "
                                         "and its proposal.\n3 · Press 1 to 9: that is a verdict, saved at once."), 5, self)
        self.steps.setObjectName("landInspectorThreeSteps")
        self._heading = PlainLabel(tr("Opened lately"), self)
        self._recent = QVBoxLayout()
        layout = QVBoxLayout(self)
        for widget in (hint, self.steps, self.assistant_button, self.open_button, self.create_button, self._heading):
            layout.addWidget(widget)
        layout.addLayout(self._recent)
        layout.addStretch(1)

    def show_recent(self, addresses: Sequence[RegisterAddress]) -> None:
        while self._recent.count():
            self._recent.takeAt(0).widget().deleteLater()
        self._heading.setVisible(bool(addresses))
        for address in addresses:
            self._recent.addWidget(self._link(address))

    def _link(self, address: RegisterAddress) -> QCommandLinkButton:
        link = QCommandLinkButton(address.name, address.folder.name, self)
        link.setToolTip(tip(str(address)))
        link.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        link.clicked.connect(lambda _checked=False: self.register_wanted.emit(str(address)))
        return link


def _button(text: str, name: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setObjectName(name)
    button.setMinimumHeight(34)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
