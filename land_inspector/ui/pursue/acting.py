"""Recording from the pursue dock: each form's act is one durable transaction, shown at once, taken back by the dock's undo."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Callable, Dict, Iterable, Mapping, Optional, Sequence

from qgis.PyQt.QtCore import QPoint
from qgis.PyQt.QtWidgets import QWidget

from ...law.acts import ACTS
from ...law.procedure import Act
from ...law.remedies import Track
from ...register import attachments, parties, pursuing
from ...register.register import Register
from ...settings import Settings
from ..shell.services import Services
from .act_forms import act_form, clue_form
from .bulk import BulkForm, seen_of
from .case_file import CaseFile, CaseView, ParcelLine
from .form import Form, Said
from .remedy_forms import acceptance_form, order_form, progress_form, withdraw_form
from .track_bars import ACCEPT, PROGRESS

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

        def save(on: date, said: Said) -> None:
            self._write(lambda register, by: verb(register, lines[0].batch, numbers, on=on.isoformat(), by=by,
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
                same_ground_as=said.get("ground") or None, by=by))

        self._open(order_form(line, others, save, self._place.window))

    def act_on_remedy(self, what: str, track: Track, number: str, seen: Mapping[str, str]) -> None:
        """``what`` is one of :mod:`.track_bars`' acts."""
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
        return {**said, "files": attachments.keep(self._place.session.register, files)}

    def _with_ids(self, act: Act, said: Said, by: str) -> Said:
        """Names of people become opaque ids: no name ever enters an event."""
        people = [field.name for field in ACTS[act.code].fields if field.kind == "ids" and field.name in said]
        register = self._place.session.register
        return {**said, **{name: parties.officers(register, said[name], by=by) for name in people}}

    def _write(self, verb: Callable[[Register, str], object]) -> None:
        """Raises what the register raises; then nothing was kept."""
        verb(self._place.session.register, Settings.load().acting_as)
        self._place.session.note_own_act()
        self._place.layers.redraw(self._place.session.address, anew=False)
        self._place.commands.look_for_undo()


def _beside(page: QWidget, form: Form) -> QPoint:
    """At the page's left or, where there is no room, its right: the parcel in the middle of the map and the case stay in sight."""
    corner = page.mapToGlobal(QPoint(0, 0))
    left = corner.x() - form.width() - _GAP
    return QPoint(left if left >= page.window().x() else corner.x() + page.width() + _GAP, corner.y() + _GAP)
