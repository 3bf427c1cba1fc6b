"""The case of the chosen parcel: where it stands, what comes next, what is left."""
from __future__ import annotations

from typing import List, Optional

from qgis.PyQt.QtWidgets import QLabel, QVBoxLayout, QWidget

from ...i18n import say, tr
from ...law.acts import STATES
from ..workplace import Workplace
from .case_file import CaseFile, read_case_file


class CasePage(QWidget):
    """Reads beside the window, and only while somebody can see it."""

    def __init__(self, place: Workplace, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorCasePage")
        self._place = place
        self._ids: List[str] = []
        self._wanted = 0
        self.heading = QLabel(self)
        self.heading.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addWidget(self.heading)
        layout.addStretch(1)
        self._wires = [(place.session.read, self._on_read), (place.session.closed, self._on_closed)]

    def load(self) -> None:
        for signal, slot in self._wires:
            signal.connect(slot)

    def unload(self) -> None:
        for signal, slot in reversed(self._wires):
            signal.disconnect(slot)

    def show_parcels(self, ids: List[str]) -> None:
        self._ids = list(ids)
        self._read()

    def _on_read(self, _snapshot: object) -> None:
        self._read()

    def _on_closed(self) -> None:
        self.show_parcels([])

    def _read(self) -> None:
        self._wanted += 1
        number, path, ids = self._wanted, self._place.session.path, list(self._ids)
        if path is None or not ids:
            self._take(number, None)
        else:
            self._place.worker.start(tr("Reading a case"), lambda _progress: read_case_file(path, ids),
                                     lambda found: self._take(number, found), self._place.messages.failed)

    def _take(self, number: int, found: Optional[CaseFile]) -> None:
        if number == self._wanted:
            self.heading.setText(_heading(found))


def _heading(found: Optional[CaseFile]) -> str:
    if found is None:
        return tr("Choose a parcel to see its case.")
    lines = [tr("{case}: {state}", case=one.label, state=say(STATES[one.case.state].label)) for one in found.cases]
    return "\n".join(lines) or tr("No case has been opened for {parcels}.", parcels=", ".join(found.numbers))
