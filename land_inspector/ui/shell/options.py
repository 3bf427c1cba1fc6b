"""The plugin's page in QGIS's Options: who acts, how areas are measured, what the office reviews with, which images it has."""
from __future__ import annotations

from pathlib import Path
from typing import Callable, Optional

from qgis.gui import QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QComboBox, QFormLayout, QLineEdit, QWidget

from ...i18n import tr
from ...settings import Settings
from ..images.options import ImageOptions
from ..review.review_options import ReviewOptions
from ..widgets.labels import PlainLabel
from ..widgets.rows import put_hint

_ICON = Path(__file__).parents[2] / "resources" / "icons" / "land_inspector.svg"


class OptionsPage(QgsOptionsPageWidget):
    """Written when the user accepts the dialog; ``applied`` is called then."""

    def __init__(self, parent: Optional[QWidget] = None, applied: Callable[[], object] = lambda: None):
        super().__init__(parent)
        self._applied = applied
        self.setObjectName("landInspectorOptions")
        settings = Settings.load()
        self.actor = QLineEdit(settings.actor, self)
        self.actor.setObjectName("landInspectorActor")
        put_hint(self.actor, Settings().acting_as)
        self.area_method = QComboBox(self)
        self.area_method.setObjectName("landInspectorAreaMethod")
        self.area_method.addItem(tr("Ellipsoidal (CGCS2000)"), "ellipsoidal")
        self.area_method.addItem(tr("Planar"), "planar")
        self.area_method.setCurrentIndex(self.area_method.findData(settings.area_method))
        hint = PlainLabel(tr("Verdicts and undo are recorded under this name. Names are kept apart from the events."), self)
        hint.setWordWrap(True)
        layout = QFormLayout(self)
        layout.addRow(tr("Your name"), self.actor)
        layout.addRow("", hint)
        layout.addRow(tr("Areas of new batches"), self.area_method)
        self.review, self.images = ReviewOptions(self), ImageOptions(self)
        layout.addRow(self.review)
        layout.addRow(self.images)

    def apply(self) -> None:
        """Called by QGIS when the options are confirmed: keep them."""
        settings = Settings.load()
        settings.actor = self.actor.text().strip()
        settings.area_method = self.area_method.currentData()
        settings.save()
        self.review.apply()
        self.images.apply()
        self._applied()


class OptionsFactory(QgsOptionsWidgetFactory):
    """Makes the page; the icon stands in the list on the left. ``applied`` is called when something was chosen there."""

    def __init__(self, applied: Callable[[], object] = lambda: None) -> None:
        super().__init__(tr("Land Inspector"), QIcon(str(_ICON)))
        self._applied = applied

    def icon(self) -> QIcon:
        return QIcon(str(_ICON))

    def createWidget(self, parent: Optional[QWidget] = None) -> OptionsPage:
        return OptionsPage(parent, self._applied)
