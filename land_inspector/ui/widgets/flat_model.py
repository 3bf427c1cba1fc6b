"""What every list of rows answers to Qt alike: it has no children, and its cells can be selected but not edited."""
from __future__ import annotations

from typing import Sequence

from qgis.PyQt.QtCore import QModelIndex, Qt


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
