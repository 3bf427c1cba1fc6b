"""The row of the dock for images: how to look at them, which two, and how close."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from ...i18n import tr
from ..widgets.labels import as_icon, tip
from ...exchange.image_choice import ImageSettings
from .views import BESIDE, BLINK, SWIPE, TURNS

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
