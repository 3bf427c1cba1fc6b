"""What lists of rows share: a flat model, how a row is painted, and colours that can be read."""
from __future__ import annotations

from typing import Optional, Sequence

from qgis.PyQt.QtCore import QModelIndex, Qt
from qgis.PyQt.QtGui import QColor, QFont, QPainter, QPalette, QPen
from qgis.PyQt.QtWidgets import QApplication, QStyle, QStyleOptionViewItem, QWidget


# What every list of rows answers to Qt alike: it has no children, and its cells can be selected but not edited.

class FlatModel:
    """Stands before Qt's model among the bases. ``_rows`` are what is shown, ``COLUMNS`` how many cells each has."""

    COLUMNS = 1
    _rows: Sequence[object]

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:
        """As many as are shown; a row itself has none."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:
        """``COLUMNS``; a row itself has none."""
        return 0 if parent.isValid() else self.COLUMNS

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Enabled and selectable; nothing for an index that is none of this model."""
        if not self._holds(index):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def _holds(self, index: QModelIndex) -> bool:
        return index.isValid() and 0 <= index.row() < len(self._rows) and 0 <= index.column() < self.COLUMNS


# How every painted row shows that it is selected and that it has the focus.

def is_selected(option: QStyleOptionViewItem) -> bool:
    """Whether the row is painted as selected."""
    return bool(option.state & QStyle.StateFlag.State_Selected)


def text_role(option: QStyleOptionViewItem) -> QPalette.ColorRole:
    """The palette's colour for the row's text, readable whether it is selected or not."""
    return QPalette.ColorRole.HighlightedText if is_selected(option) else QPalette.ColorRole.Text


def paint_selection(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """Below everything else of the row."""
    if is_selected(option):
        painter.fillRect(option.rect, option.palette.brush(QPalette.ColorGroup.Active, QPalette.ColorRole.Highlight))


def paint_focus(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """Over everything else of the row: a dotted frame, for whoever works by keyboard."""
    if option.state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(option.palette.color(text_role(option)), 1, Qt.PenStyle.DotLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(option.rect.adjusted(0, 0, -1, -1))


def small(font: QFont) -> QFont:
    """The font of a row's lower line."""
    smaller = QFont(font)
    smaller.setPointSizeF(max(7.0, font.pointSizeF() - 1))
    return smaller


# Colours that can be read: a colour made lighter or darker until it stands out from what lies behind it (WCAG AA, 4.5 : 1).

ENOUGH = 4.5
#: What warns, what is wrong, what matters less: as they are on white.
WARNING, FAULT, FAINT = "#b35900", "#c5221f", "#6b6b6b"

INK = "#202124"
_DONE = "#8ab4d8"
_CHALK = "#e4e4e4"
_FIELDS = f"QToolButton:enabled, QComboBox:enabled, QAbstractSpinBox:enabled {{ color: {_CHALK}; }}"
#: What every row of buttons and fields of the review dock is high: the room is the card's.
ROW_HEIGHT = 24


def behind() -> QColor:
    """What lists and cards are painted on in the theme in use."""
    return QApplication.palette().color(QPalette.ColorGroup.Active, QPalette.ColorRole.Base)


def progress_style() -> str:
    """For every progress bar of ours: some of QGIS's themes leave its figures dark on dark."""
    back = behind()
    done = QColor(_DONE) if not is_dark(back) else QColor(_DONE).darker(220)
    return (f"QProgressBar {{ border: 1px solid gray; border-radius: 3px; text-align: center; color: {readable(INK, back)};"
            f" background: {back.name()}; }} QProgressBar::chunk {{ background: {done.name()}; }}")


def shown_on(widget: QWidget) -> QColor:
    """What a label in this widget is painted on: the window's colour, not that of lists. QGIS's themes make every widget transparent
    but those that hold others: what is seen is the colour of the first that is none."""
    place: Optional[QWidget] = widget
    while place is not None:
        colour = place.palette().color(QPalette.ColorGroup.Active, QPalette.ColorRole.Window)
        if colour.alpha() == 255:
            return colour
        place = place.parentWidget()
    return QApplication.palette().color(QPalette.ColorGroup.Active, QPalette.ColorRole.Window)


def ink(widget: QWidget, faint: bool = False, back: Optional[QColor] = None) -> QColor:
    """What is drawn by hand in this widget, on the window's colour or on ``back``: QGIS's dark themes leave the palette's own text dark
    on dark. ``faint``: what matters less, and lines."""
    ground = back or shown_on(widget)
    return QColor(readable(FAINT if faint else INK if not is_dark(ground) else _CHALK, ground))


def make_fields_readable(widget: QWidget) -> None:
    """The buttons and fields of a dock or dialog: QGIS's dark themes write them in a grey that falls short of 4.5 : 1. Before its first
    child is made: a style that comes later does not reach those that are there."""
    if is_dark(behind()):
        widget.setStyleSheet(widget.styleSheet() + _FIELDS)


def put_hint(field: QWidget, text: str) -> None:
    """What stands in an empty field: Qt's own grey on white is 4 : 1."""
    palette = field.palette()
    if not is_dark(behind()):
        palette.setColor(QPalette.ColorRole.PlaceholderText, QColor(FAINT))
        field.setPalette(palette)
    field.setPlaceholderText(text)


def readable(colour: str, background: Optional[QColor] = None) -> str:
    """``colour`` (#rrggbb) or its nearest lighter or darker relative that can be read on ``background``, the theme's own by default."""
    back, made = background or behind(), QColor(colour)
    step = 0.04 if is_dark(back) else -0.04
    hue, saturation, lightness, _alpha = made.getHslF()
    while contrast(QColor(made.name()), back) < ENOUGH and 0.0 < lightness + step < 1.0:  # as it is given out, in whole steps
        lightness += step
        made.setHslF(max(hue, 0.0), saturation, lightness)
    return made.name()


def is_dark(back: QColor) -> bool:
    """Whether white stands out from it more than black does; on QGIS's middle grey black does."""
    return contrast(QColor("#ffffff"), back) > contrast(QColor("#000000"), back)


def contrast(one: QColor, other: QColor) -> float:
    """From 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: QColor) -> float:
    """Relative luminance of sRGB, from 0 to 1."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
             for part in (colour.redF(), colour.greenF(), colour.blueF())]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
