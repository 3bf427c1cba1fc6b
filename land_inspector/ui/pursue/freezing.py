"""Freezing a reported batch and opening it again (R52)."""
from __future__ import annotations

from typing import Callable, List, Optional

from ...errors import LandInspectorError
from ...i18n import tr
from ...register import reviewing
from ...register.state import Batch
from ...settings import Settings
from ..workplace import Entry, Feature, Workplace


class Freezing(Feature):
    """Both acts are events with the acting person's name; the second takes a reason as well."""

    name = "landInspectorFreezing"

    def __init__(self, place: Workplace):
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
        if batch.DJ:
            self._place.messages.note(tr("Batch {batch} is frozen already.", batch=batch.PCBH))
        elif self._place.asking.agreed(tr("Freeze batch {batch}? From then on it takes no verdict, split, return or re-issue; cases and "
                                          "remedies go on. Opening it again needs a reason and is kept in the register.", batch=batch.PCBH)):
            self._do(lambda by: reviewing.freeze(self._place.session.register, batch.PCBH, by=by), tr("Batch {batch} is frozen.", batch=batch.PCBH))

    def unfreeze(self) -> None:
        batch = self._batch()
        if batch is None:
            return
        if not batch.DJ:
            self._place.messages.note(tr("Batch {batch} is not frozen.", batch=batch.PCBH))
            return
        reason = self._place.asking.text(tr("{who} opens the frozen batch {batch} again. Why?", who=Settings.load().acting_as, batch=batch.PCBH))
        if reason:
            self._do(lambda by: reviewing.unfreeze(self._place.session.register, batch.PCBH, reason=reason, by=by),
                     tr("Batch {batch} is open again.", batch=batch.PCBH))

    def _batch(self) -> Optional[Batch]:
        """The batch that the dock shows."""
        session = self._place.session
        if session.path is None or session.batch is None:
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
