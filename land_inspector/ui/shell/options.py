"""The plugin's page in QGIS's Options: who acts, how areas are measured, what the office reviews with, which images it has."""
from __future__ import annotations

from pathlib import Path
from typing import Callable, List, Optional

from qgis.gui import QgsFileWidget, QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QComboBox, QDoubleSpinBox, QFileDialog, QFormLayout, QGroupBox, QHBoxLayout, QLineEdit, QListWidget, QPushButton,
    QSpinBox, QVBoxLayout, QWidget,
)

from ...errors import InputError
from ...exchange.image_choice import ImageSettings
from ...exchange.intake.ogr_layer import layer_fields
from ...i18n import tr
from ...settings import Settings
from ..review.review_options import ReviewOptions
from ..widgets.labels import PlainLabel
from ..widgets.rows import put_hint


# Options for images: where they are, which list dates them, how close the map goes and how fast it blinks.

_LIST_HEIGHT = 90


class ImageOptions(QGroupBox):
    """A group of the plugin's page in Options; :meth:`apply` keeps what it shows."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(tr("Images before and after"), parent)
        self.setObjectName("landInspectorImageOptions")
        settings = ImageSettings.load()
        self.folders = QListWidget(self)
        self.folders.setObjectName("landInspectorImageFolders")
        self.folders.setAccessibleName(tr("Folders with images, with their subfolders"))
        self.folders.setMaximumHeight(_LIST_HEIGHT)
        self.folders.addItems(settings.folder_list)
        self.listing = QgsFileWidget(self)
        self.listing.setObjectName("landInspectorImageList")
        self.listing.setToolTip(tr("A vector file with one footprint for each image, the image's path and the day on which it was taken"))
        self.listing.setFilePath(settings.listing)
        self.path_field, self.date_field = self._field_choice(settings.path_field), self._field_choice(settings.date_field)
        self.listing.fileChanged.connect(lambda _path: self._offer_fields())
        self._offer_fields()
        self.scale, self.fill, self.blink = _number(self, 0, 1_000_000, 500), _number(self, 5, 100, 5), QDoubleSpinBox(self)
        self._show(settings)
        self._lay_out()

    def _field_choice(self, chosen: str) -> QComboBox:
        choice = QComboBox(self)
        choice.setEditable(True)
        choice.setCurrentText(chosen)
        put_hint(choice.lineEdit(), tr("found by its name"))
        return choice

    def _show(self, settings: ImageSettings) -> None:
        self.scale.setPrefix("1:")
        self.scale.setSpecialValueText(tr("as the parcel's size asks"))
        self.scale.setValue(settings.scale)
        self.fill.setSuffix(" %")
        self.fill.setValue(settings.fill)
        self.blink.setRange(0.1, 10.0)
        self.blink.setSingleStep(0.1)
        self.blink.setDecimals(1)
        self.blink.setSuffix(tr(" s"))
        self.blink.setValue(settings.blink_ms / 1000)

    def _lay_out(self) -> None:
        add, remove = QPushButton(tr("Add folder…"), self), QPushButton(tr("Remove"), self)
        add.clicked.connect(self._ask_folder)
        remove.clicked.connect(self._remove_folder)
        buttons = QVBoxLayout()
        buttons.addWidget(add)
        buttons.addWidget(remove)
        buttons.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(self.folders, 1)
        row.addLayout(buttons)
        layout = QFormLayout(self)
        layout.addRow(tr("Folders with images"), row)
        layout.addRow(tr("List of images"), self.listing)
        layout.addRow(tr("Its field with the path"), self.path_field)
        layout.addRow(tr("Its field with the date"), self.date_field)
        layout.addRow(tr("Scale of the map"), self.scale)
        layout.addRow(tr("Else a parcel fills"), self.fill)
        layout.addRow(tr("Blinking: each image stands"), self.blink)

    def _offer_fields(self) -> None:
        """The fields of the chosen list; what was typed stays."""
        try:
            fields = layer_fields(Path(self.listing.filePath())) if self.listing.filePath() else {}
        except InputError:
            fields = {}  # the warning comes when the list is used; here the names can still be typed
        names: List[str] = next(iter(fields.values()), [])
        for choice in (self.path_field, self.date_field):
            kept = choice.currentText()
            choice.clear()
            choice.addItems(names)
            choice.setCurrentText(kept)

    def _ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Folder with images"))
        if folder:
            self.add_folder(folder)

    def add_folder(self, folder: str) -> None:
        """Once, however often it is chosen."""
        if folder not in self._folders():
            self.folders.addItem(folder)

    def _remove_folder(self) -> None:
        for item in self.folders.selectedItems():
            self.folders.takeItem(self.folders.row(item))

    def _folders(self) -> List[str]:
        return [self.folders.item(row).text() for row in range(self.folders.count())]

    def apply(self) -> None:
        """Keep what was entered."""
        settings = ImageSettings.load()
        settings.folders = "\n".join(self._folders())
        settings.listing = self.listing.filePath()
        settings.path_field, settings.date_field = self.path_field.currentText().strip(), self.date_field.currentText().strip()
        settings.scale, settings.fill = self.scale.value(), self.fill.value()
        settings.blink_ms = int(round(1000 * self.blink.value()))
        settings.save()


def _number(parent: QWidget, least: int, most: int, step: int) -> QSpinBox:
    box = QSpinBox(parent)
    box.setRange(least, most)
    box.setSingleStep(step)
    return box


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
