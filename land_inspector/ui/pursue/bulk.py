"""The same act in many cases: who takes part and who is refused, and why, stands in the form before anything is recorded."""
from __future__ import annotations

import re
from datetime import date
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from ...errors import Message
from ...i18n import say, tr
from ...law import case_procedure
from ...law.acts import ACTS
from ...law.procedure import Act, Objection
from . import wording
from .act_forms import ActEditors, as_particulars
from .case_file import CaseFile, CaseView
from .editors import Editor
from .form import Form, Row, Said
from ..widgets.plain_text import tip

#: ``#`` in a document number counts on from case to case, ``#12`` from 12.
_RUNNING = re.compile(r"#(\d*)")
_WIDTH = 600
SaveAll = Callable[[date, Dict[str, Said]], None]


def bulk_acts(views: Sequence[CaseView]) -> List[Tuple[Act, int]]:
    """Acts that are possible today in some of the cases, with in how many; not those that decide on remedies, case by case."""
    counted: Dict[str, int] = {}
    for view in views:
        for act in view.ahead.possible:
            counted[act.code] = counted.get(act.code, 0) + 1
    return [(act, counted[act.code]) for act in ACTS.values()
            if act.code in counted and not any(field.kind == "remedies" for field in act.fields)]


class Preview(Editor):
    """One line a case; nothing is asked here."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = _ShortTree(self)
        self.field.setRootIsDecorated(False)
        self._hold(self.field)

    def value(self) -> None:
        return None

    def show_cases(self, lines: Sequence[Tuple[str, Optional[Message]]]) -> None:
        self.field.clear()
        count = sum(reason is None for _label, reason in lines)
        self.field.setHeaderLabels([tr("Case"), tr("Takes part: {count} of {n}", count=count, n=len(lines))])
        for label, reason in lines:
            text = tr("✗ no: {reason}", reason=say(reason)) if reason else tr("✓ yes")
            QTreeWidgetItem(self.field, [label, text]).setToolTip(1, tip(text))
        self.field.resizeColumnToContents(0)


class _ShortTree(QTreeWidget):
    def sizeHint(self) -> QSize:
        return QSize(360, 10 * self.fontMetrics().lineSpacing())


class BulkForm(Form):
    """Records for those that take part; the others stay as they are."""

    def __init__(self, views: Sequence[CaseView], file: CaseFile, act: Act, save: SaveAll, parent: Optional[QWidget] = None):
        self._views, self._act, self._save_all = list(views), act, save
        self.preview = Preview()
        asked = [(field, editor) for field, editor in ActEditors(views[0], file, act).rows() if field.kind != "items"]
        rows = [Row(field.name, say(field.label), editor) for field, editor in asked]
        note = tr("{n} cases · ground: {ground}. # in a number counts on from case to case, #12 from 12.", n=len(views),
                  ground=wording.ground_text(act.ground))
        super().__init__(say(act.label), note, [*rows, Row("who", tr("Who takes part"), self.preview)], self._look, self._store, parent)
        self.resize(_WIDTH, self.height())
        self._look(self.on, self.said())

    def taking_part(self, on: date, said: Said) -> Dict[str, Said]:
        """Particulars by case id of those in which the act is possible as it is written."""
        return {view.case.id: whole for view, whole, reason in self._judged(on, said) if reason is None}

    def _judged(self, on: date, said: Said) -> List[Tuple[CaseView, Said, Optional[Message]]]:
        judged, numbered = [], 0
        for view in self._views:
            whole = self._for_case(view, said, numbered)
            reason = case_procedure.refusal(view.case, self._act.code, view.practice, on, as_particulars(whole), view.tracks)
            numbered += reason is None
            judged.append((view, whole, reason))
        return judged

    def _for_case(self, view: CaseView, said: Said, place: int) -> Said:
        """The remedies that are due in this case, and its own number of a running one."""
        whole: Dict[str, Any] = dict(said)
        if self._act.concerns_items:
            whole["items"] = ActEditors.due_items(view, self._act)
        if "number" in whole:
            whole["number"] = _RUNNING.sub(lambda found: str(int(found.group(1) or 1) + place), whole["number"])
        return whole

    def _look(self, on: date, said: Said) -> Optional[Objection]:
        judged = self._judged(on, said)
        self.preview.show_cases([(view.label, reason) for view, _said, reason in judged])
        if any(reason is None for _view, _said, reason in judged):
            return None
        view = self._views[0]
        return case_procedure.objection(view.case, self._act.code, view.practice, on, as_particulars(judged[0][1]), view.tracks)

    def _store(self, on: date, said: Said) -> None:
        self._save_all(on, self.taking_part(on, said))


def seen_of(views: Sequence[CaseView], chosen: Mapping[str, Said]) -> Dict[str, str]:
    """The last event of each case that takes part, as it was shown."""
    return {view.case.id: view.seen[view.case.id] for view in views if view.case.id in chosen}
