"""The board as a page of the second dock, 320 px wide: one figure of each township, the parcels behind it, the chart.

It shows the models of the board's window: what is ticked, sorted or chosen in one is so in the other.
"""
from __future__ import annotations

from typing import Callable, Tuple

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDateEdit,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QScrollArea,
    QSplitter,
    QTableView,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...i18n import tr
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.board import Board, read_board
from ...register.figures import Scope
from ...register.register import Register
from ..shell.services import Services
from ..widgets.labels import ElidedButton, PlainLabel, narrow
from ..widgets.pages import ReadingPage
from .chart import Chart
from .models import AREA, BATCH, CULTIVATED, NUMBER, STATE, TOWNSHIP, VERDICT
from .window import BoardWindow, board_table, scopes

_NUMBER_WIDTH, _FIGURE_WIDTH = 130, 84


class BoardPage(ReadingPage):
    """It reads for the window as well, while either is in sight. ``window_wanted`` tells that the meeting's window shall come up,
    ``month_end_wanted`` that the month shall be closed."""

    window_wanted = pyqtSignal()
    month_end_wanted = pyqtSignal()

    def __init__(self, place: Services, window: BoardWindow, parent: QWidget):
        super().__init__(place, parent)
        self.setObjectName("landInspectorBoardPage")
        self._window = window
        self._make_choices()
        self.said = PlainLabel(self)
        self.said.setObjectName("landInspectorBoardSaid")
        self.said.setWordWrap(True)
        self.table = board_table(window.standings, "landInspectorBoardPageTable", tr("Townships"), self)
        self.table.setSortingEnabled(True)
        self.setFocusProxy(self.table)
        _give_headings(self.table, 3)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.behind = PlainLabel(self)
        self.behind.setWordWrap(True)
        self.list = board_table(window.parcels, "landInspectorBoardPageParcels", tr("Parcels behind the number"), self)
        _give_headings(self.list, 2)
        self.chart = Chart(self)
        self._lay_out()
        self.table.selectionModel().currentChanged.connect(self._on_township)
        self.table.activated.connect(lambda index: window.open_behind(index.row(), self._column(index.column())))
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._tell_chosen())
        window.shown.connect(self.show_board)
        window.figure_shown.connect(self._show_figure)
        self.wires += [(window.wanted, self.refresh)]
        self.show_board()

    def _make_choices(self) -> None:
        window = self._window
        self.scope, self.figure = narrow(QComboBox(self)), narrow(QComboBox(self))
        self.scope.setAccessibleName(tr("What is counted"))
        self.scope.setObjectName("landInspectorBoardPageScope")
        self.figure.setAccessibleName(tr("Figure"))
        self.figure.setObjectName("landInspectorBoardPageFigure")
        self.day = QDateEdit(window.day.date(), self)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setCalendarPopup(True)
        self.day.setMaximumDate(window.day.maximumDate())
        self.day.setAccessibleName(tr("As of"))
        self.scope.activated.connect(lambda number: (window.scope.setCurrentIndex(number), window.ask()))
        self.day.dateChanged.connect(window.day.setDate)
        window.day.dateChanged.connect(self.day.setDate)
        self.figure.activated.connect(lambda _number: self._choose_figure())

    def _lay_out(self) -> None:
        self.wide = narrow(ElidedButton(self))
        self.wide.setObjectName("landInspectorBoardPageWindow")
        self.wide.setText(tr("For a meeting…"))
        self.wide.setToolTip(tr("All figures in a window of their own; F11 fills the screen"))
        self.wide.clicked.connect(self.window_wanted)
        self.month_end = narrow(ElidedButton(self))
        self.month_end.setObjectName("landInspectorBoardPageMonthEnd")
        self.month_end.setText(tr("Month's end…"))
        self.month_end.clicked.connect(self.month_end_wanted)
        self.more = QToolButton(self)
        self.more.setObjectName("landInspectorBoardPageMore")
        self.more.setText(tr("More"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._menu())
        for button in (self.wide, self.month_end, self.more):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        lower = QTabWidget(self)
        lower.setDocumentMode(True)
        behind = QWidget(self)
        column = QVBoxLayout(behind)
        column.setContentsMargins(0, 2, 0, 0)
        column.addWidget(self.behind)
        column.addWidget(self.list, 1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.chart)
        lower.addTab(behind, tr("Parcels"))
        lower.addTab(scroll, tr("Chart"))
        both = QSplitter(Qt.Orientation.Vertical, self)
        both.addWidget(self.table)
        both.addWidget(lower)
        both.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(_side_by_side(self.scope, self.day))
        layout.addWidget(self.figure)
        layout.addWidget(self.said)
        layout.addWidget(both, 1)
        layout.addLayout(_side_by_side(self.wide, self.month_end, self.more))

    def _menu(self) -> QMenu:
        menu, window = QMenu(self), self._window
        for text, act in ((tr("Colour the map"), window.colour.click), (tr("Compare with…"), window.compare.click),
                          (tr("Copy table"), window.copy_table), (tr("Copy picture"), lambda: window.copy_picture(self.chart)),
                          (tr("What-ifs…"), window.baskets.click), (tr("Keep as…"), window.keep.click),
                          (tr("No ticks"), window.clear.click)):
            menu.addAction(text, _only(act))
        return menu

    # --- read -----------------------------------------------------------------------------------------------------------

    def is_in_sight(self) -> bool:
        return self.isVisible() or self._window.isVisible()

    def reading(self) -> Tuple[str, Callable[[Progress], Board]]:
        window, address = self._window, self._place.session.address
        window.offer_scopes(scopes(self._place.session.register))
        scope, by = window.chosen_scope(), window.by.currentData()
        window.reading(tr("Reading the figures…"))
        return tr("Reading the figures"), lambda progress: read(address, scope, by, progress)

    def take(self, found: Board) -> None:
        self._window.show_board(found)

    def forget(self) -> None:
        self._window.show_board(None)

    def failed(self, error: BaseException) -> None:
        self._window.show_board(None)
        super().failed(error)

    # --- shown ----------------------------------------------------------------------------------------------------------

    def show_board(self) -> None:
        """The window has another board, or none, or other ticks."""
        window = self._window
        self.said.setText(window.headline())
        self.scope.clear()
        for at in range(window.scope.count()):
            self.scope.addItem(window.scope.itemText(at))
        self.scope.setCurrentIndex(window.scope.currentIndex())
        before, headings = self.figure.currentData() or "r4", window.standings.headings
        self.figure.clear()
        for heading in headings[1:]:
            self.figure.addItem(heading.text, heading.key)
        self.figure.setCurrentIndex(max(self.figure.findData(before), 0) if headings else -1)
        for widget in (self.more, self.figure, self.month_end):
            widget.setEnabled(window.board is not None)
        self._show_columns()
        self.behind.setText(window.behind.text())
        window.draw_on(self.chart)

    def _show_columns(self) -> None:
        """The township, the chosen figure, and the distance to its line (to the first line, where it has none)."""
        headings, chosen = self._window.standings.headings, self.figure.currentData()
        lines = [h.key for h in headings if h.key.startswith("line:") and h.key != chosen]
        line = next((key for key in lines if key.endswith(f":{chosen}")), lines[0] if lines else None)
        for at, heading in enumerate(headings):
            is_shown = heading.key in ("name", chosen, line)
            self.table.setColumnHidden(at, not is_shown)
            if is_shown:
                mode = QHeaderView.ResizeMode.Stretch if at == 0 else QHeaderView.ResizeMode.Interactive
                self.table.horizontalHeader().setSectionResizeMode(at, mode)
                self.table.setColumnWidth(at, _FIGURE_WIDTH)
        for at in (BATCH, TOWNSHIP, VERDICT, AREA):
            self.list.setColumnHidden(at, True)
        self.list.resizeColumnsToContents()
        self.list.setColumnWidth(NUMBER, min(self.list.columnWidth(NUMBER), _NUMBER_WIDTH))
        self.list.setColumnWidth(CULTIVATED, _FIGURE_WIDTH - 10)
        self.list.horizontalHeader().setSectionResizeMode(STATE, QHeaderView.ResizeMode.Stretch)

    def _column(self, at: int) -> int:
        """The column meant: of the township's name, the chosen figure's."""
        return at if at else max(self.figure.currentIndex() + 1, 0)

    def _choose_figure(self) -> None:
        self._show_columns()
        row = self.table.currentIndex().row()
        self._window.show_behind(max(row, 0), self._column(0))

    def _on_township(self, index: object, _before: object = None) -> None:
        self._window.show_behind(index.row(), self._column(index.column()))  # type: ignore[attr-defined]

    def _show_figure(self, text: str) -> None:
        self.behind.setText(text)
        self._window.draw_on(self.chart)

    def _tell_chosen(self) -> None:
        rows = sorted({index.row() for index in self.list.selectionModel().selectedRows()})
        if rows and self.isVisible():
            self._window.parcels_chosen.emit(self._window.parcels.ids(rows))


def _only(act: Callable[[], object]) -> Callable[[bool], None]:
    """A command without the state that Qt's actions tell."""
    return lambda _checked=False: (act(), None)[1]


def _give_headings(table: QTableView, lines: int) -> None:
    """So many lines to headings that are longer than a column of 320 pixels' share."""
    header = table.horizontalHeader()
    header.setTextElideMode(Qt.TextElideMode.ElideNone)
    header.setFixedHeight(lines * header.fontMetrics().lineSpacing() + 6)


def _side_by_side(*widgets: object) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    for widget in widgets:
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget, int(isinstance(widget, QComboBox)))
    return row


def read(address: RegisterAddress, scope: Scope, by: str, progress: Progress) -> Board:
    """A board read from a register opened for it."""
    with Register.open(address) as register:
        return read_board(register, scope, by, progress)
