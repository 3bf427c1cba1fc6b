"""The board in the desktop: opened from the menu, read beside the window, followed by map and docks."""
from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Dict, List, Optional, Tuple

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QInputDialog, QListWidget, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from ...errors import LandInspectorError
from ...exchange.baskets import read_baskets, write_baskets
from ...i18n import say, tr
from ...law.areas import UNITS_PER_M2, decimal_text, percent_text
from ...law.differences import REASONS, DifferenceReport
from ...law.what_if import Basket
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.board import Board, read_board
from ...register.figures import Scope, explain
from ...register.register import Register
from ...register.views.parcels import outlines
from ..shell.dock_controller import MOST_OUTLINED
from ..shell.services import Entry, Feature, Services
from ..widgets.dialog_buttons import closing, deciding
from ..widgets.signal_connections import connect, disconnect
from .colouring import MapColours
from .window import BoardWindow
from ..shell.held_keys import ignore_held_keys


class BoardFeature(Feature):
    """One window; it is made when it is first asked for."""

    name = "landInspectorBoardMenu"

    def __init__(self, place: Services):
        self._place = place
        self._wanted = 0
        self.colours = MapColours()
        self.window = BoardWindow(place.window)
        self.window.setWindowFlag(Qt.WindowType.Window, True)
        self._connections = [
            (self.window.wanted, self._read), (self.window.compared, self._compare), (self.window.parcels_chosen, self._show_parcels),
            (self.window.coloured, self._colour), (self.window.baskets_wanted, self._choose_basket), (self.window.basket_kept, self._keep),
            (place.session.read, self._on_change), (place.session.closed, self._on_closed)]

    def title(self) -> str:
        return tr("Board")

    def entries(self) -> List[Entry]:
        return [Entry("landInspectorShowBoard", tr("Where each township stands…"), "/mActionOpenTableVisible.svg", self.show, "Ctrl+Alt+B")]

    def load(self) -> None:
        connect(self._connections)

    def unload(self) -> None:
        disconnect(self._connections)
        self.colours.remove()
        self.window.close()
        self.window.deleteLater()

    def show(self) -> None:
        """Bring the window up and read."""
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
        self._on_change()

    # --- reading --------------------------------------------------------------------------------------------------------

    def _on_change(self, *_told: object) -> None:
        if not self.window.isVisible() or self._place.session.address is None:
            return
        self.window.offer_scopes(scopes(self._place.session.register))
        self._read(self.window.chosen_scope(), self.window.by.currentData())

    def _on_closed(self) -> None:
        self._wanted += 1
        self.colours.remove()
        self.window.parcels.ticks.clear()
        self.window.show_board(None)

    def _read(self, scope: Scope, by: str) -> None:
        address = self._place.session.address
        if address is None:
            return
        self._wanted += 1
        number = self._wanted
        self.window.reading(tr("Reading the figures…"))
        self._place.worker.start(tr("Reading the figures"), lambda progress: read(address, scope, by, progress),
                                 lambda board: self._take(number, board), lambda error: self._fail(number, error))

    def _take(self, number: int, board: Board) -> None:
        if number == self._wanted:
            self.window.show_board(board)

    def _fail(self, number: int, error: BaseException) -> None:
        if number == self._wanted:
            self.window.show_board(None)
            self._place.messages.failed(error)

    # --- acts -----------------------------------------------------------------------------------------------------------

    def _show_parcels(self, ids: List[str]) -> None:
        """On the map and in the review list, as far as they are of the batch that is open there."""
        if len(ids) > MOST_OUTLINED:
            self._place.link.clear()
            return
        frame = self.window.board.parcels
        shapes = outlines(self._place.session.register, list(frame.loc[frame["parcel_id"].isin(ids), "shape_id"]))
        self._place.link.show(list(shapes.values()), ids, move=True)
        self._place.dock.work_page.parcels.choose(ids)

    def _colour(self, ratio: str) -> None:
        if self.window.board is not None:
            self.colours.show(self._place.session.register, self.window.board, ratio)

    def _compare(self, code: Optional[str], ratio: str) -> None:
        """With a day before, patch by patch."""
        first = date.today().replace(day=1).isoformat()
        text, is_given = QInputDialog.getText(self.window, tr("Compare with"), tr("Day (yyyy-mm-dd)"), text=first)
        address, scope = self._place.session.address, self.window.chosen_scope()
        if not is_given or address is None:
            return
        try:
            day = date.fromisoformat(text.strip())
        except ValueError:
            self._place.messages.warn(tr("“{text}” is no day; write it as 2026-05-31.", text=text))
            return
        before = Scope(scope.batch, scope.year, scope.month, scope.quarter, None, day.isoformat())
        self._place.worker.start(
            tr("Comparing"), lambda progress: compared(address, before, scope, ratio, code), self._show_difference,
            self._place.messages.failed)

    def _show_difference(self, report: DifferenceReport) -> None:
        DifferenceDialog(report, self.window).open()

    # --- baskets --------------------------------------------------------------------------------------------------------

    def _baskets(self) -> List[Basket]:
        address, register = self._place.session.address, self._place.session.register
        return read_baskets(address.beside(f"{address.name}.baskets.json"), register.meta["register_id"])

    def _keep(self, ticks: Dict[str, str]) -> None:
        name, is_given = QInputDialog.getText(self.window, tr("Keep the what-if"), tr("Name"))
        if not is_given or not name.strip():
            return
        try:
            others = [basket for basket in self._baskets() if basket.name != name.strip()]
            address, register = self._place.session.address, self._place.session.register
            kept = [*others, Basket(name.strip(), ticks)]
            write_baskets(address.beside(f"{address.name}.baskets.json"), register.meta["register_id"], kept)
        except LandInspectorError as error:
            self._place.messages.failed(error)

    def _choose_basket(self) -> None:
        try:
            baskets = self._baskets() if self._place.session.address is not None else []
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        dialog = BasketsDialog(baskets, self.window.board, self.window)
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.chosen() is not None:
            self.window.parcels.set_ticks(dialog.chosen().ticks)


class BasketsDialog(QDialog):
    """The kept what-ifs side by side: what each would make of the county."""

    def __init__(self, baskets: List[Basket], board: Optional[Board], parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setWindowTitle(tr("Kept what-ifs"))
        self._baskets = baskets
        self.list = QListWidget(self)
        for basket in baskets:
            self.list.addItem(f"{basket.name} · {_said(basket, board)}")
        if not baskets:
            self.list.addItem(tr("None is kept yet."))
        buttons = deciding(self, tr("Take these ticks"), "board")
        self.take = buttons.button(QDialogButtonBox.StandardButton.Save)
        self.take.setEnabled(bool(baskets))
        layout = QVBoxLayout(self)
        layout.addWidget(self.list)
        layout.addWidget(buttons)
        self.resize(560, 320)

    def chosen(self) -> Optional[Basket]:
        """The basket that is chosen in the list."""
        row = self.list.currentRow()
        return self._baskets[row] if 0 <= row < len(self._baskets) else None


def _said(basket: Basket, board: Optional[Board]) -> str:
    if board is None:
        return tr("{n} parcels", n=len(basket.ticks))
    county = board.what_if.outcomes(basket.ticks)[None]
    now, then = county.now["r4"].value, county.then["r4"].value
    shown = [tr("nothing to divide") if value is None else f"{percent_text(value)} %" for value in (now, then)]
    return tr("{n} parcels: r4 {now} → {then}", n=county.ticked, now=shown[0], then=shown[1])


class DifferenceDialog(QDialog):
    """Why a ratio differs between two days: every patch with its reason."""

    def __init__(self, report: DifferenceReport, parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setWindowTitle(tr("Why {ratio} differs", ratio=report.indicator))
        titles = (tr("Patch"), tr("Township"), tr("Reasons"), tr("Numerator (m²)"), tr("Denominator (m²)"))
        self.table = QTableWidget(len(report.patches), len(titles), self)
        self.table.setHorizontalHeaderLabels(titles)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        for row, one in enumerate(report.patches):
            cells = (one.number, one.township or "", ", ".join(say(REASONS[reason]) for reason in one.reasons),
                     *(decimal_text(Fraction(units, UNITS_PER_M2), 2) for units in (one.numerator_units, one.denominator_units)))
            for column, text in enumerate(cells):
                self.table.setItem(row, column, QTableWidgetItem(text))
        self.table.resizeColumnsToContents()
        buttons = closing(self, "board")
        self.finished.connect(self.deleteLater)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table)
        layout.addWidget(buttons)
        self.resize(720, 420)


def read(address: RegisterAddress, scope: Scope, by: str, progress: Progress) -> Board:
    """A board read from a register opened for it."""
    with Register.open(address) as register:
        return read_board(register, scope, by, progress)


def compared(address: RegisterAddress, before: Scope, after: Scope, ratio: str, code: Optional[str]) -> DifferenceReport:
    """Why a ratio differs between two scopes."""
    with Register.open(address) as register:
        return explain(register, before, after, ratio, code)


def scopes(register: Register) -> List[Tuple[str, Scope]]:
    """Everything, each year with its months, each batch."""
    batches = register.batches()
    found: List[Tuple[str, Scope]] = [(tr("all batches"), Scope())]
    for year in sorted({int(value) for value in batches["ND"]}, reverse=True):
        found.append((tr("the year {year}", year=year), Scope(year=year)))
        months = sorted({int(value) for value in batches.loc[batches["ND"] == year, "YF"] if value is not None and value == value})
        found += [(f"{year}-{month:02d}", Scope(year=year, month=month)) for month in months]
    return found + [(tr("batch {batch}", batch=row.PCMC or row.PCBH), Scope(batch=row.PCBH)) for row in batches.itertuples()]
