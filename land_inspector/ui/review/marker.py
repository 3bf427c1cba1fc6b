"""Marks on the chosen parcels: for later, waiting for a paper, flagged, given to somebody, noted."""
from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence

from qgis.PyQt.QtWidgets import QAction

from ...i18n import tr
from ...law.phrases import LATER, PAPER
from ...register import marking
from ...register.register import Recorded
from ...settings import Settings
from ..shell.dialogs import Question
from ..widgets.pick_dialog import PickDialog
from ..widgets.pick_lists import choices
from ..widgets.signal_connections import connect, disconnect
from ..shell.services import REVIEW, Entry, Feature, Services


class Marker(Feature):
    """Each mark is recorded at once; what was set aside makes room for the next undone parcel."""

    name = "landInspectorMarks"

    def __init__(self, place: Services):
        self._page, self._session, self._asking, self._window = place.dock.work_page, place.session, place.asking, place.window
        self._reviewer, self._messages = place.reviewer, place.messages
        self.dialog: Optional[PickDialog] = None
        panel = self._page.verdicts
        self._connections = [(panel.later_wanted, self.set_aside), (panel.flag_wanted, self.flag)]
        self._actions: List[QAction] = []

    def title(self) -> str:
        return tr("Review")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorSetAside", tr("Later…"), "", self.set_aside, "Alt+K", REVIEW),
            Entry("landInspectorWaitForPaper", tr("Waits for paper…"), "", self.wait_for_paper, "Alt+I", REVIEW),
            Entry("landInspectorTakeUp", tr("Take up again"), "", self.take_up, "Alt+U", REVIEW),
            Entry("landInspectorFlagParcel", tr("Flag, or take the flag off"), "", self.flag, "Alt+F", REVIEW),
            Entry("landInspectorFlagWithReason", tr("Flag with a reason…"), "", self.flag_with_reason, scope=REVIEW),
            Entry("landInspectorAssign", tr("Give to…"), "", self.assign, scope=REVIEW),
            Entry("landInspectorWriteNote", tr("Note…"), "", self.write_note, "Alt+N", REVIEW),
            Entry("landInspectorBreakClaim", tr("Break the claim…"), "", self.break_claim, "Alt+Shift+N", REVIEW),
        ]

    def load(self) -> None:
        connect(self._connections)
        for entry in self.entries()[1:]:
            if entry.name != "landInspectorFlagParcel":
                self._actions.append(self._page.verdicts.more.addAction(entry.text, entry.command))

    def unload(self) -> None:
        disconnect(self._connections)
        for action in self._actions:
            self._page.verdicts.more.removeAction(action)
        self._actions.clear()

    # --- acts ---------------------------------------------------------------------------------------------------------

    def set_aside(self) -> None:
        """Not now, with a reason; the next undone parcel comes up."""
        self._pick(tr("Later"), tr("Why later?"), LATER, lambda ids, said: self._put_off(ids, said, False))

    def wait_for_paper(self) -> None:
        """Not before a paper is there; the next undone parcel comes up."""
        self._pick(tr("Waits for paper"), tr("Which paper is missing?"), PAPER, lambda ids, said: self._put_off(ids, said, True))

    def _put_off(self, ids: List[str], reason: str, paper: bool) -> None:
        following = self._page.next_open()
        if self._do(ids, lambda labels, how: marking.set_aside(
                self._session.register, self._session.batch, labels, reason=reason, waits_for_paper=paper, **how)):
            self._reviewer.go_to(following)

    def take_up(self) -> None:
        """Back into the queue."""
        self._do(self._agreed(tr("take up again")), lambda labels, how: marking.take_up(
            self._session.register, self._session.batch, labels, **how))

    def flag(self) -> None:
        """Flag the chosen parcels, or take the flag off where all of them have one."""
        ids = self._agreed(tr("flag"))
        table = self._page.table
        if ids and all(table.marked("flagged")[int(row)] for row in table.positions(ids)):
            self._do(ids, lambda labels, how: marking.unflag(self._session.register, self._session.batch, labels, **how))
        else:
            self._flag(ids, "")

    def flag_with_reason(self) -> None:
        """Ask why, and flag the chosen parcels."""
        self._ask(PickDialog(tr("Flag"), self._question(tr("Why flagged?")), (), self._window), self._flag)

    def _flag(self, ids: List[str], reason: str) -> None:
        self._do(ids, lambda labels, how: marking.flag(self._session.register, self._session.batch, labels, reason=reason, **how))

    def assign(self) -> None:
        """Give the chosen parcels to a person, or to nobody."""
        names = sorted(self._page.filters.people.values())
        dialog = PickDialog(tr("Give to"), self._question(tr("Whose work is it? Leave it empty for nobody's.")), names, self._window,
                            optional=True)
        self._ask(dialog, lambda ids, name: self._do(ids, lambda labels, how: marking.assign(
            self._session.register, self._session.batch, labels, to=name or None, **how)) and self._session.reload())

    def write_note(self) -> None:
        """Ask for a note to colleagues, and leave it at the chosen parcels."""
        self._ask(PickDialog(tr("Note"), self._question(tr("Note for colleagues:")), (), self._window), self._note)

    def _note(self, ids: List[str], text: str) -> None:
        self._do(ids, lambda labels, how: marking.write_note(self._session.register, self._session.batch, labels, text=text, by=how["by"]))

    def break_claim(self) -> None:
        """Take the one chosen parcel from whoever has it open at another desk; the reason becomes a note on it."""
        ids = self._page.parcels.chosen_ids()
        held = self._session.held(ids[0]) if len(ids) == 1 else None
        if held is None:
            self._messages.note(tr("Nobody else has this parcel open.") if len(ids) == 1 else tr("Choose one parcel."))
            return
        question = tr("{who} has this parcel open. Why is that broken? The reason is noted on the parcel.", who=held.who)
        self._ask(PickDialog(tr("Break the claim"), self._question(question), (), self._window), self._break_claim)

    def _break_claim(self, ids: List[str], reason: str) -> None:
        numbers = self._reviewer.labels_of(ids)
        if numbers:
            self._reviewer.do(lambda: marking.break_claim(self._session.register, self._session.batch, numbers[0], reason=reason,
                                                          by=Settings.load().acting_as), ids)

    # --- asking and doing ---------------------------------------------------------------------------------------------

    def _pick(self, title: str, question: str, listed: str, then: Callable[[List[str], str], object]) -> None:
        """A reason from the list of the regime and, for papers, of the verdict that the parcel has or may get."""
        ids = self._page.parcels.chosen_ids()
        row = int(self._page.table.positions(ids[:1])[0]) if ids else -1
        sub_type = self._page.table.text("PDJL2", row) or self._page.table.text("ZDPD2", row) if ids and listed == PAPER else ""
        self._ask(PickDialog(title, self._question(question), choices(listed, self._page.verdicts.regime, sub_type), self._window), then)

    def _ask(self, dialog: PickDialog, then: Callable[[List[str], str], object]) -> None:
        """The parcels are those chosen when the question came up."""
        ids = self._page.parcels.chosen_ids()
        if not ids:
            dialog.deleteLater()
            return
        self.dialog = dialog
        self._reviewer.open_beside(dialog)
        dialog.accepted.connect(lambda: then(ids, dialog.text))

    def _question(self, question: str) -> str:
        """With what it is about."""
        ids = self._page.parcels.chosen_ids()
        labels = self._reviewer.labels_of(ids[:1])
        if len(ids) > 1:
            return tr("{n} parcels. {question}", n=len(ids), question=question)
        return tr("{parcel}. {question}", parcel=labels[0], question=question) if labels else question

    def _agreed(self, act: str) -> List[str]:
        """The chosen parcels; several only after a question."""
        ids = self._page.parcels.chosen_ids()
        if len(ids) > 1 and not self._asking.agreed(
                Question(tr("{n} parcels: {act}?", n=len(ids), act=act), tr("Do it for {n} parcels", n=len(ids)))):
            return []
        return ids

    def _do(self, ids: Sequence[str], verb: Callable[[List[str], Dict[str, Any]], Recorded]) -> bool:
        """``verb`` gets the parcels' numbers, and who acts on what they saw."""
        labels, how = self._reviewer.labels_of(ids), {"by": Settings.load().acting_as, "seen": self._reviewer.seen(ids)}
        return bool(labels) and self._reviewer.do(lambda: verb(labels, how), ids)
