"""The row of the dock for splitting and merging, and below it what is about to be made."""
from __future__ import annotations

from collections import Counter
from typing import Any, List, Optional, Sequence

from qgis.PyQt.QtCore import pyqtSignal, QAbstractItemModel, QAbstractTableModel, QModelIndex, QObject, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QFont, QKeyEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView, QComboBox, QFrame, QHBoxLayout, QHeaderView, QLabel, QProgressBar, QPushButton, QSizePolicy,
    QTableView, QToolButton, QVBoxLayout, QWidget,
)

from ...i18n import say, tr
from ...law.areas import DASH, mu_text
from ...exchange.wording import role_names
from ..widgets.labels import FixedHeightLabel, as_icon, html, tip
from ..widgets.rows import FlatModel
from .plan import Edge, Line, Plan
from .tool import COLOURS

_MOST_ROWS = 5


class CuttingPanel(QWidget):
    """Signals ask for what the panel cannot do by itself. Below its row of buttons it shows one task, or nothing."""

    line_wanted = pyqtSignal()
    along_wanted = pyqtSignal()
    merge_wanted = pyqtSignal()
    layer_chosen = pyqtSignal(str)
    accepted = pyqtSignal()
    given_up = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorCutting")
        self.task = QFrame(self)
        self.task.setFrameShape(QFrame.Shape.StyledPanel)
        self.title = QLabel(self.task)
        self.title.setObjectName("landInspectorCuttingTitle")
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hint = FixedHeightLabel("", 6, self.task, shrinks=True)
        self.hint.setObjectName("landInspectorCuttingHint")
        self.layers = self._layer_choice()
        self.model = PieceModel(self)
        self.table = _table(self.model, self.task)
        self.remarks = FixedHeightLabel("", 6, self.task, shrinks=True)
        self.remarks.setObjectName("landInspectorCuttingRemarks")
        self.bar = QProgressBar(self.task)
        self.bar.setRange(0, 100)
        self.accept_button = QPushButton(self.task)
        self.accept_button.setObjectName("landInspectorCuttingAccept")
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self.accepted)
        self.cancel_button = QPushButton(tr("Cancel"), self.task)
        self.cancel_button.setObjectName("landInspectorCuttingCancel")
        self.cancel_button.clicked.connect(self.given_up)
        self._lay_out()
        self.end()

    def _layer_choice(self) -> QComboBox:
        choice = QComboBox(self.task)
        choice.setObjectName("landInspectorCuttingLayer")
        choice.setAccessibleName(tr("Layer to split along"))
        choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        choice.setMinimumContentsLength(10)
        choice.activated.connect(lambda _index: self.layer_chosen.emit(choice.currentData()))
        return choice

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.tools = self._ways()
        layout.addWidget(self.task)
        inner = QVBoxLayout(self.task)
        inner.setContentsMargins(6, 4, 6, 4)
        inner.setSpacing(3)
        for widget in (self.title, self.hint, self.layers, self.table, self.remarks, self.bar):
            inner.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.addWidget(self.accept_button, 2)
        buttons.addWidget(self.cancel_button, 1)
        inner.addLayout(buttons)

    def _ways(self) -> List[QWidget]:
        """One icon for each way to begin; the page puts them beside those of other features."""
        self.line_button = _way("landInspectorCutByLine", "/mActionSplitFeatures.svg", tr("Split…"), tr("Split along a drawn line (Alt+X)"),
                                self)
        self.along_button = _way("landInspectorCutAlong", "/mActionSplitParts.svg", tr("Along layer…"),
                                 tr("Split along a layer (Alt+Shift+X)"), self)
        self.merge_button = _way("landInspectorMergePieces", "/mActionMergeFeatures.svg", tr("Merge…"),
                                 tr("Merge pieces of a patch (Alt+Shift+M)"), self)
        for button, signal in ((self.line_button, self.line_wanted), (self.along_button, self.along_wanted),
                               (self.merge_button, self.merge_wanted)):
            button.clicked.connect(signal)
        return [self.line_button, self.along_button, self.merge_button]

    # --- one task at a time -------------------------------------------------------------------------------------------

    def begin(self, title: str, hint: str) -> None:
        """Show what is being cut and what to do first; there is no plan yet."""
        self.title.setText(f"<b>{html(title)}</b>")
        self.show()
        self.task.show()
        self.layers.hide()
        self.show_plan(None, hint)

    def end(self) -> None:
        """Forget the plan and go away."""
        self.model.show(None)
        self.layers.clear()
        self.task.hide()
        self.hide()

    def show_layers(self, edges: Sequence[Edge], area_m2: float) -> Optional[str]:
        """Offer layers; those that do not cut the parcel stand last and cannot be chosen. The one that is offered first."""
        self.layers.clear()
        roles = Counter(edge.role for edge in edges)
        for edge in sorted(edges, key=lambda edge: not edge.cuts(area_m2)):
            self.layers.addItem(_edge_text(edge, area_m2, roles[edge.role] > 1), edge.key)
            self.layers.setItemData(self.layers.count() - 1, tip(f"{edge.name} {edge.date}".strip()), Qt.ItemDataRole.ToolTipRole)
            self.layers.model().item(self.layers.count() - 1).setEnabled(edge.cuts(area_m2))
        first = next((edge.key for edge in edges if edge.cuts(area_m2)), None)
        self.layers.setCurrentIndex(self.layers.findData(first) if first else -1)
        self.layers.setVisible(first is not None)
        return first

    def show_work(self, said: str) -> None:
        """Something is worked out; Cancel stops it."""
        self.hint.setText(said)
        self.hint.show()
        self.advance(0.0)
        self.bar.show()
        self.accept_button.setEnabled(False)

    def advance(self, percent: float) -> None:
        """How far the work is, in percent."""
        self.bar.setValue(int(round(percent)))

    def show_plan(self, plan: Optional[Plan], hint: str) -> None:
        """What would be made; without a plan only the hint, which then says what to do or why there is none."""
        self.bar.hide()
        self.hint.setText(hint)
        self.hint.setToolTip(tip(hint))
        self.hint.setVisible(bool(hint))
        self.model.show(plan)
        self.table.setVisible(plan is not None)
        _fit_height(self.table)
        remarks = " ".join(say(remark) for remark in plan.remarks) if plan is not None else ""
        self.remarks.setText(remarks)
        self.remarks.setToolTip(tip(remarks))
        self.remarks.setVisible(bool(remarks))
        self.accept_button.setVisible(plan is not None)
        self.accept_button.setEnabled(plan is not None)
        self.accept_button.setText(_act(plan))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.accept_button.isEnabled():
            if not event.isAutoRepeat():
                self.accepted.emit()
        else:
            super().keyPressEvent(event)


def _act(plan: Optional[Plan]) -> str:
    if plan is None:
        return ""
    return tr("Split into {n} (Enter)", n=len(plan.lines)) if plan.is_split else tr("Merge {n} pieces (Enter)", n=len(plan.lines))


def _edge_text(edge: Edge, area_m2: float, one_of_several: bool) -> str:
    """What kind of layer, by its own name where there are several of the kind, and how much of the parcel lies in it."""
    name = tr("Cultivated land") if edge.role == "land_use" else role_names().get(edge.role, edge.role)
    name = f"{name} {edge.name}" if one_of_several else name
    if edge.inside_m2 is None:
        return name
    if edge.inside_m2 <= 0:
        return tr("{layer}: not here", layer=name)
    if not edge.cuts(area_m2):
        return tr("{layer}: all of it", layer=name)
    return tr("{layer}: {mu} mu of it inside", layer=name, mu=mu_text(edge.inside_m2))


def _way(name: str, icon: str, text: str, hint: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName(name)
    as_icon(button, icon, text, hint)
    return button


def _table(model: QAbstractItemModel, parent: QWidget) -> QTableView:
    table = QTableView(parent)
    table.setObjectName("landInspectorPieces")
    table.setAccessibleName(tr("Pieces with their areas"))
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setTextElideMode(Qt.TextElideMode.ElideLeft)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setWordWrap(False)
    font = table.font()
    font.setPointSizeF(max(7.0, font.pointSizeF() - 1))
    table.setFont(font)
    table.horizontalHeader().setFont(font)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 6)
    heads = table.horizontalHeader()
    heads.setMinimumSectionSize(16)
    heads.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    heads.setSectionResizeMode(NUMBER, QHeaderView.ResizeMode.Stretch)
    return table


def _fit_height(table: QTableView) -> None:
    """As high as its rows, up to a few; more of them scroll."""
    rows = min(table.model().rowCount(), _MOST_ROWS + 1)
    table.setFixedHeight(table.horizontalHeader().sizeHint().height() + rows * table.verticalHeader().defaultSectionSize() + 4)


# --- The pieces of a plan as a table: one row a piece, the last row what they make together.


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
        """The pieces of a plan and their sum; None shows nothing."""
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
