"""Marks on the chosen parcels: for later, waiting for a paper, flagged, given to somebody, noted."""
from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence

from qgis.PyQt.QtWidgets import QAction

from ...errors import LandInspectorError
from ...i18n import say, tr
from ...law.areas import mu_text
from ...law.phrases import LATER, PAPER
from ...register import judging
from ...register.register import Recorded
from ...register.judging import OutlineChange, newer_outlines, take_newest_issue
from ...register.views.parcels import outlines
from ...settings import Settings
from ..cutting.plan import measure_again
from ..shell import map_layers
from ..shell.dialogs import Question
from ..shell.dock import MOST_OUTLINED
from ..shell.services import Entry, Feature, REVIEW, Services
from ..widgets.fields import PickDialog, choices
from ..widgets.pages import connect, disconnect


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
        if self._do(ids, lambda labels, how: judging.set_aside(
                self._session.register, self._session.batch, labels, reason=reason, waits_for_paper=paper, **how)):
            self._reviewer.go_to(following)

    def take_up(self) -> None:
        """Back into the queue."""
        self._do(self._agreed(tr("take up again")), lambda labels, how: judging.take_up(
            self._session.register, self._session.batch, labels, **how))

    def flag(self) -> None:
        """Flag the chosen parcels, or take the flag off where all of them have one."""
        ids = self._agreed(tr("flag"))
        table = self._page.table
        if ids and all(table.marked("flagged")[int(row)] for row in table.positions(ids)):
            self._do(ids, lambda labels, how: judging.unflag(self._session.register, self._session.batch, labels, **how))
        else:
            self._flag(ids, "")

    def flag_with_reason(self) -> None:
        """Ask why, and flag the chosen parcels."""
        self._ask(PickDialog(tr("Flag"), self._question(tr("Why flagged?")), (), self._window), self._flag)

    def _flag(self, ids: List[str], reason: str) -> None:
        self._do(ids, lambda labels, how: judging.flag(self._session.register, self._session.batch, labels, reason=reason, **how))

    def assign(self) -> None:
        """Give the chosen parcels to a person, or to nobody."""
        names = sorted(self._page.filters.people.values())
        dialog = PickDialog(tr("Give to"), self._question(tr("Whose work is it? Leave it empty for nobody's.")), names, self._window,
                            optional=True)
        self._ask(dialog, lambda ids, name: self._do(ids, lambda labels, how: judging.assign(
            self._session.register, self._session.batch, labels, to=name or None, **how)) and self._session.reload())

    def write_note(self) -> None:
        """Ask for a note to colleagues, and leave it at the chosen parcels."""
        self._ask(PickDialog(tr("Note"), self._question(tr("Note for colleagues:")), (), self._window), self._note)

    def _note(self, ids: List[str], text: str) -> None:
        self._do(ids, lambda labels, how: judging.write_note(self._session.register, self._session.batch, labels, text=text, by=how["by"]))

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
            self._reviewer.do(lambda: judging.break_claim(self._session.register, self._session.batch, numbers[0], reason=reason,
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


# Judged parcels whose patch was issued again with another outline: the areas before and after, and the act that takes the new one.

_MOST_NAMED = 12


class NewestOutline(Feature):
    """The act stands on the card where the change is told, in the menu and among the further acts of the verdict panel."""

    name = "landInspectorNewestOutline"

    def __init__(self, place: Services):
        self._place, self._page, self._session = place, place.dock.work_page, place.session
        self._shown: Dict[str, str] = {}
        self._action: Optional[QAction] = None
        self._connections = [
            (self._page.card.newest_outline_wanted, self.take), (self._page.chosen, self._on_chosen),
            (place.reviewer.went_to, self._on_chosen), (place.session.read, self._on_read)]

    def title(self) -> str:
        return tr("Review")

    def entries(self) -> List[Entry]:
        return [Entry("landInspectorTakeNewestOutline", tr("Take the newest outline…"), "", self.take, scope=REVIEW)]

    def load(self) -> None:
        connect(self._connections)
        self._action = self._page.verdicts.more.addAction(self.entries()[0].text, self.take)

    def unload(self) -> None:
        disconnect(self._connections)
        self._page.verdicts.more.removeAction(self._action)
        self._action = None

    def take(self) -> None:
        """Let the chosen parcels rest on the newest outlines, after a question with the areas before and after."""
        messages, changed = self._place.messages, self._chosen_changed()
        if not changed:
            messages.note(tr("Choose judged parcels whose outline changed at a re-issue."))
            return
        batch = self._session.batch
        try:
            found = newer_outlines(self._session.register, batch, list(changed))
        except LandInspectorError as error:
            messages.failed(error)
            return
        ready = [one for one in found if one.obstacle is None]
        if not ready:
            messages.warn(tr("No outline was taken. {reasons}", reasons="\n".join(map(_obstacle, found))))
            return
        if not self._place.asking.agreed(Question(_question(found), _verb(len(ready)))):
            return
        ids = [changed[one.label] for one in ready]
        seen = self._place.reviewer.seen(ids)
        if self._place.reviewer.do(lambda: take_newest_issue(self._session.register, batch, [one.label for one in ready],
                                                             by=Settings.load().acting_as, seen=seen), ids):
            self._page.show_current()
            self._on_read()
            self._measure(batch, ids)

    def _chosen_changed(self) -> Dict[str, str]:
        """Ids by number of the chosen parcels that a later issue differs from."""
        table, ids = self._page.table, self._page.parcels.chosen_ids()
        rows = [int(row) for row in table.positions(ids)]
        marked = table.marked("basis_changed") if ids else ()
        return {table.text("DKBH", row): key for key, row in zip(ids, rows) if row >= 0 and marked[row]}

    def _measure(self, batch: str, ids: Sequence[str]) -> None:
        """The new outlines are measured and proposed at once, where the layers of the measuring are still found."""
        address = self._session.address
        self._place.worker.start(tr("Measuring the new outlines"), lambda progress: measure_again(address, batch, ids, progress),
                                 lambda measured: self._session.reload() if measured and address == self._session.address else None,
                                 self._place.messages.failed, writes=True)

    # --- the outline on the map ---------------------------------------------------------------------------------------

    def _on_chosen(self, _ids: object = None) -> None:
        self._shown = self._shapes()

    def _on_read(self, _snapshot: object = None) -> None:
        """Where the chosen parcels have another outline than the map shows (taken, or the taking undone), it is drawn anew."""
        before, self._shown = self._shown, self._shapes()
        if before != self._shown and set(before) == set(self._shown):
            self._place.link.show(list(outlines(self._session.register, self._shown.values()).values()), list(self._shown), move=False)

    def _shapes(self) -> Dict[str, str]:
        """Shape ids of the chosen parcels, as far as the map outlines them."""
        table, ids = self._page.table, self._page.parcels.chosen_ids()
        if len(ids) > MOST_OUTLINED:
            return {}
        return {key: table.text("shape_id", int(row)) for key, row in zip(ids, table.positions(ids)) if row >= 0}


def _question(found: Sequence[OutlineChange]) -> str:
    """What would change, parcel by parcel, and which ones keep their outline and why."""
    ready, kept = [one for one in found if one.obstacle is None], [one for one in found if one.obstacle is not None]
    lines = [tr("Take the newest outline? The verdict lapses and is given anew; one undo brings both back."), ""]
    lines += [_change(one) for one in ready[:_MOST_NAMED]] + (["…"] if len(ready) > _MOST_NAMED else [])
    if len(ready) > 1:
        before, after = sum(one.before_m2 for one in ready), sum(one.after_m2 for one in ready)
        lines.append(tr("All {n} parcels: {change}", n=len(ready), change=_areas(before, after)))
    if kept:
        lines += ["", tr("These keep their outline:"), *map(_obstacle, kept[:_MOST_NAMED])]
        lines += ["…"] if len(kept) > _MOST_NAMED else []
    return "\n".join(lines)


def _change(one: OutlineChange) -> str:
    return tr("{parcel} ({verdict}): {change}", parcel=one.label, verdict=map_layers.verdict_name(one.verdict),
              change=_areas(one.before_m2, one.after_m2))


def _areas(before_m2: float, after_m2: float) -> str:
    return tr("{before} mu → {after} mu ({change} m²)", before=mu_text(before_m2), after=mu_text(after_m2),
              change=f"{after_m2 - before_m2:+.2f}")


def _obstacle(one: OutlineChange) -> str:
    return tr("{parcel}: {reason}", parcel=one.label, reason=say(one.obstacle))


def _verb(count: int) -> str:
    return tr("Take {n} outlines", n=count) if count > 1 else tr("Take the newest outline")
