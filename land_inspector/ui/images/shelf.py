"""Every image at hand: those of the office's folders, looked through beside the window, and the rasters of the project."""
from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Set, Tuple

from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QCoreApplication, QObject, QSize, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from ... import log
from ...errors import message
from ...exchange.image_catalogue import Catalogue, Places, look_through, remember, remembered
from ...exchange.image_choice import ImageSettings, image_of_layer
from ...exchange.image_files import Image
from ...i18n import say, tr
from ...progress import Progress
from ..shell.messages import Messages
from ..shell.tasks import Worker
from ..widgets.labels import as_icon, tip
from .views import BESIDE, BLINK, SWIPE, TURNS


class ImageShelf(QObject):
    """``changed`` tells that other images are at hand than before."""

    changed = pyqtSignal()

    def __init__(self, worker: Worker, messages: Messages, project: QgsProject, memory: Path):
        super().__init__()
        self._worker, self._messages, self._project, self._memory = worker, messages, project, memory
        self._places = Places()
        self._catalogue: Optional[Catalogue] = None
        self._looking = False
        self._said: List[str] = []
        self._looks = 0
        self._state: Optional[Tuple[object, ...]] = None
        self._images: List[Image] = []

    @property
    def looking(self) -> bool:
        """Whether folders are being looked through now."""
        return self._looking

    def look(self, places: Places, anew: bool = False) -> None:
        """Look through these folders beside the window, where they are others than last time; ``anew`` in any case."""
        if self._looking or (places == self._places and not anew):
            return
        self._places, self._looking = places, True
        known, memory = self._catalogue, self._memory
        self._worker.start(tr("Looking at images"), lambda progress: _looked(places, known, memory, progress), self._take, self._fail)

    def _take(self, found: Catalogue) -> None:
        self._looking = False
        self._looks += 1
        before, self._catalogue = self._catalogue or Catalogue(), found
        self._say([say(trouble) for trouble in found.said()])
        if (before.files, before.rows) != (found.files, found.rows):
            self.changed.emit()

    def _fail(self, error: BaseException) -> None:
        self._looking = False
        self._messages.failed(error)

    def _say(self, troubles: List[str]) -> None:
        """Once, until something else is wrong."""
        if troubles and troubles != self._said:
            said = tr("{n} images or folders cannot be used: {first}", n=len(troubles), first=troubles[0])
            self._messages.warn(said, "\n".join(troubles))
        self._said = troubles

    @property
    def images(self) -> List[Image]:
        """The office's, and the project's; one that is both is the project's layer with what is known of the file."""
        rasters = [layer for layer in self._project.mapLayers().values() if isinstance(layer, QgsRasterLayer)]
        state = (self._looks, tuple((layer.id(), layer.name(), layer.source()) for layer in rasters))
        if state != self._state:
            self._state, self._images = state, self._gathered(rasters)
        return self._images

    def _gathered(self, rasters: List[QgsRasterLayer]) -> List[Image]:
        filed = {image.source: image for image in (self._catalogue.images if self._catalogue else [])}
        shown = [image_of_layer(layer, filed) for layer in rasters]
        taken = {image.source for image in shown}
        return shown + [image for image in filed.values() if image.source not in taken]


def _looked(places: Places, known: Optional[Catalogue], memory: Path, progress: Progress) -> Catalogue:
    before = remembered(memory) if known is None else known
    found = look_through(places, before, progress)
    if found.files != before.files:
        try:
            remember(found, memory)
        except OSError as error:  # the next start looks at the files again: slower, nothing worse
            log.info(message("{file} cannot be written: {reason}", file=str(memory), reason=error.strerror or ""))
    return found


# Image files as layers to draw with: opened beside the window, never part of a project.

#: More open files than these are closed again, the ones not looked at for longest first.
MOST_OPEN = 96


class ImageLayers(QObject):
    """``opened`` tells that layers asked for with :meth:`want` are there now, or cannot be opened."""

    opened = pyqtSignal()

    def __init__(self, worker: Worker, messages: Messages, project: QgsProject):
        super().__init__()
        self._worker, self._messages, self._project = worker, messages, project
        self._open: "OrderedDict[str, QgsRasterLayer]" = OrderedDict()
        self._pending: Set[str] = set()
        self._broken: Set[str] = set()
        self._generation = 0

    def want(self, images: Sequence[Image]) -> bool:
        """Whether all are there; those that are not are opened, and ``opened`` follows."""
        missing = {image.source for image in images if not image.layer_id} - set(self._open) - self._broken
        fresh = {image.source: image.name for image in images if image.source in missing - self._pending}
        if fresh:
            self._pending |= set(fresh)
            generation = self._generation
            self._worker.start(tr("Opening images"), lambda progress: _opened(fresh, progress),
                               lambda layers: self._take(generation, layers), lambda error: self._fail(generation, fresh, error))
        return not missing

    def layers(self, images: Sequence[Image], crs: QgsCoordinateReferenceSystem) -> List[QgsRasterLayer]:
        """Those that are there, in this order; one that names no CRS is laid into ``crs``."""
        found = []
        for image in images:
            layer = self._project.mapLayer(image.layer_id) if image.layer_id else self._open.get(image.source)
            if layer is None:
                continue
            if not image.layer_id:
                self._open.move_to_end(image.source)
                if not image.crs and layer.crs() != crs:
                    layer.setCrs(crs)
            found.append(layer)
        return found

    def close(self) -> None:
        """Let go of every file; what is still being opened is dropped when it comes."""
        self._generation += 1
        self._open.clear()
        self._pending.clear()
        self._broken.clear()

    def _take(self, generation: int, layers: Dict[str, QgsRasterLayer]) -> None:
        if generation != self._generation:
            return
        self._pending -= set(layers)
        for source, layer in layers.items():
            if layer.isValid():
                self._open[source] = layer
            else:
                self._broken.add(source)
                self._messages.warn(tr("The image {file} cannot be shown.", file=source))
        while len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        self.opened.emit()

    def _fail(self, generation: int, asked: Dict[str, str], error: BaseException) -> None:
        if generation == self._generation:
            self._pending -= set(asked)
            self._broken |= set(asked)
            self._messages.failed(error)
            self.opened.emit()


def _opened(asked: Dict[str, str], progress: Progress) -> Dict[str, QgsRasterLayer]:
    """A file on a slow drive may take seconds to open: that is why layers are made here and then handed to the main thread."""
    options = QgsRasterLayer.LayerOptions()
    options.skipCrsValidation = True  # QGIS would ask for the CRS in a dialog, from a thread that may not
    layers = {}
    for done, (source, name) in enumerate(asked.items()):
        progress.step(done / len(asked))
        layers[source] = QgsRasterLayer(source, name, "gdal", options)
        layers[source].moveToThread(QCoreApplication.instance().thread())
    return layers


# The row of the dock for images: how to look at them, which two, and how close.

MAP = ""
_SCALES = (500, 1000, 2000, 5000, 10000)
_FILLS = (20, 40, 60, 80)
_ICONS = {MAP: "look_map.svg", TURNS: "look_turns.svg", BLINK: "look_blink.svg", SWIPE: "look_swipe.svg", BESIDE: "look_beside.svg"}
_BLINKS_MS = (300, 700, 1500)


@dataclass(frozen=True)
class Offer:
    """A line in the choice of images: ``key`` comes back when it is chosen; ``doubt`` marks what does not fit quite."""

    key: str
    text: str
    details: str
    doubt: bool = False


class ImageStrip(QWidget):
    """``mode_wanted`` asks for a way to look ('' for the map), ``picked`` tells side (True: after) and key, ``changed`` that the user
    changed ``settings``, ``look_wanted`` and ``folders_wanted`` ask for what the menu offers besides."""

    mode_wanted = pyqtSignal(str)
    picked = pyqtSignal(bool, str)
    changed = pyqtSignal()
    scale_wanted = pyqtSignal()
    look_wanted = pyqtSignal()
    folders_wanted = pyqtSignal()

    def __init__(self, settings: ImageSettings, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorImageStrip")
        self.settings = settings
        self.buttons: Dict[str, QToolButton] = {mode: self._mode_button(mode, *texts) for mode, texts in _modes().items()}
        self.choices = {after: self._choice(after) for after in (False, True)}
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.view_button = _button(self, "landInspectorImageView", "", tr("How close, how fast, and where the images are"))
        as_icon(self.view_button, "/mActionZoomToSelected.svg", "", tr("How close, how fast, and where the images are"))
        self.view_button.setMenu(self.menu)
        self.view_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        #: One row of icons; the page puts them beside those of other features.
        self.tools: List[QWidget] = [*self.buttons.values(), self.view_button]
        self._lay_out()
        self.show_settings()
        self.show_mode(MAP)

    def _mode_button(self, mode: str, name: str, text: str, hint: str) -> QToolButton:
        button = _button(self, name, text, hint)
        button.setCheckable(True)
        as_icon(button, _ICONS[mode], text, hint)
        button.clicked.connect(lambda _checked: self.mode_wanted.emit(mode))
        return button

    def _choice(self, after: bool) -> QComboBox:
        choice = QComboBox(self)
        choice.setObjectName("landInspectorImageAfter" if after else "landInspectorImageBefore")
        choice.setAccessibleName(tr("Image after") if after else tr("Image before"))
        choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        choice.setMinimumContentsLength(6)
        choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        choice.activated.connect(lambda _index: self.picked.emit(after, choice.currentData()))
        return choice

    def _lay_out(self) -> None:
        """Which two images is asked only while they are looked at."""
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.choices[False], 1)
        layout.addWidget(self.choices[True], 1)

    # --- showing ------------------------------------------------------------------------------------------------------

    def show_mode(self, mode: str) -> None:
        """Press the button of this mode; the strip is hidden where only the map is looked at."""
        for name, button in self.buttons.items():
            button.setChecked(name == mode)
        self.setVisible(mode != MAP)

    def show_offers(self, offers: Sequence[Offer], chosen: Dict[bool, str]) -> None:
        """The same images for either side; ``chosen`` holds the key of each side's, if it has one."""
        for after, choice in self.choices.items():
            choice.clear()
            for offer in offers:
                choice.addItem(("⚠ " if offer.doubt and chosen.get(after) == offer.key else "") + offer.text, offer.key)
                choice.setItemData(choice.count() - 1, tip(offer.details), Qt.ItemDataRole.ToolTipRole)
            choice.setCurrentIndex(choice.findData(chosen[after]) if after in chosen else -1)
            choice.setToolTip(choice.itemData(choice.currentIndex(), Qt.ItemDataRole.ToolTipRole) or "")
            choice.setEnabled(bool(offers))
            choice.view().setMinimumWidth(choice.view().sizeHintForColumn(0) + 24 if offers else 0)

    def show_settings(self) -> None:
        """Tell the scale, or the share of the view that a parcel fills, on the button that changes it."""
        self.view_button.setText(f"1:{self.settings.scale}" if self.settings.scale else f"{self.settings.fill} %")
        self.view_button.setAccessibleName(self.view_button.text())

    def sizeHint(self) -> QSize:
        return QSize(300, super().sizeHint().height())

    # --- the menu -----------------------------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        self.menu.clear()
        settings = self.settings
        self._offer([(tr("Parcel fills {percent} % of the map", percent=fill), {"fill": fill, "scale": 0},
                      not settings.scale and settings.fill == fill) for fill in _FILLS])
        self._offer([(f"1:{scale}", {"scale": scale}, settings.scale == scale) for scale in sorted({*_SCALES, settings.scale} - {0})])
        self.menu.addAction(tr("Another scale…"), self.scale_wanted.emit)
        self.menu.addSeparator()
        self._offer([(tr("Blink every {seconds} s", seconds=ms / 1000), {"blink_ms": ms}, settings.blink_ms == ms) for ms in _BLINKS_MS])
        self.menu.addSeparator()
        self._switch(tr("Swipe line lies level"), "level")
        self._switch(tr("Outlines of the neighbours"), "neighbours")
        self.menu.addSeparator()
        self.menu.addAction(tr("Look for images again"), self.look_wanted.emit)
        self.menu.addAction(tr("Image folders…"), self.folders_wanted.emit)

    def _offer(self, choices: List[Tuple[str, Dict[str, int], bool]]) -> None:
        for text, values, now in choices:
            action = self.menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(now)
            action.triggered.connect(lambda _checked, values=values: self.change(**values))

    def _switch(self, text: str, name: str) -> None:
        action = self.menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(getattr(self.settings, name))
        action.triggered.connect(lambda checked: self.change(**{name: checked}))

    def change(self, **values: object) -> None:
        """Take and keep what the user set."""
        for name, value in values.items():
            setattr(self.settings, name, value)
        self.settings.save()
        self.show_settings()
        self.changed.emit()


def _modes() -> Dict[str, Tuple[str, str, str]]:
    """Object name, text and hint of each way to look."""
    return {
        MAP: ("landInspectorImageOff", tr("Map"), tr("Back to the map")),
        TURNS: ("landInspectorImageTurns", tr("In turn"), tr("The image before, and with each further press the other one")),
        BLINK: ("landInspectorImageBlink", tr("Blink"), tr("Both images by themselves, one after the other")),
        SWIPE: ("landInspectorImageSwipe", tr("Swipe"), tr("Before and after on either side of a line that can be moved")),
        BESIDE: ("landInspectorImageBeside", tr("Side by side"), tr("Two maps that show the same place")),
    }


def _button(parent: QWidget, name: str, text: str, hint: str) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setText(text)
    button.setToolTip(tip(hint))
    button.setAccessibleDescription(hint)
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
