"""Work lists over all parcels: what must be done, by when, where, how much of it."""
from __future__ import annotations

from datetime import date
from typing import Dict, List, Optional, Tuple

from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import QHBoxLayout, QMenu, QPlainTextEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from ...i18n import tr
from ...law.areas import mu_text
from ...law.quantities import yuan
from ...law.work_entries import FINE, SUPERVISED, UNACCEPTED
from ...law.work_lists import Totals
from ...register.views.parcels import outlines
from ...register.work_lists import Pursuit
from ..shell.dock_controller import MOST_OUTLINED
from ..widgets.fixed_height_label import FixedHeightLabel
from ..widgets.signal_connections import connect, disconnect
from ..shell.services import Services
from .list_acts import ListActs
from .list_choice import ListChoice
from .list_view import WorkListView
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
        self.totals = FixedHeightLabel("", 3, self)
        self.totals.setObjectName("landInspectorListTotals")
        self.view = WorkListView(self)
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
        menu.addAction(tr("Give out a supervision…"), lambda: self.acts.assign_supervision(self.pursuit, self.day))
        return menu

    # --- life ---------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        connect(self._connections)
        self.reader.load()
        self.reader.look()

    def unload(self) -> None:
        self._soon.stop()
        self.reader.unload()
        disconnect(self._connections)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reader.look()

    # --- what is shown ------------------------------------------------------------------------------------------------

    @property
    def day(self) -> date:
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
        self.case_button.setVisible(code != SUPERVISED)
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
        shapes = outlines(self._place.session.register, [places[key].shape_id for key in ids if key in places])
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
    if code == SUPERVISED:
        text = tr("Townships watched: {rows} · still open: {area}", rows=totals.rows, area=area)
    return f"{text} · " + tr("{owed} yuan", owed=str(yuan(totals.fen))) if code == FINE else text


def _button(name: str, text: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setObjectName(name)
    return button
