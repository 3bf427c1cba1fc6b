"""Labels and small widgets that shrink with the dock, wrap without pushing, and show the words of files as plain text."""
from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, Optional, TypeVar

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QRect, QSize, Qt
from qgis.PyQt.QtGui import QIcon, QMouseEvent, QPaintEvent, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QComboBox, QLabel, QSizePolicy, QStyle, QStyleOptionToolButton, QStylePainter, QToolButton, QWidget,
)

from ...values import storable


# Words of files and people shown as what they are: Qt takes anything that looks like HTML for HTML, and then loads what it names.

class PlainLabel(QLabel):
    """A label that shows its text letter by letter."""

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self.setTextFormat(Qt.TextFormat.PlainText)


def tip(text: Any) -> str:
    """A text for a tooltip or for a bar that takes HTML: shown letter by letter, lines kept."""
    plain = storable("" if text is None else str(text))
    return f"<span>{html(plain)}</span>" if any(mark in plain for mark in "<&") else plain


def html(text: Any) -> str:
    """A text inside HTML of ours."""
    return escape(storable("" if text is None else str(text))).replace("\n", "<br>")


# Widgets that shrink with the dock instead of widening it, and text that shows as much of itself as fits.

_ICONS = Path(__file__).parents[2] / "resources" / "icons"
_EDGES = 10
_Widget = TypeVar("_Widget", bound=QWidget)


def narrow(widget: _Widget) -> _Widget:
    """Let a widget be as narrow as 40 pixels."""
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    widget.setMinimumWidth(40)
    if isinstance(widget, QComboBox):
        widget.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        widget.setMinimumContentsLength(4)
    return widget


def as_icon(button: QToolButton, icon: str, name: str, hint: str) -> None:
    """Show a button by an icon of QGIS's theme (``/name.svg``) or of ours (``name.svg``); its name and what it does stand in the
    tooltip and are read aloud."""
    button.setIcon(QgsApplication.getThemeIcon(icon) if icon.startswith("/") else QIcon(str(_ICONS / icon)))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setText(name)
    button.setAccessibleName(name)
    button.setToolTip(tip(name if name == hint else f"{name} – {hint}"))
    button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    button.setFixedHeight(26)


class SingleClickButton(QToolButton):
    """For what records: the second click of a double click does nothing, for by then another parcel has come up under it."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()


class ElidedButton(SingleClickButton):
    """Paints as much of its text as fits; :meth:`text` stays whole."""

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() - _EDGES)
        QStylePainter(self).drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)


class FittingButton(SingleClickButton):
    """Shows as much of its text as fits, from the left or, ``from_both_ends``, without its middle; the whole of it is its accessible
    name. ``margin`` is in pixels."""

    def __init__(self, parent: Optional[QWidget] = None, margin: int = 8, from_both_ends: bool = False):
        super().__init__(parent)
        self._margin = margin
        self._elide = Qt.TextElideMode.ElideMiddle if from_both_ends else Qt.TextElideMode.ElideRight
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """The whole text; the button shows what fits of it."""
        self._whole = text
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, self._elide, self.width() - self._margin))


# A label that wraps its text without telling its layout so.

#: Room in which no line of a label ends.
_WIDE = QRect(0, 0, 1_000_000, 1_000)


class FixedHeightLabel(PlainLabel):
    """One label whose height depends on its width makes a scroll area lay its whole content out at the preferred height and
    scroll, where it could shrink. This one asks for a fixed number of lines instead; one that ``shrinks`` for as many as its text takes
    in the width it has, up to that number."""

    def __init__(self, text: str, lines: int, parent: Optional[QWidget] = None, shrinks: bool = False):
        super().__init__(text, parent)
        self._lines, self._shrinks = lines, shrinks
        self.setWordWrap(True)
        if shrinks:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._shrinks and event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        return False

    def sizeHint(self) -> QSize:
        return QSize(200, self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self._height())

    def _height(self) -> int:
        """Chinese often comes from another font than the window's, with higher lines: they are measured on the text itself."""
        line = self.fontMetrics().boundingRect(_WIDE, 0, self.text().replace("\n", " "))
        most = self._lines * max(self.fontMetrics().lineSpacing(), line.height())
        if not self._shrinks:
            return most
        room = QRect(0, 0, max(self.width(), 40), 1_000)
        return min(self.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), self.text()).height(), most)
