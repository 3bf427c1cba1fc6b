"""Colours that can be read: a colour made lighter or darker until it stands out from what lies behind it (WCAG AA, 4.5 : 1)."""
from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtWidgets import QApplication, QWidget

ENOUGH = 4.5
#: What warns, what is wrong, what matters less: as they are on white.
WARNING, FAULT, FAINT = "#b35900", "#c5221f", "#6b6b6b"

INK = "#202124"
_DONE = "#8ab4d8"
#: What every row of buttons and fields of the review dock is high: the room is the card's.
ROW_HEIGHT = 24


def behind() -> QColor:
    """What lists and cards are painted on in the theme in use."""
    return QApplication.palette().color(QPalette.ColorGroup.Active, QPalette.ColorRole.Base)


def progress_style() -> str:
    """For every progress bar of ours: some of QGIS's themes leave its figures dark on dark."""
    back = behind()
    done = QColor(_DONE) if luminance(back) > 0.5 else QColor(_DONE).darker(220)
    return (f"QProgressBar {{ border: 1px solid gray; border-radius: 3px; text-align: center; color: {readable(INK, back)};"
            f" background: {back.name()}; }} QProgressBar::chunk {{ background: {done.name()}; }}")


def shown_on(widget: QWidget) -> QColor:
    """What a label in this widget is painted on: the window's colour, not that of lists."""
    return widget.palette().color(QPalette.ColorGroup.Active, QPalette.ColorRole.Window)


def readable(colour: str, background: Optional[QColor] = None) -> str:
    """``colour`` (#rrggbb) or its nearest lighter or darker relative that can be read on ``background``, the theme's own by default."""
    back, made = background or behind(), QColor(colour)
    step = 0.04 if luminance(back) < 0.5 else -0.04
    hue, saturation, lightness, _alpha = made.getHslF()
    while contrast(made, back) < ENOUGH and 0.0 < lightness + step < 1.0:
        lightness += step
        made.setHslF(max(hue, 0.0), saturation, lightness)
    return made.name()


def contrast(one: QColor, other: QColor) -> float:
    """From 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: QColor) -> float:
    """Relative luminance of sRGB, from 0 to 1."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
             for part in (colour.redF(), colour.greenF(), colour.blueF())]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
