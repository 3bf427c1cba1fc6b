"""The acts of a case so far: day, what, number, who, and the papers kept with them, which open from here."""
from __future__ import annotations

from html import escape
from typing import Any, List, Mapping, Optional

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QLabel, QWidget

from ...i18n import say, tr
from ...law.acts import ACTS
from ...law.case import Done
from .case_file import CaseFile, CaseView


class ActsPanel(QLabel):
    """Links are the names of kept files; one that is missing or was changed is no link and says so.

    ``paper_wanted`` carries the name of a kept file that somebody wants to see.
    """

    paper_wanted = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorActsSoFar")
        self.setAccessibleName(tr("Acts so far"))
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.linkActivated.connect(self.paper_wanted)

    def show_acts(self, view: CaseView, file: CaseFile) -> None:
        lines = [_line(done, file) for done in reversed(view.case.acts)]
        lines += [_papers(step.evidence, file.papers) for track in view.tracks for step in track.steps if step.evidence]
        self.setText("<br>".join([f"<b>{escape(tr('Acts so far'))}</b>", *lines]))


def _line(done: Done, file: CaseFile) -> str:
    said = [f"{done.on.isoformat()} {escape(say(ACTS[done.act].label))}", escape(str(done.particulars.get("number") or "")),
            escape(_people(done.particulars, file)), _papers(done.particulars.get("files") or (), file.papers)]
    return " · ".join(part for part in said if part)


def _people(said: Mapping[str, Any], file: CaseFile) -> str:
    """Officers by name; one whose name was taken out, or never kept, counts as one."""
    ids: List[str] = list(said.get("officers") or ())
    known = [file.people[key] for key in ids if key in file.people]
    if len(known) == len(ids):
        return tr(", ").join(known)
    return tr("{n} officers", n=len(ids))


def _papers(names: Any, whole: Mapping[str, bool]) -> str:
    return " ".join(_paper(name, whole.get(name, False)) for name in names)


def _paper(name: str, is_whole: bool) -> str:
    shown = escape(name.partition("_")[2] or name)
    return f'<a href="{escape(name)}">{shown}</a>' if is_whole else f"⚠ {escape(tr('{file} is missing or was changed', file=shown))}"
