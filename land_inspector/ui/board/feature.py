"""The board in the desktop: opened from the menu, read beside the window, followed by map and docks."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDialog, QFileDialog

from ...errors import LandInspectorError
from ...exchange.baskets import read_baskets, write_baskets
from ...i18n import tr
from ...law.differences import DifferenceReport
from ...law.what_if import Basket
from ...register.addresses import RegisterAddress
from ...register.figures import Scope, explain
from ...register.register import Register
from ...register.views.parcels import outlines
from ..matters.feature import MattersFeature
from ..pursue.feature import PageFeature, PursueFeature
from ..shell.dialogs import Question
from ..shell.dock import MOST_OUTLINED
from ..shell.services import Entry, Services
from .models import MapColours
from .dialogs import BasketsDialog, CompareDialog, DifferenceDialog, MonthEnds
from .page import BoardPage
from .rules import RulesDesk
from .window import BoardWindow


class BoardFeature(PageFeature):
    """A page in the dock of ``pursue`` and a window for meetings, on the same figures."""

    name = "landInspectorBoardMenu"

    def __init__(self, place: Services, pursue: PursueFeature, matters: MattersFeature):
        self._place, self._matters = place, matters
        self.colours = MapColours()
        self.window = BoardWindow(place.window)
        self.window.setWindowFlag(Qt.WindowType.Window, True)
        self.month_end = MonthEnds(place)
        self.rules = RulesDesk(place)
        super().__init__(pursue, BoardPage(place, self.window, pursue.dock), tr("Board"))
        self.wires += [
            (self.window.compared, self._compare), (self.window.parcels_chosen, self._show_parcels),
            (self.window.coloured, self._colour), (self.window.baskets_wanted, self._choose_basket), (self.window.basket_kept, self._keep),
            (self.window.ledger_wanted, self._show_ledger), (self.page.window_wanted, self.show),
            (self.page.month_end_wanted, self.month_end.show), (place.session.closed, self._on_closed)]

    def title(self) -> str:
        return tr("Board")

    def entries(self) -> List[Entry]:
        return [Entry("landInspectorShowBoard", tr("Where each township stands…"), "/mActionOpenTableVisible.svg", self.show, "Ctrl+Alt+B"),
                Entry("landInspectorShowBoardPage", tr("Board beside the map"), "", self.show_page, "Alt+Shift+W"),
                Entry("landInspectorMonthEndOpen", tr("Month's end…"), "/mActionLockLayers.svg", self.month_end.show),
                *self.rules.entries()]

    def load(self) -> None:
        super().load()
        self.rules.load()

    def unload(self) -> None:
        super().unload()
        self.colours.remove()
        self.month_end.remove()
        self.rules.unload()
        self.window.close()
        self.window.deleteLater()

    def show(self) -> None:
        """Bring the window up and read."""
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
        self.page.refresh()

    def _on_closed(self) -> None:
        self.colours.remove()
        self.month_end.close()
        self.window.parcels.ticks.clear()

    # --- acts -----------------------------------------------------------------------------------------------------------

    def _show_parcels(self, ids: List[str]) -> None:
        """On the map and in the review list; a single one of another batch brings its batch to the desk."""
        if len(ids) > MOST_OUTLINED:
            self._place.link.clear()
            return
        frame = self.window.board.parcels
        mine = frame[frame["parcel_id"].isin(ids)]
        shapes = outlines(self._place.session.register, list(mine["shape_id"]))
        self._place.link.show(list(shapes.values()), ids, move=True)
        if len(mine) == 1 and mine["PCBH"].iat[0] != self._place.session.batch:
            self._place.reviewer.show_anywhere(list(ids), str(mine["PCBH"].iat[0]))
        else:
            self._place.dock.work_page.parcels.choose(ids)

    def _show_ledger(self, kind: str) -> None:
        self._matters.show_page()
        self._matters.page.show_list(kind, "unsettled")

    def _colour(self, figure: str) -> None:
        if self.window.board is not None:
            self.colours.show(self._place.session.register, self.window.standings, figure)

    def _compare(self, code: Optional[str], ratio: str) -> None:
        """One day with another, patch by patch."""
        address, scope, board = self._place.session.address, self.window.chosen_scope(), self.window.board
        if address is None or board is None:
            return
        dialog = CompareDialog(board, self.window.day.date().toPyDate(), ratio, code, self.window)
        if dialog.exec() != QDialog.DialogCode.Accepted:
            return
        first, second, ratio, code = dialog.chosen()
        before, after = (Scope(scope.batch, scope.year, scope.month, scope.quarter, None, day.isoformat()) for day in (first, second))
        self._place.worker.start(
            tr("Comparing"), lambda progress: compared(address, before, after, ratio, code),
            lambda report: self._show_difference(report, (first, second)), self._place.messages.failed)

    def _show_difference(self, report: DifferenceReport, days: Tuple[date, date]) -> None:
        names = {standing.row.code: standing.row.name for standing in self.window.board.standings} if self.window.board else {}
        dialog = DifferenceDialog(report, days, lambda code: names.get(code or "") or code or "", self.window)
        dialog.patch_wanted.connect(self._show_patch)
        dialog.open()

    def _show_patch(self, patch: str) -> None:
        frame = self.window.board.parcels
        ids = list(frame.loc[frame["patch_id"] == patch, "parcel_id"])
        if ids:
            self._show_parcels(ids)

    # --- baskets --------------------------------------------------------------------------------------------------------

    def _baskets(self) -> List[Basket]:
        return read_baskets(self._baskets_file(), self._register_id())

    def _baskets_file(self) -> Path:
        address = self._place.session.address
        return address.beside(f"{address.name}.baskets.json")

    def _register_id(self) -> str:
        return self._place.session.register.meta["register_id"]

    def _keep(self, ticks: Dict[str, str]) -> None:
        name = self._place.asking.text(Question(tr("Name"), tr("Keep the what-if")))
        if name:
            self._tried(lambda: self._put([Basket(name, ticks)]))

    def _put(self, baskets: List[Basket]) -> None:
        """Keep baskets; one of the same name takes the place of the one that was there."""
        names = {basket.name for basket in baskets}
        others = [basket for basket in self._baskets() if basket.name not in names]
        write_baskets(self._baskets_file(), self._register_id(), [*others, *baskets])

    def _tried(self, act: Callable[[], object]) -> None:
        try:
            act()
        except LandInspectorError as error:
            self._place.messages.failed(error)

    def _choose_basket(self) -> None:
        try:
            baskets = self._baskets() if self._place.session.address is not None else []
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        dialog = BasketsDialog(baskets, self.window.board, self.window)
        dialog.to_file.connect(lambda basket: self._tried(lambda: self._hand_over(basket)))
        dialog.from_file.connect(lambda: self._tried(self._take_one_over))
        dialog.dropped.connect(lambda basket: self._tried(lambda: write_baskets(
            self._baskets_file(), self._register_id(), [one for one in self._baskets() if one.name != basket.name])))
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.chosen() is not None:
            self.window.parcels.set_ticks(dialog.chosen().ticks)

    def _hand_over(self, basket: Basket) -> None:
        """One what-if as a file for a colleague who has a copy of the register."""
        suggestion = self._place.session.address.beside(f"{basket.name}.baskets.json")
        path = self._place.asking.file_to_write(tr("What-if for a colleague"), suggestion, tr("What-ifs (*.json)"))
        if path is not None:
            write_baskets(path, self._register_id(), [basket])
            self._place.messages.done(tr("The what-if is in {path}.", path=str(path)))

    def _take_one_over(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(self.window, tr("What-if of a colleague"), "", tr("What-ifs (*.json)"))
        if chosen:
            self._put(read_baskets(Path(chosen), self._register_id()))
            self._place.messages.done(tr("The what-if was taken over; “What-ifs…” shows it."))


def compared(address: RegisterAddress, before: Scope, after: Scope, ratio: str, code: Optional[str]) -> DifferenceReport:
    """Why a ratio differs between two scopes."""
    with Register.open(address) as register:
        return explain(register, before, after, ratio, code)
