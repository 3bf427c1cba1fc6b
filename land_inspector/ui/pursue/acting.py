"""Recording from the pursue dock: each form's act is one durable transaction, shown at once, taken back by the dock's undo."""
from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QPoint, QSize
from qgis.PyQt.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from ...errors import Message
from ...exchange import wording
from ...i18n import say, tr
from ...law import case_procedure
from ...law.acts import ACTS
from ...law.procedure import Act, Objection
from ...law.remedies import Track
from ...register import attachments, parties, pursuing
from ...register.register import Recorded, Register
from ...settings import Settings
from ..shell.acts import in_sentences
from ..shell.services import Services
from ..widgets.labels import tip
from .act_forms import (
    acceptance_form, act_form, ActEditors, as_particulars, clue_form, order_form, progress_form, withdraw_form,
)
from .case_file import CaseFile, CaseView, ParcelLine
from .form import Editor, Form, Row, Said
from .stage_strip import ACCEPT, PROGRESS

_GAP = 12


class Acting:
    """``form`` is the form that stands open. Whoever shows the register hears of each act through ``commands.undoable``."""

    def __init__(self, place: Services, page: QWidget):
        self._place, self._page = place, page
        self.form: Optional[Form] = None

    # --- cases --------------------------------------------------------------------------------------------------------

    def open_case(self, lines: Sequence[ParcelLine], each: bool = False) -> None:
        """Ask for the clue of a new case over these parcels of one batch, or of a case for each of them."""
        numbers, verb = [line.number for line in lines], pursuing.open_case_each if each else pursuing.open_case
        seen = {line.id: line.last_event for line in lines}

        def save(on: date, said: Said) -> None:
            self._write(lambda register, by: verb(register, lines[0].batch, numbers, on=on.isoformat(), by=by, seen=seen,
                                                  particulars=self._kept(said)))

        self._open(clue_form(lines, save, self._place.window))

    def do_act(self, view: CaseView, file: CaseFile, act: Act) -> None:
        """Ask for what the act needs, then record it."""
        seen = {view.case.id: view.seen[view.case.id]}

        def save(on: date, said: Said) -> None:
            self._write(lambda register, by: pursuing.do_act(
                register, view.case.id, act.code, on=on.isoformat(), particulars=self._with_ids(act, self._kept(said), by), by=by,
                seen=seen, with_remedies=True))

        self._open(act_form(view, file, act, save, self._place.window))

    def do_together(self, views: Sequence[CaseView], file: CaseFile, act: Act) -> None:
        """The same act in many cases, as one action for those in which it is possible."""
        def save(on: date, chosen: Dict[str, Said]) -> None:
            def verb(register: Register, by: str) -> object:
                shared = self._with_ids(act, self._kept(next(iter(chosen.values()))), by)
                same = {name: shared[name] for name in shared if name not in ("number", "items")}
                kept = {key: {**said, **same} for key, said in chosen.items()}
                return pursuing.do_act_together(register, kept, act.code, on=on.isoformat(), by=by, seen=seen_of(views, chosen))

            self._write(verb)

        self._open(BulkForm(views, file, act, save, self._place.window))

    # --- remedies -----------------------------------------------------------------------------------------------------

    def order(self, line: ParcelLine, others: Sequence[Track]) -> None:
        """A remedy outside a decision."""
        def save(on: date, said: Said) -> None:
            order = said["order"]
            self._write(lambda register, by: pursuing.order_remedy(
                register, line.batch, line.number, order["kind"], order["amount"], on=on.isoformat(),
                same_ground_as=said.get("ground") or None, by=by, seen={line.id: line.last_event}))

        self._open(order_form(line, others, save, self._place.window))

    def act_on_remedy(self, what: str, track: Track, number: str, seen: Mapping[str, str]) -> None:
        """``what`` is one of :mod:`.stage_strip`'s acts."""
        known = {track.id: seen[track.id]}

        def save(on: date, said: Said) -> None:
            day, said = on.isoformat(), self._kept(said)
            verbs: Dict[str, Callable[[Register, str], object]] = {
                PROGRESS: lambda register, by: pursuing.record_progress(
                    register, {track.id: said["amount"]}, on=day, evidence=said.get("files", ()), by=by, seen=known),
                ACCEPT: lambda register, by: pursuing.accept_remedies(
                    register, [track.id], on=day, level=said["level"], status=said["status"], by=by, seen=known)}
            self._write(verbs.get(what) or (lambda register, by: pursuing.withdraw_remedies(
                register, [track.id], on=day, reason=said["reason"], by=by, seen=known)))

        make = {PROGRESS: progress_form, ACCEPT: acceptance_form}.get(what, withdraw_form)
        self._open(make(track, number, save, self._place.window))

    # --- shared -------------------------------------------------------------------------------------------------------

    def _open(self, form: Form) -> None:
        """Beside the dock, so that the map and the case stay in sight."""
        self.form = form
        form.finished.connect(self._let_go)
        form.open()
        form.move(_beside(self._page, form))

    def _let_go(self, _result: int) -> None:
        self.form = None

    def close(self) -> None:
        """No form may stay open when the dock goes."""
        if self.form is not None:
            self.form.reject()

    def _kept(self, said: Said) -> Said:
        """Files are copied beside the register before the act names them."""
        if "files" not in said:
            return said
        files: Iterable[Path] = said["files"]
        session = self._place.session
        return {**said, "files": session.carry_out(lambda: attachments.keep(session.register, files))}

    def _with_ids(self, act: Act, said: Said, by: str) -> Said:
        """Names of people become opaque ids: no name ever enters an event."""
        people = [field.name for field in ACTS[act.code].fields if field.kind == "ids" and field.name in said]
        session = self._place.session
        return {**said, **session.carry_out(lambda: {name: parties.officers(session.register, said[name], by=by) for name in people})}

    def _write(self, verb: Callable[[Register, str], object]) -> None:
        """Raises what the register raises; then nothing was kept."""
        session, by = self._place.session, Settings.load().acting_as

        def told() -> str:
            recorded = verb(session.register, by)
            return in_sentences(session.register, recorded.events) if isinstance(recorded, Recorded) else ""

        said = session.carry_out(told)
        self._place.session.note_own_act()
        if said:
            self._place.messages.recorded(said)
        self._place.layers.redraw(self._place.session.address, anew=False)
        self._place.commands.look_for_undo()


def _beside(page: QWidget, form: Form) -> QPoint:
    """At the page's left or, where there is no room, its right: the parcel in the middle of the map and the case stay in sight."""
    corner = page.mapToGlobal(QPoint(0, 0))
    left = corner.x() - form.width() - _GAP
    return QPoint(left if left >= page.window().x() else corner.x() + page.width() + _GAP, corner.y() + _GAP)


# --- The same act in many cases: who takes part and who is refused, and why, stands in the form before anything is
#     recorded.


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
        """A label for each case, and why it does not take part; None where it does."""
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
