"""Freezing a reported batch and opening it again (R52)."""
from __future__ import annotations

from typing import Callable, List, Optional

from ...errors import LandInspectorError
from ...i18n import tr
from ...register import reviewing
from ...register.state import Batch
from ...settings import Settings
from ..shell.dialogs import Question
from ..shell.services import Entry, Feature, Services


class Freezing(Feature):
    """Both acts are events with the acting person's name; the second takes a reason as well."""

    name = "landInspectorFreezing"

    def __init__(self, place: Services):
        self._place = place

    def title(self) -> str:
        return tr("Cases and deadlines")

    def entries(self) -> List[Entry]:
        return [
            Entry("landInspectorFreezeBatch", tr("Freeze the reported batch…"), "/mActionLockLayers.svg", self.freeze),
            Entry("landInspectorUnfreezeBatch", tr("Open a frozen batch again…"), "", self.unfreeze),
        ]

    def freeze(self) -> None:
        """What was reported may not change: verdicts, areas, outlines. Cases go on."""
        batch = self._batch()
        if batch is None:
            return
        code = batch.PCBH
        if batch.DJ:
            self._place.messages.note(tr("Batch {batch} is frozen already.", batch=code))
            return
        question = tr("Freeze batch {batch}? From then on it takes no verdict, split, return or re-issue; cases and remedies go on. "
                      "Opening it again needs a reason and is kept in the register.", batch=code)
        if self._place.asking.agreed(Question(question, tr("Freeze batch"))):
            self._do(lambda by: reviewing.freeze(self._place.session.register, code, by=by), tr("Batch {batch} is frozen.", batch=code))

    def unfreeze(self) -> None:
        """Asks for the reason; without one nothing happens."""
        batch = self._batch()
        if batch is None:
            return
        code = batch.PCBH
        if not batch.DJ:
            self._place.messages.note(tr("Batch {batch} is not frozen.", batch=code))
            return
        who = Settings.load().acting_as
        reason = self._place.asking.text(
            Question(tr("{who} opens the frozen batch {batch} again. Why?", who=who, batch=code), tr("Open again")))
        if reason:
            self._do(lambda by: reviewing.unfreeze(self._place.session.register, code, reason=reason, by=by),
                     tr("Batch {batch} is open again.", batch=code))

    def _batch(self) -> Optional[Batch]:
        """The batch that the dock shows."""
        session = self._place.session
        if session.address is None or session.batch is None:
            self._place.messages.note(tr("Open a register with a batch first."))
            return None
        return session.register.batch(session.batch)

    def _do(self, act: Callable[[str], object], done: str) -> None:
        try:
            act(Settings.load().acting_as)
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        self._place.messages.done(done)
        self._place.session.reload()
