"""The board's window: the table of townships, the chart, the parcels behind a number, and what would be. For a meeting, and for a desk."""
from __future__ import annotations

import html
from datetime import date
from typing import Dict, List, Optional, Sequence, Tuple

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
from ...law.what_if import LEGAL, OTHER, RECTIFIED, Outcome, accepted_on
from ...register.board import Board
from ...register.figures import Scope
from ...register.register import Register
from .chart import Chart
from .models import AREA, CULTIVATED, LEDGER, ParcelsModel, StandingsModel, lines_of, wish_texts
from ..widgets.dialogs import help_on_f1
from ..widgets.labels import PlainLabel
from ..widgets.rows import make_fields_readable

TOWNSHIPS, MONTHS, ACCEPTED = "townships", "months", "accepted"
#: Ratios that the chart draws.
RATIOS = ("r4", "r2")
#: Pixels that a heading takes beside its text in the styles that measure it too short.
_BESIDE_HEADING = 14


class BoardWindow(QMainWindow):
    """``wanted`` asks for another board (scope, by), ``compared`` for the difference to a day of the chosen township,
    ``parcels_chosen`` tells the parcels to show on the map, ``coloured`` the figure to colour the map by, ``ledger_wanted`` the ledger
    of the cell that was opened, ``shown`` that other figures are there, ``figure_shown`` what the list holds."""

    wanted = pyqtSignal(object, str)
    compared = pyqtSignal(object, object)
    parcels_chosen = pyqtSignal(list)
    coloured = pyqtSignal(str)
    baskets_wanted = pyqtSignal()
    basket_kept = pyqtSignal(object)
    ledger_wanted = pyqtSignal(str)
    shown = pyqtSignal()
    figure_shown = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        help_on_f1(self, "board")
        make_fields_readable(self)
        self.setObjectName("landInspectorBoard")
        self.setWindowTitle(tr("Board: where each township stands"))
        self.board: Optional[Board] = None
        self._figure, self._key, self._code = "illegal", "", None  # type: Tuple[str, str, Optional[str]]
        self._outcomes: Dict[Optional[str], Outcome] = {}
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
            combo.activated.connect(self.ask)
        self.day.dateChanged.connect(self.ask)
        self.drawn.activated.connect(self._draw)
        self.compare.clicked.connect(lambda: self.compared.emit(self._code, self.drawn.currentData()[1]))
        self.colour.setToolTip(tr("By the figure of the chosen column"))
        self.colour.clicked.connect(lambda: self.coloured.emit(self.figure_key()))
        self.copy.clicked.connect(self.copy_table)
        self.picture.clicked.connect(lambda: self.copy_picture())
        QShortcut(QKeySequence("F11"), self, self._full_screen)
        leave_on_escape(self)

    def _make_tables(self) -> None:
        self.table = board_table(self.standings, "landInspectorBoardTable", tr("Townships"), self)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table.selectionModel().currentChanged.connect(lambda index, _old: self.show_behind(index.row(), index.column()))
        self.table.activated.connect(lambda index: self.open_behind(index.row(), index.column()))
        self.list = board_table(self.parcels, "landInspectorBoardParcels", tr("Parcels behind the number"), self)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._tell_chosen())
        self.behind = PlainLabel(self)
        self.behind.setTextFormat(Qt.TextFormat.PlainText)
        self.behind.setWordWrap(True)
        self.wish = QComboBox(self)
        self.wish.setAccessibleName(tr("What a ticked parcel is taken to be"))
        for wish in (RECTIFIED, LEGAL, OTHER):
            self.wish.addItem(wish_texts()[wish], wish)
        self.wish.addItem(tr("as if accepted on"), ACCEPTED)
        self.accepted = QDateEdit(QDate.currentDate(), self)
        self.accepted.setDisplayFormat("yyyy-MM-dd")
        self.accepted.setCalendarPopup(True)
        self.accepted.setAccessibleName(tr("Accepted on"))
        self.accepted.setToolTip(tr("What is accepted after its cut-off counts as rectified and lowers no ratio"))
        self.wish.activated.connect(self._choose_wish)
        self.accepted.dateChanged.connect(self._choose_wish)
        self.accepted.setVisible(False)
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
        top = abreast(self.scope, self.by, PlainLabel(tr("as of"), self), self.day, self.compare, None, self.colour, self.copy,
                      self.picture)
        wishes = abreast(PlainLabel(tr("What if:"), self), self.wish, self.accepted, self.all_shown, self.clear, None, self.baskets,
                         self.keep)
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
        offer(self.scope, scopes)

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
            self.shown.emit()
            return
        self.said.setText(say(board.said))
        self.table.resizeColumnsToContents()
        self.table.setMinimumHeight(min(len(board.standings) + 2, 8) * self.table.verticalHeader().defaultSectionSize())
        self._show_figure()
        self._on_ticked()
        self.shown.emit()

    def reading(self, text: str) -> None:
        """Something is being read; the old figures stay until the new ones are there."""
        self.said.setText(text)

    def headline(self) -> str:
        """What somebody with three minutes reads: how many places are over a line, and the county's share."""
        if self.board is None:
            return self.said.text()
        over = sum(bool(standing.row.breached) for standing in self.board.standings)
        value = self.board.county.row.ratios["r4"].value
        share = tr("nothing to divide") if value is None else f"{percent_text(value, sides('r4', self.board.pack))} %"
        return tr("{over} of {n} are over a line; the county's share after deduction: {share}. {said}", over=over,
                  n=len(self.board.standings), share=share, said=say(self.board.said))

    def ask(self, *_told: object) -> None:
        """Ask for the board of what is chosen above."""
        self.wanted.emit(self.chosen_scope(), self.by.currentData())

    def figure_key(self) -> str:
        """The figure of the column that was chosen last; the drawn ratio before any was."""
        return self._key if self._key not in ("", "name") else self.drawn.currentData()[1]

    def _choose_wish(self, *_told: object) -> None:
        wish = self.wish.currentData()
        self.accepted.setVisible(wish == ACCEPTED)
        self.parcels.wish = accepted_on(self.accepted.date().toPyDate()) if wish == ACCEPTED else wish

    def show_behind(self, row: int, column: int) -> None:
        """The parcels of the figure in a cell of the townships."""
        if self.board is None or row < 0 or not 0 <= column < len(self.standings.headings):
            return
        self._key = key = self.standings.headings[column].key
        self._figure = "illegal" if key == "name" else "distance" if key.startswith("line:") else key
        self._code = self.standings.code(row)
        self._show_figure()

    def open_behind(self, row: int, column: int) -> None:
        """A cell was opened: a ledger comes up; of other figures the first parcel is gone to."""
        self.show_behind(row, column)
        if self._key.startswith(LEDGER):
            self.ledger_wanted.emit(self._key[len(LEDGER):])
        elif self.board is not None and self.parcels.rowCount():
            self.parcels_chosen.emit(self.parcels.ids([0]))

    def _show_figure(self) -> None:
        frame = self.board.behind(self._figure, self._code)
        self.parcels.show(frame)
        self.list.resizeColumnsToContents()
        for column in (AREA, CULTIVATED):
            self.list.setColumnWidth(column, self.list.columnWidth(column) + _BESIDE_HEADING)
        heading = next((h.text for h in self.standings.headings if h.key == self._key), tr("Illegal"))
        where = next((s.row.name or s.row.code for s in self.board.standings if s.row.code == self._code), tr("Whole county"))
        said = tr("{where} · {figure}: {n} parcels", where=where, figure=heading, n=len(frame))
        if self._key.startswith(LEDGER):
            said = tr("{where} · {figure}: Enter opens the ledger", where=where, figure=heading)
        self.behind.setText(said)
        self.figure_shown.emit(said)

    def _on_ticked(self) -> None:
        if self.board is None:
            return
        self._outcomes = self.board.what_if.outcomes(self.parcels.ticks) if self.parcels.ticks else {}
        self.standings.show_outcomes(self._outcomes)
        self.clear.setEnabled(bool(self.parcels.ticks))
        self._draw()
        self.figure_shown.emit(self.behind.text())

    def _draw(self, *_told: object) -> None:
        self.draw_on(self.chart)

    def draw_on(self, chart: Chart) -> None:
        """The chosen ratio, of townships or months, as a picture."""
        if self.board is None:
            chart.show_bars("", [], [], str)
            return
        what, ratio = self.drawn.currentData()
        lines, checks = lines_of(self.board, ratio, None), sides(ratio, self.board.pack)
        title = f"{self.drawn.currentText()} · {say(self.board.said)}"
        if what == MONTHS:
            points = [(m.label, *(part[ratio].value if ratio in part else None for part in (m.alone, m.so_far))) for m in self.board.months]
            chart.show_months(title, points, lines, lambda value: f"{percent_text(value, checks)} %")
            return
        outcomes = self._outcomes
        rows = sorted(self.board.standings, key=lambda s: s.row.ratios[ratio].value or -1, reverse=True)
        bars = [(s.row.name or s.row.code, s.row.ratios[ratio].value,
                 outcomes[s.row.code].then[ratio].value if s.row.code in outcomes else None)
                for s in rows if s.row.ratios[ratio].value is not None]
        drawn = {line for s in self.board.standings for line in lines_of(self.board, ratio, s.row.code)}
        chart.show_bars(title, bars, sorted(drawn, key=lambda line: line[1]), lambda value: f"{percent_text(value, checks)} %")

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

    def copy_picture(self, chart: Optional[Chart] = None) -> None:
        """The chart as a picture, with its scope and day in it."""
        QGuiApplication.clipboard().setPixmap((chart or self.chart).grab())

    def _full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def ticks(self) -> Dict[str, str]:
        """What is ticked."""
        return dict(self.parcels.ticks)


def leave_on_escape(window: QWidget) -> None:
    """Esc leaves the full screen, then the window, as it leaves a dialog."""
    QShortcut(QKeySequence("Esc"), window, lambda: window.showNormal() if window.isFullScreen() else window.close())


def board_table(model: object, name: str, accessible: str, parent: QWidget) -> QTableView:
    """A table of the board: read, not edited."""
    view = QTableView(parent)
    view.setObjectName(name)
    view.setAccessibleName(accessible)
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setAlternatingRowColors(True)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    view.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + 6)
    return view


def scopes(register: Register) -> List[Tuple[str, Scope]]:
    """Everything, each year with its months, each batch."""
    batches = register.batches()
    found: List[Tuple[str, Scope]] = [(tr("all batches"), Scope())]
    for year in sorted({int(value) for value in batches["ND"]}, reverse=True):
        found.append((tr("the year {year}", year=year), Scope(year=year)))
        months = sorted({int(value) for value in batches.loc[batches["ND"] == year, "YF"] if value is not None and value == value})
        found += [(f"{year}-{month:02d}", Scope(year=year, month=month)) for month in months]
    return found + [(tr("batch {batch}", batch=row.PCMC or row.PCBH), Scope(batch=row.PCBH)) for row in batches.itertuples()]


def offer(box: QComboBox, found: Sequence[Tuple[str, Scope]]) -> None:
    """Scopes to choose among, by name; the chosen one stays chosen."""
    before = box.currentText()
    box.clear()
    for name, scope in found:
        box.addItem(name, scope)
    box.setCurrentIndex(max(box.findText(before), 0))


def abreast(*widgets: Optional[QWidget]) -> QHBoxLayout:
    """Widgets side by side; None is a stretch."""
    row = QHBoxLayout()
    for widget in widgets:
        row.addStretch(1) if widget is None else row.addWidget(widget)
    return row
