"""The gallery's own dock: what to look over, how many of them, the grid, and what has come of it so far."""
from __future__ import annotations

from datetime import date
from typing import Optional, Sequence, Tuple

from qgis.core import QgsApplication
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QGridLayout, QSizePolicy, QSpinBox, QToolButton, QVBoxLayout, QWidget

from ...i18n import tr
from .model import GalleryModel
from .scope import DAY, LISTED, TOWNSHIP
from .view import GalleryView
from ..widgets.fixed_height_label import FixedHeightLabel
from ..widgets.plain_text import PlainLabel, tip

OBJECT_NAME = "LandInspectorGallery"
_SIZE, _LARGEST_SEED = 30, 99_999_999


class GalleryDock(QgsDockWidget):
    """``scope_changed`` and ``value_changed``: other parcels are wanted; ``sample_changed``: another draw of them; ``copy_wanted``:
    the counts as text."""

    scope_changed = pyqtSignal()
    value_changed = pyqtSignal()
    sample_changed = pyqtSignal()
    copy_wanted = pyqtSignal()

    def __init__(self, model: GalleryModel, parent: Optional[QWidget] = None):
        super().__init__(tr("Gallery"), parent)
        self.setObjectName(OBJECT_NAME)
        self.scopes = _choice("landInspectorGalleryScope", tr("What to look over"), self)
        for key, text in ((DAY, tr("Verdicts of a day")), (TOWNSHIP, tr("Verdicts of a township")), (LISTED, tr("As the list shows"))):
            self.scopes.addItem(text, key)
        self.values = _choice("landInspectorGalleryValue", tr("Which day or township"), self)
        self.sampled = QCheckBox(tr("Sample of"), self)
        self.sampled.setToolTip(tr("Drawn at random by its size and seed, so that anybody can draw it again"))
        self.sampled.setObjectName("landInspectorGallerySampled")
        self.size = _number("landInspectorGallerySize", tr("Size of the sample"), 1, 100_000, _SIZE, self)
        self.seed = _number("landInspectorGallerySeed", tr("Seed of the sample"), 0, _LARGEST_SEED, int(f"{date.today():%Y%m%d}"), self)
        self.seed.setPrefix(tr("seed {number}", number=""))
        self.seed.setMinimumWidth(80)
        self.counted = PlainLabel(self)
        self.counted.setObjectName("landInspectorGalleryCounted")
        self.counted.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.counted.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = QToolButton(self)
        self.copy.setObjectName("landInspectorGalleryCopy")
        self.copy.setIcon(QgsApplication.getThemeIcon("/mActionEditCopy.svg"))
        self.copy.setAccessibleName(tr("Copy result"))
        self.copy.setToolTip(tr("Copy the result and the numbers that were looked over"))
        self.view = GalleryView(model, self)
        self.hint = FixedHeightLabel(tr("Arrows move · Enter shows it on the map · Space: looked over · F: flag"), 1, self)
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        whole = QWidget(self)
        head = QGridLayout()
        head.setSpacing(4)
        head.addWidget(self.scopes, 0, 0)
        head.addWidget(self.values, 0, 1, 1, 3)
        head.addWidget(self.sampled, 1, 0)
        head.addWidget(self.size, 1, 1)
        head.addWidget(self.seed, 1, 2)
        head.addWidget(self.copy, 1, 3)
        for column, stretch in enumerate((3, 2, 3, 1)):
            head.setColumnStretch(column, stretch)
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(head)
        for widget in (self.counted, self.view, self.hint):
            layout.addWidget(widget, int(widget is self.view))
        self.hint.setToolTip(tip(self.hint.text()))
        self.setWidget(whole)
        self.show_sampling()

    def _wire(self) -> None:
        self.scopes.activated.connect(lambda _index: self.scope_changed.emit())
        self.values.activated.connect(lambda _index: self.value_changed.emit())
        self.sampled.toggled.connect(self._on_sampled)
        self.size.valueChanged.connect(lambda _value: self.sample_changed.emit())
        self.seed.valueChanged.connect(lambda _value: self.sample_changed.emit())
        self.copy.clicked.connect(self.copy_wanted)

    def _on_sampled(self) -> None:
        self.show_sampling()
        self.sample_changed.emit()

    def show_sampling(self) -> None:
        for widget in (self.size, self.seed):
            widget.setEnabled(self.sampled.isChecked())

    @property
    def scope(self) -> str:
        return self.scopes.currentData()

    @property
    def value(self) -> str:
        return self.values.currentData() or ""

    def offer(self, values: Sequence[Tuple[str, str]], kept: str) -> None:
        """Days or townships as (key, text); ``kept`` stays chosen where it is still there."""
        self.values.clear()
        for key, text in values:
            self.values.addItem(text, key)
        self.values.setCurrentIndex(max(0, self.values.findData(kept)))
        self.values.setVisible(self.scope != LISTED)

    def sizeHint(self) -> QSize:
        return QSize(640, 300)


def _choice(name: str, said: str, parent: QWidget) -> QComboBox:
    choice = QComboBox(parent)
    choice.setObjectName(name)
    choice.setAccessibleName(said)
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(5)
    choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return choice


def _number(name: str, said: str, least: int, most: int, value: int, parent: QWidget) -> QSpinBox:
    number = QSpinBox(parent)
    number.setObjectName(name)
    number.setAccessibleName(said)
    number.setRange(least, most)
    number.setValue(value)
    number.setKeyboardTracking(False)
    number.setMinimumWidth(56)
    return number
