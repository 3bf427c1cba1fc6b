"""Whole ledgers at the desk: taking an office's table over, bringing a kind in, the township table as a workbook."""
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Callable, List, Tuple

from qgis.core import QgsProcessingUtils
from qgis.PyQt.QtWidgets import QFileDialog, QMenu

from ...errors import LandInspectorError
from ...exchange.matter_figures import matter_figures, rows_of, table_fields
from ...exchange.matter_pages import matters_page
from ...exchange.matter_tables import MatterTable, read_matters
from ...exchange.formats.xlsx import write_plain_table
from ...i18n import say, shown_language, tr
from ...law.matters.kind import NONE, MatterKind
from ...progress import Progress
from ...register.addresses import RegisterAddress
from ...register.matters import KNOWN, REFUSED, TAKEN, MattersTaken, import_kind, law_on, places, take_offered, take_over
from ...register.matters_measuring import GroundLink, ground_links, link_offered
from ...register.register import Register
from ...register.proposing import pack_content
from ...settings import Settings
from ..shell.dialogs import Question
from ..shell.services import Services

#: So many offered links are named before the user is asked.
_MOST_LINES = 12


class TakeOver:
    """``changed`` is called when something was recorded."""

    def __init__(self, place: Services, changed: Callable[[], None]):
        self._place, self._changed = place, changed

    def fill(self, menu: QMenu, kind: MatterKind) -> None:
        """What only some ledgers have: milestones, a red line, parcels that offer themselves."""
        entries = ((bool(kind.milestones), tr("Progress against the milestones…"), self.show_progress),
                   ("outside_m2" in kind.finding_with, tr("Measure against the red line…"), self.measure_red_line),
                   (bool(kind.offers), tr("Enter the parcels judged so"), self.take_offered),
                   (kind.geometry != NONE, tr("Link with the parcels on its ground…"), self.offer_links))
        for is_there, text, act in entries:
            if is_there:
                menu.addAction(text, lambda act=act: act(kind))

    def ask(self, kind: MatterKind) -> None:
        """Choose a file and take its rows over beside the window; what was taken and refused is told."""
        chosen, _kind = QFileDialog.getOpenFileName(self._place.window,
                                                    tr("Ledger of an office: {ledger}", ledger=say(kind.name)))
        if chosen:
            self.take(kind, Path(chosen))

    def take(self, kind: MatterKind, path: Path, update: bool = False) -> None:
        """Take the rows of a file over; with ``update`` matters that are in the register with other values are amended."""
        address, by = self._place.session.address, Settings.load().acting_as
        if address is None:
            return
        self._place.worker.start(tr("Taking a ledger over"),
                                 lambda progress: taken_from(address, kind, path, by, progress, update),
                                 lambda found: self._reported(kind, path, *found), self._place.messages.failed, writes=True)

    def _reported(self, kind: MatterKind, path: Path, table: MatterTable, taken: MattersTaken) -> None:
        """Say what became of the rows, with the report row by row behind a button; what updating would take is asked about."""
        self._told(path, taken, _report_of(kind, table, taken))
        others = [one for one in taken.outcomes if one.by_updating]
        if others:
            numbers = ", ".join(one.row.number for one in others[:_MOST_LINES]) + (" …" if len(others) > _MOST_LINES else "")
            if self._place.asking.agreed(Question(tr("{n} matters are in the register with other values than {file} says: {numbers}. Amend "
                                                     "them as the file says? It can be undone.", n=len(others), file=path.name,
                                                     numbers=numbers), tr("Amend them"))):
                self.take(kind, path, update=True)

    def _told(self, path: Path, taken: MattersTaken, report: str = "") -> None:
        refused = taken.of(REFUSED)
        said = tr("{file}: {taken} taken, {known} recorded before, {refused} refused.", file=path.name,
                  taken=len(taken.of(TAKEN)),
                  known=len(taken.of(KNOWN)), refused=len(refused))
        if refused and refused[0].reason is not None:
            said += " " + tr("Row {row}: {reason}", row=refused[0].row.place, reason=say(refused[0].reason))
        if report or not refused:
            self._place.messages.done(said, report)
        else:
            self._place.messages.note(said)
        self._place.session.note_own_act()
        self._place.commands.look_for_undo()
        self._changed()

    def take_offered(self, kind: MatterKind) -> None:
        """Enter every parcel whose verdict makes it a matter of this ledger, linked with the parcel."""
        address, by = self._place.session.address, Settings.load().acting_as
        if address is not None:
            self._place.worker.start(tr("Taking a ledger over"), lambda _progress: _offered(address, kind, by),
                                     lambda taken: self._told(Path(say(kind.name)), taken), self._place.messages.failed, writes=True)

    def show_progress(self, kind: MatterKind) -> None:
        """The curve against the milestones, as a page of a report."""
        address = self._place.session.address
        try:
            if address is not None:
                self._place.jobs.run("ledger_progress", {"REGISTER": str(address), "KIND": kind.id},
                                     tr("Progress of a ledger against its milestones"))
        except LandInspectorError as error:
            self._place.messages.failed(error)

    def measure_red_line(self, kind: MatterKind) -> None:
        """The algorithm's own window, filled in."""
        address = self._place.session.address
        if address is not None:
            self._place.jobs.open_dialog("measure_red_line", {"REGISTER": str(address), "KIND": kind.id, "APPLY": True,
                                                              "BY": Settings.load().acting_as}, tr("Measure a ledger against its red line"))

    def offer_links(self, kind: MatterKind) -> None:
        """Look beside the window which parcels lie on the ground of matters; they are linked where the user agrees."""
        address = self._place.session.address
        if address is not None:
            self._place.worker.start(tr("Looking for parcels on the same ground"), lambda _progress: _links(address, kind),
                                     self._ask_links, self._place.messages.failed)

    def _ask_links(self, links: List[GroundLink]) -> None:
        if not links:
            self._place.messages.note(tr("No parcel lies on the ground of a matter that it is not linked with."))
            return
        lines = [tr("{matter} – parcel {parcel} ({verdict}): {shared} m² shared", matter=link.matter.number, parcel=link.number,
                    verdict=link.verdict or "—", shared=f"{link.shared_m2:.0f}") for link in links[:_MOST_LINES]]
        more = [tr("… and {n} more", n=len(links) - _MOST_LINES)] if len(links) > _MOST_LINES else []
        said = "\n".join([tr("{n} links offer themselves:", n=len(links)), *lines, *more])
        if self._place.asking.agreed(Question(said, tr("Link them"))):
            try:
                session = self._place.session
                session.carry_out(lambda: link_offered(session.register, links, on=date.today(), by=Settings.load().acting_as))
            except LandInspectorError as error:
                self._place.messages.failed(error)
                return
            self._place.messages.done(tr("{n} links were recorded; both sides show them.", n=len(links)))
            self._place.session.note_own_act()
            self._place.commands.look_for_undo()
            self._changed()

    def ask_for_pack(self) -> None:
        """Choose a pack and bring its kind in."""
        chosen, _kind = QFileDialog.getOpenFileName(self._place.window, tr("Pack of a kind of ledger"), "",
                                                    tr("Packs (*.json)"))
        if not chosen:
            return
        try:
            session, content = self._place.session, pack_content(Path(chosen))
            session.carry_out(lambda: import_kind(session.register, content, Path(chosen).name, by=Settings.load().acting_as))
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        self._place.messages.done(tr("The kind of ledger is in the register."))
        self._place.commands.look_for_undo()
        self._changed()

    def write_workbook(self, kind: MatterKind) -> None:
        """The township table as it stands today."""
        register = self._place.session.register
        suggestion = register.address.beside(f"{say(kind.name)}-{date.today():%Y%m%d}.xlsx")
        path = self._place.asking.file_to_write(tr("Township table"), suggestion, tr("Workbook (*.xlsx);;Text (*.csv)"))
        if path is None:
            return
        figures = matter_figures(register, kind)
        fields = table_fields(kind, figures)
        try:
            write_plain_table(path, [one.label.text(shown_language()) for one in fields],
                              [list(row.values()) for row in rows_of(fields, figures.rows)])
        except LandInspectorError as error:
            self._place.messages.failed(error)
            return
        self._place.messages.done(tr("{n} rows written to {path}.", n=len(figures.rows), path=str(path)))


def _links(address: RegisterAddress, kind: MatterKind) -> List[GroundLink]:
    with Register.open(address) as register:
        return ground_links(register, kind)


def _offered(address: RegisterAddress, kind: MatterKind, by: str) -> MattersTaken:
    with Register.open(address) as register:
        return take_offered(register, kind, day=date.today(), by=by)


def _report_of(kind: MatterKind, table: MatterTable, taken: MattersTaken) -> str:
    """The path of the page that tells every row; it goes with QGIS's other temporary files."""
    path = Path(QgsProcessingUtils.generateTempFilename("ledger.html"))
    path.write_text(matters_page(kind, table, taken), encoding="utf-8")
    return str(path)


def taken_from(address: RegisterAddress, kind: MatterKind, path: Path, by: str, progress: Progress,
               update: bool = False) -> Tuple[MatterTable, MattersTaken]:
    """Read a file and take its rows over: what was read, and what became of each row."""
    day = date.today()
    with Register.open(address) as register:
        table = read_matters(kind, str(path), law_on(register, day), places(register), register.meta["crs"],
                             progress=progress.part(0.0, 0.3))
        return table, take_over(register, kind, table.rows, day=day, by=by, update=update, reason=table.file,
                                progress=progress.part(0.3, 1.0))
