"""The remedies of a case, one box each, and those ordered without a case."""
from __future__ import annotations

from typing import List, Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ...i18n import tr
from ...law import remedy_terms
from ...law.fines import fine_of
from ...law.remedies import Track
from . import wording
from .case_file import CaseFile, CaseView
from .track_bars import TrackBox

_MONEY = ("fine", "gains", "fee")


class TracksPanel(QWidget):
    """``wanted`` asks to record on a remedy (what, id), ``order_wanted`` to order another one."""

    wanted = pyqtSignal(str, str)
    order_wanted = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorTracks")
        self.title = QLabel(tr("<b>Remedies</b> (A accepted · D done · P paid · R remaining)"), self)
        self.title.setWordWrap(True)
        self.order = QPushButton(tr("Order…"), self)
        self.order.setObjectName("landInspectorOrderRemedy")
        self.order.setToolTip(tr("Order a remedy outside a decision: late papers, disciplinary action, work of the party's own accord"))
        self.order.clicked.connect(lambda _checked: self.order_wanted.emit())
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.order)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._layout.addLayout(head)
        self.boxes: List[TrackBox] = []

    def show_tracks(self, view: Optional[CaseView], file: CaseFile) -> None:
        for box in self.boxes:
            self._layout.removeWidget(box)
            box.hide()
            box.deleteLater()
        tracks = [*(view.tracks if view else ()), *file.loose]
        self.boxes = [TrackBox(track, _title(track, view, file), _note(track, view), self) for track in tracks]
        for box in self.boxes:
            box.wanted.connect(self.wanted)
            self._layout.addWidget(box)


def _title(track: Track, view: Optional[CaseView], file: CaseFile) -> str:
    item = f"{track.item}. " if track.item else ""
    several = len({line.id for line in (view.parcels if view else file.parcels)}) > 1
    return f"{item}{wording.remedy_name(track.kind)}" + (f" · {file.number_of(track.parcel)}" if several else "")


def _note(track: Track, view: Optional[CaseView]) -> str:
    """What has grown on unpaid money by today."""
    item = view.case.item(track.item or "") if view else None
    if item is None or track.kind not in _MONEY:
        return ""
    due = remedy_terms.performance_end(view.case, item, view.practice.pack)
    if due is None or track.kind != "fine":
        return ""
    today = view.ahead.today
    return wording.fine_text(fine_of(track, due.day, today, view.practice.pack, remedy_terms.review_pauses(view.case, item)))
