"""What can be done from a work list: an acceptance for many parcels, supervisions, files."""
from __future__ import annotations

from datetime import date, datetime
from typing import Callable, List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtWidgets import QDialog, QWidget

from ...errors import LandInspectorError
from ...exchange.calendar_file import calendar_days, write_calendar
from ...exchange.formats.xlsx import write_plain_table
from ...i18n import tr
from ...law.work_lists import Totals, WorkRow
from ...register import pursuing, supervision
from ...register.work_lists import Pursuit
from ...settings import Settings
from ..shell.dialogs import Question
from ..shell.services import Services
from .acceptance_form import AcceptanceForm
from .list_model import WorkModel, titles
from .supervision_form import SupervisionForm
from .totals_dialog import TotalsDialog


class ListActs(QObject):
    """Every act is one action of the acting person; what goes wrong ends in the message bar. ``dialog`` is the open form."""

    def __init__(self, place: Services, parent: QWidget):
        super().__init__(parent)
        self._place, self._parent = place, parent
        self.dialog: Optional[QDialog] = None

    # --- acts ---------------------------------------------------------------------------------------------------------

    def accept(self, rows: Sequence[WorkRow]) -> None:
        """Ask for one date, level and result, show what it covers, and record it for all the rows."""
        if rows:
            form = AcceptanceForm(rows, date.today(), self._parent)
            self._open(form, lambda: self._accept(form))

    def _accept(self, form: AcceptanceForm) -> None:
        register, remedies = self._place.session.register, form.remedies()
        self._do(lambda: pursuing.accept_remedies(register, remedies, on=form.day().isoformat(), level=form.level.currentData(),
                                                  status=form.status.currentData(), by=Settings.load().acting_as),
                 tr("Acceptance recorded for {n} remedies.", n=len(remedies)))

    def assign_supervision(self, pursuit: Pursuit, day: date) -> None:
        form = SupervisionForm(list(pursuit.people.values()), {code: name for code, (name, _station) in pursuit.townships.items()},
                               day, self._parent)
        self._open(form, lambda: self._assign(form))

    def _assign(self, form: SupervisionForm) -> None:
        register, person = self._place.session.register, form.person.currentText().strip()
        since, until = (field.date().toPyDate().isoformat() for field in (form.since, form.until))
        self._do(lambda: supervision.assign_supervision(register, person, form.chosen(), since=since, until=until,
                                                        remark=form.remark.text(), by=Settings.load().acting_as),
                 tr("{who} watches until {day}.", who=person, day=until))

    def end_supervision(self, rows: Sequence[WorkRow]) -> None:
        """One supervision after the other ends with the same reason."""
        wanted = list(dict.fromkeys(row.entry.supervision for row in rows if row.entry.supervision))
        reason = self._place.asking.text(Question(tr("Why does the supervision end?"), tr("End supervision"))) if wanted else ""
        for key in wanted if reason else ():
            self._do(lambda key=key: supervision.end_supervision(
                self._place.session.register, key, on=date.today().isoformat(), reason=reason, by=Settings.load().acting_as),
                tr("The supervision has ended."))

    def _open(self, form: QDialog, then: Callable[[], None]) -> None:
        self.dialog = form
        form.accepted.connect(then)
        form.finished.connect(self._let_go)
        form.open()

    def _let_go(self, _result: int) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None

    def _do(self, act: Callable[[], object], done: str) -> None:
        if self._tried(act):
            self._place.messages.done(done)
            self._place.session.reload()

    def _tried(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return False
        return True

    # --- to read and to pass on ---------------------------------------------------------------------------------------

    def show_totals(self, title: str, heading: str, lines: List[Tuple[str, Totals]]) -> None:
        TotalsDialog(title, heading, lines, self._parent).open()

    def export(self, title: str, model: WorkModel) -> None:
        """The rows that are shown, as a table."""
        suggestion = self._place.session.address.beside(f"{title}-{model.day:%Y%m%d}.xlsx")
        path = self._place.asking.file_to_write(tr("This list as a table"), suggestion, tr("Workbook (*.xlsx);;Text (*.csv)"))
        rows = model.records()
        if path is not None and self._tried(lambda: write_plain_table(path, titles(), rows)):
            self._place.messages.done(tr("{n} rows written to {path}.", n=len(rows), path=str(path)))

    def write_calendar(self, pursuit: Pursuit) -> None:
        """Every open duty as a day in a calendar file; no names of people go into it."""
        register = self._place.session.register
        suggestion = self._place.session.address.beside(f"{self._place.session.address.name}.ics")
        path = self._place.asking.file_to_write(tr("Deadlines as a calendar file"), suggestion, tr("Calendar (*.ics)"))
        if path is None:
            return
        entries = [entry for found in pursuit.entries.values() for entry in found]
        days = calendar_days(entries, pursuit.places, register.meta["register_id"])
        name = tr("Deadlines of {county}", county=register.meta["county_name"])
        if self._tried(lambda: write_calendar(path, days, name, datetime.now().astimezone())):
            self._place.messages.done(tr("{n} deadlines written to {path}. The file holds no names; import it again to update them.",
                                         n=len(days), path=str(path)))
