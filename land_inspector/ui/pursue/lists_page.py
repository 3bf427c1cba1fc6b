"""Work lists over all parcels: what must be done, by when, where, how much of it."""
from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import pyqtSignal, QObject, Qt, QTimer
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import (
    QComboBox, QDialog, QDialogButtonBox, QFormLayout, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QMenu,
    QPlainTextEdit, QPushButton, QTableWidget, QTableWidgetItem, QToolButton, QVBoxLayout, QWidget,
)

from ...errors import LandInspectorError
from ...exchange.calendar_file import calendar_days, write_calendar
from ...exchange.formats.xlsx import write_plain_table
from ...i18n import tr
from ...law.areas import mu_text, yuan
from ...law.work_lists import FINE, OF_PATROLS, SUPERVISED, Totals, UNACCEPTED, WorkRow
from ...register import pursuing
from ...register.views.papers import numbers_of
from ...register.views.parcels import outlines
from ...register.work_lists import Pursuit
from ...settings import Settings
from ..shell.dialogs import Question
from ..shell.dock import MOST_OUTLINED
from ..widgets.dialogs import closing, deciding, ignore_held_keys
from ..shell.services import Services
from ..widgets.labels import FixedHeightLabel
from ..widgets.pages import connect, disconnect
from .act_forms import AcceptanceForm, date_field
from .list_view import ListChoice, titles, WorkListView, WorkModel
from .papers import open_for_many
from .pursuit_reader import PursuitReader

_LAW_LINES = 7
#: Who walks through the rows stops at one for this long before another batch is read for it.
_PAUSE_MS = 200


class ListsPage(QWidget):
    """``chosen`` tells the parcels of the rows that the user selected, ``case_wanted`` that their cases shall come up.

    :meth:`load` and :meth:`unload` mirror each other.
    """

    chosen = pyqtSignal(list)
    case_wanted = pyqtSignal()

    def __init__(self, place: Services, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.setObjectName("landInspectorWorkLists")
        self._place = place
        self._then: Optional[Pursuit] = None
        self.reader = PursuitReader(place, self.isVisible, self)
        self.choice = ListChoice(self)
        self.acts = ListActs(place, self)
        self.law = QPlainTextEdit(self)
        self.law.setObjectName("landInspectorListLaw")
        self.law.setReadOnly(True)
        self.law.setAccessibleName(tr("The law of this list"))
        self.law.setFixedHeight(_LAW_LINES * self.law.fontMetrics().lineSpacing())
        self.law.setVisible(False)
        self.totals = FixedHeightLabel("", 3, self, shrinks=True)
        self.totals.setObjectName("landInspectorListTotals")
        self.view = WorkListView(self)
        self.setFocusProxy(self.view)
        self._awaited: Tuple[List[str], str] = ([], "")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAUSE_MS)
        self._soon.timeout.connect(self._show_in_review)
        self._lay_out()
        self._connections = [(self.reader.read, self._on_read), (self.reader.then, self._on_then), (self.reader.closed, self._on_closed),
                             (self.choice.changed, self.refresh), (self.choice.day_changed, self._on_day),
                             (self.view.chosen, self._on_chosen),
                             (self.choice.law_wanted, self.law.setVisible), (self.view.opened, self._to_case)]
        self.refresh()

    def _lay_out(self) -> None:
        self.accept_button = _button("landInspectorAcceptRemedies", tr("Acceptance…"), self)
        self.accept_button.clicked.connect(lambda: self.acts.accept(self.view.chosen_rows()))
        self.case_button = _button("landInspectorListToCase", tr("To the case"), self)
        self.case_button.setToolTip(tr("The case of the chosen row; of several rows, one act for all their cases (Enter)"))
        self.case_button.clicked.connect(self._to_case)
        self.end_button = _button("landInspectorEndSupervision", tr("End…"), self)
        self.end_button.clicked.connect(lambda: self.acts.end_supervision(self.view.chosen_rows()))
        self.more = QToolButton(self)
        self.more.setObjectName("landInspectorListMore")
        self.more.setText(tr("More"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._more_menu())
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (self.case_button, self.accept_button, self.end_button):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        for widget in (self.choice, self.law, self.totals):
            layout.addWidget(widget)
        layout.addWidget(self.view, 1)
        layout.addLayout(row)

    def _more_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction(tr("Totals by township…"), lambda: self._show_totals("township", tr("Township")))
        menu.addAction(tr("Totals by station…"), lambda: self._show_totals("station", tr("Station")))
        menu.addAction(tr("Totals by person in charge…"), lambda: self._show_totals("officer", tr("In charge")))
        menu.addSeparator()
        menu.addAction(tr("This list as a table…"), lambda: self.acts.export(self.choice.title(), self.view.model()))
        menu.addAction(tr("Deadlines as a calendar file…"), lambda: self.acts.write_calendar(self.pursuit))
        menu.addSeparator()
        menu.addAction(tr("Papers of these cases…"), lambda: self.acts.papers(self.view.chosen_rows() or self.view.model().rows()))
        menu.addSeparator()
        menu.addAction(tr("Give out a supervision…"), lambda: self.acts.assign_supervision(self.pursuit, self.day))
        return menu

    # --- life ---------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Connect with the desktop and begin to read; :meth:`unload` undoes it."""
        connect(self._connections)
        self.reader.load()
        self.reader.look()

    def unload(self) -> None:
        """Stop waiting and reading, and let go of every signal."""
        self._soon.stop()
        self.reader.unload()
        disconnect(self._connections)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reader.look()

    # --- what is shown ------------------------------------------------------------------------------------------------

    @property
    def day(self) -> date:
        """The day as of which the list is shown."""
        return self.choice.day()

    @property
    def pursuit(self) -> Optional[Pursuit]:
        """As of the chosen day, where that is past; else of now."""
        if self._then is not None and self._then.day == self.day:
            return self._then
        return self.reader.pursuit

    def show_list(self, code: str) -> None:
        """Bring up a list, of today and of every township."""
        self.choice.show_list(code)

    def refresh(self) -> None:
        """Show the chosen list anew; rows that stay keep their selection."""
        pursuit, keys = self.pursuit, self.view.chosen_keys()
        code = self.choice.code()
        self._set_tools(code, pursuit is not None)
        if pursuit is None:
            self.totals.setText(tr("Reading the work lists…") if self._place.session.address else tr("No register is open."))
            return
        table, within, chosen = pursuit.table, self.choice.within_days(), self.choice.filter()
        rows = table.rows(code, self.day, within, chosen)
        self.choice.show_counts(pursuit, self.day)
        self.view.model().show(table, rows, self.day, pursuit.people)
        self.view.choose(keys)
        self.totals.setText(totals_text(table.totals(rows, self.day), code))
        self._show_enabled()

    def _set_tools(self, code: str, has_any: bool) -> None:
        self.law.setPlainText(self.choice.law_text())
        self.accept_button.setVisible(code == UNACCEPTED)
        self.end_button.setVisible(code == SUPERVISED)
        self.case_button.setVisible(code != SUPERVISED and code not in OF_PATROLS)
        self.more.setEnabled(has_any)

    def _show_enabled(self) -> None:
        any_chosen = self.view.selectionModel().hasSelection()
        self.case_button.setEnabled(any_chosen)
        self.accept_button.setEnabled(any_chosen)
        self.end_button.setEnabled(any_chosen)

    def _show_totals(self, facet: str, heading: str) -> None:
        pursuit, day = self.pursuit, self.day
        rows = pursuit.table.rows(self.choice.code(), day, self.choice.within_days(), self.choice.filter())
        names = self._facet_names(pursuit, facet)
        lines = [(names.get(value, value) or tr("unknown"), totals) for value, totals in pursuit.table.grouped(rows, facet, day)]
        self.acts.show_totals(self.choice.title(), heading, [*lines, (tr("All"), pursuit.table.totals(rows, day))])

    @staticmethod
    def _facet_names(pursuit: Pursuit, facet: str) -> Dict[str, str]:
        return dict(pursuit.people) if facet == "officer" else pursuit.table.names(facet)

    # --- what happened ------------------------------------------------------------------------------------------------

    def _on_read(self, _pursuit: Pursuit) -> None:
        self.refresh()

    def _on_then(self, pursuit: Pursuit) -> None:
        self._then = pursuit
        self.refresh()

    def _on_closed(self) -> None:
        self._then = None
        self.view.model().clear()
        self.refresh()

    def _on_day(self) -> None:
        """A past day is read from the events; a day to come is counted with what is known now."""
        past = self.day < date.today()
        if past and (self._then is None or self._then.day != self.day):
            self.totals.setText(tr("Reading the register as of {day}…", day=self.day.isoformat()))
            self.reader.ask_for(self.day)
        elif not past:
            self.reader.ask_for(None)
        if not past or self._then is not None and self._then.day == self.day:
            self.refresh()

    def _on_chosen(self) -> None:
        self._show_enabled()
        rows = self.view.chosen_rows()
        ids = list(dict.fromkeys(key for row in rows for key in row.entry.shown))
        if ids:
            self._go_to(ids)
            self.chosen.emit(ids)

    def _to_case(self) -> None:
        if self.view.selectionModel().hasSelection():
            self.case_wanted.emit()

    def _go_to(self, ids: List[str]) -> None:
        """Outline the parcels, whatever batch they are of, and bring the map to them; a whole county is not outlined."""
        if len(ids) > MOST_OUTLINED:
            self._place.link.clear()
            return
        places = self.pursuit.places
        try:
            shapes = outlines(self._place.session.register, [places[key].shape_id for key in ids if key in places])
        except LandInspectorError as error:
            self._place.session.note_lost(error)
            return
        self._place.link.show(list(shapes.values()), ids, move=True)
        batches = list(dict.fromkeys(places[key].batch for key in ids if key in places))
        self._soon.stop()
        if batches == [self._place.session.batch]:
            self._place.reviewer.show_anywhere(ids, batches[0])
        elif len(batches) == 1:
            self._awaited = (ids, batches[0])
            self._soon.start()
        elif batches:
            self._place.messages.note(tr("These rows are of {n} batches; the list of parcels shows one batch at a time.", n=len(batches)))

    def _show_in_review(self) -> None:
        """Card, images and gallery follow too; a moment later, so that walking through the rows reads no batch on the way."""
        self._place.reviewer.show_anywhere(*self._awaited)


def totals_text(totals: Totals, code: str) -> str:
    """The sums of a list; land is counted once for each parcel."""
    area = tr("{area} mu, of it cultivated {cultivated} mu", area=mu_text(totals.land_m2), cultivated=mu_text(totals.cultivated_m2))
    text = tr("{rows} entries on {parcels} parcels · {area}", rows=totals.rows, parcels=totals.parcels, area=area)
    if code in OF_PATROLS:
        text = tr("{rows} entries · {area}", rows=totals.rows, area=area)
    if code == SUPERVISED:
        text = tr("Townships watched: {rows} · still open: {area}", rows=totals.rows, area=area)
    return f"{text} · " + tr("{owed} yuan", owed=str(yuan(totals.fen))) if code == FINE else text


def _button(name: str, text: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setObjectName(name)
    return button


# --- What can be done from a work list: an acceptance for many parcels, supervisions, files.


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
        session, remedies = self._place.session, form.remedies()
        how = {"on": form.day().isoformat(), "level": form.level.currentData(), "status": form.status.currentData(),
               "by": Settings.load().acting_as}
        self._do(lambda: pursuing.accept_remedies(session.register, remedies, **how),
                 tr("Acceptance recorded for {n} remedies.", n=len(remedies)))

    def assign_supervision(self, pursuit: Pursuit, day: date) -> None:
        """Ask who supervises which townships from when to when, and record it; ``day`` is offered as the first."""
        form = SupervisionForm(list(pursuit.people.values()), {code: name for code, (name, _station) in pursuit.townships.items()},
                               day, self._parent)
        self._open(form, lambda: self._assign(form))

    def _assign(self, form: SupervisionForm) -> None:
        session, person = self._place.session, form.person.currentText().strip()
        since, until = (field.date().toPyDate().isoformat() for field in (form.since, form.until))
        townships, how = form.chosen(), {"remark": form.remark.text(), "by": Settings.load().acting_as}
        self._do(lambda: pursuing.assign_supervision(session.register, person, townships, since=since, until=until, **how),
                 tr("{who} watches until {day}.", who=person, day=until))

    def end_supervision(self, rows: Sequence[WorkRow]) -> None:
        """One supervision after the other ends with the same reason."""
        wanted = list(dict.fromkeys(row.entry.supervision for row in rows if row.entry.supervision))
        reason = self._place.asking.text(Question(tr("Why does the supervision end?"), tr("End supervision"))) if wanted else ""
        for key in wanted if reason else ():
            self._do(lambda key=key: pursuing.end_supervision(
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
        if self._tried(lambda: self._place.session.carry_out(act)):
            self._place.messages.recorded(done)
            self._place.session.reload()

    def _tried(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return False
        return True

    # --- to read and to pass on ---------------------------------------------------------------------------------------

    def papers(self, rows: Sequence[WorkRow]) -> None:
        """Papers of all the cases of these rows at once: the kind is chosen there, the rest is filled in."""
        cases = [row.entry.case for row in rows if row.entry.case]
        if not cases:
            self._place.messages.note(tr("None of these rows has a case."))
            return
        numbers = numbers_of(self._place.session.register, cases)
        open_for_many(self._place, "write_papers", LIST="\n".join(numbers))

    def show_totals(self, title: str, heading: str, lines: List[Tuple[str, Totals]]) -> None:
        """Sums of the list in a window of their own: a line for each label, under this heading."""
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


# --- A list's totals by township, station or officer, to read and to copy.


class TotalsDialog(QDialog):
    """In the order of the codes: a list of work, not a ranking of people."""

    def __init__(self, title: str, heading: str, lines: Sequence[Tuple[str, Totals]], parent: Optional[QWidget] = None):
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorTotals")
        self.setWindowTitle(title)
        titles = (heading, tr("Entries"), tr("Parcels"), tr("Area (mu)"), tr("Cultivated (mu)"), tr("Amount (yuan)"))
        self.table = QTableWidget(len(lines), len(titles), self)
        self.table.setTabKeyNavigation(False)
        self.table.setHorizontalHeaderLabels(titles)
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        for place, (name, totals) in enumerate(lines):
            for column, text in enumerate((name, *_texts(totals))):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
                self.table.setItem(place, column, item)
        self.table.resizeColumnsToContents()
        buttons = closing(self, "cases")
        self.finished.connect(self.deleteLater)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table)
        layout.addWidget(buttons)
        self.resize(560, 420)


def _texts(totals: Totals) -> Tuple[str, ...]:
    return (str(totals.rows), str(totals.parcels), mu_text(totals.land_m2), mu_text(totals.cultivated_m2),
            str(yuan(totals.fen)) if totals.fen else "")


# --- Giving townships to a supervising person.


_USUAL_DAYS = 30


class SupervisionForm(QDialog):
    """Who watches which townships, from when until when; no township ticked means the whole county."""

    def __init__(self, people: Sequence[str], townships: Mapping[str, str], day: date, parent: Optional[QWidget] = None):
        """``people`` are names to choose from, others may be typed; ``townships`` are names by code."""
        super().__init__(parent)
        ignore_held_keys(self)
        self.setObjectName("landInspectorSupervisionForm")
        self.setWindowTitle(tr("Supervision"))
        self.person = QComboBox(self)
        self.person.setEditable(True)
        self.person.addItems(sorted(people))
        self.person.setCurrentText("")
        self.townships = QListWidget(self)
        self.townships.setAccessibleName(tr("Townships"))
        for code, name in townships.items():
            item = QListWidgetItem(name, self.townships)
            item.setData(Qt.ItemDataRole.UserRole, code)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
        self.since = date_field(day, self)
        self.until = date_field(day + timedelta(days=_USUAL_DAYS), self)
        self.remark = QLineEdit(self)
        self._lay_out()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(tr("Who watches"), self.person)
        form.addRow(tr("Townships (none: the whole county)"), self.townships)
        form.addRow(tr("From"), self.since)
        form.addRow(tr("Until"), self.until)
        form.addRow(tr("Remark"), self.remark)
        buttons = deciding(self, tr("Record"), "cases")
        ready = buttons.button(QDialogButtonBox.StandardButton.Save)
        ready.setEnabled(False)
        self.person.currentTextChanged.connect(lambda text: ready.setEnabled(bool(text.strip())))
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(buttons)

    def chosen(self) -> List[str]:
        """Codes of the ticked townships."""
        items = (self.townships.item(place) for place in range(self.townships.count()))
        return [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == Qt.CheckState.Checked]
