"""The file of one matter: where it stands, what the machine finds, what is due, every value, what it is tied to, what
happened.
"""
from __future__ import annotations

from html import escape
from typing import Dict, List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from ...exchange.matter_figures import finding_text, value_text
from ...exchange.wording import matter_ground_text
from ...i18n import say, shown_language, tr
from ...law.deadlines import DUTY, OVERDUE, SOON, WAIT, Deadline
from ...law.matters.kind import PERSON, TOWNSHIP, MatterKind
from ...law.matters.lists import ListRow
from ...law.matters.machine import machine_of
from ...law.matters.matter import Step
from ...register.views.matters import Due, MatterFile, timeline
from ..pursue.stage_strip import StageStrip, matter_stage_names
from ..widgets.rows import FAINT, readable

_MOST_STEPS = 200


class FileView(QScrollArea):
    """``linked`` tells the parcels of a link that the user followed."""

    linked = pyqtSignal(list)

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorMatterFile")
        self.setAccessibleName(tr("File of the matter"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget(self)
        self.strip = StageStrip(inside, matter_stage_names())
        self.text = QLabel(inside)
        self.text.setObjectName("landInspectorMatterText")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse
                                          | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
                                          | Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.linkActivated.connect(lambda link: self.linked.emit([link.rpartition(":")[2]]))
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addWidget(self.strip)
        layout.addWidget(self.text)
        layout.addStretch(1)
        self.setWidget(inside)

    def show_file(self, file: Optional[MatterFile], chosen: int = 0) -> None:
        """Tell of one matter; of none or several, how many are chosen."""
        self.strip.setVisible(file is not None)
        if file is None:
            self.text.setText(escape(tr("{n} matters are chosen: “More acts” records one act for all of them.",
                                        n=chosen)) if chosen > 1 else "")
            return
        self.strip.show_steps(file.steps)
        parts = [_head(file), _finding(file), _terms(file), _values(file), _links(file), _history(file)]
        self.text.setText("".join(part for part in parts if part))


def _section(title: str, lines: Sequence[str]) -> str:
    return f"<p><b>{escape(title)}</b><br>{'<br>'.join(lines)}</p>" if lines else ""


def _head(file: MatterFile) -> str:
    place = file.names.get(file.matter.township, file.matter.township)
    state = say(file.kind.states[file.matter.state].label)
    return f"<p><b>{escape(file.matter.number)}</b> {escape(place)} · {escape(state)}</p>"


def _finding(file: MatterFile) -> str:
    found = file.view.found
    if found is None:
        return ""
    lines = [escape(finding_text(file.view, shown_language()) or "")] + [escape(say(reason)) for reason in found.reasons]
    return _section(tr("What the figures say (proposed, you decide)"), lines)


def _terms(file: MatterFile) -> str:
    return _section(tr("Terms"), [_term(one, file) for one in file.deadlines if one.met_on is None])


def _term(one: Deadline, file: MatterFile) -> str:
    day, name = file.view.day, one.name.text(shown_language())
    status, left = one.status(day), one.days_left(day)
    if one.role == WAIT:
        said = tr("‖ {term}: runs until {due}; nothing may follow before", term=name, due=one.due_on.isoformat())
    elif one.role != DUTY:
        said = tr("· {term}: {due}", term=name, due=one.due_on.isoformat())
    elif status == OVERDUE:
        said = tr("!! OVERDUE by {n} days: {term}, due {due}", n=-left, term=name, due=one.due_on.isoformat())
    else:
        said = tr("{sign} {term} by {due}, {n} days left", sign="!" if status == SOON else "·", term=name,
                  due=one.due_on.isoformat(), n=left)
    strong = f"<b>{escape(said)}</b>" if status in (OVERDUE, SOON) and one.role == DUTY else escape(said)
    return f"{strong} <span style='color:{readable(FAINT)}'>{escape(matter_ground_text(one.ground))}</span>" if one.ground else strong


def _values(file: MatterFile) -> str:
    lines: List[str] = []
    for name, field in file.kind.fields.items():
        value = file.matter.values.get(name)
        if value in (None, ""):
            continue
        if field.kind == PERSON:
            text = file.people.get(str(value).rpartition(":")[2], tr("a person (name kept apart)"))
        elif field.kind == TOWNSHIP:
            text = file.names.get(str(value), str(value))
        else:
            text = value_text(file.kind, name, value, shown_language())
        lines.append(f"{escape(say(field.label))}: {escape(text)}")
    for name, quantity in file.kind.quantities.items():
        value = file.view.value(name)
        if value not in (None, 0):
            text = value_text(file.kind, name, value, shown_language())
            lines.append(f"<i>{escape(say(quantity.label))}: {escape(text)}</i>")
    return _section(tr("What is known"), lines)


def _links(file: MatterFile) -> str:
    return _section(tr("Linked with"),
                    [f"<a href='{escape(link.what)}:{escape(link.id)}'>{escape(link.label or link.id)}</a>"
                     for link in file.matter.links])


def _history(file: MatterFile) -> str:
    acts = machine_of(file.kind).acts
    lines = [_step(file, step, say(acts[step.act].label) if step.act in acts else step.act)
             for step in timeline(file)[:_MOST_STEPS]]
    return _section(tr("What happened"), lines)


def _step(file: MatterFile, step: Step, name: str) -> str:
    told = tr("; ").join(text for text in (_particular(file, step, key, value) for key,
                                           value in step.particulars.items()) if text)
    return f"{step.on.isoformat()} <b>{escape(name)}</b>" + (f" — {escape(told)}" if told else "")


def _particular(file: MatterFile, step: Step, name: str, value: object) -> str:
    if name == "values" and isinstance(value, dict):
        return tr("; ").join(_particular(file, step, key, one) for key, one in value.items())
    if name == "links" and isinstance(value, (list, tuple)):
        return ", ".join(str(one.get("label") or one.get("id")) for one in value)
    label, text = _asked(file, step, name, value)
    return f"{label}: {text}" if text else ""


def _asked(file: MatterFile, step: Step, name: str, value: object) -> Tuple[str, str]:
    """The caption of a particular and its value as people read it."""
    move = file.kind.moves.get(step.act)
    ask = next((one for one in move.asks if one.name == name), None) if move else None
    if name in file.kind.fields and file.kind.fields[name].kind not in (PERSON, TOWNSHIP):
        return say(file.kind.fields[name].label), value_text(file.kind, name, value, shown_language())
    if ask is None:
        act = machine_of(file.kind).acts.get(step.act)
        field = next((one for one in act.fields if one.name == name), None) if act else None
        text = ", ".join(str(one) for one in value) if isinstance(value, (list, tuple)) else str(value)
        return (say(field.label) if field else name), text
    if ask.kind == "money":
        from ...law.areas import yuan
        return say(ask.label), tr("{yuan} yuan", yuan=f"{yuan(int(str(value))):,}")
    found = file.kind.label_of(ask.codes, str(value)) if ask.codes else None
    if ask.kind == PERSON:
        return say(ask.label), file.people.get(str(value).rpartition(":")[2], tr("a person (name kept apart)"))
    return say(ask.label), say(found) if found else str(value)


# --- what is told of ledgers and of the rows of a list in one line ------------------------------------------------------------

def due_words(due: Sequence[Due]) -> str:
    """What is due in some ledgers, in one line."""
    return tr("; ").join(tr("{ledger}: {due}", ledger=say(one.kind.name), due=due_text_of(one)) for one in due)


def due_text_of(one: Due) -> str:
    """How much is overdue and due soon in a ledger, and how much of it today."""
    said = tr("{overdue} overdue, {due} due soon", overdue=one.overdue, due=one.soon)
    return tr("{due}, {today} of them today", due=said, today=one.today) if one.today else said


def days_text(row: ListRow) -> str:
    """Days left, with a sign that says the same as a colour would: !! overdue, ! soon."""
    left = row.days_left
    if left is None:
        return "–"
    if left < 0:
        return tr("!! {n} d late", n=-left)
    return tr("! {n} d", n=left) if left <= 30 else tr("{n} d", n=left)


def due_text(row: ListRow) -> str:
    """What is due, by when, on what ground."""
    if row.due is None:
        return row.day.isoformat() if row.day else ""
    said = f"{row.due.name.text(shown_language())}: {row.due.due_on.isoformat()}"
    return f"{said} · {matter_ground_text(row.due.ground)}" if row.due.ground else said


def row_tip(kind: MatterKind, row: ListRow, names: Dict[str, str]) -> str:
    """Every short text of a matter, for the tooltip and the search."""
    told: List[Tuple[str, str]] = []
    for name, one in kind.fields.items():
        value = row.matter.values.get(name)
        if value in (None, "") or one.private:
            continue
        label = kind.label_of(one.codes, str(value)) if one.codes else None
        told.append((say(one.label), say(label) if label else names.get(str(value), str(value))
                     if one.kind == "township" else str(value)))
    return "\n".join(f"{label}: {value}" for label, value in told[:14])
