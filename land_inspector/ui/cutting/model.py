"""The pieces of a plan as a table: one row a piece, the last row what they make together."""
from __future__ import annotations

from typing import Any, List, Optional, Sequence

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QFont

from ...i18n import tr
from ...law.areas import DASH, mu_text
from .overlay import COLOURS
from .plan import Line, Plan
from ..widgets.flat_model import FlatModel
from ..widgets.plain_text import tip

LETTER, NUMBER, M2, MU, CULTIVATED, SHARE = range(6)


class PieceModel(FlatModel, QAbstractTableModel):
    """Figures as texts, so that rows can be read and copied as they are shown."""

    COLUMNS = SHARE + 1

    def __init__(self, parent: Optional[QObject] = None):
        super().__init__(parent)
        self._rows: List[Line] = []
        self._bold = QFont()
        self._bold.setPointSizeF(max(7.0, self._bold.pointSizeF() - 1))
        self._bold.setBold(True)

    def show(self, plan: Optional[Plan]) -> None:
        self.beginResetModel()
        self._rows = [*plan.lines, plan.total] if plan is not None else []
        self.endResetModel()

    def data(self, index: QModelIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not self._holds(index):
            return None
        line, is_total = self._rows[index.row()], index.row() == len(self._rows) - 1
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(line)[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(line)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(spoken(line))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() not in (LETTER, NUMBER):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.FontRole and (is_total or index.column() == LETTER):
            return self._bold
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == LETTER and not is_total:
            return QBrush(QColor(COLOURS[index.row() % len(COLOURS)]).darker(140))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        titles = ("", tr("Parcel"), tr("m²"), tr("mu"), tr("Cult. m²"), tr("Share"))
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(titles):
            return None
        return titles[section] if role == Qt.ItemDataRole.DisplayRole else None


def _cells(line: Line) -> Sequence[str]:
    cultivated = DASH if line.cultivated_m2 is None else f"{line.cultivated_m2:.2f}"
    letter = f"{line.letter} ⚠" if line.small else line.letter or "Σ"
    return letter, line.number, f"{line.area_m2:.2f}", mu_text(line.area_m2), cultivated, f"{line.share:.1%}"


def spoken(line: Line) -> str:
    """The whole row in words."""
    said = [tr("{number}: {area} m² = {mu} mu, {share}", number=line.number, area=f"{line.area_m2:.2f}", mu=mu_text(line.area_m2),
               share=f"{line.share:.1%}")]
    if line.cultivated_m2 is not None:
        said.append(tr("cultivated {area} m²", area=f"{line.cultivated_m2:.2f}"))
    if line.inside is not None:
        said.append(tr("inside the layer") if line.inside else tr("outside the layer"))
    if line.small:
        said.append(tr("very small"))
    return ", ".join(said)
