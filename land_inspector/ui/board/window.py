"""The board's window: the table of townships, the chart, the parcels behind a number, and what would be. For a meeting, and for a desk."""
from __future__ import annotations

import html
from datetime import date
from typing import Dict, List, Optional, Tuple

import pandas as pd
from qgis.PyQt.QtCore import QDate, QMimeData, Qt, pyqtSignal
from qgis.PyQt.QtGui import QGuiApplication, QKeySequence
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDateEdit,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QShortcut,
    QSplitter,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...i18n import say, tr
from ...law.areas import percent_text
from ...law.townships import sides
from ...law.what_if import LEGAL, OTHER, RECTIFIED
from ...register.board import Board
from ...register.figures import Scope
from .chart import Chart
from .parcels_model import ParcelsModel, wish_texts
from .standings_model import StandingsModel, lines_of
from ..widgets.dialog_buttons import help_on_f1
from ..widgets.plain_text import PlainLabel

TOWNSHIPS, MONTHS = "townships", "months"
#: Ratios that the chart draws.
RATIOS = ("r4", "r2")


class BoardWindow(QMainWindow):
    """``wanted`` asks for another board (scope, by), ``compared`` for the difference to a day of the chosen township,
    ``parcels_chosen`` tells the parcels to show on the map, ``coloured`` the ratio to colour the map by."""

    wanted = pyqtSignal(object, str)
    compared = pyqtSignal(object, object)
    parcels_chosen = pyqtSignal(list)
    coloured = pyqtSignal(str)
    baskets_wanted = pyqtSignal()
    basket_kept = pyqtSignal(object)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        help_on_f1(self, "board")
        self.setObjectName("landInspectorBoard")
        self.setWindowTitle(tr("Board: where each township stands"))
        self.board: Optional[Board] = None
        self._figure, self._code = "illegal", None  # type: Tuple[str, Optional[str]]
        self.standings, self.parcels = StandingsModel(self), ParcelsModel(self)
        self.said = PlainLabel(self)
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self._make_choices()
        self._make_tables()
        self._lay_out()
        self.parcels.ticked.connect(self._on_ticked)
        self.resize(1240, 760)
        self.show_board(None)

    # --- made -----------------------------------------------------------------------------------------------------------

    def _make_choices(self) -> None:
        self.scope = QComboBox(self)
        self.scope.setAccessibleName(tr("What is counted"))
        self.by = QComboBox(self)
        self.by.setAccessibleName(tr("Rows"))
        self.by.addItem(tr("by township"), "XZDM")
        self.by.addItem(tr("by station"), "ZSDM")
        self.day = QDateEdit(QDate.currentDate(), self)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setCalendarPopup(True)
        self.day.setAccessibleName(tr("As of"))
        self.day.setMaximumDate(QDate.currentDate())
        self.drawn = QComboBox(self)
        self.drawn.setAccessibleName(tr("Chart"))
        for ratio, text in zip(RATIOS, (tr("share after deduction (r4)"), tr("share before deduction (r2)"))):
            self.drawn.addItem(tr("Townships: {ratio}", ratio=text), (TOWNSHIPS, ratio))
            self.drawn.addItem(tr("Months: {ratio}", ratio=text), (MONTHS, ratio))
        self.compare = QPushButton(tr("Compare with…"), self)
        self.colour = QPushButton(tr("Colour the map"), self)
        self.copy = QPushButton(tr("Copy table"), self)
        self.picture = QPushButton(tr("Copy picture"), self)
        for combo in (self.scope, self.by):
            combo.activated.connect(self._ask)
        self.day.dateChanged.connect(self._ask)
        self.drawn.activated.connect(self._draw)
        self.compare.clicked.connect(lambda: self.compared.emit(self._code, self.drawn.currentData()[1]))
        self.colour.clicked.connect(lambda: self.coloured.emit(self.drawn.currentData()[1]))
        self.copy.clicked.connect(self.copy_table)
        self.picture.clicked.connect(self.copy_picture)
        QShortcut(QKeySequence("F11"), self, self._full_screen)

    def _make_tables(self) -> None:
        self.table = _table(self.standings, "landInspectorBoardTable", tr("Townships"), self)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table.selectionModel().currentChanged.connect(lambda index, _old: self._show_behind(index.row(), index.column()))
        self.list = _table(self.parcels, "landInspectorBoardParcels", tr("Parcels behind the number"), self)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._tell_chosen())
        self.behind = PlainLabel(self)
        self.behind.setTextFormat(Qt.TextFormat.PlainText)
        self.behind.setWordWrap(True)
        self.wish = QComboBox(self)
        self.wish.setAccessibleName(tr("What a ticked parcel is taken to be"))
        for wish in (RECTIFIED, LEGAL, OTHER):
            self.wish.addItem(wish_texts()[wish], wish)
        self.wish.activated.connect(lambda _n: setattr(self.parcels, "wish", self.wish.currentData()))
        self.all_shown = QCheckBox(tr("tick all shown"), self)
        self.all_shown.clicked.connect(self.parcels.tick_all)
        self.clear = QPushButton(tr("No ticks"), self)
        self.clear.clicked.connect(lambda: self.parcels.set_ticks({}))
        self.baskets = QToolButton(self)
        self.baskets.setText(tr("What-ifs…"))
        self.baskets.clicked.connect(self.baskets_wanted)
        self.keep = QPushButton(tr("Keep as…"), self)
        self.keep.clicked.connect(lambda: self.basket_kept.emit(dict(self.parcels.ticks)))
        self.chart = Chart(self)

    def _lay_out(self) -> None:
        top = _row(self.scope, self.by, PlainLabel(tr("as of"), self), self.day, self.compare, None, self.colour, self.copy, self.picture)
        wishes = _row(PlainLabel(tr("What if:"), self), self.wish, self.all_shown, self.clear, None, self.baskets, self.keep)
        lower = QWidget(self)
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self.behind)
        column.addLayout(wishes)
        column.addWidget(self.list, 1)
        drawing = QWidget(self)
        side = QVBoxLayout(drawing)
        side.setContentsMargins(0, 0, 0, 0)
        side.addWidget(self.drawn)
        scroll = QScrollArea(drawing)
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.chart)
        side.addWidget(scroll, 1)
        self.below = QSplitter(Qt.Orientation.Horizontal, self)
        self.below.addWidget(lower)
        self.below.addWidget(drawing)
        self.below.setStretchFactor(0, 3)
        self.below.setStretchFactor(1, 2)
        self.both = QSplitter(Qt.Orientation.Vertical, self)
        self.both.addWidget(self.table)
        self.both.addWidget(self.below)
        whole = QWidget(self)
        layout = QVBoxLayout(whole)
        layout.addLayout(top)
        layout.addWidget(self.said)
        layout.addWidget(self.both, 1)
        self.setCentralWidget(whole)

    # --- shown ----------------------------------------------------------------------------------------------------------

    def offer_scopes(self, scopes: List[Tuple[str, Scope]]) -> None:
        """What can be counted, by name; the chosen one stays chosen."""
        before = self.scope.currentText()
        self.scope.clear()
        for name, scope in scopes:
            self.scope.addItem(name, scope)
        self.scope.setCurrentIndex(max(self.scope.findText(before), 0))

    def chosen_scope(self) -> Scope:
        """The scope with the day."""
        scope: Scope = self.scope.currentData() or Scope()
        day = self.day.date().toPyDate()
        return scope if day >= date.today() else Scope(scope.batch, scope.year, scope.month, scope.quarter, None, day.isoformat())

    def show_board(self, board: Optional[Board]) -> None:
        """Another board, or that there is none."""
        self.board = board
        self.standings.show(board)
        for widget in (self.compare, self.colour, self.copy, self.picture, self.keep):
            widget.setEnabled(board is not None)
        if board is None:
            self.said.setText(tr("No register is open."))
            self.parcels.show(pd.DataFrame())
            self.chart.show_bars("", [], [], str)
            self.behind.setText("")
            return
        self.said.setText(say(board.said))
        self.table.resizeColumnsToContents()
        self.table.setMinimumHeight(min(len(board.standings) + 2, 8) * self.table.verticalHeader().defaultSectionSize())
        self._show_figure()
        self._on_ticked()

    def reading(self, text: str) -> None:
        """Something is being read; the old figures stay until the new ones are there."""
        self.said.setText(text)

    def _ask(self, *_told: object) -> None:
        self.wanted.emit(self.chosen_scope(), self.by.currentData())

    def _show_behind(self, row: int, column: int) -> None:
        if self.board is None or row < 0 or column < 0:
            return
        key = self.standings.headings[column].key
        self._figure = "illegal" if key == "name" else "distance" if key.startswith("line:") else key
        self._code = self.standings.code(row)
        self._show_figure()

    def _show_figure(self) -> None:
        frame = self.board.behind(self._figure, self._code)
        self.parcels.show(frame)
        self.list.resizeColumnsToContents()
        heading = next((h.text for h in self.standings.headings if h.key == self._figure), tr("Open (mu)"))
        where = next((s.row.name or s.row.code for s in self.board.standings if s.row.code == self._code), tr("Whole county"))
        self.behind.setText(tr("{where} · {figure}: {n} parcels", where=where, figure=heading, n=len(frame)))

    def _on_ticked(self) -> None:
        if self.board is None:
            return
        outcomes = self.board.what_if.outcomes(self.parcels.ticks) if self.parcels.ticks else {}
        self.standings.show_outcomes(outcomes)
        self.clear.setEnabled(bool(self.parcels.ticks))
        self._draw()

    def _draw(self, *_told: object) -> None:
        if self.board is None:
            return
        what, ratio = self.drawn.currentData()
        lines, checks = lines_of(self.board, ratio, None), sides(ratio, self.board.pack)
        title = f"{self.drawn.currentText()} · {say(self.board.said)}"
        if what == MONTHS:
            points = [(m.label, *(part[ratio].value if ratio in part else None for part in (m.alone, m.so_far))) for m in self.board.months]
            self.chart.show_months(title, points, lines, lambda value: f"{percent_text(value, checks)} %")
            return
        outcomes = self.board.what_if.outcomes(self.parcels.ticks) if self.parcels.ticks else {}
        rows = sorted(self.board.standings, key=lambda s: s.row.ratios[ratio].value or -1, reverse=True)
        bars = [(s.row.name or s.row.code, s.row.ratios[ratio].value,
                 outcomes[s.row.code].then[ratio].value if s.row.code in outcomes else None)
                for s in rows if s.row.ratios[ratio].value is not None]
        drawn = {line for s in self.board.standings for line in lines_of(self.board, ratio, s.row.code)}
        self.chart.show_bars(title, bars, sorted(drawn, key=lambda line: line[1]), lambda value: f"{percent_text(value, checks)} %")

    def _tell_chosen(self) -> None:
        rows = sorted({index.row() for index in self.list.selectionModel().selectedRows()})
        if rows:
            self.parcels_chosen.emit(self.parcels.ids(rows))

    # --- taken along ----------------------------------------------------------------------------------------------------

    def copy_table(self) -> None:
        """As a table for WPS and Excel, and as text."""
        said = say(self.board.said)
        lines = self.standings.as_lines()
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in lines)
        data = QMimeData()
        data.setText("\n".join([said, *("\t".join(line) for line in lines)]))
        data.setHtml(f"<p>{html.escape(said)}</p><table border='1'>{body}</table>")
        QGuiApplication.clipboard().setMimeData(data)

    def copy_picture(self) -> None:
        """The chart as a picture, with its scope and day in it."""
        QGuiApplication.clipboard().setPixmap(self.chart.grab())

    def _full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def ticks(self) -> Dict[str, str]:
        """What is ticked."""
        return dict(self.parcels.ticks)


def _table(model: object, name: str, accessible: str, parent: QWidget) -> QTableView:
    view = QTableView(parent)
    view.setObjectName(name)
    view.setAccessibleName(accessible)
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setAlternatingRowColors(True)
    view.setWordWrap(False)
    view.verticalHeader().hide()
    return view


def _row(*widgets: Optional[QWidget]) -> QHBoxLayout:
    """Widgets side by side; None is a stretch."""
    row = QHBoxLayout()
    for widget in widgets:
        row.addStretch(1) if widget is None else row.addWidget(widget)
    return row
