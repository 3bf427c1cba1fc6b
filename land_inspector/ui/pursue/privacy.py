"""Taking names of people out of the open register, or keeping none from now on; both are asked about, for they are for good."""
from __future__ import annotations

from typing import Callable, List

from ...errors import LandInspectorError
from ...i18n import tr
from ...register import parties
from ...register.register import Recorded, Register
from ...settings import Settings
from ..shell.dialogs import Question
from ..shell.services import Entry, Feature, Services


class Privacy(Feature):
    """In a submenu of its own, apart from what is done every day; nothing happens without a yes."""

    name = "landInspectorPrivacy"

    def __init__(self, place: Services):
        self._place = place

    def title(self) -> str:
        return tr("What cannot be undone")

    def entries(self) -> List[Entry]:
        return [Entry("landInspectorRemoveNames", tr("Take names of people out…"), "", self.remove_names),
                Entry("landInspectorLeaveNamesOut", tr("Keep no personal data…"), "", self.leave_out)]

    def remove_names(self) -> None:
        """Empty the tables of names; the register still verifies."""
        self._ask(tr("Take the names of all parties, officers and colleagues out of this register? Verdicts, cases and the proof of "
                     "what was done stay. It cannot be undone."), parties.remove_names)

    def leave_out(self) -> None:
        """No name of a party or an officer is kept from now on."""
        self._ask(tr("Keep no personal data in this register from now on? Names that it holds are taken out, and acts show no more "
                     "who is meant. It cannot be undone."), parties.leave_out)

    def _ask(self, question: str, verb: Callable[..., Recorded]) -> None:
        try:
            register: Register = self._place.session.register
            if self._place.asking.agreed(Question(question, tr("Take names out for good"))):
                verb(register, by=Settings.load().acting_as)
                self._place.messages.done(tr("No name of a person is left in the register."))
                self._place.session.reload()
        except LandInspectorError as error:
            self._place.messages.failed(error)
