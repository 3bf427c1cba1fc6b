"""Widgets that shrink with the dock instead of widening it, and text that shows as much of itself as fits."""
from __future__ import annotations

from typing import Optional, TypeVar

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QMouseEvent, QResizeEvent
from qgis.PyQt.QtWidgets import QComboBox, QSizePolicy, QToolButton, QWidget

_Widget = TypeVar("_Widget", bound=QWidget)


def narrow(widget: _Widget) -> _Widget:
    """Let a widget be as narrow as 40 pixels."""
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    widget.setMinimumWidth(40)
    if isinstance(widget, QComboBox):
        widget.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        widget.setMinimumContentsLength(4)
    return widget


class SingleClickButton(QToolButton):
    """For what records: the second click of a double click does nothing, for by then another parcel has come up under it."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()


class FittingButton(SingleClickButton):
    """Shows as much of its text as fits, from the left; the whole of it is its accessible name. ``margin`` is in pixels."""

    def __init__(self, parent: Optional[QWidget] = None, margin: int = 8):
        super().__init__(parent)
        self._margin = margin
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width() - self._margin))
