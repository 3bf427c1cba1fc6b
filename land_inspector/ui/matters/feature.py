"""Matters in the desktop: a page in the second dock, and a word at the door of what is due today in every ledger."""
from __future__ import annotations

from datetime import date
from typing import List, Sequence, Tuple

from ...i18n import tr
from ...law.matters.kind import MatterKind
from ...register.addresses import RegisterAddress
from ...register.register import Register
from ...register.views.matters import due_today
from ..pursue.feature import PageFeature, PursueFeature
from ..shell.services import Entry, Services
from .page import MattersPage, due_words

_NAMED = 2
Due = Sequence[Tuple[MatterKind, int, int]]


class MattersFeature(PageFeature):
    """Opening a register tells what is due in its ledgers."""

    name = "landInspectorPursue"

    def __init__(self, place: Services, pursue: PursueFeature):
        self._place = place
        super().__init__(pursue, MattersPage(place, pursue.dock), tr("Ledgers"))
        self.wires += [*self.parcel_wires(place), (place.session.opened, self._on_opened)]

    def title(self) -> str:
        return tr("Cases and deadlines")

    def entries(self) -> List[Entry]:
        return [Entry("landInspectorShowMatters", tr("Ledgers of the office"), "", self.show_page, "Ctrl+Alt+K"),
                Entry("landInspectorMatterNextAct", tr("Next act of the chosen matter…"), "", self.page.record_next,
                      "Alt+Shift+J")]

    def _on_opened(self, *_told: object) -> None:
        """Look beside the window what is due in the ledgers of the register that was just opened."""
        address = self._place.session.address
        if address is not None:
            self._place.worker.start(tr("Reading the ledgers"), lambda _progress: _due(address), self._tell,
                                     self._place.messages.failed)

    def _tell(self, due: Due) -> None:
        if due:
            more = tr(" and {n} more", n=len(due) - _NAMED) if len(due) > _NAMED else ""
            self._place.messages.offer(tr("In the ledgers: {told}.", told=due_words(due[:_NAMED]) + more), tr("Show the ledger"),
                                       lambda: self._show_overdue(due[0]), rank=2)

    def _show_overdue(self, first: Tuple[MatterKind, int, int]) -> None:
        self.show_page()
        self.page.show_list(first[0].id, "overdue" if first[1] else "due")


def _due(address: RegisterAddress) -> Due:
    with Register.open(address) as register:
        return due_today(register, date.today())
