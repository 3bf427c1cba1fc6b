"""The levels above, at the desk: returned parcels come first in the morning; answering, returning and passing by key."""
from __future__ import annotations

import json
import re
from datetime import date
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Set

from qgis.core import QgsSettings
from qgis.PyQt.QtWidgets import QAction, QComboBox, QLineEdit, QWidget

from ...errors import LandInspectorError
from ...i18n import tr
from ...law.phrases import ANSWER, RETURN
from ...register import judging
from ...register.views.parcels import facts_of
from ...settings import HEADING, Settings
from ..shell import map_layers
from ..shell.dialogs import Question
from ..widgets.fields import PickDialog, choices
from ..shell.session import Snapshot
from ..widgets.pages import connect, disconnect
from ..shell.services import REVIEW, Entry, Feature, Services
from ..widgets.rows import put_hint

_ASKS_FOR_PHOTOS = re.compile("照片|相片|photo", re.IGNORECASE)
_LEVEL = f"{HEADING}/review_level"
LEVELS = ("county", "city", "province")
_FIRST_ASKED = 40


def review_level() -> str:
    """The level whose reviews this office records (``county``, ``city``, ``province``)."""
    stored = QgsSettings().value(_LEVEL, LEVELS[0], str)
    return stored if stored in LEVELS else LEVELS[0]


def keep_review_level(level: str) -> None:
    """Remember the level for :func:`review_level`."""
    QgsSettings().setValue(_LEVEL, level)


class ReturnDialog(PickDialog):
    """The reason of a return, who returns, what is asked for and until when."""

    def __init__(self, question: str, reasons: Sequence[str], parent: Optional[QWidget] = None):
        super().__init__(tr("Return"), question, reasons, parent)
        self.level = QComboBox(self)
        self.level.setObjectName("landInspectorReturnLevel")
        for level in LEVELS:
            self.level.addItem(map_layers.level_name(level), level)
        self.level.setCurrentIndex(self.level.findData(review_level()))
        self.answer_by = QLineEdit(self)
        self.answer_by.setObjectName("landInspectorAnswerBy")
        put_hint(self.answer_by, "2026-05-31")
        self.answer_by.textChanged.connect(lambda _text: self._look())
        self.asked_for = QLineEdit(self)
        self.asked_for.setObjectName("landInspectorAskedFor")
        self.form.addRow(tr("Returned by"), self.level)
        self.form.addRow(tr("To be answered by"), self.answer_by)
        self.form.addRow(tr("Asked for"), self.asked_for)

    @property
    def day(self) -> Optional[str]:
        """Until when, as ISO; None for no date. Raises ValueError for what is no date."""
        text = self.answer_by.text().strip()
        return date.fromisoformat(text).isoformat() if text else None

    def accept(self) -> None:
        try:
            self.day
        except ValueError:
            self.answer_by.setFocus()
            self.answer_by.selectAll()
            return
        super().accept()


class Returns(Feature):
    """What came back, and what goes up."""

    name = "landInspectorReturns"

    def __init__(self, place: Services):
        self._page, self._session, self._asking, self._window = place.dock.work_page, place.session, place.asking, place.window
        self._reviewer, self._messages, self._dock = place.reviewer, place.messages, place.dock
        self.dialog: Optional[PickDialog] = None
        self._is_new = self._on_the_way = False
        self._returned: Dict[str, List[str]] = {}
        self._connections = [(place.session.opened, self._on_opened), (place.session.read, self._on_read)]
        self._actions: List[QAction] = []

    def title(self) -> str:
        return tr("Review")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorNextReturned", tr("Next returned parcel"), "", self.go_to_returned, "Alt+T"),
            Entry("landInspectorAnswerReturn", tr("Answer the return…"), "", self.answer, "Alt+Y", REVIEW),
            Entry("landInspectorPassReview", tr("Pass the review"), "", self.pass_review, "Alt+Q", REVIEW),
            Entry("landInspectorReturnParcel", tr("Return…"), "", self.send_back, "Alt+Shift+T", REVIEW),
        ]

    def load(self) -> None:
        connect(self._connections)
        more = self._page.verdicts.more
        self._actions = [more.addSeparator(), *(more.addAction(entry.text, entry.command) for entry in self.entries()[1:])]

    def unload(self) -> None:
        disconnect(self._connections)
        for action in self._actions:
            self._page.verdicts.more.removeAction(action)
        self._actions.clear()

    # --- what came back -----------------------------------------------------------------------------------------------

    def _on_opened(self, _path: str) -> None:
        self._is_new, self._returned = True, {}

    def _on_read(self, snapshot: Snapshot) -> None:
        """Said once, when a register was opened, of all its batches."""
        self._returned = snapshot.returned
        if self._on_the_way:
            self._on_the_way = False
            self.show_returned()
        days = [day for batch in snapshot.returned.values() for day in batch]
        if self._is_new and days:
            late = sum(bool(day) and day < date.today().isoformat() for day in days)
            said = tr("{n} parcels returned, {late} of them overdue to answer.", n=len(days), late=late)
            self._messages.offer(said, tr("Show them"), self.show_returned)
        self._is_new = False

    def show_returned(self) -> None:
        """Only what was returned, the first of it chosen."""
        self._dock.setUserVisible(True)
        if self._is_elsewhere():
            return
        self._page.filters.show_only("returned")
        self.go_to_returned()

    def go_to_returned(self) -> None:
        """To the next returned parcel of the list; to another batch where this one has none."""
        if self._is_elsewhere():
            return
        if not self._page.table.marked("returned").any():
            self._messages.note(tr("No parcel is returned."))
        self._reviewer.go_to(self._page.next_marked("returned"))

    def _is_elsewhere(self) -> bool:
        """Whether what was returned lies in another batch only; then that batch is read, to be shown when it is there."""
        others = [batch for batch in self._returned if batch != self._session.batch]
        if self._page.table.marked("returned").any() or not others:
            return False
        self._on_the_way = True
        self._session.choose_batch(others[0])
        return True

    def answer(self) -> None:
        """Answer the returns of the chosen parcels; the next returned one comes up."""
        ids = self._chosen_returned()
        if not ids:
            self._messages.note(tr("Choose returned parcels to answer them."))
            return
        seen = self._reviewer.seen(ids)
        question = tr("Answer to the return of {parcels}:", parcels=self._named(ids))
        if self._lacks_photos(ids):
            question = tr("⚠ Photos are asked for, and none is kept of this parcel yet.") + "\n" + question
        self._ask(PickDialog(tr("Answer the return"), question, choices(ANSWER, self._page.verdicts.regime), self._window),
                  lambda: self._answer(ids, self.dialog.text, seen))

    def _lacks_photos(self, ids: List[str]) -> bool:
        """Whether somebody asked for photos of one of them and there is none."""
        try:
            known = [facts for facts in (facts_of(self._session.register, key) for key in ids) if facts]
        except LandInspectorError:  # the act itself says that the register is out of reach
            return False
        return any(not facts["photos"] and _ASKS_FOR_PHOTOS.search(" ".join(map(str, json.loads(facts["review"] or "{}").values())))
                   for facts in known)

    def _answer(self, ids: List[str], text: str, seen: Mapping[str, str]) -> None:
        following = self._page.next_marked("returned")
        if self._reviewer.do(lambda: judging.answer_return(self._session.register, self._session.batch, self._reviewer.labels_of(ids),
                                                           answer=text, by=Settings.load().acting_as, seen=seen), ids):
            self._reviewer.go_to(following)

    def _chosen_returned(self) -> List[str]:
        table = self._page.table
        ids = self._page.parcels.chosen_ids()
        return [key for key, row in zip(ids, table.positions(ids)) if table.marked("returned")[int(row)]]

    # --- what goes up or back -----------------------------------------------------------------------------------------

    def send_back(self) -> None:
        """City and province: back to the county, with a reason and a date to answer by."""
        ids = self._page.parcels.chosen_ids()
        if ids:
            question, seen = tr("Why are {parcels} returned?", parcels=self._named(ids)), self._reviewer.seen(ids)
            self._ask(ReturnDialog(question, choices(RETURN, self._page.verdicts.regime), self._window), lambda: self._send_back(ids, seen))

    def _send_back(self, ids: List[str], seen: Mapping[str, str]) -> None:
        said = self.dialog
        keep_review_level(said.level.currentData())
        following, numbers, batch = self._following_of_others(), self._reviewer.labels_of(ids), self._session.batch
        how = {"level": said.level.currentData(), "reason": said.text, "answer_by": said.day, "asked_for": said.asked_for.text().strip(),
               "by": Settings.load().acting_as, "seen": seen}
        if self._reviewer.do(lambda: judging.return_parcels(self._session.register, batch, numbers, **how), ids):
            self._reviewer.go_to(following)

    def pass_review(self) -> None:
        """Pass the chosen parcels at this office's level; the next of the list comes up."""
        ids, level = self._page.parcels.chosen_ids(), review_level()
        seen = self._reviewer.seen(ids)
        question = Question(tr("{level} passes {n} parcels?", level=map_layers.level_name(level), n=len(ids)),
                            tr("Pass {n} parcels", n=len(ids)))
        if not ids or (len(ids) > 1 and not self._asking.agreed(question)):
            return
        following = self._following_of_others()
        if self._reviewer.do(lambda: judging.pass_review(self._session.register, self._session.batch, self._reviewer.labels_of(ids),
                                                         level=level, by=Settings.load().acting_as, seen=seen), ids):
            self._reviewer.go_to(following)

    def _following_of_others(self) -> Optional[str]:
        """The parcel after the last chosen one in the list; one's own work is not offered to oneself where the register has roles."""
        model, rows = self._page.parcels.model(), self._page.parcels.selectionModel().selectedRows()
        begin, size = max((index.row() for index in rows), default=-1) + 1, _FIRST_ASKED
        while begin < model.rowCount():
            ids = [model.parcel_id(model.index(row, 0)) for row in range(begin, min(begin + size, model.rowCount()))]
            own = self._own(ids)
            found = next((key for key in ids if key not in own), None)
            if found is not None:
                return found
            begin, size = begin + size, 2 * size
        return None

    def _own(self, ids: Sequence[str]) -> Set[str]:
        """What of these the person at the desk judged; a register that is out of reach is said to be so by the act itself."""
        try:
            return judging.own_work_of(self._session.register, ids, by=Settings.load().acting_as)
        except LandInspectorError:
            return set()

    def _named(self, ids: List[str]) -> str:
        """The numbers of a few parcels, or how many there are."""
        return ", ".join(self._reviewer.labels_of(ids)) if len(ids) <= 3 else tr("{n} parcels", n=len(ids))

    def _ask(self, dialog: PickDialog, then: Callable[[], None]) -> None:
        self.dialog = dialog
        self._reviewer.open_beside(dialog)
        dialog.accepted.connect(then)
