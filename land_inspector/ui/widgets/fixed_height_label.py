"""A label that wraps its text without telling its layout so."""
from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QRect, QSize
from qgis.PyQt.QtWidgets import QWidget

from .plain_text import PlainLabel

#: Room in which no line of a label ends.
_WIDE = QRect(0, 0, 1_000_000, 1_000)


class FixedHeightLabel(PlainLabel):
    """One label whose height depends on its width makes a scroll area lay its whole content out at the preferred height and
    scroll, where it could shrink. This one asks for a fixed number of lines instead."""

    def __init__(self, text: str, lines: int, parent: Optional[QWidget] = None):
        super().__init__(text, parent)
        self._lines = lines
        self.setWordWrap(True)

    def hasHeightForWidth(self) -> bool:
        return False

    def sizeHint(self) -> QSize:
        return QSize(200, self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self._height())

    def _height(self) -> int:
        """Chinese often comes from another font than the window's, with higher lines: they are measured on the text itself."""
        line = self.fontMetrics().boundingRect(_WIDE, 0, self.text().replace("\n", " "))
        return self._lines * max(self.fontMetrics().lineSpacing(), line.height())
