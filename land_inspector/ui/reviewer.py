"""Giving verdicts from the dock: one key is the verdict, its durable save and the next parcel."""
from __future__ import annotations

from typing import Callable, Dict, List, Mapping, Optional

from qgis.PyQt.QtCore import QObject, QPoint, pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from ..errors import LandInspectorError
from ..i18n import say, tr
from ..register import judging
from ..settings import Settings
from . import labels
from .asking import Asking
from .messages import Messages
from .parcel_table import ParcelTable
from .particulars import ParticularsDialog
from .session import Session
from .verdict_keys import verdict_of
from .work_page import WorkPage

_ILLEGAL = "2"
_MOST_NAMED = 12


class Reviewer(QObject):
    """``judged`` tells the ids whose verdict is now safe on disk, ``went_to`` the parcel that came up next.

    ``undo_wanted`` asks to take back the newest act on a parcel.
    """

    judged = pyqtSignal(list)
    went_to = pyqtSignal(list)
    undo_wanted = pyqtSignal(str)

    def __init__(self, page: WorkPage, session: Session, messages: Messages, asking: Asking, window: QWidget):
        super().__init__()
        self._page, self._session, self._messages, self._asking, self._window = page, session, messages, asking, window
        self.dialog: Optional[ParticularsDialog] = None

    def judge(self, sub_type: str) -> None:
        """Give a sub-type (PDJL2) to the chosen parcels: several are named first, an illegal one asks for its particulars."""
        ids = self._page.parcels.chosen_ids()
        if not ids or (len(ids) > 1 and not self._asking.agreed(_preview(self._page.table, ids, sub_type))):
            return
        verdict = {"PDJL1": verdict_of(sub_type), "PDJL2": sub_type}
        if verdict["PDJL1"] == _ILLEGAL:
            self._ask(_title(self._page.table, ids, sub_type), verdict, lambda said: self._give(ids, said))
        else:
            self._give(ids, verdict)

    def accept_proposal(self) -> None:
        """Give what the rules propose for the one chosen parcel; nothing where they could not tell."""
        ids = self._page.parcels.chosen_ids()
        if len(ids) == 1:
            proposed = self._page.table.text("ZDPD2", int(self._page.table.positions(ids)[0]))
            if proposed:
                self.judge(proposed)

    def go_to_open(self, step: int = 1) -> None:
        """To the next (or last) parcel of the list without a verdict."""
        self._go_to(self._page.next_open(step))

    def go_to_number(self) -> None:
        """To the parcel whose number the user types."""
        number = self._asking.text(tr("Number of the parcel or patch, or its end:"))
        found = self._page.find_number(number) if number else None
        if number and found is None:
            self._messages.note(tr("No parcel of this batch, or more than one, has the number {number}.", number=number))
        self._go_to(found)

    def undo_on_parcel(self) -> None:
        """Take back what was done last on the one chosen parcel, whoever did it."""
        ids = self._page.parcels.chosen_ids()
        if len(ids) == 1:
            self.undo_wanted.emit(ids[0])

    def _ask(self, title: str, verdict: Mapping[str, str], then: Callable[[Dict[str, str]], None]) -> None:
        dialog = self.dialog = ParticularsDialog(title, verdict, self._window)
        dialog.accepted.connect(lambda: then(dialog.verdict))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        dialog.move(_beside(self._page, dialog, self._window))

    def _give(self, ids: List[str], verdict: Mapping[str, str]) -> None:
        table = self._page.table
        numbers = {key: table.text("DKBH", int(row)) for key, row in zip(ids, table.positions(ids))}
        seen = {key: table.text("last_event", int(row)) for key, row in zip(ids, table.positions(ids))}
        entries = [judging.Entry(number, verdict) for number in numbers.values()]
        try:
            given = judging.give_verdicts(self._session.register, self._session.batch, entries, by=Settings.load().acting_as, seen=seen)
        except LandInspectorError as error:
            self._messages.failed(error)
            self._session.reload()
            return
        for refusal in given.refused[:1]:
            self._messages.warn(tr("{parcel}: {reason}", parcel=refusal.entry.label, reason=say(refusal.reason)))
        self._show(list(ids) if not given.refused else [key for key in ids if numbers[key] in set(given.given)])

    def _show(self, ids: List[str]) -> None:
        """What was judged shows at once, without reading the register anew, and the next open parcel comes up."""
        if not ids:
            return
        following = self._page.next_open()
        self._page.show_table(self._page.table.updated(self._session.register.storage.frame("parcel", ids=ids)))
        self._session.note_own_act()
        self.judged.emit(ids)
        self._go_to(following)

    def _go_to(self, parcel_id: Optional[str]) -> None:
        if parcel_id is not None:
            self._page.choose([parcel_id])
            self.went_to.emit([parcel_id])


def _beside(page: QWidget, dialog: QWidget, window: QWidget) -> QPoint:
    """Left of the dock at the foot of the window: the parcel in the middle of the map stays in sight."""
    size = dialog.sizeHint().expandedTo(dialog.size())
    foot = window.mapToGlobal(window.rect().bottomLeft()).y()
    return QPoint(page.mapToGlobal(QPoint(0, 0)).x() - size.width() - 12, foot - size.height() - 40)


def _preview(table: ParcelTable, ids: List[str], sub_type: str) -> str:
    """The question before several parcels are judged alike."""
    numbers = [table.text("DKBH", int(row)) for row in table.positions(ids[:_MOST_NAMED])]
    more = "…" if len(ids) > _MOST_NAMED else ""
    return tr("Give “{verdict}” to {n} parcels?\n{parcels}", verdict=labels.sub_verdict_name(sub_type), n=len(ids),
              parcels=", ".join(numbers) + more)


def _title(table: ParcelTable, ids: List[str], sub_type: str) -> str:
    first = table.text("DKBH", int(table.positions(ids[:1])[0]))
    name = labels.sub_verdict_name(sub_type)
    if len(ids) > 1:
        return tr("{n} parcels: {verdict}", n=len(ids), verdict=name)
    return tr("{parcel}: {verdict}", parcel=first, verdict=name)
