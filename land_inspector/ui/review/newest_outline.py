"""Judged parcels whose patch was issued again with another outline: the areas before and after, and the act that takes the new one."""
from __future__ import annotations

from typing import Dict, List, Optional, Sequence

from qgis.PyQt.QtWidgets import QAction

from ...errors import LandInspectorError
from ...i18n import say, tr
from ...law.areas import mu_text
from ...register.reviewing import OutlineChange, newer_outlines, take_newest_issue
from ...register.views.parcels import outlines
from ...settings import Settings
from ..cutting.plan import measure_again
from ..shell import labels
from ..shell.dialogs import Question
from ..shell.dock_controller import MOST_OUTLINED
from ..shell.services import REVIEW, Entry, Feature, Services
from ..widgets.signal_connections import connect, disconnect

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
    return tr("{parcel} ({verdict}): {change}", parcel=one.label, verdict=labels.verdict_name(one.verdict),
              change=_areas(one.before_m2, one.after_m2))


def _areas(before_m2: float, after_m2: float) -> str:
    return tr("{before} mu → {after} mu ({change} m²)", before=mu_text(before_m2), after=mu_text(after_m2),
              change=f"{after_m2 - before_m2:+.2f}")


def _obstacle(one: OutlineChange) -> str:
    return tr("{parcel}: {reason}", parcel=one.label, reason=say(one.obstacle))


def _verb(count: int) -> str:
    return tr("Take {n} outlines", n=count) if count > 1 else tr("Take the newest outline")
